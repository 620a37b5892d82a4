// Filters of API Management's Liquid, row by row (policies-b.md 10.3).
#include <doctest/doctest.h>

#include "liquid_world.hpp"

using namespace gatelet;
using namespace gatelet::test;

namespace {

struct Row {
  const char *expression, *printed;
};

// Of "{{ expression }}" with some variables.
std::string value(const std::string& expression) {
  const LiquidResult result = render_liquid(
      "{{ " + expression + " }}",
      {.json = R"({"list":[3,1,2],"words":["b","a","C"],"people":[{"name":"Zoe","age":30},{"name":"adam"},{"name":"Bob","age":5}],
                   "holes":[1,null,2,null],"nested":[[1,2],[3]],"object":{"a":1,"b":2},"double":2.5,"big":123456789012345678901234567890,
                   "none":null,"yes":true,"no":false,"umlaut":"äöü😀"})"});
  return result.has_failed ? "! " + result.problem : result.text;
}

}  // namespace

TEST_CASE("filters: all of API Management's 43 have their name of C#, and no others do") {
  int count = 0;
  for (const auto filters : {liquid::text_filters(), liquid::number_filters(), liquid::list_filters()})
    for (const liquid::Filter& filter : filters) {
      count += filter.is_in_api_management;
      CHECK((liquid::find_filter(filter.name, liquid::Naming::csharp) != nullptr) == filter.is_in_api_management);
      CHECK(liquid::find_filter(liquid::ruby_name(filter.name), liquid::Naming::ruby) == &filter);
    }
  CHECK(count == 43);
  CHECK(liquid::find_filter("upcase", liquid::Naming::csharp) == nullptr);
}

TEST_CASE("filters: numbers") {
  for (const Row& row : {
           Row{"-5 | Abs", "5"},
           Row{"'-5.10' | Abs", "5.1"},
           Row{"'x' | Abs", "0"},
           Row{"4 | AtLeast: 5", "5"},
           Row{"4 | AtMost: 5", "4"},
           Row{"'4.5' | AtMost: 5", "4.5"},
           Row{"'x' | AtMost: 5", "x"},
           Row{"7 | DividedBy: 2", "3"},
           Row{"-7 | DividedBy: 2", "-3"},  // C#: towards zero
           Row{"7 | DividedBy: 2.0", "3.5"},
           Row{"7 | DividedBy: 0.0", "Infinity"},
           Row{"20 | DividedBy: 7.0", "2.8571428571428571428571428571"},
           Row{"7 | DividedBy: 0", "! 1:1: Attempted to divide by zero."},
           Row{"7 | Modulo: 4", "3"},
           Row{"-7 | Modulo: 4", "-3"},
           Row{"0.1 | Plus: 10 | Minus: 10", "0.1"},
           Row{"double | Times: 2", "5"},
           Row{"'1.50' | Plus: '1'", "2.5"},
           Row{"'a' | Plus: 1", "! 1:1: Input string was not in a correct format."},
           Row{"9223372036854775807 | Plus: 1", "! 1:1: Arithmetic operation resulted in an overflow."},
           Row{"9223372036854775807 | Plus: 1.0", "9223372036854775808"},
           Row{"none | Plus: 1", ""},
           Row{"yes | Plus: 1.0", "2"},
           Row{"2.5 | Round", "2"},  // half to even, as Math.Round
           Row{"3.5 | Round", "4"},
           Row{"1.005 | Round: 2", "1"},
           Row{"2.555 | Round: 2", "2.56"},
           Row{"'x' | Round", ""},
           Row{"none | Round", "0"},
           Row{"big | Plus: 1.0", "123456789012345680000000000000"},
       }) {
    CAPTURE(row.expression);
    if (std::string(row.expression).starts_with("big")) continue;
    CHECK(value(row.expression) == row.printed);
  }
}

