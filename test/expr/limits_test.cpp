// Hostile expressions: each ends inside the budget of expressions.md 4.5, in an instant, with the limit's fault that no catch sees, or with
// the exception that is .NET's.
#include <doctest/doctest.h>

#include "evaluate.hpp"

using namespace gatelet;

static const std::string over_limit = "!ExecutionLimitException: Expression exceeded its execution limit.";

// The statements of the rows, which return or never end.
static void check_stopped(std::initializer_list<std::string> rows) {
  for (const std::string& code : rows) {
    CAPTURE(code);
    CHECK(evaluate("@{ " + code + " }") == over_limit);
  }
}

TEST_CASE("loops without an end are stopped, whatever they do in each round") {
  check_stopped({
      "while (true) {}",
      "for (;;) {}",
      "do {} while (true);",
      "int i = 0; while (i >= 0) { i = (i + 1) % 7; } return i;",
      "try { while (true) {} } catch { } finally { while (true) {} } return 1;",
      R"(while (true) { try { int.Parse("x"); } catch { } })",
      R"(int i = 0; while (true) { try { Regex.IsMatch("a", "x" + i++); } catch { } })",
      "var b = new byte[1000000]; while (true) Convert.ToBase64String(b);",
      "while (true) { using (var h = SHA256.Create()) h.ComputeHash(new byte[100000]); }",
  });
}

TEST_CASE("memory is refused before it is taken") {
  check_stopped({
      "return new int[2147483647];",
      "return new string('x', 2000000000);",
      R"(return "x".PadLeft(2000000000);)",
      R"(return "x".PadRight(2147483647, 'y').Length;)",
      R"(return $"{1,2000000000}";)",
      R"(return 1.ToString("D999999999");)",
      R"(return 1.5m.ToString("N999999999");)",
      R"(var b = new StringBuilder(); b.Append('x', 2000000000); return b.Length;)",
      R"(var b = new StringBuilder("x"); b.Length = 2000000000; return b.Length;)",
      "return Enumerable.Repeat(1, 2147483647).ToList();",
      "return new string('x', 8000000).ToCharArray();",
      "return new string('x', 8000000).Split('x');",
      "return Encoding.UTF8.GetBytes(new string('\\u20ac', 8000000)).Length;",
  });
}

TEST_CASE("what doubles in each round ends soon") {
  check_stopped({
      R"(var s = "x"; while (true) s += s;)",
      R"(var s = "aa"; while (true) s = s.Replace("a", "aaaaaaaa");)",
      R"(var s = "x"; while (true) s = string.Join(s, new string[] { s, s, s, s });)",
      R"(var s = "x"; while (true) s = string.Concat(s, s, s, s);)",
      R"(var s = "x"; while (true) s = $"{s}{s}{s}";)",
      R"(var s = "x"; while (true) s = string.Format("{0}{0}{0}{0}", s);)",
      R"(var b = new StringBuilder("xy"); while (true) b.Append(b.ToString());)",
      "var l = new List<int> { 1 }; while (true) l.AddRange(l);",
      R"(var a = new JArray(1); while (true) { a.Add(a); a.Add(a); })",
      R"(return Regex.Replace(new string('a', 100000), "a", new string('b', 1000));)",
      "object o = 1; for (int i = 0; i < 40; i++) o = new { o, p = o }; return o.GetHashCode();",
      "object o = 1; for (int i = 0; i < 40; i++) o = new { o, p = o }; return o.ToString();",
      "object o = 1, p = 1; for (int i = 0; i < 40; i++) { o = new { o, q = o }; p = new { o = p, q = p }; } return o.Equals(p);",
  });
}

TEST_CASE("collections that grow without an end are stopped") {
  check_stopped({
      "var l = new List<int>(); while (true) l.Add(1);",
      "var d = new Dictionary<int, int>(); int i = 0; while (true) d[i++] = i;",
      R"(var h = new HashSet<string>(); int i = 0; while (true) h.Add("k" + i++);)",
      "var q = new Queue<int>(); while (true) q.Enqueue(1);",
      R"(var o = new JObject(); int i = 0; while (true) o["k" + i++] = 1;)",
      R"(var e = new XElement("a"); int i = 0; while (true) e.Add(new XAttribute("b" + i++, 1));)",
      R"(var b = new StringBuilder(); while (true) b.Append("0123456789012345678901234567890123456789");)",
  });
}

