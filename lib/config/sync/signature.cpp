#include "config/sync/signature.hpp"

#include <cstring>

#include "base/hexadecimal.hpp"
#include "base/text.hpp"
#include "crypto/base64url.hpp"

namespace gatelet {

namespace delivery_signature {

// `keyid="k1",alg="ES256",sig="…"`: the value of one name; empty when it is not there. No value has a quote or a comma in it.
std::string_view parameter(std::string_view header, std::string_view name) {
  for (const std::string_view part : split(header, ',')) {
    const size_t equals = part.find('=');
    if (equals == part.npos || trim(part.substr(0, equals)) != name) continue;
    const std::string_view value = trim(part.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') return value.substr(1, value.size() - 2);
  }
  return {};
}

std::string signed_text(std::string_view gateway, std::string_view etag, std::string_view body) {
  return "GSP1\n" + std::string(gateway) + "\n" + std::string(etag) + "\n" +
         hexadecimal(crypto::digest_of(crypto::Hash::sha256, body).view());
}

// A public key is read without any; a private one, which is refused, must not lack it either.
void fill(void*, void* out, size_t size) { std::memset(out, 1, size); }

}  // namespace delivery_signature

using namespace delivery_signature;

Result<PinnedKey> read_pinned_key(std::string id, std::string_view text) {
  GATELET_TRY(key, crypto::Key::parse(text, {}, {fill, nullptr}));
  if (key.kind() != crypto::KeyKind::elliptic || key.curve() != crypto::Curve::p256 || key.is_private())
    return Error{
        Code::config, "the key '" + id + "' is not a public key on P-256; give the one that belongs to the plane's signing key", {}, {}};
  return PinnedKey{std::move(id), std::move(key)};
}

bool is_signed(std::string_view header, std::string_view gateway, std::string_view etag, std::string_view body,
               const std::vector<PinnedKey>& keys) {
  std::string signature;
  if (parameter(header, "alg") != "ES256" || !crypto::decode_base64url(parameter(header, "sig"), signature)) return false;
  const crypto::Digest digest = crypto::digest_of(crypto::Hash::sha256, signed_text(gateway, etag, body));
  for (const PinnedKey& pinned : keys)
    if (pinned.id == parameter(header, "keyid") &&
        pinned.key.verify(crypto::SignatureScheme::ecdsa, crypto::Hash::sha256, digest, signature))
      return true;
  return false;
}

}  // namespace gatelet
