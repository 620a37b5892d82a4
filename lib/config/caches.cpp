#include "config/caches.hpp"

#include "base/text.hpp"

namespace gatelet {
namespace caches {

constexpr std::string_view key_prefix = "caches/";
constexpr std::string_view everywhere = "default";

std::string_view location_of(const ResourceSet& resources, std::string_view gateway_name) {
  const std::string key = "gateways/" + std::string(gateway_name);
  for (const Resource& resource : resources.resources)
    if (!gateway_name.empty() && equal_ignoring_case(resource.key, key)) return resource.value["locationData"]["name"].string();
  return {};
}

std::shared_ptr<const CacheAddress> read(const Properties& properties, const std::string& owner, const NamedValueLookup& named_value) {
  const Json& json = properties["connectionString"];
  if (json.is_null())
    return properties.error(DiagnosticCode::missing_value,
                            owner + " needs a connectionString such as \"redis.example:6380,password=...,ssl=True\"",
                            properties.resource().value),
           nullptr;
  const auto text = read_secret(properties, owner, "connectionString", json, named_value);
  if (!text) return nullptr;
  auto address = parse_cache_address(*text);
  if (!address) return properties.error(DiagnosticCode::invalid_value, owner + ": " + address.error().message, json), nullptr;
  return std::make_shared<const CacheAddress>(*std::move(address));
}

}  // namespace caches

std::shared_ptr<const CacheAddress> read_external_cache(const ResourceSet& resources, std::string_view gateway_name,
                                                        std::string_view region, const NamedValueLookup& named_value,
                                                        Diagnostics& diagnostics) {
  const std::string_view location = caches::location_of(resources, gateway_name);
  std::shared_ptr<const CacheAddress> here, anywhere;
  for (const Resource& resource : resources.resources) {
    if (!resource.key.starts_with(caches::key_prefix)) continue;
    const std::string id = resource.key.substr(caches::key_prefix.size());
    const Properties properties(resource, {}, diagnostics);
    auto address = caches::read(properties, "the cache '" + id + "'", named_value);
    const std::string place = properties.text("useFromLocation", id);
    const bool is_here =
        (!region.empty() && equal_ignoring_case(place, region)) || (!location.empty() && equal_ignoring_case(place, location));
    if (is_here && !here)
      here = std::move(address);
    else if (equal_ignoring_case(place, caches::everywhere) && !anywhere)
      anywhere = std::move(address);
  }
  return here ? here : anywhere;
}

}  // namespace gatelet
