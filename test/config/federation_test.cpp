// The machines together: from a start without or with a backup to the goodbye.
#include "config/sync/federation.hpp"

#include <doctest/doctest.h>

#include <map>

#include "deliveries.hpp"

using namespace gatelet;
using namespace gatelet::test;

namespace {

using Kind = FederationAction::Kind;

Instant at_ms(uint64_t ms) { return {ms * 1000, 1'767'225'600'000 + static_cast<int64_t>(ms)}; }

// A host whose files are a map and whose plane answers what it is told.
struct Host {
  explicit Host(bool has_backups = false, std::map<std::string, std::string> disk = {}) : files(std::move(disk)) {
    FederationOptions options;
    options.identity = {"gw1", "i1", "gatelet/test"};
    options.facts = {"0.1.0", "host-a", "linux", "x86_64", {"http://0.0.0.0:8080", "https://0.0.0.0:8081"}, {"http2"}};
    options.build.policies = builtin_policies();
    options.has_backups = has_backups;
    federation.emplace(std::move(options), at_ms(0));
  }

  // Until there is nothing to do, or a call, which is returned.
  FederationAction run() {
    for (;;) {
      FederationAction action = federation->next(at_ms(now_ms));
      const Instant now = at_ms(now_ms);
      done += std::to_string(static_cast<int>(action.kind));
      switch (action.kind) {
        case Kind::none:
        case Kind::call: return action;
        case Kind::build: CHECK(federation->built(action.id, apply(*action.job), now)); break;
        case Kind::publish: published = action.config; break;
        case Kind::command:
          commands.push_back(action.command);
          CHECK(federation->command_done(action.id));
          break;
        case Kind::file: CHECK(federation->file_done(action.id, file(action.file), now)); break;
      }
    }
  }
  std::string file(const FileAction& action) {
    const std::string name(action.name);
    if (action.kind == FileAction::Kind::read) return files.contains(name) ? files[name] : "";
    if (action.kind == FileAction::Kind::write) files[name] = *action.bytes;
    if (action.kind == FileAction::Kind::rename) files[std::string(action.target)] = files[name], files.erase(name);
    return {};
  }
  // The next poll, or the next heartbeat; the other ones get no answer.
  FederationAction next_call(std::string_view part) {
    for (int i = 0; i < 100; ++i) {
      FederationAction action = run();
      if (action.kind == Kind::call && action.call.target.find(part) != std::string::npos) return action;
      if (action.kind == Kind::call)
        federation->failed(action.id, "down", at_ms(now_ms));
      else
        now_ms = (action.wake_us + 999) / 1000;
    }
    FAIL("no such call");
    return {};
  }
  void answer(const FederationAction& action, std::string body, std::string etag = {}) {
    PlaneAnswer answer;
    answer.status = 200;
    answer.body = std::move(body);
    answer.etag = std::move(etag);
    CHECK(federation->answered(action.id, std::move(answer), at_ms(now_ms)));
  }
  std::string state() const { return std::string(text_of(federation->state())); }

  std::map<std::string, std::string> files;
  std::optional<Federation> federation;
  uint64_t now_ms = 0;
  std::shared_ptr<const SyncedConfig> published;
  std::vector<PlaneCommand> commands;
  std::string done;
};

Json heartbeat(Host& host) {
  const FederationAction action = host.next_call("/heartbeat");
  CHECK(action.call.method == "POST");
  CHECK(action.call.body.size() <= heartbeat_bytes_max);
  const auto json = Json::parse(action.call.body);
  REQUIRE(json);
  host.answer(action, "{}");
  return *json;
}

}  // namespace

TEST_CASE("a gateway that starts with nothing asks at once, puts in force what comes, and writes a backup of it") {
  Host host(true);
  CHECK(host.state() == "loading-backup");
  const FederationAction poll = host.run();
  REQUIRE(poll.kind == Kind::call);
  CHECK(host.now_ms == 0);
  CHECK(host.state() == "no-config");
  host.answer(poll, snapshot_text(small_service(), 5));
  CHECK(host.run().kind == Kind::none);
  REQUIRE(host.published);
  CHECK(host.published->delivered->revision == 5);
  CHECK(host.state() == "serving-fresh");
  REQUIRE(host.files.contains("config-a.backup"));
  CHECK(read_backup(host.files["config-a.backup"], "")->content.revision == 5);
}

