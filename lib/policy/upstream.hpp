// Upstream: where a request is sent. Made when a configuration loads; a computed base URL makes one during the exchange.
#pragma once

#include <cstdint>
#include <string>

#include "http/url.hpp"

namespace gatelet {

struct Upstream {
  enum class Kind : uint8_t { url, host };  // host: the embedding program's own handler
  Kind kind = Kind::url;
  std::string backend_id;  // of a backend resource; empty for a bare URL
  Url url;
  std::string authority;  // what the Host header says
};

inline Upstream upstream_from(Url url, std::string backend_id = {}) {
  std::string authority = url.authority();
  return {Upstream::Kind::url, std::move(backend_id), std::move(url), std::move(authority)};
}

}  // namespace gatelet
