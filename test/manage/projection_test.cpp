#include "fake_plane.hpp"

#include "config/sync/delivery.hpp"
#include "http/gzip.hpp"
#include "manage/manage/gsp.hpp"
#include "manage/manage/projection.hpp"

using namespace gatelet;
using namespace gatelet::manage;
using namespace gatelet::test;

namespace {

struct Fixture {
  Fixture() {
    plane.ask("PUT", "/apis/echo", echo_api);
    plane.ask("PUT", "/apis/other", R"({"properties":{"displayName":"O","path":"other"}})");
    plane.ask("PUT", "/gateways/gw", R"({"properties":{}})");
    plane.ask("PUT", "/gateways/gw/apis/echo");
    plane.ask("PUT", "/namedValues/used", R"({"properties":{"displayName":"used","value":"1"}})");
    plane.ask("PUT", "/namedValues/unused", R"({"properties":{"displayName":"nobody","value":"1"}})");
    REQUIRE(plane.status("PUT", "/apis/echo/policies/policy", policy("<set-variable name=\"a\" value=\"{{used}}\"/>")) == 201);
  }

  DeliveredSet read(const Delivered& delivered, const DeliveredSet* base = nullptr) {
    const ReadDelivery out = read_delivery(*delivered.text, "gw", base);
    INFO(out.message);
    REQUIRE(out.set);
    return *out.set;
  }
  FakePlane plane;
};

}  // namespace

TEST_CASE("projection: a gateway gets its APIs and what they reach, and nothing else") {
  Fixture fixture;
  Projection projection("gw");
  CHECK(projection.renew(*fixture.plane.plane, nullptr));
  const DeliveredSet set = fixture.read(projection.snapshot());
  CHECK(set.resources.contains("apis/echo;rev=1"));
  CHECK(set.resources.contains("namedValues/used"));
  CHECK_FALSE(set.resources.contains("apis/other;rev=1"));
  CHECK_FALSE(set.resources.contains("namedValues/unused"));
  CHECK(gunzip(*projection.snapshot().gzip, 1 << 20));
}

TEST_CASE("projection: a change elsewhere leaves the ETag as it is; one of its own makes a delta") {
  Fixture fixture;
  Projection projection("gw");
  projection.renew(*fixture.plane.plane, nullptr);
  const DeliveredSet before = fixture.read(projection.snapshot());
  const std::string etag = projection.etag();
  for (int i = 0; i < 20; ++i)
    fixture.plane.ask("PUT", "/apis/echo/operations/o" + std::to_string(i),
                      R"({"properties":{"displayName":"O","method":"GET","urlTemplate":"/)" + std::to_string(i) + "\"}}");
  projection.renew(*fixture.plane.plane, nullptr);
  const DeliveredSet middle = fixture.read(projection.snapshot());
  fixture.plane.ask("PUT", "/tags/t", R"({"properties":{"displayName":"T"}})");
  CHECK_FALSE(projection.renew(*fixture.plane.plane, nullptr));
  fixture.plane.ask("PUT", "/namedValues/used", R"({"properties":{"displayName":"used","value":"2"}})");
  fixture.plane.ask("DELETE", "/apis/echo/operations/o3");
  CHECK(projection.renew(*fixture.plane.plane, nullptr));
  CHECK(projection.etag() != etag);
  const auto delta = projection.delta(middle.revision);
  REQUIRE(delta);
  const DeliveredSet after = fixture.read(*delta, &middle);
  CHECK(after.root == projection.root());
  CHECK_FALSE(after.resources.contains("apis/echo;rev=1/operations/o3"));
  CHECK_FALSE(projection.delta(before.revision + 1'000'000));
}

