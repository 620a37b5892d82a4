// validate-jwt: the request goes on only with a token that is valid (policies-a.md 5.4).
#include "policies/elements.hpp"
#include "policies/token_check.hpp"

namespace gatelet {

namespace {

class ValidateJwt final : public TokenPolicy {
 public:
  explicit ValidateJwt(PolicyReader& in) {
    check_.read_source(in, {});
    check_.read_answer(in);
    check_.read_rules(in);
    check_.read_decryption_keys(in);
    check_.read_audiences(in);
    check_.read_claims(in);
  }
};

}  // namespace

std::unique_ptr<Policy> read_validate_jwt(PolicyReader& in) { return std::make_unique<ValidateJwt>(in); }

}  // namespace gatelet
