// Cryptography: what the families of System.Security.Cryptography share: random bytes, keys and certificates as values.
#pragma once

#include "crypto/certificate.hpp"
#include "crypto/hash.hpp"
#include "crypto/key.hpp"
#include "crypto/random.hpp"
#include "expr/context_model.hpp"
#include "expr/evaluation.hpp"

namespace gatelet::cs {

// Fuel of what takes longer than its bytes tell: about 3 ms of a private key, 0.1 ms of a public one.
inline constexpr uint64_t private_key_steps = 50'000;
inline constexpr uint64_t public_key_steps = 2'000;
inline constexpr uint64_t certificate_steps = 2'000;

inline crypto::Random random_of(Evaluation& run) {
  return {[](void* state, void* out, size_t size) { static_cast<ContextModel*>(state)->random_bytes(out, size); }, &run.context};
}

// HashAlgorithmName: the object is its name, a String; null: default(HashAlgorithmName).
extern const Type hash_algorithm_name_type;
// False: the evaluation has failed.
bool hash_of_name(Evaluation& run, Value name, crypto::Hash& out);

// RSA, also under its name RSACng. The key outlives the exchange.
Value rsa_value(Evaluation& run, const crypto::Key& key);
Value oid_value(Evaluation& run, std::string_view number);

// X509Certificate2; the object is a crypto::Certificate, which outlives the exchange.
extern const Type certificate_type;
inline Value certificate_value(const crypto::Certificate* certificate) { return value_of_object(certificate_type, certificate); }

}  // namespace gatelet::cs
