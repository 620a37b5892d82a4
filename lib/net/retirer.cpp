#include "net/retirer.hpp"

#include <chrono>

#include "net/threads.hpp"

namespace gatelet {

// How often it is looked whether the last exchange has let go.
static constexpr std::chrono::milliseconds retire_period{50};

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
  while (!is_over_) {
    if (objects_.empty()) {
      changed_.wait(lock, [this] { return is_over_ || !objects_.empty(); });
    } else {
      changed_.wait_for(lock, retire_period, [this] { return is_over_; });
    }
    std::vector<std::shared_ptr<const void>> retired;
    const auto free = [](const std::shared_ptr<const void>& object) { return object.use_count() == 1; };
    for (auto& object : objects_)
      if (free(object)) retired.push_back(std::move(object));
    std::erase(objects_, nullptr);
    lock.unlock();
    retired.clear();
    lock.lock();
  }
}

}  // namespace gatelet
