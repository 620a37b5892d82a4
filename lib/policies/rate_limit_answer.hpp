// What rate-limit and rate-limit-by-key tell the client and later policies: the same attributes, headers, variables and error.
#pragma once

#include <string>

#include "http/headers.hpp"
#include "policy/reader.hpp"

namespace gatelet {

class RateLimitAnswer {
 public:
  explicit RateLimitAnswer(PolicyReader& in);
  Flow give(Context& context, const RateDecision& decision, int64_t calls) const;

 private:
  void allow(Context& context, uint32_t remaining, int64_t calls) const;
  Flow refuse(Context& context, uint32_t retry_after_s, int64_t calls) const;

  HeaderName retry_after_header_;
  HeaderName remaining_header_;
  HeaderName total_header_;
  std::string retry_after_variable_;
  std::string remaining_variable_;
};

}  // namespace gatelet
