// When the management plane is asked, and what its answers do: the table of management.md 3.4.
#include "config/sync/sync_machine.hpp"

#include <doctest/doctest.h>

#include "deliveries.hpp"

using namespace gatelet;
using namespace gatelet::test;

namespace {

Instant at_ms(uint64_t ms) { return {ms * 1000, 1'767'225'600'000 + static_cast<int64_t>(ms)}; }

std::string header(const PlaneCall& call, std::string_view name) {
  for (const auto& [known, value] : call.headers)
    if (known == name) return value;
  return {};
}

PlaneAnswer status(int code, std::string etag = {}) {
  PlaneAnswer out;
  out.status = code;
  out.etag = std::move(etag);
  return out;
}

struct Machine {
  explicit Machine(uint32_t long_poll_s = 0, uint64_t seed = 1, std::string instance = "i1")
      : machine({{"gw 1", std::move(instance), "gatelet/test"}, poll_ms_default, long_poll_s}, seed, nullptr) {
    auto given = std::make_shared<ApplyOptions>();
    given->gateway = "gw1";
    given->build.policies = builtin_policies();
    options = given;
  }

  // Waits until the next poll; its time in milliseconds.
  PlaneCall next_poll() {
    REQUIRE(machine.due_us() != UINT64_MAX);
    now_ms = std::max(now_ms, (machine.due_us() + 999) / 1000);
    auto call = machine.poll(at_ms(now_ms));
    REQUIRE(call);
    waited_ms = now_ms - polled_ms;
    polled_ms = now_ms;
    return *call;
  }
  void answer(PlaneAnswer answer, uint64_t after_ms = 10) {
    now_ms += after_ms;
    const auto delivery = machine.answered(std::move(answer), at_ms(now_ms));
    was_delivered = delivery.has_value();
    if (!delivery) return;
    ApplyJob job{options, *delivery, machine.in_force(), machine.marks(), {}};
    result = apply(job);
    machine.applied(*delivery, result, at_ms(now_ms));
  }
  void deliver(const std::string& body, std::string etag = {}) {
    PlaneAnswer snapshot = status(200, std::move(etag));
    snapshot.body = body;
    answer(std::move(snapshot));
  }
  void fail() { machine.failed("no route", at_ms(now_ms += 10)); }
  std::string state() const { return std::string(text_of(machine.state())); }
  uint64_t revision() const { return machine.in_force() ? machine.in_force()->delivered->revision : 0; }

  SyncMachine machine;
  std::shared_ptr<const ApplyOptions> options;
  uint64_t now_ms = 0, polled_ms = 0, waited_ms = 0;
  bool was_delivered = false;
  Applied result;
};

Machine fresh_machine(uint64_t revision = 5) {
  Machine made;
  made.next_poll();
  made.deliver(snapshot_text(small_service(), revision), "\"e" + std::to_string(revision) + "\"");
  REQUIRE(made.state() == "serving-fresh");
  return made;
}

bool is_usual(uint64_t wait_ms) { return wait_ms >= 9'000 && wait_ms <= 11'000; }

}  // namespace

