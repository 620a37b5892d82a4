#include "net/redis_client.hpp"

#include <algorithm>
#include <cstring>

#include "net/limit_script.hpp"

namespace gatelet {
namespace redis_client {

// Ours among the keys of whoever else uses the server.
constexpr std::string_view key_prefix = "gatelet:";
// Before a value: its form, and the size of its first part in four bytes.
constexpr std::string_view form = "G1";
constexpr size_t prefix_bytes = form.size() + 4;

std::string packed(const CacheValue& value) {
  std::string out(form);
  const auto size = static_cast<uint32_t>(value.head.size());
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(size >> shift & 0xff);
  out.reserve(prefix_bytes + value.size());
  out += value.head.view();
  out += value.body.view();
  return out;
}

bool unpack(std::string_view bytes, CacheValue& value) {
  if (bytes.size() < prefix_bytes || !bytes.starts_with(form)) return false;
  size_t size = 0;
  for (int i = 0; i < 4; ++i) size |= static_cast<size_t>(static_cast<unsigned char>(bytes[form.size() + static_cast<size_t>(i)])) << 8 * i;
  bytes.remove_prefix(prefix_bytes);
  if (size > bytes.size()) return false;
  value.head = Buffer::copy(bytes.substr(0, size));
  value.body = Buffer::copy(bytes.substr(size));
  return true;
}

}  // namespace redis_client

RedisClient::RedisClient(Loop& loop, TlsKeeper& tls, LogSink* log)
    : loop_(loop),
      tls_(tls),
      log_(log),
      resolver_(loop),
      stream_(loop, *this),
      timer_([](void* self) { static_cast<RedisClient*>(self)->on_due(); }, this) {}

RedisClient::~RedisClient() = default;

// What the host asks for

bool RedisClient::can_ask() const {
  // Who comes while the first connection is made waits for it; while a server is away nobody does.
  const bool may_connect = failures_ == 0 && (state_ == State::resolving || state_ == State::connecting || state_ == State::greeting);
  return (state_ == State::ready || may_connect) && sent_.size() < commands_max &&
         unsent_bytes_ + stream_.queued_bytes() < unsent_bytes_max;
}

bool RedisClient::find(std::string_view, uint64_t, CacheReply& reply) {
  if (can_ask()) return false;
  reply = {};
  return true;
}

void RedisClient::look_up(std::string_view key, Asker& asker, uint32_t id) {
  Buffer command = can_ask() ? redis_command({"GET", std::string(redis_client::key_prefix).append(key)}) : Buffer();
  if (command.empty()) return asker.cache_answered(id, {});
  send(std::move(command), {Sent::Kind::find, &asker, id});
}

void RedisClient::store(std::string_view key, CacheValue value, uint64_t duration_ms, uint64_t) {
  if (!can_ask() || value.size() > value_bytes_max || duration_ms == 0) return;
  tell(redis_command(
      {"SET", std::string(redis_client::key_prefix).append(key), redis_client::packed(value), "PX", std::to_string(duration_ms)}));
}

void RedisClient::remove(std::string_view key) {
  if (can_ask()) tell(redis_command({"DEL", std::string(redis_client::key_prefix).append(key)}));
}

void RedisClient::ask_limits(Buffer command, bool is_quota, Asker& asker, uint32_t id) {
  send(std::move(command), {is_quota ? Sent::Kind::quota : Sent::Kind::rate, &asker, id});
}

void RedisClient::tell(Buffer command) {
  if (!command.empty()) send(std::move(command), {});
}

void RedisClient::forget(Asker& asker) {
  for (Sent& sent : sent_)
    if (sent.asker == &asker) sent.asker = nullptr;
}

void RedisClient::send(Buffer command, Sent sent) {
  sent.due_ms = loop_.now().steady_ms() + address_->timeout_ms;
  const bool waits = state_ != State::ready && sent.kind != Sent::Kind::greeting;
  if (waits) unsent_.reserve(unsent_.size() + 1);
  sent_.push_back(sent);  // before the command: there must be no answer that nobody expects
  if (waits) {
    unsent_bytes_ += command.size();
    unsent_.push_back(std::move(command));
  } else {
    Outgoing outgoing;  // not the loop's: a response that is being put together there may be what is stored
    outgoing.add(command);
    // What failed is seen when the loop comes round: nobody is called back from here.
    if (!stream_.write(outgoing)) return loop_.set_timer(timer_, loop_.now().steady_ms());
  }
  if (sent_.size() == 1 || waits) arm();  // the first one may stand behind greetings, which have more time
}

// The connection

void RedisClient::use(std::shared_ptr<const CacheAddress> address) {
  if (is_closed_ || (address_ && address && *address_ == *address) || (!address_ && !address)) return;
  address_ = std::move(address);
  failures_ = 0;
  turn_ = 0;
  if (state_ == State::resolving) resolver_.forget(*this);
  if (!stream_.is_open()) return connect();
  is_restarting_ = true;
  if (std::exchange(state_, State::closing) != State::closing) stream_.close();
}

void RedisClient::close() {
  is_closed_ = true;
  address_.reset();
  timer_.clear();
  if (state_ == State::resolving) resolver_.forget(*this);
  resolver_.close();
  if (std::exchange(state_, State::closing) != State::closing && stream_.is_open()) stream_.close();
  drop_sent();
}

void RedisClient::connect() {
  timer_.clear();
  state_ = State::off;
  if (is_closed_ || !address_) return;
  const CacheAddress::Place& to = address_->places[turn_ % address_->places.size()];
  state_ = State::resolving;
  reader_ = std::make_unique<RedisReader>(value_bytes_max + 1024 * 1024);
  addresses_.clear();
  next_address_ = 0;
  connect_due_ms_ = loop_.now().steady_ms() + address_->connect_timeout_ms;
  arm();
  resolver_.resolve(to.host, to.port, *this);
}

void RedisClient::resolved(std::vector<SocketAddress> addresses, std::string_view error) {
  failure_ = error;
  addresses_ = std::move(addresses);
  connect_next();
}

void RedisClient::connect_next() {
  while (next_address_ < addresses_.size()) {
    const SocketAddress& address = addresses_[next_address_++];
    const int error = stream_.connect(&address.any, address.size());
    if (error == 0) {
      state_ = State::connecting;
      return arm();
    }
    failure_ = std::strerror(error);
  }
  lose(std::move(failure_));
}

void RedisClient::stream_connected(int error) {
  if (error != 0) {
    failure_ = std::strerror(error);
    return lose(failure_);
  }
  if (!address_->is_tls) return greet();
  const auto client = tls_.client(true, true, nullptr);
  if (!client) return lose(client.error().message);
  const std::string& host = address_->tls_host.empty() ? address_->places[turn_ % address_->places.size()].host : address_->tls_host;
  stream_.secure(std::make_unique<crypto::TlsConnection>(*client, host, nullptr, loop_.now().wall_ms / 1000));
  stream_.read(true);
}

// Before anything else the server has to say that it serves. What was asked meanwhile follows.
void RedisClient::greet() {
  state_ = State::greeting;
  stream_.read(true);
  std::deque<Sent> waiting;
  waiting.swap(sent_);
  const Sent greeting{Sent::Kind::greeting};
  if (!address_->password.empty())
    send(address_->user.empty() ? redis_command({"AUTH", address_->password}) : redis_command({"AUTH", address_->user, address_->password}),
         greeting);
  if (address_->database != 0) send(redis_command({"SELECT", std::to_string(address_->database)}), greeting);
  send(redis_command({"PING"}), greeting);
  greetings_ = sent_.size();
  sent_.insert(sent_.end(), waiting.begin(), waiting.end());
  arm();
}

void RedisClient::become_ready() {
  state_ = State::ready;
  if (is_away_) note(LogLevel::info, "ExternalCacheConnected", "The external cache " + place() + " is used again.");
  is_away_ = false;
  Outgoing outgoing;
  for (const Buffer& command : unsent_) outgoing.add(command);
  unsent_.clear();
  unsent_bytes_ = 0;
  if (outgoing.size() != 0) static_cast<void>(stream_.write(outgoing));  // what failed is seen when reading
}

void RedisClient::stream_read(std::string_view bytes) {
  reader_->feed(bytes);
  while (state_ == State::greeting || state_ == State::ready) {
    auto answer = reader_->next();
    if (!answer) break;
    if (sent_.empty()) return lose("it sent what nobody asked for");
    take(*answer);
  }
  if ((state_ == State::greeting || state_ == State::ready) && !reader_->fault().empty()) lose(reader_->fault());
}

void RedisClient::take(const RedisAnswer& answer) {
  const Sent sent = sent_.front();
  sent_.pop_front();
  arm();
  if (sent.kind == Sent::Kind::greeting) return take_greeting(answer);
  failures_ = 0;
  if (answer.kind == RedisAnswer::Kind::error) note_refusal(answer.bytes.view());
  if (!sent.asker) return;
  CacheReply reply;
  LimitReply limits;
  if (answer.kind == RedisAnswer::Kind::bytes) {
    const std::string_view bytes = answer.bytes.view();
    switch (sent.kind) {
      case Sent::Kind::find: reply.is_found = redis_client::unpack(bytes, reply.value); break;
      case Sent::Kind::rate: limits = read_rate_answer(bytes); break;
      case Sent::Kind::quota: limits = read_quota_answer(bytes, loop_.now().wall_ms); break;
      case Sent::Kind::greeting:
      case Sent::Kind::change: break;
    }
  }
  tell_asker(sent, std::move(reply), limits);
}

void RedisClient::tell_asker(const Sent& sent, CacheReply reply, const LimitReply& limits) {
  if (!sent.asker) return;
  if (sent.kind == Sent::Kind::find)
    sent.asker->cache_answered(sent.id, std::move(reply));
  else
    sent.asker->limits_answered(sent.id, limits);
}

void RedisClient::take_greeting(const RedisAnswer& answer) {
  if (answer.kind == RedisAnswer::Kind::error) return lose("it refuses the gateway: " + std::string(answer.bytes.view()));
  if (--greetings_ == 0) become_ready();
}

void RedisClient::note_refusal(std::string_view text) {
  const uint64_t now_ms = loop_.now().steady_ms();
  if (refusal_told_ms_ != 0 && now_ms < refusal_told_ms_ + refusals_told_ms) return;
  refusal_told_ms_ = now_ms;
  note(LogLevel::warn, "ExternalCacheRefused", "The external cache " + place() + " refuses a command: " + std::string(text));
}

void RedisClient::stream_failed(int error) {
  lose(stream_.tls_failure().empty() ? std::strerror(error) : std::string(stream_.tls_failure()));
}

void RedisClient::stream_closed() {
  if (is_closed_) return void(state_ = State::off);
  if (std::exchange(is_restarting_, false)) return drop_sent(), connect();
  if (next_address_ < addresses_.size() && loop_.now().steady_ms() < connect_due_ms_) return connect_next();
  rest();
}

// Time

void RedisClient::arm() {
  const bool is_connecting = state_ == State::resolving || state_ == State::connecting || state_ == State::greeting;
  uint64_t due_ms = is_connecting ? connect_due_ms_ : Timer::never_ms;
  for (const Sent& sent : sent_) {
    if (sent.kind == Sent::Kind::greeting) continue;  // they have the time of the connection
    due_ms = std::min(due_ms, sent.due_ms);
    break;
  }
  if (due_ms == Timer::never_ms) return timer_.clear();
  loop_.set_timer(timer_, due_ms);
}

void RedisClient::on_due() {
  if (state_ == State::resting) return connect();
  if (state_ == State::off || state_ == State::closing) return;
  if (stream_.is_open() && stream_.is_write_broken()) return lose("it closed the connection");
  next_address_ = addresses_.size();  // the time was for all of them
  if (state_ == State::resolving) {
    resolver_.forget(*this);
    failure_ = "its name was not resolved in time";
    return lose(failure_);
  }
  lose(state_ == State::ready ? "it did not answer within " + std::to_string(address_->timeout_ms) + " ms"
                              : "there was no connection within the time allowed");
}

void RedisClient::lose(std::string reason) {
  const bool is_working = state_ == State::greeting || state_ == State::ready;
  if (is_working) next_address_ = addresses_.size();
  const bool has_more = next_address_ < addresses_.size();  // another address of the same name
  state_ = State::closing;
  timer_.clear();
  if (!has_more) {
    const LogLevel level = is_away_ ? LogLevel::debug : LogLevel::warn;
    is_away_ = true;
    note(level, "ExternalCacheLost", "The external cache " + place() + " is not used until it is back: " + reason + ".");
    ++failures_;
    ++turn_;
    drop_sent();
  }
  if (stream_.is_open())
    stream_.close();
  else if (!is_closed_)
    rest();
}

// Nothing was found or counted, for all who wait. One that is told may make another one be forgotten; nobody can ask meanwhile.
void RedisClient::drop_sent() {
  unsent_.clear();
  unsent_bytes_ = 0;
  while (!sent_.empty()) {
    const Sent sent = sent_.front();
    sent_.pop_front();
    tell_asker(sent, {}, {});
  }
}

void RedisClient::rest() {
  state_ = State::resting;
  const uint64_t longest = std::min<uint64_t>(uint64_t{retry_ms_min} << std::min(failures_, 10U), retry_ms_max);
  const uint64_t spread = loop_.now().steady_us % (longest / 4 + 1);  // so that not all gateways come at once
  loop_.set_timer_after(timer_, longest - spread);
}

void RedisClient::note(LogLevel level, std::string_view event, std::string_view message) const {
  if (log_) log_->log(level, event, message, nullptr, 0);
}

std::string RedisClient::place() const {
  if (!address_) return {};
  const CacheAddress::Place& at = address_->places[turn_ % address_->places.size()];
  return at.host + ":" + std::to_string(at.port);
}

}  // namespace gatelet
