#include "crypto/sealed.hpp"

#include <mbedtls/gcm.h>

#include <new>

#include "crypto/mbedtls.hpp"

namespace gatelet::crypto {

namespace sealed_texts {

class Gcm {
 public:
  explicit Gcm(std::string_view key) {
    mbedtls_gcm_init(&context);
    if (mbedtls_gcm_setkey(&context, MBEDTLS_CIPHER_ID_AES, bytes_of(key), seal_key_bytes * 8) != 0) throw std::bad_alloc();
  }
  Gcm(const Gcm&) = delete;
  Gcm& operator=(const Gcm&) = delete;
  ~Gcm() { mbedtls_gcm_free(&context); }  // wipes the key
  mbedtls_gcm_context context;
};

bool has_lengths(std::string_view key, std::string_view nonce) { return key.size() == seal_key_bytes && nonce.size() == seal_nonce_bytes; }

}  // namespace sealed_texts

using namespace sealed_texts;

std::string seal(std::string_view key, std::string_view nonce, std::string_view clear, std::string_view plain) {
  std::string out(plain.size() + seal_tag_bytes, '\0');
  auto* bytes = reinterpret_cast<unsigned char*>(out.data());
  if (!has_lengths(key, nonce)) return {};
  Gcm gcm(key);
  mbedtls_gcm_crypt_and_tag(&gcm.context, MBEDTLS_GCM_ENCRYPT, plain.size(), bytes_of(nonce), nonce.size(), bytes_of(clear), clear.size(),
                            bytes_of(plain), bytes, seal_tag_bytes, bytes + plain.size());
  return out;
}

bool open_sealed(std::string_view key, std::string_view nonce, std::string_view clear, std::string_view sealed, std::string& out) {
  out.clear();
  if (!has_lengths(key, nonce) || sealed.size() < seal_tag_bytes) return false;
  const size_t size = sealed.size() - seal_tag_bytes;
  out.resize(size);
  Gcm gcm(key);
  if (mbedtls_gcm_auth_decrypt(&gcm.context, size, bytes_of(nonce), nonce.size(), bytes_of(clear), clear.size(),
                               bytes_of(sealed.substr(size)), seal_tag_bytes, bytes_of(sealed),
                               reinterpret_cast<unsigned char*>(out.data())) == 0)
    return true;
  out.clear();
  return false;
}

}  // namespace gatelet::crypto
