#include <doctest/doctest.h>

#include "evaluate.hpp"

using namespace gatelet;

TEST_CASE("literals have the types of C#") {
  check({
      {"@(5)", "Int32 5"},
      {"@(5L)", "Int64 5"},
      {"@(3000000000)", "UInt32 3000000000"},
      {"@(0xFF)", "Int32 255"},
      {"@(0b1_01)", "Int32 5"},
      {"@(1_000)", "Int32 1000"},
      {"@(1.5)", "Double 1.5"},
      {"@(1e3)", "Double 1000"},
      {"@(2f)", "Single 2"},
      {"@('a')", "Char a"},
      {"@(\"a\\u0041\\n\")", "String aA\n"},
      {"@(@\"a\\b\"\"c\")", "String a\\b\"c"},
      {"@(true)", "Boolean True"},
      {"@(null)", "null"},
      {"@(-2147483648)", "Int32 -2147483648"},
  });
}

TEST_CASE("operators follow C#'s promotions, and integers wrap") {
  check({
      {"@(1 + 2 * 3)", "Int32 7"},
      {"@((1 + 2) * 3)", "Int32 9"},
      {"@((int.MaxValue).ToString())", "String 2147483647"},
      {"@((int.MaxValue) - 1)", "Int32 2147483646"},
      {"@(5 / 2)", "Int32 2"},
      {"@(-5 % 3)", "Int32 -2"},
      {"@(5 / 2.0)", "Double 2.5"},
      {"@(1 + 2 + \"a\" + 1 + 2)", "String 3a12"},
      {"@('a' + 1)", "Int32 98"},
      {"@(\"\" + null + true + 1 + 'c' + 1.0)", "String True1c1"},
      {"@(1 << 3 | 1)", "Int32 9"},
      {"@(256 >> 4 & 0x1F)", "Int32 16"},
      {"@(1 < 2 && 2 >= 2 || false)", "Boolean True"},
      {"@(!(1 == 2))", "Boolean True"},
      {"@(\"a\" == \"a\")", "Boolean True"},
      {"@(true ? 1 : 2L)", "Int64 1"},
      {"@{ int x = int.MaxValue; return x + 1; }", "Int32 -2147483648"},
      {"@{ int zero = 0; return 1 / zero; }", "!DivideByZeroException: Attempted to divide by zero."},
      {"@(1.0 / 0)", "Double Infinity"},
      {"@(0.1 + 0.2)", "Double 0.30000000000000004"},
      {"@((int)2.9)", "Int32 2"},
      {"@((byte)300)", "1:3 Constant value cannot be converted to a 'byte' (use 'unchecked' syntax to override)"},
      {"@(unchecked((byte)300))", "Byte 44"},
      {"@((object)\"a\" == (object)(\"a\" + \"\"))", "Boolean True"},
      {"@{ var a = \"a\"; return (object)\"ab\" == (object)(a + \"b\"); }", "Boolean False"},
      {"@{ int i = 5; return i++ + ++i; }", "Int32 12"},
  });
}

TEST_CASE("null and nullable values are lifted") {
  check({
      {"@{ int? x = null; return x > 5; }", "Boolean False"},
      {"@{ int? x = 7; return x + 1; }", "Int32 8"},
      {"@{ int? x = null; return x ?? 3; }", "Int32 3"},
      {"@{ string s = null; return s?.GetType() == null; }", "Boolean True"},
      {"@{ string s = null; return s.GetType(); }", "!NullReferenceException: Object reference not set to an instance of an object."},
      {"@((int?)null == null)", "Boolean True"},
      {"@{ object o = 5; return (int)o; }", "Int32 5"},
      {"@{ object o = 5L; return (int)o; }", "!InvalidCastException: Specified cast is not valid."},
      {"@{ object o = 5; return o as string; }", "null"},
      {"@{ object o = null; return (int)o; }", "!NullReferenceException: Object reference not set to an instance of an object."},
      {"@{ object o = 5; return o is int n ? n + 1 : 0; }", "Int32 6"},
  });
}

