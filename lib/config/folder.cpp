// resources_from_folder: an APIOps folder as resources, in the order in which they refer to each other.
#include <algorithm>

#include "base/text.hpp"
#include "config/completeness.hpp"
#include "config/folder_apis.hpp"
#include "config/json_members.hpp"

namespace gatelet {

namespace {

// Collections of which each folder holds one information file and nothing else that needs thought.
struct FolderKind {
  std::string_view folder, file, collection;
};
constexpr FolderKind kinds_before_apis[] = {
    {"named values", "namedValueInformation.json", "namedValues"},
    {"version sets", "versionSetInformation.json", "apiVersionSets"},
    {"tags", "tagInformation.json", "tags"},
    {"groups", "groupInformation.json", "groups"},
    {"backends", "backendInformation.json", "backends"},
    {"loggers", "loggerInformation.json", "loggers"},
    {"schemas", "schemaInformation.json", "schemas"},
    {"gateways", "gatewayInformation.json", "gateways"},
};
constexpr FolderKind kinds_after_products[] = {
    {"subscriptions", "subscriptionInformation.json", "subscriptions"},
    {"diagnostics", "diagnosticInformation.json", "diagnostics"},
};

// Lists of links below an entry: which folder, which file in each link's folder, to what.
struct FolderLink {
  std::string_view collection, folder, file, id_property;
};
constexpr FolderLink folder_links[] = {
    {"gateways", "apis", "gatewayApiInformation.json", "apiId"},       {"products", "apis", "productApiInformation.json", "apiId"},
    {"products", "groups", "productGroupInformation.json", "groupId"}, {"tags", "apis", "tagApiInformation.json", "apiId"},
    {"tags", "products", "tagProductInformation.json", "productId"},
};
constexpr std::string_view builtin_groups[] = {"administrators", "developers", "guests"};

class FolderLoader {
 public:
  FolderLoader(const std::vector<ConfigFile>& files, const FolderOptions& options, Overrides& overrides, Diagnostics& diagnostics)
      : options_(options), root_(folder_tree(files)), reader_(options, overrides, diagnostics) {
    find_served_apis();
    apis_ = std::make_unique<FolderApis>(reader_, root_, [this](const std::string& name) { return is_served(name); });
  }

  ResourceSet load() {
    for (const FolderKind& kind : kinds_before_apis) load_kind(kind);
    load_fragments();
    if (auto policy = reader_.policy(root_, "", "")) add(std::move(*policy));
    std::vector<Resource> api_diagnostics;
    apis_->load(set_.resources, api_diagnostics);
    load_products();
    for (const FolderKind& kind : kinds_after_products) load_kind(kind);
    for (Resource& resource : api_diagnostics) add(std::move(resource));
    skip_workspaces();
    report_ignored_files(root_, options_.root_name, reader_.diagnostics());
    return std::move(set_);
  }

 private:
  void add(Resource resource) { set_.resources.push_back(std::move(resource)); }

  bool is_served(const std::string& api_name) const { return options_.gateway_name.empty() || served_apis_.contains(lower(api_name)); }

  // With a gateway's name only the APIs below gateways/<name>/apis are read; what is wrong with the others is none of its business.
  void find_served_apis() {
    if (options_.gateway_name.empty()) return;
    Folder* gateways = root_.find("gateways");
    std::vector<std::string_view> names;
    if (gateways)
      for (auto& [name, gateway] : gateways->folders) {
        names.push_back(name);
        if (!equal_ignoring_case(name, options_.gateway_name)) continue;
        if (Folder* apis = gateway.find("apis"))
          for (const auto& [api_name, link] : apis->folders) served_apis_.insert(lower(api_name));
        return;
      }
    const std::string_view near = nearest(options_.gateway_name, names);
    reader_.error(DiagnosticCode::unknown_reference,
                  "there is no gateway '" + options_.gateway_name + "', so no API is served; " +
                      (near.empty() ? "add gateways/" + options_.gateway_name + " or leave gateway.name out"
                                    : "did you mean '" + std::string(near) + "'?"),
                  "gateways", {1, 1});
  }

  void load_kind(const FolderKind& kind) {
    for (Folder* folder : reader_.entries(root_, kind.folder)) {
      const std::string key = std::string(kind.collection) + "/" + name_of(*folder);
      auto properties = reader_.properties(*folder, kind.file, key, "");
      if (!properties) {
        folder->take_all();
        continue;
      }
      if (kind.collection == "subscriptions" && !is_wanted_subscription(*properties)) continue;
      add({key, with_links(kind.collection, *folder, std::move(*properties), ""), reader_.message_path(folder->path_of(kind.file))});
    }
  }

  // Not of an API that is in the folder but not served.
  bool is_wanted_subscription(const Json& properties) const {
    const std::string_view scope = properties["scope"].string();
    if (name_in_id(scope, "apis").empty()) return true;
    const std::string* api = known(apis_->names(), name_in_id(scope, "apis"));
    return !api || is_served(*api);
  }

