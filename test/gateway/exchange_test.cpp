#include "gateway/exchange.hpp"

#include <doctest/doctest.h>

#include "fake_host.hpp"

using namespace gatelet;

namespace {

// A step that appends its name to `trace`, and what it sees of a response.
std::shared_ptr<const TestPolicy> note(std::string& trace, const char* name, Flow flow = Flow::next) {
  return step(name, [&trace, name, flow](Context& context) {
    ((trace += name) += context.has_response ? "(" + std::to_string(context.response.status) + ")" : "") += " ";
    return flow;
  });
}

auto demand(const char* name, const char* value) {
  return step("rate-limit", [=](Context& context) { return context.pending.append(name, value), Flow::next; });
}

// send-request: waits for its own call, then goes on.
std::shared_ptr<const TestPolicy> side_call(std::string& trace) {
  auto call = std::make_shared<std::unique_ptr<Call>>();
  return std::make_shared<TestPolicy>(
      "send-request",
      [call](Context& context) {
        *call = std::make_unique<Call>(context.arena);
        (*call)->upstream = context.upstream;
        (*call)->path = "/side";
        (*call)->timeout_ms = 1;
        context.start(**call);
        return Flow::wait;
      },
      [call, &trace](Context&) {
        trace += (*call)->state == Call::State::failed ? "side failed " : "side " + std::to_string((*call)->response.status) + " ";
        return Flow::next;
      });
}

}  // namespace

TEST_CASE("exchange: inbound, backend and outbound run in turn; the backend's answer is the response") {
  std::string trace;
  FakeHost host(finish_config(make_config(
      {{note(trace, "in")}, {note(trace, "before"), forward_step(), note(trace, "after")}, {note(trace, "out")}, {note(trace, "error")}})));
  host.begin("GET", "/echo/things/1?a=b");
  const Action send = host.exchange.next();
  REQUIRE(send.kind == Action::Kind::send);
  CHECK(send.call->upstream->url.host == "backend.test");
  CHECK(send.call->path == "/things/1");
  CHECK(send.call->query == "a=b");
  CHECK(host.exchange.original_target.path == "/echo/things/1");
  CHECK(host.exchange.matched[0].name == "id");
  CHECK(host.exchange.matched[0].value == "1");
  CHECK(host.exchange.operation->id == "GET");
  CHECK(host.exchange.next().kind == Action::Kind::none);  // nothing to do before the reply
  CHECK(host.answer(send, 201, {{"X-A", "1"}}, Body::from(Buffer::copy("made"))));
  const Action respond = host.exchange.next();
  CHECK(respond.kind == Action::Kind::respond);
  CHECK(respond.call == nullptr);
  CHECK(respond.id > send.id);
  CHECK(host.answer_text() == "201 Created\nX-A: 1\n\nmade");
  CHECK(trace == "in before after(201) out(201) ");
  CHECK(host.exchange.is_over());
  CHECK(host.exchange.next().kind == Action::Kind::none);
}

TEST_CASE("exchange: when nothing was forwarded, outbound runs on an empty 200") {
  std::string trace;
  FakeHost host(finish_config(make_config({{note(trace, "in")}, {note(trace, "back")}, {note(trace, "out")}, {}})));
  CHECK(host.ask("GET", "/echo/things/1") == "200 OK\n\n");
  CHECK(trace == "in back out(200) ");
}

TEST_CASE("exchange: return-response stops everything at once, a jump skips") {
  std::string trace;
  FakeHost stopped(
      finish_config(make_config({{note(trace, "stop", Flow::stop), note(trace, "in")}, {forward_step()}, {note(trace, "out")}, {}})));
  CHECK(stopped.ask("GET", "/echo/things/1") == "200 OK\n\n");
  CHECK(trace == "stop ");

  trace.clear();
  auto config = make_config();
  auto program = std::make_shared<Program>(
      *make_program({{note(trace, "jump", Flow::jump), note(trace, "skipped"), note(trace, "target")}, {}, {}, {}}));
  program->code[0].jump = 2;
  config->apis[0].operations[0].program = program;
  FakeHost jumped(finish_config(config));
  jumped.ask("GET", "/echo/things/1");
  CHECK(trace == "jump target ");
}

