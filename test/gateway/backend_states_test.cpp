#include "gateway/backend_states.hpp"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

#include "fake_host.hpp"

using namespace gatelet;

namespace {

std::shared_ptr<Upstream> make_backend(std::string id, uint64_t state_id, uint32_t failure_count = 2) {
  auto rule = std::make_shared<CircuitBreakerRule>();
  rule->failure_count = failure_count;
  rule->interval_ms = 10'000;
  rule->trip_duration_ms = 4'500;
  rule->status_code_ranges = {{500, 599}};
  auto backend = std::make_shared<Upstream>(upstream_from(*parse_url("http://" + id + ".test"), id));
  backend->breaker = std::move(rule);
  backend->state_id = state_id;
  return backend;
}

Upstream make_pool(std::vector<std::shared_ptr<Upstream>> members) {
  auto pool = std::make_shared<BackendPool>();
  for (auto& member : members) pool->members.push_back({std::move(member), 0, 0, ""});
  Upstream upstream;
  upstream.kind = Upstream::Kind::pool;
  upstream.backend_id = "pool";
  upstream.pool = std::move(pool);
  upstream.state_id = 99;
  return upstream;
}

std::string choose(BackendStateTable& states, const Upstream& upstream, uint64_t now_ms) {
  const BackendChoice choice = states.choose(upstream, {}, now_ms);
  return choice.upstream ? choice.upstream->backend_id : "after " + std::to_string(choice.retry_after_s) + " s";
}

}  // namespace

TEST_CASE("backend states: a tripped backend gets nothing until its trip is over, which is told in whole seconds") {
  BackendStateTable states;
  const auto backend = make_backend("a", 1);
  CHECK(choose(states, *backend, 0) == "a");
  for (int i = 0; i < 2; ++i) states.report(*backend, {.status = 500}, 100);
  CHECK(choose(states, *backend, 100) == "after 5 s");
  CHECK(choose(states, *backend, 4'599) == "after 1 s");
  CHECK(choose(states, *backend, 4'600) == "a");
}

TEST_CASE("backend states: a pool skips its tripped members, and says when the first one is back") {
  BackendStateTable states;
  const auto a = make_backend("a", 1), b = make_backend("b", 2);
  const Upstream pool = make_pool({a, b});
  CHECK(choose(states, pool, 0) == "a");
  CHECK(choose(states, pool, 0) == "b");
  for (int i = 0; i < 2; ++i) states.report(*a, {.status = 500}, 0);
  CHECK(choose(states, pool, 0) == "b");
  CHECK(choose(states, pool, 0) == "b");
  for (int i = 0; i < 2; ++i) states.report(*b, {.status = 500}, 3'000);
  CHECK(choose(states, pool, 3'000) == "after 2 s");
  CHECK(choose(states, pool, 4'500) == "a");
  CHECK(choose(states, *b, 4'500) == "after 3 s");  // the state is the backend's, not the pool's
}

TEST_CASE("backend states: failures reported by several threads all count, and none twice") {
  constexpr uint32_t thread_count = 4, failures = 2'500;
  BackendStateTable states;
  const auto backend = make_backend("a", 1, thread_count * failures + 1);
  std::vector<std::thread> threads;
  for (uint32_t i = 0; i < thread_count; ++i)
    threads.emplace_back([&] {
      for (uint32_t j = 0; j < failures; ++j) states.report(*backend, {.status = 500}, j % 7);
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(choose(states, *backend, 7) == "a");
  states.report(*backend, {.status = 500}, 7);
  CHECK(choose(states, *backend, 7) == "after 5 s");
}

TEST_CASE("backend states: they outlive configurations that have them, and no others") {
  const auto with_backend = [](uint64_t state_id) {
    auto config = make_config();
    config->backends["a"] = make_backend("a", state_id);
    return finish_config(config);
  };
  FakeHost host(with_backend(1));
  BackendStates& states = *host.gateway.services().backends;
  const auto backend = make_backend("a", 1);
  for (int i = 0; i < 2; ++i) states.report(*backend, {.status = 500}, 0);
  host.gateway.publish(with_backend(1));
  CHECK(states.choose(*backend, {}, 0).upstream == nullptr);
  host.gateway.publish(with_backend(2));  // the rule changed
  CHECK(states.choose(*backend, {}, 0).upstream == backend.get());
}
