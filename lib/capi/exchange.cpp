// The exchange surface over gateway/exchange.hpp: copies what the host gives into the exchange's arena, and actions into flat structs.
#include "gateway/exchange.hpp"

#include <optional>

#include "base/text.hpp"
#include "capi/guard.hpp"
#include "capi/handles.hpp"
#include "net/random.hpp"
#include "policy/value.hpp"

using namespace gatelet;

struct gatelet_exchange {
  explicit gatelet_exchange(gatelet_gateway& owner) : gateway(owner), exchange(owner.value, arena) {}
  HandleMark<0x65786331> mark;
  enum class Turn : uint8_t { free, taken, last };  // last: destroyed in a callback, gone when the call it came from returns
  mutable std::atomic<Turn> turn{Turn::free};
  GatewayRef gateway;
  Arena arena;
  Exchange exchange;
  std::vector<Call*> calls;         // sent and not answered yet
  std::optional<Action> unwritten;  // an action that the host did not get, because memory ran out when it was written
  bool is_begun = false;
};

namespace {

// Runs `body` as the only call on the exchange: callbacks (the log, the end of a body) and other threads find it taken.
template <class Body>
gatelet_status in_turn(const gatelet_exchange* x, gatelet_error** error, Body&& body) noexcept {
  using Turn = gatelet_exchange::Turn;
  bool is_ours = false;
  const gatelet_status status = guarded(error, [&]() -> Result<> {
    if (!is_live(x)) return bad_argument("exchange is NULL or no exchange that lives; pass what gatelet_exchange_create() made");
    Turn expected = Turn::free;
    is_ours = x->turn.compare_exchange_strong(expected, Turn::taken, std::memory_order_acquire);
    if (!is_ours) return bad_argument("another call on this exchange has not returned; wait for it, and make no call from its callbacks");
    return body();
  });
  if (is_ours && x->turn.exchange(Turn::free, std::memory_order_acq_rel) == Turn::last) delete x;
  return status;
}

Instant instant_from(gatelet_time time) { return {time.steady_us, time.wall_ms}; }

Result<> copy_headers(const gatelet_header* headers, size_t count, Headers& out) {
  if (Result<> checked = check_headers(headers, count); !checked) return checked;
  for (size_t i = 0; i < count; ++i) out.append(view(headers[i].name), view(headers[i].value));
  return Done{};
}

Result<> copy_target(const gatelet_request& given, Arena& arena, Request& out) {
  const std::string_view method = given.method.size ? view(given.method) : "GET";
  if (!is_token(method)) return bad_argument("method is not a token; give the method of the request line alone");
  if (given.target.size > target_bytes_max)
    return Error{Code::limit, "target is longer than " + std::to_string(target_bytes_max) + " bytes; answer 414", {}, {}};
  out.method_text = arena.copy(method);
  out.method = method_from(out.method_text);
  const std::string_view target = arena.copy(given.target.size ? view(given.target) : "/");
  if (const TargetFault fault = canonicalize(target, arena, out.target); fault != TargetFault::none)
    return bad_argument("target: " + std::string(message_of(fault)) + "; answer 400");
  const bool is_https = equal_ignoring_case(view(given.scheme), "https");
  if (given.scheme.size && !is_https && !equal_ignoring_case(view(given.scheme), "http"))
    return bad_argument("scheme is neither http nor https; leave it empty for http");
  out.scheme = is_https ? "https" : "http";
  std::string_view host = arena.copy(view(given.host));
  if (host.empty())
    if (const HeaderField* line = out.headers.find(HeaderId::host)) host = line->value;
  Authority authority;
  if (!host.empty() && !parse_authority(host, arena, authority))
    return bad_argument("host is not a host name with an optional port; answer 400");
  out.host = authority.host;
  out.port = authority.port;
  return Done{};
}

Result<> copy_body(const gatelet_request& given, Request& out) {
  out.body = {};
  switch (given.body_kind) {
    case GATELET_BODY_NONE: return Done{};
    case GATELET_BODY_BYTES: out.body = Body::from(Buffer::copy(view(given.body))); return Done{};
    case GATELET_BODY_STREAM: out.body.kind = Body::Kind::stream, out.body.size = given.body_size; return Done{};
    default: return bad_argument("body_kind is not one of GATELET_BODY_*; use one of them");
  }
}

void write_headers(const Headers& headers, Arena& arena, gatelet_action& out) {
  const auto fields = headers.fields();
  auto lines = arena.make_array<gatelet_header>(fields.size());
  for (size_t i = 0; i < fields.size(); ++i) lines[i] = {borrow(fields[i].name), borrow(fields[i].value)};
  out.headers = lines.data();
  out.header_count = lines.size();
}

void write_body(const Body& body, gatelet_action& out) {
  out.body_kind = static_cast<int32_t>(body.kind == Body::Kind::none     ? GATELET_BODY_NONE
                                       : body.kind == Body::Kind::stream ? GATELET_BODY_STREAM
                                                                         : GATELET_BODY_BYTES);
  if (body.kind == Body::Kind::bytes) out.body = borrow(body.bytes.view());
}

void write_send(const Call& call, Arena& arena, gatelet_action& out) {
  out.kind = GATELET_ACTION_SEND;
  out.id = call.id;
  out.method = borrow(call.method);
  const bool to_host = call.upstream->kind == Upstream::Kind::host;
  out.url = borrow(call.url(arena));
  out.host = borrow(call.host);
  out.to_host_handler = to_host ? 1 : 0;
  out.hold_response = call.hold_response ? 1 : 0;
  out.timeout_ms = call.timeout_ms;
  write_headers(call.headers, arena, out);
  write_body(call.body, out);
}

void write_respond(gatelet_exchange& x, const Action& action, gatelet_action& out) {
  const Response& response = x.exchange.response;
  out.kind = GATELET_ACTION_RESPOND;
  out.id = action.id;
  out.status = response.status;
  out.reason = borrow(response.reason.value_or(standard_reason(response.status)));
  write_headers(response.headers, x.arena, out);
  write_body(response.body, out);
  if (action.call) out.stream_id = action.call->id;
}

Result<> write_action(gatelet_exchange& x, const Action& action, gatelet_action& out) {
  gatelet_action value = GATELET_ACTION_INIT;
  switch (action.kind) {
    case Action::Kind::none: break;
    case Action::Kind::read_body:
      value.kind = GATELET_ACTION_READ_BODY;
      value.id = action.id;
      value.bytes_max = action.bytes_max;
      break;
    case Action::Kind::send: write_send(*action.call, x.arena, value); break;
    case Action::Kind::respond: write_respond(x, action, value); break;
    case Action::Kind::wait:
      value.kind = GATELET_ACTION_WAIT;
      value.id = action.id;
      value.wait_until_us = action.due_us;
      break;
    case Action::Kind::look_up:
    case Action::Kind::claim:
    case Action::Kind::compute: break;  // of the server alone
  }
  return write_struct(value, &out, "out");
}

// The open call with this id; null: stale.
Call* find_call(gatelet_exchange& x, uint32_t id) {
  const auto found = std::find_if(x.calls.begin(), x.calls.end(), [id](const Call* call) { return call->id == id; });
  return found == x.calls.end() ? nullptr : *found;
}

Error stale() { return {Code::stale, "the action was answered or cancelled before; this reply did nothing: forget it", {}, {}}; }

Error not_begun() { return bad_argument("no request is under way; call gatelet_exchange_begin first"); }

Result<> fill_response(const gatelet_response& given, Arena& arena, Call& call) {
  if (given.status < 100 || given.status > 999)
    return bad_argument("status is not between 100 and 999; or give a fault with gatelet_exchange_reply_fault");
  if (is_bad(given.reason) || !is_field_value(view(given.reason)))
    return bad_argument("reason is NULL although its size is not 0, or has control characters; leave it empty");
  if (given.body_kind < GATELET_BODY_NONE || given.body_kind > GATELET_BODY_STREAM)
    return bad_argument("body_kind is not one of GATELET_BODY_*; use one of them");
  if (given.body_kind == GATELET_BODY_BYTES && is_bad(given.body))
    return bad_argument("body.data is NULL although body.size is not 0; set both members");
  if (given.body_kind == GATELET_BODY_STREAM && call.hold_response)
    return bad_argument("the action said hold_response: give the body whole, as GATELET_BODY_BYTES");
  call.response.status = given.status;
  call.response.reason.reset();
  if (given.reason.size) call.response.reason = arena.copy(view(given.reason));
  call.response.headers.clear();
  if (Result<> copied = copy_headers(given.headers, given.header_count, call.response.headers); !copied) return copied;
  call.response.headers.remove_hop_by_hop();
  return Done{};
}

}  // namespace

