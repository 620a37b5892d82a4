// Files: reading a configuration from disk, keeping state on it. Rooms below get bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/diagnostics.hpp"
#include "config/resource.hpp"

namespace gatelet {

Result<std::string> read_file(const std::string& path, size_t bytes_max);
// All files below a folder, sorted by path; links are followed, loops and oversized files reported.
Result<std::vector<ConfigFile>> read_folder(const std::string& path, Diagnostics& diagnostics);
// An APIOps folder, or a resource document by its extension (.json, .yaml, .yml).
Result<ResourceSet> resources_from_path(const std::string& path, const FolderOptions& options, Diagnostics& diagnostics);
// Changes when anything below the path changed: names, sizes, times, inodes. 0: the path cannot be read.
uint64_t fingerprint(const std::string& path);
// Puts a new file in the place of an old one, for the owner alone (0600) and whole: whoever opens the path, also after a crash, finds one
// of the two. Writes "PATH.new" beside it.
Result<> replace_file(const std::string& path, std::string_view bytes);
Result<> rename_file(const std::string& path, const std::string& target);
// Only what is certainly not there does not exist.
bool file_exists(const std::string& path);
// A variable of the process, for `{#token#}` placeholders.
std::optional<std::string> process_environment(std::string_view name);

}  // namespace gatelet
