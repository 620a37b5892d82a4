#include "config/completeness.hpp"

#include "base/text.hpp"

namespace gatelet {

static bool has_value(const Resource& named_value, Diagnostics& diagnostics) {
  const std::string name = named_value.key.substr(named_value.key.find('/') + 1);
  const Json& value = named_value.value["value"];
  if (!trim(value.string()).empty()) return true;
  const std::string_view why = named_value.value["keyVault"].is_object() ? "; its key vault is not read" : "";
  diagnostics.error(DiagnosticCode::missing_value,
                    "the named value '" + name + "' has no value" + std::string(why) + "; give it one, for instance in the overrides",
                    named_value.file, value.is_null() ? named_value.value.at() : value.at());
  return false;
}

static void check_keys(const Resource& subscription, Diagnostics& diagnostics) {
  if (!subscription.value["primaryKey"].string().empty() || !subscription.value["secondaryKey"].string().empty()) return;
  const std::string name = subscription.key.substr(subscription.key.find('/') + 1);
  diagnostics.warning(DiagnosticCode::subscription_without_key,
                      "the subscription '" + name + "' has no key and admits nobody; give it a primaryKey, for instance in the overrides",
                      subscription.file, subscription.value.at());
}

void check_completeness(ResourceSet& resources, Diagnostics& diagnostics) {
  std::erase_if(resources.resources, [&](const Resource& resource) {
    return starts_with_ignoring_case(resource.key, "namedValues/") && !has_value(resource, diagnostics);
  });
  for (const Resource& resource : resources.resources)
    if (starts_with_ignoring_case(resource.key, "subscriptions/")) check_keys(resource, diagnostics);
}

}  // namespace gatelet
