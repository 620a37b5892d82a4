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

TEST_CASE("a product's state is read in any case, and the carbon intensity of a gateway of one's own is not known") {
  CHECK(result_of("@(context.Product.State == ProductState.Published)", R"({"product":{"state":"published"}})") == "True");
  CHECK(result_of("@(context.Product.State)", R"({"product":{"state":"Published"}})") == "Published");
  CHECK(result_of("@(context.Product.State)", R"({"product":{"state":"notPublished"}})") == "NotPublished");
  CHECK(result_of("@(context.Deployment.SustainabilityInfo.CurrentCarbonIntensity == CarbonIntensityCategory.High)", "{}") == "False");
  CHECK(result_of("@(context.Deployment.SustainabilityInfo.CurrentCarbonIntensity)", "{}") == "NotAvailable");
}

TEST_CASE("a context document brings tokens and the names of keys") {
  CHECK(result_of("@(((Jwt)context.Variables[\"jwt\"]).Subject)",
                  R"({"variables":{"jwt":{"$type":"Jwt","value":"e30.eyJzdWIiOiJ4In0."}}})") == "x");
  CHECK(result_of("@(context.Api.SubscriptionKeyParameterNames.Header)", R"({"api":{}})") == "Ocp-Apim-Subscription-Key");
  CHECK(result_of("@(context.Api.SubscriptionKeyParameterNames.Query)", R"({"api":{"subscriptionKeyParameterNames":{"query":"k"}}})") ==
        "k");
  CHECK(result_of("@(context.LastError.HttpErrorCode)", R"({"lastError":{"httpErrorCode":404}})") == "404");
}

TEST_CASE("a context document brings the product's APIs and groups, and the user's") {
  const std::string context =
      R"({"api":{"id":"own","protocols":["http"]},"product":{"id":"p","subscriptionLimit":3,"groups":["g",{"id":"h","name":"H"}],)"
      R"("apis":[{"id":"a","name":"A","path":"x","serviceUrl":"https://s.test/b","protocols":["https","wss"]},{"id":"b"}]},)"
      R"("user":{"id":"u","groups":[{"id":"k","name":"K"}],"identities":[{"id":"7","provider":"Aad"}]}})";
  struct Row {
    std::string expression;
    std::string text;
  };
  for (const Row& row : {
           Row{R"(@(string.Join(",", context.Product.Apis.Select(a => a.Id))))", "a,b"},
           Row{R"(@(context.Product.Apis.First().Name + context.Product.Apis.First().Path))", "Ax"},
           Row{R"(@(context.Product.Apis.First().ServiceUrl.Host))", "s.test"},
           Row{R"(@(string.Join(",", context.Product.Apis.First().Protocols)))", "https,wss"},
           Row{R"(@(context.Product.Apis.Last().Protocols.Any() || context.Product.Apis.Last().Name != null))", "False"},
           Row{R"(@(context.Product.Apis.First().SubscriptionKeyParameterNames.Query))", "subscription-key"},
           Row{R"(@(context.Product.Apis.First().IsCurrentRevision))", "True"},
           Row{R"(@(context.Api.Id + string.Join(",", context.Api.Protocols)))", "ownhttp"},
           Row{R"(@(string.Join(",", context.Product.Groups.Select(g => g.Id + g.Name))))", "gg,hH"},
           Row{R"(@(context.Product.SubscriptionsLimit + context.Product.SubscriptionLimit))", "6"},
           Row{R"(@(context.User.Groups.Single().Name + context.User.Identities.Single().Provider + context.User.Identities.First().Id))",
               "KAad7"},
       }) {
    CAPTURE(row.expression);
    CHECK(result_of(row.expression, context) == row.text);
  }
  CHECK(result_of("@(context.Product.Apis.Count() + context.Product.Groups.Count() + (context.Product.SubscriptionsLimit ?? 0))",
                  R"({"product":{}})") == "0");
}

TEST_CASE("context.GraphQL has what a resolver was called with, and nulls elsewhere") {
  const std::string context = R"({"graphQL":{"arguments":{"id":12345678901234567890123},"parent":{"id":"p"}}})";
  CHECK(result_of(R"(@((string)context.GraphQL.Arguments["id"] + context.GraphQL.Parent["id"]))", context) == "12345678901234567890123p");
  CHECK(result_of(R"(@(context.GraphQL.GraphQLArguments.Count))", context) == "1");
  CHECK(result_of(R"(@(context.GraphQL.Arguments == null && context.GraphQL.Parent == null))", "{}") == "True");
  CHECK(result_of(R"(@(context.GraphQL.Arguments["id"]))", "{}") == "Object reference not set to an instance of an object.");
}

TEST_CASE("numbers of a context document are what was written") {
  const std::string context = R"({"variables":{"a":{"big":123456789012345678901234567890,"real":1.0,"list":[9007199254740993,-0.5e3]},)"
                              R"("n":123456789012345678901234567890,"long":9223372036854775807,"r":1.0}})";
  const auto a = [](const std::string& rest) { return "@(((JObject)context.Variables[\"a\"])" + rest + ")"; };
  CHECK(result_of(a(".ToString(Formatting.None)"), context) ==
        R"({"big":123456789012345678901234567890,"real":1.0,"list":[9007199254740993,-500.0]})");
  CHECK(result_of(a("[\"big\"].ToString()"), context) == "123456789012345678901234567890");
  CHECK(result_of(a("[\"real\"].Type"), context) == "Float");
  CHECK(result_of("@(context.Variables[\"n\"].ToString())", context) == "123456789012345678901234567890");
  CHECK(result_of("@(new JObject(new JProperty(\"n\", context.Variables[\"n\"])).ToString(Formatting.None))", context) ==
        R"({"n":123456789012345678901234567890})");
  CHECK(result_of("@((long)context.Variables[\"long\"])", context) == "9223372036854775807");
  CHECK(result_of("@((double)context.Variables[\"r\"])", context) == "1");
}
