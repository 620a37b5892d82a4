#include "gateway/quota_counters.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace gatelet;

namespace {

constexpr int64_t hour_ms = 3'600'000;
constexpr QuotaWindow first_hour{0, hour_ms};
constexpr QuotaWindow second_hour{hour_ms, 2 * hour_ms};
using QuotaKind = QuotaDecision::Kind;

QuotaDecision take(StripedQuotaCounters& counters, std::string_view key, uint64_t calls_max, const QuotaWindow& window = first_hour,
                   int64_t wall_ms = 1000) {
  QuotaHit hit{key, window, calls_max};
  return counters.take({&hit, 1}, 1, wall_ms);
}

uint64_t calls_left(StripedQuotaCounters& counters, std::string_view key, uint64_t calls_max) {
  uint64_t left = 0;
  while (take(counters, key, calls_max).kind == QuotaKind::allowed) ++left;
  return left;
}

struct QuotaLogCount final : LogSink {
  int count = 0;
  void log(LogLevel, std::string_view event, std::string_view, const LogField*, size_t) override {
    if (event == "QuotaTableFull") ++count;
  }
};

}  // namespace

TEST_CASE("quota counters: a window has its calls, the next one begins anew") {
  StripedQuotaCounters counters;
  CHECK(take(counters, "key", 2).kind == QuotaKind::allowed);
  CHECK(take(counters, "key", 2).kind == QuotaKind::allowed);
  CHECK(take(counters, "key", 2).kind == QuotaKind::out_of_calls);
  CHECK(take(counters, "key", 2).renewed_ms == hour_ms);
  CHECK(take(counters, "key", 2, second_hour, hour_ms).kind == QuotaKind::allowed);
  CHECK(take(counters, "other", 2).kind == QuotaKind::allowed);
}

TEST_CASE("quota counters: bytes come later and count against the next request") {
  StripedQuotaCounters counters;
  QuotaHit hit{"key", first_hour, 0, 1024};
  CHECK(counters.take({&hit, 1}, 1, 0).kind == QuotaKind::allowed);
  counters.add_bytes(hit.id, 1023);
  CHECK(counters.take({&hit, 1}, 1, 0).kind == QuotaKind::allowed);
  counters.add_bytes(hit.id, 1);
  CHECK(counters.take({&hit, 1}, 1, 0).kind == QuotaKind::out_of_bandwidth);
  counters.add_bytes(hit.id, UINT64_MAX);  // it stays at the largest number
  CHECK(counters.take({&hit, 1}, 1, 0).kind == QuotaKind::out_of_bandwidth);
}

TEST_CASE("quota counters: several limits are taken all or none, and the longest wait is told") {
  StripedQuotaCounters counters;
  take(counters, "hourly", 1);
  take(counters, "daily", 1, {0, 24 * hour_ms});
  QuotaHit hits[] = {{"free", first_hour, 1}, {"daily", {0, 24 * hour_ms}, 1}, {"hourly", first_hour, 1}};
  const QuotaDecision decision = counters.take(hits, 1, 1000);
  CHECK(decision.kind == QuotaKind::out_of_calls);
  CHECK(decision.renewed_ms == 24 * hour_ms);
  CHECK(calls_left(counters, "free", 1) == 1);
}

TEST_CASE("quota counters: a worker whose clock is a little behind does not begin the old window anew; a clock that was set back does") {
  StripedQuotaCounters counters;
  CHECK(take(counters, "key", 1, second_hour, hour_ms).kind == QuotaKind::allowed);
  CHECK(take(counters, "key", 1, first_hour, hour_ms - 1).kind == QuotaKind::out_of_calls);
  CHECK(take(counters, "key", 1, first_hour, hour_ms - quota_clock_tolerance_ms - 1).kind == QuotaKind::allowed);
}

