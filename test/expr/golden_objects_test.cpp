#include "golden.hpp"

using namespace gatelet;

TEST_CASE("golden vectors: Guid") {
  const std::string g = "new Guid(\"00112233-4455-6677-8899-aabbccddeeff\")";
  check_golden({
      {g + ".ToString(\"D\")", "String 00112233-4455-6677-8899-aabbccddeeff"},
      {g + ".ToString(\"N\")", "String 00112233445566778899aabbccddeeff"},
      {g + ".ToString(\"B\")", "String {00112233-4455-6677-8899-aabbccddeeff}"},
      {g + ".ToString(\"P\")", "String (00112233-4455-6677-8899-aabbccddeeff)"},
      {g + ".ToString(\"X\")", "String {0x00112233,0x4455,0x6677,{0x88,0x99,0xaa,0xbb,0xcc,0xdd,0xee,0xff}}"},
      {g + ".ToString(\"\")", "String 00112233-4455-6677-8899-aabbccddeeff"},
      {g + ".ToString(\"Z\")", "!FormatException: Format String can be only 'D', 'd', 'N', 'n', 'P', 'p', 'B', 'b', 'X' or 'x'."},
      {"BitConverter.ToString(" + g + ".ToByteArray())", "String 33-22-11-00-55-44-77-66-88-99-AA-BB-CC-DD-EE-FF"},
      {"Guid.Parse(\"00112233445566778899aabbccddeeff\")", "Guid 00112233-4455-6677-8899-aabbccddeeff"},
      {"Guid.Parse(\"bad\")", "!FormatException: Guid should contain 32 digits with 4 dashes (xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx)."},
      {"Guid.Empty", "Guid 00000000-0000-0000-0000-000000000000"},
  });
}

TEST_CASE("golden vectors: collections and LINQ fail with .NET's words") {
  const std::string no_elements = "!InvalidOperationException: Sequence contains no elements";
  const std::string dictionary = "new Dictionary<string, int> { { \"a\", 1 } }";
  check_golden({
      {"new int[0].First()", no_elements},
      {"new[] { 1, 2 }.Single()", "!InvalidOperationException: Sequence contains more than one element"},
      {"new int[0].Last()", no_elements},
      {"new string[0].FirstOrDefault()", "null"},
      {"new int[0].Max()", no_elements},
      {"new[] { 1 }.Select(x => x).ElementAt(5)",
       "!ArgumentOutOfRangeException: Specified argument was out of the range of valid values. Parameter: index"},
      {"new[] { 1, 2, 3 }[3]", "!IndexOutOfRangeException: Index was outside the bounds of the array."},
      {dictionary + "[\"x\"]", "!KeyNotFoundException: The given key 'x' was not present in the dictionary."},
      {dictionary + "[null]", "!ArgumentNullException: Value cannot be null. Parameter: key"},
      {"var d = " + dictionary + "; d.Add(\"a\", 2); return d;",
       "!ArgumentException: An item with the same key has already been added. Key: a"},
      {"var l = new List<int> { 1, 2 }; foreach (var x in l) l.Add(x); return l;",
       "!InvalidOperationException: Collection was modified; enumeration operation may not execute."},
  });
}

TEST_CASE("golden vectors: what objects are called, and which are the same") {
  check_golden({
      {"new string[0].ToString()", "String System.String[]"},
      {"new List<string>().ToString()", "String System.Collections.Generic.List`1[System.String]"},
      {"new Dictionary<string, object>().ToString()", "String System.Collections.Generic.Dictionary`2[System.String,System.Object]"},
      {R"(new { a = 1, b = "x" }.ToString())", "String { a = 1, b = x }"},
      {R"s((object)"a" == (object)new string(new[] { 'a' }))s", "Boolean False"},
      {R"s((object)"a" == (object)("a" + ""))s", "Boolean True"},
      {R"(Enum.Parse(typeof(DayOfWeek), "Monday").ToString())", "String Monday"},
      {R"((StringComparison)Enum.Parse(typeof(StringComparison), "ordinal", true))", "StringComparison Ordinal"},
      {R"(Enum.Parse(typeof(DayOfWeek), "Someday"))", "!ArgumentException: Requested value 'Someday' was not found. Parameter: value"},
      {R"(DayOfWeek day; return Enum.TryParse<DayOfWeek>("5", out day) ? day.ToString() : "";)", "String Friday"},
      {R"(DayOfWeek day; return Enum.TryParse("x", out day) + day.ToString();)", "String FalseSunday"},
  });
}
