// OutboxQueue: what leaves the gateway without its exchange, until the host takes it (Outbox). Each kind has its own room, so that a sink
// that is away takes it from no other. At every moment accepted = delivered + dropped + waiting: accepted is all that policies have given,
// waiting what is in the queue or was taken by the host, and dropped what found no room or could not be delivered.
#pragma once

#include <array>
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
    uint64_t delivered = 0;
    uint64_t dropped = 0;
    uint64_t waiting = 0;
  };

  // Of each kind. What the host has taken needs its room until it is done.
  OutboxQueue(size_t items_max, size_t bytes_max) : items_max_(items_max), bytes_max_(bytes_max) {}

  bool put(OutboxItem item) override;
  // Without the lock: whether take() is worth a try.
  bool is_empty() const { return size_.load(std::memory_order_relaxed) == 0; }
  // The host's: what it has taken it reports with done(), unchanged. The oldest of all, or of one kind.
  std::optional<OutboxItem> take();
  std::optional<OutboxItem> take(OutboxItem::Kind kind);
  void done(const OutboxItem& item, bool was_delivered);
  Counts counts(OutboxItem::Kind kind) const;

 private:
  struct Entry {
    uint64_t number;  // the older, the smaller
    OutboxItem item;
  };
  struct Lane {
    std::deque<Entry> entries;
    size_t bytes = 0;
    Counts counts;
  };
  Lane& lane_of(OutboxItem::Kind kind) { return lanes_[static_cast<size_t>(kind)]; }
  std::optional<OutboxItem> take_from(Lane& lane);

  const size_t items_max_, bytes_max_;
  mutable std::mutex mutex_;
  std::array<Lane, OutboxItem::kind_count> lanes_;
  std::atomic<size_t> size_{0};  // in the queue
  uint64_t next_number_ = 0;
};

}  // namespace gatelet
