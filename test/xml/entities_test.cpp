#include "xml/entities.hpp"

#include <doctest/doctest.h>

using namespace gatelet;

TEST_CASE("entities: the five names and numbers are decoded once, all else stays") {
  struct Row {
    std::string text, decoded;
  };
  for (const Row& row : {
           Row{"", ""},
           Row{"plain", "plain"},
           Row{"&lt;&gt;&amp;&quot;&apos;", "<>&\"'"},
           Row{"a &amp;&amp; b", "a && b"},
           Row{"&amp;lt;", "&lt;"},
           Row{"&#65;&#x41;&#x61;&#x000061;", "AAaa"},
           Row{"&#xe4;&#8364;&#x1F600;", "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"},
           Row{"&#9;&#10;&#13;", "\t\n\r"},
           Row{"a && b & c", "a && b & c"},
           Row{"&LT;&nbsp;&;&#;&#x;&#X41;&#a;", "&LT;&nbsp;&;&#;&#x;&#X41;&#a;"},
           Row{"&lt", "&lt"},
           Row{"&#65", "&#65"},
           Row{"&#0;&#8;&#xFFFF;&#xD800;&#x110000;&#99999999999;", "&#0;&#8;&#xFFFF;&#xD800;&#x110000;&#99999999999;"},
           Row{"&#xD7FF;&#xE000;&#xFFFD;&#x10FFFF;", "\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBD\xF4\x8F\xBF\xBF"},
           Row{"&", "&"},
       }) {
    CAPTURE(row.text);
    CHECK(decode_entities(row.text) == row.decoded);
  }
}
