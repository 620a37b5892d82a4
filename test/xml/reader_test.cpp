#include "xml/reader.hpp"

#include <doctest/doctest.h>

#include "xml_outline.hpp"

using namespace gatelet;

TEST_CASE("reader: a document keeps its elements, their order and their places") {
  const XmlDocument document = read_policy_xml(
      "\xEF\xBB\xBF<!-- note -->\r\n"
      "<policies>\r\n"
      "\t<inbound>\n"
      "    <base />\r"
      "    <set-header name=\"X\" exists-action='skip'\n"
      "        id=\"h\">\n"
      "      <value>\xC3\xA4</value><value/>\n"
      "    </set-header>\n"
      "  </inbound>\n"
      "</policies>\n");
  CHECK(test::messages(document) == "");
  CHECK(test::shape(document) == "policies(inbound(base set-header(value value)))");
  REQUIRE(document.root);
  const XmlNode& inbound = document.root->children[0];
  const XmlNode& header = inbound.children[1];
  CHECK(document.root->at == SourcePos{2, 1});
  CHECK(inbound.at == SourcePos{3, 2});
  CHECK(inbound.children[0].at == SourcePos{4, 5});
  CHECK(header.at == SourcePos{5, 5});
  CHECK(header.attribute("exists-action")->at == SourcePos{5, 26});
  CHECK(header.attribute("id")->value_at == SourcePos{6, 13});
  CHECK(header.attribute("ID") == nullptr);
  CHECK(header.children[1].at == SourcePos{7, 24});  // columns are bytes
}

TEST_CASE("reader: what is inside an element can be had exactly as it was written") {
  struct Row {
    std::string document, inner;
  };
  for (const Row& row : {
           Row{"<p/>", ""},
           Row{"<p></p>", ""},
           Row{"<p a='1'> &lt; </p>", " &lt; "},
           Row{"<p>\r\n <s:a xmlns:s='u'  x = \"1\"><!-- c --><b/>&amp;<![CDATA[<]]></s:a >\n</p >",
               "\r\n <s:a xmlns:s='u'  x = \"1\"><!-- c --><b/>&amp;<![CDATA[<]]></s:a >\n"},
           Row{"<p>@(\"</p>\")</p>", "@(\"</p>\")"},
       }) {
    CAPTURE(row.document);
    std::optional<XmlNode> root = read_policy_xml(row.document).root;  // the document itself is gone
    REQUIRE(root);
    CHECK(root->inner == row.inner);
  }
}

TEST_CASE("reader: an XML declaration and what stands around the root are read over") {
  struct Row {
    std::string document;
  };
  for (const Row& row : {
           Row{"<?xml version=\"1.0\"?><p/>"},
           Row{"<?xml version='1.0' encoding='utf-16'?>\n<p/>"},
           Row{"<?xml version = \"1.0\" encoding=\"UTF-8\" standalone=\"yes\" ?><p/>"},
           Row{"<?xml version=\"1.0\" standalone='no'?><p/>"},
           Row{"\xEF\xBB\xBF<?xml version=\"1.0\"?>\n<!-- a --><?b c?>\n<p/>\n<!-- d --> <?e?>\n"},
           Row{"<?xml-stylesheet href=\"x\"?><p/>"},
           Row{"<!-- one <!-- two -->\n<p/>"},
           Row{"<!----><p/>"},
           Row{"<!-- a - b --><p/>"},
       }) {
    CAPTURE(row.document);
    const XmlDocument document = read_policy_xml(row.document);
    CHECK(test::messages(document) == "");
    CHECK(test::shape(document) == "p");
  }
}

