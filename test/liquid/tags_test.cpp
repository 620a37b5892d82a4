// Tags, operators and outputs (policies-b.md 10.2).
#include <doctest/doctest.h>

#include "liquid_world.hpp"

using namespace gatelet;
using namespace gatelet::test;

namespace {

constexpr const char* variables = R"({"list":[1,2,3,4],"none":null,"object":{"a":1,"B":"two","size":9},"text":"hello","empty":[],"five":5,
  "items":[{"id":1,"ok":true},{"id":2,"ok":false},{"id":3,"ok":true}],"when":"2024-02-29T13:05:09Z","short":"2012-03-21T05:40Z",
  "ticks":"/Date(1198908717056)/","real":5.0,"key":"a"})";

struct TagRow {
  const char *source, *text;
};

std::string rendered(std::string_view source) {
  const LiquidResult result = render_liquid(source, {.json = variables});
  return result.has_failed ? "! " + result.problem : result.text + result.problem;
}

void check_tags(std::initializer_list<TagRow> rows) {
  for (const TagRow& row : rows) {
    CAPTURE(row.source);
    CHECK(rendered(row.source) == row.text);
  }
}

}  // namespace

TEST_CASE("outputs: what is printed of each kind of value") {
  check_tags({
      {"{{ five }} {{ real }} {{ 1.50 }} {{ -3 }} {{ true }} {{ nil }}.", "5 5 1.5 -3 true ."},
      {"{{ list }} {{ object }}", "1234 [a, 1][B, two][size, 9]"},
      {"{{ when }}", "02/29/2024 13:05:09"},
      {"{{ short }}", "03/21/2012 05:40:00"},
      {"{{ ticks }}", "12/29/2007 06:11:57"},
      {"{{ (1..3) }} {{ }}{{}}", "123 "},
      {"{{ \"it's\" }} {{ 'say \"x\"' }} {{ '}}' }}", "it's say \"x\" }}"},
      {"{{ missing }}{{ missing.a[0].b }}", ""},
      {"a { b } c {", "a { b } c {"},
  });
  CHECK(render_liquid("{{ when }} {{ short }}", {.json = variables, .conversion = {.reads_dates = false}}).text ==
        "2024-02-29T13:05:09Z 2012-03-21T05:40Z");
}

TEST_CASE("outputs: members by name, in any case where the exact one is missing, and by index") {
  check_tags({
      {"{{ object.a }} {{ object.A }} {{ object['b'] }} {{ object[key] }} {{ object.b.c }}.", "1 1 two 1 ."},
      {"{{ list[0] }} {{ list[-1] }} {{ list[9] }} {{ list.first }} {{ list.last }} {{ list.size }}", "1 4  1 4 4"},
      {"{{ object.size }} {{ text.size }} {{ list['size'] }}.", "9 5 ."},
      {"{{ items[1].id }} {{ items.last.id }}", "2 3"},
      {"{{ ['five'] }} {{ [\"object\"].a }}", "5 1"},
  });
}

TEST_CASE("if and unless: operators, and the right ones bind first") {
  check_tags({
      {"{% if five == 5 %}a{% else %}b{% endif %}", "a"},
      {"{% if five == '5' %}a{% endif %}{% if '5' == five %}b{% endif %}{% if five == 5.0 %}c{% endif %}", "abc"},
      {"{% if five != 4 and five <> 4 %}a{% endif %}", "a"},
      {"{% if five > 4.5 and five >= 5 and five < 6 and five <= 5 %}a{% endif %}", "a"},
      {"{% if true or false and false %}a{% else %}b{% endif %}", "a"},
      {"{% if false and false or true %}a{% else %}b{% endif %}", "b"},
      {"{% if list contains 3 %}a{% endif %}{% if text contains 'ell' %}b{% endif %}{% if none contains 1 %}c{% endif %}", "ab"},
      {"{% if text startswith 'he' and text endswith 'lo' and text StartsWith 'h' %}a{% endif %}", "a"},
      {"{% if object hasKey 'a' and object has_value 'two' %}a{% endif %}", "a"},
      {"{% if empty == empty %}a{% endif %}{% if '' == blank %}b{% endif %}{% if list == empty %}c{% endif %}{% if none == empty %}d{% "
       "endif %}",
       "ab"},
      {"{% if none == null %}a{% endif %}{% if missing == nil %}b{% endif %}{% if none < 1 %}c{% endif %}", "ab"},
      {"{% if 0 %}a{% endif %}{% if '' %}b{% endif %}{% if none %}c{% endif %}{% if false %}d{% endif %}", "ab"},
      {"{% if 'abc' < 5 %}a{% else %}b{% endif %}", "b"},  // no order: not less
      {"{% if when > '2024-01-01' %}a{% endif %}", "a"},
      {"{% if false %}a{% elsif five == 5 %}b{% else %}c{% endif %}{% if false %}a{% elseif true %}d{% endif %}", "bd"},
      {"{% unless five == 5 %}a{% elsif true %}b{% endunless %}{% unless nil %}c{% endunless %}", "bc"},
      {"{% if five==5 %}a{% endif %}", "a"},
  });
}

