// Backend resources: what they become, and what is wrong with them, with place and remedy.
#include "config/backends.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"

using namespace gatelet;

namespace {

struct Read {
  Upstreams upstreams;
  Diagnostics diagnostics;
  std::string problems() const {
    std::string lines;
    for (const Diagnostic& diagnostic : diagnostics.items()) lines += format(diagnostic) + "\n";
    return lines;
  }
};

// Lines "id {properties}"; each becomes a line of the document, so that places can be told.
Read read(const std::string& lines) {
  std::string items;
  for (const std::string_view line : split(lines, '\n')) {
    const size_t blank = line.find(' ');
    if (blank == std::string_view::npos) continue;
    items += std::string(items.empty() ? "" : ",\n") + "{\"k\":\"backends/" + std::string(line.substr(0, blank)) +
             "\",\"v\":" + std::string(line.substr(blank + 1)) + "}";
  }
  Read out;
  const ResourceSet set = resources_from_document("{\"resources\":[\n" + items + "]}", "b.json", out.diagnostics);
  const NamedValueLookup named_value = [](std::string_view name) -> std::optional<std::string> {
    if (name == "key") return "s3cret";
    if (name == "two-lines") return "s3cret\r\nX-Evil: 1";
    return std::nullopt;
  };
  out.upstreams = read_backends(set, named_value, SipKey{1, 2}, out.diagnostics);
  return out;
}

const std::string a_and_b = "a {\"url\":\"http://a.test\"}\nb {\"url\":\"http://b.test/v1\",\"protocol\":\"http\"}\n";

std::string with(const std::string& part) { return "x {\"url\":\"http://x.test\"," + part + "}"; }
std::string breaker(const std::string& rule) { return with("\"circuitBreaker\":{\"rules\":[" + rule + "]}"); }
std::string breaker_with(const std::string& condition) {
  return breaker(R"({"tripDuration":"PT1M","failureCondition":{"count":3,"interval":"PT1M",)" + condition + "}}");
}
std::string pool(const std::string& services, const std::string& more = "") {
  return a_and_b + R"(p {"type":"Pool","pool":{"services":[)" + services + "]" + more + "}}";
}

}  // namespace

TEST_CASE("backends: a proxy has its credentials from its URL or beside it, and named values are put in") {
  const Read read_ = read(
      "a {\"url\":\"http://a.test\",\"proxy\":{\"url\":\"http://p.test:3128\",\"username\":\"me\",\"password\":\"{{key}}\"}}\n"
      "b {\"url\":\"https://b.test\",\"proxy\":{\"url\":\"http://me:s3cret@p.test\"}}\n"
      "c {\"url\":\"https://c.test\",\"proxy\":{}}\n");
  CHECK(read_.problems() == "");
  const Proxy& a = *read_.upstreams.at("a")->proxy;
  CHECK(a.name() == "the proxy p.test:3128");
  CHECK(a.authorization == "Basic bWU6czNjcmV0");
  CHECK(read_.upstreams.at("b")->proxy->name() == "the proxy p.test:80");
  CHECK(read_.upstreams.at("b")->proxy->authorization == a.authorization);
  CHECK(read_.upstreams.at("c")->proxy == nullptr);
}

TEST_CASE("backends: a plain one is a URL and nothing else") {
  const Read read_ = read(a_and_b);
  CHECK(read_.problems() == "");
  const Upstream& b = *read_.upstreams.at("b");
  CHECK(b.backend_id == "b");
  CHECK(b.authority == "b.test");
  CHECK(b.url.path == "/v1");
  CHECK_FALSE(b.credentials);
  CHECK_FALSE(b.has_state());
}

TEST_CASE("backends: credentials are headers and query parameters, named values put in") {
  const Read read_ = read(with(
      R"("credentials":{"header":{"X-Key":["{{key}}"],"X-Two":["1","2"]},"query":{"co de":["a&b","{{key}}"]},"authorization":{"scheme":"Basic","parameter":"{{key}}=="}})"));
  CHECK(read_.problems() == "");
  const BackendCredentials& credentials = *read_.upstreams.at("x")->credentials;
  std::string headers;
  for (const auto& header : credentials.headers)
    for (const std::string& value : header.values) headers += header.name.text + ": " + value + "\n";
  CHECK(headers == "X-Key: s3cret\nX-Two: 1\nX-Two: 2\nAuthorization: Basic s3cret==\n");
  CHECK(credentials.query == "co%20de=a%26b&co%20de=s3cret");
  CHECK(credentials.query_names == std::vector<std::string>{"co de"});
}

