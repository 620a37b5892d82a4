// Gateway tokens (management.md 3.2): "id&yyyyMMddHHmm&signature", signed with one of the gateway's two keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/hexadecimal.hpp"
#include "crypto/random.hpp"

namespace gatelet::manage {

inline constexpr int64_t token_lifetime_ms_max = 30ll * 86'400'000;
inline constexpr int64_t token_skew_ms = 60'000;

std::string base64(std::string_view bytes);
std::string random_bytes(crypto::Random random, size_t size);

// 64 random bytes as 88 characters.
std::string new_gateway_key(crypto::Random random);
// The minute of the expiry is rounded down.
std::string sign_gateway_token(std::string_view key, std::string_view id, int64_t expires_ms);
// base64(HMAC-SHA512) of the id and the text of its expiry.
std::string token_signature(std::string_view key, std::string_view id, std::string_view expiry);

struct GatewayToken {
  std::string_view id, expiry, signature;
  int64_t expires_ms = 0;
};
// Out of an Authorization header in any of its spellings; the signature is not checked.
std::optional<GatewayToken> read_gateway_token(std::string_view authorization);

}  // namespace gatelet::manage
