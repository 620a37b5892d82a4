// Bytes as the vectors of standards write them.
#pragma once

#include <string>
#include <string_view>

#include "base/text.hpp"
#include "crypto/random.hpp"

namespace gatelet::test {

inline std::string of_hex(std::string_view hex) {
  std::string out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) out += static_cast<char>(hex_value(hex[i]) * 16 + hex_value(hex[i + 1]));
  return out;
}

inline std::string to_hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

// The same bytes in every run.
inline crypto::Random fixed_random() {
  return {[](void*, void* out, size_t size) {
            static unsigned count = 0;
            for (size_t i = 0; i < size; ++i) static_cast<unsigned char*>(out)[i] = static_cast<unsigned char>(1 + ++count * 37 % 255);
          },
          nullptr};
}

}  // namespace gatelet::test
