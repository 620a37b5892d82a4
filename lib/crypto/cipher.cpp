#include "crypto/cipher.hpp"

#include <mbedtls/aes.h>
#include <mbedtls/des.h>

#include <cstring>
#include <optional>

#include "crypto/mbedtls.hpp"
#include "crypto/rc2.hpp"

namespace gatelet::crypto {

static constexpr size_t block_bytes_max = 16;

size_t cipher_block_bytes(Cipher cipher) { return cipher == Cipher::aes ? 16 : 8; }

bool is_key_size(Cipher cipher, size_t bytes) {
  switch (cipher) {
    case Cipher::aes: return bytes == 16 || bytes == 24 || bytes == 32;
    case Cipher::des: return bytes == 8;
    case Cipher::rc2: return bytes >= Rc2::key_bytes_min && bytes <= Rc2::key_bytes_max;
    case Cipher::triple_des: break;
  }
  return bytes == 16 || bytes == 24;
}

namespace {

// One block at a time; the modes are made of it.
class BlockCipher {
 public:
  BlockCipher(Cipher cipher, std::string_view key, bool encrypts) : cipher_(cipher), encrypts_(encrypts) {
    mbedtls_aes_init(&aes_);
    mbedtls_des_init(&des_);
    mbedtls_des3_init(&triple_des_);
    const unsigned char* bytes = bytes_of(key);
    const auto bits = static_cast<unsigned>(key.size() * 8);
    switch (cipher) {
      case Cipher::aes: encrypts ? mbedtls_aes_setkey_enc(&aes_, bytes, bits) : mbedtls_aes_setkey_dec(&aes_, bytes, bits); break;
      case Cipher::des: encrypts ? mbedtls_des_setkey_enc(&des_, bytes) : mbedtls_des_setkey_dec(&des_, bytes); break;
      case Cipher::triple_des:
        if (key.size() == 16)
          encrypts ? mbedtls_des3_set2key_enc(&triple_des_, bytes) : mbedtls_des3_set2key_dec(&triple_des_, bytes);
        else
          encrypts ? mbedtls_des3_set3key_enc(&triple_des_, bytes) : mbedtls_des3_set3key_dec(&triple_des_, bytes);
        break;
      case Cipher::rc2: rc2_.emplace(key); break;
    }
  }
  BlockCipher(const BlockCipher&) = delete;
  BlockCipher& operator=(const BlockCipher&) = delete;
  ~BlockCipher() {  // wipes the keys
    mbedtls_aes_free(&aes_);
    mbedtls_des_free(&des_);
    mbedtls_des3_free(&triple_des_);
  }
  void apply(const unsigned char* in, unsigned char* out) {
    switch (cipher_) {
      case Cipher::aes: mbedtls_aes_crypt_ecb(&aes_, encrypts_ ? MBEDTLS_AES_ENCRYPT : MBEDTLS_AES_DECRYPT, in, out); break;
      case Cipher::des: mbedtls_des_crypt_ecb(&des_, in, out); break;
      case Cipher::triple_des: mbedtls_des3_crypt_ecb(&triple_des_, in, out); break;
      case Cipher::rc2: encrypts_ ? rc2_->encrypt(in, out) : rc2_->decrypt(in, out); break;
    }
  }

