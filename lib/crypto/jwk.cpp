#include "crypto/jwk.hpp"

#include <algorithm>
#include <set>

#include "base/limits.hpp"
#include "crypto/base64url.hpp"

namespace gatelet::crypto {

static Error refused(std::string_view why) { return {Code::argument, "JSON Web Key: " + std::string(why), {}, {}}; }

static Result<std::string> bytes_of_member(const Json& json, std::string_view name) {
  std::string bytes;
  if (!json[name].is_string() || !decode_base64url(json[name].string(), bytes) || bytes.empty())
    return refused("'" + std::string(name) + "' must be bytes in base64url");
  return bytes;
}

static Result<Key> read_rsa(const Json& json) {
  RsaNumbers numbers;
  GATELET_TRY(modulus, bytes_of_member(json, "n"));
  GATELET_TRY(exponent, bytes_of_member(json, "e"));
  numbers.modulus = std::move(modulus);
  numbers.exponent = std::move(exponent);
  GATELET_TRY(key, Key::rsa(numbers));
  if (key.bits() < rsa_bits_min) return refused("an RSA key of fewer than " + std::to_string(rsa_bits_min) + " bits is too weak");
  if (key.is_weak_rsa()) return refused("the RSA key was made by a library whose keys can be factored (CVE-2017-15361)");
  return key;
}

static Result<Key> read_elliptic(const Json& json) {
  static constexpr std::pair<std::string_view, Curve> curves[] = {{"P-256", Curve::p256}, {"P-384", Curve::p384}, {"P-521", Curve::p521}};
  const std::string_view name = json["crv"].string();
  const auto* curve = std::find_if(std::begin(curves), std::end(curves), [name](const auto& known) { return known.first == name; });
  if (curve == std::end(curves)) return refused("the curve is not known");
  GATELET_TRY(x, bytes_of_member(json, "x"));
  GATELET_TRY(y, bytes_of_member(json, "y"));
  return Key::elliptic(curve->second, x, y);
}

// "use" and "key_ops" say what a key is for; both may be absent.
static bool may_verify(const Json& json) {
  if (json.has("use") && json["use"].string() != "sig") return false;
  const auto& operations = json["key_ops"].items();
  const bool allows = std::any_of(operations.begin(), operations.end(),
                                  [](const Json& name) { return name.string() == "verify" || name.string() == "sign"; });
  return !json.has("key_ops") || allows;
}

Result<VerificationKey> read_jwk(const Json& json) {
  if (!json.is_object()) return refused("an object is expected");
  if (!may_verify(json)) return refused("the key is not one for signatures");
  VerificationKey out;
  out.id = json["kid"].string();
  out.algorithm = json["alg"].string();
  const std::string_view type = json["kty"].string();
  if (type == "oct") {
    GATELET_TRY(secret, bytes_of_member(json, "k"));
    out.secret = std::move(secret);
  } else if (type == "RSA") {
    GATELET_TRY(key, read_rsa(json));
    out.key = std::move(key);
  } else if (type == "EC") {
    GATELET_TRY(key, read_elliptic(json));
    out.key = std::move(key);
  } else {
    return refused("'kty' must be RSA, EC or oct");
  }
  return out;
}

Result<std::vector<VerificationKey>> read_jwk_set(const Json& json, bool allows_secrets) {
  const Json& keys = json["keys"];
  if (!keys.is_array()) return refused("a set has an array 'keys'");
  if (keys.size() > jwk_set_keys_max) return refused("a set has at most " + std::to_string(jwk_set_keys_max) + " keys");
  std::set<std::string_view> ids;
  bool has_secret = false, has_public = false;
  for (const Json& item : keys.items()) {
    const std::string_view id = item["kid"].string();
    if (!id.empty() && !ids.insert(id).second) return refused("two keys of the set have the id '" + std::string(id) + "'");
    (item["kty"].string() == "oct" ? has_secret : has_public) = true;
  }
  if (has_secret && has_public) return refused("secrets and public keys stand in one set");
  std::vector<VerificationKey> out;
  for (const Json& item : keys.items())
    if (auto key = read_jwk(item); key && (key->key || allows_secrets)) out.push_back(*std::move(key));
  return out;
}

}  // namespace gatelet::crypto
