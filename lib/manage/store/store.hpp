// Store: what a management plane keeps: resources by path with the revision of their last change, and small facts. All changes of a batch
// are in force together or not at all, and outlive a crash once write() has returned. One writer at a time; the plane holds what it reads.
#pragma once

#include <array>
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

// What gateways told, added up: one row a minute and the ids below.
struct ReportKey {
  int64_t minute_ms = 0;
  std::string api, operation, product, subscription, user, region;
  auto operator<=>(const ReportKey&) const = default;
};
inline constexpr size_t report_counts = 8;    // success, blocked, failed, other, bytes in, bytes out, cache hits, cache misses
inline constexpr size_t report_times = 2;     // of the API, of its backend; milliseconds
inline constexpr size_t report_buckets = 12;  // of the API's times: up to 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, and above
struct ReportValues {
  struct Times {
    double min = 0, max = 0, sum = 0;
  };
  std::array<uint64_t, report_counts> counts{};
  std::array<Times, report_times> times{};
  std::array<uint64_t, report_buckets> buckets{};
  bool is_empty = true;

  void add(const ReportValues& other);
};

struct StoredTelemetryBatch {
  std::string sender, batch;  // gateway and instance; id and number
  int64_t at_ms = 0;
};

struct StoredCounter {
  std::string key, period;
  uint64_t calls = 0, kb = 0;
  int64_t end_ms = 0;
};

struct StoredInstance {
  std::string gateway, instance;
  int64_t seen_ms = 0;
  std::string body;  // of its last heartbeat
};

struct StoreContent {
  uint64_t revision = 0;
  std::vector<StoredRow> rows;
  std::map<std::string, std::string> facts;
  std::vector<StoredProjection> projections;
  std::vector<StoredTelemetryBatch> telemetry_batches;  // the oldest first
  std::vector<StoredCounter> counters;
  std::vector<StoredInstance> instances;
};

struct StoreBatch {
  uint64_t revision = 0;                                 // of the service afterwards
  std::map<std::string, std::optional<StoredRow>> rows;  // by key in lower case; none: deleted
  std::map<std::string, std::string> facts;
  std::vector<StoredProjection> projections;
  std::vector<StoredAudit> audit;
  std::map<ReportKey, ReportValues> reports;  // added to what is there
  std::vector<StoredTelemetryBatch> telemetry_batches;
  std::map<std::pair<std::string, std::string>, StoredCounter> counters;  // by key and period
  std::vector<StoredInstance> instances;
  int64_t counters_ended_before_ms = 0;  // those are to go; 0: none
  int64_t told_before_ms = 0;            // the present, for what is only kept for a time; 0: nothing is to go

  bool is_empty() const {
    return rows.empty() && facts.empty() && projections.empty() && audit.empty() && reports.empty() && telemetry_batches.empty() &&
           counters.empty() && instances.empty() && counters_ended_before_ms == 0 && told_before_ms == 0;
  }
};

inline constexpr int64_t telemetry_batch_kept_ms = 86'400'000;  // longer than a gateway tries again
inline constexpr int64_t reports_kept_ms = 90ll * 86'400'000;

class Store {
 public:
  virtual ~Store() = default;
  virtual Result<StoreContent> read() = 0;
  virtual Result<> write(const StoreBatch& batch) = 0;
};

inline constexpr uint32_t store_schema = 2;

// A database in one file, made when it is not there, and brought to the present schema when it has an older one; a newer one is refused.
// A file that cannot be written is opened for reading where `is_read_only`.
Result<std::unique_ptr<Store>> open_sqlite_store(const std::string& path, bool is_read_only);

}  // namespace gatelet::manage
