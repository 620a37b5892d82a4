// Matching a request against the tables.
#include "route/router.hpp"

#include "http/url.hpp"
#include "route/operation_search.hpp"

namespace gatelet {
namespace {

std::string_view path_value(const RouterTables& tables, const RoutePathParameter& parameter, const RequestPath& path, size_t depth) {
  const size_t index = depth + parameter.segment;
  if (parameter.kind == RoutePathParameter::Kind::rest) return path.rest(index);
  const std::string_view raw = path.raw(path[index]);
  if (parameter.kind == RoutePathParameter::Kind::whole) return raw;
  const std::string_view lower = path.lower(path[index]);
  const auto part = match_compound(tables.compounds[parameter.compound].parts, lower, parameter.part);
  return raw.substr(static_cast<size_t>(part->data() - lower.data()), part->size());
}

std::span<const RouteParameter> collect_parameters(const RouterTables& tables, const RouteChoice& choice, const RequestPath& path,
                                                   size_t depth, std::string_view query, Arena& arena) {
  const size_t count_max = size_t{choice.path_count} + choice.query_count;
  if (count_max == 0) return {};
  auto* parameters = static_cast<RouteParameter*>(arena.allocate(count_max * sizeof(RouteParameter), alignof(RouteParameter)));
  size_t count = 0;
  for (uint32_t i = 0; i < choice.path_count; ++i) {
    const RoutePathParameter& parameter = tables.path_parameters[choice.path_first + i];
    new (&parameters[count++]) RouteParameter{parameter.name, path_value(tables, parameter, path, depth), false};
  }
  for (uint32_t i = 0; i < choice.query_count; ++i) {
    const RouteQuery& wanted = tables.queries[choice.query_first + i];
    std::string_view value;
    if (wanted.value || !find_query_value(query, wanted.name, value)) continue;
    new (&parameters[count++]) RouteParameter{wanted.parameter, value, true};
  }
  return {parameters, count};
}

// Behind the API path, with its slash.
std::string_view operation_path_of(std::string_view path, const RequestPath& cut, size_t depth) {
  const std::string_view rest = depth == 0 ? path : path.substr(cut.end_of(depth - 1));
  return rest.empty() ? std::string_view("/") : rest;
}

}  // namespace

uint8_t protocol_from(std::string_view scheme) {
  switch (scheme.size()) {  // with which most comparisons are over
    case 2: return scheme == "ws" ? uint8_t{protocol_ws} : uint8_t{0};
    case 3: return scheme == "wss" ? uint8_t{protocol_wss} : uint8_t{0};
    case 4: return scheme == "http" ? uint8_t{protocol_http} : uint8_t{0};
    case 5: return scheme == "https" ? uint8_t{protocol_https} : uint8_t{0};
    default: return 0;
  }
}

RouteMatch Router::match(const Request& request, Arena& arena) const {
  const RouterTables& tables = *tables_;
  RouteMatch match;
  const RequestPath path = tables.cut(request.target.path, arena);
  const RouterTables::Location location = tables.locate(path, request, arena);
  match.miss = location.miss;
  if (match.miss != RouteMiss::none) return match;

  match.api = location.entry.api;
  match.operation_path = operation_path_of(request.target.path, path, location.depth);
  OperationSearch search(tables, path, request.target.query, arena);
  const RouteChoice* choice = search.find(location.entry.root, location.depth, request.method, request.method_text);
  if (!choice) {
    match.miss = search.has_other_method() ? RouteMiss::method : RouteMiss::operation;
    return match;
  }
  match.operation = choice->operation;
  match.parameters = collect_parameters(tables, *choice, path, location.depth, request.target.query, arena);
  return match;
}

Router::Router(std::unique_ptr<const RouterTables> tables) : tables_(std::move(tables)) {}
Router::~Router() = default;

}  // namespace gatelet
