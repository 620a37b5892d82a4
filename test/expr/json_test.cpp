#include <doctest/doctest.h>

#include "evaluate.hpp"

using namespace gatelet;

// The object of the golden vectors of expressions.md 6.11.
static constexpr std::string_view golden =
    R"cs(var jo = JObject.Parse("{\"s\":\"x\",\"i\":5,\"f\":1.0,\"b\":true,\"n\":null,\"d\":\"2024-02-29T13:05:09Z\",\"a\":[1,2],)cs"
    R"cs(\"o\":{\"p\":\"q\"},\"e\":\"\"}"); )cs";

// Rows are expressions over `jo`, or statements that return.
static void check_json(std::initializer_list<Row> rows) {
  for (const Row& row : rows) {
    CAPTURE(row.expression);
    const bool is_block = row.expression.find("return ") != std::string::npos;
    CHECK(evaluate("@{" + std::string(golden) + (is_block ? row.expression : "return " + row.expression + ";") + "}") == row.result);
  }
}

// Rows are JSON in C#'s @"" form and what is read of it, written again.
static void check_reading(std::initializer_list<Row> rows) {
  for (const Row& row : rows) {
    CAPTURE(row.expression);
    CHECK(evaluate("@(JToken.Parse(@\"" + row.expression + "\").ToString(Formatting.None))") == row.result);
  }
}

TEST_CASE("JSON: the golden vectors") {
  check_json({
      {R"(jo["missing"])", "null"},
      {R"(jo["missing"]["x"])", "!NullReferenceException: Object reference not set to an instance of an object."},
      {R"((string)jo["missing"])", "null"},
      {R"((int)jo["missing"])", "!ArgumentNullException: Value cannot be null. Parameter: value"},
      {R"((int?)jo["n"])", "null"},
      {R"((int)jo["n"])", "!ArgumentException: Can not convert Null to Int32."},
      {R"(jo["n"] == null)", "Boolean False"},
      {R"(jo["n"].Type)", "JTokenType Null"},
      {R"((string)jo["n"])", "null"},
      {R"(jo["n"].ToString())", "String "},
      {R"((string)jo["i"])", "String 5"},
      {R"((string)jo["f"])", "String 1"},
      {R"((string)jo["b"])", "String True"},
      {R"(jo["b"].ToString())", "String True"},
      {R"((bool)jo["s"])", "!FormatException: String was not recognized as a valid Boolean."},
      {R"((int)jo["s"])", "!FormatException: Input string was not in a correct format."},
      {R"((int)jo["f"])", "Int32 1"},
      {R"((string)jo["a"])", "!ArgumentException: Can not convert Array to String."},
      {R"((string)jo["o"])", "!ArgumentException: Can not convert Object to String."},
      {R"(jo["a"].ToString())", "String [\n  1,\n  2\n]"},
      {R"(jo["d"].Type)", "JTokenType Date"},
      {R"((string)jo["d"])", "String 02/29/2024 13:05:09"},
      {R"(jo["d"].ToString())", "String 02/29/2024 13:05:09"},
      {"jo.ToString(Formatting.None)",
       R"(String {"s":"x","i":5,"f":1.0,"b":true,"n":null,"d":"2024-02-29T13:05:09Z","a":[1,2],"o":{"p":"q"},"e":""})"},
      {R"(JObject.Parse("{\"a\":1,\"b\":[],\"c\":{},\"d\":[1]}").ToString())",
       "String {\n  \"a\": 1,\n  \"b\": [],\n  \"c\": {},\n  \"d\": [\n    1\n  ]\n}"},
      {R"(jo.Value<int>("i"))", "Int32 5"},
      {R"(jo.Value<int>("missing"))", "Int32 0"},
      {R"(jo.Value<string>("i"))", "String 5"},
      {R"(jo.SelectToken("o.p"))", "JValue q"},
      {R"(jo.SelectToken("$.a[1]"))", "JValue 2"},
      {R"(jo.SelectToken("x.y"))", "null"},
      {R"(jo.Add("s", 1); return jo;)",
       "!ArgumentException: Can not add property s to Newtonsoft.Json.Linq.JObject. Property with the same name already exists on object."},
      {R"(jo["a"][5])",
       "!ArgumentOutOfRangeException: Index was out of range. Must be non-negative and less than the size of the collection. "
       "Parameter: index"},
      {R"(jo["a"]["x"])", "!ArgumentException: Accessed JArray values with invalid key value: \"x\". Int32 array index expected."},
      {R"(jo["s"]["x"])", "!InvalidOperationException: Cannot access child value on Newtonsoft.Json.Linq.JValue."},
      {R"(JObject.Parse("[1]"))",
       "!JsonReaderException: Error reading JObject from JsonReader. Current JsonReader item is not an object: StartArray. Path '', line "
       "1, "
       "position 1."},
      {R"(JObject.Parse(""))", "!JsonReaderException: Error reading JObject from JsonReader. Path '', line 0, position 0."},
      {R"(JObject.Parse("{\"a\":1,\"a\":2}").ToString(Formatting.None))", R"(String {"a":2})"},
      {R"(JObject.Parse("{a:'x',b:1,}").ToString(Formatting.None))", R"(String {"a":"x","b":1})"},
      {R"(JObject.Parse("{\"a\":1} x"))",
       "!JsonReaderException: Additional text encountered after finished reading JSON content: x. Path '', line 1, position 8."},
      {R"(JToken.Parse("null").Type)", "JTokenType Null"},
      {R"(new JObject(new JProperty("a", 1), new JProperty("b", 1, "x", null, true), new JProperty("c", null)).ToString(Formatting.None))",
       R"(String {"a":1,"b":[1,"x",null,true],"c":null})"},
      {R"(new JArray((JArray)jo["a"]).ToString(Formatting.None))", "String [1,2]"},
      {R"(var all = new JArray(); all.Add(new string[] {"a", "b"}); return all.ToString(Formatting.None);)", R"(String ["a","b"])"},
      {R"(jo.Remove("missing"))", "Boolean False"},
      {R"(jo.Property("x"))", "null"},
      {R"(jo.GetValue("S", StringComparison.OrdinalIgnoreCase))", "JValue x"},
      {R"(JsonConvert.SerializeObject(new { a = 1, b = "x\"/é<\u2028", c = (string)null, d = new DateTime(638448087090000000L, DateTimeKind.Utc), e = 1.0, f = 1.5, g = new byte[] {1, 2}, h = Guid.Empty, i = TimeSpan.FromSeconds(90), j = true, k = 'c', l = new[] {1, 2}, m = new Dictionary<string, int> {{"z", 1}} }))",
       R"(String {"a":1,"b":"x\"/é<\u2028","c":null,"d":"2024-02-29T13:05:09Z","e":1.0,"f":1.5,"g":"AQI=","h":"00000000-0000-0000-0000-000000000000","i":"00:01:30","j":true,"k":"c","l":[1,2],"m":{"z":1}})"},
      {R"(JsonConvert.SerializeObject(new DateTime(2024, 2, 29, 13, 5, 9, 120)))", R"(String "2024-02-29T13:05:09.12")"},
      {R"(JsonConvert.SerializeObject("a/b\t\u0001"))", R"(String "a/b\t\u0001")"},
      {"JsonConvert.SerializeObject(null)", "String null"},
      {"JsonConvert.SerializeObject(double.NaN)", R"(String "NaN")"},
      {"JsonConvert.SerializeObject(1e20) + JsonConvert.SerializeObject(1.0) + JsonConvert.SerializeObject(0.1f)", "String 1E+201.00.1"},
      {R"(JsonConvert.DeserializeObject<JObject>("{\"a\":1}")["a"])", "JValue 1"},
      {R"(JsonConvert.DeserializeObject(""))", "null"},
      {R"(((string)jo["s"])=="x")", "Boolean True"},
      {R"(jo["s"].Equals("x"))", "Boolean False"},
      {R"(JToken.DeepEquals(jo, JObject.Parse(jo.ToString())))", "Boolean True"},
      {R"(var big = JObject.Parse("{\"a\":12345678901234567890}"); return big["a"].Type + " " + big.ToString(Formatting.None);)",
       R"(String Integer {"a":12345678901234567890})"},
      {R"(JObject.Parse("{\"a\":1.10,\"b\":1e3}").ToString(Formatting.None))", R"(String {"a":1.1,"b":1000.0})"},
      {R"(JObject.Parse("{\"a\":1}").ToString())", "String {\n  \"a\": 1\n}"},
  });
  CHECK(evaluate(R"(@(JObject.Parse("{}")["s"] == "x"))").find("1:") == 0);  // does not compile
}