TEST_CASE("backends: a circuit breaker is its one rule") {
  const Read read_ = read(breaker(
      R"({"name":"r","failureCondition":{"count":"3","interval":"PT1H","statusCodeRanges":[{"min":429,"max":"429"},{"min":500,"max":599}],"errorReasons":["Server errors"]},"tripDuration":"PT0.5S","acceptRetryAfter":true,"failureResponse":{"statusCode":502}})"));
  CHECK(read_.problems() == "");
  const CircuitBreakerRule& rule = *read_.upstreams.at("x")->breaker;
  CHECK(rule.name == "r");
  CHECK(rule.failure_count == 3);
  CHECK(rule.failure_percentage == 0);
  CHECK(rule.interval_ms == 3'600'000);
  CHECK(rule.trip_duration_ms == 500);
  CHECK(rule.status_code_ranges.size() == 2);
  CHECK(rule.status_code_ranges[0].max == 429);
  CHECK(rule.error_reasons == std::vector<std::string>{"Server errors"});
  CHECK(rule.accept_retry_after);
  CHECK(rule.failure_status == 502);
}

TEST_CASE("backends: a rule that names no failure counts answers of 500 and above") {
  const Read read_ = read(breaker(R"({"failureCondition":{"percentage":50,"interval":"PT1M"},"tripDuration":"PT1M"})"));
  CHECK(read_.problems() == "");
  const CircuitBreakerRule& rule = *read_.upstreams.at("x")->breaker;
  CHECK(rule.failure_percentage == 50);
  REQUIRE(rule.status_code_ranges.size() == 1);
  CHECK(rule.status_code_ranges[0].min == 500);
  CHECK(rule.status_code_ranges[0].max == 599);
}

TEST_CASE("backends: a pool has its members in the order of their priorities") {
  const Read read_ = read(pool(
      R"({"id":"/backends/A","priority":2,"weight":"10"},{"id":"/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/n/backends/b","priority":1})",
      R"(,"sessionAffinity":{"sessionId":{"source":"Cookie","name":"SessionId"}})"));
  CHECK(read_.problems() == "");
  const Upstream& upstream = *read_.upstreams.at("p");
  CHECK(upstream.kind == Upstream::Kind::pool);
  CHECK(upstream.has_state());
  CHECK(upstream.authority == "b.test");
  const std::vector<PoolMember>& members = upstream.pool->members;
  REQUIRE(members.size() == 2);
  CHECK(members[0].upstream == read_.upstreams.at("b"));
  CHECK(members[0].weight == 0);
  CHECK(members[1].upstream == read_.upstreams.at("a"));
  CHECK(members[1].weight == 10);
  CHECK(members[0].session_id.size() == 16);
  CHECK(members[0].session_id != members[1].session_id);
  CHECK(upstream.pool->session_cookie == "SessionId");
}

TEST_CASE("backends: the state of a breaker has another name when its rule changes, and keeps it when something else does") {
  const auto state = [](const std::string& line) { return read(line).upstreams.at("x")->state_id; };
  const std::string rule = R"("circuitBreaker":{"rules":[{"tripDuration":"PT1M","failureCondition":{"count":3,"interval":"PT1M"}}]})";
  const std::string reordered =
      R"("circuitBreaker":{"rules":[{"failureCondition":{"interval":"PT1M","count":3.0},"tripDuration":"PT1M"}]})";
  const std::string longer = R"("circuitBreaker":{"rules":[{"tripDuration":"PT2M","failureCondition":{"count":3,"interval":"PT1M"}}]})";
  CHECK(state("x {\"url\":\"http://x.test\"," + rule + "}") == state("x {\"url\":\"http://y.test\",\"title\":\"t\"," + rule + "}"));
  CHECK(state("x {\"url\":\"http://x.test\"," + rule + "}") != state("x {\"url\":\"http://x.test\"," + longer + "}"));
  CHECK(read("x {\"url\":\"http://x.test\"," + reordered + "}").problems().find("count that is not a whole number") != std::string::npos);
}

