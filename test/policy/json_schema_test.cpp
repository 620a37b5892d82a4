// JsonSchemas: the cases of the JSON-Schema-Test-Suite that every validator must pass, OpenAPI's own words, and what problems say.
#include "policy/json_schema.hpp"

#include <doctest/doctest.h>

#include <map>

#include "corpora.hpp"

using namespace gatelet;
using namespace gatelet::test;

namespace {

Json json_from(yyjson_val* value) {
  if (yyjson_is_null(value)) return {};
  if (yyjson_is_bool(value)) return Json::from(yyjson_get_bool(value));
  if (yyjson_is_num(value)) return Json::from(yyjson_get_num(value));
  if (yyjson_is_str(value)) return Json::from(std::string_view(yyjson_get_str(value), yyjson_get_len(value)));
  if (yyjson_is_arr(value)) {
    std::vector<Json> made;
    for (yyjson_val* item : items(value)) made.push_back(json_from(item));
    return Json::array(std::move(made));
  }
  std::vector<Json::Member> members;
  size_t index, count;
  yyjson_val *name, *member;
  yyjson_obj_foreach(value, index, count, name, member)
      members.push_back({std::string(yyjson_get_str(name), yyjson_get_len(name)), json_from(member), {}});
  return Json::object(std::move(members));
}

std::map<std::string, Json> read_remotes() {
  std::map<std::string, Json> remotes;
  const auto folder = find_corpus("json-schema/remotes", 0);
  if (!folder) return remotes;
  for (const auto& file : std::filesystem::recursive_directory_iterator(*folder)) {
    if (!file.is_regular_file()) continue;
    const std::string name = std::filesystem::relative(file.path(), *folder).generic_string();
    if (auto parsed = Json::parse(read_bytes(file.path()))) remotes["http://localhost:1234/" + name] = *std::move(parsed);
  }
  return remotes;
}

std::string problems(std::string_view schema, std::string_view value, const SchemaOverrides& overrides = {}) {
  const auto schemas = std::make_shared<JsonSchemas>(*Json::parse(schema), SchemaDialect::openapi);
  const auto found = schemas->find("#");
  REQUIRE(found);
  const SchemaCheck check = found->check(*Json::parse(value), overrides);
  std::string text = check.outcome == SchemaCheck::Outcome::impossible ? "impossible: " : "";
  for (const SchemaProblem& problem : check.problems)
    text += problem.message + " (" + std::to_string(problem.at.line) + ":" + std::to_string(problem.at.column) + ")";
  return text;
}

}  // namespace

TEST_CASE("schema: the required cases of the JSON-Schema-Test-Suite, drafts 4, 6 and 7") {
  const std::map<std::string, Json> remotes = read_remotes();
  const JsonSchemas::FindDocument find = [&](std::string_view uri) -> const Json* {
    const auto found = remotes.find(std::string(uri));
    return found == remotes.end() ? nullptr : &found->second;
  };
  struct Draft {
    const char* name;
    SchemaDialect dialect;
    int count;
  };
  for (const Draft& draft : {Draft{"draft4", SchemaDialect::draft4, 600}, Draft{"draft6", SchemaDialect::draft6, 800},
                             Draft{"draft7", SchemaDialect::draft7, 900}}) {
    const auto folder = find_corpus(std::string("json-schema/") + draft.name, draft.count);
    if (!folder) continue;
    int count = 0, without_metaschema = 0;
    for (const auto& file : std::filesystem::directory_iterator(*folder)) {
      if (!file.is_regular_file()) continue;
      const std::string text = read_bytes(file.path());
      CorpusJson json;
      json.document.reset(yyjson_read(text.data(), text.size(), YYJSON_READ_ALLOW_INVALID_UNICODE));
      for (yyjson_val* group : items(json.root())) {
        const auto schemas = std::make_shared<JsonSchemas>(json_from(yyjson_obj_get(group, "schema")), draft.dialect, find);
        const auto schema = schemas->find("#");
        REQUIRE(schema);
        for (yyjson_val* test : items(yyjson_obj_get(group, "tests"))) {
          const SchemaCheck check = schema->check(json_from(yyjson_obj_get(test, "data")));
          const bool is_impossible = check.outcome == SchemaCheck::Outcome::impossible;
          // The schemas of the drafts themselves are no part of the suite.
          if (is_impossible && check.problems[0].message.find("http://json-schema.org/") != std::string::npos) {
            ++without_metaschema;
            continue;
          }
          ++count;
          const bool is_right =
              !is_impossible && (check.outcome == SchemaCheck::Outcome::conforms) == yyjson_get_bool(yyjson_obj_get(test, "valid"));
          CHECK_MESSAGE(is_right, draft.name << " " << file.path().filename().string() << ": " << text_of(group, "description") << ": "
                                             << text_of(test, "description") << (is_impossible ? ": " + check.problems[0].message : ""));
        }
      }
    }
    CHECK(count >= draft.count - 20);
    CHECK(without_metaschema < 20);
  }
}

