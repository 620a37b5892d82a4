#include "net/files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace gatelet {
namespace {

struct Descriptor {
  explicit Descriptor(int opened) : number(opened) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number >= 0) close(number);
  }
  int number;
};

Error file_error(const std::string& path, std::string what) { return {Code::io, path + ": " + std::move(what), {}, path}; }

std::string too_large(const std::string& path, size_t bytes_max) {
  return path + ": the file is larger than " + std::to_string(bytes_max) + " bytes; split it";
}

// One look at a tree: what stands in a folder, in order of names; nothing that begins with a dot (".git", and "..data" of mounted volumes,
// whose files are linked to beside it).
struct Found {
  std::string path;  // relative to the root, with '/'
  struct stat facts;
};

class TreeWalk {
 public:
  using Report = std::function<void(DiagnosticCode, Severity, std::string message, const std::string& path)>;
  TreeWalk(std::string root, Report report) : root_(std::move(root)), report_(std::move(report)) {}

  // False when the root itself cannot be read; errno says why.
  bool walk() { return walk_folder("", 0); }
  const std::vector<Found>& files() const { return files_; }
  const std::vector<Found>& folders() const { return folders_; }

 private:
  bool walk_folder(const std::string& relative, uint32_t depth) {
    const std::string path = relative.empty() ? root_ : root_ + "/" + relative;
    struct stat facts;
    if (stat(path.c_str(), &facts) != 0) return false;
    const auto is_same = [&](const Found& parent) { return parent.facts.st_dev == facts.st_dev && parent.facts.st_ino == facts.st_ino; };
    if (std::any_of(parents_.begin(), parents_.end(), is_same)) {
      report_(DiagnosticCode::file_unreadable, Severity::error, path + ": the link leads back to a folder above it; remove it", path);
      return true;
    }
    if (depth > folder_depth_max) {
      report_(DiagnosticCode::limit_exceeded, Severity::error,
              path + ": folders are nested deeper than " + std::to_string(folder_depth_max), path);
      return true;
    }
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(path.c_str()), closedir);
    if (!folder) return false;
    std::vector<std::string> names;
    while (const dirent* entry = readdir(folder.get()))
      if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
    std::sort(names.begin(), names.end());

    folders_.push_back({relative, facts});
    parents_.push_back({relative, facts});
    for (const std::string& name : names) visit(relative.empty() ? name : relative + "/" + name, depth);
    parents_.pop_back();
    return true;
  }

  void visit(const std::string& relative, uint32_t depth) {
    const std::string path = root_ + "/" + relative;
    struct stat facts;
    if (stat(path.c_str(), &facts) != 0) {
      report_(DiagnosticCode::file_unreadable, Severity::error, path + ": " + std::strerror(errno), path);
    } else if (S_ISDIR(facts.st_mode)) {
      if (!walk_folder(relative, depth + 1))
        report_(DiagnosticCode::file_unreadable, Severity::error, path + ": " + std::strerror(errno), path);
    } else if (!S_ISREG(facts.st_mode)) {
      report_(DiagnosticCode::file_ignored, Severity::warning, path + ": this is no regular file; it was left out", path);
    } else if (files_.size() >= folder_files_max) {
      if (files_.size() == folder_files_max && !is_full_)
        report_(DiagnosticCode::limit_exceeded, Severity::error,
                path + ": the folder has more than " + std::to_string(folder_files_max) + " files", path);
      is_full_ = true;
    } else {
      files_.push_back({relative, facts});
    }
  }

  std::string root_;
  Report report_;
  std::vector<Found> files_;
  std::vector<Found> folders_;
  std::vector<Found> parents_;
  bool is_full_ = false;
};

uint64_t mixed(uint64_t hash, const Found& found) {
  const uint64_t facts[] = {hash,
                            static_cast<uint64_t>(found.facts.st_dev),
                            static_cast<uint64_t>(found.facts.st_ino),
                            static_cast<uint64_t>(found.facts.st_size),
                            static_cast<uint64_t>(found.facts.st_mtim.tv_sec),
                            static_cast<uint64_t>(found.facts.st_mtim.tv_nsec),
                            siphash({}, found.path)};
  return siphash({}, {reinterpret_cast<const char*>(facts), sizeof facts});
}

}  // namespace

