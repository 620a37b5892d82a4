#include "net/timer_wheel.hpp"

#include <algorithm>
#include <bit>

namespace gatelet {

bool TimerWheel::insert(Timer& timer) {
  timer.unlink();
  const uint64_t earliest_before = next_visit_ms();
  const uint64_t due_tick = timer.due_ms_ == Timer::never_ms ? Timer::never_ms : tick_of(timer.due_ms_);
  const uint64_t visit = std::clamp(due_tick, tick_ + 1, tick_ + slot_count - 1);
  const size_t slot = visit % slot_count;
  timer.visit_tick_ = visit;
  timer.next_ = slots_[slot];
  timer.link_ = &slots_[slot];
  if (timer.next_) timer.next_->link_ = &timer.next_;
  slots_[slot] = &timer;
  occupied_[slot / 64] |= uint64_t{1} << (slot % 64);
  return visit * tick_ms < earliest_before;
}

void TimerWheel::advance(uint64_t now_ms) {
  const uint64_t now_tick = now_ms / tick_ms;
  if (now_tick <= tick_) return;
  // After a long sleep one round visits every slot.
  const uint64_t last = std::min(now_tick, tick_ + slot_count);
  uint64_t visiting = tick_;
  tick_ = now_tick;  // so that what is put back lies ahead
  while (visiting < last) {
    const size_t slot = ++visiting % slot_count;
    if ((occupied_[slot / 64] >> (slot % 64) & 1) == 0) continue;
    Timer* due = slots_[slot];
    slots_[slot] = nullptr;
    occupied_[slot / 64] &= ~(uint64_t{1} << (slot % 64));
    if (due) due->link_ = &due;
    while (due) {
      Timer& timer = *due;
      timer.unlink();
      if (timer.due_ms_ == Timer::never_ms) continue;
      if (timer.due_ms_ > now_ms) {
        insert(timer);
        continue;
      }
      timer.due_ms_ = Timer::never_ms;
      timer.callback_(timer.user_);
    }
  }
}

uint64_t TimerWheel::next_visit_ms() const {
  const size_t first = (tick_ + 1) % slot_count;
  for (size_t step = 0; step <= slot_count / 64; ++step) {
    const size_t word = (first / 64 + step) % (slot_count / 64);
    uint64_t bits = occupied_[word];
    if (step == 0) bits &= ~uint64_t{0} << (first % 64);
    if (step == slot_count / 64) bits &= ~(~uint64_t{0} << (first % 64));
    if (bits == 0) continue;
    const size_t slot = word * 64 + static_cast<size_t>(std::countr_zero(bits));
    return (tick_ + 1 + (slot + slot_count - first) % slot_count) * tick_ms;
  }
  return Timer::never_ms;
}

}  // namespace gatelet
