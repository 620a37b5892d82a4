// WebOrigin: scheme, host and port of a page, as the Origin header says it (RFC 6454 6.2) and cors lists it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gatelet {

struct WebOrigin {
  std::string_view scheme;
  std::string_view host;  // with the brackets of IPv6
  uint16_t port = 0;      // the scheme's default when absent; 0: the scheme has none
};

// Nullopt: the text is none, also for "null" and when anything follows the port.
std::optional<WebOrigin> parse_web_origin(std::string_view text);
// Scheme and host are compared without case (policies-a.md 9.1).
bool is_same(const WebOrigin& a, const WebOrigin& b);

}  // namespace gatelet
