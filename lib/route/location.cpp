// Location: which API a path belongs to, its version and revision.
#include "http/url.hpp"
#include "route/tables.hpp"

namespace gatelet {
namespace {

// What the request says for a selector; empty: nothing.
std::string_view asked_version(const RouteSelector& selector, const Request& request, Arena& arena) {
  if (selector.scheme == VersionScheme::header) return request.headers.get(selector.name);
  std::string_view value;
  if (!find_query_value(request.target.query, selector.name.text, value)) return {};
  return query_decoded(value, arena);
}

// Exactly, else without case (gateway.md 3.4).
const RouteVersion* find_version(const RouteGroup& group, uint32_t selector, std::string_view text) {
  const RouteVersion* nearly = nullptr;
  for (const RouteVersion& version : group.versions) {
    if (version.selector != selector) continue;
    if (version.text == text) return &version;
    if (!nearly && equal_ignoring_case(version.text, text)) nearly = &version;
  }
  return nearly;
}

}  // namespace

RouteMiss RouterTables::choose_version(Location& location, const Request& request, Arena& arena) const {
  const RouteGroup& group = groups[location.group];
  const RouteVersion* version = nullptr;
  bool is_unknown = false;
  for (uint32_t i = 0; i < group.selectors.size() && !version; ++i) {
    const std::string_view text = asked_version(group.selectors[i], request, arena);
    if (text.empty()) continue;
    version = find_version(group, i, text);
    is_unknown |= !version;
  }
  if (!version && !is_unknown) version = find_version(group, route_none, {});
  if (!version) return RouteMiss::version;

  uint32_t api = location.revision.empty() ? version->current : route_none;
  if (!location.revision.empty())
    for (const RouteRevision& revision : version->revisions)
      if (revision.text == location.revision) api = revision.api;
  if (api == route_none) return RouteMiss::revision;
  location.entry = entries[api];
  return RouteMiss::none;
}

// The group whose path the request's path begins with, the longest one; not the versions.
void RouterTables::find_group(const RequestPath& path, Location& location) const {
  location.group = nodes[0].ends;
  NodeRef node = api_root;
  for (size_t depth = 0; depth < path.count(); ++depth) {
    const PathSegment& segment = path[depth];
    const std::string_view text = path.raw(segment);
    // No API path ends in ";rev=N", so that a segment that does can only be the last one of an API path.
    const size_t size = size_without_revision(text);
    if (size == std::string_view::npos) {
      node = find_literal(node, path, depth);
    } else if (depth != 0 || size != 0) {
      node = literals.find(node.index(), hash_segment(path.bytes(segment), size), path.bytes(segment), size);
    }
    if (!node) return;
    const uint32_t group = nodes[node.index()].ends;
    if (group != route_none) {
      location.group = group;
      location.depth = depth + 1;
    }
    if (size == std::string_view::npos) continue;
    if (group != route_none) location.revision = text.substr(size + std::string_view(";rev=").size());
    return;
  }
}

RouterTables::Location RouterTables::locate(const RequestPath& path, const Request& request, Arena& arena) const {
  Location location;
  if (request.target.path.substr(0, 1) != "/") return location;  // OPTIONS *
  find_group(path, location);
  if (location.group == route_none) return location;
  location.entry = default_entries[location.group];
  const bool has_choice = location.entry.api == route_none || !location.revision.empty();
  location.miss = has_choice ? choose_version(location, request, arena) : RouteMiss::none;
  if (location.miss == RouteMiss::none && check_scheme && (location.entry.protocols & protocol_from(request.scheme)) == 0)
    location.miss = RouteMiss::scheme;
  return location;
}

}  // namespace gatelet
