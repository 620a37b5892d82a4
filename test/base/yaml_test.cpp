#include <doctest/doctest.h>

#include "base/json.hpp"

using namespace gatelet;

static std::string outcome(std::string_view text) {
  const Result<Json> result = Json::parse_yaml(text);
  if (result) return result->text();
  return std::to_string(result.error().at.line) + ":" + std::to_string(result.error().at.column) + " " + result.error().message;
}

TEST_CASE("yaml: plain scalars follow the core schema of YAML 1.2, quoted ones are strings") {
  struct Row {
    const char *yaml, *json;
  };
  for (const Row& row : {
           Row{"[~, null, Null, NULL, nULL]", R"([null,null,null,null,"nULL"])"},
           Row{"[true, True, FALSE, yes, no, on, off, y]", R"([true,true,false,"yes","no","on","off","y"])"},
           Row{"[12, +12, -012, 0o14, 0x1F, 0b1, 1_000]", R"([12,12,-12,12,31,"0b1","1_000"])"},
           Row{"[1.5, .5, 5., 1e3, 1.e-2, +1.5E+1, 1e, ., '1', \"2\"]", R"([1.5,0.5,5,1000,0.01,15,"1e",".","1","2"])"},
           Row{"[2001-01-01, 1:30, 0x, 1.2.3, '']", R"(["2001-01-01","1:30","0x","1.2.3",""])"},
           Row{"a:\nb: ''\n200: ok\n'on': x", R"({"a":null,"b":"","200":"ok","on":"x"})"},
           Row{"- |\n  two\n  lines\n- >-\n  one\n  line\n", R"(["two\nlines\n","one line"])"},
           Row{"[!!str 1, !!int '1', !!float 1, !!bool \"true\", !!null '', ! 1]", R"(["1",1,1,true,null,"1"])"},
           Row{"", "null"},
           Row{"# only a comment\n", "null"},
           Row{"---\n", "null"},
           Row{"%YAML 1.2\n---\na: 1\n...\n", R"({"a":1})"},
       }) {
    CAPTURE(row.yaml);
    CHECK(outcome(row.yaml) == row.json);
  }
  CHECK((*Json::parse_yaml("version: 1.10"))["version"].scalar_text() == "1.10");
  CHECK(outcome(std::string_view()) == "null");  // a text without bytes
}

TEST_CASE("yaml: every value and name knows its line and column, in bytes") {
  const Json json = *Json::parse_yaml("\xEF\xBB\xBF# \xC3\xA4\n\xC3\xA4: {b: [1, x]}\r\nc:\n  - d: |\n      text\n  - 'e'\n");
  CHECK(json.at() == SourcePos{2, 1});
  CHECK(json["\xC3\xA4"].at() == SourcePos{2, 5});
  CHECK(json["\xC3\xA4"].members()[0].at == SourcePos{2, 6});
  CHECK(json["\xC3\xA4"]["b"][1].at() == SourcePos{2, 13});
  CHECK(json.members()[1].at == SourcePos{3, 1});
  CHECK(json["c"][0]["d"].at() == SourcePos{4, 8});
  CHECK(json["c"][1].at() == SourcePos{6, 5});
}

TEST_CASE("yaml: aliases and merge keys stand for what they name") {
  struct Row {
    const char *yaml, *json;
  };
  for (const Row& row : {
           Row{"a: &x [1, 2]\nb: *x", R"({"a":[1,2],"b":[1,2]})"},
           Row{"a: &x {p: 1, q: 2}\nb:\n  <<: *x\n  q: 3\n  r: 4", R"({"a":{"p":1,"q":2},"b":{"q":3,"r":4,"p":1}})"},
           Row{"a: &x {p: 1}\nb: &y {p: 2, q: 2}\nc: {<<: [*x, *y]}", R"({"a":{"p":1},"b":{"p":2,"q":2},"c":{"p":1,"q":2}})"},
           Row{"'<<': 1", R"({"<<":1})"},
           Row{"a: &x 1\nb: &x 2\nc: *x", R"({"a":1,"b":2,"c":2})"},
       }) {
    CAPTURE(row.yaml);
    CHECK(outcome(row.yaml) == row.json);
  }
}

