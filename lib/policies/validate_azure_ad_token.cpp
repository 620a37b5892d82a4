// validate-azure-ad-token: validate-jwt for tokens of Microsoft Entra ID, whose keys are found by the tenant (policies-a.md 5.5).
#include "policies/elements.hpp"
#include "policies/token_check.hpp"

namespace gatelet {

namespace {

class ValidateAzureAdToken final : public TokenPolicy {
 public:
  explicit ValidateAzureAdToken(PolicyReader& in) {
    check_.read_source(in, "Authorization");
    check_.read_answer(in);
    TokenCheck::Tenant& tenant = check_.be_tenant();
    tenant.id = in.required_text("tenant-id");
    // The documents say that it is required; many real policies do without it, and any application may call then.
    for (PolicyReader* list : in.children("client-application-ids", {.most = 1}))
      for (PolicyReader* child : list->children("application-id", {.least = 1})) tenant.applications.push_back(child->content());
    for (PolicyReader* list : in.children("backend-application-ids", {.most = 1}))
      for (PolicyReader* child : list->children("application-id", {.least = 1})) tenant.backends.push_back(child->content());
    check_.read_audiences(in);
    check_.read_claims(in);
    check_.read_decryption_keys(in);
  }
};

}  // namespace

std::unique_ptr<Policy> read_validate_azure_ad_token(PolicyReader& in) { return std::make_unique<ValidateAzureAdToken>(in); }

}  // namespace gatelet