TEST_CASE("reader: names are those of XML") {
  struct Row {
    std::string name;
    bool is_right;
  };
  for (const Row& row :
       {Row{"a", true}, Row{"a-b.c_d:e9", true}, Row{"_", true}, Row{":", true}, Row{"\xC3\xA4", true}, Row{"a\xC2\xB7", true},
        Row{"\xE6\xBC\xA2", true}, Row{"\xF0\x90\x80\x80", true}, Row{"-a", false}, Row{".a", false}, Row{"9a", false},
        Row{"\xC3\x97", false}, Row{"a\xC3\x97", false}, Row{"\xC2\xB7", false}, Row{"\xE2\x86\x90", false}}) {
    CAPTURE(row.name);
    const std::string& name = row.name;
    CHECK(read_policy_xml("<" + name + "/>").problems.empty() == row.is_right);
    CHECK(read_policy_xml("<p " + name + "='1'/>").problems.empty() == row.is_right);
    CHECK(read_policy_xml("<p><" + name + "></" + name + "></p>").problems.empty() == row.is_right);
  }
}

struct ProblemRow {
  std::string document, places, message, shape;
};

static void check_problems(const ProblemRow& row) {
  CAPTURE(row.document);
  const XmlDocument document = read_policy_xml(row.document);
  CAPTURE(test::messages(document));
  CHECK(test::places(document) == row.places);
  CHECK(test::messages(document).find(row.message) != std::string::npos);
  CHECK(test::shape(document) == row.shape);
}

TEST_CASE("reader: tags that do not fit are told with both places, and the rest is read") {
  for (const ProblemRow& row : {
           ProblemRow{"<p><a></p>", "1:7", "'</p>' stands before the end tag of '<a>' of line 1, column 4: close that first.", "p(a)"},
           ProblemRow{"<p>\n<a>\n<b></p>\n", "3:4", "'</p>' stands before the end tag of '<b>' of line 3, column 1", "p(a(b))"},
           ProblemRow{"<p><set-header></set-heder><b/></p>", "1:16",
                      "'</set-heder>' does not match '<set-header>' of line 1, column 4: write", "p(set-header b)"},
           ProblemRow{"<p><Inbound></inbound><b/></p>", "1:13", "write '</Inbound>'", "p(Inbound b)"},
           ProblemRow{"<policies></choose><b/></policies>", "1:11", "does not match '<policies>' of line 1, column 1: remove it",
                      "policies(b)"},
           ProblemRow{"<p>\n<a>\n", "1:1 2:1", "2:1 The element '<a>' has no end tag up to the end of the document, line 3, column 1.",
                      "p(a)"},
           ProblemRow{"<p></><b/></p>", "1:4 1:7", "This end tag must be written as '</p>'.", "p"},
           ProblemRow{"<p><a></a x='1'><b/></p>", "1:7", "This end tag must be written as '</a>'.", "p(a b)"},
           ProblemRow{"<p></p", "1:4", "This end tag must be written as '</p>'.", "p"},
           ProblemRow{"</p>", "1:1", "'</p>' closes no element: remove it.", "none"},
           ProblemRow{"<p/></p></q>", "1:5", "'</p>' closes no element: remove it.", "p"},
           ProblemRow{"<p", "1:1 1:1", "The start tag of 'p' has no end: \">\" is missing.", "p"},
           ProblemRow{"<p><a <b/></p>", "1:4 1:11", "1:4 The start tag of 'a' has no end", "p(a(b))"},
           ProblemRow{"<p><a / ><b/></a></p>", "1:7", "'/' cannot stand in the start tag of 'a'", "p(a(b))"},
       })
    check_problems(row);
}

