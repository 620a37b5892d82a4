// Hostile documents: refused or read within limits, never slow, never silent (reliability.md A-71, A-81).
#include <doctest/doctest.h>

#include "xml/reader.hpp"
#include "xml_outline.hpp"

using namespace gatelet;
using test::repeated;

TEST_CASE("limits: what is at a limit is read, what is over it is refused with the place") {
  struct Row {
    std::string name;
    std::string document;
    size_t bytes_max;
    std::string places, message;
  };
  const size_t any = 100'000'000;
  const std::string long_name = repeated("a", xml_name_bytes_max);
  const std::string longer_name = repeated("a", xml_name_bytes_max + 1);
  std::string attributes;
  for (size_t i = 0; i < xml_attributes_max; ++i) attributes += " a" + std::to_string(i) + "=''";
  for (const Row& row : {
           Row{"size", "<p>" + repeated("x", policy_document_bytes_max - 7) + "</p>", policy_document_bytes_max, "", ""},
           Row{"size", "<p>" + repeated("x", policy_document_bytes_max - 6) + "</p>", policy_document_bytes_max, "1:1",
               "The document has 262145 bytes, allowed are 262144: move parts of it into policy fragments."},
           Row{"size given", "<p></p>", 6, "1:1", "The document has 7 bytes, allowed are 6"},
           Row{"depth", repeated("<a>", xml_depth_max) + repeated("</a>", xml_depth_max), any, "", ""},
           Row{"depth", repeated("<a>", xml_depth_max + 1) + repeated("</a>", xml_depth_max + 1), any, "1:769",
               "nested more than 256 deep"},
           Row{"attributes", "<p" + attributes + "/>", any, "", ""},
           Row{"attributes", "<p\n" + attributes + " b=''/>", any, "2:8108", "The element 'p' has more than 1024 attributes."},
           Row{"element name", "<" + long_name + "/>", any, "", ""},
           Row{"element name", "<" + longer_name + "/>", any, "1:2", "The name of this element is longer than 1024 bytes"},
           Row{"attribute name", "<p " + long_name + "=''/>", any, "", ""},
           Row{"attribute name", "<p " + longer_name + "=''/>", any, "1:4", "The name of this attribute is longer than 1024 bytes"},
       }) {
    CAPTURE(row.name);
    const XmlDocument document = read_policy_xml(row.document, row.bytes_max);
    CHECK(test::places(document) == row.places);
    CHECK(test::messages(document).find(row.message) != std::string::npos);
  }
}

TEST_CASE("limits: a document has at most a hundred problems") {
  for (const std::string& wrong : {std::string("&"), std::string("<"), std::string("]]>"), std::string("</x>"), std::string("<a b/>"),
                                   std::string("<!X>"), std::string("<a b=\"@(\"/>"), std::string("<a>@(</a>")}) {
    CAPTURE(wrong);
    const XmlDocument document = read_policy_xml("<policies>" + repeated(wrong, 1000) + "</policies>");
    CHECK(document.problems.size() >= 1);
    CHECK(document.problems.size() <= xml_problems_max);
  }
  CHECK(read_policy_xml("<p>" + repeated("<a b/>", 1000) + "</p>").problems.size() == xml_problems_max);
}

// Each of them would take minutes if anything were read again for every position.
TEST_CASE("limits: reading takes time in proportion to the size, whatever the text is") {
  constexpr size_t bytes = 1'000'000;
  struct Row {
    std::string begin, repeated, end;
  };
  for (const Row& row : {
           Row{"", "<a>", ""},
           Row{"<p ", "a='' ", "/>"},
           Row{"<p ", "a=''b", "/>"},
           Row{"<p>", "x", "</p>"},
           Row{"<p>", "@(", "</p>"},
           Row{"<p>", "x@(", "</p>"},
           Row{"<p>", "x@{\"", "</p>"},
           Row{"<p a=\"", "@(", "\"/>"},
           Row{"<p a=\"", "x@(", "\"/>"},
           Row{"<p a=\"", "x@('", "\"                  />"},
           Row{"<p>", "<a>@(</a>", "</p>"},
           Row{"<p>", "<a>@{//</a>", "</p>"},
           Row{"<p>", "<a b=\"@(\"/>", "</p>"},
           Row{"<p>", "<a b=\"@(\"", ""},
           Row{"<p>@(", "$\"{", "</p>"},
           Row{"<p>", "&", "</p>"},
           Row{"<p>&#", "0", ";</p>"},
           Row{"<p>", "<!--", "</p>"},
           Row{"<p><!--", "<!--", "--></p>"},
           Row{"<p>", "<![CDATA[", ""},
           Row{"<p>", "<?a ", ""},
           Row{"<p>", "</", ""},
           Row{"<p>", "</a", ">"},
           Row{"<p>", "]]", "</p>"},
           Row{"<p a=\"", "x", ""},
           Row{"", "<p a=\"", ""},
           Row{"<!DOCTYPE ", "[", ""},
           Row{"<p></p>", "<", ""},
           Row{"", "\r", ""},
           Row{"", "\xFF", ""},
           Row{"<p a=\"@(", "&quot;", ")\"/>"},
           Row{"<p>@(1 &lt; 2 + ", "\"&amp;\" + ", "1)</p>"},
       }) {
    CAPTURE(row.begin);
    CAPTURE(row.repeated);
    const std::string text = row.begin + repeated(row.repeated, bytes / row.repeated.size()) + row.end;
    const XmlDocument document = read_policy_xml(text, 2 * bytes);
    CHECK((document.root || !document.problems.empty()));
    CHECK(document.problems.size() <= xml_problems_max);
  }
}

TEST_CASE("limits: documents of ten megabytes, a hundred thousand levels, a million attributes and elements are refused or read") {
  struct Row {
    std::string document, message;
  };
  for (const Row& row : {
           Row{repeated("<a>", 100'000) + repeated("</a>", 100'000), "nested more than 256 deep"},
           Row{"<p " + repeated("a='' ", 1'000'000) + "/>", "more than 1024 attributes"},
           Row{"<p>" + repeated("<a/>", 1'000'000) + "</p>", ""},
           Row{"<p>" + repeated("x", 10'000'000) + "</p>", ""},
       }) {
    CAPTURE(row.message);
    const XmlDocument document = read_policy_xml(row.document, 100'000'000);
    CHECK(document.problems.empty() == row.message.empty());
    CHECK(test::messages(document).find(row.message) != std::string::npos);
    CHECK(test::messages(read_policy_xml(row.document)).find("move parts of it into policy fragments") != std::string::npos);
  }
}

TEST_CASE("limits: a document cut at any place is refused, with all places inside it") {
  const std::string whole =
      "<?xml version=\"1.0\"?>\n<!-- c --><policies><inbound>\n<set-header name=\"x\" b='@(c[\"'\"] + 'd')'>\n<value>@{ return "
      "$\"{a[\"b\"]}\"; }</value>"
      "<v><![CDATA[<x>]]>&amp;&#10;</v></set-header><?pi x?></inbound></policies>";
  CHECK(read_policy_xml(whole).problems.empty());
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::string cut = whole.substr(0, size);
    CAPTURE(cut);
    const XmlDocument document = read_policy_xml(cut);
    CHECK(!document.problems.empty());
    for (const XmlProblem& problem : document.problems) CHECK(problem.at.line <= 4);
  }
}