TEST_CASE("JSON: what Newtonsoft's reader takes") {
  check_reading({
      {"{'a':\"\"x\"\"}", R"(String {"a":"x"})"},
      {"{a$_1 : 1}", R"(String {"a$_1":1})"},
      {"/* a */ [1, // b\n 2 /* c */]", "String [1,2]"},
      {"[1,2,]", "String [1,2]"},
      {"[1,,2]", "String [1,undefined,2]"},
      {"{a:,b:1}", R"(String {"a":undefined,"b":1})"},
      {"[NaN, Infinity, -Infinity]", R"(String ["NaN","Infinity","-Infinity"])"},
      {"[undefined, null, true, false]", "String [undefined,null,true,false]"},
      {"[0x1F, 017, 0]", "String [31,15,0]"},
      {"[-0, -5, 007]", "String [0,-5,7]"},
      {"[.5, 1., -.25, 1E2, 1e-7, 1e400]", R"(String [0.5,1.0,-0.25,100.0,1E-07,"Infinity"])"},
      {"[9223372036854775807, 9223372036854775808, -9223372036854775809]",
       "String [9223372036854775807,9223372036854775808,-9223372036854775809]"},
      {"[0.1, 123456789012345678901.5, 1e16]", "String [0.1,1.2345678901234568E+20,1E+16]"},
      {"'it\\'s'", R"(String "it's")"},
      {"'\\u0041\\u00e9\\n\\/'", R"(String "Aé\n/")"},
      {"'\\ud83d\\ude00\\ud83d'", "String \"😀\xEF\xBF\xBD\""},
      {"'é日本'", "String \"é日本\""},
      {"{'é':['日本',1]}", "String {\"é\":[\"日本\",1]}"},
      {"'two\nlines'", R"(String "two\nlines")"},
      {"new Date(1, 'x')", R"(String new Date(1,"x"))"},
      {"{a:1,b:2,a:3}", R"(String {"a":3,"b":2})"},
      {"''", R"(String "")"},
  });
}

TEST_CASE("JSON: texts that look like ISO dates are dates") {
  check_json({
      {R"(JToken.Parse("'2024-02-29T13:05:09+02:00'").ToString(Formatting.None))", R"(String "2024-02-29T11:05:09+00:00")"},
      {R"(JToken.Parse("'2024-02-29T13:05:09.1200'").ToString(Formatting.None))", R"(String "2024-02-29T13:05:09.12")"},
      {R"(JToken.Parse("'2024-02-29T13:05:09.12345678Z'").Type)", "JTokenType String"},
      {R"(JToken.Parse("'2024-02-29 13:05:09'").Type)", "JTokenType String"},
      {R"(JToken.Parse("'2024-02-30T13:05:09'").Type)", "JTokenType String"},
      {R"(JToken.Parse("'2024-02-29'").Type)", "JTokenType String"},
      {R"(JToken.Parse("'/Date(1709211909000)/'").ToString(Formatting.None))", R"(String "2024-02-29T13:05:09Z")"},
      {R"(((DateTime)jo["d"]).Kind)", "DateTimeKind Utc"},
      {R"(((DateTimeOffset)jo["d"]).ToString("o"))", "String 2024-02-29T13:05:09.0000000+00:00"},
      {R"(jo.Value<DateTime>("d").ToString("o"))", "String 2024-02-29T13:05:09.0000000Z"},
      {R"(JsonConvert.DeserializeObject<Dictionary<string, string>>("{\"d\":\"2024-02-29T13:05:09Z\"}")["d"])",
       "String 2024-02-29T13:05:09Z"},
  });
}

