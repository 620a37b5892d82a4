#include "net/tls_keeper.hpp"

#include <algorithm>
#include <chrono>
#include <new>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "net/clock.hpp"
#include "net/files.hpp"
#include "net/random.hpp"
#include "net/threads.hpp"

namespace gatelet {
namespace {

constexpr const char* system_authorities[] = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                                              "/etc/ssl/cert.pem"};

Error with_file(Error error, const std::string& file) {
  error.message = file + ": " + error.message;
  error.path = file;
  return error;
}

Result<std::string> read(const std::string& file) { return file.empty() ? std::string() : read_file(file, tls_file_bytes_max); }

Result<crypto::Authorities> read_authorities(const std::string& file, std::span<const crypto::Certificate> more) {
  GATELET_TRY(text, read(file));
  auto authorities = crypto::Authorities::parse(text, more);
  if (!authorities) return with_file(std::move(authorities.error()), file);
  return authorities;
}

uint64_t mixed(std::initializer_list<const std::string*> files) {
  uint64_t all = 0;
  for (const std::string* file : files)
    if (!file->empty()) all = all * 1'099'511'628'211u + fingerprint(*file);
  return all;
}

}  // namespace

TlsKeeper::TlsKeeper(TlsSettings settings, LogSink* log) : settings_(std::move(settings)), log_(log) {}

Result<std::unique_ptr<TlsKeeper>> TlsKeeper::create(TlsSettings settings, LogSink* log) {
  for (const std::string* suites : {&settings.suites, &settings.backend_suites})
    if (const std::string_view unknown = crypto::unknown_tls_suite(*suites); !unknown.empty())
      return Error{
          Code::argument,
          "'" + std::string(unknown) + "' is no cipher suite; write its IANA name, such as TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          {},
          {}};
  if (!settings.backend_tls12 && !settings.backend_tls13)
    return Error{Code::argument, "no version of TLS is left for backends; allow TLS 1.2 or 1.3", {}, {}};
  return std::unique_ptr<TlsKeeper>(new TlsKeeper(std::move(settings), log));
}

