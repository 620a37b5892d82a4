// ComputationTurns: what exchanges of one loop have to compute for long (Action::compute). Each round of the loop computes for a quarter of
// a millisecond, one piece at least, between the requests that are ready: a flood of tokens that nobody has seen stops no other request.
// Those that were computed together go on together, so that their backends are woken once.
#pragma once

#include <uv.h>

#include <cstdint>
#include <deque>
#include <vector>

namespace gatelet {

class Loop;

class ComputationTurns {
 public:
  class Waiter {
   public:
    virtual bool compute(uint32_t id) = 0;   // false: it is not wanted any more
    virtual void computed(uint32_t id) = 0;  // later, in the same round

   protected:
    ~Waiter() = default;
  };

  explicit ComputationTurns(Loop& loop) : loop_(loop) {}
  ComputationTurns(const ComputationTurns&) = delete;
  ComputationTurns& operator=(const ComputationTurns&) = delete;
  void open();   // when the loop is
  void close();  // before the loop

  void wait_for_turn(Waiter& waiter, uint32_t id);
  // Nothing of it is wanted any more.
  void leave(const Waiter& waiter);

 private:
  struct Turn {
    Waiter* waiter;  // null: it has left
    uint32_t id;
  };
  void run_round();

  Loop& loop_;
  uv_idle_t idle_;
  std::deque<Turn> waiting_;
  std::vector<Turn> computed_;  // of this round
};

}  // namespace gatelet