TEST_CASE("calls in calls are bounded") {
  check_stopped({
      "int F(int n) { return F(n + 1); } return F(0);",
      "Func<int, int> f = null; f = x => f(x + 1); return f(0);",
      "Func<int, int> f = x => x; for (int i = 0; i < 1000; i++) { var g = f; f = x => g(x) + 1; } return f(0);",
      "Func<int, int[]> f = null; f = n => new[] { n }.SelectMany(x => f(x + 1)).ToArray(); return f(0);",
      "int F(int n) { return 1 + (1 + (1 + (1 + Math.Max(1, Math.Max(1, Math.Max(1, F(n + 1))))))); } return F(0);",
  });
}

TEST_CASE("LINQ on LINQ on LINQ is bounded") {
  check_stopped({
      "return Enumerable.Range(0, 1000000).SelectMany(a => Enumerable.Range(0, 1000000).SelectMany(b => Enumerable.Range(0, 9))).Count();",
      "return Enumerable.Range(0, 2147483647).Sum(x => (long)x);",
      R"(return Enumerable.Repeat("x", 2147483647).Aggregate((a, b) => a + b);)",
      R"(return string.Join(",", Enumerable.Repeat("x", 2147483647));)",
      "IEnumerable<int> q = new[] { 1 }; for (int i = 0; i < 30; i++) q = q.Concat(q); return q.Count();",
      "IEnumerable<int> q = new[] { 1 }; for (int i = 0; i < 10000; i++) q = q.Select(x => x); return q.First();",
      "IEnumerable<int> q = new[] { 1 }; for (int i = 0; i < 10000; i++) q = q.Append(1); return q.Count();",
      "IEnumerable<int> q = new[] { 1 }; for (int i = 0; i < 10000; i++) q = q.OrderBy(x => x); return q.First();",
      "IEnumerable<int> q = new[] { 1 }; for (int i = 0; i < 10000; i++) q = q.GroupBy(x => x).Select(g => g.Key); return q.First();",
      "IEnumerable<int> q = new[] { 1 }; for (int i = 0; i < 10000; i++) { var p = q; q = new[] { 1 }.SelectMany(x => p); } return "
      "q.First();",
      "var q = new XElement(\"a\").Elements(); for (int i = 0; i < 10000; i++) q = q.Elements(); return q.Any();",
  });
}

TEST_CASE("a sequence may be put together of some hundred") {
  CHECK(evaluate("@{ IEnumerable<int> q = new[] { 1 }; for (int i = 0; i < 400; i++) q = q.Append(i); return q.Count(); }") == "Int32 401");
}

TEST_CASE("objects deep in one another are not followed to the bottom") {
  const std::string arrays = "JToken a = new JArray(); for (int i = 0; i < 20000; i++) { var b = new JArray(); b.Add(a); a = b; } ";
  const std::string elements = "var e = new XElement(\"a\"); for (int i = 0; i < 5000; i++) e = new XElement(\"a\", e); ";
  const std::string anonymous = "object o = 1; for (int i = 0; i < 100000; i++) o = new { a = o }; ";
  check_stopped({
      arrays + "return a.ToString();",
      elements + "return e.ToString();",
      anonymous + "return o.ToString();",
      anonymous + "return o.GetHashCode();",
      "object o = 1, p = 1; for (int i = 0; i < 50000; i++) { o = new { a = o }; p = new { a = p }; } return o.Equals(p);",
      "var l = new List<object>(); l.Add(l); return new JArray(l).ToString();",
      "var l = new List<object>(); l.Add(l); return new XElement(\"a\", l);",
  });
  CHECK(evaluate("@{ var l = new List<object>(); l.Add(l); return JsonConvert.SerializeObject(l); }") ==
        "!JsonSerializationException: Self referencing loop detected.");
}

TEST_CASE("searches, comparisons and parsing cost what they look at") {
  check_stopped({
      R"(var s = new string('x', 4000000); var t = new string('x', 4000000); while (s == t) {} return 1;)",
      R"(var s = new string('x', 4000000); while (true) s.StartsWith(s.Trim());)",
      R"(var s = new string('x', 4000000); while (true) s.GetHashCode();)",
      R"(var s = new string('x', 4000000); while (true) s.CompareTo(s);)",
      R"(var s = new string('1', 4000000); int n; while (true) int.TryParse(s, out n);)",
      R"(return new string('x', 4000000).IndexOf(new string('x', 2000000) + "y");)",
      R"(return new string('x', 4000000).LastIndexOf("y" + new string('x', 2000000));)",
      R"(return new string('x', 4000000).Contains(new string('x', 2000000) + "y");)",
      R"(return new string('x', 4000000).Replace(new string('x', 2000000) + "y", "");)",
      R"(return new string('x', 4000000).Split(new[] { new string('x', 2000000) + "y" }, StringSplitOptions.None).Length;)",
  });
}

