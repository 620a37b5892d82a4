// Import and export of APIOps folders (management.md 4.6). What a folder cannot say, users, certificates and keys, stays where it is.
#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "manage/manage/delivered.hpp"
#include "manage/manage/plane.hpp"
#include "manage/manage/policy_text.hpp"
#include "manage/manage/token.hpp"

namespace gatelet::manage {

namespace manage_folder {

// Kinds with an information file of their own, by type.
struct FolderKind {
  std::string_view type, folder, file;
};
constexpr FolderKind folder_kinds[] = {
    {"namedValues", "named values", "namedValueInformation.json"},
    {"apiVersionSets", "version sets", "versionSetInformation.json"},
    {"tags", "tags", "tagInformation.json"},
    {"groups", "groups", "groupInformation.json"},
    {"backends", "backends", "backendInformation.json"},
    {"loggers", "loggers", "loggerInformation.json"},
    {"gateways", "gateways", "gatewayInformation.json"},
    {"subscriptions", "subscriptions", "subscriptionInformation.json"},
    {"diagnostics", "diagnostics", "diagnosticInformation.json"},
    {"policyFragments", "policy fragments", "policyFragmentInformation.json"},
    {"products", "products", "productInformation.json"},
    {"apis", "apis", "apiInformation.json"},
    {"schemas", "schemas", "schemaInformation.json"},
    {"apis/operations", "operations", "operationInformation.json"},
    {"apis/schemas", "schemas", "apiSchemaInformation.json"},
    {"apis/diagnostics", "diagnostics", "diagnosticInformation.json"},
};
// Links: the file that stands for each.
constexpr FolderKind link_files[] = {
    {"products/apis", "apis", "productApiInformation.json"},
    {"products/groups", "groups", "productGroupInformation.json"},
    {"gateways/apis", "apis", "gatewayApiInformation.json"},
};
// The folder has these the other way round: below the tag.
constexpr FolderKind tag_files[] = {
    {"apis/tags", "apis", "tagApiInformation.json"},
    {"products/tags", "products", "tagProductInformation.json"},
};
constexpr std::string_view policy_types[] = {"policies", "products/policies", "apis/policies", "apis/operations/policies"};

template <size_t size>
const FolderKind* find(const FolderKind (&kinds)[size], std::string_view type) {
  for (const FolderKind& kind : kinds)
    if (kind.type == type) return &kind;
  return nullptr;
}

bool is_in_folders(std::string_view type) {
  return find(folder_kinds, type) || find(link_files, type) || find(tag_files, type) ||
         std::ranges::find(policy_types, type) != std::end(policy_types);
}

void append_pretty(std::string& out, const Json& value, size_t depth) {
  const std::string indent(2 * depth + 2, ' ');
  const char* divider = "\n";
  if (value.is_object() && value.size() != 0) {
    out += '{';
    for (const Json::Member& member : value.members()) {
      out += divider + indent + '"' + json_escape(member.name) + "\": ";
      append_pretty(out, member.value, depth + 1);
      divider = ",\n";
    }
    out += '\n' + indent.substr(2) + '}';
  } else if (value.is_array() && value.size() != 0) {
    out += '[';
    for (const Json& item : value.items()) {
      out += divider + indent;
      append_pretty(out, item, depth + 1);
      divider = ",\n";
    }
    out += '\n' + indent.substr(2) + ']';
  } else {
    out += value.text();
  }
}

std::string pretty(const Json& value) {
  std::string out;
  append_pretty(out, value, 0);
  return out + '\n';
}

std::string information(const Json& properties) { return pretty(Json::object({{"properties", properties, {}}})); }

class Exporter {
 public:
  explicit Exporter(const Tree& tree) : tree_(tree) {}

  std::vector<ConfigFile> export_all() {
    for (const auto& [key, entry] : tree_.entries()) export_entry(*entry, *kind_of_key(key));
    return std::move(files_);
  }

 private:
  void add(std::string path, std::string bytes) { files_.push_back({std::move(path), std::move(bytes)}); }

