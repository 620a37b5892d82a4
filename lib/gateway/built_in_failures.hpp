// The failures of built-in steps: what does not come from a policy (gateway.md 3.8, policies-a.md 3.3 and 3.4). Texts are exact.
#pragma once

#include "policy/failure.hpp"

namespace gatelet {

namespace failure {

// The sections are those seen in logs of the self-hosted gateway (not found: backend); where none was seen, the one that did not begin.
inline constexpr Failure operation_not_found{.source = source::configuration,
                                             .reason = reason::operation_not_found,
                                             .message = "Unable to match incoming request to an operation.",
                                             .status = 404,
                                             .status_reason = "Resource Not Found",
                                             .public_message = "Resource not found",
                                             .section = "backend"};
// The client reads "an API", LastError says "this API": both as observed.
inline constexpr Failure key_not_found{
    .source = source::authorization,
    .reason = reason::subscription_key_not_found,
    .message = "Access denied due to missing subscription key. Make sure to include subscription key when making requests to this API.",
    .status = 401,
    .status_reason = "Access Denied",
    .public_message =
        "Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API.",
    .section = "inbound"};
inline constexpr std::string_view key_invalid_message =
    "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription.";
inline constexpr Failure key_invalid{.source = source::authorization,
                                     .reason = reason::subscription_key_invalid,
                                     .message = key_invalid_message,
                                     .status = 401,
                                     .status_reason = "Access Denied",
                                     .public_message = key_invalid_message,
                                     .section = "inbound"};

// Ours: there is nothing to compare with.
inline constexpr Failure no_configuration{.source = source::configuration,
                                          .reason = reason::configuration_not_available,
                                          .message = "No usable configuration is in force.",
                                          .status = 503,
                                          .public_message = "The gateway has no configuration yet."};
inline constexpr Failure api_quarantined{.source = source::configuration,
                                         .reason = reason::configuration_invalid,
                                         .message = "The API is not served because its configuration has errors.",
                                         .section = "backend"};
inline constexpr Failure body_too_large{.source = source::gateway,
                                        .reason = reason::body_too_large,
                                        .message = "The request body is larger than the gateway may hold for a policy that needs it whole.",
                                        .status = 413,
                                        .public_message = "Request body is too large."};
inline constexpr Failure body_timeout{.source = source::gateway,
                                      .reason = reason::timeout,
                                      .message = "The request body did not arrive in time.",
                                      .status = 408,
                                      .public_message = "Request body did not arrive in time."};
inline constexpr Failure client_gone{.source = source::client_connection,
                                     .reason = reason::client_connection_failure,
                                     .message = "Client connection was unexpectedly closed."};
inline constexpr Failure stream_broken{.source = source::request_forwarder,
                                       .reason = reason::backend_connection_failure,
                                       .message = "Underlying transport connection was unexpectedly closed.",
                                       .section = "backend"};
inline constexpr Failure stream_timeout{.source = source::request_forwarder,
                                        .reason = reason::timeout,
                                        .message = "The backend sent nothing for too long.",
                                        .section = "backend"};
inline constexpr Failure out_of_memory{.source = source::gateway,
                                       .reason = reason::out_of_memory,
                                       .message = "The gateway had no memory left for the request.",
                                       .status = 503,
                                       .public_message = "Service temporarily unavailable",
                                       .retry_after_s = 1};
// A defect of ours, not of a configuration: ends the request instead of leaving it waiting for ever.
inline constexpr Failure waits_for_nothing{
    .source = source::gateway, .reason = reason::internal_error, .message = "The policy waits, but nothing was asked for."};

}  // namespace failure

}  // namespace gatelet
