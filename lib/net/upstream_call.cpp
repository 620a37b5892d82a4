#include "net/upstream_call.hpp"

#include <algorithm>
#include <cstring>

#include "base/limits.hpp"
#include "http/content_coding.hpp"
#include "net/refusal.hpp"
#include "net/response_head.hpp"
#include "net/transaction.hpp"
#include "net/worker.hpp"

namespace gatelet {
namespace {

// RFC 9110 9.2.2.
bool is_idempotent(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE" || method == "OPTIONS" || method == "TRACE";
}

// Methods whose requests say that they have no body, instead of saying nothing (RFC 9110 8.6).
bool announces_empty_body(std::string_view method) { return method == "POST" || method == "PUT" || method == "PATCH"; }

size_t size_of_pieces(const std::vector<std::string_view>& pieces) {
  size_t size = 0;
  for (std::string_view piece : pieces) size += piece.size();
  return size;
}

}  // namespace

void UpstreamCall::reset() {
  ++epoch_;
  call_ = nullptr;
  is_reused_ = was_retried_ = is_client_forwarded_ = is_wholly_unsent_ = is_chunked_ = is_sending_body_ = is_request_broken_ = false;
  has_answer_bytes_ = has_head_ = keeps_alive_ = is_complete_ = is_paused_ = has_peer_ended_ = false;
  use_ = Use::undecided;
  interim_count_ = 0;
  peer_error_ = 0;
  body_fault_.fault = Call::Fault::none;
  fresh_.clear();
  fresh_size_ = 0;
  held_.clear();
  unread_.clear();
}

void UpstreamCall::start(Call& call) {
  reset();
  call_ = &call;
  started_us_ = worker_.loop().now().steady_us;
  const uint64_t now_ms = worker_.loop().now().steady_ms();
  due_ms_ = call.timeout_ms < UINT64_MAX - now_ms ? now_ms + call.timeout_ms : UINT64_MAX;
  connection_ = worker_.pools().take_idle(*call.upstream);
  if (!connection_) return connect_new();
  is_reused_ = true;
  connection_->use(*this);
  send_request();
}

void UpstreamCall::connect_new() {
  connection_ = &worker_.pools().create(*call_->upstream);
  connection_->connect(*this, due_ms_);
}

void UpstreamCall::upstream_ready() { send_request(); }

void UpstreamCall::upstream_lost(std::string_view text) {
  connection_ = nullptr;
  fail(worker_.loop().now().steady_ms() >= due_ms_ ? Call::Fault::timeout : Call::Fault::connect, text);
}

Framing UpstreamCall::request_framing() const {
  Framing framing;
  const Body& body = call_->body;
  if (body.kind == Body::Kind::none || (body.kind == Body::Kind::bytes && body.bytes.empty())) {
    if (announces_empty_body(call_->method)) framing.kind = Framing::Kind::length;
  } else if (body.size == body_size_unknown) {
    framing.kind = Framing::Kind::chunked;
  } else {
    framing.kind = Framing::Kind::length;
    framing.length = body.kind == Body::Kind::bytes ? body.bytes.size() : body.size;
  }
  return framing;
}

// Most requests have no X-Forwarded-For yet: then the line is written once for the connection.
void UpstreamCall::forward_client_address(std::string_view& extra_lines) {
  if (!call_->forwards_client) return;
  if (!is_client_forwarded_ && call_->headers.contains(HeaderId::x_forwarded_for)) {
    call_->headers.append_value("X-Forwarded-For", transaction_.client_ip());
    is_client_forwarded_ = true;
  }
  if (!is_client_forwarded_) extra_lines = transaction_.forwarded_for_line();
}

// False: the call has failed.
bool UpstreamCall::begin_body() {
  if (call_->body.kind != Body::Kind::stream || transaction_.begin_request_stream(*this)) return true;
  fail(Call::Fault::broken, "the body of the request was sent before and was not kept: set buffer-request-body=\"true\"");
  return false;
}

void UpstreamCall::add_request_body(Outgoing& outgoing) {
  if (call_->body.kind == Body::Kind::bytes) outgoing.add(call_->body.bytes);
  if (call_->body.kind == Body::Kind::stream) is_sending_body_ = !transaction_.take_request_body(outgoing, is_chunked_);
}

void UpstreamCall::send_request() {
  const Framing framing = request_framing();
  is_chunked_ = framing.kind == Framing::Kind::chunked;
  if (call_->continue_timeout_ms != 0) call_->is_body_held_back = is_chunked_ || framing.length != 0;
  const bool is_held_back = call_->is_body_held_back;
  if (!is_held_back && !begin_body()) return;
  connection_->parser().begin();
  std::string_view extra_lines;
  forward_client_address(extra_lines);
  std::string target, own_lines;  // of a request that is addressed to a proxy, or whose body is held back
  std::string_view path = call_->path;
  if (const Proxy* proxy = connection_->addressed_proxy()) {
    path = target = "http://" + call_->upstream->authority + std::string(call_->path);
    if (!proxy->authorization.empty()) {
      own_lines = std::string(extra_lines) + "Proxy-Authorization: " + proxy->authorization + "\r\n";
      extra_lines = own_lines;
    }
  }
  if (is_held_back && !call_->headers.contains(HeaderId::expect)) {
    own_lines = std::string(extra_lines) + "Expect: 100-continue\r\n";
    extra_lines = own_lines;
  }
  const RequestLine line{call_->method, path, call_->query, call_->has_query, call_->host};

  Outgoing& outgoing = worker_.loop().outgoing();
  char* const begin = outgoing.reserve(request_head_bytes_max(line, call_->headers, framing, extra_lines));
  outgoing.commit(static_cast<size_t>(write_request_head(begin, line, call_->headers, framing, extra_lines) - begin));
  if (!is_held_back) add_request_body(outgoing);
  if (!connection_->stream().write(outgoing)) {
    // The answer may have been sent before the connection was closed; that it was not is seen when reading.
    is_request_broken_ = is_wholly_unsent_ = true;
  }
  connection_->set_deadline(is_held_back ? std::min(due_ms_, worker_.loop().now().steady_ms() + call_->continue_timeout_ms) : due_ms_);
  if (is_sending_body_) transaction_.continue_request_body();
}

// The backend wants it, or has been silent for so long that it may know nothing of 100 Continue (RFC 9110 10.1.1). A client that asks for
// 100 Continue itself is told only now, when more of its body is wanted.
void UpstreamCall::release_body() {
  call_->is_body_held_back = false;
  if (!begin_body()) return;
  Outgoing& outgoing = worker_.loop().outgoing();
  add_request_body(outgoing);
  if (outgoing.size() != 0 && !connection_->stream().write(outgoing)) is_request_broken_ = true;
  connection_->set_deadline(due_ms_);
  if (is_sending_body_) transaction_.continue_request_body();
}

void UpstreamCall::send_body(const std::vector<std::string_view>& pieces, size_t size, bool is_last) {
  if (is_last) is_sending_body_ = false;
  if (!connection_ || is_request_broken_) return;
  Outgoing& outgoing = worker_.loop().outgoing();
  if (is_chunked_) {
    if (size != 0) outgoing.add_chunk(pieces, size);
    if (is_last) outgoing.copy("0\r\n\r\n");
  } else {
    for (std::string_view piece : pieces) outgoing.add(piece);
  }
  if (!connection_->stream().write(outgoing)) is_request_broken_ = true;
  if (has_head_) return;
  // The time for the answer counts from the last byte of the request.
  const uint64_t now_ms = worker_.loop().now().steady_ms();
  if (call_->timeout_ms < UINT64_MAX - now_ms) due_ms_ = now_ms + call_->timeout_ms;
  connection_->set_deadline(due_ms_);
}

bool UpstreamCall::is_congested() const { return connection_ && connection_->stream().queued_bytes() > connection_buffer_bytes_max; }

void UpstreamCall::upstream_drained() {
  if (connection_->stream().is_write_broken()) is_request_broken_ = true;
  transaction_.call_writable(*this);
}

bool UpstreamCall::may_retry() const {
  return is_reused_ && !was_retried_ && !has_answer_bytes_ && (call_->body.kind != Body::Kind::stream || call_->is_body_held_back) &&
         (is_wholly_unsent_ || is_idempotent(call_->method));
}

// A pooled connection may be closed by the backend in the moment it is used: that is nobody's failure.
void UpstreamCall::retry_or_fail(Call::Fault fault, std::string_view text) {
  if (!may_retry()) return fail(fault, text);
  release(false);
  was_retried_ = true;
  is_reused_ = is_request_broken_ = is_wholly_unsent_ = false;
  connect_new();
}

void UpstreamCall::fail(Call::Fault fault, std::string_view text) {
  Call& call = *call_;
  const bool was_head_given = has_head_ && use_ != Use::held;
  release(false);
  if (!was_head_given) {
    reset();
    transaction_.call_failed(call, fault, text);
  } else if (use_ == Use::undecided) {
    body_fault_ = {fault, std::string(text)};
  } else {
    ++epoch_;
    transaction_.call_body_failed(*this, fault);
  }
}

void UpstreamCall::cancel() {
  release(false);
  reset();
}

void UpstreamCall::release(bool is_clean) {
  UpstreamConnection* const connection = std::exchange(connection_, nullptr);
  if (!connection) return;
  transaction_.count_backend_us(worker_.loop().now().steady_us - std::exchange(started_us_, worker_.loop().now().steady_us));
  if (is_clean) {
    connection->give_back();
  } else {
    connection->close();
  }
}

void UpstreamCall::upstream_read(std::string_view bytes) {
  has_answer_bytes_ = true;
  if (unread_.empty() && !(has_head_ && !can_read_body())) return process(bytes);
  unread_.append(bytes);
  if (!has_head_ || can_read_body()) return process_unread();
  if (unread_.size() > connection_buffer_bytes_max) connection_->stream().read(false);
}

void UpstreamCall::process_unread() {
  std::string bytes;
  bytes.swap(unread_);
  process(bytes);
}

void UpstreamCall::process(std::string_view bytes) {
  const uint32_t epoch = epoch_;
  is_in_process_ = true;
  while (!bytes.empty() && epoch == epoch_ && connection_) {
    if (!has_head_) {
      bytes = read_head(bytes);
    } else if (can_read_body()) {
      bytes = read_body(bytes);
    } else {
      unread_.assign(bytes);
      bytes = {};
    }
  }
  is_in_process_ = false;
  fresh_.clear();
}

std::string_view UpstreamCall::read_head(std::string_view bytes) {
  MessageParser& parser = connection_->parser();
  const size_t used = parser.parse_head(bytes, worker_.loop().raw_head());
  if (parser.state() == MessageParser::State::broken) {
    fail(Call::Fault::bad_response, response_fault_text(parser.fault(), parser.reason()));
    return {};
  }
  bytes.remove_prefix(used);
  if (parser.state() == MessageParser::State::head) return bytes;

  call_->response.headers.clear();
  ResponseHead facts;
  const std::string_view head = transaction_.arena().copy(parser.head());
  const std::string_view fault = read_response_head(parser, head, call_->method == "HEAD", call_->response, facts);
  if (!fault.empty()) return fail(Call::Fault::bad_response, fault), std::string_view();
  if (facts.is_interim) {
    if (++interim_count_ > interim_responses_max)
      return fail(Call::Fault::bad_response, "the backend sent more than 16 interim answers"), std::string_view();
    parser.begin();
    if (call_->is_body_held_back && call_->response.status == 100) release_body();
    return bytes;
  }
  if (const Proxy* proxy = connection_->addressed_proxy(); proxy && call_->response.status == 407)
    return fail(Call::Fault::connect, proxy->name() + " answered 407 Proxy Authentication Required; correct its user or password"),
           std::string_view();
  keeps_alive_ = facts.keep_alive;
  read_first_body(bytes, facts.has_body);
  return {};
}

// What came together with the head is looked at before the head is given: what is wrong there still becomes an error, and a small answer
// goes out in one write.
void UpstreamCall::read_first_body(std::string_view bytes, bool has_body) {
  MessageParser& parser = connection_->parser();
  fresh_.clear();
  fresh_size_ = 0;
  if (!has_body) {
    const int status = call_->response.status;
    if (!bytes.empty() && (status == 204 || status == 304))
      return fail(Call::Fault::bad_response, "the answer has a body, which its status does not allow");
    parser.skip_body();
    complete(bytes.empty());
  } else {
    const size_t used = parser.parse_body(bytes, fresh_);
    if (parser.state() == MessageParser::State::broken)
      return fail(Call::Fault::bad_response, response_fault_text(parser.fault(), parser.reason()));
    fresh_size_ = size_of_pieces(fresh_);
    if (parser.state() == MessageParser::State::complete) complete(used == bytes.size());
  }
  has_head_ = true;
  const bool is_held = call_->hold_response || (call_->holds_coded && !content_codings(call_->response.headers).empty());
  if (!is_held || !has_body) return give_head();
  use_ = Use::held;
  if (!hold_fresh()) return;
  if (is_complete_) return give_held();
  arm_body_deadline();
}

void UpstreamCall::give_head() {
  const uint32_t epoch = epoch_;
  if (connection_) connection_->clear_deadline();  // while policies run nobody waits for the backend
  transaction_.call_head(*this, *call_);
  if (epoch != epoch_ || use_ == Use::streamed) return;
  for (std::string_view piece : fresh_) held_.append(piece);
  fresh_.clear();
  fresh_size_ = 0;
}

bool UpstreamCall::hold_fresh() {
  if (worker_.overload() == Overload::hard)
    return fail(Call::Fault::broken, "the gateway has no memory left for the body of the answer"), false;
  const size_t most = call_->hold_bytes_max != 0 ? call_->hold_bytes_max : worker_.held_body_bytes_max();
  if (held_.size() + fresh_size_ > most)
    return fail(Call::Fault::bad_response, "the body of the answer is larger than a policy may hold"), false;
  for (std::string_view piece : fresh_) held_.append(piece);
  return true;
}

void UpstreamCall::give_held() {
  auto* const bytes = new std::string(std::move(held_));
  held_.clear();
  call_->response.body = Body::from(Buffer::adopt(
      bytes->data(), bytes->size(), [](void* text) { delete static_cast<std::string*>(text); }, bytes));
  transaction_.call_head(*this, *call_);
}

std::string_view UpstreamCall::read_body(std::string_view bytes) {
  MessageParser& parser = connection_->parser();
  fresh_.clear();
  const size_t used = parser.parse_body(bytes, fresh_);
  if (parser.state() == MessageParser::State::broken) {
    fail(Call::Fault::bad_response, response_fault_text(parser.fault(), parser.reason()));
    return {};
  }
  fresh_size_ = size_of_pieces(fresh_);
  if (parser.state() == MessageParser::State::complete) {
    complete(used == bytes.size());
  } else {
    arm_body_deadline();
  }
  if (use_ == Use::streamed) {
    transaction_.call_body(*this, fresh_, fresh_size_, is_complete_);
  } else if (hold_fresh() && is_complete_) {
    give_held();
  }
  return bytes.substr(used);
}

// Bytes behind the answer are nobody's: the connection goes with them. So it does when a body was announced and not sent.
void UpstreamCall::complete(bool is_clean) {
  is_complete_ = true;
  release(is_clean && keeps_alive_ && !has_peer_ended_ && !is_sending_body_ && !is_request_broken_ && !call_->is_body_held_back);
}

void UpstreamCall::take_available(Outgoing& outgoing) {
  use_ = Use::streamed;
  const size_t size = held_.size() + fresh_size_;
  if (!held_.empty()) fresh_.insert(fresh_.begin(), held_);
  transaction_.add_body(outgoing, fresh_, size, is_complete_);
  fresh_.clear();
  fresh_size_ = 0;
}

void UpstreamCall::stream_rest() {
  held_ = {};
  if (body_fault_.fault != Call::Fault::none) return fail(body_fault_.fault, body_fault_.text);
  resume();
}

void UpstreamCall::pause() {
  is_paused_ = true;
  if (!connection_) return;
  connection_->clear_deadline();
  connection_->stream().read(false);
}

void UpstreamCall::resume() {
  is_paused_ = false;
  if (is_in_process_ || !connection_) return;
  const uint32_t epoch = epoch_;
  if (!unread_.empty()) process_unread();
  if (epoch != epoch_ || !connection_ || is_paused_) return;
  if (has_peer_ended_) return peer_ended();
  arm_body_deadline();
  connection_->stream().read(true);
}

void UpstreamCall::upstream_ended() {
  has_peer_ended_ = true;
  if (!has_head_) return retry_or_fail(Call::Fault::broken, "the backend closed the connection before it answered");
  if (can_read_body() && unread_.empty()) peer_ended();
}

void UpstreamCall::upstream_broken(int error) {
  peer_error_ = error;
  if (!has_head_) return retry_or_fail(Call::Fault::broken, std::strerror(error));
  has_peer_ended_ = true;
  if (can_read_body() && unread_.empty()) peer_ended();
}

// Everything was read: the body is complete now, or never.
void UpstreamCall::peer_ended() {
  MessageParser& parser = connection_->parser();
  if (peer_error_ != 0) return fail(Call::Fault::broken, std::strerror(peer_error_));
  parser.finish();
  if (parser.state() != MessageParser::State::complete) return fail(Call::Fault::broken, response_fault_text(ParseFault::truncated, {}));
  complete(false);
  fresh_.clear();
  fresh_size_ = 0;
  if (use_ == Use::streamed) {
    transaction_.call_body(*this, fresh_, 0, true);
  } else {
    give_held();
  }
}

void UpstreamCall::arm_body_deadline() {
  if (connection_ && use_ == Use::held && call_->is_timeout_whole) return connection_->set_deadline(due_ms_);
  if (connection_) connection_->set_deadline(worker_.loop().now().steady_ms() + worker_.options().body_timeout_ms);
}

void UpstreamCall::upstream_timed_out() {
  if (has_head_) return fail(Call::Fault::timeout, "the backend stopped in the middle of its answer");
  if (call_->is_body_held_back && worker_.loop().now().steady_ms() < due_ms_) return release_body();
  fail(Call::Fault::timeout, "the backend did not answer in time");
}

}  // namespace gatelet
