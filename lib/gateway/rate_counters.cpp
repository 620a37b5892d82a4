#include "gateway/rate_counters.hpp"

#include <algorithm>
#include <new>

namespace gatelet {

namespace {

constexpr size_t ring_inline_capacity = 4;  // most keys have few calls in a window; a million of them must fit
constexpr size_t ring_capacity_max = 64;    // rate_limit_buckets, and what reaches into the window at both ends
constexpr uint64_t warning_period_ms = 60'000;
static_assert(ring_capacity_max >= rate_limit_buckets + 4);

// Calls that came close together. Times are modulo 2^32 ms: everything in a ring is younger than a period of at most 300 s.
struct Group {
  uint32_t latest_ms;
  uint32_t count;
};

}  // namespace

// One key.
struct StripedRateCounters::Counter {
  Counter* chain = nullptr;
  KeyHash key;
  uint64_t latest_ms = 0;  // of the newest group, not modulo: decides whether the ring holds anything at all
  uint64_t total = 0;      // of all groups
  Group* ring = groups;
  uint32_t newest_first_ms = 0;  // when the newest group began
  uint32_t retention_ms = 0;     // the longest period asked for
  uint8_t first = 0, size = 0, capacity = ring_inline_capacity;
  Group groups[ring_inline_capacity];

  explicit Counter(const KeyHash& hash) : key(hash) {}
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;
  ~Counter() {
    if (ring != groups) delete[] ring;
  }

  Group& at(size_t index) { return ring[(first + index) & (capacity - 1u)]; }
  bool is_expired(uint64_t now_ms) const { return size == 0 || now_ms >= latest_ms + retention_ms; }

  void expire(uint64_t now_ms) {
    if (is_expired(now_ms)) {
      first = size = 0;
      total = retention_ms = 0;
    }
    while (size && static_cast<uint32_t>(now_ms) - at(0).latest_ms >= retention_ms) {
      total -= at(0).count;
      first = static_cast<uint8_t>((first + 1u) & (capacity - 1u));
      --size;
    }
  }

  // Calls in the last `period_ms`; the index of the oldest group that counts.
  uint64_t sum(uint32_t now_ms, uint32_t period_ms, size_t& oldest) {
    uint64_t sum = total;
    for (oldest = 0; oldest < size && now_ms - at(oldest).latest_ms >= period_ms; ++oldest) sum -= at(oldest).count;
    return sum;
  }

  // Until so few are left that `sum_max` are not exceeded.
  uint32_t retry_after_s(uint64_t sum, size_t oldest, uint64_t sum_max, uint32_t now_ms, uint32_t period_ms) {
    uint32_t wait_ms = period_ms;
    for (; oldest < size && sum > sum_max; ++oldest) {
      sum -= at(oldest).count;
      wait_ms = period_ms - (now_ms - at(oldest).latest_ms);
    }
    return std::max(1u, (wait_ms + 999) / 1000);
  }

  bool grow() {
    if (capacity == ring_capacity_max) return false;
    const size_t wider = capacity * 4u;
    auto* groups_wider = new (std::nothrow) Group[wider];
    if (!groups_wider) return false;
    for (size_t i = 0; i < size; ++i) groups_wider[i] = at(i);
    if (ring != groups) delete[] ring;
    ring = groups_wider;
    first = 0;
    capacity = static_cast<uint8_t>(wider);
    return true;
  }

