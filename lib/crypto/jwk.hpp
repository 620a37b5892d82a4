// Keys for the verification of signatures, as JSON Web Keys (RFC 7517) and built from other forms.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "crypto/key.hpp"

namespace gatelet::crypto {

inline constexpr size_t rsa_bits_min = 2048;

// What verifies a signature. A secret and a key exclude each other: the kind of the key decides the family of algorithms.
struct VerificationKey {
  std::string id;         // kid; empty: none
  std::string algorithm;  // the only one that it may be used with; empty: any of its kind
  std::string secret;     // of HMACs
  std::optional<Key> key;
};

// Refuses what cannot verify a signature: another use, unknown types and curves, RSA keys that are short or weak, wrong numbers. Private
// numbers are passed over.
Result<VerificationKey> read_jwk(const Json& json);

// {"keys":[…]}. Keys that cannot verify a signature are left out, as RFC 7517 wants. The set is refused when it has too many, when two
// share an id, or when secrets stand beside public keys: whoever sees such a set could sign. Without `allows_secrets` they are left out.
Result<std::vector<VerificationKey>> read_jwk_set(const Json& json, bool allows_secrets);

}  // namespace gatelet::crypto
