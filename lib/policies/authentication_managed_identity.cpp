// authentication-managed-identity: an access token for the backend (policies-a.md 5.9).
#include "policies/elements.hpp"
#include "policies/managed_identity.hpp"

namespace gatelet {

namespace {

class AuthenticationManagedIdentity final : public Policy {
 public:
  explicit AuthenticationManagedIdentity(PolicyReader& in) { identity_.read(in); }
  uint8_t needs() const override { return identity_.needs(); }

  Flow run(Context& context) const override {
    context.step_state = context.arena.make<FetchRun>();
    return go_on(context, false);
  }
  Flow resume(Context& context) const override { return go_on(context, true); }

 private:
  Flow go_on(Context& context, bool is_resumed) const {
    std::string_view token;
    const Flow flow = identity_.get(context, *static_cast<FetchRun*>(context.step_state), is_resumed, token);
    if (flow == Flow::next) identity_.use(context, token, context.request.headers);
    return flow;
  }

  ManagedIdentity identity_;
};

}  // namespace

std::unique_ptr<Policy> read_authentication_managed_identity(PolicyReader& in) {
  return std::make_unique<AuthenticationManagedIdentity>(in);
}

}  // namespace gatelet
