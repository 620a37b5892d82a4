// Services: what policies use beyond their exchange, as interfaces. They outlive configurations and are shared by all exchanges of a
// gateway.
#pragma once

#include <cstdint>
#include <string_view>

#include "policy/upstream.hpp"

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

// What the exchange wishes of a pool.
struct MemberWish {
  uint32_t tried = 0;                // bit i: member i was tried before; it is taken again only when there is no other
  std::string_view session_id = {};  // the client's session; its member is taken while it is sound and was not tried
};

struct BackendChoice {
  const Upstream* upstream = nullptr;  // null: tripped, or all members are
  uint32_t member = 0;                 // of a pool
  uint32_t retry_after_s = 0;          // when null: until the first one is tried again; at least 1
};

// How a call to a backend ended.
struct BackendOutcome {
  int status = 0;                // of the answer; of a call that failed, what the client gets for it
  std::string_view reason = {};  // LastError.Reason of a call that failed; empty: it was answered
  uint64_t retry_after_ms = 0;   // what the answer's Retry-After says; 0: nothing
};

// Circuit breakers and the turns in pools, exact across threads, one state a gateway and backend. Only for upstreams that have state. Any
// thread.
class BackendStates {
 public:
  virtual ~BackendStates() = default;
  // The backend that the request goes to now.
  virtual BackendChoice choose(const Upstream& upstream, const MemberWish& wish, uint64_t steady_ms) = 0;
  // To be told of every call that choose() allowed, when its answer is known; `upstream` is the chosen one.
  virtual void report(const Upstream& upstream, const BackendOutcome& outcome, uint64_t steady_ms) = 0;
};

struct Services {
  RateCounters* rate_counters = nullptr;
  BackendStates* backends = nullptr;
};

}  // namespace gatelet