TEST_CASE("statements run as in C#") {
  check({
      {"@{ var s = 0; for (int i = 0; i < 5; i++) { if (i == 3) continue; s += i; } return s; }", "Int32 7"},
      {"@{ var s = 0; foreach (var x in new[] { 1, 2, 3 }) s += x; return s; }", "Int32 6"},
      {"@{ var s = 0; while (true) { if (++s > 4) break; } return s; }", "Int32 5"},
      {"@{ var s = 0; do { s++; } while (s < 3); return s; }", "Int32 3"},
      {"@{ switch (\"b\") { case \"a\": return 1; case \"b\": case \"c\": return 2; default: return 3; } }", "Int32 2"},
      {"@{ try { object o = 1; return (string)o; } catch (InvalidCastException) { return \"caught\"; } }", "String caught"},
      {"@{ try { throw new Exception(\"boo\"); } catch (Exception e) { return e.Message; } }", "String boo"},
      {"@{ var s = \"\"; try { s += \"a\"; } finally { s += \"b\"; } return s; }", "String ab"},
      {"@{ int F(int n) { return n < 2 ? 1 : n * F(n - 1); } return F(5); }", "Int32 120"},
      {"@{ int k = 2; Func<int, int> f = x => x * k; k = 3; return f(4); }", "Int32 12"},
      {"@{ var a = new int[3]; a[1] += 5; return a[1] + a.Length; }", "Int32 8"},
      {"@{ const int c = 4; return c * 2; }", "Int32 8"},
      {"@{ var o = new { a = 1, b = \"x\" }; return o; }", "<>f__AnonymousType0 { a = 1, b = x }"},
      {"@{ byte[] b = { 1, 2 }; return b[3]; }", "!IndexOutOfRangeException: Index was outside the bounds of the array."},
      {"@($\"a{1 + 1}b{\"c\"}{{}}\")", "String a2bc{}"},
      {"@($\"{5,4}|{5,-4}|\")", "String    5|5   |"},
  });
}

TEST_CASE("context leads to the request") {
  check({
      {"@(context.Request.Method)", "String GET"},
      {"@(context.Request.Headers.GetValueOrDefault(\"X\", \"none\"))", "String none"},
      {"@(context.Request.Url.Path)", "String /a/b"},
      {"@(context.Request.Url.Query.GetValueOrDefault(\"q\"))", "String 1,2"},
      {"@(context.Response == null)", "Boolean True"},
      {"@(context.Response?.StatusCode == 200)", "Boolean False"},
      {"@{ string s = \"ab\"; return s ?.Length + s ?\n  .Length; }", "Int32 4"},
      {"@{ string[] all = null; return all ? [0] == null; }", "Boolean True"},
      {"@{ bool is_half = true; return is_half ? .5 : 1; }", "Double 0.5"},
      {"@(context.Variables.GetValueOrDefault<int>(\"n\", 3))", "Int32 3"},
      {"@(context.Variables.GetValueOrDefault(\"n\", \"x\"))", "String x"},
      {"@(context.Api.Id)", "String echo"},
      {"@(context.Product?.Name)", "null"},
      {"@(context.Product.Name)", "!NullReferenceException: Object reference not set to an instance of an object."},
      {"@(context.Request.Body == null)", "Boolean True"},
  });
}

TEST_CASE("a mistake has its place, the reason in C# terms and the nearest name") {
  check({
      {"@(context.Request.Heders)", "1:19 'IRequest' does not contain a definition for 'Heders'; did you mean 'Headers'?"},
      {"@(contxt.Request)", "1:3 The name 'contxt' does not exist in the current context; did you mean 'context'?"},
      {"@(1 + )", "1:7 Unexpected end of the expression"},
      {"@('ab')", "1:3 Too many characters in character literal; a text stands in double quotes"},
      {"@{ return 1 }", "1:13 ; expected"},
      {"@{ var x = 1; }", "1:3 Not all code paths return a value"},
      {"@(new Sytem.Uri(\"x\"))", "1:7 The type or namespace name 'Sytem.Uri' could not be found, or is not allowed in expressions"},
      {"@(context.Trace(\"x\"))", "1:11 The expression has no value: its type is 'void'"},
      {"@(true && 1)", "1:8 Operator '&&' cannot be applied to operand of type 'int'; 'bool' is needed"},
      {"@(\"a\" - 1)", "1:7 Operator '-' cannot be applied to operands of type 'string' and 'int'"},
      {"@(context.Variables.GetValueOrDefault(\"x\").Foo)",
       "1:44 'object' does not contain a definition for 'Foo'; cast the object to its type first, as in ((string)x)"},
      {"@{\n  int x = \"a\";\n  return x;\n}", "2:11 Cannot implicitly convert type 'string' to 'int'"},
  });
}