TEST_CASE("schema: problems say what is wrong and where") {
  struct Row {
    const char *schema, *value, *problem;
  };
  for (const Row& row : {
           Row{R"({"type":"object","required":["a","b"]})", R"({"b":1})", "Required properties are missing from object: a. (1:1)"},
           Row{R"({"properties":{"a":{"type":"integer"}}})", "{\n  \"a\": \"x\"}", "Invalid type. Expected Integer but got String. (2:8)"},
           Row{R"({"properties":{"a":{"type":["number","null"]}}})", R"({"a":true})",
               "Invalid type. Expected Number, Null but got Boolean. (1:6)"},
           Row{R"({"additionalProperties":false,"properties":{"a":{}}})", R"({"c":1})",
               "Property 'c' has not been defined and the schema does not allow additional properties. (1:6)"},
           Row{R"({"minimum":3,"exclusiveMinimum":true})", "3", "Integer 3 is less than or equals exclusive minimum value of 3. (1:1)"},
           Row{R"({"maximum":3})", "3.5", "Float 3.5 exceeds maximum value of 3. (1:1)"},
           Row{R"({"minLength":2})", R"("ä")", "String 'ä' is less than minimum length of 2. (1:1)"},
           Row{R"({"pattern":"^a+$"})", R"("b")", "String 'b' does not match regex pattern '^a+$'. (1:1)"},
           Row{R"({"enum":["a",1]})", R"("b")", "Value \"b\" is not defined in enum. (1:1)"},
           Row{R"({"type":"string","nullable":true})", "null", ""},
           Row{R"({"type":"string"})", "null", "Invalid type. Expected String but got Null. (1:1)"},
           Row{R"({"format":"date-time"})", R"("2024-02-30T00:00:00Z")",
               "Value \"2024-02-30T00:00:00Z\" does not have the format of the schema. (1:1)"},
           Row{R"({"format":"uuid"})", R"("00000000-0000-0000-0000-000000000000")", ""},
           Row{R"({"format":"int32"})", "2147483648", "Value 2147483648 does not have the format of the schema. (1:1)"},
           Row{R"({"anyOf":[{"type":"string"},{"type":"boolean"}]})", "1", "JSON does not match any schemas from 'anyOf'. (1:1)"},
           Row{R"({"$ref":"#/nowhere"})", "1", "impossible: Could not resolve schema reference '#/nowhere'. (1:1)"},
           Row{R"({"not":{"$ref":"#/nowhere"}})", "1", "impossible: Could not resolve schema reference '#/nowhere'. (1:1)"},
           Row{R"({"$ref":"#"})", "1", "impossible: The value is too complex to be compared with its schema. (1:1)"},
           Row{R"({"pattern":"("})", R"("b")", nullptr},
       }) {
    CAPTURE(row.schema);
    if (row.problem)
      CHECK(problems(row.schema, row.value) == row.problem);
    else
      CHECK(problems(row.schema, row.value).starts_with("impossible: The pattern '(' cannot be used: "));
  }
}

TEST_CASE("schema: overrides decide about additional members and the case of names") {
  const char* schema = R"({"properties":{"a":{"type":"integer"}},"required":["a"],"additionalProperties":false})";
  CHECK(problems(schema, R"({"a":1,"b":2})", {.allows_additional = true}) == "");
  CHECK(problems(R"({"properties":{"a":{}}})", R"({"a":1,"b":2})", {.allows_additional = false}) ==
        "Property 'b' has not been defined and the schema does not allow additional properties. (1:12)");
  CHECK(problems(schema, R"({"A":1})", {.allows_additional = std::nullopt, .ignores_case = true}) == "");
  CHECK(problems(schema, R"({"A":"x"})", {.allows_additional = std::nullopt, .ignores_case = true}) ==
        "Invalid type. Expected Integer but got String. (1:6)");
}

TEST_CASE("schema: what multiplies ends by the limit") {
  // 2 to the power of 40 ways through alternatives.
  std::string schema = R"({"definitions":{"d0":{"type":"string"})";
  for (int i = 1; i <= 40; ++i) {
    const std::string one = R"({"$ref":"#/definitions/d)" + std::to_string(i - 1) + "\"}";
    schema += ",\"d" + std::to_string(i) + R"(":{"anyOf":[)" + one + "," + one + "]}";
  }
  CHECK(problems(schema + R"(},"$ref":"#/definitions/d40"})", "1").starts_with("impossible: "));
  // A chain that is longer than any stack.
  std::string chain = R"({"definitions":{"d0":{"type":"string"})";
  for (int i = 1; i <= 100'000; ++i)
    chain += ",\"d" + std::to_string(i) + R"(":{"not":{"$ref":"#/definitions/d)" + std::to_string(i - 1) + "\"}}";
  CHECK(problems(chain + R"(},"$ref":"#/definitions/d100000"})", "1").starts_with("impossible: "));
}

TEST_CASE("schema: 2019-09 and 2020-12 say what becomes of what is left over, and references find what was entered first") {
  struct Row {
    const char *schema, *good, *bad;
  };
  const std::string old_draft = R"("$schema":"https://json-schema.org/draft/2019-09/schema",)";
  const std::string draft = R"("$schema":"https://json-schema.org/draft/2020-12/schema",)";
  const auto outcome = [](const std::string& start, std::string_view rest, std::string_view value) {
    const auto schemas = std::make_shared<JsonSchemas>(*Json::parse("{" + start + std::string(rest)), SchemaDialect::openapi);
    return schemas->find("#")->check(*Json::parse(value)).outcome;
  };
  for (
      const Row& row : {
          // Beside a reference.
          Row{R"("$ref":"#/$defs/a","maxItems":2,"$defs":{"a":{"type":"array"}}})", "[1,2]", "[1,2,3]"},
          Row{R"("$ref":"#here","$defs":{"a":{"$anchor":"here","type":"string"}}})", R"("x")", "1"},
          Row{R"("$id":"http://x.test/root","$ref":"item","$defs":{"a":{"$id":"item","type":"string"}}})", R"("x")", "1"},
          Row{R"("contains":{"type":"string"},"minContains":2,"maxContains":3})", R"(["a",1,"b"])", R"(["a",1])"},
          Row{R"("contains":{"type":"string"},"maxContains":1})", R"(["a",1])", R"(["a","b"])"},
          Row{R"("contains":{"type":"string"},"minContains":0,"maxContains":1})", "[1]", R"(["a","b"])"},
          Row{R"("dependentRequired":{"a":["b"]}})", R"({"a":1,"b":1})", R"({"a":1})"},
          Row{R"("dependentSchemas":{"a":{"maxProperties":1}}})", R"({"a":1})", R"({"a":1,"b":1})"},
          Row{R"("if":{"type":"string"},"then":{"maxLength":1}})", R"("a")", R"("ab")"},
          // Left over.
          Row{R"("properties":{"a":{}},"unevaluatedProperties":false})", R"({"a":1})", R"({"a":1,"b":1})"},
          Row{R"("properties":{"a":{}},"unevaluatedProperties":{"type":"string"}})", R"({"a":1,"b":"x"})", R"({"b":1})"},
          Row{R"("allOf":[{"properties":{"a":{}}},{"patternProperties":{"^x":{}}}],"unevaluatedProperties":false})", R"({"a":1,"xy":1})",
              R"({"b":1})"},
          Row{R"("anyOf":[{"properties":{"a":{"const":1}},"required":["a"]},{"properties":{"b":{"const":2}},"required":["b"]}],"unevaluatedProperties":false})",
              R"({"a":1,"b":2})", R"({"a":1,"b":3})"},
          Row{R"("oneOf":[{"properties":{"a":{"type":"string"}},"required":["a"]},{"properties":{"b":{}},"required":["b"]}],"unevaluatedProperties":false})",
              R"({"b":1})", R"({"a":1})"},
          Row{R"("if":{"properties":{"a":{"const":1}},"required":["a"]},"then":{"properties":{"b":{}}},"else":{"properties":{"c":{}}},"unevaluatedProperties":false})",
              R"({"a":1,"b":1})", R"({"a":1,"c":1})"},
          Row{R"("if":{"properties":{"a":{"const":1}},"required":["a"]},"else":{"properties":{"c":{}}},"unevaluatedProperties":false})",
              R"({"c":1})", R"({"a":2})"},
          Row{R"("not":{"not":{"properties":{"a":{}}}},"unevaluatedProperties":false})", "{}", R"({"a":1})"},
          Row{R"("$ref":"#/$defs/a","unevaluatedProperties":false,"$defs":{"a":{"properties":{"a":{}}}}})", R"({"a":1})", R"({"b":1})"},
          Row{R"("dependentSchemas":{"a":{"properties":{"b":{}}}},"properties":{"a":{}},"unevaluatedProperties":false})",
              R"({"a":1,"b":1})", R"({"b":1})"},
          Row{R"("additionalProperties":true,"unevaluatedProperties":false,"required":["a"]})", R"({"a":1})", "{}"},
          // A cousin is not seen.
          Row{R"("properties":{"a":{}},"allOf":[{"unevaluatedProperties":false}]})", "{}", R"({"a":1})"},
          Row{R"("allOf":[{"properties":{"a":{}},"unevaluatedProperties":{"type":"number"}}],"unevaluatedProperties":false})",
              R"({"a":"","b":1})", R"({"b":"x"})"},
      }) {
    CAPTURE(row.schema);
    for (const std::string& start : {old_draft, draft}) {
      CHECK(outcome(start, row.schema, row.good) == SchemaCheck::Outcome::conforms);
      CHECK(outcome(start, row.schema, row.bad) == SchemaCheck::Outcome::differs);
    }
  }
  for (
      const Row& row : {
          Row{R"("prefixItems":[{"type":"string"}],"items":{"type":"number"}})", R"(["a",1])", R"(["a","b"])"},
          Row{R"("prefixItems":[{}],"unevaluatedItems":false})", "[1]", "[1,2]"},
          Row{R"("prefixItems":[{}],"contains":{"type":"string"},"unevaluatedItems":false})", R"([1,"a"])", R"([1,"a",2])"},
          Row{R"("allOf":[{"prefixItems":[{},{}]}],"items":{"type":"string"},"unevaluatedItems":false})", R"(["a","b","c"])",
              R"(["a","b",1])"},
          // A list of what the outer schema calls an item.
          Row{R"("$id":"http://x.test/strings","$ref":"list","$defs":{"own":{"$dynamicAnchor":"item","type":"string"},)"
              R"("list":{"$id":"list","type":"array","items":{"$dynamicRef":"#item"},"$defs":{"any":{"$dynamicAnchor":"item"}}}}})",
              R"(["a"])", "[1]"},
          // Without an anchor of that kind it is a plain reference.
          Row{R"("$id":"http://x.test/strings","$ref":"list","$defs":{"own":{"$dynamicAnchor":"item","type":"string"},)"
              R"("list":{"$id":"list","type":"array","items":{"$dynamicRef":"#item"},"$defs":{"any":{"$anchor":"item","type":"number"}}}}})",
              "[1]", R"(["a"])"},
      }) {
    CAPTURE(row.schema);
    CHECK(outcome(draft, row.schema, row.good) == SchemaCheck::Outcome::conforms);
    CHECK(outcome(draft, row.schema, row.bad) == SchemaCheck::Outcome::differs);
  }
  for (const Row& row : {
           Row{R"("items":[{"type":"string"}],"additionalItems":{"type":"number"}})", R"(["a",1])", R"(["a","b"])"},
           Row{R"("items":[{}],"unevaluatedItems":false})", "[1]", "[1,2]"},
           Row{R"("items":[{}],"contains":{"type":"string"},"unevaluatedItems":{"type":"string"}})", R"([1,"a"])", R"([1,"a",2])"},
           Row{R"("$id":"http://x.test/strict","$recursiveAnchor":true,"$ref":"tree","unevaluatedProperties":false,"$defs":{"tree":)"
               R"({"$id":"tree","$recursiveAnchor":true,"type":"object","properties":{"data":{},"child":{"$recursiveRef":"#"}}}}})",
               R"({"child":{"data":1}})", R"({"child":{"more":1}})"},
           Row{R"("$id":"http://x.test/strict","$ref":"tree","unevaluatedProperties":false,"$defs":{"tree":)"
               R"({"$id":"tree","type":"object","properties":{"child":{"$recursiveRef":"#"}}}}})",
               R"({"child":{"more":1}})", R"({"more":1})"},
       }) {
    CAPTURE(row.schema);
    CHECK(outcome(old_draft, row.schema, row.good) == SchemaCheck::Outcome::conforms);
    CHECK(outcome(old_draft, row.schema, row.bad) == SchemaCheck::Outcome::differs);
  }
}
