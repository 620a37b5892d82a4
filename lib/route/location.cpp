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

  if (location.revision.empty()) {
    location.api = version->current;
  } else {
    for (const RouteRevision& revision : version->revisions)
      if (revision.text == location.revision) location.api = revision.api;
  }
  if (location.api == route_none) return RouteMiss::revision;
  const bool fits_scheme = !check_scheme || (apis[location.api].protocols & protocol_from(request.scheme)) != 0;
  return fits_scheme ? RouteMiss::none : RouteMiss::scheme;
}

RouterTables::Location RouterTables::locate(const RequestPath& path, const Request& request, Arena& arena) const {
  Location location;
  if (request.target.path.substr(0, 1) != "/") return location;  // OPTIONS *
  location.group = nodes[0].group;
  uint32_t node = 0;
  for (size_t depth = 0; depth < path.count(); ++depth) {
    const PathSegment& segment = path[depth];
    const std::string_view text = path.raw(segment);
    // No API path ends in ";rev=N", so that a segment that does can only be the last one of an API path.
    if (const size_t size = size_without_revision(text); size != std::string_view::npos) {
      const uint32_t child =
          depth == 0 && size == 0 ? 0 : literals.find(node, hash_segment(path.bytes(segment), size), path.bytes(segment), size);
      if (child == route_none || nodes[child].group == route_none) break;
      location.group = nodes[child].group;
      location.depth = depth + 1;
      location.revision = text.substr(size + std::string_view(";rev=").size());
      break;
    }
    if (!nodes[node].has_literals) break;
    node = find_literal(node, path, segment);
    if (node == route_none) break;
    if (nodes[node].group == route_none) continue;
    location.group = nodes[node].group;
    location.depth = depth + 1;
  }
  if (location.group != route_none) location.miss = choose_version(location, request, arena);
  return location;
}

}  // namespace gatelet
