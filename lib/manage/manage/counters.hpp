// QuotaExchange: what gateways have counted of quotas, added up over all of them (management.md 3.3). A period is "start/end", both ISO
// 8601 times, with ".." for an end that never comes.
#pragma once

#include <map>
#include <string>

#include "manage/manage/message.hpp"
#include "manage/store/store.hpp"

namespace gatelet::manage {

inline constexpr size_t counters_bytes_max = 64 * 1024;
inline constexpr size_t counters_max = 500'000, counter_key_bytes_max = 512;
inline constexpr int64_t counter_kept_ms = 3'600'000;  // after its period: a gateway's last word comes a little later

class QuotaExchange {
 public:
  void load(const std::vector<StoredCounter>& stored);
  // Totals go to the batch, in force with the next commit; settle() tells how that went.
  ManageAnswer exchange(const ManageRequest& request, StoreBatch& out);
  void settle(bool is_written);

 private:
  using Id = std::pair<std::string, std::string>;  // key, period
  struct Total {
    uint64_t calls = 0, kb = 0;
    int64_t end_ms = INT64_MAX;
  };
  std::map<Id, Total> totals_;
  std::map<Id, std::optional<Total>> before_;  // of what is not written yet
  int64_t swept_ms_ = 0;
};

}  // namespace gatelet::manage
