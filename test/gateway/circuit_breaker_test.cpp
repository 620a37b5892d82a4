// A breaker as a table of calls: when each ended, how, and when the breaker is open.
#include "gateway/circuit_breaker.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/text.hpp"
#include "policy/failure.hpp"

using namespace gatelet;

namespace {

// Three failures in ten seconds trip for a minute.
CircuitBreakerRule three_in_ten_seconds() {
  CircuitBreakerRule rule;
  rule.failure_count = 3;
  rule.interval_ms = 10'000;
  rule.trip_duration_ms = 60'000;
  rule.status_code_ranges = {{500, 599}};
  return rule;
}

CircuitBreakerRule half_of_the_calls() {
  CircuitBreakerRule rule = three_in_ten_seconds();
  rule.failure_count = 0;
  rule.failure_percentage = 50;
  return rule;
}

CircuitBreakerRule with_retry_after() {
  CircuitBreakerRule rule = three_in_ten_seconds();
  rule.accept_retry_after = true;
  rule.status_code_ranges.push_back({429, 429});
  return rule;
}

// Plays "time:status" or "time:status+retry-after" events, in milliseconds, and "time?" questions; answers those with the rest of the trip.
std::string play(const CircuitBreakerRule& rule, std::string_view events) {
  CircuitBreaker breaker;
  std::string answers;
  for (const std::string_view event : split(events, ' ')) {
    const uint64_t at_ms = *parse_unsigned(event.substr(0, event.find_first_of(":?")));
    if (event.ends_with('?')) {
      answers += (answers.empty() ? "" : " ") + std::to_string(breaker.open_ms(at_ms));
      continue;
    }
    const std::string_view rest = event.substr(event.find(':') + 1);
    const size_t plus = rest.find('+');
    BackendOutcome outcome;
    outcome.status = static_cast<int>(*parse_unsigned(rest.substr(0, plus)));
    if (plus != std::string_view::npos) outcome.retry_after_ms = *parse_unsigned(rest.substr(plus + 1));
    breaker.record(rule, outcome, at_ms);
  }
  return answers;
}

}  // namespace

TEST_CASE("circuit breaker: a count of failures within the interval trips it for its duration, then it is closed and counts anew") {
  struct Row {
    const char *what, *events, *answers;
  };
  const CircuitBreakerRule rule = three_in_ten_seconds();
  for (const Row& row : {
           Row{"closed at first", "0?", "0"},
           Row{"two are too few", "0:500 1:500 1?", "0"},
           Row{"three trip", "0:500 1:503 2:599 2? 60001? 60002?", "60000 1 0"},
           Row{"sound answers between them change nothing", "0:500 1:200 2:500 3:404 4:500 4?", "60000"},
           Row{"the first one is just in the interval", "0:500 5000:500 9999:500 9999?", "60000"},
           Row{"the first one is just out of it", "0:500 5000:500 10000:500 10000?", "0"},
           Row{"the interval slides", "0:500 9000:500 12000:500 12000? 18999:500 18999?", "0 60000"},
           Row{"many at once", "7:500 7:500 7:500 7?", "60000"},
           Row{"answers to requests from before the trip change nothing", "0:500 1:500 2:500 50000:500 50001:500 50002:500 60002?", "0"},
           Row{"nothing is left of what was counted before", "0:500 1:500 2:500 60002:500 60003:500 60003? 60004:500 60004?", "0 60000"},
           Row{"a clock that is a little behind counts as now", "1000:500 999:500 998:500 1000?", "60000"},
       }) {
    CAPTURE(row.what);
    CHECK(play(rule, row.events) == row.answers);
  }
}