TEST_CASE("what has no end is stopped by the limits, and no catch sees it") {
  check({
      {"@{ while (true) {} }", "!ExecutionLimitException: Expression exceeded its execution limit."},
      {"@{ try { while (true) {} } catch { } return 1; }", "!ExecutionLimitException: Expression exceeded its execution limit."},
      {"@{ var s = \"x\"; while (true) s += s; }", "!ExecutionLimitException: Expression exceeded its execution limit."},
      {"@{ int F(int n) { return F(n + 1); } return F(0); }", "!ExecutionLimitException: Expression exceeded its execution limit."},
      {"@(new int[2000000000])", "!ExecutionLimitException: Expression exceeded its execution limit."},
  });
}

TEST_CASE("members of strings, numbers and dates answer as .NET's do") {
  check({
      {"@(TimeSpan.Parse(\"1:2:3.1234567\"))", "TimeSpan 01:02:03.1234567"},
      {"@(TimeSpan.Parse(\"1:2:3.01234567\"))", "TimeSpan 01:02:03.0123457"},
      {"@(Convert.ToDateTime(\"1.5\").Year)", "Int32 2024"},
      {"@(WebUtility.UrlEncode(\"a'b\"))", "String a%27b"},
      {"@(BitConverter.ToString(BitConverter.GetBytes(1.5f)))", "String 00-00-C0-3F"},
      {"@(Guid.Empty.CompareTo(new Guid(\"00112233-4455-6677-8899-aabbccddeeff\")))", "Int32 -1"},
      {"@(Encoding.ASCII.GetString(Encoding.ASCII.GetBytes(\"\u20AC\U0001F600\")))", "String ???"},
      {"@(Encoding.ASCII.GetString(new byte[] {0x61, 0xFF}))", "String a?"},
      {"@(1e-5.ToString(\"G3\"))", "String 1E-05"},
      {"@(0.0001.ToString(\"G3\"))", "String 0.0001"},
      {"@((-0.001).ToString(\"0;(0)\"))", "String 0"},
      {"@(decimal.Parse(\"5-\"))", "Decimal -5"},
      {"@(decimal.Parse(\"5.\"))", "Decimal 5"},
      {"@(double.Parse(\"5-\"))", "!FormatException: Input string was not in a correct format."},
      {"@(TimeSpan.MaxValue.TotalMilliseconds)", "Double 922337203685477"},
      {"@(TimeSpan.Parse(null))", "!ArgumentNullException: Value cannot be null. Parameter: input"},
      {"@(Convert.ToDouble('a'))", "!InvalidCastException: Invalid cast from 'Char' to 'Double'."},
      {"@(Convert.ToInt32('a'))", "Int32 97"},
      {"@(Convert.ToChar((string)null))", "!ArgumentNullException: Value cannot be null. Parameter: value"},
  });
}

TEST_CASE("the rarer members of strings, builders and lists are there") {
  check({
      {"@(\"abca\".LastIndexOf('a', 2))", "Int32 0"},
      {"@(new string(\"abc\".ToCharArray(1, 2)))", "String bc"},
      {"@(Convert.ToBase64String(new byte[] {1, 2, 3, 4}, 1, 2))", "String AgM="},
      {"@(Convert.ToBase64String(new byte[] {1}, 1, 1))",
       "!ArgumentOutOfRangeException: Offset and length must refer to a position in the string. Parameter: offset"},
      {"@(new StringBuilder(\"abca\").Replace('a', 'z').Append(new[] {'x'}).Append(\"abc\", 1, 2).ToString())", "String zbczxbc"},
      {"@(char.ConvertFromUtf32(0x1F600) == \"\U0001F600\")", "Boolean True"},
      {"@(char.IsSeparator(' ') && !char.IsSeparator('\\t'))", "Boolean True"},
      {"@{ var l = new List<int> {1, 4}; l.InsertRange(1, new[] {2, 3}); return string.Join(\",\", l); }", "String 1,2,3,4"},
  });
}