static constexpr size_t end_of_response_body = offsetof(gatelet_response, body) + sizeof(gatelet_response::body);

extern "C" {

gatelet_status gatelet_exchange_create(gatelet_gateway* gateway, gatelet_exchange** out, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!is_live(gateway)) return bad_argument(not_a_gateway);
    if (!out) return bad_argument("out is NULL; pass the address of a gatelet_exchange pointer");
    *out = new gatelet_exchange(*gateway);
    return Done{};
  });
}

void gatelet_exchange_destroy(gatelet_exchange* exchange) {
  using Turn = gatelet_exchange::Turn;
  if (is_live(exchange) && exchange->turn.exchange(Turn::last, std::memory_order_acq_rel) == Turn::free) delete exchange;
}

gatelet_status gatelet_exchange_begin(gatelet_exchange* exchange, const gatelet_request* request, gatelet_error** error) {
  return in_turn(exchange, error, [&]() -> Result<> {
    if (!request) return bad_argument("request is NULL; pass a gatelet_request that GATELET_REQUEST_INIT made");
    if (exchange->is_begun) return bad_argument("the request before was not finished; call gatelet_exchange_finish first");
    GATELET_TRY(given, options_from(request, "gatelet_request"));
    if (is_bad(given.method) || is_bad(given.target) || is_bad(given.scheme) || is_bad(given.host) || is_bad(given.client_ip) ||
        is_bad(given.body))
      return bad_argument("a text of the request is NULL although its size is not 0; set both members");
    exchange->exchange.reuse();
    exchange->calls.clear();
    exchange->unwritten.reset();
    Arena& arena = exchange->arena;
    Request& out = exchange->exchange.request;
    if (Result<> headers = copy_headers(given.headers, given.header_count, out.headers); !headers) return headers;
    if (Result<> target = copy_target(given, arena, out); !target) return target;
    if (Result<> body = copy_body(given, out); !body) return body;
    out.headers.remove_hop_by_hop();
    ExchangeStart start;
    start.now = instant_from(given.now);
    start.random[0] = given.random[0];
    start.random[1] = given.random[1];
    if (start.random[0] == 0 && start.random[1] == 0) random_bits(start.random);
    start.client_ip = arena.copy(view(given.client_ip));
    start.is_tls = out.scheme == "https";
    start.is_traced = given.traced != 0;
    start.config = exchange->gateway->value.config();
    exchange->exchange.begin(start);
    exchange->is_begun = true;
    return Done{};
  });
}