TEST_CASE("exchange: lines demanded early go out with any answer; they replace the backend's, but cookies and Vary grow") {
  const TestPolicies inbound = {demand("X-Left", "9"), demand("Vary", "Origin"), demand("Set-Cookie", "g=1")};
  FakeHost host(finish_config(make_config({inbound, {forward_step()}, {}, {}})));
  host.begin("GET", "/echo/things/1");
  host.answer(host.exchange.next(), 200, {{"x-left", "backend"}, {"Vary", "Accept"}, {"Set-Cookie", "b=1"}});
  host.exchange.next();
  CHECK(host.answer_text() == "200 OK\nX-Left: 9\nVary: Accept, Origin\nSet-Cookie: b=1\nSet-Cookie: g=1\n\n");

  FakeHost failing(
      finish_config(make_config({{demand("Retry-After", "3"), fail_step({.status = 429, .public_message = "Slow."})}, {}, {}, {}})));
  CHECK(failing.ask("GET", "/echo/things/1") ==
        "429 Too Many Requests\nContent-Type: application/json\nRetry-After: 3\n\n{ \"statusCode\": 429, \"message\": \"Slow.\" }");
}

TEST_CASE("exchange: work left for the answer runs once, when its status is known") {
  struct Late final : Policy {
    mutable std::string seen;
    Flow run(Context& context) const override { return context.defer(*this, "key", 7), Flow::next; }
    void after_response(Context& context, const AfterResponse& work) const override {
      seen += std::string(work.key) + std::to_string(work.number) + ":" + std::to_string(context.response.status) + " ";
    }
  };
  const auto late = std::make_shared<Late>();
  const auto run_late = step("rate-limit-by-key", [late](Context& context) { return late->run(context); });
  FakeHost host(finish_config(make_config({{run_late}, {forward_step()}, {fail_step({.status = 418})}, {}})));
  host.ask("GET", "/echo/things/1");
  CHECK(late->seen == "key7:418 ");
}

TEST_CASE("exchange: a reply to what was answered, cancelled or never asked does nothing") {
  std::string trace;
  FakeHost host(finish_config(make_config({{side_call(trace)}, {forward_step()}, {}, {}})));
  host.begin("GET", "/echo/things/1");
  const Action side = host.exchange.next();
  CHECK_FALSE(host.exchange.give_head(side.id + 1, host.now));
  CHECK_FALSE(host.exchange.give_body(side.id, {}, host.now));
  CHECK(host.exchange.give_call_failed(side.id, Call::Fault::timeout, "late", host.now));
  CHECK_FALSE(host.exchange.give_head(side.id, host.now));
  CHECK_FALSE(host.exchange.give_call_failed(side.id, Call::Fault::broken, "", host.now));
  const Action send = host.exchange.next();
  CHECK(trace == "side failed ");
  CHECK(send.id > side.id);
  host.finish();
  CHECK_FALSE(host.answer(send, 200));

  host.begin("GET", "/echo/things/1");  // ids go on over requests of one connection
  CHECK_FALSE(host.exchange.give_head(side.id, host.now));
  CHECK_FALSE(host.exchange.give_head(send.id, host.now));
  CHECK(host.exchange.next().id > send.id);
}

TEST_CASE("exchange: a call that is started again, as after a redirect, has a new id and forgets its answer") {
  int redirects = 0;
  auto again = std::make_shared<TestPolicy>("forward-request", forward_step()->on_run, [&redirects](Context& context) {
    if (++redirects > 2) return Flow::next;
    context.start(context.forward);
    return Flow::wait;
  });
  FakeHost host(finish_config(make_config({{}, {again}, {}, {}})));
  host.begin("GET", "/echo/things/1");
  const Action first = host.exchange.next();
  host.answer(first, 302, {{"Location", "/x"}});
  const Action second = host.exchange.next();
  CHECK(second.call == first.call);
  CHECK(second.id > first.id);
  CHECK(second.call->response.headers.count() == 0);
  CHECK_FALSE(host.exchange.give_head(first.id, host.now));
  CHECK(host.exchange.give_head(second.id, host.now));
}

