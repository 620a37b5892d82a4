// set-variable: a variable of the request, for all later sections (policies-b.md 3.3).
#include "policies/elements.hpp"

namespace gatelet {

namespace {

class SetVariable final : public Policy {
 public:
  explicit SetVariable(PolicyReader& in) : name_(in.required_literal("name")), value_(in.required_any("value")) {}
  uint8_t needs() const override { return value_.needs(); }

  Flow run(Context& context) const override {
    AnyRead value;
    if (!value_.get(context, value)) return Flow::fail;
    if (value.is_typed)
      context.set_variable(name_, value.value, value.text);
    else
      context.set_variable(name_, value.text);
    context.tell("Variable '", name_, "' was set to '", value.text, "'.");
    return Flow::next;
  }

 private:
  std::string name_;
  AnyValue value_;
};

}  // namespace

std::unique_ptr<Policy> read_set_variable(PolicyReader& in) { return std::make_unique<SetVariable>(in); }

}  // namespace gatelet