gatelet_status gatelet_exchange_next(gatelet_exchange* exchange, gatelet_action* out, gatelet_error** error) {
  return in_turn(exchange, error, [&]() -> Result<> {
    if (Result<> checked = check_struct(out, "out"); !checked) return checked;
    if (!exchange->is_begun) return not_begun();
    if (!exchange->unwritten) {
      exchange->calls.reserve(exchange->calls.size() + 1);
      exchange->unwritten = exchange->exchange.next();
      if (exchange->unwritten->kind == Action::Kind::send) exchange->calls.push_back(exchange->unwritten->call);
    }
    if (Result<> written = write_action(*exchange, *exchange->unwritten, *out); !written) return written;
    exchange->unwritten.reset();
    return Done{};
  });
}

gatelet_status gatelet_exchange_reply(gatelet_exchange* exchange, uint32_t id, const gatelet_response* response, gatelet_time now,
                                      gatelet_error** error) {
  bool taken = false;
  const gatelet_status status = in_turn(exchange, error, [&]() -> Result<> {
    if (!response) return bad_argument("response is NULL; pass a gatelet_response that GATELET_RESPONSE_INIT made");
    GATELET_TRY(given, options_from(response, "gatelet_response"));
    Call* call = find_call(*exchange, id);
    if (!call) return stale();
    if (Result<> filled = fill_response(given, exchange->arena, *call); !filled) return filled;  // the host may answer again, rightly
    call->response.body = {};
    if (given.body_kind == GATELET_BODY_STREAM) {
      call->response.body.kind = Body::Kind::stream;
      call->response.body.size = body_size_unknown;
    } else if (given.body_kind == GATELET_BODY_BYTES) {
      Buffer bytes = take_buffer(given.body);
      taken = true;
      call->response.body = Body::from(std::move(bytes));
    }
    std::erase(exchange->calls, call);
    return exchange->exchange.give_head(id, instant_from(now)) ? Result<>(Done{}) : Result<>(stale());
  });
  if (!taken && reaches(response, end_of_response_body) && response->body_kind == GATELET_BODY_BYTES) give_back(response->body);
  return status;
}

