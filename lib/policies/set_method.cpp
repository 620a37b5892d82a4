// set-method: changes the request's method; what was matched by the old one stays matched (policies-b.md 3.1).
#include "base/text.hpp"
#include "policies/elements.hpp"

namespace gatelet {

// The nine standard methods are upper-cased, any other token is kept as it is written.
static constexpr std::string_view standard_methods[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};

std::string_view method_spelled(std::string_view token) {
  for (std::string_view method : standard_methods)
    if (equal_ignoring_case(method, token)) return method;
  return token;
}

namespace {

class SetMethod final : public Policy {
 public:
  explicit SetMethod(PolicyReader& in) : text_(in.content()) {
    if (const std::string* literal = text_.literal()) {
      literal_ = method_spelled(*literal);
      if (!is_token(literal_))
        in.error(DiagnosticCode::invalid_value, "'" + *literal + "' cannot be a method; write a name such as GET into 'set-method'",
                 in.at());
    }
  }
  uint8_t needs() const override { return text_.needs(); }

  Flow run(Context& context) const override {
    std::string_view method = literal_;
    if (method.empty()) {
      if (!text_.get(context, method)) return Flow::fail;
      method = method_spelled(trim(method));
      if (!is_token(method)) {
        refuse(context, context.arena.concat("'", method, "' cannot be a method."));
        return Flow::fail;
      }
    }
    context.request.method = method_from(method);
    context.request.method_text = method;
    return Flow::next;
  }

 private:
  TextValue text_;
  std::string literal_;
};

}  // namespace

std::unique_ptr<Policy> read_set_method(PolicyReader& in) { return std::make_unique<SetMethod>(in); }

}  // namespace gatelet
