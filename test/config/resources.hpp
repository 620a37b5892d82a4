// What the tests of the sources of configuration share: a set of resources and its problems, printed.
#pragma once

#include <doctest/doctest.h>

#include <map>

#include "config/resource.hpp"

namespace gatelet {

struct Loaded {
  ResourceSet set;
  Diagnostics diagnostics;

  std::string keys() const {
    std::string lines;
    for (const Resource& resource : set.resources) lines += resource.key + "\n";
    return lines;
  }
  std::string problems() const {
    std::string lines;
    for (const Diagnostic& diagnostic : diagnostics.items()) lines += format(diagnostic) + "\n";
    return lines;
  }
  const Json& value(std::string_view key) const {
    const Resource* resource = set.find(key);
    REQUIRE_MESSAGE(resource, key);
    return resource->value;
  }
};

using Files = std::map<std::string, std::string>;

inline Loaded load_folder(const Files& files, FolderOptions options = {}) {
  Loaded loaded;
  std::vector<ConfigFile> list;
  for (const auto& [path, bytes] : files) list.push_back({path, bytes});
  if (options.root_name.empty()) options.root_name = "store";
  loaded.set = resources_from_folder(list, options, loaded.diagnostics);
  return loaded;
}

inline Files operator+(Files files, const Files& more) {
  for (const auto& [path, bytes] : more) files[path] = bytes;
  return files;
}

}  // namespace gatelet
