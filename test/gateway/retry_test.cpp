// An exchange that retries: waiting as an action, what a client's leaving or a late answer does then, and bodies that went by.
#include <doctest/doctest.h>

#include "config/build.hpp"
#include "fake_host.hpp"

using namespace gatelet;

namespace {

std::shared_ptr<const Config> config_with(const std::string& section, const std::string& policies) {
  const std::string document = "<policies><" + section + ">" + policies + "</" + section + "></policies>";
  Diagnostics diagnostics;
  const ResourceSet set = resources_from_document(
      R"({"resources":[{"k":"apis/echo;rev=1","v":{"path":"echo","protocols":["http"],"subscriptionRequired":false,)"
      R"("serviceUrl":"http://backend.test"}},)"
      R"({"k":"apis/echo;rev=1/operations/post","v":{"method":"POST","urlTemplate":"/*"}},)"
      R"({"k":"policies/policy","v":{"format":"rawxml","value":")" +
          document + "\"}}]}",
      "test.json", diagnostics);
  BuildOptions options;
  options.policies = builtin_policies();
  auto config = build_config(set, options, std::move(diagnostics));
  REQUIRE(!config->diagnostics.has_errors());
  return config;
}

const std::string forwarding_retry = "<retry condition='true' count='2' interval='10'><forward-request /></retry>";

}  // namespace

TEST_CASE("exchange: a wait is an action with its own id, and ends at its time, not before") {
  FakeHost host(config_with("backend", forwarding_retry));
  host.begin("POST", "/echo/things");
  const Action send = host.exchange.next();
  REQUIRE(send.kind == Action::Kind::send);
  host.answer(send, 503);
  const Action wait = host.exchange.next();
  REQUIRE(wait.kind == Action::Kind::wait);
  CHECK(wait.id > send.id);
  CHECK(wait.due_us == host.now.steady_us + 10'000'000);
  CHECK(host.exchange.next().kind == Action::Kind::none);
  CHECK_FALSE(host.exchange.give_time(wait.id, host.now));
  CHECK_FALSE(host.exchange.give_time(wait.id + 1, {wait.due_us, 0}));
  CHECK_FALSE(host.answer(send, 200));
  CHECK(host.exchange.next().kind == Action::Kind::none);
  host.now.steady_us = wait.due_us;
  CHECK(host.exchange.give_time(wait.id, host.now));
  CHECK_FALSE(host.exchange.give_time(wait.id, host.now));
  CHECK(host.exchange.next().kind == Action::Kind::send);
}

TEST_CASE("exchange: a client that goes during a wait ends it, with the retry as source") {
  FakeHost host(config_with("backend", forwarding_retry));
  host.begin("POST", "/echo/things");
  host.answer(host.exchange.next(), 503);
  const Action wait = host.exchange.next();
  REQUIRE(wait.kind == Action::Kind::wait);
  host.exchange.client_gone(host.now);
  CHECK(host.exchange.is_over());
  REQUIRE(host.exchange.last_error);
  CHECK(host.exchange.last_error->source == "retry");
  CHECK(host.exchange.last_error->reason == "ClientConnectionFailure");
  CHECK_FALSE(host.exchange.give_time(wait.id, {wait.due_us, 0}));
  host.finish();
  CHECK(host.ask("POST", "/nothing").starts_with("404"));
}

TEST_CASE("exchange: a client that goes during a call is no failure that a retry takes") {
  FakeHost host(config_with("backend", forwarding_retry));
  host.begin("POST", "/echo/things");
  REQUIRE(host.exchange.next().kind == Action::Kind::send);
  host.exchange.client_gone(host.now);
  CHECK(host.exchange.is_over());
  CHECK(host.exchange.next().kind == Action::Kind::none);
}

TEST_CASE("exchange: a body that streamed to one backend is not sent a second time, unless no connection took it or it was held back") {
  struct Row {
    Call::Fault fault;
    bool is_held_back;
    bool is_sent_again;
  };
  for (const Row& row : {Row{Call::Fault::connect, false, true}, Row{Call::Fault::broken, false, false},
                         Row{Call::Fault::none, false, false}, Row{Call::Fault::broken, true, true}, Row{Call::Fault::none, true, true}}) {
    FakeHost host(config_with("backend", "<retry condition='true' count='1' interval='0'><forward-request /></retry>"));
    host.begin("POST", "/echo/things", {}, streaming_body());
    const Action first = host.exchange.next();
    REQUIRE(first.kind == Action::Kind::send);
    CHECK(first.call->body.kind == Body::Kind::stream);
    CHECK_FALSE(first.call->is_body_held_back);
    first.call->is_body_held_back = row.is_held_back;
    if (row.fault == Call::Fault::none)
      host.answer(first, 503);
    else
      host.exchange.give_call_failed(first.id, row.fault, "broken", host.now);
    const Action second = host.exchange.next();
    CHECK((second.kind == Action::Kind::send) == row.is_sent_again);
    if (row.is_sent_again) CHECK(second.call->body.kind == Body::Kind::stream);
    if (row.is_sent_again) CHECK_FALSE(second.call->is_body_held_back);
    if (!row.is_sent_again) CHECK(host.exchange.last_error->message.find("was sent already") != std::string_view::npos);
  }
}

TEST_CASE("exchange: a body that is too large to hold is refused at once, also inside a retry") {
  FakeHost host(config_with("inbound", "<retry condition='true' count='5' interval='1'><base /></retry>"));
  host.begin("POST", "/echo/things", {}, streaming_body());
  CHECK(host.exchange.next().kind == Action::Kind::wait);

  FakeHost held(
      config_with("backend", "<retry condition='true' count='5' interval='1'><forward-request buffer-request-body='true' /></retry>"));
  held.begin("POST", "/echo/things", {}, streaming_body());
  const Action read = held.exchange.next();
  REQUIRE(read.kind == Action::Kind::read_body);
  CHECK(held.exchange.give_body_failed(read.id, BodyFault::too_large, held.now));
  CHECK(held.exchange.next().kind == Action::Kind::respond);
  CHECK(held.exchange.response.status == 413);
}

TEST_CASE("exchange: fifty runs take no more memory than a few, and what answers bring is what was sent last") {
  size_t reserved[2] = {};
  for (int count : {3, 50}) {
    FakeHost host(
        config_with("backend", "<retry condition='true' count='" + std::to_string(count) +
                                   "' interval='1'><forward-request /><set-header name='X-Run'><value>run</value></set-header></retry>"));
    host.begin("POST", "/echo/things?page=1", {{"X-Client", "kept"}});
    const std::string text(1000, 'b');
    for (int run = 0; run <= count; ++run) {
      const Action send = host.exchange.next();
      REQUIRE(send.kind == Action::Kind::send);
      CHECK(send.call->path == "/things");
      CHECK(send.call->query == "page=1");
      CHECK(send.call->headers.get("X-Client") == "kept");
      CHECK(send.call->headers.get("X-Run") == (run == 0 ? "" : "run"));
      host.answer(send, 503, {{"X-Long", text}});
      if (run == count) break;
      const Action wait = host.exchange.next();
      REQUIRE(wait.kind == Action::Kind::wait);
      host.now.steady_us = wait.due_us;
      host.exchange.give_time(wait.id, host.now);
    }
    CHECK(host.exchange.next().kind == Action::Kind::respond);
    CHECK(host.exchange.response.headers.get("X-Long") == text);
    reserved[count == 50] = host.arena.bytes_reserved();
    host.finish();
  }
  CHECK(reserved[1] <= reserved[0] + 64 * 1024);
}
