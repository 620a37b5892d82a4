#include "config/backends.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "config/certificates.hpp"

namespace gatelet {

namespace {

// Not secret: states and session ids must be the same after a restart, and session ids in every gateway of a group.
constexpr SipKey state_key{0x6261'636b'656e'6473, 0x7374'6174'6573'0000};

std::string hexadecimal(uint64_t number) {
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text += "0123456789abcdef"[(number >> shift) & 15];
  return text;
}

// What `value` depends on is its canonical form: neither blanks nor the order of members make another state.
uint64_t state_id_of(std::string_view id, const Json& value) { return siphash(state_key, lower(id) + '\0' + value.canonical()); }

class BackendsReader {
 public:
  BackendsReader(const ResourceSet& resources, const NamedValueLookup& named_value, SipKey seed, Diagnostics& diagnostics)
      : named_value_(named_value), identities_(resources, seed, diagnostics), diagnostics_(diagnostics) {
    for (const Resource& resource : resources.resources)
      if (resource.key.starts_with("backends/")) resources_.emplace(lower(resource.key.substr(9)), &resource);
  }
  Upstreams read();

 private:
  static bool is_pool(const Resource& resource) { return equal_ignoring_case(resource.value["type"].string(), "Pool"); }
  void read_single(const Resource& resource);
  void read_validation(const Properties& properties, const std::string& backend, Upstream& upstream) const;
  void refuse_unsupported(const Properties& properties, const std::string& backend) const;
  void read_url(const Properties& properties, const std::string& backend, Upstream& upstream) const;
  void read_pool(const Resource& resource);
  void read_members(const Properties& properties, const std::string& backend, const std::string& id, BackendPool& pool) const;
  std::shared_ptr<const Upstream> find_member(const Properties& properties, const std::string& backend, const std::string& id,
                                              const Json& service) const;
  static uint32_t read_share(const Properties& properties, const std::string& backend, const Json& service, std::string_view name);
  static void read_affinity(const Properties& properties, const std::string& backend, BackendPool& pool);
  static void warn_of_idle_members(const Properties& properties, const std::string& backend, const BackendPool& pool);