TEST_CASE("enumerations are parsed, and Guids in one format") {
  check({
      {"@((DayOfWeek)Enum.Parse(typeof(DayOfWeek), \"Friday\"))", "DayOfWeek Friday"},
      {"@(Enum.Parse(typeof(DayOfWeek), \" friday \", true))", "DayOfWeek Friday"},
      {"@(Enum.Parse(typeof(DayOfWeek), \"3\"))", "DayOfWeek Wednesday"},
      {"@(Enum.Parse(typeof(RegexOptions), \"IgnoreCase, Multiline\"))", "RegexOptions IgnoreCase, Multiline"},
      {"@(Enum.Parse(typeof(DayOfWeek), \"friday\"))", "!ArgumentException: Requested value 'friday' was not found. Parameter: value"},
      {"@(Enum.Parse(typeof(int), \"1\"))", "!ArgumentException: Type provided must be an Enum. Parameter: enumType"},
      {"@{ DayOfWeek day; return Enum.TryParse(\"monday\", true, out day) + \" \" + day; }", "String True Monday"},
      {"@{ DayOfWeek day; return Enum.TryParse(\"x\", out day) + \" \" + day; }", "String False Sunday"},
      {"@(DayOfWeek.Monday.ToString(\"d\"))", "String 1"},
      {"@(Guid.ParseExact(\"00112233-4455-6677-8899-AABBCCDDEEFF\", \"D\"))", "Guid 00112233-4455-6677-8899-aabbccddeeff"},
      {"@(Guid.ParseExact(\"00112233-4455-6677-8899-aabbccddeeff\", \"N\"))",
       "!FormatException: Guid should contain 32 digits with 4 dashes (xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx)."},
  });
}

TEST_CASE("a lambda's result may be a lambda") {
  check({
      {"@{ Func<int, Func<int, int>> add = a => b => a + b; return add(2)(3); }", "Int32 5"},
  });
}

