// From a request's head to its program: probes, configuration, route, subscription.
#include <memory>

#include "gateway/built_in_failures.hpp"
#include "gateway/error_response.hpp"
#include "gateway/exchange.hpp"
#include "gateway/probes.hpp"
#include "gateway/subscription_access.hpp"

namespace gatelet {

void Exchange::decide() {
  keep_original();
  if (trace) trace_received();
  if (is_probe(request)) return decide_probe();
  if (!config_) config_ = gateway_.config();
  if (!config_ || !config_->usable) {
    raise(failure::no_configuration);
    response.headers.append("Retry-After", std::to_string(unavailable_retry_after_s));
    return;
  }
  deployment = &config_->deployment;
  decide_route();
}

void Exchange::decide_probe() {
  const bool is_ready = gateway_.is_ready();
  is_probe_ = true;
  has_response = true;
  response.status = is_ready ? 200 : 503;
  response.headers.add_received({"Content-Type", "text/plain", HeaderId::content_type});
  response.body = Body::from(Buffer::copy(is_ready ? ready_text : not_ready_text));
  complete();
}

void Exchange::keep_original() {
  if (gateway_.options().forwarded_proto) {
    std::string_view scheme = request.headers.get(HeaderId::x_forwarded_proto);
    scheme = trim(scheme.substr(0, scheme.find(',')));  // the first proxy is the one the client spoke to
    if (equal_ignoring_case(scheme, "http")) request.scheme = "http";
    if (equal_ignoring_case(scheme, "https")) request.scheme = "https";
  }
  original_target = request.target;
  original_scheme = request.scheme;
  original_host = request.host;
  original_port = request.port;
}

void Exchange::decide_route() {
  if (gateway_.options().debug_route_header) asks_for_route_ = request.headers.remove(debug_route_name) > 0;
  const RouteMatch match = config_->router->match(request, arena);
  if (match.api == route_none) {
    program_ = config_->unmatched.get();
    return miss_route(match);
  }
  const Api& found = config_->apis[match.api];
  api = &found.facts;
  if (found.is_quarantined) return raise(failure::api_quarantined);
  upstream = found.upstream.get();
  if (match.operation == route_none) {
    program_ = found.unmatched.get();
    return miss_route(match);
  }
  take_route(match, found);
  decide_access(found, found.operations[match.operation]);
}

// Who asks is told whatever on-error makes of the answer. The log is told in any case, with less detail when too many ask nothing.
void Exchange::miss_route(const RouteMatch& match) {
  if (asks_for_route_ || trace || (gateway_.options().records && gateway_.may_explain(now))) {
    route_miss_ = arena.copy(config_->router->explain(request, match));
  } else if (gateway_.options().records) {
    route_miss_ = arena.concat(text_of(match.miss), "; the details are left out while many requests miss.");
  }
  if (trace) trace->add(api_inspector, nullptr, now, "{\"message\":" + trace_text(route_miss_) + "}");
  if (asks_for_route_) pending.append(route_miss_name, route_miss_);
  raise(failure::operation_not_found);
}

void Exchange::take_route(const RouteMatch& match, const Api& found) {
  operation = &found.operations[match.operation].facts;
  request.target.path = match.operation_path;
  const size_t count = match.parameters.size();
  if (count == 0) return;
  auto* parameters = static_cast<MatchedParameter*>(arena.allocate(count * sizeof(MatchedParameter), alignof(MatchedParameter)));
  for (size_t i = 0; i < count; ++i) {
    const RouteParameter& parameter = match.parameters[i];
    new (&parameters[i]) MatchedParameter{parameter.name, parameter.value, parameter.in_query};
  }
  matched = {parameters, count};
}

void Exchange::decide_access(const Api& found, const Operation& wanted) {
  const Access access = check_access(*config_, found, request, gateway_.options().foreign_keys, arena);
  program_ = wanted.program.get();
  if (access.kind != Access::Kind::allowed) {
    raise(access.kind == Access::Kind::key_not_found ? failure::key_not_found : failure::key_invalid);
    return add_key_challenge(response.headers, original_host, found, arena);
  }
  if (access.subscription) {
    subscription = &access.subscription->facts;
    if (access.subscription->owner) user = &*access.subscription->owner;
  }
  for (size_t i = 0; i < found.products.size(); ++i)
    if (found.products[i] == access.product) program_ = wanted.product_programs[i].get();
  if (access.product != index_none) product = &config_->products[access.product].facts;
  if (trace) trace_decided();
  state_ = State::running;
  enter(Section::inbound);
}

}  // namespace gatelet
