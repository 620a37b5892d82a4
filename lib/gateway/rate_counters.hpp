// StripedRateCounters: sliding windows in one striped table of the process, exact across workers: one short lock per decision
// (performance.md 5.7, policies-a.md 4.0).
//
// A counter is a ring of groups (time of the latest call, number of calls). A group leaves the window when its latest call is as old as the
// period, so that no window of that length ever sees more calls than allowed, and Retry-After is never longer than the period. With a limit
// of up to rate_limit_buckets calls every millisecond has a group of its own and the window is exact; with higher limits calls within
// a sixtieth of the period share one and may count that much longer.
#pragma once

#include <atomic>

#include "base/limits.hpp"
#include "base/log.hpp"
#include "gateway/key_table.hpp"
#include "policy/services.hpp"

namespace gatelet {

class StripedRateCounters final : public RateCounters {
 public:
  // `log` is told, at most once a minute, that the table is full.
  explicit StripedRateCounters(SipKey seed = {}, size_t keys_max = rate_limit_keys_max, LogSink* log = nullptr);
  ~StripedRateCounters() override;

  // Scopes that share a key share its counter, also with different periods. Allocates only for a key that is not known, or whose window
  // holds more groups than ever before.
  RateDecision hit_all(std::span<RateHit> hits, uint32_t count, uint64_t steady_ms) override;

  size_t key_count() const;
  uint64_t uncounted_count() const { return uncounted_count_.load(std::memory_order_relaxed); }

 private:
  struct Counter;
  void ask(const RateHit& hit, uint32_t count, uint64_t steady_ms, RateDecision& decision);
  bool add(const RateHit& hit, uint32_t count, uint64_t steady_ms);
  void note_full(uint64_t steady_ms);

  StripedTable<Counter> table_;
  SipKey seed_;
  LogSink* log_;
  std::atomic<uint64_t> uncounted_count_{0};
  std::atomic<uint64_t> next_warning_ms_{0};
};

}  // namespace gatelet