TEST_CASE("reader: attributes are told with their places, and the rest is read") {
  for (const ProblemRow& row : {
           ProblemRow{"<p a='1' b='2'\n a='3'><q/></p>", "2:2", "The attribute 'a' stands here a second time, first at line 1, column 4",
                      "p(q)"},
           ProblemRow{"<p a='1'b='2'><q/></p>", "1:9", "White space is missing before this attribute.", "p(q)"},
           ProblemRow{"<p a><q/></p>", "1:4", "The attribute 'a' has no value: write a=\"…\".", "p(q)"},
           ProblemRow{"<p a=1 b='2'><q/></p>", "1:6", "The value of the attribute 'a' must stand in quotes: a=\"1\".", "p(q)"},
           ProblemRow{"<p user={{name}} b='2'><q/></p>", "1:9", "user=\"{{name}}\"", "p(q)"},
           ProblemRow{"<p a=><q/></p>", "1:6", "must stand in quotes", "p(q)"},
           ProblemRow{"<p 'x' b='2'><q/></p>", "1:4", "''x'' cannot stand in the start tag of 'p'", "p(q)"},
           ProblemRow{"<p 1='2'><q/></p>", "1:4 1:6", "cannot stand in the start tag", "p(q)"},
           ProblemRow{"<p a=\"O=\"C, Inc.\", U\" b=\"2\"><q/></p>", "1:9",
                      "ends at this \", but text follows: write a \" inside a value as &quot;.", "p(q)"},
           ProblemRow{"<p a='it's' b=\"2\"><q/></p>", "1:9", "write a ' inside a value as &apos;.", "p(q)"},
           ProblemRow{"<p a='1 < 2'><q/></p>", "1:9", "A '<' in an attribute value must be written as &lt;.", "p(q)"},
           ProblemRow{"<p a='1 & 2'><q/></p>", "1:9", "An '&' outside an expression must be written as &amp;.", "p(q)"},
           ProblemRow{"<p>\n<a b=\"x>\n<c/></a></p>", "2:6", "has no closing \".", "p(a(c))"},
           ProblemRow{"<p>\n<a b=\"x />\n<c/></p>", "2:6", "has no closing \".", "p(a c)"},
           ProblemRow{"<p a=\"", "1:6", "has no closing \".", "p"},
           ProblemRow{"<p a='x\n", "1:6", "has no closing '.", "p"},
       })
    check_problems(row);
}

TEST_CASE("reader: text and references are told with their places, and the rest is read") {
  for (const ProblemRow& row : {
           ProblemRow{"<p>1 < 2<q/></p>", "1:6", "A '<' that begins no tag must be written as &lt;.", "p(q)"},
           ProblemRow{"<p>a & b<q/></p>", "1:6", "An '&' outside an expression must be written as &amp;.", "p(q)"},
           ProblemRow{"<p>&nbsp;<q/></p>", "1:4", "The entity '&nbsp;' is unknown.", "p(q)"},
           ProblemRow{"<p>&#0;&#xFFFE;<q/></p>", "1:4 1:8", "'&#0;' is no character that XML allows.", "p(q)"},
           ProblemRow{"<p>a ]]> b<q/></p>", "1:6", "must be written as ]]&gt;.", "p(q)"},
           ProblemRow{"<p>\x01<q/>\x02</p>", "1:4", "(the first of 2 such places): remove it.", "p(q)"},
           ProblemRow{"<p>\n\xE4<q/></p>", "2:1", "The document is not UTF-8 here: save it as UTF-8.", "p(q)"},
           ProblemRow{"<p>\xC0\x80</p>", "1:4", "not UTF-8", "p"},
           ProblemRow{"<p>\xED\xA0\x80</p>", "1:4", "not UTF-8", "p"},
           ProblemRow{"<p>\xF5\x80\x80\x80</p>", "1:4", "not UTF-8", "p"},
           ProblemRow{"<p>\xEF\xBF\xBF</p>", "1:4", "XML does not allow the character", "p"},
           ProblemRow{"<p>\xE2\x82</p>", "1:4", "not UTF-8", "p"},
       })
    check_problems(row);
}

