// The context document of `gatelet eval`.
#include <doctest/doctest.h>

#include "base/json.hpp"
#include "base/text.hpp"
#include "expr/document_context.hpp"
#include "keys.hpp"

using namespace gatelet;

static std::string result_of(std::string_view expression, const std::string& context) {
  const auto document = Json::parse(context);
  REQUIRE(document);
  bool failed = false;
  const auto result = Json::parse(evaluate_document(expression, *document, 0, {1, 2}, {}, failed));
  REQUIRE(result);
  return std::string(failed ? (*result)["error"]["message"].string() : (*result)["text"].string());
}

static std::string json_quoted(std::string_view text) { return "\"" + json_escape(text) + "\""; }

TEST_CASE("a context document brings certificates, in PEM or in base64") {
  const std::string context = R"({"request":{"certificate":)" + json_quoted(test::root_certificate) +
                              R"(},"deployment":{"certificates":{"signing":)" +
                              json_quoted(std::string(test::leaf_certificate) + std::string(test::leaf_key)) + R"(,"file":)" +
                              json_quoted(test::pkcs12_without_password) + "}}}";
  CHECK(result_of("@(context.Request.Certificate.SerialNumber)", context) == "01");
  CHECK(result_of("@(context.Deployment.Certificates[\"signing\"].GetRSAPrivateKey().SignData(new byte[1], HashAlgorithmName.SHA256, "
                  "RSASignaturePadding.Pkcs1).Length)",
                  context) == "256");
  CHECK(result_of("@(string.Join(\",\", context.Deployment.Certificates.Keys))", context) == "signing,file");
  CHECK(result_of("@(context.Deployment.Certificates[\"file\"].HasPrivateKey)", context) == "True");
  CHECK(result_of("@(1)", R"({"request":{"certificate":"AAAA"}})") ==
        "context: 'certificate' must be a certificate in PEM, or in base64 of DER or PKCS#12");
  CHECK(result_of("@(context.Request.Certificate == null)", "{}") == "True");
}

TEST_CASE("a context document brings tokens and the names of keys") {
  CHECK(result_of("@(((Jwt)context.Variables[\"jwt\"]).Subject)",
                  R"({"variables":{"jwt":{"$type":"Jwt","value":"e30.eyJzdWIiOiJ4In0."}}})") == "x");
  CHECK(result_of("@(context.Api.SubscriptionKeyParameterNames.Header)", R"({"api":{}})") == "Ocp-Apim-Subscription-Key");
  CHECK(result_of("@(context.Api.SubscriptionKeyParameterNames.Query)", R"({"api":{"subscriptionKeyParameterNames":{"query":"k"}}})") ==
        "k");
  CHECK(result_of("@(context.LastError.HttpErrorCode)", R"({"lastError":{"httpErrorCode":404}})") == "404");
}
