// The catalogue: every policy element that API Management knows (policies-a.md 1 and 11, policies-b.md 12). Those with a reader run here;
// the others are skipped with a warning, as the self-hosted gateway does with what it does not support.
#include "policy/table.hpp"
#include "policies/elements.hpp"
#include "policies/token_usage.hpp"

namespace gatelet {

namespace {

constexpr uint8_t in_resolvers = 0;  // GraphQL resolvers only: no section of a document
constexpr uint8_t in_requests = in_inbound;
constexpr uint8_t in_responses = in_outbound | in_on_error;
constexpr uint8_t in_messages = in_inbound | in_outbound | in_on_error;
constexpr uint8_t below_global = at_product | at_api | at_operation;
constexpr uint8_t above_operation = at_global | at_product | at_api;
constexpr bool holds_policies = true;
constexpr Once once = Once::in_document;

constexpr PolicyType policy_types[] = {
    // element, where it may stand, at which scopes, who reads it
    {"authentication-basic", in_requests, at_all_scopes, read_authentication_basic},
    {"authentication-certificate", in_requests, at_all_scopes, read_authentication_certificate},
    {"authentication-managed-identity", in_inbound | in_outbound, at_all_scopes, read_authentication_managed_identity},
    {"azure-openai-emit-token-metric", in_requests, at_all_scopes, read_llm_emit_token_metric},
    {"azure-openai-semantic-cache-lookup", in_requests},
    {"azure-openai-semantic-cache-store", in_outbound},
    {"azure-openai-token-limit", in_requests, at_all_scopes, read_llm_token_limit},
    {"cache-lookup", in_requests, at_all_scopes, read_cache_lookup, !holds_policies, once},
    {"cache-lookup-value", in_all_sections, at_all_scopes, read_cache_lookup_value},
    {"cache-remove-value", in_all_sections, at_all_scopes, read_cache_remove_value},
    {cache_store_element, in_outbound, at_all_scopes, read_cache_store, !holds_policies, Once::in_block},
    {"cache-store-value", in_all_sections, at_all_scopes, read_cache_store_value},
    {"cache-value"},
    {"check-header", in_inbound | in_outbound, at_all_scopes, read_check_header},
    {"choose", in_all_sections, at_all_scopes, read_choose},
    {"cors", in_requests, at_all_scopes, read_cors, !holds_policies, once},
    {"cosmosdb-data-source", in_resolvers},
    {"cross-domain", in_requests, at_global, read_cross_domain},
    {"emit-metric", in_all_sections, at_all_scopes, read_emit_metric},
    {"find-and-replace", in_all_sections, at_all_scopes, read_find_and_replace},
    {"forward-request", in_backend, at_all_scopes, read_forward_request},
    {"get-authorization-context", in_requests, at_all_scopes, read_get_authorization_context},
    {"http-data-source", in_resolvers},
    {include_fragment_element},
    {"invoke-dapr-binding", in_messages},
    {"invoke-darp-binding", in_messages},  // the toolkit's spelling
    {"invoke-request"},
    {"ip-filter", in_requests, at_all_scopes, read_ip_filter},
    {"json-to-xml", in_all_sections, at_all_scopes, read_json_to_xml},
    {"jsonp", in_outbound},
    {"limit-concurrency", in_all_sections, at_all_scopes, read_limit_concurrency, holds_policies},
    {"llm-content-safety", in_inbound | in_outbound},
    {"llm-emit-token-metric", in_requests, at_all_scopes, read_llm_emit_token_metric},
    {"llm-semantic-cache-lookup", in_requests},
    {"llm-semantic-cache-store", in_outbound},
    {"llm-token-limit", in_requests, at_all_scopes, read_llm_token_limit},
    {"log-to-eventhub", in_all_sections, at_all_scopes, read_log_to_eventhub},
    {"mock-response", in_messages, at_all_scopes, read_mock_response},
    {"proxy", in_requests},
    {"publish-event", in_resolvers},
    {"publish-to-dapr", in_messages},
    {"publish-to-darp", in_messages},  // the toolkit's spelling
    {"quota", in_requests, at_product, read_quota, !holds_policies, once},
    {"quota-by-key", in_requests, at_all_scopes, read_quota_by_key},
    {"rate-limit", in_requests, below_global, read_rate_limit, !holds_policies, once},
    {"rate-limit-by-key", in_requests, at_all_scopes, read_rate_limit_by_key},
    {"redirect-content-urls", in_inbound | in_outbound},
    {"retry", in_all_sections, at_all_scopes, read_retry},
    {"return-response", in_all_sections, at_all_scopes, read_return_response},
    {"rewrite-uri", in_requests, at_all_scopes, read_rewrite_uri},
    {"send-one-way-request", in_all_sections, at_all_scopes, read_send_one_way_request},
    {"send-request", in_all_sections, at_all_scopes, read_send_request},
    {"send-service-bus-message", in_messages},
    {"set-backend-service", in_all_sections, at_all_scopes, read_set_backend_service},
    {"set-body", in_all_sections, at_all_scopes, read_set_body},
    {"set-graphql-resolver", in_backend},
    {"set-header", in_all_sections, at_all_scopes, read_set_header},
    {"set-method", in_all_sections, at_all_scopes, read_set_method},
    {"set-query-parameter", in_all_sections, at_all_scopes, read_set_query_parameter},
    {"set-status", in_all_sections, at_all_scopes, read_set_status},
    {"set-variable", in_all_sections, at_all_scopes, read_set_variable},
    {"sql-data-source", in_resolvers},
    {"trace", in_all_sections, at_all_scopes, read_trace},
    {"validate-azure-ad-token", in_requests, at_all_scopes, read_validate_azure_ad_token},
    {"validate-client-certificate", in_requests, at_all_scopes, read_validate_client_certificate},
    {"validate-content", in_messages, at_all_scopes, read_validate_content},
    {"validate-graphql-request", in_requests},
    {"validate-headers", in_responses, at_all_scopes, read_validate_headers, !holds_policies, once},
    {"validate-jwt", in_requests, at_all_scopes, read_validate_jwt},
    {"validate-odata-request", in_requests, above_operation},
    {"validate-parameters", in_requests, at_all_scopes, read_validate_parameters, !holds_policies, once},
    {"validate-status-code", in_responses, at_all_scopes, read_validate_status_code},
    {"wait", in_all_sections, at_all_scopes, read_wait, holds_policies},
    {"xml-to-json", in_all_sections, at_all_scopes, read_xml_to_json},
    {"xsl-transform", in_messages},
};

constexpr bool is_sorted_by_element() {
  for (size_t i = 1; i < std::size(policy_types); ++i)
    if (policy_types[i].element <= policy_types[i - 1].element) return false;
  return true;
}
static_assert(is_sorted_by_element());

}  // namespace

std::shared_ptr<const PolicyTable> builtin_policies() {
  static const auto table = std::make_shared<const PolicyTable>(std::vector<PolicyType>(std::begin(policy_types), std::end(policy_types)));
  return table;
}

}  // namespace gatelet
