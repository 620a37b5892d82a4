#include "config/folder_tree.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace gatelet {

namespace {

constexpr size_t layout_depth_max = 12;  // the layout has 5 levels; what is deeper keeps its '/' in the name

constexpr std::string_view layout_folders[] = {"apis",          "backends",   "diagnostics",      "gateways",  "groups",   "loggers",
                                               "named values",  "operations", "policy fragments", "products",  "releases", "schemas",
                                               "subscriptions", "tags",       "version sets",     "workspaces"};
constexpr std::string_view layout_files[] = {"apiInformation.json",
                                             "apiReleaseInformation.json",
                                             "apiSchemaInformation.json",
                                             "backendInformation.json",
                                             "diagnosticInformation.json",
                                             "gatewayApiInformation.json",
                                             "gatewayInformation.json",
                                             "groupInformation.json",
                                             "loggerInformation.json",
                                             "namedValueInformation.json",
                                             "operationInformation.json",
                                             "policy.xml",
                                             "policyFragmentInformation.json",
                                             "productApiInformation.json",
                                             "productGroupInformation.json",
                                             "productInformation.json",
                                             "schemaInformation.json",
                                             "specification.graphql",
                                             "specification.json",
                                             "specification.wadl",
                                             "specification.wsdl",
                                             "specification.yaml",
                                             "subscriptionInformation.json",
                                             "tagApiInformation.json",
                                             "tagInformation.json",
                                             "tagProductInformation.json",
                                             "versionSetInformation.json"};

bool is_left_alone(std::string_view name) {
  return name.starts_with(".") || starts_with_ignoring_case(name, "readme") || name.ends_with(".md") || name.ends_with(".html");
}

bool is_tool_configuration(std::string_view name) {
  return name.starts_with("configuration.") && (name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json"));
}

class IgnoredReport {
 public:
  IgnoredReport(std::string_view root_name, Diagnostics& diagnostics) : root_name_(root_name), diagnostics_(diagnostics) {}

  void report(const Folder& folder) {
    for (const auto& [name, file] : folder.files) {
      if (file.is_taken || is_left_alone(name) || (folder.path.empty() && is_tool_configuration(name))) continue;
      warn(folder.path_of(name), name, {std::begin(layout_files), std::end(layout_files)}, "file");
    }
    for (const auto& [name, inner] : folder.folders) {
      if (is_left_alone(name)) continue;
      if (inner.has_taken())
        report(inner);
      else if (has_something(inner))
        warn(inner.path, name, {std::begin(layout_folders), std::end(layout_folders)}, "folder");
    }
  }

 private:
  static bool has_something(const Folder& folder) {
    return std::any_of(folder.files.begin(), folder.files.end(), [](const auto& entry) { return !is_left_alone(entry.first); }) ||
           std::any_of(folder.folders.begin(), folder.folders.end(),
                       [](const auto& entry) { return !is_left_alone(entry.first) && has_something(entry.second); });
  }

  void warn(std::string_view path, std::string_view name, const std::vector<std::string_view>& known, const std::string& kind) {
    std::string_view near = nearest(name, known);
    if (near == name) near = {};  // right name, wrong place
    diagnostics_.warning(DiagnosticCode::file_ignored,
                         "this " + kind + " is not part of the layout here and was not read" +
                             (near.empty() ? "; move or remove it" : "; did you mean '" + std::string(near) + "'?"),
                         message_path(root_name_, path), {1, 1});
  }

  std::string_view root_name_;
  Diagnostics& diagnostics_;
};

}  // namespace

const ConfigFile* Folder::take(std::string_view name) {
  const auto found = files.find(name);
  if (found == files.end()) return nullptr;
  found->second.is_taken = true;
  return found->second.file;
}

void Folder::take_all() {
  for (auto& [name, file] : files) file.is_taken = true;
  for (auto& [name, folder] : folders) folder.take_all();
}

Folder* Folder::find(std::string_view name) {
  const auto found = folders.find(name);
  return found == folders.end() ? nullptr : &found->second;
}

bool Folder::has_taken() const {
  return std::any_of(files.begin(), files.end(), [](const auto& entry) { return entry.second.is_taken; }) ||
         std::any_of(folders.begin(), folders.end(), [](const auto& entry) { return entry.second.has_taken(); });
}

Folder folder_tree(const std::vector<ConfigFile>& files) {
  Folder root;
  for (const ConfigFile& file : files) {
    Folder* folder = &root;
    std::string_view rest = file.path;
    for (size_t depth = 0; depth < layout_depth_max; ++depth) {
      const size_t slash = rest.find('/');
      if (slash == std::string_view::npos) break;
      Folder& inner = folder->folders[std::string(rest.substr(0, slash))];
      inner.path = folder->path_of(rest.substr(0, slash));
      folder = &inner;
      rest.remove_prefix(slash + 1);
    }
    folder->files.insert({std::string(rest), {&file, false}});
  }
  return root;
}

void report_ignored_files(const Folder& root, std::string_view root_name, Diagnostics& diagnostics) {
  IgnoredReport(root_name, diagnostics).report(root);
}

std::string message_path(std::string_view root_name, std::string_view path) {
  if (root_name.empty()) return std::string(path);
  std::string whole(root_name);
  if (whole.back() != '/') whole += '/';
  return whole.append(path);
}

}  // namespace gatelet
