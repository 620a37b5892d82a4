#include "fake_plane.hpp"

using namespace gatelet;
using namespace gatelet::manage;
using namespace gatelet::test;

TEST_CASE("plane: a resource is created, read, changed, deleted with the codes of Azure") {
  struct Row {
    const char *path, *body;
  };
  for (const Row& row : {
           Row{"/apiVersionSets/v", R"({"properties":{"displayName":"V","versioningScheme":"Segment"}})"},
           Row{"/products/p", R"({"properties":{"displayName":"P"}})"},
           Row{"/users/u", R"({"properties":{"email":"u@x.test","firstName":"U","lastName":"V"}})"},
           Row{"/groups/g", R"({"properties":{"displayName":"G"}})"},
           Row{"/namedValues/n", R"({"properties":{"displayName":"n","value":"1"}})"},
           Row{"/backends/b", R"({"properties":{"url":"http://b.test","protocol":"http"}})"},
           Row{"/policyFragments/f", R"({"properties":{"value":"<fragment/>","format":"rawxml"}})"},
           Row{"/gateways/gw", R"({"properties":{"locationData":{"name":"here"}}})"},
           Row{"/subscriptions/s", R"({"properties":{"displayName":"S","scope":"/apis"}})"},
           Row{"/tags/t", R"({"properties":{"displayName":"T"}})"},
           Row{"/apis/echo", R"({"properties":{"displayName":"Echo","path":"echo"}})"},
           Row{"/policies/policy", R"({"properties":{"value":"<policies/>","format":"rawxml"}})"},
       }) {
    CAPTURE(row.path);
    FakePlane plane;
    CHECK(plane.status("HEAD", row.path) == 404);
    CHECK(plane.status("PUT", row.path, row.body) == 201);
    CHECK(plane.status("PUT", row.path, row.body) == 200);
    const ManageAnswer got = plane.ask("GET", row.path);
    CHECK(got.status == 200);
    CHECK(header(got, "ETag").starts_with("\""));
    CHECK(plane.status("HEAD", row.path) == 200);
    CHECK(plane.status("DELETE", row.path) == 200);
    CHECK(plane.status("DELETE", row.path) == 204);
  }
}

TEST_CASE("plane: bad requests get the documented error and write nothing") {
  struct Row {
    const char *method, *path, *body;
    int status;
    const char* code;
  };
  for (const Row& row : {
           Row{"PUT", "/apis/a+b", R"({"properties":{}})", 400, "ValidationError"},
           Row{"PUT", "/apis/a", "{", 400, "InvalidRequestContent"},
           Row{"PUT", "/apis/a", R"({"properties":{"path":"a"}})", 400, "ValidationError"},
           Row{"PUT", "/apis/a", R"({"properties":{"displayName":"A","path":"/a"}})", 400, "ValidationError"},
           Row{"PUT", "/apis/none/operations/o", R"({"properties":{"displayName":"O","method":"GET","urlTemplate":"/"}})", 404,
               "ResourceNotFound"},
           Row{"PUT", "/namedValues/n", R"({"properties":{"displayName":"a b","value":"x"}})", 400, "ValidationError"},
           Row{"PUT", "/namedValues/n", R"({"properties":{"displayName":"a"}})", 400, "ValidationError"},
           Row{"PUT", "/products/p", R"({"properties":{"displayName":5e400}})", 400, "InvalidRequestContent"},
           Row{"PUT", "/products/p", R"({"properties":{"displayName":"P","state":"lost"}})", 400, "ValidationError"},
           Row{"PUT", "/subscriptions/s", R"({"properties":{"displayName":"S","scope":"nowhere"}})", 400, "ValidationError"},
           Row{"PATCH", "/products/p", R"({"properties":{"displayName":"P"}})", 404, "ResourceNotFound"},
           Row{"PUT", "/policies/policy",
               R"({"properties":{"format":"rawxml","value":"<policies><inbound><nonsense/></inbound></policies>"}})", 400,
               "ValidationError"},
           Row{"GET", "/apis?$filter=path%20eq", "", 400, "BadRequest"},
           Row{"GET", "/apis?$top=0", "", 400, "BadRequest"},
           Row{"GET", "/workspaces", "", 400, "MethodNotAllowedInPricingTier"},
           Row{"GET", "/nothing", "", 404, "ResourceNotFound"},
           Row{"DELETE", "/groups/administrators", "", 400, "ValidationError"},
       }) {
    CAPTURE(row.path);
    CAPTURE(row.body);
    FakePlane plane;
    const uint64_t revision = plane.plane->revision();
    const ManageAnswer answer = plane.ask(row.method, row.path, row.body);
    CHECK(answer.status == row.status);
    CHECK((*Json::parse(*answer.body))["error"]["code"].string() == row.code);
    CHECK(plane.plane->revision() == revision);
    CHECK(plane.store->revision == revision);
  }
}

TEST_CASE("plane: without the owner's token nothing is told") {
  FakePlane plane;
  plane.token = "gto_wrong";
  const ManageAnswer answer = plane.ask("GET", "/apis");
  CHECK(answer.status == 401);
  CHECK_FALSE(header(answer, "WWW-Authenticate").empty());
}

TEST_CASE("plane: a stale ETag is refused, * and the present one are taken") {
  FakePlane plane;
  const std::string body = R"({"properties":{"displayName":"P"}})";
  CHECK(plane.status("PUT", "/products/p", body, "*") == 412);
  const std::string first = header(plane.ask("PUT", "/products/p", body), "ETag");
  const std::string second = header(plane.ask("PUT", "/products/p", R"({"properties":{"displayName":"Q"}})"), "ETag");
  CHECK(first != second);
  CHECK(plane.status("PATCH", "/products/p", body, first) == 412);
  CHECK(plane.status("PATCH", "/products/p", body, "*") == 200);
  CHECK(plane.status("DELETE", "/products/p", {}, second) == 412);
  CHECK(plane.status("PATCH", "/products/none", body, "*") == 404);
}

TEST_CASE("plane: pages of a collection follow each other to the end") {
  FakePlane plane;
  for (int i = 0; i < 25; ++i) {
    const std::string name = "n" + std::to_string(100 + i);
    REQUIRE(plane.status("PUT", "/namedValues/" + name, R"({"properties":{"value":"x","displayName":")" + name + "\"}}") == 201);
  }
  const Json first = plane.json("/namedValues?$top=10");
  CHECK(first["count"].number() == 25);
  CHECK(first["value"].size() == 10);
  CHECK(first["nextLink"].string() == "http://plane.test/namedValues?$top=10&api-version=2024-05-01&$skip=10");
  const Json last = plane.json("/namedValues?$top=10&$skip=20");
  CHECK(last["value"].size() == 5);
  CHECK_FALSE(last.has("nextLink"));
  CHECK(plane.json("/namedValues?$filter=displayName%20eq%20%27n103%27")["count"].number() == 1);
}

