// Bad input to the management API: each row gets the documented error, and nothing is written.
#include "fake_plane.hpp"

using namespace gatelet;
using namespace gatelet::manage;
using namespace gatelet::test;

namespace {

// A plane with one thing of most kinds, made once: no row may change it.
struct FilledPlane {
  FilledPlane() {
    for (const auto& item : std::vector<std::pair<const char*, std::string>>{
             {"/apis/echo", echo_api},
             {"/apis/echo/operations/get", R"({"properties":{"displayName":"G","method":"GET","urlTemplate":"/a"}})"},
             {"/apis/echo;rev=2", R"({"properties":{"sourceApiId":"/apis/echo"}})"},
             {"/products/p", R"({"properties":{"displayName":"P"}})"},
             {"/products/p/apis/echo", ""},
             {"/namedValues/n", R"({"properties":{"displayName":"n","value":"1"}})"},
             {"/backends/b", R"({"properties":{"url":"http://b.test","protocol":"http"}})"},
             {"/policyFragments/f", R"({"properties":{"format":"rawxml","value":"<fragment/>"}})"},
             {"/users/u", R"({"properties":{"email":"u@x.test","firstName":"U","lastName":"V"}})"},
             {"/subscriptions/s",
              R"({"properties":{"displayName":"S","scope":"/products/p","primaryKey":"one-key","ownerId":"/users/u"}})"},
             {"/gateways/gw", R"({"properties":{}})"},
             {"/gateways/gw/apis/echo", ""},
             {"/apis/echo/policies/policy",
              policy(R"(<include-fragment fragment-id="f"/><set-backend-service backend-id="b"/><set-variable name="v" value="{{n}}"/>)")},
         }) {
      CAPTURE(item.first);
      REQUIRE(plane.status("PUT", item.first, item.second) == 201);
    }
  }
  FakePlane plane;
};

struct BadRow {
  const char *method, *path;
  std::string body;
  int status;
  const char *code, *target;  // of the first detail; empty: any
};

std::string properties(std::string_view text) { return "{\"properties\":{" + std::string(text) + "}}"; }
std::string text_of(size_t size) { return std::string(size, 'x'); }

void check(FilledPlane& fixture, const BadRow& row) {
  CAPTURE(row.method);
  CAPTURE(row.path);
  CAPTURE(row.body.substr(0, 200));
  FakePlane& plane = fixture.plane;
  const uint64_t revision = plane.plane->revision();
  const auto rows = plane.store->rows.size();
  const ManageAnswer answer = plane.ask(row.method, row.path, row.body);
  CHECK(answer.status == row.status);
  REQUIRE(answer.body);
  CAPTURE(*answer.body);
  const auto read = Json::parse(*answer.body);
  REQUIRE(read);
  const Json body = *read;
  CHECK(body["error"]["code"].string() == row.code);
  CHECK_FALSE(body["error"]["message"].string().empty());
  if (*row.target) CHECK(body["error"]["details"][size_t{0}]["target"].string() == row.target);
  CHECK(plane.plane->revision() == revision);
  CHECK(plane.store->revision == revision);
  CHECK(plane.store->rows.size() == rows);
}

}  // namespace

TEST_CASE("bad input: names that are not allowed") {
  FilledPlane fixture;
  const std::string tag = properties(R"("displayName":"T")");
  const std::string long_name = "/tags/" + text_of(81), long_api = "/apis/" + text_of(257);
  for (const BadRow& row : {
           BadRow{"PUT", "/tags/a*b", tag, 400, "ValidationError", "id"},
           BadRow{"PUT", "/tags/a%23b", tag, 400, "ValidationError", "id"},
           BadRow{"PUT", "/tags/a%26b", tag, 400, "ValidationError", "id"},
           BadRow{"PUT", "/tags/a%3Cb", tag, 400, "ValidationError", "id"},
           BadRow{"PUT", "/tags/a%2Fb", tag, 400, "ValidationError", "id"},
           BadRow{"PUT", "/tags/a%00b", tag, 400, "ValidationError", "id"},
           BadRow{"PUT", "/tags/%0A", tag, 400, "ValidationError", "id"},
           BadRow{"PUT", "/tags/..", tag, 400, "ValidationError", "id"},
           BadRow{"PUT", long_name.c_str(), tag, 400, "ValidationError", "id"},
           BadRow{"PUT", long_api.c_str(), echo_api, 400, "ValidationError", "id"},
           BadRow{"PUT", "/policyFragments/-a", properties(R"("value":"<fragment/>")"), 400, "ValidationError", "id"},
           BadRow{"PUT", "/policyFragments/a.b", properties(R"("value":"<fragment/>")"), 400, "ValidationError", "id"},
           BadRow{"PUT", "/policies/other", properties(R"("value":"<policies/>")"), 400, "ValidationError", "id"},
           BadRow{"PUT", "/gateways/a%26b", properties(""), 400, "ValidationError", "gatewayId"},
           BadRow{"PUT", "/tags", tag, 405, "MethodNotAllowed", ""},
       })
    check(fixture, row);
}

TEST_CASE("bad input: values of the wrong type, length or choice") {
  FilledPlane fixture;
  const std::string named = R"("displayName":"new",)";
  for (const BadRow& row : {
           BadRow{"PUT", "/tags/t", properties(R"("displayName":{})"), 400, "ValidationError", "displayName"},
           BadRow{"PUT", "/tags/t", properties(R"("displayName":["a"])"), 400, "ValidationError", "displayName"},
           BadRow{"PUT", "/tags/t", properties(R"("displayName":null)"), 400, "ValidationError", "displayName"},
           BadRow{"PUT", "/tags/t", properties(R"("displayName":"  ")"), 400, "ValidationError", "displayName"},
           BadRow{"PUT", "/tags/t", properties("\"displayName\":\"" + text_of(161) + '"'), 400, "ValidationError", "displayName"},
           BadRow{"PUT", "/tags/t", R"({"properties":[]})", 400, "ValidationError", "properties"},
           BadRow{"PUT", "/tags/t", R"({"properties":"x"})", 400, "ValidationError", "properties"},
           BadRow{"PUT", "/apis/new", properties(named + R"("path":"new","subscriptionRequired":"perhaps")"), 400, "ValidationError",
                  "subscriptionRequired"},
           BadRow{"PUT", "/apis/new", properties(named + R"("path":"new","protocols":"https")"), 400, "ValidationError", "protocols"},
           BadRow{"PUT", "/apis/new", properties(named + R"("path":"new","protocols":["gopher"])"), 400, "ValidationError", "protocols"},
           BadRow{"PUT", "/apis/new", properties(named + R"("path":"new","type":"fax")"), 400, "ValidationError", "type"},
           BadRow{"PUT", "/apis/new", properties(named + "\"path\":\"" + text_of(401) + '"'), 400, "ValidationError", "path"},
           BadRow{"PUT", "/apis/new", properties(named + R"("path":"new","serviceUrl":"nowhere")"), 400, "ValidationError",
                  "apis/new;rev=1"},
           BadRow{"PUT", "/apis/new", properties(named + R"("path":"echo")"), 400, "ValidationError", "path"},
           BadRow{"PUT", "/apis/new", properties(named + R"("path":"new","apiVersionSetId":"/products/p")"), 400, "ValidationError",
                  "apiVersionSetId"},
           BadRow{"PUT", "/apis/new", properties(named + R"("path":"new","format":"fax","value":"x")"), 400, "ValidationError", "format"},
           BadRow{"PUT", "/apis/new", properties(R"("path":"new","format":"openapi+json","value":"{")"), 400, "ValidationError", ""},
           BadRow{"PUT", "/apis/echo/operations/o", properties(R"("displayName":"O","method":"GET")"), 400, "ValidationError",
                  "urlTemplate"},
           BadRow{"PUT", "/apis/echo/operations/o", properties(R"("displayName":"O","method":"GET","urlTemplate":"/{a")"), 400,
                  "ValidationError", ""},
           BadRow{"PUT", "/products/p", properties(R"("displayName":"P","subscriptionsLimit":"many")"), 400, "ValidationError",
                  "subscriptionsLimit"},
           BadRow{"PUT", "/subscriptions/t", properties(R"("displayName":"S","scope":"/apis","state":"happy")"), 400, "ValidationError",
                  "state"},
           BadRow{"PUT", "/subscriptions/t", properties(R"("displayName":"S","scope":"/products/none")"), 400, "ValidationError", "scope"},
           BadRow{"PUT", "/subscriptions/t", properties(R"("displayName":"S","scope":"/apis","startDate":"tomorrow")"), 400,
                  "ValidationError", "startDate"},
           BadRow{"PUT", "/subscriptions/t", properties(R"("displayName":"S","scope":"/apis","primaryKey":"one-key")"), 409, "Conflict",
                  ""},
           BadRow{"PUT", "/subscriptions/t", properties(R"("displayName":"S","scope":"/apis","ownerId":"/users/none")"), 400,
                  "ValidationError", "ownerId"},
           BadRow{"PUT", "/apis/new", properties(named + R"("path":"new","apiVersionSetId":"/apiVersionSets/none")"), 400,
                  "ValidationError", "apiVersionSetId"},
           BadRow{"PUT", "/users/v", properties(R"("email":"u@x.test","firstName":"U","lastName":"V")"), 400, "ValidationError", "email"},
           BadRow{"PUT", "/namedValues/m", properties(R"("displayName":"n","value":"x")"), 400, "ValidationError", "displayName"},
           BadRow{"PUT", "/namedValues/m", properties(R"("displayName":"m","value":" ")"), 400, "ValidationError", "value"},
           BadRow{"PUT", "/namedValues/m", properties("\"displayName\":\"m\",\"value\":\"" + text_of(4097) + '"'), 400, "ValidationError",
                  "value"},
           BadRow{"PUT", "/backends/c", properties(R"("url":"nowhere","protocol":"http")"), 400, "ValidationError", ""},
           BadRow{"PUT", "/backends/c", properties(R"("url":"http://c.test","protocol":"fax")"), 400, "ValidationError", "protocol"},
           BadRow{"PUT", "/certificates/c", properties(R"("data":"!!")"), 400, "ValidationError", "data"},
           BadRow{"PUT", "/certificates/c", properties(R"("data":"AAAA")"), 400, "ValidationError", "data"},
           BadRow{"PUT", "/apiVersionSets/v", properties(R"("displayName":"V","versioningScheme":"Query")"), 400, "ValidationError",
                  "versionQueryName"},
           BadRow{"PUT", "/diagnostics/applicationinsights", properties(R"("loggerId":"/products/p")"), 400, "ValidationError", "loggerId"},
       })
    check(fixture, row);
}

TEST_CASE("bad input: bodies that are no documents") {
  FilledPlane fixture;
  std::string deep;
  for (int i = 0; i < 2'000; ++i) deep += "{\"properties\":";
  for (const BadRow& row : {
           BadRow{"PUT", "/tags/t", "", 400, "InvalidRequestContent", ""},
           BadRow{"PUT", "/tags/t", "{", 400, "InvalidRequestContent", ""},
           BadRow{"PUT", "/tags/t", "[]", 400, "InvalidRequestContent", ""},
           BadRow{"PUT", "/tags/t", "null", 400, "InvalidRequestContent", ""},
           BadRow{"PUT", "/tags/t", "{\"a\":1,\"a\":2}", 400, "InvalidRequestContent", ""},
           BadRow{"PUT", "/tags/t", "{\"properties\":{\"displayName\":\"\xff\"}}", 400, "InvalidRequestContent", ""},
           BadRow{"PUT", "/tags/t", R"({"properties":{"displayName":"\u0000"}})", 400, "InvalidRequestContent", ""},
           BadRow{"PUT", "/tags/t", deep, 400, "InvalidRequestContent", ""},
           BadRow{"PUT", "/tags/t", properties("\"displayName\":\"" + text_of(manage_body_bytes_max) + '"'), 413, "RequestEntityTooLarge",
                  ""},
           BadRow{"PUT", "/policies/policy",
                  properties("\"format\":\"rawxml\",\"value\":\"<policies><!--" + text_of(256 * 1024) + "--></policies>\""), 400,
                  "ValidationError", "value"},
           BadRow{"POST", "/gateways/gw/generateToken", "{", 400, "InvalidRequestContent", ""},
       })
    check(fixture, row);
}

TEST_CASE("bad input: policies that would not compile, and what they need") {
  FilledPlane fixture;
  for (const BadRow& row : {
           BadRow{"PUT", "/policies/policy", properties(R"("format":"rawxml","value":"<policies")"), 400, "ValidationError", ""},
           BadRow{"PUT", "/policies/policy", properties(R"("format":"rawxml-link","value":"http://x.test/")"), 400, "ValidationError",
                  "format"},
           BadRow{"PUT", "/apis/echo/policies/policy", policy("<nonsense/>"), 400, "ValidationError", "nonsense"},
           BadRow{"PUT", "/apis/echo/policies/policy", policy(R"x(<set-variable name="a" value="@(1 +)"/>)x"), 400, "ValidationError",
                  "set-variable"},
           BadRow{"PUT", "/apis/echo/policies/policy", policy(R"(<set-variable name="a" value="{{none}}"/>)"), 400, "ValidationError", ""},
           BadRow{"PUT", "/apis/echo/policies/policy", policy(R"(<include-fragment fragment-id="none"/>)"), 400, "ValidationError", ""},
           BadRow{"PUT", "/apis/echo/policies/policy", policy(R"(<set-backend-service backend-id="none"/>)"), 400, "ValidationError", ""},
           BadRow{"PUT", "/policyFragments/f", properties(R"("format":"rawxml","value":"<fragment><nonsense/></fragment>")"), 400,
                  "ValidationError", ""},
           BadRow{"DELETE", "/policyFragments/f", "", 400, "ValidationError", ""},
           BadRow{"DELETE", "/backends/b", "", 400, "ValidationError", ""},
           BadRow{"DELETE", "/namedValues/n", "", 400, "ValidationError", ""},
           BadRow{"PUT", "/namedValues/n", properties(R"("displayName":"renamed","value":"1")"), 400, "ValidationError", ""},
           BadRow{"DELETE", "/products/p", "", 400, "ValidationError", ""},
           BadRow{"DELETE", "/users/u", "", 400, "ValidationError", ""},
           BadRow{"DELETE", "/apis/echo", "", 400, "ValidationError", "apiId"},
           BadRow{"DELETE", "/groups/administrators", "", 400, "ValidationError", "groupId"},
           BadRow{"PATCH", "/groups/guests", properties(R"("displayName":"G")"), 400, "ValidationError", "groupId"},
       })
    check(fixture, row);
}

TEST_CASE("bad input: what is not there, and what cannot be done") {
  FilledPlane fixture;
  for (const BadRow& row : {
           BadRow{"GET", "/apis/none", "", 404, "ResourceNotFound", ""},
           BadRow{"GET", "/apis/echo;rev=9", "", 404, "ResourceNotFound", ""},
           BadRow{"GET", "/apis/none/operations", "", 404, "ResourceNotFound", ""},
           BadRow{"GET", "/nothing/at/all", "", 404, "ResourceNotFound", ""},
           BadRow{"PUT", "/apis/none/operations/o", properties(R"("displayName":"O","method":"GET","urlTemplate":"/")"), 404,
                  "ResourceNotFound", ""},
           BadRow{"PUT", "/products/none/apis/echo", "", 404, "ResourceNotFound", ""},
           BadRow{"PUT", "/products/p/apis/none", "", 404, "ResourceNotFound", ""},
           BadRow{"PUT", "/gateways/none/apis/echo", "", 404, "ResourceNotFound", ""},
           BadRow{"PATCH", "/tags/none", properties(R"("displayName":"T")"), 404, "ResourceNotFound", ""},
           BadRow{"PATCH", "/policies/policy", properties(R"("value":"<policies/>")"), 405, "MethodNotAllowed", ""},
           BadRow{"POST", "/gateways/gw/selfDestruct", "", 404, "ResourceNotFound", ""},
           BadRow{"POST", "/gateways/none/listKeys", "", 404, "ResourceNotFound", ""},
           BadRow{"POST", "/gateways/gw/regenerateKey", R"({"keyType":"third"})", 400, "ValidationError", "keyType"},
           BadRow{"POST", "/gateways/gw/generateToken", R"({"keyType":"primary","expiry":"never"})", 400, "ValidationError", "expiry"},
           BadRow{"POST", "/gateways/gw/generateToken", R"({"keyType":"primary","expiry":"2020-01-01T00:00:00Z"})", 400, "ValidationError",
                  "expiry"},
           BadRow{"POST", "/gateways/gw/generateToken", R"({"keyType":"primary","expiry":"2099-01-01T00:00:00Z"})", 400, "ValidationError",
                  "expiry"},
           BadRow{"DELETE", "/", "", 405, "MethodNotAllowed", ""},
           BadRow{"GET", "/workspaces", "", 400, "MethodNotAllowedInPricingTier", ""},
       })
    check(fixture, row);
}

TEST_CASE("bad input: filters and pages") {
  FilledPlane fixture;
  for (const char* query : {
           "$filter=",
           "$filter=path%20eq",
           "$filter=path%20eq%20'a",
           "$filter=path%20eq%20'a'%20or",
           "$filter=path%20eq%20'a'%3B%20DROP%20TABLE%20resource",
           "$filter=path%20eq%20'a'%20UNION%20SELECT%20*",
           "$filter=path%20eq%20'a'%20--",
           "$filter=1%20eq%201",
           "$filter=password%20eq%20'a'",
           "$filter=primaryKey%20eq%20'a'",
           "$filter=contains(path)",
           "$filter=contains('a',path)",
           "$filter=nonsense(path,'a')",
           "$filter=((((path%20eq%20'a')",
           "$filter=path%20like%20'a'",
           "$top=0",
           "$top=-1",
           "$top=many",
           "$skip=-1",
           "$skip=99999999999999999999",
       }) {
    const bool is_empty = std::string_view(query) == "$filter=";  // the same as none
    if (is_empty) continue;
    check(fixture, BadRow{"GET", (std::string("/apis?") + query).c_str(), "", 400, "BadRequest", ""});
  }
  std::string nested = "/apis?$filter=";
  for (int i = 0; i < 500; ++i) nested += "not%20(";
  check(fixture, BadRow{"GET", nested.c_str(), "", 400, "BadRequest", ""});
  // A quote that is doubled is text, and finds what it says.
  CHECK(fixture.plane.json("/apis?$filter=path%20eq%20'a''%20or%20''1''%20eq%20''1'")["count"].number() == 0);
  CHECK(fixture.plane.json("/apis?$filter=path%20eq%20'echo'")["count"].number() == 2);
}

TEST_CASE("bad input: ETags that are stale, wrong or of something that is not there") {
  FilledPlane fixture;
  FakePlane& plane = fixture.plane;
  const std::string body = properties(R"("displayName":"Q")");
  const std::string tag = header(plane.ask("GET", "/products/p"), "ETag");
  const uint64_t revision = plane.plane->revision();
  struct TagRow {
    const char *method, *path, *if_match;
    int status;
  };
  for (const TagRow& row : {
           TagRow{"PUT", "/products/p", "\"AAAA\"", 412},
           TagRow{"PATCH", "/products/p", "\"AAAA\", \"BBBB\"", 412},
           TagRow{"DELETE", "/products/p", "nonsense", 412},
           TagRow{"PUT", "/products/none", "*", 412},
           TagRow{"PUT", "/products/none", "\"AAAA\"", 412},
           TagRow{"PATCH", "/products/none", "*", 404},
           TagRow{"PUT", "/products/p/apis/echo", "\"AAAA\"", 412},
       }) {
    CAPTURE(row.path);
    CAPTURE(row.if_match);
    const ManageAnswer answer = plane.ask(row.method, row.path, body, row.if_match);
    CHECK(answer.status == row.status);
    CHECK((*Json::parse(*answer.body))["error"]["code"].string() == (row.status == 412 ? "PreconditionFailed" : "ResourceNotFound"));
    CHECK(plane.plane->revision() == revision);
  }
  CHECK(plane.status("PUT", "/products/p", body, "\"AAAA\", " + tag) == 200);
}

TEST_CASE("bad input: without the owner's token nothing is told and nothing is written") {
  FilledPlane fixture;
  FakePlane& plane = fixture.plane;
  const uint64_t revision = plane.plane->revision();
  const std::string owner = plane.token, gateway = *plane.plane->gateway_token("gw", plane.now_ms + 86'400'000);
  for (const std::string& authorization :
       std::vector<std::string>{"", "Bearer", "Bearer ", "Bearer " + owner + "x", "Bearer " + owner.substr(1), "Basic " + owner, owner,
                                "GatewayKey " + gateway, "Bearer " + gateway, "SharedAccessSignature " + gateway}) {
    CAPTURE(authorization);
    plane.now_ms += 1'000;
    for (const auto& [method, path] : {std::pair{"GET", "/apis"}, std::pair{"PUT", "/tags/t"}, std::pair{"DELETE", "/apis/echo"},
                                       std::pair{"POST", "/gateways/gw/listKeys"}}) {
      ManageRequest request;
      request.method = method;
      request.path = path;
      request.query = "api-version=2024-05-01";
      request.body = properties(R"("displayName":"T")");
      request.now_ms = plane.now_ms;
      if (!authorization.empty()) request.headers = {{"Authorization", authorization}};
      const ManageAnswer answer = plane.plane->handle(request);
      CHECK(answer.status == 401);
      CHECK((*Json::parse(*answer.body))["error"]["code"].string() == "AuthenticationFailed");
    }
  }
  CHECK(plane.plane->revision() == revision);
}

TEST_CASE("bad input: an api-version that is missing or no version") {
  FilledPlane fixture;
  for (const auto& item :
       {std::pair{"", "MissingApiVersionParameter"}, std::pair{"api-version=", "InvalidApiVersionParameter"},
        std::pair{"api-version=latest", "InvalidApiVersionParameter"}, std::pair{"api-version=2024-05", "InvalidApiVersionParameter"},
        std::pair{"api-version=2024-05-01x", "InvalidApiVersionParameter"}}) {
    CAPTURE(item.first);
    ManageRequest request;
    request.method = "PUT";
    request.path = "/tags/t";
    request.query = item.first;
    request.body = properties(R"("displayName":"T")");
    request.headers = {{"Authorization", "Bearer " + fixture.plane.token}};
    const ManageAnswer answer = fixture.plane.plane->handle(request);
    CHECK(answer.status == 400);
    CHECK((*Json::parse(*answer.body))["error"]["code"].string() == item.second);
  }
}
