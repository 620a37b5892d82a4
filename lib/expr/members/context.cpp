// context and the facts it leads to (expressions.md 2.1). What is null without a product, user or subscription is null here.
#include "base/text.hpp"
#include "expr/context_model.hpp"
#include "expr/context_objects.hpp"
#include "expr/format.hpp"
#include "expr/member_calls.hpp"

namespace gatelet::cs {

extern const Type context_type;
constinit const Type context_type{.name = "IContext"};
static constinit const Type api_type{.name = "IApi"};
static constinit const Type key_names_type{.name = "ISubscriptionKeyParameterNames"};
static constinit const Type backend_type{.name = "IBackend"};
static constinit const Type deployment_type{.name = "IDeployment"};
static constinit const Type gateway_type{.name = "IGateway"};
static constinit const Type graphql_type{.name = "IGraphQL"};
static constinit const Type last_error_type{.name = "ILastError"};
static constinit const Type sustainability_type{.name = "ISustainabilityInfo"};
static constinit const Type operation_type{.name = "IOperation"};
static constinit const Type product_type{.name = "IProduct"};
static constinit const Type subscription_type{.name = "ISubscription"};
static constinit const Type user_type{.name = "IUser"};
static constinit const Type workspace_type{.name = "IWorkspace"};
constinit const Type group_type{.name = "IGroup"};
constinit const Type identity_type{.name = "IUserIdentity"};

static constexpr EnumConstant product_states[] = {{"NotPublished", 0}, {"Published", 1}};
static constinit const Type product_state_type{.name = "ProductState", .kind = TypeKind::enumeration, .constants = product_states};
static constexpr EnumConstant backend_types[] = {{"Single", 0}, {"Pool", 1}};
static constinit const Type backend_kind_type{.name = "BackendType", .kind = TypeKind::enumeration, .constants = backend_types};

// The documentation names no values; these are the categories of its text. A gateway on its own host knows none.
static constexpr EnumConstant carbon_categories[] = {{"NotAvailable", 0}, {"VeryLow", 1}, {"Low", 2},
                                                     {"Moderate", 3},     {"High", 4},    {"VeryHigh", 5}};
static constinit const Type carbon_type{.name = "CarbonIntensityCategory", .kind = TypeKind::enumeration, .constants = carbon_categories};

template <Fact fact>
static Value text_fact(Call& call) {
  const auto found = call.run.context.fact(fact);
  return found ? text(view_of(call.run, *found)) : Value{};
}

template <Number number>
static Value flag(Call& call) {
  return boolean(call.run.context.number(number).value_or(0) != 0);
}

template <Fact fact>
static Value date(Call& call) {
  const auto found = call.run.context.fact(fact);
  if (!found || found->empty()) return call.site.result->kind == TypeKind::nullable ? Value{} : date_time({});
  return call_with_text(call.run, "System.DateTime", "Parse", *view_of(call.run, *found));
}

// The IApi of the request is 1; those of context.Product.Apis follow.
static constexpr int64_t first_product_api = 2;

static std::optional<std::string_view> api_fact(Call& call, Fact fact) {
  if (call.self.bits < first_product_api) return call.run.context.fact(fact);
  return call.run.context.product_api_fact(static_cast<size_t>(call.self.bits - first_product_api), fact);
}

template <Fact fact>
static Value api_text(Call& call) {
  const auto found = api_fact(call, fact);
  return found ? text(view_of(call.run, *found)) : Value{};
}

template <ContextPart part>
static Value part_of(Call& call) {
  return call.run.context.has(part) ? value_of_bits(*call.site.result, 1) : Value{};
}

static Value always(Call& call) { return value_of_bits(*call.site.result, 1); }

template <ContextList list>
static Value items(Call& call) {
  const size_t count = call.run.context.list_size(list);
  const Type& element = *call.site.result->arguments()[0];
  const std::span<Value> values = call.run.try_array<Value>(count);
  if (!values.data()) return {};
  for (size_t i = 0; i < count; ++i) {
    const NamedItem item = call.run.context.list_item(list, i);
    const Value name = text(view_of(call.run, item.name));
    values[i] = &element == &types::text ? name : value_of_object(element, call.run.make<KeyValue>(text(view_of(call.run, item.id)), name));
  }
  return array_value(call.run, element, values);
}

static Value protocols(Call& call) {
  if (call.self.bits < first_product_api) return items<ContextList::api_protocols>(call);
  std::vector<const String*> all;
  for (const std::string_view protocol : split(api_fact(call, Fact::api_protocols).value_or(""), ','))
    if (!protocol.empty()) all.push_back(view_of(call.run, protocol));
  return strings_value(call.run, all);
}

// A product contains the current revisions of its APIs.
static Value is_current_revision(Call& call) {
  if (call.self.bits >= first_product_api) return boolean(true);
  return flag<Number::api_is_current_revision>(call);
}

static Value product_apis(Call& call) {
  const Type& element = *call.site.result->arguments()[0];
  const std::span<Value> apis = call.run.try_array<Value>(call.run.context.list_size(ContextList::product_apis));
  for (size_t i = 0; i < apis.size(); ++i) apis[i] = value_of_bits(element, first_product_api + static_cast<int64_t>(i));
  return array_value(call.run, element, apis);
}

template <bool is_parent>
static Value graphql(Call& call) {
  return call.run.context.graphql(call.run, is_parent ? "parent" : "arguments");
}

static Value first_of_pair(Call& call) { return call.self.object<const KeyValue>()->key; }
static Value second_of_pair(Call& call) { return call.self.object<const KeyValue>()->value; }

static Value trace(Call& call) {
  if (const String* message = call.text(0)) call.run.context.trace(utf8(call.run, *message));
  return {};
}

static Value service_url(Call& call) {
  const auto found = api_fact(call, Fact::api_service_url);
  if (!found || found->empty()) return {};
  const auto url = parse_url(*found);
  if (!url) return {};
  Arena& arena = call.run.arena;
  return value_of_object(
      url_type, call.run.make<UrlParts>(arena.copy(url->scheme), arena.copy(url->host), arena.copy(url->path.empty() ? "/" : url->path),
                                        arena.copy(url->query), url->port));
}

static Value limit(Call& call) {
  const auto number = call.run.context.number(Number::product_subscriptions_limit);
  return number && *number > 0 ? int32(static_cast<int32_t>(*number)) : Value{};
}

static Value state(Call& call) {
  return value_of_bits(product_state_type,
                       gatelet::equal_ignoring_case(call.run.context.fact(Fact::product_state).value_or(""), "published"));
}

static constexpr Member context_members[] = {
    {"IApi Api", part_of<ContextPart::api>},
    {"IBackend Backend", part_of<ContextPart::backend>},
    {"IDeployment Deployment", always},
    {"TimeSpan Elapsed", [](Call& call) { return time_span(call.run.context.utc_ticks() - call.run.context.received_ticks()); }},
    {"IGraphQL GraphQL", always},
    {"ILastError LastError", part_of<ContextPart::last_error>},
    {"IOperation Operation", part_of<ContextPart::operation>},
    {"IProduct Product", part_of<ContextPart::product>},
    {"IRequest Request", [](Call& call) { return value_of_object(request_type, call.run.context.request()); }},
    {"Guid RequestId",
     [](Call& call) {
       return call_with_text(call.run, "System.Guid", "Parse", *view_of(call.run, call.run.context.fact(Fact::request_id).value_or("")));
     }},
    {"IResponse Response", [](Call& call) { return value_of_object(response_type, call.run.context.response()); }},
    {"ISubscription Subscription", part_of<ContextPart::subscription>},
    {"DateTime Timestamp",
     [](Call& call) {
       return date_time({call.run.context.received_ticks(), DateTimeKind::utc});
     }},
    {"bool Tracing", flag<Number::tracing>},
    {"IUser User", part_of<ContextPart::user>},
    {"IReadOnlyDictionary<string, object> Variables", [](Call&) { return value_of_bits(variables_type, 1); }},
    {"IWorkspace Workspace", part_of<ContextPart::workspace>},
    {"void Trace(string message)", trace},
};
static constexpr Member api_members[] = {
    {"string Id", api_text<Fact::api_id>},
    {"string Name", api_text<Fact::api_name>},
    {"string Path", api_text<Fact::api_path>},
    {"string Revision", api_text<Fact::api_revision>},
    {"string Version", api_text<Fact::api_version>},
    {"bool IsCurrentRevision", is_current_revision},
    {"IUrl ServiceUrl", service_url},
    {"IEnumerable<string> Protocols", protocols},
    {"ISubscriptionKeyParameterNames SubscriptionKeyParameterNames",
     [](Call& call) { return value_of_bits(*call.site.result, call.self.bits); }},
};
static constexpr Member key_names_members[] = {
    {"string Header", api_text<Fact::api_key_header>},
    {"string Query", api_text<Fact::api_key_query>},
};
static constexpr Member backend_members[] = {
    {"string Id", text_fact<Fact::backend_id>},
    {"string AzureRegion", text_fact<Fact::backend_azure_region>},
    {"BackendType Type",
     [](Call& call) { return value_of_bits(backend_kind_type, call.run.context.fact(Fact::backend_type).value_or("") == "Pool"); }},
};
static constexpr Member deployment_members[] = {
    {"IReadOnlyDictionary<string, X509Certificate2> Certificates", [](Call&) { return value_of_bits(deployment_certificates_type, 1); }},
    {"IGateway Gateway", always},
    {"string GatewayId", text_fact<Fact::deployment_gateway_id>},
    {"string Region", text_fact<Fact::deployment_region>},
    {"string ServiceId", text_fact<Fact::deployment_service_id>},
    {"string ServiceName", text_fact<Fact::deployment_service_name>},
    {"ISustainabilityInfo SustainabilityInfo", always},
};
static constexpr Member gateway_members[] = {
    {"string Id", text_fact<Fact::deployment_gateway_id>},
    {"string InstanceId", text_fact<Fact::deployment_instance_id>},
    {"bool IsManaged", [](Call&) { return boolean(false); }},
};
static constexpr Member last_error_members[] = {
    {"string Source", text_fact<Fact::last_error_source>},
    {"string Reason", text_fact<Fact::last_error_reason>},
    {"string Message", text_fact<Fact::last_error_message>},
    {"string Scope", text_fact<Fact::last_error_scope>},
    {"string Section", text_fact<Fact::last_error_section>},
    {"string Path", text_fact<Fact::last_error_path>},
    {"string PolicyId", text_fact<Fact::last_error_policy_id>},
    {"int HttpErrorCode",
     [](Call& call) { return int32(static_cast<int32_t>(call.run.context.number(Number::last_error_status).value_or(0))); }},
};
static constexpr Member graphql_members[] = {
    {"JObject Arguments", graphql<false>},
    {"JObject GraphQLArguments", graphql<false>},
    {"JObject Parent", graphql<true>},
};
static constexpr Member sustainability_members[] = {
    {"CarbonIntensityCategory CurrentCarbonIntensity", [](Call&) { return value_of_bits(carbon_type, 0); }},
};
static constexpr Member operation_members[] = {
    {"string Id", text_fact<Fact::operation_id>},
    {"string Method", text_fact<Fact::operation_method>},
    {"string Name", text_fact<Fact::operation_name>},
    {"string UrlTemplate", text_fact<Fact::operation_url_template>},
};
static constexpr Member product_members[] = {
    {"bool ApprovalRequired", flag<Number::product_approval_required>},
    {"bool SubscriptionRequired", flag<Number::product_subscription_required>},
    {"IEnumerable<IApi> Apis", product_apis},
    {"IEnumerable<IGroup> Groups", items<ContextList::product_groups>},
    {"string Id", text_fact<Fact::product_id>},
    {"string Name", text_fact<Fact::product_name>},
    {"ProductState State", state},
    {"int? SubscriptionsLimit", limit},
    {"int? SubscriptionLimit", limit},
};
static constexpr Member subscription_members[] = {
    {"DateTime CreatedDate", date<Fact::subscription_created_date>},
    {"DateTime CreatedTime", date<Fact::subscription_created_date>},
    {"DateTime? StartDate", date<Fact::subscription_start_date>},
    {"DateTime? EndDate", date<Fact::subscription_end_date>},
    {"string Id", text_fact<Fact::subscription_id>},
    {"string Key", text_fact<Fact::subscription_key>},
    {"string Name", text_fact<Fact::subscription_name>},
    {"string PrimaryKey", text_fact<Fact::subscription_primary_key>},
    {"string SecondaryKey", text_fact<Fact::subscription_secondary_key>},
};
static constexpr Member user_members[] = {
    {"string Email", text_fact<Fact::user_email>},
    {"string FirstName", text_fact<Fact::user_first_name>},
    {"string LastName", text_fact<Fact::user_last_name>},
    {"string Id", text_fact<Fact::user_id>},
    {"string Note", text_fact<Fact::user_note>},
    {"IEnumerable<IGroup> Groups", items<ContextList::user_groups>},
    {"IEnumerable<IUserIdentity> Identities", items<ContextList::user_identities>},
    {"DateTime RegistrationDate", date<Fact::user_registration_date>},
};
static constexpr Member workspace_members[] = {
    {"string Id", text_fact<Fact::workspace_id>},
    {"string Name", text_fact<Fact::workspace_name>},
};
static constexpr Member group_members[] = {{"string Id", first_of_pair}, {"string Name", second_of_pair}};
static constexpr Member identity_members[] = {{"string Id", first_of_pair}, {"string Provider", second_of_pair}};

static const TypeRows context_types[] = {
    {context_type, context_members},
    {api_type, api_members},
    {key_names_type, key_names_members},
    {backend_type, backend_members},
    {backend_kind_type},
    {deployment_type, deployment_members},
    {gateway_type, gateway_members},
    {graphql_type, graphql_members},
    {last_error_type, last_error_members},
    {sustainability_type, sustainability_members},
    {carbon_type},
    {operation_type, operation_members},
    {product_type, product_members},
    {product_state_type},
    {subscription_type, subscription_members},
    {user_type, user_members},
    {workspace_type, workspace_members},
    {group_type, group_members},
    {identity_type, identity_members},
};

extern const Family context_family;
const Family context_family{context_types};

}  // namespace gatelet::cs
