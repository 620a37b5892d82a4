// Key: an RSA or elliptic-curve key, public or private. Immutable; copies share it; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "crypto/hash.hpp"
#include "crypto/random.hpp"

namespace gatelet::crypto {

enum class KeyKind : uint8_t { rsa, elliptic };
enum class Curve : uint8_t { p256, p384, p521, other };

// The numbers of an RSA key, big-endian. A public key has the first two; a private one is complete with them and d, p, q, which the others
// follow from.
struct RsaNumbers {
  std::string modulus, exponent;
  std::string d, p, q;
  std::string dp, dq, inverse_q;
};

enum class SignatureScheme : uint8_t {
  pkcs1,
  pss,
  ecdsa
};  // PSS with a salt as long as the hash; ECDSA as r and s, each as long as the curve
enum class EncryptionScheme : uint8_t { pkcs1, oaep };

class Key {
 public:
  // PEM or DER: PKCS#1, PKCS#8 (encrypted too) and SEC 1 private keys, SubjectPublicKeyInfo and PKCS#1 public keys.
  static Result<Key> parse(std::string_view text, std::string_view password, Random random);
  static Result<Key> rsa(const RsaNumbers& numbers);
  static Result<Key> elliptic(Curve curve, std::string_view x, std::string_view y);

  KeyKind kind() const;
  bool is_private() const;
  size_t bits() const;
  Curve curve() const;  // of an elliptic key
  RsaNumbers numbers(bool with_private) const;
  // Made by the library whose primes can be guessed from the modulus (CVE-2017-15361).
  bool is_weak_rsa() const;
  // The same public part.
  bool is_pair_of(const Key& other) const;

  bool verify(SignatureScheme scheme, Hash hash, const Digest& digest, std::string_view signature) const;
  // The key is private, and of the scheme's kind.
  Result<std::string> sign(SignatureScheme scheme, Hash hash, const Digest& digest, Random random) const;
  // RSA only; the key of decrypt() is private.
  Result<std::string> encrypt(EncryptionScheme scheme, Hash hash, std::string_view plain, Random random) const;
  Result<std::string> decrypt(EncryptionScheme scheme, Hash hash, std::string_view encrypted, Random random) const;

  struct State;  // of this room
  explicit Key(std::shared_ptr<const State> state) : state_(std::move(state)) {}

 private:
  std::shared_ptr<const State> state_;
};

}  // namespace gatelet::crypto
