#include "crypto/hash.hpp"

#include <doctest/doctest.h>

#include "hexadecimal.hpp"

using namespace gatelet;
using namespace gatelet::crypto;
using test::of_hex;
using test::to_hex;

TEST_CASE("digests are those of RFC 1321 and FIPS 180-4") {
  struct Row {
    Hash hash;
    std::string_view text, digest;
  };
  const std::string million(1'000'000, 'a');
  for (const Row& row : {
           Row{Hash::md5, "", "d41d8cd98f00b204e9800998ecf8427e"},
           Row{Hash::md5, "abc", "900150983cd24fb0d6963f7d28e17f72"},
           Row{Hash::md5, "message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
           Row{Hash::sha1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
           Row{Hash::sha1, million, "34aa973cd4c4daa4f61eeb2bdbad27316534016f"},
           Row{Hash::sha256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
           Row{Hash::sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
           Row{Hash::sha256, million, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
           Row{Hash::sha384, "abc", "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"},
           Row{Hash::sha512, "abc",
               "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94f"
               "a54ca49f"},
       }) {
    CAPTURE(row.digest);
    CHECK(to_hex(digest_of(row.hash, row.text).view()) == row.digest);
    CHECK(digest_bytes(row.hash) * 2 == row.digest.size());
  }
}

TEST_CASE("HMACs are those of RFC 2202 and RFC 4231; a long key is hashed") {
  struct Row {
    Hash hash;
    std::string key;
    std::string_view text, digest;
  };
  const std::string_view long_key_text = "Test Using Larger Than Block-Size Key - Hash Key First";
  for (const Row& row : {
           Row{Hash::md5, std::string(16, '\x0b'), "Hi There", "9294727a3638bb1c13f48ef8158bfc9d"},
           Row{Hash::md5, "Jefe", "what do ya want for nothing?", "750c783e6ab0b503eaa86e310a5db738"},
           Row{Hash::sha1, std::string(20, '\x0b'), "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"},
           Row{Hash::sha1, std::string(80, '\xaa'), long_key_text, "aa4ae5e15272d00e95705637ce8a3b55ed402112"},
           Row{Hash::sha256, std::string(20, '\x0b'), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
           Row{Hash::sha256, "Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
           Row{Hash::sha256, std::string(131, '\xaa'), long_key_text, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
           Row{Hash::sha384, "Jefe", "what do ya want for nothing?",
               "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649"},
           Row{Hash::sha512, "Jefe", "what do ya want for nothing?",
               "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a"
               "38bce737"},
       }) {
    CAPTURE(row.digest);
    CHECK(to_hex(hmac_of(row.hash, row.key, row.text).view()) == row.digest);
  }
}