TEST_CASE("projection: deltas over several changes say nothing of what came and went") {
  Fixture fixture;
  Projection projection("gw");
  for (int i = 0; i < 20; ++i)
    fixture.plane.ask("PUT", "/apis/echo/operations/o" + std::to_string(i),
                      R"({"properties":{"displayName":"O","method":"GET","urlTemplate":"/)" + std::to_string(i) + "\"}}");
  projection.renew(*fixture.plane.plane, nullptr);
  const DeliveredSet base = fixture.read(projection.snapshot());
  fixture.plane.ask("PUT", "/apis/echo/operations/new", R"({"properties":{"displayName":"O","method":"GET","urlTemplate":"/new"}})");
  projection.renew(*fixture.plane.plane, nullptr);
  fixture.plane.ask("DELETE", "/apis/echo/operations/new");
  fixture.plane.ask("DELETE", "/apis/echo/operations/o1");
  projection.renew(*fixture.plane.plane, nullptr);
  fixture.plane.ask("PUT", "/apis/echo/operations/o1", R"({"properties":{"displayName":"P","method":"GET","urlTemplate":"/1"}})");
  projection.renew(*fixture.plane.plane, nullptr);
  const auto delta = projection.delta(base.revision);
  REQUIRE(delta);
  CHECK(fixture.read(*delta, &base).root == projection.root());
}

TEST_CASE("gsp: who shows another gateway's token, none or an old one gets 401") {
  Fixture fixture;
  fixture.plane.ask("PUT", "/gateways/second", R"({"properties":{}})");
  GspServer server(*fixture.plane.plane);
  const auto status = [&](std::string gateway, std::string authorization, int64_t now_ms) {
    ManageRequest request;
    request.method = "GET";
    request.path = "/gateway-sync/v1/gateways/" + gateway + "/config";
    request.headers = {{"Authorization", std::move(authorization)}};
    request.now_ms = now_ms;
    int64_t wait = 0;
    const auto answer = server.answer_at_once(request, wait);
    return answer ? answer->status : server.answer(request).status;
  };
  const int64_t now = fixture.plane.now_ms;
  const std::string token = *fixture.plane.plane->gateway_token("gw", now + 86'400'000);
  CHECK(status("gw", "GatewayKey " + token, now) == 200);
  CHECK(status("GW", token, now) == 200);
  CHECK(status("second", "GatewayKey " + token, now) == 401);
  CHECK(status("gw", "", now) == 401);
  CHECK(status("gw", "GatewayKey " + token + "x", now) == 401);
  CHECK(status("gw", "GatewayKey " + token, now + 2 * 86'400'000) == 401);
  fixture.plane.ask("POST", "/gateways/gw/regenerateKey", R"({"keyType":"primary"})");
  server.note_changes();
  CHECK(status("gw", "GatewayKey " + token, now) == 401);
}

TEST_CASE("gsp: nothing new is 304 from memory; a change ends it") {
  Fixture fixture;
  GspServer server(*fixture.plane.plane);
  const std::string token = *fixture.plane.plane->gateway_token("gw", fixture.plane.now_ms + 86'400'000);
  ManageRequest request;
  request.method = "GET";
  request.path = "/gateway-sync/v1/gateways/gw/config";
  request.now_ms = fixture.plane.now_ms;
  request.headers = {{"Authorization", "GatewayKey " + token}};
  int64_t wait = 0;
  CHECK_FALSE(server.answer_at_once(request, wait));
  const ManageAnswer first = server.answer(request);
  CHECK(header(first, "Gsp-Kind") == "snapshot");
  request.headers.emplace_back("If-None-Match", header(first, "ETag"));
  const auto second = server.answer_at_once(request, wait);
  REQUIRE(second);
  CHECK(second->status == 304);
  request.headers.emplace_back("Prefer", "wait=25");
  CHECK_FALSE(server.answer_at_once(request, wait));
  CHECK(wait == request.now_ms + 25'000);
  CHECK_FALSE(server.has_news(request));
  fixture.plane.ask("PUT", "/namedValues/used", R"({"properties":{"displayName":"used","value":"2"}})");
  server.note_changes();
  CHECK(server.has_news(request));
}
