// What behaviour files of the limit policies cannot say: problems of documents, and values that are expressions.
#include <doctest/doctest.h>

#include "base/limits.hpp"
#include "fake_context.hpp"

using namespace gatelet;
using namespace gatelet::test;

namespace {

std::string problems_of(std::string_view text, Scope scope = Scope::product) {
  std::string all = read("<policies><inbound>" + std::string(text) + "</inbound></policies>", {}, scope).problems();
  std::string out;
  for (size_t at = 0; at < all.size();) {  // the messages alone
    const size_t end = all.find('\n', at);
    const std::string line = all.substr(at, end - at);
    at = end + 1;
    const size_t begin = line.find("error: ") + 7;
    out += line.substr(begin, line.rfind(" [") - begin) + "\n";
  }
  return out;
}

FakeEnvironment with_expressions() {
  FakeEnvironment environment;
  environment.has_expressions = true;
  return environment;
}

}  // namespace

TEST_CASE("limits: what is wrong in a document is told with its remedy") {
  struct Row {
    const char* text;
    const char* problem;
  };
  for (const Row& row : {
           Row{"<rate-limit calls='1' renewal-period='301'/>",
               "'renewal-period' of 'rate-limit' must be an integer from 1 to 300, not '301'\n"},
           Row{"<rate-limit calls='0' renewal-period='1'/>", "'calls' of 'rate-limit' must be an integer from 1 to 4294967295, not '0'\n"},
           Row{"<rate-limit renewal-period='1'/>", "'rate-limit' needs the attribute 'calls'\n"},
           Row{"<rate-limit calls='1'/>", "'rate-limit' needs the attribute 'renewal-period'\n"},
           Row{"<rate-limit calls='@(1)' renewal-period='1'/>", "'calls' of 'rate-limit' cannot be an expression; write a literal value\n"},
           Row{"<rate-limit calls='1' renewal-period='1' remaining-calls-header-name='a b'/>",
               "'a b' cannot be the name of a header; use letters, digits and -\n"},
           Row{"<rate-limit calls='1' renewal-period='1'><api calls='1'/></rate-limit>",
               "'api' needs the attribute 'id' or 'name' of the api that it limits\n"},
           Row{"<rate-limit calls='1' renewal-period='1'><api id='a' calls='1'/><api id='A' calls='1'/></rate-limit>",
               "this api has a limit in 'rate-limit' already; keep one of them\n"},
           Row{"<rate-limit calls='1' renewal-period='1'><operation id='a' calls='1'/></rate-limit>",
               "'operation' is not known in 'rate-limit'; it knows api\n"},
           Row{"<rate-limit calls='1' renewal-period='1'/><rate-limit calls='1' renewal-period='1'/>",
               "'rate-limit' stands in this document a second time; keep one of them\n"},
           Row{"<quota renewal-period='1'/>", "'quota' needs the attribute 'calls', 'bandwidth' or both\n"},
           Row{"<quota calls='1'/>", "'quota' needs the attribute 'renewal-period'\n"},
           Row{"<quota calls='1' renewal-period='1'><api id='a'/></quota>", "'api' needs the attribute 'calls', 'bandwidth' or both\n"},
           Row{"<quota bandwidth='-1' renewal-period='1'/>",
               "'bandwidth' of 'quota' must be an integer from 1 to 9007199254740991, not '-1'\n"},
           Row{"<quota-by-key calls='1' renewal-period='299' counter-key='a'/>",
               "'renewal-period' of 'quota-by-key' must be 0, for a period without end, or at least 300; rate-limit-by-key has shorter "
               "periods\n"},
           Row{"<quota-by-key calls='1' renewal-period='300' counter-key='a' first-period-start='tomorrow'/>",
               "'first-period-start' must be a time such as 2026-01-31T08:00:00Z, not 'tomorrow'\n"},
           Row{"<quota-by-key calls='1' renewal-period='300'/>", "'quota-by-key' needs the attribute 'counter-key'\n"},
           Row{"<limit-concurrency key='a' max-count='0'/>",
               "'max-count' of 'limit-concurrency' must be an integer from 1 to 2147483647, not '0'\n"},
           Row{"<limit-concurrency max-count='1'/>", "'limit-concurrency' needs the attribute 'key'\n"},
       }) {
    CAPTURE(row.text);
    CHECK(problems_of(row.text) == row.problem);
  }
  CHECK(problems_of("<quota calls='1' renewal-period='1'/>", Scope::api) ==
        "'quota' may not stand in a document of api scope; move it to product scope\n");
}

TEST_CASE("limits: keys that are expressions share the counter of the same text") {
  FakeContext context;
  const auto environment = with_expressions();
  const char* const two =
      "<quota-by-key calls='1' renewal-period='300' counter-key='@(header User)'/>"
      "<rate-limit-by-key calls='1' renewal-period='300' counter-key='@(header User)'/>";
  context.request.headers.append("User", "ada");
  CHECK(context.run(Section::inbound, two, environment) == Flow::next);
  CHECK(context.counters.sums["key:ada"] == 1);
  CHECK(context.quotas.key_count() == 1);
  context.request.headers.set("User", "tom");
  CHECK(context.run(Section::inbound, two, environment) == Flow::next);
  CHECK(context.quotas.key_count() == 2);
  CHECK(context.run(Section::inbound, "<limit-concurrency key='@(fail)' max-count='1'/>", environment) == Flow::fail);
  CHECK(context.failure().reason == "ExpressionValueEvaluationFailure");
}

