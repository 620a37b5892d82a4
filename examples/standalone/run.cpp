// gatelet run: a gateway over an API folder or a resource document, until it is told to stop.
#include <unistd.h>

#include <cctype>
#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "log_queue.hpp"
#include "memory_limit.hpp"
#include "plane.hpp"
#include "serving.hpp"
#include "setting_values.hpp"

extern char** environ;

namespace host {

namespace {

struct RunOptions {
  std::string config;
  std::string overrides;
  std::vector<std::string> listeners;
  std::vector<std::string> env_files;
  std::vector<std::pair<std::string, std::string>> settings;  // --set and --workers, in order
};

bool fail_use(const std::string& message) {
  std::fprintf(stderr, "gatelet run: %s; see gatelet run --help\n", message.c_str());
  return false;
}

Command command_of(RunOptions& options) {
  Command command;
  command.name = "run";
  command.synopsis =
      "gatelet run [--config PATH] [--overrides FILE] [--listen URL]... [--workers N] [--set name=value]... [--env-file FILE]";
  command.meaning =
      "Serves the APIs of an APIOps folder or of a resource document (.json, .yaml). The path is looked at every 10 seconds; a changed one "
      "is put in\n"
      "force, a broken one leaves the old in force. Without --config the gateway follows the management plane of config.service.endpoint, "
      "and serves\n"
      "on what it got while the plane is away. SIGTERM and SIGINT drain, a second one stops at once. Exit 0 after a drain, 1 when the "
      "gateway cannot\n"
      "start, 2 for wrong use.";
  command.flags = {
      {"--config", "PATH", "folder or resource document", [&](const std::string& v) { return options.config = v, true; }},
      {"--overrides", "FILE", "configuration.<env>.yaml, merged over the folder's files",
       [&](const std::string& v) { return options.overrides = v, true; }},
      {"--listen", "URL",
       "address to serve, default http://0.0.0.0:8080, with net.server.tls.certificate also https://0.0.0.0:8081; repeatable",
       [&](const std::string& v) { return options.listeners.push_back(v), true; }},
      {"--workers", "N", "event loops, one thread each (net.server.workers)",
       [&](const std::string& v) { return options.settings.emplace_back("net.server.workers", v), true; }},
      {"--set", "name=value", "a setting of --help-settings; repeatable",
       [&](const std::string& v) {
         const size_t equals = v.find('=');
         if (equals == std::string::npos) return fail_use("--set needs name=value, not '" + v + "'");
         return options.settings.emplace_back(v.substr(0, equals), v.substr(equals + 1)), true;
       }},
      {"--env-file", "FILE", "settings as name=value lines, below the environment in rank",
       [&](const std::string& v) { return options.env_files.push_back(v), true; }},
  };
  return command;
}

bool load_env_file(gatelet_settings* settings, const std::string& path) {
  std::string problem;
  const auto text = read_text(path, problem);
  if (!text) return fail_use(problem);
  bool good = true;
  size_t line_number = 0;
  for (size_t at = 0; at < text->size();) {
    const size_t end = std::min(text->find('\n', at), text->size());
    std::string line = text->substr(at, end - at);
    at = end + 1;
    ++line_number;
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (line.empty() || line[0] == '#') continue;
    const size_t equals = line.find('=');
    if (equals == std::string::npos) return fail_use(path + ":" + std::to_string(line_number) + ": expected name=value");
    good =
        set_setting(settings, line.substr(0, equals), line.substr(equals + 1), path + ":" + std::to_string(line_number), "gatelet run") &&
        good;
  }
  return good;
}

// Dotted names are ours when they begin like one of the table; upper-case names only when they are one: PATH and HOME are nobody's mistake.
bool is_setting_name(std::string_view name) {
  const size_t dot = name.find('.');
  for (size_t i = 0; i < gatelet_setting_count(); ++i) {
    gatelet_setting setting = GATELET_SETTING_INIT;
    if (gatelet_setting_get(i, &setting) != GATELET_OK) return false;
    const std::string_view known = view(setting.name);
    if (dot != std::string_view::npos && known.substr(0, dot + 1) == name.substr(0, dot + 1)) return true;
    if (dot != std::string_view::npos || known.size() != name.size()) continue;
    bool same = true;
    for (size_t c = 0; c < name.size() && same; ++c)
      same = name[c] == (known[c] == '.' || known[c] == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(known[c]))));
    if (same) return true;
  }
  return false;
}

