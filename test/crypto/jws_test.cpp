#include "crypto/jws.hpp"

#include <doctest/doctest.h>

#include "corpora.hpp"
#include "crypto/base64url.hpp"
#include "hexadecimal.hpp"
#include "keys.hpp"

using namespace gatelet;
using namespace gatelet::crypto;
using test::fixed_random;

static Json json_of(yyjson_val* value) {
  char* written = yyjson_val_write(value, 0, nullptr);
  auto json = Json::parse(written ? written : "null");
  std::free(written);
  REQUIRE(json);
  return *std::move(json);
}

static VerificationKey secret_key(std::string_view secret) { return {"", "", std::string(secret), std::nullopt}; }

static std::string part(std::string_view text) { return base64url(text); }

static std::string signed_token(std::string_view header, std::string_view payload, std::string_view secret) {
  const std::string text = part(header) + "." + part(payload);
  return text + "." + part(hmac_of(Hash::sha256, secret, text).view());
}

static bool is_valid(std::string_view token, const VerificationKey& key) {
  Arena arena;
  const auto read = read_compact(token, arena);
  return read && is_signed_by(*read, key);
}

TEST_CASE("base64url has one spelling of each text") {
  for (const auto& [bytes, text] : {std::pair<std::string_view, std::string_view>{"", ""},
                                    {"f", "Zg"},
                                    {"fo", "Zm8"},
                                    {"foo", "Zm9v"},
                                    {"\xFB\xFF", "-_8"},
                                    {"foo\xFB\xFF", "Zm9v-_8"},
                                    {"foobar", "Zm9vYmFy"}}) {
    std::string decoded;
    CHECK(base64url(bytes) == text);
    CHECK(decode_base64url(text, decoded));
    CHECK(decoded == bytes);
  }
  std::string decoded;
  for (const std::string_view bad : {"Zg==", "Zg=", "Zh", "Zm9", "Z", "+/8", "Z g", "Zm9v\n", "Zm9vZ", "Zm9vZh", "Z*9v", "Zm9vYm+y"}) {
    CAPTURE(bad);
    CHECK_FALSE(decode_base64url(bad, decoded));
  }
}

TEST_CASE("tokens have two or three parts, the first a JSON object without duplicate names") {
  Arena arena;
  const std::string header = part(R"({"alg":"none"})"), payload = part(R"({"a":1})");
  const std::string without_signature = header + "." + payload;
  CHECK(read_compact(without_signature, arena));
  CHECK(read_compact(without_signature + ".", arena));
  for (const std::string_view unreadable : {"A", "*", "signature"}) {
    const std::string text = without_signature + "." + std::string(unreadable);
    const auto read = read_compact(text, arena);
    REQUIRE(read);
    CHECK(read->signature.empty());
    CHECK_FALSE(is_signed_by(*read, secret_key(std::string(32, 's'))));
  }
  CHECK(read_claims(*read_compact(without_signature, arena), arena));
  for (const std::string& bad :
       {std::string(), std::string("."), std::string(".."), header, header + ".a=", header + "." + payload + ".A.B",
        part("[]") + "." + payload, part("x") + "." + payload, part(R"({"alg":"HS256","alg":"none"})") + "." + payload,
        part(R"({"a":"\u0000"})") + "." + payload, std::string(R"({"payload":"e30","protected":"e30","signature":""})")}) {
    CAPTURE(bad);
    CHECK_FALSE(read_compact(bad, arena));
  }
  const std::string list = header + "." + part("[1]");
  const auto no_claims = read_compact(list, arena);
  REQUIRE(no_claims);
  CHECK_FALSE(read_claims(*no_claims, arena));
}

TEST_CASE("a signature counts only with the family of its key, and no header can choose another") {
  const std::string secret(32, 's');
  const auto key = secret_key(secret);
  CHECK(is_valid(signed_token(R"({"alg":"HS256"})", "{}", secret), key));
  CHECK_FALSE(is_valid(signed_token(R"({"alg":"HS256"})", "{}", "another secret"), key));
  for (const std::string_view header :
       {R"({"alg":"none"})", R"({"alg":"None"})", R"({"alg":"nOnE"})", R"({"alg":""})", "{}", R"({"alg":null})", R"({"alg":["HS256"]})",
        R"({"alg":"hs256"})", R"({"alg":"HS384"})", R"({"alg":"RS256"})", R"({"alg":"ES256"})", R"({"alg":"HS256","crit":["exp"]})",
        R"({"alg":"HS256","b64":false})", R"({"alg":"HS256","crit":[]})"}) {
    CAPTURE(header);
    CHECK_FALSE(is_valid(signed_token(header, "{}", secret), key));
    CHECK_FALSE(is_valid(part(header) + "." + part("{}") + ".", key));
    CHECK_FALSE(is_valid(part(header) + "." + part("{}"), key));
  }
  // A public key is no secret: neither its PEM, with and without the last newline, nor its DER form signs anything.
  auto parsed = Key::parse(test::leaf_public_key, {}, fixed_random());
  REQUIRE(parsed);
  const VerificationKey shared{"", "", "", *parsed};
  const std::string pem(test::leaf_public_key);
  for (const std::string& guess : {pem, pem.substr(0, pem.size() - 1), parsed->numbers(false).modulus})
    CHECK_FALSE(is_valid(signed_token(R"({"alg":"HS256"})", "{}", guess), shared));
}

TEST_CASE("secrets shorter than the hash do not count") {
  const std::string secret(31, 's');
  CHECK_FALSE(is_valid(signed_token(R"({"alg":"HS256"})", "{}", secret), secret_key(secret)));
}

