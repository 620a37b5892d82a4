// circuitBreaker of a backend: its one rule.
#include <algorithm>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "config/backends.hpp"

namespace gatelet {

namespace {

constexpr size_t conditions_max = 10;              // status code ranges, and error reasons (management.md 2.5)
constexpr size_t error_reason_length_max = 200;    // the same
constexpr int status_min = 200, status_max = 599;  // of ranges, and of failureResponse: 1xx ends no exchange

// What a rule without statusCodeRanges and errorReasons counts; a call that fails ends with 500 for the client, and so counts as well.
constexpr CircuitBreakerRule::StatusRange default_range{500, 599};

// The reasons that forward-request reports, and what stands for an answer of 500 and above.
constexpr std::string_view known_reasons[] = {"BackendConnectionFailure", "Timeout", "Server errors"};

class RuleReader {
 public:
  RuleReader(const Properties& properties, const Json& json, std::string backend)
      : properties_(properties), json_(json), backend_(std::move(backend)) {}

  std::shared_ptr<const CircuitBreakerRule> read() {
    rule_.name = json_["name"].string();
    const Json& condition = json_["failureCondition"];
    if (!condition.is_object()) {
      error(DiagnosticCode::missing_value, "needs a failureCondition such as {\"count\": 3, \"interval\": \"PT1M\"}", condition);
    } else {
      read_threshold(condition);
      rule_.interval_ms = duration(condition, "interval");
      read_ranges(condition["statusCodeRanges"]);
      read_reasons(condition["errorReasons"]);
      if (condition["statusCodeRanges"].size() == 0 && condition["errorReasons"].size() == 0) rule_.status_code_ranges = {default_range};
    }
    rule_.trip_duration_ms = duration(json_, "tripDuration");
    const Json& accepts = json_["acceptRetryAfter"];
    rule_.accept_retry_after = accepts.boolean();
    if (!accepts.is_null() && !accepts.is_boolean())
      error(DiagnosticCode::invalid_value, "has an acceptRetryAfter that is not true or false, without quotes", accepts);
    read_failure_response(json_["failureResponse"]);
    return std::make_shared<const CircuitBreakerRule>(std::move(rule_));
  }

 private:
  void error(DiagnosticCode code, std::string_view problem, const Json& at) const {
    properties_.error(code, "the circuit breaker of " + backend_ + " " + std::string(problem), at.at() ? at : json_);
  }

  // Numbers in quotes are taken, as management.md 4.1 asks. 0: reported, or absent.
  uint32_t number(const Json& json, std::string_view name, uint32_t most) const {
    if (json.is_null()) return 0;
    const auto value = parse_unsigned(json.scalar_text());
    if (value && *value >= 1 && *value <= most) return static_cast<uint32_t>(*value);
    error(DiagnosticCode::invalid_value, "has a " + std::string(name) + " that is not a whole number from 1 to " + std::to_string(most),
          json);
    return 0;
  }

  void read_threshold(const Json& condition) {
    const Json &count = condition["count"], &percentage = condition["percentage"];
    rule_.failure_count = number(count, "count", breaker_failures_max);
    rule_.failure_percentage = number(percentage, "percentage", 100);
    if (count.is_null() && percentage.is_null())
      error(DiagnosticCode::missing_value, "needs a count or a percentage in its failureCondition", condition);
    if (!count.is_null() && !percentage.is_null())
      error(DiagnosticCode::invalid_value, "has both a count and a percentage; keep one of them", percentage);
  }

  uint64_t duration(const Json& in, std::string_view name) const {
    const Json& json = in[name];
    if (json.is_null()) return error(DiagnosticCode::missing_value, "needs " + std::string(name) + ", such as \"PT1M\"", in), 0;
    const auto ms = parse_iso_duration(json.string());
    if (ms && *ms >= 1 && *ms <= breaker_duration_ms_max) return *ms;
    error(DiagnosticCode::invalid_value,
          "has " + std::string(name) + " '" + json.scalar_text() +
              "', which is not an ISO 8601 duration over zero and up to a year; write it like PT30S, PT5M or P1D",
          json);
    return 0;
  }

  // A list of at most ten; an absent one is empty.
  const std::vector<Json>& list(const Json& json, std::string_view name) const {
    if (!json.is_null() && !json.is_array()) error(DiagnosticCode::invalid_value, "needs " + std::string(name) + " as a list", json);
    if (json.items().size() > conditions_max)
      error(DiagnosticCode::limit_exceeded, "has more than 10 " + std::string(name) + "; join some of them", json);
    return json.items();
  }

  int status(const Json& json) const {
    const auto value = parse_unsigned(json.scalar_text());
    return value && *value >= status_min && *value <= status_max ? static_cast<int>(*value) : 0;
  }

  void read_ranges(const Json& json) {
    for (const Json& item : list(json, "statusCodeRanges")) {
      const CircuitBreakerRule::StatusRange range{status(item["min"]), status(item["max"])};
      if (!range.min || !range.max) {
        error(DiagnosticCode::invalid_value,
              "has a range in statusCodeRanges without min and max from 200 to 599; write {\"min\": 500, \"max\": 599}", item);
      } else if (range.min > range.max) {
        error(DiagnosticCode::invalid_value, "has a range in statusCodeRanges whose min is greater than its max; exchange them", item);
      } else {
        rule_.status_code_ranges.push_back(range);
      }
    }
  }

  void read_reasons(const Json& json) {
    for (const Json& item : list(json, "errorReasons")) {
      const std::string reason(item.string());
      if (reason.empty() || reason.size() > error_reason_length_max) {
        error(DiagnosticCode::invalid_value, "has an entry in errorReasons that is not a text of 1 to 200 characters", item);
        continue;
      }
      if (std::ranges::none_of(known_reasons, [&](std::string_view known) { return equal_ignoring_case(known, reason); }))
        properties_.warning(DiagnosticCode::invalid_value,
                            "errorReasons of " + backend_ + " name '" + reason +
                                "', which no call to a backend ends with; use BackendConnectionFailure, Timeout or Server errors",
                            item);
      rule_.error_reasons.push_back(reason);
    }
  }

  // A status, or an object with one.
  void read_failure_response(const Json& json) {
    if (json.is_null()) return;
    const Json& code = json.is_object() ? json["statusCode"] : json;
    rule_.failure_status = status(code);
    if (rule_.failure_status == 0)
      error(DiagnosticCode::invalid_value, "has a failureResponse that is not a status code from 200 to 599", code.is_null() ? json : code);
  }

  const Properties& properties_;
  const Json& json_;
  std::string backend_;
  CircuitBreakerRule rule_;
};

}  // namespace

std::shared_ptr<const CircuitBreakerRule> read_circuit_breaker(const Properties& properties, const std::string& backend) {
  const Json& breaker = properties["circuitBreaker"];
  const Json& rules = breaker["rules"];
  if (breaker.is_null() || (breaker.is_object() && breaker.size() == 0)) return nullptr;
  if (!rules.is_array()) {
    properties.error(DiagnosticCode::invalid_value, "circuitBreaker of " + backend + " needs a list of rules", breaker);
    return nullptr;
  }
  if (rules.size() == 0) return nullptr;
  if (rules.size() > 1) {
    properties.error(DiagnosticCode::limit_exceeded, "circuitBreaker of " + backend + " has more than one rule; keep one", rules[1]);
    return nullptr;
  }
  return RuleReader(properties, rules[0], backend).read();
}

}  // namespace gatelet