TEST_CASE("quota counters: threads that hammer several keys at once count exactly") {
  constexpr uint64_t calls_max = 20'000;
  StripedQuotaCounters counters;
  std::atomic<uint64_t> allowed{0};
  std::vector<std::thread> workers;
  for (int worker = 0; worker < 2; ++worker)
    workers.emplace_back([&, worker] {
      for (uint64_t i = 0; i < calls_max; ++i) {
        QuotaHit hits[] = {{worker ? "b" : "a", first_hour, 15'000}, {"both", first_hour, calls_max}};
        if (counters.take(hits, 1, 0).kind == QuotaKind::allowed) ++allowed, counters.add_bytes(hits[1].id, 3);
      }
    });
  for (std::thread& worker : workers) worker.join();
  CHECK(allowed == calls_max);
  CHECK(calls_left(counters, "both", calls_max) == 0);
  CHECK(calls_left(counters, "a", 15'000) + calls_left(counters, "b", 15'000) == 30'000 - calls_max);
  QuotaHit both{"both", first_hour, 0, 3 * calls_max};
  CHECK(counters.take({&both, 1}, 0, 0).kind == QuotaKind::out_of_bandwidth);
  both.bytes_max += 1;
  CHECK(counters.take({&both, 1}, 0, 0).kind == QuotaKind::allowed);
}

TEST_CASE("quota counters: when a full table has only keys that count, a new one passes uncounted, and the log says so once a minute") {
  QuotaLogCount log;
  StripedQuotaCounters counters({1, 2}, 64, &log);
  CHECK(take(counters, "known", 1).kind == QuotaKind::allowed);
  for (int i = 0; i < 1000; ++i) CHECK(take(counters, "key " + std::to_string(i), 1).kind == QuotaKind::allowed);
  CHECK(counters.key_count() == 64);
  CHECK(counters.uncounted_count() == 1001 - 64);
  CHECK(log.count == 1);
  CHECK(take(counters, "known", 1).kind == QuotaKind::out_of_calls);
  for (int i = 0; i < 1000; ++i) take(counters, "later " + std::to_string(i), 1, second_hour, hour_ms + quota_clock_tolerance_ms + 1);
  CHECK(counters.key_count() <= 64);
  CHECK(counters.uncounted_count() == 1001 - 64 + 1000 - 64);  // the old ones made room
}

TEST_CASE("quota counters: a snapshot restored elsewhere goes on with every number") {
  StripedQuotaCounters before({1, 2}), after({3, 4});
  QuotaHit endless{"endless", {}, 5, 4096};
  before.take({&endless, 1}, 3, 1000);
  before.add_bytes(endless.id, 4095);
  for (int i = 0; i < 500; ++i) take(before, "key " + std::to_string(i), 10);
  CHECK(before.take_changes());
  CHECK_FALSE(before.take_changes());
  const std::string snapshot = before.snapshot();
  CHECK_FALSE(snapshot.find("endless") != std::string::npos);

  take(after, "forgotten", 1);
  REQUIRE(after.restore(snapshot));
  CHECK(after.key_count() == 501);
  CHECK(calls_left(after, "key 499", 10) == 9);
  CHECK(calls_left(after, "forgotten", 1) == 1);
  CHECK(after.take({&endless, 1}, 2, 1000).kind == QuotaKind::allowed);
  CHECK(after.take({&endless, 1}, 1, 1000).kind == QuotaKind::out_of_calls);
  CHECK(after.take({&endless, 1}, 1, 1000).renewed_ms == INT64_MAX);
}

TEST_CASE("quota counters: whatever byte of a snapshot is wrong or missing, it is refused and nothing changes") {
  StripedQuotaCounters counters({1, 2});
  take(counters, "key", 10);
  const std::string snapshot = counters.snapshot();
  for (size_t i = 0; i < snapshot.size(); ++i) {
    CAPTURE(i);
    std::string changed = snapshot;
    changed[i] = static_cast<char>(changed[i] ^ 0x10);
    CHECK_FALSE(counters.restore(changed));
    CHECK_FALSE(counters.restore(std::string_view(snapshot).substr(0, i)));
  }
  CHECK_FALSE(counters.restore(snapshot + "x"));
  CHECK(calls_left(counters, "key", 10) == 9);
}