TEST_CASE("plane: secrets are never shown, are kept when left out, and are sealed in the store") {
  FakePlane plane;
  plane.ask("PUT", "/namedValues/n", R"({"properties":{"displayName":"n","secret":true,"value":"hidden-text"}})");
  CHECK_FALSE(plane.json("/namedValues/n")["properties"].has("value"));
  CHECK(plane.status("PUT", "/namedValues/n", R"({"properties":{"displayName":"n","secret":true}})") == 200);
  CHECK(plane.ask("POST", "/namedValues/n/listValue").body->find("hidden-text") != std::string::npos);
  for (const auto& [key, row] : plane.store->rows) {
    CHECK(row.json.find("hidden-text") == std::string::npos);
    CHECK(row.sealed.find("hidden-text") == std::string::npos);
  }
}

TEST_CASE("plane: keys of a subscription are made, told on request, and renewed with 204") {
  FakePlane plane;
  plane.ask("PUT", "/subscriptions/s", R"({"properties":{"displayName":"S","scope":"/apis","state":"active"}})");
  CHECK_FALSE(plane.json("/subscriptions/s")["properties"].has("primaryKey"));
  const auto primary = [&] {
    return std::string((*Json::parse(*plane.ask("POST", "/subscriptions/s/listSecrets").body))["primaryKey"].string());
  };
  const std::string before = primary();
  CHECK(before.size() == 32);
  CHECK(plane.status("POST", "/subscriptions/s/regeneratePrimaryKey") == 204);
  CHECK(primary() != before);
}

