#include "net/backup_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <utility>
#include <vector>

namespace gatelet {
namespace backup_files {

constexpr int gateways_max = 16;  // of one folder
constexpr const char* lock_name = "lock";
constexpr const char* instance_name = "instance";
constexpr size_t uuid_bytes = 36;
constexpr size_t room_at_first_bytes = 4096;

void close_descriptor(int& number) {
  if (number >= 0) close(number);
  number = -1;
}

int open_folder(int base, const std::string& name) {
  return openat(base, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | (base == AT_FDCWD ? 0 : O_NOFOLLOW));
}

int64_t newest_of(int folder) {
  int64_t newest = 0;
  for (const std::string_view slot : BackupMachine::slots) {
    struct stat facts;
    if (fstatat(folder, std::string(slot).c_str(), &facts, AT_SYMLINK_NOFOLLOW) == 0)
      newest = std::max<int64_t>(newest, facts.st_mtim.tv_sec * 1'000'000'000ll + facts.st_mtim.tv_nsec);
  }
  return newest;
}

// Group rights are what volumes of Kubernetes get when they are mounted (fsGroup); others have none.
const char* why_not_own(const struct stat& facts) {
  if (!S_ISREG(facts.st_mode)) return "it is no regular file";
  if (facts.st_uid != geteuid()) return "it belongs to another user";
  if (facts.st_nlink != 1) return "it has a second name";
  if ((facts.st_mode & S_IRWXO) != 0) return "others may read or write it; chmod 600";
  return nullptr;
}

bool is_uuid(std::string_view text) {
  return text.size() == uuid_bytes &&
         std::ranges::all_of(text, [](char c) { return c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace backup_files

using namespace backup_files;

BackupFolder::~BackupFolder() {
  close_descriptor(fresh_);
  close_descriptor(lock_);
  close_descriptor(folder_);
}

Error BackupFolder::error_of(const std::string& name, int error) const {
  const std::string path = name.empty() ? path_ : path_ + "/" + name;
  return {Code::io, path + ": " + std::strerror(error), {}, path};
}

// The one with the newest backup that nobody has: gateways that take turns, as in a rolling update, go on with the newest of all.
Result<> BackupFolder::open() {
  if (folder_ >= 0) return Done{};
  path_ = root_;
  if (mkdir(root_.c_str(), S_IRWXU) != 0 && errno != EEXIST && errno != EROFS && errno != EACCES) return error_of({}, errno);
  const int root = open_folder(AT_FDCWD, root_);
  if (root < 0) return error_of({}, errno);
  std::vector<Candidate> candidates{{root_, root, newest_of(root)}};
  std::string next_name;
  for (int i = 2; i <= gateways_max; ++i) {
    const std::string name = "gateway-" + std::to_string(i);
    const int number = open_folder(root, name);
    if (number >= 0)
      candidates.push_back({root_ + "/" + name, number, newest_of(number)});
    else if (errno == ENOENT && next_name.empty())
      next_name = name;
  }
  std::ranges::stable_sort(candidates, std::greater(), &Candidate::newest_ns);
  Result<bool> taken = false;
  for (Candidate& candidate : candidates)
    if (taken && !*taken) taken = take(candidate);
  if (taken && !*taken && !next_name.empty() && mkdirat(root, next_name.c_str(), S_IRWXU) == 0) {
    candidates.push_back({root_ + "/" + next_name, open_folder(root, next_name), 0});
    taken = take(candidates.back());
  }
  for (Candidate& candidate : candidates) close_descriptor(candidate.number);
  if (!taken) return std::move(taken.error());
  if (!*taken)
    return Error{Code::io, root_ + ": other gateways have locked all of its places; give this one a folder of its own", {}, root_};
  return Done{};
}

// Where nothing can be written nothing needs a lock.
Result<bool> BackupFolder::take(Candidate& candidate) {
  path_ = candidate.path;
  struct stat facts;
  if (candidate.number < 0 || fstat(candidate.number, &facts) != 0) return error_of({}, errno);
  if ((facts.st_mode & S_IWOTH) != 0) return Error{Code::io, path_ + ": others may write into the folder; chmod 700", {}, path_};
  lock_ = openat(candidate.number, lock_name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, S_IRUSR | S_IWUSR);
  if (lock_ < 0 && errno != EROFS && errno != EACCES) return error_of(lock_name, errno);
  if (lock_ >= 0 && flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    close_descriptor(lock_);
    return error == EWOULDBLOCK ? Result<bool>(false) : Result<bool>(error_of(lock_name, error));
  }
  folder_ = std::exchange(candidate.number, -1);
  return true;
}

Result<std::string> BackupFolder::perform(const FileAction& action) {
  if (Result<> opened = open(); !opened) return std::move(opened.error());
  const std::string name(action.name), target(action.target);
  switch (action.kind) {
    case FileAction::Kind::read: return read(name, backup_bytes_max);
    case FileAction::Kind::write:
      if (Result<> written = write(name, *action.bytes); !written) return std::move(written.error());
      break;
    case FileAction::Kind::sync: {
      const int result = fsync(fresh_);
      const int error = errno;
      close_descriptor(fresh_);
      if (result != 0) return error_of(name, error);
      break;
    }
    case FileAction::Kind::rename:
      if (renameat(folder_, name.c_str(), folder_, target.c_str()) != 0) return error_of(target, errno);
      break;
    case FileAction::Kind::sync_folder:
      if (fsync(folder_) != 0 && errno != EINVAL) return error_of({}, errno);  // not every file system can
      break;
  }
  return std::string();
}

Result<std::string> BackupFolder::read(const std::string& name, size_t bytes_max) {
  // Not blocking: a pipe in the place of a file would wait for its writer.
  int file = openat(folder_, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file < 0) return errno == ENOENT ? Result<std::string>(std::string()) : Result<std::string>(error_of(name, errno));
  struct Closer {
    int& number;
    ~Closer() { close_descriptor(number); }
  } closer{file};
  struct stat facts;
  if (fstat(file, &facts) != 0) return error_of(name, errno);
  if (const char* why = why_not_own(facts)) return Error{Code::io, path_ + "/" + name + ": " + why, {}, path_ + "/" + name};
  std::string bytes;
  for (size_t size = 0;;) {
    if (size > bytes_max) return Error{Code::limit, path_ + "/" + name + ": it is larger than a backup can be", {}, path_ + "/" + name};
    if (size == bytes.size())
      bytes.resize(std::max(static_cast<size_t>(std::clamp<int64_t>(facts.st_size, 0, static_cast<int64_t>(bytes_max))) + 1,
                            size + room_at_first_bytes));
    const ssize_t count = ::read(file, bytes.data() + size, bytes.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return error_of(name, errno);
    size += static_cast<size_t>(count);
    if (count != 0) continue;
    bytes.resize(size);
    return bytes;
  }
}

Result<> BackupFolder::write(const std::string& name, std::string_view bytes) {
  close_descriptor(fresh_);
  if (unlinkat(folder_, name.c_str(), 0) != 0 && errno != ENOENT) return error_of(name, errno);
  fresh_ = openat(folder_, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
  if (fresh_ < 0) return error_of(name, errno);
  while (!bytes.empty()) {
    const ssize_t count = ::write(fresh_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int error = errno;
      close_descriptor(fresh_);
      unlinkat(folder_, name.c_str(), 0);  // a full disk gets its room back
      return error_of(name, error);
    }
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return Done{};
}

// It says which of several replicas reports; where it cannot be kept a new one does as well.
std::string BackupFolder::instance(std::string fresh) {
  if (!open()) return fresh;
  const Result<std::string> known = read(instance_name, uuid_bytes + 1);
  if (known && is_uuid(known->substr(0, uuid_bytes))) return known->substr(0, uuid_bytes);
  if (write(instance_name, fresh)) close_descriptor(fresh_);
  return fresh;
}

}  // namespace gatelet
