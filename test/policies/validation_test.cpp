// The validate-… policies where behaviour files do not reach: what they refuse, and what is beyond the limits.
#include <doctest/doctest.h>

#include "fake_context.hpp"
#include "policy/definition.hpp"
#include "policy/json_schema.hpp"
#include "policy/xml_schema.hpp"

using namespace gatelet;
using namespace gatelet::test;

TEST_CASE("validate-…: problems are told with place and remedy") {
  struct Row {
    const char *section, *text, *problem;
  };
  for (const Row& row : {
           Row{"outbound", "<validate-status-code/>", "'validate-status-code' needs the attribute 'unspecified-status-code-action'"},
           Row{"outbound", "<validate-status-code unspecified-status-code-action='block'/>",
               "'unspecified-status-code-action' must be ignore, prevent or detect, not 'block'"},
           Row{"outbound",
               "<validate-status-code unspecified-status-code-action='prevent'><status-code code='a' "
               "action='ignore'/></validate-status-code>",
               "'code' of 'status-code' must be an integer from 100 to 999"},
           Row{"inbound", "<validate-status-code unspecified-status-code-action='prevent'/>",
               "may not stand in the inbound section; move it to outbound or on-error"},
           Row{"outbound", "<validate-headers specified-header-action='ignore'/>",
               "'validate-headers' needs the attribute 'unspecified-header-action'"},
           Row{"outbound",
               "<validate-headers specified-header-action='ignore' unspecified-header-action='prevent'><header "
               "name='a'/></validate-headers>",
               "'header' needs the attribute 'action'"},
           Row{"inbound", "<validate-parameters specified-parameter-action='ignore'/>",
               "'validate-parameters' needs the attribute 'unspecified-parameter-action'"},
           Row{"inbound",
               "<validate-parameters specified-parameter-action='ignore' unspecified-parameter-action='ignore'><path "
               "unspecified-parameter-action='ignore'/></validate-parameters>",
               "'path' has no attribute 'unspecified-parameter-action'"},
           Row{"inbound",
               "<validate-parameters specified-parameter-action='ignore' unspecified-parameter-action='ignore'><query><parameter "
               "name='a' action='detach'/></query></validate-parameters>",
               "'action' must be ignore, prevent or detect, not 'detach'"},
           Row{"inbound", "<validate-content unspecified-content-type-action='ignore' max-size='102401' size-exceeded-action='ignore'/>",
               "'max-size' of 'validate-content' must be an integer from 1 to 102400, not '102401'"},
           Row{"inbound",
               "<validate-content unspecified-content-type-action='ignore' max-size='1' size-exceeded-action='ignore'><content "
               "action='ignore'/></validate-content>",
               "'content' needs the attribute 'validate-as'"},
           Row{"inbound",
               "<validate-content unspecified-content-type-action='ignore' max-size='1' "
               "size-exceeded-action='ignore'><content-type-map><type to='a'/></content-type-map></validate-content>",
               "'type' needs either the attribute 'from' or the attribute 'when'"},
       }) {
    CAPTURE(row.text);
    const Reading reading = read_section(row.section, row.text);
    CHECK(reading.document == nullptr);
    CHECK_MESSAGE(reading.problems().find(row.problem) != std::string::npos, reading.problems());
  }
  const std::string problems =
      read_section("inbound",
                   "<validate-content unspecified-content-type-action='ignore' max-size='1' size-exceeded-action='ignore'><content "
                   "validate-as='soap' action='ignore'/></validate-content>")
          .problems();
  CHECK((problems.find("this build has no XML Schema") == std::string::npos) == XmlSchema::is_supported());
}

TEST_CASE("validate-content: a schema that cannot be used is an internal error") {
  const auto schemas = std::make_shared<JsonSchemas>(*Json::parse(R"({"$ref":"#"})"), SchemaDialect::openapi);
  OperationFacts facts;
  auto definition = std::make_shared<OperationDefinition>();
  definition->representations = {{"application/json", "", "circle", schemas->find("#")}};
  facts.definition = definition;
  FakeContext context;
  context.operation = &facts;
  context.request.headers.append("Content-Type", "application/json");
  context.request.body = Body::from(Buffer::copy("{}"));
  CHECK(context.run(Section::inbound,
                    "<validate-content unspecified-content-type-action='prevent' max-size='100' size-exceeded-action='prevent'><content "
                    "validate-as='json' action='prevent'/></validate-content>") == Flow::fail);
  CHECK(context.failure().reason == "Bad request");
  CHECK(context.failure().message ==
        "Body of the request cannot be validated for the content type application/json. The value is too complex to be compared with its "
        "schema.");
  CHECK(context.failure().public_message == "The request could not be processed due to an internal error. Contact the API owner.");
  CHECK(context.failure().status == 400);
}

TEST_CASE("validate-content: XML of an API that has no XML Schema does not pass unseen") {
  OperationFacts facts;
  auto definition = std::make_shared<OperationDefinition>();
  definition->representations = {{"text/xml"}};
  facts.definition = definition;
  FakeContext context;
  context.operation = &facts;
  context.request.headers.append("Content-Type", "text/xml");
  context.request.body = Body::from(Buffer::copy("<a/>"));
  CHECK(context.run(Section::inbound,
                    "<validate-content unspecified-content-type-action='prevent' max-size='100' size-exceeded-action='prevent'><content "
                    "validate-as='xml' action='prevent'/></validate-content>") == Flow::fail);
  CHECK(context.failure().message == "API's schema does not specify definitions.");
}

TEST_CASE("validate-status-code: an action that an expression gives must be one") {
  FakeEnvironment environment;
  environment.has_expressions = true;
  FakeContext context;
  CHECK(context.run(Section::outbound, "<validate-status-code unspecified-status-code-action='@(\"maybe\")'/>", environment) == Flow::fail);
  CHECK(context.failure().message == "unspecified-status-code-action must be ignore, prevent or detect, not 'maybe'.");
}
