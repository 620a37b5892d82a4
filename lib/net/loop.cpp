#include "net/loop.hpp"

#include <cstdlib>

#include "net/clock.hpp"
#include "net/computation_turns.hpp"
#include "net/handshake_turns.hpp"

namespace gatelet {

Loop::Loop()
    : now_(read_clocks()),
      wheel_(now_.steady_ms()),
      read_buffer_(std::make_unique_for_overwrite<char[]>(read_buffer_bytes)),
      handshakes_(std::make_unique<HandshakeTurns>(*this)),
      computations_(std::make_unique<ComputationTurns>(*this)) {
  if (uv_loop_init(&uv_) != 0) throw std::bad_alloc();  // no memory or no descriptor left
  handshakes_->open();
  computations_->open();
  uv_timer_init(&uv_, &tick_);
  tick_.data = this;
  // Deadlines alone keep no loop alive.
  uv_unref(reinterpret_cast<uv_handle_t*>(&tick_));
}

Loop::~Loop() {
  uv_close(reinterpret_cast<uv_handle_t*>(&tick_), nullptr);
  handshakes_->close();
  computations_->close();
  uv_run(&uv_, UV_RUN_DEFAULT);
  if (uv_loop_close(&uv_) != 0) std::abort();  // a handle outlives its loop: a defect of ours
}

const Instant& Loop::read_clock() {
  now_ = read_clocks();
  return now_;
}

char* Loop::plain_buffer() {
  if (!plain_buffer_) plain_buffer_ = std::make_unique_for_overwrite<char[]>(plain_buffer_bytes);
  return plain_buffer_.get();
}

void Loop::set_timer(Timer& timer, uint64_t due_ms) {
  if (wheel_.set(timer, due_ms)) arm();
}

void Loop::arm() {
  const uint64_t visit_ms = wheel_.next_visit_ms();
  if (visit_ms == armed_ms_) return;
  armed_ms_ = visit_ms;
  if (visit_ms == Timer::never_ms) {
    uv_timer_stop(&tick_);
    return;
  }
  // libuv counts from its own reading of the clock, which may be older.
  uv_update_time(&uv_);
  const uint64_t now_ms = uv_now(&uv_);
  uv_timer_start(&tick_, on_tick, visit_ms > now_ms ? visit_ms - now_ms : 0, 0);
  count_change();
}

void Loop::on_tick(uv_timer_t* timer) {
  Loop& loop = *static_cast<Loop*>(timer->data);
  loop.armed_ms_ = Timer::never_ms;
  loop.wheel_.advance(loop.read_clock().steady_ms());
  loop.arm();
}

std::string_view Loop::date() {
  if (const int64_t second = now_.wall_ms / 1000; second != date_second_) {
    date_second_ = second;
    date_ = http_date(now_.wall_ms);
  }
  return date_;
}

}  // namespace gatelet
