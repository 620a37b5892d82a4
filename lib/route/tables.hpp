// The router's tables: two kinds of nodes in one tree of path segments. From node 0 on, API paths; each API that is served has a root of
// its own for its templates. Everything is numbered and lies in flat arrays.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "route/literal_table.hpp"
#include "route/router.hpp"
#include "route/url_template.hpp"

namespace gatelet {

// A node by number, with what a walk wants to know before it loads the node.
struct NodeRef {
  uint32_t value = route_none;
  static NodeRef to(uint32_t index) { return {index << 1}; }
  explicit operator bool() const { return value != route_none; }
  uint32_t index() const { return value >> 1; }
  bool has_literals() const { return (value & 1) != 0; }
};

struct RouteNode {
  NodeRef parameter;                // the child behind {parameter}
  uint32_t compounds = route_none;  // the first of the edges for texts with parameters in them
  uint32_t ends = route_none;       // the first choice of the templates that end here
  uint32_t rest = route_none;       // the first choice of the wildcards that begin here
  uint32_t group = route_none;      // of an API path that ends here
};

// Texts with parameters in them, those of one node in order of precedence.
struct RouteCompound {
  NodeRef child;
  bool is_last = false;
  std::vector<TemplatePart> parts;  // the parameters' names in it mean nothing: each operation has its own
};

struct RoutePathParameter {
  enum class Kind : uint8_t { whole, part, rest };
  std::string_view name;           // in the API's template
  uint32_t compound = route_none;  // kind part
  uint16_t segment = 0;            // from the first one behind the API path
  uint8_t part = 0;
  Kind kind = Kind::whole;
};

// What a query must have.
struct RouteQuery {
  std::string name;
  std::optional<std::string> value;  // nullopt: any
  std::string_view parameter;        // its name then
};

// An operation whose template ends at a node. Those of one node in order of precedence, methods mixed.
struct RouteChoice {
  uint32_t operation = 0;  // as numbered in its API
  uint32_t path_first = 0;
  uint32_t query_first = 0;
  uint16_t path_count = 0;
  uint16_t query_count = 0;
  uint32_t method_text = route_none;  // of an unusual method
  Method method = Method::other;
  bool is_last = false;
};

// The APIs that have one path: versions, and revisions of each.
struct RouteRevision {
  std::string text;
  uint32_t api = route_none;
};
struct RouteVersion {
  std::string text;  // empty: the Original, or one whose version is part of the path
  uint32_t selector = route_none;
  uint32_t current = route_none;  // API
  std::vector<RouteRevision> revisions;
};
struct RouteSelector {
  VersionScheme scheme = VersionScheme::none;
  HeaderName name;
};
struct RouteGroup {
  std::vector<RouteSelector> selectors;       // header or query names that choose a version, most often none or one
  std::vector<RouteVersion> versions;         // without a selector: the Original, at most one
  std::vector<std::string> segment_versions;  // of APIs that have this path and a further segment
};

// What a match needs of an API.
struct RouteEntry {
  uint32_t api = route_none;
  NodeRef root;  // of its templates
  uint8_t protocols = 0;
};

struct RouterTables {
  std::vector<RouteApi> apis;
  std::vector<RouteEntry> entries;  // of each API; without a root: it was left out
  std::vector<RouteNode> nodes;
  LiteralTable literals;
  std::vector<RouteCompound> compounds;
  std::vector<RouteChoice> choices;
  std::vector<std::string> methods;
  std::vector<RoutePathParameter> path_parameters;
  std::vector<RouteQuery> queries;
  std::vector<RouteGroup> groups;
  std::vector<RouteEntry> default_entries;  // of each group: its API when the request can't ask for a version; route_none: it can
  NodeRef api_root;
  size_t depth_max = 0;  // segments of the longest API path and of the longest template
  bool check_scheme = true;

  // Where the path of a request leads before operations are considered.
  struct Location {
    RouteMiss miss = RouteMiss::no_api;
    uint32_t group = route_none;
    RouteEntry entry;           // also when the scheme is missed
    size_t depth = 0;           // segments of API path, version and ;rev
    std::string_view revision;  // asked for
  };
  Location locate(const RequestPath& path, const Request& request, Arena& arena) const;
  RequestPath cut(std::string_view path, Arena& arena) const { return RequestPath(path, depth_max + 1, arena); }

  NodeRef find_literal(NodeRef node, const RequestPath& path, const PathSegment& segment) const {
    return {literals.find(node.index(), segment.hash, path.bytes(segment), segment.size)};
  }

 private:
  void find_group(const RequestPath& path, Location& location) const;
  RouteMiss choose_version(Location& location, const Request& request, Arena& arena) const;
};

// The text that a parameter of the compound takes, or the whole text for a literal part; nullopt: `segment` (lower-case) does not fit.
// Every literal takes its leftmost place, the last one the end; every parameter takes at least one byte.
std::optional<std::string_view> match_compound(const std::vector<TemplatePart>& parts, std::string_view segment, size_t part);

}  // namespace gatelet
