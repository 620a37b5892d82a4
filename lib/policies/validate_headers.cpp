// validate-headers: the headers of the answer against the definition of the operation (policies-a.md 6.3).
#include <algorithm>

#include "base/text.hpp"
#include "policies/elements.hpp"
#include "policies/parameter_check.hpp"

namespace gatelet {

namespace {

class ValidateHeaders final : public Policy {
 public:
  explicit ValidateHeaders(PolicyReader& in)
      : specified_(ActionValue::required(in, "specified-header-action")),
        unspecified_(ActionValue::required(in, "unspecified-header-action")),
        variable_(in.optional_literal("errors-variable-name").value_or("")) {
    for (PolicyReader* child : in.children("header"))
      headers_.push_back({child->required_literal("name"), ActionValue::required(*child, "action")});
  }

  bool uses_definition() const override { return true; }
  uint8_t needs() const override {
    uint8_t needs = specified_.needs() | unspecified_.needs();
    for (const Header& header : headers_) needs |= header.action.needs();
    return needs;
  }

  Flow run(Context& context) const override {
    const OperationDefinition* operation = context.operation ? context.operation->definition.get() : nullptr;
    if (!operation) return Flow::next;
    static const ResponseDefinition none;
    const ResponseDefinition* promised = operation->response(context.response.status);
    const std::vector<ParameterDefinition>& defined = promised ? promised->headers : none.headers;
    ValidationErrors errors(context, variable_, true);
    ValidationAction action;
    for (const ParameterDefinition& header : defined) {
      if (!action_of(header.name, specified_).get(context, action)) return Flow::fail;
      check_parameter(context, header, response_header, lines_of(context, header.name), action, errors);
    }
    const auto fields = context.response.headers.fields();
    for (size_t i = 0; i < fields.size(); ++i) {
      const auto has_name = [&](const auto& other) { return equal_ignoring_case(other.name, fields[i].name); };
      // The gateway writes its own lines of framing.
      if (flags_of(fields[i].id) & header_fixed || std::ranges::any_of(defined, has_name)) continue;
      if (std::any_of(fields.begin(), fields.begin() + static_cast<std::ptrdiff_t>(i), has_name)) continue;
      if (!action_of(fields[i].name, unspecified_).get(context, action)) return Flow::fail;
      refuse_unspecified(context, fields[i].name, response_header, action, errors);
    }
    return errors.finish();
  }

 private:
  struct Header {
    std::string name;
    ActionValue action;
  };

  const ActionValue& action_of(std::string_view name, const ActionValue& fallback) const {
    for (const Header& header : headers_)
      if (equal_ignoring_case(trim(header.name), name)) return header.action;
    return fallback;
  }
  static std::vector<std::string_view> lines_of(const Context& context, std::string_view name) {
    std::vector<std::string_view> lines;
    for (const HeaderField& field : context.response.headers.fields())
      if (equal_ignoring_case(field.name, name)) lines.push_back(field.value);
    return lines;
  }

  ActionValue specified_;
  ActionValue unspecified_;
  std::string variable_;
  std::vector<Header> headers_;
};

}  // namespace

std::unique_ptr<Policy> read_validate_headers(PolicyReader& in) { return std::make_unique<ValidateHeaders>(in); }

}  // namespace gatelet
