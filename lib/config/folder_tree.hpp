// The files of an APIOps folder as a tree that remembers what was read, so that the rest can be reported.
#pragma once

#include <map>

#include "config/resource.hpp"

namespace gatelet {

struct Folder {
  struct File {
    const ConfigFile* file = nullptr;
    bool is_taken = false;
  };

  std::string path;  // relative to the root, which is ""
  std::map<std::string, Folder, std::less<>> folders;
  std::map<std::string, File, std::less<>> files;

  std::string path_of(std::string_view name) const { return path.empty() ? std::string(name) : path + "/" + std::string(name); }
  // The file, or a null pointer; a taken one is not reported.
  const ConfigFile* take(std::string_view name);
  // Everything below is known and has no meaning for a gateway.
  void take_all();
  Folder* find(std::string_view name);
  bool has_taken() const;
};

Folder folder_tree(const std::vector<ConfigFile>& files);

// One file-ignored warning for each file or whole folder that was not read, with the nearest name of the layout. Nothing is said of hidden
// files, README, Markdown, HTML descriptions and the configuration files of publisher and extractor.
void report_ignored_files(const Folder& root, std::string_view root_name, Diagnostics& diagnostics);

// What messages call a path of the tree.
std::string message_path(std::string_view root_name, std::string_view path);

}  // namespace gatelet
