// Bombs end inside their budgets (reliability.md A-79).
#include <doctest/doctest.h>

#include "liquid_world.hpp"

using namespace gatelet;
using namespace gatelet::test;

namespace {

struct BombRow {
  std::string source;
  const char* problem;
};

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace

TEST_CASE("limits: what would never end, or never fit, ends with a failure") {
  constexpr const char* turns = "The loops of the template have more turns than the limit allows.";
  constexpr const char* bytes = "The text that the template makes is beyond the limit.";
  constexpr const char* steps = "Expression exceeded its execution limit.";
  for (const BombRow& row : {
           BombRow{"{% for a in (1..1000000000) %}{% endfor %}", turns},
           BombRow{"{% for a in (-2147483648..2147483647) %}{% endfor %}", turns},
           BombRow{"{% for a in (1..2147483648) %}{% endfor %}", "A range needs whole numbers of 32 bits on both sides of its dots."},
           BombRow{"{% for a in (1..1000) %}{% for b in (1..1000) %}{% for c in (1..1000) %}{% endfor %}{% endfor %}{% endfor %}", turns},
           BombRow{"{% for a in (1..100000) %}{{ a }}{{ a }}{{ a }}" + repeated("{{ a }}", 100) + "{% endfor %}", steps},
           BombRow{"{{ (1..1000000000) | Join }}", steps},
           BombRow{"{{ (1..1000000000) | Sort | First }}", steps},
           BombRow{"{{ (1..1000000000) }}", steps},
           BombRow{"{% assign a = 'xxxxxxxxxxxxxxxx' %}{% for i in (1..64) %}{% assign a = a | Append: a %}{% endfor %}{{ a | Size }}",
                   steps},
           BombRow{"{% capture a %}xxxxxxxxxxxxxxxx{% endcapture %}{% for i in (1..64) %}{% capture a %}{{ a }}{{ a }}{% endcapture %}{% "
                   "endfor %}",
                   steps},
           BombRow{"{% assign a = 'xxxxxxxx' %}{% for i in (1..16) %}{% assign a = a | Append: a %}{% endfor %}"
                   "{% for i in (1..1000) %}{{ a }}{% endfor %}",
                   bytes},
           BombRow{
               "{% assign a = 'aaaaaaaa' %}{% for i in (1..16) %}{% assign a = a | Append: a %}{% endfor %}{% assign b = a | Append: 'b' %}"
               "{% for i in (1..1000000) %}{% if a contains b or b contains 'x' %}{% endif %}{% endfor %}",
               steps},
           BombRow{"{% assign a = 'a' %}{% for i in (1..1000) %}{% assign a = a | Append: 'a' %}{% cycle a: 1, 2 %}{% endfor %}"
                   "{% for i in (1..1000000) %}{% cycle i: 1, 2 %}{% endfor %}",
                   steps},
           BombRow{"{% for i in (1..100000) %}{% assign x = (1..100) | Sort %}{% endfor %}", steps},
           BombRow{"{{ 'x' | Append: '9' | Date: 'yyyy' }}{{ 1 | Date: '" + repeated("fffffff", 100) + "' }}", nullptr},
       }) {
    CAPTURE(row.source);
    const LiquidResult result = render_liquid(row.source);
    CHECK(result.text.size() <= transformed_body_bytes_max);
    if (!row.problem) continue;
    CHECK(result.has_failed);
    CHECK(result.problem.substr(result.problem.find(' ') + 1) == row.problem);
  }
}

TEST_CASE("limits: nesting of tags, brackets and values") {
  const std::string open = repeated("{% if true %}", 150), close = repeated("{% endif %}", 150);
  CHECK(render_liquid(open + close).problem.starts_with("1:1301: tags are nested too deeply; at most 100 may stand in one another\n"));
  CHECK(render_liquid(repeated("{% if true %}", 100) + "x" + repeated("{% endif %}", 100)).text == "x");
  const std::string brackets = "{{ a" + repeated("[a", 150) + repeated("]", 150) + " }}";
  CHECK(render_liquid(brackets).problem == "1:1: brackets are nested too deeply; assign a part of it to a variable first\n");
  CHECK(render_liquid("{{ a }}", {.json = "{\"a\":" + repeated("[", 60) + "7" + repeated("]", 60) + "}"}).text == "7");
  CHECK(render_liquid(repeated("{% x %}", 1000)).problem.size() < 2000);
}

TEST_CASE("limits: the output of a template has a bound of its own") {
  CHECK(render_liquid("{{ 'abcdef' }}", {.bytes_max = 6}).text == "abcdef");
  CHECK(render_liquid("{{ 'abcdef' }}", {.bytes_max = 5}).has_failed);
  CHECK(render_liquid("{% capture x %}abc{% endcapture %}{{ x }}", {.bytes_max = 5}).has_failed);
}
