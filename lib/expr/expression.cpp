#include "expr/expression.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "expr/binder.hpp"
#include "expr/operators.hpp"
#include "expr/parser.hpp"

namespace gatelet {

// The place of an offset of the text, whose first byte stands at `start`.
static SourcePos position(std::string_view text, size_t offset, SourcePos start) {
  offset = std::min(offset, text.size());
  const std::string_view before = text.substr(0, offset);
  const auto lines = static_cast<uint32_t>(std::count(before.begin(), before.end(), '\n'));
  const size_t last = before.rfind('\n');
  const auto column = static_cast<uint32_t>(lines ? offset - last : start.column + offset);
  return {start.line + lines, column};
}

static Error error_at(std::string_view text, size_t offset, SourcePos start, std::string message) {
  return Error{Code::config, std::move(message), position(text, offset, start), {}};
}

static const cs::Type* wanted_type(ExpressionType wanted) {
  if (wanted == ExpressionType::boolean) return &cs::types::boolean;
  return wanted == ExpressionType::real ? &cs::types::real : nullptr;
}

// The closing bracket is the last character; the reader of documents found it by matching.
static bool has_brackets(std::string_view text) {
  return text.size() >= 3 && text[0] == '@' && ((text[1] == '(' && text.back() == ')') || (text[1] == '{' && text.back() == '}'));
}

static std::string bracket_problem(std::string_view text) {
  if (text.starts_with("@(")) return "The expression begins with '@(' and does not end with ')'; close it";
  if (text.starts_with("@{")) return "The expression begins with '@{' and does not end with '}'; close it";
  return "An expression is written @( … ) or @{ … }";
}

namespace {

class CompiledExpression final : public Expression {
 public:
  CompiledExpression(std::string_view text, std::string_view written) : text_(text), written_(written) {}
  cs::Value run(cs::Evaluation& run) const override { return cs::run_function(run, *body_, nullptr, {}); }
  uint8_t needs() const override { return needs_; }
  std::string_view source() const override {
    const std::string_view shown = written_.empty() ? text_ : written_;
    return has_brackets(shown) ? shown.substr(2, shown.size() - 3) : shown;
  }
  // False: the problem is told.
  bool compile(ExpressionType wanted, uint32_t depth_max, cs::SyntaxProblem& problem);

 private:
  std::string text_;     // literals and names are views of it
  std::string written_;  // empty: the same
  cs::Literals literals_;
  Arena constants_{256};
  std::shared_ptr<const cs::FunctionBody> body_;
  uint8_t needs_ = needs_no_body;
};

}  // namespace

static bool takes_integer(const cs::Type& type) {
  const cs::Type& result = type.kind == cs::TypeKind::nullable ? *type.element() : type;
  return cs::is_integral(result) && &result != &cs::types::character;
}

bool CompiledExpression::compile(ExpressionType wanted, uint32_t depth_max, cs::SyntaxProblem& problem) {
  cs::SyntaxTree tree;
  const std::string_view code = std::string_view(text_).substr(2, text_.size() - 3);
  if (!cs::parse(code, text_[1] == '{', depth_max, literals_, tree, problem)) return false;
  cs::Binder binder(literals_, constants_, problem);
  body_ = binder.bind(tree, wanted_type(wanted));
  if (!body_) return false;
  if (wanted == ExpressionType::integer && !takes_integer(*binder.result_type())) {
    problem = {0, "Cannot implicitly convert type '" + cs::csharp_name(*binder.result_type()) + "' to 'int'"};
    return false;
  }
  const cs::BodyUse use = binder.body_use();
  needs_ = static_cast<uint8_t>((use.request_body ? needs_request_body : 0) | (use.response_body ? needs_response_body : 0));
  return true;
}

Result<std::unique_ptr<const Expression>> compile_expression(std::string_view text, ExpressionType wanted, SourcePos at,
                                                             SourceLimits limits, std::string_view written) {
  text = trim(text);
  if (text.size() > limits.bytes)
    return error_at(
        text, 0, at,
        "The expression has " + std::to_string(text.size()) + " bytes; at most " + std::to_string(limits.bytes) + " are allowed");
  if (!has_brackets(text)) return error_at(text, 0, at, bracket_problem(text));
  auto made = std::make_unique<CompiledExpression>(text, trim(written));
  cs::SyntaxProblem problem;
  if (!made->compile(wanted, limits.depth, problem)) return error_at(text, problem.at + 2, at, problem.message);
  return std::unique_ptr<const Expression>(std::move(made));
}

const ExpressionCompiler& expression_compiler() {
  static const ExpressionCompiler compiler;
  return compiler;
}

std::string_view fault_message(cs::Evaluation& run) {
  if (run.is_aborted()) return run.abort_reason();
  const cs::Exception* fault = run.fault();
  return fault && fault->message ? run.arena.copy(cs::utf8(*fault->message)) : std::string_view();
}

std::string fault_name(const cs::Evaluation& run) {
  if (run.is_aborted()) return "ExecutionLimitException";
  return run.fault() ? cs::short_name(*run.fault()->type) : std::string();
}

}  // namespace gatelet
