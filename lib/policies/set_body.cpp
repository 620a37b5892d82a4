// set-body: replaces the body of the current message (policies-b.md 3.6).
#include "policies/elements.hpp"
#include "policies/message_edit.hpp"

namespace gatelet {

namespace {

class SetBody final : public Policy {
 public:
  explicit SetBody(PolicyReader& in) : acts_on_response_(in.acts_on_response()) { edit_.read(in); }
  uint8_t needs() const override { return edit_.needs(); }

  Flow run(Context& context) const override {
    const bool is_done = acts_on_response_ ? edit_.apply(context, context.response.body, context.response.headers)
                                           : edit_.apply(context, context.request.body, context.request.headers);
    return is_done ? Flow::next : Flow::fail;
  }

 private:
  BodyEdit edit_;
  bool acts_on_response_;
};

}  // namespace

std::unique_ptr<Policy> read_set_body(PolicyReader& in) { return std::make_unique<SetBody>(in); }

}  // namespace gatelet