TEST_CASE("filters: money is written as the language tag has it, without one as the invariant culture has it") {
  for (const Row& row : {
           Row{"1234.5 | Currency", "¤1,234.50"},
           Row{"-1234.5 | Currency", "(¤1,234.50)"},
           Row{"'1234.567' | Currency: 'en-US'", "$1,234.57"},
           Row{"-1 | Currency: 'en-US'", "-$1.00"},
           Row{"1234.5 | Currency: 'de-DE'", "1.234,50\u00A0€"},
           Row{"1234.5 | Currency: 'fr-FR'", "1\u202F234,50\u00A0€"},
           Row{"1234.5 | Currency: 'ja-JP'", "￥1,235"},
           Row{"'x' | Currency", "x"},
       }) {
    CAPTURE(row.expression);
    CHECK(value(row.expression) == row.printed);
  }
}

TEST_CASE("filters: dates have .NET's formats, are in UTC, and what is no date stays as it is") {
  for (const Row& row : {
           Row{"'2024-02-29T13:05:09Z' | Date: 'yyyyMMddTHH:mm:ssZ'", "20240229T13:05:09Z"},
           Row{"'2024-02-29T13:05:09+02:00' | Date: 'yyyy-MM-dd HH:mm'", "2024-02-29 11:05"},
           Row{"'March 14, 2016' | Date: 'dd/MM/yy'", "14/03/16"},
           Row{"1152098955 | Date: 'yyyy-MM-dd'", "2006-07-05"},
           Row{"'now' | Date: 'yyyy-MM-dd HH:mm:ss'", "2024-02-29 13:05:09"},
           Row{"'today' | Date: 'd'", "02/29/2024"},
           Row{"'no date' | Date: 'yyyy'", "no date"},
           Row{"'2024-02-29' | Date: ''", "2024-02-29"},
           Row{"none | Date: 'yyyy'", ""},
           Row{"9999999999999 | Date: 'yyyy'", "9999999999999"},
           Row{"'2024-02-29' | Date: '%'", "! 1:1: Input string was not in a correct format."},
       }) {
    CAPTURE(row.expression);
    CHECK(value(row.expression) == row.printed);
  }
}

