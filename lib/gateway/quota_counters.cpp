#include "gateway/quota_counters.hpp"

#include <algorithm>

namespace gatelet {

namespace {

constexpr int64_t full_warning_period_ms = 60'000;

// A snapshot: magic, seed, number of counters, the counters, and a checksum of all of it. Numbers are little-endian.
constexpr std::string_view snapshot_magic = "GATELETQ";
constexpr size_t snapshot_head_bytes = 8 + 3 * 8;
constexpr size_t snapshot_counter_bytes = 6 * 8;
constexpr size_t snapshot_sum_bytes = 8;
static_assert(snapshot_head_bytes + quota_keys_max * snapshot_counter_bytes + snapshot_sum_bytes <= quota_snapshot_bytes_max);

void put(std::string& out, uint64_t number) {
  char bytes[8];
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(number >> (8 * i));
  out.append(bytes, sizeof bytes);
}

uint64_t take_number(std::string_view& in) {
  uint64_t number = 0;
  for (int i = 0; i < 8; ++i) number |= static_cast<uint64_t>(static_cast<unsigned char>(in[static_cast<size_t>(i)])) << (8 * i);
  in.remove_prefix(8);
  return number;
}

Error damaged(std::string what) { return {Code::io, std::move(what), {}, {}}; }

uint64_t sum_of(uint64_t a, uint64_t b) { return a > UINT64_MAX - b ? UINT64_MAX : a + b; }

}  // namespace

StripedQuotaCounters::StripedQuotaCounters(SipKey seed, size_t keys_max, LogSink* log) : table_(keys_max), seed_(seed), log_(log) {}

StripedQuotaCounters::~StripedQuotaCounters() = default;

bool StripedQuotaCounters::Counter::is_expired(uint64_t wall_ms) const {
  return window.end_ms < static_cast<int64_t>(wall_ms) - quota_clock_tolerance_ms;
}

// Another window begins anew. Only a little before the one that is counted it is a worker whose clock reading is older: it counts there.
void StripedQuotaCounters::Counter::enter(const QuotaWindow& now, int64_t wall_ms) {
  if (window == now) return;
  if (now.start_ms < window.start_ms && wall_ms >= window.start_ms - quota_clock_tolerance_ms) return;
  window = now;
  calls = bytes = 0;
}

// All or none, as rate limits.
QuotaDecision StripedQuotaCounters::take(std::span<QuotaHit> hits, uint64_t calls, int64_t wall_ms) {
  for (QuotaHit& hit : hits) hit.id = siphash_128(seed_, hit.key);
  bool is_full = false;
  QuotaDecision decision;
  {
    const StripedTable<Counter>::Lock lock(table_, hits);
    for (const QuotaHit& hit : hits) ask(hit, wall_ms, decision);
    if (decision.kind == QuotaDecision::Kind::allowed)
      for (const QuotaHit& hit : hits) is_full |= !count(hit, calls, wall_ms);
  }
  if (is_full) note_full(wall_ms);
  if (decision.kind == QuotaDecision::Kind::allowed && decision.calls_left != UINT64_MAX)
    decision.calls_left -= std::min(decision.calls_left, calls);
  return decision;
}

// Of several that are used up the one that is so the longest decides; calls before bandwidth.
void StripedQuotaCounters::ask(const QuotaHit& hit, int64_t wall_ms, QuotaDecision& decision) {
  Counter* const counter = table_.of(hit.id).find(hit.id);
  if (counter) counter->enter(hit.window, wall_ms);
  const uint64_t used = counter ? counter->calls : 0;
  if (hit.calls_max != 0) decision.calls_left = std::min(decision.calls_left, used < hit.calls_max ? hit.calls_max - used : 0);
  if (!counter) return;
  const bool is_out_of_calls = hit.calls_max != 0 && counter->calls >= hit.calls_max;
  const bool is_out_of_bytes = hit.bytes_max != 0 && counter->bytes >= hit.bytes_max;
  if (!is_out_of_calls && !is_out_of_bytes) return;
  if (decision.kind != QuotaDecision::Kind::allowed && counter->window.end_ms <= decision.renewed_ms) return;
  decision.kind = is_out_of_calls ? QuotaDecision::Kind::out_of_calls : QuotaDecision::Kind::out_of_bandwidth;
  decision.renewed_ms = counter->window.end_ms;
}

// False: the table is full of counters whose windows still run; a new key passes uncounted, for the reason given at rate limits.
bool StripedQuotaCounters::count(const QuotaHit& hit, uint64_t calls, int64_t wall_ms) {
  KeyTable<Counter>& table = table_.of(hit.id);
  Counter* counter = table.find(hit.id);
  if (!counter) {
    counter = table.add(hit.id, static_cast<uint64_t>(wall_ms));
    if (!counter) return false;
    counter->window = hit.window;
  }
  counter->calls = sum_of(counter->calls, calls);
  note_change();
  return true;
}

void StripedQuotaCounters::add_bytes(const KeyHash& id, uint64_t bytes) {
  const auto lock = table_.lock(id);
  Counter* const counter = table_.of(id).find(id);
  if (!counter) return;
  counter->bytes = sum_of(counter->bytes, bytes);
  note_change();
}

// Workers share the flag: it is written once for many changes.
void StripedQuotaCounters::note_change() {
  if (!is_changed_.load(std::memory_order_relaxed)) is_changed_.store(true, std::memory_order_relaxed);
}

void StripedQuotaCounters::note_full(int64_t wall_ms) {
  uncounted_count_.fetch_add(1, std::memory_order_relaxed);
  int64_t due_ms = next_warning_ms_.load(std::memory_order_relaxed);
  if (log_ && wall_ms >= due_ms && next_warning_ms_.compare_exchange_strong(due_ms, wall_ms + full_warning_period_ms))
    log_->log(LogLevel::warn, "QuotaTableFull", "the table of quota keys is full; new keys are not counted until others expire", nullptr,
              0);
}

bool StripedQuotaCounters::take_changes() { return is_changed_.exchange(false, std::memory_order_relaxed); }

std::string StripedQuotaCounters::snapshot() const {
  std::string counters;
  counters.reserve((table_.count() + StripedTable<Counter>::stripe_count) * snapshot_counter_bytes);  // not to be copied under a lock
  size_t count = 0;
  table_.for_each_table([&](const KeyTable<Counter>& table) {
    table.for_each([&](const Counter& counter) {
      ++count;
      for (uint64_t number : {counter.key.low, counter.key.high, static_cast<uint64_t>(counter.window.start_ms),
                              static_cast<uint64_t>(counter.window.end_ms), counter.calls, counter.bytes})
        put(counters, number);
    });
  });
  std::string out(snapshot_magic);
  for (uint64_t number : {seed_.k0, seed_.k1, static_cast<uint64_t>(count)}) put(out, number);
  out += counters;
  put(out, siphash({}, out));
  return out;
}

Result<> StripedQuotaCounters::restore(std::string_view bytes) {
  if (bytes.size() < snapshot_head_bytes + snapshot_sum_bytes || !bytes.starts_with(snapshot_magic))
    return damaged("these are not the counters of quotas");
  std::string_view sum = bytes.substr(bytes.size() - snapshot_sum_bytes);
  bytes.remove_suffix(snapshot_sum_bytes);
  if (take_number(sum) != siphash({}, bytes)) return damaged("the checksum does not fit");
  bytes.remove_prefix(snapshot_magic.size());
  SipKey seed;
  seed.k0 = take_number(bytes);
  seed.k1 = take_number(bytes);
  if (take_number(bytes) != bytes.size() / snapshot_counter_bytes || bytes.size() % snapshot_counter_bytes != 0)
    return damaged("the number of counters does not fit");
  table_.clear();
  seed_ = seed;
  while (!bytes.empty()) {
    KeyHash key;
    key.low = take_number(bytes);
    key.high = take_number(bytes);
    // A key more than fit is one that a larger table counted.
    Counter* counter = table_.of(key).find(key);
    if (!counter) counter = table_.of(key).add(key, 0);
    Counter rest(key);
    if (!counter) counter = &rest;
    counter->window.start_ms = static_cast<int64_t>(take_number(bytes));
    counter->window.end_ms = static_cast<int64_t>(take_number(bytes));
    counter->calls = take_number(bytes);
    counter->bytes = take_number(bytes);
  }
  return Done{};
}

}  // namespace gatelet
