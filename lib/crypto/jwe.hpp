// Jwe: encrypted tokens in compact form, five parts (RFC 7516), whose content is a signed token.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "crypto/key.hpp"

namespace gatelet::crypto {

// A secret is the content's own key ("dir"); a private RSA key opens it. They exclude each other.
struct DecryptionKey {
  std::string id;  // kid; empty: none
  std::string secret;
  std::optional<Key> key;
};

bool is_encrypted_token(std::string_view token);
// The kid of its header; empty: none, or it cannot be read.
std::string key_id_of_encrypted(std::string_view token);
// What was encrypted: dir, RSA-OAEP and RSA-OAEP-256 with A128CBC-HS256, A192CBC-HS384 and A256CBC-HS512. RSA1_5 is refused: who may try
// often learns from its failures (RFC 8725 3.2), as is compressed content, which may be a bomb.
Result<std::string> decrypt_token(std::string_view token, const DecryptionKey& key, Random random);

}  // namespace gatelet::crypto
