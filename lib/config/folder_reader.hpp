// Reading single files of an APIOps folder: information files with overrides and placeholders, policies, links.
#pragma once

#include "config/folder_tree.hpp"
#include "config/overrides.hpp"

namespace gatelet {

class FolderReader {
 public:
  FolderReader(const FolderOptions& options, Overrides& overrides, Diagnostics& diagnostics)
      : options_(options), overrides_(overrides), diagnostics_(diagnostics) {}

  std::string message_path(std::string_view path) const { return gatelet::message_path(options_.root_name, path); }
  void error(DiagnosticCode code, std::string message, const std::string& path, SourcePos at, const std::string& scope = {});
  void warning(DiagnosticCode code, std::string message, const std::string& path, SourcePos at, const std::string& scope = {});
  Diagnostics& diagnostics() { return diagnostics_; }
  Overrides& overrides() { return overrides_; }

  // The document of a file that must be an object; none when it is absent (no error) or broken (errors).
  std::optional<Json> document(Folder& folder, std::string_view file_name, const std::string& scope);
  // Its `properties` with the overrides of `path`; an absent file is an error, too.
  std::optional<Json> properties(Folder& folder, std::string_view file_name, std::string_view path, const std::string& scope);
  // The resource "<key>/policies/policy" of policy.xml, if there is one. `path` is that of its owner in the overrides.
  std::optional<Resource> policy(Folder& folder, const std::string& key, const std::string& path);
  // The folders in `collection` of the root, without those whose names APIM refuses or that differ from an earlier one by case only.
  std::vector<Folder*> entries(Folder& root, std::string_view collection);

 private:
  const FolderOptions& options_;
  Overrides& overrides_;
  Diagnostics& diagnostics_;
};

// The last part of a path.
std::string name_of(const Folder& folder);
std::string_view without_byte_order_mark(std::string_view text);

}  // namespace gatelet