bool load_environment(gatelet_settings* settings) {
  bool good = true;
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view text = *entry;
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    std::string name(text.substr(0, equals));
    if (name == "http_proxy" || name == "https_proxy" || name == "no_proxy") name[name.find('_')] = '.';  // as other programs have them
    if (!is_setting_name(name)) continue;
    good = set_setting(settings, name, text.substr(equals + 1), "environment", "gatelet run") && good;
  }
  return good;
}

int32_t level_of(const std::string& name) {
  const char* const names[] = {"debug", "info", "warn", "error", "fatal"};
  for (int32_t i = 0; i < 5; ++i)
    if (name == names[i]) return i;
  return GATELET_LOG_DEBUG;  // all
}

Gateway make_gateway(const gatelet_settings* settings, const gatelet_expression_limits& limits, LogQueue& log, gatelet_config* config,
                     Error& error) {
  gatelet_gateway_options options = GATELET_GATEWAY_OPTIONS_INIT;
  options.lenient_foreign_keys = get(settings, "keys.foreign") == "lenient";
  options.debug_route_header = is_true(settings, "routing.debug-header");
  options.forwarded_proto = is_true(settings, "net.server.http.forwarded.proto.enabled");
  options.body_bytes_max = number(settings, "limits.body.buffer-bytes");
  const uint64_t cache_bytes = number(settings, "policy.cache.bytes");
  options.cache_bytes_max = cache_bytes == 0 ? UINT64_MAX : cache_bytes;
  options.expression_limits = &limits;
  const std::string identity_endpoint = get(settings, "policy.identity.endpoint"),
                    identity_secret = get(settings, "policy.identity.secret"), identity_client = get(settings, "policy.identity.client-id"),
                    authority = get(settings, "policy.azure.authority");
  options.identity_endpoint = str(identity_endpoint);
  options.identity_secret = str(identity_secret);
  options.identity_kind = identity_kind(get(settings, "policy.identity.kind"));
  options.identity_client_id = str(identity_client);
  options.azure_authority = str(authority);
  const std::string requests = get(settings, "telemetry.logs.requests");
  options.request_log = requests == "off" ? 1 : requests == "all" ? 2 : 0;
  const std::string form = get(settings, "telemetry.logs.std");
  options.log_format = form == "json" ? 1 : form == "none" ? 2 : 0;
  options.log = [](void* user, int32_t level, gatelet_str line) { static_cast<LogQueue*>(user)->push(level, view(line)); };
  options.log_user = &log;
  gatelet_gateway* gateway = nullptr;
  (void)gatelet_gateway_create(&options, config, &gateway, error.out());
  return Gateway(gateway);
}

// What the options of TLS point into.
struct TlsTexts {
  explicit TlsTexts(const gatelet_settings* settings)
      : certificate(get(settings, "net.server.tls.certificate")),
        key(get(settings, "net.server.tls.key")),
        key_password(get(settings, "net.server.tls.key-password")),
        suites(get(settings, "net.server.tls.ciphers.allowed-suites")),
        client_authorities(get(settings, "net.server.tls.client-certificate.authorities")),
        backend_authorities(get(settings, "net.client.tls.authorities")),
        backend_suites(get(settings, "net.client.tls.ciphers.allowed-suites")) {}
  std::string certificate, key, key_password, suites, client_authorities, backend_authorities, backend_suites;
};

constexpr const char* backend_protocols = "Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Backend.Protocols.";

int32_t backend_versions(const gatelet_settings* settings) {
  const std::string prefix = backend_protocols;
  return (is_true(settings, prefix + "Tls12") ? 1 : 0) | (is_true(settings, prefix + "Tls13") ? 2 : 0);
}

