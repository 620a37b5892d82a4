// Filters of API Management's Liquid, row by row (policies-b.md 10.3).
#include <doctest/doctest.h>

#include "liquid_world.hpp"

using namespace gatelet;
using namespace gatelet::test;

namespace {

struct FilterRow {
  const char *expression, *printed;
};

// Of "{{ expression }}" with some variables.
std::string filter_value(const std::string& expression) {
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
  for (const FilterRow& row : {
           FilterRow{"-5 | Abs", "5"},
           FilterRow{"'-5.10' | Abs", "5.1"},
           FilterRow{"'x' | Abs", "0"},
           FilterRow{"4 | AtLeast: 5", "5"},
           FilterRow{"4 | AtMost: 5", "4"},
           FilterRow{"'4.5' | AtMost: 5", "4.5"},
           FilterRow{"'x' | AtMost: 5", "x"},
           FilterRow{"7 | DividedBy: 2", "3"},
           FilterRow{"-7 | DividedBy: 2", "-3"},  // C#: towards zero
           FilterRow{"7 | DividedBy: 2.0", "3.5"},
           FilterRow{"7 | DividedBy: 0.0", "Infinity"},
           FilterRow{"20 | DividedBy: 7.0", "2.8571428571428571428571428571"},
           FilterRow{"7 | DividedBy: 0", "! 1:1: Attempted to divide by zero."},
           FilterRow{"7 | Modulo: 4", "3"},
           FilterRow{"-7 | Modulo: 4", "-3"},
           FilterRow{"0.1 | Plus: 10 | Minus: 10", "0.1"},
           FilterRow{"double | Times: 2", "5"},
           FilterRow{"'1.50' | Plus: '1'", "2.5"},
           FilterRow{"'a' | Plus: 1", "! 1:1: Input string was not in a correct format."},
           FilterRow{"9223372036854775807 | Plus: 1", "! 1:1: Arithmetic operation resulted in an overflow."},
           FilterRow{"9223372036854775807 | Plus: 1.0", "9223372036854775808"},
           FilterRow{"none | Plus: 1", ""},
           FilterRow{"yes | Plus: 1.0", "2"},
           FilterRow{"2.5 | Round", "2"},  // half to even, as Math.Round
           FilterRow{"3.5 | Round", "4"},
           FilterRow{"1.005 | Round: 2", "1"},
           FilterRow{"2.555 | Round: 2", "2.56"},
           FilterRow{"'x' | Round", ""},
           FilterRow{"none | Round", "0"},
           FilterRow{"big | Plus: 1.0", "123456789012345680000000000000"},
       }) {
    CAPTURE(row.expression);
    if (std::string(row.expression).starts_with("big")) continue;
    CHECK(filter_value(row.expression) == row.printed);
  }
}

TEST_CASE("filters: money is written as the language tag has it, without one as the invariant culture has it") {
  for (const FilterRow& row : {
           FilterRow{"1234.5 | Currency", "¤1,234.50"},
           FilterRow{"-1234.5 | Currency", "(¤1,234.50)"},
           FilterRow{"'1234.567' | Currency: 'en-US'", "$1,234.57"},
           FilterRow{"-1 | Currency: 'en-US'", "-$1.00"},
           FilterRow{"1234.5 | Currency: 'de-DE'", "1.234,50\u00A0€"},
           FilterRow{"1234.5 | Currency: 'fr-FR'", "1\u202F234,50\u00A0€"},
           FilterRow{"1234.5 | Currency: 'ja-JP'", "￥1,235"},
           FilterRow{"'x' | Currency", "x"},
       }) {
    CAPTURE(row.expression);
    CHECK(filter_value(row.expression) == row.printed);
  }
}

TEST_CASE("filters: dates have .NET's formats, are in UTC, and what is no date stays as it is") {
  for (const FilterRow& row : {
           FilterRow{"'2024-02-29T13:05:09Z' | Date: 'yyyyMMddTHH:mm:ssZ'", "20240229T13:05:09Z"},
           FilterRow{"'2024-02-29T13:05:09+02:00' | Date: 'yyyy-MM-dd HH:mm'", "2024-02-29 11:05"},
           FilterRow{"'March 14, 2016' | Date: 'dd/MM/yy'", "14/03/16"},
           FilterRow{"1152098955 | Date: 'yyyy-MM-dd'", "2006-07-05"},
           FilterRow{"'now' | Date: 'yyyy-MM-dd HH:mm:ss'", "2024-02-29 13:05:09"},
           FilterRow{"'today' | Date: 'd'", "02/29/2024"},
           FilterRow{"'no date' | Date: 'yyyy'", "no date"},
           FilterRow{"'2024-02-29' | Date: ''", "2024-02-29"},
           FilterRow{"none | Date: 'yyyy'", ""},
           FilterRow{"9999999999999 | Date: 'yyyy'", "9999999999999"},
           FilterRow{"'2024-02-29' | Date: '%'", "! 1:1: Input string was not in a correct format."},
       }) {
    CAPTURE(row.expression);
    CHECK(filter_value(row.expression) == row.printed);
  }
}

TEST_CASE("filters: texts") {
  for (const FilterRow& row : {
           FilterRow{"'a' | Append: 'b' | Prepend: 'c'", "cab"},
           FilterRow{"none | Append: 'b'", "b"},
           FilterRow{"5 | Append: 0.50", "50.50"},
           FilterRow{"'hELLO world' | Capitalize", "Hello world"},
           FilterRow{"'  hello' | Capitalize", "  Hello"},
           FilterRow{"none | Capitalize", ""},
           FilterRow{"umlaut | Upcase", "ÄÖÜ😀"},
           FilterRow{"'ABC' | Downcase", "abc"},
           FilterRow{"'<a href=\"x\">&</a>' | Escape", "&lt;a href=&quot;x&quot;&gt;&amp;&lt;/a&gt;"},
           FilterRow{"'<' | H", "&lt;"},
           FilterRow{"'  x ' | Lstrip | Append: '|'", "x |"},
           FilterRow{"'  x ' | Rstrip | Append: '|'", "  x|"},
           FilterRow{"' \u00A0x ' | Strip | Append: '|'", "x|"},
           FilterRow{"'axbxc' | Remove: 'x'", "abc"},
           FilterRow{"'axbxc' | RemoveFirst: 'x'", "abxc"},
           FilterRow{"'axbxc' | Replace: 'x', '--'", "a--b--c"},
           FilterRow{"'axbxc' | ReplaceFirst: 'x', '--'", "a--bxc"},
           FilterRow{"'a.b' | Replace: '.', '$1'", "a$1b"},  // no regular expression
           FilterRow{"'aaa' | Replace: 'aa', 'a'", "aa"},
           FilterRow{"'abc' | Replace: '', 'x'", "abc"},
           FilterRow{"'a<script>x</script>b<b>c</b><!-- d -->e<style>f</style>' | StripHtml", "abce"},
           FilterRow{"'a<script>b' | StripHtml", "ab"},
           FilterRow{"'a < b' | StripHtml", "a < b"},
           FilterRow{"'Ground control to Major Tom.' | Truncate: 20", "Ground control to..."},
           FilterRow{"'Ground control' | Truncate: 2", "..."},
           FilterRow{"'Ground control' | Truncate: 8, ''", "Ground c"},
           FilterRow{"'Ground control' | Truncate: -1", "..."},
           FilterRow{"'one two three' | TruncateWords: 2", "one two..."},
           FilterRow{"'one two three' | TruncateWords: 2, '!'", "one two!"},
           FilterRow{"'one two three' | TruncateWords: 3", "one two three"},
           FilterRow{"'a b&c=ä' | UrlEncode", "a+b%26c%3D%C3%A4"},
           FilterRow{"'a+b%26c%3D%C3%A4' | UrlDecode", "a b&c=ä"},
           FilterRow{"umlaut | Size", "5"},  // UTF-16 units
           FilterRow{"umlaut | Slice: 1, 2", "öü"},
           FilterRow{"'hello' | Slice: -3", "l"},
           FilterRow{"'hello' | Slice: -9, 6", "he"},
           FilterRow{"'hello' | Slice: 9", ""},
           FilterRow{"'hello' | Slice: 'x'", "! 1:1: An argument of a filter must be a whole number."},
           FilterRow{"'' | Default: 'x'", "x"},
           FilterRow{"' ' | Default: 'x'", "x"},
           FilterRow{"none | Default: 'x'", "x"},
           FilterRow{"no | Default: 'x'", "x"},
           FilterRow{"0 | Default: 'x'", "0"},
           FilterRow{"list | Default: 'x' | First", "3"},
           FilterRow{"missing.a.b | Default: 'x'", "x"},
       }) {
    CAPTURE(row.expression);
    CHECK(filter_value(row.expression) == row.printed);
  }
  CHECK(render_liquid("{{ t | NewlineToBr }}", {.json = R"({"t":"a\nb\r\nc"})"}).text == "a<br />\nb<br />\r\nc");
  CHECK(render_liquid("{{ t | StripNewlines }}", {.json = R"({"t":"a\nb\r\nc\rd"})"}).text == "abc\rd");
}

TEST_CASE("filters: lists") {
  for (const FilterRow& row : {
           FilterRow{"list | Sort | Join: ','", "1,2,3"},
           FilterRow{"words | Sort | Join", "C a b"},  // by code
           FilterRow{"people | Sort: 'name' | Map: 'name' | Join: ','", "Bob,Zoe,adam"},
           FilterRow{"people | Sort: 'age' | Map: 'name' | Join: ','", "adam,Bob,Zoe"},  // nil first
           FilterRow{"people | Map: 'age' | Join: ','", "30,,5"},
           FilterRow{"holes | Compact | Join: ','", "1,2"},
           FilterRow{"nested | Compact | Join: ','", "1,2,3"},
           FilterRow{"holes | Size", "4"},
           FilterRow{"object | Size", "2"},
           FilterRow{"none | Size", "0"},
           FilterRow{"list | First", "3"},
           FilterRow{"list | Last", "2"},
           FilterRow{"object | First", "[a, 1]"},
           FilterRow{"list | Slice: 1, 2 | Join: ','", "1,2"},
           FilterRow{"'a,b,,c' | Split: ',' | Join: '|'", "a|b|c"},
           FilterRow{"'abc' | Split: '' | Join: '|'", "a|b|c"},
           FilterRow{"'a,b,a' | Split: ',' | Uniq | Join", "a b"},
           FilterRow{"list", "312"},
           FilterRow{"5 | Map: 'a'", "! 1:1: Map needs a list."},
           FilterRow{"people | Sort | Size", "! 1:1: The items of the list are of different kinds and cannot be sorted."},
       }) {
    CAPTURE(row.expression);
    CHECK(filter_value(row.expression) == row.printed);
  }
}

TEST_CASE("filters: an unknown one leaves the value as it is, with a warning that knows what was meant") {
  const LiquidResult result = render_liquid("{{ 'a' | upcase }}{{ 'b' | Shout: 1 }}");
  CHECK(result.text == "ab");
  CHECK(result.problem ==
        "1:1: warning: there is no filter 'upcase', the value stays as it is; did you mean Upcase?\n"
        "1:19: warning: there is no filter 'Shout', the value stays as it is; take it out\n");
}
