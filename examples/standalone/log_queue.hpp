// LogQueue: lines of the library to standard output, without ever making an event loop wait. The queue is bounded; what does not fit is
// counted and reported with the next line that does.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace host {

class LogQueue {
 public:
  // Lines below `level_min` (GATELET_LOG_*) are dropped silently; `color` puts ANSI colours around the level of a text line.
  LogQueue(int32_t level_min, bool color);
  ~LogQueue();  // writes what is waiting
  void push(int32_t level, std::string_view line);

 private:
  void work();
  static constexpr size_t bytes_max = 8 * 1024 * 1024;

  const int32_t level_min_;
  const bool color_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::string> lines_;
  size_t bytes_ = 0;
  uint64_t dropped_ = 0;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace host
