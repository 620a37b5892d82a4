// RC2 (RFC 2268), which mbedTLS has no more: old tokens and APIs still ask for it by name. Not for anything new.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace gatelet::crypto {

class Rc2 {
 public:
  static constexpr size_t key_bytes_min = 5, key_bytes_max = 16;

  explicit Rc2(std::string_view key);  // of 5 to 16 bytes, all of whose bits count
  Rc2(const Rc2&) = delete;
  Rc2& operator=(const Rc2&) = delete;
  ~Rc2();

  void encrypt(const unsigned char* in, unsigned char* out) const;  // a block of eight bytes
  void decrypt(const unsigned char* in, unsigned char* out) const;

 private:
  std::array<uint16_t, 64> words_;
};

}  // namespace gatelet::crypto
