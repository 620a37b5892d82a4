#include "policies/rate_limit_answer.hpp"

namespace gatelet {

static HeaderName read_header_name(PolicyReader& in, std::string_view attribute) {
  const std::string name = in.optional_literal(attribute).value_or("");
  if (!name.empty() && !is_token(name))
    in.error(DiagnosticCode::invalid_value, "'" + name + "' cannot be the name of a header; use letters, digits and -", in.at(attribute));
  return HeaderName(name);
}

RateLimitAnswer::RateLimitAnswer(PolicyReader& in)
    : retry_after_header_(read_header_name(in, "retry-after-header-name")),
      remaining_header_(read_header_name(in, "remaining-calls-header-name")),
      total_header_(read_header_name(in, "total-calls-header-name")),
      retry_after_variable_(in.optional_literal("retry-after-variable-name").value_or("")),
      remaining_variable_(in.optional_literal("remaining-calls-variable-name").value_or("")) {
  if (retry_after_header_.text.empty()) retry_after_header_ = HeaderName("Retry-After");
}

Flow RateLimitAnswer::give(Context& context, const RateDecision& decision, int64_t calls) const {
  if (!decision.allowed) return refuse(context, decision.retry_after_s, calls);
  allow(context, decision.remaining, calls);
  return Flow::next;
}

void RateLimitAnswer::allow(Context& context, uint32_t remaining, int64_t calls) const {
  if (context.trace) context.tell("The call is let through; ", decimal(context.arena, remaining), " more are allowed now.");
  if (!remaining_header_.text.empty()) context.pending.set(remaining_header_, decimal(context.arena, remaining));
  if (!remaining_variable_.empty()) set_int_variable(context, remaining_variable_, remaining);
  if (!total_header_.text.empty()) context.pending.set(total_header_, decimal(context.arena, calls));
}

Flow RateLimitAnswer::refuse(Context& context, uint32_t retry_after_s, int64_t calls) const {
  const std::string_view seconds = decimal(context.arena, retry_after_s);
  context.pending.set(retry_after_header_, seconds);
  if (!total_header_.text.empty()) context.pending.set(total_header_, decimal(context.arena, calls));
  if (!retry_after_variable_.empty()) set_int_variable(context, retry_after_variable_, retry_after_s);
  Failure failure;
  failure.reason = reason::rate_limit_exceeded;
  failure.message = "Rate limit is exceeded";
  failure.status = 429;
  failure.public_message = context.arena.concat("Rate limit is exceeded. Try again in ", seconds, " seconds.");
  return context.fail(failure);
}

}  // namespace gatelet