  // "apis/echo;rev=1/operations/get" → "apis/echo/operations/get", blanks in the names of collections included.
  std::string folder_of(std::string_view key) const {
    std::string out;
    const auto parts = split(key, '/');
    for (size_t i = 0; i < parts.size(); ++i) {
      std::string part(parts[i]);
      if (const FolderKind* kind = i == 0 ? find(folder_kinds, part) : nullptr) part = kind->folder;
      const Entry* api = i == 1 && parts[0] == "apis" ? tree_.find("apis/" + part) : nullptr;
      if (api && api->shown["isCurrent"].boolean()) part = std::string(api_name_of(part));
      out += (i ? "/" : "") + part;
    }
    return out;
  }

  void export_entry(const Entry& entry, const Kind& kind) {
    const std::string folder = folder_of(entry.key);
    if (kind.names == NameRule::policy)
      return add_policy(entry, folder.substr(0, folder.size() - std::string_view("policies/policy").size()));
    if (kind.names == NameRule::fragment) add_policy(entry, folder + '/');
    if (const FolderKind* link = find(link_files, kind.type))
      return add(folder + '/' + std::string(link->file), link_document(kind, entry));
    if (const FolderKind* tag = find(tag_files, kind.type)) {
      const std::string owner(split(entry.key, '/')[1]);
      return add("tags/" + std::string(entry.name()) + '/' + std::string(tag->folder) + '/' + owner + '/' + std::string(tag->file), "{}\n");
    }
    const FolderKind* own = find(folder_kinds, kind.type);
    if (!own || entry.shown["builtIn"].boolean()) return;
    Json properties = entry.shown.without("isCurrent");
    if (kind.names == NameRule::fragment) properties = properties.without("value").without("format");
    if (kind.names == NameRule::fragment && properties.size() == 0) return;
    add(folder + '/' + std::string(own->file), information(properties));
  }

  static std::string link_document(const Kind& kind, const Entry& entry) {
    if (kind.type != "products/groups") return "{}\n";
    const Json id = Json::object({{"groupId", Json::from("/groups/" + std::string(entry.name())), {}}});
    return pretty(Json::object({{"name", Json::from(entry.name()), {}}, {"properties", id, {}}}));
  }

  void add_policy(const Entry& entry, const std::string& folder) {
    const std::string_view text = entry.shown["value"].string();
    add(folder + "policy.xml", entry.shown["format"].string() == "rawxml" ? std::string(text) : policy_as_raw(text));
  }

  const Tree& tree_;
  std::vector<ConfigFile> files_;
};

// Secrets that a folder lacks are those that were there, or new ones.
void complete_secrets(const Tree& tree, crypto::Random random, const Kind& kind, Entry& entry) {
  const Entry* before = tree.find(entry.key);
  const auto fill = [&](std::string_view name, const std::string& fresh) {
    if (!entry.secret(name).is_null()) return;
    const Json kept = before ? before->secret(name) : Json();
    if (!kept.is_null() || !fresh.empty()) entry.secrets = entry.secrets.with(name, kept.is_null() ? Json::from(fresh) : kept);
  };
  if (kind.type == "gateways")
    for (const std::string_view name : {"primary", "secondary"}) fill(name, new_gateway_key(random));
  if (kind.type == "subscriptions")
    for (const std::string_view name : {"primaryKey", "secondaryKey"}) fill(name, hexadecimal(random_bytes(random, 16)));
}

}  // namespace manage_folder

using namespace manage_folder;

std::vector<ConfigFile> Plane::export_folder() const { return Exporter(tree_).export_all(); }

Diagnostics Plane::import(const ResourceSet& resources, Diagnostics problems, int64_t now_ms) {
  if (problems.has_errors()) return problems;
  Edit edit(tree_, revision_ + 1);
  std::set<std::string> wanted;
  for (const Resource& resource : resources.resources)
    for (Entry& entry : entries_of_resource(resource)) {
      complete_secrets(tree_, options_.random, *kind_of_key(entry.key), entry);
      wanted.insert(lower(entry.key));
      edit.put(std::move(entry));
    }
  std::vector<std::string> gone;
  for (const auto& [key, entry] : tree_.entries())
    if (!wanted.contains(key) && is_in_folders(kind_of_key(key)->type) && !entry->shown["builtIn"].boolean()) gone.push_back(key);
  for (const std::string& key : gone) edit.erase(key);
  problems.append(compile({}, true));
  if (problems.has_errors() || !edit.has_changes()) return problems;
  revision_ = edit.revision();
  finish(edit, "import", "PUT", now_ms);
  return problems;
}

}  // namespace gatelet::manage
