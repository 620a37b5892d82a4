// Members that complete the types of the allow-list (expressions.md 3), which names most of them whole.
#include <doctest/doctest.h>

#include "evaluate.hpp"

using namespace gatelet;

TEST_CASE("String.Split trims the entries where it is told to") {
  check({
      {R"(@(" a , b ,, c ".Split(new[] { ',' }, StringSplitOptions.TrimEntries)))", "String[] a,b,,c"},
      {R"(@(" a , b , , c ".Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)))", "String[] a,b,c"},
      {R"(@(" , , a , b , c ".Split(',', 2, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)))", "String[] a,b , c"},
      {R"(@(" a , b , c ".Split(',', 2, StringSplitOptions.TrimEntries)))", "String[] a,b , c"},
      {R"(@("   ".Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Length))", "Int32 0"},
      {R"(@("   ".Split(',', StringSplitOptions.TrimEntries)[0].Length))", "Int32 0"},
      {R"(@(",,a,b".Split(',', 2, StringSplitOptions.RemoveEmptyEntries)))", "String[] a,b"},
  });
}

TEST_CASE("Convert.ChangeType converts by the type that is wanted") {
  check({
      {R"(@(Convert.ChangeType("42", typeof(int))))", "Int32 42"},
      {R"(@((long)Convert.ChangeType(42, typeof(long))))", "Int64 42"},
      {R"(@(Convert.ChangeType(1.5, typeof(string))))", "String 1.5"},
      {R"(@(Convert.ChangeType("true", typeof(bool))))", "Boolean True"},
      {R"(@(Convert.ChangeType("2024-02-29", typeof(DateTime))))", "DateTime 02/29/2024 00:00:00"},
      {R"(@(Convert.ChangeType("x", typeof(int))))", "!FormatException: Input string was not in a correct format."},
      {R"(@(Convert.ChangeType(null, typeof(int))))", "!InvalidCastException: Null object cannot be converted to a value type."},
      {R"(@(Convert.ChangeType(null, typeof(string)) == null))", "Boolean True"},
      {R"(@(Convert.ChangeType("x", typeof(Guid))))", "!InvalidCastException: Invalid cast from 'System.String' to 'System.Guid'."},
      {R"(@(Convert.ChangeType(new int[0], typeof(string))))", "!InvalidCastException: Object must implement IConvertible."},
      {"@(Convert.IsDBNull(null))", "Boolean False"},
  });
}

TEST_CASE("numbers as bits, words and parts") {
  check({
      {"@(BitConverter.ToSingle(BitConverter.GetBytes(1.5f), 0))", "Single 1.5"},
      {"@(BitConverter.SingleToInt32Bits(1.5f))", "Int32 1069547520"},
      {"@(BitConverter.Int32BitsToSingle(1069547520))", "Single 1.5"},
      {"@(new decimal(15, 0, 0, true, 1))", "Decimal -1.5"},
      {"@(new decimal(decimal.GetBits(-12.345m)))", "Decimal -12.345"},
      {"@(new decimal(new[] { 1, 2, 3 }))",
       "!ArgumentException: Decimal constructor requires an array or span of four valid decimal bytes."},
      {"@(new decimal(0, 0, 0, false, 29))",
       "!ArgumentOutOfRangeException: Decimal's scale value must be between 0 and 28, inclusive. Parameter: scale"},
      {"@(Math.Clamp(7.5m, 1m, 5m))", "Decimal 5"},
      {"@(Math.Clamp((byte)7, (byte)1, (byte)5))", "Byte 5"},
      {"@(Math.Round(Math.Asinh(1) + Math.Acosh(2) + Math.Atanh(0.5), 6))", "Double 2.747638"},
      {"@(new Guid(1u, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11))", "Guid 00000001-0002-0003-0405-060708090a0b"},
  });
}

