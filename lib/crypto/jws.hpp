// Jws: tokens in compact form, "header.payload.signature" (RFC 7515), and their signatures (RFC 7518).
#pragma once

#include <string_view>

#include "base/arena.hpp"
#include "base/json_text.hpp"
#include "base/result.hpp"
#include "crypto/jwk.hpp"

namespace gatelet::crypto {

struct CompactToken {
  std::string_view signed_text;  // the token up to its second dot
  const JsonText* header;        // an object
  std::string_view payload;
  std::string_view signature;  // empty: none
};

// Two or three parts, the first two in strict base64url, the first of them a JSON object without duplicate names. What is read lives as
// long as the token and the arena. Nothing is said about the signature; one that is no base64url is left out.
Result<CompactToken> read_compact(std::string_view token, Arena& arena);
// The claims: the payload as a JSON object; never null.
Result<const JsonText*> read_claims(const CompactToken& token, Arena& arena);

// Whether the header names a signature that is verified with a public key, which takes long.
bool needs_public_key(const CompactToken& token);
// Whether the key made the signature: HS, RS, PS and ES with 256, 384 and 512 bits, where the key's kind, curve, size and own algorithm fit
// the header's. Headers with "crit" or "b64" are refused: no extension is known.
bool is_signed_by(const CompactToken& token, const VerificationKey& key);

}  // namespace gatelet::crypto
