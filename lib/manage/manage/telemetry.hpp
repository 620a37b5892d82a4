// TelemetryIntake: aggregates that gateways send, added up by minute (management.md 3.3). A body is NDJSON: a line with "batch" and "seq"
// says which batch the lines behind it are; a line with "minute" is an aggregate, and may name its batch itself; a line of another kind,
// such as a request record, is passed over. A batch that was taken before is not taken again.
#pragma once

#include <deque>
#include <set>
#include <string>

#include "manage/manage/message.hpp"
#include "manage/store/store.hpp"

namespace gatelet::manage {

inline constexpr size_t telemetry_bytes_max = 1024 * 1024, telemetry_unpacked_bytes_max = 16 * 1024 * 1024;
inline constexpr size_t telemetry_lines_max = 5'000;
inline constexpr uint32_t telemetry_posts_per_minute_max = 60;  // of one instance; it sends one a minute, or several when it is busy

class TelemetryIntake {
 public:
  void load(const std::vector<StoredTelemetryBatch>& stored);
  // Adds to the batch, which is in force with the next commit; settle() tells how that went.
  ManageAnswer take(const ManageRequest& request, const std::string& gateway, StoreBatch& out);
  void settle(bool is_written);

 private:
  using BatchId = std::pair<std::string, std::string>;  // gateway and instance, batch and seq
  bool is_too_often(const std::string& sender, int64_t now_ms);

  std::set<BatchId> known_;
  std::deque<std::pair<int64_t, BatchId>> by_age_;
  std::vector<BatchId> unsettled_;
  std::map<std::string, uint32_t> posts_;  // of this minute, by sender
  int64_t minute_ = 0;
};

}  // namespace gatelet::manage
