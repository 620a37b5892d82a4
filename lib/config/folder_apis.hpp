// The APIs of an APIOps folder: revisions, specifications, operations, policies.
#pragma once

#include <memory>

#include "config/folder_reader.hpp"

namespace gatelet {

class FolderApis {
 public:
  // `served` says whether an API (by its name without revision) is to be read at all.
  FolderApis(FolderReader& reader, Folder& root, const std::function<bool(const std::string&)>& served);

  // Every API in order, the current revision before the others; their diagnostics come last in the set and so apart.
  void load(std::vector<Resource>& apis, std::vector<Resource>& diagnostics);
  // Names without revision of all APIs there are, also of those that are not served.
  const std::vector<std::string>& names() const { return names_; }

 private:
  struct Loaded {
    bool is_broken = false;  // not to be taken over
    Resource api;
    std::vector<Resource> schemas, operations, policies, diagnostics;
  };

  const Loaded* loaded(const std::string& folder_name);
  void load_api(const std::string& folder_name, Loaded& api);
  bool check_revision(const std::string& folder_name, const std::string& path, const std::string& key, Json& properties);
  Json with_current_properties(const std::string& root_name, const Json& properties, const std::string& path, const std::string& scope);
  void copy_source(const Json& source_id, const std::string& path, Loaded& api);
  bool load_specification(Folder& folder, Loaded& api);
  void import_specification(const ConfigFile& file, Loaded& api);
  void load_operations(Folder& folder, bool knows_operations, Loaded& api);
  Resource* find_operation(Loaded& api, const std::string& name);
  void load_operation_information(Folder& folder, Loaded& api);
  void keep_copied_policies(const std::vector<Resource>& copied_operations, Loaded& api);
  void load_parts(Folder& folder, Loaded& api);

  FolderReader& reader_;
  std::map<std::string, std::vector<Folder*>> folders_;  // by name without revision, the current one first
  std::map<std::string, Folder*> by_folder_name_;
  std::map<std::string, Loaded> loaded_;  // by folder name
  std::vector<std::string> loading_;      // to find circles of sourceApiId
  std::vector<std::string> names_;
  std::function<bool(const std::string&)> served_;
};

}  // namespace gatelet