TEST_CASE("a gateway that starts with a backup serves it, and asks only for what changed since") {
  Host first(true);
  first.answer(first.run(), snapshot_text(small_service(), 5), "\"e5\"");
  first.run();
  Host host(true, first.files);
  const FederationAction poll = host.run();
  REQUIRE(host.published);
  CHECK(host.published->delivered->revision == 5);
  CHECK(host.state() == "serving-backup");
  REQUIRE(poll.kind == Kind::call);
  CHECK(poll.call.target.ends_with("config?base=5"));
  host.federation->failed(poll.id, "down", at_ms(host.now_ms));
  CHECK(host.state() == "serving-backup");
  host.answer(host.next_call("/config"), delta_text(delivered_set(small_service(), 5), delivered_set(small_service("2"), 6)), "\"e6\"");
  host.run();
  CHECK(host.published->delivered->revision == 6);
  CHECK(host.state() == "serving-fresh");
  CHECK(read_backup(host.files["config-b.backup"], "")->content.revision == 6);
}

TEST_CASE("a newest backup that is whole but cannot be used makes way for the one before") {
  Host first(true);
  first.answer(first.run(), snapshot_text(small_service(), 5), "\"e5\"");
  first.run();
  BackupContent content = read_backup(first.files["config-a.backup"], "")->content;
  content.document.replace(content.document.find("\"value\":\"v\""), 11, "\"value\":\"w\"");
  first.files["config-b.backup"] = with_generation(write_backup(content, {}, ""), 9);
  Host host(true, first.files);
  host.run();
  REQUIRE(host.published);
  CHECK(host.published->delivered->revision == 5);
  Host nothing(true, {{"config-a.backup", first.files["config-b.backup"]}, {"config-b.backup", "x"}});
  CHECK(nothing.run().kind == Kind::call);
  CHECK_FALSE(nothing.published);
  CHECK(nothing.state() == "no-config");
}