static std::string parsed(std::string_view type, std::string_view json) {
  const std::string result = evaluate("@(" + std::string(type) + ".Parse(@\"" + std::string(json) + "\").ToString())");
  const std::string exception = "!JsonReaderException: ";
  return result.starts_with(exception) ? result.substr(exception.size()) : "no error: " + result;
}

TEST_CASE("JSON: what is broken says where") {
  struct Broken {
    const char* json;
    const char* problem;
  };
  for (const Broken& row : {
           Broken{"", "Error reading JToken from JsonReader. Path '', line 0, position 0."},
           Broken{"  ", "Error reading JToken from JsonReader. Path '', line 1, position 2."},
           Broken{"\x1b", "Unexpected character encountered while parsing value: \x1b. Path '', line 0, position 0."},
           Broken{"{", "Error reading JObject from JsonReader. Path '', line 1, position 1."},
           Broken{"{a:1", "Unexpected end of content while loading JObject. Path 'a', line 1, position 4."},
           Broken{"[1,{b:", "Unexpected end of content while loading JArray. Path '[1].b', line 1, position 6."},
           Broken{"{a:}", "Unexpected character encountered while parsing value: }. Path 'a', line 1, position 3."},
           Broken{"{a 1}", "Invalid character after parsing property name. Expected ':' but got: 1. Path '', line 1, position 3."},
           Broken{"{,}", "Invalid property identifier character: ,. Path '', line 1, position 1."},
           Broken{"{a-b:1}", "Invalid JavaScript property identifier character: -. Path '', line 1, position 2."},
           Broken{"[1 2]", "After parsing a value an unexpected character was encountered: 2. Path '[0]', line 1, position 3."},
           Broken{"{a:1]", "JsonToken EndArray is not valid for closing JsonType Object. Path '', line 1, position 5."},
           Broken{"[1,\nx]", "Unexpected character encountered while parsing value: x. Path '[0]', line 2, position 0."},
           Broken{"'abc", "Unterminated string. Expected delimiter: '. Path '', line 1, position 4."},
           Broken{"['\\x']", "Bad JSON escape sequence: \\x. Path '', line 1, position 4."},
           Broken{"['\\u12G4']", "Invalid Unicode escape sequence: \\u12G4. Path '', line 1, position 4."},
           Broken{"trux", "Error parsing boolean value. Path '', line 1, position 3."},
           Broken{"nulls", "Error parsing null value. Path '', line 1, position 4."},
           Broken{"[1.2.3]", "Input string '1.2.3' is not a valid number. Path '', line 1, position 6."},
           Broken{"[09]", "Input string '09' is not a valid number. Path '', line 1, position 3."},
           Broken{"[12q]", "Unexpected character encountered while parsing number: q. Path '', line 1, position 3."},
           Broken{"/xx", "Error parsing comment. Expected: *, got x. Path '', line 1, position 1."},
           Broken{"5 //", "Unexpected end while parsing comment. Path '', line 1, position 3."},
           Broken{"/* a", "Unexpected end while parsing comment. Path '', line 1, position 4."},
           Broken{"{'a b':{'c.d':[0,!]}}",
                  "Unexpected character encountered while parsing value: !. Path '['a b']['c.d'][0]', line 1, position 17."},
       }) {
    CAPTURE(row.json);
    CHECK(parsed("JToken", row.json) == row.problem);
  }
  CHECK(parsed("JArray", "5") ==
        "Error reading JArray from JsonReader. Current JsonReader item is not an array: Integer. Path '', line 1, position 1.");
  const std::string deep(64, '['), closed(64, ']');
  CHECK(parsed("JToken", deep + closed).starts_with("no error"));
  CHECK(parsed("JToken", deep + "[").starts_with("The reader's MaxDepth of 64 has been exceeded. Path '[0][0]"));
}

