// Tokens for the benchmark of validate-jwt. `tokens FOLDER COUNT` writes hs256.tokens and rs256.tokens, a token a line and no two alike,
// the public key of the latter as rs256.pem, and prints what a policy needs to verify them, as JSON.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "crypto/base64url.hpp"
#include "crypto/hexadecimal.hpp"
#include "crypto/jws.hpp"
#include "crypto/key.hpp"
#include "keys.hpp"

using namespace gatelet;
using namespace gatelet::crypto;

namespace {

constexpr std::string_view secret = "0123456789abcdef0123456789abcdef";
constexpr std::string_view secret_base64 = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

// As an identity provider makes it for a user: some 10 claims; it expires in 2100.
std::string signed_text(std::string_view algorithm, int serial) {
  const std::string header = R"({"alg":")" + std::string(algorithm) + R"(","typ":"JWT"})";
  const std::string claims =
      R"({"iss":"https://idp.test","aud":"api://orders","sub":"5f0c7d0c-92a5-4b0e-8a51-1c1f1b6f9f10","name":"Ada Lovelace",)"
      R"("roles":["reader","writer"],"scp":"orders.read orders.write","iat":1767225600,"nbf":1767225600,"exp":4102444800,)"
      R"("jti":"token )" +
      std::to_string(serial) + "\"}";
  return base64url(header) + "." + base64url(claims);
}

std::string token_of_secret(int serial) {
  const std::string text = signed_text("HS256", serial);
  return text + "." + base64url(hmac_of(Hash::sha256, secret, text).view());
}

std::string token_of_key(const Key& key, int serial) {
  const std::string text = signed_text("RS256", serial);
  const auto signature = key.sign(SignatureScheme::pkcs1, Hash::sha256, digest_of(Hash::sha256, text), test::fixed_random());
  if (!signature) std::abort();
  return text + "." + base64url(*signature);
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc == 3 ? std::atoi(argv[2]) : 0;
  if (count <= 0) return std::fputs("usage: tokens FOLDER COUNT\n", stderr), 2;
  const auto key = Key::parse(test::leaf_key, {}, test::fixed_random());
  if (!key) std::abort();
  const std::string folder = std::string(argv[1]) + "/";
  std::ofstream of_secret(folder + "hs256.tokens"), of_key(folder + "rs256.tokens"), pem(folder + "rs256.pem");
  for (int i = 0; i < count; ++i) {
    of_secret << token_of_secret(i) << '\n';
    of_key << token_of_key(*key, i) << '\n';
  }
  pem << test::leaf_public_key;
  for (std::ofstream* file : {&of_secret, &of_key, &pem})
    if (file->close(); !*file) return std::fprintf(stderr, "tokens: cannot write into %s\n", argv[1]), 1;
  const RsaNumbers numbers = key->numbers(false);
  std::printf("{\"secret\":\"%s\",\"n\":\"%s\",\"e\":\"%s\"}\n", secret_base64.data(), base64url(numbers.modulus).c_str(),
              base64url(numbers.exponent).c_str());
  return 0;
}
