// The client goes away in every state an exchange can be in: no output, on-error runs as far as it need not wait, the record says so.
#include <doctest/doctest.h>

#include "fake_host.hpp"

using namespace gatelet;

namespace {

struct Scene {
  std::string trace;
  RecordCopy records;
  FakeHost host;
  Scene() : host(make(trace), options(records)) {}

  static GatewayOptions options(RecordCopy& records) {
    GatewayOptions options;
    options.records = &records;
    return options;
  }
  static std::shared_ptr<const Config> make(std::string& trace) {
    const auto note = [&trace](const char* name) { return step(name, [&trace, name](Context&) { return trace += name, Flow::next; }); };
    const auto ask_again = step("send-request", [&trace](Context& context) {
      trace += "asked ";
      context.start(context.forward);
      return Flow::wait;
    });
    const auto read = step(
        "read ", [](Context&) { return Flow::next; }, needs_request_body);
    return finish_config(make_config({{read}, {forward_step()}, {note("out ")}, {note("error "), ask_again, note("never ")}}));
  }
};

}  // namespace

TEST_CASE("client gone: in every state the exchange is over, nothing is sent any more and the record has no response code") {
  enum class Moment { begun, reading_body, waiting, answered, handed_out };
  struct Row {
    Moment moment;
    const char *trace, *source, *section;
  };
  for (const Row& row : {
           Row{Moment::begun, "", "client-connection", ""},  // nothing is known yet, not even the API
           Row{Moment::reading_body, "error asked ", "client-connection", "inbound"},
           Row{Moment::waiting, "error asked ", "request-forwarder", "backend"},
           Row{Moment::answered, "error asked ", "client-connection", "backend"},
           Row{Moment::handed_out, "out ", "client-connection", ""},
       }) {
    CAPTURE(static_cast<int>(row.moment));
    Scene scene;
    FakeHost& host = scene.host;
    host.begin("POST", "/echo/things/1", {}, row.moment == Moment::reading_body ? streaming_body() : Body{});
    Action open;
    if (row.moment != Moment::begun) open = host.exchange.next();
    if (row.moment == Moment::handed_out) {
      host.answer(open, 200, {}, streaming_body());
      host.exchange.next();
    }
    if (row.moment == Moment::answered) host.answer(open, 200);
    host.exchange.client_gone(host.now);
    CHECK(host.exchange.is_over());
    CHECK(host.exchange.next().kind == Action::Kind::none);
    CHECK_FALSE(host.exchange.give_head(open.id, host.now));
    CHECK_FALSE(host.exchange.give_body(open.id, {}, host.now));
    host.exchange.client_gone(host.now);  // twice is as good as once
    host.finish();
    CHECK(scene.records.count == 1);
    CHECK(scene.records.last.response_code == 0);
    CHECK_FALSE(scene.records.last.is_success());
    CHECK(scene.records.reason == "ClientConnectionFailure");
    CHECK(scene.trace == row.trace);
    CHECK(scene.records.source == row.source);
    CHECK(scene.records.section == row.section);
    CHECK(scene.records.message == "Client connection was unexpectedly closed.");
  }
}

TEST_CASE("client gone: an answer that was ready but not handed out yet stays unsent") {
  const auto fire_and_forget = step("send-one-way-request", [](Context& context) {
    context.start(context.forward);
    return Flow::next;
  });
  FakeHost host(finish_config(make_config({{fire_and_forget}, {}, {}, {}})));
  host.begin("GET", "/echo/things/1");
  CHECK(host.exchange.next().kind == Action::Kind::send);
  host.exchange.client_gone(host.now);
  CHECK(host.exchange.next().kind == Action::Kind::none);
  CHECK(host.exchange.is_over());
}

TEST_CASE("client gone: a failure of on-error replaces the one it was called for") {
  RecordCopy records;
  GatewayOptions options;
  options.records = &records;
  FakeHost host(finish_config(make_config({{}, {forward_step()}, {}, {fail_step({.reason = "Second", .message = "second"})}})), options);
  host.begin("GET", "/echo/things/1");
  host.exchange.next();
  host.exchange.client_gone(host.now);
  host.finish();
  CHECK(records.reason == "Second");
  CHECK(records.last.response_code == 0);
}