TEST_CASE("reader: comments, CDATA and instructions must be complete") {
  for (const ProblemRow& row : {
           ProblemRow{"<p>\n <!-- a </p>", "2:2", "The comment that starts here has no end", "p"},
           ProblemRow{"<p><!-- a -- b --><q/></p>", "1:11", "\"--\" cannot stand inside a comment", "p(q)"},
           ProblemRow{"<p><!-- a ---><q/></p>", "1:11", "'-' cannot be its last character.", "p(q)"},
           ProblemRow{"<p><!-- <!-- -- --><q/></p>", "1:14", "\"--\" cannot stand inside a comment", "p(q)"},
           ProblemRow{"<p><!-->", "1:4", "The comment that starts here has no end", "p"},
           ProblemRow{"<p><![CDATA[ ]] ></p>", "1:4", "The CDATA section that starts here has no end", "p"},
           ProblemRow{"<p><![cdata[ ]]><q/></p>", "1:4", "may begin with \"<!\".", "p(q)"},
           ProblemRow{"<p><!ENTITY a 'b'><q/></p>", "1:4", "may begin with \"<!\".", "p(q)"},
           ProblemRow{"<p><?a </p>", "1:4", "The processing instruction that starts here has no end", "p"},
           ProblemRow{"<p><? a?><q/></p>", "1:4", "must begin with a name", "p(q)"},
           ProblemRow{"<p><?xml version='1.0'?><q/></p>", "1:4", "only at the very beginning", "p(q)"},
           ProblemRow{"\n<?xml version='1.0'?><p/>", "2:1", "only at the very beginning", "p"},
           ProblemRow{"<?xml encoding='utf-8'?><p/>", "1:1", "The XML declaration is wrong.", "p"},
           ProblemRow{"<?xml version='1.0' standalone='maybe'?><p/>", "1:1", "The XML declaration is wrong.", "p"},
           ProblemRow{"<?xml version='1.0'><p/>", "1:1", "The XML declaration has no end", "none"},
       })
    check_problems(row);
}

TEST_CASE("reader: a document type declaration is refused and nothing behind it is read") {
  for (const ProblemRow& row : {
           ProblemRow{"<!DOCTYPE p><p/>", "1:1", "(DOCTYPE) is refused: remove it", "none"},
           ProblemRow{"<?xml version='1.0'?>\n<!doctype p [<!ENTITY x SYSTEM 'file:///x'>]>\n<p>&x;</p>", "2:1", "(DOCTYPE) is refused",
                      "none"},
           ProblemRow{"<p><!DOCTYPE p></p>", "1:4", "(DOCTYPE) is refused", "p"},
       })
    check_problems(row);
}

TEST_CASE("reader: a document is one root element") {
  for (const ProblemRow& row : {
           ProblemRow{"", "1:1", "The document has no element: <policies> or <fragment> is expected.", "none"},
           ProblemRow{"\n \n", "3:1", "The document has no element", "none"},
           ProblemRow{"<!-- only a comment -->", "1:24", "The document has no element", "none"},
           ProblemRow{"text", "1:1", "Text cannot stand before the root element.", "none"},
           ProblemRow{"\n text <p/>", "2:2", "Text cannot stand before the root element.", "p"},
           ProblemRow{"<![CDATA[]]><p/>", "1:1", "one root element and nothing beside it.", "p"},
           ProblemRow{"<p/>\n<q/>\n<r/>", "2:1", "the root '<p>' of line 1, column 1 is already closed.", "p"},
           ProblemRow{"<p></p>\ntext", "2:1", "the root '<p>' of line 1, column 1 is already closed.", "p"},
           ProblemRow{std::string("\xFF\xFE<\0p\0", 6), "1:1", "UTF-16: save it as UTF-8.", "none"},
           ProblemRow{"\xFE\xFF", "1:1", "UTF-16: save it as UTF-8.", "none"},
       })
    check_problems(row);
}

TEST_CASE("reader: several problems of one document are reported together, in the order of the text") {
  const XmlDocument document = read_policy_xml(
      "<policies>\n"
      "  <inbound>\n"
      "    <set-header name=x>\n"
      "      <value>a & b</value>\n"
      "    </set-heder>\n"
      "    <set-variable name=\"a\" name=\"b\" value=\"@(1 +\" />\n"
      "  </inbound>\n"
      "  <outbound>\n"
      "</policies>\n");
  CHECK(test::places(document) == "3:22 4:16 5:5 6:28 6:44 9:1");
  CHECK(test::shape(document) == "policies(inbound(set-header(value) set-variable) outbound)");
}
