// WorkThread: does what no event loop has time for, one thing after the other, on a thread of its own that starts with the first.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace gatelet {

class WorkThread {
 public:
  WorkThread() = default;
  // What is being done is done to its end, the rest is left out.
  ~WorkThread();
  WorkThread(const WorkThread&) = delete;
  WorkThread& operator=(const WorkThread&) = delete;
  // Any thread. The work throws nothing.
  void add(std::function<void()> work);

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> work_;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace gatelet
