#include "net/worker.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "base/limits.hpp"

namespace gatelet {
namespace {

// How the descriptors of this process are shared: what clients and backends do not get is for configuration, backup and probes.
struct Descriptors {
  uint64_t for_sockets = UINT64_MAX;
  uint64_t for_guests = guest_connections_max;
};

Descriptors share_descriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return {};
  const uint64_t count = limit.rlim_cur;
  const uint64_t reserve = std::min(count / 2, std::max<uint64_t>(file_descriptor_reserve, count / descriptors_per_reserved));
  // While the oldest guests are being closed as many new ones may come in.
  return {count - reserve, std::min<uint64_t>(reserve / 4, guest_connections_max)};
}

}  // namespace

Worker::Worker(ServerCore& core)
    : core_(core),
      pools_(loop_, core.options.connect_timeout_ms, *core.tls, core.proxies, core.egress),
      external_cache_(loop_, *core.tls, core.gateway.options().log),
      shared_limits_(external_cache_, core.options.limits),
      mailbox_(std::make_shared<Mailbox>()),
      drain_timer_([](void* self) { static_cast<Worker*>(self)->stop(); }, this),
      memory_timer_([](void* self) { static_cast<Worker*>(self)->look_at_memory(); }, this),
      held_body_bytes_max_(core.gateway.options().body_bytes_max != 0 ? core.gateway.options().body_bytes_max
                                                                      : buffered_body_bytes_max_default),
      events_(*this),
      statsd_(loop_, core.options.statsd, core.gateway.options().log, [this] { serve_outbox(); }) {
  const Descriptors descriptors = share_descriptors();
  socket_limit_ = descriptors.for_sockets;
  guests_max_ = std::max<size_t>(1, descriptors.for_guests / core.options.workers);
  mailbox_->open(loop_.uv(), [this](uint64_t id, HostAnswer answer) { host_answered(id, std::move(answer)); });
  uv_idle_init(loop_.uv(), &deferring_);
  deferring_.data = this;
  if (core.memory.is_on()) loop_.set_timer_after(memory_timer_, memory_look_ms);
}

Worker::~Worker() {
  mailbox_->set_thread();
  if (!is_over_) stop();
  uv_run(loop_.uv(), UV_RUN_DEFAULT);
}

void Worker::take(int& listening_socket, bool is_tls) {
  listeners_.reserve(listeners_.size() + 1);
  listeners_.push_back(new Listener(*this, listening_socket, is_tls));
  listening_socket = -1;
}

void Worker::run() {
  mailbox_->set_thread();
  loop_.read_clock();
  config();
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
    const auto& own = core_.options.external_cache;
    external_cache_.use(own || !config_ ? own : config_->external_cache);
  }
  return config_;
}

// Clients

bool Worker::has_room(int socket) const {
  const uint32_t count = core_.connection_count.load(std::memory_order_relaxed);
  // Each client may need a connection to a backend, too. Descriptors are given out lowest first: a high one says how many are in use.
  return overload_ == Overload::none && count < core_.options.connections_max && count < socket_limit_ / 2 &&
         static_cast<uint64_t>(socket) < socket_limit_;
}

bool Worker::may_accept() const {
  return guests_.size() < guests_max_ || has_room(0) ||
         std::any_of(guests_.begin(), guests_.end(), [this](const Guest& guest) { return may_dismiss(guest); });
}

void Worker::accept(int socket, const SocketAddress& peer, bool is_tls) {
  auto* const connection = new ServerConnection(*this, peer);
  if (!connection->open(socket, is_tls ? core_.tls->server() : nullptr)) {
    delete connection;
    return;
  }
  connection->next = newest_;
  if (newest_) newest_->previous = connection;
  newest_ = connection;
  if (!oldest_) oldest_ = connection;
  if (has_room(socket)) return count(*connection);
  if (static_cast<uint64_t>(socket) >= socket_limit_) pools_.close_idle();
  if (guests_.size() >= guests_max_) dismiss_guest();
  guests_.push_back({connection, loop_.now().steady_ms()});
  connection->become_guest();
}

// It was answered, or it had time enough to ask.
bool Worker::may_dismiss(const Guest& guest) const {
  return guest.connection->is_answered() || guest.accepted_ms + guest_stay_ms <= loop_.now().steady_ms();
}

void Worker::dismiss_guest() {
  auto guest = std::find_if(guests_.begin(), guests_.end(), [this](const Guest& each) { return may_dismiss(each); });
  if (guest == guests_.end()) guest = guests_.begin();
  ServerConnection& connection = *guest->connection;
  guests_.erase(guest);
  connection.dismiss();
}

