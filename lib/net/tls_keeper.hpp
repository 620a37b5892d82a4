// TlsKeeper: the configurations of TLS that are in force, made of files, and looked at again on a thread of its own. What cannot be used
// leaves the old one in force, with a line in the log that names file and reason; connections keep what they began with.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/log.hpp"
#include "base/result.hpp"
#include "config/model.hpp"
#include "crypto/tls.hpp"
#include "net/tls_settings.hpp"

namespace gatelet {

class TlsKeeper {
 public:
  // Settings that can never work are an error. The log may be null.
  static Result<std::unique_ptr<TlsKeeper>> create(TlsSettings settings, LogSink* log);
  ~TlsKeeper();
  TlsKeeper(const TlsKeeper&) = delete;
  TlsKeeper& operator=(const TlsKeeper&) = delete;

  // For who has a listener with TLS, before start().
  Result<> load_server();
  void start();

  // The host names and authorities of a configuration that is put in force; off the loops.
  void take(const Config& config);

  // Any thread
  std::shared_ptr<const crypto::TlsServer> server();
  // Made when it is first asked for: reading the authorities of a system takes some ten milliseconds.
  Result<std::shared_ptr<const crypto::TlsClient>> client(bool validates_chain, bool validates_name);

 private:
  using Client = std::shared_ptr<const crypto::TlsClient>;
  TlsKeeper(TlsSettings settings, LogSink* log);
  Result<std::shared_ptr<const crypto::TlsServer>> make_server();
  Result<crypto::Identity> own_identity();
  Result<crypto::Authorities> backend_authorities();
  Result<Client> make_client(bool validates_chain, bool validates_name);
  std::span<const crypto::Certificate> trusted_roots() const;
  void note(LogLevel level, std::string_view event, std::string_view message) const;
  uint64_t server_files() const;
  uint64_t client_files() const;
  void run();
  void look_at_server_files();
  void look();

  Result<> load();

  const TlsSettings settings_;
  LogSink* const log_;
  std::shared_ptr<crypto::TlsTickets> tickets_;
  std::mutex loading_;  // held by who reads files and makes a server
  GatewayTls configured_;
  std::optional<crypto::Identity> self_made_;
  uint64_t seen_server_files_ = 0;
  uint64_t seen_client_files_ = 0;
  std::mutex mutex_;  // of what follows
  std::shared_ptr<const crypto::TlsServer> server_;
  std::optional<crypto::Authorities> authorities_;
  std::map<std::pair<bool, bool>, Client> clients_;  // by what is validated: chain, name
  std::condition_variable changed_;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace gatelet
