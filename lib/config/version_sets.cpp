#include "config/version_sets.hpp"

#include "base/text.hpp"

namespace gatelet {

static VersionSet read_version_set(const Properties& properties, const Json& value) {
  const Json& written = value["versioningScheme"];
  const std::string scheme(written.string());
  if (equal_ignoring_case(scheme, "Segment")) return {VersionScheme::segment, {}, false};
  const bool is_header = equal_ignoring_case(scheme, "Header");
  if (!is_header && !equal_ignoring_case(scheme, "Query")) {
    properties.error(DiagnosticCode::invalid_value, "versioningScheme '" + scheme + "' is not one of Segment, Header, Query", written);
    return {VersionScheme::none, {}, true};
  }
  const std::string_view member = is_header ? "versionHeaderName" : "versionQueryName";
  const std::string name(value[member].string());
  if (name.empty()) properties.error(DiagnosticCode::missing_value, "a version set by " + scheme + " needs " + std::string(member), value);
  return {is_header ? VersionScheme::header : VersionScheme::query, name, name.empty()};
}

VersionSets::VersionSets(const ResourceSet& resources, Diagnostics& diagnostics) {
  constexpr std::string_view start = "apiVersionSets/";
  for (const Resource& resource : resources.resources)
    if (starts_with_ignoring_case(resource.key, start))
      by_id_.emplace(lower(resource.key.substr(start.size())), read_version_set(Properties(resource, {}, diagnostics), resource.value));
}

VersionSet VersionSets::of(const Properties& api) const {
  if (api["apiVersionSet"]["versioningScheme"].is_string()) return read_version_set(api, api["apiVersionSet"]);
  const std::string id = api.text("apiVersionSetId");
  if (id.empty()) return {};
  const std::string_view name = name_in_id(id, "apiVersionSets");
  const auto found = by_id_.find(lower(name.empty() ? std::string_view(id) : name));
  if (found != by_id_.end()) return found->second;
  api.error(DiagnosticCode::unknown_reference, "there is no version set '" + id + "'; add it or remove apiVersionSetId",
            api["apiVersionSetId"]);
  return {VersionScheme::none, {}, true};
}

}  // namespace gatelet