TEST_CASE("limits: numbers that an expression gives are checked when it runs") {
  FakeContext context;
  CHECK(context.run(Section::inbound, "<rate-limit-by-key calls='1' renewal-period='@(\"301\")' counter-key='a'/>", with_expressions()) ==
        Flow::fail);
  CHECK(context.failure().reason == "ExpressionValueEvaluationFailure");
  CHECK(context.failure().message == "Expression evaluation failed. 301 is not between 1 and 300.");
}

TEST_CASE("quota-by-key: a condition on the answer counts when the answer is known, once a request") {
  const auto environment = with_expressions();
  const std::string one =
      "<quota-by-key calls='1' renewal-period='300' counter-key='all' increment-condition='@(header context.Response)'/>";
  FakeContext context;
  context.request.headers.append("context.Response", "false");
  CHECK(context.run(Section::inbound, one, environment) == Flow::next);
  context.run_deferred();
  CHECK(context.run(Section::inbound, one + one, environment) == Flow::next);
  context.request.headers.set("context.Response", "true");
  context.run_deferred();  // both: one of them counts
  context.owed_at_end.settle({700, 400});
  CHECK(context.run(Section::inbound, one, environment) == Flow::fail);
  CHECK(context.failure().reason == "QuotaExceeded");
  const std::string bytes = "<quota-by-key bandwidth='1' renewal-period='300' counter-key='all'/>";
  CHECK(context.run(Section::inbound, bytes, environment) == Flow::fail);
  CHECK(context.failure().message.starts_with("Out of bandwidth quota."));
}

TEST_CASE("limit-concurrency: while a request waits inside, another one with the key fails; afterwards it does not") {
  FakeContext waiting, other;
  other.services->concurrency_counters = waiting.services->concurrency_counters;
  const char* const text = "<limit-concurrency key='k' max-count='1'><forward-request/></limit-concurrency>";
  CHECK(waiting.run(Section::backend, text) == Flow::wait);
  CHECK(other.run(Section::backend, text) == Flow::fail);
  CHECK(other.failure().status == 429);
  CHECK(other.failure().reason == "ConcurrencyLimitExceeded");
  CHECK(waiting.answer(200) == Flow::next);
  CHECK(waiting.owed_by_block.newest() == nullptr);
  CHECK(other.run(Section::backend, text) == Flow::wait);
  other.owed_by_block.settle();  // as the engine does when the client has left
  CHECK(waiting.run(Section::backend, text) == Flow::wait);
  waiting.owed_by_block.settle();
}

namespace {

// Where gateways count together, as the test says.
struct FakeSharedLimits final : SharedLimits {
  bool can_ask() const override { return is_there; }
  LimitFailure failure() const override { return on_failure; }
  void count(const LimitClaim& claim) override {
    for (const RateHit& hit : claim.rates) told += std::string(hit.key) + " +" + std::to_string(claim.count) + "\n";
    for (const QuotaHit& hit : claim.quotas) told += std::string(hit.key) + " +" + std::to_string(claim.count) + "\n";
  }
  void add_bytes(const QuotaHit& hit, uint64_t bytes) override { told += std::string(hit.key) + " " + std::to_string(bytes) + " bytes\n"; }
  bool is_there = true;
  LimitFailure on_failure = LimitFailure::local;
  std::string told;
};

const char* const rate = "<rate-limit-by-key calls='5' renewal-period='60' counter-key='k' remaining-calls-variable-name='left'/>";
const char* const quota = "<quota-by-key calls='5' renewal-period='300' counter-key='k'/>";

}  // namespace

