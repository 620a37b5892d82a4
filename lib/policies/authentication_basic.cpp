// authentication-basic: tells the backend a user name and a password (policies-a.md 5.7).
#include "expr/base64.hpp"
#include "policies/elements.hpp"

namespace gatelet {

namespace {

std::string credentials(std::string_view username, std::string_view password) {
  return "Basic " + cs::base64_text(std::string(username) + ":" + std::string(password));
}

class AuthenticationBasic final : public Policy {
 public:
  explicit AuthenticationBasic(PolicyReader& in) : username_(in.required_text("username")), password_(in.required_text("password")) {
    if (username_.literal() && password_.literal()) literal_ = credentials(*username_.literal(), *password_.literal());
  }
  uint8_t needs() const override { return username_.needs() | password_.needs(); }

  Flow run(Context& context) const override {
    if (!literal_.empty()) {
      context.request.headers.set(header, literal_);
      return Flow::next;
    }
    std::string_view username, password;
    if (!username_.get(context, username) || !password_.get(context, password)) return Flow::fail;
    context.request.headers.set(header, credentials(username, password));
    return Flow::next;
  }

 private:
  static constexpr std::string_view header = "Authorization";

  TextValue username_;
  TextValue password_;
  std::string literal_;  // empty: not known at load
};

}  // namespace

std::unique_ptr<Policy> read_authentication_basic(PolicyReader& in) { return std::make_unique<AuthenticationBasic>(in); }

}  // namespace gatelet
