#include <doctest/doctest.h>

#include "route/routing.hpp"

using namespace gatelet;
using namespace gatelet::test;

namespace {

struct Row {
  const char *request, *match;
};

}  // namespace

TEST_CASE("router: the longest API path wins, whatever operations it has") {
  const Routes routes({api("root", "", {"GET /*"}), api("shop", "shop", {"GET /orders", "GET /eu/orders", "GET /x"}),
                       api("eu", "shop/eu", {"GET /orders"}), api("deep", "a/b/c", {"GET /"})});
  for (const Row& row : {
           Row{"GET /shop/orders", "shop GET /orders"},
           Row{"GET /shop/eu/orders", "eu GET /orders"},
           Row{"GET /shop/eu/x", "-operation"},     // not the one of "shop"
           Row{"GET /shop/nothing", "-operation"},  // not the wildcard of the root
           Row{"GET /shopping", "root GET /*"},     // whole segments
           Row{"GET /a/b", "root GET /*"},          // only on the way to a/b/c
           Row{"GET /a/b/c", "deep GET /"},
           Row{"GET /a/b/c/", "deep GET /"},
           Row{"GET /", "root GET /*"},
       }) {
    CAPTURE(row.request);
    CHECK(routes.match(row.request) == row.match);
  }
  CHECK(Routes({api("echo", "echo", {"GET /"})}).match("GET /") == "-no_api");
  CHECK(Routes({}).match("GET /") == "-no_api");
}

TEST_CASE("router: API paths and literals ignore letter case, methods do not") {
  const Routes routes({api("echo", "Echo/Sub", {"GET /Resource/{Id}", "get /Resource/{id}/x", "PURGE /Resource"})});
  for (const Row& row : {
           Row{"GET /echo/SUB/rEsOuRcE/AbC", "echo GET /Resource/{Id} Id=AbC"},
           Row{"get /echo/sub/resource/1", "-method"},
           Row{"get /echo/sub/resource/1/x", "echo get /Resource/{id}/x id=1"},
           Row{"GET /echo/sub/resource/1/x", "-method"},
           Row{"PURGE /echo/sub/resource", "echo PURGE /Resource"},
           Row{"Purge /echo/sub/resource", "-method"},
       }) {
    CAPTURE(row.request);
    CHECK(routes.match(row.request) == row.match);
  }
}

TEST_CASE("router: what is matched is the canonical target, escapes of other bytes stay inside their segment") {
  const Routes routes({api("root", "", {"GET /ok"}), api("api", "api", {"GET /private", "GET /*", "GET /b\xC3\xA4r/a b"})});
  for (const Row& row : {
           Row{"GET /api/%70rivate", "api GET /private"}, Row{"GET /api/x/../private", "api GET /private"},
           Row{"GET /api/x/.%2E/private", "api GET /private"}, Row{"GET /API/Private", "api GET /private"},
           Row{"GET /api/private/", "api GET /private"}, Row{"GET /api//private", "api GET /*"},
           Row{"GET /api/x%2f..%2fprivate", "api GET /*"}, Row{"GET /api/private%3Brev=2", "api GET /*"},
           Row{"GET /api/%252e%252e/private", "api GET /*"}, Row{"GET /api/private?x=1?y", "api GET /private"},
           Row{"GET /api/b%c3%a4r/a%20b", "api GET /b\xC3\xA4r/a b"}, Row{"GET /api/B%C3%A4R/A%20B", "api GET /b\xC3\xA4r/a b"},
           Row{"GET //api/private", "-operation"},  // the first segment is empty: the root API
       }) {
    CAPTURE(row.request);
    CHECK(routes.match(row.request) == row.match);
  }
}

