#include "manage/manage/gsp.hpp"

#include "config/sync/signature.hpp"
#include "fake_plane.hpp"
#include "http/gzip.hpp"
#include "keys.hpp"

using namespace gatelet;
using namespace gatelet::manage;
using namespace gatelet::test;

namespace {

constexpr int64_t day_ms = 86'400'000;

// One gateway, "gw", with the API echo; requests are its own unless they say otherwise.
struct GspFixture {
  GspFixture() {
    plane.ask("PUT", "/apis/echo", echo_api);
    plane.ask("PUT", "/gateways/gw", R"({"properties":{}})");
    plane.ask("PUT", "/gateways/gw/apis/echo");
    plane.ask("PUT", "/gateways/second", R"({"properties":{}})");
    plane.plane->take_changes();
    server.emplace(*plane.plane);
    token = *plane.plane->gateway_token("gw", plane.now_ms + day_ms);
  }

  ManageRequest request(std::string method, std::string rest, std::string body = {}) const {
    ManageRequest out;
    out.method = std::move(method);
    out.path = "/gateway-sync/v1/gateways/gw/" + std::move(rest);
    out.body = std::move(body);
    out.client = "192.0.2.1";
    out.now_ms = plane.now_ms;
    out.headers = {{"Authorization", "GatewayKey " + token}, {"Gsp-Version", "1.0"}, {"Gsp-Instance", "i1"}};
    return out;
  }
  ManageAnswer answer(const ManageRequest& request) {
    int64_t wait = 0;
    if (auto at_once = server->answer_at_once(request, wait)) return *at_once;
    ManageAnswer out = server->answer(request);
    const bool is_written = static_cast<bool>(plane.plane->commit());
    server->note_commit(is_written);
    return is_written ? out : error_answer(503, "ServiceUnavailable", "");
  }
  ManageAnswer ask(std::string method, std::string rest, std::string body = {}) {
    return answer(request(std::move(method), std::move(rest), std::move(body)));
  }
  Json json(const ManageAnswer& answer) {
    REQUIRE(answer.body);
    return *Json::parse(*answer.body);
  }
  FakePlane plane;
  std::optional<GspServer> server;
  std::string token;
};

std::string telemetry(const std::string& batch, int calls) {
  return "{\"batch\":\"" + batch +
         "\",\"seq\":1}\n{\"minute\":\"2026-01-01T08:15:20Z\",\"apiId\":\"echo;rev=1\",\"operationId\":\"get\",\"callCountSuccess\":" +
         std::to_string(calls) + ",\"apiTimeMin\":" + std::to_string(calls) + ",\"apiTimeMax\":" + std::to_string(calls) +
         ",\"apiTimeSum\":10,\"apiTimeHistogram\":[1,2]}\n";
}

}  // namespace

TEST_CASE("gsp: who shows another gateway's token, none, a wrong or an old one gets 401") {
  GspFixture fixture;
  struct Row {
    const char *gateway, *prefix, *suffix;
    int64_t later_ms;
    int status;
  };
  for (const Row& row : {
           Row{"gw", "GatewayKey ", "", 0, 200},
           Row{"GW", "", "", 0, 200},
           Row{"second", "GatewayKey ", "", 0, 401},
           Row{"none", "GatewayKey ", "", 0, 401},
           Row{"gw", "GatewayKey ", "x", 0, 401},
           Row{"gw", "GatewayKey ", "", 2 * day_ms, 401},
       }) {
    CAPTURE(row.gateway);
    ManageRequest request = fixture.request("GET", "config");
    request.path = "/gateway-sync/v1/gateways/" + std::string(row.gateway) + "/config";
    request.headers = {{"Authorization", row.prefix + fixture.token + row.suffix}};
    request.now_ms += row.later_ms;
    CHECK(fixture.answer(request).status == row.status);
  }
  ManageRequest without = fixture.request("GET", "config");
  without.headers.clear();
  CHECK(fixture.answer(without).status == 401);
  fixture.plane.ask("POST", "/gateways/gw/regenerateKey", R"({"keyType":"primary"})");
  fixture.server->note_commit(true);
  CHECK(fixture.ask("GET", "config").status == 401);
}

TEST_CASE("gsp: an address that shows wrong tokens too often is told to wait; right ones are let in") {
  GspFixture fixture;
  ManageRequest wrong = fixture.request("GET", "config");
  wrong.headers = {{"Authorization", "GatewayKey gw&203001010000&AAAA"}};
  for (uint32_t i = 0; i < auth_failures_per_s_max; ++i) CHECK(fixture.answer(wrong).status == 401);
  const ManageAnswer refused = fixture.answer(wrong);
  CHECK(refused.status == 429);
  CHECK(header(refused, "Retry-After") == "1");
  CHECK(fixture.ask("GET", "config").status == 200);
  wrong.client = "192.0.2.2";
  CHECK(fixture.answer(wrong).status == 401);
  wrong.client = "192.0.2.1";
  wrong.now_ms += 1'000;
  CHECK(fixture.answer(wrong).status == 401);
}

