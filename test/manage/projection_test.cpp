#include "config/sync/delivery.hpp"
#include "fake_plane.hpp"
#include "http/gzip.hpp"
#include "manage/manage/projections.hpp"
#include "manage/manage/token.hpp"

using namespace gatelet;
using namespace gatelet::manage;
using namespace gatelet::test;

namespace {

struct ProjectionFixture {
  ProjectionFixture() {
    plane.ask("PUT", "/apis/echo", echo_api);
    plane.ask("PUT", "/apis/other", R"({"properties":{"displayName":"O","path":"other"}})");
    plane.ask("PUT", "/gateways/gw", R"({"properties":{}})");
    plane.ask("PUT", "/gateways/gw/apis/echo");
    plane.ask("PUT", "/namedValues/used", R"({"properties":{"displayName":"used","value":"1"}})");
    plane.ask("PUT", "/namedValues/unused", R"({"properties":{"displayName":"nobody","value":"1"}})");
    REQUIRE(plane.status("PUT", "/apis/echo/policies/policy", policy("<set-variable name=\"a\" value=\"{{used}}\"/>")) == 201);
    for (int i = 0; i < 20; ++i) operation("o" + std::to_string(i));
    projections.emplace(*plane.plane);
    plane.plane->take_changes();
  }

  void operation(const std::string& name) {
    plane.ask("PUT", "/apis/echo/operations/" + name,
              R"({"properties":{"displayName":"O","method":"GET","urlTemplate":"/)" + name + "\"}}");
  }
  // Asks, and tells the projections of what that changed.
  int change(std::string method, std::string path, std::string body = {}) {
    const int status = plane.status(std::move(method), std::move(path), std::move(body));
    projections->note(plane.plane->take_changes());
    return status;
  }
  DeliveredSet snapshot(const std::string& gateway = "gw") {
    return read(projections->deliver(gateway, gateway, "", {}), nullptr, gateway);
  }
  // What a poll with the set brings: the set after it, and whether it was a delta.
  std::pair<DeliveredSet, bool> follow(const DeliveredSet& held, const std::string& gateway = "gw") {
    const Delivered delivered = projections->deliver(gateway, gateway, held.etag(), held.revision);
    return {read(delivered, &held, gateway), delivered.is_delta};
  }
  DeliveredSet read(const Delivered& delivered, const DeliveredSet* base = nullptr, const std::string& gateway = "gw") {
    const ReadDelivery out = read_delivery(*delivered.text(), gateway, base);
    INFO(out.message);
    REQUIRE(out.set);
    return *out.set;
  }
  FakePlane plane;
  std::optional<Projections> projections;
};

}  // namespace

TEST_CASE("projection: a gateway gets its APIs and what they reach, and nothing else") {
  ProjectionFixture fixture;
  const DeliveredSet set = fixture.snapshot();
  CHECK(set.resources.contains("apis/echo;rev=1"));
  CHECK(set.resources.contains("namedValues/used"));
  CHECK_FALSE(set.resources.contains("apis/other;rev=1"));
  CHECK_FALSE(set.resources.contains("namedValues/unused"));
}

TEST_CASE("projection: what a policy may mean by name is delivered") {
  struct Row {
    const char *kind, *body, *inbound;
    bool is_delivered;
  };
  constexpr const char* backend = R"({"properties":{"url":"http://b.test","protocol":"http"}})";
  for (const Row& row : {
           Row{"backends/thing", backend, R"(<set-backend-service backend-id="thing"/>)", true},
           Row{"backends/thing", backend, R"(<set-backend-service backend-id='Thing' />)", true},
           Row{"backends/thing", backend, R"x(<set-backend-service backend-id="@("th" + "ing")"/>)x", true},
           Row{"backends/thing", backend, R"(<set-variable name="a" value="thing or other"/>)", false},
           Row{"policyFragments/thing", R"({"properties":{"format":"rawxml","value":"<fragment/>"}})",
               R"(<include-fragment fragment-id="thing"/>)", true},
           Row{"policyFragments/thing", R"({"properties":{"format":"rawxml","value":"<fragment/>"}})", "", false},
           Row{"namedValues/id", R"({"properties":{"displayName":"thing","value":"v"}})", R"(<set-variable name="a" value="x-{{thing}}"/>)",
               true},
           Row{"namedValues/id", R"({"properties":{"displayName":"thing","value":"v"}})", R"(<set-variable name="id" value="id"/>)", false},
       }) {
    CAPTURE(row.kind);
    CAPTURE(row.inbound);
    ProjectionFixture fixture;
    REQUIRE(fixture.change("PUT", "/" + std::string(row.kind), row.body) == 201);
    REQUIRE(fixture.change("PUT", "/apis/echo/policies/policy", policy(row.inbound)) == 200);
    CHECK(fixture.snapshot().resources.contains(row.kind) == row.is_delivered);
  }
}

