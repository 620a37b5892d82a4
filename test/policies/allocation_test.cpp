// Counts what policies with literal values take from the heap while a request runs: nothing.
#include <doctest/doctest.h>

#include "allocations.hpp"
#include "fake_context.hpp"

using namespace gatelet;
using namespace gatelet::test;

namespace {
struct OneCounter final : RateCounters {
  RateDecision hit_all(std::span<RateHit>, uint32_t, uint64_t) override { return {true, 0, 7}; }
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
      "<rate-limit calls='9' renewal-period='60'><api id='an-api-with-a-long-identifier' calls='9'/></rate-limit>"
      "<quota-by-key calls='9' bandwidth='9' renewal-period='3600' counter-key='a key that is longer than a short string'/>"
      "<limit-concurrency key='a key that is longer than a short string' max-count='9'><set-method>REPORT</set-method></limit-concurrency>"
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

  // What counters take when they see a key for the first time is no part of a request.
  FakeContext earlier;
  SubscriptionFacts subscription;
  subscription.id = "tom";
  context.subscription = earlier.subscription = &subscription;
  earlier.services->rate_counters = &counter;
  context.services->quota_counters = earlier.services->quota_counters;
  context.services->concurrency_counters = earlier.services->concurrency_counters;
  REQUIRE(earlier.run(*program, Section::inbound) == Flow::next);

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
