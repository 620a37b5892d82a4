// Store: what a management plane keeps: resources by path with the revision of their last change, and small facts. All changes of a batch
// are in force together or not at all, and outlive a crash once write() has returned. One writer at a time; the plane holds what it reads.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace gatelet::manage {

struct StoredRow {
  std::string key;        // management path below the service, "apis/echo;rev=1/operations/get"
  uint64_t revision = 0;  // of the service when it was last changed; its ETag
  std::string json;       // what anyone may read
  std::string sealed;     // secrets, encrypted by the plane; empty: none
};

// What a gateway was delivered last, so that a restart does not make its configuration look changed.
struct StoredProjection {
  std::string gateway;
  uint64_t revision = 0;
  std::string root;
};

struct StoredAudit {
  int64_t at_ms = 0;
  std::string actor, verb, key;
  uint64_t old_revision = 0, new_revision = 0;
};

struct StoreContent {
  uint64_t revision = 0;
  std::vector<StoredRow> rows;
  std::map<std::string, std::string> facts;
  std::vector<StoredProjection> projections;
};

struct StoreBatch {
  uint64_t revision = 0;                                 // of the service afterwards
  std::map<std::string, std::optional<StoredRow>> rows;  // by key in lower case; none: deleted
  std::map<std::string, std::string> facts;
  std::vector<StoredProjection> projections;
  std::vector<StoredAudit> audit;

  bool is_empty() const { return rows.empty() && facts.empty() && projections.empty() && audit.empty(); }
};

class Store {
 public:
  virtual ~Store() = default;
  virtual Result<StoreContent> read() = 0;
  virtual Result<> write(const StoreBatch& batch) = 0;
};

inline constexpr uint32_t store_schema = 1;

// A database in one file, made when it is not there, and brought to the present schema when it has an older one; a newer one is refused.
// A file that cannot be written is opened for reading where `is_read_only`.
Result<std::unique_ptr<Store>> open_sqlite_store(const std::string& path, bool is_read_only);

}  // namespace gatelet::manage
