#include "config/build.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.hpp"
#include "base/time.hpp"
#include "config/caches.hpp"
#include "config/certificates.hpp"
#include "config/operation_definitions.hpp"
#include "config/policy_world.hpp"
#include "config/properties.hpp"
#include "config/response_examples.hpp"
#include "config/version_sets.hpp"
#include "policy/services.hpp"

namespace gatelet {

namespace {

// "apis/echo;rev=1/operations/get" → "echo;rev=1" and what follows it.
std::pair<std::string_view, std::string_view> split_api_key(std::string_view key) {
  const std::string_view rest = key.substr(5);
  const size_t slash = rest.find('/');
  return {rest.substr(0, slash), slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1)};
}

std::vector<std::string> names_in_template(std::string_view url_template) {
  std::vector<std::string> names;
  for (size_t open = url_template.find('{'); open != std::string_view::npos; open = url_template.find('{', open + 1)) {
    const size_t close = url_template.find('}', open);
    if (close == std::string_view::npos) break;
    std::string_view name = url_template.substr(open + 1, close - open - 1);
    if (name.starts_with('*')) name.remove_prefix(1);
    names.emplace_back(name);
  }
  return names;
}

std::string_view without_slashes(std::string_view path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

class Builder {
 public:
  Builder(const ResourceSet& resources, const BuildOptions& options, Config& config)
      : resources_(resources),
        options_(options),
        config_(config),
        diagnostics_(config.diagnostics),
        world_(resources, options, config.diagnostics),
        version_sets_(resources, config.diagnostics) {}
  void build();

 private:
  void index();
  void build_global();
  std::vector<NamedFacts> groups_of(const Json& names) const;
  void build_products();
  void build_apis();
  bool is_served_here(std::string_view api_name) const;
  bool is_built(const Properties& properties, const std::string& key) const;
  void build_api(const Resource& resource);
  void read_key_names(const Properties& properties, Api& api) const;
  void read_protocols(const Properties& properties, Api& api) const;
  void read_upstream(const Properties& properties, Api& api) const;
  uint8_t least_severity(const Resource& api, std::string_view diagnostic) const;
  void build_operations(const std::string& key, Api& api);
  void link_products();
  void build_programs(Api& api);
  void read_used_parts(const Api& api, Operation& operation);
  OperationDefinitions::Listed schemas_at(const std::string& start) const;
  void build_router();
  const Resource* resource_of_scope(std::string_view scope, std::string& api_key) const;
  void quarantine(Api& api);
  void build_subscriptions();
  void read_subscription(const Resource& resource);
  bool read_scope(const Properties& properties, Subscription& subscription) const;
  void read_owner(const Properties& properties, Subscription& subscription) const;
  void read_start(const Properties& properties, SubscriptionFacts& facts) const;
  void refuse_shared_keys();
  void decide_usable();
  std::string hash() const;

  const ResourceSet& resources_;
  const BuildOptions& options_;
  Config& config_;
  Diagnostics& diagnostics_;
  PolicyWorld world_;
  ResponseExamples examples_;
  OperationDefinitions definitions_{diagnostics_, [this](const std::string& start) { return schemas_at(start); }};
  VersionSets version_sets_;
  std::map<std::string, const Resource*, std::less<>> by_key_;                      // lower-case key
  std::map<std::string, std::vector<const Resource*>, std::less<>> operations_of_;  // lower-case API key
  std::set<std::string, std::less<>> broken_scopes_;
  std::vector<VersionSet> version_set_of_;               // same order as config_.apis
  std::set<std::string, std::less<>> api_names_;         // in lower case, of all revisions and kinds, broken ones too
  std::vector<const Resource*> subscription_resources_;  // same order as config_.subscriptions
  bool global_is_sound_ = true;
};

void Builder::index() {
  for (const Resource& resource : resources_.resources) {
    by_key_.emplace(lower(resource.key), &resource);
    if (!resource.key.starts_with("apis/")) continue;
    const auto [api, rest] = split_api_key(resource.key);
    api_names_.insert(lower(api.substr(0, api.find(";rev="))));
    if (rest.starts_with("operations/") && rest.find('/', 11) == std::string_view::npos) operations_of_[lower(api)].push_back(&resource);
  }
  for (const Diagnostic& item : diagnostics_.items()) {
    if (item.severity != Severity::error || !item.scope.starts_with("api ")) continue;
    broken_scopes_.insert(lower(item.scope));
    api_names_.insert(lower(item.scope.substr(4, item.scope.find(";rev=") - 4)));
  }
}

void Builder::build_global() {
  const size_t errors = diagnostics_.error_count();
  config_.document = world_.document("policies/policy", Scope::global, "global");
  if (diagnostics_.error_count() != errors) global_is_sound_ = false;
  if (!config_.document) config_.document = world_.default_document();
  config_.unmatched = world_.program(config_.document, nullptr, nullptr, nullptr, "global");
  if (!config_.unmatched) global_is_sound_ = false;
}

// The three that every service has need no resource.
std::vector<NamedFacts> Builder::groups_of(const Json& names) const {
  static constexpr std::string_view builtin[] = {"Administrators", "Developers", "Guests"};
  std::vector<NamedFacts> groups;
  for (const Json& item : names.items()) {
    const std::string_view in_id = name_in_id(item.string(), "groups");
    NamedFacts& group = groups.emplace_back();
    group.id = group.name = in_id.empty() ? item.string() : in_id;
    for (const std::string_view name : builtin)
      if (equal_ignoring_case(name, group.id)) group.name = name;
    const auto resource = by_key_.find("groups/" + lower(group.id));
    if (resource != by_key_.end() && resource->second->value["displayName"].is_string())
      group.name = resource->second->value["displayName"].string();
  }
  return groups;
}

void Builder::build_products() {
  for (const Resource& resource : resources_.resources) {
    if (!resource.key.starts_with("products/") || resource.key.find('/', 9) != std::string::npos) continue;
    const std::string id = resource.key.substr(9);
    const Properties properties(resource, "product " + id, diagnostics_);
    const size_t errors = diagnostics_.error_count();
    Product product;
    product.facts.id = id;
    product.facts.name = properties.text("displayName", id);
    product.facts.state = properties.text("state", "notPublished");
    product.facts.subscription_required = properties.boolean("subscriptionRequired", true);
    product.facts.approval_required = properties.boolean("approvalRequired", false);
    product.facts.subscriptions_limit = properties.integer("subscriptionsLimit", 0);
    product.facts.groups = groups_of(properties["groups"]);
    for (const Json& api : properties["apis"].items()) {
      const std::string_view in_id = name_in_id(api.string(), "apis");
      product.apis.emplace_back(in_id.empty() ? api.string() : in_id);
    }
    product.document = world_.document(resource.key + "/policies/policy", Scope::product, "product " + id);
    product.is_broken = diagnostics_.error_count() != errors;
    // With a gateway's name what is not associated with it is not there, and is not missed.
    for (const std::string& name : product.apis)
      if (options_.gateway_name.empty() && !api_names_.contains(lower(name)))
        properties.error(DiagnosticCode::unknown_reference, "there is no API '" + name + "' for the product '" + id + "'",
                         properties["apis"]);
    config_.products.push_back(std::move(product));
  }
}

bool Builder::is_served_here(std::string_view api_name) const {
  if (options_.gateway_name.empty()) return true;
  const auto gateway = by_key_.find("gateways/" + lower(options_.gateway_name));
  if (gateway == by_key_.end()) return true;  // the source has left out what is not associated
  for (const Json& name : gateway->second->value["apis"].items()) {
    const std::string_view in_id = name_in_id(name.string(), "apis");
    if (equal_ignoring_case(in_id.empty() ? name.string() : in_id, api_name)) return true;
  }
  return false;
}

bool Builder::is_built(const Properties& properties, const std::string& key) const {
  if (!is_served_here(key.substr(0, key.find(";rev=")))) return false;
  if (!properties.boolean("isOnline", true)) return false;
  const std::string type = lower(properties.text("type", properties.text("apiType", "http")));
  if (type.empty() || type == "http" || type == "soap") return true;
  properties.warning(DiagnosticCode::unsupported_feature,
                     "the API is of type " + type + ", which this version does not serve; it is left out", properties["type"]);
  return false;
}

void Builder::build_apis() {
  // The sources have left out what they could not read; it is named, so that one sees what is missing.
  for (const std::string& scope : broken_scopes_)
    if (!by_key_.contains("apis/" + scope.substr(4))) config_.quarantined.push_back(scope.substr(4));
  for (const Resource& resource : resources_.resources)
    if (resource.key.starts_with("apis/") && split_api_key(resource.key).second.empty()) build_api(resource);
}

void Builder::build_api(const Resource& resource) {
  const std::string key = resource.key.substr(5);
  const Properties properties(resource, "api " + key, diagnostics_);
  const size_t errors = diagnostics_.error_count();
  if (!is_built(properties, key)) return;
  Api api;
  api.key = key;
  const size_t mark = key.find(";rev=");
  api.facts.id = key.substr(0, mark);
  api.facts.revision = mark == std::string::npos ? "1" : key.substr(mark + 5);
  api.facts.name = properties.text("displayName", api.facts.id);
  api.facts.path = without_slashes(properties.text("path"));
  api.facts.version = properties.text("apiVersion");
  api.facts.is_current_revision = properties.boolean("isCurrent", false);
  api.subscription_required = properties.boolean("subscriptionRequired", true);
  read_protocols(properties, api);
  read_key_names(properties, api);
  read_upstream(properties, api);
  api.facts.trace_items_from = least_severity(resource, "applicationinsights");
  api.facts.trace_records_from = std::min(least_severity(resource, "azuremonitor"), least_severity(resource, "local"));
  const VersionSet& versions = version_set_of_.emplace_back(version_sets_.of(properties));
  api.document = world_.document(resource.key + "/policies/policy", Scope::api, "api " + key);
  build_operations(key, api);
  api.is_quarantined = versions.is_broken || diagnostics_.error_count() != errors || broken_scopes_.contains(lower(properties.scope()));
  config_.apis.push_back(std::move(api));
}

void Builder::read_key_names(const Properties& properties, Api& api) const {
  const Json& names = properties["subscriptionKeyParameterNames"];
  if (names["header"].is_string() && !names["header"].string().empty()) api.facts.key_header = names["header"].string();
  if (names["query"].is_string() && !names["query"].string().empty()) api.facts.key_query = names["query"].string();
  if (!is_token(api.facts.key_header))
    properties.error(DiagnosticCode::invalid_value, "'" + api.facts.key_header + "' is not a header name", names["header"]);
  api.key_header_name = HeaderName(api.facts.key_header);
}

void Builder::read_protocols(const Properties& properties, Api& api) const {
  const Json& protocols = properties["protocols"];
  if (!protocols.is_null() && !protocols.is_array())
    properties.error(DiagnosticCode::invalid_value, "protocols must be a list such as [\"http\", \"https\"]", protocols);
  api.protocols = 0;
  for (const Json& item : protocols.items()) {
    const uint8_t protocol = protocol_from(lower(item.string()));
    if (!protocol)
      properties.error(DiagnosticCode::invalid_value, "'" + std::string(item.string()) + "' is not one of http, https, ws, wss", item);
    api.protocols |= protocol;
    api.facts.protocols.emplace_back(item.string());
  }
  if (protocols.items().empty()) {
    api.protocols = protocol_https;
    api.facts.protocols = {"https"};
  }
  if (options_.check_scheme && options_.listener_protocols && !(api.protocols & options_.listener_protocols))
    properties.warning(DiagnosticCode::api_unreachable,
                       "no listener serves the protocols of this API, so every request to it is 404; add http to its protocols, a "
                       "listener, or routing.scheme-check=false",
                       protocols);
}

void Builder::read_upstream(const Properties& properties, Api& api) const {
  api.facts.service_url = properties.text("serviceUrl");
  if (api.facts.service_url.empty()) {
    auto host = std::make_shared<Upstream>();
    host->kind = Upstream::Kind::host;
    api.upstream = std::move(host);
    return;
  }
  Result<Url> url = parse_url(api.facts.service_url);
  if (!url) return properties.error(DiagnosticCode::invalid_value, "serviceUrl: " + url.error().message, properties["serviceUrl"]);
  api.upstream = std::make_shared<const Upstream>(upstream_from(*std::move(url)));
}

// What the diagnostic of that id wants to hear of trace (gateway.md 2.16): the API's own one, else that of all APIs.
uint8_t Builder::least_severity(const Resource& api, std::string_view diagnostic) const {
  const std::string key = "diagnostics/" + std::string(diagnostic);
  auto found = by_key_.find(lower(api.key) + "/" + key);
  if (found == by_key_.end()) found = by_key_.find(key);
  if (found == by_key_.end()) return trace_severity_none;
  const std::string_view verbosity = found->second->value["verbosity"].string();
  if (equal_ignoring_case(verbosity, "debug")) return 0;
  for (uint8_t severity = 0; severity < std::size(trace_severity_words); ++severity)
    if (equal_ignoring_case(verbosity, trace_severity_words[severity])) return severity;
  return static_cast<uint8_t>(TraceSeverity::information);
}

void Builder::build_operations(const std::string& key, Api& api) {
  const auto found = operations_of_.find(lower(key));
  if (found == operations_of_.end()) return;
  for (const Resource* resource : found->second) {
    const std::string name = resource->key.substr(resource->key.rfind('/') + 1);
    const Properties properties(*resource, "api " + key, diagnostics_);
    Operation operation;
    operation.facts.id = name;
    operation.facts.name = properties.text("displayName", name);
    operation.facts.method = upper(properties.text("method"));
    operation.facts.url_template = properties.text("urlTemplate");
    if (!is_token(operation.facts.method))
      properties.error(DiagnosticCode::missing_value, "the operation '" + name + "' needs a method such as GET", properties["method"]);
    const std::vector<std::string> parameters = names_in_template(operation.facts.url_template);
    operation.document =
        world_.document(resource->key + "/policies/policy", Scope::operation, "operation " + key + "/" + name, &parameters);
    api.operations.push_back(std::move(operation));
  }
}

void Builder::link_products() {
  std::map<std::string, std::vector<uint32_t>, std::less<>> by_api;
  for (uint32_t i = 0; i < config_.products.size(); ++i)
    for (const std::string& name : config_.products[i].apis) by_api[lower(name)].push_back(i);
  for (Api& api : config_.apis) {
    const auto found = by_api.find(lower(api.facts.id));
    if (found == by_api.end()) continue;
    for (uint32_t index : found->second) {
      const Product& product = config_.products[index];
      api.products.push_back(index);
      if (api.facts.is_current_revision) config_.products[index].facts.apis.push_back(&api.facts);
      if (product.is_broken) api.is_quarantined = true;
      if (product.facts.subscription_required) continue;
      if (api.open_product != index_none) {
        diagnostics_.error(DiagnosticCode::duplicate_resource,
                           "the API is in two open products, '" + config_.products[api.open_product].facts.id + "' and '" +
                               product.facts.id + "'; only one is allowed",
                           {}, {}, "api " + api.key);
        api.is_quarantined = true;
      }
      api.open_product = index;
    }
  }
}

void Builder::build_programs(Api& api) {
  const std::string scope = "api " + api.key;
  const size_t errors = diagnostics_.error_count();
  api.unmatched = world_.program(config_.document, nullptr, api.document, nullptr, scope);
  for (Operation& operation : api.operations) {
    operation.program = world_.program(config_.document, nullptr, api.document, operation.document, scope);
    for (uint32_t product : api.products)
      operation.product_programs.push_back(
          world_.program(config_.document, config_.products[product].document, api.document, operation.document, scope));
    read_used_parts(api, operation);
  }
  if (diagnostics_.error_count() != errors) api.is_quarantined = true;
}

// What mock-response answers with and what the validating policies compare with, where they may run.
void Builder::read_used_parts(const Api& api, Operation& operation) {
  const auto is_in_some = [&](bool Program::*use) {
    const auto is_in = [&](const auto& program) { return program && program.get()->*use; };
    return is_in(operation.program) || std::ranges::any_of(operation.product_programs, is_in);
  };
  const bool uses_examples = is_in_some(&Program::uses_examples), uses_definition = is_in_some(&Program::uses_definition);
  const std::string key = "apis/" + lower(api.key);
  const auto resource = uses_examples || uses_definition ? by_key_.find(key + "/operations/" + lower(operation.facts.id)) : by_key_.end();
  if (resource == by_key_.end()) return;
  const Json& properties = resource->second->value;
  const auto find_schema = [&](std::string_view id) -> const Json* {
    const auto found = by_key_.find(key + "/schemas/" + lower(id));
    return found == by_key_.end() ? nullptr : &found->second->value;
  };
  if (uses_examples) operation.facts.examples = examples_.read(properties["responses"], find_schema);
  if (!uses_definition) return;
  operation.facts.definition = definitions_.read(properties, key);
}

OperationDefinitions::Listed Builder::schemas_at(const std::string& start) const {
  OperationDefinitions::Listed schemas;
  for (auto at = by_key_.lower_bound(start); at != by_key_.end() && at->first.starts_with(start); ++at)
    schemas.emplace(at->first.substr(start.size()), at->second);
  return schemas;
}

// "api echo;rev=1" and "operation echo;rev=1/get" → the resource, and the API's key in lower case.
const Resource* Builder::resource_of_scope(std::string_view scope, std::string& api_key) const {
  const bool is_api = scope.starts_with("api ");
  if (!is_api && !scope.starts_with("operation ")) return nullptr;
  const std::string name = lower(scope.substr(is_api ? 4 : 10));
  const size_t slash = name.find('/');
  api_key = name.substr(0, slash);
  const auto found = by_key_.find("apis/" + api_key + (slash == std::string::npos ? "" : "/operations" + name.substr(slash)));
  return found == by_key_.end() ? nullptr : found->second;
}

void Builder::build_router() {
  std::vector<RouteApi> routes;
  for (size_t i = 0; i < config_.apis.size(); ++i) {
    const Api& api = config_.apis[i];
    RouteApi route{api.key,
                   api.facts.path,
                   api.facts.version,
                   version_set_of_[i].scheme,
                   version_set_of_[i].name,
                   api.facts.revision,
                   api.facts.is_current_revision,
                   api.protocols,
                   {}};
    for (const Operation& operation : api.operations)
      route.operations.push_back({operation.facts.id, operation.facts.method, operation.facts.url_template});
    routes.push_back(std::move(route));
  }
  Diagnostics found;
  config_.router = Router::build(routes, options_.check_scheme, found);
  std::set<std::string, std::less<>> broken;
  for (Diagnostic item : found.items()) {
    std::string key;
    if (const Resource* resource = resource_of_scope(item.scope, key)) {
      const Json& url_template = resource->value["urlTemplate"];
      item.file = resource->file;
      item.at = url_template.at() ? url_template.at() : resource->value.at();
    }
    if (item.severity == Severity::error) broken.insert(key);
    diagnostics_.add(std::move(item));
  }
  for (Api& api : config_.apis) {
    if (broken.contains(lower(api.key))) api.is_quarantined = true;
    if (api.is_quarantined) quarantine(api);
  }
}

// It keeps its path and answers 500; nothing of it is run.
void Builder::quarantine(Api& api) {
  api.operations.clear();
  api.unmatched.reset();
  config_.quarantined.push_back(api.key);
}

bool Builder::read_scope(const Properties& properties, Subscription& subscription) const {
  const std::string scope = properties.text("scope");
  if (scope.empty()) {
    properties.error(DiagnosticCode::missing_value,
                     "the subscription '" + subscription.facts.id + "' has no scope; write /products/{id}, /apis/{id} or /apis",
                     properties["scope"]);
    return false;
  }
  const std::string_view product = name_in_id(scope, "products"), api = name_in_id(scope, "apis");
  if (!product.empty()) {
    subscription.scope = SubscriptionScope::product;
    subscription.target = product;
    for (uint32_t i = 0; i < config_.products.size(); ++i)
      if (equal_ignoring_case(config_.products[i].facts.id, product)) subscription.product = i;
    if (subscription.product != index_none) return true;
    properties.error(DiagnosticCode::unknown_reference,
                     "there is no product '" + std::string(product) + "' for the subscription '" + subscription.facts.id + "'",
                     properties["scope"]);
    return false;
  }
  if (!api.empty()) {
    subscription.scope = SubscriptionScope::api;
    subscription.target = api.substr(0, api.find(";rev="));
    // With a gateway's name the APIs of other gateways are not there, and their keys open nothing.
    if (!options_.gateway_name.empty() || api_names_.contains(lower(subscription.target))) return true;
    properties.error(DiagnosticCode::unknown_reference,
                     "there is no API '" + subscription.target + "' for the subscription '" + subscription.facts.id + "'",
                     properties["scope"]);
    return false;
  }
  subscription.scope = SubscriptionScope::all_apis;
  // The service itself, as a full id: nothing may follow its name.
  const size_t service = scope.find("/service/");
  const bool is_service = service != std::string::npos && scope.find('/', service + 9) == std::string::npos;
  if (scope == "/" || scope.ends_with("/apis") || scope.ends_with("/apis/") || is_service) return true;
  properties.error(DiagnosticCode::invalid_value, "scope '" + scope + "' is not /products/{id}, /apis/{id} or /apis", properties["scope"]);
  return false;
}

void Builder::read_owner(const Properties& properties, Subscription& subscription) const {
  const std::string owner = properties.text("ownerId");
  const auto user = by_key_.find("users/" + lower(name_in_id(owner, "users")));
  if (owner.empty() || user == by_key_.end()) return;
  const Properties facts(*user->second, {}, diagnostics_);
  subscription.owner.emplace();
  subscription.owner->id = user->second->key.substr(6);
  subscription.owner->first_name = facts.text("firstName");
  subscription.owner->last_name = facts.text("lastName");
  subscription.owner->email = facts.text("email");
  subscription.owner->note = facts.text("note");
  subscription.owner->registration_date = facts.text("registrationDate");
  subscription.owner->groups = groups_of(facts["groups"]);
  for (const Json& identity : facts["identities"].items())
    subscription.owner->identities.push_back({std::string(identity["id"].string()), std::string(identity["provider"].string())});
  // A blocked user's keys are refused (management.md 2.4).
  if (facts.text("state", "active") != "active" && subscription.state == SubscriptionState::active)
    subscription.state = SubscriptionState::suspended;
}

void Builder::read_start(const Properties& properties, SubscriptionFacts& facts) const {
  for (const std::string_view member : {"startDate", "createdDate"}) {
    const std::string text = properties.text(member);
    if (text.empty() || facts.start_ms) continue;
    facts.start_ms = parse_iso_timestamp(text);
    if (!facts.start_ms)
      properties.warning(DiagnosticCode::invalid_value,
                         std::string(member) + " '" + text + "' is not a time such as 2026-01-31T08:00:00Z; quotas do not begin with it",
                         properties[member]);
  }
}

void Builder::read_subscription(const Resource& resource) {
  static constexpr std::string_view states[] = {"submitted", "active", "suspended", "cancelled", "rejected", "expired"};
  const Properties properties(resource, {}, diagnostics_);
  Subscription subscription;
  subscription.facts.id = resource.key.substr(resource.key.find('/') + 1);
  subscription.facts.name = properties.text("displayName", subscription.facts.id);
  subscription.facts.primary_key = properties.text("primaryKey");
  subscription.facts.secondary_key = properties.text("secondaryKey");
  subscription.facts.created_date = properties.text("createdDate");
  subscription.facts.start_date = properties.text("startDate");
  subscription.facts.end_date = properties.text("endDate");
  read_start(properties, subscription.facts);
  const std::string state = properties.text("state", "submitted");
  const auto* found =
      std::find_if(std::begin(states), std::end(states), [&](std::string_view known) { return equal_ignoring_case(known, state); });
  if (found == std::end(states)) {
    properties.error(DiagnosticCode::invalid_value,
                     "state '" + state + "' is not one of submitted, active, suspended, cancelled, rejected, expired", properties["state"]);
    return;
  }
  subscription.state = static_cast<SubscriptionState>(found - std::begin(states));
  if (!read_scope(properties, subscription)) return;
  read_owner(properties, subscription);
  config_.subscriptions.push_back(std::move(subscription));
  subscription_resources_.push_back(&resource);
}

// Two subscriptions with one key: whose request is it? Neither's, until that is settled.
void Builder::refuse_shared_keys() {
  std::map<std::string, std::vector<size_t>> owners;
  for (size_t i = 0; i < config_.subscriptions.size(); ++i)
    for (const std::string* key : {&config_.subscriptions[i].facts.primary_key, &config_.subscriptions[i].facts.secondary_key})
      if (!key->empty() && (owners[*key].empty() || owners[*key].back() != i)) owners[*key].push_back(i);
  for (const auto& [key, sharing] : owners) {
    if (sharing.size() < 2) continue;
    const Resource& second = *subscription_resources_[sharing[1]];
    diagnostics_.error(DiagnosticCode::duplicate_resource,
                       "the subscriptions '" + config_.subscriptions[sharing[0]].facts.id + "' and '" +
                           config_.subscriptions[sharing[1]].facts.id +
                           "' have the same key; give each its own (until then it admits nobody)",
                       second.file, second.value.at());
    for (const size_t index : sharing) {
      SubscriptionFacts& facts = config_.subscriptions[index].facts;
      if (facts.primary_key == key) facts.primary_key.clear();
      if (facts.secondary_key == key) facts.secondary_key.clear();
    }
  }
}

void Builder::build_subscriptions() {
  for (const Resource& resource : resources_.resources)
    if (resource.key.starts_with("subscriptions/")) read_subscription(resource);
  refuse_shared_keys();
  config_.index_keys(options_.key_seed);
}

void Builder::decide_usable() {
  const bool serves = std::any_of(config_.apis.begin(), config_.apis.end(), [](const Api& api) { return !api.is_quarantined; });
  config_.usable = global_is_sound_ && config_.router && (serves || !diagnostics_.has_errors());
}

// The same resources give the same text, on every machine and in every order.
std::string Builder::hash() const {
  uint64_t halves[2] = {1, 2};
  for (const auto& [key, resource] : by_key_) {
    const std::string text = key + '\0' + resource->value.canonical();
    for (uint64_t& half : halves) half = siphash({half, 0x67'61'74'65'6c'65'74}, text);
  }
  std::string out;
  for (const uint64_t half : halves)
    for (int shift = 60; shift >= 0; shift -= 4) out += "0123456789abcdef"[(half >> shift) & 15];
  return out;
}

void Builder::build() {
  index();
  config_.policies = options_.policies;
  config_.deployment.region = options_.region;
  if (!options_.gateway_name.empty()) config_.deployment.gateway_id = options_.gateway_name;
  config_.deployment.certificates = read_certificates(resources_, options_.key_seed, diagnostics_);
  config_.tls = read_gateway_tls(resources_, options_.key_seed, diagnostics_);
  const auto named_value = [this](std::string_view name) { return world_.find_named_value(name); };
  config_.external_cache = read_external_cache(resources_, options_.gateway_name, options_.region, named_value, diagnostics_);
  config_.event_hubs = read_event_hubs(resources_, named_value, diagnostics_);
  config_.backends = world_.backends();
  config_.revision = hash();
  build_global();
  build_products();
  build_apis();
  link_products();
  for (Api& api : config_.apis)
    if (!api.is_quarantined) build_programs(api);
  if (examples_.has_left_out())
    diagnostics_.warning(DiagnosticCode::limit_exceeded, "the examples for mock-response are more than " + std::to_string(mock_bytes_max) +
                                                             " bytes; what is beyond is answered without a body: shorten the examples");
  build_router();
  build_subscriptions();
  world_.check_unused_fragments();
  decide_usable();
  config_.compiled = world_.compiled();
}

}  // namespace

// A policy of a resource document is called by its key, which cannot be opened to show the line.
static void give_sources(const ResourceSet& resources, Diagnostics& diagnostics) {
  if (diagnostics.count() == 0) return;
  std::map<std::string_view, std::string_view> texts;
  for (const Resource& resource : resources.resources)
    if (resource.file == resource.key) texts.emplace(resource.file, resource.value["value"].string());
  diagnostics.give_sources(texts);
}

std::shared_ptr<const Config> build_config(const ResourceSet& resources, const BuildOptions& options, Diagnostics diagnostics) {
  auto config = std::make_shared<Config>();
  config->diagnostics = std::move(diagnostics);
  Builder(resources, options, *config).build();
  give_sources(resources, config->diagnostics);
  return config;
}

}  // namespace gatelet
