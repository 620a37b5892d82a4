// send-request: a request of the policy's own, whose answer becomes a variable (policies-b.md 6.1).
#include "policies/elements.hpp"
#include "policies/side_request.hpp"

namespace gatelet {

namespace {

constexpr std::string_view closed_text = "Underlying transport connection was unexpectedly closed.";
constexpr std::string_view late_text = "The request got no answer within its timeout.";

class SendRequest final : public Policy {
 public:
  explicit SendRequest(PolicyReader& in)
      : variable_(in.required_text("response-variable-name")), ignores_errors_(in.literal_bool("ignore-error", false)) {
    request_.read(in);
  }
  uint8_t needs() const override { return static_cast<uint8_t>(request_.needs() | variable_.needs()); }

  Flow run(Context& context) const override {
    auto* state = context.arena.make<State>();
    context.step_state = state;
    Call& call = context.hold_call();
    context.side_call = &call;
    if (!variable_.get(context, state->variable) || !request_.build(context, call)) return Flow::fail;
    return request_.managed_identity() ? authenticate(context, false) : send(context);
  }

  Flow resume(Context& context) const override {
    auto& state = *static_cast<State*>(context.step_state);
    if (!state.is_sent) return authenticate(context, true);
    Call& call = *context.side_call;
    if (call.state == Call::State::failed) return fail(context, call, state);
    if (context.trace) context.tell_data(trace_response(call.response));
    context.set_variable(state.variable, &call.response);
    return Flow::next;
  }

 private:
  struct State {
    std::string_view variable;
    FetchRun token;
    bool is_sent = false;
  };

  Flow authenticate(Context& context, bool is_resumed) const {
    const ManagedIdentity& identity = *request_.managed_identity();
    std::string_view token;
    const Flow flow = identity.get(context, static_cast<State*>(context.step_state)->token, is_resumed, token);
    if (flow != Flow::next) return flow;
    identity.use(context, token, context.side_call->headers);
    return send(context);
  }

  Flow send(Context& context) const {
    Call& call = *context.side_call;
    auto& state = *static_cast<State*>(context.step_state);
    state.is_sent = true;
    if (context.trace)
      // Headers may hold secrets of the document.
      context.tell_data("{\"message\":\"Request is being sent\",\"request\":{\"method\":" + trace_text(call.method) +
                        ",\"url\":" + trace_text(call.shown_url(context.arena)) + "}}");
    if (call.timeout_ms == 0) {
      call.state = Call::State::failed;
      call.fault = Call::Fault::timeout;
      return fail(context, call, state);
    }
    context.start(call);
    return Flow::wait;
  }

  Flow fail(Context& context, const Call& call, const State& state) const {
    const bool is_late = call.fault == Call::Fault::timeout;
    Failure failure;
    failure.reason = is_late ? reason::timeout : reason::backend_connection_failure;
    failure.message = !call.fault_text.empty() ? call.fault_text : is_late ? late_text : closed_text;
    if (!ignores_errors_) return context.fail(failure);
    context.tell("The request has failed, which is ignored: ", failure.message);
    context.set_variable(state.variable, cs::Value{}, {});
    return Flow::next;
  }

  SideRequest request_;
  TextValue variable_;
  bool ignores_errors_;
};

}  // namespace

std::unique_ptr<Policy> read_send_request(PolicyReader& in) { return std::make_unique<SendRequest>(in); }

}  // namespace gatelet
