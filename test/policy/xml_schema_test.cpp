#include "policy/xml_schema.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <thread>
#include <vector>

using namespace gatelet;

namespace {

std::string schema_text(std::string_view inside, std::string_view target = "urn:shop") {
  return "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" targetNamespace=\"" + std::string(target) + "\" xmlns=\"" +
         std::string(target) + "\" elementFormDefault=\"qualified\">" + std::string(inside) + "</xs:schema>";
}

constexpr std::string_view order_element =
    "<xs:element name=\"order\"><xs:complexType><xs:sequence><xs:element name=\"id\" type=\"xs:int\"/><xs:element name=\"note\" "
    "type=\"xs:string\" minOccurs=\"0\"/></xs:sequence></xs:complexType></xs:element>";

using SchemaTexts = std::map<std::string, std::string, std::less<>>;

Result<std::shared_ptr<const XmlSchema>> compiled_schema(const std::string& text, const SchemaTexts& others = {}) {
  return XmlSchema::compile("main", text, [&](std::string_view id) -> std::optional<std::string_view> {
    const auto found = others.find(id);
    return found == others.end() ? std::nullopt : std::optional<std::string_view>(found->second);
  });
}

std::string first_problem(const SchemaCheck& check) { return check.problems.empty() ? "" : check.problems.front().message; }

}  // namespace

TEST_CASE("XML Schema: a document conforms, or what does not is told with its line") {
  const auto schema = compiled_schema(schema_text(order_element));
  REQUIRE(schema);
  struct Row {
    const char *document, *problem;
    uint32_t line;
  };
  for (const Row& row : {
           Row{"<order xmlns='urn:shop'><id>1</id></order>", "", 0},
           Row{"<?xml version='1.0' encoding='utf-16'?><order xmlns='urn:shop'><id>1</id><note>n</note></order>", "", 0},
           Row{"<order xmlns='urn:shop'>\n<id>one</id></order>", "'one' is not a valid value of the atomic type 'xs:int'", 2},
           Row{"<order xmlns='urn:shop'><note/></order>", "This element is not expected. Expected is ( {urn:shop}id )", 1},
           Row{"<order><id>1</id></order>", "No matching global declaration available", 1},
           Row{"<order xmlns='urn:shop'><id>1</id>", "Premature end of data", 1},
           Row{"<!DOCTYPE order SYSTEM 'file:///etc/passwd'><order xmlns='urn:shop'><id>1</id></order>", "a document type is not allowed",
               0},
           Row{"", "Document is empty", 1},
       }) {
    CAPTURE(row.document);
    const SchemaCheck check = (*schema)->check(row.document, XmlSchema::Form::document);
    CHECK((check.outcome == SchemaCheck::Outcome::conforms) == (*row.problem == '\0'));
    CHECK_MESSAGE(first_problem(check).find(row.problem) != std::string::npos, first_problem(check));
    if (row.line != 0) CHECK(check.problems.front().at.line == row.line);
  }
}

TEST_CASE("XML Schema: of a SOAP envelope what its body holds is compared") {
  const auto schema = compiled_schema(schema_text(order_element));
  REQUIRE(schema);
  const auto envelope = [](std::string_view space, std::string_view body) {
    return "<s:Envelope xmlns:s=\"" + std::string(space) + "\" xmlns=\"urn:shop\"><s:Header/><s:Body>" + std::string(body) +
           "</s:Body></s:Envelope>";
  };
  constexpr std::string_view soap_1_1 = "http://schemas.xmlsoap.org/soap/envelope/", soap_1_2 = "http://www.w3.org/2003/05/soap-envelope";
  struct Row {
    std::string document;
    const char* problem;
  };
  for (const Row& row : {
           Row{envelope(soap_1_1, "<order><id>1</id></order>"), ""},
           Row{envelope(soap_1_2, "<order><id>1</id></order>"), ""},
           Row{envelope(soap_1_2, "<order><id>x</id></order>"), "'x' is not a valid value"},
           Row{envelope(soap_1_1, "<s:Fault><faultcode>s:Server</faultcode></s:Fault>"), ""},
           Row{envelope(soap_1_1, ""), ""},
           Row{envelope("urn:other", "<order><id>1</id></order>"), "no SOAP envelope"},
           Row{"<order xmlns='urn:shop'><id>1</id></order>", "no SOAP envelope"},
       }) {
    CAPTURE(row.document);
    const SchemaCheck check = (*schema)->check(row.document, XmlSchema::Form::soap);
    CHECK((check.outcome == SchemaCheck::Outcome::conforms) == (*row.problem == '\0'));
    CHECK_MESSAGE(first_problem(check).find(row.problem) != std::string::npos, first_problem(check));
  }
}