TEST_CASE(
    "router: segment by segment from the left a literal beats text with parameters, that a parameter, that the end, that a wildcard") {
  const Routes routes({api("a", "a",
                           {"GET /*", "GET /{x}", "GET /{x}/{y}", "GET /me", "GET /me/{y}", "GET /{x}/list", "GET /v{n}", "GET /v{n}-{m}",
                            "GET /{f}.json", "GET /files/*", "GET /files", "GET /me/{y}/z/{*rest}", "GET /{x}/b/c/d"})});
  for (const Row& row : {
           Row{"GET /a/me", "a GET /me"},
           Row{"GET /a/you", "a GET /{x} x=you"},
           Row{"GET /a/v1", "a GET /v{n} n=1"},
           Row{"GET /a/v1-2", "a GET /v{n}-{m} n=1 m=2"},  // more text
           Row{"GET /a/v1.json", "a GET /v{n} n=1.json"},  // text before the parameter counts first
           Row{"GET /a/x.json", "a GET /{f}.json f=x"},
           Row{"GET /a/me/list", "a GET /me/{y} y=list"},  // the first segment decides
           Row{"GET /a/you/list", "a GET /{x}/list x=you"},
           Row{"GET /a/you/them", "a GET /{x}/{y} x=you y=them"},
           Row{"GET /a/me/b/c/d", "a GET /{x}/b/c/d x=me"},  // back from the literal
           Row{"GET /a/me/b/c/e", "a GET /*"},
           Row{"GET /a/files", "a GET /files"},
           Row{"GET /a/files/", "a GET /files"},
           Row{"GET /a/files/1/2", "a GET /files/*"},
           Row{"GET /a/me/1/z/2/3", "a GET /me/{y}/z/{*rest} y=1 rest=2/3"},
           Row{"GET /a", "a GET /*"},
           Row{"GET /a/", "a GET /*"},
       }) {
    CAPTURE(row.request);
    CHECK(routes.match(row.request) == row.match);
  }
}

TEST_CASE("router: parameters take raw text and never nothing; wildcards take everything, also nothing") {
  const Routes routes({api("a", "a", {"GET /p/{x}", "GET /p/{x}/q", "GET /w/{*rest}", "GET /c/{a}.{b}.txt", "GET /c/({k})"})});
  for (const Row& row : {
           Row{"GET /a/p/%2F%20;v=1", "a GET /p/{x} x=%2F%20;v=1"},
           Row{"GET /a/p/", "-operation"},
           Row{"GET /a/p//", "-operation"},
           Row{"GET /a/p//q", "-operation"},
           Row{"GET /a/w", "a GET /w/{*rest} rest="},
           Row{"GET /a/w/", "a GET /w/{*rest} rest="},
           Row{"GET /a/w//", "a GET /w/{*rest} rest=/"},
           Row{"GET /a/w/x//y/", "a GET /w/{*rest} rest=x//y/"},
           Row{"GET /a/c/x.y.z.txt", "a GET /c/{a}.{b}.txt a=x b=y.z"},
           Row{"GET /a/c/X.Y.TXT", "a GET /c/{a}.{b}.txt a=X b=Y"},
           Row{"GET /a/c/.y.txt", "-operation"},
           Row{"GET /a/c/x..txt", "-operation"},
           Row{"GET /a/c/x.txt", "-operation"},
           Row{"GET /a/c/(1)", "a GET /c/({k}) k=1"},
           Row{"GET /a/c/()", "-operation"},
       }) {
    CAPTURE(row.request);
    CHECK(routes.match(row.request) == row.match);
  }
}

TEST_CASE("router: the query parameters of a template are required and tell operations apart") {
  const Routes routes({api("a", "a",
                           {"GET /s", "GET /s?x={x}", "GET /s?x={x}&y={y}", "GET /s?x=1", "GET /s?soapAction=urn:a%20b",
                            "GET /t/{id}?full={full}", "GET /t/{id}/?flag", "POST /u?x={x}", "GET /*"})});
  for (const Row& row : {
           Row{"GET /a/s", "a GET /s"},
           Row{"GET /a/s?z=1", "a GET /s"},
           Row{"GET /a/s?x=%20b", "a GET /s?x={x} ?x=%20b"},
           Row{"GET /a/s?X=2", "a GET /s?x={x} ?x=2"},
           Row{"GET /a/s?x=", "a GET /s?x={x} ?x="},
           Row{"GET /a/s?x", "a GET /s?x={x} ?x="},
           Row{"GET /a/s?x=1", "a GET /s?x=1"},                        // fixed before free
           Row{"GET /a/s?x=1&y=2", "a GET /s?x={x}&y={y} ?x=1 ?y=2"},  // more before fixed
           Row{"GET /a/s?soapaction=urn:a+b", "a GET /s?soapAction=urn:a%20b"},
           Row{"GET /a/s?soapAction=URN:a+b", "a GET /s"},
           Row{"GET /a/t/5?full=yes", "a GET /t/{id}?full={full} id=5 ?full=yes"},
           Row{"GET /a/t/5?flag", "a GET /t/{id}/?flag id=5"},
           Row{"GET /a/t/5", "a GET /*"},
           Row{"POST /a/u?x=1", "a POST /u?x={x} ?x=1"},
           Row{"POST /a/u", "-method"},
       }) {
    CAPTURE(row.request);
    CHECK(routes.match(row.request) == row.match);
  }
}