gatelet_tls_options tls_options(const gatelet_settings* settings, const TlsTexts& texts) {
  gatelet_tls_options options = GATELET_TLS_OPTIONS_INIT;
  options.certificate_file = str(texts.certificate);
  options.key_file = str(texts.key);
  options.key_password = str(texts.key_password);
  options.suites = str(texts.suites);
  options.client_authorities_file = str(texts.client_authorities);
  options.asks_for_client_certificate = is_true(settings, "net.server.tls.client-certificate.requested");
  options.backend_authorities_file = str(texts.backend_authorities);
  options.backend_suites = str(texts.backend_suites);
  options.backend_versions = backend_versions(settings);
  options.trusts_gateway_authorities = is_true(settings, "certificates.local.ca.enabled");
  options.checks_revocation = is_true(settings, "security.certificate-revocation.validation.enabled");
  options.period_ms = milliseconds(settings, "config.reload.period");
  return options;
}

Server make_server(const gatelet_settings* settings, const RunOptions& run, gatelet_gateway* gateway, Error& error) {
  gatelet_server_options options = GATELET_SERVER_OPTIONS_INIT;
  std::vector<gatelet_str> listeners;
  for (const std::string& url : run.listeners) listeners.push_back(str(url));
  options.listeners = listeners.data();
  options.listener_count = listeners.size();
  options.workers = static_cast<uint32_t>(number(settings, "net.server.workers"));
  options.connections_max = static_cast<uint32_t>(number(settings, "net.server.connections.max"));
  options.header_timeout_ms = milliseconds(settings, "net.server.timeout.header");
  options.idle_timeout_ms = milliseconds(settings, "net.server.timeout.idle");
  options.body_timeout_ms = milliseconds(settings, "net.server.timeout.body");
  options.connect_timeout_ms = milliseconds(settings, "net.client.timeout.connect");
  options.drain_timeout_ms = milliseconds(settings, "net.server.timeout.drain");
  options.memory_bytes_max = number(settings, "limits.memory.bytes");
  if (options.memory_bytes_max == 0) options.memory_bytes_max = control_group_memory_bytes();
  const TlsTexts texts(settings);
  const gatelet_tls_options tls = tls_options(settings, texts);
  options.tls = &tls;
  const std::string http_proxy = get(settings, "http.proxy"), https_proxy = get(settings, "https.proxy"),
                    direct = get(settings, "no.proxy");
  options.http_proxy = str(http_proxy);
  options.https_proxy = str(https_proxy);
  options.proxy_exceptions = str(direct);
  const std::string external_cache = get(settings, "policy.cache.external");
  options.external_cache = str(external_cache);
  options.shares_limits = get(settings, "policy.limits.shared") == "external";
  const std::string failure = get(settings, "policy.limits.failure"), prefix = get(settings, "policy.limits.prefix");
  options.limits_failure = failure == "allow" ? 1 : failure == "refuse" ? 2 : 0;
  options.limits_prefix = str(prefix);
  const std::string egress_denied = get(settings, "net.client.egress.denied");
  options.egress_denied = str(egress_denied);
  const bool has_statsd = get(settings, "telemetry.metrics.local") == "statsd";
  const std::string statsd = has_statsd ? get(settings, "telemetry.metrics.local.statsd.endpoint") : "",
                    sampling = get(settings, "telemetry.metrics.local.statsd.sampling"),
                    tags = get(settings, "telemetry.metrics.local.statsd.tag-format");
  options.statsd_endpoint = str(statsd);
  options.statsd_sampling = str(sampling);
  options.statsd_tags = str(tags);
  options.drops_local_events = get(settings, "telemetry.events.local") == "none";
  gatelet_server* server = nullptr;
  (void)gatelet_server_create(gateway, &options, &server, error.out());
  return Server(server);
}

