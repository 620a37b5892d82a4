#include "crypto/jwe.hpp"

#include <vector>

#include "base/json.hpp"
#include "base/text.hpp"
#include "crypto/base64url.hpp"
#include "crypto/cipher.hpp"

namespace gatelet::crypto {

namespace jwe_rows {

struct ContentEncryption {
  std::string_view name;
  Hash hash;
  size_t half_key_bytes;  // of the MAC's key, and of AES'
};

constexpr ContentEncryption content_encryptions[] = {
    {"A128CBC-HS256", Hash::sha256, 16}, {"A192CBC-HS384", Hash::sha384, 24}, {"A256CBC-HS512", Hash::sha512, 32}};

static Error unreadable(std::string_view why) { return {Code::argument, "encrypted token: " + std::string(why), {}, {}}; }

static Json header_of(std::string_view part) {
  std::string text;
  if (!decode_base64url(part, text)) return {};
  auto json = Json::parse(text, text.size());
  return json && json->is_object() ? *std::move(json) : Json();
}

static Result<std::string> content_key(const Json& header, const std::string& encrypted, const DecryptionKey& key, Random random) {
  const std::string_view algorithm = header["alg"].string();
  if (algorithm == "dir") {
    if (key.key || !encrypted.empty()) return unreadable("it is not encrypted with this key");
    return key.secret;
  }
  if (!key.key || !key.key->is_private() || key.key->kind() != KeyKind::rsa) return unreadable("it is not encrypted for this key");
  if (algorithm == "RSA-OAEP") return key.key->decrypt(EncryptionScheme::oaep, Hash::sha1, encrypted, random);
  if (algorithm == "RSA-OAEP-256") return key.key->decrypt(EncryptionScheme::oaep, Hash::sha256, encrypted, random);
  return unreadable("its algorithm is not supported");
}

}  // namespace jwe_rows

using namespace jwe_rows;

bool is_encrypted_token(std::string_view token) {
  // Every request with a token asks: memchr is many times as fast as a loop over its bytes.
  size_t dots = 0;
  for (size_t at = token.find('.'); at != std::string_view::npos; at = token.find('.', at + 1)) ++dots;
  return dots == 4;
}

std::string key_id_of_encrypted(std::string_view token) { return std::string(header_of(token.substr(0, token.find('.')))["kid"].string()); }

Result<std::string> decrypt_token(std::string_view token, const DecryptionKey& key, Random random) {
  const std::vector<std::string_view> parts = split(token, '.');
  if (parts.size() != 5) return unreadable("five parts are expected");
  const Json header = header_of(parts[0]);
  if (!header.is_object() || header.has("crit") || header.has("zip")) return unreadable("its header cannot be used");
  std::string encrypted_key, iv, content, tag;
  if (!decode_base64url(parts[1], encrypted_key) || !decode_base64url(parts[2], iv) || !decode_base64url(parts[3], content) ||
      !decode_base64url(parts[4], tag))
    return unreadable("a part is not base64url");
  for (const ContentEncryption& known : content_encryptions) {
    if (known.name != header["enc"].string()) continue;
    GATELET_TRY(secret, content_key(header, encrypted_key, key, random));
    const size_t half = known.half_key_bytes;
    if (secret.size() != 2 * half) return unreadable("its key has the wrong size");
    // RFC 7518 5.2.2: the first half authenticates, the second one encrypts.
    const std::string_view mac_key = std::string_view(secret).substr(0, half), cipher_key = std::string_view(secret).substr(half);
    std::string authenticated(parts[0]);
    authenticated += iv;
    authenticated += content;
    const uint64_t header_bits = uint64_t{parts[0].size()} * 8;
    for (int shift = 56; shift >= 0; shift -= 8) authenticated += static_cast<char>(header_bits >> shift & 0xFF);
    const Digest made = hmac_of(known.hash, mac_key, authenticated);
    if (!equal_in_constant_time(made.view().substr(0, half), tag)) return unreadable("it was changed, or encrypted with another key");
    std::string plain;
    if (decrypt(CipherOptions{}, cipher_key, iv, content, plain) != CipherFault::none) return unreadable("its content cannot be decrypted");
    return plain;
  }
  return unreadable("its content encryption is not supported");
}

}  // namespace gatelet::crypto
