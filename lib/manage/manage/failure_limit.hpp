// FailureLimit: how often one address may show credentials that are wrong (management.md 3.6).
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace gatelet::manage {

inline constexpr uint32_t auth_failures_per_s_max = 10;

class FailureLimit {
 public:
  // Counts a failure; false: the address has had its failures of this second, and is told so. Right credentials are let in all the same:
  // they cannot be guessed, and behind a proxy everybody has one address.
  bool may_fail(const std::string& address, int64_t now_ms) {
    if (now_ms / 1000 != second_) counts_.clear();
    second_ = now_ms / 1000;
    return ++counts_[address] <= auth_failures_per_s_max;
  }

 private:
  int64_t second_ = 0;
  std::map<std::string, uint32_t> counts_;  // of this second, so that it cannot grow for long
};

}  // namespace gatelet::manage
