#include "policy/value.hpp"

#include <algorithm>
#include <charconv>

#include "expr/context_objects.hpp"
#include "expr/objects.hpp"
#include "policy/expression_context.hpp"

namespace gatelet {

// The prefix of every message about a failed expression (policies-b.md 1.4).
static constexpr std::string_view evaluation_failed = "Expression evaluation failed. ";

// The message of the failure, and in a trace the expression besides (policies-b.md 1.4).
static bool fail_evaluation(Context& context, const Expression& expression, std::string_view message, std::string_view exception = {}) {
  if (context.trace)
    context.tell_data("{\"message\":\"Expression evaluation failed.\",\"expression\":" + trace_text(expression.source()) +
                      ",\"details\":" + trace_text(context.arena.concat(exception, exception.empty() ? "" : ": ", message)) + "}");
  Failure failure;
  failure.reason = reason::expression_value_evaluation_failure;
  failure.message = context.arena.concat(evaluation_failed, message);
  context.fail(failure);
  return false;
}

static bool fail_run(Context& context, const Expression& expression, ContextRun& run) {
  return fail_evaluation(context, expression, fault_message(run.evaluation), fault_name(run.evaluation));
}

// False: context.fail() was called.
static bool run_expression(Context& context, const Expression& expression, ContextRun& run, cs::Value& out) {
  out = expression.run(run.evaluation);
  return !run.evaluation.failed() || fail_run(context, expression, run);
}

// The text of a value, null as the empty text.
static bool text_of_value(Context& context, const Expression& expression, ContextRun& run, cs::Value value, std::string_view& out) {
  out = cs::utf8(run.evaluation, *cs::to_string(run.evaluation, value));
  return !run.evaluation.failed() || fail_run(context, expression, run);
}

bool evaluate(Context& context, const Expression& expression, std::string_view& out) {
  ContextRun run(context);
  cs::Value value;
  return run_expression(context, expression, run, value) && text_of_value(context, expression, run, value, out);
}

bool evaluate_body(Context& context, const Expression& expression, std::string_view& out) {
  ContextRun run(context);
  cs::Value value;
  if (!run_expression(context, expression, run, value)) return false;
  const bool is_text = value.is_null() || value.is(cs::types::text);
  if (is_text || !value.is(cs::byte_array_type())) return text_of_value(context, expression, run, value, out);
  out = value.object<const cs::Bytes>()->view();
  return true;
}

bool evaluate(Context& context, const Expression& expression, bool& out) {
  ContextRun run(context);
  cs::Value value;
  if (!run_expression(context, expression, run, value)) return false;
  out = value.boolean();
  return true;
}

bool evaluate(Context& context, const Expression& expression, int64_t& out) {
  ContextRun run(context);
  cs::Value value;
  if (!run_expression(context, expression, run, value)) return false;
  if (value.is_null()) return fail_evaluation(context, expression, "An integer is needed, not null.");
  out = value.is(cs::types::uint64) && value.bits < 0 ? INT64_MAX : value.int64();
  return true;
}

bool evaluate(Context& context, const Expression& expression, double& out) {
  ContextRun run(context);
  cs::Value value;
  if (!run_expression(context, expression, run, value)) return false;
  out = value.real();
  return true;
}

bool evaluate(Context& context, const Expression& expression, AnyRead& out) {
  ContextRun run(context);
  out.is_typed = true;
  if (!run_expression(context, expression, run, out.value)) return false;
  // Only a string's text is wanted at once; that of an object may be long, and policies that need it ask for a text.
  const bool is_plain = out.value.is_null() || out.value.is(cs::types::text) || out.value.type->is_value_type();
  return !is_plain || text_of_value(context, expression, run, out.value, out.text);
}

bool IntegerValue::refuse(Context& context, int64_t number) const {
  Arena& arena = context.arena;
  return fail_evaluation(
      context, *expression(),
      arena.concat(decimal(arena, number), " is not between ", decimal(arena, range_.least), " and ", decimal(arena, range_.most), "."));
}

std::string_view decimal(Arena& arena, int64_t number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  return arena.copy({digits, static_cast<size_t>(end - digits)});
}

void set_int_variable(Context& context, std::string_view name, int64_t number) {
  const int64_t fitting = std::clamp<int64_t>(number, INT32_MIN, INT32_MAX);
  context.set_variable(name, cs::value_of_bits(cs::types::int32, fitting), decimal(context.arena, fitting));
}

}  // namespace gatelet
