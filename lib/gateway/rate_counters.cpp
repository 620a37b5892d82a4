#include "gateway/rate_counters.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <new>
#include <vector>

namespace gatelet {

namespace {

constexpr size_t stripe_count = 64;         // far more than workers, so that two rarely meet
constexpr size_t ring_inline_capacity = 4;  // most keys have few calls in a window; a million of them must fit
constexpr size_t ring_capacity_max = 64;    // rate_limit_buckets, and what reaches into the window at both ends
constexpr size_t sweep_max = 8;             // expired keys dropped per new key: the table shrinks faster than it grows
constexpr uint64_t warning_period_ms = 60'000;
static_assert(ring_capacity_max >= rate_limit_buckets + 4);

// Calls that came close together. Times are modulo 2^32 ms: everything in a ring is younger than a period of at most 300 s.
struct Group {
  uint32_t latest_ms;
  uint32_t count;
};

}  // namespace

// One key. The key's bytes follow the struct.
struct StripedRateCounters::Counter {
  Counter* chain;
  Counter* newer = nullptr;
  Counter* older = nullptr;
  uint64_t hash;
  uint64_t latest_ms = 0;  // of the newest group, not modulo: decides whether the ring holds anything at all
  uint64_t total = 0;      // of all groups
  Group* ring = groups;
  uint32_t newest_first_ms = 0;  // when the newest group began
  uint32_t retention_ms = 0;     // the longest period asked for
  uint32_t key_size;
  uint8_t first = 0, size = 0, capacity = ring_inline_capacity;
  Group groups[ring_inline_capacity];

  static Counter* make(Counter* chain, uint64_t hash, std::string_view key) {
    void* memory = ::operator new(sizeof(Counter) + key.size());
    auto* counter = new (memory) Counter{chain, hash, static_cast<uint32_t>(key.size())};
    if (!key.empty()) std::memcpy(counter + 1, key.data(), key.size());
    return counter;
  }
  static void destroy(Counter* counter) {
    if (counter->ring != counter->groups) delete[] counter->ring;
    counter->~Counter();
    ::operator delete(counter);
  }
  Counter(Counter* next, uint64_t hash_of_key, uint32_t size_of_key) : chain(next), hash(hash_of_key), key_size(size_of_key) {}

  std::string_view key() const { return {reinterpret_cast<const char*>(this + 1), key_size}; }
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

