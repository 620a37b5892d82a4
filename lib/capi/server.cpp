#include "gatelet/server.h"

#include <unistd.h>

#include <atomic>

#include "capi/guard.hpp"
#include "capi/handles.hpp"
#include "capi/sync_options.hpp"
#include "net/config_watcher.hpp"
#include "net/plane_link.hpp"
#include "net/quota_file.hpp"
#include "net/server.hpp"
#include "net/threads.hpp"

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
  // noexcept: an exception out of the host's function ends the process here, before it passes through the event loop.
  void handle(HostCall& call) noexcept override { function_(user_, reinterpret_cast<gatelet_call*>(&call)); }

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
  out.memory_bytes_max = options.memory_bytes_max;
  out.http_proxy = view(options.http_proxy);
  out.https_proxy = view(options.https_proxy);
  out.proxy_exceptions = view(options.proxy_exceptions);
  out.egress_denied = view(options.egress_denied);
  out.limits.is_on = options.shares_limits != 0;
  out.limits.failure = static_cast<LimitFailure>(options.limits_failure);
  if (options.limits_prefix.size) out.limits.prefix = view(options.limits_prefix);
  out.logs_events = options.drops_local_events == 0;
  return out;
}

Result<TlsSettings> tls_settings_of(const gatelet_tls_options* options) {
  GATELET_TRY(given, options_from(options, "gatelet_tls_options"));
  TlsSettings out;
  const std::pair<gatelet_str, std::string*> texts[] = {
      {given.certificate_file, &out.certificate_file},
      {given.key_file, &out.key_file},
      {given.key_password, &out.key_password},
      {given.suites, &out.suites},
      {given.client_authorities_file, &out.client_authorities_file},
      {given.backend_authorities_file, &out.backend_authorities_file},
      {given.backend_suites, &out.backend_suites},
  };
  for (const auto& [text, to] : texts) {
    if (is_bad(text)) return bad_argument("a text of tls is NULL although its size is not 0; set both members");
    *to = view(text);
  }
  if (given.backend_versions < 0 || given.backend_versions > 3)
    return bad_argument("tls.backend_versions is not between 0 and 3; 1 is TLS 1.2, 2 TLS 1.3, 3 both");
  out.asks_for_client_certificate = given.asks_for_client_certificate != 0;
  out.trusts_gateway_authorities = given.trusts_gateway_authorities != 0;
  out.checks_revocation = given.checks_revocation != 0;
  out.backend_tls12 = given.backend_versions != 2;
  out.backend_tls13 = given.backend_versions != 1;
  out.period_ms = given.period_ms ? given.period_ms : config_poll_ms;
  return out;
}

Result<HostResponse> response_from(const gatelet_response& given) {
  if (given.status < 200 || given.status > 999)
    return bad_argument("status is not between 200 and 999; or end the call with gatelet_call_fail");
  if (given.body_kind != GATELET_BODY_NONE && given.body_kind != GATELET_BODY_BYTES)
    return bad_argument("body_kind is neither GATELET_BODY_NONE nor GATELET_BODY_BYTES; use one of them");
  if (given.body_kind == GATELET_BODY_BYTES && is_bad(given.body))
    return bad_argument("body.data is NULL although body.size is not 0; set both members");
  if (is_bad(given.reason) || !is_field_value(view(given.reason)))
    return bad_argument("reason is NULL although its size is not 0, or has control characters; leave it empty");
  if (Result<> checked = check_headers(given.headers, given.header_count); !checked) return std::move(checked.error());
  HostResponse out;
  out.status = given.status;
  if (given.reason.size) out.reason = std::string(view(given.reason));
  for (size_t i = 0; i < given.header_count; ++i)
    out.headers.push_back({std::string(view(given.headers[i].name)), std::string(view(given.headers[i].value))});
  return out;
}

constexpr size_t end_of_body = offsetof(gatelet_response, body) + sizeof(gatelet_response::body);
constexpr size_t end_of_handler_destroy =
    offsetof(gatelet_server_options, handler_destroy) + sizeof(gatelet_server_options::handler_destroy);
constexpr size_t listeners_max = 1024;  // more is a mistake in the size

Error not_a_call() { return bad_argument("call is NULL; pass the call that the handler was given, and end it once"); }
Error client_has_gone() { return {Code::stale, "the client has gone; the call is ended: forget it", {}, {}}; }

}  // namespace