  const NamedValueLookup& named_value_;
  Identities identities_;
  Diagnostics& diagnostics_;
  std::map<std::string, const Resource*, std::less<>> resources_;  // by id in lower case
  Upstreams upstreams_;
};

Upstreams BackendsReader::read() {
  for (const auto& [id, resource] : resources_)
    if (!is_pool(*resource)) read_single(*resource);
  for (const auto& [id, resource] : resources_)
    if (is_pool(*resource)) read_pool(*resource);
  return std::move(upstreams_);
}

void BackendsReader::read_single(const Resource& resource) {
  const std::string id = resource.key.substr(9);
  const std::string backend = "the backend '" + id + "'";
  const Properties properties(resource, {}, diagnostics_);
  const size_t errors = diagnostics_.error_count();
  const std::string type = properties.text("type", "Single");
  if (!equal_ignoring_case(type, "Single"))
    return properties.error(DiagnosticCode::invalid_value, "type '" + type + "' of " + backend + " is not one of Single, Pool",
                            properties["type"]);
  if (properties["pool"].size() != 0)
    properties.error(DiagnosticCode::invalid_value, backend + " has a pool, but is of type Single; set its type to Pool",
                     properties["pool"]);
  if (equal_ignoring_case(id, "Dapr"))
    properties.error(DiagnosticCode::invalid_value, "'Dapr' is not free as the id of a backend; choose another", resource.value);
  refuse_unsupported(properties, backend);
  Upstream upstream;
  read_url(properties, backend, upstream);
  upstream.backend_id = id;
  read_validation(properties, backend, upstream);
  upstream.credentials = read_credentials(properties, backend, named_value_);
  upstream.identity = read_identity(properties, backend, identities_);
  upstream.proxy = read_proxy(properties, backend, named_value_);
  upstream.breaker = read_circuit_breaker(properties, backend);
  if (upstream.breaker) upstream.state_id = state_id_of(id, properties["circuitBreaker"]);
  if (diagnostics_.error_count() == errors) upstreams_[lower(id)] = std::make_shared<const Upstream>(std::move(upstream));
}

// A wrong word must not switch off a check.
void BackendsReader::read_validation(const Properties& properties, const std::string& backend, Upstream& upstream) const {
  for (const auto& [name, validates] :
       {std::pair("validateCertificateChain", &upstream.validates_chain), {"validateCertificateName", &upstream.validates_name}}) {
    const Json value = properties["tls"][name];
    if (value.is_boolean()) {
      *validates = value.boolean();
    } else if (!value.is_null()) {
      properties.error(DiagnosticCode::invalid_value, std::string("tls.") + name + " of " + backend + " is neither true nor false", value);
    }
  }
}

void BackendsReader::refuse_unsupported(const Properties& properties, const std::string& backend) const {
  const std::string protocol = properties.text("protocol", "http");
  if (!equal_ignoring_case(protocol, "http") && !equal_ignoring_case(protocol, "soap"))
    properties.error(DiagnosticCode::invalid_value, "protocol '" + protocol + "' of " + backend + " is not one of http, soap",
                     properties["protocol"]);
  if (properties["properties"]["serviceFabricCluster"].size() != 0)
    properties.error(DiagnosticCode::unsupported_feature,
                     backend + " is a Service Fabric cluster, which a gateway outside Azure does not resolve; give the URL of the service",
                     properties["properties"]["serviceFabricCluster"]);
}

void BackendsReader::read_url(const Properties& properties, const std::string& backend, Upstream& upstream) const {
  Result<Url> url = parse_url(properties.text("url"));
  if (!url) return properties.error(DiagnosticCode::invalid_value, "url of " + backend + ": " + url.error().message, properties["url"]);
  if (!url->query.empty())
    properties.warning(DiagnosticCode::invalid_value,
                       "url of " + backend + " has a query, which API Management refuses; put its parameters into credentials.query",
                       properties["url"]);
  upstream = upstream_from(*std::move(url));
}

void BackendsReader::read_pool(const Resource& resource) {
  const std::string id = resource.key.substr(9);
  const std::string backend = "the pool '" + id + "'";
  const Properties properties(resource, {}, diagnostics_);
  const size_t errors = diagnostics_.error_count();
  for (const std::string_view part : {"circuitBreaker", "credentials", "proxy", "tls"})
    if (properties[part].size() != 0)
      properties.warning(DiagnosticCode::unsupported_feature,
                         backend + " has " + std::string(part) + " without effect; give them to its members", properties[part]);
  auto pool = std::make_shared<BackendPool>();
  read_members(properties, backend, id, *pool);
  read_affinity(properties, backend, *pool);
  if (diagnostics_.error_count() != errors) return;
  std::ranges::stable_sort(pool->members, {}, &PoolMember::priority);
  warn_of_idle_members(properties, backend, *pool);
  auto upstream = std::make_shared<Upstream>();
  upstream->kind = Upstream::Kind::pool;
  upstream->backend_id = id;
  upstream->url = pool->members.front().upstream->url;
  upstream->authority = pool->members.front().upstream->authority;
  upstream->pool = std::move(pool);
  upstream->state_id = state_id_of(id, properties["pool"]);
  upstreams_[lower(id)] = std::move(upstream);
}

void BackendsReader::read_members(const Properties& properties, const std::string& backend, const std::string& id,
                                  BackendPool& pool) const {
  const Json& services = properties["pool"]["services"];
  if (!services.is_null() && !services.is_array())
    return properties.error(DiagnosticCode::invalid_value, "pool.services of " + backend + " must be a list of {\"id\": \"/backends/x\"}",
                            services);
  if (services.items().empty())
    return properties.error(DiagnosticCode::missing_value, backend + " has no members; list at least one backend in pool.services",
                            services.is_null() ? properties["pool"] : services);
  if (services.size() > pool_members_max)
    return properties.error(DiagnosticCode::limit_exceeded, backend + " has more than 30 members; make it smaller", services);
  for (const Json& service : services.items()) {
    PoolMember member;
    member.upstream = find_member(properties, backend, id, service);
    member.priority = read_share(properties, backend, service, "priority");
    member.weight = read_share(properties, backend, service, "weight");
    if (!member.upstream) continue;
    if (std::ranges::any_of(pool.members, [&](const PoolMember& known) { return known.upstream == member.upstream; }))
      properties.error(DiagnosticCode::duplicate_resource,
                       "'" + member.upstream->backend_id + "' is twice a member of " + backend + "; keep one, with the weight of both",
                       service);
    member.session_id = hexadecimal(siphash(state_key, lower(id) + '\0' + lower(member.upstream->backend_id)));
    pool.members.push_back(std::move(member));
  }
}

std::shared_ptr<const Upstream> BackendsReader::find_member(const Properties& properties, const std::string& backend, const std::string& id,
                                                            const Json& service) const {
  const Json& given = service["id"];
  const std::string_view in_id = name_in_id(given.string(), "backends");
  const std::string name(in_id.empty() ? given.string() : in_id);
  const auto refuse = [&](DiagnosticCode code, std::string message) {
    properties.error(code, std::move(message), given.is_null() ? service : given);
    return nullptr;
  };
  if (name.empty()) return refuse(DiagnosticCode::missing_value, "a member of " + backend + " needs an id such as \"/backends/x\"");
  const auto resource = resources_.find(lower(name));
  if (resource == resources_.end()) {
    std::vector<std::string_view> known;
    for (const auto& [other, unused] : resources_) known.push_back(other);
    const std::string_view near = nearest(lower(name), known);
    return refuse(DiagnosticCode::unknown_reference,
                  "the member '" + name + "' of " + backend + " does not exist" +
                      (near.empty() ? "; add it, or remove it from pool.services" : "; did you mean '" + std::string(near) + "'?"));
  }
  if (equal_ignoring_case(name, id))
    return refuse(DiagnosticCode::invalid_value, backend + " is its own member; list backends of type Single");
  if (is_pool(*resource->second))
    return refuse(DiagnosticCode::invalid_value,
                  "the member '" + name + "' of " + backend + " is a pool itself; list the members of that pool instead");
  const auto found = upstreams_.find(lower(name));
  if (found == upstreams_.end())
    return refuse(DiagnosticCode::unknown_reference, "the member '" + name + "' of " + backend + " has errors; correct it first");
  return found->second;
}

// A priority or a weight; numbers in quotes are taken, as management.md 4.1 asks.
uint32_t BackendsReader::read_share(const Properties& properties, const std::string& backend, const Json& service, std::string_view name) {
  const Json& value = service[name];
  if (value.is_null()) return 0;
  const auto number = parse_unsigned(value.scalar_text());
  if (number && *number <= pool_weight_max) return static_cast<uint32_t>(*number);
  properties.error(DiagnosticCode::invalid_value,
                   std::string(name) + " of a member of " + backend + " must be a whole number from 0 to 100", value);
  return 0;
}

void BackendsReader::read_affinity(const Properties& properties, const std::string& backend, BackendPool& pool) {
  const Json& affinity = properties["pool"]["sessionAffinity"];
  if (affinity.is_null()) return;
  const Json& session = affinity["sessionId"];
  pool.session_cookie = session["name"].string();
  if (!equal_ignoring_case(session["source"].string(), "cookie"))
    properties.error(DiagnosticCode::invalid_value,
                     "sessionAffinity of " + backend + " needs sessionId.source \"cookie\"; it knows no other",
                     session["source"].is_null() ? affinity : session["source"]);
  if (!is_token(pool.session_cookie))
    properties.error(DiagnosticCode::invalid_value,
                     "sessionAffinity of " + backend + " needs a cookie name of letters, digits and - in sessionId.name",
                     session["name"].is_null() ? affinity : session["name"]);
}

void BackendsReader::warn_of_idle_members(const Properties& properties, const std::string& backend, const BackendPool& pool) {
  for (const PoolMember& member : pool.members) {
    const auto outweighs = [&](const PoolMember& other) { return other.priority == member.priority && other.weight != 0; };
    if (member.weight == 0 && std::ranges::any_of(pool.members, outweighs))
      properties.warning(DiagnosticCode::invalid_value,
                         "the member '" + member.upstream->backend_id + "' of " + backend +
                             " has no weight, but others of its priority have one: it is used only when they are tripped; give it a weight",
                         properties["pool"]["services"]);
  }
}

}  // namespace

Upstreams read_backends(const ResourceSet& resources, const NamedValueLookup& named_value, SipKey seed, Diagnostics& diagnostics) {
  return BackendsReader(resources, named_value, seed, diagnostics).read();
}

}  // namespace gatelet
