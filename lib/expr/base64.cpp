#include "expr/base64.hpp"

#include <algorithm>

namespace gatelet::cs {

static constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string base64_text(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t at = 0; at < bytes.size(); at += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - at);
    uint32_t group = 0;
    for (size_t i = 0; i < 3; ++i) group = group << 8 | (i < count ? static_cast<unsigned char>(bytes[at + i]) : 0u);
    for (size_t i = 0; i < 4; ++i) out += i <= count ? alphabet[group >> (18 - 6 * i) & 63] : '=';
  }
  return out;
}

static int digit_of(char16_t unit) {
  if (unit >= 'A' && unit <= 'Z') return unit - 'A';
  if (unit >= 'a' && unit <= 'z') return unit - 'a' + 26;
  if (unit >= '0' && unit <= '9') return unit - '0' + 52;
  return unit == '+' ? 62 : unit == '/' ? 63 : -1;
}

namespace {
// Collects sextets into bytes.
struct Sextets {
  std::string& out;
  uint32_t bits = 0;
  size_t count = 0;
  void add(int digit) {
    bits = bits << 6 | static_cast<uint32_t>(digit);
    if (++count % 4 != 1) out += static_cast<char>(bits >> (8 - count % 4 * 2) % 8);
  }
};
}  // namespace

bool parse_base64(const String& text, std::string& out) {
  Sextets sextets{out};
  size_t padding = 0;
  for (size_t i = 0; i < text.length; ++i) {
    const char16_t unit = text[i];
    if (unit == ' ' || unit == '\t' || unit == '\r' || unit == '\n') continue;
    if (unit == '=') {
      ++padding;
      continue;
    }
    const int digit = digit_of(unit);
    if (digit < 0 || padding > 0) return false;
    sextets.add(digit);
  }
  return padding <= 2 && (sextets.count + padding) % 4 == 0 && sextets.count % 4 != 1;
}

}  // namespace gatelet::cs
