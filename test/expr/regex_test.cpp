#include <doctest/doctest.h>

#include "evaluate.hpp"

using namespace gatelet;

namespace {

// Pattern, text, what IsMatch says.
struct MatchRow {
  std::string pattern;
  std::string text;
  std::string options;
  std::string found;
};

}  // namespace

// The first match as "[value]", or "none"; a C# verbatim string each.
static std::string first_match(const MatchRow& row) {
  const std::string options = row.options.empty() ? "" : ", " + row.options;
  return evaluate("@{ var m = Regex.Match(\"" + row.text + "\", @\"" + row.pattern + "\"" + options +
                  "); return m.Success ? \"[\" + m.Value + \"]\" : \"none\"; }");
}

static void check_matches(std::initializer_list<MatchRow> rows) {
  for (const MatchRow& row : rows) {
    CAPTURE(row.pattern);
    CAPTURE(row.text);
    CHECK(first_match(row) == "String " + row.found);
  }
}

TEST_CASE("regular expressions: the measured rows") {
  check({
      {R"e(@(Regex.IsMatch("a\n", "^a$")))e", "Boolean True"},
      {R"e(@(Regex.IsMatch("\u0663", @"^\d$")))e", "Boolean True"},
      {R"e(@(Regex.Match("x", "(y)").Value))e", "String "},
      {R"e(@(Regex.Match("x", "(y)").Groups[1].Value + Regex.Match("x", "(y)").Groups[1].Success))e", "String False"},
      {R"e(@(Regex.Match("max-age=12", @"max-age=(?<age>\d+)").Groups["age"].Value))e", "String 12"},
      {R"e(@{ var m = Regex.Match("ab", "(?<n>a)(b)"); return m.Groups[1].Value + m.Groups[2].Value; })e", "String ba"},
      {R"e(@(Regex.Replace("ab", "(?<n>a)(b)", "[$1][${n}][$$][$&][$0][$3]")))e", "String [b][a][$][ab][ab][$3]"},
      {R"e(@(Regex.Split("a-b", "(-)")))e", "String[] a,-,b"},
      {R"e(@(Regex.IsMatch("aab", "(?<=a+)b")))e",
       "1:9 The regular expression has a look-behind of no fixed length, which is not supported"},
      {R"e(@(Regex.IsMatch("()", @"^(?<o>\()(?<-o>\))$")))e",
       "1:9 The regular expression has balancing groups such as (?<close-open>…), which is not supported"},
      {R"e(@(Regex.IsMatch("x", "(")))e", "!ArgumentException: parsing \"(\" - Not enough )'s."},
      {R"e(@(Regex.IsMatch("b", "^[a-z-[aeiou]]$") && !Regex.IsMatch("e", "^[a-z-[aeiou]]$")))e", "Boolean True"},
      {R"e(@(Regex.Escape("a.b*c [x]#")))e", R"e(String a\.b\*c\ \[x]\#)e"},
  });
}

TEST_CASE("patterns mean what they mean in .NET") {
  check_matches({
      {"^.$", "\\U0001F600", "", "none"},  // two UTF-16 units
      {"^..$", "\\U0001F600", "", "[\xF0\x9F\x98\x80]"},
      {"a.c", "a\\nc", "", "none"},
      {"a.c", "a\\rc", "", "[a\rc]"},
      {"a.c", "a\\nc", "RegexOptions.Singleline", "[a\nc]"},
      {"^b$", "a\\nb\\nc", "", "none"},
      {"^b$", "a\\nb\\nc", "RegexOptions.Multiline", "[b]"},
      {"(?m)^$", "a\\n", "", "[]"},  // also behind the last line's end
      {"a\\Z", "a\\n", "", "[a]"},
      {"a\\z", "a\\n", "", "none"},
      {"\\w+", "-\\u00E9t\\u0435\\u0301_9", "", "[\xC3\xA9t\xD0\xB5\xCC\x81_9]"},
      {"\\W+", "a\\u20AC-b", "", "[\xE2\x82\xAC-]"},
      {"[\\W]+", "a\\u20AC-b", "", "[\xE2\x82\xAC-]"},
      {"\\s+", "a\\u00A0\\u2003\\u0085b", "", "[\xC2\xA0\xE2\x80\x83\xC2\x85]"},
      {"[^\\S]", "a\\u3000", "", "[\xE3\x80\x80]"},
      {"\\bb", "a\\u00E9b b", "", "[b]"},
      {"\\Bb", "ab", "", "[b]"},
      {"\\d+", "\\u0663", "RegexOptions.ECMAScript", "none"},
      {"^\\/PATH$", "/path", "RegexOptions.IgnoreCase", "[/path]"},
      {"\\u00C9", "\\u00E9", "RegexOptions.IgnoreCase", "[\xC3\xA9]"},
      {"(?i)A(?-i)b", "ab", "", "[ab]"},
      {"(?i)A(?-i)b", "aB", "", "none"},
      {"(?i:A)b", "ab", "", "[ab]"},
      {"(a(?i)b|c)d", "Cd", "", "[Cd]"},  // an option lasts to the end of its group
      {"a b # comment", "ab", "RegexOptions.IgnorePatternWhitespace", "[ab]"},
      {"a[ ]b", "a b", "RegexOptions.IgnorePatternWhitespace", "[a b]"},
      {"a(?#comment)b", "ab", "", "[ab]"},
      {"a +", "aa", "RegexOptions.IgnorePatternWhitespace", "[aa]"},
      {"(?x) a { 2 } ", "a{2}", "", "[a{2}]"},
      {"a{,2}", "a{,2}", "", "[a{,2}]"},
      {"a{2,}?", "aaa", "", "[aa]"},
      {"a]}", "a]}", "", "[a]}]"},
      {"[]a]+", "a]", "", "[a]]"},
      {"[^]a]", "]ab", "", "[b]"},
      {"[a\\-z]+", "-b", "", "[-]"},
      {"[a-]+", "-a", "", "[-a]"},
      {"[\\w-]+", "a-b", "", "[a-b]"},
      {"[\\x41-\\u0043]+", "ABCD", "", "[ABC]"},
      {"[\\b]", "\\b", "", "[\b]"},
      {"\\v\\cA\\e\\a", "\\v\\u0001\\u001B\\a", "", "[\v\x01\x1B\a]"},
      {"\\101\\x2d", "A-", "", "[A-]"},
      {"\\p{Lu}\\P{Lu}", "Ab", "", "[Ab]"},
      {"[\\p{IsGreek}]+", "a\\u03B1\\u03B2", "", "[\xCE\xB1\xCE\xB2]"},
      {"\\P{IsBasicLatin}", "a\\u03B1", "", "[\xCE\xB1]"},
      {"[a-z-[b-y-[m]]]+", "bmaz", "", "[maz]"},
      {"(a)\\1", "aa", "", "[aa]"},
      {"(a)\\1{2}", "aaa", "", "[aaa]"},
      {"(?<q>['\"\"]).\\k<q>", "'x'", "", "['x']"},
      {"(?:(?<n>a)|(?<n>b))\\k<n>", "abb", "", "[bb]"},
      {"(a)?(?(1)b|c)", "c", "", "[c]"},
      {"^(?<n>a)?(?(n)b|c)$", "ab", "", "[ab]"},
      {"(?(?=a)ab|xy)", "xy", "", "[xy]"},
      {"(?(a)ab|xy)", "ab", "", "[ab]"},
      {"(?>a+)ab", "aaab", "", "none"},
      {"(?<=^https:\\/\\/)[^\\/]+(?=\\/.*)", "https://a.test/b", "", "[a.test]"},
      {"(?<!a)b", "abcb", "", "[b]"},
      {"^*a", "a", "", "[a]"},
      {"(?=a)*b", "b", "", "[b]"},
      {"(?n)(a)(?<x>b)", "ab", "", "[ab]"},
      {"$^", "", "", "[]"},
      {"\\uD83D", "\\U0001F600", "", "[\xEF\xBF\xBD]"},  // half a pair
      {"\\<", "<", "", "[<]"},
      {"a|b|", "c", "", "[]"},
  });
}

TEST_CASE("groups: numbers, names, and groups that did not capture") {
  check({
      {R"e(@{ var g = Regex.Match("abcd", "(?<x>a)(b)(?<y>c)(d)").Groups; return g[1].Value + g[2].Value + g[3].Value + g[4].Value; })e",
       "String bdac"},
      {R"e(@(Regex.Match("ab", "(?<5>a)(b)").Groups[5].Value))e", "String a"},
      {R"e(@(Regex.Match("ab", "(?<5>a)(b)").Groups[1].Value))e", "String b"},
      {R"e(@(Regex.Match("ab", "(?<5>a)(b)").Groups.Count))e", "Int32 3"},
      {R"e(@(Regex.Match("ab", "(a)(b)").Groups["2"].Value))e", "String b"},
      {R"e(@(Regex.Match("ab", "(?'q'a)").Groups["q"].Value))e", "String a"},
      {R"e(@(Regex.Match("ab", "(?<n>a)|(?<n>b)").NextMatch().Groups["n"].Value))e", "String b"},
      {R"e(@(Regex.Match("b", "(a)?b").Groups[1].Success))e", "Boolean False"},
      {R"e(@(Regex.Match("b", "b").Groups["none"].Success))e", "Boolean False"},
      {R"e(@(Regex.Match("b", "b").Groups["none"]?.Value))e", "String "},
      {R"e(@(Regex.Match("b", "b").Groups[7].Success))e", "Boolean False"},
      {R"e(@(Regex.Match("b", "a").Groups.Count))e", "Int32 1"},
      {R"e(@{ var s = ""; foreach (Group g in Regex.Match("ab", "(a)(b)").Groups) { s += g.Value + ","; } return s; })e", "String ab,a,b,"},
      {R"e(@(Regex.Match("xay", "a").Captures.Count + Regex.Match("xay", "(a)").Groups[1].Captures[0].Index))e", "Int32 2"},
      {R"e(@(Regex.Match("aa", "(a)+").Groups[1].Captures.Count))e",
       "!NotSupportedException: The captures of a group that is repeated are not kept; its Value is the last one."},
      {R"e(@(Regex.Match("a1b2", @"([a-z]\d)+").Groups[1].Value))e", "String b2"},
      {R"e(@(Regex.Match("ab", "(?<n>b)").Groups["n"].Name))e", "String n"},
  });
}

TEST_CASE("matches: offsets count UTF-16 units") {
  check({
      {R"e(@(Regex.Match("\U0001F600ab", "b").Index))e", "Int32 3"},
      {R"e(@(Regex.Match("\u00E9abc", "bc").Length))e", "Int32 2"},
      {R"e(@(Regex.Match("xab", "ab").ToString()))e", "String ab"},
      {R"e(@(Regex.Match("a1b22", @"\d+").NextMatch().Value))e", "String 22"},
      {R"e(@(Regex.Match("a1", @"\d+").NextMatch().Success))e", "Boolean False"},
      {R"e(@(Match.Empty.NextMatch().Success))e", "Boolean False"},
      {R"e(@(Regex.Match("ab", "(?<x>a)b").Result("${x}-$0")))e", "String a-ab"},
      {R"e(@(Regex.Match("ab", "c").Result("")))e", "!NotSupportedException: Result cannot be called on a failed Match."},
      {R"e(@(Regex.Matches("a1b22c333", @"\d+").Count))e", "Int32 3"},
      {R"e(@(Regex.Matches("a1b22c333", @"\d+")[1].Value))e", "String 22"},
      {R"e(@(Regex.Matches("a1", @"\d+")[1].Value))e",
       "!ArgumentOutOfRangeException: Specified argument was out of the range of valid values. Parameter: i"},
      {R"e(@{ var s = ""; foreach (Match m in Regex.Matches("a1b22", @"\d+")) { s += m.Value + "@" + m.Index + ";"; } return s; })e",
       "String 1@1;22@3;"},
      {R"e(@(string.Join(",", Regex.Matches("a1b22", @"\d+").Cast<Match>().Select(m => m.Value))))e", "String 1,22"},
      {R"e(@(Regex.Matches("aab", "a*").Count))e", "Int32 3"},  // "aa", and nothing twice
      {R"e(@(Regex.Matches("", "").Count))e", "Int32 1"},
      {R"e(@(new Regex("b").Match("abcb", 2).Index))e", "Int32 3"},
      {R"e(@(new Regex("^b").Match("ab", 1, 1).Index))e", "Int32 1"},
      {R"e(@(new Regex("^b").Match("ab", 1).Success))e", "Boolean False"},
      {R"e(@(new Regex("b").Match("ab", 3).Success))e",
       "!ArgumentOutOfRangeException: Start index cannot be less than 0 or greater than input length. Parameter: "
       "startat"},
      {R"e(@(new Regex("a").IsMatch("ab", 1)))e", "Boolean False"},
      {R"e(@(new Regex("a", RegexOptions.IgnoreCase).ToString()))e", "String a"},
      {R"e(@(new Regex("a", RegexOptions.IgnoreCase | RegexOptions.Compiled, TimeSpan.FromSeconds(1)).IsMatch("A")))e", "Boolean True"},
      {R"e(@(new Regex("a").Matches("aXa", 1).Count))e", "Int32 1"},
      {R"e(@(RegexOptions.IgnoreCase | RegexOptions.Multiline))e", "RegexOptions IgnoreCase, Multiline"},
  });
}

TEST_CASE("Replace puts texts or what a function gives in the place of matches") {
  check({
      {R"e(@(Regex.Replace("a1b2", @"\d", "")))e", "String ab"},
      {R"e(@(Regex.Replace("abc", "x", "y")))e", "String abc"},
      {R"e(@(Regex.Replace("a-b", "(a)-(b)", "$2-$1")))e", "String b-a"},
      {R"e(@(Regex.Replace("ab", "a", "${1}$1$")))e", "String ${1}$1$b"},
      {R"e(@(Regex.Replace("xay", "a", "[$`|$'|$_]")))e", "String x[x|y|xay]y"},
      {R"e(@(Regex.Replace("ab", "(a)(b)?", "<$+>")))e", "String <b>"},
      {R"e(@(Regex.Replace("abc", "", "-")))e", "String -a-b-c-"},
      {R"e(@(Regex.Replace("a1", "(?<d>[0-9])", "${d}${none}")))e", "String a1${none}"},
      {R"e(@(Regex.Replace("ab", "(a)(b)(c)?", "$10")))e", "String $10"},
      {R"e(@(Regex.Replace("AbC", "[a-z]", m => m.Value.ToUpper())))e", "String ABC"},
      {R"e(@(Regex.Replace("A", "a", "b", RegexOptions.IgnoreCase)))e", "String b"},
      {R"e(@(Regex.Replace("A", "a", "b", RegexOptions.IgnoreCase, TimeSpan.FromMilliseconds(500))))e", "String b"},
      {R"e(@(new Regex("a").Replace("aaa", "b", 2)))e", "String bba"},
      {R"e(@(new Regex("a").Replace("aaa", "b", -1, 1)))e", "String abb"},
      {R"e(@(new Regex(@"\d").Replace("1a2", m => (int.Parse(m.Value) + 1).ToString())))e", "String 2a3"},
      {R"e(@(new Regex("a").Replace("a", m => null)))e", "String "},
      {R"e(@(Regex.Replace("\u00E9a", "a", "\u20AC")))e", "String \xC3\xA9\xE2\x82\xAC"},
      {R"e(@(Regex.Replace("a", "a", (string)null)))e", "!ArgumentNullException: Value cannot be null. Parameter: replacement"},
      {R"e(@(Regex.Replace(null, "a", "b")))e", "!ArgumentNullException: Value cannot be null. Parameter: input"},
  });
}

TEST_CASE("Split cuts at the matches and keeps what groups captured") {
  check({
      {R"e(@(Regex.Split("a, b;c", @"[,;]\s*")))e", "String[] a,b,c"},
      {R"e(@(Regex.Split("abc", "x")))e", "String[] abc"},
      {R"e(@(Regex.Split("a1b2c", @"(\d)").Length))e", "Int32 5"},
      {R"e(@(Regex.Split("ab", "").Length))e", "Int32 4"},
      {R"e(@(Regex.Split("aXbxc", "x", RegexOptions.IgnoreCase)))e", "String[] a,b,c"},
      {R"e(@(new Regex(",").Split("a,b,c", 2)))e", "String[] a,b,c"},
      {R"e(@(new Regex(",").Split("a,b,c", 2).Length))e", "Int32 2"},
      {R"e(@(new Regex(",").Split("a,b,c", 1).Length))e", "Int32 1"},
      {R"e(@(new Regex(",").Split("a,b,c", 0, 2)))e", "String[] a,b,c"},
  });
}

TEST_CASE("patterns that .NET refuses are an ArgumentException when they are used, with its words") {
  const std::pair<std::string, std::string> rows[] = {
      {"a)", "Too many )'s."},
      {"[a", "Unterminated [] set."},
      {"*a", "Quantifier {x,y} following nothing."},
      {"a|*", "Quantifier {x,y} following nothing."},
      {"a**", "Nested quantifier *."},
      {"a++", "Nested quantifier +."},
      {"a{3,2}", "Illegal {x,y} with x > y."},
      {"a\\", "Illegal \\ at end of pattern."},
      {"\\q", "Unrecognized escape sequence \\q."},
      {"\\K", "Unrecognized escape sequence \\K."},
      {"\\Qa\\E", "Unrecognized escape sequence \\Q."},
      {"(?R)", "Unrecognized grouping construct."},
      {"(*ACCEPT)", "Quantifier {x,y} following nothing."},
      {"(?<1a>b)", "Invalid group name: Group names must begin with a word character."},
      {"(?<0>b)", "Capture number cannot be zero."},
      {"(?<a", "Unrecognized grouping construct."},
      {"\\1", "Reference to undefined group number 1."},
      {"\\k<n>", "Reference to undefined group name n."},
      {"\\k", "Malformed \\k<...> named back reference."},
      {"(?(1)a|b)", "(?(1) ) reference to undefined group."},
      {"(?(a)b|c|d)", "Too many | in (?()|)."},
      {"[b-a]", "[x-y] range in reverse order."},
      {"[a-\\d]", "Cannot include class \\d in character range."},
      {"[a-[b]c]", "A subtraction must be the last element in a character class."},
      {"\\x4", "Insufficient hexadecimal digits."},
      {"\\c", "Missing control character."},
      {"\\c!", "Unrecognized control character."},
      {"\\p{Foo}", "Unknown property 'Foo'."},
      {"\\pLlu", "Malformed \\p{X} character escape."},
      {"\\p{L", "Incomplete \\p{X} character escape."},
      {"(?#a", "Unterminated (?#...) comment."},
  };
  for (const auto& row : rows) {
    const auto& [pattern, problem] = row;
    CAPTURE(row.first);
    CHECK(evaluate("@(Regex.IsMatch(\"a\", @\"" + pattern + "\"))") == "!ArgumentException: parsing \"" + pattern + "\" - " + problem);
  }
  CHECK(evaluate(R"e(@{ try { return Regex.IsMatch("a", "(").ToString(); } catch (Exception e) { return e.Message; } })e") ==
        "String parsing \"(\" - Not enough )'s.");
}

TEST_CASE("what is not supported is refused when the expression is compiled, or when a pattern of the request has it") {
  check({
      {R"e(@(Regex.IsMatch("a", "a", RegexOptions.RightToLeft)))e",
       "1:9 The regular expression has RegexOptions.RightToLeft, which is not supported"},
      {R"e(@(Regex.IsMatch("a", @"\k<0>")))e", "1:9 The regular expression has a reference to the match itself, which is not supported"},
      {R"e(@(Regex.IsMatch("a", @"(?(0)a|b)")))e",
       "1:9 The regular expression has a condition on the match itself, which is not supported"},
      {R"e(@(new Regex("(?<a-b>x)").ToString()))e",
       "1:3 The regular expression has balancing groups such as (?<close-open>…), which is not supported"},
      {R"e(@(Regex.IsMatch("a", "(?<-b>x)" + context.Request.Method.Substring(3))))e",
       "!NotSupportedException: The regular expression has balancing groups such as (?<close-open>…), which is not supported"},
      {R"e(@(Regex.IsMatch("a", "a", (RegexOptions)1024)))e",
       "!ArgumentOutOfRangeException: Specified argument was out of the range of valid values. Parameter: options"},
      {R"e(@(Regex.IsMatch("a", "a", RegexOptions.ECMAScript | RegexOptions.Singleline)))e",
       "!ArgumentOutOfRangeException: Specified argument was out of the range of valid values. Parameter: options"},
      {R"e(@(Regex.IsMatch("a", "a", RegexOptions.None, TimeSpan.Zero)))e",
       "!ArgumentOutOfRangeException: Specified argument was out of the range of valid values. Parameter: matchTimeout"},
      {R"e(@(Regex.IsMatch("a", "a", RegexOptions.None, Regex.InfiniteMatchTimeout)))e", "Boolean True"},
      {R"e(@(Regex.IsMatch("a", null)))e", "!ArgumentNullException: Value cannot be null. Parameter: pattern"},
      {R"e(@(Regex.IsMatch(null, "a")))e", "!ArgumentNullException: Value cannot be null. Parameter: input"},
  });
}

TEST_CASE("Unescape reads escapes back") {
  check({
      {R"e(@(Regex.Unescape(@"a\.b\tc\x41")))e", "String a.b\tcA"},
      {R"e(@(Regex.Unescape(Regex.Escape("a {1} [x] \t|"))))e", "String a {1} [x] \t|"},
      {R"e(@(Regex.Unescape(@"\q")))e", "!ArgumentException: parsing \"\\q\" - Unrecognized escape sequence \\q."},
  });
}

TEST_CASE("patterns that are no constants are compiled when they are used") {
  check({
      {R"e(@{ var p = "b+"; return Regex.Match("abb", p).NextMatch().Success; })e", "Boolean False"},
      {R"e(@{ var s = ""; foreach (var p in new[] {"a", "b", "a", "\u00E9", "(?<n>b)"}) { s += Regex.Match("ab\u00E9", p); } return s; })e",
       "String aba\xC3\xA9"
       "b"},
      {R"e(@(new[] {"a", "b"}.Count(new Regex("a").IsMatch)))e", "Int32 1"},
  });
}

TEST_CASE("a search that never ends is a timeout that a catch sees") {
  const std::string timeout =
      "!RegexMatchTimeoutException: The RegEx engine has timed out while trying to match a pattern to an input "
      "string.";
  const std::string many_a = "new string('a', 40) + \"!\"";
  for (const char* pattern : {"(a+)+$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(a|aa)+$", "(?:a?){40}a{40}$", "(.*?,){25}[xy]"}) {
    CAPTURE(pattern);
    const std::string subject = std::string_view(pattern).find(',') == std::string_view::npos ? many_a : "new string(',', 40)";
    CHECK(evaluate("@(Regex.IsMatch(" + subject + ", @\"" + pattern + "\"))").starts_with(timeout));
  }
  CHECK(evaluate("@{ try { return Regex.IsMatch(" + many_a + ", \"(a+)+$\").ToString(); } catch { return \"caught\"; } }") ==
        "String caught");
  // The work counts for the whole text, not for each place where a match may begin.
  CHECK(evaluate("@(Regex.IsMatch(new string('1', 200000), @\"(\\d+)[xy]\"))").starts_with(timeout));
  CHECK(evaluate("@(Regex.IsMatch(new string('1', 2000), @\"(\\d+)[xy]\", RegexOptions.None, TimeSpan.FromMilliseconds(1)))")
            .starts_with(timeout));
}

TEST_CASE("long texts and deep repetitions are matched") {
  check({
      {R"e(@(Regex.IsMatch(new string('a', 300000), "^a+$")))e", "Boolean True"},
      {R"e(@(Regex.Match(new string('a', 50000), "^(?:a|b)*$").Length))e", "Int32 50000"},
      {R"e(@(Regex.Replace(new string('a', 20000), "a", "bc").Length))e", "Int32 40000"},
      {R"e(@(Regex.IsMatch(new string('a', 1000), "(?:a|b){1000}")))e", "Boolean True"},
  });
}

TEST_CASE("regular expressions use up the evaluation's steps") {
  check({
      {R"e(@{ for (var i = 0; i < 1000000; i++) { try { Regex.IsMatch(new string('a', 40) + "!", "(a+)+$"); } catch { } } return 1; })e",
       "!ExecutionLimitException: Expression exceeded its execution limit."},
      {R"e(@{ var i = 0; while (true) { i++; Regex.IsMatch("a", "b" + i); } })e",
       "!ExecutionLimitException: Expression exceeded its execution limit."},
  });
}
