// What all exchanges share and one fetches.
#include <doctest/doctest.h>

#include "base/limits.hpp"
#include "gateway/fetch_table.hpp"

using namespace gatelet;

namespace {

struct Text final : Fetched {
  explicit Text(std::string_view given) : text(given) {}
  std::string text;
};

// Two requests; the answer to the second is what is fetched. An hour fresh, a day usable.
class TwoSteps final : public FetchJob {
 public:
  bool begin(OutboxItem& request, FetchResult&) override {
    request.kind = OutboxItem::Kind::fetch;
    request.name = "first";
    return true;
  }
  bool take(std::string_view body, int64_t, OutboxItem& request, FetchResult& result) override {
    if (body == "bad") return result.problem = "it is bad", false;
    if (std::exchange(is_second_, true)) {
      result = {std::make_shared<Text>(body), {}, keys_fresh_ms, keys_usable_ms};
      return false;
    }
    request.kind = OutboxItem::Kind::fetch;
    request.name = "second";
    return true;
  }

 private:
  bool is_second_ = false;
};

struct CountingLog final : LogSink {
  void log(LogLevel, std::string_view event, std::string_view message, const LogField*, size_t) override {
    lines.push_back(std::string(event) + ": " + std::string(message));
  }
  std::vector<std::string> lines;
};

struct Desk {
  CountingLog log;
  FetchTable table{&log};
  uint64_t now_ms = 1'000'000;
  const std::function<std::unique_ptr<FetchJob>()> make = [] { return std::make_unique<TwoSteps>(); };

  FetchLook look(bool wants_newer = false, bool sends_itself = false, std::string_view name = "keys") {
    return table.look({name, wants_newer, sends_itself, make}, now_ms);
  }
  std::string text(const FetchLook& found) const { return found.value ? static_cast<const Text&>(*found.value).text : "nothing"; }
  std::optional<OutboxItem> answer(const OutboxItem& request, std::string_view body) {
    return table.answer(request.ticket, {.status = 200, .body = body}, {now_ms * 1000, 0});
  }
  // Sends what waits, and gives `body` as the answer to the last.
  void serve(std::string_view body) {
    auto first = table.take();
    REQUIRE(first);
    CHECK(first->name == "first");
    const auto second = answer(*first, "go on");
    REQUIRE(second);
    CHECK(second->name == "second");
    CHECK_FALSE(answer(*second, body));
  }
};

using Turn = FetchLook::Turn;

}  // namespace

TEST_CASE("fetches: many wait for one fetch, which belongs to none of them") {
  Desk desk;
  for (int i = 0; i < 100; ++i) CHECK(desk.look().turn == Turn::wait);
  desk.serve("one");
  CHECK_FALSE(desk.table.take());
  CHECK(desk.text(desk.look()) == "one");
  CHECK(desk.look().turn == Turn::use);
}

TEST_CASE("fetches: who waits looks again soon at first, and less often when it takes long") {
  Desk desk;
  CHECK(desk.look().wait_ms == fetch_look_ms);
  desk.now_ms += 800;
  CHECK(desk.look().wait_ms == 100);
  desk.now_ms += 8000;
  CHECK(desk.look().wait_ms == fetch_look_ms_max);
}

TEST_CASE("fetches: after an hour what there is serves on while it is renewed, and for a day when that fails") {
  Desk desk;
  (void)desk.look();
  desk.serve("one");
  desk.now_ms += keys_fresh_ms;
  for (int i = 0; i < 3; ++i) {
    CHECK(desk.look().turn == Turn::use);
    CHECK(desk.text(desk.look()) == "one");
  }
  desk.serve("two");
  CHECK(desk.text(desk.look()) == "two");

  desk.now_ms += keys_fresh_ms;
  CHECK(desk.text(desk.look()) == "two");
  auto request = desk.table.take();
  REQUIRE(request);
  CHECK_FALSE(desk.table.answer(request->ticket, {.fault = "no route"}, {}));
  CHECK(desk.log.lines == std::vector<std::string>{"FetchFailed: no route"});
  CHECK(desk.text(desk.look()) == "two");
  CHECK_FALSE(desk.table.take());
  desk.now_ms += fetch_again_ms;
  CHECK(desk.text(desk.look()) == "two");
  CHECK(desk.table.take());

  desk.now_ms += keys_usable_ms;
  CHECK(desk.look().turn == Turn::wait);
}

