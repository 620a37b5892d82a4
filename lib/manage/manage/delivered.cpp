#include "manage/manage/delivered.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "manage/manage/kinds.hpp"

namespace gatelet::manage {

namespace delivering {

constexpr std::string_view delivered_types[] = {"apis",
                                                "apis/operations",
                                                "apis/schemas",
                                                "apis/policies",
                                                "apis/operations/policies",
                                                "apis/diagnostics",
                                                "apiVersionSets",
                                                "policies",
                                                "policyFragments",
                                                "products",
                                                "products/policies",
                                                "subscriptions",
                                                "users",
                                                "groups",
                                                "namedValues",
                                                "backends",
                                                "certificates",
                                                "caches",
                                                "loggers",
                                                "diagnostics",
                                                "schemas"};

// Links from an owner's collection, as a list in it.
struct LinkList {
  std::string_view owner, links;
};
constexpr LinkList link_lists[] = {
    {"products", "apis"}, {"products", "groups"}, {"gateways", "apis"}, {"tags", "apis"}, {"tags", "products"}};

Json list_of(const std::vector<std::string>& names) {
  std::vector<Json> items;
  for (const std::string& name : names) items.push_back(Json::from(name));
  return Json::array(std::move(items));
}

std::vector<std::string> linked(const Tree& tree, const Entry& entry, std::string_view links, std::string_view newer, std::string_view id) {
  std::vector<std::string> names;
  for (const Entry* link : tree.children(entry.key + '/' + std::string(links))) names.emplace_back(link->name());
  for (const Entry* link : tree.children(entry.key + '/' + std::string(newer)))
    names.emplace_back(api_name_of(name_in_id(link->shown[id].string(), links)));
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

// The names of the groups that a user is in.
std::vector<std::string> groups_of(const Tree& tree, std::string_view user) {
  std::vector<std::string> names;
  for (const Entry* group : tree.children("groups"))
    if (tree.find(group->key + "/users/" + std::string(user))) names.emplace_back(group->name());
  return names;
}

}  // namespace delivering

using namespace delivering;

std::optional<Json> delivered_value(const Tree& tree, const Entry& entry) {
  const Kind* kind = kind_of_key(entry.key);
  if (!kind || std::ranges::find(delivered_types, kind->type) == std::end(delivered_types)) return std::nullopt;
  Json value = entry.secrets.members().empty() ? entry.shown : entry.shown.merged_with(entry.secrets);
  if (kind->type == "products") {
    value = value.with("apis", list_of(linked(tree, entry, "apis", "apiLinks", "apiId")));
    value = value.with("groups", list_of(linked(tree, entry, "groups", "groupLinks", "groupId")));
  }
  if (kind->type == "users") value = value.with("groups", list_of(groups_of(tree, entry.name())));
  return value;
}

std::vector<Entry> entries_of_resource(const Resource& resource) {
  std::vector<Entry> out;
  const Kind* kind = kind_of_key(resource.key);
  if (!kind) return out;
  Json shown = resource.value, secrets = Json::object({});
  for (const LinkList& list : link_lists) {
    if (kind->type != list.owner || !shown[list.links].is_array()) continue;
    for (const Json& name : shown[list.links].items()) {
      const bool is_tag = list.owner == "tags";
      const std::string tag(std::string_view(resource.key).substr(resource.key.find('/') + 1)), linked_name(name.string());
      out.push_back({is_tag ? std::string(list.links) + '/' + linked_name + "/tags/" + tag
                            : resource.key + '/' + std::string(list.links) + '/' + linked_name,
                     0, Json::object({}), Json::object({})});
    }
    shown = shown.without(list.links);
  }
  for (const Field& field : kind->fields)
    if ((field.flags & field_flags::secret) && shown.has(field.name)) {
      secrets = secrets.with(field.name, shown[field.name]);
      shown = shown.without(field.name);
    }
  if (kind->type == "namedValues" && shown["secret"].boolean() && shown.has("value")) {
    secrets = secrets.with("value", shown["value"]);
    shown = shown.without("value");
  }
  out.insert(out.begin(), {resource.key, 0, shown, secrets});
  return out;
}

}  // namespace gatelet::manage
