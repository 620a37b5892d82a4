// Bodies of XML as a template sees them.
#include <doctest/doctest.h>

#include "liquid_world.hpp"

using namespace gatelet;
using namespace gatelet::test;

namespace {

constexpr const char* document = R"(<?xml version="1.0"?>
<s:Envelope xmlns:s="urn:s" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <s:Body><order id="7"><item>a</item><item kind="k">b</item><note>one <b>two</b></note><empty/><gone xsi:nil="true"/>
  <at>2024-02-29T13:05:09Z</at><cdata><![CDATA[<x>]]></cdata></order></s:Body>
</s:Envelope>)";

struct XmlRow {
  const char *source, *text;
};

void check_xml(const liquid::Conversion& conversion, std::initializer_list<XmlRow> rows) {
  for (const XmlRow& row : rows) {
    CAPTURE(row.source);
    const LiquidResult result = render_liquid(row.source, {.xml = document, .conversion = conversion});
    CHECK(result.text + result.problem == row.text);
  }
}

}  // namespace

TEST_CASE("XML: elements are members by their local names, repeated ones a list, attributes have an @") {
  check_xml({}, {
                    {"{{ body.Envelope.Body.order.item[1] }}{{ body.envelope.body.Order.item.size }}", "b2"},
                    {"{% assign o = body.envelope.body.order %}{{ o['@id'] }}{{ o.item.first }}{{ o.item[1]['@kind'] }}", "7ak"},
                    {"{% for i in body.envelope.body.order.item %}{{ i }};{% endfor %}", "a;b;"},
                    {"{% for p in body.envelope.body.order %}{{ p.Key }} {% endfor %}", "item note empty gone at cdata "},
                    {"{{ body.envelope.body.order.note }}|{{ body.envelope.body.order.cdata }}", "one two|<x>"},
                    {"{{ body.envelope.body.order.missing.x }}.", "."},
                    {"{% if body.envelope.body.order.item[1] == 'b' %}{{ body.envelope.body.order.item[1] | Upcase }}{% endif %}", "B"},
                    {"{% if body.envelope.body.order.empty == '' %}a{% endif %}", "a"},
                    {"{{ body.envelope.body.order.at }}", "02/29/2024 13:05:09"},
                });
}

TEST_CASE("XML: xsi:nil is an empty text, or null") {
  const char* source = "{% if body.envelope.body.order.gone == null %}null{% else %}blank{% endif %}";
  check_xml({}, {{source, "blank"}});
  check_xml({.is_nil_null = true}, {{source, "null"}});
  check_xml({.reads_dates = false}, {{"{{ body.envelope.body.order.at }}", "2024-02-29T13:05:09Z"}});
}
