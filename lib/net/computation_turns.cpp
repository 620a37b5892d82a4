#include "net/computation_turns.hpp"

#include "base/limits.hpp"
#include "net/loop.hpp"

namespace gatelet {

void ComputationTurns::open() {
  uv_idle_init(loop_.uv(), &idle_);
  idle_.data = this;
}

void ComputationTurns::close() { uv_close(reinterpret_cast<uv_handle_t*>(&idle_), nullptr); }

void ComputationTurns::wait_for_turn(Waiter& waiter, uint32_t id) {
  waiting_.push_back({&waiter, id});
  if (uv_is_active(reinterpret_cast<uv_handle_t*>(&idle_))) return;
  uv_idle_start(&idle_, [](uv_idle_t* idle) { static_cast<ComputationTurns*>(idle->data)->run_round(); });
  loop_.count_change();
}

void ComputationTurns::leave(const Waiter& waiter) {
  std::erase_if(waiting_, [&](const Turn& turn) { return turn.waiter == &waiter; });
  for (Turn& turn : computed_)
    if (turn.waiter == &waiter) turn.waiter = nullptr;
}

void ComputationTurns::run_round() {
  const uint64_t end_us = loop_.read_clock().steady_us + computation_round_us;
  while (!waiting_.empty()) {
    const Turn turn = waiting_.front();
    waiting_.pop_front();
    if (!turn.waiter->compute(turn.id)) continue;
    computed_.push_back(turn);
    if (loop_.read_clock().steady_us >= end_us) break;
  }
  // Whoever goes on may end others, or wait for another turn.
  for (size_t i = 0; i < computed_.size(); ++i)
    if (const Turn turn = computed_[i]; turn.waiter) turn.waiter->computed(turn.id);
  computed_.clear();
  if (waiting_.empty()) uv_idle_stop(&idle_);
}

}  // namespace gatelet
