// APIs of the management plane: revisions, import of specifications, releases (management.md 2.2 and 4.1).
#include <algorithm>

#include "base/text.hpp"
#include "config/openapi.hpp"
#include "manage/manage/plane.hpp"

namespace gatelet::manage {

namespace plane_apis {

// What a revision that is not current has from the one that is.
constexpr std::string_view common_properties[] = {"displayName",           "type", "description", "subscriptionRequired", "apiVersion",
                                                  "apiVersionDescription", "path", "protocols"};

bool is_blank(const Json& value) { return trim(value.string()).empty(); }

std::string revision_in(std::string_view key) {
  const size_t at = lower(key).find(";rev=");
  return at == std::string::npos ? std::string() : std::string(key.substr(at + 5));
}

bool is_same_operation(const Entry& a, const Resource& b) {
  return equal_ignoring_case(a.shown["method"].string(), b.value["method"].string()) &&
         a.shown["urlTemplate"].string() == b.value["urlTemplate"].string();
}

}  // namespace plane_apis

using namespace plane_apis;

// False: the details say why.
bool Plane::prepare_api(const ManageTarget& target, const Json& properties, const Entry* before, Entry& entry, Edit& edit,
                        std::vector<ErrorDetail>& details) {
  const std::string name(api_name_of(target.segments[1]));
  const std::string current_name = tree_.api_with_revision(name);
  const Entry* current = current_name.empty() ? nullptr : tree_.find("apis/" + current_name);
  std::string revision = revision_in(entry.key);
  if (revision.empty()) revision = entry.shown["apiRevision"].is_null() ? "1" : entry.shown["apiRevision"].scalar_text();
  entry.key = "apis/" + name + ";rev=" + revision;
  const bool is_current = before ? before->shown["isCurrent"].boolean() : !current;
  const auto set = [&](std::string_view member, Json value) { entry.shown = entry.shown.with(member, std::move(value)); };
  set("apiRevision", Json::from(revision));
  set("isCurrent", Json::from(is_current));
  if (is_blank(entry.shown["serviceUrl"])) entry.shown = entry.shown.without("serviceUrl");
  const std::string_view source_id = properties["sourceApiId"].string();
  std::string source = source_id.empty() ? std::string() : tree_.api_with_revision(name_in_id(source_id, "apis"));
  if (!source_id.empty() && source.empty()) details.push_back({"sourceApiId", "'sourceApiId' names an API that is not there"});
  if (source.empty() && !before && !is_current) source = current_name;
  if (!is_current && current)
    for (const std::string_view member : common_properties) {
      if (properties.has(member) && entry.shown[member] != current->shown[member])
        details.push_back({std::string(member), "Can't change property for non-current revision"});
      const Json& value = current->shown[member];
      entry.shown = value.is_null() ? entry.shown.without(member) : entry.shown.with(member, value);
    }
  if (const Entry* from = source.empty() ? nullptr : tree_.find("apis/" + source); from && !before)
    for (const Json::Member& member : from->shown.members())
      if (!properties.has(member.name) && member.name != "isCurrent" && member.name != "apiRevision" &&
          member.name != "apiRevisionDescription")
        set(member.name, member.value);
  if (details.empty() && !before && !source.empty()) copy_api(source, entry, edit);
  if (details.empty() && properties.has("value")) import_specification(properties, entry, edit, details);
  const bool is_named = !is_blank(entry.shown["displayName"]);
  if (details.empty() && !is_named) details.push_back({"displayName", "'displayName' is required; add it"});
  if (details.empty() && !entry.shown.has("path")) details.push_back({"path", "'path' is required; it may be empty"});
  if (entry.shown["path"].string().starts_with('/')) details.push_back({"path", "'path' is relative; it does not begin with '/'"});
  return details.empty();
}

// Everything below a revision but what belongs to the API as a whole.
void Plane::copy_api(std::string_view source, const Entry& entry, Edit& edit) {
  const std::string from = "apis/" + std::string(source);
  std::vector<Entry> copies;
  for (const Entry* part : tree_.below(from)) copies.push_back({entry.key + part->key.substr(from.size()), 0, part->shown, part->secrets});
  for (Entry& copy : copies) edit.put(std::move(copy));
}

void Plane::import_specification(const Json& properties, Entry& entry, Edit& edit, std::vector<ErrorDetail>& details) {
  const std::string format = lower(properties["format"].string());
  if (format != "openapi" && format != "openapi+json" && format != "swagger-json")
    return details.push_back(
        {"format", "the format '" + format + "' is not imported; send an OpenAPI document as openapi, openapi+json or swagger-json"});
  const std::string_view text = properties["value"].string();
  const auto document = format != "openapi" || trim(text).starts_with('{') ? Json::parse(text) : Json::parse_yaml(text);
  if (!document)
    return details.push_back({"value", "line " + std::to_string(document.error().at.line) + ", column " +
                                           std::to_string(document.error().at.column) + ": " + document.error().message});
  Diagnostics problems;
  const bool as_template = properties["translateRequiredQueryParameters"].string() != "query";
  const OpenapiImport made = import_openapi(*document, entry.key, "value", as_template, problems);
  for (const Diagnostic& problem : problems.items())
    if (problem.severity == Severity::error)
      details.push_back(
          {"value", "line " + std::to_string(problem.at.line) + ", column " + std::to_string(problem.at.column) + ": " + problem.message});
  if (!details.empty()) return;
  for (const auto& [name, told] : {std::pair("displayName", &made.display_name), std::pair("description", &made.description),
                                   std::pair("serviceUrl", &made.service_url)})
    if (!properties.has(name) && !told->empty()) entry.shown = entry.shown.with(name, Json::from(*told));

  const std::string collection = entry.key + "/operations";
  std::vector<EntryPointer> old;
  for (const Entry* operation : tree_.children(collection)) old.push_back(tree_.share(operation->key));
  for (const Resource& operation : made.operations) {
    const bool is_known = tree_.find(operation.key);
    edit.put({operation.key, 0, operation.value, Json::object({})});
    if (is_known) continue;
    const auto twin = std::ranges::find_if(old, [&](const EntryPointer& item) { return is_same_operation(*item, operation); });
    const Entry* policy = twin == old.end() ? nullptr : tree_.find((*twin)->key + "/policies/policy");
    if (policy) edit.put({operation.key + "/policies/policy", 0, Json(policy->shown), Json::object({})});
  }
  for (const EntryPointer& operation : old)
    if (std::ranges::none_of(made.operations, [&](const Resource& item) { return equal_ignoring_case(item.key, operation->key); }))
      edit.erase_all(operation->key);
  if (!made.schemas.is_null()) edit.put({entry.key + "/schemas/" + std::string(openapi_schema_name), 0, made.schemas, Json::object({})});
}

// The revision that a release names becomes the current one.
void Plane::release(const Entry& entry, Edit& edit, std::vector<ErrorDetail>& details) {
  const std::string_view name = std::string_view(entry.key).substr(5, entry.key.find('/', 5) - 5);
  const std::string_view wanted = name_in_id(entry.shown["apiId"].string(), "apis");
  const std::string known = tree_.api_with_revision(wanted.empty() ? name : wanted);
  if (known.empty() || !equal_ignoring_case(api_name_of(known), name))
    return details.push_back({"apiId", "'apiId' names a revision of this API, such as /apis/" + std::string(name) + ";rev=2"});
  std::vector<Entry> changed;
  for (const Entry* revision : tree_.revisions(name))
    changed.push_back(
        {revision->key, 0, revision->shown.with("isCurrent", Json::from(equal_ignoring_case(revision->name(), known))), revision->secrets});
  for (Entry& revision : changed) edit.put(std::move(revision));
}

}  // namespace gatelet::manage