TEST_CASE("a variable is read only where every way to it assigned one") {
  struct Case {
    std::string body;
    bool is_right;
  };
  for (const Case& one : {
           Case{"int x; return x;", false},
           Case{"int x; x = 1; return x;", true},
           Case{"int x; x += 1; return x;", false},
           Case{"int x; if (flag) x = 1; return x;", false},
           Case{"int x; if (flag) x = 1; else x = 2; return x;", true},
           Case{"int x; if (flag) x = 1; else return 0; return x;", true},
           Case{"int x; if (flag) x = 1; else throw new Exception(); return x;", true},
           Case{"int x; if (flag && (x = 1) > 0) return x; return 0;", true},
           Case{"int x; if (flag && (x = 1) > 0) return 0; return x;", false},
           Case{"int x; if (flag || (x = 1) > 0) return 0; return x;", true},
           Case{"int x; if (!(flag && (x = 1) > 0)) return 0; return x;", true},
           Case{"int x; var y = flag ? (x = 1) : (x = 2); return x;", true},
           Case{"int x; var y = flag ? (x = 1) : 2; return x;", false},
           Case{"int x; string s = null; var y = s ?? (x = 1).ToString(); return x;", false},
           Case{"int x; string s = null; s?.IndexOf((x = 1).ToString()); return x;", false},
           Case{"int x; while (flag) { x = 1; } return x;", false},
           Case{"int x; while (true) { x = 1; if (flag) break; } return x;", true},
           Case{"int x; while (true) { if (flag) break; x = 1; } return x;", false},
           Case{"int x; do { x = 1; flag = false; } while (flag); return x;", true},
           Case{"int x; do { if (flag) continue; x = 1; } while (x > 1); return 0;", false},
           Case{"int x; for (x = 0; x < 3; x++) { } return x;", true},
           Case{"int x; for (int i = 0; i < 3; i++) x = i; return x;", false},
           Case{"int x; for (;;) { x = 1; break; } return x;", true},
           Case{"int x; foreach (var i in new[] {1}) x = i; return x;", false},
           Case{"int x; switch (1) { case 1: x = 1; break; default: x = 2; break; } return x;", true},
           Case{"int x; switch (1) { case 1: x = 1; break; } return x;", false},
           Case{"int x; switch (1) { case 1: x = 1; break; default: return 0; } return x;", true},
           Case{"int x; try { x = 1; } catch { x = 2; } return x;", true},
           Case{"int x; try { x = 1; } catch { } return x;", false},
           Case{"int x; try { x = 1; } finally { } return x;", true},
           Case{"int x; try { flag = true; } finally { x = 1; } return x;", true},
           Case{"int x; try { x = 1; } finally { flag = x > 0; } return 1;", false},
           Case{"int x; int.TryParse(\"1\", out x); return x;", true},
           Case{"int x; using (var h = SHA256.Create()) x = 1; return x;", true},
           Case{"object o = 1; if (o is int n) return n; return 0;", true},
           Case{"object o = 1; if (o is int n) return 0; return n;", false},
           Case{"object o = 1; if (!(o is int n)) return 0; return n;", true},
           Case{"object o = 1; return o is int n && n > 0 ? n : 0;", true},
           Case{"object o = 1; return o is int n || n > 0 ? 1 : 0;", false},
           Case{"int x; Func<int> f = () => x; return f();", false},
           Case{"int x; Action f = () => x = 1; f(); return x;", false},
           Case{"int x; x = 1; Func<int> f = () => x; return f();", true},
           Case{"Func<int> f = () => { int y; return y; }; return f();", false},
           Case{"int x; void F() { x = 1; } F(); return x;", true},
           Case{"int F() { int y; return y; } return F();", false},
           Case{"int x; return nameof(x).Length;", true},
           Case{"int x; return 1; return x;", true},
           Case{"{ int x = 1; flag = x > 0; } { int x; flag = x > 0; } return 1;", false},
           Case{"int x, y = 1; return y;", true},
           Case{"int[] a; a[0] = 1; return 1;", false},
           Case{"var s = \"\"; int x; return $\"{x}\".Length;", false},
       }) {
    CAPTURE(one.body);
    const std::string result = evaluate("@{ var flag = context.Request.Method == \"GET\"; " + one.body + " }");
    CHECK((result.find("Use of unassigned local variable") == std::string::npos) == one.is_right);
    if (one.is_right) CHECK(result.starts_with("Int32"));
  }
  check({
      {"@{ int count;\n  return count; }", "2:10 Use of unassigned local variable 'count'"},
      {"@{ if (context.Request.Method == \"PUT\") return 1; }", "1:4 Not all code paths return a value"},
      {"@{ Func<int, int> f = x => { if (x > 0) return 1; }; return f(1); }", "1:30 Not all code paths return a value"},
      {"@{ int F(int x) { while (x > 0) { x--; } } return F(1); }", "1:19 Not all code paths return a value"},
      {"@{ while (true) { } return 1; }", "!ExecutionLimitException: Expression exceeded its execution limit."},
  });
}

TEST_CASE("nameof is the last name, which must exist") {
  check({
      {"@{ int count = 1; return nameof(count); }", "String count"},
      {"@(nameof(String.Length))", "String Length"},
      {"@(nameof(context.Request.Url))", "String Url"},
      {"@(nameof(string.Join))", "String Join"},
      {"@(nameof(List<int>))", "String List"},
      {"@(nameof(System.Text))", "String Text"},
      {"@(nameof(cont))", "1:10 The name 'cont' does not exist in the current context"},
      {"@(nameof(context.Reqest))", "1:18 'IContext' does not contain a definition for 'Reqest'; did you mean 'Request'?"},
      {"@(nameof(1 + 2))", "1:12 Expression does not have a name"},
  });
}