TlsKeeper::~TlsKeeper() {
  {
    std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

// Servers

Result<> TlsKeeper::load_server() {
  std::lock_guard loading(loading_);
  if (!tickets_) tickets_ = std::make_shared<crypto::TlsTickets>(system_random(), tls_ticket_lifetime_s);
  return load();
}

Result<> TlsKeeper::load() {
  seen_server_files_ = server_files();
  GATELET_TRY(made, make_server());
  std::lock_guard lock(mutex_);
  server_ = std::move(made);
  return Done{};
}

// With file and reason of a failure.
static Result<> check_time(const crypto::Identity& identity) {
  const int64_t now_s = read_clocks().wall_ms / 1000;
  const crypto::Certificate& own = identity.certificate();
  if (now_s > own.not_after_s()) return Error{Code::config, "the certificate has expired; renew it", {}, {}};
  if (now_s < own.not_before_s()) return Error{Code::config, "the certificate is not valid yet", {}, {}};
  return Done{};
}

Result<crypto::Identity> TlsKeeper::own_identity() {
  if (settings_.certificate_file.empty()) {
    if (self_made_) return *self_made_;
    GATELET_TRY(made, crypto::Identity::self_made("localhost", read_clocks().wall_ms / 1000, system_random()));
    self_made_ = made;
    return made;
  }
  GATELET_TRY(certificates, read(settings_.certificate_file));
  GATELET_TRY(key, read(settings_.key_file));
  auto identity = crypto::Identity::parse(certificates, key, settings_.key_password, system_random());
  if (!identity) return with_file(std::move(identity.error()), settings_.certificate_file);
  if (auto timely = check_time(*identity); !timely) return with_file(std::move(timely.error()), settings_.certificate_file);
  return identity;
}

// The one in force when the new one cannot be; where there is none before, a bad one serves better than another host's.
crypto::Identity TlsKeeper::unexpired(const crypto::TlsHost& host) {
  const auto timely = check_time(host.identity);
  if (timely) return host.identity;
  const auto before = server();
  const crypto::TlsHost* known = before ? &before->host_for(host.name) : nullptr;
  const bool is_usable = known && known->name == host.name && check_time(known->identity);
  note(LogLevel::error, "TlsCertificateRejected",
       "host name '" + host.name + "': " + timely.error().message +
           (is_usable ? "; the one in force stays" : "; it serves all the same, because there is no other"));
  return is_usable ? known->identity : host.identity;
}

std::vector<crypto::TlsHost> TlsKeeper::hosts() {
  std::vector<crypto::TlsHost> out = configured_.hosts;
  for (crypto::TlsHost& host : out)
    if (!given_.contains(host.name)) host.identity = unexpired(host);
  for (const auto& given : given_) {
    const auto known = std::find_if(out.begin(), out.end(), [&](const crypto::TlsHost& host) { return host.name == given.first; });
    if (known == out.end()) {
      out.push_back({given.first, given.second, settings_.asks_for_client_certificate});
    } else {
      known->identity = given.second;
    }
  }
  return out;
}

Result<std::shared_ptr<const crypto::TlsServer>> TlsKeeper::make_server() {
  crypto::TlsServerOptions options;
  options.hosts = hosts();
  if (std::none_of(options.hosts.begin(), options.hosts.end(), [](const auto& host) { return host.name == "*"; })) {
    GATELET_TRY(identity, own_identity());
    options.hosts.push_back({"*", std::move(identity), settings_.asks_for_client_certificate});
  }
  options.suites = settings_.suites;
  options.checks_revocation = settings_.checks_revocation;
  options.protocols = {"http/1.1"};
  options.tickets = tickets_;
  const std::span<const crypto::Certificate> roots = configured_.trusted_roots;
  const bool are_roots_trusted = settings_.trusts_gateway_authorities && !roots.empty();
  if (!settings_.client_authorities_file.empty() || are_roots_trusted) {
    GATELET_TRY(authorities, read_authorities(settings_.client_authorities_file, are_roots_trusted ? roots : roots.first(0)));
    options.client_authorities = std::move(authorities);
  }
  return crypto::TlsServer::create(std::move(options), system_random());
}

static bool has_secure_backend(const Config& config) {
  const auto is_secure = [](const std::shared_ptr<const Upstream>& upstream) { return upstream && upstream->url.scheme == "https"; };
  if (config.external_cache && config.external_cache->is_tls) return true;
  return std::any_of(config.apis.begin(), config.apis.end(), [&](const Api& api) { return is_secure(api.upstream); }) ||
         std::any_of(config.backends.begin(), config.backends.end(), [&](const auto& backend) { return is_secure(backend.second); });
}

void TlsKeeper::config_arrives(const Config& config) {
  std::lock_guard loading(loading_);
  const bool had_any = !configured_.hosts.empty() || !configured_.trusted_roots.empty();
  configured_ = config.tls;
  {
    std::lock_guard lock(clients_mutex_);
    if (settings_.trusts_gateway_authorities && (!gateway_authorities_.empty() || !configured_.trusted_roots.empty())) {
      gateway_authorities_ = configured_.trusted_roots;
      authorities_.reset();
      clients_.clear();
    }
    std::erase_if(clients_, [](const auto& client) { return !std::get<2>(client.first).empty(); });
    if (has_secure_backend(config))
      if (auto loaded = load_authorities(); !loaded) note(LogLevel::error, "TlsAuthoritiesRejected", loaded.error().message);
  }
  if (!tickets_ || (!had_any && configured_.hosts.empty() && configured_.trusted_roots.empty())) return;
  if (auto loaded = load(); !loaded) note(LogLevel::error, "TlsCertificateRejected", loaded.error().message + "; the one in force stays");
}

Result<> TlsKeeper::use(std::string_view host, std::string_view certificates, std::string_view key, std::string_view password) {
  auto identity = crypto::Identity::parse(certificates, key, password, system_random());
  auto usable = identity ? check_time(*identity) : Result<>(std::move(identity.error()));
  if (!usable) return Error{Code::argument, std::move(usable.error().message), {}, {}};
  std::lock_guard loading(loading_);
  if (!tickets_) return Error{Code::argument, "no listener of the server is https://; a certificate would be shown to nobody", {}, {}};
  given_.insert_or_assign(lower(host), *std::move(identity));
  return load();
}

std::shared_ptr<const crypto::TlsServer> TlsKeeper::server() {
  std::lock_guard lock(mutex_);
  return server_;
}

// Clients

Result<crypto::Authorities> TlsKeeper::backend_authorities() const {
  std::string all;
  for (const char* file : system_authorities) {
    auto text = read_file(file, tls_file_bytes_max);
    if (!text) continue;
    all = *std::move(text);
    break;
  }
  GATELET_TRY(own, read(settings_.backend_authorities_file));
  if (!own.empty())
    if (auto checked = crypto::Authorities::parse(own); !checked)
      return with_file(std::move(checked.error()), settings_.backend_authorities_file);
  auto authorities = crypto::Authorities::parse(all + '\n' + own, gateway_authorities_);
  return authorities ? *authorities : crypto::Authorities();  // with none every chain is refused
}

Result<> TlsKeeper::load_authorities() {
  if (authorities_) return Done{};
  seen_client_files_ = client_files();
  GATELET_TRY(authorities, backend_authorities());
  authorities_ = std::move(authorities);
  return Done{};
}

Result<TlsKeeper::Client> TlsKeeper::make_client(bool validates_chain, bool validates_name, const UpstreamIdentity* identity) {
  if (auto loaded = load_authorities(); !loaded) return std::move(loaded.error());
  crypto::TlsClientOptions options;
  options.authorities = *authorities_;
  options.validates_chain = validates_chain;
  options.validates_name = validates_name;
  if (identity) options.identity = identity->identity;
  options.suites = settings_.backend_suites;
  options.checks_revocation = settings_.checks_revocation;
  if (!settings_.backend_tls12) options.least = crypto::TlsVersion::tls13;
  if (!settings_.backend_tls13) options.most = crypto::TlsVersion::tls12;
  options.protocols = {"http/1.1"};
  return crypto::TlsClient::create(std::move(options), system_random());
}

Result<TlsKeeper::Client> TlsKeeper::client(bool validates_chain, bool validates_name, const UpstreamIdentity* identity) {
  std::lock_guard lock(clients_mutex_);
  Client& known = clients_[{validates_chain, validates_name, identity ? identity->thumbprint : std::string()}];
  if (known) return known;
  GATELET_TRY(made, make_client(validates_chain, validates_name, identity));
  return known = std::move(made);
}

// Looking again

void TlsKeeper::note(LogLevel level, std::string_view event, std::string_view message) const {
  if (log_) log_->log(level, event, message, nullptr, 0);
}

uint64_t TlsKeeper::server_files() const {
  return mixed({&settings_.certificate_file, &settings_.key_file, &settings_.client_authorities_file});
}

uint64_t TlsKeeper::client_files() const { return mixed({&settings_.backend_authorities_file}); }

void TlsKeeper::start() {
  if (!thread_.joinable() && settings_.period_ms != 0 && (server_files() != 0 || client_files() != 0))
    thread_ = start_thread([this] { run(); });
}

void TlsKeeper::run() {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, std::chrono::milliseconds(settings_.period_ms), [this] { return is_over_; })) {
    lock.unlock();
    try {
      look_at_server_files();
      look_at_client_files();
    } catch (const std::bad_alloc&) {
      std::lock_guard loading(loading_);
      seen_server_files_ = 0;  // tried again in the next period
    }
    lock.lock();
  }
}

void TlsKeeper::look_at_server_files() {
  std::lock_guard loading(loading_);
  if (!tickets_ || server_files() == seen_server_files_) return;
  if (auto loaded = load(); !loaded)
    note(LogLevel::error, "TlsCertificateRejected", loaded.error().message + "; the one in force stays");
  else
    note(LogLevel::info, "TlsCertificateLoaded", settings_.certificate_file);
}

void TlsKeeper::look_at_client_files() {
  std::lock_guard lock(clients_mutex_);
  if (!authorities_ || client_files() == seen_client_files_) return;
  auto authorities = backend_authorities();
  seen_client_files_ = client_files();
  if (!authorities) return note(LogLevel::error, "TlsAuthoritiesRejected", authorities.error().message + "; those in force stay");
  authorities_ = *std::move(authorities);
  clients_.clear();
  note(LogLevel::info, "TlsAuthoritiesLoaded", settings_.backend_authorities_file);
}

}  // namespace gatelet
