#include "config/overrides.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "config/json_members.hpp"

namespace gatelet {

namespace {

// Which lists may stand where, and the collection of resource keys that each stands for.
struct OverrideKind {
  std::string_view parent;  // empty: the file itself
  std::string_view name;
  std::string_view collection;
};
constexpr OverrideKind override_kinds[] = {
    {"", "apis", "apis"},
    {"", "backends", "backends"},
    {"", "diagnostics", "diagnostics"},
    {"", "gateways", "gateways"},
    {"", "groups", "groups"},
    {"", "loggers", "loggers"},
    {"", "namedValues", "namedValues"},
    {"", "policies", "policies"},
    {"", "policyFragments", "policyFragments"},
    {"", "products", "products"},
    {"", "schemas", "schemas"},
    {"", "subscriptions", "subscriptions"},
    {"", "tags", "tags"},
    {"", "versionSets", "apiVersionSets"},
    {"apis", "diagnostics", "diagnostics"},
    {"apis", "operations", "operations"},
    {"apis", "policies", "policies"},
    {"apis", "releases", "releases"},
    {"apis", "schemas", "schemas"},
    {"operations", "policies", "policies"},
    {"products", "policies", "policies"},
};
constexpr std::string_view ignored_in_file[] = {"apimServiceName", "workspaces"};
// Always text, however YAML reads them.
constexpr std::string_view text_properties[] = {"value", "primaryKey", "secondaryKey", "apiVersion"};

const OverrideKind* find_kind(std::string_view parent, std::string_view name) {
  for (const OverrideKind& kind : override_kinds)
    if (kind.parent == parent && kind.name == name) return &kind;
  return nullptr;
}

std::string unknown_list(std::string_view parent, std::string_view name) {
  std::vector<std::string_view> known;
  for (const OverrideKind& kind : override_kinds)
    if (kind.parent == parent) known.push_back(kind.name);
  const std::string_view near = nearest(name, known);
  return "'" + std::string(name) + "' is nothing that can be overridden " + (parent.empty() ? "here" : "in " + std::string(parent)) +
         (near.empty() ? "; remove it" : "; did you mean '" + std::string(near) + "'?");
}

// A value that comes in place of another keeps its type where the text allows it: environment values are text, YAML may read "1.0" as a
// number.
Json with_type_of(const Json& value, const Json& replaced, std::string_view name) {
  const bool is_text =
      replaced.is_string() || std::find(std::begin(text_properties), std::end(text_properties), name) != std::end(text_properties);
  if (is_text && (value.is_number() || value.is_boolean())) return Json::from(value.scalar_text());
  if (!value.is_string()) return value;
  if (replaced.is_boolean())
    if (const auto parsed = parse_bool(value.string())) return Json::from(*parsed);
  if (replaced.is_number())
    if (const auto parsed = Json::parse(value.string()); parsed && parsed->is_number()) return *parsed;
  return value;
}

// `value` as it shall stand in place of `replaced`, with the places of the latter.
Json fitted(const Json& value, const Json& replaced, std::string_view name, SourcePos around) {
  const SourcePos at = replaced.at() ? replaced.at() : around;
  if (value.is_array()) {
    std::vector<Json> items;
    for (const Json& item : value.items()) items.push_back(fitted(item, Json(), {}, at));
    return Json::array(std::move(items)).placed_at(at);
  }
  if (!value.is_object()) return with_type_of(value, replaced, name).placed_at(at);
  std::vector<Json::Member> members;
  for (const Json::Member& member : value.members()) {
    const Json::Member* own = replaced.find(member.name);
    members.push_back({member.name, fitted(member.value, own ? own->value : Json(), member.name, at), own ? own->at : at});
  }
  return Json::object(std::move(members)).placed_at(at);
}

// Publisher and .NET name single values by their path with "__".
Json with_environment_values(const Json& json, const std::string& path, const EnvironmentLookup& environment) {
  if (json.is_array()) {
    std::vector<Json> items;
    for (size_t i = 0; i < json.size(); ++i)
      items.push_back(with_environment_values(json[i], path + "__" + std::to_string(i), environment));
    return Json::array(std::move(items)).placed_at(json.at());
  }
  if (json.is_object()) {
    std::vector<Json::Member> members;
    for (const Json::Member& member : json.members())
      members.push_back({member.name,
                         with_environment_values(member.value, path.empty() ? member.name : path + "__" + member.name, environment),
                         member.at});
    return Json::object(std::move(members)).placed_at(json.at());
  }
  const std::optional<std::string> value = environment(path);
  return value ? with_type_of(Json::from(*value), json, {}).placed_at(json.at()) : json;
}

}  // namespace

Overrides::Overrides(const ConfigFile& file, const EnvironmentLookup& environment, Diagnostics& diagnostics) : file_(file.path) {
  const Result<Json> read = file.path.ends_with(".json") ? Json::parse(file.bytes) : Json::parse_yaml(file.bytes);
  if (!read) {
    diagnostics.error(DiagnosticCode::invalid_json, read.error().message + placeholder_hint(file.bytes), file_, read.error().at);
    return;
  }
  if (!read->is_object() && !read->is_null()) {
    diagnostics.error(DiagnosticCode::invalid_value, "overrides are lists by kind, such as 'namedValues:' with '- name: ...'", file_,
                      read->at());
    return;
  }
  Json json = environment ? with_environment_values(*read, "", environment) : *read;
  json = with_placeholders_replaced(json, environment, file_, "", diagnostics);
  for (const Json::Member& collection : json.members()) read_collection(collection, "", "", diagnostics);
}

void Overrides::read_collection(const Json::Member& collection, const std::string& parent, std::string_view parent_kind,
                                Diagnostics& diagnostics) {
  const bool is_ignored = std::find(std::begin(ignored_in_file), std::end(ignored_in_file), collection.name) != std::end(ignored_in_file);
  if (is_ignored && parent.empty()) return;
  const OverrideKind* kind = find_kind(parent_kind, collection.name);
  if (!kind) return diagnostics.warning(DiagnosticCode::unknown_setting, unknown_list(parent_kind, collection.name), file_, collection.at);
  if (!collection.value.is_array() && !collection.value.is_null())
    return diagnostics.error(DiagnosticCode::invalid_value, "'" + collection.name + "' is a list of '- name: ...' with 'properties:'",
                             file_, collection.value.at());
  for (const Json& entry : collection.value.items())
    read_entry(entry, parent + (parent.empty() ? "" : "/") + std::string(kind->collection), kind->name, diagnostics);
}

void Overrides::read_entry(const Json& entry, const std::string& parent, std::string_view kind, Diagnostics& diagnostics) {
  const std::string name = entry["name"].scalar_text();
  if (name.empty())
    return diagnostics.error(DiagnosticCode::missing_value, "an override needs a 'name'; add '- name: ...'", file_, entry.at());
  const std::string path = parent + "/" + name;
  const Json& properties = entry["properties"];
  if (!properties.is_null() && !properties.is_object())
    return diagnostics.error(DiagnosticCode::invalid_value, "'properties' of '" + name + "' is a list of 'name: value' lines", file_,
                             properties.at());
  // The folder decides which revision is current.
  const Json allowed = parent == "apis" ? properties.without("apiRevision").without("isCurrent") : properties;
  if (!entries_.insert({lower(path), {path, allowed, entry.at()}}).second)
    diagnostics.error(DiagnosticCode::duplicate_resource, "'" + name + "' is overridden twice; join both into one", file_, entry.at());
  for (const Json::Member& member : entry.members())
    if (member.name != "name" && member.name != "properties") read_collection(member, path, kind, diagnostics);
}

Json Overrides::applied(std::string_view path, const Json& properties) {
  asked_.insert(std::string(path));
  const auto found = entries_.find(lower(path));
  if (found == entries_.end()) return properties;
  found->second.is_used = true;
  if (!found->second.properties.is_object()) return properties;
  return properties.merged_with(fitted(found->second.properties, properties, {}, properties.at()));
}

bool Overrides::replaces(std::string_view path, std::string_view member) const {
  const auto found = entries_.find(lower(path));
  return found != entries_.end() && found->second.properties.has(member);
}

void Overrides::accept(std::string_view path) {
  const std::string key = lower(path);
  for (auto found = entries_.lower_bound(key); found != entries_.end() && found->first.starts_with(key); ++found)
    if (found->first.size() == key.size() || found->first[key.size()] == '/') found->second.is_used = true;
}

void Overrides::report_unused(Diagnostics& diagnostics) const {
  for (const auto& [key, entry] : entries_) {
    const bool is_empty = entry.properties.is_null();  // only there for what is nested in it
    if (entry.is_used || is_empty) continue;
    const std::string_view parent = std::string_view(entry.path).substr(0, entry.path.rfind('/') + 1);
    std::vector<std::string_view> candidates;
    for (const std::string& path : asked_)
      if (path.starts_with(parent)) candidates.push_back(path);
    const std::string_view near = nearest(entry.path, candidates);
    diagnostics.warning(DiagnosticCode::unknown_reference,
                        "there is no '" + entry.path + "' in the folder, so this override has no effect; " +
                            (near.empty() ? "correct the name or remove it" : "did you mean '" + std::string(near) + "'?"),
                        file_, entry.at);
  }
}

}  // namespace gatelet
