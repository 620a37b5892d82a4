// Exchanges that wait for a time, on a real loop.
#include <doctest/doctest.h>

#include <atomic>

#include "served.hpp"

using namespace gatelet;
using namespace gatelet::test;

namespace {

// Waits twice for `ms`, as a retry does, and says whether it was early.
std::shared_ptr<const TestPolicy> wait_step(uint64_t ms) {
  struct State {
    std::atomic<uint64_t> due_us{0};
    std::atomic<int> waits{0};
  };
  auto state = std::make_shared<State>();
  const auto wait = [state, ms](Context& context) {
    ++state->waits;
    state->due_us = context.now.steady_us + ms * 1000;
    context.wait_until(state->due_us);
    return Flow::wait;
  };
  return std::make_shared<TestPolicy>("retry", wait, [state, wait](Context& context) {
    if (context.now.steady_us < state->due_us) return context.fail({.reason = "TooEarly"});
    return state->waits < 2 ? wait(context) : Flow::next;
  });
}

constexpr uint64_t for_ever_ms = 3'600'000;

}  // namespace

TEST_CASE("wait: an exchange goes on when its time has come") {
  Served served;
  served.serve("a", {{wait_step(20)}, {answer_step(200, "late")}, {}, {}}, 0);
  served.run();
  CHECK(body_of(served.ask(wire("GET /a/"))) == "late");
  CHECK(served.records.log.wait(0) == "200 0 ");
}

TEST_CASE("wait: a client that goes ends the wait; others are served meanwhile and afterwards") {
  Served served;
  served.serve("wait", {{wait_step(for_ever_ms)}, {answer_step(200, "late")}, {}, {}}, 0);
  served.serve("now", {{answer_step(200, "now")}, {}, {}, {}}, 0);
  served.run();
  Peer client(connect_to(served.port));
  client.send(wire("GET /wait/"));
  CHECK(body_of(served.ask(wire("GET /now/"))) == "now");
  CHECK(client.is_silent());
  client.reset();
  CHECK(served.records.log.wait(1) == "0 0 ClientConnectionFailure");
  CHECK(body_of(served.ask(wire("GET /now/"))) == "now");
}

TEST_CASE("wait: a server that is destroyed drops what waits") {
  Served served;
  served.serve("wait", {{wait_step(for_ever_ms)}, {}, {}, {}}, 0);
  served.run();
  Peer client(connect_to(served.port));
  client.send(wire("GET /wait/"));
  CHECK(client.is_silent());
  served.server.reset();
  CHECK(client.is_ended());
}
