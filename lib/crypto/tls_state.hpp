// The mbedTLS objects behind tls.hpp.
#pragma once

#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ticket.h>
#include <mbedtls/x509_crl.h>

#include <map>

#include "crypto/identity_state.hpp"
#include "crypto/tls.hpp"

namespace gatelet::crypto {

struct Authorities::State {
  State() { mbedtls_x509_crl_init(&revoked); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { mbedtls_x509_crl_free(&revoked); }
  CertificateList trusted;
  mbedtls_x509_crl revoked;
  size_t count = 0;
  size_t unreadable_count = 0;
  bool has_revocation_lists = false;

  mbedtls_x509_crt* roots() { return count ? &trusted.first : nullptr; }
  mbedtls_x509_crl* lists() { return has_revocation_lists ? &revoked : nullptr; }
};

struct TlsTickets::State {
  Random random;
  mbedtls_ssl_ticket_context context;
};

struct TlsSession::State {
  mbedtls_ssl_session session;
};

// What servers and clients have in common.
struct TlsConfiguration {
  explicit TlsConfiguration(Random source) : random(source) { mbedtls_ssl_config_init(&config); }
  TlsConfiguration(const TlsConfiguration&) = delete;
  TlsConfiguration& operator=(const TlsConfiguration&) = delete;
  ~TlsConfiguration() { mbedtls_ssl_config_free(&config); }
  Result<> prepare(int endpoint, const TlsOptions& options);

  Random random;
  mbedtls_ssl_config config;
  std::vector<int> suites;
  std::vector<std::string> protocols;
  std::vector<const char*> protocol_names;
};

std::string tls_suite_name(const mbedtls_ssl_context& ssl);  // the IANA name

struct TlsServer::State : TlsConfiguration {
  using TlsConfiguration::TlsConfiguration;
  TlsServerOptions options;
  std::map<std::string, const TlsHost*, std::less<>> hosts;  // by name in lower case
  const TlsHost* fallback = nullptr;
  bool do_demands_differ = false;  // some hosts ask for a certificate, others do not
};

struct TlsClient::State : TlsConfiguration {
  using TlsConfiguration::TlsConfiguration;
  TlsClientOptions options;
};

struct TlsConnection::Parts {
  Parts() { mbedtls_ssl_init(&ssl); }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;
  ~Parts() { mbedtls_ssl_free(&ssl); }

  // The connection that this thread is working on: some of mbedTLS's callbacks do not say whose they are.
  static thread_local Parts* current;

  mbedtls_ssl_context ssl;
  std::shared_ptr<const TlsServer> server;
  std::shared_ptr<const TlsClient> client;
  int64_t now_s = 0;
  State state = State::handshake;
  std::string_view input;
  std::string* output = nullptr;
  std::string failure;
  std::string host;
  const TlsHost* chosen = nullptr;  // a server's
  bool is_resumed = false;
  bool is_address = false;  // the host of a client's
  std::unique_ptr<TlsSession> session;
};

}  // namespace gatelet::crypto
