#include <doctest/doctest.h>

#include "fake_host.hpp"

using namespace gatelet;

namespace {

constexpr const char* key_challenge =
    "WWW-Authenticate: AzureApiManagementKey realm=\"https://gateway.test/echo\",name=\"Ocp-Apim-Subscription-Key\",type=\"header\"\n";
constexpr const char* json_line = "Content-Type: application/json\n";
constexpr const char* request_guid = "00010203-0405-4607-8809-0a0b0c0d0e0f";
constexpr const char* generic_500 =
    "500 Internal Server Error\nContent-Type: application/json\n\n"
    "{ \"statusCode\": 500, \"message\": \"Internal server error\", \"activityId\": \"00010203-0405-4607-8809-0a0b0c0d0e0f\" }";

Failure refusal() {
  return {
      .source = "check-header", .reason = "HeaderNotFound", .message = "Header X was not found.", .status = 400, .public_message = "No X."};
}

auto add_header(const char* name, const char* value) {
  return step("set-header", [=](Context& context) { return context.response.headers.append(name, value), Flow::next; });
}
auto set_body(const char* text) {
  return step("set-body", [=](Context& context) { return context.response.body = Body::from(Buffer::copy(text)), Flow::next; });
}
auto set_status(int status) {
  return step("set-status", [=](Context& context) {
    context.response.status = status;
    context.response.reason.reset();
    return Flow::next;
  });
}
auto return_response(int status) {
  return step("return-response", [=](Context& context) {
    context.response = Response(context.arena);
    context.response.status = status;
    return Flow::stop;
  });
}

std::shared_ptr<const Config> failing_config(TestPolicies on_error, Failure failure = refusal()) {
  return finish_config(make_config({{fail_step(failure)}, {forward_step()}, {add_header("X-Outbound", "ran")}, std::move(on_error)}));
}

std::string last_error(const Exchange& exchange) {
  const Failure& failure = *exchange.last_error;
  std::string text;
  for (std::string_view part : {failure.source, failure.reason, failure.message, failure.scope, failure.section, failure.path})
    (text += part) += '|';
  return text;
}

}  // namespace

TEST_CASE("error: the answers of built-in steps are exact to the byte") {
  auto config = make_config();
  config->apis[0].subscription_required = true;
  FakeHost host(finish_config(config));
  CHECK(host.ask("GET", "/nothing") ==
        std::string("404 Resource Not Found\n") + json_line + "\n{ \"statusCode\": 404, \"message\": \"Resource not found\" }");
  CHECK(host.exchange.response.body.size == 54);
  CHECK(last_error(host.exchange) == "configuration|OperationNotFound|Unable to match incoming request to an operation.||backend||");
  CHECK(host.ask("DELETE", "/echo/things/1").starts_with("404 Resource Not Found\n"));

  CHECK(host.ask("GET", "/echo/things/1") == std::string("401 Access Denied\n") + key_challenge + json_line +
                                                 "\n{ \"statusCode\": 401, \"message\": \"Access denied due to missing subscription key. "
                                                 "Make sure to include subscription key when "
                                                 "making requests to an API.\" }");
  CHECK(host.exchange.response.body.size == 152);
  CHECK(last_error(host.exchange) ==
        "authorization|SubscriptionKeyNotFound|Access denied due to missing subscription key. Make sure to include subscription key when "
        "making requests to this API.||inbound||");

  CHECK(
      host.ask("GET", "/echo/things/1", {{"Ocp-Apim-Subscription-Key", "no"}}) ==
      std::string("401 Access Denied\n") + key_challenge + json_line +
          "\n{ \"statusCode\": 401, \"message\": \"Access denied due to invalid subscription key. Make sure to provide a valid key for an "
          "active subscription.\" }");
  CHECK(last_error(host.exchange)
            .starts_with("authorization|SubscriptionKeyInvalid|Access denied due to invalid subscription key. Make sure"));
}

TEST_CASE("error: a failure without a public message says no more than the request's id, which is in the log as well") {
  FakeHost host(failing_config({}, {.reason = "ExpressionValueEvaluationFailure", .message = "secret"}));
  CHECK(host.ask("GET", "/echo/things/1") == generic_500);
  CHECK(host.exchange.response.body.size == 111);
  CHECK(host.exchange.request_id() == request_guid);
  CHECK(last_error(host.exchange) == "check-header|ExpressionValueEvaluationFailure|secret|operation|inbound|check-header|");
}

