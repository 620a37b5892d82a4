#include "policy/source_place.hpp"

#include <doctest/doctest.h>

#include "xml/line_index.hpp"

using namespace gatelet;

namespace {

std::optional<std::string> named_value(std::string_view name) {
  if (name == "short") return "s";
  if (name == "long") return "a value that is longer than its name, & \"quoted\"";
  if (name == "lines") return "1\n2\n3";
  return std::nullopt;
}

}  // namespace

// The mistake is at the '~' of the value, and must be told at that of the document.
TEST_CASE("source place: a mistake is told where it stands in the document, whatever was decoded or put in before it") {
  struct Row {
    std::string document;
    std::string value;
  };
  const Row rows[] = {
      {"@(~)", "@(~)"},
      {"@(&quot;a&quot; + ~)", "@(\"a\" + ~)"},
      {"@(\"&quot;\" + ~)", "@(\"&quot;\" + ~)"},
      {"@(a &amp;&amp; b &#x26;&#38; ~)", "@(a && b && ~)"},
      {"@{&#10;  return &#xFC; + ~;&#10;}", "@{\n  return \xc3\xbc + ~;\n}"},
      {"@{\r\n  return\r\n ~; }", "@{\n  return\n ~; }"},
      {"@{\r\n  return\r\n ~; }", "@{\r\n  return\r\n ~; }"},
      {"<![CDATA[@{\n return ~; }]]>", "@{\n return ~; }"},
      {"@({{short}} + ~)", "@(s + ~)"},
      {"@(\"{{long}}\" + ~)", "@(\"a value that is longer than its name, & \"quoted\"\" + ~)"},
      {"@({{lines}} +\n ~)", "@(1\n2\n3 +\n ~)"},
      {"@({{unknown}} + ~)", "@(1 + ~)"},
      {"@($\"{{unknown}}\" + ~)", "@($\"{{unknown}}\" + ~)"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.document);
    const SourcePos in_value = position_in(row.value, row.value.find('~'), {1, 1});
    for (const std::string& before : {std::string(), std::string("<policies>\n  <a b='"), std::string("\xef\xbb\xbf\r\n\r\n<a>")}) {
      const std::string document = before + row.document + "</a>";
      const std::string counted = before.starts_with("\xef\xbb\xbf") ? document.substr(3) : document;
      const SourcePos start = position_in(counted, counted.find(row.document), {1, 1});
      CHECK(place_in_document(document, start, row.value, in_value, named_value) == position_in(counted, counted.find('~'), {1, 1}));
    }
  }
  CHECK(place_in_document("@({{long}})", {1, 1}, "@(a value that is longer than its name, & \"quoted\")", {1, 10}, named_value) ==
        SourcePos{1, 3});
  CHECK_FALSE(place_in_document("@(other)", {1, 1}, "@(text)", {1, 6}, named_value));
  CHECK_FALSE(place_in_document("@(", {1, 1}, "@(text)", {1, 6}, named_value));
  CHECK_FALSE(place_in_document("", {7, 7}, "@(text)", {1, 6}, named_value));
}
