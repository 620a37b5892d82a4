#include "gateway/outbox_queue.hpp"

namespace gatelet {

bool OutboxQueue::put(OutboxItem item) {
  const size_t size = item.bytes();
  std::lock_guard lock(mutex_);
  if (items_.size() >= items_max_ || bytes_ + size > bytes_max_) {
    ++counts_.dropped;
    return false;
  }
  items_.push_back(std::move(item));
  bytes_ += size;
  ++counts_.accepted;
  size_.store(items_.size(), std::memory_order_relaxed);
  return true;
}

std::optional<OutboxItem> OutboxQueue::take() {
  std::lock_guard lock(mutex_);
  if (items_.empty()) return std::nullopt;
  OutboxItem item = std::move(items_.front());
  items_.pop_front();
  bytes_ -= item.bytes();
  ++taken_;
  size_.store(items_.size(), std::memory_order_relaxed);
  return item;
}

void OutboxQueue::done(bool was_delivered) {
  std::lock_guard lock(mutex_);
  --taken_;
  ++(was_delivered ? counts_.delivered : counts_.failed);
}

OutboxQueue::Counts OutboxQueue::counts() const {
  std::lock_guard lock(mutex_);
  Counts counts = counts_;
  counts.waiting = items_.size() + taken_;
  return counts;
}

}  // namespace gatelet