Result<std::string> read_file(const std::string& path, size_t bytes_max) {
  // Not to be kept waiting by a pipe that nobody writes to.
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.number < 0) return file_error(path, std::strerror(errno));
  struct stat facts;
  if (fstat(file.number, &facts) != 0) return file_error(path, std::strerror(errno));
  if (S_ISDIR(facts.st_mode)) return file_error(path, "this is a folder, a file is wanted");
  if (!S_ISREG(facts.st_mode)) return file_error(path, "this is no regular file");
  if (static_cast<uint64_t>(facts.st_size) > bytes_max) return Error{Code::limit, too_large(path, bytes_max), {}, path};
  std::string bytes;
  bytes.resize(static_cast<size_t>(facts.st_size) + 1);  // one more, to see the end, or that it has grown
  size_t size = 0;
  for (;;) {
    const ssize_t count = read(file.number, bytes.data() + size, bytes.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return file_error(path, std::strerror(errno));
    if (count == 0) break;
    size += static_cast<size_t>(count);
    if (size > bytes_max) return Error{Code::limit, too_large(path, bytes_max), {}, path};
    if (size == bytes.size()) bytes.resize(size * 2);
  }
  bytes.resize(size);
  return bytes;
}

static bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(file, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

// The new name must be on the disk as well.
static bool sync_folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const Descriptor opened(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return opened.number >= 0 && (fsync(opened.number) == 0 || errno == EINVAL);  // not every file system can
}

Result<> replace_file(const std::string& path, std::string_view bytes) {
  const std::string fresh = path + ".new";
  {
    const Descriptor file(open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
    if (file.number < 0) return file_error(fresh, std::strerror(errno));
    if (fchmod(file.number, S_IRUSR | S_IWUSR) != 0 || !write_all(file.number, bytes) || fsync(file.number) != 0) {
      const int fault = errno;
      unlink(fresh.c_str());
      return file_error(fresh, std::strerror(fault));
    }
  }
  if (Result<> renamed = rename_file(fresh, path); !renamed) return renamed;
  return sync_folder_of(path) ? Result<>(Done{}) : Result<>(file_error(path, std::strerror(errno)));
}

Result<> rename_file(const std::string& path, const std::string& target) {
  if (rename(path.c_str(), target.c_str()) != 0) return file_error(target, std::strerror(errno));
  return Done{};
}

bool file_exists(const std::string& path) {
  struct stat facts;
  return stat(path.c_str(), &facts) == 0 || errno != ENOENT;
}

Result<std::vector<ConfigFile>> read_folder(const std::string& path, Diagnostics& diagnostics) {
  TreeWalk tree(path, [&](DiagnosticCode code, Severity severity, std::string message, const std::string& file) {
    diagnostics.add({severity, code, std::move(message), file, {}, {}});
  });
  if (!tree.walk()) return file_error(path, std::strerror(errno));
  std::vector<ConfigFile> files;
  size_t total = 0;
  for (const Found& found : tree.files()) {
    const std::string file = path + "/" + found.path;
    auto bytes = read_file(file, config_file_bytes_max);
    if (!bytes) {
      const DiagnosticCode code = bytes.error().code == Code::limit ? DiagnosticCode::limit_exceeded : DiagnosticCode::file_unreadable;
      diagnostics.error(code, bytes.error().message, file);
      continue;
    }
    total += bytes->size();
    if (total > folder_bytes_max)
      return Error{Code::limit, path + ": the files are larger than " + std::to_string(folder_bytes_max) + " bytes together", {}, path};
    files.push_back({found.path, *std::move(bytes)});
  }
  return files;
}

Result<ResourceSet> resources_from_path(const std::string& path, const FolderOptions& options, Diagnostics& diagnostics) {
  struct stat facts;
  if (stat(path.c_str(), &facts) != 0) return file_error(path, std::strerror(errno));
  if (S_ISDIR(facts.st_mode)) {
    FolderOptions folder = options;
    if (folder.root_name.empty()) folder.root_name = path;
    GATELET_TRY(files, read_folder(path, diagnostics));
    return resources_from_folder(files, folder, diagnostics);
  }
  GATELET_TRY(text, read_file(path, config_file_bytes_max));
  return resources_from_document(text, path, diagnostics);
}

uint64_t fingerprint(const std::string& path) {
  struct stat facts;
  if (stat(path.c_str(), &facts) != 0) return 0;
  uint64_t hash = 1;
  if (!S_ISDIR(facts.st_mode)) return mixed(hash, {path, facts}) | 1;
  TreeWalk tree(path, [&](DiagnosticCode, Severity, const std::string&, const std::string& file) { hash = siphash({hash, 0}, file); });
  if (!tree.walk()) return 0;
  for (const Found& found : tree.folders()) hash = mixed(hash, found);
  for (const Found& found : tree.files()) hash = mixed(hash, found);
  return hash | 1;
}

std::optional<std::string> process_environment(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  if (!value) return std::nullopt;
  return value;
}

}  // namespace gatelet