TEST_CASE("router: a method that no fitting operation has is missed as method, HEAD and OPTIONS included") {
  const Routes routes({api("a", "a", {"GET /x", "POST /{p}", "PUT /y?q={q}"})});
  for (const Row& row : {
           Row{"HEAD /a/x", "-method"},
           Row{"OPTIONS /a/x", "-method"},
           Row{"POST /a/x", "a POST /{p} p=x"},  // back from the literal that has no POST
           Row{"DELETE /a/z", "-method"},
           Row{"PUT /a/y", "-method"},
           Row{"DELETE /a/y/z", "-operation"},
       }) {
    CAPTURE(row.request);
    CHECK(routes.match(row.request) == row.match);
  }
}

namespace {

RouteApi version(RouteApi api, VersionScheme scheme, std::string version_name, std::string version) {
  api.scheme = scheme;
  api.version_name = std::move(version_name);
  api.version = std::move(version);
  return api;
}

RouteApi revision(RouteApi api, std::string number, bool is_current) {
  api.revision = std::move(number);
  api.is_current = is_current;
  return api;
}

}  // namespace

TEST_CASE("router: versions by segment, header and query; the Original answers when none is asked for") {
  const Routes routes({
      version(api("seg1", "seg", {"GET /x", "GET /v2"}), VersionScheme::segment, "", "v1"),
      version(api("seg2", "seg", {"GET /x"}), VersionScheme::segment, "", "V2"),
      version(api("mix", "mix", {"GET /*"}), VersionScheme::segment, "", ""),
      version(api("mix1", "mix", {"GET /x"}), VersionScheme::segment, "", "v1"),
      version(api("head", "head", {"GET /x"}), VersionScheme::header, "Api-Version", ""),
      version(api("head1", "head", {"GET /x"}), VersionScheme::header, "Api-Version", "v1"),
      version(api("headV1", "head", {"GET /x"}), VersionScheme::header, "Api-Version", "V1"),
      version(api("query1", "query", {"GET /x"}), VersionScheme::query, "api-version", "2024 01"),
  });
  CHECK(routes.diagnostics.count() == 0);
  struct VersionRow {
    const char *request, *header, *match;
  };
  for (const VersionRow& row : {
           VersionRow{"GET /seg/v1/x", nullptr, "seg1 GET /x"},
           VersionRow{"GET /seg/V1/v2", nullptr, "seg1 GET /v2"},
           VersionRow{"GET /seg/v2/x", nullptr, "seg2 GET /x"},
           VersionRow{"GET /seg/x", nullptr, "-version"},
           VersionRow{"GET /seg/v3/x", nullptr, "-version"},
           VersionRow{"GET /seg", nullptr, "-version"},
           VersionRow{"GET /mix/v1/x", nullptr, "mix1 GET /x"},
           VersionRow{"GET /mix/v9/x", nullptr, "mix GET /*"},
           VersionRow{"GET /head/x", nullptr, "head GET /x"},
           VersionRow{"GET /head/x", "", "head GET /x"},
           VersionRow{"GET /head/x", "v1", "head1 GET /x"},
           VersionRow{"GET /head/x", "V1", "headV1 GET /x"},
           VersionRow{"GET /head/x", "v2", "-version"},
           VersionRow{"GET /query/x", nullptr, "-version"},
           VersionRow{"GET /query/x?API-Version=2024+01", nullptr, "query1 GET /x"},
           VersionRow{"GET /query/x?api-version=2024%2001", nullptr, "query1 GET /x"},
           VersionRow{"GET /query/x?api-version=2025", nullptr, "-version"},
       }) {
    CAPTURE(row.request);
    CAPTURE(row.header);
    const auto headers = row.header ? std::vector<std::pair<std::string, std::string>>{{"api-version", row.header}}
                                    : std::vector<std::pair<std::string, std::string>>();
    CHECK(routes.match(row.request, headers) == row.match);
  }
}

