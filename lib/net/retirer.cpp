#include "net/retirer.hpp"

#include <unistd.h>

#include "net/threads.hpp"

namespace gatelet {

// A forked process has the memory of its parent but not its threads. There is nothing to join, so the object that stands for one is left
// behind.
void Retirer::forget_thread_of_parent() {
  if (thread_.joinable() && process_ != getpid()) (void)new std::thread(std::move(thread_));
}

Retirer::~Retirer() {
  forget_thread_of_parent();
  {
    std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Retirer::retire(std::shared_ptr<const void> object) noexcept {
  if (!object) return;
  try {
    std::lock_guard lock(mutex_);
    forget_thread_of_parent();
    if (!thread_.joinable()) {
      thread_ = start_thread([this] { run(); });
      process_ = getpid();
    }
    objects_.push_back(std::move(object));
    changed_.notify_one();
  } catch (...) {
    // No memory or no thread for this: it is let go here, late rather than never.
  }
}

void Retirer::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return is_over_ || !objects_.empty(); });
    if (objects_.empty()) return;
    std::vector<std::shared_ptr<const void>> retired;
    retired.swap(objects_);
    lock.unlock();
    retired.clear();
    lock.lock();
  }
}

}  // namespace gatelet