TEST_CASE("a poll says what is there, and asks for everything when nothing is") {
  Machine made;
  PlaneCall call = made.next_poll();
  CHECK(made.now_ms == 0);
  CHECK(call.method == "GET");
  CHECK(call.target == "/gateway-sync/v1/gateways/gw%201/config");
  CHECK(header(call, "Gsp-Version") == "1.0");
  CHECK(header(call, "Gsp-Instance") == "i1");
  CHECK(header(call, "Accept") == "application/vnd.gsp.config+json;v=1");
  CHECK(header(call, "If-None-Match").empty());
  CHECK(call.timeout_ms == 100'000);
  CHECK_FALSE(call.renews_token);
  made.deliver(snapshot_text(small_service(), 5), "\"1.5.abc\"");
  call = made.next_poll();
  CHECK(call.target == "/gateway-sync/v1/gateways/gw%201/config?base=5");
  CHECK(header(call, "If-None-Match") == "\"1.5.abc\"");
  CHECK(header(call, "Prefer").empty());
}

TEST_CASE("every answer in every state: what is in force stays, and the state says how it is") {
  const struct {
    int status;  // 0: no connection
    const char* without;
    const char* with;
    const char* from_backup;
  } rows[] = {
      {0, "no-config", "serving-stale", "serving-backup"},   {304, "no-config", "serving-fresh", "serving-fresh"},
      {401, "no-config", "auth-rejected", "auth-rejected"},  {403, "no-config", "auth-rejected", "auth-rejected"},
      {404, "no-config", "auth-rejected", "auth-rejected"},  {500, "no-config", "serving-stale", "serving-backup"},
      {503, "no-config", "serving-stale", "serving-backup"}, {429, "no-config", "serving-stale", "serving-backup"},
      {301, "no-config", "serving-stale", "serving-backup"}, {204, "no-config", "serving-stale", "serving-backup"},
      {406, "no-config", "serving-stale", "serving-backup"}, {426, "no-config", "serving-stale", "serving-backup"},
      {200, "no-config", "serving-stale", "serving-stale"},  // garbage
  };
  for (const auto& row : rows) {
    CAPTURE(row.status);
    Machine without, with = fresh_machine(), from_backup;
    CHECK(from_backup.machine.restored(with.machine.in_force(), at_ms(0)));
    CHECK(from_backup.state() == "serving-backup");
    for (const auto& [made, expected] : {std::pair(&without, row.without), {&with, row.with}, {&from_backup, row.from_backup}}) {
      made->next_poll();
      if (row.status)
        made->answer(status(row.status));
      else
        made->fail();
      CHECK(made->state() == expected);
      CHECK(made->revision() == (made == &without ? 0 : 5));
      CHECK(made->machine.last().is_ok == (std::string(expected) == "serving-fresh"));
      CHECK(made->machine.last().error.empty() == made->machine.last().is_ok);
      // Whatever it was, the next good answer is taken.
      made->next_poll();
      made->deliver(snapshot_text(small_service("2"), 6), "\"e6\"");
      CHECK(made->state() == "serving-fresh");
      CHECK(made->revision() == 6);
    }
  }
}

TEST_CASE("polls are 9 to 11 seconds apart whatever comes, and never all the same") {
  std::set<uint64_t> waits;
  Machine made = fresh_machine();
  made.next_poll();
  made.answer(status(304));
  for (const int code : {304, 500, 401, 0, 200, 404, 304, 503, 429, 302}) {
    made.next_poll();
    CHECK(is_usual(made.waited_ms));
    waits.insert(made.waited_ms);
    if (code)
      made.answer(status(code));
    else
      made.fail();
  }
  CHECK(waits.size() > 5);
}

TEST_CASE("without any configuration the plane is asked again after 1, 2 and 5 seconds, then as always") {
  Machine made;
  made.next_poll();
  for (const uint64_t expected : {1000, 2000, 5000, 10'000, 10'000}) {
    made.fail();
    made.next_poll();
    CHECK(made.waited_ms >= expected * 9 / 10);
    CHECK(made.waited_ms <= expected * 11 / 10 + 20);
  }
}

TEST_CASE("Retry-After is waited for, in seconds or as a date, up to five minutes; other answers' is not") {
  const struct {
    int status;
    std::string value;
    uint64_t least_ms, most_ms;
  } rows[] = {{503, "60", 60'000, 60'010},
              {429, "120", 120'000, 120'010},
              {503, "100000", 300'000, 300'010},
              {503, "1", 9'000, 11'000},
              {500, "60", 9'000, 11'000},
              {503, "tomorrow", 9'000, 11'000},
              {503, http_date(1'767'225'600'000 + 90'000), 60'000, 90'000}};
  for (const auto& row : rows) {
    CAPTURE(row.value);
    Machine made = fresh_machine();
    made.next_poll();
    PlaneAnswer answer = status(row.status);
    answer.add_header("retry-after", row.value);
    made.answer(std::move(answer));
    made.next_poll();
    CHECK(made.waited_ms >= row.least_ms);
    CHECK(made.waited_ms <= row.most_ms);
  }
}

TEST_CASE("a call without an end is given up after its timeout, and what comes later does nothing") {
  Machine made = fresh_machine();
  made.next_poll();
  CHECK_FALSE(made.machine.poll(at_ms(made.now_ms + 109'999)));
  made.now_ms += 110'000;
  made.machine.poll(at_ms(made.now_ms));
  CHECK(made.state() == "serving-stale");
  CHECK(made.machine.last().error == "no answer in time");
  const SyncState before = made.machine.state();
  if (!made.machine.is_calling()) made.answer(status(401));
  CHECK(made.machine.state() == before);
}

TEST_CASE("after a stop of the process there is one poll, not one for each that was missed") {
  Machine made = fresh_machine();
  made.now_ms += 3'600'000;
  made.next_poll();
  made.answer(status(304));
  CHECK_FALSE(made.machine.poll(at_ms(made.now_ms + 8'900)));
}

TEST_CASE("a delta that does not fit is followed by a request for everything") {
  Machine made = fresh_machine();
  PlaneCall call = made.next_poll();
  const DeliveredSet other = delivered_set(small_service("x"), 5), next = delivered_set(small_service("y"), 6);
  made.deliver(delta_text(other, next).replace(60, 1, "0"), "\"e6\"");
  CHECK(made.machine.counters().delta_mismatch == 1);
  CHECK(made.state() == "serving-stale");
  CHECK(made.revision() == 5);
  call = made.next_poll();
  CHECK(is_usual(made.waited_ms));
  CHECK(call.target == "/gateway-sync/v1/gateways/gw%201/config");
  CHECK(header(call, "If-None-Match").empty());
  made.deliver(next.text(), "\"e6\"");
  CHECK(made.revision() == 6);
  CHECK(made.next_poll().target.ends_with("?base=6"));
}

TEST_CASE("304 is no answer to a request for everything, nor for another configuration") {
  Machine made = fresh_machine();
  made.next_poll();
  made.answer(status(304, "\"e99\""));
  CHECK(made.state() == "serving-stale");
  CHECK(header(made.next_poll(), "If-None-Match").empty());
  made.answer(status(304, "\"e99\""));
  CHECK(made.state() == "serving-stale");
  made.next_poll();
  made.deliver(snapshot_text(small_service("2"), 99), "\"e99\"");
  CHECK(made.revision() == 99);
}

TEST_CASE("what was refused is not tried again before 1, 2, 5 and 10 minutes, unless it comes as something else") {
  Machine made = fresh_machine();
  made.next_poll();
  std::string tries;
  const std::string bad = snapshot_text(small_service("2"), 6).substr(1);
  made.deliver(bad, "\"e6\"");
  CHECK(made.was_delivered);
  const uint64_t begin_ms = made.now_ms;
  while (made.now_ms - begin_ms < 2'000'000) {
    CHECK(header(made.next_poll(), "If-None-Match") == "\"e5\"");
    CHECK(is_usual(made.waited_ms));
    made.deliver(bad, "\"e6\"");
    if (made.was_delivered) tries += std::to_string((made.now_ms - begin_ms) / 60'000) + " ";
    CHECK(made.state() == "serving-stale");
  }
  CHECK(tries == "1 3 8 18 28 ");
  // Damaged on the way, it comes whole the next time.
  made.next_poll();
  made.deliver(snapshot_text(small_service("2"), 6), "\"e6\"");
  CHECK(made.revision() == 6);
  CHECK(header(made.next_poll(), "If-None-Match") == "\"e6\"");
}

TEST_CASE("an older revision of the same epoch is refused and told, one of a new epoch is taken") {
  Machine made = fresh_machine(5);
  made.next_poll();
  made.deliver(snapshot_text(small_service("old"), 4), "\"e4\"");
  CHECK(made.result.refusal == DeliveryRefusal::rollback);
  CHECK(made.machine.counters().rollbacks == 1);
  CHECK(made.revision() == 5);
  made.next_poll();
  made.deliver(snapshot_text(small_service("old"), 4, 2), "\"2.4\"");
  CHECK(made.revision() == 4);
  made.next_poll();
  made.deliver(snapshot_text(small_service(), 4, 1), "\"e4again\"");
  CHECK(made.result.refusal == DeliveryRefusal::rollback);
}

TEST_CASE("a backup does not take the place of what the plane delivered") {
  Machine made = fresh_machine(5);
  Machine older = fresh_machine(4);
  CHECK_FALSE(made.machine.restored(older.machine.in_force(), at_ms(made.now_ms)));
  CHECK(made.revision() == 5);
}

TEST_CASE("a refused token is asked for again at each poll") {
  Machine made = fresh_machine();
  made.next_poll();
  made.answer(status(401));
  CHECK(made.next_poll().renews_token);
  made.answer(status(403));
  CHECK(made.next_poll().renews_token);
  made.answer(status(304));
  CHECK_FALSE(made.next_poll().renews_token);
}

TEST_CASE("a long poll is followed by the next one a second later; one that nobody held, or that failed, is not") {
  Machine made(25);
  CHECK(header(made.next_poll(), "Prefer").empty());
  made.deliver(snapshot_text(small_service(), 5), "\"e5\"");
  CHECK(header(made.next_poll(), "Prefer") == "wait=25");
  made.answer(status(304), 25'000);
  made.next_poll();
  CHECK(made.waited_ms == 26'000);
  made.answer(status(304), 10);  // a plane that does not wait
  made.next_poll();
  CHECK(is_usual(made.waited_ms));
  made.now_ms += 300;
  made.deliver(snapshot_text(small_service("2"), 6), "\"e6\"");
  made.next_poll();
  CHECK(made.waited_ms == 1'310);
  made.fail();
  made.next_poll();
  CHECK(is_usual(made.waited_ms));
}

TEST_CASE("the plane may ask for polls every 5 to 300 seconds") {
  for (const auto& [asked, least_ms] : {std::pair("1", 4'500), {"60", 54'000}, {"10000", 270'000}, {"often", 9'000}}) {
    Machine made = fresh_machine();
    made.next_poll();
    PlaneAnswer answer = status(304);
    answer.add_header("Gsp-Poll-Seconds", asked);
    made.answer(std::move(answer));
    made.next_poll();
    CHECK(made.waited_ms >= static_cast<uint64_t>(least_ms));
    CHECK(made.waited_ms <= static_cast<uint64_t>(least_ms) * 11 / 9);
  }
}

TEST_CASE("after an outage a thousand gateways that were started together come back over at least ten seconds") {
  const auto config = fresh_machine().machine.in_force();
  std::vector<SyncMachine> gateways;
  for (int i = 0; i < 1000; ++i) {
    gateways.emplace_back(SyncOptions{{"gw1", "instance-" + std::to_string(i), "t"}}, static_cast<uint64_t>(i), nullptr);
    gateways.back().restored(config, at_ms(0));
  }
  uint64_t first_ms = UINT64_MAX, last_ms = 0;
  for (SyncMachine& gateway : gateways) {
    uint64_t now_ms = 0;
    while (now_ms < 600'000) {  // the outage
      gateway.poll(at_ms(now_ms));
      gateway.failed("down", at_ms(now_ms));
      now_ms = (gateway.due_us() + 999) / 1000;
    }
    first_ms = std::min(first_ms, now_ms);
    last_ms = std::max(last_ms, now_ms);
  }
  CHECK(last_ms - first_ms >= 10'000);
  CHECK(last_ms - 600'000 <= 11'000);
}

TEST_CASE("a link that is down for thirty days changes nothing of what is served, and the state tells") {
  Machine made = fresh_machine();
  const auto before = made.machine.in_force();
  while (made.now_ms < 30ull * 86'400'000) {
    made.next_poll();
    made.fail();
  }
  CHECK(made.machine.in_force() == before);
  CHECK(made.state() == "serving-stale");
  made.next_poll();
  CHECK(is_usual(made.waited_ms));
  made.answer(status(304));
  CHECK(made.state() == "serving-fresh");
}
