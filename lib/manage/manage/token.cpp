#include "manage/manage/token.hpp"

#include <cstdio>

#include "base/text.hpp"
#include "base/time.hpp"
#include "config/sync/gateway_token.hpp"
#include "crypto/hash.hpp"
#include "expr/base64.hpp"

namespace gatelet::manage {

namespace gateway_tokens {

constexpr size_t expiry_digits = 12;

// "202601311230"
std::string expiry_text(int64_t ms) {
  std::string out;
  for (const char c : iso_timestamp(ms))
    if (is_digit(c) && out.size() < expiry_digits) out += c;
  return out;
}

// `SharedAccessSignature token="…",refresh="true"` → what stands in the quotes; else the text as it is.
std::string_view unwrapped(std::string_view text) {
  constexpr std::string_view name = "token=\"";
  if (!text.starts_with(name)) return text;
  text.remove_prefix(name.size());
  return text.substr(0, text.find('"'));
}

}  // namespace gateway_tokens

using namespace gateway_tokens;

std::string base64(std::string_view bytes) { return cs::base64_text(bytes); }

std::string random_bytes(crypto::Random random, size_t size) {
  std::string out(size, '\0');
  random.fill(random.state, out.data(), size);
  return out;
}

std::string new_gateway_key(crypto::Random random) { return base64(random_bytes(random, 64)); }

std::string token_signature(std::string_view key, std::string_view id, std::string_view expiry) {
  return base64(crypto::hmac_of(crypto::Hash::sha512, key, std::string(id) + "\n" + std::string(expiry)).view());
}

std::string sign_gateway_token(std::string_view key, std::string_view id, int64_t expires_ms) {
  const std::string expiry = expiry_text(expires_ms);
  return std::string(id) + '&' + expiry + '&' + token_signature(key, id, expiry);
}

std::optional<GatewayToken> read_gateway_token(std::string_view authorization) {
  std::string_view text = trim(authorization);
  for (const std::string_view scheme : {"GatewayKey ", "SharedAccessSignature "})
    if (starts_with_ignoring_case(text, scheme)) text = trim(text.substr(scheme.size()));
  text = unwrapped(text);
  const size_t first = text.find('&'), second = text.find('&', first == text.npos ? text.npos : first + 1);
  if (second == text.npos || first == 0) return std::nullopt;
  GatewayToken out{text.substr(0, first), text.substr(first + 1, second - first - 1), text.substr(second + 1), 0};
  const auto expires = compact_time_ms(out.expiry);
  if (!expires) return std::nullopt;
  out.expires_ms = *expires;
  return out;
}

}  // namespace gatelet::manage