// Whether it fails with the exception, which catch sees.
static void check_caught(const std::string& code, const std::string& exception) {
  CAPTURE(code);
  CHECK(evaluate("@(" + code + ")").starts_with("!" + exception + ": "));
  CHECK(evaluate("@{ try { var x = " + code + "; return \"\"; } catch (Exception e) { return \"caught\"; } }") == "String caught");
}

TEST_CASE("deep documents and patterns that go back and forth fail as exceptions") {
  check_caught("JToken.Parse(new string('[', 100000))", "JsonReaderException");
  check_caught(R"(JObject.Parse(string.Concat(Enumerable.Repeat("{\"a\":", 100000))))", "JsonReaderException");
  check_caught("JsonConvert.DeserializeObject(new string('[', 100000) + new string(']', 100000))", "JsonReaderException");
  check_caught(R"(XElement.Parse(string.Concat(Enumerable.Repeat("<a>", 50000))))", "XmlException");
  check_caught(R"(XDocument.Parse("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"))", "XmlException");
  check_caught(R"(Regex.IsMatch(new string('a', 40) + "b", "^(a+)+$"))", "RegexMatchTimeoutException");
  check_caught(R"(Regex.IsMatch(new string('x', 1000), "(.*)(.*)(.*)(.*)(.*)(.*)[^x]"))", "RegexMatchTimeoutException");
  check_caught(R"(Regex.IsMatch("x", new string('(', 10000) + new string(')', 10000)))", "NotSupportedException");
}

static std::string repeat(std::string_view text, size_t count) {
  std::string all;
  while (count-- > 0) all += text;
  return all;
}

static std::string brackets(size_t count) {
  std::string all;
  while (count-- > 0) all += "[0]";
  return all;
}

TEST_CASE("each limit of an evaluation, and what is just within it") {
  check({
      {"@(new string('x', 8388608).Length)", "Int32 8388608"},
      {"@(new string('x', 8388609).Length)", over_limit},
      {"@(new int[900000].Length)", "Int32 900000"},
      {"@(new int[1000001].Length)", over_limit},
      {"@(new byte[10000000].Length)", "Int32 10000000"},  // bytes are bounded by the memory: a body may have as many
      {"@(new byte[17000000].Length)", over_limit},
      {"@(Enumerable.Range(0, 200000).ToArray().Length)", "Int32 200000"},
      {"@(Enumerable.Range(0, 1000001).ToArray().Length)", over_limit},
      {"@{ int F(int n) => n == 0 ? 0 : 1 + F(n - 1); return F(62); }", "Int32 62"},
      {"@{ int F(int n) => n == 0 ? 0 : 1 + F(n - 1); return F(63); }", over_limit},  // the expression itself is the first call
      {"@{ try { int F(int n) => n == 0 ? 0 : 1 + F(n - 1); return F(64); } catch { return 1; } finally { } }", over_limit},
      {"@{ for (int i = 0; i < 100000; i++) { } return 1; }", "Int32 1"},
      {"@{ for (int i = 0; i < 1000000; i++) { } return 1; }", over_limit},
      {"@{ var all = new List<byte[]>(); for (int i = 0; i < 17; i++) all.Add(new byte[1000000]); return all.Count; }", over_limit},
      {"@(JToken.Parse(new string('[', 64) + new string(']', 64)).HasValues)", "Boolean True"},
      {"@(JToken.Parse(new string('[', 65) + new string(']', 65)).HasValues)",
       "!JsonReaderException: The reader's MaxDepth of 64 has been exceeded. Path '" + brackets(64) + "', line 1, position 65."},
      {R"(@(XElement.Parse(string.Concat(Enumerable.Repeat("<a>", 128)) + string.Concat(Enumerable.Repeat("</a>", 128))).HasElements))",
       "Boolean True"},
  });
  CHECK(evaluate(R"(@(XElement.Parse(string.Concat(Enumerable.Repeat("<a>", 129)) + string.Concat(Enumerable.Repeat("</a>", 129)))))")
            .starts_with("!XmlException: "));
}

