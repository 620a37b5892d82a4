// IP addresses as System.Net.IPAddress has them: unlike base's, an IPv4 address mapped into IPv6 stays one of IPv6.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatelet::cs {

struct AddressBytes {
  bool is_v6 = false;
  uint8_t bytes[16] = {};  // of IPv4 the first four
};

std::optional<AddressBytes> parse_address(std::string_view text);
// The shortest form (RFC 5952).
std::string address_text(const AddressBytes& address);

}  // namespace gatelet::cs
