// Micro-benchmarks of signatures: what verifying one costs by itself, the yardstick of validate-jwt (performance.md P-4).
#include <cstdlib>
#include <string>

#include "crypto/hexadecimal.hpp"
#include "crypto/key.hpp"
#include "keys.hpp"
#include "micro.hpp"

using namespace gatelet;
using namespace gatelet::crypto;

int main(int argc, char** argv) {
  Micro micro(argc, argv);
  const std::string text(360, 'x');  // header and claims of a usual token
  const auto secret_key = Key::parse(test::leaf_key, {}, test::fixed_random());
  const auto public_key = Key::parse(test::leaf_public_key, {}, test::fixed_random());
  if (!secret_key || !public_key) std::abort();
  const auto signature = secret_key->sign(SignatureScheme::pkcs1, Hash::sha256, digest_of(Hash::sha256, text), test::fixed_random());
  if (!signature) std::abort();
  micro.run("signature: RS256 verified, 2048 bits", [&] {
    if (!public_key->verify(SignatureScheme::pkcs1, Hash::sha256, digest_of(Hash::sha256, text), *signature)) std::abort();
  });
  micro.run("signature: HS256 computed", [&] { keep(hmac_of(Hash::sha256, "0123456789abcdef0123456789abcdef", text).size); });
  return micro.finish();
}
