#include "net/worker.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

namespace gatelet {
namespace {

// How many descriptors clients and backends may take: the rest is for configuration, backup and probes.
uint64_t descriptors_for_sockets() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return UINT64_MAX;
  return limit.rlim_cur > 2 * file_descriptor_reserve ? limit.rlim_cur - file_descriptor_reserve : limit.rlim_cur / 2;
}

}  // namespace

Worker::Worker(ServerCore& core)
    : core_(core),
      pools_(loop_, core.options.connect_timeout_ms),
      mailbox_(std::make_shared<Mailbox>()),
      drain_timer_([](void* self) { static_cast<Worker*>(self)->stop(); }, this),
      held_body_bytes_max_(core.gateway.options().body_bytes_max != 0 ? core.gateway.options().body_bytes_max
                                                                      : buffered_body_bytes_max_default),
      socket_limit_(descriptors_for_sockets()) {
  mailbox_->open(loop_.uv(), [this](uint64_t id, HostAnswer answer) { host_answered(id, std::move(answer)); });
  uv_idle_init(loop_.uv(), &deferring_);
  deferring_.data = this;
}

Worker::~Worker() {
  mailbox_->set_thread();
  if (!is_over_) stop();
  uv_run(loop_.uv(), UV_RUN_DEFAULT);
}

void Worker::take(int& listening_socket) {
  listeners_.reserve(listeners_.size() + 1);
  listeners_.push_back(new Listener(*this, listening_socket));
  listening_socket = -1;
}

void Worker::run() {
  mailbox_->set_thread();
  loop_.read_clock();
  uv_run(loop_.uv(), UV_RUN_DEFAULT);
}

bool Worker::pump() {
  mailbox_->set_thread();
  // libuv tells the kernel of a new watcher only when it is run again; the host would wait for a socket that nobody watches.
  constexpr int rounds_max = 8;
  for (int i = 0; i < rounds_max; ++i) {
    const uint64_t changes = loop_.changes();
    if (uv_run(loop_.uv(), UV_RUN_NOWAIT) == 0) return false;
    if (changes == loop_.changes()) break;
  }
  return true;
}

int Worker::poll_socket() { return uv_backend_fd(loop_.uv()); }
int Worker::timeout_ms() { return uv_backend_timeout(loop_.uv()); }

const std::shared_ptr<const Config>& Worker::config() {
  if (const uint64_t generation = gateway().generation(); generation != generation_) {
    generation_ = generation;
    // A count of references of this worker's own: workers would otherwise fight for one cache line with each request. The last reference
    // goes to the retirer.
    auto* const held = new std::shared_ptr<const Config>(gateway().config());
    config_ = std::shared_ptr<const Config>(held->get(), [held, &retirer = core_.retirer](const Config*) {
      retirer.retire(std::move(*held));
      delete held;
    });
  }
  return config_;
}

// Clients

bool Worker::may_accept() {
  // Each client may need a connection to a backend, too.
  if (core_.connection_count.load(std::memory_order_relaxed) >= socket_limit_ / 2) {
    close_idle_clients(16);
    return false;
  }
  if (static_cast<uint64_t>(highest_socket_) < socket_limit_) return true;
  const int lowest_free = dup(poll_socket());
  if (lowest_free >= 0) ::close(lowest_free);
  if (lowest_free < 0 || static_cast<uint64_t>(lowest_free) >= socket_limit_) {
    close_idle_clients(16);
    return false;
  }
  highest_socket_ = lowest_free;
  return true;
}

void Worker::accept(int socket, const SocketAddress& peer) {
  highest_socket_ = socket;
  auto* const connection = new ServerConnection(*this, peer);
  if (!connection->open(socket)) {
    delete connection;
    return;
  }
  connection->next = newest_;
  if (newest_) newest_->previous = connection;
  newest_ = connection;
  if (!oldest_) oldest_ = connection;
  if (core_.connection_count.fetch_add(1, std::memory_order_relaxed) >= core_.options.connections_max) connection->refuse_for_overload();
}

void Worker::remove(ServerConnection& connection) {
  (connection.previous ? connection.previous->next : newest_) = connection.next;
  (connection.next ? connection.next->previous : oldest_) = connection.previous;
  if (connection.is_deferred) std::erase(deferred_, &connection);
  delete &connection;
  core_.connection_count.fetch_sub(1, std::memory_order_relaxed);
  finish_when_empty();
}

