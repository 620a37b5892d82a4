// TlsKeeper: the configurations of TLS that are in force, made of files, and looked at again on a thread of its own. What cannot be used
// leaves the old one in force, with a line in the log that names file and reason; connections keep what they began with.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <tuple>

#include "base/log.hpp"
#include "base/result.hpp"
#include "config/model.hpp"
#include "crypto/tls.hpp"
#include "gateway/gateway.hpp"
#include "net/tls_settings.hpp"

namespace gatelet {

class TlsKeeper final : public ConfigListener {
 public:
  // Settings that can never work are an error. The log may be null.
  static Result<std::unique_ptr<TlsKeeper>> create(TlsSettings settings, LogSink* log);
  ~TlsKeeper();
  TlsKeeper(const TlsKeeper&) = delete;
  TlsKeeper& operator=(const TlsKeeper&) = delete;

  // For who has a listener with TLS, before start().
  Result<> load_server();
  void start();

  // The host names and authorities of a configuration that is put in force. Reading the authorities of a system takes some ten
  // milliseconds: it is done here where the configuration has a backend over https, else when a client is first asked for.
  void config_arrives(const Config& config) override;
  // Any thread but the loops'. For clients that ask for this host ("*": for all others), instead of what files and configurations say.
  Result<> use(std::string_view host, std::string_view certificates, std::string_view key, std::string_view password);

  // Any thread
  std::shared_ptr<const crypto::TlsServer> server();
  Result<std::shared_ptr<const crypto::TlsClient>> client(bool validates_chain, bool validates_name, const UpstreamIdentity* identity);

 private:
  using Client = std::shared_ptr<const crypto::TlsClient>;
  TlsKeeper(TlsSettings settings, LogSink* log);
  Result<std::shared_ptr<const crypto::TlsServer>> make_server();
  std::vector<crypto::TlsHost> hosts();
  crypto::Identity unexpired(const crypto::TlsHost& host);
  Result<crypto::Identity> own_identity();
  Result<crypto::Authorities> backend_authorities() const;
  Result<> load_authorities();
  Result<Client> make_client(bool validates_chain, bool validates_name, const UpstreamIdentity* identity);
  void note(LogLevel level, std::string_view event, std::string_view message) const;
  uint64_t server_files() const;
  uint64_t client_files() const;
  Result<> load();
  void run();
  void look_at_server_files();
  void look_at_client_files();

  const TlsSettings settings_;
  LogSink* const log_;
  std::shared_ptr<crypto::TlsTickets> tickets_;
  std::mutex loading_;  // held by who reads files and makes a server; before the others
  GatewayTls configured_;
  std::map<std::string, crypto::Identity> given_;  // by host name
  std::optional<crypto::Identity> self_made_;
  uint64_t seen_server_files_ = 0;
  uint64_t seen_client_files_ = 0;
  std::mutex clients_mutex_;  // of what follows
  std::vector<crypto::Certificate> gateway_authorities_;
  std::optional<crypto::Authorities> authorities_;
  std::map<std::tuple<bool, bool, std::string>, Client> clients_;  // by what is validated, chain, name, and by the identity's thumbprint
  std::mutex mutex_;                                               // of what follows
  std::shared_ptr<const crypto::TlsServer> server_;
  std::condition_variable changed_;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace gatelet
