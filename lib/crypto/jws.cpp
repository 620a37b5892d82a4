#include "crypto/jws.hpp"

#include <array>

#include "base/text.hpp"
#include "crypto/base64url.hpp"

namespace gatelet::crypto {

static constexpr std::string_view parts_expected = "two or three parts with dots between them are expected";

static Error malformed(std::string_view why) { return {Code::argument, "token: " + std::string(why), {}, {}}; }

static Result<const JsonText*> read_object(std::string_view text, std::string_view part, Arena& arena) {
  const JsonText* json = JsonText::read(text, arena);
  if (!json || !json->is_object()) return malformed("the " + std::string(part) + " is not a JSON object");
  return json;
}

Result<CompactToken> read_compact(std::string_view token, Arena& arena) {
  constexpr size_t parts_max = 3;
  std::array<std::string_view, parts_max> parts;
  size_t count = 0;
  for (size_t at = 0, dot = 0; dot != std::string_view::npos; at = dot + 1) {
    if (count == parts_max) return malformed(parts_expected);
    dot = token.find('.', at);
    parts[count++] = token.substr(at, dot - at);
  }
  if (count < 2) return malformed(parts_expected);
  CompactToken out{};
  out.signed_text = token.substr(0, parts[0].size() + 1 + parts[1].size());
  std::string_view header;
  if (!decode_base64url(parts[0], arena, header) || !decode_base64url(parts[1], arena, out.payload))
    return malformed("a part is not base64url");
  // A signature that cannot be read is none: the claims can be looked at, and no key has signed them.
  if (!decode_base64url(parts[2], arena, out.signature)) out.signature = {};
  GATELET_TRY(object, read_object(header, "header", arena));
  out.header = object;
  return out;
}

Result<const JsonText*> read_claims(const CompactToken& token, Arena& arena) { return read_object(token.payload, "payload", arena); }

namespace {

enum class Family : uint8_t { hmac, rsa_pkcs1, rsa_pss, elliptic };

struct Algorithm {
  std::string_view name;
  Family family;
  Hash hash;
  Curve curve = Curve::other;  // of ES
};

}  // namespace

static constexpr Algorithm algorithms[] = {
    {"HS256", Family::hmac, Hash::sha256},
    {"HS384", Family::hmac, Hash::sha384},
    {"HS512", Family::hmac, Hash::sha512},
    {"RS256", Family::rsa_pkcs1, Hash::sha256},
    {"RS384", Family::rsa_pkcs1, Hash::sha384},
    {"RS512", Family::rsa_pkcs1, Hash::sha512},
    {"PS256", Family::rsa_pss, Hash::sha256},
    {"PS384", Family::rsa_pss, Hash::sha384},
    {"PS512", Family::rsa_pss, Hash::sha512},
    {"ES256", Family::elliptic, Hash::sha256, Curve::p256},
    {"ES384", Family::elliptic, Hash::sha384, Curve::p384},
    {"ES512", Family::elliptic, Hash::sha512, Curve::p521},
};

static const Algorithm* algorithm_of(const CompactToken& token) {
  const std::string_view name = (*token.header)["alg"].string();
  for (const Algorithm& known : algorithms)
    if (known.name == name) return &known;
  return nullptr;
}

bool needs_public_key(const CompactToken& token) {
  const Algorithm* algorithm = algorithm_of(token);
  return algorithm && algorithm->family != Family::hmac;
}

static bool verify_key(const CompactToken& token, const Algorithm& algorithm, const Key& key) {
  const Digest digest = digest_of(algorithm.hash, token.signed_text);
  if (algorithm.family == Family::elliptic)
    return key.kind() == KeyKind::elliptic && key.curve() == algorithm.curve &&
           key.verify(SignatureScheme::ecdsa, algorithm.hash, digest, token.signature);
  const auto scheme = algorithm.family == Family::rsa_pss ? SignatureScheme::pss : SignatureScheme::pkcs1;
  return key.kind() == KeyKind::rsa && key.verify(scheme, algorithm.hash, digest, token.signature);
}

bool is_signed_by(const CompactToken& token, const VerificationKey& key) {
  const Algorithm* algorithm = algorithm_of(token);
  if (!algorithm || token.signature.empty() || (!key.algorithm.empty() && key.algorithm != algorithm->name) || token.header->has("crit") ||
      token.header->has("b64"))
    return false;
  if (algorithm->family != Family::hmac) return key.key && verify_key(token, *algorithm, *key.key);
  // RFC 7518 3.2: the secret is at least as long as the hash.
  if (key.key || key.secret.size() < digest_bytes(algorithm->hash)) return false;
  return equal_in_constant_time(hmac_of(algorithm->hash, key.secret, token.signed_text).view(), token.signature);
}

}  // namespace gatelet::crypto