TEST_CASE("characters of texts, surrogate pairs among them") {
  check({
      {R"(@(char.ConvertToUtf32('\ud83d', '\ude00')))", "Int32 128512"},
      {R"(@(char.ConvertToUtf32("a\ud83d\ude00", 1)))", "Int32 128512"},
      {R"(@(char.ConvertToUtf32("a", 0)))", "Int32 97"},
      {R"(@(char.IsSurrogatePair("a\ud83d\ude00", 1)))", "Boolean True"},
      {R"(@(char.IsSurrogatePair("a\ud83d", 1)))", "Boolean False"},
      {R"(@(char.GetNumericValue("a7", 1)))", "Double 7"},
      {R"(@(char.GetNumericValue("a7", 2)))",
       "!ArgumentOutOfRangeException: Index was out of range. Must be non-negative and less than the size of the collection. Parameter: "
       "index"},
  });
}

TEST_CASE("StringBuilder, StringReader and StringWriter by parts") {
  check({
      {R"(@(new StringBuilder("ad").Insert(1, "xbcx".ToCharArray(), 1, 2).ToString()))", "String abcd"},
      {R"(@{ var to = new char[3]; new StringBuilder("abcd").CopyTo(1, to, 1, 2); return new string(to, 1, 2); })", "String bc"},
      {R"(@{ var to = new char[1]; new StringBuilder("abcd").CopyTo(1, to, 0, 2); return 1; })",
       "!ArgumentException: Either offset did not refer to a position in the string, or there is an insufficient length of destination "
       "character array."},
      {"@(new StringBuilder().EnsureCapacity(1000) >= 1000)", "Boolean True"},
      {R"(@{ var to = new char[4]; var n = new StringReader("abc").Read(to, 1, 3); return n + new string(to, 1, 3); })", "String 3abc"},
      {R"(@{ var to = new char[9]; var r = new StringReader("abc"); r.Read(); return r.ReadBlock(to, 0, 9) + r.Read(to, 0, 9); })",
       "Int32 2"},
      {R"(@{ var w = new StringWriter(); w.Write("abcd".ToCharArray(), 1, 2); w.WriteLine("xy".ToCharArray(), 1, 1); return w.ToString(); })",
       "String bcy\n"},
  });
}

TEST_CASE("lists and arrays are searched and sorted in parts") {
  check({
      {"@(new List<int> { 1, 2, 1, 2 }.LastIndexOf(1, 1))", "Int32 0"},
      {"@(new List<int> { 1, 2, 1, 2 }.LastIndexOf(1, 3, 1))", "Int32 -1"},
      {"@(new List<int> { 1, 2, 3, 4 }.FindLastIndex(2, x => x > 1))", "Int32 2"},
      {"@(new List<int> { 1, 2, 3, 4 }.FindLastIndex(3, 2, x => x < 3))", "Int32 -1"},
      {"@(new List<int> { 9, 1, 3, 5, 0 }.BinarySearch(1, 3, 5, null))", "Int32 3"},
      {"@(new List<int> { 9, 1, 3, 5, 0 }.BinarySearch(1, 3, 4, null))", "Int32 -4"},
      {"@{ var l = new List<int> { 3, 2, 1, 0 }; l.Sort(1, 2, null); return string.Join(\",\", l); }", "String 3,1,2,0"},
      {"@{ var l = new List<int> { 3 }; l.Capacity = 100; return l.Count; }", "Int32 1"},
      {"@{ var l = new List<int> { 3, 4 }; l.Capacity = 1; return l.Count; }",
       "!ArgumentOutOfRangeException: capacity was less than the current size. Parameter: value"},
      {"@(Array.BinarySearch(new[] { 9, 1, 3, 5, 0 }, 1, 3, 5))", "Int32 3"},
      {"@(Array.BinarySearch(new[] { 9, 1, 3, 5, 0 }, 1, 3, 2))", "Int32 -3"},
      {"@{ var a = new[] { 1, 1, 1, 1 }; Array.Fill(a, 2, 1, 2); return a; }", "Int32[] 1,2,2,1"},
      {"@{ var a = new[] { 1, 2, 3 }; var b = new int[3]; Array.Copy(a, 1L, b, 0L, 2L); return b; }", "Int32[] 2,3,0"},
      {"@{ var b = new int[3]; Array.Copy(b, b, 1L << 40); return b; }",
       "!ArgumentOutOfRangeException: Arrays larger than 2GB are not supported. Parameter: length"},
      {"@{ var a = new[] { 1, 2, 3 }; Array.ConstrainedCopy(a, 0, a, 1, 2); return a; }", "Int32[] 1,1,2"},
      {"@(new[] { 1, 2 }.GetLongLength(0))", "Int64 2"},
      {"@(Array.LastIndexOf((Array)new[] { 1, 2, 1 }, 1, 1))", "Int32 0"},
  });
}

