#include <doctest/doctest.h>

#include <memory>
#include <vector>

#include "net/timer_wheel.hpp"

using namespace gatelet;

namespace {

struct Alarm {
  explicit Alarm(std::vector<Alarm*>& log) : rung(log), timer([](void* self) { static_cast<Alarm*>(self)->ring(); }, this) {}
  void ring() { rung.push_back(this); }
  std::vector<Alarm*>& rung;
  Timer timer;
};

}  // namespace

TEST_CASE("timers: one rings never before its time and at most one tick after it") {
  for (const uint64_t start_ms : {0ull, 5ull, 123'456'789ull}) {
    for (const uint64_t delay_ms : {0ull, 1ull, 7ull, 8ull, 9ull, 500ull, 16'383ull, 16'384ull, 16'385ull, 120'000ull, 1'000'000ull}) {
      CAPTURE(start_ms);
      CAPTURE(delay_ms);
      TimerWheel wheel(start_ms);
      std::vector<Alarm*> rung;
      Alarm alarm(rung);
      wheel.set(alarm.timer, start_ms + delay_ms);
      uint64_t now_ms = start_ms;
      while (rung.empty() && wheel.next_visit_ms() != Timer::never_ms) {
        now_ms = wheel.next_visit_ms();
        wheel.advance(now_ms);
      }
      REQUIRE(rung.size() == 1);
      CHECK(now_ms >= start_ms + delay_ms);
      CHECK(now_ms <= start_ms + delay_ms + 2 * TimerWheel::tick_ms);
      CHECK(wheel.next_visit_ms() == Timer::never_ms);
    }
  }
}

TEST_CASE("timers: a deadline can be moved, cleared and set again") {
  TimerWheel wheel(0);
  std::vector<Alarm*> rung;
  Alarm alarm(rung);
  CHECK(wheel.set(alarm.timer, 1000));       // looked at earlier than never
  CHECK_FALSE(wheel.set(alarm.timer, 5000));  // later: seen when its slot comes
  wheel.advance(4999);
  CHECK(rung.empty());
  CHECK(wheel.set(alarm.timer, 5100) == false);
  alarm.timer.clear();
  wheel.advance(10'000);
  CHECK(rung.empty());
  CHECK(wheel.set(alarm.timer, 10'010));
  CHECK(wheel.set(alarm.timer, 10'001));  // earlier
  wheel.advance(10'008);
  CHECK(rung.size() == 1);
}

TEST_CASE("timers: after a long sleep all that is due rings, and what is not stays") {
  TimerWheel wheel(0);
  std::vector<Alarm*> rung;
  std::vector<std::unique_ptr<Alarm>> alarms;
  for (uint64_t i = 0; i < 1000; ++i) {
    alarms.push_back(std::make_unique<Alarm>(rung));
    wheel.set(alarms.back()->timer, 1 + i * 100);
  }
  wheel.advance(60'000);
  CHECK(rung.size() == 600);
  wheel.advance(200'000);
  CHECK(rung.size() == 1000);
}

TEST_CASE("timers: one that rings may destroy another that is due at the same time") {
  TimerWheel wheel(0);
  struct Pair {
    static void ring(void* self) { static_cast<Pair*>(self)->other.reset(), static_cast<Pair*>(self)->count++; }
    std::unique_ptr<Timer> first = std::make_unique<Timer>(ring, this);
    std::unique_ptr<Timer> other;
    int count = 0;
  } pair;
  pair.other = std::make_unique<Timer>([](void* self) { static_cast<Pair*>(self)->first.reset(), static_cast<Pair*>(self)->count++; }, &pair);
  wheel.set(*pair.first, 100);
  wheel.set(*pair.other, 100);
  wheel.advance(200);
  CHECK(pair.count == 1);
}