// Problems of the configuration go to the log as what they are, one line each.
void log_report(LogQueue& log, const gatelet_report* report) {
  for (size_t i = 0; i < gatelet_report_count(report); ++i) {
    gatelet_diagnostic item = GATELET_DIAGNOSTIC_INIT;
    if (gatelet_report_get(report, i, &item) != GATELET_OK) continue;
    const bool is_error = item.severity == GATELET_SEVERITY_ERROR;
    std::string line = std::string(view(item.file)) + ":" + std::to_string(item.line) + ":" + std::to_string(item.column) + ": " +
                       (is_error ? "error: " : "warning: ") + std::string(view(item.message)) + " [" + std::string(view(item.code)) + "]";
    log.push(is_error ? GATELET_LOG_ERROR : GATELET_LOG_WARN, line);
  }
}

// A file that a setting names, read again when its text has changed; one that cannot be used leaves what was there.
class SettingFile {
 public:
  using Use = gatelet_status (*)(gatelet_gateway* gateway, gatelet_str text, gatelet_error** error);
  SettingFile(const gatelet_settings* settings, std::string_view setting, Use use, gatelet_gateway* gateway, LogQueue& log)
      : setting_(setting), path_(get(settings, setting)), use_(use), gateway_(gateway), log_(log) {}
  void look() {
    if (path_.empty()) return;
    std::string problem;
    const auto text = read_text(path_, problem);
    if (!text) return tell(problem);
    if (*text == text_) return;
    text_ = *text;
    Error error;
    if (use_(gateway_, str(text_), error.out()) != GATELET_OK) return tell(path_ + ": " + error.text());
    told_.clear();
  }

 private:
  void tell(const std::string& problem) {
    if (problem != told_) log_.push(GATELET_LOG_ERROR, setting_ + ": " + problem);
    told_ = problem;
  }

  std::string setting_, path_;
  Use use_;
  gatelet_gateway* gateway_;
  LogQueue& log_;
  std::string text_, told_;
};

// Files with secrets end with a newline more often than not.
gatelet_status use_identity_secret(gatelet_gateway* gateway, gatelet_str text, gatelet_error** error) {
  while (text.size != 0 && std::isspace(static_cast<unsigned char>(text.data[text.size - 1]))) --text.size;
  return gatelet_gateway_set_identity_secret(gateway, text, error);
}

// Bit 1: an http listener, bit 2: an https one.
int32_t schemes_of(const std::vector<std::string>& listeners) {
  int32_t schemes = 0;
  for (const std::string& url : listeners) schemes |= url.compare(0, 6, "https:") == 0 ? 2 : 1;
  return schemes;
}

// Where there is a certificate, there is a listener that shows it.
std::vector<std::string> default_listeners(const gatelet_settings* settings) {
  std::vector<std::string> listeners = {"http://0.0.0.0:8080"};
  if (!get(settings, "net.server.tls.certificate").empty()) listeners.push_back("https://0.0.0.0:8081");
  return listeners;
}

// False: it cannot be read, and why has been printed. Problems inside are logged, and what is not broken is served.
bool load_path(const RunOptions& options, const gatelet_config_options& config_options, LogQueue& log, Config& out) {
  Error error;
  gatelet_report* raw_report = nullptr;
  gatelet_config* raw_config = nullptr;
  const gatelet_status loaded = gatelet_config_load_path(str(options.config), &config_options, &raw_report, &raw_config, error.out());
  const Report report(raw_report);
  out.reset(raw_config);
  if (loaded != GATELET_OK && loaded != GATELET_ERR_CONFIG) return error.print("gatelet run"), false;
  log_report(log, report.get());
#ifdef __GLIBC__
  ::malloc_trim(0);  // reading took twice the memory that its result needs; glibc keeps what is free
#endif
  return true;
}

