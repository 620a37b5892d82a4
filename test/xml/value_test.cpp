// Values: what attributes and texts hold, and where it stands.
#include <doctest/doctest.h>

#include "xml/reader.hpp"
#include "xml_outline.hpp"

using namespace gatelet;

TEST_CASE("values: an attribute is decoded text or the source of an expression, with its place") {
  struct Row {
    std::string document, value, at;
  };
  for (const Row& row : {
           Row{R"~(<p a="x"/>)~", "x", "1:7"},
           Row{R"~(<p a=""/>)~", "", "1:7"},
           Row{R"~(<p a='O="C"'/>)~", "O=\"C\"", "1:7"},
           Row{"<p\n  a\t=\r\n  \"x\"/>", "x", "3:4"},
           Row{R"~(<p a=" a&amp;b &lt; &#x41; &quot;"/>)~", " a&b < A \"", "1:7"},
           Row{"<p a='a\r\nb\nc\td\re&#10;'/>", "a b c d e\n", "1:7"},  // a line end or tab is one space, a reference stays
           Row{R"~(<p a="@(x["k"] && 1 < 2)"/>)~", R"~(@(x["k"] && 1 < 2))~", "1:7"},
           Row{R"~(<p a='@(x["k"] == "it\'s")'/>)~", R"~(@(x["k"] == "it\'s"))~", "1:7"},
           Row{"<p a=\" \n @{\r\n\treturn 1; // \"\n} \"/>", "@{\r\n\treturn 1; // \"\n}", "2:2"},  // line ends of C# are kept
           Row{R"~(<p a="@(x[&quot;k&quot;])"/>)~", R"~(@(x["k"]))~", "1:7"},
           Row{R"~(<p a="@(x[&quot;)&quot;] &amp;&amp; &quot;//&quot; != y)"/>)~", R"~(@(x[")"] && "//" != y))~", "1:7"},
           Row{R"~(<p a="@(x.As<string>(&quot;k&quot;) && y)"/>)~", R"~(@(x.As<string>("k") && y))~", "1:7"},
           Row{"<p a=\"@{&#xD;&#xA; // it's&#xD;&#xA; return 1;&#xD;&#xA;}\"/>", "@{\r\n // it's\r\n return 1;\r\n}", "1:7"},
           Row{R"~(<p a='@(x == &apos;)&apos;)'/>)~", "@(x == ')')", "1:7"},
           Row{R"~(<p a="@(1 &lt; 2)"/>)~", "@(1 < 2)", "1:7"},
           Row{R"~(<p a="@(1 &lt; 2 && x["&lt;"])"/>)~", R"~(@(1 < 2 && x["&lt;"]))~", "1:7"},
           Row{R"~(<p a="@("&lt;")"/>)~", R"~(@("&lt;"))~", "1:7"},
           Row{R"~(<p a='@(1 &lt; 2 ? "&amp;" : "")'/>)~", R"~(@(1 < 2 ? "&" : ""))~", "1:7"},
           Row{R"~(<p a="&#64;(1)"/>)~", "@(1)", "1:7"},
           Row{R"~(<p a="Bearer @(x["k"])"/>)~", R"~(Bearer @(x["k"]))~", "1:7"},
           Row{R"~(<p a="@(x["k"])/path?a=1&amp;b=@(y)"/>)~", R"~(@(x["k"])/path?a=1&b=@(y))~", "1:7"},
           Row{R"~(<p a="^[^@]+@(a|b)$"/>)~", "^[^@]+@(a|b)$", "1:7"},
           Row{R"~(<p a="x@(b" c="d"/>)~", "x@(b", "1:7"},
           Row{R"~(<p a="x@(b" c=")"/>)~", "x@(b", "1:7"},
           Row{"<p a='\xC3\xA4'/>", "\xC3\xA4", "1:7"},
       }) {
    CAPTURE(row.document);
    const XmlDocument document = read_policy_xml(row.document);
    CHECK(test::messages(document) == "");
    REQUIRE(document.root);
    const XmlAttribute* attribute = document.root->attribute("a");
    REQUIRE(attribute);
    CHECK(attribute->value == row.value);
    CHECK(test::text_of(attribute->value_at) == row.at);
  }
}

TEST_CASE("values: text is decoded, CDATA as it stands, comments are dropped") {
  struct Row {
    std::string document, text, at;
    bool has_comment = false;
  };
  for (const Row& row : {
           Row{"<p>x</p>", "x", "1:4"},
           Row{"<p/>", "", "1:5"},
           Row{"<p></p>", "", "1:4"},
           Row{"<p> \n </p>", " \n ", "1:4"},
           Row{"<p>\n  a &lt; b&#33;\r\n c\rd </p>", "\n  a < b!\n c\nd ", "2:3"},
           Row{"<p>a<![CDATA[<b>&amp;\r\n]]>c</p>", "a<b>&amp;\r\nc", "1:4"},
           Row{"<p> <![CDATA[ x]]></p>", "  x", "1:15"},
           Row{"<p><![CDATA[]]]]></p>", "]]", "1:13"},
           Row{"<p>]] > ]</p>", "]] > ]", "1:4"},
           Row{"<p>a<!-- b -->c</p>", "ac", "1:4", true},
           Row{"<p><!-- b --></p>", "", "1:4"},
           Row{"<p>a<?b c?>d</p>", "ad", "1:4"},
           Row{"<p>a<b/>c</p>", "ac", "1:4"},
           Row{"<p>\n <b/>\n</p>", "", "1:4"},  // white space between elements is nothing
           Row{"<p>@(1)</p>", "@(1)", "1:4"},
           Row{"<p>\n\t@{\n return a < b && \"</p>\" != c;\n}\n</p>", "@{\n return a < b && \"</p>\" != c;\n}", "2:2"},
           Row{"<p>@(x.As&lt;string&gt;())</p>", "@(x.As<string>())", "1:4"},
           Row{"<p>@(&quot;)&quot;)</p>", "@(\")\")", "1:4"},
           Row{"<p>@(a &lt; b ? \"x &amp; y\" : \"\")</p>", "@(a < b ? \"x & y\" : \"\")", "1:4"},
           Row{"<p>@(a &lt; b && \"&amp;\" != c)</p>", "@(a < b && \"&amp;\" != c)", "1:4"},
           Row{"<p>@(\"https://a/?b&amp;c\")</p>", "@(\"https://a/?b&amp;c\")", "1:4"},
           Row{"<p><![CDATA[@{ return 1 < 2 && true; }]]></p>", "@{ return 1 < 2 && true; }", "1:13"},
           Row{"<p> <!-- a --> @(1) <!-- b --> </p>", "@(1)", "1:16", true},
           Row{"<p>@{ <!-- it's --> return 1; }</p>", "@{ <!-- it's --> return 1; }", "1:4"},  // the compiler refuses it
           Row{"<p>Hello @(x[\"<b>\"]) &amp; you</p>", "Hello @(x[\"<b>\"]) & you", "1:4"},
           Row{"<p>@(1) tail</p>", "@(1) tail", "1:4"},
           Row{"<p>a@(b</p>", "a@(b", "1:4"},
       }) {
    CAPTURE(row.document);
    const XmlDocument document = read_policy_xml(row.document);
    CHECK(test::messages(document) == "");
    REQUIRE(document.root);
    CHECK(document.root->text == row.text);
    CHECK(test::text_of(document.root->text_at) == row.at);
    CHECK(document.root->has_comment_in_text == row.has_comment);
  }
}

TEST_CASE("values: in a document known to be escaped, references in string literals are decoded too") {
  struct Row {
    std::string document, text;
  };
  for (const Row& row : {
           Row{"<p>@(\"https://a/?b&amp;c\")</p>", "@(\"https://a/?b&c\")"},
           Row{"<p>@(\"a\" == &quot;&lt;b&gt;&quot;)</p>", "@(\"a\" == \"<b>\")"},
           Row{"<p>@(x[\"k\"] && \"&amp;\" == y)</p>", "@(x[\"k\"] && \"&amp;\" == y)"},  // raw after all
           Row{"<p>a &amp; b</p>", "a & b"},
       }) {
    CAPTURE(row.document);
    const XmlDocument document = read_policy_xml(row.document, policy_document_bytes_max, XmlForm::escaped);
    CHECK(test::messages(document) == "");
    REQUIRE(document.root);
    CHECK(document.root->text == row.text);
  }
}

TEST_CASE("values: an expression without an end is told once and reading goes on behind it") {
  struct Row {
    std::string document, places, shape;
  };
  for (const Row& row : {
           Row{"<p><a v=\"@(foo\" /><b v=\"@(bar)\"/></p>", "1:10", "p(a b)"},
           Row{"<p><a v=\"@(foo[\"x\"]\" /><b/></p>", "1:10", "p(a b)"},
           Row{"<p><a v=\"@(x[\"y])\" w=\"1\"/><b/></p>", "1:10", "p(a b)"},
           Row{"<p><a v=\"@(foo\"><b/></a></p>", "1:10", "p(a(b))"},
           Row{"<p><a>@(foo</a><b>@(bar)</b></p>", "1:7", "p(a b)"},
           Row{"<p><a>\n@{ if (a<b) { return x.As<JObject>(); </a><b/></p>", "2:1", "p(a b)"},
           Row{"<p><a>@{ \"</ab>\n</a><b/></p>", "1:7", "p(a b)"},
           Row{"<p><a v='@(\"'/><b/></p>", "1:10", "p(a b)"},
           Row{"<p><a v=\"@(", "1:10", "p(a)"},
           Row{"<p>@(", "1:1 1:4", "p"},
       }) {
    CAPTURE(row.document);
    const XmlDocument document = read_policy_xml(row.document);
    CAPTURE(test::messages(document));
    CHECK(test::shape(document) == row.shape);
    CHECK(test::messages(document).find("The expression that starts here has no end") != std::string::npos);
    CHECK(test::places(document) == row.places);
  }
}

TEST_CASE("values: a place inside a value can be told") {
  const std::string value = "@{\r\n  a;\n\tb;\rc }";
  struct Row {
    size_t offset;
    std::string at;
  };
  for (const Row& row :
       {Row{0, "3:5"}, Row{2, "3:7"}, Row{3, "3:8"}, Row{4, "4:1"}, Row{6, "4:3"}, Row{10, "5:2"}, Row{13, "6:1"}, Row{99, "6:4"}}) {
    CAPTURE(row.offset);
    CHECK(test::text_of(position_in(value, row.offset, {3, 5})) == row.at);
  }
}