struct gatelet_server {
  gatelet_server(gatelet_gateway& owner, const gatelet_server_options& options)
      : gateway(owner), handler(options.handler, options.handler_user, options.handler_destroy) {}
  HandleMark<0x73727631> mark;
  const pid_t process = getpid();
  GatewayRef gateway;
  FunctionHandler handler;
  std::unique_ptr<QuotaFile> quota_file;  // ends after the server, with its last counts
  std::unique_ptr<Server> server;
  std::unique_ptr<ConfigWatcher> watcher;  // ends before the server
  ProcessLoad load;                        // the link's thread alone
  std::unique_ptr<PlaneLink> link;         // ends before the server
  bool is_running = false;
  std::atomic<bool> is_pumping{false};
  bool is_destroyed = false;  // in a callback of the pump, which destroys it when it returns

  void begin() {
    if (is_running) return;
    is_running = true;
    if (watcher) watcher->start();
    if (link) link->start();
    if (quota_file) quota_file->start();
  }
};

namespace {

// What keeps any call from being made: no server, or one that stayed behind in the parent when the process forked.
Result<> check_server(const gatelet_server* server) {
  if (!is_live(server)) return bad_argument("server is NULL or no server that lives; pass what gatelet_server_create() made");
  if (server->process != getpid()) return bad_argument("the server belongs to the process that forked this one; create a server here");
  return Done{};
}

Result<PlaneLinkOptions> link_options_of(const gatelet_plane_options& given, gatelet_server& server) {
  PlaneLinkOptions out;
  const std::pair<gatelet_str, std::string*> texts[] = {{given.endpoint, &out.endpoint},
                                                        {given.token, &out.token},
                                                        {given.token_file, &out.token_file},
                                                        {given.backup_folder, &out.backup_folder},
                                                        {given.authorities_file, &out.tls.backend_authorities_file}};
  // Authorities that a configuration brings are not those that say who may give one.
  const TlsSettings& tls = server.server->tls();
  out.tls.backend_suites = tls.backend_suites;
  out.tls.backend_tls12 = tls.backend_tls12;
  out.tls.backend_tls13 = tls.backend_tls13;
  out.tls.backend_authorities_file = tls.backend_authorities_file;
  out.tls.checks_revocation = tls.checks_revocation;
  out.tls.period_ms = tls.period_ms;
  for (const auto& [text, to] : texts) {
    if (is_bad(text)) return bad_argument("a text of the options is NULL although its size is not 0; set both members");
    if (text.size) *to = view(text);
  }
  if (out.endpoint.empty()) return bad_argument("endpoint is empty; give the URL of the management plane");
  if (!out.token.empty() && !out.token_file.empty()) return bad_argument("both token and token_file are given; leave one out");
  out.allows_insecure = given.allow_insecure != 0;
  out.validates_server = given.ignore_certificate == 0;
  GATELET_TRY(sync, options_from(given.sync, "gatelet_sync_options"));
  GATELET_TRY(federation, federation_options_from(sync, server.gateway->log));
  out.federation = std::move(federation);
  out.federation.facts.listeners = server.server->urls();
  return out;
}

// Destroyed by its own callback: the threads that it ends are not the one that waits for them.
void destroy_elsewhere(gatelet_server* server) {
  start_thread([server] { delete server; }).detach();
}

}  // namespace

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
    if (!call) return not_a_call();
    if (!response) return bad_argument("response is NULL; pass a gatelet_response that GATELET_RESPONSE_INIT made");
    GATELET_TRY(given, options_from(response, "gatelet_response"));
    GATELET_TRY(out, response_from(given));
    if (given.body_kind == GATELET_BODY_BYTES) {
      out.body = take_buffer(given.body);
      taken = true;
    }
    return call_of(call).respond(std::move(out)) ? Result<>(Done{}) : Result<>(client_has_gone());
  });
  if (!taken && reaches(response, end_of_body) && response->body_kind == GATELET_BODY_BYTES) give_back(response->body);
  return status;
}

gatelet_status gatelet_call_fail(gatelet_call* call, gatelet_str text, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!call) return not_a_call();
    if (is_bad(text)) return bad_argument("text is NULL although its size is not 0; leave it empty");
    return call_of(call).fail(std::string(view(text))) ? Result<>(Done{}) : Result<>(client_has_gone());
  });
}