TEST_CASE("router: ;rev=N counts at the end of the API path only, in digits and lower case only") {
  const Routes routes({
      revision(api("root;rev=1", "", {"GET /*"}), "1", true),
      revision(api("root;rev=3", "", {"GET /ok"}), "3", false),
      revision(api("api;rev=1", "api", {"GET /private", "GET /*"}), "1", true),
      revision(api("api;rev=2", "api", {"GET /private"}), "2", false),
      revision(version(api("seg;rev=1", "seg", {"GET /x"}), VersionScheme::segment, "", "v1"), "1", true),
      revision(version(api("seg;rev=4", "seg", {"GET /x"}), VersionScheme::segment, "", "v1"), "4", false),
      revision(api("dark;rev=2", "dark", {"GET /x"}), "2", false),
  });
  CHECK(routes.diagnostics.count() == 0);
  for (const Row& row : {
           Row{"GET /api/private", "api;rev=1 GET /private"},
           Row{"GET /api;rev=1/private", "api;rev=1 GET /private"},
           Row{"GET /API;rev=2/private", "api;rev=2 GET /private"},
           Row{"GET /api;rev=2/other", "-operation"},
           Row{"GET /api;rev=1", "api;rev=1 GET /*"},
           Row{"GET /api;rev=999/private", "-revision"},
           Row{"GET /api;rev=0/private", "-revision"},
           Row{"GET /api;rev=02/private", "-revision"},
           Row{"GET /api/private;rev=2", "api;rev=1 GET /*"},
           Row{"GET /api;rev=/private", "root;rev=1 GET /*"},
           Row{"GET /api;rev=-1/private", "root;rev=1 GET /*"},
           Row{"GET /api;Rev=2/private", "root;rev=1 GET /*"},
           Row{"GET /api;v=2/private", "root;rev=1 GET /*"},
           Row{"GET /api;rev=1;rev=2/private", "root;rev=1 GET /*"},
           Row{"GET /api%3Brev=2/private", "root;rev=1 GET /*"},
           Row{"GET /seg/v1;rev=4/x", "seg;rev=4 GET /x"},
           Row{"GET /seg/v1/x", "seg;rev=1 GET /x"},
           Row{"GET /seg;rev=4/v1/x", "-version"},
           Row{"GET /;rev=3/ok", "root;rev=3 GET /ok"},
           Row{"GET /;rev=3", "-operation"},
           Row{"GET /dark/x", "-revision"},  // none is current
           Row{"GET /dark;rev=2/x", "dark;rev=2 GET /x"},
       }) {
    CAPTURE(row.request);
    CHECK(routes.match(row.request) == row.match);
  }
}

TEST_CASE("router: an API whose protocols lack the request's scheme does not match, unless the check is off") {
  RouteApi secure = api("secure", "secure", {"GET /x"});
  RouteApi both = api("both", "secure/both", {"GET /x"});
  both.protocols = protocol_http | protocol_https;
  const std::vector<RouteApi> apis = {api("root", "", {"GET /*"}), secure, both};
  const Routes checked(apis), unchecked(apis, false);
  CHECK(checked.match("GET http://gw/secure/x") == "-scheme");
  CHECK(checked.match("GET https://gw/secure/x") == "secure GET /x");
  CHECK(checked.match("GET http://gw/secure/both/x") == "both GET /x");
  CHECK(unchecked.match("GET http://gw/secure/x") == "secure GET /x");
}

