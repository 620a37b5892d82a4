#include "net/work_thread.hpp"

#include <utility>

#include "net/threads.hpp"

namespace gatelet {

WorkThread::~WorkThread() {
  {
    std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void WorkThread::add(std::function<void()> work) {
  {
    std::lock_guard lock(mutex_);
    if (!thread_.joinable()) thread_ = start_thread([this] { run(); });
    work_.push_back(std::move(work));
  }
  changed_.notify_one();
}

void WorkThread::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return is_over_ || !work_.empty(); });
    if (is_over_) return;
    const std::function<void()> work = std::move(work_.front());
    work_.pop_front();
    lock.unlock();
    work();
    lock.lock();
  }
}

}  // namespace gatelet
