// CircuitBreaker: the state of one backend's rule, a pure machine (gateway.md 3.11). Closed it counts; once tripped it stays open for the
// trip's duration, and is closed again with nothing counted: no half-open state is described.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/limits.hpp"
#include "policy/services.hpp"

namespace gatelet {

// Whether the rule counts the outcome as a failure.
bool is_failure(const CircuitBreakerRule& rule, const BackendOutcome& outcome);

// Calls of a sliding interval. Those that came within `width_ms` of each other are one group and leave the interval together.
class CallWindow {
 public:
  void add(bool is_failed, uint64_t now_ms, uint64_t width_ms);
  void expire(uint64_t now_ms, uint64_t interval_ms);
  void clear() { first_ = size_ = failures_ = calls_ = 0; }
  uint64_t failures() const { return failures_; }
  uint64_t calls() const { return calls_; }

 private:
  struct Group {
    uint64_t begun_ms = 0, latest_ms = 0;
    uint64_t failures = 0, calls = 0;
  };
  Group& at(size_t index) { return groups_[(first_ + index) % groups_.size()]; }

  std::array<Group, breaker_groups> groups_;
  size_t first_ = 0;
  size_t size_ = 0;
  uint64_t failures_ = 0, calls_ = 0;  // of all groups
};

class CircuitBreaker {
 public:
  // How long nothing may be sent yet; 0: closed.
  uint64_t open_ms(uint64_t now_ms) const { return now_ms < closes_at_ms_ ? closes_at_ms_ - now_ms : 0; }
  // A call ended. Those that began before a trip and end while it lasts change nothing. Times that go back a little, as those of several
  // threads do, count as the latest one.
  void record(const CircuitBreakerRule& rule, const BackendOutcome& outcome, uint64_t now_ms);

 private:
  CallWindow window_;
  uint64_t closes_at_ms_ = 0;
  uint64_t latest_ms_ = 0;
};

}  // namespace gatelet