TEST_CASE("shared limits: a policy waits for the reply and does what it says") {
  FakeContext context;
  FakeSharedLimits shared;
  context.shared_limits = &shared;
  REQUIRE(context.run(Section::inbound, rate) == Flow::wait);
  REQUIRE(context.claims.size() == 1);
  CHECK(context.claims[0]->count == 1);
  CHECK(context.claims[0]->rates[0].key == "key:k");
  CHECK(context.claims[0]->rates[0].calls == 5);
  context.claims[0]->reply = {true, {true, 0, 3}, {}};
  CHECK(context.resume() == Flow::next);
  CHECK(context.variable("left") == "3");
  REQUIRE(context.run(Section::inbound, rate) == Flow::wait);
  context.claims[1]->reply = {true, {false, 7, 0}, {}};
  CHECK(context.resume() == Flow::fail);
  CHECK(context.failure().status == 429);
  CHECK(context.pending.get("Retry-After") == "7");
  CHECK(context.counters.sums.empty());

  REQUIRE(context.run(Section::inbound, quota) == Flow::wait);
  context.claims[2]->reply = {true, {}, {QuotaDecision::Kind::out_of_calls, context.now.wall_ms + 61'000}};
  CHECK(context.resume() == Flow::fail);
  CHECK(context.failure().status == 403);
  CHECK(context.failure().message == "Out of call volume quota. Quota will be replenished in 00:01:01.");
  CHECK(context.quotas.key_count() == 0);
}

TEST_CASE("shared limits: what is known later is told to the place and not waited for") {
  const auto environment = with_expressions();
  FakeContext context;
  FakeSharedLimits shared;
  context.shared_limits = &shared;
  context.request.headers.append("context.Response", "true");
  const char* const deferred_rate =
      "<rate-limit-by-key calls='5' renewal-period='60' counter-key='k' increment-count='3' "
      "increment-condition='@(header context.Response)'/>";
  const char* const deferred_quota =
      "<quota-by-key calls='5' renewal-period='300' counter-key='k' increment-condition='@(header context.Response)'/>";
  for (const char* text : {deferred_rate, deferred_quota, quota}) {
    REQUIRE(context.run(Section::inbound, text, environment) == Flow::wait);
    context.claims.back()->reply.is_known = true;
    REQUIRE(context.resume() == Flow::next);
  }
  CHECK(context.claims[0]->count == 0);
  context.run_deferred();  // the quota was counted at once, by the last of them
  context.owed_at_end.settle({700, 400});
  const std::string key(context.claims[2]->quotas[0].key);
  CHECK(shared.told == "key:k +3\n" + key + " 1100 bytes\n");
  CHECK(context.counters.sums.empty());
  CHECK(context.quotas.key_count() == 0);
}

TEST_CASE("shared limits: while the place is away, or has failed, each gateway counts by itself, nothing is limited, or all is refused") {
  struct Row {
    LimitFailure failure;
    const char* statuses;
    size_t counted;
  };
  for (const bool is_there : {true, false}) {
    for (const Row& row : {Row{LimitFailure::local, "200 200 200 200 200 429 ", 1}, Row{LimitFailure::allow, "200 200 200 200 200 200 ", 0},
                           Row{LimitFailure::refuse, "429 429 429 429 429 429 ", 0}}) {
      CAPTURE(is_there);
      FakeContext context;
      FakeSharedLimits shared;
      context.shared_limits = &shared;
      shared.is_there = is_there;
      shared.on_failure = row.failure;
      std::string statuses;
      for (int i = 0; i < 6; ++i) {
        Flow flow = context.run(Section::inbound, rate);
        if (is_there) {
          REQUIRE(flow == Flow::wait);
          flow = context.resume();  // the reply of a claim that nobody has answered
        }
        statuses += flow == Flow::next ? "200 " : std::to_string(context.failure().status) + " ";
      }
      CHECK(statuses == row.statuses);
      CHECK(context.counters.sums.size() == row.counted);
    }
  }
}

TEST_CASE("shared limits: bytes go where the call was counted") {
  for (const LimitFailure failure : {LimitFailure::local, LimitFailure::allow}) {
    FakeContext context;
    FakeSharedLimits shared;
    context.shared_limits = &shared;
    shared.is_there = false;
    shared.on_failure = failure;
    const char* const bytes = "<quota-by-key bandwidth='1' renewal-period='300' counter-key='k'/>";
    CHECK(context.run(Section::inbound, bytes) == Flow::next);
    shared.is_there = true;
    context.owed_at_end.settle({700, 400});
    shared.is_there = false;
    CHECK(shared.told == "");
    CHECK(context.run(Section::inbound, bytes) == (failure == LimitFailure::local ? Flow::fail : Flow::next));
  }
}

TEST_CASE("shared limits: tokens of a minute and of a period are claimed one after the other") {
  FakeContext context;
  FakeSharedLimits shared;
  context.shared_limits = &shared;
  context.now.wall_ms = 1'775'000'000'000;  // 2026-03-31T23:33:20Z
  const char* const tokens =
      "<llm-token-limit counter-key='k' tokens-per-minute='100' token-quota='1000' token-quota-period='Monthly' "
      "estimate-prompt-tokens='false' remaining-tokens-variable-name='left'/>";
  REQUIRE(context.run(Section::inbound, tokens) == Flow::wait);
  LimitClaim& claim = *context.claims.back();
  REQUIRE(claim.rates.size() == 1);
  CHECK(claim.rates[0].must_fit);
  claim.reply = {true, {true, 0, 100}, {}};
  REQUIRE(context.resume() == Flow::wait);
  REQUIRE(claim.quotas.size() == 1);
  CHECK(claim.rates.empty());
  CHECK_FALSE(claim.reply.is_known);
  CHECK(claim.quotas[0].window == QuotaWindow{1'772'323'200'000, 1'775'001'600'000});
  CHECK(claim.quotas[0].previous_ms == 1'769'904'000'000);  // 2026-02-01
  claim.reply.is_known = true;
  CHECK(context.resume() == Flow::next);
  CHECK(context.variable("left") == "100");
}
