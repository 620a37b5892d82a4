// LogSampling: while memory is short, one of so many request logs is written; the others are counted (reliability.md R-2). Any thread.
#pragma once

#include <atomic>
#include <cstdint>

namespace gatelet {

inline constexpr uint64_t sampled_request_logs = 100;  // of so many one is written

class LogSampling {
 public:
  // Each of those who watch the memory begins and ends for itself. True: the first one began, or the last one ended.
  bool begin() { return watches_.fetch_add(1, std::memory_order_relaxed) == 0; }
  bool end() { return watches_.fetch_sub(1, std::memory_order_relaxed) == 1; }

  bool leaves_out() { return watches_.load(std::memory_order_relaxed) != 0 && count_one(); }
  // How many were left out since this was last asked.
  uint64_t take_left_out() { return left_out_.exchange(0, std::memory_order_relaxed); }

 private:
  bool count_one() {
    if (seen_.fetch_add(1, std::memory_order_relaxed) % sampled_request_logs == 0) return false;
    left_out_.fetch_add(1, std::memory_order_relaxed);
    return true;
  }

  std::atomic<uint32_t> watches_{0};
  std::atomic<uint64_t> seen_{0};
  std::atomic<uint64_t> left_out_{0};
};

}  // namespace gatelet
