// Expression: a compiled policy expression, "@(…)" or "@{…}" (expressions.md 1). Immutable and shared by all threads; what it needs of a
// request comes through a ContextModel.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "expr/evaluation.hpp"

namespace gatelet {

// What a place wants of an expression. boolean takes only bool, integer any integer type, real any number, text and any everything.
enum class ExpressionType : uint8_t { text, boolean, integer, real, any };
// The limits of expressions.md 4.5 that a source keeps: settings.
struct SourceLimits {
  uint32_t bytes = expression_source_bytes_max;
  uint32_t depth = expression_depth_max;
  bool operator==(const SourceLimits&) const = default;
};
enum BodyNeeds : uint8_t { needs_no_body = 0, needs_request_body = 1, needs_response_body = 2 };

class Expression {
 public:
  virtual ~Expression() = default;
  // Fails as the evaluation says (run.fault()); a reference result lives as long as run.arena.
  virtual cs::Value run(cs::Evaluation& run) const = 0;
  // Which bodies must be held in memory before it runs: a mask of BodyNeeds.
  virtual uint8_t needs() const = 0;
  // For traces: what stands between the brackets, named values not put in, since they may be secrets.
  virtual std::string_view source() const { return {}; }
};

// `text` begins with "@(" or "@{"; `at` is the place of the '@' in its document. The error has the place of the mistake, in C# terms and
// with the nearest valid name. `written` is the text before named values were put in; empty: there were none.
Result<std::unique_ptr<const Expression>> compile_expression(std::string_view text, ExpressionType wanted, SourcePos at,
                                                             SourceLimits limits = {}, std::string_view written = {});

// What a failed evaluation says: the exception's message, or which limit was exceeded. In the arena.
std::string_view fault_message(cs::Evaluation& run);
// "FormatException", "ExecutionLimitException".
std::string fault_name(const cs::Evaluation& run);

// Hands expressions to the reader of policy documents. Null: expressions are an error with their place.
class ExpressionCompiler {
 public:
  virtual ~ExpressionCompiler() = default;
  virtual Result<std::unique_ptr<const Expression>> compile(std::string_view text, ExpressionType wanted, SourcePos at, SourceLimits limits,
                                                            std::string_view written) const {
    return compile_expression(text, wanted, at, limits, written);
  }
};
const ExpressionCompiler& expression_compiler();

}  // namespace gatelet