TEST_CASE("tuples have their items, and are equal and ordered by them") {
  check({
      {"@(Tuple.Create(1, \"a\").Item2)", "String a"},
      {"@(Tuple.Create(1, \"a\"))", "Tuple`2 (1, a)"},
      {"@(new Tuple<int, string>(1, null))", "Tuple`2 (1, )"},
      {"@(Tuple.Create(1))", "Tuple`1 (1)"},
      {"@{ var t = Tuple.Create(1, 2L, 3.5, 'c', true, \"f\", 7m); return \"\" + t.Item1 + t.Item2 + t.Item3 + t.Item4 + t.Item5 + t.Item6 "
       "+ "
       "t.Item7; }",
       "String 123.5cTruef7"},
      {"@(new Tuple<int, int, int>(1, 2, 3).Item3 + new Tuple<int, int, int, int>(1, 2, 3, 4).Item4)", "Int32 7"},
      {"@(new Tuple<int, int, int, int, int>(1, 2, 3, 4, 5).Item5 + new Tuple<int, int, int, int, int, int>(1, 2, 3, 4, 5, 6).Item6)",
       "Int32 11"},
      {"@(Tuple.Create(1, 2, 3).ToString() + Tuple.Create(1, 2, 3, 4) + Tuple.Create(1, 2, 3, 4, 5) + Tuple.Create(1, 2, 3, 4, 5, 6))",
       "String (1, 2, 3)(1, 2, 3, 4)(1, 2, 3, 4, 5)(1, 2, 3, 4, 5, 6)"},
      {"@(Tuple.Create(1, \"a\").Equals(Tuple.Create(1, \"a\")))", "Boolean True"},
      {"@(Tuple.Create(1, \"a\") == Tuple.Create(1, \"a\"))", "Boolean False"},
      {"@(Tuple.Create(1, \"a\").GetHashCode() == Tuple.Create(1, \"a\").GetHashCode())", "Boolean True"},
      {"@(Tuple.Create(1, Tuple.Create(2, 3)))", "Tuple`2 (1, (2, 3))"},
      {"@(new[] {Tuple.Create(2, \"a\"), Tuple.Create(1, \"b\"), Tuple.Create(1, \"a\")}.OrderBy(t => t).First())", "Tuple`2 (1, a)"},
      {"@(new Dictionary<Tuple<int, int>, string> {{Tuple.Create(1, 2), \"x\"}}[Tuple.Create(1, 2)])", "String x"},
      {"@(Tuple.Create(1, 2).Item3)", "1:22 'Tuple<int, int>' does not contain a definition for 'Item3'; did you mean 'Item1'?"},
      {"@{ object o = 1; for (int i = 0; i < 500; i++) o = Tuple.Create(o, o); return o.ToString(); }",
       "!ExecutionLimitException: Expression exceeded its execution limit."},
  });
}

TEST_CASE("a lookup has the groups by their keys") {
  const std::string given = "@{ var l = new[] {\"one\", \"two\", \"three\", \"four\"}.ToLookup(s => s.Length); return ";
  check({
      {given + "l.Count; }", "Int32 3"},
      {given + "string.Join(\",\", l[3]); }", "String one,two"},
      {given + "l[9].Count(); }", "Int32 0"},
      {given + "l.Contains(4) && !l.Contains(9); }", "Boolean True"},
      {given + "string.Join(\";\", l.Select(g => g.Key + \":\" + g.Count())); }", "String 3:2;5:1;4:1"},
      {given + "l.OrderBy(g => g.Key).Last().Single(); }", "String three"},
      {"@(new[] {\"a\", \"A\", \"b\"}.ToLookup(s => s, StringComparer.OrdinalIgnoreCase)[\"a\"].Count())", "Int32 2"},
      {"@(new[] {1, 2, 3}.ToLookup(i => i % 2, i => i * 10)[1].Sum())", "Int32 40"},
      {"@(new[] {\"a\", null}.ToLookup(s => s)[null].Count())", "Int32 1"},
      {"@{ ILookup<int, string> l = new string[0].ToLookup(s => s.Length); return l.Count; }", "Int32 0"},
      {"@{ string[] a = null; return a.ToLookup(s => s); }", "!ArgumentNullException: Value cannot be null. Parameter: source"},
  });
}