TEST_CASE("fetches: a failure is told to all who ask, and not repeated for five minutes") {
  struct Case {
    FetchReply reply;
    std::string_view problem;
  };
  const std::string large(keys_bytes_max + 1, 'x');
  const Case cases[] = {{{.fault = "no route"}, "no route"},
                        {{}, "it did not answer"},
                        {{.status = 500}, "it answered with status 500"},
                        {{.status = 302, .location = "http://other.test/"}, "it leads to another place"},
                        {{.status = 200, .body = "bad"}, "it is bad"},
                        {{.status = 200, .body = large}, "its answer is too large"}};
  for (const Case& each : cases) {
    Desk desk;
    CHECK(desk.look().turn == Turn::wait);
    CHECK_FALSE(desk.table.answer(desk.table.take()->ticket, each.reply, {}));
    const FetchLook look = desk.look();
    CHECK(look.turn == Turn::use);
    CHECK_FALSE(look.value);
    CHECK(look.problem == each.problem);
    CHECK_FALSE(desk.table.take());
    desk.now_ms += fetch_again_ms;
    CHECK(desk.look().turn == Turn::wait);
  }
}

TEST_CASE("fetches: what lacks something is fetched again at once, and then not for five minutes; others do not wait for it") {
  Desk desk;
  (void)desk.look();
  desk.serve("one");
  CHECK(desk.look(true).turn == Turn::wait);
  CHECK(desk.look().turn == Turn::use);
  desk.serve("two");
  for (int i = 0; i < 10'000; ++i) CHECK(desk.look(true).turn == Turn::use);
  CHECK_FALSE(desk.table.take());
  desk.now_ms += fetch_again_ms;
  CHECK(desk.look(true).turn == Turn::wait);
}

TEST_CASE("fetches: an exchange whose host sends nothing apart sends the first fetch itself, and no renewal") {
  Desk desk;
  FetchLook look = desk.look(false, true);
  REQUIRE(look.turn == Turn::send);
  CHECK(desk.look(false, true).turn == Turn::wait);
  CHECK_FALSE(desk.table.take());
  // It has gone: the next one sends.
  desk.table.abandon(look.request->ticket);
  CHECK_FALSE(desk.answer(*look.request, "go on"));
  look = desk.look(false, true);
  REQUIRE(look.turn == Turn::send);
  const auto second = desk.answer(*look.request, "go on");
  REQUIRE(second);
  CHECK_FALSE(desk.answer(*second, "one"));
  desk.now_ms += keys_fresh_ms;
  CHECK(desk.look(false, true).turn == Turn::use);
  desk.serve("two");
  CHECK(desk.text(desk.look()) == "two");
}

TEST_CASE("fetches: a request that nobody sends, or whose sender forgets it, is given up after a while") {
  Desk desk;
  (void)desk.look();
  const auto forgotten = desk.table.take();
  desk.now_ms += fetch_patience_ms;
  CHECK(desk.look().turn == Turn::wait);
  CHECK_FALSE(desk.answer(*forgotten, "go on"));
  desk.now_ms += fetch_patience_ms;
  CHECK(desk.look().turn == Turn::wait);
  desk.serve("one");
  CHECK_FALSE(desk.table.take());
}

TEST_CASE("fetches: names that requests make up are bounded in number and in what is fetched for them") {
  Desk desk;
  int waits = 0;
  for (int i = 0; i < 5000; ++i) waits += desk.look(false, false, "name" + std::to_string(i)).turn == Turn::wait;
  CHECK(waits == 300);
  CHECK(desk.look(false, false, "one more").problem == "too many others were asked a moment ago");
  desk.now_ms += 60'000;
  CHECK(desk.look(false, false, "one more").turn == Turn::wait);
}