TEST_CASE("keys that cannot verify signatures are refused") {
  const auto why = [](std::string_view text) {
    const auto key = read_jwk(*Json::parse(text));
    return key ? std::string("taken") : key.error().message;
  };
  CHECK(why("[]") == "JSON Web Key: an object is expected");
  CHECK(why(R"({"kty":"oct","k":"AAAA"})") == "taken");
  CHECK(why(R"({"kty":"oct","k":""})") == "JSON Web Key: 'k' must be bytes in base64url");
  CHECK(why(R"({"kty":"oct","k":"AAAA","use":"enc"})") == "JSON Web Key: the key is not one for signatures");
  CHECK(why(R"({"kty":"oct","k":"AAAA","key_ops":["encrypt"]})") == "JSON Web Key: the key is not one for signatures");
  CHECK(why(R"({"kty":"oct","k":"AAAA","key_ops":["verify"]})") == "taken");
  CHECK(why(R"({"kty":"OKP","crv":"Ed25519"})") == "JSON Web Key: 'kty' must be RSA, EC or oct");
  CHECK(why(R"({"kty":"EC","crv":"P-192"})") == "JSON Web Key: the curve is not known");
  CHECK(why(R"({"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"})") == "a coordinate of this curve has 32 bytes");
  CHECK(why(R"({"kty":"RSA","n":"AAAA"})") == "JSON Web Key: 'e' must be bytes in base64url");
}

TEST_CASE("sets of keys have limits, and no secrets among public keys") {
  const auto count = [](std::string_view text, bool allows_secrets) {
    const auto set = read_jwk_set(*Json::parse(text), allows_secrets);
    return set ? std::to_string(set->size()) : set.error().message;
  };
  CHECK(count("{}", true) == "JSON Web Key: a set has an array 'keys'");
  CHECK(count(R"({"keys":[]})", true) == "0");
  CHECK(count(R"({"keys":[{"kty":"oct","k":"AAAA"},{"kty":"oct","k":""}]})", true) == "1");
  CHECK(count(R"({"keys":[{"kty":"oct","k":"AAAA"},{"kty":"EC"}]})", true) == "JSON Web Key: secrets and public keys stand in one set");
  CHECK(count(R"({"keys":[{"kty":"oct","k":"AAAA"}]})", false) == "0");
  CHECK(count(R"({"keys":[{"kty":"oct","k":"AAAA","kid":"a"},{"kty":"oct","k":"AAAB","kid":"a"}]})", true) ==
        "JSON Web Key: two keys of the set have the id 'a'");
  std::string many = R"({"keys":[)";
  for (int i = 0; i < 101; ++i) many += std::string(i ? "," : "") + R"({"kty":"new"})";
  CHECK(count(many + "]}", true) == "JSON Web Key: a set has at most 100 keys");
}

// The keys of a group of vectors: one key, or a set.
static std::vector<VerificationKey> keys_of(yyjson_val* group) {
  yyjson_val* given = yyjson_obj_get(group, "public");
  const Json json = json_of(given ? given : yyjson_obj_get(group, "private"));
  if (json.has("keys")) {
    auto set = read_jwk_set(json, true);
    return set ? *std::move(set) : std::vector<VerificationKey>();
  }
  auto key = read_jwk(json);
  return key ? std::vector<VerificationKey>{*std::move(key)} : std::vector<VerificationKey>();
}

static bool is_signed_by_any(std::string_view token, const std::vector<VerificationKey>& keys) {
  Arena arena;
  const auto read = read_compact(token, arena);
  if (!read) return false;
  const std::string_view id = (*read->header)["kid"].string();
  for (const VerificationKey& key : keys)
    if ((id.empty() || key.id.empty() || key.id == id) && is_signed_by(*read, key)) return true;
  return false;
}

static void check_vectors(const std::string& file, int cases) {
  const test::CorpusJson json = test::read_corpus_json(file, cases);
  if (!json.document) return;
  int checked = 0;
  for (yyjson_val* group : test::items(yyjson_obj_get(json.root(), "testGroups"))) {
    for (yyjson_val* vector : test::items(yyjson_obj_get(group, "tests"))) {
      const std::string token = test::text_of(vector, "jws");
      if (!yyjson_obj_get(vector, "jws")) continue;
      ++checked;
      const std::string comment = test::text_of(vector, "comment");
      CAPTURE(comment);
      CAPTURE(yyjson_get_int(yyjson_obj_get(vector, "tcId")));
      CHECK(is_signed_by_any(token, keys_of(group)) == (test::text_of(vector, "result") == "valid"));
    }
  }
  CHECK(checked == cases);
}

TEST_CASE("Wycheproof's signatures are judged as it says") {
  check_vectors("wycheproof-jose/json_web_crypto_test.json", 49);
  check_vectors("wycheproof-jose/json_web_key_test.json", 26);
}

TEST_CASE("the JOSE cookbook's signatures are valid") {
  for (const std::string name :
       {"4_1.rsa_v15_signature", "4_2.rsa-pss_signature", "4_3.ecdsa_signature", "4_4.hmac-sha2_integrity_protection"}) {
    CAPTURE(name);
    const test::CorpusJson json = test::read_corpus_json("jose-cookbook/jws/" + name + ".json", 1);
    if (!json.document) continue;
    const auto key = read_jwk(json_of(yyjson_obj_get(yyjson_obj_get(json.root(), "input"), "key")));
    REQUIRE(key);
    std::string token = test::text_of(yyjson_obj_get(json.root(), "output"), "compact");
    CHECK(is_valid(token, *key));
    token[token.size() - 10] = token[token.size() - 10] == 'A' ? 'B' : 'A';
    CHECK_FALSE(is_valid(token, *key));
  }
}
