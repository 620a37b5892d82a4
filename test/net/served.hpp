// Served: a gateway behind real listeners. Its configuration is put together by hand: one API for each thing a host of the exchange has to do.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "fake_host.hpp"
#include "net/server.hpp"
#include "peers.hpp"

namespace gatelet::test {

// forward-request as a host sees it: everything a call can ask for.
struct Forwarding {
  uint64_t timeout_ms = patience_ms;
  bool holds_response = false;
  bool forwards_client = false;
  uint64_t continue_timeout_ms = 0;
};
inline std::shared_ptr<const TestPolicy> forward(Forwarding how = {}) {
  return std::make_shared<TestPolicy>(
      "forward-request",
      [how](Context& context) {
        Call& call = context.forward;
        call.upstream = context.upstream;
        call.method = context.request.method_text;
        call.path = context.request.target.path;
        call.query = context.request.target.query;
        call.has_query = context.request.target.has_query;
        call.host = context.upstream->authority;
        call.headers.assign(context.request.headers);
        call.body = context.request.body;
        call.timeout_ms = how.timeout_ms;
        call.continue_timeout_ms = how.continue_timeout_ms;
        call.hold_response = how.holds_response;
        call.forwards_client = how.forwards_client;
        context.start(call);
        return Flow::wait;
      },
      [](Context& context) {
        Call& call = context.forward;
        if (call.state == Call::State::failed) {
          const std::string_view why = call.fault == Call::Fault::timeout ? reason::timeout : reason::backend_connection_failure;
          return context.fail({.source = source::request_forwarder, .reason = why, .message = call.fault_text});
        }
        context.has_response = true;
        context.response.status = call.response.status;
        context.response.reason = call.response.reason;
        context.response.headers.assign(call.response.headers);
        context.response.body = std::move(call.response.body);
        return Flow::next;
      });
}
inline TestSections forwarding(Forwarding how = {}) { return {{}, {forward(how)}, {}, {}}; }

// forward-request with a body that is held, and an answer that is held, as policies ask for it.
inline std::shared_ptr<const TestPolicy> touch_request_body() {
  return step("set-body", [](Context&) { return Flow::next; }, needs_request_body);
}
inline std::shared_ptr<const TestPolicy> touch_response_body() {
  return step("set-body", [](Context&) { return Flow::next; }, needs_response_body);
}
// Answers with the body that came.
inline std::shared_ptr<const TestPolicy> echo_step() {
  return step(
      "return-response",
      [](Context& context) {
        context.has_response = true;
        context.response.status = 200;
        context.response.body = Body::from(context.request.body.bytes);
        return Flow::stop;
      },
      needs_request_body);
}
inline std::shared_ptr<const TestPolicy> answer_step(int status, std::string body) {
  return step("return-response", [status, body](Context& context) {
    context.has_response = true;
    context.response.status = status;
    if (!body.empty()) context.response.body = Body::from(Buffer::copy(body));
    return Flow::stop;
  });
}

class Served {
 public:
  // `upstream` is the port of the backend, or 0: the host's handler.
  void serve(const std::string& path, TestSections sections, int upstream) {
    serve(path, std::move(sections), upstream == 0 ? std::string() : "http://127.0.0.1:" + std::to_string(upstream));
  }
  void serve(const std::string& path, TestSections sections, const std::string& url) {
    Api api;
    api.key = path + ";rev=1";
    api.facts.id = path;
    api.facts.path = path;
    api.subscription_required = false;
    api.protocols = protocol_http | protocol_https;
    if (url.empty()) {
      auto host = std::make_shared<Upstream>();
      host->kind = Upstream::Kind::host;
      api.upstream = host;
    } else {
      api.upstream = std::make_shared<const Upstream>(upstream_from(*parse_url(url)));
    }
    for (const char* method : {"GET", "HEAD", "POST", "PUT", "DELETE"}) {
      Operation operation;
      operation.facts.id = method;
      operation.facts.method = method;
      operation.facts.url_template = "/*";
      operation.program = make_program(sections);
      api.operations.push_back(std::move(operation));
    }
    config->apis.push_back(std::move(api));
  }

  void start(HostHandler* handler = nullptr) {
    if (options.listeners.empty()) options.listeners = {"http://127.0.0.1:0"};
    gateway_options.records = wants_records ? &records : nullptr;
    gateway = std::make_unique<Gateway>(gateway_options);
    gateway->publish(finish_config(config));
    server = *Server::create(*gateway, options, handler);
    port = port_of(server->urls()[0]);
  }
  void run(HostHandler* handler = nullptr) {
    start(handler);
    (void)server->start();
  }
  ~Served() { server.reset(); }

  static int port_of(const std::string& url) { return std::stoi(url.substr(url.rfind(':') + 1)); }
  // One request on a connection of its own.
  std::string ask(const std::string& request, bool has_body = true) {
    Peer client(connect_to(port));
    client.send(request);
    return client.read_message(has_body);
  }

  struct Records final : RecordSink {
    void record(const Record& record) override {
      log.add(std::to_string(record.response_code) + " " + std::to_string(record.backend_response_code) + " " + std::string(record.last_error.reason));
    }
    void be_brief(bool is_short) override { is_brief = is_short; }
    Log log;
    std::atomic<bool> is_brief{false};
  } records;

  std::shared_ptr<Config> config = [] {
    auto made = std::make_shared<Config>();
    made->usable = true;
    return made;
  }();
  bool wants_records = true;
  GatewayOptions gateway_options;
  ServerOptions options = [] {
    ServerOptions made;
    made.listeners.clear();
    return made;
  }();
  std::unique_ptr<Gateway> gateway;
  std::unique_ptr<Server> server;
  int port = 0;
};

// A request on the wire, with Host.
inline std::string wire(const std::string& line, const std::string& fields = "", const std::string& body = "") {
  return line + " HTTP/1.1\r\nHost: gw.test\r\n" + fields + "\r\n" + body;
}
// An answer without the lines that change.
inline std::string without_date(std::string message) {
  const size_t at = message.find("Date: ");
  if (at != std::string::npos) message.erase(at, message.find("\r\n", at) + 2 - at);
  return message;
}
inline std::string status_of(const std::string& message) { return message.size() < 12 ? "none" : message.substr(9, 3); }
inline std::string body_of(const std::string& message) {
  const size_t at = message.find("\r\n\r\n");
  return at == std::string::npos ? std::string() : message.substr(at + 4);
}

}  // namespace gatelet::test
