#include "crypto/certificate.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "crypto/base64url.hpp"
#include "hexadecimal.hpp"
#include "keys.hpp"

using namespace gatelet;
using namespace gatelet::crypto;
using test::fixed_random;
using test::to_hex;

static constexpr int64_t noon_2025 = 1'735'732'800;  // 2025-01-01T12:00:00Z

static Certificate parsed(std::string_view text, std::string_view password = {}) {
  auto certificate = Certificate::parse(text, password, fixed_random());
  REQUIRE_MESSAGE(certificate, certificate.error().message);
  return *std::move(certificate);
}

static std::string of_base64(std::string_view text) {
  std::string url, bytes;
  for (const char c : text)
    if (c != '=') url += c == '+' ? '-' : c == '/' ? '_' : c;
  REQUIRE(decode_base64url(url, bytes));
  return bytes;
}

TEST_CASE("a certificate says who it is for, who made it and when it is valid") {
  const Certificate leaf = parsed(test::leaf_certificate);
  CHECK(leaf.subject() == "OID.1.2.3.4=Caff\xC3\xA8, E=a@b.example, OU=A + CN=client.example, O=\"He said \"\"no\"\"\", S=Lazio, C=IT");
  CHECK(leaf.issuer() == "CN=Test Intermediate");
  CHECK(parsed(test::root_certificate).subject() == "CN=Test Root, O=\"Gatelet, Tests\", C=IT");
  CHECK(to_hex(leaf.serial()) == "00a1b2c3d4e5f60718");
  CHECK(to_hex(leaf.thumbprint().view()) == "6e6996b8d39441e11ca2f1e361c0b0394893cf68");
  CHECK(leaf.not_before_s() == 1'709'211'909);  // 2024-02-29T13:05:09Z
  CHECK(leaf.not_after_s() == 1'772'283'909);   // 2026-02-28T13:05:09Z
  CHECK(leaf.version() == 3);
  CHECK(leaf.signature_algorithm() == "1.2.840.113549.1.1.11");
  CHECK(leaf.subject_part(NamePart::common_name) == "client.example");
  CHECK(leaf.subject_part(NamePart::email) == "a@b.example");
  CHECK(leaf.issuer_part(NamePart::common_name) == "Test Intermediate");
  CHECK(leaf.issuer_part(NamePart::organization).empty());
  CHECK(leaf.dns_names() == std::vector<std::string>{"client.example", "www.client.example"});
  REQUIRE(leaf.public_key());
  CHECK(leaf.public_key()->bits() == 2048);
  CHECK(leaf.public_key_bytes().size() == 270);
  CHECK_FALSE(leaf.private_key());
  CHECK(parsed(test::elliptic_certificate).public_key()->kind() == KeyKind::elliptic);
}

TEST_CASE("DER, PEM and PEM with a key are the same certificate") {
  const Certificate leaf = parsed(test::leaf_certificate);
  CHECK(parsed(leaf.der()).der() == leaf.der());
  const Certificate whole = parsed(std::string(test::leaf_certificate) + std::string(test::leaf_key));
  CHECK(whole.der() == leaf.der());
  REQUIRE(whole.private_key());
  CHECK(whole.private_key()->is_private());
  CHECK_FALSE(Certificate::parse(std::string(test::leaf_certificate) + std::string(test::other_key), {}, fixed_random()));
}

TEST_CASE("PKCS#12 gives the certificate that its key belongs to") {
  for (const std::string_view file : {test::pkcs12_aes, test::pkcs12_triple_des}) {
    const Certificate certificate = parsed(of_base64(file), "secret");
    CHECK(certificate.subject_part(NamePart::common_name) == "client.example");
    REQUIRE(certificate.private_key());
    CHECK(certificate.private_key()->is_pair_of(*certificate.public_key()));
    for (const std::string_view password : {"", "wrong"}) {
      const auto refused = Certificate::parse(of_base64(file), password, fixed_random());
      REQUIRE_FALSE(refused);
      CHECK(refused.error().message == "the password of the PKCS#12 file is not correct");
    }
  }
  CHECK(parsed(of_base64(test::pkcs12_without_password)).private_key());
  const auto outdated = Certificate::parse(of_base64(test::pkcs12_rc2), "secret", fixed_random());
  REQUIRE_FALSE(outdated);
  CHECK(outdated.error().message == "the key is encrypted in a way that is not known; export it with AES-256");
  CHECK(Certificate::is_pkcs12(of_base64(test::pkcs12_rc2)));
}

TEST_CASE("what is no certificate is refused, wherever it is cut or changed") {
  for (const std::string_view bad : {"", "x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}) {
    const auto refused = Certificate::parse(bad, {}, fixed_random());
    REQUIRE_FALSE(refused);
    CHECK_FALSE(refused.error().message.empty());
  }
  const std::string file = of_base64(test::pkcs12_aes), der(parsed(test::leaf_certificate).der());
  for (size_t size = 0; size < der.size(); size += 7) CHECK_FALSE(Certificate::parse(der.substr(0, size), {}, fixed_random()));
  for (size_t size = 0; size < file.size(); size += 61) CHECK_FALSE(Certificate::parse(file.substr(0, size), "secret", fixed_random()));
}

TEST_CASE("a certificate is trusted when a chain leads to a root and all of it is valid at that time") {
  const std::vector<Certificate> roots{parsed(test::root_certificate)}, between{parsed(test::intermediate_certificate)};
  const Certificate leaf = parsed(test::leaf_certificate);
  CHECK(is_trusted(leaf, between, roots, noon_2025));
  CHECK_FALSE(is_trusted(leaf, {}, roots, noon_2025));
  CHECK_FALSE(is_trusted(leaf, between, {}, noon_2025));
  CHECK_FALSE(is_trusted(leaf, between, between, leaf.not_after_s() + 1));
  CHECK(is_trusted(leaf, between, roots, leaf.not_before_s()));
  CHECK_FALSE(is_trusted(leaf, between, roots, leaf.not_before_s() - 1));
  CHECK(is_trusted(leaf, between, roots, leaf.not_after_s()));
  CHECK_FALSE(is_trusted(leaf, between, roots, leaf.not_after_s() + 1));
  CHECK_FALSE(is_trusted(leaf, between, {{parsed(test::elliptic_certificate)}}, noon_2025));
  CHECK(is_trusted(parsed(test::elliptic_certificate), {}, roots, noon_2025));
}