TEST_CASE("gsp: what is not spoken here gets its own status") {
  struct Row {
    const char *method, *rest, *header, *value;
    int status;
  };
  for (const Row& row : {
           Row{"GET", "config", "Gsp-Version", "0.9", 426},
           Row{"GET", "config", "Gsp-Version", "2.0", 426},
           Row{"GET", "config", "Gsp-Version", "1.7", 200},
           Row{"GET", "config", "Accept", "application/vnd.gsp.config+json;v=1", 200},
           Row{"GET", "config", "Accept", "application/vnd.gsp.config+json;v=2", 406},
           Row{"GET", "config", "Accept", "text/html, application/xml", 406},
           Row{"GET", "config", "Accept", "text/html, */*;q=0.1", 200},
           Row{"POST", "config", "X", "", 405},
           Row{"GET", "heartbeat", "X", "", 405},
           Row{"GET", "nothing", "X", "", 404},
           Row{"GET", "blobs/00", "X", "", 404},
           Row{"PUT", "traces/", "X", "", 400},
       }) {
    CAPTURE(row.rest);
    CAPTURE(row.value);
    GspFixture fixture;
    ManageRequest request = fixture.request(row.method, row.rest);
    std::erase_if(request.headers, [&](const auto& item) { return item.first == row.header; });
    request.headers.emplace_back(row.header, row.value);
    const ManageAnswer answer = fixture.answer(request);
    CHECK(answer.status == row.status);
    if (row.status == 426) CHECK(header(answer, "Upgrade") == "GSP/1");
  }
}

