// return-response: ends processing and answers the caller at once (policies-b.md 5.5).
#include "policies/elements.hpp"
#include "policies/message_edit.hpp"

namespace gatelet {

namespace {

class ReturnResponse final : public Policy {
 public:
  explicit ReturnResponse(PolicyReader& in) : variable_(in.optional_literal("response-variable-name")) {
    for (PolicyReader* child : in.children("set-status", {.most = 1})) status_.emplace().read(with_id(*child));
    for (PolicyReader* child : in.children("set-header")) headers_.emplace_back().read(with_id(*child));
    for (PolicyReader* child : in.children("set-body", {.most = 1})) body_.emplace().read(with_id(*child), false);
  }

  uint8_t needs() const override {
    uint8_t needs = static_cast<uint8_t>((status_ ? status_->needs() : 0) | (body_ ? body_->needs() : 0));
    for (const HeaderEdit& edit : headers_) needs |= edit.needs();
    return needs;
  }

  // Built beside the current response, which the expressions in it may still read.
  Flow run(Context& context) const override {
    Response made(context.arena);
    if (variable_ && !copy_variable(context, made)) return Flow::fail;
    if (status_ && !status_->apply(context, made)) return Flow::fail;
    HeaderId changed;
    for (const HeaderEdit& edit : headers_)
      if (!edit.apply(context, made.headers, changed)) return Flow::fail;
    if (body_ && !body_->apply(context, made.body, made.headers)) return Flow::fail;
    context.response = std::move(made);
    context.has_response = true;
    return Flow::stop;
  }

 private:
  // They are policies elsewhere, so they may carry an id; here it has no use.
  static PolicyReader& with_id(PolicyReader& child) {
    child.has("id");
    return child;
  }

  bool copy_variable(Context& context, Response& out) const {
    const Variable* variable = context.find_variable(*variable_);
    if (!variable || !variable->response) return refuse(context, context.arena.concat("Variable ", *variable_, " should be response"));
    out.status = variable->response->status;
    out.reason = variable->response->reason;
    out.headers.assign(variable->response->headers);
    out.body = variable->response->body;
    return true;
  }

  std::optional<std::string> variable_;
  std::optional<StatusEdit> status_;
  std::vector<HeaderEdit> headers_;
  std::optional<BodyEdit> body_;
};

}  // namespace

std::unique_ptr<Policy> read_return_response(PolicyReader& in) { return std::make_unique<ReturnResponse>(in); }

}  // namespace gatelet
