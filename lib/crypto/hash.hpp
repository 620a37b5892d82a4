// Hash: digests and HMACs of whole texts. They cannot fail and allocate nothing that stays.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gatelet::crypto {

enum class Hash : uint8_t { md5, sha1, sha256, sha384, sha512 };

struct Digest {
  std::array<unsigned char, 64> bytes{};
  size_t size = 0;
  std::string_view view() const { return {reinterpret_cast<const char*>(bytes.data()), size}; }
};

size_t digest_bytes(Hash hash);
size_t hash_block_bytes(Hash hash);  // a longer key of an HMAC is hashed

Digest digest_of(Hash hash, std::string_view data);
Digest hmac_of(Hash hash, std::string_view key, std::string_view data);

}  // namespace gatelet::crypto
