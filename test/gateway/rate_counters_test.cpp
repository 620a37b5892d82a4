#include "gateway/rate_counters.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace gatelet;

namespace {

struct Hit {
  uint64_t at_ms;
  bool allowed;
  uint32_t retry_after_s, remaining;
  uint32_t count = 1;
};

void check_hits(uint32_t calls, uint32_t period_s, const std::vector<Hit>& hits) {
  StripedRateCounters counters;
  for (const Hit& hit : hits) {
    CAPTURE(hit.at_ms);
    const RateDecision decision = counters.hit("key", calls, period_s, hit.count, 1'000'000 + hit.at_ms);
    CHECK(decision.allowed == hit.allowed);
    CHECK(decision.retry_after_s == hit.retry_after_s);
    CHECK(decision.remaining == hit.remaining);
  }
}

// How many of `threads` times `each` simultaneous calls are allowed.
uint32_t allowed_in_parallel(StripedRateCounters& counters, uint32_t calls, uint64_t at_ms, size_t threads, int each) {
  std::atomic<uint32_t> allowed{0};
  std::vector<std::thread> workers;
  for (size_t i = 0; i < threads; ++i)
    workers.emplace_back([&] {
      for (int n = 0; n < each; ++n) allowed += counters.hit("key", calls, 10, 1, at_ms).allowed ? 1 : 0;
    });
  for (std::thread& worker : workers) worker.join();
  return allowed;
}

struct LogCount final : LogSink {
  int count = 0;
  void log(LogLevel, std::string_view event, std::string_view, const LogField*, size_t) override {
    if (event == "RateLimitTableFull") ++count;
  }
};

}  // namespace

