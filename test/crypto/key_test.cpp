#include "crypto/key.hpp"

#include <doctest/doctest.h>

#include "hexadecimal.hpp"
#include "keys.hpp"

using namespace gatelet;
using namespace gatelet::crypto;
using test::fixed_random;

static Key parsed_key(std::string_view text, std::string_view password = {}) {
  auto key = Key::parse(text, password, fixed_random());
  REQUIRE_MESSAGE(key, key.error().message);
  return *std::move(key);
}

TEST_CASE("keys are read from PKCS#8, PKCS#1 and SubjectPublicKeyInfo, encrypted ones with their password") {
  const Key key = parsed_key(test::leaf_key);
  CHECK(key.kind() == KeyKind::rsa);
  CHECK(key.is_private());
  CHECK(key.bits() == 2048);
  CHECK(key.is_pair_of(parsed_key(test::leaf_key_pkcs1)));
  CHECK(key.is_pair_of(parsed_key(test::leaf_key_encrypted, "secret")));
  CHECK(key.is_pair_of(parsed_key(test::leaf_public_key)));
  CHECK_FALSE(parsed_key(test::leaf_public_key).is_private());
  CHECK_FALSE(key.is_pair_of(parsed_key(test::other_key)));
  for (const std::string_view bad : {"", "x", "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n"}) {
    const auto refused = Key::parse(bad, {}, fixed_random());
    REQUIRE_FALSE(refused);
    CHECK_FALSE(refused.error().message.empty());
  }
  CHECK_FALSE(Key::parse(test::leaf_key_encrypted, "wrong", fixed_random()));
  CHECK_FALSE(Key::parse(test::leaf_key_encrypted, {}, fixed_random()));
}

TEST_CASE("what a private key signed its public key verifies, and nothing else") {
  const Key key = parsed_key(test::leaf_key), shared = parsed_key(test::leaf_public_key), other = parsed_key(test::other_key);
  for (const SignatureScheme scheme : {SignatureScheme::pkcs1, SignatureScheme::pss})
    for (const Hash hash : {Hash::sha1, Hash::sha256, Hash::sha384, Hash::sha512}) {
      const Digest digest = digest_of(hash, "text");
      auto signature = key.sign(scheme, hash, digest, fixed_random());
      REQUIRE(signature);
      CHECK(shared.verify(scheme, hash, digest, *signature));
      CHECK_FALSE(other.verify(scheme, hash, digest, *signature));
      CHECK_FALSE(shared.verify(scheme, hash, digest_of(hash, "texts"), *signature));
      CHECK_FALSE(shared.verify(scheme == SignatureScheme::pss ? SignatureScheme::pkcs1 : SignatureScheme::pss, hash, digest, *signature));
      CHECK_FALSE(shared.verify(SignatureScheme::ecdsa, hash, digest, *signature));
      CHECK_FALSE(shared.verify(scheme, hash, digest, std::string_view(*signature).substr(1)));
      CHECK_FALSE(shared.verify(scheme, hash, digest, ""));
      (*signature)[100] = static_cast<char>((*signature)[100] ^ 1);
      CHECK_FALSE(shared.verify(scheme, hash, digest, *signature));
    }
}

TEST_CASE("an elliptic key signs with r and s, each as long as the curve; a public one signs nothing") {
  const Key key = parsed_key(test::plane_private_key), shared = parsed_key(test::plane_public_key);
  CHECK(key.is_private());
  CHECK(key.is_pair_of(shared));
  const Digest digest = digest_of(Hash::sha256, "text");
  auto signature = key.sign(SignatureScheme::ecdsa, Hash::sha256, digest, fixed_random());
  REQUIRE(signature);
  CHECK(signature->size() == 64);
  CHECK(shared.verify(SignatureScheme::ecdsa, Hash::sha256, digest, *signature));
  CHECK_FALSE(shared.verify(SignatureScheme::ecdsa, Hash::sha256, digest_of(Hash::sha256, "texts"), *signature));
  CHECK_FALSE(shared.sign(SignatureScheme::ecdsa, Hash::sha256, digest, fixed_random()));
  CHECK_FALSE(key.sign(SignatureScheme::pkcs1, Hash::sha256, digest, fixed_random()));
  CHECK_FALSE(parsed_key(test::leaf_key).sign(SignatureScheme::ecdsa, Hash::sha256, digest, fixed_random()));
}

TEST_CASE("RSA decrypts what it encrypted, with the same padding only") {
  const Key key = parsed_key(test::leaf_key), shared = parsed_key(test::leaf_public_key);
  const std::string text = "a secret";
  for (const auto& [scheme, hash] : {std::pair(EncryptionScheme::pkcs1, Hash::sha1), std::pair(EncryptionScheme::oaep, Hash::sha1),
                                     std::pair(EncryptionScheme::oaep, Hash::sha256)}) {
    const auto encrypted = shared.encrypt(scheme, hash, text, fixed_random());
    REQUIRE(encrypted);
    const auto decrypted = key.decrypt(scheme, hash, *encrypted, fixed_random());
    REQUIRE(decrypted);
    CHECK(*decrypted == text);
    CHECK_FALSE(key.decrypt(EncryptionScheme::oaep, Hash::sha512, *encrypted, fixed_random()));
    CHECK_FALSE(key.decrypt(scheme, hash, "short", fixed_random()));
  }
  CHECK_FALSE(shared.encrypt(EncryptionScheme::pkcs1, Hash::sha1, std::string(300, 'x'), fixed_random()));
}

TEST_CASE("a key is the same after its numbers were taken out and put together") {
  const Key key = parsed_key(test::leaf_key);
  const auto again = Key::rsa(key.numbers(true));
  REQUIRE(again);
  CHECK(again->is_private());
  CHECK(again->is_pair_of(key));
  const auto shared = Key::rsa(key.numbers(false));
  REQUIRE(shared);
  CHECK_FALSE(shared->is_private());
  RsaNumbers broken = key.numbers(true);
  broken.d[5] = static_cast<char>(broken.d[5] ^ 1);
  CHECK_FALSE(Key::rsa(broken));
  CHECK_FALSE(Key::rsa({}));
  CHECK_FALSE(key.is_weak_rsa());
}
