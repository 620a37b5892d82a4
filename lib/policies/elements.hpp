// The readers of all policies, one a file, for the table; and what several policies share.
#pragma once

#include <memory>

#include "policy/reader.hpp"

namespace gatelet {

std::unique_ptr<Policy> read_authentication_basic(PolicyReader& in);
std::unique_ptr<Policy> read_authentication_certificate(PolicyReader& in);
std::unique_ptr<Policy> read_authentication_managed_identity(PolicyReader& in);
std::unique_ptr<Policy> read_cache_lookup(PolicyReader& in);
std::unique_ptr<Policy> read_cache_lookup_value(PolicyReader& in);
std::unique_ptr<Policy> read_cache_remove_value(PolicyReader& in);
std::unique_ptr<Policy> read_cache_store(PolicyReader& in);
std::unique_ptr<Policy> read_cache_store_value(PolicyReader& in);
std::unique_ptr<Policy> read_check_header(PolicyReader& in);
std::unique_ptr<Policy> read_choose(PolicyReader& in);
std::unique_ptr<Policy> read_cors(PolicyReader& in);
std::unique_ptr<Policy> read_cross_domain(PolicyReader& in);
std::unique_ptr<Policy> read_emit_metric(PolicyReader& in);
std::unique_ptr<Policy> read_find_and_replace(PolicyReader& in);
std::unique_ptr<Policy> read_forward_request(PolicyReader& in);
std::unique_ptr<Policy> read_get_authorization_context(PolicyReader& in);
std::unique_ptr<Policy> read_ip_filter(PolicyReader& in);
std::unique_ptr<Policy> read_json_to_xml(PolicyReader& in);
std::unique_ptr<Policy> read_limit_concurrency(PolicyReader& in);
std::unique_ptr<Policy> read_log_to_eventhub(PolicyReader& in);
std::unique_ptr<Policy> read_mock_response(PolicyReader& in);
std::unique_ptr<Policy> read_quota(PolicyReader& in);
std::unique_ptr<Policy> read_quota_by_key(PolicyReader& in);
std::unique_ptr<Policy> read_rate_limit(PolicyReader& in);
std::unique_ptr<Policy> read_rate_limit_by_key(PolicyReader& in);
std::unique_ptr<Policy> read_retry(PolicyReader& in);
std::unique_ptr<Policy> read_return_response(PolicyReader& in);
std::unique_ptr<Policy> read_rewrite_uri(PolicyReader& in);
std::unique_ptr<Policy> read_send_one_way_request(PolicyReader& in);
std::unique_ptr<Policy> read_send_request(PolicyReader& in);
std::unique_ptr<Policy> read_set_backend_service(PolicyReader& in);
std::unique_ptr<Policy> read_set_body(PolicyReader& in);
std::unique_ptr<Policy> read_set_header(PolicyReader& in);
std::unique_ptr<Policy> read_set_method(PolicyReader& in);
std::unique_ptr<Policy> read_set_query_parameter(PolicyReader& in);
std::unique_ptr<Policy> read_set_status(PolicyReader& in);
std::unique_ptr<Policy> read_set_variable(PolicyReader& in);
std::unique_ptr<Policy> read_trace(PolicyReader& in);
std::unique_ptr<Policy> read_validate_azure_ad_token(PolicyReader& in);
std::unique_ptr<Policy> read_validate_client_certificate(PolicyReader& in);
std::unique_ptr<Policy> read_validate_content(PolicyReader& in);
std::unique_ptr<Policy> read_validate_headers(PolicyReader& in);
std::unique_ptr<Policy> read_validate_jwt(PolicyReader& in);
std::unique_ptr<Policy> read_validate_parameters(PolicyReader& in);
std::unique_ptr<Policy> read_validate_status_code(PolicyReader& in);
std::unique_ptr<Policy> read_wait(PolicyReader& in);
std::unique_ptr<Policy> read_xml_to_json(PolicyReader& in);

// A standard method in upper case; another one as it is (set-method).
std::string_view method_spelled(std::string_view token);

// Statuses of an answer that policies give. One below 200 announces another one (RFC 9110 15.2): a client would go on waiting.
inline constexpr IntegerRange answer_statuses{200, 999};

// A value that turned out wrong while a request ran. Always false; the policy returns Flow::fail.
inline bool refuse(Context& context, std::string_view message) {
  Failure failure;
  failure.reason = reason::policy_value_invalid;
  failure.message = message;
  context.fail(failure);
  return false;
}

}  // namespace gatelet
