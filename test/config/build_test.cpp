// Building a configuration from resources: what is served, what is held back and why.
#include "config/build.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "base/arena.hpp"

using namespace gatelet;

namespace {

struct Built {
  std::shared_ptr<const Config> config;

  std::string problems() const {
    std::string lines;
    for (const Diagnostic& diagnostic : config->diagnostics.items()) lines += format(diagnostic) + "\n";
    return lines;
  }
  std::string quarantined() const {
    std::string names;
    for (const std::string& key : config->quarantined) names += key + " ";
    return names;
  }
  const Api* api(std::string_view key) const {
    for (const Api& api : config->apis)
      if (api.key == key) return &api;
    return nullptr;
  }
  // "echo;rev=1/get", "echo;rev=1 quarantined", or "nothing".
  std::string match(std::string_view path, std::string_view scheme = "https") const {
    Arena arena;
    Request request(arena);
    request.scheme = scheme;
    request.target.path = path;
    const RouteMatch match = config->router->match(request, arena);
    if (match.api == route_none) return "nothing";
    const Api& api = config->apis[match.api];
    if (api.is_quarantined) return api.key + " quarantined";
    return match.operation == route_none ? api.key : api.key + "/" + api.operations[match.operation].facts.id;
  }
};

// The items of "resources": each {"k":…,"v":…}.
Built build(const std::string& items, BuildOptions options = {}) {
  Diagnostics diagnostics;
  const ResourceSet set = resources_from_document("{\"resources\":[" + items + "]}", "test.json", diagnostics);
  if (!options.policies) options.policies = builtin_policies();
  return {build_config(set, options, std::move(diagnostics))};
}

std::string resource(const std::string& key, const std::string& value) { return "{\"k\":\"" + key + "\",\"v\":{" + value + "}}"; }

std::string policy(const std::string& owner, const std::string& inbound) {
  return resource(owner + "policies/policy",
                  R"("format":"rawxml","value":"<policies><inbound><base />)" + inbound + R"(</inbound></policies>")");
}

// An API with one operation GET /get.
std::string api(const std::string& name, const std::string& properties) {
  return resource("apis/" + name, "\"path\":\"" + name.substr(0, name.find(';')) + "\"" + (properties.empty() ? "" : ",") + properties) +
         "," + resource("apis/" + name + "/operations/get", R"("method":"get","urlTemplate":"/get")");
}

const std::string sound = api("sound", "") + ",";

}  // namespace

TEST_CASE("build: an API, its operations and its products are what their resources say") {
  const Built built = build(
      resource("apis/echo;rev=2",
               R"("displayName":"Echo API","path":"/my/echo/","serviceUrl":"https://back.test/base","protocols":["http","https"],
                  "subscriptionRequired":false,"subscriptionKeyParameterNames":{"header":"X-Key","query":"key"},"isCurrent":true)") +
      "," + resource("apis/echo;rev=2/operations/get-item", R"("displayName":"Get item","method":"get","urlTemplate":"/items/{id}")") +
      "," + resource("products/starter", R"("displayName":"Starter","state":"published","subscriptionsLimit":3,"apis":["echo"])") + "," +
      resource("products/open", R"("subscriptionRequired":false,"apis":["/apis/echo"])"));
  CHECK(built.problems() == "");
  CHECK(built.config->usable);
  const Api* api = built.api("echo;rev=2");
  REQUIRE(api);
  CHECK(api->facts.id == "echo");
  CHECK(api->facts.name == "Echo API");
  CHECK(api->facts.path == "my/echo");
  CHECK(api->facts.revision == "2");
  CHECK(api->facts.is_current_revision);
  CHECK(api->protocols == (protocol_http | protocol_https));
  CHECK(api->facts.key_header == "X-Key");
  CHECK(api->facts.key_query == "key");
  CHECK_FALSE(api->subscription_required);
  CHECK(api->upstream->url.text() == "https://back.test/base");
  REQUIRE(api->operations.size() == 1);
  CHECK(api->operations[0].facts.id == "get-item");
  CHECK(api->operations[0].facts.name == "Get item");
  CHECK(api->operations[0].facts.method == "GET");
  CHECK(api->operations[0].facts.url_template == "/items/{id}");
  REQUIRE(api->products.size() == 2);
  CHECK(built.config->products[api->products[0]].facts.name == "Starter");
  CHECK(built.config->products[api->products[0]].facts.subscriptions_limit == 3);
  CHECK(built.config->products[api->open_product].facts.id == "open");
  CHECK(api->operations[0].product_programs.size() == 2);
  CHECK(built.match("/MY/echo/items/5") == "echo;rev=2/get-item");
}

