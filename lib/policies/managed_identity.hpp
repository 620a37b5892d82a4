// The access token of a managed identity (policies-a.md 5.9). Outside of Azure it comes from an endpoint that the settings name
// (IdentityEndpoint): as that of App Service, GET url?resource=…&api-version=2019-08-01 with the header X-IDENTITY-HEADER, as IMDS, or an
// OAuth 2.0 token endpoint that is shown a secret or the federated token of a workload.
#pragma once

#include "policies/shared_fetch.hpp"
#include "policy/reader.hpp"

namespace gatelet {

// The fetch of an access token, for policies and for what else is sent with an identity.
struct AccessTokenWish {
  // Without a client id it is that of the settings. The services outlive it.
  AccessTokenWish(const Services& services, std::string_view resource, std::string_view client_id);
  std::string name;
  std::function<std::unique_ptr<FetchJob>()> make;
};
std::string_view access_token_in(const Fetched& fetched);

class ManagedIdentity {
 public:
  void read(PolicyReader& in);
  uint8_t needs() const { return static_cast<uint8_t>(resource_.needs() | (client_id_ ? client_id_->needs() : 0)); }

  // Flow::next: `token` is there, empty when errors are ignored and it could not be had. Flow::wait: once more with `is_resumed`.
  Flow get(Context& context, FetchRun& run, bool is_resumed, std::string_view& token) const;
  const std::optional<std::string>& variable() const { return variable_; }
  // Keeps the token as the document wants it: in the variable, else in the header Authorization.
  void use(Context& context, std::string_view token, Headers& headers) const;

 private:
  Flow fail(Context& context, std::string_view problem, std::string_view& token) const;

  TextValue resource_;
  std::optional<TextValue> client_id_;
  std::optional<std::string> variable_;
  bool ignores_errors_ = false;
};

}  // namespace gatelet