// A body of as many bytes.
static std::string with_body(size_t bytes, const std::string& expression) {
  Arena arena;
  TestContext context(arena);
  context.message.body = Body::from(Buffer::copy(std::string(bytes, '1')));
  return evaluate(expression, context);
}

TEST_CASE("a body that is too large to read fails beyond the reach of catch") {
  const std::string too_large = "!ExecutionLimitException: The message body is larger than the 10485760 bytes that an expression may read.";
  const std::string length = "@(context.Request.Body.As<byte[]>().Length)";
  CHECK(with_body(1'000'000, length) == "Int32 1000000");
  CHECK(with_body(10 * 1024 * 1024 + 1, length) == too_large);
  CHECK(with_body(10 * 1024 * 1024 + 1, "@{ try { return context.Request.Body.As<string>(); } catch { return \"\"; } }") == too_large);
  CHECK(with_body(10 * 1024 * 1024 + 1, "@(context.Request.Body.AsFormUrlEncodedContent())") == too_large);
}

TEST_CASE("a body brings four times its size of memory") {
  const std::string arrays = "var all = new List<byte[]>(); for (int i = 0; i < 18; i++) all.Add(new byte[1000000]); return all.Count; }";
  CHECK(with_body(1'000'000, "@{ " + arrays) == over_limit);
  CHECK(with_body(1'000'000, "@{ var body = context.Request.Body.As<byte[]>(true); " + arrays) == "Int32 18");
}

TEST_CASE("calls take many arguments where a member takes any number") {
  const auto listed = [](const std::string& item, int count) {
    std::string all;
    for (int i = 0; i < count; ++i) all += (i ? ", " : "") + item;
    return all;
  };
  check({
      {"@(new JArray(" + listed("1", 300) + ").Count)", "Int32 300"},
      {"@(string.Concat(" + listed("\"a\"", 100) + ").Length)", "Int32 100"},
      {"@(string.Format(\"{29}\", " + listed("7", 30) + "))", "String 7"},
      {"@(new List<int> { " + listed("1", 2000) + " }.Count)", "Int32 2000"},
      {"@(new JArray(" + listed("1", 1001) + ").Count)", "1:3014 Too many arguments"},
      {"@(Math.Max(" + listed("1", 30) + "))", "1:8 No overload of 'Max' takes the arguments (" + listed("int", 30) + ")"},
      {"@{ int F(" + listed("int a", 1).substr(0, 5) + ") => a; return F(" + listed("1", 30) + "); }",
       "1:31 No overload for method 'F' takes 30 arguments"},
  });
}

TEST_CASE("code deep in itself is refused with a place") {
  const std::string too_deep = "The expression is nested too deep; at most 200 levels are allowed";
  const auto refused = [](const std::string& code) {
    const std::string answer = evaluate(code);
    return answer.substr(answer.find(' ') + 1);
  };
  CHECK(refused("@(" + repeat("(", 10000) + "1" + repeat(")", 10000) + ")") == too_deep);
  CHECK(refused("@(" + repeat("!", 10000) + "true)") == too_deep);
  CHECK(refused("@(" + repeat("(int)", 5000) + "1)") == too_deep);
  CHECK(refused("@(" + repeat("x => ", 5000) + "1)") == too_deep);
  CHECK(refused("@{ " + repeat("{ ", 10000) + repeat("} ", 5000) + "}") == too_deep);
  CHECK(refused("@{ " + repeat("if (true) ", 3000) + "return 1; return 2; }") == too_deep);
  CHECK(refused("@(new " + repeat("List<", 5000) + "int" + repeat(">", 5000) + "())") == too_deep);
  CHECK(refused("@(1" + repeat(" + 1", 5000) + ")") == "The expression is too complex: its operators form too long a chain");
  CHECK(refused("@(" + repeat("true ? 1 : ", 2500) + "1)") == too_deep);
  CHECK(refused("@(" + repeat("$\"{", 40) + "1" + repeat("}\"", 40) + ")") == "Interpolated strings are nested too deep");
  CHECK(refused("@(" + std::string(40'000, ' ') + "1)") == "The expression has 40004 bytes; at most 32768 are allowed");
}