TEST_CASE("projection: a named value that names a backend brings that backend") {
  ProjectionFixture fixture;
  fixture.change("PUT", "/backends/b", R"({"properties":{"url":"http://b.test","protocol":"http"}})");
  fixture.change("PUT", "/namedValues/used", R"({"properties":{"displayName":"used","value":"b"}})");
  CHECK(fixture.snapshot().resources.contains("backends/b"));
}

TEST_CASE("projection: only what a write may reach is looked at again") {
  ProjectionFixture fixture;
  fixture.change("PUT", "/gateways/second", R"({"properties":{}})");
  fixture.change("PUT", "/gateways/second/apis/other");
  fixture.change("PUT", "/users/u", R"({"properties":{"email":"u@x.test","firstName":"U","lastName":"V"}})");
  struct Row {
    const char *method, *path, *body;
    bool is_first, is_second;
  };
  for (const Row& row : {
           Row{"PUT", "/apis/echo/operations/o3", R"({"properties":{"displayName":"P","method":"GET","urlTemplate":"/3"}})", true, false},
           Row{"PUT", "/apis/other/operations/o", R"({"properties":{"displayName":"P","method":"GET","urlTemplate":"/"}})", false, true},
           Row{"PUT", "/tags/t", R"({"properties":{"displayName":"T"}})", false, false},
           Row{"PUT", "/namedValues/used", R"({"properties":{"displayName":"used","value":"2"}})", true, false},
           Row{"PUT", "/namedValues/unused", R"({"properties":{"displayName":"nobody","value":"2"}})", false, false},
           Row{"PUT", "/policies/policy", R"({"properties":{"format":"rawxml","value":"<policies/>"}})", true, true},
           Row{"PUT", "/products/p", R"({"properties":{"displayName":"P","state":"published"}})", true, true},
           Row{"PUT", "/products/p/apis/echo", "", true, false},
           Row{"PUT", "/subscriptions/s",
               R"({"properties":{"displayName":"S","scope":"/products/p","state":"active","ownerId":"/users/u"}})", true, false},
           Row{"PATCH", "/users/u", R"({"properties":{"state":"blocked"}})", true, false},
           Row{"PUT", "/subscriptions/all", R"({"properties":{"displayName":"A","scope":"/apis","state":"active"}})", true, true},
           Row{"PUT", "/gateways/second/hostnameConfigurations/h", R"({"properties":{"hostname":"h.test"}})", false, true},
           Row{"DELETE", "/subscriptions/s", "", true, false},
       }) {
    CAPTURE(row.path);
    const std::string first = fixture.projections->renewed("gw").etag, second = fixture.projections->renewed("second").etag;
    CHECK(fixture.change(row.method, row.path, row.body) < 300);
    const auto is_touched = [&](const char* gateway, const std::string& etag) {
      const Projections::Standing& now = *fixture.projections->standing(gateway);
      return now.is_stale || now.etag != etag;
    };
    CHECK(is_touched("gw", first) == row.is_first);
    CHECK(is_touched("second", second) == row.is_second);
  }
}

TEST_CASE("projection: gateways with the same APIs are looked at once") {
  ProjectionFixture fixture;
  for (int i = 0; i < 50; ++i) {
    const std::string gateway = "/gateways/g" + std::to_string(i);
    fixture.change("PUT", gateway, R"({"properties":{}})");
    fixture.change("PUT", gateway + "/apis/echo");
  }
  while (fixture.projections->renew_next()) {}
  const uint64_t before = fixture.projections->renewals();
  fixture.change("PUT", "/namedValues/used", R"({"properties":{"displayName":"used","value":"2"}})");
  while (fixture.projections->renew_next()) {}
  CHECK(fixture.projections->renewals() == before + 1);
  CHECK(fixture.snapshot("g7").resources.at("namedValues/used").value["value"].string() == "2");
}

TEST_CASE("projection: a change elsewhere leaves the ETag as it is; one of its own makes a delta") {
  ProjectionFixture fixture;
  const DeliveredSet before = fixture.snapshot();
  fixture.change("PUT", "/tags/t", R"({"properties":{"displayName":"T"}})");
  CHECK(fixture.projections->renewed("gw").etag == before.etag());
  fixture.change("PUT", "/namedValues/used", R"({"properties":{"displayName":"used","value":"2"}})");
  fixture.change("DELETE", "/apis/echo/operations/o3");
  CHECK(fixture.projections->renewed("gw").etag != before.etag());
  const auto [after, is_delta] = fixture.follow(before);
  CHECK(is_delta);
  CHECK_FALSE(after.resources.contains("apis/echo;rev=1/operations/o3"));
  DeliveredSet unknown = before;
  unknown.root = std::string(64, '0');
  CHECK_FALSE(fixture.projections->deliver("gw", "gw", unknown.etag(), unknown.revision).is_delta);
}

TEST_CASE("projection: deltas over several changes say nothing of what came and went") {
  ProjectionFixture fixture;
  const DeliveredSet base = fixture.snapshot();
  const auto renew = [&] {
    fixture.projections->note(fixture.plane.plane->take_changes());
    fixture.snapshot();
  };
  fixture.operation("new");
  renew();
  fixture.change("DELETE", "/apis/echo/operations/new");
  fixture.change("DELETE", "/apis/echo/operations/o1");
  renew();
  fixture.operation("o1");
  renew();
  const auto [after, is_delta] = fixture.follow(base);
  CHECK(after.root == fixture.snapshot().root);
}

TEST_CASE("projection: a gateway that gets another API gets a delta, and never a lower revision") {
  ProjectionFixture fixture;
  fixture.change("PUT", "/gateways/both", R"({"properties":{}})");
  fixture.change("PUT", "/gateways/both/apis/echo");
  fixture.change("PUT", "/gateways/both/apis/other");
  fixture.snapshot("both");
  fixture.change("PUT", "/namedValues/used", R"({"properties":{"displayName":"used","value":"2"}})");
  fixture.snapshot("both");
  const DeliveredSet held = fixture.snapshot();
  fixture.change("PUT", "/gateways/gw/apis/other");
  const auto [after, is_delta] = fixture.follow(held);
  CHECK(is_delta);
  CHECK(after.revision > held.revision);
  CHECK(after.resources.contains("apis/other;rev=1"));
  fixture.change("PUT", "/apis/other/operations/o", R"({"properties":{"displayName":"P","method":"GET","urlTemplate":"/"}})");
  CHECK(fixture.follow(held).second);
  fixture.change("DELETE", "/gateways/gw/apis/other");
  const auto [back, is_delta_back] = fixture.follow(after);
  CHECK(back.root == held.root);
  CHECK(back.revision > after.revision);
}

TEST_CASE("projection: what a plane delivered before it was started again keeps its ETag") {
  ProjectionFixture fixture;
  const std::string etag = fixture.projections->renewed("gw").etag;
  for (StoredProjection& item : fixture.projections->take_unsaved()) fixture.plane.plane->batch().projections.push_back(std::move(item));
  REQUIRE(fixture.plane.plane->commit());
  fixture.plane.ask("PUT", "/tags/t", R"({"properties":{"displayName":"T"}})");
  fixture.plane.restart();
  Projections again(*fixture.plane.plane);
  CHECK(again.renewed("gw").etag == etag);
}

TEST_CASE("projection: a large document is there under its hash") {
  ProjectionFixture fixture;
  const std::string text = "<schema>" + std::string(70'000, 'x') + "</schema>";
  const Json schema = Json::object({{"schemaType", Json::from("xml"), {}}, {"value", Json::from(text), {}}});
  REQUIRE(fixture.change("PUT", "/schemas/s", Json::object({{"properties", schema, {}}}).text()) == 201);
  const std::string hash = hexadecimal(crypto::digest_of(crypto::Hash::sha256, text).view());
  CHECK(fixture.projections->blob("gw", hash) == text);
  CHECK_FALSE(fixture.projections->blob("gw", std::string(64, '0')));
}

TEST_CASE("projection: one policy among 5,000 operations is a delta of at most 4 KiB") {
  FakePlane plane;
  ResourceSet set;
  const auto add = [&](const std::string& key, const std::string& value) { set.resources.push_back({key, *Json::parse(value), key}); };
  for (int api = 0; api < 50; ++api) {
    const std::string name = "a" + std::to_string(api), key = "apis/" + name + ";rev=1";
    add(key, R"({"displayName":"A","path":")" + name + R"(","protocols":["http"],"serviceUrl":"http://b.test","isCurrent":true})");
    for (int i = 0; i < 100; ++i)
      add(key + "/operations/o" + std::to_string(i), R"({"displayName":"O","method":"GET","urlTemplate":"/o)" + std::to_string(i) + "\"}");
  }
  std::string apis;
  for (int api = 0; api < 50; ++api) apis += (api ? ",\"a" : "\"a") + std::to_string(api) + '"';
  add("gateways/gw", "{\"apis\":[" + apis + "]}");
  REQUIRE_FALSE(plane.plane->import(set, {}, plane.now_ms).has_errors());
  REQUIRE(plane.plane->commit());
  plane.plane->take_changes();
  Projections projections(*plane.plane);
  const Delivered first = projections.deliver("gw", "gw", "", {});
  std::string text;  // of 1 KiB that does not pack well
  for (int i = 0; text.size() < 1024; ++i) text += std::to_string(i * 7919 % 10'007);
  REQUIRE(plane.status("PUT", "/apis/a7/operations/o7/policies/policy", policy("<set-variable name=\"a\" value=\"" + text + "\"/>")) ==
          201);
  projections.note(plane.plane->take_changes());
  const Delivered delta = projections.deliver("gw", "gw", first.etag, first.revision);
  CHECK(delta.is_delta);
  CHECK(delta.gzip->size() <= 4096);
  CHECK(delta.text()->size() <= 4096);
}
