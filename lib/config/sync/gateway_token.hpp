// The token that a gateway shows its management plane (management.md 3.2): "GatewayKey gw1&203001010000&signature".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace gatelet {

struct GatewayToken {
  std::string authorization;          // as the header says it; a secret
  std::string gateway;                // empty: it says none
  std::optional<int64_t> expires_ms;  // a wall clock's
};

// The time in a token, "yyyyMMddHHmm" in UTC.
std::optional<int64_t> compact_time_ms(std::string_view text);

// With its scheme or without, blanks around it left out. An error where it cannot be sent.
Result<GatewayToken> read_gateway_token(std::string_view text);

}  // namespace gatelet