TEST_CASE("error: a policy's public message is escaped, its status keeps the standard phrase unless it has its own") {
  struct Row {
    Failure failure;
    const char* answer;
  };
  Failure quoted = refusal(), phrase = refusal();
  quoted.public_message = "say \"hi\"\\\n";
  phrase.status = 403;
  phrase.status_reason = "Quota Exceeded";
  for (const Row& row : {
           Row{quoted,
               "400 Bad Request\nContent-Type: application/json\n\n{ \"statusCode\": 400, \"message\": \"say \\\"hi\\\"\\\\\\n\" }"},
           Row{phrase, "403 Quota Exceeded\nContent-Type: application/json\n\n{ \"statusCode\": 403, \"message\": \"No X.\" }"},
       }) {
    FakeHost host(failing_config({}, row.failure));
    CHECK(host.ask("GET", "/echo/things/1") == row.answer);
  }
}

TEST_CASE("error: on-error runs with the status of the failure, and the built-in body comes only if it left the body unset") {
  struct Row {
    const char* rule;
    TestPolicies on_error;
    const char* answer;
  };
  const auto show_status = step("show", [](Context& context) {
    context.response.headers.append("Seen", std::to_string(context.response.status) + " " + std::string(context.last_error->reason));
    return Flow::next;
  });
  const char* body = "{ \"statusCode\": 400, \"message\": \"No X.\" }";
  const std::string built_in = std::string("400 Bad Request\nContent-Type: application/json\n\n") + body;
  for (const Row& row : {
           Row{"nothing changed", {}, "400 Bad Request\nContent-Type: application/json\n\n{ \"statusCode\": 400, \"message\": \"No X.\" }"},
           Row{"the failure can be seen",
               {show_status},
               "400 Bad Request\nSeen: 400 HeaderNotFound\nContent-Type: application/json\n\n{ \"statusCode\": 400, \"message\": \"No "
               "X.\" }"},
           Row{"another status stays",
               {set_status(405)},
               "405 Method Not Allowed\nContent-Type: application/json\n\n{ \"statusCode\": 405, \"message\": \"No X.\" }"},
           Row{"another content type stays",
               {add_header("Content-Type", "text/json")},
               "400 Bad Request\nContent-Type: text/json\n\n{ \"statusCode\": 400, \"message\": \"No X.\" }"},
           Row{"a body stays alone", {set_body("mine")}, "400 Bad Request\n\nmine"},
           Row{"an empty body is a body", {set_body("")}, "400 Bad Request\n\n"},
           Row{"return-response is the answer", {return_response(204), set_body("never")}, "204 No Content\n\n"},
       }) {
    CAPTURE(row.rule);
    FakeHost host(failing_config(row.on_error));
    CHECK(host.ask("GET", "/echo/things/1") == row.answer);
  }
}

TEST_CASE("error: what failed in outbound does not leak the backend's answer, and outbound does not go on") {
  FakeHost host(
      finish_config(make_config({{}, {forward_step()}, {add_header("X-Secret", "1"), fail_step(refusal()), set_body("never")}, {}})));
  CHECK(host.ask("GET", "/echo/things/1") ==
        "400 Bad Request\nContent-Type: application/json\n\n{ \"statusCode\": 400, \"message\": \"No X.\" }");
  CHECK(host.exchange.last_error->section == "outbound");
}

TEST_CASE("error: a failure that keeps the backend's answer passes it on, unless on-error changes it") {
  Failure kept = refusal();
  kept.keeps_response = true;
  FakeHost host(finish_config(make_config({{}, {forward_step(), fail_step(kept)}, {set_body("never")}, {add_header("X-Error", "1")}})));
  CHECK(host.ask("GET", "/echo/things/1") == "200 OK\nX-Error: 1\n\npong");
}

TEST_CASE("error: a failure inside on-error replaces the first one and ends with the built-in answer") {
  Failure second = refusal();
  second.status = 422;
  second.public_message = "second";
  FakeHost host(failing_config({add_header("X-First", "1"), fail_step(second), set_body("never")}));
  CHECK(host.ask("GET", "/echo/things/1") ==
        "422 Unprocessable Content\nContent-Type: application/json\n\n{ \"statusCode\": 422, \"message\": \"second\" }");
  CHECK(host.exchange.last_error->section == "on-error");
}

