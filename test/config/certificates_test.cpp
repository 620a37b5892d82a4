// Certificates of the service: what expressions find, and what is left out and why.
#include "config/certificates.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "config/backends.hpp"
#include "keys.hpp"

using namespace gatelet;

namespace {

struct ReadCertificates {
  std::vector<DeployedCertificate> certificates;
  Diagnostics diagnostics;
};

}  // namespace

static void read(const Json& properties, ReadCertificates& out) {
  ResourceSet resources;
  resources.resources.emplace_back();
  resources.resources.back().key = "certificates/signing";
  resources.resources.back().value = properties;
  out.certificates = read_certificates(resources, {1, 2}, out.diagnostics);
}

static std::string problem_of(const Json& properties) {
  ReadCertificates out;
  read(properties, out);
  CHECK(out.certificates.empty());
  REQUIRE(out.diagnostics.items().size() == 1);
  CHECK_FALSE(out.diagnostics.has_errors());
  return out.diagnostics.items()[0].message;
}

TEST_CASE("a certificate is read from PKCS#12 in base64, or from PEM") {
  const std::string pem = std::string(test::leaf_certificate) + std::string(test::leaf_key);
  for (const Json& properties : {Json::object({{"data", Json::from(test::pkcs12_aes), {}}, {"password", Json::from("secret"), {}}}),
                                 Json::object({{"data", Json::from(std::string_view(pem)), {}}})}) {
    ReadCertificates out;
    read(properties, out);
    CHECK(out.diagnostics.items().empty());
    REQUIRE(out.certificates.size() == 1);
    CHECK(out.certificates[0].id == "signing");
    CHECK(out.certificates[0].certificate.private_key());
  }
}

TEST_CASE("a certificate that cannot be used is left out with a warning") {
  CHECK(problem_of(Json::object({{"subject", Json::from("CN=a"), {}}})) ==
        "certificate 'signing': it has no 'data': exports leave it out; policies will not find it");
  CHECK(problem_of(Json::object({{"keyVault", Json::object({}), {}}})) ==
        "certificate 'signing': it lies in a key vault, which only exists in Azure; policies will not find it");
  CHECK(problem_of(Json::object({{"data", Json::from("!"), {}}})) ==
        "certificate 'signing': 'data' is neither base64 nor PEM; policies will not find it");
  CHECK(problem_of(Json::object({{"data", Json::from(test::pkcs12_aes), {}}})) ==
        "certificate 'signing': the password of the PKCS#12 file is not correct; policies will not find it");
}

TEST_CASE("a backend is shown the certificate that its credentials name by id or by thumbprint, with its key") {
  const std::string pem = std::string(test::leaf_certificate) + std::string(test::leaf_key);
  const std::string document = R"({"resources":[{"k":"certificates/Mine","v":{"data":")" + json_escape(pem) +
                               R"("}},{"k":"certificates/keyless","v":{"data":")" + json_escape(test::leaf_certificate) + R"("}}]})";
  Diagnostics diagnostics;
  ResourceSet resources = resources_from_document(document, "c.json", diagnostics);
  REQUIRE_MESSAGE(!diagnostics.has_errors(), format(diagnostics.items()[0]));
  Identities identities(resources, {1, 2}, diagnostics);
  const auto mine = identities.of_id("mine");
  REQUIRE_MESSAGE(mine, mine.error().message);
  CHECK(identities.of_id("/subscriptions/s/certificates/Mine"));
  const crypto::Digest thumbprint = mine->certificate().thumbprint();
  std::string digits;
  for (const char c : thumbprint.view()) {
    const char* const hexadecimal = "0123456789ABCDEF";
    digits += {hexadecimal[static_cast<unsigned char>(c) >> 4], hexadecimal[c & 15], ':'};
  }
  CHECK(identities.of_thumbprint(digits));
  CHECK(identities.of_thumbprint("00").error().message == "no certificate has the thumbprint '00'");
  CHECK(identities.of_id("keyless").error().message.starts_with("there is no private key"));
  CHECK(identities.of_id("other").error().message == "the certificate 'other' does not exist");

  const std::string backends = R"({"resources":[{"k":"backends/a","v":{"url":"https://a.test","credentials":{"certificateIds":["mine"]}}},)"
                               R"({"k":"backends/b","v":{"url":"https://b.test","credentials":{"certificate":[")" +
                               digits + R"(", "second"]}}}]})";
  ResourceSet all = resources_from_document(backends, "b.json", diagnostics);
  all.resources.insert(all.resources.end(), resources.resources.begin(), resources.resources.end());
  const Upstreams upstreams = read_backends(all, {}, {1, 2}, diagnostics);
  REQUIRE(upstreams.size() == 2);
  CHECK(upstreams.at("a")->identity->thumbprint == thumbprint.view());
  CHECK(upstreams.at("b")->identity->thumbprint == thumbprint.view());
  REQUIRE(diagnostics.items().size() == 1);
  CHECK(diagnostics.items()[0].message == "credentials of the backend 'b' have several certificates; the backend is shown the first one");
}
