#include "config/loggers.hpp"

#include "base/text.hpp"

namespace gatelet {
namespace loggers {

constexpr std::string_view key_prefix = "loggers/";

std::shared_ptr<const EventHub> read(const Properties& properties, const std::string& owner, const NamedValueLookup& named_value) {
  const Json& credentials = properties["credentials"];
  const std::string_view name = credentials["name"].string();
  Result<EventHub> hub = event_hub_with_identity(credentials["endpointAddress"].string(), name, credentials["identityClientId"].string());
  if (!credentials["endpointAddress"].is_string()) {
    const auto text = read_secret(properties, owner, "connectionString", credentials["connectionString"], named_value);
    if (!text) return nullptr;
    hub = parse_event_hub(*text, name);
  }
  if (!hub)
    return properties.warning(DiagnosticCode::invalid_value, owner + " gets no events: " + hub.error().message, credentials), nullptr;
  return std::make_shared<const EventHub>(*std::move(hub));
}

}  // namespace loggers

EventHubs read_event_hubs(const ResourceSet& resources, const NamedValueLookup& named_value, Diagnostics& diagnostics) {
  EventHubs hubs;
  for (const Resource& resource : resources.resources) {
    if (!resource.key.starts_with(loggers::key_prefix)) continue;
    const Properties properties(resource, {}, diagnostics);
    if (!equal_ignoring_case(properties.text("loggerType"), "azureEventHub")) continue;
    const std::string id = resource.key.substr(loggers::key_prefix.size());
    if (auto hub = loggers::read(properties, "the logger '" + id + "'", named_value)) hubs.emplace(lower(id), std::move(hub));
  }
  return hubs;
}

}  // namespace gatelet
