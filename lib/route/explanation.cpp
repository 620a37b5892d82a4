// Explanations: why a request matched nothing, in one sentence that names what exists. For the log and for who asks for it.
#include <algorithm>

#include "route/operation_search.hpp"

namespace gatelet {
namespace {

constexpr size_t explained_text_bytes_max = 80;  // of what the request says
constexpr size_t explained_candidates_max = 100;
constexpr size_t explained_segments_max = 5;  // of API paths
constexpr size_t explained_names_max = 5;

std::string shortened(std::string_view text) {
  if (text.size() <= explained_text_bytes_max) return "'" + std::string(text) + "'";
  return "'" + std::string(text.substr(0, explained_text_bytes_max)) + "…'";
}

// "a, b and 3 more"; an empty name is shown as the root.
std::string enumerated(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::string text;
  for (size_t i = 0; i < names.size() && i < explained_names_max; ++i) text += (i == 0 ? "" : ", ") + (names[i].empty() ? "''" : names[i]);
  if (names.size() > explained_names_max) text += " and " + std::to_string(names.size() - explained_names_max) + " more";
  return text;
}

std::string public_path(const RouteApi& api) {
  std::string path = "/" + api.path;
  if (api.scheme == VersionScheme::segment && !api.version.empty()) path += "/" + api.version;
  return path;
}

std::string protocol_names(uint8_t protocols) {
  std::vector<std::string> names;
  for (const char* name : {"http", "https", "ws", "wss"})
    if (protocols & protocol_from(name)) names.push_back(name);
  return names.empty() ? "none" : enumerated(std::move(names));
}

// What of a long path is compared with the paths of APIs: the cost must not grow with what a client sends.
std::string_view first_segments(std::string_view path) {
  path = path.substr(0, explained_text_bytes_max);
  size_t end = 0;
  for (size_t i = 0; i < explained_segments_max && end != std::string_view::npos; ++i) end = path.find('/', end + 1);
  return path.substr(0, end);
}

std::string explain_no_api(const RouterTables& tables, std::string_view path) {
  if (tables.apis.empty()) return "No API is configured.";
  std::vector<std::string> paths;
  for (const RouteApi& api : tables.apis)
    if (paths.size() < explained_candidates_max) paths.push_back(public_path(api));
  const std::vector<std::string_view> candidates(paths.begin(), paths.end());
  std::string text = "No API's path begins " + shortened(path);
  const std::string_view start = first_segments(path);
  for (size_t end = start.size(); end != std::string_view::npos && end > 0; end = start.rfind('/', end - 1)) {
    const std::string_view near = nearest(start.substr(0, end), candidates);
    if (!near.empty()) return text + "; the nearest one is '" + std::string(near) + "'.";
  }
  return text + "; there are: " + enumerated(std::move(paths)) + ".";
}

std::string explain_version(const RouteGroup& group, std::string_view path) {
  std::string text = "The API at " + shortened(path) + " has no Original version, and the request asks for none of its versions: ";
  std::vector<std::string> ways;
  for (const RouteVersion& version : group.versions) {
    if (version.selector == route_none) continue;
    const RouteSelector& selector = group.selectors[version.selector];
    ways.push_back((selector.scheme == VersionScheme::header ? "header '" : "query parameter '") + selector.name.text + "' = '" +
                   version.text + "'");
  }
  for (const std::string& version : group.segment_versions) ways.push_back("path segment '" + version + "'");
  if (std::any_of(group.versions.begin(), group.versions.end(), [](const RouteVersion& version) { return version.selector == route_none; }))
    text = "The request asks for a version that the API at " + shortened(path) + " does not have; there are: ";
  return text + enumerated(std::move(ways)) + ".";
}

std::string explain_revision(const RouteGroup& group, std::string_view path, std::string_view asked) {
  std::vector<std::string> revisions;
  for (const RouteVersion& version : group.versions)
    for (const RouteRevision& revision : version.revisions) revisions.push_back(revision.text);
  const std::string text = asked.empty() ? "No revision of the API at " + shortened(path) + " is the current one"
                                         : "The API at " + shortened(path) + " has no revision " + shortened(asked);
  return text + "; served are: " + enumerated(std::move(revisions)) + ".";
}

std::string explain_scheme(const RouteApi& api, std::string_view scheme) {
  return "API '" + api.name + "' has the path but not the protocol: the request came over " + shortened(scheme) + ", its protocols are " +
         protocol_names(api.protocols) + ".";
}

std::string explain_operation(const RouteApi& api, std::string_view method, std::string_view operation_path) {
  std::vector<std::string_view> candidates;
  for (const RouteOperation& operation : api.operations)
    if (candidates.size() < explained_candidates_max) candidates.push_back(operation.url_template);
  std::string text = "API '" + api.name + "' has no operation for " + shortened(operation_path);
  if (candidates.empty()) return text + "; it has no operations at all.";
  const std::string_view near = nearest(operation_path.substr(0, explained_text_bytes_max), candidates);
  if (!near.empty()) return text + "; the nearest template is '" + std::string(near) + "'.";
  return text + " (" + shortened(method) + "); it has " + std::to_string(api.operations.size()) + ".";
}

std::string explain_method(const RouterTables& tables, const Request& request, const RouteMatch& match, const RequestPath& path,
                           size_t depth, Arena& arena) {
  const RouteApi& api = tables.apis[match.api];
  std::vector<std::string> tried, methods;
  OperationSearch search(tables, path, request.target.query, arena);
  for (const RouteOperation& operation : api.operations) {
    if (std::find(tried.begin(), tried.end(), operation.method) != tried.end()) continue;
    tried.push_back(operation.method);
    if (search.find(tables.entries[match.api].root, depth, method_from(operation.method), operation.method))
      methods.push_back(operation.method);
  }
  return "API '" + api.name + "' has " + shortened(match.operation_path) + " for " + enumerated(std::move(methods)) + " but not for " +
         shortened(request.method_text) + ".";
}

}  // namespace

std::string_view text_of(RouteMiss miss) {
  switch (miss) {
    case RouteMiss::none: return {};
    case RouteMiss::no_api: return "No API has the path";
    case RouteMiss::version: return "The API lacks the version";
    case RouteMiss::revision: return "The API lacks the revision";
    case RouteMiss::scheme: return "The API lacks the protocol";
    case RouteMiss::operation: return "The API lacks the operation";
    case RouteMiss::method: return "The operation lacks the method";
  }
  return {};
}

std::string Router::explain(const Request& request, const RouteMatch& match) const {
  const RouterTables& tables = *tables_;
  Arena arena;
  const RequestPath path = tables.cut(request.target.path, arena);
  const RouterTables::Location location = tables.locate(path, request, arena);
  const std::string_view api_path = location.depth == 0 ? "/" : request.target.path.substr(0, path.end_of(location.depth - 1));
  switch (match.miss) {
    case RouteMiss::none: return {};
    case RouteMiss::no_api: return explain_no_api(tables, request.target.path);
    case RouteMiss::version: return explain_version(tables.groups[location.group], api_path);
    case RouteMiss::revision: return explain_revision(tables.groups[location.group], api_path, location.revision);
    case RouteMiss::scheme: return explain_scheme(tables.apis[location.entry.api], request.scheme);
    case RouteMiss::operation: return explain_operation(tables.apis[match.api], request.method_text, match.operation_path);
    case RouteMiss::method: return explain_method(tables, request, match, path, location.depth, arena);
  }
  return {};
}

size_t Router::bytes() const {
  const RouterTables& t = *tables_;
  size_t bytes = sizeof t + t.literals.bytes() + t.nodes.capacity() * sizeof(RouteNode) + t.others.capacity() * sizeof(RouteOther) +
                 t.choices.capacity() * sizeof(RouteChoice) + t.entries.capacity() * sizeof(RouteEntry) +
                 t.path_parameters.capacity() * sizeof(RoutePathParameter) + t.queries.capacity() * sizeof(RouteQuery) +
                 t.compounds.capacity() * sizeof(RouteCompound) + t.groups.capacity() * sizeof(RouteGroup) +
                 t.apis.capacity() * sizeof(RouteApi);
  for (const RouteApi& api : t.apis) {
    bytes += api.operations.capacity() * sizeof(RouteOperation);
    for (const RouteOperation& operation : api.operations)
      bytes += operation.name.capacity() + operation.method.capacity() + operation.url_template.capacity();
  }
  return bytes;
}

}  // namespace gatelet