// Idle clients make room for those who want something; the oldest first.
bool Worker::close_idle_client() {
  const uint64_t now_ms = loop_.now().steady_ms();
  if (now_ms < next_idle_search_ms_) return false;
  size_t busy_count = 0;
  for (ServerConnection* connection = oldest_; connection; connection = connection->previous, ++busy_count)
    if (!connection->is_guest && connection->close_if_idle()) return true;
  next_idle_search_ms_ = now_ms + busy_count / idle_search_clients_per_ms;
  return false;
}

Refusal Worker::refusal_for_overload(ServerConnection& connection) {
  if (overload_ == Overload::hard || (overload_ == Overload::soft && connection.is_guest)) return refusal_no_memory;
  if (!connection.is_guest) return {};
  if (!has_room(connection.socket()) && !close_idle_client()) return refusal_no_room;
  leave(connection);
  count(connection);
  return {};
}

void Worker::count(ServerConnection& connection) {
  connection.is_counted = true;
  core_.connection_count.fetch_add(1, std::memory_order_relaxed);
}

void Worker::leave(ServerConnection& connection) {
  if (std::exchange(connection.is_counted, false)) core_.connection_count.fetch_sub(1, std::memory_order_relaxed);
  if (std::exchange(connection.is_guest, false))
    std::erase_if(guests_, [&](const Guest& guest) { return guest.connection == &connection; });
}

uint32_t Worker::idle_timeout_ms() const {
  return overload_ == Overload::none ? core_.options.idle_timeout_ms : std::min(core_.options.idle_timeout_ms, overload_idle_timeout_ms);
}

void Worker::look_at_memory() {
  const Overload before = std::exchange(overload_, core_.memory.look(loop_.now().steady_ms()));
  if (before == Overload::none && overload_ != Overload::none)
    for (ServerConnection* connection = newest_; connection; connection = connection->next) connection->hurry_if_idle();
  // Slow clients would keep their bodies in memory for a long time.
  if (overload_ == Overload::hard)
    for (ServerConnection* connection = newest_; connection; connection = connection->next) connection->give_up_memory();
  loop_.set_timer_after(memory_timer_, memory_look_ms);
}

void Worker::remove(ServerConnection& connection) {
  (connection.previous ? connection.previous->next : newest_) = connection.next;
  (connection.next ? connection.next->previous : oldest_) = connection.previous;
  if (connection.is_deferred) std::erase(deferred_, &connection);
  leave(connection);
  delete &connection;
  finish_when_empty();
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

void Worker::note_broken_handshake(std::string_view why, std::string_view client_ip) {
  if (!gateway().options().log) return;
  const LogField fields[] = {{"clientIpAddress", client_ip}};
  gateway().options().log->log(LogLevel::debug, "TlsHandshakeFailed", why, fields, 1);
}

void Worker::note_refusal(const Refusal& refusal, std::string_view client_ip) {
  if (!gateway().options().log) return;
  const LogField fields[] = {{"clientIpAddress", client_ip}};
  gateway().options().log->log(LogLevel::debug, "RequestRefused", refusal.message, fields, 1);
}

// Transactions

// No other thread writes them.
static void count_one(std::atomic<uint64_t>& count) { count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); }

Transaction& Worker::take_transaction() {
  count_one(begun_count_);
  if (idle_transactions_.empty()) return *new Transaction(*this);
  Transaction* const transaction = idle_transactions_.back().release();
  idle_transactions_.pop_back();
  return *transaction;
}

void Worker::recycle(Transaction& transaction) {
  count_one(ended_count_);
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
  events_.drain();
  finish_when_empty();
}

void Worker::stop() {
  loop_.read_clock();
  is_draining_ = true;
  for (Listener* listener : listeners_) listener->close(false);
  listeners_.clear();
  for (ServerConnection* connection = newest_; connection; connection = connection->next) connection->lose_client();
  is_stopping_ = true;
  events_.stop();
  while (!alone_.empty()) alone_.back()->drop_alone();
  finish_when_empty();
}

// Clients may wait for them: they are not held up by what the outbox sends. There are as many as names that are fetched.
void Worker::send_fetches() {
  while (!is_stopping_ && !is_over_) {
    auto request = gateway().fetches().take();
    if (!request) return;
    send_fetch(*std::move(request));
  }
}

void Worker::send_fetch(OutboxItem request) {
  send_alone(std::move(request), [this](const OutboxItem& item, const FetchReply* reply) {
    FetchTable& fetches = gateway().fetches();
    if (!reply) return fetches.abandon(item.ticket);
    auto next = fetches.answer(item.ticket, *reply, loop_.now());
    if (next && !is_stopping_ && !is_over_) send_fetch(*std::move(next));
  });
}

