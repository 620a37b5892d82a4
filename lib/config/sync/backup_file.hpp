// The backup of a configuration as bytes of a file: magic, format, generation, SHA-256, and optionally sealed with AES-256-GCM. What is
// truncated, changed, of another key or of a newer format is refused; older formats are read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace gatelet {

struct BackupContent {
  std::string gateway;
  std::string service_id;
  uint64_t epoch = 0;
  uint64_t revision = 0;
  std::string etag;       // without quotes
  std::string signature;  // of the document: it is checked again when it is loaded
  int64_t created_ms = 0;
  std::string document;  // a snapshot of GSP/1
  std::string held;      // {"resources":[…]}: what serves from before, in the place of what does not compile; empty: nothing
};

struct BackupStamp {
  int64_t created_ms = 0;
  std::string nonce;  // 12 fresh random bytes, when it is to be sealed
};

struct Backup {
  uint64_t generation = 0;
  BackupContent content;
};

inline constexpr uint32_t backup_format = 2;  // 1 had nothing held

// `key` has 32 bytes, or none: not sealed. It has no generation yet.
std::string write_backup(const BackupContent& content, const BackupStamp& stamp, std::string_view key);
// The same as one of several files: the highest generation, from 1, is the newest.
std::string with_generation(std::string backup, uint64_t generation);
// With a key only what it sealed is read: otherwise anyone who can write the folder could give a configuration.
Result<Backup> read_backup(std::string_view bytes, std::string_view key);
// Without a look at the rest. 0: it has none, or this is no backup.
uint64_t backup_generation(std::string_view bytes);

}  // namespace gatelet
