// The world of a simulation: virtual time, the events to come, chance from a seed, and a digest of all that happened, by which two runs of
// one seed are compared.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <queue>
#include <string>
#include <vector>

#include "config/sync/plane_call.hpp"

namespace gatelet::sim {

inline constexpr uint64_t second_us = 1'000'000;
inline constexpr uint64_t minute_us = 60 * second_us;
inline constexpr uint64_t hour_us = 60 * minute_us;

class Chance {
 public:
  explicit Chance(uint64_t seed) : numbers_(seed) {}
  uint64_t below(uint64_t bound) { return numbers_.next() % bound; }
  uint64_t between(uint64_t least, uint64_t most) { return least + below(most - least + 1); }
  bool once_in(uint64_t times) { return below(times) == 0; }
  uint64_t bits() { return numbers_.next(); }

 private:
  Jitter numbers_;
};

class World {
 public:
  explicit World(uint64_t seed, bool is_told) : chance(seed), is_told_(is_told) {}

  uint64_t now_us = 0;
  Chance chance;
  uint64_t digest = 0xCBF2'9CE4'8422'2325;
  std::string violation;  // the first one
  uint64_t faults = 0;

  void at(uint64_t time_us, std::function<void()> act) { events_.push({time_us, ++count_, std::move(act)}); }
  void after(uint64_t wait_us, std::function<void()> act) { at(now_us + wait_us, std::move(act)); }

  void run(uint64_t until_us) {
    while (violation.empty() && !events_.empty() && events_.top().time_us <= until_us) {
      const auto act = std::move(const_cast<Event&>(events_.top()).act);
      now_us = events_.top().time_us;
      events_.pop();
      act();
    }
    now_us = until_us;
  }

  // Part of the digest, and printed where a run is looked at.
  void tell(const char* what, uint64_t gateway, uint64_t a = 0, uint64_t b = 0) {
    for (const uint64_t number : {now_us, gateway, a, b}) mix(number);
    for (const char* c = what; *c; ++c) mix(static_cast<uint64_t>(*c));
    if (is_told_)
      std::printf("%12.6f gw%llu %s %llu %llu\n", static_cast<double>(now_us) / 1e6, static_cast<unsigned long long>(gateway), what,
                  static_cast<unsigned long long>(a), static_cast<unsigned long long>(b));
  }
  void require(bool holds, const char* invariant, uint64_t gateway, const std::string& what) {
    if (holds || !violation.empty()) return;
    violation = std::string(invariant) + " at " + std::to_string(static_cast<double>(now_us) / 1e6) + " s, gateway " +
                std::to_string(gateway) + ": " + what;
  }

 private:
  struct Event {
    uint64_t time_us;
    uint64_t number;
    std::function<void()> act;
    bool operator<(const Event& other) const { return time_us != other.time_us ? time_us > other.time_us : number > other.number; }
  };
  void mix(uint64_t number) { digest = (digest ^ number) * 0x100'0000'01B3; }

  std::priority_queue<Event> events_;
  uint64_t count_ = 0;
  bool is_told_;
};

}  // namespace gatelet::sim
