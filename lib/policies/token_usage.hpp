// How many tokens of a language model a request has used: what its answer says, or an estimate (policies-a.md 4.6, policies-b.md 4.4).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "http/gzip.hpp"
#include "policy/reader.hpp"

namespace gatelet {

struct TokenUsage {
  uint64_t prompt = 0;
  uint64_t completion = 0;
  uint64_t total = 0;
  std::optional<uint64_t> cached;     // of the prompt, where the answer tells
  std::optional<uint64_t> reasoning;  // of the completion, likewise
  bool is_known = false;              // false: the answer is no answer of a model
};

struct PromptEstimate {
  uint64_t tokens = 0;
  bool is_stream = false;  // the request asks for an answer in events
};

// There is no tokenizer: four bytes of text are a token.
PromptEstimate estimate_prompt(const Context& context);

// Reads an answer that comes in parts. Of events, which may go on for long, it keeps one at a time.
class UsageReader {
 public:
  // `prompt`: what the request has used where the answer does not tell.
  UsageReader(const Response& response, uint64_t prompt);
  void feed(std::string_view bytes);
  TokenUsage finish();

 private:
  void read(std::string_view text);
  void read_event(std::string_view line);

  bool is_wanted_;
  const bool is_events_;
  const uint64_t prompt_;
  TokenUsage usage_;
  uint64_t text_bytes_ = 0;
  bool has_data_ = false;
  bool is_too_large_ = false;
  std::string kept_;
  std::optional<Inflater> inflater_;  // where the answer is compressed
};

// Has `done` told what the answer has used: at once, or when its body has streamed past, when neither the context nor what the policy read
// of it is there any more. What broke off counts as far as it came.
using UsageFn = std::function<void(const TokenUsage& usage, Instant now)>;
void read_usage_of_answer(Context& context, UsageFn done);

std::unique_ptr<Policy> read_llm_token_limit(PolicyReader& in);
std::unique_ptr<Policy> read_llm_emit_token_metric(PolicyReader& in);

}  // namespace gatelet
