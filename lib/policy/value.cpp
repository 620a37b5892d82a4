#include "policy/value.hpp"

#include <charconv>

#include "base/text.hpp"

namespace gatelet {

// The prefix of every message about a failed expression (policies-b.md 1.4).
static constexpr std::string_view evaluation_failed = "Expression evaluation failed. ";

static bool fail_evaluation(Context& context, std::string_view message) {
  Failure failure;
  failure.reason = reason::expression_value_evaluation_failure;
  failure.message = message;
  context.fail(failure);
  return false;
}

bool evaluate(Context& context, const Expression& expression, std::string_view& out) {
  Result<std::string_view> text = expression.evaluate(context);
  if (!text) return fail_evaluation(context, context.arena.concat(evaluation_failed, text.error().message));
  out = *text;
  return true;
}

bool evaluate(Context& context, const Expression& expression, bool& out) {
  std::string_view text;
  if (!evaluate(context, expression, text)) return false;
  const auto value = parse_bool(trim(text));
  if (!value) return fail_evaluation(context, context.arena.concat(evaluation_failed, "'", text, "' is neither true nor false."));
  out = *value;
  return true;
}

bool evaluate(Context& context, const Expression& expression, int64_t& out) {
  std::string_view text;
  if (!evaluate(context, expression, text)) return false;
  const auto value = parse_signed(trim(text));
  if (!value) return fail_evaluation(context, context.arena.concat(evaluation_failed, "'", text, "' is not an integer."));
  out = *value;
  return true;
}

bool IntegerValue::refuse(Context& context, int64_t number) const {
  Arena& arena = context.arena;
  return fail_evaluation(context, arena.concat(evaluation_failed, decimal(arena, number), " is not between ", decimal(arena, range_.least),
                                               " and ", decimal(arena, range_.most), "."));
}

std::string_view decimal(Arena& arena, int64_t number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  return arena.copy({digits, static_cast<size_t>(end - digits)});
}

}  // namespace gatelet
