#include "gatelet/server.h"

#include "capi/guard.hpp"
#include "capi/handles.hpp"
#include "net/config_watcher.hpp"
#include "net/quota_file.hpp"
#include "net/server.hpp"

using namespace gatelet;

namespace {

// The host's function as a handler of the server.
class FunctionHandler final : public HostHandler {
 public:
  FunctionHandler(gatelet_handler_fn function, void* user, void (*destroy)(void*)) : function_(function), user_(user), destroy_(destroy) {}
  FunctionHandler(const FunctionHandler&) = delete;
  FunctionHandler& operator=(const FunctionHandler&) = delete;
  ~FunctionHandler() {
    if (destroy_) destroy_(user_);
  }
  bool is_set() const { return function_ != nullptr; }
  void handle(HostCall& call) override { function_(user_, reinterpret_cast<gatelet_call*>(&call)); }

 private:
  gatelet_handler_fn function_;
  void* user_;
  void (*destroy_)(void*);
};

// A gatelet_call is a HostCall under another name: it ends itself when it is answered.
HostCall& call_of(gatelet_call* call) { return *reinterpret_cast<HostCall*>(call); }
const HostCall& call_of(const gatelet_call* call) { return *reinterpret_cast<const HostCall*>(call); }

ServerOptions options_of(const gatelet_server_options& options) {
  ServerOptions out;
  if (options.listener_count) out.listeners.clear();
  for (size_t i = 0; i < options.listener_count; ++i) out.listeners.emplace_back(view(options.listeners[i]));
  if (options.workers) out.workers = options.workers;
  if (options.connections_max) out.connections_max = options.connections_max;
  if (options.header_timeout_ms) out.header_timeout_ms = options.header_timeout_ms;
  if (options.idle_timeout_ms) out.idle_timeout_ms = options.idle_timeout_ms;
  if (options.body_timeout_ms) out.body_timeout_ms = options.body_timeout_ms;
  if (options.connect_timeout_ms) out.connect_timeout_ms = options.connect_timeout_ms;
  if (options.drain_timeout_ms) out.drain_timeout_ms = options.drain_timeout_ms;
  return out;
}

Result<HostResponse> response_from(const gatelet_response& given) {
  if (given.status < 200 || given.status > 999) return bad_argument("status is not between 200 and 999");
  if (given.body_kind != GATELET_BODY_NONE && given.body_kind != GATELET_BODY_BYTES)
    return bad_argument("body_kind is neither GATELET_BODY_NONE nor GATELET_BODY_BYTES");
  if (is_bad(given.reason) || !is_field_value(view(given.reason))) return bad_argument("reason is NULL or has control characters");
  HostResponse out;
  out.status = given.status;
  if (given.reason.size) out.reason = std::string(view(given.reason));
  for (size_t i = 0; i < given.header_count; ++i) {
    const gatelet_header& header = given.headers[i];
    if (is_bad(header.name) || is_bad(header.value) || !is_token(view(header.name)) || !is_field_value(view(header.value)))
      return bad_argument("header " + std::to_string(i) + " has a name that is no token or a value with control characters");
    out.headers.push_back({std::string(view(header.name)), std::string(view(header.value))});
  }
  return out;
}

}  // namespace

struct gatelet_server {
  gatelet_server(gatelet_gateway& owner, const gatelet_server_options& options)
      : gateway(owner), handler(options.handler, options.handler_user, options.handler_destroy) {}
  gatelet_gateway& gateway;
  FunctionHandler handler;
  std::unique_ptr<QuotaFile> quota_file;  // ends after the server, with its last counts
  std::unique_ptr<Server> server;
  std::unique_ptr<ConfigWatcher> watcher;  // ends before the server
  bool is_running = false;

  void begin() {
    if (is_running) return;
    is_running = true;
    if (watcher) watcher->start();
    if (quota_file) quota_file->start();
  }
};

extern "C" {

gatelet_str gatelet_call_method(const gatelet_call* call) { return call ? borrow(call_of(call).method()) : gatelet_str{nullptr, 0}; }
gatelet_str gatelet_call_path(const gatelet_call* call) { return call ? borrow(call_of(call).path()) : gatelet_str{nullptr, 0}; }
gatelet_str gatelet_call_query(const gatelet_call* call) { return call ? borrow(call_of(call).query()) : gatelet_str{nullptr, 0}; }
size_t gatelet_call_header_count(const gatelet_call* call) { return call ? call_of(call).headers().size() : 0; }

gatelet_header gatelet_call_header(const gatelet_call* call, size_t index) {
  if (!call || index >= call_of(call).headers().size()) return {{nullptr, 0}, {nullptr, 0}};
  const HostHeader& header = call_of(call).headers()[index];
  return {borrow(header.name), borrow(header.value)};
}

gatelet_str gatelet_call_body(const gatelet_call* call) { return call ? borrow(call_of(call).body()) : gatelet_str{nullptr, 0}; }
gatelet_str gatelet_call_client_ip(const gatelet_call* call) { return call ? borrow(call_of(call).client_ip()) : gatelet_str{nullptr, 0}; }

gatelet_status gatelet_call_respond(gatelet_call* call, const gatelet_response* response, gatelet_error** error) {
  bool taken = false;
  const gatelet_status status = guarded(error, [&]() -> Result<> {
    if (!call || !response) return bad_argument("call or response is NULL");
    GATELET_TRY(given, options_from(response, "gatelet_response"));
    if (given.header_count && !given.headers) return bad_argument("headers is NULL although header_count is not 0");
    GATELET_TRY(out, response_from(given));
    if (given.body_kind == GATELET_BODY_BYTES) {
      taken = true;
      out.body = take_buffer(given.body);
    }
    return call_of(call).respond(std::move(out)) ? Result<>(Done{})
                                                 : Result<>(Error{Code::stale, "the client has gone; the call is ended", {}, {}});
  });
  if (!taken && response && response->size >= sizeof(gatelet_response) && response->body_kind == GATELET_BODY_BYTES)
    give_back(response->body);
  return status;
}

gatelet_status gatelet_call_fail(gatelet_call* call, gatelet_str text, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!call || is_bad(text)) return bad_argument("call or text is NULL");
    return call_of(call).fail(std::string(view(text))) ? Result<>(Done{})
                                                       : Result<>(Error{Code::stale, "the client has gone; the call is ended", {}, {}});
  });
}