TEST_CASE("router: the operation path is what follows API path, version and revision, with its bytes") {
  const Routes routes(
      {api("root", "", {"GET /*"}), api("a", "a/b", {"GET /*"}), version(api("v", "v", {"GET /*"}), VersionScheme::segment, "", "v1")});
  for (const Row& row : {Row{"GET /a/b", "/"}, Row{"GET /a/b/", "/"}, Row{"GET /a/b//X/", "//X/"}, Row{"GET /A/B;rev=1/Y%2F?q", "/Y%2F"},
                         Row{"GET /v/v1/z", "/z"}, Row{"GET /", "/"}, Row{"GET /;rev=1/z", "/z"}, Row{"GET /z/", "/z/"}}) {
    CAPTURE(row.request);
    TextRequest request(row.request);
    CHECK(routes.router->match(request.request, request.arena).operation_path == row.match);
  }
}

TEST_CASE("router: what can't be routed is reported with its place and left out, the rest is routed") {
  struct ProblemRow {
    std::vector<RouteApi> apis;
    const char *code, *scope, *message;
  };
  std::vector<std::string> wide;
  for (int i = 0; i < 512; ++i) {
    std::string text = "GET ";
    for (int bit = 0; bit < 9; ++bit) text += (i >> bit & 1) ? "/a" : "/{p" + std::to_string(bit) + "}";
    wide.push_back(text);
  }
  const std::vector<ProblemRow> rows = {
      {{api("x", "a//b", {})}, "invalid-value", "api x", "path 'a//b' is not usable: it has an empty segment"},
      {{api("x", "a/../b", {})}, "invalid-value", "api x", "the segment '..' never arrives"},
      {{api("x", "a/{b}", {})}, "invalid-value", "api x", "can't be one segment"},
      {{api("x", "a;rev=1", {})}, "invalid-value", "api x", "ends like the revision suffix"},
      {{revision(api("x", "a", {}), "one", true)}, "invalid-value", "api x", "revision 'one' is not a number"},
      {{version(api("x", "a", {}), VersionScheme::none, "", "v1")}, "invalid-value", "api x", "belongs to no version set"},
      {{version(api("x", "a", {}), VersionScheme::header, "", "v1")}, "invalid-value", "api x", "names no header"},
      {{version(api("x", "a", {}), VersionScheme::segment, "", "v/1")}, "invalid-value", "api x", "version 'v/1' is not usable"},
      {{api("x", "a", {}), api("y", "A/", {})}, "duplicate-resource", "api y", "belongs to API 'x' already"},
      {{api("x", "a", {}), revision(api("y", "a", {}), "2", true)}, "duplicate-resource", "api y", "has the current revision 'x' already"},
      {{api("x", "a/v1", {}), version(api("y", "a", {}), VersionScheme::segment, "", "v1")},
       "duplicate-resource",
       "api y",
       "belongs to API 'x'"},
      {{api("x", "a", {"GET /{b"})}, "invalid-value", "operation x/GET /{b", "do not pair"},
      {{api("x", "a", {"GET /b}"})}, "invalid-value", "operation x/GET /b}", "do not pair"},
      {{api("x", "a", {"GET /{}"})}, "invalid-value", "operation x/GET /{}", "no proper name"},
      {{api("x", "a", {"GET /{a}{b}"})}, "invalid-value", "operation x/GET /{a}{b}", "side by side"},
      {{api("x", "a", {"GET /b//c"})}, "invalid-value", "operation x/GET /b//c", "empty segment"},
      {{api("x", "a", {"GET /*/c"})}, "invalid-value", "operation x/GET /*/c", "not the last segment"},
      {{api("x", "a", {"GET /b*"})}, "invalid-value", "operation x/GET /b*", "not a segment of its own"},
      {{api("x", "a", {"GET /{*}"})}, "invalid-value", "operation x/GET /{*}", "{*name}"},
      {{api("x", "a", {"GET /./c"})}, "invalid-value", "operation x/GET /./c", "never arrives"},
      {{api("x", "a", {"GET /{b}?b={b}"})}, "invalid-value", "operation x/GET /{b}?b={b}", "{b} occurs twice"},
      {{api("x", "a", {"GET /?b={c}d"})}, "invalid-value", "operation x/GET /?b={c}d", "mixes text and parameter"},
      {{api("x", "a", {"GET /?{b}"})}, "invalid-value", "operation x/GET /?{b}", "no fixed name"},
      {{api("x", "a", {"* /"})}, "invalid-value", "operation x/* /", "is not one method"},
      {{api("x", "a", {"GET /b/{c}", "GET b/{c}/"})}, "duplicate-resource", "operation x/GET b/{c}/", "belongs to operation 'GET /b/{c}'"},
      {{api("x", "a", {"GET /b/{c}", "GET /B/{d}"})}, "duplicate-resource", "operation x/GET /B/{d}", "fits the same requests"},
      {{api("x", "a", {"GET /b?q={c}&r=1", "GET /b?R=1&q={d}"})}, "duplicate-resource", "operation x/GET /b?R=1&q={d}", "fits the same"},
      {{api("x", "a", wide)}, "limit-exceeded", "api x", "combinations of its templates"},
  };
  for (const ProblemRow& row : rows) {
    std::vector<RouteApi> apis = row.apis;
    apis.push_back(api("sound", "sound", {"GET /x"}));
    const Routes routes(std::move(apis));
    CAPTURE(row.message);
    REQUIRE(routes.diagnostics.count() == 1);
    const Diagnostic& problem = routes.diagnostics.items()[0];
    CHECK(gatelet::text_of(problem.code) == row.code);
    CHECK(problem.scope == row.scope);
    CHECK_MESSAGE(problem.message.find(row.message) != std::string::npos, problem.message);
    CHECK(routes.match("GET /sound/x") == "sound GET /x");
  }
}