TEST_CASE("a disk that does not answer keeps the first poll waiting two seconds, and a late backup changes nothing") {
  Host host(true);
  const FederationAction read = host.federation->next(at_ms(0));
  REQUIRE(read.kind == Kind::file);
  FederationAction action = host.federation->next(at_ms(0));
  CHECK(action.kind == Kind::none);
  FederationAction poll;
  for (host.now_ms = 0; poll.call.target.find("/config") == std::string::npos; ++host.now_ms) {
    REQUIRE(host.now_ms <= 2'000);
    poll = host.federation->next(at_ms(host.now_ms));
  }
  CHECK(host.now_ms == 2'001);
  host.answer(poll, snapshot_text(small_service(), 7));
  host.run();
  REQUIRE(host.published);
  host.federation->file_done(read.id, std::string(), at_ms(host.now_ms));
  host.run();
  CHECK(host.published->delivered->revision == 7);
}

TEST_CASE("replies to what is over are stale and do nothing") {
  Host host;
  const FederationAction poll = host.run();
  CHECK_FALSE(host.federation->answered(poll.id + 100, {}, at_ms(0)));
  CHECK_FALSE(host.federation->answered(0, {}, at_ms(0)));
  CHECK_FALSE(host.federation->built(poll.id, {}, at_ms(0)));
  CHECK_FALSE(host.federation->file_done(poll.id, std::string(), at_ms(0)));
  CHECK_FALSE(host.federation->command_done(poll.id));
  CHECK(host.federation->failed(poll.id, "down", at_ms(0)));
  CHECK_FALSE(host.federation->failed(poll.id, "down", at_ms(0)));
  PlaneAnswer late;
  late.status = 200;
  late.body = snapshot_text(small_service(), 5);
  CHECK_FALSE(host.federation->answered(poll.id, late, at_ms(0)));
  host.run();
  CHECK_FALSE(host.published);
}

TEST_CASE("a heartbeat every minute tells how the gateway is") {
  Host host;
  host.answer(host.run(), snapshot_text(small_service(), 5), "\"e5\"");
  HeartbeatLoad load;
  load.requests_per_s = 12.5;
  load.in_flight = 3;
  host.federation->set_load(load);
  Json body = heartbeat(host);
  const uint64_t first_ms = host.now_ms;
  CHECK(first_ms <= 2'000);
  CHECK(body["instance"].string() == "i1");
  CHECK(body["gatewayVersion"].string() == "0.1.0");
  CHECK(body["gspVersion"].string() == "1.0");
  CHECK(body["hostName"].string() == "host-a");
  CHECK(body["state"].string() == "serving-fresh");
  CHECK(body["startedAt"].string() == "2026-01-01T00:00:00.0000000Z");
  CHECK(body["config"]["revision"].number() == 5);
  CHECK(body["config"]["etag"].string() == "e5");
  CHECK(body["config"]["loadedFrom"].string() == "server");
  CHECK(body["lastSync"]["ok"].boolean());
  CHECK(body["lastSync"]["status"].number() == 200);
  CHECK(body["load"]["rps1m"].number() == 12.5);
  CHECK(body["load"]["inflight"].number() == 3);
  CHECK(body["listeners"][1]["tls"].boolean());
  CHECK(body["errors"].is_array());
  heartbeat(host);
  CHECK(host.now_ms - first_ms >= 54'000);
  CHECK(host.now_ms - first_ms <= 66'000);
}

TEST_CASE("a heartbeat names what is held back, as much of it as there is room for") {
  Host host;
  Resources resources = small_service();
  for (int i = 0; i < 60; ++i) {
    add_api(resources, std::string(200, 'a') + std::to_string(i), "1");
    poison_api(resources, std::string(200, 'a') + std::to_string(i));
  }
  host.answer(host.run(), snapshot_text(resources, 5));
  const Json body = heartbeat(host);
  CHECK(body["errors"].size() > 10);
  CHECK(body["errors"][0]["k"].string().starts_with("apis/aaa"));
  CHECK_FALSE(body["errors"][0]["message"].string().empty());
}

TEST_CASE("commands are done once and acknowledged; a resync asks for everything, other ones are the host's") {
  Host host;
  host.answer(host.run(), snapshot_text(small_service(), 5), "\"e5\"");
  const std::string commands =
      R"({"commands":[{"id":"c1","type":"resync"},{"id":"c2","type":"set-log-level","args":{"level":"debug"}},{"type":"nameless"}],)"
      R"("pollSeconds":30,"heartbeatSeconds":20,"tokenExpiresAt":"2026-01-05T00:00:00Z"})";
  host.answer(host.next_call("/heartbeat"), commands);
  CHECK(host.federation->token_expires_ms() == parse_iso_timestamp("2026-01-05T00:00:00Z"));
  const uint64_t before_ms = host.now_ms;
  const FederationAction poll = host.next_call("/config");
  CHECK(poll.call.target.ends_with("/config"));
  host.answer(poll, snapshot_text(small_service(), 5), "\"e5\"");
  const FederationAction beat = host.next_call("/heartbeat");
  CHECK(host.now_ms - before_ms <= 66'000);
  const auto body = Json::parse(beat.call.body);
  CHECK((*body)["acknowledged"].text() == R"(["c1","c2"])");
  host.answer(beat, commands);
  REQUIRE(host.commands.size() == 1);
  CHECK(host.commands[0].type == "set-log-level");
  CHECK(host.commands[0].arguments == R"({"level":"debug"})");
  CHECK(heartbeat(host)["acknowledged"].size() == 0);
  CHECK(host.commands.size() == 1);
}

TEST_CASE("a gateway that stops says so once, and asks for nothing more") {
  Host host(true);
  host.answer(host.run(), snapshot_text(small_service(), 5));
  host.federation->drain();
  const FederationAction last = host.run();
  CHECK(host.state() == "draining");
  REQUIRE(last.kind == Kind::call);
  CHECK(last.call.body.find(R"("state":"stopping")") != std::string::npos);
  CHECK(host.run().kind == Kind::none);
  host.now_ms += 3'600'000;
  const FederationAction after = host.run();
  CHECK(after.kind == Kind::none);
}