 private:
  Cipher cipher_;
  bool encrypts_;
  mbedtls_aes_context aes_;
  mbedtls_des_context des_;
  mbedtls_des3_context triple_des_;
  std::optional<Rc2> rc2_;
};

using Block = unsigned char[block_bytes_max];

}  // namespace

static unsigned char* bytes_of_text(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

static void combine(unsigned char* out, const unsigned char* a, const unsigned char* b, size_t size) {
  for (size_t i = 0; i < size; ++i) out[i] = a[i] ^ b[i];
}

// Cipher feedback of eight bits: the register moves on by each byte that went over the wire.
static void feed_back(BlockCipher& cipher, size_t block, Block& past, std::string& text, bool encrypts) {
  for (char& c : text) {
    Block stream;
    cipher.apply(past, stream);
    const auto in = static_cast<unsigned char>(c);
    const auto out = static_cast<unsigned char>(in ^ stream[0]);
    std::memmove(past, past + 1, block - 1);
    past[block - 1] = encrypts ? out : in;
    c = static_cast<char>(out);
  }
}

static void apply(const CipherOptions& options, std::string_view key, std::string_view iv, std::string& text, bool encrypts) {
  const size_t block = cipher_block_bytes(options.cipher);
  BlockCipher cipher(options.cipher, key, encrypts || options.mode == CipherMode::cfb8);
  Block past = {};
  if (options.mode != CipherMode::ecb) std::memcpy(past, iv.data(), block);
  if (options.mode == CipherMode::cfb8) return feed_back(cipher, block, past, text, encrypts);
  unsigned char* bytes = bytes_of_text(text);
  for (size_t at = 0; at < text.size(); at += block) {
    unsigned char* here = bytes + at;
    if (options.mode == CipherMode::ecb) {
      cipher.apply(here, here);
    } else if (encrypts) {
      combine(here, here, past, block);
      cipher.apply(here, here);
      std::memcpy(past, here, block);
    } else {
      Block encrypted;
      std::memcpy(encrypted, here, block);
      cipher.apply(here, here);
      combine(here, here, past, block);
      std::memcpy(past, encrypted, block);
    }
  }
}

static CipherFault check_sizes(const CipherOptions& options, std::string_view key, std::string_view iv) {
  if (!is_key_size(options.cipher, key.size())) return CipherFault::key_size;
  const bool has_iv = options.mode != CipherMode::ecb;
  return has_iv && iv.size() != cipher_block_bytes(options.cipher) ? CipherFault::iv_size : CipherFault::none;
}

// What a text is padded to: cipher feedback works byte by byte.
static size_t unit_of(const CipherOptions& options) { return options.mode == CipherMode::cfb8 ? 1 : cipher_block_bytes(options.cipher); }

static bool pad(Padding padding, size_t unit, Random random, std::string& text) {
  const size_t rest = text.size() % unit;
  const size_t count = unit - rest;
  switch (padding) {
    case Padding::none: return rest == 0;
    case Padding::zeros: text.append(rest == 0 ? 0 : count, '\0'); return true;
    case Padding::pkcs7: text.append(count, static_cast<char>(count)); return true;
    case Padding::ansi_x923: text.append(count - 1, '\0'); break;
    case Padding::iso_10126:
      text.append(count - 1, '\0');
      random.fill(random.state, text.data() + text.size() - (count - 1), count - 1);
      break;
  }
  text += static_cast<char>(count);
  return true;
}

static bool unpad(Padding padding, size_t unit, std::string& text) {
  if (padding == Padding::none || padding == Padding::zeros) return true;
  const size_t count = text.empty() ? 0 : static_cast<unsigned char>(text.back());
  if (count == 0 || count > unit || count > text.size()) return false;
  const char filler = padding == Padding::pkcs7 ? text.back() : '\0';
  if (padding != Padding::iso_10126)
    for (size_t i = text.size() - count; i + 1 < text.size(); ++i)
      if (text[i] != filler) return false;
  text.resize(text.size() - count);
  return true;
}

CipherFault encrypt(const CipherOptions& options, std::string_view key, std::string_view iv, std::string_view plain, Random random,
                    std::string& out) {
  if (const CipherFault fault = check_sizes(options, key, iv); fault != CipherFault::none) return fault;
  out.assign(plain);
  if (!pad(options.padding, unit_of(options), random, out)) return CipherFault::incomplete_block;
  apply(options, key, iv, out, true);
  return CipherFault::none;
}

CipherFault decrypt(const CipherOptions& options, std::string_view key, std::string_view iv, std::string_view encrypted, std::string& out) {
  if (const CipherFault fault = check_sizes(options, key, iv); fault != CipherFault::none) return fault;
  if (encrypted.size() % unit_of(options) != 0) return CipherFault::incomplete_block;
  out.assign(encrypted);
  apply(options, key, iv, out, false);
  return encrypted.empty() || unpad(options.padding, unit_of(options), out) ? CipherFault::none : CipherFault::bad_padding;
}

}  // namespace gatelet::crypto