gatelet_status gatelet_exchange_reply_body(gatelet_exchange* exchange, uint32_t id, gatelet_buf body, gatelet_time now,
                                           gatelet_error** error) {
  bool taken = false;
  const gatelet_status status = in_turn(exchange, error, [&]() -> Result<> {
    if (is_bad(body)) return bad_argument("body.data is NULL although body.size is not 0; set both members");
    if (!exchange->is_begun) return stale();
    Buffer bytes = take_buffer(body);
    taken = true;
    return exchange->exchange.give_body(id, std::move(bytes), instant_from(now)) ? Result<>(Done{}) : Result<>(stale());
  });
  if (!taken) give_back(body);
  return status;
}

gatelet_status gatelet_exchange_reply_fault(gatelet_exchange* exchange, uint32_t id, int32_t fault, gatelet_str text, gatelet_time now,
                                            gatelet_error** error) {
  return in_turn(exchange, error, [&]() -> Result<> {
    if (is_bad(text)) return bad_argument("text is NULL although its size is not 0; leave it empty");
    if (fault < GATELET_FAULT_CONNECT || fault > GATELET_FAULT_CLIENT_GONE)
      return bad_argument("fault is not one of GATELET_FAULT_*; use one of them");
    if (!exchange->is_begun) return stale();
    const Instant instant = instant_from(now);
    bool fresh = false;
    if (Call* call = find_call(*exchange, id)) {
      static constexpr Call::Fault faults[] = {Call::Fault::none,         Call::Fault::connect, Call::Fault::broken,   Call::Fault::timeout,
                                               Call::Fault::bad_response, Call::Fault::broken,  Call::Fault::cancelled};
      const std::string_view kept_text = exchange->arena.copy(view(text));
      std::erase(exchange->calls, call);
      fresh = exchange->exchange.give_call_failed(id, faults[fault], kept_text, instant);
    } else {
      const BodyFault kind = fault == GATELET_FAULT_TOO_LARGE ? BodyFault::too_large
                             : fault == GATELET_FAULT_TIMEOUT ? BodyFault::timeout
                                                              : BodyFault::client_gone;
      fresh = exchange->exchange.give_body_failed(id, kind, instant);
    }
    return fresh ? Result<>(Done{}) : Result<>(stale());
  });
}

gatelet_status gatelet_exchange_reply_time(gatelet_exchange* exchange, uint32_t id, gatelet_time now, gatelet_error** error) {
  return in_turn(exchange, error, [&]() -> Result<> {
    if (!exchange->is_begun) return stale();
    if (exchange->exchange.give_time(id, instant_from(now))) return Done{};
    if (!exchange->exchange.is_waiting_for(id)) return stale();
    return bad_argument("the time that the action waits for has not come; call again at wait_until_us");
  });
}

