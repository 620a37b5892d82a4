#include "config/folder_apis.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "config/json_members.hpp"
#include "config/openapi.hpp"

namespace gatelet {

namespace {

// What a revision that is not current takes from the one that is (management.md 2.2 and 4.6).
constexpr std::string_view current_properties[] = {
    "displayName", "type", "description", "subscriptionRequired", "apiVersion", "apiRevisionDescription", "path", "protocols"};
// Of the request that makes an API, not of the API.
constexpr std::string_view create_only_properties[] = {"format", "value", "sourceApiId", "wsdlSelector",
                                                       "translateRequiredQueryParameters"};
constexpr std::string_view specification_files[] = {"specification.yaml",    "specification.yml",  "specification.json",
                                                    "specification.graphql", "specification.wsdl", "specification.wadl"};

std::string root_name_of(std::string_view folder_name) { return std::string(folder_name.substr(0, folder_name.find(";rev="))); }

std::string revision_of(std::string_view folder_name) {
  const size_t at = folder_name.find(";rev=");
  return at == std::string_view::npos ? std::string() : std::string(folder_name.substr(at + 5));
}

std::string last_segment(std::string_view key) { return std::string(key.substr(key.rfind('/') + 1)); }

// Of the current revision, before its file is read in earnest: problems in it shall carry the right scope.
std::string written_revision(const Folder& folder) {
  const auto file = folder.files.find("apiInformation.json");
  if (file == folder.files.end()) return "1";
  const Result<Json> read = Json::parse(file->second.file->bytes);
  const std::string revision = read ? (*read)["properties"]["apiRevision"].scalar_text() : std::string();
  return revision.empty() ? "1" : revision;
}

// Numbers by size, before texts.
bool is_earlier_revision(const Folder* a, const Folder* b) {
  const std::string first = revision_of(name_of(*a)), second = revision_of(name_of(*b));
  const auto x = parse_unsigned(first), y = parse_unsigned(second);
  if (x && y) return *x < *y;
  return x || y ? x.has_value() : first < second;
}

// "apis/echo;rev=1/operations/get-a/policies/policy" → "get-a"
std::string operation_of_policy(std::string_view key) {
  const size_t begin = key.find("/operations/");
  if (begin == std::string_view::npos) return {};
  const std::string_view rest = key.substr(begin + 12);
  return std::string(rest.substr(0, rest.find('/')));
}

// Every {name} of a template that nobody defined counts as a string.
Json with_template_parameters(const Json& properties) {
  const std::string_view url = properties["urlTemplate"].string();
  std::vector<Json> parameters = properties["templateParameters"].items();
  for (size_t open = url.find('{'); open != std::string_view::npos; open = url.find('{', open + 1)) {
    std::string_view name = url.substr(open + 1, url.find('}', open) - open - 1);
    if (name.starts_with("*")) name.remove_prefix(1);
    const bool is_known =
        std::any_of(parameters.begin(), parameters.end(), [&](const Json& parameter) { return parameter["name"].string() == name; });
    if (is_known || name.empty()) continue;
    JsonMembers parameter;
    parameter.add_text("name", name);
    parameter.add_text("type", "string");
    parameter.add("required", Json::from(true));
    parameters.push_back(parameter.object(properties["urlTemplate"].at()));
  }
  if (parameters.empty()) return properties;
  return properties.with("templateParameters", Json::array(std::move(parameters)).placed_at(properties["urlTemplate"].at()));
}

}  // namespace

FolderApis::FolderApis(FolderReader& reader, Folder& root, const std::function<bool(const std::string&)>& served)
    : reader_(reader), served_(served) {
  for (Folder* folder : reader.entries(root, "apis")) {
    const std::string folder_name = name_of(*folder);
    by_folder_name_[folder_name] = folder;
    folders_[root_name_of(folder_name)].push_back(folder);
  }
  for (auto& [name, folders] : folders_) {
    std::sort(folders.begin(), folders.end(), [](const Folder* a, const Folder* b) {
      const bool a_is_current = revision_of(name_of(*a)).empty(), b_is_current = revision_of(name_of(*b)).empty();
      return a_is_current != b_is_current ? a_is_current : is_earlier_revision(a, b);
    });
    names_.push_back(name);
  }
}

void FolderApis::load(std::vector<Resource>& apis, std::vector<Resource>& diagnostics) {
  std::vector<const Loaded*> all;
  for (auto& [name, folders] : folders_) {
    for (Folder* folder : folders) {
      if (served_(name)) {
        all.push_back(loaded(name_of(*folder)));
      } else {
        folder->take_all();
        reader_.overrides().accept("apis/" + name_of(*folder));
      }
    }
  }
  for (const Loaded* api : all) {
    if (api->is_broken) continue;
    apis.push_back(api->api);
    for (const std::vector<Resource>* parts : {&api->schemas, &api->operations, &api->policies})
      apis.insert(apis.end(), parts->begin(), parts->end());
    diagnostics.insert(diagnostics.end(), api->diagnostics.begin(), api->diagnostics.end());
  }
}

const FolderApis::Loaded* FolderApis::loaded(const std::string& folder_name) {
  const auto found = loaded_.find(folder_name);
  if (found != loaded_.end()) return &found->second;
  if (!by_folder_name_.contains(folder_name) || std::count(loading_.begin(), loading_.end(), folder_name) > 0) return nullptr;
  loading_.push_back(folder_name);
  Loaded api;
  load_api(folder_name, api);
  loading_.pop_back();
  return &(loaded_[folder_name] = std::move(api));
}

void FolderApis::load_api(const std::string& folder_name, Loaded& api) {
  Folder& folder = *by_folder_name_[folder_name];
  const std::string path = folder.path_of("apiInformation.json");
  const std::string root_name = root_name_of(folder_name);
  const bool is_current = revision_of(folder_name).empty();
  api.api.key = "apis/" + root_name + ";rev=" + (is_current ? written_revision(folder) : revision_of(folder_name));
  api.api.file = reader_.message_path(path);
  const std::string scope = scope_of_key(api.api.key);
  const std::optional<Json> read = reader_.properties(folder, "apiInformation.json", "apis/" + folder_name, scope);
  api.is_broken = !read;  // the rest is read all the same, to report what is wrong there
  Json properties = read ? *read : Json::object({});
  if (read && !check_revision(folder_name, path, api.api.key, properties)) {
    api.is_broken = true;
    return folder.take_all();
  }
  const Json source_id = properties["sourceApiId"];
  if (!is_current && read) properties = with_current_properties(root_name, properties, path, scope);
  if (trim(properties["serviceUrl"].string()).empty()) properties = properties.without("serviceUrl");
  api.api.value = properties.with("isCurrent", Json::from(is_current).placed_at(properties.at()));

  if (!source_id.is_null()) copy_source(source_id, path, api);
  const std::vector<Resource> copied_operations = api.operations;
  const bool knows_operations = load_specification(folder, api);
  for (std::string_view name : create_only_properties) api.api.value = api.api.value.without(name);
  load_operations(folder, knows_operations, api);
  keep_copied_policies(copied_operations, api);
  load_parts(folder, api);
}

// Sets `apiRevision`, which the key tells; false when the current revision has the same.
bool FolderApis::check_revision(const std::string& folder_name, const std::string& path, const std::string& key, Json& properties) {
  const Json written = properties["apiRevision"];
  const std::string revision = revision_of(key), scope = scope_of_key(key), root_name = root_name_of(folder_name);
  if (!written.is_null() && written.scalar_text() != revision)
    reader_.error(DiagnosticCode::invalid_value,
                  "apiRevision is '" + written.scalar_text() + "', but the folder says ';rev=" + revision + "'; make them equal", path,
                  written.at(), scope);
  properties = properties.with("apiRevision", Json::from(revision).placed_at(written.at() ? written.at() : properties.at()));
  if (folder_name == root_name) return true;
  const Loaded* current = loaded(root_name);
  if (!current || current->is_broken || current->api.key != key) return true;
  reader_.error(DiagnosticCode::duplicate_resource,
                "revision " + revision + " is the current one already, in apis/" + root_name + "; remove one of the folders", path,
                properties["apiRevision"].at());  // without a scope, which would be the current revision's
  return false;
}

Json FolderApis::with_current_properties(const std::string& root_name, const Json& properties, const std::string& path,
                                         const std::string& scope) {
  const Loaded* current = loaded(root_name);
  if (!current) {
    reader_.error(DiagnosticCode::unknown_reference,
                  "there is no folder apis/" + root_name + " for the current revision, whose path and name this one takes; add it", path,
                  properties.at(), scope);
    return properties;
  }
  if (current->is_broken) return properties;
  Json made = properties;
  for (std::string_view name : current_properties) {
    const Json::Member* member = current->api.value.find(name);
    made = member ? made.with(name, member->value.placed_at(properties.at())) : made.without(name);
  }
  return made;
}

// Everything of the source under the key of the copy; the files stay those of the source.
void FolderApis::copy_source(const Json& source_id, const std::string& path, Loaded& api) {
  const std::string_view in_id = name_in_id(source_id.string(), "apis");
  std::string name(in_id.empty() ? source_id.string() : in_id);
  const Loaded* source = loaded(name);
  if (!source) {  // the current revision by its number
    const Loaded* current = loaded(root_name_of(name));
    if (current && !current->is_broken && current->api.key == "apis/" + name) source = current;
  }
  if (!source) {
    reader_.error(DiagnosticCode::unknown_reference,
                  "sourceApiId names '" + name + "', which is not in the folder or copies this API; correct it", path, source_id.at(),
                  scope_of_key(api.api.key));
    return;
  }
  const auto copy = [&](const std::vector<Resource>& from, std::vector<Resource>& to) {
    for (const Resource& resource : from)
      to.push_back({api.api.key + resource.key.substr(source->api.key.size()), resource.value, resource.file});
  };
  copy(source->schemas, api.schemas);
  copy(source->operations, api.operations);
  copy(source->policies, api.policies);
  copy(source->diagnostics, api.diagnostics);
}

// False when the operations are not known: problems that follow from it are not worth telling.
bool FolderApis::load_specification(Folder& folder, Loaded& api) {
  const ConfigFile* used = nullptr;
  for (std::string_view name : specification_files) {
    const ConfigFile* file = folder.take(name);
    if (file && used)
      reader_.warning(DiagnosticCode::file_ignored, "the API has a specification already, " + last_segment(used->path) + "; remove one",
                      file->path, {1, 1}, scope_of_key(api.api.key));
    else if (file)
      used = file;
  }
  if (!used) return true;
  const std::string extension = used->path.substr(used->path.rfind('.') + 1);
  if (extension == "yaml" || extension == "yml" || extension == "json") {
    const size_t before = reader_.diagnostics().error_count();
    import_specification(*used, api);
    return reader_.diagnostics().error_count() == before;
  }
  const std::string kind = extension == "graphql" ? "GraphQL" : extension == "wsdl" ? "WSDL" : "WADL";
  reader_.warning(DiagnosticCode::unsupported_feature,
                  kind + " specifications are not imported; describe the API's operations with OpenAPI or operationInformation.json files",
                  used->path, {1, 1}, scope_of_key(api.api.key));
  return false;
}

void FolderApis::import_specification(const ConfigFile& file, Loaded& api) {
  const std::string scope = scope_of_key(api.api.key);
  api.operations.clear();
  api.schemas.clear();
  const Result<Json> read = file.path.ends_with(".json") ? Json::parse(file.bytes) : Json::parse_yaml(file.bytes);
  if (!read) {
    const DiagnosticCode code = read.error().code == Code::limit ? DiagnosticCode::limit_exceeded : DiagnosticCode::invalid_json;
    return reader_.error(code, read.error().message, file.path, read.error().at, scope);
  }
  const bool as_template = api.api.value["translateRequiredQueryParameters"].string() != "query";
  OpenapiImport made = import_openapi(*read, api.api.key, reader_.message_path(file.path), as_template, reader_.diagnostics());
  api.operations = std::move(made.operations);
  if (!made.schemas.is_null())
    api.schemas.push_back({api.api.key + "/schemas/" + std::string(openapi_schema_name), made.schemas, reader_.message_path(file.path)});
  Json& value = api.api.value;
  for (const auto& [name, text] : {std::pair("displayName", &made.display_name), std::pair("description", &made.description),
                                   std::pair("serviceUrl", &made.service_url)})
    if (!value.has(name) && !text->empty()) value = value.with(name, Json::from(*text).placed_at(value.at()));
}

Resource* FolderApis::find_operation(Loaded& api, const std::string& name) {
  for (Resource& operation : api.operations)
    if (equal_ignoring_case(last_segment(operation.key), name)) return &operation;
  const std::string normalized = normalized_operation_id(name);
  for (Resource& operation : api.operations)
    if (last_segment(operation.key) == normalized) return &operation;
  return nullptr;
}

void FolderApis::load_operations(Folder& folder, bool knows_operations, Loaded& api) {
  const std::string api_path = "apis/" + name_of(folder);
  const std::vector<Folder*> folders = reader_.entries(folder, "operations");
  for (Folder* operation : folders) load_operation_information(*operation, api);
  for (Resource& operation : api.operations)
    operation.value = reader_.overrides().applied(api_path + "/operations/" + last_segment(operation.key), operation.value);
  for (Folder* operation : folders) {
    if (!operation->files.contains("policy.xml")) continue;
    const std::string name = name_of(*operation);
    const Resource* owner = find_operation(api, name);
    if (owner) {
      if (auto policy = reader_.policy(*operation, owner->key, api_path + "/operations/" + name)) {
        std::erase_if(api.policies, [&](const Resource& copied) { return copied.key == policy->key; });
        api.policies.push_back(std::move(*policy));
      }
      continue;
    }
    operation->take("policy.xml");
    if (!knows_operations) continue;
    std::vector<std::string> names;
    for (const Resource& known : api.operations) names.push_back(last_segment(known.key));
    const std::string_view near = nearest(name, {names.begin(), names.end()});
    reader_.error(DiagnosticCode::unknown_reference,
                  "the API has no operation '" + name + "' for this policy; " +
                      (near.empty() ? "rename the folder or describe the operation" : "did you mean '" + std::string(near) + "'?"),
                  operation->path_of("policy.xml"), {1, 1}, scope_of_key(api.api.key));
  }
}

void FolderApis::load_operation_information(Folder& folder, Loaded& api) {
  if (!folder.files.contains("operationInformation.json")) return;
  const std::string name = name_of(folder);
  const std::string path = folder.path_of("operationInformation.json");
  const std::string scope = scope_of_key(api.api.key);
  const std::optional<Json> whole = reader_.document(folder, "operationInformation.json", scope);
  if (!whole) return;
  Json properties = (*whole)["properties"];
  if (!properties.is_object())
    return reader_.error(DiagnosticCode::missing_value, "'properties' is missing; write {\"properties\": {...}}", path, whole->at(), scope);
  for (const char* required : {"method", "urlTemplate"})
    if (properties[required].string().empty())
      return reader_.error(DiagnosticCode::missing_value,
                           "'" + std::string(required) + "' is missing; an operation has a method and a urlTemplate", path, properties.at(),
                           scope);
  properties = properties.with("method", Json::from(upper(properties["method"].string())).placed_at(properties["method"].at()));
  if (properties["displayName"].string().empty()) properties = properties.with("displayName", Json::from(name).placed_at(properties.at()));
  properties = with_template_parameters(properties);
  Resource* replaced = find_operation(api, name);
  if (replaced)
    *replaced = {replaced->key, properties, reader_.message_path(path)};
  else
    api.operations.push_back({api.api.key + "/operations/" + name, properties, reader_.message_path(path)});
}

// Policies of copied operations go with their operation: the one with the same name, else the one with the same method and template.
void FolderApis::keep_copied_policies(const std::vector<Resource>& copied_operations, Loaded& api) {
  std::erase_if(api.policies, [&](Resource& policy) {
    const std::string name = operation_of_policy(policy.key);
    if (name.empty() || find_operation(api, name)) return false;
    const std::string key = api.api.key + "/operations/" + name;
    for (const Resource& old : copied_operations) {
      if (old.key != key) continue;
      for (const Resource& operation : api.operations) {
        if (operation.value["method"] != old.value["method"] || operation.value["urlTemplate"] != old.value["urlTemplate"]) continue;
        policy.key = operation.key + "/policies/policy";
        return false;
      }
    }
    return true;
  });
}

void FolderApis::load_parts(Folder& folder, Loaded& api) {
  const std::string api_path = "apis/" + name_of(folder);
  const std::string scope = scope_of_key(api.api.key);
  const auto replace = [](std::vector<Resource>& resources, Resource made) {
    std::erase_if(resources, [&](const Resource& copied) { return equal_ignoring_case(copied.key, made.key); });
    resources.push_back(std::move(made));
  };
  if (auto policy = reader_.policy(folder, api.api.key, api_path)) {
    std::erase_if(api.policies, [&](const Resource& copied) { return copied.key == policy->key; });
    api.policies.insert(api.policies.begin(), std::move(*policy));
  }
  for (Folder* schema : reader_.entries(folder, "schemas"))
    if (auto properties = reader_.properties(*schema, "apiSchemaInformation.json", api_path + "/schemas/" + name_of(*schema), scope))
      replace(api.schemas, {api.api.key + "/schemas/" + name_of(*schema), *properties,
                            reader_.message_path(schema->path_of("apiSchemaInformation.json"))});
  for (Folder* diagnostic : reader_.entries(folder, "diagnostics"))
    if (auto properties =
            reader_.properties(*diagnostic, "diagnosticInformation.json", api_path + "/diagnostics/" + name_of(*diagnostic), scope))
      replace(api.diagnostics, {api.api.key + "/diagnostics/" + name_of(*diagnostic), *properties,
                                reader_.message_path(diagnostic->path_of("diagnosticInformation.json"))});
  // Releases tell history; which revision is current, the folders tell.
  for (Folder* release : reader_.entries(folder, "releases"))
    reader_.properties(*release, "apiReleaseInformation.json", api_path + "/releases/" + name_of(*release), scope);
}

}  // namespace gatelet
