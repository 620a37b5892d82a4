#include "crypto/identity.hpp"

#include <doctest/doctest.h>

#include "crypto/base64url.hpp"
#include "hexadecimal.hpp"
#include "keys.hpp"
#include "tls_keys.hpp"

using namespace gatelet;
using namespace gatelet::crypto;
using test::fixed_random;

static std::string pkcs12_bytes(std::string_view base64) {
  std::string url, bytes;
  for (const char c : base64)
    if (c != '=' && c != '\n') url += c == '+' ? '-' : c == '/' ? '_' : c;
  REQUIRE(decode_base64url(url, bytes));
  return bytes;
}

static std::string names_of(const Identity& identity) {
  std::string names;
  for (const Certificate& certificate : identity.chain())
    names += (names.empty() ? "" : " < ") + certificate.subject_part(NamePart::common_name);
  return names;
}

static std::string joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text += part;
  return text;
}

TEST_CASE("an identity is the certificate of the key and those that lead towards the root, in whatever order and form they were given") {
  using namespace test::tls;
  constexpr std::string_view whole = "api.example < TLS Between";
  struct Row {
    std::string certificates;
    std::string_view key, password, chain;
  };
  for (const Row& row : {
           Row{joined({server_certificate, between_certificate}), server_key, "", whole},
           Row{joined({server_key, server_certificate, between_certificate}), "", "", whole},
           Row{joined({root_certificate, between_certificate, wild_certificate, server_certificate}), server_key, "", whole},
           Row{std::string(server_certificate), server_key, "", "api.example"},
           Row{joined({root_certificate, wild_certificate}), wild_key, "", "wild"},
           Row{std::string(stranger_certificate), stranger_key, "", "stranger"},  // a root that is its own
           Row{pkcs12_bytes(server_pkcs12), "", "secret", whole},
           Row{pkcs12_bytes(test::pkcs12_triple_des), "", "secret", "client.example"},
           Row{std::string(test::leaf_certificate), test::leaf_key_encrypted, "secret", "client.example"},
           Row{std::string(test::leaf_certificate), test::leaf_key_pkcs1, "", "client.example"},
       }) {
    const auto identity = Identity::parse(row.certificates, row.key, row.password, fixed_random());
    REQUIRE_MESSAGE(identity, identity.error().message);
    CHECK(names_of(*identity) == row.chain);
  }
}

TEST_CASE("what cannot be an identity is refused with the place and the remedy") {
  using namespace test::tls;
  const std::string half(between_certificate.substr(0, 300));
  std::string damaged(between_certificate);
  damaged.replace(100, 4, "AAAA");
  std::string many;
  for (int i = 0; i < 21; ++i) many += root_certificate;
  struct Row {
    std::string certificates;
    std::string_view key, password, says;
    uint32_t line;
  };
  for (const Row& row : {
           Row{"", server_key, "", "not a certificate", 0},
           Row{"# empty\n-----BEGIN NOTHING-----\n", server_key, "",
               "the file holds no certificate; it needs a block that begins with -----BEGIN CERTIFICATE", 0},
           Row{std::string(server_certificate), "", "", "there is no private key; add it to the file, or name the file that has it", 0},
           Row{std::string(server_certificate), wild_key, "",
               "the private key belongs to none of the certificates (the first is for CN=api.example)", 0},
           Row{joined({server_certificate, half}), server_key, "",
               "certificate 2 of the file, in line 10, has no end; the file may be half-written", 10},
           Row{joined({server_certificate, damaged}), server_key, "", "certificate 2 of the file, in line 10, is damaged: ", 10},
           Row{many, server_key, "", "is one more than a chain may have", 181},
           Row{std::string(server_certificate), "-----BEGIN PRIVATE KEY-----\nMIG\n", "", "not a private key: ", 0},
           Row{std::string(test::leaf_certificate), test::leaf_key_encrypted, "wrong", "the password does not open the key: ", 0},
           Row{pkcs12_bytes(server_pkcs12), "", "wrong", "the password of the PKCS#12 file is not correct", 0},
           Row{pkcs12_bytes(test::pkcs12_rc2), "", "secret", "the key is encrypted in a way that is not known; export it with AES-256", 0},
       }) {
    CAPTURE(row.says);
    const auto identity = Identity::parse(row.certificates, row.key, row.password, fixed_random());
    REQUIRE_FALSE(identity);
    CHECK_MESSAGE(identity.error().message.find(row.says) != std::string::npos, identity.error().message);
    CHECK(identity.error().at.line == row.line);
  }
}

TEST_CASE("a self-made certificate is for the host, of its own making and valid from the day before for 397 days") {
  constexpr int64_t now_s = 1'735'732'800;
  const auto identity = Identity::self_made("gateway.example", now_s, fixed_random());
  REQUIRE_MESSAGE(identity, identity.error().message);
  const Certificate& certificate = identity->certificate();
  CHECK(certificate.subject() == certificate.issuer());
  CHECK(certificate.dns_names() == std::vector<std::string>{"gateway.example"});
  CHECK(certificate.not_before_s() == now_s - 86'400);
  CHECK(certificate.not_after_s() == now_s + 397 * 86'400);
  CHECK(certificate.public_key()->curve() == Curve::p256);
  CHECK(Identity::self_made("gateway.example", now_s, fixed_random())->certificate().serial() != certificate.serial());
}