TEST_CASE("JSON: tokens convert to and from the types of .NET") {
  check_json({
      {R"((int)JToken.Parse("'5'"))", "Int32 5"},
      {R"((long)jo["i"])", "Int64 5"},
      {R"((double)jo["i"])", "Double 5"},
      {R"((decimal)jo["f"])", "Decimal 1"},
      {R"((bool)jo["i"])", "Boolean True"},
      {R"((bool?)jo["missing"])", "null"},
      {R"((bool)jo["missing"])", "!ArgumentNullException: Value cannot be null. Parameter: value"},
      {R"((byte)JToken.Parse("256"))", "!OverflowException: Value was either too large or too small for a Byte."},
      {R"((long)JToken.Parse("9223372036854775808"))", "!OverflowException: Value was either too large or too small for an Int64."},
      {R"((ulong)JToken.Parse("9223372036854775808"))", "UInt64 9223372036854775808"},
      {R"((int)JToken.Parse("2.5"))", "Int32 2"},
      {R"((Guid)JToken.Parse("'00112233-4455-6677-8899-aabbccddeeff'"))", "Guid 00112233-4455-6677-8899-aabbccddeeff"},
      {R"((TimeSpan)JToken.Parse("'00:01:30'"))", "TimeSpan 00:01:30"},
      {R"((byte[])JToken.Parse("'AQI='"))", "Byte[] 1,2"},
      {R"((char)JToken.Parse("'x'"))", "Char x"},
      {R"((int)jo.Property("i"))", "Int32 5"},
      {R"((DateTime)jo["i"])", "!ArgumentException: Can not convert Integer to DateTime."},
      {R"((int)jo["o"])", "!ArgumentException: Can not convert Object to Int32."},
      {R"(JToken t = 5; return t.Type + t.ToString();)", "String Integer5"},
      {R"(JToken t = "x"; return t.Type;)", "JTokenType String"},
      {R"(JToken t = (string)null; return t.Type;)", "JTokenType String"},
      {R"(JToken t = (int?)null; return t.Type;)", "JTokenType Null"},
      {R"(JToken t = 1.5m; return t.ToString(Formatting.None);)", "String 1.5"},
      {R"(JToken t = true; return t.ToString(Formatting.None);)", "String true"},
      {R"(JToken t = Guid.Empty; return t.Type;)", "JTokenType Guid"},
      {R"(JToken t = new Uri("https://Ex.com/a b"); return t.Type + t.ToString(Formatting.None);)", R"(String Uri"https://Ex.com/a b")"},
      {R"(new JValue(new Uri("http://ex.com")).ToString())", "String http://ex.com/"},
      {R"(((Uri)JToken.Parse("'http://ex.com/p'")).AbsolutePath)", "String /p"},
      {R"(JToken t = TimeSpan.FromSeconds(1); return t.ToString(Formatting.None);)", R"(String "00:00:01")"},
      {R"(Convert.ToInt32(jo["i"]) + 1)", "Int32 6"},
      {R"(Convert.ToBoolean(jo["b"]))", "Boolean True"},
      {R"(Convert.ToString(jo["i"]))", "String 5"},
      {R"(Convert.ToInt32(jo["n"]))", "!ArgumentException: Can not convert Null to Int32."},
      {R"(jo["i"].Value<string>())", "String 5"},
      {R"(jo["n"].Value<int>())", "!InvalidCastException: Null object cannot be converted to a value type."},
      {R"(jo["n"].Value<int?>())", "null"},
      {R"(jo["missing"]?.Value<string>() ?? "none")", "String none"},
      {R"(jo["missing"].Value<string>())", "!ArgumentNullException: Value cannot be null. Parameter: value"},
      {R"(jo["a"].Value<string>())", "!InvalidCastException: Cannot cast Newtonsoft.Json.Linq.JArray to Newtonsoft.Json.Linq.JToken."},
      {R"(jo.Value<JArray>("a").Count)", "Int32 2"},
      {R"(string.Join(",", jo["a"].Values<int>()))", "String 1,2"},
      {R"(jo["a"].ToObject<int[]>())", "Int32[] 1,2"},
      {R"(jo["a"].ToObject<List<string>>()[1])", "String 2"},
      {R"(jo["o"].ToObject<Dictionary<string, string>>()["p"])", "String q"},
      {R"(jo["i"].ToObject<int>())", "Int32 5"},
      {R"(jo["a"].ToObject<JArray>() == jo["a"])", "Boolean False"},
      {R"(jo["o"].ToObject<JArray>())",
       "!JsonSerializationException: Deserialized JSON type 'Newtonsoft.Json.Linq.JObject' is not compatible with expected type "
       "'Newtonsoft.Json.Linq.JArray'. Path 'o'."},
      {R"(jo["i"].ToObject(typeof(string)))", "String 5"},
      {R"(jo["n"].ToObject<int?>())", "null"},
      {R"(((JValue)jo["i"]).Value)", "Int64 5"},
      {R"(string.Format("{0:000}", jo["i"]))", "String 005"},
      {R"($"{jo["s"]}-{jo["a"][0]}")", "String x-1"},
      {R"("v" + jo["f"])", "String v1"},
  });
}

TEST_CASE("JSON: objects and arrays change as in .NET") {
  check_json({
      {R"(jo["i"] = 6; jo["new"] = null; return jo["i"].ToString() + jo["new"].Type + jo.Count;)", "String 6Null10"},
      {R"(jo.Remove("a"); return jo.ContainsKey("a");)", "Boolean False"},
      {R"(jo.Property("a").Remove(); return jo["a"];)", "null"},
      {R"(jo["a"].Remove(); return 1;)", "!JsonException: Cannot add or remove items from Newtonsoft.Json.Linq.JProperty."},
      {R"(jo["a"].Parent.Remove(); return jo.Property("a");)", "null"},
      {R"(new JObject().Remove(); return 1;)", "!InvalidOperationException: The parent is missing."},
      {R"(jo["a"][0].Remove(); return jo["a"].ToString(Formatting.None);)", "String [2]"},
      {R"(jo["a"][0].Replace("z"); return jo["a"].ToString(Formatting.None);)", R"(String ["z",2])"},
      {R"(jo["a"][0] = jo["o"]; jo["o"]["p"] = 1; return jo["a"].ToString(Formatting.None);)", R"(String [{"p":"q"},2])"},
      {R"(var x = new JObject(); x["self"] = x; return x.ToString(Formatting.None);)", R"(String {"self":{}})"},
      {R"(var a = new JArray(1, 2, 3); a.RemoveAt(1); a.Insert(0, "f"); a.Add(null); return a.ToString(Formatting.None);)",
       R"(String ["f",1,3,null])"},
      {R"(var a = new JArray { 1, "b" }; return a.Contains(a[1]) + " " + a.Contains(1) + a.IndexOf(a[1]);)", "String True False1"},
      {R"(var a = new JArray(1, 2); a.Clear(); return a.HasValues;)", "Boolean False"},
      {R"(var o = new JObject { ["a"] = 1 }; o.Add(new JProperty("b", new[] {1, 2})); return o.ToString(Formatting.None);)",
       R"(String {"a":1,"b":[1,2]})"},
      {R"(var o = new JObject { { "a", 1 }, { "b", "x" } }; return o.ToString(Formatting.None);)", R"(String {"a":1,"b":"x"})"},
      {R"(new JObject(1))", "!ArgumentException: Can not add Newtonsoft.Json.Linq.JValue to Newtonsoft.Json.Linq.JObject."},
      {R"(new JArray(new JProperty("a", 1)))",
       "!ArgumentException: Can not add Newtonsoft.Json.Linq.JProperty to Newtonsoft.Json.Linq.JArray."},
      {R"(new JProperty("a", new { b = 1 }))", "!ArgumentException: Could not determine JSON object type for type <>f__AnonymousType0."},
      {R"(new JProperty("a", 1).ToString())", R"(String "a": 1)"},
      {R"(var p = jo.Property("s"); p.Value = 7; return p.Name + p.Value + jo["s"];)", "String s77"},
      {R"(var copy = (JObject)jo.DeepClone(); copy["o"]["p"] = "z"; return (string)jo["o"]["p"] + copy["o"]["p"];)", "String qz"},
      {R"(JToken.DeepEquals(JObject.Parse("{a:1,b:[1]}"), JObject.Parse("{b:[1],a:1}")))", "Boolean True"},
      {R"(JToken.DeepEquals(JArray.Parse("[1,2]"), JArray.Parse("[1,3]")))", "Boolean False"},
      {R"(JToken.DeepEquals(JArray.Parse("[1]"), JArray.Parse("[1.0]")))", "Boolean False"},
      {R"(var m = JObject.Parse("{a:1,l:[1],o:{x:1}}"); m.Merge(JObject.Parse("{a:null,l:[2],o:{y:2},n:3}")); return m.ToString(Formatting.None);)",
       R"(String {"a":1,"l":[1,2],"o":{"x":1,"y":2},"n":3})"},
      {R"(var m = JObject.Parse("{a:1,l:[1,2]}"); m.Merge(JObject.Parse("{a:null,l:[2,3]}"), new JsonMergeSettings { MergeArrayHandling = MergeArrayHandling.Union, MergeNullValueHandling = MergeNullValueHandling.Merge }); return m.ToString(Formatting.None);)",
       R"(String {"a":null,"l":[1,2,3]})"},
      {R"(JToken found; return jo.TryGetValue("s", out found) + " " + found + jo.TryGetValue("q", out found) + found;)",
       "String True xFalse"},
      {R"(jo.TryGetValue("I", StringComparison.OrdinalIgnoreCase, out JToken found) ? found.ToString() : "")", "String 5"},
      {R"(jo["a"].First + "" + jo["a"].Last + jo["a"][0].Next + jo["a"][1].Previous + jo["a"][1].Next)", "String 1221"},
      {R"(jo["o"]["p"].Path + " " + jo["a"][1].Path + " " + jo.Path)", "String o.p a[1] "},
      {R"(jo["o"]["p"].Root == jo)", "Boolean True"},
      {R"(jo["o"].Parent.Type)", "JTokenType Property"},
      {R"(jo["a"].First.AddAfterSelf(9); jo["a"].First.AddBeforeSelf(8); return jo["a"].ToString(Formatting.None);)", "String [8,1,9,2]"},
      {R"(var big = new JObject(); for (int i = 0; i < 100; i++) big["k" + i] = i; big.Remove("k5"); return big["k99"] + "," + big["k5"] + big.Count;)",
       "String 99,99"},
  });
}

TEST_CASE("JSON: trees are sequences") {
  check_json({
      {R"(var names = ""; foreach (var pair in jo) names += pair.Key + pair.Value.Type + " "; return names;)",
       "String sString iInteger fFloat bBoolean nNull dDate aArray oObject eString "},
      {R"(var names = ""; foreach (KeyValuePair<string, JToken> pair in jo) names += pair.Key; return names;)", "String sifbndaoe"},
      {R"(var names = ""; foreach (JProperty p in jo.Properties()) names += p.Name; return names;)", "String sifbndaoe"},
      {R"(var sum = 0; foreach (var n in (JArray)jo["a"]) sum += (int)n; return sum;)", "Int32 3"},
      {R"(var sum = 0; foreach (int n in jo["a"]) sum += n; return sum;)", "Int32 3"},
      {R"(var names = ""; foreach (JProperty p in jo.Children()) names += p.Name; return names;)", "String sifbndaoe"},
      {R"(foreach (var pair in jo) jo["z" + pair.Key] = 1; return 1;)",
       "!InvalidOperationException: Collection was modified; enumeration operation may not execute."},
      {R"(foreach (var p in jo.Properties().ToList()) if (p.Name != "i") p.Remove(); return jo.ToString(Formatting.None);)",
       R"(String {"i":5})"},
      {R"(jo["a"].Select(n => (int)n * 2).Sum())", "Int32 6"},
      {R"(((JArray)jo["a"]).Count() + jo["a"].Count())", "Int32 4"},
      {R"(jo["a"].Any(n => (int)n == 2))", "Boolean True"},
      {R"(jo["a"].Children().Last())", "JValue 2"},
      {R"(jo["a"].OrderByDescending(n => n).First())", "JValue 2"},
      {R"(jo["a"].FirstOrDefault(n => (int)n > 5))", "null"},
      {R"(jo.Descendants().OfType<JValue>().Count())", "Int32 10"},
      {R"(jo.Children<JProperty>().Where(p => p.Value.Type == JTokenType.Array).Single().Name)", "String a"},
      {R"(JArray.Parse("[{a:1},{a:2},{b:3}]").Values<int>("a").Sum())", "Int32 3"},
      {R"(JArray.Parse("[{a:1},{a:2}]").Children<JObject>().Properties().Select(p => p.Name).Distinct().Count())", "Int32 1"},
      {R"(jo["a"].Contains(jo["a"][0]))", "Boolean True"},
      {R"(IDictionary<string, JToken> d = jo; return d.ContainsKey("s") + " " + d["i"] + d.Keys.Count;)", "String True 59"},
      {R"(new JArray(jo["a"].Where(n => (int)n > 1)).ToString(Formatting.None))", "String [2]"},
      {R"(new JObject(new[] {"x", "y"}.Select(k => new JProperty(k, k + "1"))).ToString(Formatting.None))",
       R"(String {"x":"x1","y":"y1"})"},
      {R"(JObject none = null; foreach (var pair in none) return 1; return 2;)",
       "!NullReferenceException: Object reference not set to an instance of an object."},
  });
}

TEST_CASE("JSON: paths") {
  const std::string store =
      R"cs(var s = JObject.Parse("{store:{book:[{t:'A',p:8.95,c:'x'},{t:'B',p:12,c:'y'},{t:'C',p:8.99,c:'x',isbn:'1'}],'a b':1,n:null}}"); )cs";
  for (const Row& row : {
           Row{"$", "*"},
           Row{"", "*"},
           Row{"store.book[0].t", "A"},
           Row{"$.store.book[*].t", "A,B,C"},
           Row{"$['store']['a b']", "1"},
           Row{"store['a b','n']", "1,"},
           Row{"$..t", "A,B,C"},
           Row{"$..['t','isbn']", "A,B,C,1"},
           Row{"store.book[0,2].t", "A,C"},
           Row{"store.book[1:].t", "B,C"},
           Row{"store.book[:1].t", "A"},
           Row{"store.book[-1:].t", "C"},
           Row{"store.book[::-1].t", "C,B,A"},
           Row{"store.book[0:3:2].t", "A,C"},
           Row{"store.book[?(@.p < 10)].t", "A,C"},
           Row{"store.book[?(@.p >= 12)].t", "B"},
           Row{"store.book[?(@.p == 12.0)].t", "B"},
           Row{"store.book[?(@.p === 12)].t", "B"},
           Row{"store.book[?(@.c == 'x' && @.p > 8.96)].t", "C"},
           Row{"store.book[?(@.c == 'y' || @.isbn)].t", "B,C"},
           Row{"store.book[?(@.p>8&&@.p<9)].t", "A,C"},
           Row{"store.book[?(@.isbn)].t", "C"},
           Row{"store.book[?(@.c != 'x')].t", "B"},
           Row{"store.book[?(@.t == $.store.book[1].t)].p", "12"},
           Row{"$..[?(@.isbn == '1')].t", "C"},
           Row{"store.book[?(@.t =~ /^[ab]$/i)].t", "A,B"},
           Row{"store.book[?(@.t =~ /(/)].t", "!JsonException: parsing \"(\" - Not enough )'s."},
           Row{"store.book[3]", ""},
           Row{"store.*", "*"},
           Row{"x.y", ""},
           Row{"store.book[", "!JsonException: Path ended with open indexer."},
           Row{"store.book[x]", "!JsonException: Unexpected character while parsing path indexer: x"},
           Row{"store.book[]", "!JsonException: Array index expected."},
           Row{"store.book[0]t", "!JsonException: Unexpected character following indexer: t"},
           Row{"store.", "!JsonException: Unexpected end while parsing path."},
           Row{"store.book[?(@.p)", "!JsonException: Path ended with open indexer."},
           Row{"store.book[?(p == 1)]", "!JsonException: Unexpected character while parsing path query: p"},
           Row{"store book", "!JsonException: Unexpected character while parsing path:  "},
           Row{"store.book[::0]", "!JsonException: Step cannot be zero."},
       }) {
    CAPTURE(row.expression);
    const std::string all = evaluate("@{" + store + "return string.Join(\",\", s.SelectTokens(\"" + row.expression + "\"));}");
    const std::string late =
        evaluate("@{" + store + "var path = \"" + row.expression + "\"; return string.Join(\",\", s.SelectTokens(path));}");
    CHECK(all == late);
    if (row.result != "*") CHECK(all == (row.result.starts_with("!") ? row.result : "String " + row.result));
  }
  check_json({
      {R"(jo.SelectToken("a[*]"))", "!JsonException: Path returned multiple tokens."},
      {R"(jo.SelectToken("zz", true))", "!JsonException: Property 'zz' does not exist on JObject."},
      {R"(jo.SelectToken("s.zz", true))", "!JsonException: Property 'zz' not valid on JValue."},
      {R"(jo.SelectToken("a[9]", true))", "!JsonException: Index 9 outside the bounds of JArray."},
      {R"((int)jo.SelectToken("a[1]") + 1)", "Int32 3"},
      {R"(jo.SelectTokens("a[*]").Count())", "Int32 2"},
      {R"(jo["o"].SelectToken("$.p"))", "JValue q"},
  });
}

TEST_CASE("JSON: JsonConvert and FromObject") {
  check_json({
      {R"(JsonConvert.SerializeObject(new { a = new { b = new[] { "x" } } }, Formatting.Indented))",
       "String {\n  \"a\": {\n    \"b\": [\n      \"x\"\n    ]\n  }\n}"},
      {R"(JsonConvert.SerializeObject(jo["o"]))", R"(String {"p":"q"})"},
      {R"(JsonConvert.SerializeObject(new { t = jo["o"], n = jo["missing"] }))", R"(String {"t":{"p":"q"},"n":null})"},
      {R"(JsonConvert.SerializeObject(new List<object> { 1, "a", null, 1.5m, 'c', StringComparison.Ordinal }))",
       R"(String [1,"a",null,1.5,"c",4])"},
      {R"(JsonConvert.SerializeObject(new Dictionary<string, object> { { "a", new int[0] } }))", R"(String {"a":[]})"},
      {R"(JsonConvert.SerializeObject(new DateTimeOffset(2024, 2, 29, 13, 5, 9, 123, TimeSpan.FromHours(2))))",
       R"(String "2024-02-29T13:05:09.123+02:00")"},
      {R"(JsonConvert.SerializeObject(context.Request.Url.Query))", R"(String {"q":["1","2"],"r":["x y"]})"},
      {R"(JsonConvert.SerializeObject(jo.Property("i")))", R"(String "i":5)"},
      {R"(JsonConvert.SerializeObject(jo.Properties()))",
       "!JsonException: Token PropertyName in state Array would result in an invalid JSON object. Path ''."},
      {R"(JsonConvert.SerializeObject(5m))", "String 5.0"},
      {R"(JObject.FromObject(new { a = 1, b = "x" }).ToString(Formatting.None))", R"(String {"a":1,"b":"x"})"},
      {R"(JObject.FromObject(new[] {1}))", "!ArgumentException: Object serialized to Array. JObject instance expected."},
      {R"(JArray.FromObject(new[] {"a"})[0])", "JValue a"},
      {R"(JToken.FromObject(5).Type)", "JTokenType Integer"},
      {R"(JToken.FromObject(null))", "!ArgumentNullException: Value cannot be null. Parameter: o"},
      {R"(JsonConvert.DeserializeObject<List<int>>("[1,2]").Sum())", "Int32 3"},
      {R"(JsonConvert.DeserializeObject<IDictionary<string, string>>("{\"a\":\"b\",\"c\":1}")["c"])", "String 1"},
      {R"(JsonConvert.DeserializeObject<string[]>("{}"))",
       "!JsonSerializationException: Cannot deserialize the current JSON Object into type 'System.String[]' because the type requires a "
       "JSON "
       "array (e.g. [1,2,3]) to deserialize correctly. Path ''."},
      {R"(JsonConvert.DeserializeObject<int>("5"))", "Int32 5"},
      {R"(JsonConvert.DeserializeObject<JToken>("[undefined]")[0].Type)", "JTokenType Null"},
      {R"(JsonConvert.DeserializeObject<byte[]>("[1,2]"))", "Byte[] 1,2"},
      {R"(JsonConvert.DeserializeObject<byte[]>("\"AQI=\""))", "Byte[] 1,2"},
      {R"(JsonConvert.DeserializeObject<byte[]>("\"03020100-0504-0706-0809-0a0b0c0d0e0f\""))",
       "Byte[] 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15"},
      {R"(JToken.Parse("5").ToObject<byte[]>())", "!JsonReaderException: Error reading bytes. Unexpected token: Integer. Path ''."},
      {R"((byte[])JToken.Parse("null"))", "!ArgumentException: Can not convert Null to byte array."},
      {R"(JsonConvert.DeserializeObject("{"))",
       "!JsonSerializationException: Unexpected end when reading JSON. Path '', line 1, position 1."},
      {R"(JsonConvert.DeserializeObject<List<int>>("[1"))",
       "!JsonSerializationException: Unexpected end when deserializing array. Path '[0]', line 1, position 2."},
      {R"(JsonConvert.DeserializeObject<Dictionary<string, List<int>>>("{\"a\":[1,2]}")["a"][1])", "Int32 2"},
      {R"(((JObject)JsonConvert.DeserializeObject("{\"a\":1}"))["a"])", "JValue 1"},
      {R"(JsonConvert.DeserializeObject("5"))", "Int64 5"},
      {R"(JsonConvert.DeserializeObject("{a"))",
       "!JsonReaderException: Unexpected end while parsing unquoted property name. Path '', line 1, position 2."},
      {R"(JsonConvert.DeserializeObject(null))", "!ArgumentNullException: Value cannot be null. Parameter: value"},
      {R"(JsonConvert.DeserializeObject<StringComparison>("\"Ordinal\""))", "StringComparison Ordinal"},
  });
}

