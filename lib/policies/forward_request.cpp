// forward-request: sends the request to the backend and takes its answer as the response (policies-a.md 7.1).
#include "base/limits.hpp"
#include "policies/backend_call.hpp"
#include "policies/elements.hpp"

namespace gatelet {

namespace {

// What a failure to reach the backend is called when the host does not say more.
constexpr std::string_view connection_closed = "Underlying transport connection was unexpectedly closed.";
constexpr std::string_view backend_late = "The backend did not answer within the timeout.";

// What .NET's client does with the method: 303 becomes GET, 301 and 302 make a GET of a POST, 307 and 308 keep all.
bool becomes_get(int status, std::string_view method) {
  if (status == 303) return method != "GET" && method != "HEAD";
  return (status == 301 || status == 302) && method == "POST";
}

class ForwardRequest final : public Policy {
 public:
  explicit ForwardRequest(PolicyReader& in) : follows_redirects_(in.optional_bool("follow-redirects", false)) {
    auto seconds = in.optional_integer("timeout", {});
    timeout_ms_ = in.optional_integer("timeout-ms", {});
    if (seconds && timeout_ms_)
      in.error(DiagnosticCode::invalid_value, "'timeout' and 'timeout-ms' exclude each other; keep one of them", in.at("timeout-ms"));
    timeout_s_ = seconds ? std::move(*seconds) : IntegerValue(forward_timeout_s_default);
    continue_timeout_s_ = in.optional_integer("continue-timeout", {}).value_or(IntegerValue(0));
    if (in.literal_choice("http-version", {"1", "2or1", "2"}) == 2)
      in.warning(DiagnosticCode::unsupported_feature,
                 "HTTP/2 to backends is not supported by this build: HTTP/1.1 is used; write 2or1 or 1", in.at("http-version"));
    buffers_request_ = in.literal_bool("buffer-request-body", false);
    buffers_response_ = in.literal_bool("buffer-response", true);
    fails_on_error_status_ = in.literal_bool("fail-on-error-status-code", false);
  }

  // A body that may have to be sent again, to a redirect's target, is held.
  uint8_t needs() const override {
    const bool may_redirect = !follows_redirects_.literal() || *follows_redirects_.literal();
    return static_cast<uint8_t>(timeout_s_.needs() | (timeout_ms_ ? timeout_ms_->needs() : static_cast<uint8_t>(needs_no_body)) |
                                continue_timeout_s_.needs() | follows_redirects_.needs() |
                                (buffers_request_ || may_redirect ? needs_request_body : needs_no_body));
  }

  Flow run(Context& context) const override {
    Call& call = context.forward;
    int64_t timeout_ms = 0, continue_timeout_s = 0;
    if (!read_timeout(context, timeout_ms)) return Flow::fail;
    if (!continue_timeout_s_.get(context, continue_timeout_s)) return Flow::fail;
    if (!context.upstream) return fail_connection(context, "No backend is known for the request.");
    if (context.request.body.kind == Body::Kind::none && call.body.kind == Body::Kind::stream)
      return fail_connection(context, "The request body was sent already; buffer-request-body=\"true\" keeps it for another attempt.");
    context.has_response = false;
    if (timeout_ms == 0) return fail_timeout(context, backend_late);
    call.new_session = nullptr;
    call.upstream = choose_upstream(context);
    if (!call.upstream) return Flow::fail;
    if (context.identity) show_identity(context, call);
    fill(context, call);
    call.timeout_ms = static_cast<uint64_t>(timeout_ms);
    call.continue_timeout_ms = static_cast<uint64_t>(continue_timeout_s) * 1000;
    call.deadline_ms = context.now.steady_ms() + call.timeout_ms;
    if (context.trace) tell_forwarded(context, call);
    context.start(call);
    return Flow::wait;
  }

  Flow resume(Context& context) const override {
    Call& call = context.forward;
    if (call.state == Call::State::failed) return fail_call(context, call);
    if (call.upstream->breaker) report_answer(context, call);
    if (is_redirect(call.response.status) && call.redirect_count < forward_redirects_max) {
      bool follows;
      if (!follows_redirects_.get(context, follows)) return Flow::fail;
      if (follows && redirect(context, call)) {
        if (call.timeout_ms == 0) return fail_timeout(context, backend_late);
        if (context.trace) tell_forwarded(context, call);
        context.start(call);
        return Flow::wait;
      }
    }
    if (context.trace) context.tell_data(trace_response(call.response));
    return receive(context, call);
  }

 private:
  // Of authentication-certificate; it stands before the backend's own.
  static void show_identity(Context& context, Call& call) {
    Upstream shown = *call.upstream;
    shown.identity = context.identity;
    call.upstream = context.hold_upstream(std::move(shown));
  }

  static void tell_forwarded(Context& context, const Call& call) {
    const bool is_whole = call.timeout_ms % 1000 == 0;
    const std::string timeout =
        std::to_string(is_whole ? call.timeout_ms / 1000 : call.timeout_ms) + (is_whole ? " seconds" : " milliseconds");
    context.tell_data("{\"message\":\"Request is being forwarded to the backend service. Timeout set to " + timeout + "\",\"request\":" +
                      trace_request(call.method, call.shown_url(context.arena), call.headers, call.upstream->credentials.get()) + "}");
  }

