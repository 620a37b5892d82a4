#include "policies/token_usage.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace gatelet {

namespace token_usage_rows {

constexpr size_t bytes_per_token = 4;
constexpr size_t depth_max = 32;

static uint64_t tokens_of(uint64_t bytes) { return (bytes + bytes_per_token - 1) / bytes_per_token; }

static std::optional<Json> read_json(std::string_view text) {
  auto json = Json::parse(text, text.size());
  if (!json || !json->is_object()) return std::nullopt;
  return *std::move(json);
}

// Of all texts in it.
static uint64_t text_bytes(const Json& json, size_t depth = 0) {
  if (json.is_string()) return json.string().size();
  if (depth >= depth_max) return 0;
  uint64_t bytes = 0;
  for (const Json& item : json.items()) bytes += text_bytes(item, depth + 1);
  for (const Json::Member& member : json.members()) bytes += text_bytes(member.value, depth + 1);
  return bytes;
}

static uint64_t count_of(const Json& json, std::string_view name, std::string_view other_name) {
  const Json& value = json.has(name) ? json[name] : json[other_name];
  return value.is_number() && value.number() > 0 && value.number() < 1e15 ? static_cast<uint64_t>(value.number()) : 0;
}

// The names of chat completions, or those of responses.
static bool read_usage(const Json& json, TokenUsage& out) {
  const Json& usage = json.has("usage") ? json["usage"] : json["response"]["usage"];
  if (!usage.is_object()) return false;
  out.prompt = count_of(usage, "prompt_tokens", "input_tokens");
  out.completion = count_of(usage, "completion_tokens", "output_tokens");
  out.total = usage.has("total_tokens") ? count_of(usage, "total_tokens", {}) : out.prompt + out.completion;
  return out.is_known = true;
}

// "data: {…}" lines: the last one that tells the usage, else the texts of all.
static TokenUsage usage_of_events(std::string_view body, uint64_t prompt) {
  TokenUsage usage;
  uint64_t bytes = 0;
  bool has_data = false;
  for (std::string_view line : split(body, '\n')) {
    constexpr std::string_view mark = "data:";
    line = trim(line);
    if (!line.starts_with(mark)) continue;
    const auto json = read_json(trim(line.substr(mark.size())));
    if (!json) continue;
    has_data = true;
    if (read_usage(*json, usage)) continue;
    for (const Json& choice : (*json)["choices"].items()) bytes += text_bytes(choice["delta"]["content"]) + text_bytes(choice["text"]);
    if ((*json)["delta"].is_string()) bytes += (*json)["delta"].string().size();
  }
  if (usage.is_known || !has_data) return usage;
  usage.is_known = true;
  usage.prompt = prompt;
  usage.completion = tokens_of(bytes);
  usage.total = usage.prompt + usage.completion;
  return usage;
}

}  // namespace token_usage_rows

using namespace token_usage_rows;

PromptEstimate estimate_prompt(const Context& context) {
  PromptEstimate out;
  if (context.request.body.kind != Body::Kind::bytes) return out;
  const auto json = read_json(context.request.body.bytes.view());
  if (!json) return out;
  out.is_stream = (*json)["stream"].boolean();
  uint64_t bytes = 0;
  for (std::string_view name : {"messages", "prompt", "input", "instructions"}) bytes += text_bytes((*json)[name]);
  out.tokens = tokens_of(bytes);
  return out;
}

TokenUsage usage_of_answer(const Context& context) {
  TokenUsage usage;
  const Response& response = context.response;
  if (response.body.kind != Body::Kind::bytes || response.status >= 400) return usage;
  const std::string_view body = response.body.bytes.view();
  if (starts_with_ignoring_case(response.headers.get(HeaderId::content_type), "text/event-stream"))
    return usage_of_events(body, estimate_prompt(context).tokens);
  if (const auto json = read_json(body)) read_usage(*json, usage);
  return usage;
}

}  // namespace gatelet
