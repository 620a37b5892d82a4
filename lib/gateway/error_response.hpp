// Built-in error responses: the JSON body byte for byte as API Management writes it, and its extra header fields (policies-a.md 3.4).
#pragma once

#include "config/model.hpp"
#include "http/message.hpp"
#include "policy/failure.hpp"

namespace gatelet {

inline constexpr uint32_t unavailable_retry_after_s = 10;  // a configuration is asked for every config_poll_ms

// The body of `failure` for the client. Failures without a public message say nothing but "Internal server error" and the request's id.
Buffer built_in_body(const Failure& failure, int status, std::string_view request_id, Arena& arena);

// WWW-Authenticate of a 401 for a subscription key.
void add_key_challenge(Headers& headers, std::string_view host, const Api& api, Arena& arena);

// The answer when memory ran out: its body is made when the gateway is.
inline constexpr std::string_view out_of_memory_text = R"({ "statusCode": 503, "message": "Service temporarily unavailable" })";

}  // namespace gatelet
