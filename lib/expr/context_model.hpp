// ContextModel: the request as expressions see it (expressions.md 2.1). The policy room implements it over its Context, so that expr knows
// neither policies nor exchanges; `gatelet eval` and the tests implement it over a document. Views live as long as the exchange.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "expr/value.hpp"
#include "http/message.hpp"

namespace gatelet::crypto {
class Certificate;
}

namespace gatelet::cs {

class Evaluation;

// The objects of `context` that may be null.
enum class ContextPart : uint8_t { api, backend, operation, product, subscription, user, workspace, last_error };

// Their texts; absent: the null reference.
enum class Fact : uint8_t {
  request_id,
  request_ip_address,
  request_original_method,
  api_id,
  api_name,
  api_path,
  api_revision,
  api_version,
  api_service_url,
  api_key_header,
  api_key_query,
  api_protocols,  // joined with ','; only of product_api_fact()
  backend_id,
  backend_azure_region,
  backend_type,
  deployment_gateway_id,
  deployment_instance_id,
  deployment_region,
  deployment_service_id,
  deployment_service_name,
  last_error_source,
  last_error_reason,
  last_error_message,
  last_error_scope,
  last_error_section,
  last_error_path,
  last_error_policy_id,
  operation_id,
  operation_method,
  operation_name,
  operation_url_template,
  product_id,
  product_name,
  product_state,
  subscription_id,
  subscription_key,
  subscription_name,
  subscription_primary_key,
  subscription_secondary_key,
  subscription_created_date,  // dates: ISO 8601
  subscription_start_date,
  subscription_end_date,
  user_email,
  user_first_name,
  user_last_name,
  user_id,
  user_note,
  user_registration_date,
  workspace_id,
  workspace_name,
};

enum class Number : uint8_t {
  api_is_current_revision,
  product_approval_required,
  product_subscription_required,
  product_subscriptions_limit,
  last_error_status,
  tracing
};

enum class ContextList : uint8_t { api_protocols, product_groups, product_apis, user_groups, user_identities };

struct NamedItem {
  std::string_view id;    // of an identity: the id
  std::string_view name;  // of an identity: the provider
};

// Of context.Deployment.Certificates. It outlives the exchange.
struct NamedCertificate {
  std::string_view id;
  const crypto::Certificate* certificate = nullptr;
};

struct UrlView {
  std::string_view scheme;
  std::string_view host;
  uint16_t port = 0;
  std::string_view path;
  std::string_view query;  // without '?'
};

class ContextModel {
 public:
  virtual ~ContextModel() = default;

  // The clock: 100 ns ticks since 0001-01-01, UTC. DateTime.UtcNow, Now, Today. The gateway's time zone is UTC.
  virtual int64_t utc_ticks() = 0;
  // Guid.NewGuid, Random without a seed, generated keys.
  virtual void random_bytes(void* out, size_t size) = 0;
  // Runs destroy(object) when the exchange ends.
  virtual void own(void* object, void (*destroy)(void*)) = 0;

  // The rest has an answer for expressions without a request.
  virtual int64_t received_ticks() { return utc_ticks(); }
  virtual Request* request() { return nullptr; }
  virtual Response* response() { return nullptr; }  // null in inbound
  virtual UrlView url(bool /*as_received*/) { return {}; }
  virtual bool has(ContextPart) { return false; }
  virtual std::optional<std::string_view> fact(Fact) { return std::nullopt; }
  virtual std::optional<int64_t> number(Number) { return std::nullopt; }
  virtual size_t list_size(ContextList) { return 0; }
  virtual NamedItem list_item(ContextList, size_t) { return {}; }
  // Of an API of context.Product.Apis, by its index in ContextList::product_apis.
  virtual std::optional<std::string_view> product_api_fact(size_t, Fact) { return std::nullopt; }
  // "arguments" and "parent" of context.GraphQL: a JObject, or null outside of GraphQL.
  virtual Value graphql(Evaluation&, std::string_view /*member*/) { return {}; }
  virtual size_t matched_parameter_count() { return 0; }
  virtual NamedItem matched_parameter(size_t) { return {}; }  // name and value, decoded
  // False: there is no such variable.
  virtual bool variable(Evaluation&, std::string_view /*name*/, Value& /*out*/) { return false; }
  virtual size_t variable_count() { return 0; }
  virtual std::string_view variable_name(size_t) { return {}; }
  virtual void trace(std::string_view /*message*/) {}
  // The client's, which outlives the exchange; null: none.
  virtual const crypto::Certificate* client_certificate() { return nullptr; }
  virtual size_t certificate_count() { return 0; }
  virtual NamedCertificate certificate(size_t) { return {}; }
  // Whether a chain leads to a root that the host trusts, at this time; with revocation only where the host looked it up.
  virtual bool is_trusted(const crypto::Certificate&, bool /*with_revocation*/) { return false; }
};

}  // namespace gatelet::cs
