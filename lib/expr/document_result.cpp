// The result of `gatelet eval` as JSON (architecture.md 5).
#include <cmath>

#include "base/text.hpp"
#include "expr/context_objects.hpp"
#include "expr/document_context.hpp"
#include "expr/expression.hpp"
#include "expr/json.hpp"
#include "expr/operators.hpp"
#include "expr/registry.hpp"

namespace gatelet {

static std::string quoted(std::string_view text) { return "\"" + json_escape(text) + "\""; }

static std::string base64(std::string_view bytes) {
  static constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t bits = 0;
    for (size_t k = 0; k < 3; ++k) bits = bits << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (size_t k = 0; k < 4; ++k) out += i + k > bytes.size() ? '=' : letters[bits >> (18 - 6 * k) & 63];
  }
  return out;
}

static std::string text_of(cs::Evaluation& run, cs::Value value) { return cs::utf8(*cs::to_string(run, value)); }

// Null, booleans, numbers that fit a double, texts, arrays and JTokens as JSON; bytes in base64; else the text.
static std::string json_of(cs::Evaluation& run, cs::Value value) {
  if (value.is_null()) return "null";
  const cs::Type& type = *value.type;
  if (type.basic == cs::Basic::boolean) return value.boolean() ? "true" : "false";
  if (type.basic == cs::Basic::character) return quoted(text_of(run, value));
  const bool is_exact = cs::is_integral(type) && std::llabs(value.bits) <= int64_t{1} << 53;
  const bool is_finite = (type.basic == cs::Basic::real || type.basic == cs::Basic::single) && std::isfinite(value.real());
  if (is_exact || is_finite) return text_of(run, value);
  if (&type == &cs::byte_array_type()) return quoted(base64(value.object<const cs::Bytes>()->view()));
  if (type.kind == cs::TypeKind::array) {
    std::string items;
    for (cs::Items all(run, value); all.next();) items += (items.empty() ? "" : ",") + json_of(run, all.current);
    return "[" + items + "]";
  }
  if (cs::is_token(value)) {
    const std::string written = cs::utf8(*cs::json_text(run, *value.object<const cs::JToken>(), false));
    if (run.failed() || Json::parse(written)) return written;  // a property, undefined and their like are not JSON
  }
  return quoted(text_of(run, value));
}

static std::string error_json(std::string_view reason, std::string_view exception, std::string_view message, SourcePos at) {
  std::string out = "\"error\":{\"reason\":" + quoted(reason);
  if (!exception.empty()) out += ",\"exception\":" + quoted(exception);
  out += ",\"message\":" + quoted(message);
  if (at) out += ",\"line\":" + std::to_string(at.line) + ",\"column\":" + std::to_string(at.column);
  return out + "}";
}

static std::string evaluation_error(cs::Evaluation& run) {
  return error_json("ExpressionValueEvaluationFailure", fault_name(run), fault_message(run), {1, 1});
}

std::string evaluate_document(std::string_view expression, const Json& context, int64_t now_ticks, SipKey seed,
                              const ExpressionLimits& limits, bool& failed) {
  const auto compiled = compile_expression(expression, ExpressionType::any, {1, 1}, limits.source);
  if (compiled) return evaluate_document(**compiled, context, now_ticks, seed, limits.budget, failed);
  failed = true;
  return "{" + error_json("ExpressionCompilationFailed", {}, compiled.error().message, compiled.error().at) + "}";
}

std::string evaluate_document(const Expression& expression, const Json& context, int64_t now_ticks, SipKey seed, const cs::Budget& budget,
                              bool& failed) {
  failed = true;
  Arena arena;
  DocumentContext model(arena, context, now_ticks, seed);
  if (const auto read = model.read(); !read)
    return "{" + error_json("ExpressionValueEvaluationFailure", "ArgumentException", read.error().message, {}) + "}";
  cs::Evaluation run(arena, model, budget);
  const cs::Value value = expression.run(run);
  if (run.failed()) return "{" + evaluation_error(run) + "}";
  const std::string type = value.is_null() ? "null" : quoted(cs::short_name(*value.type));
  const std::string text = text_of(run, value);
  const std::string json = run.failed() ? std::string() : json_of(run, value);
  if (run.failed()) return "{" + evaluation_error(run) + "}";
  failed = false;
  return "{\"type\":" + type + ",\"value\":" + json + ",\"text\":" + quoted(text) + "}";
}

}  // namespace gatelet