  uint32_t retry_after_s(uint64_t sum, size_t oldest, uint32_t calls, uint32_t now_ms, uint32_t period_ms) {
    uint32_t wait_ms = period_ms;
    for (; oldest < size && sum >= calls; ++oldest) {
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

// A part of the table: a chained hash table whose counters are also a list by their last use.
struct alignas(64) StripedRateCounters::Stripe {
  std::mutex mutex;
  std::vector<Counter*> heads = std::vector<Counter*>(16);
  size_t count = 0;
  size_t count_max = 0;
  Counter* newest = nullptr;
  Counter* oldest = nullptr;

  ~Stripe() {
    while (oldest) remove(oldest);
  }

  Counter*& head(uint64_t hash) { return heads[hash & (heads.size() - 1)]; }

  Counter* find(uint64_t hash, std::string_view key) {
    for (Counter* counter = head(hash); counter; counter = counter->chain)
      if (counter->hash == hash && counter->key() == key) return counter;
    return nullptr;
  }

  void unlink(Counter* counter) {
    (counter->newer ? counter->newer->older : newest) = counter->older;
    (counter->older ? counter->older->newer : oldest) = counter->newer;
  }
  void link_newest(Counter* counter) {
    counter->newer = nullptr;
    counter->older = newest;
    (newest ? newest->newer : oldest) = counter;
    newest = counter;
  }
  void touch(Counter* counter) {
    if (newest == counter) return;
    unlink(counter);
    link_newest(counter);
  }

  void remove(Counter* counter) {
    Counter** link = &head(counter->hash);
    while (*link != counter) link = &(*link)->chain;
    *link = counter->chain;
    unlink(counter);
    Counter::destroy(counter);
    --count;
  }

  void sweep(uint64_t now_ms) {
    Counter* counter = oldest;
    for (size_t i = 0; counter && i < sweep_max; ++i) {
      Counter* newer = counter->newer;
      if (counter->is_expired(now_ms)) remove(counter);
      counter = newer;
    }
  }

  void widen() {
    std::vector<Counter*> wider(heads.size() * 2);
    heads.swap(wider);
    for (Counter* counter = oldest; counter; counter = counter->newer) {
      Counter*& place = head(counter->hash);
      counter->chain = place;
      place = counter;
    }
  }

  // Null: the stripe is full of keys whose windows still run.
  Counter* add(uint64_t hash, std::string_view key, uint64_t now_ms) {
    sweep(now_ms);
    if (count >= count_max) return nullptr;
    if (count >= heads.size()) widen();
    Counter*& place = head(hash);
    place = Counter::make(place, hash, key);
    link_newest(place);
    ++count;
    return place;
  }
};

StripedRateCounters::StripedRateCounters(SipKey seed, size_t keys_max, LogSink* log)
    : stripes_(std::make_unique<Stripe[]>(stripe_count)), seed_(seed), log_(log) {
  for (size_t i = 0; i < stripe_count; ++i) stripes_[i].count_max = std::max<size_t>(1, keys_max / stripe_count);
}

StripedRateCounters::~StripedRateCounters() = default;

RateDecision StripedRateCounters::hit(std::string_view key, uint32_t calls, uint32_t period_s, uint32_t count, uint64_t steady_ms) {
  if (calls == 0) return {false, std::max(1u, period_s), 0};
  const uint32_t period_ms = std::min(period_s, rate_limit_period_s_max) * 1000;
  const uint64_t hash = siphash(seed_, key);
  Stripe& stripe = stripes_[hash >> 58];
  static_assert(stripe_count == 64);

  std::unique_lock lock(stripe.mutex);
  Counter* counter = stripe.find(hash, key);
  if (!counter) {
    if (count == 0) return {true, 0, calls};
    counter = stripe.add(hash, key, steady_ms);
    if (!counter) {
      lock.unlock();
      return decide_uncounted(period_s, steady_ms);
    }
  }
  stripe.touch(counter);
  const uint64_t now_ms = std::max(steady_ms, counter->latest_ms);  // workers read their clocks at different moments
  counter->expire(now_ms);
  counter->retention_ms = std::max(counter->retention_ms, period_ms);

  size_t oldest = 0;
  const auto now = static_cast<uint32_t>(now_ms);
  const uint64_t sum = counter->sum(now, period_ms, oldest);
  if (sum >= calls) return {false, counter->retry_after_s(sum, oldest, calls, now, period_ms), 0};
  const uint32_t width_ms = calls <= rate_limit_buckets ? 0 : std::max(100u, (period_ms + rate_limit_buckets - 1) / rate_limit_buckets);
  if (count) counter->add(now_ms, count, width_ms);
  const uint64_t sum_after = sum + count;
  return {true, 0, sum_after < calls ? static_cast<uint32_t>(calls - sum_after) : 0};
}

RateDecision StripedRateCounters::decide_uncounted(uint32_t period_s, uint64_t steady_ms) {
  uncounted_count_.fetch_add(1, std::memory_order_relaxed);
  uint64_t due_ms = next_warning_ms_.load(std::memory_order_relaxed);
  if (log_ && steady_ms >= due_ms && next_warning_ms_.compare_exchange_strong(due_ms, steady_ms + warning_period_ms))
    log_->log(LogLevel::warn, "RateLimitTableFull", "the table of rate limit keys is full; new keys are not counted until others expire",
              nullptr, 0);
  return {rate_limit_full_table_allows, rate_limit_full_table_allows ? 0 : std::max(1u, period_s), 0};
}

size_t StripedRateCounters::key_count() const {
  size_t count = 0;
  for (size_t i = 0; i < stripe_count; ++i) {
    std::lock_guard lock(stripes_[i].mutex);
    count += stripes_[i].count;
  }
  return count;
}

}  // namespace gatelet
