// Services: what policies use beyond their exchange, as interfaces. They outlive configurations and are shared by all exchanges of a
// gateway.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/buffer.hpp"
#include "base/siphash.hpp"
#include "expr/evaluation.hpp"
#include "policy/upstream.hpp"

namespace gatelet {

struct RateDecision {
  bool allowed = true;
  uint32_t retry_after_s = 0;  // when refused; at least 1
  uint32_t remaining = 0;
};

struct RateHit {
  std::string_view key;
  uint32_t calls = 0;
  uint32_t period_s = 0;
  KeyHash id = {};  // the counters' own
};

// Sliding windows, exact across threads (policies-a.md 4.0). Any thread.
class RateCounters {
 public:
  virtual ~RateCounters() = default;
  // Refused when the sum of the last `period_s` seconds is `calls` or more for one of the keys, which are different ones; otherwise `count`
  // is added to all; 0 only asks. A refused request is not counted. retry_after_s is the longest, remaining the least of them.
  virtual RateDecision hit_all(std::span<RateHit> hits, uint32_t count, uint64_t steady_ms) = 0;

  RateDecision hit(std::string_view key, uint32_t calls, uint32_t period_s, uint32_t count, uint64_t steady_ms) {
    RateHit hit{key, calls, period_s};
    return hit_all({&hit, 1}, count, steady_ms);
  }
};

// Wall clock: quotas are of hours and months, and go on after a restart.
struct QuotaWindow {
  int64_t start_ms = 0;
  int64_t end_ms = INT64_MAX;  // INT64_MAX: it never ends
  bool operator==(const QuotaWindow&) const = default;
};

struct QuotaHit {
  std::string_view key;
  QuotaWindow window;
  uint64_t calls_max = 0;  // 0: no limit
  uint64_t bytes_max = 0;
  KeyHash id = {};  // made by take(), for add_bytes()
};

struct QuotaDecision {
  enum class Kind : uint8_t { allowed, out_of_calls, out_of_bandwidth };
  Kind kind = Kind::allowed;
  int64_t renewed_ms = 0;  // when refused: the end of the window, INT64_MAX for never
};

// Fixed windows, exact across threads, kept over restarts where the host does so (policies-a.md 4.0). Any thread.
class QuotaCounters {
 public:
  virtual ~QuotaCounters() = default;
  // Refused when one of the limits is used up in its window; otherwise `calls` are added to all. The keys are different ones; a key has
  // always the same length of windows.
  virtual QuotaDecision take(std::span<QuotaHit> hits, uint64_t calls, int64_t wall_ms) = 0;
  // The bytes of a call that was counted. Never refused, and does not fail.
  virtual void add_bytes(const KeyHash& id, uint64_t bytes) = 0;
};

// Exchanges that are inside at the same time, exact across threads. Any thread.
class ConcurrencyCounters {
 public:
  virtual ~ConcurrencyCounters() = default;
  // False: `count_max` are inside already. `id` is for leave(), which does not fail.
  virtual bool enter(std::string_view key, uint32_t count_max, KeyHash& id) = 0;
  virtual void leave(const KeyHash& id) = 0;
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

// What is kept under a key of a cache, as bytes; the parts are shared and never change.
struct CacheValue {
  Buffer head;
  Buffer body;  // of a response
  size_t size() const { return head.size() + body.size(); }
};

struct CacheReply {
  bool is_found = false;
  CacheValue value;
};

// Values by key for a time (policies-a.md 8.1). A cache that is full, away or slow has nothing: no request fails because of it. Any thread.
class Cache {
 public:
  virtual ~Cache() = default;
  // True: `reply` holds the answer. False: it comes later; whoever waits is resumed then, and `reply` lives until that.
  virtual bool find(std::string_view key, uint64_t steady_ms, CacheReply& reply) = 0;
  // Not waited for: a look-up right after it may miss.
  virtual void store(std::string_view key, CacheValue value, uint64_t duration_ms, uint64_t steady_ms) = 0;
  virtual void remove(std::string_view key) = 0;
};

enum class CachingType : uint8_t { prefer_external, external, internal };

struct Services {
  RateCounters* rate_counters = nullptr;
  QuotaCounters* quota_counters = nullptr;
  ConcurrencyCounters* concurrency_counters = nullptr;
  BackendStates* backends = nullptr;
  Cache* cache = nullptr;           // of the process; null: there is none
  Cache* external_cache = nullptr;  // likewise
  cs::Budget expression_budget;
  SipKey random_key;  // secret, of the process: what Context::random_bytes() is made with

  // Null: what a policy would do with a cache is left out.
  Cache* cache_of(CachingType type) const {
    if (type == CachingType::internal) return cache;
    return external_cache || type == CachingType::external ? external_cache : cache;
  }
};

}  // namespace gatelet
