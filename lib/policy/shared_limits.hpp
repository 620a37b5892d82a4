// SharedLimits: rates and quotas that several gateways count together, in a place that only the host of an exchange can ask (policies-a.md
// 4.0). A policy puts a claim, waits, and finds the reply in it.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "policy/services.hpp"

namespace gatelet {

// While the place is away: each gateway counts by itself, nothing is limited, or everything that has a limit is refused.
enum class LimitFailure : uint8_t { local, allow, refuse };

// What the host is told about it.
struct LimitSharing {
  bool is_on = false;
  LimitFailure failure = LimitFailure::local;
  std::string prefix = "gatelet:limits:";  // of all keys
};

struct LimitReply {
  bool is_known = false;  // false: the place is away, or has failed
  RateDecision rate;
  QuotaDecision quota;
};

// Counted in all of its limits, or in none when one of them is used up. Rates or quotas, not both. Lives in the arena of the exchange.
struct LimitClaim {
  std::span<RateHit> rates = {};
  std::span<QuotaHit> quotas = {};
  uint64_t count = 1;  // 0 only asks
  LimitReply reply = {};
};

// For the thread of the exchange.
class SharedLimits {
 public:
  // False: a claim would get no answer.
  virtual bool can_ask() const = 0;
  virtual LimitFailure failure() const = 0;
  // What is counted whatever the limit, because it was used already. Not waited for, lost while the place is away.
  virtual void count(const LimitClaim& claim) = 0;
  virtual void add_bytes(const QuotaHit& hit, uint64_t bytes) = 0;

 protected:
  ~SharedLimits() = default;
};

}  // namespace gatelet
