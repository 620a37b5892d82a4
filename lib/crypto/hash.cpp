#include "crypto/hash.hpp"

#include <new>

#include "crypto/mbedtls.hpp"

namespace gatelet::crypto {

static const mbedtls_md_info_t* info_of(Hash hash) { return mbedtls_md_info_from_type(md_type(hash)); }

size_t digest_bytes(Hash hash) { return mbedtls_md_get_size(info_of(hash)); }

size_t hash_block_bytes(Hash hash) { return hash == Hash::sha384 || hash == Hash::sha512 ? 128 : 64; }

Digest digest_of(Hash hash, std::string_view data) {
  Digest digest;
  digest.size = digest_bytes(hash);
  if (mbedtls_md(info_of(hash), bytes_of(data), data.size(), digest.bytes.data()) != 0) throw std::bad_alloc();
  return digest;
}

Digest hmac_of(Hash hash, std::string_view key, std::string_view data) {
  Digest digest;
  digest.size = digest_bytes(hash);
  const int status = mbedtls_md_hmac(info_of(hash), bytes_of(key), key.size(), bytes_of(data), data.size(), digest.bytes.data());
  if (status != 0) throw std::bad_alloc();
  return digest;
}

}  // namespace gatelet::crypto