gatelet_status gatelet_server_create(gatelet_gateway* gateway, const gatelet_server_options* options, gatelet_server** out,
                                     gatelet_error** error) {
  bool owned = false;
  const gatelet_status status = guarded(error, [&]() -> Result<> {
    if (!gateway || !out) return bad_argument("gateway or out is NULL");
    GATELET_TRY(given, options_from(options, "gatelet_server_options"));
    if (given.listener_count && !given.listeners) return bad_argument("listeners is NULL although listener_count is not 0");
    for (size_t i = 0; i < given.listener_count; ++i)
      if (is_bad(given.listeners[i])) return bad_argument("a listener's data is NULL although its size is not 0");
    owned = true;
    auto made = std::make_unique<gatelet_server>(*gateway, given);
    GATELET_TRY(server, Server::create(gateway->value, options_of(given), made->handler.is_set() ? &made->handler : nullptr));
    made->server = std::move(server);
    *out = made.release();
    return Done{};
  });
  // The user is destroyed once, also when nothing was made.
  if (!owned && options && options->size >= sizeof *options && options->handler_destroy) options->handler_destroy(options->handler_user);
  return status;
}

void gatelet_server_destroy(gatelet_server* server) { delete server; }

size_t gatelet_server_listener_count(const gatelet_server* server) { return server ? server->server->urls().size() : 0; }

gatelet_str gatelet_server_listener_url(const gatelet_server* server, size_t index) {
  if (!server || index >= server->server->urls().size()) return {nullptr, 0};
  return borrow(server->server->urls()[index]);
}

gatelet_status gatelet_server_start(gatelet_server* server, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!server) return bad_argument("server is NULL");
    Result<> started = server->server->start();
    if (started) server->begin();
    return started;
  });
}

gatelet_status gatelet_server_wait(gatelet_server* server, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!server) return bad_argument("server is NULL");
    server->server->wait();
    return Done{};
  });
}

void gatelet_server_drain(gatelet_server* server) {
  if (server) (void)guarded(nullptr, [&]() -> Result<> { return server->server->drain(), Done{}; });
}

void gatelet_server_stop(gatelet_server* server) {
  if (server) (void)guarded(nullptr, [&]() -> Result<> { return server->server->stop(), Done{}; });
}

int32_t gatelet_server_fd(const gatelet_server* server) { return server ? server->server->poll_socket() : -1; }
int32_t gatelet_server_timeout(const gatelet_server* server) { return server ? server->server->timeout_ms() : -1; }

int32_t gatelet_server_pump(gatelet_server* server) {
  int32_t lives = 0;
  (void)guarded(nullptr, [&]() -> Result<> {
    if (!server) return bad_argument("server is NULL");
    server->begin();
    lives = server->server->pump() ? 1 : 0;
    return Done{};
  });
  return lives;
}

gatelet_status gatelet_server_watch(gatelet_server* server, gatelet_str path, const gatelet_config_options* options, uint32_t period_ms,
                                    gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!server || !path.size || is_bad(path)) return bad_argument("server is NULL, or path is empty or NULL");
    if (server->is_running || server->watcher) return bad_argument("watch comes once, before start or the first pump");
    GATELET_TRY(given, options_from(options, "gatelet_config_options"));
    ConfigWatch watch;
    watch.path = std::string(view(path));
    watch.folder = folder_options_from(given, view(path));
    if (!watch.folder.environment) watch.folder.environment = process_environment;
    watch.build = build_options_from(given);
    if (period_ms) watch.period_ms = period_ms;
    watch.log = server->gateway.log.is_on() ? &server->gateway.log : nullptr;
    watch.in_force = [gateway = &server->gateway.value] { return gateway->config(); };
    watch.publish = [server](std::shared_ptr<const Config> config) { server->server->publish(std::move(config)); };
    server->watcher = std::make_unique<ConfigWatcher>(std::move(watch));
    return Done{};
  });
}

gatelet_status gatelet_server_keep_quotas(gatelet_server* server, gatelet_str path, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!server || !path.size || is_bad(path)) return bad_argument("server is NULL, or path is empty or NULL");
    if (server->is_running || server->quota_file) return bad_argument("keep_quotas comes once, before start or the first pump");
    LogSink* const log = server->gateway.log.is_on() ? &server->gateway.log : nullptr;
    GATELET_TRY(file, QuotaFile::create(std::string(view(path)), server->gateway.value.quota_counters(), log));
    server->quota_file = std::move(file);
    return Done{};
  });
}

}  // extern "C"
