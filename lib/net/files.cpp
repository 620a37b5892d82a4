#include "net/files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace gatelet {

namespace {

constexpr int folder_depth_max = 32;          // of the tree of a configuration; links that lead in a circle end here
constexpr size_t folder_files_max = 200'000;  // of the tree

Error io_error(const std::string& path, const std::string& what) {
  return {Code::io, what + ": " + std::strerror(errno), {}, path};
}

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  int get() const { return value_; }

 private:
  int value_;
};

bool is_yaml(std::string_view path) { return path.ends_with(".yaml") || path.ends_with(".yml"); }

// The names of a folder, sorted; hidden ones are nobody's configuration.
Result<std::vector<std::string>> names_of(const std::string& path) {
  DIR* folder = ::opendir(path.c_str());
  if (!folder) return io_error(path, "the folder cannot be read");
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(folder))
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  ::closedir(folder);
  std::sort(names.begin(), names.end());
  return names;
}

// Calls `visit(relative path, status)` for every regular file below `root`, in order; `problem` for what cannot be looked at.
template <class Visit, class Problem>
void walk(const std::string& root, const std::string& relative, int depth, const Visit& visit, const Problem& problem) {
  const std::string path = relative.empty() ? root : root + "/" + relative;
  if (depth > folder_depth_max) return problem(path, "the folders are nested more than 32 deep: a link may lead in a circle");
  auto names = names_of(path);
  if (!names) return problem(path, names.error().message);
  for (const std::string& name : *names) {
    const std::string inner = relative.empty() ? name : relative + "/" + name;
    struct stat status {};
    if (::stat((root + "/" + inner).c_str(), &status) != 0) {
      problem(root + "/" + inner, std::string("cannot be read: ") + std::strerror(errno));
    } else if (S_ISDIR(status.st_mode)) {
      walk(root, inner, depth + 1, visit, problem);
    } else if (S_ISREG(status.st_mode)) {
      visit(inner, status);
    }
  }
}

uint64_t mixed(uint64_t seed, std::string_view name, const struct stat& status) {
  const int64_t facts[] = {static_cast<int64_t>(status.st_size), static_cast<int64_t>(status.st_ino), static_cast<int64_t>(status.st_dev),
                           static_cast<int64_t>(status.st_mtim.tv_sec), static_cast<int64_t>(status.st_mtim.tv_nsec)};
  const uint64_t named = siphash({seed, 0x6761'7465'6c65'7400}, name);
  return siphash({named, seed}, {reinterpret_cast<const char*>(facts), sizeof facts});
}

}  // namespace

Result<std::string> read_file(const std::string& path, size_t bytes_max) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return io_error(path, "cannot be read");
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return io_error(path, "cannot be read");
  if (!S_ISREG(status.st_mode)) return Error{Code::io, "is not a regular file", {}, path};
  std::string bytes;
  bytes.reserve(static_cast<size_t>(std::min<uint64_t>(static_cast<uint64_t>(status.st_size), bytes_max)) + 1);
  char buffer[65536];
  for (;;) {
    const ssize_t got = ::read(file.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io_error(path, "cannot be read");
    if (got == 0) return bytes;
    bytes.append(buffer, static_cast<size_t>(got));
    if (bytes.size() > bytes_max) return Error{Code::limit, "is larger than " + std::to_string(bytes_max) + " bytes", {}, path};
  }
}

Result<std::vector<ConfigFile>> read_folder(const std::string& path, Diagnostics& diagnostics) {
  if (auto names = names_of(path); !names) return std::move(names.error());
  std::vector<ConfigFile> files;
  const auto problem = [&](const std::string& where, const std::string& what) { diagnostics.error(DiagnosticCode::file_unreadable, what, where); };
  walk(path, "", 0, [&](const std::string& relative, const struct stat&) {
    if (files.size() >= folder_files_max) return;
    auto bytes = read_file(path + "/" + relative, config_file_bytes_max);
    if (!bytes) return problem(path + "/" + relative, bytes.error().message);
    files.push_back({relative, std::move(*bytes)});
  }, problem);
  if (files.size() >= folder_files_max) problem(path, "more than 200000 files: this is not a folder of a configuration");
  return files;
}

Result<ResourceSet> resources_from_path(const std::string& path, const FolderOptions& options, Diagnostics& diagnostics) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return io_error(path, "cannot be read");
  if (!S_ISDIR(status.st_mode)) {
    if (!path.ends_with(".json") && !is_yaml(path))
      return Error{Code::argument, "is neither a folder nor a .json, .yaml or .yml document", {}, path};
    GATELET_TRY(text, read_file(path, config_file_bytes_max));
    return resources_from_document(text, path, diagnostics);
  }
  GATELET_TRY(files, read_folder(path, diagnostics));
  return resources_from_folder(files, options, diagnostics);
}

uint64_t fingerprint(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return 0;
  uint64_t sum = mixed(1, "", status);
  if (S_ISDIR(status.st_mode)) {
    walk(path, "", 0, [&](const std::string& relative, const struct stat& file) { sum = mixed(sum, relative, file); },
         [&](const std::string& where, const std::string&) { sum = siphash({sum, 2}, where); });
  }
  return sum ? sum : 1;
}

std::optional<std::string> process_environment(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  if (!value) return std::nullopt;
  return std::string(value);
}

}  // namespace gatelet
