#include "gatelet/expression.h"

#include "base/json.hpp"
#include "capi/guard.hpp"
#include "capi/handles.hpp"
#include "expr/document_context.hpp"
#include "expr/objects.hpp"
#include "net/clock.hpp"
#include "net/random.hpp"
#include "policy/named_values.hpp"

using namespace gatelet;

namespace {

// {{name}} in the expression stands for the named value.
std::string with_named_values(std::string_view expression, const Json& named_values) {
  return replace_named_values(expression, [&](const NamedValueToken& token) -> std::optional<std::string> {
    const Json::Member* found = named_values.find(token.name);
    if (!found) return std::nullopt;
    return std::string(found->value.string());
  });
}

struct Now {
  int64_t ticks = cs::unix_epoch_ticks + read_clocks().wall_ms * cs::ticks_per_millisecond;
  SipKey seed;
  Now() {
    uint64_t bits[2];
    random_bits(bits);
    seed = {bits[0], bits[1]};
  }
};

std::string evaluate(std::string_view expression, const Json& context, const ExpressionLimits& limits, bool& failed) {
  const Now now;
  return evaluate_document(with_named_values(expression, context["namedValues"]), context, now.ticks, now.seed, limits, failed);
}

// A JSON object; empty: none.
Result<Json> object_from(std::string_view text, const std::string& what) {
  if (text.empty()) return Json();
  auto parsed = Json::parse(text);
  if (!parsed) return bad_argument(what + ": " + parsed.error().message);
  if (!parsed->is_object()) return bad_argument(what + " is not a JSON object");
  return parsed;
}

Result<> give(std::string_view result, bool is_failed, int32_t* failed, gatelet_str* out) {
  if (failed) *failed = is_failed;
  *out = copied_text(result);
  return Done{};
}

// Notes the first limit that is more than is allowed.
class LimitReader {
 public:
  template <class Limit>
  void take(const char* name, uint64_t given, uint64_t most, Limit& limit) {
    if (given > most && problem_.empty())
      problem_ = std::string(name) + " of the limits is " + std::to_string(given) + "; at most " + std::to_string(most) + " is allowed";
    if (given) limit = static_cast<Limit>(std::min(given, most));
  }
  const std::string& problem() const { return problem_; }

 private:
  std::string problem_;
};

}  // namespace

Result<ExpressionLimits> gatelet::expression_limits_from(const gatelet_expression_limits* limits) {
  GATELET_TRY(given, options_from(limits, "gatelet_expression_limits"));
  ExpressionLimits out;
  LimitReader reader;
  reader.take("steps", given.steps, UINT64_MAX, out.budget.steps);
  reader.take("memory_bytes", given.memory_bytes, UINT64_MAX, out.budget.memory_bytes);
  reader.take("body_bytes", given.body_bytes, expression_body_bytes_max, out.budget.body_bytes);
  reader.take("string_units", given.string_units, expression_string_units_max, out.budget.string_units);
  reader.take("elements", given.elements, expression_array_items_max, out.budget.array_items);
  reader.take("call_depth", given.call_depth, expression_call_depth_max, out.budget.call_depth);
  reader.take("regex_steps", given.regex_steps, regex_match_steps_max, out.budget.regex_steps);
  reader.take("json_depth", given.json_depth, payload_json_depth_max, out.budget.json_depth);
  reader.take("xml_depth", given.xml_depth, payload_xml_depth_max, out.budget.xml_depth);
  reader.take("source_bytes", given.source_bytes, policy_document_bytes_max, out.source.bytes);
  reader.take("source_depth", given.source_depth, expression_depth_max, out.source.depth);
  uint32_t dates = GATELET_JSON_DATES_DATETIME;
  reader.take("json_dates", given.json_dates, GATELET_JSON_DATES_NONE, dates);
  out.budget.reads_json_dates = dates == GATELET_JSON_DATES_DATETIME;
  if (!reader.problem().empty()) return bad_argument(reader.problem());
  return out;
}

struct gatelet_expression {
  HandleMark<0x65787031> mark;
  std::unique_ptr<const Expression> value;
  cs::Budget budget;
};

extern "C" {

gatelet_status gatelet_expression_evaluate(gatelet_str expression, gatelet_str context, int32_t* failed, gatelet_str* out,
                                           gatelet_error** error) {
  return gatelet_expression_evaluate_within(nullptr, expression, context, failed, out, error);
}

gatelet_status gatelet_expression_evaluate_line(gatelet_str line, int32_t* failed, gatelet_str* out, gatelet_error** error) {
  return gatelet_expression_evaluate_line_within(nullptr, line, failed, out, error);
}

gatelet_status gatelet_expression_evaluate_within(const gatelet_expression_limits* limits, gatelet_str expression, gatelet_str context,
                                                  int32_t* failed, gatelet_str* out, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!out) return bad_argument("out is NULL");
    if (is_bad(expression) || is_bad(context)) return bad_argument("a text is NULL although its size is not 0");
    GATELET_TRY(within, expression_limits_from(limits));
    GATELET_TRY(document, object_from(view(context), "the context"));
    bool is_failed = false;
    const std::string result = evaluate(view(expression), document, within, is_failed);
    return give(result, is_failed, failed, out);
  });
}

gatelet_status gatelet_expression_evaluate_line_within(const gatelet_expression_limits* limits, gatelet_str line, int32_t* failed,
                                                       gatelet_str* out, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!out) return bad_argument("out is NULL");
    if (is_bad(line)) return bad_argument("line is NULL although its size is not 0");
    GATELET_TRY(within, expression_limits_from(limits));
    auto parsed = Json::parse(view(line));
    if (!parsed) return bad_argument("the line: " + parsed.error().message);
    if (!(*parsed)["expression"].is_string()) return bad_argument("the line has no text 'expression'");
    bool is_failed = false;
    std::string result = evaluate((*parsed)["expression"].string(), (*parsed)["context"], within, is_failed);
    if (parsed->has("id")) result.insert(1, "\"id\":" + (*parsed)["id"].text() + ",");
    return give(result, is_failed, failed, out);
  });
}

gatelet_status gatelet_expression_compile(gatelet_str text, gatelet_str named_values, const gatelet_expression_limits* limits,
                                          gatelet_expression** out, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!out) return bad_argument("out is NULL; pass the address of a gatelet_expression pointer");
    if (is_bad(text) || is_bad(named_values))
      return bad_argument("text or named_values is NULL although its size is not 0; set both members");
    GATELET_TRY(within, expression_limits_from(limits));
    GATELET_TRY(values, object_from(view(named_values), "named_values"));
    GATELET_TRY(compiled, compile_expression(with_named_values(view(text), values), ExpressionType::any, {1, 1}, within.source));
    *out = new gatelet_expression{{}, std::move(compiled), within.budget};
    return Done{};
  });
}

gatelet_status gatelet_expression_run(const gatelet_expression* expression, gatelet_str context, int32_t* failed, gatelet_str* out,
                                      gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!is_live(expression))
      return bad_argument("expression is NULL or no expression that lives; pass what gatelet_expression_compile() made");
    if (!out || is_bad(context)) return bad_argument("out is NULL, or context is NULL although its size is not 0; set them");
    GATELET_TRY(document, object_from(view(context), "the context"));
    const Now now;
    bool is_failed = false;
    const std::string result = evaluate_document(*expression->value, document, now.ticks, now.seed, expression->budget, is_failed);
    return give(result, is_failed, failed, out);
  });
}

void gatelet_expression_destroy(gatelet_expression* expression) {
  if (is_live(expression)) delete expression;
}

}  // extern "C"