TEST_CASE("rate counters: the window slides, a call counts for exactly the period") {
  check_hits(3, 10,
             {
                 {0, true, 0, 2},
                 {1'500, true, 0, 1},
                 {4'000, true, 0, 0},
                 {4'000, false, 6, 0},   // the first one leaves at 10,000
                 {8'999, false, 2, 0},   // seconds are rounded up
                 {9'999, false, 1, 0},   // and never 0
                 {10'000, true, 0, 0},   // the one of 1,500 and 4,000 still count
                 {10'001, false, 2, 0},  // until 11,500
                 {11'500, true, 0, 0},
                 {30'000, true, 0, 2},  // all are gone
             });
}

TEST_CASE("rate counters: a refused call is not counted, so that Retry-After stays true") {
  check_hits(1, 5, {{0, true, 0, 0}, {1'000, false, 4, 0}, {2'000, false, 3, 0}, {4'999, false, 1, 0}, {5'000, true, 0, 0}});
}

TEST_CASE("rate counters: a call may count for more than one, also beyond the limit, and count 0 only asks") {
  check_hits(10, 10,
             {
                 {0, true, 0, 10, 0},
                 {0, true, 0, 6, 4},
                 {100, true, 0, 0, 50},   // 4 < 10: allowed, although 54 is more
                 {200, false, 10, 0, 1},  // not before the 50 left, at 10,100
                 {200, false, 10, 0, 0},
                 {10'000, false, 1, 0},
                 {10'100, true, 0, 9},
             });
}

TEST_CASE("rate counters: a limit of 0 calls refuses everything for the whole period") {
  check_hits(0, 60, {{0, false, 60, 0}, {60'000, false, 60, 0}});
}

TEST_CASE("rate counters: time that seems to run backwards, because workers read it at different moments, opens no window") {
  check_hits(1, 10, {{5'000, true, 0, 0}, {4'000, false, 10, 0}, {14'999, false, 1, 0}, {15'000, true, 0, 0}});
}

TEST_CASE("rate counters: with a limit over 60 calls no window of the period sees more than the limit") {
  StripedRateCounters counters;
  std::vector<uint64_t> allowed_ms;
  for (uint64_t at_ms = 0; at_ms < 60'000; at_ms += 7)
    if (counters.hit("key", 500, 10, 1, at_ms).allowed) allowed_ms.push_back(at_ms);
  for (size_t i = 500; i < allowed_ms.size(); ++i) CHECK(allowed_ms[i] - allowed_ms[i - 500] >= 10'000);
  CHECK(allowed_ms.size() >= 500 * 5);  // and the limit is used: at most a sixtieth of each window is lost
}

TEST_CASE("rate counters: scopes with different periods share the counter of their key") {
  StripedRateCounters counters;
  CHECK(counters.hit("key", 100, 60, 3, 0).remaining == 97);
  CHECK(counters.hit("key", 5, 10, 1, 1'000).remaining == 1);
  CHECK(counters.hit("key", 5, 10, 1, 10'000).remaining == 3);  // the three of the beginning left this window
  CHECK(counters.hit("key", 100, 60, 1, 20'000).remaining == 94);
}

TEST_CASE("rate counters: keys differ by every byte") {
  StripedRateCounters counters;
  for (std::string_view key : {"a", "A", "a ", " a", "", "\xC3\xA4", "a\xCC\x88"}) CHECK(counters.hit(key, 1, 10, 1, 0).allowed);
  CHECK(counters.hit(std::string_view("a\0", 2), 1, 10, 1, 0).allowed);
  CHECK_FALSE(counters.hit("a", 1, 10, 1, 0).allowed);
  CHECK(counters.key_count() == 8);
}

TEST_CASE("rate counters: 64 threads never get more than the limit through, and never less") {
  for (const uint32_t calls : {100u, 60u}) {
    StripedRateCounters counters;
    for (uint64_t window = 0; window < 5; ++window) CHECK(allowed_in_parallel(counters, calls, window * 10'000, 64, 156) == calls);
  }
}

TEST_CASE("rate counters: expired keys make room for new ones, the table never grows over its limit") {
  StripedRateCounters counters({1, 2}, 6400);
  for (int i = 0; i < 100'000; ++i) counters.hit("key " + std::to_string(i), 10, 1, 1, static_cast<uint64_t>(i));
  CHECK(counters.key_count() <= 6400);
  CHECK(counters.uncounted_count() == 0);  // at most about 1,000 of them were live at one time
}

TEST_CASE("rate counters: when all keys of a full table are live, a new key passes uncounted and known ones keep their limit") {
  LogCount log;
  StripedRateCounters counters({1, 2}, 64, &log);
  CHECK(counters.hit("known", 1, 300, 1, 0).allowed);
  for (int i = 0; i < 10'000; ++i) CHECK(counters.hit("key " + std::to_string(i), 1'000'000, 300, 1, 1).allowed);
  CHECK(counters.key_count() == 64);
  CHECK(counters.uncounted_count() == 10'001 - 64);
  CHECK_FALSE(counters.hit("known", 1, 300, 1, 2).allowed);
  CHECK(log.count == 1);  // once a minute, not once a call
}

TEST_CASE("rate counters: several limits are counted all or none; the longest wait and the least rest are told") {
  StripedRateCounters counters;
  RateHit hits[] = {{"wide", 10, 60}, {"narrow", 2, 10}};
  CHECK(counters.hit_all(hits, 1, 0).remaining == 1);
  CHECK(counters.hit_all(hits, 1, 0).remaining == 0);
  for (int i = 0; i < 5; ++i) CHECK(counters.hit_all(hits, 1, 1000).retry_after_s == 9);
  CHECK(counters.hit("wide", 10, 60, 0, 1000).remaining == 8);  // the refused ones are in neither
  CHECK(counters.hit("wide", 10, 60, 8, 2000).allowed);
  CHECK(counters.hit_all(hits, 1, 2000).retry_after_s == 58);
}

TEST_CASE("rate counters: two threads that hammer a shared limit and one of their own get exactly what the limits allow") {
  StripedRateCounters counters;
  std::atomic<uint32_t> allowed[2] = {0, 0};
  std::vector<std::thread> workers;
  for (size_t worker = 0; worker < 2; ++worker)
    workers.emplace_back([&, worker] {
      for (int i = 0; i < 20'000; ++i) {
        RateHit hits[] = {{"both", 20'000, 300}, {worker ? "b" : "a", 15'000, 300}};
        if (counters.hit_all(hits, 1, 0).allowed) ++allowed[worker];
      }
    });
  for (std::thread& worker : workers) worker.join();
  CHECK(allowed[0] + allowed[1] == 20'000);
  CHECK(counters.hit("a", UINT32_MAX, 300, 0, 0).remaining == UINT32_MAX - allowed[0]);
  CHECK(counters.hit("b", UINT32_MAX, 300, 0, 0).remaining == UINT32_MAX - allowed[1]);
}
