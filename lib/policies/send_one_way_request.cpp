// send-one-way-request: a request that is built now and sent whenever the host comes to it; nobody waits for it (policies-b.md 6.2).
#include "policies/elements.hpp"
#include "policies/side_request.hpp"

namespace gatelet {

namespace {

class SendOneWayRequest final : public Policy {
 public:
  explicit SendOneWayRequest(PolicyReader& in) { request_.read(in); }
  uint8_t needs() const override { return request_.needs(); }

  Flow run(Context& context) const override {
    context.step_state = context.arena.make<FetchRun>();
    context.side_call = &context.hold_call();
    if (!request_.build(context, *context.side_call)) return Flow::fail;
    return request_.managed_identity() ? resume_with(context, false) : put(context);
  }
  Flow resume(Context& context) const override { return resume_with(context, true); }

 private:
  Flow resume_with(Context& context, bool is_resumed) const {
    const ManagedIdentity& identity = *request_.managed_identity();
    std::string_view token;
    const Flow flow = identity.get(context, *static_cast<FetchRun*>(context.step_state), is_resumed, token);
    if (flow != Flow::next) return flow;
    identity.use(context, token, context.side_call->headers);
    return put(context);
  }

  // What the exchange owns does not live as long as the item.
  static Flow put(Context& context) {
    const Call& call = *context.side_call;
    OutboxItem item;
    item.kind = OutboxItem::Kind::call;
    item.name = call.method;
    for (const HeaderField& field : call.headers.fields()) item.fields.emplace_back(field.name, field.value);
    item.body = call.body.bytes;
    item.upstream = std::make_shared<const Upstream>(*call.upstream);
    item.path = call.path;
    item.query = call.query;
    item.has_query = call.has_query;
    item.host = call.host;
    item.timeout_ms = call.timeout_ms;
    const bool is_taken = call.timeout_ms != 0 && context.services->outbox && context.services->outbox->put(std::move(item));
    context.tell(is_taken ? "The request will be sent." : "There is no room for the request: it was dropped.");
    return Flow::next;
  }

  SideRequest request_;
};

}  // namespace

std::unique_ptr<Policy> read_send_one_way_request(PolicyReader& in) { return std::make_unique<SendOneWayRequest>(in); }

}  // namespace gatelet