TEST_CASE("sets, dictionaries and their comparers") {
  check({
      {R"(@(new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase).Comparer.Equals("a", "A")))", "Boolean True"},
      {R"(@(new HashSet<string>(4, StringComparer.OrdinalIgnoreCase) { "a", "A" }.Count))", "Int32 1"},
      {R"(@(new HashSet<int>().Comparer.Equals(1, 1)))", "Boolean True"},
      {R"(@{ new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "Ab" }.TryGetValue("aB", out var found); return found; })",
       "String Ab"},
      {R"(@{ var is_there = new HashSet<int>().TryGetValue(1, out var found); return is_there.ToString() + found; })", "String False0"},
      {R"(@{ var to = new int[3]; new HashSet<int> { 1, 2, 3 }.CopyTo(to, 1, 2); return to; })", "Int32[] 0,1,2"},
      {R"(@(StringComparer.FromComparison(StringComparison.OrdinalIgnoreCase).Compare("A", "a")))", "Int32 0"},
      {R"(@{ object a = "A", b = "a"; return StringComparer.OrdinalIgnoreCase.Equals(a, b); })", "Boolean True"},
      {R"(@{ new KeyValuePair<string, int>("a", 1).Deconstruct(out var k, out var v); return k + v; })", "String a1"},
      {R"(@(new[] { JToken.Parse("{'a':[1,{}]}"), JToken.Parse("{'a':[1,{}]}"), JToken.Parse("'x'") }.Distinct(JToken.EqualityComparer).Count()))",
       "Int32 2"},
      {R"(@(new HashSet<JToken>(new JTokenEqualityComparer()) { "a", "a", 1, 1, 2 }.Count))", "Int32 3"},
  });
}

TEST_CASE("LINQ with explicit type arguments") {
  check({
      {R"(@(new[] { "a", "bcd" }.Max<string>(x => x.Length)))", "Int32 3"},
      {R"(@(new[] { "a", "bcd" }.Min<string>(x => 1.5m)))", "Decimal 1.5"},
      {R"(@(new[] { "a", "bcd" }.Max<string>(x => (int?)null) == null))", "Boolean True"},
      {R"(@(new[] { "a", "bcd" }.Max<string, int>(x => x.Length)))", "Int32 3"},
      {R"(@(new[] { "a", "bcd" }.Max(x => x.Length)))", "Int32 3"},
      {R"(@(new[] { "a", "A" }.ToLookup(x => x, x => 1, StringComparer.OrdinalIgnoreCase)["A"].Count()))", "Int32 2"},
      {R"(@(new[] { XElement.Parse("<a><b/><c><b/></c></a>") }.Elements<XElement>("b").Count()))", "Int32 1"},
      {R"(@(new[] { XElement.Parse("<a><b/><c><b/></c></a>") }.Descendants<XElement>("b").Count()))", "Int32 2"},
      {R"(@(new[] { XElement.Parse("<a><b/><c><b/></c></a>") }.Descendants("b").Ancestors<XElement>().Count()))", "Int32 3"},
      {R"(@{ var x = XElement.Parse("<a><b/><c/></a>"); x.Elements("b").Remove<XElement>(); return x.ToString(SaveOptions.DisableFormatting); })",
       "String <a><c /></a>"},
      {R"(@(JArray.Parse("[[1,2],[3]]").Children<JToken, JToken>().Count()))", "Int32 3"},
      {R"(@(JArray.Parse("[1,2]").Values<JToken, int>().Sum()))", "Int32 3"},
      {R"(@(JToken.Parse("5").Value<JToken, int>()))", "Int32 5"},
      {R"(@(new[] { "a" }.Elements().Count()))", "1:17 No overload of 'Elements' takes the arguments (string[])"},
  });
}

