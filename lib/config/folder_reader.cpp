#include "config/folder_reader.hpp"

#include <set>

#include "base/text.hpp"
#include "config/json_members.hpp"

namespace gatelet {

std::string name_of(const Folder& folder) { return folder.path.substr(folder.path.rfind('/') + 1); }

std::string_view without_byte_order_mark(std::string_view text) { return text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text; }

void FolderReader::error(DiagnosticCode code, std::string message, const std::string& path, SourcePos at, const std::string& scope) {
  diagnostics_.error(code, std::move(message), message_path(path), at, scope);
}

void FolderReader::warning(DiagnosticCode code, std::string message, const std::string& path, SourcePos at, const std::string& scope) {
  diagnostics_.warning(code, std::move(message), message_path(path), at, scope);
}

std::optional<Json> FolderReader::document(Folder& folder, std::string_view file_name, const std::string& scope) {
  const ConfigFile* file = folder.take(file_name);
  if (!file) return std::nullopt;
  const Result<Json> read = Json::parse(file->bytes);
  if (!read) {
    const DiagnosticCode code = read.error().code == Code::limit ? DiagnosticCode::limit_exceeded : DiagnosticCode::invalid_json;
    error(code, read.error().message + placeholder_hint(file->bytes), file->path, read.error().at, scope);
    return std::nullopt;
  }
  if (!read->is_object()) {
    error(DiagnosticCode::invalid_value, "an information file is an object; write {\"properties\": {...}}", file->path, read->at(), scope);
    return std::nullopt;
  }
  return with_placeholders_replaced(*read, options_.environment, message_path(file->path), scope, diagnostics_);
}

std::optional<Json> FolderReader::properties(Folder& folder, std::string_view file_name, std::string_view path, const std::string& scope) {
  const std::string file_path = folder.path_of(file_name);
  if (!folder.files.contains(file_name)) {
    error(DiagnosticCode::missing_value, "the file is missing; write {\"properties\": {...}} or remove its folder", file_path, {1, 1},
          scope);
    overrides_.accept(path);
    return std::nullopt;
  }
  const std::optional<Json> whole = document(folder, file_name, scope);
  if (!whole) return overrides_.accept(path), std::nullopt;
  const Json& properties = (*whole)["properties"];
  if (!properties.is_object()) {
    const bool is_absent = properties.is_null();
    error(is_absent ? DiagnosticCode::missing_value : DiagnosticCode::invalid_value,
          is_absent ? "'properties' is missing; write {\"properties\": {...}}" : "'properties' must be an object", file_path,
          properties.at() ? properties.at() : whole->at(), scope);
    return overrides_.accept(path), std::nullopt;
  }
  return overrides_.applied(path, properties);
}

std::optional<Resource> FolderReader::policy(Folder& folder, const std::string& key, const std::string& path) {
  const ConfigFile* file = folder.take("policy.xml");
  if (!file) return std::nullopt;
  const std::string own_path = path.empty() ? "policies/policy" : path + "/policies/policy";
  const Json text = Json::object({{"value", Json::from(without_byte_order_mark(file->bytes)), {}}, {"format", Json::from("rawxml"), {}}});
  Resource made{key.empty() ? "policies/policy" : key + "/policies/policy", overrides_.applied(own_path, text), message_path(file->path)};
  if (overrides_.replaces(own_path, "value")) made.file = made.key;  // the text is not the file's
  return made;
}

std::vector<Folder*> FolderReader::entries(Folder& root, std::string_view collection) {
  std::vector<Folder*> entries;
  Folder* folder = root.find(collection);
  if (!folder) return entries;
  std::set<std::string> names;
  for (auto& [name, entry] : folder->folders) {
    if (name.starts_with(".")) continue;
    if (collection != "operations" && name.find_first_of("*#&+:<>?") != std::string::npos) {
      error(DiagnosticCode::invalid_value, "a name must not contain any of * # & + : < > ?; rename the folder", entry.path, {1, 1});
      entry.take_all();
    } else if (!names.insert(lower(name)).second) {
      error(DiagnosticCode::duplicate_resource,
            "another folder has this name in other letters, and APIM ignores case; rename or remove one", entry.path, {1, 1});
      entry.take_all();
    } else {
      entries.push_back(&entry);
    }
  }
  return entries;
}

}  // namespace gatelet
