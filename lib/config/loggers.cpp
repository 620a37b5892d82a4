#include "config/loggers.hpp"

#include "base/text.hpp"

namespace gatelet {
namespace loggers {

constexpr std::string_view key_prefix = "loggers/";

std::shared_ptr<const EventHub> read(const Properties& properties, const std::string& owner, const NamedValueLookup& named_value) {
  const Json& credentials = properties["credentials"];
  if (!credentials["connectionString"].is_string()) {
    // Without one the logger names an identity, whose tokens nobody fetches outside of a request.
    properties.warning(DiagnosticCode::unsupported_feature,
                       owner +
                           " has no connectionString, and this build gets no tokens of managed identities for it: its events stay here; "
                           "add credentials.connectionString",
                       credentials);
    return nullptr;
  }
  const auto text = read_secret(properties, owner, "connectionString", credentials["connectionString"], named_value);
  if (!text) return nullptr;
  auto hub = parse_event_hub(*text, credentials["name"].string());
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
