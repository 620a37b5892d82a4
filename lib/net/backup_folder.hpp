// BackupFolder: the files that a gateway starts from when its management plane is away. One gateway a folder: who finds it locked takes
// "gateway-2" and so on below it. Nothing here follows a link, and what is not the gateway's own file is refused (reliability.md A-98).
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "config/sync/backup_machine.hpp"

namespace gatelet {

// Not from a loop: a disk may take its time. One thread at a time.
class BackupFolder {
 public:
  // Nothing is opened yet; the folder may come later.
  explicit BackupFolder(std::string path) : root_(std::move(path)) {}
  ~BackupFolder();
  BackupFolder(const BackupFolder&) = delete;
  BackupFolder& operator=(const BackupFolder&) = delete;

  // Opens and locks the folder, which is made where only its last part is missing.
  Result<> open();
  // The one that is locked.
  const std::string& path() const { return path_; }
  // A text that is empty where the action brings no bytes.
  Result<std::string> perform(const FileAction& action);
  // The UUID that the gateway of this folder goes by; `fresh` becomes it where there is none.
  std::string instance(std::string fresh);

 private:
  struct Candidate {
    std::string path;
    int number = -1;
    int64_t newest_ns = 0;
  };
  Result<bool> take(Candidate& candidate);
  Result<std::string> read(const std::string& name, size_t bytes_max);
  Result<> write(const std::string& name, std::string_view bytes);
  Error error_of(const std::string& name, int error) const;

  const std::string root_;
  std::string path_;
  int folder_ = -1;
  int lock_ = -1;
  int fresh_ = -1;  // what was written and not yet forced to the disk
};

}  // namespace gatelet
