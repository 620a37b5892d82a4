// Counts what policies with literal values take from the heap while a request runs: nothing.
#include <doctest/doctest.h>

#include "allocations.hpp"
#include "fake_context.hpp"

using namespace gatelet;
using namespace gatelet::test;

namespace {
struct OneCounter final : RateCounters {
  RateDecision hit(std::string_view, uint32_t, uint32_t, uint32_t, uint64_t) override { return {true, 0, 7}; }
};
}  // namespace

TEST_CASE("request path: policies with literal values take nothing from the heap but the arena's block") {
  FakeEnvironment environment;
  environment.backends["b"] = "http://b.test/v1";
  const Reading reading = read(
      "<policies><inbound><check-header name='Host' failed-check-httpcode='401' failed-check-error-message='no, not at all, never' "
      "ignore-case='true'><value>gateway.test</value></check-header>"
      "<rate-limit-by-key calls='9' renewal-period='60' counter-key='a key that is longer than a short string' "
      "remaining-calls-header-name='X-Remaining-Calls-In-Window' remaining-calls-variable-name='left'/>"
      "<set-header name='X-Header-That-Is-Long' exists-action='append'><value>a value that is longer than a short "
      "string</value></set-header>"
      "<set-header name='Host'><value>another.host.of.some.length.test</value></set-header>"
      "<set-query-parameter name='parameter'><value>a value that is longer than a short string</value></set-query-parameter>"
      "<set-variable name='variable' value='a value that is longer than a short string'/><set-method>REPORT</set-method>"
      "<rewrite-uri template='/a/{id}/and/more/of/it?with=a-query-of-some-length'/><set-backend-service backend-id='b'/>"
      "<choose><when condition='false'/><otherwise><set-body>a body that is longer than a short string</set-body></otherwise></choose>"
      "</inbound><backend><forward-request timeout='5'/></backend><outbound><set-status code='201' reason='Created'/>"
      "<set-header name='Set-Cookie' exists-action='append'><value>a=1</value><value>b=2</value></set-header>"
      "<return-response><set-status code='200' reason='A phrase of some length'/><set-header name='X-A'><value>1</value></set-header>"
      "<set-body>another body that is longer than a short string</set-body></return-response></outbound></policies>",
      environment);
  REQUIRE(reading.problems().empty());
  const auto program = flatten_one(reading.document);
  FakeContext context;
  OneCounter counter;
  context.services->rate_counters = &counter;

  const uint64_t before = allocation_count;
  Flow flows[4] = {};
  flows[0] = context.run(*program, Section::inbound);
  flows[1] = context.run(*program, Section::backend);
  flows[2] = context.answer(200, {{"Content-Type", "text/plain; charset=us-ascii"}});
  flows[3] = context.run(*program, Section::outbound);
  const uint64_t after = allocation_count;

  CHECK(flows[0] == Flow::next);
  CHECK(flows[1] == Flow::wait);
  CHECK(flows[2] == Flow::next);
  CHECK(flows[3] == Flow::stop);
  CHECK(after == before);
}

TEST_CASE("request path: credentials, a pool and its session take nothing from the heap either") {
  auto credentials = std::make_shared<BackendCredentials>();
  credentials->headers = {{HeaderName("Authorization"), {"Basic a-value-that-is-longer-than-a-short-string"}}};
  credentials->query_names = {"code"};
  credentials->query = "code=a-value-that-is-longer-than-a-short-string";
  auto member = std::make_shared<Upstream>(upstream_from(*parse_url("http://a.test"), "a"));
  member->credentials = std::move(credentials);
  member->breaker = std::make_shared<CircuitBreakerRule>();
  auto members = std::make_shared<BackendPool>();
  members->members = {{std::move(member), 0, 0, "0123456789abcdef"}};
  members->session_cookie = "Session";
  Upstream pool;
  pool.kind = Upstream::Kind::pool;
  pool.pool = std::move(members);
  FakeContext context;
  context.upstream = &pool;
  context.request.headers.append("Cookie", "Session=an-old-one");
  const Reading reading = read_section("backend", "<forward-request/>");
  const auto program = flatten_one(reading.document);

  const uint64_t before = allocation_count;
  const Flow sent = context.run(*program, Section::backend);
  const uint64_t after = allocation_count;
  CHECK(sent == Flow::wait);
  CHECK(after == before);
}