TEST_CASE("circuit breaker: a percentage trips when the interval has enough calls to speak of one") {
  struct Row {
    const char *what, *events, *answers;
  };
  static_assert(breaker_samples_min == 5);
  for (const Row& row : {
           Row{"four failures of four", "0:500 1:500 2:500 3:500 3?", "0"},
           Row{"five of five", "0:500 1:500 2:500 3:500 4:500 4?", "60000"},
           Row{"exactly half", "0:200 1:500 2:200 3:500 4:200 5:500 5?", "60000"},
           Row{"less than half", "0:200 1:500 2:200 3:500 4:200 5:200 6:500 6?", "0"},
           Row{"a sound answer never trips", "0:500 1:500 2:500 3:500 4:200 4?", "0"},
           Row{"what is out of the interval does not count",
               "0:200 0:200 0:200 0:200 0:200 11000:500 11001:500 11002:500 11003:500 11004:500 11004?", "60000"},
       }) {
    CAPTURE(row.what);
    CHECK(play(half_of_the_calls(), row.events) == row.answers);
  }
}

TEST_CASE("circuit breaker: with acceptRetryAfter the trip lasts as long as the backend says") {
  CHECK(play(with_retry_after(), "0:429+7000 1:429+7000 2:429+7000 2?") == "7000");
  CHECK(play(with_retry_after(), "0:429+7000 1:429 2:429 2?") == "60000");
  CHECK(play(with_retry_after(), "0:429+7000 0?") == "0");
  CHECK(play(three_in_ten_seconds(), "0:503+7000 1:503+7000 2:503+7000 2?") == "60000");
}

TEST_CASE("circuit breaker: counts beyond what it tells apart are held in groups, which never forget a failure early") {
  CircuitBreakerRule rule = three_in_ten_seconds();
  rule.failure_count = 1000;
  CircuitBreaker breaker;
  for (uint64_t i = 0; i < 999; ++i) breaker.record(rule, {.status = 500}, i * 10);
  CHECK(breaker.open_ms(9990) == 0);
  breaker.record(rule, {.status = 500}, 9999);
  CHECK(breaker.open_ms(9999) == 60'000);

  CircuitBreaker slow;  // one failure every 20 ms: 500 in an interval
  for (uint64_t i = 0; i < 10'000; ++i) slow.record(rule, {.status = 500}, i * 20);
  CHECK(slow.open_ms(200'000) == 0);
}

TEST_CASE("circuit breaker: status codes and error reasons say what a failure is") {
  struct Row {
    std::vector<CircuitBreakerRule::StatusRange> ranges;
    std::vector<std::string> reasons;
    BackendOutcome outcome;
    bool is_failure;
  };
  const BackendOutcome refused{.status = 500, .reason = reason::backend_connection_failure}, late{.status = 500, .reason = reason::timeout};
  for (const Row& row : {
           Row{{{429, 429}}, {}, {.status = 429}, true},
           Row{{{429, 429}}, {}, {.status = 430}, false},
           Row{{{429, 429}}, {}, refused, false},
           Row{{{429, 429}, {500, 599}}, {}, {.status = 500}, true},
           Row{{{429, 429}, {500, 599}}, {}, {.status = 599}, true},
           Row{{{500, 599}}, {}, refused, true},  // as the client sees it
           Row{{{502, 504}}, {}, refused, false},
           Row{{}, {"BackendConnectionFailure"}, refused, true},
           Row{{}, {"backendconnectionfailure"}, refused, true},
           Row{{}, {"BackendConnectionFailure"}, late, false},
           Row{{}, {"BackendConnectionFailure", "Timeout"}, late, true},
           Row{{}, {"BackendConnectionFailure"}, {.status = 500}, false},
           Row{{}, {"Server errors"}, {.status = 503}, true},
           Row{{}, {"Server errors"}, {.status = 499}, false},
           Row{{}, {"Server errors"}, refused, false},
           Row{{}, {""}, {.status = 200}, false},
       }) {
    CircuitBreakerRule rule;
    rule.status_code_ranges = row.ranges;
    rule.error_reasons = row.reasons;
    CAPTURE(row.outcome.status);
    CAPTURE(row.outcome.reason);
    CHECK(is_failure(rule, row.outcome) == row.is_failure);
  }
}
