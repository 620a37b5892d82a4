// A folder on a disk that may fail, and forgets on a crash what it was not forced to keep: bytes that were not synced become anything,
// changes of the folder that were not synced took place or did not, each by itself.
#pragma once

#include <map>
#include <memory>

#include "config/sync/backup_machine.hpp"
#include "world.hpp"

namespace gatelet::sim {

class Disk {
 public:
  bool fails_writes = false, fails_syncs = false, fails_renames = false, fails_reads = false;

  Result<std::string> act(const FileAction& action, Chance& chance) {
    const std::string name(action.name);
    const Error failure{Code::io, "the disk fails", {}, {}};
    switch (action.kind) {
      case FileAction::Kind::read:
        if (fails_reads) return failure;
        return files_.contains(name) ? files_[name]->bytes : std::string();
      case FileAction::Kind::write: {
        auto file = std::make_shared<File>();
        file->bytes = fails_writes ? action.bytes->substr(0, chance.below(action.bytes->size())) : *action.bytes;
        change({{name, file}});
        return fails_writes ? Result<std::string>(failure) : Result<std::string>(std::string());
      }
      case FileAction::Kind::sync:
        if (fails_syncs || !files_.contains(name)) return failure;
        files_[name]->is_synced = true;
        return std::string();
      case FileAction::Kind::rename:
        if (fails_renames || !files_.contains(name)) return failure;
        change({{std::string(action.target), files_[name]}, {name, nullptr}});
        return std::string();
      case FileAction::Kind::sync_folder: break;
    }
    if (fails_syncs) return failure;
    kept_ = files_;
    changes_.clear();
    return std::string();
  }

  void crash(Chance& chance) {
    files_ = kept_;
    for (const Change& made : changes_)
      if (chance.once_in(2)) make(made);
    changes_.clear();
    for (auto& [name, file] : files_) {
      auto after = std::make_shared<File>(*file);
      if (!file->is_synced) forget(after->bytes, chance);
      after->is_synced = true;
      file = after;
    }
    kept_ = files_;
  }

  // What a bad sector does.
  void rot(Chance& chance) {
    for (auto& [name, file] : files_)
      if (!file->bytes.empty() && chance.once_in(2)) {
        file = std::make_shared<File>(*file);
        file->bytes[chance.below(file->bytes.size())] ^= 0x20;
      }
    kept_ = files_;
  }

  std::string bytes(std::string_view name) const {
    const auto found = files_.find(std::string(name));
    return found == files_.end() ? std::string() : found->second->bytes;
  }

 private:
  struct File {
    std::string bytes;
    bool is_synced = false;
  };
  using Change = std::vector<std::pair<std::string, std::shared_ptr<File>>>;

  void make(const Change& made) {
    for (const auto& [name, file] : made)
      if (file)
        files_[name] = file;
      else
        files_.erase(name);
  }
  void change(Change made) {
    make(made);
    changes_.push_back(std::move(made));
  }
  static void forget(std::string& bytes, Chance& chance) {
    if (chance.once_in(3)) return;  // it happened to be written
    bytes.resize(chance.below(bytes.size() + 1));
    if (!bytes.empty() && chance.once_in(2)) bytes[chance.below(bytes.size())] = '\0';
  }

  std::map<std::string, std::shared_ptr<File>> files_, kept_;
  std::vector<Change> changes_;
};

}  // namespace gatelet::sim
