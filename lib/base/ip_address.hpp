// IpAddress: an address as number, for comparison. IPv4-mapped IPv6 is IPv4.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gatelet {

struct IpAddress {
  bool is_v6 = false;
  std::array<uint8_t, 16> bytes{};  // network order; of IPv4 the first four
  auto operator<=>(const IpAddress&) const = default;
};

// Dotted decimal or RFC 4291 text, the zone of a link-local address left out. Nullopt: anything else, also what only old parsers take, such
// as "10.1", "0x7f.0.0.1" or leading zeros.
std::optional<IpAddress> parse_ip_address(std::string_view text);

}  // namespace gatelet
