// FakeHost: an exchange and the host around it without sockets. The configuration is put together by hand from policies that are functions
// of the test; requests and answers are texts.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gateway/exchange.hpp"

namespace gatelet {

struct TestPolicy final : Policy {
  using Step = std::function<Flow(Context&)>;
  std::string element;
  Step on_run, on_resume;
  uint8_t body_needs = needs_no_body;
  TestPolicy(std::string name, Step run_step, Step resume_step = {}, uint8_t needed = needs_no_body)
      : element(std::move(name)), on_run(std::move(run_step)), on_resume(std::move(resume_step)), body_needs(needed) {}
  Flow run(Context& context) const override { return on_run(context); }
  Flow resume(Context& context) const override { return on_resume(context); }
  uint8_t needs() const override { return body_needs; }
};
using TestPolicies = std::vector<std::shared_ptr<const TestPolicy>>;

struct TestSections {
  TestPolicies inbound, backend, outbound, on_error;
};

inline std::shared_ptr<const TestPolicy> step(std::string name, TestPolicy::Step run, uint8_t needed = needs_no_body) {
  return std::make_shared<TestPolicy>(std::move(name), std::move(run), nullptr, needed);
}

// forward-request, as far as the engine is concerned.
inline std::shared_ptr<const TestPolicy> forward_step() {
  return std::make_shared<TestPolicy>(
      "forward-request",
      [](Context& context) {
        Call& call = context.forward;
        call.upstream = context.upstream;
        call.method = context.request.method_text;
        call.path = context.request.target.path;
        call.query = context.request.target.query;
        call.has_query = context.request.target.has_query;
        call.body = context.request.body;
        call.timeout_ms = 1000;
        context.start(call);
        return Flow::wait;
      },
      [](Context& context) {
        Call& call = context.forward;
        if (call.state == Call::State::failed)
          return context.fail(
              {.source = source::request_forwarder, .reason = reason::backend_connection_failure, .message = call.fault_text});
        context.has_response = true;
        context.response.status = call.response.status;
        context.response.headers.assign(call.response.headers);
        context.response.body = std::move(call.response.body);
        return Flow::next;
      });
}

inline std::shared_ptr<const TestPolicy> fail_step(Failure failure) {
  return step("check-header", [failure](Context& context) { return context.fail(failure); });
}

inline std::shared_ptr<const Program> make_program(const TestSections& sections) {
  auto program = std::make_shared<Program>();
  auto origins = std::make_shared<std::vector<std::unique_ptr<Origin>>>();
  const TestPolicies* by_section[] = {&sections.inbound, &sections.backend, &sections.outbound, &sections.on_error};
  for (size_t i = 0; i < section_count; ++i) {
    program->sections[i].first = static_cast<uint32_t>(program->code.size());
    for (const auto& policy : *by_section[i]) {
      const auto section = static_cast<Section>(i);
      origins->push_back(std::make_unique<Origin>(Origin{policy->element, policy->element, "", Scope::operation, section, {}}));
      program->code.push_back({policy.get(), origins->back().get(), static_cast<uint32_t>(program->code.size() + 1), policy->needs()});
      program->needs |= policy->needs();
      program->owners.push_back(policy);
    }
    program->sections[i].last = static_cast<uint32_t>(program->code.size());
  }
  program->owners.push_back(origins);
  return program;
}

// The API "echo" at /echo with GET and POST /things/{id}: plain HTTP, no key needed, its backend at backend.test. Without sections it
// forwards.
inline std::shared_ptr<Config> make_config(const TestSections& sections = {{}, {forward_step()}, {}, {}}) {
  auto config = std::make_shared<Config>();
  config->usable = true;
  config->deployment.region = "barn";
  Api api;
  api.key = "echo;rev=1";
  api.facts.id = "echo";
  api.facts.path = "echo";
  api.subscription_required = false;
  api.protocols = protocol_http | protocol_https;
  api.upstream = std::make_shared<const Upstream>(upstream_from(*parse_url("http://backend.test:81/base")));
  for (const char* method : {"GET", "POST"}) {
    Operation operation;
    operation.facts.id = method;
    operation.facts.method = method;
    operation.facts.url_template = "/things/{id}";
    operation.program = make_program(sections);
    api.operations.push_back(std::move(operation));
  }
  config->apis.push_back(std::move(api));
  return config;
}

// Routes and keys of a configuration that is complete otherwise.
inline std::shared_ptr<const Config> finish_config(std::shared_ptr<Config> config) {
  std::vector<RouteApi> routes;
  for (const Api& api : config->apis) {
    RouteApi route;
    route.name = api.key;
    route.path = api.facts.path;
    route.protocols = api.protocols;
    for (const Operation& operation : api.operations)
      route.operations.push_back({operation.facts.id, operation.facts.method, operation.facts.url_template});
    routes.push_back(std::move(route));
  }
  Diagnostics diagnostics;
  config->router = Router::build(std::move(routes), true, diagnostics);
  config->index_keys({3, 4});
  return config;
}

// Keeps the last record; its texts are copied.
struct RecordCopy final : RecordSink {
  int count = 0;
  Record last;
  std::vector<std::unique_ptr<std::string>> texts;
  std::string source, section, path, reason, message;
  void record(const Record& record) override {
    ++count;
    last = record;
    for (std::string_view* text :
         {&last.caller_ip_address, &last.region, &last.correlation_id, &last.method, &last.url, &last.api_id, &last.operation_id,
          &last.product_id, &last.user_id, &last.subscription_id, &last.api_revision, &last.client_tls_version, &last.backend_id,
          &last.backend_method, &last.backend_url, &last.backend_protocol, &last.route_miss, &last.config_revision})
      *text = *texts.emplace_back(std::make_unique<std::string>(*text));
    source = record.last_error.source;
    section = record.last_error.section;
    path = record.last_error.path;
    reason = record.last_error.reason;
    message = record.last_error.message;
  }
};

using HeaderLines = std::vector<std::pair<std::string_view, std::string_view>>;

class FakeHost {
 public:
  explicit FakeHost(std::shared_ptr<const Config> config, GatewayOptions options = {}) : gateway(options), exchange(gateway, arena) {
    gateway.publish(std::move(config));
  }