void Worker::close_idle_clients(size_t count) {
  for (ServerConnection* connection = oldest_; connection && count != 0; connection = connection->previous)
    if (connection->close_if_idle()) --count;
}

void Worker::defer(ServerConnection& connection) {
  if (connection.is_deferred) return;
  connection.is_deferred = true;
  deferred_.push_back(&connection);
  uv_idle_start(&deferring_, [](uv_idle_t* idle) { static_cast<Worker*>(idle->data)->run_deferred(); });
  loop_.count_change();
}

void Worker::run_deferred() {
  loop_.read_clock();
  uv_idle_stop(&deferring_);
  surplus_transactions_.clear();
  std::vector<ServerConnection*> connections;
  connections.swap(deferred_);
  for (ServerConnection* connection : connections) connection->proceed();
}

void Worker::note_refusal(const Refusal& refusal, std::string_view client_ip) {
  if (!gateway().options().log) return;
  const LogField fields[] = {{"clientIpAddress", client_ip}};
  gateway().options().log->log(LogLevel::debug, "RequestRefused", refusal.message, fields, 1);
}

// Transactions

Transaction& Worker::take_transaction() {
  if (idle_transactions_.empty()) return *new Transaction(*this);
  Transaction* const transaction = idle_transactions_.back().release();
  idle_transactions_.pop_back();
  return *transaction;
}

void Worker::recycle(Transaction& transaction) {
  if (idle_transactions_.size() < idle_transactions_max && transaction.arena().bytes_reserved() <= idle_arena_bytes_max) {
    idle_transactions_.emplace_back(&transaction);
    return;
  }
  surplus_transactions_.emplace_back(&transaction);
  uv_idle_start(&deferring_, [](uv_idle_t* idle) { static_cast<Worker*>(idle->data)->run_deferred(); });
  loop_.count_change();
}

// The host's handler

uint64_t Worker::open_host_call(Transaction& transaction, Call& call) {
  const uint64_t id = next_host_call_++;
  host_calls_[id] = {&transaction, &call, loop_.now().steady_us};
  mailbox_->open_call(id);
  return id;
}

void Worker::hand_to_host(uint64_t id, Call& call, std::string_view client_ip, Buffer body) {
  auto* const host_call = new HostCall(mailbox_, id, call, client_ip, std::move(body));
  if (auto answer = mailbox_->hand_over(id, *core_.handler, *host_call)) host_answered(id, *std::move(answer));
}

void Worker::close_host_call(uint64_t id) {
  host_calls_.erase(id);
  mailbox_->close_call(id);
}

void Worker::host_answered(uint64_t id, HostAnswer answer) {
  const auto found = host_calls_.find(id);
  if (found == host_calls_.end()) return;
  const OpenHostCall open = found->second;
  host_calls_.erase(found);
  loop_.read_clock();
  open.transaction->count_backend_us(loop_.now().steady_us - open.started_us);
  open.transaction->host_answered(id, *open.call, std::move(answer));
}

// The end

void Worker::drain() {
  if (is_draining_) return;
  loop_.read_clock();
  for (Listener* listener : listeners_) listener->close(true);
  is_draining_ = true;
  listeners_.clear();
  for (ServerConnection* connection = newest_; connection; connection = connection->next) connection->close_if_idle();
  loop_.set_timer_after(drain_timer_, core_.options.drain_timeout_ms);
  finish_when_empty();
}

void Worker::stop() {
  loop_.read_clock();
  is_draining_ = true;
  for (Listener* listener : listeners_) listener->close(false);
  listeners_.clear();
  for (ServerConnection* connection = newest_; connection; connection = connection->next) connection->lose_client();
  finish_when_empty();
}

void Worker::finish_when_empty() {
  if (!is_draining_ || newest_ || is_over_) return;
  is_over_ = true;
  drain_timer_.clear();
  pools_.close();
  mailbox_->close();
  uv_close(reinterpret_cast<uv_handle_t*>(&deferring_), nullptr);
  config_.reset();
}

}  // namespace gatelet
