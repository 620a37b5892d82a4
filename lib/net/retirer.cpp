#include "net/retirer.hpp"

#include "net/threads.hpp"

namespace gatelet {

Retirer::~Retirer() {
  {
    std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Retirer::retire(std::shared_ptr<const void> object) {
  if (!object) return;
  std::lock_guard lock(mutex_);
  objects_.push_back(std::move(object));
  if (!thread_.joinable()) thread_ = start_thread([this] { run(); });
  changed_.notify_one();
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