  void add(uint64_t now_ms, uint32_t count, uint32_t width_ms) {
    const auto now = static_cast<uint32_t>(now_ms);
    latest_ms = now_ms;
    const bool joins = size && (at(size - 1u).latest_ms == now || now - newest_first_ms < width_ms);
    if (joins || (size == capacity && !grow())) {
      // A full ring joins as well: that counts calls longer than needed, never shorter.
      Group& newest = at(size - 1u);
      const uint32_t counted = std::min(count, UINT32_MAX - newest.count);
      newest.latest_ms = now;
      newest.count += counted;
      total += counted;
      return;
    }
    newest_first_ms = now;
    total += count;
    at(size++) = {now, count};
  }
};

StripedRateCounters::StripedRateCounters(SipKey seed, size_t keys_max, LogSink* log) : table_(keys_max), seed_(seed), log_(log) {}

StripedRateCounters::~StripedRateCounters() = default;

// All or none: with every stripe locked that is concerned, nobody sees or makes a state in between.
RateDecision StripedRateCounters::hit_all(std::span<RateHit> hits, uint32_t count, uint64_t steady_ms) {
  for (RateHit& hit : hits) hit.id = siphash_128(seed_, hit.key);
  bool is_full = false;
  RateDecision decision{true, 0, UINT32_MAX};
  {
    const StripedTable<Counter>::Lock lock(table_, hits);
    for (const RateHit& hit : hits) ask(hit, count, steady_ms, decision);
    if (decision.allowed)
      for (const RateHit& hit : hits) is_full |= !add(hit, count, steady_ms);
  }
  if (is_full) note_full(steady_ms);
  return decision;
}

static uint32_t period_of(const RateHit& hit) { return std::min(hit.period_s, rate_limit_period_s_max) * 1000; }

void StripedRateCounters::ask(const RateHit& hit, uint32_t count, uint64_t steady_ms, RateDecision& decision) {
  uint64_t sum = 0;
  const uint32_t wanted = hit.must_fit ? std::max(count, 1u) : 1;
  if (hit.calls < wanted) {
    decision.allowed = false;
    decision.retry_after_s = std::max({decision.retry_after_s, hit.period_s, 1u});
  } else if (Counter* counter = table_.of(hit.id).find(hit.id)) {
    const uint32_t period_ms = period_of(hit);
    const uint64_t now_ms = std::max(steady_ms, counter->latest_ms);  // workers read their clocks at different moments
    counter->expire(now_ms);
    counter->retention_ms = std::max(counter->retention_ms, period_ms);
    size_t oldest = 0;
    const auto now = static_cast<uint32_t>(now_ms);
    sum = counter->sum(now, period_ms, oldest);
    if (sum + wanted > hit.calls) {
      decision.allowed = false;
      decision.retry_after_s = std::max(decision.retry_after_s, counter->retry_after_s(sum, oldest, hit.calls - wanted, now, period_ms));
    }
  }
  const uint64_t sum_after = sum + count;
  const uint32_t remaining = sum_after < hit.calls ? static_cast<uint32_t>(hit.calls - sum_after) : 0;
  decision.remaining = decision.allowed ? std::min(decision.remaining, remaining) : 0;
}

// False: the table is full of keys whose windows still run. The call of a new one passes uncounted: a flood of made-up keys passes in any
// case, because the first call of a key always does, and refusing would turn the flood into an outage for everybody else.
bool StripedRateCounters::add(const RateHit& hit, uint32_t count, uint64_t steady_ms) {
  if (count == 0) return true;
  KeyTable<Counter>& table = table_.of(hit.id);
  Counter* counter = table.find(hit.id);
  const uint32_t period_ms = period_of(hit);
  if (!counter) {
    counter = table.add(hit.id, steady_ms);
    if (!counter) return false;
    counter->retention_ms = period_ms;
  }
  const uint32_t width_ms = hit.calls <= rate_limit_buckets ? 0 : std::max(100u, (period_ms + rate_limit_buckets - 1) / rate_limit_buckets);
  counter->add(std::max(steady_ms, counter->latest_ms), count, width_ms);
  return true;
}

void StripedRateCounters::note_full(uint64_t steady_ms) {
  uncounted_count_.fetch_add(1, std::memory_order_relaxed);
  uint64_t due_ms = next_warning_ms_.load(std::memory_order_relaxed);
  if (log_ && steady_ms >= due_ms && next_warning_ms_.compare_exchange_strong(due_ms, steady_ms + warning_period_ms))
    log_->log(LogLevel::warn, "RateLimitTableFull", "the table of rate limit keys is full; new keys are not counted until others expire",
              nullptr, 0);
}

size_t StripedRateCounters::key_count() const { return table_.count(); }

}  // namespace gatelet