TEST_CASE("exceptions carry data, inner ones and the name of a parameter") {
  check({
      {R"(@{ try { throw new Exception("a"); } catch (Exception e) { e.Data["k"] = 1; e.Data.Add("l", 2); return e.Data.Count + ":" + e.Data["k"] + e.Data["m"]; } })",
       "String 2:1"},
      {R"(@(new Exception().Data.Contains("k")))", "Boolean False"},
      {R"(@{ var e = new Exception(); e.Data["k"] = null; return e.Data.Contains("k"); })", "Boolean True"},
      {R"(@(new ArgumentException("m", new Exception("n")).InnerException.Message))", "String n"},
      {R"(@(new ArgumentException("m", "p", new Exception("n")).ParamName))", "String p"},
  });
}

TEST_CASE("enumerations, nullables, addresses and bytes") {
  check({
      {R"(@(Enum.Parse<StringComparison>("ordinal", true)))", "StringComparison Ordinal"},
      {R"(@(Enum.Parse<StringComparison>("x")))", "!ArgumentException: Requested value 'x' was not found. Parameter: value"},
      {"@(Nullable.Compare<int>(1, null))", "Int32 1"},
      {"@(Nullable.Compare((int?)1, (int?)2))", "Int32 -1"},
      {"@(Nullable.Equals<int>(null, null))", "Boolean True"},
      {"@(Nullable.GetUnderlyingType(typeof(int?)).Name)", "String Int32"},
      {"@(Nullable.GetUnderlyingType(typeof(int)) == null)", "Boolean True"},
      {R"(@(new Uri("https://a.b/c d").IsWellFormedOriginalString()))", "Boolean False"},
      {R"(@(new Uri("https://a.b/c%20d").IsWellFormedOriginalString()))", "Boolean True"},
      {R"(@(Uri.IsHexEncoding("a%2fb", 1)))", "Boolean True"},
      {R"(@(Uri.IsHexEncoding("a%2", 1)))", "Boolean False"},
      {"@(Uri.FromHex('f'))", "Int32 15"},
      {"@(Uri.UriSchemeNetTcp)", "String net.tcp"},
      {R"(@(Encoding.UTF8.GetString(WebUtility.UrlEncodeToBytes(Encoding.UTF8.GetBytes("xa b"), 1, 3))))", "String a+b"},
      {R"(@(Encoding.UTF8.GetString(WebUtility.UrlDecodeToBytes(Encoding.UTF8.GetBytes("a%20b"), 0, 5))))", "String a b"},
      {R"(@(Encoding.UTF8.GetBytes("abc".ToCharArray(), 1, 2).Length))", "Int32 2"},
      {R"(@(new string(Encoding.UTF8.GetChars(new byte[] { 97, 98, 99 }, 1, 2))))", "String bc"},
      {"@{ var b = new byte[4]; new RNGCryptoServiceProvider().GetBytes(b, 1, 2); return b[0] + b[3]; }", "Int32 0"},
      {R"(@(TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin").IsAmbiguousTime(new DateTimeOffset(2024, 10, 27, 0, 30, 0, TimeSpan.Zero))))",
       "Boolean True"},
      {R"(@(TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin").IsAmbiguousTime(new DateTimeOffset(2024, 10, 27, 2, 30, 0, TimeSpan.Zero))))",
       "Boolean False"},
  });
}
