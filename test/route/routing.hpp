// Shared by the router's tests: requests and results as text, so that a rule is one row of a table.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/arena.hpp"
#include "base/diagnostics.hpp"
#include "http/message.hpp"
#include "http/url.hpp"
#include "route/router.hpp"

namespace gatelet::test {

// "GET /orders" or "GET http://x/orders": a request; https unless it says http.
struct TextRequest {
  explicit TextRequest(std::string_view text, const std::vector<std::pair<std::string, std::string>>& headers = {}) : request(arena) {
    const size_t blank = text.find(' ');
    request.method_text = text.substr(0, blank);
    request.method = method_from(request.method_text);
    std::string_view target = text.substr(blank + 1);
    request.scheme = "https";
    if (const size_t authority = target.find("://"); authority != std::string_view::npos && target[0] != '/') {
      request.scheme = target.substr(0, authority);
      target.remove_prefix(target.find('/', authority + 3));
    }
    fault = canonicalize(target, arena, request.target);
    for (const auto& [name, value] : headers) request.headers.append(name, value);
  }
  Arena arena;
  Request request;
  TargetFault fault = TargetFault::none;
};

inline std::string_view short_name(RouteMiss miss) {
  constexpr std::string_view texts[] = {"none", "no_api", "version", "revision", "scheme", "operation", "method"};
  return texts[static_cast<size_t>(miss)];
}

// "echo;rev=1 get-item id=5 ?full=yes", or what was missed: "-method".
inline std::string text_of(const RouteMatch& match, const std::vector<RouteApi>& apis) {
  if (match.miss != RouteMiss::none) return "-" + std::string(short_name(match.miss));
  std::string text = apis[match.api].name + " " + apis[match.api].operations[match.operation].name;
  for (const RouteParameter& parameter : match.parameters)
    text += (parameter.in_query ? " ?" : " ") + std::string(parameter.name) + "=" + std::string(parameter.value);
  return text;
}

struct Routes {
  explicit Routes(std::vector<RouteApi> list, bool check_scheme = true) : apis(std::move(list)) {
    router = Router::build(apis, check_scheme, diagnostics);
  }
  std::string match(std::string_view text, const std::vector<std::pair<std::string, std::string>>& headers = {}) const {
    TextRequest request(text, headers);
    return text_of(router->match(request.request, request.arena), apis);
  }
  std::string explain(std::string_view text, const std::vector<std::pair<std::string, std::string>>& headers = {}) const {
    TextRequest request(text, headers);
    return router->explain(request.request, router->match(request.request, request.arena));
  }
  std::vector<RouteApi> apis;
  Diagnostics diagnostics;
  std::unique_ptr<const Router> router;
};

// Operations named by their text: "GET /orders/{id}".
inline RouteApi api(std::string name, std::string path, const std::vector<std::string>& operations) {
  RouteApi api;
  api.name = std::move(name);
  api.path = std::move(path);
  for (const std::string& text : operations)
    api.operations.push_back({text, text.substr(0, text.find(' ')), text.substr(text.find(' ') + 1)});
  return api;
}

}  // namespace gatelet::test