TEST_CASE("build: what is absent has API Management's defaults") {
  const Built built = build(api("a", ""));
  CHECK(built.problems() == "");
  const Api* api = built.api("a;rev=1");
  REQUIRE(api);
  CHECK(api->facts.name == "a");
  CHECK(api->protocols == protocol_https);
  CHECK(api->facts.protocols == std::vector<std::string>{"https"});
  CHECK(api->subscription_required);
  CHECK(api->facts.key_header == "Ocp-Apim-Subscription-Key");
  CHECK(api->facts.key_query == "subscription-key");
  CHECK(api->upstream->kind == Upstream::Kind::host);
  CHECK(api->open_product == index_none);
  CHECK(build("").config->usable);
}

TEST_CASE("build: an API with an error, or in a product with one, keeps its path and is held back; the rest serves") {
  struct Row {
    std::string resources;
    const char *problem, *quarantined;
  };
  const std::string broken = api("x", "");
  const std::vector<Row> rows = {
      {api("x", R"("serviceUrl":"ftp://back.test")"), "serviceUrl: ", "x;rev=1 "},
      {api("x", R"("serviceUrl":5)"), "serviceUrl must be a text", "x;rev=1 "},
      {api("x", R"("protocols":["spdy"])"), "'spdy' is not one of http, https, ws, wss", "x;rev=1 "},
      {api("x", R"("protocols":"http")"), "protocols must be a list", "x;rev=1 "},
      {api("x", R"("subscriptionRequired":"yes")"), "subscriptionRequired must be true or false", "x;rev=1 "},
      {api("x", R"("subscriptionKeyParameterNames":{"header":"a b"})"), "'a b' is not a header name", "x;rev=1 "},
      {api("x", R"("apiVersion":"v1")"), "belongs to no version set", "x;rev=1 "},
      {api("x", R"("apiVersionSetId":"/apiVersionSets/none")"), "there is no version set '/apiVersionSets/none'", "x;rev=1 "},
      {api("x", R"("apiVersion":"v1","apiVersionSet":{"versioningScheme":"Cookie"})"), "'Cookie' is not one of Segment, Header, Query",
       "x;rev=1 "},
      {api("x", R"("apiVersion":"v1","apiVersionSet":{"versioningScheme":"Header"})"), "needs versionHeaderName", "x;rev=1 "},
      {broken + "," + resource("apis/x/operations/b", R"("method":"GET","urlTemplate":"/{b")"), "[invalid-value]", "x;rev=1 "},
      {broken + "," + resource("apis/x/operations/b", R"("urlTemplate":"/b")"), "needs a method", "x;rev=1 "},
      {broken + "," + resource("apis/x/operations/b", R"("method":"GET","urlTemplate":"/get")"), "belongs to operation 'get' already",
       "x;rev=1 "},
      {broken + "," + policy("apis/x/", "<no-such-policy />"), "no-such-policy", "x;rev=1 "},
      {broken + "," + policy("apis/x/operations/get/", "<no-such-policy />"), "no-such-policy", "x;rev=1 "},
      {broken + "," + policy("apis/x/", "<set-header name=\\\"{{none}}\\\"><value>v</value></set-header>"), "none", "x;rev=1 "},
      {broken + "," + policy("apis/x/", "<include-fragment fragment-id=\\\"none\\\" />"), "none", "x;rev=1 "},
      {broken + "," + policy("apis/x/", "<set-backend-service backend-id=\\\"none\\\" />"), "none", "x;rev=1 "},
      {broken + "," + policy("apis/x/", "<set-backend-service backend-id=\\\"pool\\\" />") + "," +
           resource("backends/pool", R"("type":"Pool","pool":{"services":[]})"),
       "the pool 'pool' has no members", "x;rev=1 "},
      {broken + "," + policy("apis/x/", "<set-backend-service backend-id=\\\"b\\\" />") + "," + resource("backends/b", R"("url":"back")"),
       "url of the backend 'b'", "x;rev=1 "},
      {broken + "," + resource("products/p", R"("apis":["x"])") + "," + policy("products/p/", "<no-such-policy />"), "no-such-policy",
       "x;rev=1 "},
      {broken + "," + resource("products/p", R"("apis":["x"],"subscriptionRequired":false)") + "," +
           resource("products/q", R"("apis":["x"],"subscriptionRequired":false)"),
       "two open products, 'p' and 'q'", "x;rev=1 "},
      {broken + "," + resource("apis/y", R"("path":"X/")"), "belongs to API 'x;rev=1' already", "y;rev=1 "},
      {resource("apis/x", R"("path":"a//b")"), "path 'a//b' is not usable", "x;rev=1 "},
  };
  for (const Row& row : rows) {
    const Built built = build(sound + row.resources);
    CAPTURE(row.resources);
    CAPTURE(built.problems());
    CHECK(built.problems().find(row.problem) != std::string::npos);
    CHECK(built.quarantined() == row.quarantined);
    CHECK(built.match("/sound/get") == "sound;rev=1/get");
    CHECK(built.config->usable);
  }
}

TEST_CASE("build: a version set's error is told once, and holds back every API of the set") {
  const std::string member = R"("path":"shop","apiVersionSetId":"/apiVersionSets/v")";
  const Built built = build(sound + resource("apiVersionSets/v", R"("versioningScheme":"Query")") + "," + resource("apis/a", member) + "," +
                            resource("apis/b;rev=2", member) + "," + resource("apiVersionSets/unused", R"("versioningScheme":"Cookie")"));
  const std::string problems = built.problems();
  CAPTURE(problems);
  const size_t told = problems.find("needs versionQueryName");
  REQUIRE(told != std::string::npos);
  CHECK(problems.find("needs versionQueryName", told + 1) == std::string::npos);
  CHECK(problems.find("'Cookie' is not one of Segment, Header, Query") != std::string::npos);
  CHECK(built.quarantined().find("a;rev=1 ") != std::string::npos);
  CHECK(built.quarantined().find("b;rev=2 ") != std::string::npos);
  CHECK(built.match("/sound/get") == "sound;rev=1/get");
}

TEST_CASE("build: a fragment is read in the form that its resource names, as a policy is") {
  struct Listener final : ExpressionCompiler {
    mutable std::string heard;
    Result<std::unique_ptr<const Expression>> compile(std::string_view source, ExpressionType, SourcePos, SourceLimits,
                                                      std::string_view) const override {
      heard = source;
      return Error{Code::config, "heard", {}, {}};
    }
  };
  struct Row {
    const char *form, *heard;
  };
  for (const Row& row : {Row{"rawxml", "@(\"a&amp;b\")"}, Row{"xml", "@(\"a&b\")"}}) {
    const Listener listener;
    BuildOptions options;
    options.expressions = &listener;
    const std::string text = R"(<fragment><set-variable name='v' value='@(\"a&amp;b\")' /></fragment>)";
    build(resource("policyFragments/f", R"("format":")" + std::string(row.form) + R"(","value":")" + text + "\"") + "," + sound +
              policy("apis/sound/", "<include-fragment fragment-id='f' />"),
          options);
    CHECK(listener.heard == row.heard);
  }
}

TEST_CASE("build: a fragment that nothing includes is checked as others are, and holds nothing back") {
  const Built built =
      build(sound + resource("policyFragments/Broken", R"("format":"rawxml","value":"<fragment>\n  <set-heder />\n</fragment>")") + "," +
            resource("policyFragments/torn", R"("format":"rawxml","value":"<fragment>")") + "," +
            resource("policyFragments/linked", R"("format":"rawxml-link","value":"https://elsewhere.test/")") + "," +
            resource("policyFragments/sound", R"("format":"rawxml","value":"<fragment><set-method>GET</set-method></fragment>")"));
  const std::string problems = built.problems();
  CAPTURE(problems);
  CHECK(problems.find("policyFragments/Broken:2:3: error: 'set-heder' is not a policy; did you mean 'set-header'?") != std::string::npos);
  CHECK(problems.find("policyFragments/torn:1:1: error: The element '<fragment>' has no end tag") != std::string::npos);
  CHECK(problems.find("format rawxml-link is a link; give the policy's text") != std::string::npos);
  CHECK(built.config->diagnostics.error_count() == 3);
  CHECK(built.quarantined() == "");
  CHECK(built.match("/sound/get") == "sound;rev=1/get");
  CHECK(built.config->usable);
}

TEST_CASE("build: a fragment that a document includes is told with that document, not a second time") {
  const Built built = build(sound + api("x", "") + "," + policy("apis/x/", "<include-fragment fragment-id='F' />") + "," +
                            resource("policyFragments/f", R"("format":"rawxml","value":"<fragment><set-heder /></fragment>")"));
  CAPTURE(built.problems());
  CHECK(built.config->diagnostics.error_count() == 1);
  CHECK(built.quarantined() == "x;rev=1 ");
}

TEST_CASE("build: requests to an API that is held back do not reach the API of a shorter path") {
  const Built built =
      build(resource("apis/root", R"("path":"")") + "," + resource("apis/root/operations/all", R"("method":"GET","urlTemplate":"/*")") +
            "," + api("x", R"("serviceUrl":"?")"));
  CHECK(built.match("/y") == "root;rev=1/all");
  CHECK(built.match("/x/get") == "x;rev=1 quarantined");
  CHECK(built.api("x;rev=1")->operations.empty());
  CHECK(built.api("x;rev=1")->unmatched == nullptr);
}

TEST_CASE("build: with a broken global policy, or with nothing sound beside an error, nothing is usable") {
  CHECK_FALSE(build(sound + policy("", "<no-such-policy />")).config->usable);
  CHECK_FALSE(build(api("x", R"("serviceUrl":"?")")).config->usable);
  CHECK_FALSE(build("").config->diagnostics.has_errors());
}

TEST_CASE("build: a problem names the file, the place and the scope") {
  const Built built =
      build(api("x", "\n\"serviceUrl\":\"?\"") + "," + resource("apis/x/operations/b", R"("method":"GET","urlTemplate":"/{b")"));
  REQUIRE(built.config->diagnostics.count() == 2);
  const Diagnostic& url = built.config->diagnostics.items()[0];
  CHECK(url.file == "test.json");
  CHECK(url.at.line == 2);
  CHECK(url.scope == "api x;rev=1");
  const Diagnostic& route = built.config->diagnostics.items()[1];
  CHECK(route.file == "test.json");
  CHECK(route.at.line == 2);
  CHECK(route.scope == "operation x;rev=1/b");
}

TEST_CASE("build: what this version does not serve is left out with a warning, what is offline or elsewhere without one") {
  struct Row {
    std::string resources;
    const char* problem;
  };
  const std::vector<Row> rows = {
      {api("x", R"("type":"websocket","protocols":["wss"])"), "of type websocket"},
      {api("x", R"("type":"graphql")"), "of type graphql"},
      {api("x", R"("type":"grpc")"), "of type grpc"},
      {api("x", R"("isOnline":false)"), ""},
      {api("x", "") + "," + resource("gateways/here", R"("apis":["sound"])"), ""},
  };
  for (const Row& row : rows) {
    BuildOptions options;
    options.gateway_name = "here";
    const Built built = build(sound + row.resources, options);
    CAPTURE(row.resources);
    CAPTURE(built.problems());
    CHECK(built.problems().find(row.problem) != std::string::npos);
    CHECK_FALSE(built.config->diagnostics.has_errors());
    CHECK(built.match("/x/get") == "nothing");
    CHECK(built.match("/sound/get") == "sound;rev=1/get");
  }
  CHECK(build(api("x", R"("type":"soap")")).match("/x/get") == "x;rev=1/get");
}

TEST_CASE("build: credentials of a backend take named values, whichever stands first in the document") {
  const Built built = build(resource("backends/b", R"("url":"http://b.test","credentials":{"query":{"code":["{{key}}"]}})") + "," +
                            resource("namedValues/n", R"("displayName":"key","value":"k1","secret":true)"));
  CHECK(built.problems() == "");
  CHECK(built.config->backends.at("b")->credentials->query == "code=k1");
}

TEST_CASE("build: versions and revisions answer under their URLs, revisions that are offline do not") {
  const Built built =
      build(resource("apiVersionSets/v", R"("displayName":"v","versioningScheme":"Segment")") + "," +
            resource("apis/one", R"("path":"shop","apiVersion":"v1","apiVersionSetId":"/apiVersionSets/v")") + "," +
            resource("apis/one/operations/get", R"("method":"GET","urlTemplate":"/get")") + "," +
            resource("apis/two;rev=1", R"("path":"shop","apiVersion":"v2","apiVersionSetId":"/apiVersionSets/v","isCurrent":true)") + "," +
            resource("apis/two;rev=1/operations/get", R"("method":"GET","urlTemplate":"/get")") + "," +
            resource("apis/two;rev=2", R"("path":"shop","apiVersion":"v2","apiVersionSetId":"/apiVersionSets/v")") + "," +
            resource("apis/two;rev=2/operations/new", R"("method":"GET","urlTemplate":"/get")") + "," +
            resource("apis/two;rev=3", R"("path":"shop","apiVersion":"v2","apiVersionSetId":"/apiVersionSets/v","isOnline":false)"));
  CHECK(built.problems() == "");
  struct Row {
    const char *path, *match;
  };
  for (const Row& row :
       {Row{"/shop/v1/get", "one;rev=1/get"}, Row{"/shop/v2/get", "two;rev=1/get"}, Row{"/shop/v2;rev=2/get", "two;rev=2/new"},
        Row{"/shop/v2;rev=3/get", "nothing"}, Row{"/shop/v3/get", "nothing"}, Row{"/shop/get", "nothing"}}) {
    CAPTURE(row.path);
    CHECK(built.match(row.path) == row.match);
  }
}

TEST_CASE("build: an API that no listener can reach is a warning, unless the scheme check is off") {
  struct Row {
    bool check_scheme;
    uint8_t listeners;
    size_t warnings;
  };
  for (const Row& row :
       {Row{true, protocol_http, 1}, Row{true, protocol_http | protocol_https, 0}, Row{true, 0, 0}, Row{false, protocol_http, 0}}) {
    BuildOptions options;
    options.check_scheme = row.check_scheme;
    options.listener_protocols = row.listeners;
    const Built built = build(api("x", ""), options);
    CHECK(built.config->diagnostics.count() == row.warnings);
    CHECK_FALSE(built.config->diagnostics.has_errors());
    CHECK(built.match("/x/get", "http") == (row.check_scheme ? "nothing" : "x;rev=1/get"));
  }
}

TEST_CASE("build: subscriptions have the scope, state and owner that their resource says") {
  const std::string all =
      api("x", "") + "," + resource("products/p", R"("apis":["x"])") + "," +
      resource(
          "users/ann",
          R"("email":"a@b.test","firstName":"Ann","groups":["developers","/groups/vips"],"identities":[{"provider":"Aad","id":"7"}])") +
      "," + resource("groups/vips", R"("displayName":"VIPs")") + "," + resource("users/bob", R"("email":"b@b.test","state":"blocked")") +
      ",";
  struct Row {
    const char* properties;
    SubscriptionScope scope;
    const char* target;
    SubscriptionState state;
  };
  const std::vector<Row> rows = {
      {R"("scope":"/products/p","state":"active")", SubscriptionScope::product, "p", SubscriptionState::active},
      {R"("scope":"/subscriptions/0/resourceGroups/g/providers/Microsoft.ApiManagement/service/s/products/p","state":"Active")",
       SubscriptionScope::product, "p", SubscriptionState::active},
      {R"("scope":"/apis/x","state":"suspended")", SubscriptionScope::api, "x", SubscriptionState::suspended},
      {R"("scope":"/apis/x;rev=1","state":"cancelled")", SubscriptionScope::api, "x", SubscriptionState::cancelled},
      {R"("scope":"/apis","state":"expired")", SubscriptionScope::all_apis, "", SubscriptionState::expired},
      {R"("scope":"/apis/")", SubscriptionScope::all_apis, "", SubscriptionState::submitted},
      {R"("scope":"/subscriptions/0/resourceGroups/g/providers/Microsoft.ApiManagement/service/s","state":"active")",
       SubscriptionScope::all_apis, "", SubscriptionState::active},
      {R"("scope":"/apis","state":"active","ownerId":"/users/ann")", SubscriptionScope::all_apis, "", SubscriptionState::active},
      {R"("scope":"/apis","state":"active","ownerId":"/users/bob")", SubscriptionScope::all_apis, "", SubscriptionState::suspended},
  };
  for (const Row& row : rows) {
    const Built built = build(all + resource("subscriptions/s", std::string(row.properties) + R"(,"primaryKey":"k1","secondaryKey":"k2")"));
    CAPTURE(row.properties);
    CHECK(built.problems() == "");
    REQUIRE(built.config->subscriptions.size() == 1);
    const Subscription& subscription = built.config->subscriptions[0];
    CHECK(subscription.scope == row.scope);
    CHECK(subscription.target == row.target);
    CHECK(subscription.state == row.state);
    CHECK((subscription.product == 0) == (row.scope == SubscriptionScope::product));
    CHECK(built.config->find_key("k1") == &subscription);
    CHECK(built.config->find_key("k2") == &subscription);
    CHECK(built.config->find_key("k3") == nullptr);
    CHECK(built.config->find_key("") == nullptr);
  }
  const Built built = build(all + resource("subscriptions/s", R"("scope":"/apis","ownerId":"/users/ann","primaryKey":"k")"));
  REQUIRE(built.config->subscriptions[0].owner);
  CHECK(built.config->subscriptions[0].owner->id == "ann");
  CHECK(built.config->subscriptions[0].owner->first_name == "Ann");
  const UserFacts& owner = *built.config->subscriptions[0].owner;
  REQUIRE(owner.groups.size() == 2);
  CHECK(owner.groups[0].id + " " + owner.groups[0].name == "developers Developers");
  CHECK(owner.groups[1].id + " " + owner.groups[1].name == "vips VIPs");
  REQUIRE(owner.identities.size() == 1);
  CHECK(owner.identities[0].id + " " + owner.identities[0].name == "7 Aad");
}

TEST_CASE("build: a subscription that is not sound admits nobody and is reported") {
  struct Row {
    std::string subscriptions;
    const char* problem;
    bool is_error;
  };
  const std::string keys = R"(,"primaryKey":"k")";
  const std::vector<Row> rows = {
      {resource("subscriptions/s", R"("state":"active")" + keys), "has no scope", true},
      {resource("subscriptions/s", R"("scope":"","state":"active")" + keys), "has no scope", true},
      {resource("subscriptions/s", R"("scope":"/everything","state":"active")" + keys), "scope '/everything' is not", true},
      {resource("subscriptions/s", R"("scope":"/products/none","state":"active")" + keys), "there is no product 'none'", true},
      {resource("subscriptions/s", R"("scope":"/apis/none","state":"active")" + keys), "there is no API 'none'", true},
      {resource("subscriptions/s", R"("scope":"/apis","state":"ready")" + keys), "state 'ready' is not one of", true},
      {resource("subscriptions/s", R"("scope":"/apis","state":"active")"), "has no key", false},
      {resource("subscriptions/s", R"("scope":"/apis","state":"active")" + keys) + "," +
           resource("subscriptions/t", R"("scope":"/apis","state":"active","secondaryKey":"k")"),
       "'s' and 't' have the same key", true},
  };
  for (const Row& row : rows) {
    const Built built = build(sound + row.subscriptions);
    CAPTURE(row.subscriptions);
    CAPTURE(built.problems());
    REQUIRE(built.config->diagnostics.count() == 1);
    CHECK(built.problems().find(row.problem) != std::string::npos);
    CHECK(built.config->diagnostics.items()[0].file == "test.json");
    CHECK(built.config->diagnostics.has_errors() == row.is_error);
    CHECK(built.config->find_key("k") == nullptr);
    CHECK(built.match("/sound/get") == "sound;rev=1/get");
  }
  const Built twins = build(resource("subscriptions/s", R"("scope":"/apis","state":"active","primaryKey":"k","secondaryKey":"k")"));
  CHECK(twins.problems() == "");
  CHECK(twins.config->find_key("k") != nullptr);
}

TEST_CASE("build: a reference to what does not exist is reported") {
  struct Row {
    std::string resources;
    const char* problem;
  };
  const std::vector<Row> rows = {
      {resource("products/p", R"("apis":["none"])"), "there is no API 'none'"},
      {resource("namedValues/a", R"("displayName":"a")"), "'a' has no value"},
      {resource("namedValues/a", R"("displayName":"twin","value":"1")") + "," +
           resource("namedValues/b", R"("displayName":"twin","value":"2")"),
       "two named values are called 'twin'"},
  };
  for (const Row& row : rows) {
    const Built built = build(sound + row.resources);
    CAPTURE(built.problems());
    REQUIRE(built.config->diagnostics.count() == 1);
    CHECK(built.problems().find(row.problem) != std::string::npos);
    CHECK(built.quarantined() == "");
  }
}

TEST_CASE("build: operations without a policy of their own share their programs, also 5,000 of them") {
  std::string items = resource("apis/x", R"("path":"x")") + "," + resource("products/p", R"("apis":["x"])") + "," +
                      policy("products/p/", "<set-variable name=\\\"a\\\" value=\\\"b\\\" />");
  for (int i = 0; i < 5000; ++i)
    items += "," + resource("apis/x/operations/o" + std::to_string(i), R"("method":"GET","urlTemplate":"/o)" + std::to_string(i) + "\"");
  items += "," + policy("apis/x/operations/o7/", "<set-variable name=\\\"a\\\" value=\\\"b\\\" />");
  const Built built = build(items);
  CHECK(built.problems() == "");
  const Api* api = built.api("x;rev=1");
  REQUIRE(api);
  REQUIRE(api->operations.size() == 5000);
  std::set<const Program*> programs;
  for (const Operation& operation : api->operations) {
    programs.insert(operation.program.get());
    for (const auto& program : operation.product_programs) programs.insert(program.get());
  }
  CHECK(programs.size() == 4);
}

TEST_CASE("build: the revision is that of the content, whatever its order") {
  const std::string a = api("a", ""), b = api("b", R"("protocols":["http"])");
  const std::string revision = build(a + "," + b).config->revision;
  CHECK(revision.size() == 32);
  CHECK(build(b + "," + a).config->revision == revision);
  CHECK(build(a + "," + api("b", R"("protocols":["https"])")).config->revision != revision);
  CHECK(build(a).config->revision != revision);
}

TEST_CASE("build: the effective policy is that of all scopes; what does not exist is named with the nearest thing that does") {
  const Built built = build(api("orders", "") + "," + policy("apis/orders/", "<set-variable name=\\\"a\\\" value=\\\"b\\\" />") + "," +
                            resource("products/starter", R"("apis":["orders"])"));
  CHECK(built.problems() == "");
  const auto text = effective_policy(*built.config, "orders", "get", "");
  REQUIRE(text);
  CHECK(text->find("set-variable") != std::string::npos);
  CHECK(text->find("forward-request") != std::string::npos);
  CHECK(effective_policy(*built.config, "ORDERS;rev=1", "GET", "Starter"));
  CHECK(effective_policy(*built.config, "order", "get", "").error().message.find("did you mean 'orders'") != std::string::npos);
  CHECK(effective_policy(*built.config, "orders", "gets", "").error().message.find("did you mean 'get'") != std::string::npos);
  CHECK(effective_policy(*built.config, "orders", "get", "start").error().message.find("no product 'start'") != std::string::npos);
}
