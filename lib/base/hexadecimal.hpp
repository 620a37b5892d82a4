// Bytes as text in hexadecimal digits, lower case, two a byte.
#pragma once

#include <string>
#include <string_view>

namespace gatelet {

inline std::string hexadecimal(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

}  // namespace gatelet
