// Backends: the resources backends/* as upstreams (gateway.md 3.11, management.md 2.5). Every problem is reported with its place; a backend
// that has an error is left out, as is a pool with such a member.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/siphash.hpp"
#include "config/properties.hpp"
#include "policy/upstream.hpp"

namespace gatelet {

using Upstreams = std::map<std::string, std::shared_ptr<const Upstream>, std::less<>>;  // by resource id in lower case
using NamedValueLookup = std::function<std::optional<std::string>(std::string_view name)>;

class Identities;

Upstreams read_backends(const ResourceSet& resources, const NamedValueLookup& named_value, SipKey seed, Diagnostics& diagnostics);

// A text of `owner` ("proxy of the backend 'a'") with its named values put in. Nothing: it is no text or one is missing, which is reported.
std::optional<std::string> read_secret(const Properties& properties, const std::string& owner, const std::string& place, const Json& json,
                                       const NamedValueLookup& named_value);
// Parts of it, one file each. `backend` is for messages: "the backend 'orders'". Null: there is none, or it has errors.
std::shared_ptr<const BackendCredentials> read_credentials(const Properties& properties, const std::string& backend,
                                                           const NamedValueLookup& named_value);
// The certificate of the credentials.
std::shared_ptr<const UpstreamIdentity> read_identity(const Properties& properties, const std::string& backend, Identities& identities);
std::shared_ptr<const Proxy> read_proxy(const Properties& properties, const std::string& backend, const NamedValueLookup& named_value);
std::shared_ptr<const CircuitBreakerRule> read_circuit_breaker(const Properties& properties, const std::string& backend);

}  // namespace gatelet
