// Applying what was delivered, or what a backup holds: checks it, puts together what is to be served, and builds the configuration. Takes
// as long as the configuration is large: not on an event loop. Pure, and of any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/build.hpp"
#include "config/sync/backup_file.hpp"
#include "config/sync/delivery.hpp"
#include "config/sync/signature.hpp"

namespace gatelet {

struct ApplyOptions {
  std::string gateway;
  SignatureMode signature = SignatureMode::off;
  std::vector<PinnedKey> keys;
  BuildOptions build;
  size_t body_bytes_max = sync_body_bytes_max;
  bool makes_backups = false;
  std::string backup_key;  // 32 bytes; empty: backups are not sealed
};

// A part of the configuration that is not served as it was delivered.
struct SyncProblem {
  std::string key;  // "apis/echo;rev=1/policies/policy"
  std::string code;
  std::string message;
};

// A configuration that can be put in force. Immutable.
struct SyncedConfig {
  std::shared_ptr<const DeliveredSet> delivered;
  // What it was built from: the delivered, but for parts that do not compile and had a version that did.
  std::shared_ptr<const DeliveredResources> effective;
  std::shared_ptr<const Config> config;
  std::string etag;                   // without quotes
  std::vector<SyncProblem> problems;  // at most sync_problems_max
};

// The highest revision of an epoch that was in force.
struct EpochMark {
  uint64_t epoch = 0;
  uint64_t revision = 0;
};

struct Delivery {
  std::string body;
  std::string etag;       // without quotes; empty: it is made of the body
  std::string signature;  // Gsp-Signature
  std::string held;       // of a backup
};

struct ApplyJob {
  std::shared_ptr<const ApplyOptions> options;
  Delivery delivery;
  std::shared_ptr<const SyncedConfig> in_force;  // may be null
  std::vector<EpochMark> marks;
  BackupStamp stamp;
};

struct Applied {
  std::shared_ptr<const SyncedConfig> made;   // null: refused, and what is in force stays
  std::shared_ptr<const std::string> backup;  // its bytes; null where none are made
  bool was_delta = false;
  DeliveryRefusal refusal = DeliveryRefusal::none;
  std::string message;
};

Applied apply(const ApplyJob& job);

}  // namespace gatelet
