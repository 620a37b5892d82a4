// Caches: the resources caches/*, of which a gateway uses one (policies-a.md 8.1, gateway.md 3.14).
#pragma once

#include <memory>

#include "config/backends.hpp"
#include "policy/cache_address.hpp"

namespace gatelet {

// The cache to be used from the place where the gateway is: the one that names its region or the location of its gateway resource, else the
// one for "default"; null: there is none. The problems of others are reported as well; each of them is left out.
std::shared_ptr<const CacheAddress> read_external_cache(const ResourceSet& resources, std::string_view gateway_name,
                                                        std::string_view region, const NamedValueLookup& named_value,
                                                        Diagnostics& diagnostics);

}  // namespace gatelet