gatelet_status gatelet_exchange_client_gone(gatelet_exchange* exchange, gatelet_time now, gatelet_error** error) {
  return in_turn(exchange, error, [&]() -> Result<> {
    if (!exchange->is_begun) return not_begun();
    exchange->calls.clear();
    exchange->unwritten.reset();
    exchange->exchange.client_gone(instant_from(now));
    return Done{};
  });
}

gatelet_status gatelet_exchange_finish(gatelet_exchange* exchange, const gatelet_exchange_end* end, gatelet_error** error) {
  return in_turn(exchange, error, [&]() -> Result<> {
    if (!exchange->is_begun) return not_begun();
    GATELET_TRY(given, options_from(end, "gatelet_exchange_end"));
    Exchange::Finish finish;
    finish.now = instant_from(given.now);
    finish.request_bytes = given.request_bytes;
    finish.response_bytes = given.response_bytes;
    finish.complete = given.incomplete == 0;
    exchange->exchange.finish(finish);
    exchange->calls.clear();
    exchange->unwritten.reset();
    exchange->is_begun = false;
    return Done{};
  });
}

gatelet_status gatelet_exchange_last_error(const gatelet_exchange* exchange, gatelet_last_error* out, gatelet_error** error) {
  return in_turn(exchange, error, [&]() -> Result<> {
    gatelet_last_error value = GATELET_LAST_ERROR_INIT;
    if (const Failure* failure = exchange->exchange.last_error) {
      value.source = borrow(failure->source);
      value.reason = borrow(failure->reason);
      value.message = borrow(failure->message);
      value.scope = borrow(failure->scope);
      value.section = borrow(failure->section);
      value.path = borrow(failure->path);
      value.policy_id = borrow(failure->policy_id);
    }
    return write_struct(value, out, "out");
  });
}

gatelet_status gatelet_exchange_set_variable(gatelet_exchange* exchange, gatelet_str name, gatelet_str value, gatelet_error** error) {
  return in_turn(exchange, error, [&]() -> Result<> {
    if (is_bad(name) || is_bad(value)) return bad_argument("a text is NULL although its size is not 0; set both members");
    if (!exchange->is_begun) return not_begun();
    if (name.size == 0) return bad_argument("name is empty; a variable needs a name");
    exchange->exchange.set_variable(exchange->arena.copy(view(name)), exchange->arena.copy(view(value)));
    return Done{};
  });
}

int32_t gatelet_exchange_variable(gatelet_exchange* exchange, gatelet_str name, gatelet_str* out) {
  const Variable* variable = nullptr;
  (void)in_turn(exchange, nullptr, [&]() -> Result<> {
    if (!exchange->is_begun || !out || is_bad(name)) return Done{};
    variable = exchange->exchange.find_variable(view(name));
    if (variable) *out = borrow(variable->response ? decimal(exchange->arena, variable->response->status) : variable->text);
    return Done{};
  });
  return variable ? 1 : 0;
}

size_t gatelet_exchange_trace_count(const gatelet_exchange* exchange) {
  size_t count = 0;
  (void)in_turn(exchange, nullptr, [&]() -> Result<> {
    if (exchange->exchange.trace) count = exchange->exchange.trace->entries().size();
    return Done{};
  });
  return count;
}

gatelet_status gatelet_exchange_trace_get(const gatelet_exchange* exchange, size_t index, gatelet_trace_entry* out) {
  return in_turn(exchange, nullptr, [&]() -> Result<> {
    const RequestTrace* trace = exchange->exchange.trace;
    if (!trace || index >= trace->entries().size()) return bad_argument("index is not below gatelet_exchange_trace_count()");
    const TraceEntry& entry = trace->entries()[index];
    gatelet_trace_entry value = GATELET_TRACE_ENTRY_INIT;
    value.source = borrow(entry.source);
    value.scope = borrow(entry.scope);
    value.section = borrow(entry.section);
    value.path = borrow(entry.path);
    value.elapsed_us = entry.elapsed_us;
    value.data = borrow(entry.data);
    return write_struct(value, out, "out");
  });
}

}  // extern "C"