TEST_CASE("router: templates that differ in names, case or a last slash only warn, and the first one serves") {
  const Routes routes({api("x", "a", {"GET /b/{c}", "GET /B/{d}/", "PUT /b/{d}"})});
  REQUIRE(routes.diagnostics.count() == 1);
  CHECK_FALSE(routes.diagnostics.has_errors());
  CHECK(routes.match("GET /a/b/1") == "x GET /b/{c} c=1");
  CHECK(routes.match("PUT /a/b/1") == "x PUT /b/{d} d=1");
}

TEST_CASE("router: an explanation names what was asked for and the nearest thing that exists") {
  RouteApi secure = api("secure", "secure", {"GET /x"});
  const Routes routes({api("echo;rev=1", "echo", {"GET /resource", "POST /resource", "GET /items/{id}"}), secure,
                       version(api("seg", "seg", {}), VersionScheme::segment, "", "v1"),
                       version(api("head", "head", {}), VersionScheme::header, "Api-Version", "v1"),
                       revision(api("dark;rev=2", "dark", {}), "2", false), api("none", "none", {})});
  for (const Row& row : {
           Row{"GET /ecko/x", "No API's path begins '/ecko/x'; the nearest one is '/echo'."},
           Row{"GET /ecko/a/b/c/d/e/f/g", "No API's path begins '/ecko/a/b/c/d/e/f/g'; the nearest one is '/echo'."},
           Row{"GET /zzz", "No API's path begins '/zzz'; there are: /dark, /echo, /head, /none, /secure and 1 more."},
           Row{"GET http://gw/secure/x",
               "API 'secure' has the path but not the protocol: the request came over 'http', its protocols are https."},
           Row{"GET /seg/x",
               "The API at '/seg' has no Original version, and the request asks for none of its versions: path segment 'v1'."},
           Row{"GET /head/x",
               "The API at '/head' has no Original version, and the request asks for none of its versions: header 'Api-Version' = 'v1'."},
           Row{"GET /echo;rev=9/x", "The API at '/echo;rev=9' has no revision '9'; served are: 1."},
           Row{"GET /dark", "No revision of the API at '/dark' is the current one; served are: 2."},
           Row{"GET /echo/resourse", "API 'echo;rev=1' has no operation for '/resourse'; the nearest template is '/resource'."},
           Row{"GET /echo/1/2/3/4", "API 'echo;rev=1' has no operation for '/1/2/3/4' ('GET'); it has 3."},
           Row{"GET /none", "API 'none' has no operation for '/'; it has no operations at all."},
           Row{"PUT /echo/resource", "API 'echo;rev=1' has '/resource' for GET, POST but not for 'PUT'."},
           Row{"GET /echo/resource", ""},
       }) {
    CAPTURE(row.request);
    CHECK(routes.explain(row.request) == row.match);
  }
}
