// How many tokens of a language model a request has used: what its answer says, or an estimate (policies-a.md 4.6, policies-b.md 4.4).
#pragma once

#include <memory>

#include "policy/reader.hpp"

namespace gatelet {

struct TokenUsage {
  uint64_t prompt = 0;
  uint64_t completion = 0;
  uint64_t total = 0;
  bool is_known = false;  // false: the answer is no answer of a model
};

struct PromptEstimate {
  uint64_t tokens = 0;
  bool is_stream = false;  // the request asks for an answer in events
};

// There is no tokenizer: four bytes of text are a token.
PromptEstimate estimate_prompt(const Context& context);
TokenUsage usage_of_answer(const Context& context);

std::unique_ptr<Policy> read_llm_token_limit(PolicyReader& in);
std::unique_ptr<Policy> read_llm_emit_token_metric(PolicyReader& in);

}  // namespace gatelet
