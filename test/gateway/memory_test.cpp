// Memory of exchanges: none is allocated in steady state, and a request that runs out of it ends alone with 503.
#include <doctest/doctest.h>

#include "allocations.hpp"
#include "fake_host.hpp"

using namespace gatelet;
using namespace gatelet::test;

namespace {

// Key, rate limit, two headers, an answer: what a request costs when the gateway decides alone.
std::shared_ptr<const Config> make_decision_config() {
  const auto limit = step("rate-limit-by-key", [](Context& context) {
    const RateDecision decision = context.services->rate_counters->hit(context.subscription->id, 1'000'000, 1, 1, context.now.steady_ms());
    context.pending.append("X-Left", decision.allowed ? "some" : "none");
    return Flow::next;
  });
  const auto header = step("set-header", [](Context& context) {
    context.request.headers.set("X-Added", "v1");
    context.request.headers.remove("Ocp-Apim-Subscription-Key");
    return Flow::next;
  });
  const auto respond = step("return-response", [](Context& context) {
    context.response.status = 204;
    context.response.headers.append("X-Answer", "v2");
    return Flow::stop;
  });
  auto config = make_config({{limit, header, respond}, {}, {}, {}});
  Subscription subscription;
  subscription.facts.id = "tom";
  subscription.facts.primary_key = "0123456789abcdef0123456789abcdef";
  subscription.scope = SubscriptionScope::all_apis;
  subscription.state = SubscriptionState::active;
  config->subscriptions.push_back(subscription);
  config->apis[0].subscription_required = true;
  return finish_config(config);
}

const HeaderLines key_line = {{"Ocp-Apim-Subscription-Key", "0123456789abcdef0123456789abcdef"}};

void decide(FakeHost& host) {
  host.begin("GET", "/echo/things/42", key_line);
  host.play();
  host.finish();
  host.now.steady_us += 1000;
}

const char* without_memory =
    "503 Service Unavailable\nContent-Type: application/json\nRetry-After: 1\n\n"
    "{ \"statusCode\": 503, \"message\": \"Service temporarily unavailable\" }";

}  // namespace

TEST_CASE("memory: a decision with key, rate limit, headers and answer allocates nothing once its connection is warm") {
  FakeHost host(make_decision_config());
  for (int i = 0; i < 3000; ++i) decide(host);
  CHECK(host.exchange.response.status == 204);
  const uint64_t before = allocation_count;
  for (int i = 0; i < 1000; ++i) decide(host);
  CHECK(allocation_count == before);
}

TEST_CASE("memory: forwarding allocates nothing either") {
  FakeHost host(finish_config(make_config()));
  const auto forward = [&] {
    host.begin("GET", "/echo/things/42");
    const Action send = host.exchange.next();
    send.call->response.headers.append("Content-Type", "application/json");
    host.exchange.give_head(send.id, host.now);
    CHECK(host.exchange.next().kind == Action::Kind::respond);
    host.finish();
  };
  for (int i = 0; i < 10; ++i) forward();
  const uint64_t before = allocation_count;
  for (int i = 0; i < 1000; ++i) forward();
  CHECK(allocation_count == before);
}

TEST_CASE("memory: whichever allocation fails, the request is answered with 503 and the next one is served") {
  int failed = 0;
  for (int64_t left = 0; left < 60; ++left) {
    RecordCopy records;
    GatewayOptions options;
    options.records = &records;
    FakeHost host(make_decision_config(), options);
    host.begin("GET", "/echo/things/42", key_line);
    allocations_left = left;
    host.play();
    allocations_left = -1;
    CHECK(host.exchange.is_over());
    if (host.exchange.response.status == 503) {
      ++failed;
      CHECK(host.answer_text() == without_memory);
      CHECK(host.exchange.last_error->reason == "OutOfMemory");
    } else {
      CHECK(host.exchange.response.status == 204);
    }
    host.finish();
    CHECK(records.count == 1);
    CHECK(host.ask("GET", "/echo/things/42", key_line).starts_with("204 "));
  }
  CHECK((failed > 0) == bool(GATELET_COUNTS_ALLOCATIONS));
}

TEST_CASE("memory: a policy that runs out of memory takes only its own request with it, on-error does not run") {
  bool is_short = true;
  const auto hungry = step("hungry", [&is_short](Context&) {
    if (is_short) throw std::bad_alloc();
    return Flow::stop;
  });
  FakeHost host(finish_config(make_config({{hungry}, {}, {}, {fail_step({.reason = "Never"})}})));
  CHECK(host.ask("GET", "/echo/things/1") == without_memory);
  is_short = false;
  CHECK(host.ask("GET", "/echo/things/1") == "200 OK\n\n");
}

TEST_CASE("memory: a client that goes while memory is short ends the exchange like any other") {
  FakeHost host(finish_config(make_config({{}, {forward_step()}, {}, {step("hungry", [](Context&) -> Flow { throw std::bad_alloc(); })}})));
  host.begin("GET", "/echo/things/1");
  host.exchange.next();
  host.exchange.client_gone(host.now);
  CHECK(host.exchange.is_over());
  CHECK(host.exchange.next().kind == Action::Kind::none);
}
