// What the exchange asks of an external cache of its host, of limits that are counted there, and of a host that computes later.
#include <doctest/doctest.h>

#include "fake_host.hpp"

using namespace gatelet;

namespace {

// Elsewhere: it never has an answer at once.
class DistantCache final : public Cache {
 public:
  bool find(std::string_view, uint64_t, CacheReply&) override { return false; }
  void store(std::string_view, CacheValue, uint64_t, uint64_t) override {}
  void remove(std::string_view) override {}
};

std::string found_text(const CacheReply& reply) { return reply.is_found ? std::string(reply.value.head.view()) : "nothing"; }

// Looks up the key and notes what was found.
std::shared_ptr<const TestPolicy> look_step(DistantCache& cache, std::string key, std::string& found) {
  return std::make_shared<TestPolicy>(
      "cache-lookup-value", [&cache, key](Context& context) { return context.find_cached(cache, key) ? Flow::next : Flow::wait; },
      [&found](Context& context) { return found = found_text(context.cache_reply), Flow::next; });
}

}  // namespace

TEST_CASE("look-up: the exchange waits for the answer, takes it once, and none that comes late") {
  DistantCache cache;
  std::string found;
  FakeHost host(finish_config(make_config({{look_step(cache, "k", found)}, {forward_step()}, {}, {}})));
  host.begin("GET", "/echo/things/1");
  const Action asked = host.exchange.next();
  REQUIRE(asked.kind == Action::Kind::look_up);
  CHECK(asked.key == "k");
  CHECK(host.exchange.next().kind == Action::Kind::none);
  CHECK_FALSE(host.exchange.give_cached(asked.id + 1, {}, host.now));
  CHECK(host.exchange.give_cached(asked.id, {true, {Buffer::copy("value"), {}}}, host.now));
  CHECK_FALSE(host.exchange.give_cached(asked.id, {}, host.now));
  CHECK(host.exchange.next().kind == Action::Kind::send);
  CHECK(found == "value");

  host.begin("GET", "/echo/things/1");
  const Action again = host.exchange.next();
  REQUIRE(again.kind == Action::Kind::look_up);
  host.exchange.client_gone(host.now);
  CHECK_FALSE(host.exchange.give_cached(again.id, {}, host.now));
  CHECK(host.exchange.is_over());
}

TEST_CASE("claim: the exchange waits until it was counted elsewhere, takes the reply once, and none that comes late") {
  RateHit hit{"key", 5, 60};
  LimitClaim claim{.rates = {&hit, 1}};
  const auto count = std::make_shared<TestPolicy>(
      "rate-limit", [&](Context& context) { return context.put_claim(claim), Flow::wait; }, [](Context&) { return Flow::next; });
  FakeHost host(finish_config(make_config({{count}, {forward_step()}, {}, {}})));
  host.begin("GET", "/echo/things/1");
  const Action asked = host.exchange.next();
  REQUIRE(asked.kind == Action::Kind::claim);
  CHECK(asked.claim == &claim);
  CHECK(host.exchange.next().kind == Action::Kind::none);
  CHECK_FALSE(host.exchange.give_limits(asked.id + 1, {}, host.now));
  CHECK_FALSE(host.exchange.give_cached(asked.id, {}, host.now));
  CHECK(host.exchange.give_limits(asked.id, {true, {true, 0, 4}, {}}, host.now));
  CHECK(claim.reply.rate.remaining == 4);
  CHECK_FALSE(host.exchange.give_limits(asked.id, {true, {false, 9, 0}, {}}, host.now));
  CHECK(claim.reply.rate.allowed);
  CHECK(host.exchange.next().kind == Action::Kind::send);

  host.begin("GET", "/echo/things/1");
  const Action again = host.exchange.next();
  REQUIRE(again.kind == Action::Kind::claim);
  host.exchange.client_gone(host.now);
  CHECK_FALSE(host.exchange.give_limits(again.id, {}, host.now));
  CHECK(host.exchange.is_over());
}

namespace {

struct Counted final : Computation {
  void run() override {
    ++count;
    if (has_no_memory) throw std::bad_alloc();
  }
  int count = 0;
  bool has_no_memory = false;
};

std::shared_ptr<const TestPolicy> compute_step(Computation& work) {
  return std::make_shared<TestPolicy>(
      "validate-jwt", [&work](Context& context) { return context.compute(work), Flow::wait; }, [](Context&) { return Flow::next; });
}

}  // namespace

TEST_CASE("computation: the exchange waits for its turn, goes on when it was computed, and hears of it once") {
  Counted work;
  FakeHost host(finish_config(make_config({{compute_step(work)}, {forward_step()}, {}, {}})));
  host.begin("GET", "/echo/things/1");
  const Action asked = host.exchange.next();
  REQUIRE(asked.kind == Action::Kind::compute);
  CHECK(host.exchange.next().kind == Action::Kind::none);
  CHECK_FALSE(host.exchange.give_computed(asked.id, host.now));
  CHECK_FALSE(host.exchange.run_computation(asked.id + 1));
  CHECK(host.exchange.run_computation(asked.id));
  CHECK_FALSE(host.exchange.run_computation(asked.id));
  CHECK(work.count == 1);
  CHECK(host.exchange.next().kind == Action::Kind::none);
  CHECK(host.exchange.give_computed(asked.id, host.now));
  CHECK_FALSE(host.exchange.give_computed(asked.id, host.now));
  CHECK(host.exchange.next().kind == Action::Kind::send);
}

TEST_CASE("computation: nothing is computed for a client that is gone") {
  Counted work;
  FakeHost host(finish_config(make_config({{compute_step(work)}, {forward_step()}, {}, {}})));
  host.begin("GET", "/echo/things/1");
  const Action asked = host.exchange.next();
  REQUIRE(asked.kind == Action::Kind::compute);
  host.exchange.client_gone(host.now);
  CHECK_FALSE(host.exchange.run_computation(asked.id));
  CHECK_FALSE(host.exchange.give_computed(asked.id, host.now));
  CHECK(work.count == 0);
  CHECK(host.exchange.is_over());
}

TEST_CASE("computation: one that finds no memory ends its request only") {
  Counted work;
  work.has_no_memory = true;
  FakeHost host(finish_config(make_config({{compute_step(work)}, {forward_step()}, {}, {}})));
  host.begin("GET", "/echo/things/1");
  const Action asked = host.exchange.next();
  REQUIRE(asked.kind == Action::Kind::compute);
  CHECK(host.exchange.run_computation(asked.id));
  host.exchange.give_computed(asked.id, host.now);
  CHECK(host.exchange.next().kind == Action::Kind::respond);
  CHECK(host.exchange.response.status == 503);
}
