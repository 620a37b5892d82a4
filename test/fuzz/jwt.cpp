// Tokens and keys for their signatures: nothing of a token is believed that its text does not say, and no key made by chance verifies one.
#include "crypto/base64url.hpp"
#include "crypto/jws.hpp"
#include "property.hpp"

using namespace gatelet;
using namespace gatelet::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = text_of(data, size);
  std::string decoded;
  if (crypto::decode_base64url(text, decoded)) require(crypto::base64url(decoded) == text);
  if (const auto json = Json::parse(text)) {
    const auto key = crypto::read_jwk(*json);
    require(key ? key->key.has_value() == key->secret.empty() : !key.error().message.empty());
    if (const auto set = crypto::read_jwk_set(*json, false))
      for (const auto& item : *set) require(item.key && item.secret.empty());
  }
  Arena arena;
  const auto token = crypto::read_compact(text, arena);
  if (!token) return require(!token.error().message.empty()), 0;
  require(token->header->is_object() && text.starts_with(token->signed_text));
  require(!crypto::is_signed_by(*token, {"", "", "a secret of the fuzz target, 32 b", std::nullopt}));
  if (const auto claims = crypto::read_claims(*token, arena)) require((*claims)->is_object());
  return 0;
}
