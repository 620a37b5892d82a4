#include "expr/ip_addresses.hpp"

#include <cstring>

#include "base/ip_address.hpp"

namespace gatelet::cs {

std::optional<AddressBytes> parse_address(std::string_view text) {
  const auto parsed = parse_ip_address(text);
  if (!parsed || text.find('%') != text.npos) return std::nullopt;
  AddressBytes out;
  out.is_v6 = text.find(':') != text.npos;
  if (out.is_v6 && !parsed->is_v6) {
    out.bytes[10] = out.bytes[11] = 0xFF;
    std::memcpy(out.bytes + 12, parsed->bytes.data(), 4);
  } else {
    std::memcpy(out.bytes, parsed->bytes.data(), sizeof out.bytes);
  }
  return out;
}

static std::string v4_text(const uint8_t* bytes) {
  std::string out;
  for (size_t i = 0; i < 4; ++i) out += (i ? "." : "") + std::to_string(bytes[i]);
  return out;
}

static std::string hexadecimal(unsigned group) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (int shift = 12; shift >= 0; shift -= 4)
    if (group >> shift || shift == 0) out += digits[group >> shift & 15];
  return out;
}

std::string address_text(const AddressBytes& address) {
  if (!address.is_v6) return v4_text(address.bytes);
  unsigned groups[8];
  for (size_t i = 0; i < 8; ++i) groups[i] = static_cast<unsigned>(address.bytes[2 * i] << 8 | address.bytes[2 * i + 1]);
  static constexpr uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if (std::memcmp(address.bytes, mapped, sizeof mapped) == 0) return "::ffff:" + v4_text(address.bytes + 12);
  // The first of the longest runs of two zeros or more is left out.
  size_t best = 8, best_length = 1;
  for (size_t i = 0; i < 8; ++i) {
    size_t length = 0;
    while (i + length < 8 && groups[i + length] == 0) ++length;
    if (length > best_length) best = i, best_length = length;
  }
  std::string out;
  for (size_t i = 0; i < 8; ++i) {
    if (i == best) {
      out += "::";
      i += best_length - 1;
    } else {
      if (i > 0 && !out.ends_with(':')) out += ':';
      out += hexadecimal(groups[i]);
    }
  }
  return out;
}

}  // namespace gatelet::cs
