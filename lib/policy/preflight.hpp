// Preflight: the question of a browser whether a page of another origin may send a request (Fetch Standard 4.8, policies-a.md 9.1).
#pragma once

#include "http/message.hpp"

namespace gatelet {

// The method of the request that is asked about; empty: there is no such line.
inline std::string_view preflight_method(const Request& request) { return request.headers.get("Access-Control-Request-Method"); }

inline bool is_preflight(const Request& request) {
  return request.method == Method::options && !request.headers.get(HeaderId::origin).empty() && !preflight_method(request).empty();
}

}  // namespace gatelet