gatelet_status gatelet_server_create(gatelet_gateway* gateway, const gatelet_server_options* options, gatelet_server** out,
                                     gatelet_error** error) {
  bool is_user_taken = false;
  const gatelet_status status = guarded(error, [&]() -> Result<> {
    if (!is_live(gateway)) return bad_argument(not_a_gateway);
    if (!out) return bad_argument("out is NULL; pass the address of a gatelet_server pointer");
    GATELET_TRY(given, options_from(options, "gatelet_server_options"));
    if (given.listener_count && !given.listeners)
      return bad_argument("listeners is NULL although listener_count is not 0; set both members");
    if (given.listener_count > listeners_max)
      return Error{Code::limit, "listener_count is larger than " + std::to_string(listeners_max) + "; listen on fewer addresses", {}, {}};
    for (size_t i = 0; i < given.listener_count; ++i)
      if (is_bad(given.listeners[i]))
        return bad_argument("listener " + std::to_string(i) + " is NULL although its size is not 0; set both members");
    for (const gatelet_str text : {given.http_proxy, given.https_proxy, given.proxy_exceptions, given.external_cache, given.egress_denied,
                                   given.limits_prefix, given.statsd_endpoint, given.statsd_sampling, given.statsd_tags})
      if (is_bad(text))
        return bad_argument(
            "a text of the proxies, the cache, the egress rule, the limits or StatsD is NULL although its size is not 0; set both");
    if (given.limits_failure < 0 || given.limits_failure > 2)
      return bad_argument("limits_failure is not between 0 and 2; 0 counts in this gateway, 1 allows, 2 refuses");
    ServerOptions settings = options_of(given);
    GATELET_TRY(tls, tls_settings_of(given.tls));
    settings.tls = std::move(tls);
    if (given.external_cache.size) {
      GATELET_TRY(address, parse_cache_address(view(given.external_cache)));
      settings.external_cache = std::make_shared<const CacheAddress>(std::move(address));
    }
    GATELET_TRY(statsd, statsd_settings_from(view(given.statsd_endpoint), view(given.statsd_sampling), view(given.statsd_tags)));
    settings.statsd = std::move(statsd);
    auto made = std::make_unique<gatelet_server>(*gateway, given);
    is_user_taken = true;
    GATELET_TRY(server, Server::create(gateway->value, std::move(settings), made->handler.is_set() ? &made->handler : nullptr));
    made->server = std::move(server);
    *out = made.release();
    return Done{};
  });
  // The user is destroyed once, also when nothing was made.
  if (!is_user_taken && reaches(options, end_of_handler_destroy) && options->handler_destroy)
    options->handler_destroy(options->handler_user);
  return status;
}

void gatelet_server_destroy(gatelet_server* server) {
  // Threads and loops are the parent's: whatever is done to them here would be done to its sockets.
  if (!check_server(server)) return;
  if (server->is_pumping) {
    server->is_destroyed = true;
  } else if (is_library_thread()) {
    (void)guarded(nullptr, [&]() -> Result<> { return destroy_elsewhere(server), Done{}; });
  } else {
    delete server;
  }
}

size_t gatelet_server_listener_count(const gatelet_server* server) { return is_live(server) ? server->server->urls().size() : 0; }

gatelet_str gatelet_server_listener_url(const gatelet_server* server, size_t index) {
  if (!is_live(server) || index >= server->server->urls().size()) return {nullptr, 0};
  return borrow(server->server->urls()[index]);
}

gatelet_status gatelet_server_start(gatelet_server* server, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (Result<> checked = check_server(server); !checked) return checked;
    Result<> started = server->server->start();
    if (!started) return started;
    server->gateway->log.log(LogLevel::info, "GatewayStartup", "gatelet " GATELET_VERSION_TEXT, nullptr, 0);
    server->begin();
    return started;
  });
}

gatelet_status gatelet_server_wait(gatelet_server* server, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (Result<> checked = check_server(server); !checked) return checked;
    if (is_library_thread()) return bad_argument("wait in a callback would wait for itself; wait on a thread of your own");
    if (!server->server->is_started()) return bad_argument("the server was not started; call gatelet_server_start first");
    server->server->wait();
    return Done{};
  });
}

void gatelet_server_drain(gatelet_server* server) {
  if (check_server(server))
    (void)guarded(nullptr, [&]() -> Result<> {
      server->server->drain();
      if (server->link) server->link->drain();
      return Done{};
    });
}

void gatelet_server_stop(gatelet_server* server) {
  if (check_server(server)) (void)guarded(nullptr, [&]() -> Result<> { return server->server->stop(), Done{}; });
}

int32_t gatelet_server_fd(const gatelet_server* server) {
  return check_server(server) && server->server->may_pump() ? server->server->poll_socket() : -1;
}

