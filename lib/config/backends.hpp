// Backends: the resources backends/* as upstreams (gateway.md 3.11, management.md 2.5). Every problem is reported with its place; a backend
// that has an error is left out, as is a pool with such a member.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "config/properties.hpp"
#include "policy/upstream.hpp"

namespace gatelet {

using Upstreams = std::map<std::string, std::shared_ptr<const Upstream>, std::less<>>;  // by resource id in lower case
using NamedValueLookup = std::function<std::optional<std::string>(std::string_view name)>;

Upstreams read_backends(const ResourceSet& resources, const NamedValueLookup& named_value, Diagnostics& diagnostics);

// Parts of it, one file each. `backend` is for messages: "the backend 'orders'". Null: there is none, or it has errors.
std::shared_ptr<const BackendCredentials> read_credentials(const Properties& properties, const std::string& backend,
                                                           const NamedValueLookup& named_value);
std::shared_ptr<const CircuitBreakerRule> read_circuit_breaker(const Properties& properties, const std::string& backend);

}  // namespace gatelet