static std::string body_as(std::string_view type, std::string_view body) {
  Arena arena;
  TestContext context(arena);
  context.message.body = Body::from(Buffer::copy(body));
  return evaluate("@(context.Request.Body.As<" + std::string(type) + ">(true).ToString(Formatting.None))", context);
}

TEST_CASE("JSON: bodies") {
  CHECK(body_as("JObject", "{\"a\":\"é\"}") == "String {\"a\":\"é\"}");
  CHECK(body_as("JArray", "[1]") == "String [1]");
  CHECK(body_as("JToken",
                "\xEF\xBB\xBF"
                "5") == "String 5");
  CHECK(body_as("JObject", "\x1b") ==
        "!JsonReaderException: The message body is not a valid JSON. Unexpected character encountered while parsing value: \x1b. Path '', "
        "line 0, position 0.");
  CHECK(body_as("JObject", "[]") ==
        "!JsonReaderException: The message body is not a valid JSON. Error reading JObject from JsonReader. Current JsonReader item is not "
        "an "
        "object: StartArray. Path '', line 1, position 1.");
}

TEST_CASE("JSON: trees of any depth and size stay within the limits") {
  check_json({
      {R"(var t = new JArray(); for (int i = 0; i < 20000; i++) { var outer = new JArray(); outer.Add(t); t = outer; } return t.ToString(Formatting.None).Length;)",
       "Int32 40002"},
      {R"(var t = new JArray(); for (int i = 0; i < 5000; i++) { var outer = new JArray(); outer.Add(t); t = outer; } return JToken.DeepEquals(t, t.DeepClone());)",
       "Boolean True"},
      {R"(object o = 1; for (int i = 0; i < 100; i++) o = new[] { o }; return JsonConvert.SerializeObject(o);)",
       "!JsonSerializationException: Self referencing loop detected."},
      {R"(var a = new JArray(1); while (true) a.Add(a); return 1;)", "!ExecutionLimitException: Expression exceeded its execution limit."},
  });
}

TEST_CASE("JSON's dates stay texts where the budget says so") {
  for (const Row& row : {
           Row{R"(@((string)JObject.Parse("{\"d\":\"2024-02-29T13:05:09Z\"}")["d"]))", "String 2024-02-29T13:05:09Z"},
           Row{R"(@(JArray.Parse("[\"2024-02-29T13:05:09Z\"]")[0].Type))", "JTokenType String"},
           Row{R"(@(((JObject)JsonConvert.DeserializeObject("{\"d\":\"2024-02-29\"}"))["d"].ToString()))", "String 2024-02-29"},
           Row{R"(@(JObject.Parse("{\"d\":\"2024-02-29T13:05:09Z\"}").Value<DateTime>("d").Year))", "Int32 2024"},
       }) {
    CAPTURE(row.expression);
    Arena arena;
    TestContext context(arena);
    const auto compiled = compile_expression(row.expression, ExpressionType::any, {1, 1});
    REQUIRE(compiled);
    cs::Evaluation run(arena, context, {.reads_json_dates = false});
    const cs::Value value = (*compiled)->run(run);
    CHECK(shown(run, value) == row.result);
  }
}