  bool read_timeout(Context& context, int64_t& timeout_ms) const {
    if (timeout_ms_) return timeout_ms_->get(context, timeout_ms);
    if (!timeout_s_.get(context, timeout_ms)) return false;
    timeout_ms *= 1000;
    return true;
  }

  void fill(Context& context, Call& call) const {
    const Request& request = context.request;
    const Upstream& upstream = *call.upstream;
    Arena& arena = context.arena;
    call.method = request.method_text;
    call.path = upstream.url.path.empty() ? request.target.path : join_path(upstream.url.path, request.target.path, arena);
    call.query = request.target.query;
    if (!upstream.url.query.empty())
      call.query = call.query.empty() ? std::string_view(upstream.url.query) : arena.concat(upstream.url.query, "&", call.query);
    call.has_query = request.target.has_query || !call.query.empty();
    call.host = context.host_override.empty() ? std::string_view(upstream.authority) : context.host_override;
    call.headers.assign(request.headers);
    call.headers.remove(HeaderId::host);
    call.secret_query_bytes = 0;
    if (upstream.credentials) add_credentials(call, *upstream.credentials, arena);
    call.body = request.body;
    call.forwards_client = true;
    call.hold_response = false;
    call.flush_each_chunk = !buffers_response_;
    call.redirect_count = 0;
    call.reset_reply(arena);
  }

  // Makes the call one to the redirect's target. False: the answer is not one that can be followed.
  static bool redirect(Context& context, Call& call) {
    auto url = redirect_target(call.upstream->url, call.path, call.response.headers.get(HeaderId::location), context.arena);
    if (!url) return false;
    const bool is_same_origin = url->scheme == call.upstream->url.scheme && url->authority() == call.upstream->url.authority();
    if (becomes_get(call.response.status, call.method)) {
      call.method = "GET";
      call.body = {};
      for (HeaderId id : {HeaderId::content_type, HeaderId::content_length, HeaderId::content_encoding}) call.headers.remove(id);
    }
    call.path = context.arena.copy(url->path.empty() ? "/" : std::string_view(url->path));
    call.query = context.arena.copy(url->query);
    call.has_query = !call.query.empty();
    call.secret_query_bytes = 0;
    if (!is_same_origin) {
      // What was meant for the backend is not shown to another server.
      for (HeaderId id : {HeaderId::authorization, HeaderId::cookie, HeaderId::ocp_apim_subscription_key, HeaderId::api_key})
        call.headers.remove(id);
      if (call.upstream->credentials) remove_credentials(call, *call.upstream->credentials);
      url->path.clear();
      url->query.clear();
      Upstream upstream = upstream_from(*std::move(url));
      upstream.is_guarded = true;
      call.upstream = context.hold_upstream(std::move(upstream));
      call.host = call.upstream->authority;
    }
    const uint64_t now_ms = context.now.steady_ms();
    call.timeout_ms = call.deadline_ms > now_ms ? call.deadline_ms - now_ms : 0;
    ++call.redirect_count;
    call.reset_reply(context.arena);
    return true;
  }

  Flow receive(Context& context, const Call& call) const {
    const Response& answer = call.response;
    context.response.status = answer.status;
    context.response.reason = answer.reason;
    context.response.headers.assign(answer.headers);
    context.response.body = answer.body;
    context.has_response = true;
    if (call.new_session) add_session_cookie(context, *call.new_session);
    if (!fails_on_error_status_ || answer.status < 400 || answer.status > 599) return Flow::next;
    Failure failure;
    failure.reason = reason::backend_error_status_code;
    failure.message = context.arena.concat("The backend answered with status ", decimal(context.arena, answer.status), ".");
    failure.status = answer.status;
    failure.keeps_response = true;
    return context.fail(failure);
  }

  // The documents name the element as source of a timeout; logs of the real gateway name the forwarder and a further step for a connection
  // that fails (policies-a.md 3.2, 3.3).
  static Flow fail_timeout(Context& context, std::string_view message) {
    Failure failure;
    failure.reason = reason::timeout;
    failure.message = message;
    return context.fail(failure);
  }
  static Flow fail_connection(Context& context, std::string_view message) {
    Failure failure;
    failure.source = source::request_forwarder;
    failure.reason = reason::backend_connection_failure;
    failure.message = message;
    if (context.origin) failure.path = context.arena.concat(context.origin->path, "\\forward-request");
    return context.fail(failure);
  }
  static Flow fail_call(Context& context, const Call& call) {
    const bool is_late = call.fault == Call::Fault::timeout;
    if (call.upstream->breaker) report_fault(context, call, is_late ? reason::timeout : reason::backend_connection_failure);
    const std::string_view text = !call.fault_text.empty() ? call.fault_text : is_late ? backend_late : connection_closed;
    return is_late ? fail_timeout(context, text) : fail_connection(context, text);
  }

  IntegerValue timeout_s_;
  std::optional<IntegerValue> timeout_ms_;
  IntegerValue continue_timeout_s_;  // 0, as written too: nothing is asked for or waited
  BoolValue follows_redirects_;
  bool buffers_request_ = false;
  bool buffers_response_ = true;
  bool fails_on_error_status_ = false;
};

}  // namespace

std::unique_ptr<Policy> read_forward_request(PolicyReader& in) { return std::make_unique<ForwardRequest>(in); }

}  // namespace gatelet