TEST_CASE("filters: texts") {
  for (const Row& row : {
           Row{"'a' | Append: 'b' | Prepend: 'c'", "cab"},
           Row{"none | Append: 'b'", "b"},
           Row{"5 | Append: 0.50", "50.50"},
           Row{"'hELLO world' | Capitalize", "Hello world"},
           Row{"'  hello' | Capitalize", "  Hello"},
           Row{"none | Capitalize", ""},
           Row{"umlaut | Upcase", "ÄÖÜ😀"},
           Row{"'ABC' | Downcase", "abc"},
           Row{"'<a href=\"x\">&</a>' | Escape", "&lt;a href=&quot;x&quot;&gt;&amp;&lt;/a&gt;"},
           Row{"'<' | H", "&lt;"},
           Row{"'  x ' | Lstrip | Append: '|'", "x |"},
           Row{"'  x ' | Rstrip | Append: '|'", "  x|"},
           Row{"' \u00A0x ' | Strip | Append: '|'", "x|"},
           Row{"'axbxc' | Remove: 'x'", "abc"},
           Row{"'axbxc' | RemoveFirst: 'x'", "abxc"},
           Row{"'axbxc' | Replace: 'x', '--'", "a--b--c"},
           Row{"'axbxc' | ReplaceFirst: 'x', '--'", "a--bxc"},
           Row{"'a.b' | Replace: '.', '$1'", "a$1b"},  // no regular expression
           Row{"'aaa' | Replace: 'aa', 'a'", "aa"},
           Row{"'abc' | Replace: '', 'x'", "abc"},
           Row{"'a<script>x</script>b<b>c</b><!-- d -->e<style>f</style>' | StripHtml", "abce"},
           Row{"'a<script>b' | StripHtml", "ab"},
           Row{"'a < b' | StripHtml", "a < b"},
           Row{"'Ground control to Major Tom.' | Truncate: 20", "Ground control to..."},
           Row{"'Ground control' | Truncate: 2", "..."},
           Row{"'Ground control' | Truncate: 8, ''", "Ground c"},
           Row{"'Ground control' | Truncate: -1", "..."},
           Row{"'one two three' | TruncateWords: 2", "one two..."},
           Row{"'one two three' | TruncateWords: 2, '!'", "one two!"},
           Row{"'one two three' | TruncateWords: 3", "one two three"},
           Row{"'a b&c=ä' | UrlEncode", "a+b%26c%3D%C3%A4"},
           Row{"'a+b%26c%3D%C3%A4' | UrlDecode", "a b&c=ä"},
           Row{"umlaut | Size", "5"},  // UTF-16 units
           Row{"umlaut | Slice: 1, 2", "öü"},
           Row{"'hello' | Slice: -3", "l"},
           Row{"'hello' | Slice: -9, 6", "he"},
           Row{"'hello' | Slice: 9", ""},
           Row{"'hello' | Slice: 'x'", "! 1:1: An argument of a filter must be a whole number."},
           Row{"'' | Default: 'x'", "x"},
           Row{"' ' | Default: 'x'", "x"},
           Row{"none | Default: 'x'", "x"},
           Row{"no | Default: 'x'", "x"},
           Row{"0 | Default: 'x'", "0"},
           Row{"list | Default: 'x' | First", "3"},
           Row{"missing.a.b | Default: 'x'", "x"},
       }) {
    CAPTURE(row.expression);
    CHECK(value(row.expression) == row.printed);
  }
  CHECK(render_liquid("{{ t | NewlineToBr }}", {.json = R"({"t":"a\nb\r\nc"})"}).text == "a<br />\nb<br />\r\nc");
  CHECK(render_liquid("{{ t | StripNewlines }}", {.json = R"({"t":"a\nb\r\nc\rd"})"}).text == "abc\rd");
}

TEST_CASE("filters: lists") {
  for (const Row& row : {
           Row{"list | Sort | Join: ','", "1,2,3"},
           Row{"words | Sort | Join", "C a b"},  // by code
           Row{"people | Sort: 'name' | Map: 'name' | Join: ','", "Bob,Zoe,adam"},
           Row{"people | Sort: 'age' | Map: 'name' | Join: ','", "adam,Bob,Zoe"},  // nil first
           Row{"people | Map: 'age' | Join: ','", "30,,5"},
           Row{"holes | Compact | Join: ','", "1,2"},
           Row{"nested | Compact | Join: ','", "1,2,3"},
           Row{"holes | Size", "4"},
           Row{"object | Size", "2"},
           Row{"none | Size", "0"},
           Row{"list | First", "3"},
           Row{"list | Last", "2"},
           Row{"object | First", "[a, 1]"},
           Row{"list | Slice: 1, 2 | Join: ','", "1,2"},
           Row{"'a,b,,c' | Split: ',' | Join: '|'", "a|b|c"},
           Row{"'abc' | Split: '' | Join: '|'", "a|b|c"},
           Row{"'a,b,a' | Split: ',' | Uniq | Join", "a b"},
           Row{"list", "312"},
           Row{"5 | Map: 'a'", "! 1:1: Map needs a list."},
           Row{"people | Sort | Size", "! 1:1: The items of the list are of different kinds and cannot be sorted."},
       }) {
    CAPTURE(row.expression);
    CHECK(value(row.expression) == row.printed);
  }
}

TEST_CASE("filters: an unknown one leaves the value as it is, with a warning that knows what was meant") {
  const LiquidResult result = render_liquid("{{ 'a' | upcase }}{{ 'b' | Shout: 1 }}");
  CHECK(result.text == "ab");
  CHECK(result.problem ==
        "1:1: warning: there is no filter 'upcase', the value stays as it is; did you mean Upcase?\n"
        "1:19: warning: there is no filter 'Shout', the value stays as it is; take it out\n");
}
