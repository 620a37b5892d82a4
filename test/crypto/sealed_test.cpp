#include "crypto/sealed.hpp"

#include <doctest/doctest.h>

#include "hexadecimal.hpp"

using namespace gatelet;
using namespace gatelet::crypto;

TEST_CASE("a text that was sealed opens with its key, its nonce and what was sealed with it, and not otherwise") {
  const std::string key = test::of_hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
  const std::string nonce = test::of_hex("000102030405060708090a0b");
  const std::string sealed = seal(key, nonce, "head", "generation 4711");
  CHECK(test::to_hex(sealed) == "2067b87eb784b672e22fb7bf86d849c186d4b00d8b4ca3e7d8f408b66f9e89");  // as OpenSSL seals it
  std::string out;
  CHECK(open_sealed(key, nonce, "head", sealed, out));
  CHECK(out == "generation 4711");
  CHECK_FALSE(open_sealed(key, nonce, "Head", sealed, out));
  CHECK(out.empty());
  CHECK_FALSE(open_sealed(std::string(32, 'k'), nonce, "head", sealed, out));
  CHECK_FALSE(open_sealed(key, std::string(12, 'n'), "head", sealed, out));
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 0x10);
    CHECK_FALSE(open_sealed(key, nonce, "head", changed, out));
    CHECK_FALSE(open_sealed(key, nonce, "head", sealed.substr(0, i), out));
  }
  CHECK(open_sealed(key, nonce, "", seal(key, nonce, "", ""), out));
  CHECK(out.empty());
  CHECK_FALSE(open_sealed("short", nonce, "head", sealed, out));
  CHECK(seal("short", nonce, "head", "text").empty());
}