TEST_CASE("sorted lists and arrays are searched in halves, and have views that do not change them") {
  check({
      {"@(new List<int> {1, 3, 5}.BinarySearch(3))", "Int32 1"},
      {"@(new List<int> {1, 3, 5}.BinarySearch(4))", "Int32 -3"},
      {"@(new List<int> {1, 3, 3, 5}.BinarySearch(3))", "Int32 1"},
      {"@(new List<int>().BinarySearch(4))", "Int32 -1"},
      {"@(new List<string> {\"a\", \"B\"}.BinarySearch(\"b\", StringComparer.OrdinalIgnoreCase))", "Int32 1"},
      {"@(Array.BinarySearch(new[] {1, 3, 5}, 5))", "Int32 2"},
      {"@(Array.BinarySearch(new[] {1, 3, 5}, 0))", "Int32 -1"},
      {"@(Array.BinarySearch(new byte[] {1, 3, 5}, (byte)6))", "Int32 -4"},
      {"@(Array.BinarySearch(new[] {\"a\", \"B\"}, \"A\", StringComparer.OrdinalIgnoreCase))", "Int32 0"},
      {"@(Array.BinarySearch((int[])null, 1))", "!ArgumentNullException: Value cannot be null. Parameter: array"},
      {"@{ var l = new List<int> {1}; var r = l.AsReadOnly(); l.Add(2); return r.Count + r[1] + r.IndexOf(2) + (r.Contains(1) ? 10 : 0); }",
       "Int32 15"},
      {"@(string.Join(\",\", Array.AsReadOnly(new[] {1, 2}).Select(i => i * 2)))", "String 2,4"},
      {"@{ var a = new[] {1}; var r = Array.AsReadOnly(a); a[0] = 5; return r[0]; }", "Int32 5"},
      {"@(new List<int> {1}.AsReadOnly()[1])",
       "!ArgumentOutOfRangeException: Index was out of range. Must be non-negative and less than the size of the collection. Parameter: "
       "index"},
      {"@{ IList<int> l = new List<int> {1}.AsReadOnly(); l.Add(2); return 1; }", "!NotSupportedException: Collection is read-only."},
      {"@{ IList<int> l = new List<int> {1}.AsReadOnly(); return l.IsReadOnly; }", "Boolean True"},
  });
}

TEST_CASE("what is wrong inside of a lambda, and in a call's only overload, is told where it stands") {
  check({
      {R"(@(new[] { "a" }.Any(x => x.Lenght > 1)))", "1:28 'string' does not contain a definition for 'Lenght'; did you mean 'Length'?"},
      {R"(@(new[] { "a" }.Where(x => x.Length)))", "1:30 Cannot implicitly convert type 'int' to 'bool'"},
      {R"(@(new[] { "a" }.Select(x => y)))", "1:29 The name 'y' does not exist in the current context; did you mean 'x'?"},
      {R"(@(context.Request.Body.As<string>(preservContent: true)))",
       "1:51 No overload of 'As' has a parameter named 'preservContent'; did you mean 'preserveContent'?"},
      {R"(@(context.Variables.GetValueOrDefault<int>("a", "b")))", "1:49 Argument 2: cannot convert from 'string' to 'int'"},
      {R"(@((strig)context.Variables["a"]))",
       "1:4 The type or namespace name 'strig' could not be found, or is not allowed in expressions; did you mean 'string'?"},
      {R"(@($'a'))", "1:3 Unexpected character '$'; an interpolated text is written $\"…\""},
      {R"(@(5.AsJwt()))", "1:5 'AsJwt' is called on a 'string', not on a 'int'"},
      {"@(1 + (2)", "1:9 ) expected"},
      {"@(1 + 2", "1:1 The expression begins with '@(' and does not end with ')'; close it"},
      {"@{ return 1;", "1:1 The expression begins with '@{' and does not end with '}'; close it"},
      {"@{ var key = {{the-key}}; return key; }", "1:14 {{…}} stands for a named value, and none of this name is known"},
  });
}
