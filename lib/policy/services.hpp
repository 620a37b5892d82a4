// Services: what policies use beyond their exchange, as interfaces. They outlive configurations and are shared by all exchanges of a
// gateway.
#pragma once

#include <cstdint>
#include <string_view>

namespace gatelet {

struct RateDecision {
  bool allowed = true;
  uint32_t retry_after_s = 0;  // when refused; at least 1
  uint32_t remaining = 0;
};

// Sliding windows, exact across threads (policies-a.md 4.0). Any thread.
class RateCounters {
 public:
  virtual ~RateCounters() = default;
  // Refused when the sum of the last `period_s` seconds is `calls` or more; otherwise `count` is added. A refused request is not counted.
  virtual RateDecision hit(std::string_view key, uint32_t calls, uint32_t period_s, uint32_t count, uint64_t steady_ms) = 0;
};

struct Services {
  RateCounters* rate_counters = nullptr;
};

}  // namespace gatelet
