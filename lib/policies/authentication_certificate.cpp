// authentication-certificate: what the gateway shows to the backend of this request (policies-a.md 5.8).
#include "policies/client_identity.hpp"
#include "policies/elements.hpp"

namespace gatelet {

namespace {

class AuthenticationCertificate final : public Policy {
 public:
  explicit AuthenticationCertificate(PolicyReader& in) { identity_.read(in); }
  uint8_t needs() const override { return identity_.needs(); }

  Flow run(Context& context) const override { return identity_.get(context, context.identity) ? Flow::next : Flow::fail; }

 private:
  ClientIdentity identity_;
};

}  // namespace

std::unique_ptr<Policy> read_authentication_certificate(PolicyReader& in) { return std::make_unique<AuthenticationCertificate>(in); }

}  // namespace gatelet
