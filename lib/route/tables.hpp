// The router's tables: two kinds of nodes in one tree of path segments. From node 0 on, API paths; each API that is served has a root of
// its own for its templates. Everything is numbered and lies in flat arrays.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.hpp"
#include "route/literal_table.hpp"
#include "route/router.hpp"
#include "route/url_template.hpp"

namespace gatelet {

struct RouteNode {
  NodeRef parameter;            // the child behind {parameter}
  uint32_t ends = route_none;   // what ends here: the first choice of the templates, or the group of an API path
  uint32_t other = route_none;  // the number of its RouteOther
};
static_assert(sizeof(RouteNode) == 16, "no node lies in two lines of memory");

// What few nodes have.
struct RouteOther {
  uint32_t compounds = route_none;  // the first of the edges for texts with parameters in them
  uint32_t rest = route_none;       // the first choice of the wildcards that begin here
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
  auto operator<=>(const RoutePathParameter&) const = default;
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
  uint8_t path_count = 0;
  uint8_t query_count = 0;
  uint8_t method = 0;  // as RouterTables::method_number
  bool is_last = false;
};
static_assert(sizeof(RouteChoice) == 16, "no choice lies in two lines of memory");
static_assert(url_template_bytes_max / 4 <= UINT8_MAX, "no template has more parameters than a choice can count: each takes four bytes");

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
  std::vector<RouteOther> others;
  LiteralTable literals;
  std::string
      tails;  // of leaves, with path_padding behind them: the number of segments, then each one's size and text; size 0: a parameter
  std::vector<RouteCompound> compounds;
  std::vector<RouteChoice> choices;
  std::vector<std::string> methods;  // unusual ones
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

  // Of the usual methods, then of the unusual ones that operations have; 0: no operation has it.
  static constexpr uint8_t usual_methods = static_cast<uint8_t>(Method::patch) + 1;
  static constexpr size_t unusual_methods_max = UINT8_MAX - usual_methods;
  uint8_t method_number(Method method, std::string_view text) const {
    if (method != Method::other) return static_cast<uint8_t>(method);
    for (size_t i = 0; i < methods.size(); ++i)
      if (methods[i] == text) return static_cast<uint8_t>(usual_methods + i);
    return 0;
  }

  NodeRef find_literal(NodeRef node, const RequestPath& path, size_t depth) const {
    if (node.more == 0) return {};
    const uint32_t hash = path.hash(depth);
    return node.may_have(hash) ? literals.find(node.index(), hash, path.bytes(path[depth]), path[depth].size) : NodeRef();
  }

 private:
  void find_group(const RequestPath& path, Location& location) const;
  RouteMiss choose_version(Location& location, const Request& request, Arena& arena) const;
};

// The text that a parameter of the compound takes, or the whole text for a literal part; nullopt: `segment` (lower-case) does not fit.
// Every literal takes its leftmost place, the last one the end; every parameter takes at least one byte.
std::optional<std::string_view> match_compound(const std::vector<TemplatePart>& parts, std::string_view segment, size_t part);

}  // namespace gatelet
