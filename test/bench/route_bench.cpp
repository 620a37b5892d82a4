// Micro-benchmarks of the route room: a match among 10 to 100,000 operations (performance.md P-6), with paths in the cache, with paths out
// of it, and with paths that match nothing; and building the router.
#include <random>
#include <string>
#include <vector>

#include "base/arena.hpp"
#include "micro.hpp"
#include "route/router.hpp"

using namespace gatelet;

namespace {

constexpr size_t api_operations_max = 500;  // more operations are more APIs
constexpr size_t cold_paths = 200'000;
constexpr const char* words[] = {"accounts", "billing", "customers",     "documents", "events",   "files",   "groups", "history",
                                 "invoices", "jobs",    "keys",          "labels",    "messages", "notes",   "orders", "payments",
                                 "queues",   "reports", "subscriptions", "teams",     "users",    "versions"};

struct Routes {
  std::vector<RouteApi> apis;
  std::unique_ptr<const Router> router;
};

// Depth 2 to 6, three of eight segments are parameters, up to three methods a path: the shape of a big public API.
Routes make_routes(size_t count, std::mt19937& random) {
  Routes routes;
  size_t left = count;
  while (left > 0) {
    RouteApi api;
    api.name = api.path = "api-" + std::to_string(routes.apis.size());
    for (size_t in_api = std::min(left, api_operations_max); in_api > 0;) {
      std::string path;
      const size_t depth = 2 + random() % 5;
      for (size_t i = 0; i < depth; ++i) {
        const std::string number = std::to_string(i);
        path += random() % 8 < 3 && i > 0 ? "/{p" + number + "}" : "/" + std::string(words[random() % std::size(words)]);
      }
      path += "/r" + std::to_string(left);
      for (const char* method : {"GET", "POST", "DELETE"}) {
        if (in_api == 0 || (random() % 2 == 0 && method[0] != 'G')) break;
        api.operations.push_back({std::to_string(left), method, path});
        --in_api;
        --left;
      }
    }
    routes.apis.push_back(std::move(api));
  }
  Diagnostics diagnostics;
  routes.router = Router::build(routes.apis, true, diagnostics);
  return routes;
}

std::string path_of(const Routes& routes, std::mt19937& random) {
  const RouteApi& api = routes.apis[random() % routes.apis.size()];
  std::string path = "/" + api.path;
  bool is_name = false;
  for (const char c : api.operations[random() % api.operations.size()].url_template) {
    if (c == '{') path += std::to_string(random());
    is_name = c == '{' || (is_name && c != '}');
    if (!is_name && c != '}') path += c;
  }
  return path;
}

void bench_paths(Micro& micro, const std::string& name, const Routes& routes, const std::vector<std::string>& paths) {
  Arena arena;
  Request request(arena);
  request.scheme = "https";
  keep(arena.allocate(1));  // so that the mark is in a block, which resets then keep
  const Arena::Mark mark = arena.mark();
  size_t next = 0;
  micro.run(name, [&] {
    request.target.path = paths[next];
    if (++next == paths.size()) next = 0;
    keep(routes.router->match(request, arena).operation);
    arena.reset(mark);
  });
}

void bench_match(Micro& micro, size_t count) {
  std::mt19937 random(1);
  const Routes routes = make_routes(count, random);
  const std::string name =
      "route: " + std::to_string(count) + " operations (" + std::to_string(routes.router->bytes() / count) + " B each), ";
  std::vector<std::string> hot, cold, miss;
  for (int i = 0; i < 16; ++i) hot.push_back(path_of(routes, random));
  for (size_t i = 0; i < cold_paths; ++i) cold.push_back(path_of(routes, random));
  for (size_t i = 0; i < cold_paths; ++i) miss.push_back(path_of(routes, random) + "/nope");
  bench_paths(micro, name + "hot", routes, hot);
  bench_paths(micro, name + "cold", routes, cold);
  bench_paths(micro, name + "miss", routes, miss);
}

void bench_build(Micro& micro) {
  std::mt19937 random(1);
  const Routes routes = make_routes(10'000, random);
  micro.run("route: build 10000 operations", [&] {
    Diagnostics diagnostics;
    keep(Router::build(routes.apis, true, diagnostics));
  });
}

}  // namespace

int main(int argc, char** argv) {
  Micro micro(argc, argv);
  for (const size_t count : {10, 609, 10'000, 100'000}) bench_match(micro, count);
  bench_build(micro);
  return micro.finish();
}
