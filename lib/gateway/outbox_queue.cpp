#include "gateway/outbox_queue.hpp"

namespace gatelet {

bool OutboxQueue::put(OutboxItem item) {
  const size_t size = item.bytes();
  std::lock_guard lock(mutex_);
  Lane& lane = lane_of(item.kind);
  ++lane.counts.accepted;
  if (lane.counts.waiting >= items_max_ || lane.bytes + size > bytes_max_) {
    ++lane.counts.dropped;
    return false;
  }
  lane.entries.push_back({next_number_++, std::move(item)});
  lane.bytes += size;
  ++lane.counts.waiting;
  size_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

std::optional<OutboxItem> OutboxQueue::take_from(Lane& lane) {
  OutboxItem item = std::move(lane.entries.front().item);
  lane.entries.pop_front();
  size_.fetch_sub(1, std::memory_order_relaxed);
  return item;
}

std::optional<OutboxItem> OutboxQueue::take() {
  std::lock_guard lock(mutex_);
  Lane* oldest = nullptr;
  for (Lane& lane : lanes_)
    if (!lane.entries.empty() && (!oldest || lane.entries.front().number < oldest->entries.front().number)) oldest = &lane;
  if (!oldest) return std::nullopt;
  return take_from(*oldest);
}

std::optional<OutboxItem> OutboxQueue::take(OutboxItem::Kind kind) {
  std::lock_guard lock(mutex_);
  Lane& lane = lane_of(kind);
  if (lane.entries.empty()) return std::nullopt;
  return take_from(lane);
}

void OutboxQueue::done(const OutboxItem& item, bool was_delivered) {
  const size_t size = item.bytes();
  std::lock_guard lock(mutex_);
  Lane& lane = lane_of(item.kind);
  lane.bytes -= size;
  --lane.counts.waiting;
  ++(was_delivered ? lane.counts.delivered : lane.counts.dropped);
}

OutboxQueue::Counts OutboxQueue::counts(OutboxItem::Kind kind) const {
  std::lock_guard lock(mutex_);
  return lanes_[static_cast<size_t>(kind)].counts;
}

}  // namespace gatelet
