#include "golden.hpp"

using namespace gatelet;

TEST_CASE("golden vectors: texts are split as in .NET") {
  check_golden({
      {R"("a,b,,c".Split(','))", "String[] a,b,,c"},
      {R"("".Split(','))", "String[] "},
      {R"("".Split(',').Length)", "Int32 1"},
      {R"("a b\tc".Split())", "String[] a,b,c"},
      {R"(string.Join("|", "a,b,,c".Split(new[] { ',' }, 2)))", "String a|b,,c"},
      {R"(",a,,b,".Split(new[] { "," }, StringSplitOptions.RemoveEmptyEntries))", "String[] a,b"},
      {R"("a--b-c".Split(new[] { "--", "-" }, StringSplitOptions.None))", "String[] a,b,c"},
      {R"("a b c".Split(new char[0]))", "String[] a,b,c"},
  });
}

TEST_CASE("golden vectors: parts of texts, and places outside them") {
  check_golden({
      {R"("abc".Substring(3))", "String "},
      {R"("abc".Substring(4))", "!ArgumentOutOfRangeException: startIndex cannot be larger than length of string. Parameter: startIndex"},
      {R"("abc".Substring(-1))", "!ArgumentOutOfRangeException: StartIndex cannot be less than zero. Parameter: startIndex"},
      {R"("abc".Substring(1, 5))",
       "!ArgumentOutOfRangeException: Index and length must refer to a location within the string. Parameter: length"},
      {R"("abc".Substring(1, -1))", "!ArgumentOutOfRangeException: Length cannot be less than zero. Parameter: length"},
      {R"("abc"[3])", "!IndexOutOfRangeException: Index was outside the bounds of the array."},
      {R"("abc".IndexOf(""))", "Int32 0"},
      {R"("abc".LastIndexOf(""))", "Int32 3"},
      {R"("aXbX".Replace("X", null))", "String ab"},
      {R"("abc".Replace("", "x"))", "!ArgumentException: String cannot be of zero length. Parameter: oldValue"},
      {R"("abc".Contains(""))", "Boolean True"},
      {R"("abc".Contains(null))", "!ArgumentNullException: Value cannot be null. Parameter: value"},
      {R"("abc".StartsWith(null))", "!ArgumentNullException: Value cannot be null. Parameter: value"},
      {R"("abc".Equals(null))", "Boolean False"},
      {R"("  a \u00a0".Trim())", "String a"},
      {R"("xxaxx".Trim('x'))", "String a"},
      {R"("I".ToLower())", "String i"},
      {R"(string s = null; return s.Length;)", "!NullReferenceException: Object reference not set to an instance of an object."},
      {R"("a" == null)", "Boolean False"},
  });
}

TEST_CASE("golden vectors: texts are put together and compared") {
  check_golden({
      {R"(string.Format("{0}-{1,5}|{1,-5}|{2:000}", "a", 7, 5))", "String a-    7|7    |005"},
      {R"(string.Format("{0}", null))", "!ArgumentNullException: Value cannot be null. Parameter: args"},
      {R"(string.Format("{0}", (object)null))", "String "},
      {R"(string.Format("{1}", "a"))",
       "!FormatException: Index (zero based) must be greater than or equal to zero and less than the size of the argument list."},
      {R"(string.Format("{{{0}}}", 1))", "String {1}"},
      {R"(string.Format("{", 1))", "!FormatException: Input string was not in a correct format."},
      {R"($"{true}{null}{1.5}")", "String True1.5"},
      {R"("" + null + true + 1 + 'c' + 1.0)", "String True1c1"},
      {R"(1 + 2 + "a" + 1 + 2)", "String 3a12"},
      {R"('a' + 1)", "Int32 98"},
      {R"(string.Join(",", new string[] { "a", null, "b" }))", "String a,,b"},
      {R"(string.Compare("a", "B"))", "Int32 -1"},
      {R"(string.CompareOrdinal("a", "B"))", "Int32 31"},
      {R"(new StringBuilder().AppendLine("a").AppendLine().ToString())", "String a\n\n"},
  });
}

TEST_CASE("golden vectors: bytes of texts, Base64 and escapes of the web") {
  const std::string not_base64 =
      "!FormatException: The input is not a valid Base-64 string as it contains a non-base 64 character, more than two padding characters, "
      "or an illegal character among the padding characters.";
  check_golden({
      {"BitConverter.ToString(new byte[] { 0, 255, 16 })", "String 00-FF-10"},
      {"BitConverter.ToString(BitConverter.GetBytes(1))", "String 01-00-00-00"},
      {"Convert.ToBase64String(new byte[] { 0, 255, 16, 1 })", "String AP8QAQ=="},
      {R"(BitConverter.ToString(Convert.FromBase64String("AP8Q\n AQ==")))", "String 00-FF-10-01"},
      {R"(Convert.FromBase64String("AP8QAQ"))", not_base64},
      {R"(Convert.FromBase64String("AP-_"))", not_base64},
      {R"(Convert.FromBase64String("").Length)", "Int32 0"},
      {R"(Encoding.UTF8.GetString(new byte[] { 0x61, 0xFF, 0x62 }))", "String a\xEF\xBF\xBD\x62"},
      {R"(BitConverter.ToString(Encoding.ASCII.GetBytes("\u00e9")))", "String 3F"},
      {R"(BitConverter.ToString(Encoding.UTF8.GetBytes("\ud800")))", "String EF-BF-BD"},
      {R"(WebUtility.UrlEncode("a b+c/d?e=f&g~h!*'()\u00e9%-_."))", "String a+b%2Bc%2Fd%3Fe%3Df%26g%7Eh!*%27()%C3%A9%25-_."},
      {R"(WebUtility.UrlDecode("a+b%20c%C3%A9%2"))", "String a b c\xC3\xA9%2"},
      {R"(WebUtility.HtmlEncode("<a href=\"x\">'&\u00e9\u00a9"))", "String &lt;a href=&quot;x&quot;&gt;&#39;&amp;&#233;&#169;"},
      {R"(WebUtility.HtmlDecode("&lt;&quot;&#39;&eacute;&amp;"))", "String <\"'\xC3\xA9&"},
  });
}
