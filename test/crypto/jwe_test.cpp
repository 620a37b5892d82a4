#include "crypto/jwe.hpp"

#include <doctest/doctest.h>

#include "base/json.hpp"
#include "corpora.hpp"
#include "crypto/base64url.hpp"
#include "hexadecimal.hpp"
#include "keys.hpp"

using namespace gatelet;
using namespace gatelet::crypto;
using test::fixed_random;

static std::string bytes_of(yyjson_val* key, const char* name) {
  std::string bytes;
  CHECK(decode_base64url(test::text_of(key, name), bytes));
  return bytes;
}

// Of the kinds that open tokens here.
static std::optional<DecryptionKey> key_of(yyjson_val* jwk) {
  DecryptionKey key;
  const std::string kind = test::text_of(jwk, "kty");
  if (kind == "oct") return key.secret = bytes_of(jwk, "k"), key;
  if (kind != "RSA") return std::nullopt;
  RsaNumbers numbers;
  numbers.modulus = bytes_of(jwk, "n");
  numbers.exponent = bytes_of(jwk, "e");
  numbers.d = bytes_of(jwk, "d");
  numbers.p = bytes_of(jwk, "p");
  numbers.q = bytes_of(jwk, "q");
  const auto rsa = Key::rsa(numbers);
  REQUIRE_MESSAGE(rsa, rsa.error().message);
  key.key = *rsa;
  return key;
}

// What is said of a token's algorithms in its header.
static bool is_supported(std::string_view token) {
  std::string header;
  if (!decode_base64url(token.substr(0, token.find('.')), header)) return false;
  const auto json = Json::parse(header);
  if (!json) return false;
  const std::string_view algorithm = (*json)["alg"].string(), content = (*json)["enc"].string();
  return (algorithm == "dir" || algorithm == "RSA-OAEP" || algorithm == "RSA-OAEP-256") && content.find("CBC-HS") != content.npos;
}

// Valid ones are opened where their algorithms are known here, all others are refused.
static void check_vectors(const std::string& file, int cases, int opened_count) {
  const test::CorpusJson json = test::read_corpus_json(file, cases);
  if (!json.document) return;
  int checked = 0, opened = 0;
  for (yyjson_val* group : test::items(yyjson_obj_get(json.root(), "testGroups"))) {
    const auto key = key_of(yyjson_obj_get(group, "private"));
    for (yyjson_val* vector : test::items(yyjson_obj_get(group, "tests"))) {
      if (!yyjson_obj_get(vector, "jwe")) continue;
      ++checked;
      CAPTURE(yyjson_get_int(yyjson_obj_get(vector, "tcId")));
      const std::string token = test::text_of(vector, "jwe");
      const auto plain = key ? decrypt_token(token, *key, fixed_random()) : Result<std::string>(Error{});
      const bool is_wanted = test::text_of(vector, "result") == "valid" && key && is_supported(token);
      CHECK(bool(plain) == is_wanted);
      if (plain && is_wanted) CHECK(test::to_hex(*plain) == test::text_of(vector, "pt"));
      opened += bool(plain);
    }
  }
  CHECK(checked == cases);
  CHECK(opened == opened_count);
}

TEST_CASE("Wycheproof's encrypted tokens are judged as it says, those of unknown algorithms refused") {
  check_vectors("wycheproof-jose/json_web_encryption_test.json", 139, 6);
  check_vectors("wycheproof-jose/json_web_crypto_test.json", 34, 0);
}

TEST_CASE("the JOSE cookbook's encrypted tokens are refused: RSA1_5, compressed ones, and algorithms that are not known") {
  for (const char* name : {"5_1.key_encryption_using_rsa_v15_and_aes-hmac-sha2", "5_2.key_encryption_using_rsa-oaep_with_aes-gcm",
                           "5_6.direct_encryption_using_aes-gcm", "5_9.compressed_content"}) {
    CAPTURE(name);
    const test::CorpusJson json = test::read_corpus_json("jose-cookbook/jwe/" + std::string(name) + ".json", 1);
    if (!json.document) continue;
    const auto key = key_of(yyjson_obj_get(yyjson_obj_get(json.root(), "input"), "key"));
    REQUIRE(key);
    const std::string token = test::text_of(yyjson_obj_get(json.root(), "output"), "compact");
    CHECK(is_encrypted_token(token));
    CHECK_FALSE(decrypt_token(token, *key, fixed_random()));
  }
}
