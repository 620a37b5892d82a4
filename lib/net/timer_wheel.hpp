// TimerWheel: the deadlines of one event loop. Moving a deadline further away, which happens several times in a request, costs one store: a
// timer is looked at when its slot comes round, and put back when its deadline has moved meanwhile. Never early, at most one tick late.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gatelet {

class Timer {
 public:
  using Callback = void (*)(void* user);
  Timer(Callback callback, void* user) : callback_(callback), user_(user) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() { unlink(); }

  static constexpr uint64_t never_ms = UINT64_MAX;
  uint64_t due_ms() const { return due_ms_; }
  void clear() { due_ms_ = never_ms; }

 private:
  friend class TimerWheel;
  void unlink() {
    if (!link_) return;
    *link_ = next_;
    if (next_) next_->link_ = link_;
    link_ = nullptr;
  }

  Callback callback_;
  void* user_;
  uint64_t due_ms_ = never_ms;
  uint64_t visit_tick_ = 0;  // while linked
  Timer* next_ = nullptr;
  Timer** link_ = nullptr;  // what points to this timer; null: in no slot
};

class TimerWheel {
 public:
  static constexpr uint64_t tick_ms = 8;

  explicit TimerWheel(uint64_t now_ms) : tick_(now_ms / tick_ms) {}

  // True when the wheel must be looked at earlier than next_visit_ms() said before.
  bool set(Timer& timer, uint64_t due_ms) {
    timer.due_ms_ = due_ms;
    if (timer.link_ && timer.visit_tick_ <= tick_of(due_ms)) return false;
    return insert(timer);
  }
  // Calls what is due. Callbacks may set, clear and destroy timers.
  void advance(uint64_t now_ms);
  // When to call advance() next; never_ms: nothing is set.
  uint64_t next_visit_ms() const;

 private:
  static constexpr size_t slot_count = 2048;  // 16 s round; what is further away is looked at once a round
  static uint64_t tick_of(uint64_t due_ms) { return due_ms / tick_ms + (due_ms % tick_ms != 0); }
  bool insert(Timer& timer);

  Timer* slots_[slot_count] = {};
  uint64_t occupied_[slot_count / 64] = {};
  uint64_t tick_;  // all slots up to this tick were visited
};

}  // namespace gatelet
