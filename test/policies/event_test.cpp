// log-to-eventhub where behaviour files do not reach: texts that are cut, and partitions.
#include <doctest/doctest.h>

#include "base/limits.hpp"
#include "fake_context.hpp"

using namespace gatelet;
using namespace gatelet::test;

namespace {

class KeptOutbox final : public Outbox {
 public:
  bool put(OutboxItem item) override {
    items.push_back(std::move(item));
    return true;
  }
  std::vector<OutboxItem> items;
};

std::string repeated(std::string_view text, size_t count) {
  std::string out;
  while (count-- > 0) out += text;
  return out;
}

}  // namespace

TEST_CASE("log-to-eventhub: a text is cut at 204,000 bytes, where no character is divided") {
  struct Row {
    std::string text;
    size_t size;
  };
  for (const Row& row :
       {Row{repeated("a", 204'001), 204'000}, Row{repeated("a", 204'000), 204'000}, Row{repeated("\xC3\xA4", 102'001), 204'000},
        Row{"a" + repeated("\xC3\xA4", 102'000), 203'999}, Row{repeated("\xF0\x9F\x98\x80", 51'001), 204'000}}) {
    FakeContext context;
    KeptOutbox outbox;
    context.services->outbox = &outbox;
    REQUIRE(context.run(Section::inbound, "<log-to-eventhub logger-id='audit'>" + row.text + "</log-to-eventhub>") == Flow::next);
    REQUIRE(outbox.items.size() == 1);
    CHECK(outbox.items[0].body.view() == row.text.substr(0, row.size));
  }
}

TEST_CASE("log-to-eventhub: the partition goes along, by its id or by a key") {
  FakeContext context;
  KeptOutbox outbox;
  context.services->outbox = &outbox;
  REQUIRE(context.run(Section::inbound,
                      "<log-to-eventhub logger-id='a' partition-id='3'>x</log-to-eventhub>"
                      "<log-to-eventhub logger-id='b' partition-key='k'>y</log-to-eventhub>") == Flow::next);
  REQUIRE(outbox.items.size() == 2);
  CHECK(outbox.items[0].name == "a");
  CHECK(outbox.items[0].partition_id == "3");
  CHECK(outbox.items[1].partition_key == "k");
}
