#include "gateway/circuit_breaker.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace gatelet {

// The one word of errorReasons that is not a reason of LastError: what the portal's samples call an answer of 500 and above.
constexpr std::string_view server_errors = "Server errors";

bool is_failure(const CircuitBreakerRule& rule, const BackendOutcome& outcome) {
  for (const CircuitBreakerRule::StatusRange& range : rule.status_code_ranges)
    if (outcome.status >= range.min && outcome.status <= range.max) return true;
  const bool is_server_error = outcome.reason.empty() && outcome.status >= 500;
  const std::string_view reason = is_server_error ? server_errors : outcome.reason;
  return std::ranges::any_of(rule.error_reasons, [&](const std::string& known) { return equal_ignoring_case(known, reason); });
}

void CallWindow::add(bool is_failed, uint64_t now_ms, uint64_t width_ms) {
  const bool joins = size_ && (now_ms - at(size_ - 1).begun_ms < width_ms || size_ == groups_.size());
  if (!joins) at(size_++) = {.begun_ms = now_ms};
  Group& newest = at(size_ - 1);
  newest.latest_ms = now_ms;
  ++newest.calls;
  ++calls_;
  newest.failures += is_failed;
  failures_ += is_failed;
}

void CallWindow::expire(uint64_t now_ms, uint64_t interval_ms) {
  while (size_ && now_ms - at(0).latest_ms >= interval_ms) {
    calls_ -= at(0).calls;
    failures_ -= at(0).failures;
    first_ = (first_ + 1) % groups_.size();
    --size_;
  }
}

static bool has_tripped(const CircuitBreakerRule& rule, const CallWindow& window) {
  if (rule.failure_count) return window.failures() >= rule.failure_count;
  return window.calls() >= breaker_samples_min && window.failures() * 100 >= window.calls() * rule.failure_percentage;
}

void CircuitBreaker::record(const CircuitBreakerRule& rule, const BackendOutcome& outcome, uint64_t now_ms) {
  now_ms = latest_ms_ = std::max(latest_ms_, now_ms);
  if (open_ms(now_ms)) return;
  const bool is_failed = is_failure(rule, outcome);
  if (!is_failed && rule.failure_count) return;  // only failures count
  // Exact as long as each failure can have a group of its own.
  const bool is_exact = rule.failure_count && rule.failure_count <= breaker_groups;
  window_.expire(now_ms, rule.interval_ms);
  window_.add(is_failed, now_ms, is_exact ? 0 : rule.interval_ms / (breaker_groups - 2));
  if (!is_failed || !has_tripped(rule, window_)) return;
  window_.clear();
  const bool backend_knows = rule.accept_retry_after && outcome.retry_after_ms;
  closes_at_ms_ = now_ms + (backend_knows ? outcome.retry_after_ms : rule.trip_duration_ms);
}

}  // namespace gatelet