TEST_CASE("backends: what is wrong is told with its place, and the backend left out") {
  struct Row {
    std::string lines;
    const char* problem;
  };
  const std::vector<Row> rows = {
      {"x {}", "2:23: error: url of the backend 'x': "},
      {"x {\"url\":\"ftp://x\"}", "url of the backend 'x': "},
      {"Dapr {\"url\":\"http://x.test\"}", "'Dapr' is not free as the id of a backend; choose another"},
      {with(R"("type":"Cluster")"), "type 'Cluster' of the backend 'x' is not one of Single, Pool"},
      {with(R"("protocol":"gopher")"), "protocol 'gopher' of the backend 'x' is not one of http, soap"},
      {with(R"("proxy":{"username":"u"})"), "proxy of the backend 'x': url must be a text in quotes"},
      {with(R"("proxy":["http://p.test"])"), "proxy of the backend 'x' must be an object with url"},
      {with(R"("proxy":{"url":"socks5://p.test:1080"})"),
       "proxy of the backend 'x': the proxy's URL is not usable: write http://host:port; the gateway speaks plain HTTP with proxies, and "
       "TLS "
       "through them with backends"},
      {with(R"("proxy":{"url":"http://p.test/path"})"), "the proxy's URL is not usable: it has a path or a query"},
      {with(R"("proxy":{"url":"http://p.test","username":"a:b"})"), "its user has a colon, which Basic authentication cannot send"},
      {with(R"("proxy":{"url":"http://p.test","password":"{{none}}"})"),
       "proxy of the backend 'x': the named value 'none' in password does not exist; add it, or correct the name"},
      {with(R"("properties":{"serviceFabricCluster":{"managementEndpoints":[]}})"), "is a Service Fabric cluster"},
      {with(R"("pool":{"services":[{"id":"x"}]})"), "has a pool, but is of type Single; set its type to Pool"},
      // credentials
      {with(R"("credentials":["x"])"), "credentials of the backend 'x' must be an object"},
      {with(R"("credentials":{"certificate":["AB CD"]})"),
       "2:75: error: credentials of the backend 'x': no certificate has the thumbprint 'AB CD'; the backend would get no client "
       "certificate "
       "[invalid-value]"},
      {with(R"("credentials":{"certificateIds":["/certificates/id"]})"), "the certificate 'id' does not exist"},
      {with(R"("credentials":{"certificateIds":"id"})"), "certificateIds must be a list of ids of certificates"},
      {with(R"("credentials":{"certificate":[1]})"), "certificate must be a list of thumbprints"},
      {with(R"("credentials":{"managedIdentity":{"resource":"r"}})"), "have a managed identity, which only exists in Azure"},
      {with(R"("credentials":{"header":["X-A"]})"), "header must be an object, {\"name\": [\"value\"]}"},
      {with(R"("credentials":{"header":{"X-A":"v"}})"), "header 'X-A' must be a list of texts"},
      {with(R"("credentials":{"header":{"X-A":[1]}})"), "header 'X-A' must be a text in quotes"},
      {with(R"("credentials":{"header":{"X A":["v"]}})"), "'X A' is not a header name"},
      {with(R"("credentials":{"header":{"Host":["v"]}})"), "the gateway sets header 'Host' itself; remove it"},
      {with(R"("credentials":{"header":{"Transfer-Encoding":["v"]}})"), "the gateway sets header 'Transfer-Encoding' itself"},
      {with(R"("credentials":{"header":{"X-A":["{{none}}"]}})"),
       "2:78: error: credentials of the backend 'x': the named value 'none' in header 'X-A' does not exist; add it, or correct the name "
       "[unknown-reference]"},
      {with(R"("credentials":{"header":{"X-A":["{{two-lines}}"]}})"), "header 'X-A' has control characters, which a header cannot have"},
      {with(R"("credentials":{"query":{"":["v"]}})"), "a query parameter needs a name"},
      {with(R"("credentials":{"query":{"a":["{{none}}"]}})"), "the named value 'none' in query parameter 'a' does not exist"},
      {with(R"("credentials":{"authorization":{"parameter":"p"}})"), "authorization.scheme must be a text in quotes"},
      {with(R"("credentials":{"authorization":{"scheme":"Be arer","parameter":"p"}})"),
       "authorization.scheme must be one word such as Bearer"},
      {with(R"("credentials":{"authorization":{"scheme":"Bearer","parameter":"{{two-lines}}"}})"), "authorization has control characters"},
      {with(R"("credentials":{"authorization":{"scheme":"S","parameter":"p"},"header":{"authorization":["v"]}})"),
       "give Authorization twice, in header and in authorization; keep one"},
      // circuit breakers
      {with(R"("circuitBreaker":{"rule":{}})"), "circuitBreaker of the backend 'x' needs a list of rules"},
      {with(R"("circuitBreaker":{"rules":[{},{}]})"), "has more than one rule; keep one"},
      {breaker("{\"tripDuration\":\"PT1M\"}"), "needs a failureCondition such as"},
      {breaker(R"({"tripDuration":"PT1M","failureCondition":{"interval":"PT1M"}})"),
       "needs a count or a percentage in its failureCondition"},
      {breaker(R"({"tripDuration":"PT1M","failureCondition":{"count":1,"percentage":1,"interval":"PT1M"}})"),
       "has both a count and a percentage; keep one of them"},
      {breaker(R"({"tripDuration":"PT1M","failureCondition":{"count":0,"interval":"PT1M"}})"),
       "has a count that is not a whole number from 1 to 1000000"},
      {breaker(R"({"tripDuration":"PT1M","failureCondition":{"percentage":101,"interval":"PT1M"}})"),
       "has a percentage that is not a whole number from 1 to 100"},
      {breaker(R"({"tripDuration":"PT1M","failureCondition":{"count":1}})"), "needs interval, such as \"PT1M\""},
      {breaker(R"({"failureCondition":{"count":1,"interval":"PT1M"}})"), "needs tripDuration, such as \"PT1M\""},
      {breaker(R"({"tripDuration":"00:01:00","failureCondition":{"count":1,"interval":"PT1M"}})"),
       "2:89: error: the circuit breaker of the backend 'x' has tripDuration '00:01:00', which is not an ISO 8601 duration over zero and "
       "up to "
       "a year; write it like PT30S, PT5M or P1D [invalid-value]"},
      {breaker(R"({"tripDuration":60,"failureCondition":{"count":1,"interval":"PT1M"}})"), "has tripDuration '60', which is not"},
      {breaker(R"({"tripDuration":"PT1M","failureCondition":{"count":1,"interval":"PT0S"}})"), "has interval 'PT0S', which is not"},
      {breaker(R"({"tripDuration":"P2Y","failureCondition":{"count":1,"interval":"PT1M"}})"), "has tripDuration 'P2Y', which is not"},
      {breaker(R"({"tripDuration":"PT1M","acceptRetryAfter":"yes","failureCondition":{"count":1,"interval":"PT1M"}})"),
       "has an acceptRetryAfter that is not true or false"},
      {breaker(R"({"tripDuration":"PT1M","failureResponse":100,"failureCondition":{"count":1,"interval":"PT1M"}})"),
       "has a failureResponse that is not a status code from 200 to 599"},
      {breaker_with(R"("statusCodeRanges":{"min":500,"max":599})"), "needs statusCodeRanges as a list"},
      {breaker_with(R"("statusCodeRanges":[{"min":500}])"), "without min and max from 200 to 599"},
      {breaker_with(R"("statusCodeRanges":[{"min":100,"max":599}])"), "without min and max from 200 to 599"},
      {breaker_with(R"("statusCodeRanges":[{"min":599,"max":500}])"), "whose min is greater than its max; exchange them"},
      {breaker_with(R"("statusCodeRanges":[0,1,2,3,4,5,6,7,8,9,10])"), "has more than 10 statusCodeRanges"},
      {breaker_with(R"("errorReasons":[""])"), "has an entry in errorReasons that is not a text of 1 to 200 characters"},
      {breaker_with(R"("errorReasons":[500])"), "has an entry in errorReasons that is not a text"},
      // pools
      {"p {\"type\":\"Pool\"}", "the pool 'p' has no members; list at least one backend in pool.services"},
      {pool(""), "4:57: error: the pool 'p' has no members; list at least one backend in pool.services [missing-value]"},
      {"p {\"type\":\"Pool\",\"pool\":{\"services\":\"a\"}}", "pool.services of the pool 'p' must be a list"},
      {pool(R"({"priority":1})"), "a member of the pool 'p' needs an id such as \"/backends/x\""},
      {pool(R"({"id":"/backends/aa"})"),
       "4:64: error: the member 'aa' of the pool 'p' does not exist; did you mean 'a'? [unknown-reference]"},
      {pool(R"({"id":"/backends/elsewhere"})"), "does not exist; add it, or remove it from pool.services"},
      {pool(R"({"id":"/backends/a"},{"id":"A"})"), "'a' is twice a member of the pool 'p'; keep one, with the weight of both"},
      {pool(R"({"id":"/backends/p"})"), "the pool 'p' is its own member; list backends of type Single"},
      {"p {\"type\":\"pool\",\"pool\":{\"services\":[{\"id\":\"q\"}]}}\nq {\"type\":\"Pool\",\"pool\":{\"services\":[{\"id\":\"p\"}]}}",
       "the member 'p' of the pool 'q' is a pool itself; list the members of that pool instead"},
      {"a {\"url\":\"?\"}\np {\"type\":\"pool\",\"pool\":{\"services\":[{\"id\":\"a\"}]}}",
       "the member 'a' of the pool 'p' has errors; correct it first"},
      {pool(R"({"id":"a","weight":101})"), "weight of a member of the pool 'p' must be a whole number from 0 to 100"},
      {pool(R"({"id":"a","priority":-1})"), "priority of a member of the pool 'p' must be a whole number from 0 to 100"},
      {pool(R"({"id":"a"})", R"(,"sessionAffinity":{"sessionId":{"source":"header","name":"S"}})"), "needs sessionId.source \"cookie\""},
      {pool(R"({"id":"a"})", R"(,"sessionAffinity":{"sessionId":{"source":"cookie","name":"a b"}})"), "needs a cookie name"},
  };
  for (const Row& row : rows) {
    const Read read_ = read(row.lines);
    CAPTURE(row.lines);
    CAPTURE(read_.problems());
    CHECK(read_.problems().find(row.problem) != std::string::npos);
    CHECK(read_.diagnostics.has_errors());
    CHECK_FALSE(read_.upstreams.contains("x"));
    CHECK_FALSE(read_.upstreams.contains("p"));
    CHECK(read_.problems().find("s3cret") == std::string::npos);
  }
}

TEST_CASE("backends: what changes little is a warning") {
  struct Row {
    std::string lines;
    const char* problem;
  };
  const std::vector<Row> rows = {
      {"x {\"url\":\"http://x.test?code=s\"}", "has a query, which API Management refuses; put its parameters into credentials.query"},
      {breaker_with(R"("errorReasons":["OperationNotFound"])"), "name 'OperationNotFound', which no call to a backend ends with"},
      {pool(R"({"id":"a","weight":3},{"id":"b"})"),
       "the member 'b' of the pool 'p' has no weight, but others of its priority have one: it is used only when they are tripped"},
      {a_and_b + R"(p {"type":"Pool","pool":{"services":[{"id":"a"}]},"credentials":{"header":{"X":["v"]}}})",
       "the pool 'p' has credentials without effect; give them to its members"},
      {a_and_b + R"(p {"type":"Pool","pool":{"services":[{"id":"a"}]},"circuitBreaker":{"rules":[{}]}})",
       "the pool 'p' has circuitBreaker without effect; give them to its members"},
  };
  for (const Row& row : rows) {
    const Read read_ = read(row.lines);
    CAPTURE(row.lines);
    CAPTURE(read_.problems());
    CHECK(read_.problems().find(row.problem) != std::string::npos);
    CHECK_FALSE(read_.diagnostics.has_errors());
    CHECK(read_.upstreams.contains(row.lines.starts_with("x ") ? "x" : "p"));
  }
}

TEST_CASE("backends: a pool of more than thirty is refused") {
  std::string lines, services;
  for (int i = 0; i < 31; ++i) {
    lines += "m" + std::to_string(i) + " {\"url\":\"http://m.test\"}\n";
    services += std::string(i ? "," : "") + "{\"id\":\"m" + std::to_string(i) + "\"}";
  }
  const Read read_ = read(lines + "p {\"type\":\"Pool\",\"pool\":{\"services\":[" + services + "]}}");
  CHECK(read_.problems().find("the pool 'p' has more than 30 members; make it smaller [limit-exceeded]") != std::string::npos);
}