TEST_CASE("XML Schema: others are included by their place among the schemas of the service, also in a circle") {
  const SchemaTexts others = {
      {"types", schema_text("<xs:include schemaLocation=\"/schemas/main\"/><xs:simpleType name=\"size\"><xs:restriction "
                            "base=\"xs:int\"><xs:maxInclusive value=\"9\"/></xs:restriction></xs:simpleType>")},
      {"main", schema_text("<xs:include schemaLocation=\"/schemas/Types\"/><xs:import namespace=\"urn:parts\" "
                           "schemaLocation=\"/schemas/parts\"/><xs:element name=\"box\" type=\"size\"/>")},
      {"parts", schema_text("<xs:element name=\"part\" type=\"xs:date\"/>", "urn:parts")},
  };
  const auto schema = compiled_schema(others.find("main")->second, others);
  REQUIRE_MESSAGE(schema, schema.error().message);
  const auto conforms = [&](std::string_view document) {
    return (*schema)->check(document, XmlSchema::Form::document).outcome == SchemaCheck::Outcome::conforms;
  };
  CHECK(conforms("<box xmlns='urn:shop'>9</box>"));
  CHECK_FALSE(conforms("<box xmlns='urn:shop'>10</box>"));
  CHECK(conforms("<part xmlns='urn:parts'>2026-01-31</part>"));
  CHECK_FALSE(conforms("<part xmlns='urn:parts'>today</part>"));
}

TEST_CASE("XML Schema: what is wrong with one is told, and nothing is opened for it") {
  const SchemaTexts others = {{"broken", "<schema"}, {"no-schema", "<a/>"}};
  struct Row {
    std::string text;
    const char* problem;
  };
  for (const Row& row : {
           Row{"", "Document is empty"},
           Row{"<a/>", "its root is not 'schema'"},
           Row{schema_text("<xs:element name=\"a\" type=\"lost\"/>"), "lost"},
           Row{schema_text("<xs:include schemaLocation=\"/schemas/lost\"/>"), "there is no schema 'lost'"},
           Row{schema_text("<xs:include schemaLocation=\"/schemas/broken\"/>"), "Couldn't find end of Start Tag"},
           Row{schema_text("<xs:include schemaLocation=\"/schemas/no-schema\"/>"), "its root is not 'schema'"},
           Row{schema_text("<xs:import namespace=\"urn:x\" schemaLocation=\"http://127.0.0.1:1/x.xsd\"/>"),
               "is not '/schemas/' and the id"},
           Row{schema_text("<xs:include schemaLocation=\"file:///etc/passwd\"/>"), "is not '/schemas/' and the id"},
           Row{schema_text("<xs:redefine schemaLocation=\"other.xsd\"/>"), "is not '/schemas/' and the id"},
           Row{"<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>" + schema_text("&x;"), "a document type is not allowed"},
           Row{schema_text(std::string(5 * 1024 * 1024, ' ')), "larger than"},
       }) {
    const auto schema = compiled_schema(row.text, others);
    REQUIRE_FALSE(schema);
    CHECK_MESSAGE(schema.error().message.find(row.problem) != std::string::npos, schema.error().message);
  }
}

TEST_CASE("XML Schema: several threads use one schema") {
  const auto schema = compiled_schema(schema_text(order_element));
  REQUIRE(schema);
  std::vector<int> counts(4);
  std::vector<std::thread> threads;
  for (int& count : counts)
    threads.emplace_back([&schema = **schema, &count] {
      for (int i = 0; i < 200; ++i) {
        const std::string id = i % 2 == 0 ? "1" : "x";
        const auto check = schema.check("<order xmlns='urn:shop'><id>" + id + "</id></order>", XmlSchema::Form::document);
        count += check.outcome == SchemaCheck::Outcome::conforms;
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (int count : counts) CHECK(count == 100);
}
