// Worker: one event loop with its clients, backends and transactions. Workers share the gateway, the count of connections and nothing else.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/gateway.hpp"
#include "net/egress_rule.hpp"
#include "net/event_sender.hpp"
#include "net/host_handler.hpp"
#include "net/listener.hpp"
#include "net/loop.hpp"
#include "net/mailbox.hpp"
#include "net/memory_watch.hpp"
#include "net/random.hpp"
#include "net/redis_client.hpp"
#include "net/redis_limits.hpp"
#include "net/refusal.hpp"
#include "net/retirer.hpp"
#include "net/server_connection.hpp"
#include "net/server_options.hpp"
#include "net/statsd_client.hpp"
#include "net/tls_keeper.hpp"
#include "net/transaction.hpp"
#include "net/upstream_pool.hpp"

namespace gatelet {

// What the workers of one server share.
struct ServerCore {
  ServerCore(Gateway& served, ServerOptions settings, HostHandler* host) : gateway(served), options(std::move(settings)), handler(host) {}
  Gateway& gateway;
  const ServerOptions options;
  HostHandler* const handler;
  Retirer retirer;
  std::unique_ptr<TlsKeeper> tls;
  Proxies proxies;
  EgressRule egress;
  MemoryWatch memory{options.memory_bytes_max, gateway.options().log, gateway.options().records};
  std::atomic<uint32_t> connection_count{0};  // without guests
};

class Worker {
 public:
  explicit Worker(ServerCore& core);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Any thread; `work` runs on the loop, or not at all when the worker is over.
  void post(std::function<void()> work) { mailbox_->post(std::move(work)); }
  // Requests that were begun, and those that have ended.
  uint64_t begun_count() const { return begun_count_.load(std::memory_order_relaxed); }
  uint64_t ended_count() const { return ended_count_.load(std::memory_order_relaxed); }

  // The loop's thread
  void take(int& listening_socket, bool is_tls);  // is -1 when it was taken
  // Until all is closed after drain() or stop().
  void run();
  // One round without waiting; false when all is closed.
  bool pump();
  int poll_socket();
  int timeout_ms();
  void drain();
  void stop();

  // For what runs on the loop
  Loop& loop() { return loop_; }
  UpstreamPools& pools() { return pools_; }
  RandomPool& random() { return random_; }
  Gateway& gateway() { return core_.gateway; }
  const ServerOptions& options() const { return core_.options; }
  HostHandler* host_handler() const { return core_.handler; }
  // Null: there is none.
  RedisClient* external_cache() { return external_cache_.is_used() ? &external_cache_ : nullptr; }
  // Null: limits are counted in the process.
  RedisLimits* shared_limits() { return core_.options.limits.is_on ? &shared_limits_ : nullptr; }
  void forget_look_ups(RedisClient::Asker& asker) { external_cache_.forget(asker); }
  size_t held_body_bytes_max() const { return held_body_bytes_max_; }
  bool is_draining() const { return is_draining_; }
  // The configuration in force, pinned for this worker.
  const std::shared_ptr<const Config>& config();

  // Nobody knows what a client wants before it is let in, and probes must be answered: where there is no room it is let in as a guest.
  bool may_accept() const;
  void accept(int socket, const SocketAddress& peer, bool is_tls);
  // A request that is no probe: whether it is refused because there is too much to do. A guest that is not becomes a client like others.
  Refusal refusal_for_overload(ServerConnection& connection);
  Overload overload() const { return overload_; }
  uint32_t idle_timeout_ms() const;
  // There is room in its place from now on, though its socket may take a moment to close.
  void leave(ServerConnection& connection);
  void remove(ServerConnection& connection);
  void defer(ServerConnection& connection);
  void note_broken_handshake(std::string_view why, std::string_view client_ip);
  void note_refusal(const Refusal& refusal, std::string_view client_ip);
  Transaction& take_transaction();
  void recycle(Transaction& transaction);

  // Sends what exchanges have left for nobody's answer, requests so many at once; what no server is named for becomes a line of the log.
  void serve_outbox() {
    if (gateway().fetches().has_requests()) send_fetches();
    if (!gateway().outbox().is_empty()) send_outgoing();
  }
  void send_alone(OutboxItem item, Transaction::AloneEnd ended);
  void forget_alone(Transaction& transaction) { std::erase(alone_, &transaction); }
  // Of the configuration in force; null: the logger is none.
  std::shared_ptr<const EventHub> event_hub(std::string_view logger);
  // After drain() or stop(): whether that was the last.
  void finish_when_empty();

  uint64_t open_host_call(Transaction& transaction, Call& call);
  void hand_to_host(uint64_t id, Call& call, std::string_view client_ip, Buffer body);
  void close_host_call(uint64_t id);

 private:
  struct OpenHostCall {
    Transaction* transaction;
    Call* call;
    uint64_t started_us;
  };
  struct Guest {
    ServerConnection* connection;
    uint64_t accepted_ms;
  };
  static constexpr size_t idle_transactions_max = 256;
  static constexpr size_t idle_arena_bytes_max = 64 * 1024;

  void host_answered(uint64_t id, HostAnswer answer);
  void run_deferred();
  bool has_room(int socket) const;
  bool close_idle_client();
  bool may_dismiss(const Guest& guest) const;
  void dismiss_guest();
  void count(ServerConnection& connection);
  void look_at_memory();
  void send_fetches();
  void send_fetch(OutboxItem request);
  void send_outgoing();
  void send_calls();
  void send_events();
  void send_metrics();
  bool log_outgoing(const OutboxItem& item);

  ServerCore& core_;
  Loop loop_;
  UpstreamPools pools_;
  RedisClient external_cache_;
  RedisLimits shared_limits_;
  RandomPool random_;
  std::shared_ptr<Mailbox> mailbox_;
  uv_idle_t deferring_;
  Timer drain_timer_;
  Timer memory_timer_;
  Overload overload_ = Overload::none;
  std::vector<Listener*> listeners_;
  ServerConnection* newest_ = nullptr;
  ServerConnection* oldest_ = nullptr;
  std::vector<ServerConnection*> deferred_;
  std::vector<std::unique_ptr<Transaction>> idle_transactions_;
  std::vector<std::unique_ptr<Transaction>> surplus_transactions_;  // deleted when nothing of theirs is on the stack
  std::unordered_map<uint64_t, OpenHostCall> host_calls_;
  uint64_t next_host_call_ = 1;
  std::shared_ptr<const Config> config_;
  uint64_t generation_ = 0;
  size_t held_body_bytes_max_;
  uint64_t socket_limit_ = 0;  // descriptors this process may have, less the reserve
  std::vector<Guest> guests_;  // oldest first
  size_t guests_max_ = 1;
  uint64_t next_idle_search_ms_ = 0;
  std::atomic<uint64_t> begun_count_{0}, ended_count_{0};  // written by the loop alone
  std::vector<Transaction*> alone_;                        // without a client
  size_t calls_under_way_ = 0;                             // of send-one-way-request
  EventSender events_;
  StatsdClient statsd_;
  bool is_sending_outgoing_ = false;
  bool is_stopping_ = false;
  bool is_draining_ = false;
  bool is_over_ = false;
};

}  // namespace gatelet
