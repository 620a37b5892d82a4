#include "net/server_connection.hpp"

#include <algorithm>
#include <cstring>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "crypto/tls.hpp"
#include "gateway/probes.hpp"
#include "net/request_head.hpp"
#include "net/transaction.hpp"
#include "net/worker.hpp"

namespace gatelet {
namespace {

constexpr size_t held_answer_bytes_min = 4 * connection_buffer_bytes_max;
constexpr size_t idle_memory_bytes_max = 1024;  // what an idle connection may keep for its next request

size_t size_of_payload(const std::vector<std::string_view>& pieces) {
  size_t size = 0;
  for (std::string_view piece : pieces) size += piece.size();
  return size;
}

// Requests are not parsed ahead; how many wait is told by their ends.
size_t count_heads(std::string_view bytes) {
  size_t count = 0;
  for (size_t at = bytes.find("\r\n\r\n"); at != std::string_view::npos; at = bytes.find("\r\n\r\n", at + 4)) ++count;
  return count;
}

Buffer adopt_text(std::string&& text) {
  auto* const bytes = new std::string(std::move(text));
  text.clear();
  return Buffer::adopt(
      bytes->data(), bytes->size(), [](void* user) { delete static_cast<std::string*>(user); }, bytes);
}

void drop_memory(std::string& text) {
  text.clear();
  if (text.capacity() > idle_memory_bytes_max) text = {};
}

}  // namespace

ServerConnection::ServerConnection(Worker& worker, const SocketAddress& peer)
    : worker_(worker),
      stream_(worker.loop(), *this),
      parser_(MessageParser::Side::request),
      timer_([](void* self) { static_cast<ServerConnection*>(self)->on_deadline(); }, this) {
  const std::string ip = peer.ip();
  client_ip_size_ = static_cast<uint8_t>(ip.size());
  char* end = std::copy(forwarded_name.begin(), forwarded_name.end(), forwarded_line_);
  end = std::copy(ip.begin(), ip.end(), end);
  std::memcpy(end, "\r\n", 2);
}

bool ServerConnection::open(int socket, std::shared_ptr<const crypto::TlsServer> tls) {
  if (stream_.open(socket) != 0) return false;
  if (tls) stream_.secure(std::move(tls));
  parser_.begin();
  stream_.read(true);
  // A client that connects and says nothing has the time of a head: it takes a place without having been of use.
  set_deadline(Deadline::idle, std::min(worker_.options().idle_timeout_ms, worker_.options().header_timeout_ms));
  return true;
}

// The handshake had the time of a head; now the first request has it.
void ServerConnection::stream_secured() {
  if (!is_guest) set_deadline(Deadline::idle, std::min(worker_.options().idle_timeout_ms, worker_.options().header_timeout_ms));
  auto chain = stream_.tls()->peer_chain();
  if (chain.empty()) return;
  client_certificate_ =
      std::make_shared<const ClientCertificate>(ClientCertificate{std::move(chain.front()), stream_.tls()->is_peer_trusted()});
}

std::string_view ServerConnection::tls_version() const { return stream_.tls()->version(); }

void ServerConnection::stream_read(std::string_view bytes) {
  if (phase_ == Phase::lingering) {
    discarded_ += bytes.size();
    if (discarded_ > lingering_close_bytes_max) close();
    return;
  }
  if (unread_.empty()) {
    const std::string_view rest = process(bytes);
    if (!rest.empty()) unread_.assign(rest);
  } else {
    unread_.append(bytes);
    proceed();
  }
  if (!unread_.empty()) update_reading();
}

void ServerConnection::proceed() {
  is_deferred = false;
  if (!unread_.empty()) {
    std::string bytes;
    bytes.swap(unread_);
    unread_.assign(process(bytes));
  }
  if (phase_ == Phase::closed) return;
  if (has_ended_ && unread_.empty() && phase_ != Phase::exchange) return close();
  if (has_ended_ && unread_.empty() && can_read_body()) return break_request(refusal_from(ParseFault::truncated, {}));
  update_reading();
}

void ServerConnection::update_reading() {
  stream_.read(unread_.empty() || (unread_.size() <= connection_buffer_bytes_max && count_heads(unread_) < pipelined_requests_max));
}

// Returns what cannot be used yet.
std::string_view ServerConnection::process(std::string_view bytes) {
  is_in_process_ = true;
  bool is_stuck = false;
  while (!bytes.empty() && !is_stuck) {
    switch (phase_) {
      case Phase::head: bytes = read_head(bytes); break;
      case Phase::exchange:
        is_stuck = !can_read_body();
        if (!is_stuck) bytes = read_body(bytes);
        break;
      case Phase::discarding: bytes = discard_body(bytes); break;
      case Phase::lingering:
      case Phase::closed: bytes = {}; break;
    }
  }
  is_in_process_ = false;
  return bytes;
}

std::string_view ServerConnection::read_head(std::string_view bytes) {
  if (!parser_.has_begun()) first_byte_us_ = worker_.loop().now().steady_us;
  const size_t used = parser_.parse_head(bytes, worker_.loop().raw_head());
  switch (parser_.state()) {
    case MessageParser::State::head:
      if (deadline_ != Deadline::head) set_deadline(Deadline::head, is_guest ? guest_timeout_ms : worker_.options().header_timeout_ms);
      return {};
    case MessageParser::State::head_done: return begin_request(bytes.substr(used));
    default: refuse(refusal_from(parser_.fault(), parser_.reason())); return {};
  }
}

// What came together with the head is looked at first: a body that is broken there is refused before a policy or a backend sees anything of
// it.
std::string_view ServerConnection::begin_request(std::string_view bytes) {
  Transaction& transaction = worker_.take_transaction();
  transaction.open(*this);
  const size_t head_size = parser_.head().size();
  RequestHead facts;
  Refusal refusal = read_request_head(parser_, transaction.arena().copy(parser_.head()), worker_.options().default_host,
                                      transaction.arena(), transaction.request(), facts);
  if (!refusal && is_tls() && !stream_.tls()->may_serve(transaction.request().host)) refusal = refusal_other_host;
  std::vector<std::string_view>& payload = worker_.loop().payload();
  payload.clear();
  body_size_ = transaction.request().body.size;
  body_received_ = 0;
  size_t used = 0;
  if (!refusal && !facts.has_body) {
    parser_.skip_body();
  } else if (!refusal) {
    used = parser_.parse_body(bytes, payload);
    body_received_ = size_of_payload(payload);
    if (parser_.state() == MessageParser::State::broken) refusal = refusal_from(parser_.fault(), parser_.reason());
  }
  const bool is_overload = is_guest || worker_.overload() == Overload::hard;
  if (!refusal && is_overload && !is_probe(transaction.request())) refusal = worker_.refusal_for_overload(*this);
  if (refusal) {
    transaction.discard();
    refuse(refusal);
    return {};
  }
  keeps_alive_ = facts.keep_alive && !is_guest;
  expects_continue_ = facts.expects_continue && used == 0;
  clear_deadline();
  if (facts.is_server_options) {
    transaction.discard();
    answer_server_options();
    return bytes.substr(used);
  }
  phase_ = Phase::exchange;
  body_use_ = BodyUse::undecided;
  transaction_ = &transaction;
  transaction.count_request_bytes(used);
  is_fresh_ = true;
  transaction.begin(head_size, first_byte_us_);
  if (is_fresh_ && phase_ == Phase::exchange)
    for (std::string_view piece : payload) body_.append(piece);
  is_fresh_ = false;
  return bytes.substr(used);
}

bool ServerConnection::take_body(Outgoing& outgoing, bool chunked) {
  body_use_ = BodyUse::streamed;
  std::vector<std::string_view> pieces;
  if (!body_.empty()) pieces.push_back(body_);
  std::vector<std::string_view>& fresh = worker_.loop().payload();
  const std::vector<std::string_view>& all = body_.empty() && is_fresh_ ? fresh : pieces;
  const size_t size = size_of_payload(all);
  if (chunked) {
    if (size != 0) outgoing.add_chunk(all, size);
    if (is_body_complete()) outgoing.copy("0\r\n\r\n");
  } else {
    for (std::string_view piece : all) outgoing.add(piece);
  }
  is_fresh_ = false;
  return is_body_complete();
}

void ServerConnection::collect_body(uint64_t bytes_max) {
  body_use_ = BodyUse::collected;
  collected_max_ = bytes_max;
  if (body_size_ != body_size_unknown && body_size_ > bytes_max) {
    body_use_ = BodyUse::unwanted;
    return transaction_->body_failed(BodyFault::too_large);
  }
  if (is_fresh_) {
    is_fresh_ = false;
    collect(worker_.loop().payload());
  } else {
    collect({});
  }
  if (body_use_ == BodyUse::collected && transaction_) continue_body();
}

void ServerConnection::collect(const std::vector<std::string_view>& pieces) {
  if (body_.size() + size_of_payload(pieces) > collected_max_) {
    body_use_ = BodyUse::unwanted;
    drop_memory(body_);
    return transaction_->body_failed(BodyFault::too_large);
  }
  for (std::string_view piece : pieces) body_.append(piece);
  if (!is_body_complete()) return;
  body_use_ = BodyUse::unwanted;
  transaction_->body_collected(adopt_text(std::move(body_)));
}

void ServerConnection::continue_body() {
  if (body_use_ == BodyUse::streamed) drop_memory(body_);  // it was taken and written
  if (expects_continue_) {
    expects_continue_ = false;
    Outgoing& outgoing = worker_.loop().outgoing();
    outgoing.copy("HTTP/1.1 100 Continue\r\n\r\n");
    if (!stream_.write(outgoing)) return lose_client();
  }
  if (can_read_body()) set_deadline(Deadline::body, worker_.options().body_timeout_ms);
  if (!is_in_process_) proceed();
}

bool ServerConnection::can_read_body() const {
  if (phase_ != Phase::exchange || is_body_complete()) return false;
  return body_use_ == BodyUse::collected || (body_use_ == BodyUse::streamed && transaction_->wants_body());
}

std::string_view ServerConnection::read_body(std::string_view bytes) {
  std::vector<std::string_view>& payload = worker_.loop().payload();
  payload.clear();
  const size_t used = parser_.parse_body(bytes, payload);
  if (parser_.state() == MessageParser::State::broken) {
    break_request(refusal_from(parser_.fault(), parser_.reason()));
    return {};
  }
  const size_t size = size_of_payload(payload);
  body_received_ += size;
  transaction_->count_request_bytes(used);
  if (is_body_complete()) {
    clear_deadline();
  } else {
    set_deadline(Deadline::body, worker_.options().body_timeout_ms);
  }
  if (body_use_ == BodyUse::collected) {
    collect(payload);
  } else {
    transaction_->body_arrived(payload, size, is_body_complete());
    if (phase_ == Phase::exchange && deadline_ == Deadline::body && !can_read_body()) clear_deadline();
  }
  return bytes.substr(used);
}

std::string_view ServerConnection::discard_body(std::string_view bytes) {
  std::vector<std::string_view>& payload = worker_.loop().payload();
  payload.clear();
  const size_t used = parser_.parse_body(bytes, payload);
  discarded_ += used;
  if (parser_.state() == MessageParser::State::broken || discarded_ > lingering_close_bytes_max) {
    linger();
    return {};
  }
  if (is_body_complete()) next_request();
  return bytes.substr(used);
}

// The rest of an unread body is thrown away only when it is short.
bool ServerConnection::may_keep_alive() const {
  if (!keeps_alive_ || expects_continue_ || has_ended_ || worker_.is_draining()) return false;
  return is_body_complete() || body_size_ == body_size_unknown || body_size_ - body_received_ <= lingering_close_bytes_max;
}

bool ServerConnection::write(Outgoing& outgoing) {
  if (!stream_.write(outgoing)) return false;
  if (stream_.queued_bytes() != 0) {
    queued_before_ = stream_.queued_bytes();
    set_deadline(Deadline::write, worker_.options().body_timeout_ms);
  }
  return true;
}

void ServerConnection::stream_drained() {
  if (phase_ == Phase::lingering && (has_ended_ || stream_.is_write_broken())) return close();
  if (phase_ != Phase::exchange) return;
  if (stream_.is_write_broken()) return lose_client();
  clear_deadline();
  if (can_read_body()) set_deadline(Deadline::body, worker_.options().body_timeout_ms);
  transaction_->client_drained();
}

void ServerConnection::response_done(bool keeps_alive) {
  transaction_ = nullptr;
  drop_memory(body_);
  if (!keeps_alive) return linger();
  if (is_body_complete()) {
    next_request();
  } else {
    phase_ = Phase::discarding;
    discarded_ = 0;
    set_deadline(Deadline::discard, lingering_close_ms);
  }
  if (!is_in_process_ && (!unread_.empty() || has_ended_)) worker_.defer(*this);
}

void ServerConnection::next_request() {
  parser_.begin();
  phase_ = Phase::head;
  if (unread_.capacity() > idle_memory_bytes_max && unread_.empty()) unread_ = {};
  set_deadline(Deadline::idle, worker_.idle_timeout_ms());
}

// The answer breaks off: the client must not take it for whole. Where only the close ends the body, a reset says so.
void ServerConnection::response_cut() {
  transaction_ = nullptr;
  drop_memory(body_);
  if (parser_.version_minor() == 0) {
    stream_.abort();
    phase_ = Phase::closed;
  } else {
    linger();
  }
}

void ServerConnection::lose_client() {
  if (Transaction* const transaction = std::exchange(transaction_, nullptr)) transaction->client_gone();
  close();
}

void ServerConnection::stream_failed(int) {
  if (stream_.is_in_handshake()) worker_.note_broken_handshake(stream_.tls_failure(), client_ip());
  lose_client();
}

void ServerConnection::stream_ended() {
  has_ended_ = true;
  switch (phase_) {
    case Phase::head:
      if (!parser_.has_begun()) return close();
      return refuse({400, "The request ends before its head is complete.", {}});
    case Phase::exchange:
      // Some clients end their side after the request and wait; most are gone.
      if (can_read_body() && unread_.empty()) return break_request(refusal_from(ParseFault::truncated, {}));
      if (!transaction_->has_begun_answer()) set_deadline(Deadline::half_close, half_close_grace_ms);
      return;
    case Phase::discarding:
    case Phase::lingering: return close();
    case Phase::closed: return;
  }
}

// The request turned out to be none after its exchange had begun.
void ServerConnection::break_request(const Refusal& refusal) {
  Transaction* const transaction = std::exchange(transaction_, nullptr);
  const bool was_answered = transaction->has_begun_answer();
  transaction->client_gone();
  drop_memory(body_);
  if (was_answered) return linger();
  refuse(refusal);
}

void ServerConnection::refuse(const Refusal& refusal) {
  const std::string body =
      "{ \"statusCode\": " + std::to_string(refusal.status) + ", \"message\": \"" + json_escape(refusal.message) + "\" }";
  Outgoing& outgoing = worker_.loop().outgoing();
  outgoing.copy("HTTP/1.1 " + std::to_string(refusal.status) + " ");
  outgoing.copy(standard_reason(refusal.status));
  outgoing.copy("\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\nDate: ");
  outgoing.copy(worker_.loop().date());
  outgoing.copy("\r\n");
  outgoing.copy(refusal.extra_line);
  outgoing.copy("Connection: close\r\n\r\n");
  outgoing.copy(body);
  worker_.note_refusal(refusal, client_ip());
  stream_.write(outgoing);
  linger();
}

void ServerConnection::answer_server_options() {
  Outgoing& outgoing = worker_.loop().outgoing();
  const bool keeps_alive = may_keep_alive();
  outgoing.copy("HTTP/1.1 204 No Content\r\nAllow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\nDate: ");
  outgoing.copy(worker_.loop().date());
  outgoing.copy(keeps_alive ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n");
  if (!stream_.write(outgoing)) return close();
  response_done(keeps_alive);
}

// Closing at once would reset the connection while the client still sends, and the answer could be lost.
void ServerConnection::linger() {
  phase_ = Phase::lingering;
  unread_ = {};
  discarded_ = 0;
  if (stream_.is_write_broken()) return close();
  stream_.end_writing();
  if (has_ended_ && stream_.queued_bytes() == 0) return close();
  set_deadline(Deadline::linger, lingering_close_ms);
  stream_.read(true);
}

bool ServerConnection::close_if_idle() {
  if (!is_idle()) return false;
  close();
  return true;
}

void ServerConnection::become_guest() {
  is_guest = true;
  set_deadline(Deadline::idle, guest_timeout_ms);
}

// What it asks may have come meanwhile.
void ServerConnection::dismiss() {
  stream_.read_now();
  if (!is_guest) return;
  if (phase_ == Phase::head) refuse(refusal_no_room);
  lose_client();
}

void ServerConnection::hurry_if_idle() {
  if (!is_guest && is_idle()) set_deadline(Deadline::idle, worker_.idle_timeout_ms());
}

// Streams never hold so much.
void ServerConnection::give_up_memory() {
  if (phase_ != Phase::exchange) return;
  if (stream_.queued_bytes() > held_answer_bytes_min) return lose_client();
  if (body_use_ != BodyUse::collected || is_body_complete()) return;
  body_use_ = BodyUse::unwanted;
  keeps_alive_ = false;
  drop_memory(body_);
  transaction_->body_failed(BodyFault::no_memory);
}

void ServerConnection::close() {
  phase_ = Phase::closed;
  timer_.clear();
  worker_.leave(*this);
  stream_.close();
}

void ServerConnection::stream_closed() { worker_.remove(*this); }

void ServerConnection::set_deadline(Deadline kind, uint64_t delay_ms) {
  deadline_ = kind;
  worker_.loop().set_timer_after(timer_, delay_ms);
}

void ServerConnection::on_deadline() {
  switch (std::exchange(deadline_, Deadline::none)) {
    case Deadline::none: return;
    case Deadline::head: return refuse({408, "The request head did not arrive in time.", {}});
    case Deadline::body:
      if (body_use_ != BodyUse::collected) return break_request({408, "The request body did not arrive in time.", {}});
      body_use_ = BodyUse::unwanted;
      keeps_alive_ = false;
      return transaction_->body_failed(BodyFault::timeout);
    case Deadline::write:
      if (stream_.queued_bytes() < queued_before_) {
        queued_before_ = stream_.queued_bytes();
        return set_deadline(Deadline::write, worker_.options().body_timeout_ms);
      }
      return lose_client();
    case Deadline::half_close:
      if (!transaction_ || transaction_->has_begun_answer()) return;
      return lose_client();
    case Deadline::idle:
    case Deadline::discard:
    case Deadline::linger: return close();
  }
}

}  // namespace gatelet
