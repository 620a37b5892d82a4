// The schemas that operations refer to: which can be used, and what is said of the others.
#include "config/operation_definitions.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "policy/json_schema.hpp"
#include "policy/xml_schema.hpp"

using namespace gatelet;

TEST_CASE("operation definitions: each schema is JSON or XML by its kind; one that is wrong is told and cannot be used") {
  Diagnostics diagnostics;
  const ResourceSet set = resources_from_document(
      R"json({"resources":[
        {"k":"schemas/Own","v":{"schemaType":"json","document":{"type":"object"}}},
        {"k":"schemas/text","v":{"schemaType":"json","value":"{\"type\":\"object\"}"}},
        {"k":"schemas/broken","v":{"schemaType":"json","value":"{"}},
        {"k":"schemas/xml","v":{"schemaType":"xml","value":"<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'/>"}},
        {"k":"schemas/wrong","v":{"schemaType":"xml","value":"<a>\n<b></a>"}},
        {"k":"apis/a;rev=1","v":{"path":"a"}},
        {"k":"apis/a;rev=1/schemas/defs","v":{"contentType":"application/vnd.ms-azure-apim.xsd+xml","document":{"value":"<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:include schemaLocation='/schemas/XML'/></xs:schema>"}}}
      ]})json",
      "s.json", diagnostics);
  size_t asked = 0;
  OperationDefinitions definitions(diagnostics, [&](const std::string& start) {
    ++asked;
    OperationDefinitions::Listed listed;
    for (const Resource& resource : set.resources)
      if (resource.key.starts_with(start)) listed.emplace(lower(resource.key.substr(start.size())), &resource);
    return listed;
  });
  const auto definition = definitions.read(Json::object({}), "apis/a;rev=1");
  CHECK(definitions.read(Json::object({}), "apis/a;rev=1"));
  CHECK(asked == 2);  // of the service, and of the API
  struct Row {
    const char* id;
    bool is_json, is_xml;
  };
  for (const Row& row : {Row{"own", true, false}, Row{"text", true, false}, Row{"broken", false, false},
                         Row{"xml", false, XmlSchema::is_supported()}, Row{"wrong", false, false}}) {
    CAPTURE(row.id);
    const auto found = definition->service_schemas->find(row.id);
    REQUIRE(found != definition->service_schemas->end());
    CHECK((found->second.json != nullptr) == row.is_json);
    CHECK((found->second.xml != nullptr) == row.is_xml);
  }
  CHECK((definition->api_schemas->at("defs").xml != nullptr) == XmlSchema::is_supported());
  if (!XmlSchema::is_supported()) return;
  std::string problems;
  for (const Diagnostic& item : diagnostics.items()) problems += format(item) + "\n";
  CHECK(problems ==
        "s.json:6:62: warning: the XML Schema cannot be used by itself: line 2: Opening and ending tag mismatch: b line 2 and a "
        "[invalid-value]\n");
}
