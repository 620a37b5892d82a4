#include "net/upstream_pool.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/limits.hpp"
#include "http/message.hpp"

namespace gatelet {

UpstreamPools::~UpstreamPools() = default;

static bool is_tls(const Upstream& upstream) {
  const std::string_view scheme = upstream.url.scheme;  // whose comparison looks at the size first
  return scheme == "https" || scheme == "wss";
}

const std::shared_ptr<const Proxy>& UpstreamPools::proxy_of(const Upstream& upstream) const {
  return upstream.proxy ? upstream.proxy : proxies_.for_url(upstream.url);
}

// Where pointers differ the texts behind them may still be the same: the key tells.
static bool is_surely_for(const UpstreamPool& pool, const Upstream& upstream, bool is_guarded, const Proxy* proxy) {
  return pool.host == upstream.url.host && pool.port == upstream.url.port && pool.is_tls == is_tls(upstream) &&
         pool.is_guarded == is_guarded && pool.validates_chain == upstream.validates_chain &&
         pool.validates_name == upstream.validates_name && pool.identity == upstream.identity && pool.proxy.get() == proxy;
}

// The key is everything that makes a connection another one.
UpstreamPool* UpstreamPools::find(const Upstream& upstream) {
  const Proxy* const proxy = proxy_of(upstream).get();
  const bool is_guarded = upstream.is_guarded && !egress_.is_empty();
  if (last_ && is_surely_for(*last_, upstream, is_guarded, proxy)) return last_;
  char port[8];
  key_.assign(upstream.url.host);
  key_ += ':';
  key_.append(port, std::to_chars(port, port + sizeof port, upstream.url.port).ptr);
  if (is_guarded) key_ += 'g';
  if (is_tls(upstream)) {
    key_ += upstream.validates_chain ? upstream.validates_name ? "s" : "sc" : upstream.validates_name ? "sn" : "s-";
    if (upstream.identity) key_ += upstream.identity->thumbprint;
  }
  if (proxy) {
    key_ += ' ';
    key_ += proxy->host;
    key_ += ':';
    key_.append(port, std::to_chars(port, port + sizeof port, proxy->port).ptr);
    key_ += proxy->authorization;
  }
  const auto found = pools_.find(key_);
  if (found == pools_.end()) return nullptr;
  return last_ = found->second.get();
}

UpstreamConnection* UpstreamPools::take_idle(const Upstream& upstream) {
  UpstreamPool* pool = find(upstream);
  if (!pool || pool->idle.empty()) return nullptr;
  UpstreamConnection* connection = pool->idle.back();
  pool->idle.pop_back();
  connection->state_ = UpstreamConnection::State::used;
  return connection;
}

UpstreamConnection& UpstreamPools::create(const Upstream& upstream) {
  UpstreamPool* pool = find(upstream);
  if (!pool) {
    auto made = std::make_unique<UpstreamPool>();
    pool = made.get();
    pool->key = key_;
    pool->host = upstream.url.host;
    pool->port = upstream.url.port;
    pool->is_tls = is_tls(upstream);
    pool->is_guarded = upstream.is_guarded && !egress_.is_empty();
    pool->validates_chain = upstream.validates_chain;
    pool->validates_name = upstream.validates_name;
    pool->identity = upstream.identity;
    pool->proxy = proxy_of(upstream);
    pools_.emplace(key_, std::move(made));
  }
  return *new UpstreamConnection(*this, *pool);
}

void UpstreamPools::close() {
  is_closed_ = true;
  resolver_.close();
  close_idle();
}

void UpstreamPools::close_idle() {
  std::vector<UpstreamConnection*> idle;
  for (auto& [key, pool] : pools_) idle.insert(idle.end(), pool->idle.begin(), pool->idle.end());
  for (UpstreamConnection* connection : idle) connection->close();
}

// Of a failure's text.
std::string UpstreamConnection::place_of(const SocketAddress& address) const {
  return (pool_.proxy ? "the proxy " : "") + address.ip() + " port " + std::to_string(pool_.dialled_port()) + ": ";
}

UpstreamConnection::UpstreamConnection(UpstreamPools& pools, UpstreamPool& pool)
    : pools_(pools),
      pool_(pool),
      stream_(pools.loop_, *this),
      parser_(MessageParser::Side::response),
      timer_([](void* self) { static_cast<UpstreamConnection*>(self)->on_deadline(); }, this) {
  ++pool_.count;
}

UpstreamConnection::~UpstreamConnection() {
  if (--pool_.count != 0) return;
  if (pools_.last_ == &pool_) pools_.last_ = nullptr;
  pools_.pools_.erase(std::string(pool_.key));
}

void UpstreamConnection::connect(User& user, uint64_t due_ms) {
  user_ = &user;
  state_ = State::resolving;
  connect_due_ms_ = std::min(due_ms, pools_.loop_.now().steady_ms() + pools_.connect_timeout_ms_);
  set_deadline(connect_due_ms_);
  pools_.resolver_.resolve(pool_.dialled_host(), pool_.dialled_port(), *this);
}

void UpstreamConnection::resolved(std::vector<SocketAddress> addresses, std::string_view error) {
  failure_ = error;
  addresses_ = std::move(addresses);
  if (pool_.is_guarded) drop_denied();
  connect_next();
}

// A proxy looks up names itself: of what goes through it only addresses that stand in the URL are known here.
void UpstreamConnection::drop_denied() {
  const EgressRule& rule = pools_.egress_;
  const auto literal = parse_ip(pool_.host);
  const bool is_denied = pool_.proxy ? literal && rule.denies(*literal)
                                     : std::ranges::any_of(addresses_, [&](const SocketAddress& address) { return rule.denies(address); });
  if (!is_denied) return;
  failure_ = pool_.host + " has an address that policies may not send to (net.client.egress.denied)";
  if (pool_.proxy) return addresses_.clear();
  std::erase_if(addresses_, [&](const SocketAddress& address) { return rule.denies(address); });
}

// Each address gets its share of the time that is left, so that a silent first one does not use up all of it.
void UpstreamConnection::connect_next() {
  const uint64_t now_ms = pools_.loop_.now().steady_ms();
  while (next_address_ < addresses_.size() && now_ms < connect_due_ms_) {
    const size_t left = addresses_.size() - next_address_;
    const SocketAddress& address = addresses_[next_address_++];
    const int error = stream_.connect(&address.any, address.size());
    if (error != 0) {
      failure_ = place_of(address) + std::strerror(error);
      continue;
    }
    state_ = State::connecting;
    set_deadline(now_ms + (connect_due_ms_ - now_ms) / left);
    return;
  }
  lose();
}

void UpstreamConnection::stream_connected(int error) {
  if (error != 0) return address_failed(std::strerror(error));
  if (pool_.is_tls && pool_.proxy) return begin_tunnel();
  if (pool_.is_tls) return begin_tls();
  ready();
}

void UpstreamConnection::ready() {
  state_ = State::used;
  addresses_ = {};
  clear_deadline();
  stream_.read(true);
  user_->upstream_ready();
}

// The proxy is asked for a tunnel, which has what is left of the time to connect (RFC 9110 9.3.6).
void UpstreamConnection::begin_tunnel() {
  state_ = State::tunnelling;
  set_deadline(connect_due_ms_);
  const std::string place = pool_.host + ":" + std::to_string(pool_.port);
  Outgoing& outgoing = pools_.loop_.outgoing();
  outgoing.copy("CONNECT " + place + " HTTP/1.1\r\nHost: " + place + "\r\n");
  if (!pool_.proxy->authorization.empty()) outgoing.copy("Proxy-Authorization: " + pool_.proxy->authorization + "\r\n");
  outgoing.copy("\r\n");
  parser_.begin();
  stream_.write(outgoing);  // a failure is seen when reading
  stream_.read(true);
}

void UpstreamConnection::read_tunnel_answer(std::string_view bytes) {
  const size_t used = parser_.parse_head(bytes, pools_.loop_.raw_head());
  if (parser_.state() == MessageParser::State::head) return;
  const std::string what = pool_.proxy->name() + " was asked for a tunnel to " + pool_.host + ":" + std::to_string(pool_.port);
  if (parser_.state() == MessageParser::State::broken) return give_up(what + " and answered what is not valid HTTP/1.1");
  const int status = parser_.status();
  if (status / 100 != 2) {
    std::string answer = std::to_string(status) + " " + std::string(standard_reason(status));
    if (status == 407) answer += pool_.proxy->authorization.empty() ? "; give it a user and a password" : "; correct its user or password";
    return give_up(what + " and answered " + answer);
  }
  if (used != bytes.size()) return give_up(what + " and sent bytes before the backend could");
  begin_tls();
}

// The handshake has what is left of the time to connect.
void UpstreamConnection::begin_tls() {
  state_ = State::securing;
  set_deadline(connect_due_ms_);
  const auto client = pools_.tls_.client(pool_.validates_chain, pool_.validates_name, pool_.identity.get());
  if (!client) return give_up(client.error().message);
  if (pool_.client != *client) {
    pool_.client = *client;
    pool_.session = nullptr;
  }
  stream_.secure(std::make_unique<crypto::TlsConnection>(*client, pool_.host, pool_.session.get(), pools_.loop_.now().wall_ms / 1000));
  stream_.read(true);
}

void UpstreamConnection::stream_secured() {
  keep_session();
  ready();
}

void UpstreamConnection::keep_session() {
  if (auto session = stream_.tls()->take_session()) pool_.session = std::move(session);
}

void UpstreamConnection::handshake_failed() {
  pool_.session = nullptr;
  give_up(pool_.host + " port " + std::to_string(pool_.port) + ": TLS: " + std::string(stream_.tls_failure()));
}

// Another address of the same name would say the same.
void UpstreamConnection::give_up(std::string text) {
  failure_ = std::move(text);
  next_address_ = addresses_.size();
  clear_deadline();
  state_ = State::resolving;
  stream_.close();
}

// The next one is tried once the socket is closed.
void UpstreamConnection::address_failed(std::string text) {
  const SocketAddress& address = addresses_[next_address_ - 1];
  failure_ = place_of(address) + std::move(text);
  pools_.resolver_.mark_failed(pool_.dialled_host(), address);
  clear_deadline();
  state_ = State::resolving;
  stream_.close();
}

void UpstreamConnection::lose() {
  User* const user = std::exchange(user_, nullptr);
  const std::string text = std::move(failure_);
  state_ = State::closing;
  if (user) user->upstream_lost(text);
  delete this;
}

void UpstreamConnection::on_deadline() {
  switch (state_) {
    case State::resolving:
      pools_.resolver_.forget(*this);
      failure_ = "the name " + pool_.dialled_host() + " was not resolved in time";
      return lose();
    case State::connecting: return address_failed("no connection within the time allowed");
    case State::tunnelling: return give_up(pool_.proxy->name() + " did not answer CONNECT within the time allowed");
    case State::securing:
      return give_up(pool_.host + " port " + std::to_string(pool_.port) + ": TLS: the handshake did not end within the time allowed");
    case State::used: return user_->upstream_timed_out();
    case State::idle: return close();
    default: return;
  }
}

void UpstreamConnection::give_back() {
  user_ = nullptr;
  if (pools_.is_closed_ || stream_.queued_bytes() != 0 || stream_.is_write_broken() || pool_.idle.size() >= pooled_connections_max)
    return close();
  if (pool_.is_tls) keep_session();
  state_ = State::idle;
  stream_.read(true);
  set_deadline(pools_.loop_.now().steady_ms() + pooled_idle_timeout_ms);
  pool_.idle.push_back(this);
}

void UpstreamConnection::leave_idle() {
  if (state_ == State::idle) std::erase(pool_.idle, this);
}

void UpstreamConnection::close() {
  if (state_ == State::closing) return;
  if (pool_.is_tls && state_ == State::used) keep_session();
  leave_idle();
  user_ = nullptr;
  timer_.clear();
  const bool has_socket = stream_.is_open();
  if (state_ == State::resolving) pools_.resolver_.forget(*this);
  state_ = State::closing;
  if (!has_socket) {
    delete this;
  } else {
    stream_.close();
  }
}

void UpstreamConnection::stream_read(std::string_view bytes) {
  if (state_ == State::tunnelling) return read_tunnel_answer(bytes);
  // Bytes that nobody asked for: they would become the answer to the next request.
  if (state_ != State::used) return close();
  user_->upstream_read(bytes);
}

void UpstreamConnection::stream_ended() {
  if (state_ == State::tunnelling) return give_up(pool_.proxy->name() + " closed the connection instead of answering CONNECT");
  if (state_ != State::used) return close();
  user_->upstream_ended();
}

void UpstreamConnection::stream_failed(int error) {
  if (state_ == State::securing) return handshake_failed();
  if (state_ == State::tunnelling) return give_up(pool_.proxy->name() + ": " + std::strerror(error));
  if (state_ != State::used) return close();
  user_->upstream_broken(error);
}

void UpstreamConnection::stream_drained() {
  if (state_ == State::used) user_->upstream_drained();
}

void UpstreamConnection::stream_closed() {
  if (state_ == State::closing) {
    delete this;
  } else {
    connect_next();  // the last address failed
  }
}

}  // namespace gatelet