TEST_CASE("gsp: nothing new is 304 from memory; a change ends it") {
  GspFixture fixture;
  const ManageAnswer first = fixture.ask("GET", "config");
  CHECK(header(first, "Gsp-Kind") == "snapshot");
  ManageRequest request = fixture.request("GET", "config");
  request.headers.emplace_back("If-None-Match", header(first, "ETag"));
  int64_t wait = 0;
  const auto second = fixture.server->answer_at_once(request, wait);
  REQUIRE(second);
  CHECK(second->status == 304);
  request.headers.emplace_back("Prefer", "wait=25");
  CHECK_FALSE(fixture.server->answer_at_once(request, wait));
  CHECK(wait == request.now_ms + 25'000);
  CHECK_FALSE(fixture.server->has_news(request));
  fixture.plane.ask("PUT", "/apis/echo/operations/get", R"({"properties":{"displayName":"G","method":"GET","urlTemplate":"/"}})");
  fixture.server->note_commit(true);
  CHECK(fixture.server->has_news(request));
}

TEST_CASE("gsp: a configuration is signed with the plane's key, as gateways check it") {
  GspFixture fixture;
  auto key = read_signing_key("k1", test::plane_private_key, {count_up, &fixture.plane.state});
  REQUIRE(key);
  CHECK_FALSE(read_signing_key("k1", test::plane_public_key, {count_up, &fixture.plane.state}));
  fixture.server.emplace(*fixture.plane.plane, *std::move(key));
  auto pinned = read_pinned_key("k1", test::plane_public_key);
  REQUIRE(pinned);
  const ManageAnswer answer = fixture.ask("GET", "config");
  const std::string etag = header(answer, "ETag").substr(1, header(answer, "ETag").size() - 2);
  const std::string signature = header(answer, "Gsp-Signature");
  CHECK(is_signed(signature, "gw", etag, *answer.body, {*pinned}));
  CHECK_FALSE(is_signed(signature, "second", etag, *answer.body, {*pinned}));
  CHECK_FALSE(is_signed(signature, "gw", etag, *answer.body + " ", {*pinned}));
  fixture.plane.ask("PUT", "/apis/echo/operations/get", R"({"properties":{"displayName":"G","method":"GET","urlTemplate":"/"}})");
  fixture.server->note_commit(true);
  const ManageAnswer next = fixture.ask("GET", "config");
  CHECK(header(next, "Gsp-Signature") != signature);
}

TEST_CASE("gsp: a command goes to the instances that are there until each has acknowledged it") {
  GspFixture fixture;
  const auto queue = [&](const char* body) { return fixture.plane.ask("POST", "/gateways/gw/queueCommand", body); };
  CHECK(queue(R"({"type":"resync"})").status == 409);
  const auto beat = [&](const std::string& instance, const std::string& acknowledged) {
    const ManageAnswer out = fixture.ask(
        "POST", "heartbeat", "{\"instance\":\"" + instance + "\",\"state\":\"serving-fresh\",\"acknowledged\":[" + acknowledged + "]}");
    CHECK(out.status == 200);
    return fixture.json(out)["commands"];
  };
  CHECK(beat("i1", "").size() == 0);
  CHECK(beat("i2", "").size() == 0);
  CHECK(queue(R"({"type":"run-program"})").status == 400);
  CHECK(queue(R"({"type":"set-log-level"})").status == 400);
  CHECK(queue(R"({"type":"resync","instance":"none"})").status == 400);
  const ManageAnswer queued = queue(R"({"type":"set-log-level","args":{"level":"debug"}})");
  CHECK(queued.status == 200);
  const std::string id(fixture.json(queued)["id"].string());
  const Json first = beat("i1", "");
  REQUIRE(first.size() == 1);
  CHECK(first[size_t{0}]["id"].string() == id);
  CHECK(first[size_t{0}]["args"]["level"].string() == "debug");
  CHECK(beat("i1", "\"" + id + "\"").size() == 0);
  CHECK(fixture.plane.json("/gateways/gw/commands")["value"][size_t{0}]["waiting"].text() == R"(["i2"])");
  CHECK(beat("i2", "").size() == 1);
  CHECK(beat("i2", "\"" + id + "\"").size() == 0);
  CHECK(fixture.plane.json("/gateways/gw/commands")["count"].number() == 0);
  CHECK(fixture.plane.json("/gateways/gw/instances")["count"].number() == 2);
}

TEST_CASE("gsp: an instance is healthy, degraded or lost by its last heartbeat") {
  GspFixture fixture;
  const auto health = [&] { return fixture.plane.json("/gateways/gw/instances")["value"][size_t{0}]["health"]; };
  fixture.ask("POST", "heartbeat", R"({"instance":"i","state":"serving-fresh","errors":[]})");
  CHECK(health().string() == "healthy");
  fixture.ask("POST", "heartbeat", R"({"instance":"i","state":"serving-fresh","errors":[{"k":"apis/a","code":"x"}]})");
  CHECK(health().string() == "degraded");
  fixture.plane.now_ms += 151'000;
  CHECK(health().string() == "lost");
  fixture.plane.now_ms += day_ms;
  CHECK(fixture.plane.json("/gateways/gw/instances")["count"].number() == 0);
}

TEST_CASE("gsp: telemetry is added up by minute, and a batch only once, also after a restart") {
  GspFixture fixture;
  const auto told = [&](const ManageAnswer& answer) {
    CHECK(answer.status == 202);
    return answer.body ? *answer.body : std::string();
  };
  CHECK(told(fixture.ask("POST", "telemetry", telemetry("b1", 3))) == R"({"accepted":1,"duplicates":0})");
  CHECK(told(fixture.ask("POST", "telemetry", telemetry("b1", 3))) == R"({"accepted":0,"duplicates":1})");
  ManageRequest packed = fixture.request("POST", "telemetry", gzip(telemetry("b2", 5)));
  packed.headers.emplace_back("Content-Encoding", "gzip");
  CHECK(told(fixture.answer(packed)) == R"({"accepted":1,"duplicates":0})");
  REQUIRE(fixture.plane.store->reports.size() == 1);
  const auto& [key, values] = *fixture.plane.store->reports.begin();
  CHECK(key.minute_ms % 60'000 == 0);
  CHECK(key.api == "echo;rev=1");
  CHECK(values.counts[0] == 8);
  CHECK(values.times[0].min == 3);
  CHECK(values.times[0].max == 5);
  CHECK(values.times[0].sum == 20);
  CHECK(values.buckets[1] == 4);
  fixture.server.reset();
  fixture.plane.restart();
  fixture.server.emplace(*fixture.plane.plane);
  CHECK(told(fixture.ask("POST", "telemetry", telemetry("b2", 5))) == R"({"accepted":0,"duplicates":1})");
}

TEST_CASE("gsp: telemetry that the store did not take may come again") {
  GspFixture fixture;
  fixture.plane.store->is_full = true;
  CHECK(fixture.ask("POST", "telemetry", telemetry("b1", 3)).status == 503);
  fixture.plane.store->is_full = false;
  CHECK(*fixture.ask("POST", "telemetry", telemetry("b1", 3)).body == R"({"accepted":1,"duplicates":0})");
}

TEST_CASE("gsp: bad telemetry, counters, traces and heartbeats are refused and add nothing") {
  struct Row {
    const char *method, *rest;
    std::string body;
    int status;
  };
  std::string many = "{\"batch\":\"b\",\"seq\":1}\n";
  for (size_t i = 0; i < telemetry_lines_max; ++i) many += "{}\n";
  const std::string huge(telemetry_bytes_max + 1, ' ');
  for (const Row& row : {
           Row{"POST", "telemetry", "no json\n", 400},
           Row{"POST", "telemetry", R"({"minute":"2026-01-01T00:00:00Z"})", 400},
           Row{"POST", "telemetry", "{\"batch\":\"b\",\"seq\":1}\n{\"minute\":\"soon\"}", 400},
           Row{"POST", "telemetry", "{\"batch\":\"b\",\"seq\":1}\n{\"minute\":\"2026-01-01T00:00:00Z\",\"bytesIn\":-1}", 400},
           Row{"POST", "telemetry", "{\"batch\":\"b\",\"seq\":1}\n{\"minute\":\"2026-01-01T00:00:00Z\",\"apiId\":{}}", 400},
           Row{"POST", "telemetry", R"({"batch":"b"})", 400},
           Row{"POST", "telemetry", many, 413},
           Row{"POST", "telemetry", huge, 413},
           Row{"POST", "counters", "{}", 400},
           Row{"POST", "counters", R"([{"key":"k","period":"soon","deltaCalls":1}])", 400},
           Row{"POST", "counters", R"([{"period":"2026-01-01T00:00:00Z/..","deltaCalls":1}])", 400},
           Row{"POST", "counters", R"([{"key":"k","period":"2026-01-01T00:00:00Z/..","deltaCalls":-1}])", 400},
           Row{"POST", "counters", huge, 413},
           Row{"PUT", "traces/t", "[]", 400},
           Row{"PUT", "traces/a%2Fb", "{}", 400},
           Row{"PUT", "traces/t", huge, 413},
           Row{"POST", "heartbeat", "{}", 400},
           Row{"POST", "heartbeat", huge, 413},
       }) {
    CAPTURE(row.rest);
    CAPTURE(row.body.substr(0, 100));
    GspFixture fixture;
    CHECK(fixture.ask(row.method, row.rest, row.body).status == row.status);
    CHECK(fixture.plane.store->reports.empty());
    CHECK(fixture.plane.store->counters.empty());
  }
  GspFixture fixture;
  ManageRequest request = fixture.request("POST", "telemetry", "x");
  request.headers.emplace_back("Content-Encoding", "zstd");
  CHECK(fixture.answer(request).status == 415);
  request.headers.back().second = "gzip";
  CHECK(fixture.answer(request).status == 400);
  request.body = gzip(std::string(telemetry_unpacked_bytes_max + 1, '\n'));
  CHECK(fixture.answer(request).status == 413);
  int last = 0;
  for (uint32_t i = 0; i <= telemetry_posts_per_minute_max; ++i) last = fixture.ask("POST", "telemetry", "").status;
  CHECK(last == 429);
}

TEST_CASE("gsp: counters of all gateways add up, and outlive the plane") {
  GspFixture fixture;
  const std::string period = R"("period":"2026-01-01T00:00:00Z/2026-02-01T00:00:00Z")";
  const auto exchange = [&](int calls) {
    const ManageAnswer answer =
        fixture.ask("POST", "counters", "[{\"key\":\"k\"," + period + ",\"deltaCalls\":" + std::to_string(calls) + ",\"deltaKb\":2}]");
    REQUIRE(answer.status == 200);
    return fixture.json(answer)[size_t{0}];
  };
  CHECK(exchange(3)["calls"].number() == 3);
  const Json second = exchange(4);
  CHECK(second["calls"].number() == 7);
  CHECK(second["kb"].number() == 4);
  CHECK(second["periodEnd"].string() == "2026-02-01T00:00:00.0000000Z");
  fixture.plane.store->is_full = true;
  CHECK(fixture.ask("POST", "counters", "[{\"key\":\"k\"," + period + ",\"deltaCalls\":9}]").status == 503);
  fixture.plane.store->is_full = false;
  CHECK(exchange(0)["calls"].number() == 7);
  fixture.server.reset();
  fixture.plane.restart();
  fixture.server.emplace(*fixture.plane.plane);
  CHECK(exchange(1)["calls"].number() == 8);
}

TEST_CASE("gsp: a trace is told by listTrace for an hour, for its own gateway") {
  GspFixture fixture;
  CHECK(fixture.ask("PUT", "traces/t1", R"({"traceEntries":{"inbound":[{"source":"x"}]}})").status == 204);
  const auto listed = [&](const char* gateway) {
    return fixture.plane.ask("POST", "/gateways/" + std::string(gateway) + "/listTrace", R"({"traceId":"t1"})");
  };
  const Json told = fixture.json(listed("gw"));
  CHECK(told["traceId"].string() == "t1");
  CHECK(told["traceEntries"]["inbound"].size() == 1);
  CHECK(listed("second").status == 404);
  fixture.plane.now_ms += trace_kept_ms + 1;
  CHECK(listed("gw").status == 404);
}
