#include "net/server.hpp"

#include <system_error>

#include "net/threads.hpp"

namespace gatelet {

static constexpr uint32_t workers_max = 1024;

Server::Server(Gateway& gateway, ServerOptions options, HostHandler* handler) : core_(gateway, std::move(options), handler) {}

Result<std::unique_ptr<Server>> Server::create(Gateway& gateway, ServerOptions options, HostHandler* handler) {
  if (options.workers == 0) options.workers = 1;
  if (options.workers > workers_max)
    return Error{Code::argument,
                 "workers: " + std::to_string(options.workers) + " is more than 1024; one for each processor is a good number",
                 {},
                 {}};
  if (options.listeners.empty()) return Error{Code::argument, "listeners: none is given; write for example http://0.0.0.0:8080", {}, {}};
  std::unique_ptr<Server> server(new Server(gateway, std::move(options), handler));
  GATELET_TRY(tls, TlsKeeper::create(server->core_.options.tls, gateway.options().log));
  server->core_.tls = std::move(tls);
  gateway.add_listener(*server->core_.tls);
  const ServerOptions& given = server->core_.options;
  GATELET_TRY(proxies, Proxies::parse(given.http_proxy, given.https_proxy, given.proxy_exceptions));
  server->core_.proxies = std::move(proxies);
  GATELET_TRY(egress, EgressRule::parse(given.egress_denied));
  server->core_.egress = std::move(egress);
  GATELET_TRY(listeners, bind_listeners(server->core_.options.listeners, server->core_.options.workers));
  server->listeners_ = std::move(listeners);
  std::vector<uint16_t> ports;
  for (const BoundListener& listener : server->listeners_) {
    server->urls_.push_back(listener.url);
    ports.push_back(listener.port);
  }
  server->core_.egress.set_own(std::move(ports), addresses_of_machine());
  for (const BoundListener& listener : server->listeners_)
    if (listener.is_tls)
      if (auto loaded = server->core_.tls->load_server(); !loaded) return std::move(loaded.error());
  for (uint32_t i = 0; i < server->core_.options.workers; ++i) server->workers_.push_back(std::make_unique<Worker>(server->core_));
  return server;
}

Server::~Server() {
  stop();
  for (std::thread& thread : threads_) thread.join();
  if (core_.tls) core_.gateway.remove_listener(*core_.tls);
}

Result<Done> Server::start() {
  std::lock_guard lock(mutex_);
  if (is_started_ || is_pumped_) return Error{Code::argument, "the server runs already; start it once, and do not pump it besides", {}, {}};
  is_started_ = true;
  try {
    core_.tls->start();
    for (size_t i = 0; i < workers_.size(); ++i)
      for (BoundListener& listener : listeners_) workers_[i]->take(listener.sockets[i], listener.is_tls);
    threads_.reserve(workers_.size());
    for (const auto& worker : workers_) {
      threads_.push_back(start_thread([this, &worker] {
        worker->run();
        std::lock_guard ended(mutex_);  // which start() holds until all are counted
        if (--running_count_ == 0) ended_.notify_all();
      }));
      ++running_count_;
    }
    return Done{};
  } catch (const std::bad_alloc&) {
    stop();
    return Error{Code::memory, {}, {}, {}};
  } catch (const std::system_error& error) {
    stop();
    return Error{Code::io,
                 std::string("a thread cannot be started: ") + error.what() + "; raise the limit of processes, or use fewer workers",
                 {},
                 {}};
  }
}

void Server::wait() {
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [this] { return running_count_ == 0; });
}

bool Server::is_started() {
  std::lock_guard lock(mutex_);
  return is_started_;
}

bool Server::may_pump() {
  std::lock_guard lock(mutex_);
  if (!is_started_ && !is_pumped_) begin_pumping();
  return is_pumped_ && pumping_thread_ == std::this_thread::get_id();
}

// One loop accepts for all: the sockets of workers that never run would swallow their share of the clients.
void Server::begin_pumping() {
  is_pumped_ = true;
  pumping_thread_ = std::this_thread::get_id();
  for (BoundListener& listener : listeners_)
    for (int& socket : listener.sockets) workers_[0]->take(socket, listener.is_tls);
}

int Server::poll_socket() { return workers_[0]->poll_socket(); }
int Server::timeout_ms() { return workers_[0]->timeout_ms(); }
bool Server::pump() { return workers_[0]->pump(); }

void Server::drain() {
  core_.gateway.set_draining();
  for (const auto& worker : workers_) worker->post([&worker = *worker] { worker.drain(); });
}

void Server::stop() {
  for (const auto& worker : workers_) worker->post([&worker = *worker] { worker.stop(); });
}

std::vector<ServedCertificate> Server::certificates() const {
  std::vector<ServedCertificate> out;
  if (const auto tls = core_.tls->server())
    for (const crypto::TlsHost& host : tls->hosts()) out.push_back({host.name, host.identity.certificate().not_after_s() * 1000});
  return out;
}

Result<> Server::use_certificate(std::string_view host, std::string_view certificates, std::string_view key, std::string_view password) {
  return core_.tls->use(host, certificates, key, password);
}

ProcessLoad::Counts Server::counts() const {
  ProcessLoad::Counts out;
  for (const auto& worker : workers_) {
    const uint64_t ended = worker->ended_count();  // first: none ends that has not begun
    const uint64_t begun = worker->begun_count();
    out.requests += begun;
    out.in_flight += begun - ended;
  }
  out.connections = core_.connection_count.load(std::memory_order_relaxed);
  return out;
}

void Server::publish(std::shared_ptr<const Config> config) { core_.retirer.retire(core_.gateway.publish(std::move(config))); }

}  // namespace gatelet
