// Failure: an error of one request. It is context.LastError and decides what the client sees unless on-error says otherwise
// (policies-a.md 3). Views are static or in the exchange's arena. Sources and reasons are constants here, never literals at the place of
// failure.
#pragma once

#include <cstdint>
#include <string_view>

namespace gatelet {

struct Failure {
  std::string_view source = {};   // element or built-in step
  std::string_view reason = {};   // machine-readable; may be empty
  std::string_view message = {};  // for LastError and the log
  int status = 500;
  std::string_view status_reason = {};   // empty: the standard phrase
  std::string_view public_message = {};  // of the JSON body; empty: the generic 500 body with activityId
  uint32_t retry_after_s = 0;            // Retry-After of the answer; 0: none
  // context.response is the backend's answer and stays what the client gets unless on-error changes it (fail-on-error-status-code).
  bool keeps_response = false;
  // Filled by Context::fail() from the running instruction unless given.
  std::string_view scope = {};
  std::string_view section = {};
  std::string_view path = {};
  std::string_view policy_id = {};
};

namespace source {
inline constexpr std::string_view configuration = "configuration";
inline constexpr std::string_view authorization = "authorization";
inline constexpr std::string_view request_forwarder = "request-forwarder";
inline constexpr std::string_view client_connection = "client-connection";  // our name: the documents say "several"
inline constexpr std::string_view gateway = "gateway";                      // our name: limits of the gateway itself
}  // namespace source

namespace reason {
inline constexpr std::string_view operation_not_found = "OperationNotFound";
inline constexpr std::string_view subscription_key_not_found = "SubscriptionKeyNotFound";
inline constexpr std::string_view subscription_key_invalid = "SubscriptionKeyInvalid";
inline constexpr std::string_view client_connection_failure = "ClientConnectionFailure";
inline constexpr std::string_view backend_connection_failure = "BackendConnectionFailure";
inline constexpr std::string_view timeout = "Timeout";
inline constexpr std::string_view expression_value_evaluation_failure = "ExpressionValueEvaluationFailure";
inline constexpr std::string_view rate_limit_exceeded = "RateLimitExceeded";
inline constexpr std::string_view quota_exceeded = "QuotaExceeded";
inline constexpr std::string_view concurrency_limit_exceeded = "ConcurrencyLimitExceeded";
inline constexpr std::string_view caller_ip_not_parsed = "FailedToParseCallerIP";
inline constexpr std::string_view caller_ip_not_allowed = "CallerIpNotAllowed";
inline constexpr std::string_view caller_ip_blocked = "CallerIpBlocked";
inline constexpr std::string_view header_not_found = "HeaderNotFound";
inline constexpr std::string_view header_value_not_allowed = "HeaderValueNotAllowed";
inline constexpr std::string_view backend_error_status_code = "BackendErrorStatusCode";
inline constexpr std::string_view backend_not_found = "BackendNotFound";
inline constexpr std::string_view circuit_breaker_open = "CircuitBreakerOpen";          // our name
inline constexpr std::string_view backend_pool_unavailable = "BackendPoolUnavailable";  // our name
inline constexpr std::string_view body_too_large = "BodyTooLarge";
inline constexpr std::string_view invalid_message_body = "InvalidMessageBody";     // our name
inline constexpr std::string_view transformation_failed = "TransformationFailed";  // our name
inline constexpr std::string_view bad_request = "Bad request";
inline constexpr std::string_view response_not_allowed = "Response not allowed";
inline constexpr std::string_view policy_value_invalid = "PolicyValueInvalid";
inline constexpr std::string_view out_of_memory = "OutOfMemory";
inline constexpr std::string_view configuration_not_available = "ConfigurationNotAvailable";
inline constexpr std::string_view configuration_invalid = "ConfigurationInvalid";
inline constexpr std::string_view internal_error = "InternalError";
}  // namespace reason

}  // namespace gatelet
