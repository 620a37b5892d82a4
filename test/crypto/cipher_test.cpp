#include "crypto/cipher.hpp"

#include <doctest/doctest.h>

#include "hexadecimal.hpp"

using namespace gatelet;
using namespace gatelet::crypto;
using test::fixed_random;
using test::of_hex;
using test::to_hex;

static constexpr std::string_view iv = "000102030405060708090a0b0c0d0e0f";
static constexpr std::string_view plain = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51";
static constexpr std::string_view key128 = "2b7e151628aed2a6abf7158809cf4f3c";
static constexpr std::string_view key192 = "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b";
static constexpr std::string_view key256 = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";

static CipherOptions without_padding(Cipher cipher, CipherMode mode) { return {cipher, mode, Padding::none}; }

// What OpenSSL gives for a block of zeros, and .NET for a padded text.
TEST_CASE("RC2 takes keys of 5 to 16 bytes") {
  struct Row {
    std::string_view key, text, encrypted;
  };
  for (const Row& row : {
           Row{"88bca90e90875a7f0f9c384627bafab2", "0000000000000000", "ea6e6cd98dd166f5"},
           Row{"88bca90e90875a7f0f9c384627bafab2", "0102030405060708090a060606060606", "7391bc0a2cebf7fa93f7b387457a1b9e"},
           Row{"0102030405", "0102030405060708090a060606060606", "842bd7defa1f94d06e6a88d82952bd29"},
           Row{"30000000000000aa", "0102030405060708090a060606060606", "8d4eaa6e45663fd45684c4005585d8ad"},
       }) {
    CAPTURE(row.encrypted);
    const CipherOptions cbc = without_padding(Cipher::rc2, CipherMode::cbc);
    const std::string start(8, '\0');
    std::string out, back;
    CHECK(encrypt(cbc, of_hex(row.key), start, of_hex(row.text), fixed_random(), out) == CipherFault::none);
    CHECK(to_hex(out) == row.encrypted);
    CHECK(decrypt(cbc, of_hex(row.key), start, out, back) == CipherFault::none);
    CHECK(to_hex(back) == row.text);
  }
  CHECK(!is_key_size(Cipher::rc2, 4));
  CHECK(!is_key_size(Cipher::rc2, 17));
  CHECK(cipher_block_bytes(Cipher::rc2) == 8);
}

TEST_CASE("AES and DES are those of SP 800-38A, FIPS 81 and SP 800-67") {
  struct Row {
    CipherOptions options;
    std::string_view key, start, text, encrypted;
  };
  const CipherOptions cbc = without_padding(Cipher::aes, CipherMode::cbc), ecb = without_padding(Cipher::aes, CipherMode::ecb),
                      cfb = without_padding(Cipher::aes, CipherMode::cfb8);
  for (const Row& row : {
           Row{cbc, key128, iv, plain, "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"},
           Row{cbc, key192, iv, plain, "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a"},
           Row{cbc, key256, iv, plain, "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"},
           Row{ecb, key128, "", plain, "3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf"},
           Row{ecb, key256, "", plain, "f3eed1bdb5d2a03c064b5a7e3db181f8591ccb10d410ed26dc5ba74a31362870"},
           Row{cfb, key128, iv, "6bc1bee22e409f96e93d7e117393172aae2d", "3b79424c9c0dd436bace9e0ed4586a4f32b9"},
           Row{cfb, key256, iv, "6bc1bee22e409f96e93d7e117393172aae2d", "dc1f1a8520a64db55fcc8ac554844e889700"},
           Row{without_padding(Cipher::des, CipherMode::ecb), "0123456789abcdef", "", "4e6f772069732074", "3fa40e8a984d4815"},
           Row{without_padding(Cipher::des, CipherMode::cbc), "0123456789abcdef", "1234567890abcdef", "4e6f77206973207468652074696d6520",
               "e5c7cdde872bf27c43e934008c389c0f"},
           Row{without_padding(Cipher::triple_des, CipherMode::ecb), "0123456789abcdef23456789abcdef01456789abcdef0123", "",
               "5468652071756663", "a826fd8ce53b855f"},
       }) {
    CAPTURE(row.encrypted);
    std::string out, back;
    CHECK(encrypt(row.options, of_hex(row.key), of_hex(row.start), of_hex(row.text), fixed_random(), out) == CipherFault::none);
    CHECK(to_hex(out) == row.encrypted);
    CHECK(decrypt(row.options, of_hex(row.key), of_hex(row.start), out, back) == CipherFault::none);
    CHECK(to_hex(back) == row.text);
  }
}

TEST_CASE("every padding gives back what was encrypted, except that zeros stay") {
  for (const Padding padding : {Padding::pkcs7, Padding::zeros, Padding::ansi_x923, Padding::iso_10126})
    for (size_t size = 0; size <= 33; ++size) {
      const CipherOptions options{Cipher::aes, CipherMode::cbc, padding};
      const std::string text(size, 'x');
      CAPTURE(size);
      CAPTURE(static_cast<int>(padding));
      std::string out, back;
      REQUIRE(encrypt(options, of_hex(key128), of_hex(iv), text, fixed_random(), out) == CipherFault::none);
      CHECK(out.size() % 16 == 0);
      REQUIRE(decrypt(options, of_hex(key128), of_hex(iv), out, back) == CipherFault::none);
      if (padding == Padding::zeros) back.resize(size);
      CHECK(back == text);
    }
}

TEST_CASE("padding fills a block: PKCS#7 repeats its length, X9.23 has zeros before it") {
  struct Row {
    Padding padding;
    std::string_view shown;
  };
  for (const Row& row : {
           Row{Padding::pkcs7, "78787878787878787878787804040404"},
           Row{Padding::ansi_x923, "78787878787878787878787800000004"},
           Row{Padding::zeros, "78787878787878787878787800000000"},
       }) {
    std::string out, shown;
    encrypt({Cipher::aes, CipherMode::cbc, row.padding}, of_hex(key128), of_hex(iv), std::string(12, 'x'), fixed_random(), out);
    decrypt(without_padding(Cipher::aes, CipherMode::cbc), of_hex(key128), of_hex(iv), out, shown);  // shows it
    CHECK(to_hex(shown) == row.shown);
  }
}

TEST_CASE("wrong sizes and broken padding are told apart") {
  std::string out;
  const CipherOptions options;
  const std::string key = of_hex(key128), start = of_hex(iv);
  CHECK(encrypt(options, "short", start, "x", fixed_random(), out) == CipherFault::key_size);
  CHECK(encrypt(options, key, "short", "x", fixed_random(), out) == CipherFault::iv_size);
  CHECK(encrypt(without_padding(Cipher::aes, CipherMode::cbc), key, start, "x", fixed_random(), out) == CipherFault::incomplete_block);
  CHECK(decrypt(options, key, start, "x", out) == CipherFault::incomplete_block);
  CHECK(decrypt(options, key, start, std::string(16, 'x'), out) == CipherFault::bad_padding);
  CHECK(decrypt(options, key, start, "", out) == CipherFault::none);
  CHECK(out.empty());
}
