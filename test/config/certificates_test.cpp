// Certificates of the service: what expressions find, and what is left out and why.
#include "config/certificates.hpp"

#include <doctest/doctest.h>

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
