// What mock-response answers with: examples of the definition, and samples made from schemas.
#include "config/response_examples.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/limits.hpp"
#include "config/build.hpp"
#include "config/schema_sample.hpp"

using namespace gatelet;

static Json json(const std::string& text) {
  Result<Json> parsed = Json::parse(text);
  REQUIRE_MESSAGE(parsed, text);
  return *parsed;
}

TEST_CASE("schema sample: the plainest value of each type, or what the schema gives") {
  struct Row {
    const char *schema, *sample;
  };
  const Json document = json(R"({"components":{"schemas":{
    "name":{"type":"string"}, "a/b":{"type":"boolean"},
    "node":{"type":"object","properties":{"id":{"type":"integer"},"next":{"$ref":"#/components/schemas/node"},
            "all":{"type":"array","items":{"$ref":"#/components/schemas/node"}}}},
    "loop":{"$ref":"#/components/schemas/loop"}}}})");
  for (
      const Row& row : {
          Row{R"({"type":"string"})", R"("string")"},
          Row{R"({"type":"string","format":"date-time"})", R"("2017-07-21T17:32:28Z")"},
          Row{R"({"type":"string","format":"uuid"})", R"("00000000-0000-0000-0000-000000000000")"},
          Row{R"({"type":"string","format":"email"})", R"("string")"},
          Row{R"({"type":"integer"})", "0"},
          Row{R"({"type":"number","minimum":2.5})", "2.5"},
          Row{R"({"type":"boolean"})", "true"},
          Row{R"({"type":["null","string"]})", R"("string")"},
          Row{R"({"type":"string","enum":["b","a"]})", R"("b")"},
          Row{R"({"type":"string","default":"d","enum":["b"]})", R"("d")"},
          Row{R"({"type":"string","example":"e","default":"d"})", R"("e")"},
          Row{R"({"const":7})", "7"},
          Row{R"({"examples":["first","second"]})", R"("first")"},
          Row{R"({"type":"object","properties":{"b":{"type":"integer"},"a":{"type":"boolean"},"p":{"type":"string","writeOnly":true}}})",
              R"({"b":0,"a":true})"},
          Row{R"({"properties":{"b":{}}})", R"({"b":{}})"},
          Row{R"({"type":"array","items":{"type":"integer"}})", "[0]"},
          Row{R"({"type":"array"})", "[{}]"},
          Row{R"({"allOf":[{"properties":{"a":{"type":"integer"}}},{"properties":{"b":{"type":"integer"}}}],"properties":{"c":{"example":1}}})",
              R"({"a":0,"b":0,"c":1})"},
          Row{R"({"oneOf":[{"type":"integer"},{"type":"string"}]})", "0"},
          Row{R"({"anyOf":[{"type":"string"},{"type":"integer"}]})", R"("string")"},
          Row{R"({"$ref":"#/components/schemas/name"})", R"("string")"},
          Row{R"({"$ref":"#/components/schemas/a~1b"})", "true"},
          Row{R"({"$ref":"#/components/schemas/node"})", R"({"id":0,"all":[]})"},
          Row{R"({"properties":{"n":{"$ref":"#/components/schemas/nothing"}}})", "{}"},
      }) {
    CAPTURE(row.schema);
    const auto made = SchemaSample(document).make(json(row.schema));
    REQUIRE(made);
    CHECK(*made == json(row.sample));
    CHECK(made->text() == json(row.sample).text());
  }
  CHECK_FALSE(SchemaSample(document).make(json(R"({"$ref":"#/components/schemas/loop"})")));
  CHECK_FALSE(SchemaSample(document).make(json(R"({"$ref":"other.json#/x"})")));
}

TEST_CASE("schema sample: schemas that multiply end at the limit") {
  std::string schemas = R"("s0":{"type":"integer"})";
  for (int i = 1; i < 30; ++i) {
    const std::string inner = R"({"$ref":"#/definitions/s)" + std::to_string(i - 1) + "\"}";
    schemas += ",\"s" + std::to_string(i) + R"(":{"properties":{"a":)" + inner + ",\"b\":" + inner + ",\"c\":" + inner + "}}";
  }
  const Json document = json("{\"definitions\":{" + schemas + "}}");
  const auto made = SchemaSample(document).make(document["definitions"]["s29"]);
  REQUIRE(made);
  CHECK(made->text().size() < sample_values_max * 16);
}

TEST_CASE("response examples: bodies in the form of their media type") {
  struct Row {
    const char *type, *value, *body;
  };
  for (const Row& row :
       {Row{"application/json", R"({"a":1})", R"({"a":1})"}, Row{"application/json", R"("text")", R"("text")"},
        Row{"application/json; charset=utf-8", R"("{ \"a\": 1 }")", R"({ "a": 1 })"}, Row{"application/hal+json", "[1,2]", "[1,2]"},
        Row{"text/plain", R"("text")", "text"}, Row{"text/plain", "5", "5"}, Row{"text/csv", R"({"a":1})", R"({"a":1})"},
        Row{"application/xml", R"("<a/>")", "<a/>"},
        Row{"application/xml", R"({"a b":[1,"<"],"c":{"d":true}})", "<root><a_b>1</a_b><a_b>&lt;</a_b><c><d>true</d></c></root>"},
        Row{"text/xml", "[1,2]", "<list><root>1</root><root>2</root></list>"}}) {
    CAPTURE(row.type);
    CAPTURE(row.value);
    ResponseExamples examples;
    const auto read = examples.read(json(R"([{"statusCode":200,"representations":[{"contentType":")" + std::string(row.type) +
                                         R"(","examples":{"default":{"value":)" + row.value + "}}}]}]"),
                                    [](std::string_view) { return nullptr; });
    REQUIRE(read.size() == 1);
    CHECK(read[0].is_given);
    CHECK(read[0].content_type == row.type);
    CHECK(read[0].body.view() == row.body);
  }
}

TEST_CASE("response examples: each example in order, a sample only where there is none, equal bodies once, and bounded together") {
  ResponseExamples examples;
  const Json schema = json(R"({"document":{"value":"{\"definitions\":{\"t\":{\"type\":\"boolean\"}}}"}})");
  const auto find = [&](std::string_view id) { return id == "s" ? &schema : nullptr; };
  const auto read = examples.read(json(R"([
    {"statusCode":"200","representations":[
      {"contentType":"application/json","schemaId":"s","typeName":"t","examples":{"b":{"value":1},"a":{"value":2},"c":{"externalValue":"x"}}},
      {"contentType":"*/*","schemaId":"s","typeName":"t"},
      {"contentType":"text/plain"}]},
    {"statusCode":100,"representations":[{"contentType":"text/plain"}]},
    {"statusCode":"default","representations":[{"contentType":"application/json"}]},
    {"statusCode":202,"representations":[{"contentType":"text/plain","sample":"old"}]}])"),
                                  find);
  std::string lines;
  for (const ResponseExample& example : read)
    lines += std::to_string(example.status) + " " + example.content_type + " " + std::string(example.body.view()) +
             (example.is_given ? " given\n" : "\n");
  CHECK(
      lines ==
      "200 application/json 1 given\n200 application/json 2 given\n200 application/json true\n200 text/plain \n202 text/plain old given\n");

  const auto one = [&](const std::string& text) {
    return examples.read(json(R"([{"statusCode":200,"representations":[{"contentType":"text/plain","sample":")" + text + "\"}]}]"), find);
  };
  const std::string large(9 * 1024 * 1024, 'x');
  CHECK(one(large)[0].body.size() == large.size());
  CHECK(one(large)[0].body.view().data() == one(large)[0].body.view().data());
  CHECK_FALSE(examples.has_left_out());
  CHECK(one("y" + large)[0].body.empty());
  CHECK(examples.has_left_out());
}

TEST_CASE("response examples: they are kept for operations whose policies mock, and for no others") {
  const std::string operation =
      R"("method":"GET","urlTemplate":"/a","responses":[{"statusCode":200,"representations":[{"contentType":"text/plain","sample":"x"}]}])";
  const std::string mock =
      R"("format":"rawxml","value":"<policies><inbound><choose><when condition='false'><mock-response /></when></choose></inbound></policies>")";
  Diagnostics diagnostics;
  const ResourceSet set =
      resources_from_document(R"({"resources":[{"k":"apis/a;rev=1","v":{"path":"a"}},{"k":"apis/b;rev=1","v":{"path":"b"}},)"
                              R"({"k":"apis/a;rev=1/operations/get","v":{)" +
                                  operation + R"(}},{"k":"apis/b;rev=1/operations/get","v":{)" + operation +
                                  R"(}},{"k":"apis/a;rev=1/policies/policy","v":{)" + mock + "}}]}",
                              "test.json", diagnostics);
  BuildOptions options;
  options.policies = builtin_policies();
  const auto config = build_config(set, options, std::move(diagnostics));
  REQUIRE(config->apis.size() == 2);
  CHECK(config->apis[0].operations[0].facts.examples.size() == 1);
  CHECK(config->apis[1].operations[0].facts.examples.empty());
}
