#include "crypto/base64url.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace gatelet::crypto {

static constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// By character; of those that are no digits it is 64.
static constexpr auto values = [] {
  std::array<uint8_t, 256> out{};
  out.fill(64);
  for (size_t i = 0; i < digits.size(); ++i) out[static_cast<unsigned char>(digits[i])] = static_cast<uint8_t>(i);
  return out;
}();

bool decode_base64url(std::string_view text, std::string& out) {
  if (text.size() % 4 == 1) return false;
  out.resize(text.size() * 3 / 4);
  uint32_t bits = 0, seen = 0;
  unsigned count = 0;
  size_t size = 0;
  for (const char c : text) {
    const uint32_t value = values[static_cast<unsigned char>(c)];
    seen |= value;
    bits = bits << 6 | (value & 63);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out[size++] = static_cast<char>(bits >> count & 0xFF);
  }
  if (seen & 64) return false;
  return (bits & ((1u << count) - 1)) == 0;
}

std::string base64url(std::string_view bytes) {
  std::string out;
  for (size_t at = 0; at < bytes.size(); at += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - at);
    uint32_t group = 0;
    for (size_t i = 0; i < 3; ++i) group = group << 8 | (i < count ? static_cast<unsigned char>(bytes[at + i]) : 0u);
    for (size_t i = 0; i <= count; ++i) out += digits[group >> (18 - 6 * i) & 63];
  }
  return out;
}

}  // namespace gatelet::crypto