TEST_CASE("error: what was not matched runs the on-error of the scopes known so far") {
  auto config = make_config();
  config->unmatched = make_program({{}, {}, {}, {add_header("Scope", "global")}});
  config->apis[0].unmatched = make_program({{}, {}, {}, {add_header("Scope", "api"), return_response(405), set_body("never")}});
  FakeHost host(finish_config(config));
  CHECK(host.ask("GET", "/nothing")
            .starts_with("404 Resource Not Found\nScope: global\nContent-Type: application/json\n\n{ \"statusCode\": 404"));
  CHECK(host.exchange.api == nullptr);
  CHECK(host.ask("PUT", "/echo/things/1") == "405 Method Not Allowed\n\n");
  CHECK(host.exchange.api->id == "echo");
}

TEST_CASE("error: a key that does not fit runs on-error of the operation, which may change the challenge") {
  auto config = make_config({{set_body("never")}, {}, {}, {step("drop", [](Context& context) {
                               context.response.headers.remove("WWW-Authenticate");
                               return Flow::next;
                             })}});
  config->apis[0].subscription_required = true;
  FakeHost host(finish_config(config));
  CHECK(host.ask("GET", "/echo/things/1").starts_with("401 Access Denied\nContent-Type: application/json\n\n"));
}

TEST_CASE("error: without a usable configuration every request is answered 503, never 200") {
  auto broken = make_config();
  broken->usable = false;
  for (const auto& config : {std::shared_ptr<const Config>(), finish_config(broken)}) {
    FakeHost host(config);
    CHECK(host.ask("GET", "/echo/things/1") ==
          "503 Service Unavailable\nContent-Type: application/json\nRetry-After: 10\n\n"
          "{ \"statusCode\": 503, \"message\": \"The gateway has no configuration yet.\" }");
    CHECK(last_error(host.exchange) == "configuration|ConfigurationNotAvailable|No usable configuration is in force.||||");
  }
}

TEST_CASE("error: an API left out because of errors answers 500, the others serve") {
  auto config = make_config();
  config->apis[0].is_quarantined = true;
  config->apis[0].operations.clear();
  FakeHost host(finish_config(config));
  CHECK(host.ask("GET", "/echo/things/1") == generic_500);
  CHECK(last_error(host.exchange).starts_with("configuration|ConfigurationInvalid|"));
}

TEST_CASE("error: why nothing matched is told to a client that asks, only when routing.debug-header says so") {
  struct Row {
    bool is_on;
    HeaderLines lines;
    bool is_told;
  };
  const Row rows[] = {
      {false, {}, false}, {false, {{"Gatelet-Debug-Route", "1"}}, false}, {true, {}, false}, {true, {{"gatelet-debug-route", ""}}, true}};
  for (const Row& row : rows) {
    GatewayOptions options;
    options.debug_route_header = row.is_on;
    FakeHost host(finish_config(make_config()), options);
    const std::string answer = host.ask("GET", "/eco/things/1", row.lines);
    CHECK((answer.find("\nGatelet-Route-Miss: No API's path begins '/eco/things/1'") != std::string::npos) == row.is_told);
    CHECK(answer.starts_with("404 Resource Not Found\nContent-Type: application/json\n"));
  }
}

TEST_CASE("error: who asks is told why nothing matched, whatever on-error makes of the answer") {
  auto config = make_config();
  config->unmatched = make_program({{}, {}, {}, {return_response(405)}});
  GatewayOptions options;
  options.debug_route_header = true;
  FakeHost host(finish_config(config), options);
  CHECK(host.ask("GET", "/echo", {{"Gatelet-Debug-Route", "1"}}).starts_with("404 "));
  CHECK(host.ask("GET", "/nowhere", {{"Gatelet-Debug-Route", "1"}}).starts_with("405 Method Not Allowed\nGatelet-Route-Miss: "));
}

TEST_CASE("error: no policy and no backend sees the question for the route while it is allowed; else it is a header like others") {
  for (const bool is_on : {false, true}) {
    std::string seen;
    auto config = make_config({{step("look",
                                     [&](Context& context) {
                                       seen = context.request.headers.get("Gatelet-Debug-Route");
                                       return Flow::next;
                                     })},
                               {forward_step()},
                               {},
                               {}});
    GatewayOptions options;
    options.debug_route_header = is_on;
    FakeHost host(finish_config(config), options);
    CHECK(host.ask("GET", "/echo/things/1", {{"Gatelet-Debug-Route", "why"}}) == "200 OK\n\npong");
    CHECK(seen == (is_on ? "" : "why"));
  }
}
