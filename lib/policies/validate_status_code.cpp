// validate-status-code: whether the definition of the operation promises the status of the answer (policies-a.md 6.4).
#include "policies/elements.hpp"
#include "policies/validation.hpp"
#include "policy/definition.hpp"

namespace gatelet {

namespace {

class ValidateStatusCode final : public Policy {
 public:
  explicit ValidateStatusCode(PolicyReader& in)
      : unspecified_(ActionValue::required(in, "unspecified-status-code-action")),
        // The second spelling is the toolkit's.
        variable_(in.optional_literal("errors-variable-name").value_or(in.optional_literal("error-variable-name").value_or(""))) {
    for (PolicyReader* child : in.children("status-code")) {
      const int64_t code = child->required_literal_integer("code", {100, 999});
      codes_.push_back({static_cast<int>(code), ActionValue::required(*child, "action")});
    }
  }

  bool uses_definition() const override { return true; }
  uint8_t needs() const override {
    uint8_t needs = unspecified_.needs();
    for (const Code& code : codes_) needs |= code.action.needs();
    return needs;
  }

  Flow run(Context& context) const override {
    const int status = context.response.status;
    // Without an operation there is nothing that could promise anything.
    if (!context.operation || (context.operation->definition && context.operation->definition->response(status))) return Flow::next;
    ValidationAction action;
    if (!action_of(status).get(context, action)) return Flow::fail;
    const std::string_view code = decimal(context.arena, status);
    ValidationErrors errors(context, variable_, true);
    errors.add({code, "StatusCode", "Unspecified", context.arena.concat("Response status code ", code, " is not allowed.")}, action);
    return errors.finish();
  }

 private:
  struct Code {
    int code;
    ActionValue action;
  };

  const ActionValue& action_of(int status) const {
    for (const Code& code : codes_)
      if (code.code == status) return code.action;
    return unspecified_;
  }

  ActionValue unspecified_;
  std::string variable_;
  std::vector<Code> codes_;
};

}  // namespace

std::unique_ptr<Policy> read_validate_status_code(PolicyReader& in) { return std::make_unique<ValidateStatusCode>(in); }

}  // namespace gatelet
