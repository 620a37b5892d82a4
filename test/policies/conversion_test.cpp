// json-to-xml and xml-to-json: the rules of conversion, row by row (policies-b.md 9).
#include <doctest/doctest.h>

#include "fake_context.hpp"

using namespace gatelet;
using namespace gatelet::test;

namespace {

// The body after the policy ran in inbound, or the failure's message.
std::string converted(const std::string& policy, std::string_view body) {
  FakeContext context;
  context.request.body = Body::from(Buffer::copy(body));
  if (context.run(Section::inbound, policy) == Flow::fail)
    return std::string(context.failure().reason) + ": " + std::string(context.failure().message);
  return std::string(context.request.body.bytes.view());
}

std::string to_xml(std::string_view body, const std::string& attributes = "") {
  return converted("<json-to-xml apply='always' consider-accept-header='false' " + attributes + "/>", body);
}
std::string to_json(std::string_view body, const std::string& attributes = "kind='direct'") {
  return converted("<xml-to-json apply='always' consider-accept-header='false' " + attributes + "/>", body);
}

}  // namespace

TEST_CASE("json-to-xml: what becomes of values and names") {
  struct Row {
    const char *json, *xml;
  };
  for (const Row& row : {
           Row{R"({"a":{"b":1.50}})", "<a><b>1.50</b></a>"},
           Row{R"({"a":1e400})", nullptr},
           Row{R"({"a":[{"b":1},{"b":2}]})", "<Document><a><b>1</b></a><a><b>2</b></a></Document>"},
           Row{R"({"a":"x"})", "<Document><a>x</a></Document>"},
           Row{R"({"a":""})", "<Document><a></a></Document>"},
           Row{"{}", "<Document />"},
           Row{"[1,{},null]",
               "<Document><Item>1</Item><Item /><Item xsi:nil=\"true\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
               "/></Document>"},
           Row{"[]", "<Document />"},
           Row{"\"a<b\"", "<Document>a&lt;b</Document>"},
           Row{R"({"a":{"b":[[1,2],[3]]}})", "<a><b><b>1</b><b>2</b></b><b><b>3</b></b></a>"},
           Row{R"({"a":{"@x":"<\">\n","#text":"t","b":false}})", "<a x=\"&lt;&quot;&gt;&#xA;\">t<b>False</b></a>"},
           Row{R"({"a":{"#cdata-section":"x]]>y"}})", "<a><![CDATA[x]]]]><![CDATA[>y]]></a>"},
           Row{R"({"a":{"?pi":"x","!DOCTYPE":{},"$id":1}})", "<a><_x0024_id>1</_x0024_id></a>"},
           Row{R"({"a":{"first_name":1,"a b":2,"1a":3,"x:y":4,"_x0041_":5,"":6,"ä😀":7}})",
               "<a><first_name>1</first_name><a_x0020_b>2</a_x0020_b><_x0031_a>3</_x0031_a><x_x003A_y>4</x_x003A_y><_x005F_x0041_>5</"
               "_x005F_x0041_>"
               "<_>6</_><ä_x0001F600_>7</ä_x0001F600_></a>"},
           Row{R"({"a":{"@xmlns:p":"urn:p","p_b":1,"q_b":2,"@p_c":3}})", "<a xmlns:p=\"urn:p\" p:c=\"3\"><p:b>1</p:b><q_b>2</q_b></a>"},
           Row{R"({"p_a":{"@xmlns:p":"urn:p"}})", "<p:a xmlns:p=\"urn:p\" />"},
           Row{R"({"a":{"b":{"@xmlns:p":"urn:p"},"p_c":1}})", "<a><b xmlns:p=\"urn:p\" /><p_c>1</p_c></a>"},
           Row{R"({"a":"\u0001"})", "TransformationFailed: The body holds a character that no XML document may contain."},
           Row{R"({"a":"\ufffe"})", "TransformationFailed: The body holds a character that no XML document may contain."},
           Row{"{\"a\":1,\"a\":2}", nullptr},
           Row{"{\"a\":\xFF}", nullptr},
       }) {
    CAPTURE(row.json);
    if (row.xml)
      CHECK(to_xml(row.json) == row.xml);
    else
      CHECK_MESSAGE(to_xml(row.json).starts_with("InvalidMessageBody: The body is no JSON: "), to_xml(row.json));
  }
}

TEST_CASE("json-to-xml: dates are written in their round-trip form unless parse-date is false") {
  struct Row {
    const char *text, *parsed;
  };
  for (const Row& row : {
           Row{"2012-03-21T05:40Z", "2012-03-21T05:40:00Z"},
           Row{"2012-03-21T05:40:12.5000Z", "2012-03-21T05:40:12.5Z"},
           Row{"2012-03-21T05:40:12", "2012-03-21T05:40:12"},
           Row{"2012-03-21T05:40:12+02:00", "2012-03-21T03:40:12+00:00"},
           Row{"\\/Date(1198908717056)\\/", "2007-12-29T06:11:57.056Z"},
           Row{"2012-03-21", "2012-03-21"},
           Row{"2012-13-21T05:40Z", "2012-13-21T05:40Z"},
       }) {
    CAPTURE(row.text);
    const std::string json = "{\"a\":\"" + std::string(row.text) + "\"}";
    CHECK(to_xml(json) == "<Document><a>" + std::string(row.parsed) + "</a></Document>");
    if (row.text[0] == '2') CHECK(to_xml(json, "parse-date='false'") == "<Document><a>" + std::string(row.text) + "</a></Document>");
  }
}

