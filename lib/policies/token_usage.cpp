#include "policies/token_usage.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "http/content_coding.hpp"

namespace gatelet {

namespace token_usage_rows {

constexpr size_t bytes_per_token = 4;
constexpr size_t depth_max = 32;

// What stands in for a tokenizer.
static uint64_t estimated_tokens(uint64_t bytes) { return (bytes + bytes_per_token - 1) / bytes_per_token; }

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

static std::optional<uint64_t> count_of(const Json& value) {
  constexpr double most = 1e15;  // beyond it is nonsense
  if (!value.is_number()) return std::nullopt;
  return value.number() > 0 && value.number() < most ? static_cast<uint64_t>(value.number()) : 0;
}

static const Json& one_of(const Json& json, std::string_view name, std::string_view other_name) {
  return json.has(name) ? json[name] : json[other_name];
}

// The names of chat completions, or those of responses.
static bool read_usage(const Json& json, TokenUsage& out) {
  const Json& usage = json.has("usage") ? json["usage"] : json["response"]["usage"];
  if (!usage.is_object()) return false;
  out.prompt = count_of(one_of(usage, "prompt_tokens", "input_tokens")).value_or(0);
  out.completion = count_of(one_of(usage, "completion_tokens", "output_tokens")).value_or(0);
  out.total = count_of(usage["total_tokens"]).value_or(out.prompt + out.completion);
  out.cached = count_of(one_of(usage, "prompt_tokens_details", "input_tokens_details")["cached_tokens"]);
  out.reasoning = count_of(one_of(usage, "completion_tokens_details", "output_tokens_details")["reasoning_tokens"]);
  return out.is_known = true;
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
  out.tokens = estimated_tokens(bytes);
  return out;
}

UsageReader::UsageReader(const Response& response, uint64_t prompt)
    : is_wanted_(response.status < 400),
      is_events_(starts_with_ignoring_case(response.headers.get(HeaderId::content_type), "text/event-stream")),
      prompt_(prompt) {
  const std::vector<std::string_view> codings = content_codings(response.headers);
  if (codings.empty()) return;
  const std::string_view coding = codings.front();
  is_wanted_ &= codings.size() == 1 && (is_gzip(coding) || is_deflate(coding));
  inflater_.emplace(is_gzip(coding));
}

void UsageReader::feed(std::string_view bytes) {
  if (!is_wanted_) return;
  if (!inflater_) return read(bytes);
  is_wanted_ = inflater_->feed(bytes, [this](std::string_view text) { read(text); });
}

void UsageReader::read(std::string_view bytes) {
  for (size_t end; is_events_ && (end = bytes.find('\n')) != bytes.npos; bytes.remove_prefix(end + 1)) {
    kept_ += bytes.substr(0, end);
    if (!is_too_large_) read_event(trim(kept_));
    kept_.clear();
    is_too_large_ = false;
  }
  if (!is_too_large_) kept_ += bytes;
  is_too_large_ |= kept_.size() > buffered_body_bytes_max_default;
  if (is_too_large_) kept_.clear();
}

// "data: {…}": the last one that tells the usage, else the texts of all.
void UsageReader::read_event(std::string_view line) {
  constexpr std::string_view mark = "data:";
  if (!line.starts_with(mark)) return;
  const auto json = read_json(trim(line.substr(mark.size())));
  if (!json) return;
  has_data_ = true;
  if (read_usage(*json, usage_)) return;
  for (const Json& choice : (*json)["choices"].items()) text_bytes_ += text_bytes(choice["delta"]["content"]) + text_bytes(choice["text"]);
  if ((*json)["delta"].is_string()) text_bytes_ += (*json)["delta"].string().size();
}

TokenUsage UsageReader::finish() {
  if (is_too_large_) kept_.clear();
  if (!is_events_) {
    if (const auto json = read_json(kept_)) read_usage(*json, usage_);
    return usage_;
  }
  read_event(trim(kept_));
  if (usage_.is_known || !has_data_) return usage_;
  usage_.is_known = true;
  usage_.prompt = prompt_;
  usage_.completion = estimated_tokens(text_bytes_);
  usage_.total = usage_.prompt + usage_.completion;
  return usage_;
}

namespace {

class UsageFilter final : public BodyFilter {
 public:
  UsageFilter(UsageReader reader, UsageFn done) : reader_(std::move(reader)), done_(std::move(done)) {}
  void feed(std::string_view bytes, std::string& out) override {
    out += bytes;
    reader_.feed(bytes);
  }
  void finish(bool, Instant now, std::string&) override { done_(reader_.finish(), now); }

 private:
  UsageReader reader_;
  UsageFn done_;
};

}  // namespace

void read_usage_of_answer(Context& context, UsageFn done) {
  UsageReader reader(context.response, estimate_prompt(context).tokens);
  if (context.filters_response()) return context.response_filters.add(std::make_unique<UsageFilter>(std::move(reader), std::move(done)));
  if (context.response.body.kind == Body::Kind::bytes) reader.feed(context.response.body.bytes.view());
  done(reader.finish(), context.now);
}

}  // namespace gatelet
