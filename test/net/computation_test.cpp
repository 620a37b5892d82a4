// What takes long is computed in turns, on a real loop.
#include <doctest/doctest.h>

#include <atomic>

#include "net/computation_turns.hpp"
#include "net/loop.hpp"
#include "served.hpp"

using namespace gatelet;
using namespace gatelet::test;

namespace {

// Computes again and again until it is told to stop.
class Endless final : public Computation {
 public:
  void run() override { ++turns; }
  std::atomic<int> turns{0};
  std::atomic<bool> is_enough{false};

  std::shared_ptr<const TestPolicy> step() {
    const auto compute = [this](Context& context) { return context.compute(*this), Flow::wait; };
    return std::make_shared<TestPolicy>("validate-jwt", compute,
                                        [this, compute](Context& context) { return is_enough ? Flow::next : compute(context); });
  }
};

// Writes down what happens to it.
class Noted final : public ComputationTurns::Waiter {
 public:
  Noted(std::string name, std::string& log) : name_(std::move(name)), log_(log) {}
  bool compute(uint32_t id) override {
    if (is_gone) return false;
    log_ += name_ + std::to_string(id) + " computes. ";
    return true;
  }
  void computed(uint32_t id) override {
    log_ += name_ + std::to_string(id) + " goes on. ";
    if (then) then();
  }
  bool is_gone = false;
  std::function<void()> then;

 private:
  std::string name_;
  std::string& log_;
};

}  // namespace

TEST_CASE("computation: what was computed in one round goes on together, and what is not wanted is left out") {
  Loop loop;
  ComputationTurns& turns = loop.computations();
  std::string log;
  Noted a("a", log), b("b", log), c("c", log);
  b.is_gone = true;
  turns.wait_for_turn(a, 1);
  turns.wait_for_turn(b, 2);
  turns.wait_for_turn(c, 3);
  uv_run(loop.uv(), UV_RUN_DEFAULT);
  CHECK(log == "a1 computes. c3 computes. a1 goes on. c3 goes on. ");
}

TEST_CASE("computation: who leaves hears of nothing, whether it was computed or not") {
  Loop loop;
  ComputationTurns& turns = loop.computations();
  std::string log;
  Noted a("a", log), b("b", log), c("c", log);
  a.then = [&] {
    turns.leave(b);
    if (std::exchange(a.is_gone, true)) return;
    turns.wait_for_turn(c, 4);
    turns.leave(c);
    turns.wait_for_turn(c, 5);
  };
  turns.wait_for_turn(a, 1);
  turns.wait_for_turn(b, 2);
  turns.wait_for_turn(b, 3);
  uv_run(loop.uv(), UV_RUN_DEFAULT);
  CHECK(log == "a1 computes. b2 computes. b3 computes. a1 goes on. c5 computes. c5 goes on. ");
}

TEST_CASE("computation: others are served between, however much there is to compute") {
  Endless endless;
  Served served;
  served.serve("long", {{endless.step()}, {answer_step(200, "done")}, {}, {}}, 0);
  served.serve("now", {{answer_step(200, "now")}, {}, {}, {}}, 0);
  served.run();
  Peer client(connect_to(served.port));
  client.send(wire("GET /long/"));
  for (int i = 0; i < 3; ++i) CHECK(body_of(served.ask(wire("GET /now/"))) == "now");
  CHECK(client.is_silent());
  endless.is_enough = true;
  CHECK(body_of(client.read_message()) == "done");
  CHECK(endless.turns > 0);
}

TEST_CASE("computation: a client that goes ends it; others are served afterwards") {
  Endless endless;
  Served served;
  served.serve("long", {{endless.step()}, {}, {}, {}}, 0);
  served.serve("now", {{answer_step(200, "now")}, {}, {}, {}}, 0);
  served.run();
  Peer client(connect_to(served.port));
  client.send(wire("GET /long/"));
  CHECK(client.is_silent());
  client.reset();
  CHECK(served.records.log.wait(0) == "0 0 ClientConnectionFailure");
  CHECK(body_of(served.ask(wire("GET /now/"))) == "now");
}

TEST_CASE("computation: a server that is destroyed drops what waits for its turn") {
  Endless endless;
  Served served;
  served.serve("long", {{endless.step()}, {}, {}, {}}, 0);
  served.run();
  Peer client(connect_to(served.port));
  client.send(wire("GET /long/"));
  CHECK(client.is_silent());
  served.server.reset();
  CHECK(client.is_ended());
}
