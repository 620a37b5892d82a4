#include "gatelet/expression.h"

#include "base/json.hpp"
#include "capi/guard.hpp"
#include "expr/document_context.hpp"
#include "expr/objects.hpp"
#include "net/clock.hpp"
#include "net/random.hpp"
#include "policy/named_values.hpp"

using namespace gatelet;

namespace {

// Freed by gatelet_text_destroy().
gatelet_str text_for_caller(std::string_view text) {
  auto* bytes = static_cast<char*>(::operator new(text.size() + 1));
  std::memcpy(bytes, text.data(), text.size());
  bytes[text.size()] = '\0';
  return {bytes, text.size()};
}

// {{name}} in the expression stands for the named value of the context.
std::string with_named_values(std::string_view expression, const Json& context) {
  return replace_named_values(expression, [&](const NamedValueToken& token) -> std::optional<std::string> {
    const Json::Member* found = context["namedValues"].find(token.name);
    if (!found) return std::nullopt;
    return std::string(found->value.string());
  });
}

std::string evaluate(std::string_view expression, const Json& context, bool& failed) {
  uint64_t seed[2];
  random_bits(seed);
  const int64_t now = cs::unix_epoch_ticks + read_clocks().wall_ms * cs::ticks_per_millisecond;
  return evaluate_document(with_named_values(expression, context), context, now, {seed[0], seed[1]}, failed);
}

Result<Json> context_from(std::string_view text) {
  if (text.empty()) return Json();
  auto parsed = Json::parse(text);
  if (!parsed) return bad_argument("the context: " + parsed.error().message);
  if (!parsed->is_object()) return bad_argument("the context is not a JSON object");
  return parsed;
}

Result<> give(std::string_view result, bool is_failed, int32_t* failed, gatelet_str* out) {
  if (failed) *failed = is_failed;
  *out = text_for_caller(result);
  return Done{};
}

}  // namespace

extern "C" {

gatelet_status gatelet_expression_evaluate(gatelet_str expression, gatelet_str context, int32_t* failed, gatelet_str* out,
                                           gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!out) return bad_argument("out is NULL");
    if (is_bad(expression) || is_bad(context)) return bad_argument("a text is NULL although its size is not 0");
    GATELET_TRY(document, context_from(view(context)));
    bool is_failed = false;
    const std::string result = evaluate(view(expression), document, is_failed);
    return give(result, is_failed, failed, out);
  });
}

gatelet_status gatelet_expression_evaluate_line(gatelet_str line, int32_t* failed, gatelet_str* out, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!out) return bad_argument("out is NULL");
    if (is_bad(line)) return bad_argument("line is NULL although its size is not 0");
    auto parsed = Json::parse(view(line));
    if (!parsed) return bad_argument("the line: " + parsed.error().message);
    if (!(*parsed)["expression"].is_string()) return bad_argument("the line has no text 'expression'");
    bool is_failed = false;
    std::string result = evaluate((*parsed)["expression"].string(), (*parsed)["context"], is_failed);
    if (parsed->has("id")) result.insert(1, "\"id\":" + (*parsed)["id"].text() + ",");
    return give(result, is_failed, failed, out);
  });
}

}  // extern "C"