TEST_CASE("plane: a policy that would not compile is refused with every problem and its place") {
  FakePlane plane;
  REQUIRE(plane.status("PUT", "/apis/echo", echo_api) == 201);
  const ManageAnswer answer =
      plane.ask("PUT", "/apis/echo/policies/policy", policy("<set-header/>\n<rewrite-uri/>\n<include-fragment fragment-id=\"none\"/>"));
  CHECK(answer.status == 400);
  const Json details = (*Json::parse(*answer.body))["error"]["details"];
  CHECK(details.size() >= 3);
  CHECK(details[0]["target"].string() == "set-header");
  CHECK(details[0]["message"].string().starts_with("Error in element 'set-header' on line 1, column "));
  CHECK(plane.status("GET", "/apis/echo/policies/policy") == 404);
}

TEST_CASE("plane: what a policy uses cannot be deleted") {
  FakePlane plane;
  plane.ask("PUT", "/apis/echo", echo_api);
  plane.ask("PUT", "/namedValues/n", R"({"properties":{"displayName":"n","value":"v"}})");
  REQUIRE(plane.status("PUT", "/apis/echo/policies/policy", policy("<set-variable name=\"a\" value=\"{{n}}\"/>")) == 201);
  CHECK(plane.status("DELETE", "/namedValues/n") == 400);
  CHECK(plane.status("DELETE", "/apis/echo/policies/policy") == 200);
  CHECK(plane.status("DELETE", "/namedValues/n") == 200);
}

TEST_CASE("plane: an OpenAPI document becomes the operations of an API; policies stay at a second import") {
  FakePlane plane;
  const auto import = [&](std::string_view id, std::string_view path) {
    const std::string document =
        R"({"openapi":"3.0.1","info":{"title":"Pets","version":"1"},"servers":[{"url":"https://pets.test"}],"paths":{")" +
        std::string(path) + R"(":{"get":{"operationId":")" + std::string(id) + R"(","responses":{"200":{"description":"x"}}}}}})";
    const Json properties =
        Json::object({{"path", Json::from("pets"), {}}, {"format", Json::from("openapi+json"), {}}, {"value", Json::from(document), {}}});
    return plane.status("PUT", "/apis/pets", Json::object({{"properties", properties, {}}}).text());
  };
  CHECK(import("listPets", "/pets") == 201);
  const Json api = plane.json("/apis/pets")["properties"];
  CHECK(api["displayName"].string() == "Pets");
  CHECK(api["serviceUrl"].string() == "https://pets.test");
  CHECK(api["isCurrent"].boolean());
  CHECK_FALSE(api.has("value"));
  CHECK(plane.json("/apis/pets/operations/listpets")["properties"]["urlTemplate"].string() == "/pets");
  REQUIRE(plane.status("PUT", "/apis/pets/operations/listpets/policies/policy", policy("")) == 201);
  CHECK(import("other", "/pets") == 200);
  CHECK(plane.status("GET", "/apis/pets/operations/listpets") == 404);
  CHECK(plane.status("GET", "/apis/pets/operations/other/policies/policy") == 200);
}

TEST_CASE("plane: a revision is a copy until a release makes it current") {
  FakePlane plane;
  plane.ask("PUT", "/apis/echo", echo_api);
  plane.ask("PUT", "/apis/echo/operations/get", R"({"properties":{"displayName":"Get","method":"get","urlTemplate":"/"}})");
  CHECK(plane.status("PUT", "/apis/echo%3Brev%3D2", R"({"properties":{"sourceApiId":"/apis/echo","apiRevisionDescription":"x"}})") == 201);
  CHECK(plane.json("/apis/echo;rev=2/operations/get")["properties"]["method"].string() == "GET");
  CHECK(plane.json("/apis/echo")["properties"]["apiRevision"].string() == "1");
  CHECK(plane.json("/apis")["count"].number() == 1);
  CHECK(plane.json("/apis/echo/revisions")["count"].number() == 2);
  CHECK(plane.status("PUT", "/apis/echo/releases/r1", R"({"properties":{"apiId":"/apis/echo;rev=2","notes":"go"}})") == 201);
  CHECK(plane.json("/apis/echo")["properties"]["apiRevision"].string() == "2");
  CHECK(plane.status("DELETE", "/apis/echo") == 400);
  CHECK(plane.status("DELETE", "/apis/echo?deleteRevisions=true") == 200);
  CHECK(plane.json("/apis/echo;rev=1")["error"]["code"].string() == "ResourceNotFound");
}

