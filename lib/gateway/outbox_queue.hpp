// OutboxQueue: what leaves the gateway without its exchange, until the host takes it (Outbox). Accepted = delivered + failed + waiting,
// where waiting are those in the queue and those that the host has taken; what found no room was never accepted.
#pragma once

#include <atomic>
#include <deque>
#include <mutex>
#include <optional>

#include "policy/services.hpp"

namespace gatelet {

class OutboxQueue final : public Outbox {
 public:
  struct Counts {
    uint64_t accepted = 0;
    uint64_t dropped = 0;  // no room
    uint64_t delivered = 0;
    uint64_t failed = 0;
    uint64_t waiting = 0;
  };

  OutboxQueue(size_t items_max, size_t bytes_max) : items_max_(items_max), bytes_max_(bytes_max) {}

  bool put(OutboxItem item) override;
  // Without the lock: whether take() is worth a try.
  bool is_empty() const { return size_.load(std::memory_order_relaxed) == 0; }
  // The host's: what it has taken it reports with done(). What it does not get to waits.
  std::optional<OutboxItem> take();
  void done(bool was_delivered);
  Counts counts() const;

 private:
  const size_t items_max_, bytes_max_;
  mutable std::mutex mutex_;
  std::deque<OutboxItem> items_;
  std::atomic<size_t> size_{0};
  size_t bytes_ = 0;
  uint64_t taken_ = 0;
  Counts counts_;
};

}  // namespace gatelet