TEST_CASE("xml-to-json: what becomes of elements, attributes and texts") {
  struct Row {
    const char *xml, *json;
  };
  for (const Row& row : {
           Row{"<a/>", R"({"a":null})"},
           Row{"<a></a>", R"({"a":""})"},
           Row{"<a>1</a>", R"({"a":"1"})"},
           Row{"<a>\n <b/> </a>", R"({"a":{"b":null}})"},
           Row{"<a x='1'/>", R"({"a":{"@x":"1"}})"},
           Row{"<a x='&lt;\"&#9;'>t</a>", R"({"a":{"@x":"<\"\t","#text":"t"}})"},
           Row{"<a><b>1</b><c/><b>2</b></a>", R"({"a":{"b":["1","2"],"c":null}})"},
           Row{"<a><![CDATA[<x>]]></a>", R"({"a":"<x>"})"},
           Row{"<a>t<![CDATA[x]]></a>", R"({"a":{"#text":"t","#cdata-section":"x"}})"},
           Row{"<a>t<!-- c -->u</a>", R"({"a":"tu"})"},
           Row{"<?t d?><a><?p q?></a>", R"({"?t":"d","a":{"?p":"q"}})"},
           Row{"<?xml version='1.0' encoding='utf-8' standalone='yes'?><a/>",
               R"({"version":"1.0","encoding":"utf-8","standalone":"yes","a":null})"},
           Row{"<p:a xmlns:p='u' p:x='1'><p:b xmlns:p='v'/><q:b xmlns:q='u'/></p:a>",
               R"({"p$a":{"@xmlns$p":"u","@p$x":"1","p$b":{"@xmlns$p":"v"},"q$b":{"@xmlns$q":"u"}}})"},
           Row{"<a xml:lang='de'>x</a>", R"({"a":{"@xml$lang":"de","#text":"x"}})"},
           Row{"<a xmlns:json='http://james.newtonking.com/projects/json'><b json:Array='true'>1</b></a>", R"({"a":{"b":["1"]}})"},
           Row{"<a xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:nil='true'/>",
               R"({"a":{"@xmlns$xsi":"http://www.w3.org/2001/XMLSchema-instance","@xsi$nil":"true"}})"},
           Row{"<a><b1/><b2/><b3/><b4/><b5/><b6/><b7/><b8/><b9/><b1/><b9>x</b9></a>",
               R"({"a":{"b1":[null,null],"b2":null,"b3":null,"b4":null,"b5":null,"b6":null,"b7":null,"b8":null,"b9":[null,"x"]}})"},
           Row{"<a>ä😀</a>", R"({"a":"ä😀"})"},
           Row{"<a>", nullptr},
           Row{"<!DOCTYPE a><a/>", nullptr},
           Row{"<a>&e;</a>", nullptr},
       }) {
    CAPTURE(row.xml);
    if (row.json)
      CHECK(to_json(row.xml) == row.json);
    else
      CHECK_MESSAGE(to_json(row.xml).starts_with("InvalidMessageBody: The body is no XML: "), to_json(row.xml));
  }
}

TEST_CASE("xml-to-json: too deep a document fails by the limit, and a large one does not recurse without end") {
  std::string deep, end;
  for (int i = 0; i < 100'000; ++i) deep += "<a>", end += "</a>";
  CHECK(to_json(deep + end).starts_with("InvalidMessageBody: "));
  CHECK(to_xml(std::string(100'000, '[')).starts_with("InvalidMessageBody: "));
}

TEST_CASE("json-to-xml, xml-to-json: problems are told with place and remedy") {
  struct Row {
    const char *text, *problem;
  };
  for (const Row& row : {
           Row{"<json-to-xml/>", "'json-to-xml' needs the attribute 'apply'"},
           Row{"<json-to-xml apply='content-type-xml'/>", "'apply' must be always or content-type-json, not 'content-type-xml'"},
           Row{"<json-to-xml apply='always' namespace-separator='::'/>", "'namespace-separator' must be one character, not '::'"},
           Row{"<xml-to-json apply='always'/>", "'xml-to-json' needs the attribute 'kind'"},
           Row{"<xml-to-json kind='x' apply='always'/>", "'kind' must be javascript-friendly or direct, not 'x'"},
           Row{"<xml-to-json kind='direct' apply='always' always-array-children='true'/>", "did you mean 'always-array-child-elements'?"},
       }) {
    CAPTURE(row.text);
    const Reading reading = read_section("inbound", row.text);
    CHECK(reading.document == nullptr);
    CHECK_MESSAGE(reading.problems().find(row.problem) != std::string::npos, reading.problems());
  }
}