  Json with_links(std::string_view collection, Folder& folder, Json properties, const std::string& scope) {
    for (const FolderLink& link : folder_links) {
      if (link.collection != collection) continue;
      std::vector<Json> names;
      for (Folder* target : reader_.entries(folder, link.folder))
        if (auto name = link_target(link, *target, scope)) names.push_back(Json::from(*name).placed_at(properties.at()));
      const bool is_api_list = link.folder == "apis";  // there even when it is empty: it says that there are none
      if (is_api_list || !names.empty())
        properties = properties.with(link.folder, Json::array(std::move(names)).placed_at(properties.at()));
    }
    return properties;
  }

  std::optional<std::string> link_target(const FolderLink& link, Folder& folder, const std::string& scope) {
    const std::string path = folder.path_of(link.file);
    const auto document = reader_.document(folder, link.file, scope);
    if (!document) return std::nullopt;
    const Json& id = (*document)["properties"][link.id_property];
    const std::string_view in_id = name_in_id(id.string(), link.folder);
    const std::string wanted = in_id.empty() ? name_of(folder) : std::string(in_id);
    const std::vector<std::string> names = names_in(link.folder);
    const std::string* name = known(names, wanted);
    if (name) return link.folder == "apis" && !is_served(*name) ? std::nullopt : std::optional(*name);
    const std::string_view near = nearest(wanted, {names.begin(), names.end()});
    reader_.error(DiagnosticCode::unknown_reference,
                  "there is nothing called '" + wanted + "' in " + std::string(link.folder) + "; " +
                      (near.empty() ? "add it or remove this link" : "did you mean '" + std::string(near) + "'?"),
                  path, id.at() ? id.at() : document->at(), scope);
    return std::nullopt;
  }

  std::vector<std::string> names_in(std::string_view folder_name) {
    if (folder_name == "apis") return apis_->names();
    std::vector<std::string> names;
    if (folder_name == "groups") names.assign(std::begin(builtin_groups), std::end(builtin_groups));
    if (Folder* folder = root_.find(folder_name))
      for (const auto& [name, entry] : folder->folders) names.push_back(name);
    return names;
  }

  static const std::string* known(const std::vector<std::string>& names, std::string_view wanted) {
    const auto found = std::find_if(names.begin(), names.end(), [&](const std::string& name) { return equal_ignoring_case(name, wanted); });
    return found == names.end() ? nullptr : &*found;
  }

  void load_fragments() {
    for (Folder* folder : reader_.entries(root_, "policy fragments")) {
      const std::string key = "policyFragments/" + name_of(*folder);
      const bool has_information = folder->files.contains("policyFragmentInformation.json");
      const ConfigFile* policy = folder->take("policy.xml");
      if (!policy) {
        reader_.error(DiagnosticCode::missing_value, "the file is missing; write <fragment>...</fragment> or remove its folder",
                      folder->path_of("policy.xml"), {1, 1});
        folder->take_all();
        reader_.overrides().accept(key);
        continue;
      }
      JsonMembers text;
      text.add_text("value", without_byte_order_mark(policy->bytes));
      text.add_text("format", "rawxml");
      const auto document = has_information ? reader_.document(*folder, "policyFragmentInformation.json", "") : std::nullopt;
      const Json own = document ? (*document)["properties"].merged_with(text.object()) : text.object();
      Resource made{key, reader_.overrides().applied(key, own), reader_.message_path(policy->path)};
      if (reader_.overrides().replaces(key, "value")) made.file = key;  // the text is not the file's
      add(std::move(made));
    }
  }

  void load_products() {
    for (Folder* folder : reader_.entries(root_, "products")) {
      const std::string key = "products/" + name_of(*folder);
      const std::string scope = "product " + name_of(*folder);
      auto properties = reader_.properties(*folder, "productInformation.json", key, scope);
      if (!properties) {
        folder->take_all();
        continue;
      }
      add({key, with_links("products", *folder, std::move(*properties), scope),
           reader_.message_path(folder->path_of("productInformation.json"))});
      if (auto policy = reader_.policy(*folder, key, key)) add(std::move(*policy));
    }
  }

  void skip_workspaces() {
    Folder* workspaces = root_.find("workspaces");
    if (!workspaces) return;
    workspaces->take_all();
    reader_.warning(DiagnosticCode::unsupported_feature, "workspaces are skipped; move what shall be served to the root of the folder",
                    "workspaces", {1, 1});
  }

  const FolderOptions& options_;
  Folder root_;
  FolderReader reader_;
  std::set<std::string> served_apis_;  // in lower case
  std::unique_ptr<FolderApis> apis_;
  ResourceSet set_;
};

}  // namespace

ResourceSet resources_from_folder(const std::vector<ConfigFile>& files, const FolderOptions& options, Diagnostics& diagnostics) {
  Overrides overrides;
  if (options.overrides) overrides = Overrides(*options.overrides, options.environment, diagnostics);
  ResourceSet set = FolderLoader(files, options, overrides, diagnostics).load();
  overrides.report_unused(diagnostics);
  check_completeness(set, diagnostics);
  return set;
}

}  // namespace gatelet