  Arena arena;
  Gateway gateway;
  Exchange exchange;
  Instant now{1'000'000'000, 1'767'225'600'000};

  // All texts are static in tests, so they live long enough.
  void begin(std::string_view method, std::string_view target, const HeaderLines& headers = {}, Body body = {}) {
    exchange.reuse();
    Request& request = exchange.request;
    request.method = method_from(method);
    request.method_text = method;
    canonicalize(target, arena, request.target);
    request.scheme = "http";
    request.host = "gateway.test";
    request.port = 8080;
    request.body = std::move(body);
    for (const auto& [name, value] : headers) request.headers.append(name, value);
    ExchangeStart start;
    start.now = now;
    start.random[0] = 0x0706050403020100;
    start.random[1] = 0x0f0e0d0c0b0a0908;
    start.client_ip = "192.0.2.1";
    exchange.begin(start);
  }

  // Answers a send; the lines are taken as the backend's.
  bool answer(const Action& action, int status, const HeaderLines& headers = {}, Body body = {}) {
    Response& response = action.call->response;
    response.status = status;
    for (const auto& [name, value] : headers) response.headers.append(name, value);
    response.body = std::move(body);
    return exchange.give_head(action.id, now);
  }

  // Plays to the end: every send is answered with 200 and the body "pong", every body that is asked for is "ping".
  void play() {
    for (;;) {
      const Action action = exchange.next();
      if (action.kind == Action::Kind::send) {
        answer(action, 200, {}, Body::from(Buffer::copy("pong")));
      } else if (action.kind == Action::Kind::read_body) {
        exchange.give_body(action.id, Buffer::copy("ping"), now);
      } else {
        return;
      }
    }
  }
  void finish() {
    Exchange::Finish end;
    end.now = now;
    exchange.finish(end);
  }

  // The answer as a text: status line, header lines, empty line, body.
  std::string answer_text() const {
    const Response& response = exchange.response;
    std::string text = std::to_string(response.status) + " " + std::string(response.phrase()) + "\n";
    for (const HeaderField& field : response.headers.fields()) ((text += field.name) += ": ") += std::string(field.value) + "\n";
    return (text += "\n") += response.body.bytes.view();
  }

  // A whole request, played to its answer.
  std::string ask(std::string_view method, std::string_view target, const HeaderLines& headers = {}, Body body = {}) {
    begin(method, target, headers, std::move(body));
    play();
    return answer_text();
  }
};

inline Body streaming_body(uint64_t size = body_size_unknown) {
  Body body;
  body.kind = Body::Kind::stream;
  body.size = size;
  return body;
}

}  // namespace gatelet
