// Server: a gateway with listeners, the one surface of this room for the C ABI. It runs on threads of its own (start) or in the caller's
// (pump); no thread is started before that.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "net/process_load.hpp"
#include "net/worker.hpp"

namespace gatelet {

class Server {
 public:
  // Binds the listeners; nothing is accepted yet. The gateway and the handler, which may be null, outlive the server.
  static Result<std::unique_ptr<Server>> create(Gateway& gateway, ServerOptions options, HostHandler* handler);
  // Stops at once if it still runs. Not from a callback.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // With the ports that were chosen.
  const std::vector<std::string>& urls() const { return urls_; }

  // Serves on `workers` threads; once.
  Result<Done> start();
  bool is_started();
  // Returns when all of them have ended. Any thread but theirs.
  void wait();

  // Instead of start, in one thread of the caller's: wait for `poll_socket` to be readable, at most `timeout_ms` (0: pump now, -1: no
  // limit), pump.
  // The first call makes the calling thread the one; false on another, and when the server was started.
  bool may_pump();
  int poll_socket();
  int timeout_ms();
  // False when the server has stopped.
  bool pump();

  // Any thread
  void drain();
  void stop();
  // Puts a configuration in force; the one before is let go off the loops.
  void publish(std::shared_ptr<const Config> config);
  ProcessLoad::Counts counts() const;
  // What clients of listeners with TLS get to see now.
  std::vector<ServedCertificate> certificates() const;
  Result<> use_certificate(std::string_view host, std::string_view certificates, std::string_view key, std::string_view password);

  // What else goes out of this process goes the same way.
  const Proxies& proxies() const { return core_.proxies; }
  const TlsSettings& tls() const { return core_.options.tls; }

 private:
  Server(Gateway& gateway, ServerOptions options, HostHandler* handler);
  void begin_pumping();

  ServerCore core_;
  std::vector<BoundListener> listeners_;
  std::vector<std::string> urls_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable ended_;
  size_t running_count_ = 0;
  bool is_started_ = false;
  bool is_pumped_ = false;
  std::thread::id pumping_thread_;
};

}  // namespace gatelet
