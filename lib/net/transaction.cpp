#include "net/transaction.hpp"

#include "base/limits.hpp"
#include "http/serialize.hpp"
#include "net/server_connection.hpp"
#include "net/worker.hpp"

namespace gatelet {

Transaction::Transaction(Worker& worker)
    : worker_(worker),
      exchange_(worker.gateway(), arena_),
      wait_timer_([](void* self) { static_cast<Transaction*>(self)->time_came(); }, this) {}

const Instant& Transaction::now() const { return worker_.loop().now(); }

void Transaction::open(ServerConnection& connection) {
  connection_ = &connection;
  phase_ = Phase::running;
  is_chunked_ = is_client_paused_ = is_request_stream_begun_ = false;
  source_ = sink_ = nullptr;
  body_reader_ = BodyReader::none;
  host_call_waiting_ = nullptr;
  respond_us_ = backend_us_ = request_bytes_ = response_bytes_ = 0;
}

void Transaction::discard() {
  phase_ = Phase::over;
  connection_ = nullptr;
  exchange_.reuse();
  worker_.serve_outbox();  // with what filters of the body have found at its end
  worker_.recycle(*this);
}

void Transaction::send_alone(OutboxItem item, AloneEnd ended) {
  alone_ = std::make_unique<Alone>(std::move(item), std::move(ended), arena_);
  Call& call = alone_->call;
  call.be(alone_->item);
  free_call(call).start(call);
}

void Transaction::end_alone(const FetchReply* reply) {
  for (const auto& call : calls_)
    if (!call->is_free()) call->cancel();
  worker_.forget_alone(*this);
  std::unique_ptr<Alone> alone = std::move(alone_);
  alone->ended(alone->item, reply);  // the reply may lie in the call
  alone.reset();
  exchange_.reuse();
  worker_.recycle(*this);
  worker_.serve_outbox();
  worker_.finish_when_empty();
}

void Transaction::begin(size_t head_bytes, uint64_t first_byte_us) {
  first_byte_us_ = first_byte_us;
  begun_us_ = now().steady_us;
  request_bytes_ += head_bytes;
  ExchangeStart start;
  start.now = now();
  worker_.random().take(start.random);
  start.client_ip = connection_->client_ip();
  start.config = worker_.config();
  start.external_cache = worker_.external_cache();
  start.shared_limits = worker_.shared_limits();
  start.can_filter = start.sends_fetches = start.computes_later = true;
  if (connection_->is_tls()) {
    start.is_tls = true;
    start.client_tls_version = connection_->tls_version();
    start.client_certificate = connection_->client_certificate();
    exchange_.request.scheme = "https";
  }
  exchange_.begin(std::move(start));
  run();
}

// Results that arrive while this runs are replies already; the loop sees them as the next action.
void Transaction::run() {
  if (is_running_) return;
  is_running_ = true;
  while (phase_ == Phase::running) {
    const Action action = exchange_.next();
    if (action.kind == Action::Kind::none) break;
    switch (action.kind) {
      case Action::Kind::read_body: collect_body(BodyReader::exchange, action.id, action.bytes_max); break;
      case Action::Kind::send: start_call(*action.call); break;
      case Action::Kind::respond: respond(action.call); break;
      case Action::Kind::wait: wait(action); break;
      case Action::Kind::look_up: look_up(action); break;
      case Action::Kind::claim: claim(action); break;
      case Action::Kind::compute: wait_for_turn(action); break;
      case Action::Kind::none: break;
    }
  }
  is_running_ = false;
  for (const auto& call : calls_)
    if (call->is_abandoned()) call->cancel();
  // Only a client that is gone leaves an exchange without an answer.
  if (phase_ == Phase::running && exchange_.is_over()) connection_->lose_client();
  worker_.serve_outbox();
}

void Transaction::wait(const Action& action) {
  wait_action_ = action.id;
  worker_.loop().set_timer(wait_timer_, (action.due_us + 999) / 1000);  // never early
}

void Transaction::time_came() {
  exchange_.give_time(wait_action_, now());
  run();
}

void Transaction::look_up(const Action& action) {
  ++asked_count_;
  worker_.external_cache()->look_up(action.key, *this, action.id);
}

void Transaction::cache_answered(uint32_t id, CacheReply reply) {
  --asked_count_;
  exchange_.give_cached(id, std::move(reply), now());
  run();
}

void Transaction::claim(const Action& action) {
  ++asked_count_;
  worker_.shared_limits()->ask(*action.claim, *this, action.id);
}

void Transaction::limits_answered(uint32_t id, const LimitReply& reply) {
  --asked_count_;
  exchange_.give_limits(id, reply, now());
  run();
}

void Transaction::wait_for_turn(const Action& action) {
  ++turn_count_;
  worker_.loop().computations().wait_for_turn(*this, action.id);
}

bool Transaction::compute(uint32_t id) {
  const bool is_wanted = exchange_.run_computation(id);
  if (!is_wanted) --turn_count_;
  return is_wanted;
}

void Transaction::computed(uint32_t id) {
  --turn_count_;
  exchange_.give_computed(id, now());
  run();
}

// Calls

UpstreamCall* Transaction::find_call(const Call* call) {
  for (const auto& known : calls_)
    if (call && known->is_for(*call)) return known.get();
  return nullptr;
}

UpstreamCall& Transaction::free_call(Call& call) {
  if (UpstreamCall* earlier = find_call(&call)) {
    earlier->cancel();  // started again: what is left of the earlier answer is dropped
    return *earlier;
  }
  for (const auto& known : calls_)
    if (known->is_free()) return *known;
  calls_.push_back(std::make_unique<UpstreamCall>(worker_, *this));
  return *calls_.back();
}

void Transaction::start_call(Call& call) {
  if (call.upstream->kind == Upstream::Kind::host) return start_host_call(call);
  free_call(call).start(call);
}

void Transaction::call_head(UpstreamCall&, Call& call) {
  if (alone_) {
    const Response& response = call.response;
    const FetchReply reply{
        .status = response.status, .location = response.headers.get(HeaderId::location), .body = response.body.bytes.view()};
    return end_alone(&reply);
  }
  exchange_.give_head(call.id, now());
  run();
}

void Transaction::call_failed(Call& call, Call::Fault fault, std::string_view text) {
  if (alone_) {
    const FetchReply reply{.fault = text};
    return end_alone(&reply);
  }
  if (sink_ && sink_->is_free()) sink_ = nullptr;
  exchange_.give_call_failed(call.id, fault, arena_.copy(text), now());
  run();
}

void Transaction::count_backend_us(uint64_t us) { backend_us_ += us; }

// The client's body

void Transaction::collect_body(BodyReader reader, uint32_t id, uint64_t bytes_max) {
  body_reader_ = reader;
  body_action_ = id;
  if (is_request_stream_begun_) return body_failed(BodyFault::client_gone);
  is_request_stream_begun_ = true;
  connection_->collect_body(bytes_max);
}

void Transaction::body_collected(Buffer body) {
  const BodyReader reader = std::exchange(body_reader_, BodyReader::none);
  if (reader == BodyReader::host) return hand_to_host(*std::exchange(host_call_waiting_, nullptr), std::move(body));
  exchange_.give_body(body_action_, std::move(body), now());
  run();
}

void Transaction::body_failed(BodyFault fault) {
  const BodyReader reader = std::exchange(body_reader_, BodyReader::none);
  if (reader == BodyReader::host) {
    Call& call = *std::exchange(host_call_waiting_, nullptr);
    return call_failed(call, Call::Fault::broken,
                       fault == BodyFault::too_large ? "the body of the request is larger than a handler may be given"
                                                     : "the body of the request did not arrive");
  }
  exchange_.give_body_failed(body_action_, fault, now());
  run();
}

bool Transaction::begin_request_stream(UpstreamCall& call) {
  if (is_request_stream_begun_) return false;
  is_request_stream_begun_ = true;
  sink_ = &call;
  return true;
}

bool Transaction::take_request_body(Outgoing& outgoing, bool chunked) { return connection_->take_body(outgoing, chunked); }

void Transaction::continue_request_body() { connection_->continue_body(); }

void Transaction::body_arrived(const std::vector<std::string_view>& pieces, size_t size, bool is_last) {
  if (sink_) sink_->send_body(pieces, size, is_last);
}

void Transaction::call_writable(UpstreamCall& call) {
  if (&call == sink_ && connection_) connection_->continue_body();
}

std::string_view Transaction::client_ip() const { return connection_->client_ip(); }
std::string_view Transaction::forwarded_for_line() const { return connection_->forwarded_for_line(); }

// The host's handler

void Transaction::start_host_call(Call& call) {
  if (!worker_.host_handler()) return call_failed(call, Call::Fault::no_handler, "the API has no service URL and the host has no handler");
  if (call.body.kind != Body::Kind::stream) return hand_to_host(call, call.body.bytes);
  host_call_waiting_ = &call;
  collect_body(BodyReader::host, 0, worker_.held_body_bytes_max());
}

void Transaction::hand_to_host(Call& call, Buffer body) {
  const uint64_t id = worker_.open_host_call(*this, call);
  host_calls_.push_back(id);
  worker_.hand_to_host(id, call, connection_->client_ip(), std::move(body));
}

void Transaction::host_answered(uint64_t id, Call& call, HostAnswer answer) {
  std::erase(host_calls_, id);
  if (!answer.has_response) return call_failed(call, Call::Fault::broken, answer.failure);
  HostResponse& from = answer.response;
  Response& to = call.response;
  to.headers.clear();
  if (from.status < 200 || from.status > 599)
    return call_failed(call, Call::Fault::bad_response, "the handler's status is not in the range 200 to 599");
  to.status = from.status;
  to.reason.reset();
  if (from.reason) to.reason = arena_.copy(*from.reason);
  for (const HostResponse::Header& header : from.headers)
    if (!to.headers.append(header.name, header.value))
      return call_failed(call, Call::Fault::bad_response, "a header of the handler's answer is not valid");
  to.headers.remove_hop_by_hop();
  to.body = from.body.empty() ? Body{} : Body::from(std::move(from.body));
  exchange_.give_head(call.id, now());
  run();
}

// The answer

Framing Transaction::response_framing(const Response& response, bool& sends_body) const {
  Framing framing;
  framing.keep_alive = keeps_alive_;
  const bool is_head = exchange_.request.method == Method::head;
  sends_body = false;
  if (response.status == 204 || response.status == 304) return framing;
  const uint64_t size = response.body.kind == Body::Kind::bytes ? response.body.bytes.size() : response.body.size;
  if (size != body_size_unknown) {
    framing.kind = Framing::Kind::length;
    framing.length = size;
  } else if (!is_head) {
    framing.kind = exchange_.request.version_minor == 0 ? Framing::Kind::close : Framing::Kind::chunked;
  }
  sends_body = !is_head && response.body.kind != Body::Kind::none;
  return framing;
}

void Transaction::respond(const Call* source_call) {
  Response& response = exchange_.response;
  respond_us_ = now().steady_us;
  keeps_alive_ = connection_->may_keep_alive();
  bool sends_body;
  const Framing framing = response_framing(response, sends_body);
  is_chunked_ = framing.kind == Framing::Kind::chunked;
  if (framing.kind == Framing::Kind::close) keeps_alive_ = false;
  source_ = sends_body && response.body.kind == Body::Kind::stream ? find_call(source_call) : nullptr;
  for (const auto& call : calls_)
    if (call.get() != source_ && !call->is_free()) call->cancel();

  Outgoing& outgoing = worker_.loop().outgoing();
  const std::string_view date = worker_.loop().date();
  char* const begin = outgoing.reserve(response_head_bytes_max(response, framing, date));
  outgoing.commit(static_cast<size_t>(write_response_head(begin, response, framing, date) - begin));
  if (sends_body && response.body.kind == Body::Kind::bytes) outgoing.add(response.body.bytes);
  if (source_) source_->take_available(outgoing);
  phase_ = Phase::streaming;
  if (!write(outgoing)) return;
  if (!source_ || source_->is_complete()) return end_response();
  stream_on();
}

// False: the client is gone, and this transaction over.
bool Transaction::write(Outgoing& outgoing) {
  response_bytes_ += outgoing.size();
  if (connection_->write(outgoing)) return true;
  connection_->lose_client();
  return false;
}

// The bytes live until they are written.
void Transaction::add_body(Outgoing& outgoing, const std::vector<std::string_view>& pieces, size_t size, bool is_last) {
  if (!exchange_.response_filters.is_empty()) {
    filtered_.clear();
    for (std::string_view piece : pieces) filtered_ += exchange_.response_filters.pass(piece, false, now());
    if (is_last) filtered_ += exchange_.response_filters.pass({}, true, now());
    filtered_pieces_.assign(1, filtered_);
    return add_part(outgoing, filtered_pieces_, filtered_.size(), is_last);
  }
  add_part(outgoing, pieces, size, is_last);
}

void Transaction::add_part(Outgoing& outgoing, const std::vector<std::string_view>& pieces, size_t size, bool is_last) const {
  if (!is_chunked_) {
    for (std::string_view piece : pieces) outgoing.add(piece);
    return;
  }
  if (size != 0) outgoing.add_chunk(pieces, size);
  if (is_last) outgoing.copy("0\r\n\r\n");
}

void Transaction::stream_on() {
  if (connection_->is_congested()) {
    is_client_paused_ = true;
    source_->pause();
  } else {
    source_->stream_rest();
  }
}

void Transaction::call_body(UpstreamCall& source, const std::vector<std::string_view>& pieces, size_t size, bool is_last) {
  Outgoing& outgoing = worker_.loop().outgoing();
  add_body(outgoing, pieces, size, is_last);
  if (!write(outgoing)) return;
  if (is_last) return end_response();
  if (connection_->is_congested()) {
    is_client_paused_ = true;
    source.pause();
  }
}

void Transaction::client_drained() {
  if (phase_ == Phase::flushing) return finish(true, Call::Fault::none);
  if (phase_ != Phase::streaming || !is_client_paused_) return;
  is_client_paused_ = false;
  source_->stream_rest();
}

void Transaction::end_response() {
  if (!connection_->has_queued_bytes()) return finish(true, Call::Fault::none);
  phase_ = Phase::flushing;
}

// The head is out, so the client can only be told by a cut message.
void Transaction::call_body_failed(UpstreamCall&, Call::Fault fault) {
  keeps_alive_ = false;
  finish(false, fault);
}

void Transaction::client_gone() {
  exchange_.client_gone(now());
  end(false, Call::Fault::none);
}

void Transaction::finish(bool is_complete, Call::Fault fault) {
  ServerConnection& connection = *connection_;
  const bool keeps_alive = keeps_alive_;
  end(is_complete, fault);
  if (is_complete) {
    connection.response_done(keeps_alive);
  } else {
    connection.response_cut();
  }
}

void Transaction::end(bool is_complete, Call::Fault fault) {
  for (const auto& call : calls_)
    if (!call->is_free()) call->cancel();
  for (uint64_t id : host_calls_) worker_.close_host_call(id);
  host_calls_.clear();
  wait_timer_.clear();
  if (std::exchange(asked_count_, 0) != 0) worker_.forget_look_ups(*this);
  if (std::exchange(turn_count_, 0) != 0) worker_.loop().computations().leave(*this);
  Exchange::Finish finish;
  finish.now = now();
  finish.request_bytes = request_bytes_;
  finish.response_bytes = response_bytes_;
  finish.complete = is_complete;
  finish.stream_fault = fault;
  finish.backend_us = backend_us_;
  const uint64_t total_us = finish.now.steady_us - first_byte_us_;
  finish.client_us = begun_us_ - first_byte_us_ + (respond_us_ == 0 ? 0 : finish.now.steady_us - respond_us_);
  if (finish.client_us > total_us) finish.client_us = total_us;
  exchange_.finish(finish);
  connection_ = nullptr;
  phase_ = Phase::over;
  exchange_.reuse();
  worker_.serve_outbox();  // with what filters of the body have found at its end
  worker_.recycle(*this);
}

}  // namespace gatelet