TEST_CASE("case: every branch that matches") {
  check_tags({
      {"{% case five %} x {% when 4 %}a{% when 5, 6 %}b{% when '5' %}c{% else %}d{% endcase %}", "bc"},
      {"{% case text %}{% when 'x' or 'hello' %}a{% endcase %}{% case none %}{% when 1 %}{% else %}b{% endcase %}", "ab"},
  });
}

TEST_CASE("for: parts of a list, its counters, and what comes instead of an empty one") {
  check_tags({
      {"{% for i in list %}{{ i }}{% unless forloop.last %}, {% endunless %}{% endfor %}", "1, 2, 3, 4"},
      {"{% for i in list limit: 2 offset: 1 %}{{ i }}{% endfor %} {% for i in list reversed %}{{ i }}{% endfor %}", "23 4321"},
      {"{% for i in list limit:2 %}{{ i }}{% endfor %} {% for i in list offset:continue %}{{ i }}{% endfor %}", "12 34"},
      {"{% for i in list limit:1 %}{{ forloop.index }}{{ forloop.Index0 }}{{ forloop.rindex }}{{ forloop.RIndex0 }}{{ forloop.first }}"
       "{{ forloop.last }}{{ forloop.length }}{{ forloop.name }}{% endfor %}",
       "1010truetrue1i-list"},
      {"{% for i in (1..five) %}{% if i == 2 %}{% continue %}{% endif %}{% if i == 4 %}{% break %}{% endif %}{{ i }}{% endfor %}", "13"},
      {"{% for i in empty %}a{% else %}b{% endfor %}{% for i in none %}a{% else %}c{% endfor %}{% for i in 5 %}a{% endfor %}", "bc"},
      {"{% for p in object %}{{ p.Key }}={{ p.Value }};{{ p[0] }}{{ p[1] }} {% endfor %}", "a=1;a1 B=two;Btwo size=9;size9 "},
      {"{% for i in items %}{{ i.id }}{% endfor %}{{ i.id }}", "123"},
      {"{% for i in (3..1) %}a{% endfor %}{% for i in ('x'..2) %}a{% endfor %}",
       "! 1:35: A range needs whole numbers of 32 bits on both sides of its dots."},
      {"{% for c in 'abc' %}{{ c }}-{% endfor %}", "a-b-c-"},
      {"{% for i in list limit: 'x' %}{% endfor %}", "! 1:1: The limit of a loop must be a number."},
      {"a{% break %}b", "a"},
  });
}

TEST_CASE("JSONArrayFor: a comma stands between what the turns print") {
  check_tags({
      {"[{% JSONArrayFor i in items %}{{ i.id }}{% endJSONArrayFor %}]", "[1,2,3]"},
      {"[{% JSONArrayFor i in items %}\n  {% if i.ok %}{{ i.id }}{% endif %}\n{% endJSONArrayFor %}]", "[\n  1\n\n  \n,\n  3\n]"},
      {"[{% JSONArrayFor i in empty %}{{ i }}{% endJSONArrayFor %}]", "[]"},
      {"[{% JSONArrayFor i in list limit: 2 %}{{ forloop.index }}{% endJSONArrayFor %}]", "[1,2]"},
  });
}

TEST_CASE("tablerow: rows and columns") {
  check_tags({
      {"{% tablerow i in list cols: 3 %}{{ i }}{{ tablerowloop.col }}{{ tablerowloop.col_last }}{% endtablerow %}",
       "<tr class=\"row1\">\n<td class=\"col1\">11false</td><td class=\"col2\">22false</td><td class=\"col3\">33true</td></tr>\n"
       "<tr class=\"row2\"><td class=\"col1\">41false</td></tr>\n"},
  });
}

