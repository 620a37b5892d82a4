#include "policy/expression_context.hpp"

#include "expr/context_objects.hpp"

namespace gatelet {

static constexpr int64_t ticks_of(int64_t wall_ms) { return cs::unix_epoch_ticks + wall_ms * cs::ticks_per_millisecond; }

int64_t ExpressionContext::utc_ticks() { return ticks_of(context_.now.wall_ms); }

int64_t ExpressionContext::received_ticks() { return ticks_of(context_.received.wall_ms); }

cs::UrlView ExpressionContext::url(bool as_received) {
  if (as_received)
    return {context_.original_scheme, context_.original_host, context_.original_port, context_.original_target.path,
            context_.original_target.query};
  const Request& request = context_.request;
  return {request.scheme, request.host, request.port, request.target.path, request.target.query};
}

bool ExpressionContext::has(cs::ContextPart part) {
  switch (part) {
    case cs::ContextPart::api: return context_.api;
    case cs::ContextPart::backend: return context_.upstream && !context_.upstream->backend_id.empty();
    case cs::ContextPart::operation: return context_.operation;
    case cs::ContextPart::product: return context_.product;
    case cs::ContextPart::subscription: return context_.subscription;
    case cs::ContextPart::user: return context_.user;
    case cs::ContextPart::last_error: return context_.last_error;
    case cs::ContextPart::workspace: return false;
  }
  return false;
}

// The facts of one part; nullopt where the part has none.

static std::optional<std::string_view> api_fact(const ApiFacts& api, cs::Fact fact) {
  switch (fact) {
    case cs::Fact::api_id: return api.id;
    case cs::Fact::api_name: return api.name;
    case cs::Fact::api_path: return api.path;
    case cs::Fact::api_revision: return api.revision;
    case cs::Fact::api_version: return api.version;
    case cs::Fact::api_service_url: return api.service_url;
    case cs::Fact::api_key_header: return api.key_header;
    case cs::Fact::api_key_query: return api.key_query;
    default: return std::nullopt;
  }
}

static std::optional<std::string_view> operation_fact(const OperationFacts& operation, cs::Fact fact) {
  switch (fact) {
    case cs::Fact::operation_id: return operation.id;
    case cs::Fact::operation_method: return operation.method;
    case cs::Fact::operation_name: return operation.name;
    case cs::Fact::operation_url_template: return operation.url_template;
    default: return std::nullopt;
  }
}

static std::optional<std::string_view> product_fact(const ProductFacts& product, cs::Fact fact) {
  switch (fact) {
    case cs::Fact::product_id: return product.id;
    case cs::Fact::product_name: return product.name;
    case cs::Fact::product_state: return product.state;
    default: return std::nullopt;
  }
}

static std::optional<std::string_view> subscription_fact(const SubscriptionFacts& subscription, cs::Fact fact) {
  switch (fact) {
    case cs::Fact::subscription_id: return subscription.id;
    case cs::Fact::subscription_name: return subscription.name;
    case cs::Fact::subscription_key:
    case cs::Fact::subscription_primary_key: return subscription.primary_key;
    case cs::Fact::subscription_secondary_key: return subscription.secondary_key;
    case cs::Fact::subscription_created_date: return subscription.created_date;
    case cs::Fact::subscription_start_date: return subscription.start_date;
    case cs::Fact::subscription_end_date: return subscription.end_date;
    default: return std::nullopt;
  }
}

static std::optional<std::string_view> user_fact(const UserFacts& user, cs::Fact fact) {
  switch (fact) {
    case cs::Fact::user_email: return user.email;
    case cs::Fact::user_first_name: return user.first_name;
    case cs::Fact::user_last_name: return user.last_name;
    case cs::Fact::user_id: return user.id;
    case cs::Fact::user_note: return user.note;
    case cs::Fact::user_registration_date: return user.registration_date;
    default: return std::nullopt;
  }
}

static std::optional<std::string_view> deployment_fact(const DeploymentFacts& deployment, cs::Fact fact) {
  switch (fact) {
    case cs::Fact::deployment_gateway_id: return deployment.gateway_id;
    case cs::Fact::deployment_instance_id: return deployment.instance_id;
    case cs::Fact::deployment_region: return deployment.region;
    case cs::Fact::deployment_service_id:
    case cs::Fact::deployment_service_name: return deployment.service_name;
    default: return std::nullopt;
  }
}

static std::optional<std::string_view> error_fact(const Failure& error, cs::Fact fact) {
  const auto given = [](std::string_view text) { return text.data() ? std::optional(text) : std::nullopt; };
  switch (fact) {
    case cs::Fact::last_error_source: return error.source;
    case cs::Fact::last_error_reason: return error.reason;
    case cs::Fact::last_error_message: return error.message;
    case cs::Fact::last_error_scope: return given(error.scope);
    case cs::Fact::last_error_section: return given(error.section);
    case cs::Fact::last_error_path: return given(error.path);
    case cs::Fact::last_error_policy_id: return given(error.policy_id);
    default: return std::nullopt;
  }
}

std::optional<std::string_view> ExpressionContext::fact(cs::Fact fact) {
  if (fact == cs::Fact::request_id) return context_.request_id();
  if (fact == cs::Fact::request_ip_address) return context_.client_ip;
  if (fact == cs::Fact::request_original_method) return context_.original_method;
  if (fact == cs::Fact::backend_id && context_.upstream) return context_.upstream->backend_id;
  std::optional<std::string_view> found;
  if (context_.api) found = api_fact(*context_.api, fact);
  if (!found && context_.operation) found = operation_fact(*context_.operation, fact);
  if (!found && context_.product) found = product_fact(*context_.product, fact);
  if (!found && context_.subscription) found = subscription_fact(*context_.subscription, fact);
  if (!found && context_.user) found = user_fact(*context_.user, fact);
  if (!found && context_.deployment) found = deployment_fact(*context_.deployment, fact);
  if (!found && context_.last_error) found = error_fact(*context_.last_error, fact);
  return found;
}

std::optional<int64_t> ExpressionContext::number(cs::Number number) {
  switch (number) {
    case cs::Number::api_is_current_revision: return context_.api && context_.api->is_current_revision;
    case cs::Number::product_approval_required: return context_.product && context_.product->approval_required;
    case cs::Number::product_subscription_required: return context_.product && context_.product->subscription_required;
    case cs::Number::product_subscriptions_limit: return context_.product ? context_.product->subscriptions_limit : 0;
    case cs::Number::last_error_status: return context_.last_error ? context_.last_error->status : 0;
    case cs::Number::tracing: return context_.trace != nullptr;
  }
  return std::nullopt;
}

size_t ExpressionContext::list_size(cs::ContextList list) {
  if (list == cs::ContextList::api_protocols) return context_.api ? context_.api->protocols.size() : 0;
  if (list == cs::ContextList::product_apis) return context_.product ? context_.product->apis.size() : 0;
  return named(list).size();
}

std::span<const NamedFacts> ExpressionContext::named(cs::ContextList list) const {
  if (list == cs::ContextList::product_groups && context_.product) return context_.product->groups;
  if (list == cs::ContextList::user_groups && context_.user) return context_.user->groups;
  if (list == cs::ContextList::user_identities && context_.user) return context_.user->identities;
  return {};
}

cs::NamedItem ExpressionContext::list_item(cs::ContextList list, size_t index) {
  if (list == cs::ContextList::api_protocols) return {context_.api->protocols[index], context_.api->protocols[index]};
  const NamedFacts& item = named(list)[index];
  return {item.id, item.name};
}

std::optional<std::string_view> ExpressionContext::product_api_fact(size_t index, cs::Fact fact) {
  const ApiFacts& api = *context_.product->apis[index];
  if (fact != cs::Fact::api_protocols) return api_fact(api, fact);
  std::string_view all;
  for (const std::string& protocol : api.protocols) all = context_.arena.concat(all, all.empty() ? "" : ",", protocol);
  return all;
}

cs::NamedCertificate ExpressionContext::certificate(size_t index) {
  const DeployedCertificate& deployed = context_.deployment->certificates[index];
  return {deployed.id, &deployed.certificate};
}

// Only the client's own was looked at, in the handshake.
bool ExpressionContext::is_trusted(const crypto::Certificate& certificate, bool /*with_revocation*/) {
  const ClientCertificate* shown = context_.client_certificate.get();
  return shown && shown->is_trusted && shown->certificate.der() == certificate.der();
}

cs::NamedItem ExpressionContext::matched_parameter(size_t index) {
  const MatchedParameter& parameter = context_.matched[index];
  Arena& arena = context_.arena;
  return {parameter.name, parameter.in_query ? query_decoded(parameter.value, arena) : percent_decoded(parameter.value, arena)};
}

cs::Value value_of(cs::Evaluation& run, Variable& variable) {
  if (variable.is_typed) return variable.value;
  variable.is_typed = true;
  return variable.value =
             variable.response ? cs::value_of_object(cs::response_type, variable.response) : cs::text(cs::view_of(run, variable.text));
}

bool ExpressionContext::variable(cs::Evaluation& run, std::string_view name, cs::Value& out) {
  Variable* found = context_.find_variable(name);
  if (found) out = value_of(run, *found);
  return found != nullptr;
}

}  // namespace gatelet
