// Router: API path → version → revision → method and template → operation (gateway.md 3). Built once per configuration; a look-up costs the
// length of the path, never the number of operations (measured.md 5).
//
// The longest API path wins, and nothing falls back to a shorter one: what `/orders/x` means never depends on which operations, versions or
// protocols the API at `orders` has. Among the operations that fit path, query and method the best one wins, segment by segment from the
// left: literal, then text with {parameters} in it (longer text first), then {parameter}, then the end of the template, then wildcard; of
// one path the one that requires more query parameters, then more fixed ones, then the one defined first. Literals, API paths and versions
// are compared without case, methods exactly; one '/' at the end of the path means nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.hpp"
#include "base/diagnostics.hpp"
#include "http/message.hpp"

namespace gatelet {

enum class VersionScheme : uint8_t { none, segment, header, query };
enum ProtocolMask : uint8_t { protocol_http = 1, protocol_https = 2, protocol_ws = 4, protocol_wss = 8 };
uint8_t protocol_from(std::string_view scheme);  // 0 when it is none of the four; lower-case

struct RouteOperation {
  std::string name;  // resource name, for messages
  std::string method;
  std::string url_template;  // "/orders/{id}?full={full}", trailing "/*" or "/{*rest}"
};

// One revision of one API. APIs and operations are numbered by their position.
struct RouteApi {
  std::string name;     // "echo;rev=2", for messages and explanations
  std::string path;     // slashes at the ends do not matter
  std::string version;  // empty: the Original version
  VersionScheme scheme = VersionScheme::none;
  std::string version_name;  // header or query parameter
  std::string revision = "1";
  bool is_current = true;
  uint8_t protocols = protocol_https;
  std::vector<RouteOperation> operations;
};

inline constexpr uint32_t route_none = UINT32_MAX;

struct RouteParameter {
  std::string_view name;   // lives as long as the router
  std::string_view value;  // raw, a view into the request's path or query
  bool in_query = false;
};

// `version`: none or an unknown one was asked for and there is no Original; `revision`: an unknown one, or none is current; `method`: an
// operation fits in everything else.
enum class RouteMiss : uint8_t { none, no_api, version, revision, scheme, operation, method };

// What was missed, in a few words that need no look at the configuration.
std::string_view text_of(RouteMiss miss);

struct RouteMatch {
  uint32_t api = route_none;  // set as soon as an API matched, also when no operation did
  uint32_t operation = route_none;
  std::string_view operation_path;             // what follows API path, version and ;rev in the request's path; "/" at least
  std::span<const RouteParameter> parameters;  // in the arena, those of the path first
  RouteMiss miss = RouteMiss::none;
};

struct RouterTables;

class Router {
 public:
  // Bad paths and templates, duplicate method+template, duplicate path+version+revision are reported with the scope "api <name>" or
  // "operation <api>/<name>" and left out.
  static std::unique_ptr<const Router> build(std::vector<RouteApi> apis, bool check_scheme, Diagnostics& diagnostics);
  ~Router();

  // Reads `scheme`, `method`, `method_text`, `target` and, for versions, `headers`. Allocates in the arena only.
  RouteMatch match(const Request& request, Arena& arena) const;
  // One sentence why `match` failed, naming the nearest thing that exists: for the log and the debug header. Compares texts, so it costs
  // far more than a match.
  std::string explain(const Request& request, const RouteMatch& match) const;
  size_t bytes() const;  // memory held

 private:
  explicit Router(std::unique_ptr<const RouterTables> tables);
  std::unique_ptr<const RouterTables> tables_;
};

}  // namespace gatelet