TEST_CASE("exchange: the client's body is read before the first instruction that needs it, and only then") {
  struct Row {
    uint8_t needs_inbound, needs_outbound;
    bool is_read;
  };
  for (const Row& row : {Row{needs_no_body, needs_no_body, false}, Row{needs_request_body, needs_no_body, true},
                         Row{needs_no_body, needs_request_body, true}, Row{needs_no_body, needs_response_body, false}}) {
    std::string seen;
    const auto look = [&seen](Context& context) { return seen += std::string(context.request.body.bytes.view()) + " ", Flow::next; };
    FakeHost host(
        finish_config(make_config({{step("a", look, row.needs_inbound)}, {forward_step()}, {step("b", look, row.needs_outbound)}, {}})));
    host.begin("POST", "/echo/things/1", {}, streaming_body());
    Action action = host.exchange.next();
    REQUIRE((action.kind == Action::Kind::read_body) == row.is_read);
    if (row.is_read) {
      CHECK(action.bytes_max == buffered_body_bytes_max_default);
      CHECK(host.exchange.next().kind == Action::Kind::none);
      CHECK(host.exchange.give_body(action.id, Buffer::copy("ping"), host.now));
      CHECK_FALSE(host.exchange.give_body(action.id, Buffer::copy("pong"), host.now));
      action = host.exchange.next();
    }
    REQUIRE(action.kind == Action::Kind::send);
    CHECK((action.call->body.kind == Body::Kind::stream) == !row.is_read);
    CHECK(action.call->hold_response == (row.needs_outbound == needs_response_body));
  }
}

TEST_CASE("exchange: a body that is absent or held already is not asked for") {
  for (const Body& body : {Body{}, Body::from(Buffer::copy("ping"))}) {
    FakeHost host(finish_config(make_config({{step(
                                                 "a", [](Context&) { return Flow::next; }, needs_request_body)},
                                             {forward_step()},
                                             {},
                                             {}})));
    host.begin("POST", "/echo/things/1", {}, body);
    CHECK(host.exchange.next().kind == Action::Kind::send);
  }
}

TEST_CASE("exchange: a body that is too large, too slow or too much for the memory is refused, and on-error runs") {
  struct Row {
    BodyFault fault;
    const char* answer;
  };
  for (const Row& row : {
           Row{BodyFault::too_large,
               "413 Content Too Large\nX-Error: BodyTooLarge\nContent-Type: application/json\n\n"
               "{ \"statusCode\": 413, \"message\": \"Request body is too large.\" }"},
           Row{BodyFault::timeout,
               "408 Request Timeout\nX-Error: Timeout\nContent-Type: application/json\n\n"
               "{ \"statusCode\": 408, \"message\": \"Request body did not arrive in time.\" }"},
           Row{BodyFault::no_memory,
               "503 Service Unavailable\nRetry-After: 1\nX-Error: OutOfMemory\nContent-Type: application/json\n\n"
               "{ \"statusCode\": 503, \"message\": \"Service temporarily unavailable\" }"},
       }) {
    const auto tell =
        step("tell", [](Context& context) { return context.response.headers.append("X-Error", context.last_error->reason), Flow::next; });
    GatewayOptions options;
    options.body_bytes_max = 100;
    FakeHost host(finish_config(make_config({{step(
                                                 "set-body", [](Context&) { return Flow::next; }, needs_request_body)},
                                             {},
                                             {},
                                             {tell}})),
                  options);
    host.begin("POST", "/echo/things/1", {}, streaming_body());
    const Action action = host.exchange.next();
    CHECK(action.bytes_max == 100);
    CHECK(host.exchange.give_body_failed(action.id, row.fault, host.now));
    CHECK_FALSE(host.exchange.give_body_failed(action.id, row.fault, host.now));
    CHECK(host.exchange.next().kind == Action::Kind::respond);
    CHECK(host.answer_text() == row.answer);
    CHECK(host.exchange.last_error->path == "set-body");
  }
}

