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

static size_t decoded_bytes(std::string_view text) { return text.size() * 3 / 4; }

static bool decode(std::string_view text, char* out) {
  if (text.size() % 4 == 1) return false;
  uint32_t seen = 0;
  const auto value = [&](size_t at) {
    const uint32_t digit = values[static_cast<unsigned char>(text[at])];
    seen |= digit;
    return digit & 63;
  };
  size_t at = 0;
  for (; at + 4 <= text.size(); at += 4) {
    const uint32_t bits = value(at) << 18 | value(at + 1) << 12 | value(at + 2) << 6 | value(at + 3);
    *out++ = static_cast<char>(bits >> 16);
    *out++ = static_cast<char>(bits >> 8);
    *out++ = static_cast<char>(bits);
  }
  uint32_t bits = 0;
  unsigned count = 0;
  for (; at < text.size(); ++at) {
    bits = bits << 6 | value(at);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    *out++ = static_cast<char>(bits >> count);
  }
  return !(seen & 64) && (bits & ((1u << count) - 1)) == 0;
}

bool decode_base64url(std::string_view text, std::string& out) {
  out.resize(decoded_bytes(text));
  return decode(text, out.data());
}

bool decode_base64url(std::string_view text, Arena& arena, std::string_view& out) {
  const std::span<char> bytes = arena.make_array<char>(decoded_bytes(text));
  out = {bytes.data(), bytes.size()};
  return decode(text, bytes.data());
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
