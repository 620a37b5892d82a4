// From a request's head to its program: probes, configuration, route, subscription.
#include <memory>

#include "gateway/built_in_failures.hpp"
#include "gateway/error_response.hpp"
#include "gateway/exchange.hpp"
#include "gateway/probes.hpp"
#include "gateway/subscription_access.hpp"
#include "policy/preflight.hpp"

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
  original_method = request.method_text;
  original_target = request.target;
  original_scheme = request.scheme;
  original_host = request.host;
  original_port = request.port;
}

void Exchange::decide_route() {
  if (gateway_.options().debug_route_header) asks_for_route_ = request.headers.remove(debug_route_name) > 0;
  if (request.method == Method::get && answer_early(config_->unmatched.get())) return;
  const RouteMatch match = config_->router->match(request, arena);
  if (match.operation == route_none && is_preflight(request) && answer_preflight(match)) return;
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

// Policies that answer whatever the route and the key; see Policy::run_early.
bool Exchange::answer_early(const Program* program) {
  if (!program || program->early.empty()) return false;
  for (uint32_t index : program->early) {
    const Instruction& instruction = program->code[index];
    origin = instruction.origin;
    const Flow flow = instruction.policy->run_early(*this);
    if (flow == Flow::fail) return program_ = program, raise(failure_), true;
    if (flow == Flow::stop) break;
  }
  origin = nullptr;
  if (!has_response) return false;
  is_stopped_ = true;
  complete();
  return true;
}

// A preflight asks about another request, so that one is routed. Without an operation, what the API or the gateway says of all counts.
// False: no cors says anything, and this is a request like others.
bool Exchange::answer_preflight(const RouteMatch& match) {
  request.body = {};  // what such a request carries is nobody's
  if (match.api == route_none) return answer_early(config_->unmatched.get());
  const Api& found = config_->apis[match.api];
  if (found.is_quarantined) return false;
  api = &found.facts;
  const Method method = std::exchange(request.method, method_from(preflight_method(request)));
  const std::string_view method_text = std::exchange(request.method_text, preflight_method(request));
  const uint32_t wanted = config_->router->match(request, arena).operation;
  request.method = method;
  request.method_text = method_text;
  if (wanted == route_none) return answer_early(found.unmatched.get());
  operation = &found.operations[wanted].facts;
  const Access access = check_access(*config_, found, request, gateway_.options().foreign_keys, arena);
  if (access.product != index_none) product = &config_->products[access.product].facts;
  if (answer_early(program_of(found.operations[wanted], found, access.product))) return true;
  operation = nullptr;
  product = nullptr;
  return false;
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

const Program* Exchange::program_of(const Operation& wanted, const Api& found, uint32_t product_index) const {
  for (size_t i = 0; i < found.products.size(); ++i)
    if (found.products[i] == product_index) return wanted.product_programs[i].get();
  return wanted.program.get();
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
  program_ = program_of(wanted, found, access.product);
  if (access.product != index_none) product = &config_->products[access.product].facts;
  if (trace) trace_decided();
  state_ = State::running;
  enter(Section::inbound);
}

}  // namespace gatelet
