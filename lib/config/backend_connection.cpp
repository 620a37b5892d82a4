// What the connection to a backend needs besides its URL: a client certificate, a proxy.
#include "config/backends.hpp"
#include "config/certificates.hpp"

namespace gatelet {

std::shared_ptr<const UpstreamIdentity> read_identity(const Properties& properties, const std::string& backend, Identities& identities) {
  const auto is_absent = [](const Json& json) { return json.is_null() || (json.is_array() && json.size() == 0); };
  const Json& credentials = properties["credentials"];
  // Thumbprints count only where there are no ids (management.md 2.5).
  const bool are_ids = !is_absent(credentials["certificateIds"]);
  const Json& list = credentials[are_ids ? "certificateIds" : "certificate"];
  if (is_absent(list)) return nullptr;
  const auto error = [&](std::string_view problem) {
    properties.error(DiagnosticCode::invalid_value, "credentials of " + backend + ": " + std::string(problem), list);
    return nullptr;
  };
  const auto first = list.items().begin();
  if (!list.is_array() || !first->is_string())
    return error(are_ids ? "certificateIds must be a list of ids of certificates" : "certificate must be a list of thumbprints");
  if (list.size() > 1)
    properties.warning(DiagnosticCode::invalid_value,
                       "credentials of " + backend + " have several certificates; the backend is shown the first one", list);
  auto identity = are_ids ? identities.of_id(first->string()) : identities.of_thumbprint(first->string());
  if (!identity) return error(identity.error().message + "; the backend would get no client certificate");
  const crypto::Digest thumbprint = identity->certificate().thumbprint();
  return std::make_shared<const UpstreamIdentity>(UpstreamIdentity{*std::move(identity), std::string(thumbprint.view())});
}

std::shared_ptr<const Proxy> read_proxy(const Properties& properties, const std::string& backend, const NamedValueLookup& named_value) {
  const Json& json = properties["proxy"];
  if (json.is_null() || (json.is_object() && json.size() == 0)) return nullptr;
  const std::string owner = "proxy of " + backend;
  if (!json.is_object()) return properties.error(DiagnosticCode::invalid_value, owner + " must be an object with url", json), nullptr;
  std::string user, password;
  for (const auto& [name, to] : {std::pair("username", &user), {"password", &password}}) {
    if (json[name].is_null()) continue;
    auto text = read_secret(properties, owner, name, json[name], named_value);
    if (!text) return nullptr;
    *to = *std::move(text);
  }
  const auto url = read_secret(properties, owner, "url", json["url"].is_null() ? json : json["url"], named_value);
  if (!url) return nullptr;
  auto proxy = parse_proxy(*url, user, password);
  if (proxy) return std::make_shared<const Proxy>(*std::move(proxy));
  properties.error(DiagnosticCode::invalid_value, owner + ": " + proxy.error().message, json["url"]);
  return nullptr;
}

}  // namespace gatelet