int run_gateway(RunOptions options, const gatelet_settings* settings) {
  if (backend_versions(settings) == 0)
    return std::fprintf(stderr, "gatelet run: no version of TLS is left for backends: allow Tls12 or Tls13 of %s\n", backend_protocols), 1;
  if (get(settings, "telemetry.metrics.local") == "statsd" && get(settings, "telemetry.metrics.local.statsd.endpoint").empty())
    return std::fprintf(stderr, "gatelet run: telemetry.metrics.local is statsd; give telemetry.metrics.local.statsd.endpoint, too\n"), 1;
  if (options.listeners.empty()) options.listeners = default_listeners(settings);
  std::string overrides, problem;
  if (!options.overrides.empty()) {
    auto text = read_text(options.overrides, problem);
    if (!text) return std::fprintf(stderr, "gatelet run: %s\n", problem.c_str()), 1;
    overrides = std::move(*text);
  }
  const std::string gateway_name = get(settings, "gateway.name"), region = get(settings, "gateway.region");
  gatelet_config_options config_options = GATELET_CONFIG_OPTIONS_INIT;
  config_options.gateway_name = str(gateway_name);
  config_options.region = str(region);
  config_options.overrides = str(overrides);
  config_options.overrides_name = str(options.overrides);
  config_options.ignore_scheme = !is_true(settings, "routing.scheme-check");
  config_options.listener_schemes = schemes_of(options.listeners);
  const gatelet_expression_limits limits = expression_limits(settings);
  config_options.expression_limits = &limits;

  const bool color = ::isatty(STDOUT_FILENO) && is_true(settings, "telemetry.logs.std.color");
  LogQueue log(level_of(get(settings, "telemetry.logs.std.level")), color);
  Error error;
  Config config;
  if (!options.config.empty() && !load_path(options, config_options, log, config)) return 1;

  const Gateway gateway = make_gateway(settings, limits, log, config.get(), error);
  if (!gateway) return error.print("gatelet run");
  const Server server = make_server(settings, options, gateway.get(), error);
  if (!server) return error.print("gatelet run");
  const uint32_t period_ms = milliseconds(settings, "config.reload.period");
  if (options.config.empty()) {
    if (!follow_plane(server.get(), settings, config_options)) return 1;
  } else if (gatelet_server_watch(server.get(), str(options.config), &config_options, period_ms, error.out()) != GATELET_OK) {
    return error.print("gatelet run");
  }
  const std::string quota_file = get(settings, "policy.quota.file");
  if (!quota_file.empty() && gatelet_server_keep_quotas(server.get(), str(quota_file), error.out()) != GATELET_OK)
    return error.print("gatelet run: policy.quota.file");
  for (size_t i = 0; i < gatelet_server_listener_count(server.get()); ++i)
    log.push(GATELET_LOG_INFO, "listening on " + std::string(view(gatelet_server_listener_url(server.get(), i))));
  InstancePage page(server.get(), gateway.get());
  if (const std::string listener = get(settings, "net.admin.listener"); !listener.empty()) {
    if (!page.start(listener)) return 1;
    log.push(GATELET_LOG_INFO, "telling how it is on " + page.url() + "/instance");
  }
  SettingFile files[] = {{settings, "policy.authorizations.file", gatelet_gateway_set_authorizations, gateway.get(), log},
                         {settings, "policy.identity.secret-file", use_identity_secret, gateway.get(), log}};
  const auto look = [&files] {
    for (SettingFile& file : files) file.look();
  };
  look();
  return serve(server.get(), "gatelet run", {period_ms, look});
}

}  // namespace

int run(const std::vector<std::string>& arguments) {
  block_signals();
  raise_descriptor_limit();
  RunOptions options;
  if (const int code = parse(command_of(options), arguments); code >= 0) return code;
  gatelet_settings* raw = nullptr;
  Error error;
  if (gatelet_settings_create(&raw, error.out()) != GATELET_OK) return error.print("gatelet run");
  const Settings settings(raw);
  bool good = true;
  for (const std::string& path : options.env_files) good = load_env_file(settings.get(), path) && good;
  good = load_environment(settings.get()) && good;
  for (const auto& [name, value] : options.settings) good = set_setting(settings.get(), name, value, "--set", "gatelet run") && good;
  if (!good) return 2;
  if (options.config.empty() && !has_plane(settings.get())) {
    std::fputs(
        "gatelet run: no source of configuration: give --config PATH, an APIOps folder or a resource document, or set "
        "config.service.endpoint and config.service.auth for a management plane\n",
        stderr);
    return 1;
  }
  return run_gateway(options, settings.get());
}

}  // namespace host