TEST_CASE("variables: assign and capture are for the whole template, loops hide them") {
  check_tags({
      {"{% assign a = 'x' | Upcase %}{% capture b %}[{{ a }}]{% endcapture %}{{ b }}{{ b | Size }}", "[X]3"},
      {"{% for five in list %}{% assign last = five %}{% endfor %}{{ five }}{{ last }}", "54"},
      {"{% assign o = object %}{{ o['B'] }}{{ o.a }}", "two1"},
      {"{% increment n %}{% increment n %}{{ n }}{% decrement m %}", "012-1"},
  });
}

TEST_CASE("cycle, ifchanged, comment, raw and literal") {
  check_tags({
      {"{% for i in list %}{% cycle 'a', 'b', five %}{% endfor %}", "ab5a"},
      {"{% cycle 'g': 1, 2 %}{% cycle 'h': 1, 2 %}{% cycle 'g': 1, 2 %}", "112"},
      {"{% for i in items %}{% ifchanged %}{{ i.ok }}{% endifchanged %}{% endfor %}", "truefalsetrue"},
      {"a{% comment %}{{ x }}{% if %}{% endcomment %}b", "ab"},
      {"{% raw %}{{ x }}{% if %}{% endraw %}{% literal %}{% x %}{% endliteral %}", "{{ x }}{% if %}{% x %}"},
  });
}

TEST_CASE("blanks: a hyphen takes those beside it away") {
  check_tags({
      {" a \n{{- five -}} \n b {%- if true -%} c {%- endif %} d ", " a5bc d "},
      {" {%- raw -%} x {%- endraw -%} y", "xy"},
      {"{{-five-}}", "5"},
      {"{{ -5 }}", "-5"},
  });
}

TEST_CASE("problems: every one has its place and what to do") {
  check_tags({
      {"a\n  {% iff x %}", "! 2:3: there is no tag 'iff'; look for its right name or take it out\n"},
      {"{% if x %}", "! 1:1: 'if' is not closed; add {% endif %}\n"},
      {"{% for i in list %}{% endif %}{% endfor %}", "! 1:20: 'endif' has no place here, where 'for' is open\n"},
      {"{% else %}", "! 1:1: 'else' has no place here\n"},
      {"x {{ five", "! 1:3: the output has no end; close it with }}\n"},
      {"{% if 'a %}b{% endif %}", "! 1:1: the tag has no end; close it with %}\n"},
      {"{{ five | }}", "! 1:1: the name of a filter is missing after |\n"},
      {"{{ five | Append }}", "! 1:1: the filter 'Append' takes 1 argument, not 0\n"},
      {"{{ five | Slice: 1, 2, 3 }}", "! 1:1: the filter 'Slice' takes 1 to 2 arguments, not 3\n"},
      {"{{ five six }}", "! 1:1: there is something after the value and its filters: 'six'; take it out\n"},
      {"{{ a..b }}{{ a. }}{{ a[1 }}{{ (1..2 }}",
       "! 1:1: there is something after the value and its filters: '..b'; take it out\n"
       "1:11: a name is missing after the dot\n"
       "1:19: a bracket is not closed; write [name], ['name'] or [0]\n"
       "1:28: a range is written (first..last); its bracket is not closed\n"},
      {"{% if a in b %}{% endif %}",
       "! 1:1: 'if': 'in' is no operator; there are ==, !=, <>, <, >, <=, >=, contains, startswith, endswith, haskey, hasvalue\n"},
      {"{% assign x %}{% capture %}{% endcapture %}",
       "! 1:1: 'assign': write {% assign name = value %}\n1:15: 'capture': write {% capture name %}\n"},
      {"{% for x of y %}{% endfor %}", "! 1:1: 'for': write {% for item in list %}\n"},
      {"{% for x in y step: 2 %}{% endfor %}", "! 1:1: 'for': 'step' is no part of a loop; there are limit, offset and reversed\n"},
      {"{% include 'x' %}", "! 1:1: 'include' needs other templates, and there are none; put the text here\n"},
      {"{% raw %}x", "! 1:1: 'raw' is not closed; add {% endraw %}\n"},
      {"{% %}{% case %}{% endcase %}", "! 1:1: the name of the tag is missing\n1:6: 'case': a value is missing\n"},
  });
}
