#include <doctest/doctest.h>

#include "gateway/outbox_queue.hpp"

using namespace gatelet;

namespace {

using Kind = OutboxItem::Kind;

OutboxItem item_of(Kind kind, std::string name) {
  OutboxItem item;
  item.kind = kind;
  item.name = std::move(name);
  return item;
}

void check_sums(const OutboxQueue& queue, Kind kind, uint64_t accepted, uint64_t delivered, uint64_t dropped, uint64_t waiting) {
  const OutboxQueue::Counts counts = queue.counts(kind);
  CHECK(counts.accepted == accepted);
  CHECK(counts.delivered == delivered);
  CHECK(counts.dropped == dropped);
  CHECK(counts.waiting == waiting);
  CHECK(counts.accepted == counts.delivered + counts.dropped + counts.waiting);
}

}  // namespace

TEST_CASE("what leaves the gateway is delivered, dropped or waiting at every moment") {
  OutboxQueue queue(2, 1'000'000);
  CHECK(queue.is_empty());
  CHECK(queue.put(item_of(Kind::event, "a")));
  CHECK(queue.put(item_of(Kind::event, "b")));
  CHECK_FALSE(queue.put(item_of(Kind::event, "c")));
  check_sums(queue, Kind::event, 3, 0, 1, 2);
  const auto first = queue.take(Kind::event);
  REQUIRE(first);
  CHECK(first->name == "a");
  check_sums(queue, Kind::event, 3, 0, 1, 2);
  CHECK_FALSE(queue.put(item_of(Kind::event, "what was taken has its room still")));
  queue.done(*first, true);
  check_sums(queue, Kind::event, 4, 1, 2, 1);
  const auto second = queue.take();
  REQUIRE(second);
  queue.done(*second, false);
  check_sums(queue, Kind::event, 4, 1, 3, 0);
  CHECK(queue.is_empty());
  CHECK_FALSE(queue.take());
}

TEST_CASE("a kind that is full takes no room from the others") {
  OutboxQueue queue(1, 1'000'000);
  CHECK(queue.put(item_of(Kind::event, "a")));
  CHECK_FALSE(queue.put(item_of(Kind::event, "b")));
  for (const Kind kind : {Kind::call, Kind::metric, Kind::trace}) CHECK(queue.put(item_of(kind, "c")));
}

TEST_CASE("the oldest of all kinds is taken first") {
  OutboxQueue queue(10, 1'000'000);
  const std::pair<Kind, const char*> items[] = {{Kind::trace, "1"}, {Kind::call, "2"}, {Kind::trace, "3"}, {Kind::metric, "4"}};
  for (const auto& [kind, name] : items) CHECK(queue.put(item_of(kind, name)));
  for (const auto& [kind, name] : items) {
    const auto item = queue.take();
    REQUIRE(item);
    CHECK(item->name == name);
  }
}

TEST_CASE("the bytes of what waits are bounded") {
  const size_t size = item_of(Kind::event, "a").bytes();
  OutboxQueue queue(10, 2 * size);
  CHECK(queue.put(item_of(Kind::event, "a")));
  CHECK(queue.put(item_of(Kind::event, "b")));
  CHECK_FALSE(queue.put(item_of(Kind::event, "c")));
  const auto item = queue.take();
  REQUIRE(item);
  queue.done(*item, true);
  CHECK(queue.put(item_of(Kind::event, "c")));
}
