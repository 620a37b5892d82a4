// Loop: one libuv loop with what its sockets share: the read buffer, the bytes of the next write, the timer wheel and the clock. It belongs
// to one thread.
#pragma once

#include <uv.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "net/message_parser.hpp"
#include "net/outgoing.hpp"
#include "net/timer_wheel.hpp"

namespace gatelet {

class ComputationTurns;
class HandshakeTurns;

class Loop {
 public:
  static constexpr size_t read_buffer_bytes = 64 * 1024;
  static constexpr size_t plain_buffer_bytes = 16 * 1024;  // a record of TLS

  Loop();
  ~Loop();  // all other handles are closed by then
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  uv_loop_t* uv() { return &uv_; }
  const Instant& now() const { return now_; }
  // At the beginning of a callback of libuv.
  const Instant& read_clock();
  void set_timer(Timer& timer, uint64_t due_ms);
  void set_timer_after(Timer& timer, uint64_t delay_ms) { set_timer(timer, now_.steady_ms() + delay_ms); }
  // The value of a Date header.
  std::string_view date();

  // Valid only during the read callback that filled it.
  char* read_buffer() { return read_buffer_.get(); }
  // Of streams with TLS: what they have opened, what they have sealed, and what becomes the next record; empty between calls.
  char* plain_buffer();
  std::string& sealed() { return sealed_; }
  std::string& record() { return record_; }
  HandshakeTurns& handshakes() { return *handshakes_; }
  ComputationTurns& computations() { return *computations_; }
  Outgoing& outgoing() { return outgoing_; }
  RawHead& raw_head() { return raw_head_; }
  std::vector<std::string_view>& payload() { return payload_; }

  // How often a watcher was changed: libuv tells the kernel only when it is run again, which a host that pumps must know.
  void count_change() { ++changes_; }
  uint64_t changes() const { return changes_; }

 private:
  static void on_tick(uv_timer_t* timer);
  void arm();

  uv_loop_t uv_;
  uv_timer_t tick_;
  uint64_t armed_ms_ = Timer::never_ms;
  Instant now_;
  TimerWheel wheel_;
  std::unique_ptr<char[]> read_buffer_;
  std::unique_ptr<char[]> plain_buffer_;  // made when it is needed
  std::string sealed_;
  std::string record_;
  std::unique_ptr<HandshakeTurns> handshakes_;
  std::unique_ptr<ComputationTurns> computations_;
  Outgoing outgoing_;
  RawHead raw_head_;
  std::vector<std::string_view> payload_;
  int64_t date_second_ = -1;
  std::string date_;
  uint64_t changes_ = 0;
};

}  // namespace gatelet
