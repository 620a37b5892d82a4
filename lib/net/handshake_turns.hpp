// HandshakeTurns: TLS handshakes of one loop, one flight after the other. A flight costs a millisecond of CPU and a connection that has
// begun costs 40 KB, so each round of the loop continues one handshake, between the requests that are ready, and only so many clients have
// begun theirs. A client that is slow makes room when others wait (reliability.md A-88).
#pragma once

#include <uv.h>

#include <cstdint>
#include <deque>
#include <vector>

#include "net/timer_wheel.hpp"

namespace gatelet {

class Loop;
class Stream;

class HandshakeTurns {
 public:
  explicit HandshakeTurns(Loop& loop);
  HandshakeTurns(const HandshakeTurns&) = delete;
  HandshakeTurns& operator=(const HandshakeTurns&) = delete;
  void open();   // when the loop is
  void close();  // before the loop

  // Bytes have come. `is_first`: of a client that has not begun.
  void wait_for_turn(Stream& stream, bool is_first);
  // The handshake is over, or its stream.
  void leave(Stream& stream);

 private:
  struct Begun {
    Stream* stream;
    uint64_t begun_ms;
  };
  void run_one();
  Stream* next();
  void make_room();

  Loop& loop_;
  uv_idle_t idle_;
  Timer patience_;
  std::deque<Stream*> ready_;  // of those that have begun
  std::deque<Stream*> newcomers_;
  std::vector<Begun> begun_;  // clients, oldest first
};

}  // namespace gatelet