TEST_CASE("plane: links exist, show what they lead to, and go with either end") {
  FakePlane plane;
  plane.ask("PUT", "/apis/echo", echo_api);
  plane.ask("PUT", "/products/p", R"({"properties":{"displayName":"P"}})");
  plane.ask("PUT", "/gateways/gw", R"({"properties":{}})");
  CHECK(plane.status("PUT", "/products/p/apis/none") == 404);
  CHECK(plane.status("PUT", "/products/p/apis/echo", "{}") == 201);
  CHECK(plane.status("PUT", "/gateways/gw/apis/echo") == 201);
  CHECK(plane.status("HEAD", "/products/p/apis/echo") == 204);
  CHECK(plane.status("HEAD", "/gateways/gw/apis/echo") == 200);
  CHECK(plane.json("/products/p/apis")["value"][0]["properties"]["path"].string() == "echo");
  CHECK(plane.status("DELETE", "/apis/echo") == 200);
  CHECK(plane.status("HEAD", "/products/p/apis/echo") == 404);
}

TEST_CASE("plane: a token for a gateway lives 30 days at most") {
  FakePlane plane;
  plane.ask("PUT", "/gateways/gw", R"({"properties":{}})");
  CHECK(plane.status("POST", "/gateways/gw/generateToken", R"({"keyType":"primary","expiry":"2026-01-30T00:00:00Z"})") == 200);
  CHECK(plane.status("POST", "/gateways/gw/generateToken", R"({"keyType":"primary","expiry":"2026-02-02T00:00:00Z"})") == 400);
  CHECK(plane.status("POST", "/gateways/gw/regenerateKey", R"({"keyType":"primary"})") == 204);
}

TEST_CASE("plane: what the store cannot write did not happen") {
  FakePlane plane;
  plane.store->is_full = true;
  CHECK(plane.status("PUT", "/tags/t", R"({"properties":{"displayName":"T"}})") == 503);
  plane.store->is_full = false;
  CHECK(plane.status("GET", "/tags/t") == 404);
  CHECK(plane.status("PUT", "/tags/t", R"({"properties":{"displayName":"T"}})") == 201);
}

TEST_CASE("plane: import and export of a folder are the inverse of each other") {
  FakePlane plane;
  const std::vector<ConfigFile> files = {
      {"apis/echo/apiInformation.json",
       R"({"properties":{"path":"echo","displayName":"Echo","serviceUrl":"http://b.test","apiRevision":"1"}})"},
      {"apis/echo/operations/get/operationInformation.json", R"({"properties":{"displayName":"Get","method":"GET","urlTemplate":"/"}})"},
      {"apis/echo/operations/get/policy.xml", "<policies><inbound><base/></inbound></policies>"},
      {"products/p/productInformation.json", R"({"properties":{"displayName":"P","state":"published"}})"},
      {"products/p/apis/echo/productApiInformation.json", "{}"},
      {"named values/n/namedValueInformation.json", R"({"properties":{"displayName":"n","value":"1"}})"},
      {"gateways/gw/gatewayInformation.json", R"({"properties":{"locationData":{"name":"here"}}})"},
      {"gateways/gw/apis/echo/gatewayApiInformation.json", "{}"},
      {"policy.xml", "<policies/>"},
  };
  const auto load = [&](const std::vector<ConfigFile>& given) {
    Diagnostics problems;
    const ResourceSet set = resources_from_folder(given, {}, problems);
    return plane.plane->import(set, std::move(problems), plane.now_ms);
  };
  REQUIRE_FALSE(load(files).has_errors());
  const auto once = plane.plane->export_folder();
  const uint64_t revision = plane.plane->revision();
  REQUIRE_FALSE(load(once).has_errors());
  CHECK(plane.plane->revision() == revision);
  const auto twice = plane.plane->export_folder();
  REQUIRE(once.size() == files.size());
  REQUIRE(twice.size() == once.size());
  for (size_t i = 0; i < once.size(); ++i) {
    CHECK(once[i].path == twice[i].path);
    CHECK(once[i].bytes == twice[i].bytes);
  }
}