TEST_CASE("yaml: what JSON cannot hold is refused with its place and the remedy") {
  struct Row {
    const char *yaml, *problem;
  };
  for (const Row& row : {
           Row{"a: 1\nb: 2\na: 3", "3:1 the name 'a' stands twice in one mapping; remove one"},
           Row{"a: 1\n---\nb: 2", "2:1 a second document begins here; keep one document in a file"},
           Row{"a: !!binary aGk=",
               "1:4 the tag 'tag:yaml.org,2002:binary' has no meaning in a configuration; remove it or quote the value"},
           Row{"a: !Ref x", "1:4 the tag '!Ref' has no meaning in a configuration; remove it or quote the value"},
           Row{"a: !!int x", "1:4 'x' is no !!int; remove the tag or correct the value"},
           Row{"a: !!map [1]", "1:4 a sequence is no !!map; remove the tag"},
           Row{"? [a, b]\n: 1", "1:3 a name is a plain or quoted text, not an alias, a sequence or a mapping"},
           Row{"a: .inf", "1:4 JSON has no number '.inf'; quote it to make it a string"},
           Row{"a: 1e999", "1:4 the number is outside the range of a double; quote it to make it a string"},
           Row{"a: \"x\\0\"", "1:4 \\0 is not allowed in a configuration; remove it"},
           Row{"a: *x", "1:4 no anchor '&x' is complete before this alias; define it first"},
           Row{"a: &x [*x]", "1:8 no anchor '&x' is complete before this alias; define it first"},
           Row{"a:\n  <<: 1", "2:3 '<<' merges mappings only; give it an alias of one or a list of such aliases"},
           Row{"a: [1, 2\nb: 3", "2:2 did not find expected ',' or ']' (while parsing a flow sequence); check indentation and quotes"},
           Row{"a:\n\t- 1",
               "2:1 found character that cannot start any token (while scanning for the next token); check indentation and quotes"},
           Row{"a: {#token#}", "1:13 did not find expected node content (while parsing a flow node); check indentation and quotes"},
           Row{"a: \xC3\x28", "1:5 invalid trailing UTF-8 octet; save the file as UTF-8 without control characters"},
           Row{"\xFF\xFE", "1:1 the text is UTF-16; save the file as UTF-8"},
       }) {
    CAPTURE(row.yaml);
    CHECK(outcome(row.yaml) == row.problem);
  }
}

TEST_CASE("yaml: a billion laughs and endless nesting end at a limit") {
  std::string laughs = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n";
  for (int i = 1; i < 20; ++i) {
    const std::string below = "*a" + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 9; ++j) laughs += below + ", ";
    laughs += below + "]\n";
  }
  CHECK(outcome(laughs).find("the aliases stand for more than 8388608 bytes; write fewer of them") != std::string::npos);

  std::string chain = "a0: &a0 []\n";
  for (int i = 1; i < 70; ++i) chain += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  CHECK(outcome(chain) == "64:12 nested deeper than 64 levels through an alias");

  CHECK(outcome(std::string(64, '[') + std::string(64, ']')) == std::string(64, '[') + std::string(64, ']'));
  CHECK(outcome(std::string(65, '[') + std::string(65, ']')) == "1:65 nested deeper than 64 levels");
  CHECK(outcome(std::string(100'000, '[')) == "1:65 nested deeper than 64 levels");
}

TEST_CASE("yaml: JSON is YAML") {
  const std::string json = R"({"a":[1,2.5,"x\n\u00e4",true,null],"b":{"c":{}}})";
  CHECK(Json::parse_yaml(json)->text() == Json::parse(json)->text());
}