int32_t gatelet_server_timeout(const gatelet_server* server) {
  return check_server(server) && server->server->may_pump() ? server->server->timeout_ms() : -1;
}

int32_t gatelet_server_pump(gatelet_server* server) {
  int32_t lives = 0;
  const gatelet_status status = guarded(nullptr, [&]() -> Result<> {
    if (Result<> checked = check_server(server); !checked) return checked;
    if (!server->server->may_pump()) return bad_argument("pump on one thread, and only a server that was not started");
    server->begin();
    if (server->is_pumping.exchange(true)) return bad_argument("the call comes from a callback of the pump; return from it first");
    lives = server->server->pump() ? 1 : 0;
    server->is_pumping = false;
    return Done{};
  });
  if (status != GATELET_OK) return status;
  if (!server->is_destroyed) return lives;
  delete server;
  return 0;
}

gatelet_status gatelet_server_watch(gatelet_server* server, gatelet_str path, const gatelet_config_options* options, uint32_t period_ms,
                                    gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (Result<> checked = check_server(server); !checked) return checked;
    if (!path.size || is_bad(path)) return bad_argument("path is empty or NULL; name a folder or a document");
    if (server->is_running || server->watcher || server->link)
      return bad_argument("watch comes once, before start or the first pump, and not besides follow; call it there");
    GATELET_TRY(given, config_options_from(options));
    ConfigWatch watch;
    watch.path = std::string(view(path));
    watch.folder = folder_options_from(given, view(path));
    if (!watch.folder.environment) watch.folder.environment = process_environment;
    watch.build = build_options_from(given);
    watch.build.previous = nullptr;  // the one in force when it looks
    if (period_ms) watch.period_ms = period_ms;
    watch.log = server->gateway->log.is_on() ? &server->gateway->log : nullptr;
    watch.in_force = [gateway = &server->gateway->value] { return gateway->config(); };
    watch.publish = [server](std::shared_ptr<const Config> config) { server->server->publish(std::move(config)); };
    server->watcher = std::make_unique<ConfigWatcher>(std::move(watch));
    return Done{};
  });
}

gatelet_status gatelet_server_follow(gatelet_server* server, const gatelet_plane_options* options, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (Result<> checked = check_server(server); !checked) return checked;
    if (server->is_running || server->link || server->watcher)
      return bad_argument("follow comes once, before start or the first pump, and not besides watch; call it there");
    GATELET_TRY(given, options_from(options, "gatelet_plane_options"));
    GATELET_TRY(settings, link_options_of(given, *server));
    Server& served = *server->server;
    GATELET_TRY(link, PlaneLink::create(
                          std::move(settings), served.proxies(),
                          [&served](std::shared_ptr<const Config> config) { served.publish(std::move(config)); },
                          [&served, &load = server->load](Instant now) { return load.look(served.counts(), now); }));
    server->link = std::move(link);
    return Done{};
  });
}

gatelet_status gatelet_server_describe(gatelet_server* server, gatelet_str* out, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (Result<> checked = check_server(server); !checked) return checked;
    if (!out) return bad_argument("out is NULL; pass the address of a gatelet_str");
    if (!server->link) return bad_argument("the server follows no management plane; call gatelet_server_follow first");
    *out = copied_text(server->link->describe(server->server->certificates()));
    return Done{};
  });
}

gatelet_status gatelet_server_use_certificate(gatelet_server* server, gatelet_str host, gatelet_str certificates, gatelet_str key,
                                              gatelet_str key_password, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (Result<> checked = check_server(server); !checked) return checked;
    if (!host.size) return bad_argument("host is empty; name one, or \"*\" for all others");
    for (const gatelet_str text : {host, certificates, key, key_password})
      if (is_bad(text)) return bad_argument("a text is NULL although its size is not 0; set both members");
    return server->server->use_certificate(view(host), view(certificates), view(key), view(key_password));
  });
}

gatelet_status gatelet_server_keep_quotas(gatelet_server* server, gatelet_str path, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (Result<> checked = check_server(server); !checked) return checked;
    if (!path.size || is_bad(path)) return bad_argument("path is empty or NULL; name a file");
    if (server->is_running || server->quota_file)
      return bad_argument("keep_quotas comes once, before start or the first pump; call it there");
    LogSink* const log = server->gateway->log.is_on() ? &server->gateway->log : nullptr;
    GATELET_TRY(file, QuotaFile::create(std::string(view(path)), server->gateway->value.quota_counters(), log));
    server->quota_file = std::move(file);
    return Done{};
  });
}

}  // extern "C"
