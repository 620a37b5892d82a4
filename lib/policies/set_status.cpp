// set-status: status code and phrase of the response, whatever section it stands in (policies-b.md 3.2).
#include "policies/elements.hpp"
#include "policies/message_edit.hpp"

namespace gatelet {

namespace {

class SetStatus final : public Policy {
 public:
  explicit SetStatus(PolicyReader& in) { edit_.read(in); }
  uint8_t needs() const override { return edit_.needs(); }

  Flow run(Context& context) const override {
    if (!edit_.apply(context, context.response)) return Flow::fail;
    context.has_response = true;
    return Flow::next;
  }

 private:
  StatusEdit edit_;
};

}  // namespace

std::unique_ptr<Policy> read_set_status(PolicyReader& in) { return std::make_unique<SetStatus>(in); }

}  // namespace gatelet