TEST_CASE("exchange: a body that streamed to a backend was sent, one that met no connection can go to another one") {
  struct Row {
    Call::Fault fault;
    Body::Kind sent;
  };
  for (const Row& row : {Row{Call::Fault::connect, Body::Kind::none}, Row{Call::Fault::broken, Body::Kind::stream}}) {
    FakeHost host(finish_config(make_config()));
    host.begin("POST", "/echo/things/1", {}, streaming_body(10));
    const Action send = host.exchange.next();
    CHECK(send.call->body.size == 10);
    host.exchange.give_call_failed(send.id, row.fault, "no", host.now);
    CHECK(send.call->body.kind == row.sent);
  }
}

TEST_CASE("exchange: an answer that streams says whose body it is and lets the configuration go") {
  auto config = finish_config(make_config());
  const std::weak_ptr<const Config> alive = config;
  FakeHost host(std::move(config));
  host.begin("GET", "/echo/things/1");
  const Action send = host.exchange.next();
  host.answer(send, 200, {{"Content-Type", "text/event-stream"}}, streaming_body());
  CHECK(send.call->state == Call::State::head);
  const Action respond = host.exchange.next();
  CHECK(respond.kind == Action::Kind::respond);
  CHECK(respond.call == send.call);
  host.gateway.publish(nullptr);
  CHECK(alive.expired());
  CHECK(host.answer_text() == "200 OK\nContent-Type: text/event-stream\n\n");
}

TEST_CASE("exchange: a request keeps the configuration it began with") {
  FakeHost host(finish_config(make_config()));
  host.begin("GET", "/echo/things/1");
  const Action send = host.exchange.next();
  const auto generation = host.gateway.generation();
  auto previous = host.gateway.publish(finish_config(make_config({{}, {}, {}, {}})));
  CHECK(host.gateway.generation() != generation);
  CHECK(host.exchange.config() == previous.get());
  host.answer(send, 200, {}, Body::from(Buffer::copy("old")));
  host.play();
  CHECK(host.answer_text() == "200 OK\n\nold");
  host.finish();
  CHECK(previous.use_count() == 1);  // the publisher holds the last reference and decides where it dies
  CHECK(host.ask("GET", "/echo/things/1") == "200 OK\n\n");
}

TEST_CASE("exchange: with net.server.http.forwarded.proto.enabled the proxy's scheme chooses the route") {
  struct Row {
    bool is_enabled;
    HeaderLines headers;
    const char* status;
  };
  for (const Row& row : {
           Row{false, {{"X-Forwarded-Proto", "https"}}, "404"},
           Row{true, {}, "404"},
           Row{true, {{"X-Forwarded-Proto", "https"}}, "200"},
           Row{true, {{"X-Forwarded-Proto", "HTTPS, http"}}, "200"},
           Row{true, {{"X-Forwarded-Proto", "wss"}}, "404"},
       }) {
    auto config = make_config();
    config->apis[0].protocols = protocol_https;
    GatewayOptions options;
    options.forwarded_proto = row.is_enabled;
    FakeHost host(finish_config(config), options);
    CHECK(host.ask("GET", "/echo/things/1", row.headers).substr(0, 3) == row.status);
  }
}

TEST_CASE("exchange: a policy that waits for nothing ends with 500 instead of hanging") {
  FakeHost host(finish_config(make_config({{step("wait", [](Context&) { return Flow::wait; })}, {}, {}, {}})));
  CHECK(host.ask("GET", "/echo/things/1").starts_with("500 Internal Server Error\n"));
  CHECK(host.exchange.last_error->reason == "InternalError");
}
