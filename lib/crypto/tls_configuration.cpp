// Configurations of TLS: versions, suites, host names, tickets.
#include <mbedtls/error.h>
#include <psa/crypto.h>

#include <algorithm>

#include "base/text.hpp"
#include "crypto/mbedtls.hpp"
#include "crypto/tls_state.hpp"

namespace gatelet::crypto {

const std::string_view default_tls_suites =
    "TLS_AES_256_GCM_SHA384,TLS_CHACHA20_POLY1305_SHA256,TLS_AES_128_GCM_SHA256,"
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,TLS_DHE_RSA_WITH_AES_256_GCM_SHA384,"
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256,"
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_DHE_RSA_WITH_AES_128_GCM_SHA256,"
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384,TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384,TLS_DHE_RSA_WITH_AES_256_CBC_SHA256,"
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,TLS_DHE_RSA_WITH_AES_128_CBC_SHA256,"
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,TLS_DHE_RSA_WITH_AES_256_CBC_SHA,"
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,TLS_DHE_RSA_WITH_AES_128_CBC_SHA,"
    "TLS_RSA_WITH_AES_256_GCM_SHA384,TLS_RSA_WITH_AES_128_GCM_SHA256,TLS_RSA_WITH_AES_256_CBC_SHA256,TLS_RSA_WITH_AES_128_CBC_SHA256,"
    "TLS_RSA_WITH_AES_256_CBC_SHA,TLS_RSA_WITH_AES_128_CBC_SHA";

namespace tls_parts {

// P-256 costs this library least.
constexpr uint16_t groups[] = {MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1, MBEDTLS_SSL_IANA_TLS_GROUP_X25519,
                               MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1, MBEDTLS_SSL_IANA_TLS_GROUP_SECP521R1, 0};

std::vector<std::string_view> names_in(std::string_view list) {
  std::vector<std::string_view> names;
  const auto is_separator = [](char c) { return c == ',' || c == ';' || c == ':' || is_space(c); };
  for (size_t at = 0; at < list.size();) {
    size_t end = at;
    while (end < list.size() && !is_separator(list[end])) ++end;
    if (end != at) names.push_back(list.substr(at, end - at));
    at = end + 1;
  }
  return names;
}

// The library writes TLS_ECDHE_RSA_WITH_… with hyphens and TLS_AES_… as TLS1-3-AES-…
std::string library_name(std::string_view iana) {
  std::string name(iana);
  std::replace(name.begin(), name.end(), '_', '-');
  if (name.find("-WITH-") == name.npos && name.starts_with("TLS-")) name.replace(0, 4, "TLS1-3-");
  return name;
}

std::string iana_name(std::string_view library) {
  std::string name(library);
  if (name.starts_with("TLS1-3-")) name.replace(0, 7, "TLS-");
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

mbedtls_ssl_protocol_version number_of(TlsVersion version) {
  return version == TlsVersion::tls13 ? MBEDTLS_SSL_VERSION_TLS1_3 : MBEDTLS_SSL_VERSION_TLS1_2;
}

bool initialise_library() {
  static const bool is_ready = psa_crypto_init() == PSA_SUCCESS;
  return is_ready;
}

}  // namespace tls_parts

std::string tls_suite_name(const mbedtls_ssl_context& ssl) {
  const char* name = mbedtls_ssl_get_ciphersuite(&ssl);
  return name ? tls_parts::iana_name(name) : std::string();
}

std::string_view unknown_tls_suite(std::string_view names) {
  for (const std::string_view name : tls_parts::names_in(names))
    if (mbedtls_ssl_get_ciphersuite_id(tls_parts::library_name(name).c_str()) == 0 && default_tls_suites.find(name) == names.npos)
      return name;
  return {};
}

Result<> TlsConfiguration::prepare(int endpoint, const TlsOptions& options) {
  if (!tls_parts::initialise_library()) return Error{Code::internal, "the cryptography library cannot be initialised", {}, {}};
  if (const int status = mbedtls_ssl_config_defaults(&config, endpoint, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
      status != 0)
    return library_error("TLS cannot be configured", status);
  if (const std::string_view unknown = unknown_tls_suite(options.suites); !unknown.empty())
    return Error{Code::argument,
                 "'" + std::string(unknown) + "' is no cipher suite; write its IANA name, such as TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
                 {},
                 {}};
  for (const std::string_view name : tls_parts::names_in(options.suites.empty() ? default_tls_suites : options.suites))
    if (const int id = mbedtls_ssl_get_ciphersuite_id(tls_parts::library_name(name).c_str()); id != 0) suites.push_back(id);
  if (suites.empty()) return Error{Code::argument, "none of the cipher suites exists in this build; add TLS_AES_128_GCM_SHA256", {}, {}};
  suites.push_back(0);
  protocols = options.protocols;
  for (const std::string& protocol : protocols) protocol_names.push_back(protocol.c_str());
  protocol_names.push_back(nullptr);

  mbedtls_ssl_conf_rng(&config, Random::of_mbedtls, &random);
  mbedtls_ssl_conf_min_tls_version(&config, tls_parts::number_of(options.least));
  mbedtls_ssl_conf_max_tls_version(&config, tls_parts::number_of(options.most));
  mbedtls_ssl_conf_ciphersuites(&config, suites.data());
  mbedtls_ssl_conf_groups(&config, tls_parts::groups);
  // A session is resumed with new keys, so that who gets the ticket's key later can't read what was said.
  mbedtls_ssl_conf_tls13_key_exchange_modes(&config, MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL_ALL);
  if (!protocols.empty())
    if (const int status = mbedtls_ssl_conf_alpn_protocols(&config, protocol_names.data()); status != 0)
      return library_error("the protocols of ALPN are not usable", status);
  return Done{};
}

// Tickets

TlsTickets::TlsTickets(Random random, uint32_t lifetime_s) : state_(std::make_unique<State>()) {
  state_->random = random;
  mbedtls_ssl_ticket_init(&state_->context);
  if (mbedtls_ssl_ticket_setup(&state_->context, Random::of_mbedtls, &state_->random, MBEDTLS_CIPHER_AES_256_GCM, lifetime_s) != 0)
    throw std::bad_alloc();
}

TlsTickets::~TlsTickets() { mbedtls_ssl_ticket_free(&state_->context); }

namespace tls_parts {

// A ticket does not carry the client's certificate, so where one is asked for each connection begins anew.
bool uses_tickets() {
  const TlsConnection::Parts* connection = TlsConnection::Parts::current;
  return !connection->chosen->asks_for_certificate;
}

int write_ticket(void* tickets, const mbedtls_ssl_session* session, unsigned char* start, const unsigned char* end, size_t* size,
                 uint32_t* lifetime_s) {
  if (uses_tickets()) return mbedtls_ssl_ticket_write(tickets, session, start, end, size, lifetime_s);
  // TLS 1.3 wants one: it is worth nothing and says so.
  if (mbedtls_ssl_get_version_number(&TlsConnection::Parts::current->ssl) != MBEDTLS_SSL_VERSION_TLS1_3 || start == end)
    return MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE;
  *start = 0;
  *size = 1;
  *lifetime_s = 0;
  return 0;
}

int parse_ticket(void* tickets, mbedtls_ssl_session* session, unsigned char* bytes, size_t size) {
  if (!uses_tickets()) return MBEDTLS_ERR_SSL_INVALID_MAC;  // a full handshake follows
  const int status = mbedtls_ssl_ticket_parse(tickets, session, bytes, size);
  TlsConnection::Parts::current->is_resumed = status == 0;
  return status;
}

int auth_mode(const TlsHost& host) { return host.asks_for_certificate ? MBEDTLS_SSL_VERIFY_OPTIONAL : MBEDTLS_SSL_VERIFY_NONE; }

int choose_host(void* server, mbedtls_ssl_context* ssl, const unsigned char* name, size_t size) {
  TlsConnection::Parts& connection = *TlsConnection::Parts::current;
  connection.host = lower({reinterpret_cast<const char*>(name), size});
  connection.chosen = &static_cast<const TlsServer*>(server)->host_for(connection.host);
  Identity::State& identity = connection.chosen->identity.state();
  mbedtls_ssl_set_hs_authmode(ssl, auth_mode(*connection.chosen));
  mbedtls_ssl_set_hs_own_cert(ssl, nullptr, nullptr);  // of a first attempt of this handshake
  return mbedtls_ssl_set_hs_own_cert(ssl, &identity.list.first, &identity.key.context);
}

}  // namespace tls_parts

// Servers

TlsServer::TlsServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsServer::~TlsServer() = default;

const TlsHost& TlsServer::host_for(std::string_view name) const {
  std::string wanted = lower(name);
  if (wanted.ends_with('.')) wanted.pop_back();
  auto found = state_->hosts.find(wanted);
  if (found == state_->hosts.end())
    if (const size_t dot = wanted.find('.'); dot != wanted.npos) found = state_->hosts.find("*" + wanted.substr(dot));
  return found == state_->hosts.end() ? *state_->fallback : *found->second;
}

const std::vector<TlsHost>& TlsServer::hosts() const { return state_->options.hosts; }

Result<std::shared_ptr<const TlsServer>> TlsServer::create(TlsServerOptions options, Random random) {
  auto state = std::make_unique<State>(random);
  state->options = std::move(options);
  if (auto prepared = state->prepare(MBEDTLS_SSL_IS_SERVER, state->options); !prepared) return std::move(prepared.error());
  for (const TlsHost& host : state->options.hosts) {
    if (host.name == "*") state->fallback = &host;
    if (host.asks_for_certificate != state->options.hosts.front().asks_for_certificate) state->do_demands_differ = true;
    if (!state->hosts.emplace(lower(host.name), &host).second)
      return Error{Code::argument, "the host name '" + host.name + "' is there twice; keep one of them", {}, {}};
  }
  if (!state->fallback) return Error{Code::argument, "no host has the name '*', which is for clients that name none; add it", {}, {}};
  auto server = std::make_shared<TlsServer>(std::move(state));
  State& made = server->state();
  Identity::State& identity = made.fallback->identity.state();
  if (const int status = mbedtls_ssl_conf_own_cert(&made.config, &identity.list.first, &identity.key.context); status != 0)
    return library_error("the certificate cannot be used", status);
  Authorities::State& authorities = made.options.client_authorities.state();
  mbedtls_ssl_conf_ca_chain(&made.config, authorities.roots(), made.options.checks_revocation ? authorities.lists() : nullptr);
  mbedtls_ssl_conf_authmode(&made.config, tls_parts::auth_mode(*made.fallback));
  mbedtls_ssl_conf_sni(&made.config, tls_parts::choose_host, server.get());
  if (made.options.tickets)
    mbedtls_ssl_conf_session_tickets_cb(&made.config, tls_parts::write_ticket, tls_parts::parse_ticket,
                                        &made.options.tickets->state().context);
  return std::shared_ptr<const TlsServer>(std::move(server));
}

// Clients

TlsClient::TlsClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsClient::~TlsClient() = default;

Result<std::shared_ptr<const TlsClient>> TlsClient::create(TlsClientOptions options, Random random) {
  auto state = std::make_unique<State>(random);
  state->options = std::move(options);
  if (auto prepared = state->prepare(MBEDTLS_SSL_IS_CLIENT, state->options); !prepared) return std::move(prepared.error());
  const TlsClientOptions& given = state->options;
  if (given.identity) {
    Identity::State& identity = given.identity->state();
    if (const int status = mbedtls_ssl_conf_own_cert(&state->config, &identity.list.first, &identity.key.context); status != 0)
      return library_error("the client certificate cannot be used", status);
  }
  Authorities::State& authorities = given.authorities.state();
  mbedtls_ssl_conf_ca_chain(&state->config, &authorities.trusted.first, given.checks_revocation ? authorities.lists() : nullptr);
  const bool validates = given.validates_chain || given.validates_name;
  mbedtls_ssl_conf_authmode(&state->config, validates ? MBEDTLS_SSL_VERIFY_REQUIRED : MBEDTLS_SSL_VERIFY_NONE);
  mbedtls_ssl_conf_session_tickets(&state->config, MBEDTLS_SSL_SESSION_TICKETS_ENABLED);
  mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(&state->config, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
  return std::shared_ptr<const TlsClient>(std::make_shared<TlsClient>(std::move(state)));
}

}  // namespace gatelet::crypto