void Worker::send_outgoing() {
  if (is_stopping_ || is_over_ || std::exchange(is_sending_outgoing_, true)) return;
  send_calls();
  send_events();
  send_metrics();
  OutboxQueue& outbox = gateway().outbox();
  while (const auto message = outbox.take(OutboxItem::Kind::trace)) outbox.done(*message, log_outgoing(*message));
  is_sending_outgoing_ = false;
}

void Worker::send_calls() {
  OutboxQueue& outbox = gateway().outbox();
  while (calls_under_way_ < outbox_calls_max) {
    auto call = outbox.take(OutboxItem::Kind::call);
    if (!call) return;
    ++calls_under_way_;
    send_alone(*std::move(call), [this](const OutboxItem& item, const FetchReply* reply) {
      --calls_under_way_;
      gateway().outbox().done(item, reply && reply->status != 0);
    });
  }
}

void Worker::send_events() {
  OutboxQueue& outbox = gateway().outbox();
  while (auto event = outbox.take(OutboxItem::Kind::event)) {
    if (event_hub(event->name)) {
      events_.take(*std::move(event));
    } else {
      outbox.done(*event, core_.options.logs_events && log_outgoing(*event));
    }
  }
}

void Worker::send_metrics() {
  OutboxQueue& outbox = gateway().outbox();
  if (statsd_.is_used() && !statsd_.is_ready()) return;
  while (const auto metric = outbox.take(OutboxItem::Kind::metric)) {
    if (!statsd_.is_used()) {
      outbox.done(*metric, log_outgoing(*metric));
      continue;
    }
    uint64_t chance[2];
    random_.take(chance);
    outbox.done(*metric, statsd_.send(*metric, chance[0]));
  }
}

void Worker::send_alone(OutboxItem item, Transaction::AloneEnd ended) {
  Transaction& transaction = take_transaction();
  alone_.push_back(&transaction);
  transaction.send_alone(std::move(item), std::move(ended));
}

std::shared_ptr<const EventHub> Worker::event_hub(std::string_view logger) {
  if (!config()) return nullptr;
  const auto found = config_->event_hubs.find(lower(logger));
  return found == config_->event_hubs.end() ? nullptr : found->second;
}

// The names of fields are a document's, so they stand in a text, where they cannot pretend to be the line's own.
bool Worker::log_outgoing(const OutboxItem& item) {
  LogSink* const log = gateway().options().log;
  if (!log) return false;
  std::string fields;
  for (const auto& [name, text] : item.fields)
    fields += (fields.empty() ? "{\"" : ",\"") + json_escape(name) + "\":\"" + json_escape(text) + '"';
  if (!fields.empty()) fields += '}';
  const std::string value = std::to_string(item.value);
  switch (item.kind) {
    case OutboxItem::Kind::metric: {
      const LogField parts[] = {{"metric", item.name}, {"namespace", item.name_space}, {"value", value}, {"dimensions", fields}};
      log->log(LogLevel::info, "Metric", "A metric was emitted.", parts, std::size(parts));
      return true;
    }
    case OutboxItem::Kind::event: {
      const LogField parts[] = {{"logger", item.name}, {"partitionId", item.partition_id}, {"partitionKey", item.partition_key}};
      log->log(LogLevel::info, "Event", item.body.view(), parts, std::size(parts));
      return true;
    }
    case OutboxItem::Kind::trace: {
      constexpr LogLevel levels[] = {LogLevel::debug, LogLevel::info, LogLevel::error};
      const LogField parts[] = {{"source", item.name}, {"metadata", fields}};
      log->log(levels[static_cast<size_t>(item.severity)], "Trace", item.body.view(), parts, std::size(parts));
      return true;
    }
    case OutboxItem::Kind::call:
    case OutboxItem::Kind::fetch: break;
  }
  return false;
}

void Worker::finish_when_empty() {
  if (!is_draining_ || newest_ || is_over_ || calls_under_way_ != 0 || !events_.is_idle()) return;
  is_over_ = true;
  while (!alone_.empty()) alone_.back()->drop_alone();  // fetches, which nobody waits for any more
  drain_timer_.clear();
  memory_timer_.clear();
  pools_.close();
  external_cache_.close();
  statsd_.close();
  mailbox_->close();
  uv_close(reinterpret_cast<uv_handle_t*>(&deferring_), nullptr);
  config_.reset();
}

}  // namespace gatelet
