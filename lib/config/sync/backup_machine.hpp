// BackupMachine: keeps the configuration in force in two files, the newest and the one before, so that the gateway starts without its
// management plane. Each generation is written beside the older file, forced to the disk and renamed over it: the newest complete one is
// never touched. Pure: the host does what is asked with files of one folder, one thing at a time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "config/sync/backup_file.hpp"
#include "config/sync/limits.hpp"

namespace gatelet {

// What the host does with a file of its folder. Files are the gateway's alone (0600), and no links are followed; what is read is refused
// when it is no regular file of the gateway's own user (reliability.md A-98).
struct FileAction {
  enum class Kind : uint8_t {
    read,         // all of the file, at most backup_bytes_max; one that is not there is empty
    write,        // a new file with these bytes; an old one of the name goes
    sync,         // the file's bytes to the disk
    rename,       // over `target`
    sync_folder,  // the folder's entries to the disk
  };
  Kind kind = Kind::read;
  std::string_view name;
  std::string_view target;
  std::shared_ptr<const std::string> bytes;
};

class BackupMachine {
 public:
  static constexpr std::array<std::string_view, 2> slots = {"config-a.backup", "config-b.backup"};
  static constexpr std::string_view unfinished = "config.backup.new";

  // `log` may be null. Reads the two files first.
  BackupMachine(std::string gateway, std::string key, LogSink* log);

  // What is to be done, if anything is; then done() follows.
  std::optional<FileAction> next(Instant now);
  uint64_t due_us() const;
  void done(Result<std::string> result, Instant now);

  // Until both files were looked at once. One that could not be read is tried again later.
  bool is_loading() const { return is_loading_; }
  // Once the files were looked at: the newest generation that is whole, once; then, when that one could not be used, the one before.
  std::optional<Backup> take_loaded();
  bool has_loaded() const { return !is_loading_ && step_ != Step::read && !loaded_.empty(); }
  void forget_loaded() { loaded_.clear(); }
  // Bytes of write_backup(), the newest; an older one that is still waiting is left out.
  void save(std::shared_ptr<const std::string> bytes, Instant now);

  uint64_t failures() const { return failures_; }
  uint64_t written() const { return written_; }

 private:
  enum class Step : uint8_t { idle, read, write, sync, rename, sync_folder };
  void begin();
  void number_newest();
  void looked_at(const Result<std::string>& result, Instant now);
  void load(const Result<std::string>& result);
  void wrote(Instant now);
  void failed(const std::string& why, Instant now);
  void log(LogLevel level, std::string_view event, const std::string& message) const;
  bool is_known() const { return is_known_[0] && is_known_[1]; }

  std::string gateway_, key_;
  LogSink* log_;
  Step step_ = Step::idle;
  bool is_doing_ = false;
  bool is_loading_ = true;
  size_t slot_ = 0;                            // that is read or written
  std::array<bool, 2> is_known_{};             // what is in the slot
  std::array<uint64_t, 2> generations_{};      // in the slots; 0: nothing that can be used
  std::vector<Backup> loaded_;                 // newest last
  std::shared_ptr<const std::string> newest_;  // what should be on the disk
  uint64_t newest_generation_ = 0;             // 0: it is not on the disk yet
  std::shared_ptr<const std::string> writing_;
  bool is_behind_ = false;
  uint64_t due_us_ = 0;
  size_t failures_in_a_row_ = 0;
  uint64_t failures_ = 0;
  uint64_t written_ = 0;
};

}  // namespace gatelet
