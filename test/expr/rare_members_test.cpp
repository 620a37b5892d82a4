#include <doctest/doctest.h>

#include "evaluate.hpp"

using namespace gatelet;

TEST_CASE("texts have the overloads of newer .NET, and those with positions") {
  check({
      {"@(\"a::b::c\".Split(\"::\").Length + \"a,b\".Split(',', StringSplitOptions.None).Length + \"a,,b\".Split(',', "
       "StringSplitOptions.RemoveEmptyEntries).Length)",
       "Int32 7"},
      {"@(\"a::b::c\".Split(\"::\", 2)[1] + \"a b c\".Split(' ', 2)[1] + \"a||b\".Split(\"||\", StringSplitOptions.RemoveEmptyEntries)[1])",
       "String b::cb cb"},
      {"@(\"a b\".Split(\"\").Length + \"a b\".Split(null).Length + \"a b\".Split().Length)", "Int32 5"},
      {"@(string.Join(',', \"a\", \"b\") + string.Join('-', new[]{1,2}) + string.Join(';', new List<string>{\"x\",\"y\"}) + "
       "string.Join('|', new object[]{1,\"z\"}))",
       "String a,b1-2x;y1|z"},
      {"@(\"Hello\".Contains(\"ELL\", StringComparison.OrdinalIgnoreCase) && !\"Hello\".Contains(\"ELL\", StringComparison.Ordinal) && "
       "\"Hello\".Contains('e'))",
       "Boolean True"},
      {"@(\"Hello\".StartsWith('H') && \"Hello\".EndsWith('o') && !\"\".StartsWith('x'))", "Boolean True"},
      {"@(\"aXbx\".Replace(\"x\", \"_\", StringComparison.OrdinalIgnoreCase) + \"aXbx\".Replace(\"x\", null, StringComparison.Ordinal))",
       "String a_b_aXb"},
      {"@(\"hello\".IndexOf('L', StringComparison.OrdinalIgnoreCase) + \"hello\".IndexOf(\"L\", 3, StringComparison.OrdinalIgnoreCase) + "
       "\"hello\".IndexOf(\"L\", 0, 3, StringComparison.OrdinalIgnoreCase))",
       "Int32 7"},
      {"@(\"hello\".LastIndexOf('l', 4, 2) + \",\" + \"hello\".LastIndexOf('l', 2) + \",\" + \"hello\".LastIndexOfAny(new[]{'h','e'}, 4, "
       "4) + \",\" + \"hello\".LastIndexOfAny(new[]{'h'}, 2) + \",\" + \"hello\".IndexOfAny(new[]{'o'}, 0, 3))",
       "String 3,2,1,0,-1"},
      {"@(\"abcabc\".LastIndexOf(\"abc\", 5, 3) + \",\" + \"abcabc\".LastIndexOf(\"abc\", 4, 3) + \",\" + \"abcABC\".LastIndexOf(\"abc\", "
       "5, StringComparison.OrdinalIgnoreCase) + \",\" + \"abcABC\".LastIndexOf(\"ABC\", 5, 4, StringComparison.Ordinal))",
       "String 3,-1,3,3"},
      {"@(string.Compare(\"xabc\", 1, \"yabd\", 1, 2) + string.Compare(\"ABC\", 0, \"abc\", 0, 3, true) + string.Compare(\"ABC\", 0, "
       "\"abc\", 0, 3, StringComparison.OrdinalIgnoreCase) + string.CompareOrdinal(\"xa\", 1, \"xc\", 1, 1))",
       "Int32 -2"},
      {"@(\"a\".CompareTo((object)\"b\") + \"a\".CompareTo((object)null))", "Int32 0"},
      {"@(\"a\".CompareTo((object)5))", "!ArgumentException: Object must be of type String."},
  });
}

TEST_CASE("arrays are searched, turned and filled in parts") {
  check({
      {"@{ var a = new[]{1,2,3,2,1}; return Array.IndexOf(a, 2, 2) + \",\" + Array.IndexOf(a, 2, 2, 1) + \",\" + Array.LastIndexOf(a, 2, "
       "2) + \",\" + Array.LastIndexOf(a, 1, 4, 2) + \",\" + Array.FindLastIndex(a, x => x == 2) + \",\" + Array.FindIndex(a, 2, x => x == "
       "2) + \",\" + Array.FindIndex(a, 0, 1, x => x == 2) + \",\" + Array.FindLastIndex(a, 2, x => x == 2) + \",\" + "
       "Array.FindLastIndex(a, 2, 1, x => x == 2); }",
       "String 3,-1,1,4,3,3,-1,1,-1"},
      {"@{ var a = new[]{1,2,3,4}; Array.Reverse(a, 1, 2); Array.Reverse<int>(a); Array.Sort((Array)a); Array.Fill(a, 7); return "
       "string.Join(\"\", a) + a.IsReadOnly + a.IsFixedSize; }",
       "String 7777FalseTrue"},
      {"@{ var a = new[]{1,2,3,4}; Array.Reverse(a, 1, 2); return string.Join(\"\", a); }", "String 1324"},
      {"@{ var a = new byte[]{1,2,3}; Array.Reverse(a); return BitConverter.ToString(a); }", "String 03-02-01"},
      {"@{ var a = new[]{\"b\",\"a\"}; Array.Sort(a); return a[0]; }", "String a"},
      {"@(Array.IndexOf(new string[0], \"x\") + Array.LastIndexOf(new string[0], \"x\") + Array.FindLastIndex(new string[0], x => true))",
       "Int32 -3"},
      {"@(Array.IndexOf(new[]{1}, 1, 5))",
       "!ArgumentOutOfRangeException: Index was out of range. Must be non-negative and less than or equal to the size of the collection. "
       "Parameter: startIndex"},
  });
}

TEST_CASE("lists, sets, queues, stacks and dictionaries have their rarer members") {
  check({
      {"@{ var l = new List<int>{1,2,3,4}; l.Reverse(1,2); l.TrimExcess(); return string.Join(\"\", l) + l.FindLastIndex(x => x > 2) + "
       "l.FindLast(x => x < 4); }",
       "String 132432"},
      {"@{ ISet<int> s = new HashSet<int>{1,2}; var a = s.Add(3); s.UnionWith(new[]{4}); s.ExceptWith(new[]{1}); "
       "s.IntersectWith(new[]{2,3,9}); s.SymmetricExceptWith(new[]{3,8}); return a + string.Join(\"\", s.OrderBy(x => x)) + "
       "s.SetEquals(new[]{8,2}) + s.IsProperSubsetOf(new[]{2,8,1}) + s.IsProperSupersetOf(new[]{2,8}) + s.IsProperSupersetOf(new[]{2}) + "
       "s.Overlaps(new[]{2}) + s.IsSubsetOf(new[]{2,8}) + s.IsProperSubsetOf(new[]{2,8}); }",
       "String True28TrueTrueFalseTrueTrueTrueFalse"},
      {"@{ var q = new Queue<int>(4); q.Enqueue(1); int v; var a = q.TryPeek(out v); a &= q.TryDequeue(out v); var b = q.TryDequeue(out "
       "v); var s = new Stack<string>(2); s.Push(\"x\"); string t; a &= s.TryPeek(out t) && s.TryPop(out t); return a.ToString() + b + v + "
       "t + s.Count + s.TryPop(out t) + (t == null); }",
       "String TrueFalse0x0FalseTrue"},
      {"@{ var d = new Dictionary<string,int>(5, StringComparer.OrdinalIgnoreCase); var r = d.TryAdd(\"a\", 1) + \"\" + d.TryAdd(\"A\", "
       "2); int v; return r + d.Remove(\"A\", out v) + v + d.Remove(\"z\", out v) + v + d.Count; }",
       "String TrueFalseTrue1False00"},
      {"@(new Dictionary<string,string>(new[]{\"a\",\"b\"}.Select(x => new KeyValuePair<string,string>(x, x + x)))[\"b\"])", "String bb"},
      {"@(new Dictionary<string,int>(new[]{new KeyValuePair<string,int>(\"a\", 1)}, StringComparer.OrdinalIgnoreCase)[\"A\"])", "Int32 1"},
      {"@(new Dictionary<string, object>(new Dictionary<string, object>{{\"a\",1}}).Count)", "Int32 1"},
  });
}

TEST_CASE("StringBuilder, characters, encodings and writers have their rarer members") {
  check({
      {"@{ var b = new StringBuilder(); b.AppendJoin(\", \", new[]{1,2}).AppendJoin('-', \"x\", \"y\").Insert(0, \"ab\", 2).Insert(0, "
       "new[]{'z'}).Append(new[]{'1','2','3'}, 1, 1).Replace(\"b\", \"c\", 0, 3).Replace('a', 'q', 0, 4); b.Capacity = 100; return b + "
       "\"|\" + b.MaxCapacity; }",
       "String zqcqb1, 2x-y2|2147483647"},
      {"@(char.IsHighSurrogate(\"\\U0001F600\"[0]) && char.IsLowSurrogate(\"\\U0001F600\", 1) && char.IsSurrogatePair(\"\\U0001F600\"[0], "
       "\"\\U0001F600\"[1]))",
       "Boolean True"},
      {"@(BitConverter.ToString(Encoding.Convert(Encoding.UTF8, Encoding.GetEncoding(\"ISO-8859-1\"), Encoding.UTF8.GetBytes(\"é\"))) + "
       "Encoding.UTF8.GetBytes(\"héllo\", 1, 2).Length + Encoding.UTF8.GetByteCount(new[]{'é'}) + Encoding.Latin1.HeaderName + "
       "Encoding.ASCII.IsSingleByte)",
       "String E932iso-8859-1True"},
      {"@{ var w = new StringWriter(); w.Write(new[]{'a','b'}); w.WriteLine(new[]{'c'}); w.Write(w.NewLine); return w.ToString(); }",
       "String abc\n\n"},
  });
}

TEST_CASE("Guid, Math, SelectMany, DateTimeOffset and TimeSpan have their rarer members") {
  check({
      {"@(new Guid(1, 2, 3, new byte[]{4,5,6,7,8,9,10,11}) + \"|\" + new Guid(-1, -2, 3, 4,5,6,7,8,9,10,255))",
       "String 00000001-0002-0003-0405-060708090a0b|ffffffff-fffe-0003-0405-060708090aff"},
      {"@{ Guid g; return Guid.TryParseExact(\"00112233445566778899aabbccddeeff\", \"N\", out g) + \"\" + g + Guid.TryParseExact(\"x\", "
       "\"N\", out g) + Guid.TryParseExact(null, \"N\", out g) + g; }",
       "String True00112233-4455-6677-8899-aabbccddeeffFalseFalse00000000-0000-0000-0000-000000000000"},
      {"@(Math.Clamp(5, 1, 3) + Math.Clamp(5L, 6L, 7L) + Math.Clamp(0.5, 0.0, 1.0) + Math.Cbrt(27))", "Double 12.5"},
      {"@(Math.Clamp(1, 3, 2))", "!ArgumentException: 'min' cannot be greater than 'max'."},
      {"@(string.Join(\"\", new[]{\"ab\",\"c\"}.SelectMany((s, i) => Enumerable.Repeat(s, i + 1))) + string.Join(\"\", "
       "new[]{1,2}.SelectMany((x, i) => new[]{i}, (x, y) => x * 10 + y)))",
       "String abcc1021"},
      {"@(DateTimeOffset.FromFileTime(0).ToString(\"o\") + DateTimeOffset.UnixEpoch.ToFileTime())",
       "String 1601-01-01T00:00:00.0000000+00:00116444736000000000"},
      {"@((TimeSpan.FromHours(1) * 2.5).ToString() + (2 * TimeSpan.FromHours(1)) + (TimeSpan.FromHours(1) / 4) + (TimeSpan.FromHours(1) / "
       "TimeSpan.FromMinutes(30)) + TimeSpan.FromHours(1).Multiply(0.5))",
       "String 02:30:0002:00:0000:15:00200:30:00"},
  });
}

TEST_CASE("time zones tell their rule, and can be made") {
  check({
      {"@{ var r = TimeZoneInfo.FindSystemTimeZoneById(\"Europe/Rome\").GetAdjustmentRules(); TimeZoneInfo.TransitionTime s = "
       "r[0].DaylightTransitionStart; return r.Length + \",\" + r[0].DaylightDelta + \",\" + s.Month + \",\" + s.Week + \",\" + "
       "s.DayOfWeek + \",\" + s.TimeOfDay.ToString(\"HH:mm\") + \",\" + s.IsFixedDateRule + \",\" + r[0].DateEnd.Year; }",
       "String 1,01:00:00,3,5,Sunday,02:00,False,9999"},
      {"@(TimeZoneInfo.Utc.GetAdjustmentRules().Length)", "Int32 0"},
      {"@{ var s = TimeZoneInfo.TransitionTime.CreateFloatingDateRule(new DateTime(1,1,1,2,0,0), 3, 5, DayOfWeek.Sunday); var e = "
       "TimeZoneInfo.TransitionTime.CreateFixedDateRule(new DateTime(1,1,1,3,0,0), 10, 28); TimeZoneInfo.AdjustmentRule rule = "
       "TimeZoneInfo.AdjustmentRule.CreateAdjustmentRule(DateTime.MinValue.Date, DateTime.MaxValue.Date, TimeSpan.FromHours(1), s, e); var "
       "z = TimeZoneInfo.CreateCustomTimeZone(\"Z\", TimeSpan.FromHours(2), \"z\", \"z\", \"zd\", new[]{rule}); return z.GetUtcOffset(new "
       "DateTimeOffset(2024,7,1,0,0,0,TimeSpan.Zero)) + \",\" + (s == e) + s.Equals(s) + e.IsFixedDateRule + e.Day; }",
       "String 03:00:00,FalseTrueTrue28"},
      {"@(TimeZoneInfo.ConvertTimeFromUtc(new DateTime(2024,1,1), TimeZoneInfo.CreateCustomTimeZone(\"X\", new TimeSpan(5,30,0), \"x\", "
       "\"x\")).ToString(\"HH:mm\"))",
       "String 05:30"},
      {"@(TimeZoneInfo.FindSystemTimeZoneById(\"Europe/Rome\").GetAmbiguousTimeOffsets(new DateTime(2024,10,27,2,30,0)).Length + \"\" + "
       "TimeZoneInfo.FindSystemTimeZoneById(\"Europe/Rome\").IsDaylightSavingTime(new DateTimeOffset(2024,7,1,0,0,0,TimeSpan.Zero)) + "
       "TimeZoneInfo.FindSystemTimeZoneById(\"Europe/Rome\").HasSameRules(TimeZoneInfo.FindSystemTimeZoneById(\"Europe/Berlin\")))",
       "String 2TrueTrue"},
  });
}

TEST_CASE("sequences are ordered, grouped, joined and made sets by a comparer") {
  check({
      {"@(string.Join(\",\", new[]{\"b\",\"A\",\"a\"}.OrderBy(x => x.Length).ThenBy(x => x, "
       "StringComparer.OrdinalIgnoreCase).ThenByDescending(x => x, StringComparer.Ordinal)))",
       "String a,A,b"},
      {"@(new[]{\"b\",\"B\"}.ToHashSet(StringComparer.OrdinalIgnoreCase).Count + \",\" + new[]{\"b\",\"B\"}.GroupBy(x => x, x => x.Length, "
       "StringComparer.OrdinalIgnoreCase).Count())",
       "String 1,1"},
      {"@(new[]{\"b\",\"B\"}.GroupBy(x => x, x => x.Length, (k, g) => k + g.Sum()).First() + new[]{\"b\",\"B\"}.GroupBy(x => x, (k, g) => "
       "k + g.Count(), StringComparer.OrdinalIgnoreCase).First() + new[]{\"b\",\"B\"}.GroupBy(x => x, x => 3, (k, g) => k + g.Sum(), "
       "StringComparer.OrdinalIgnoreCase).First())",
       "String b1b2b6"},
      {"@(new[]{\"b\"}.Join(new[]{\"B\"}, x => x, y => y, (x, y) => x + y, StringComparer.OrdinalIgnoreCase).First() + "
       "new[]{\"b\"}.GroupJoin(new[]{\"B\",\"c\"}, x => x, y => y, (x, y) => x + y.Count(), StringComparer.OrdinalIgnoreCase).First())",
       "String bBb1"},
      {"@(string.Join(\"\", new[]{1,2,3}.SkipLast(1)) + \",\" + string.Join(\"\", new[]{1,2,3}.TakeLast(2)) + \",\" + string.Join(\"\", "
       "new[]{1,2,3}.SkipLast(5)) + string.Join(\"\", new[]{1,2,3}.TakeLast(-1)) + string.Join(\"\", new[]{1,2,3}.TakeLast(9)))",
       "String 12,23,123"},
  });
}

TEST_CASE("arrays are sorted in parts and by keys") {
  check({
      {"@{ var a = new[]{3,1,2}; Array.Sort(a, 0, 2); var b = new[]{\"c\",\"B\",\"a\"}; Array.Sort(b, 0, 3, "
       "StringComparer.OrdinalIgnoreCase); var c = new byte[]{3,2,1}; Array.Sort(c, 1, 2); return string.Join(\"\", a) + string.Join(\"\", "
       "b) + BitConverter.ToString(c); }",
       "String 132aBc03-01-02"},
      {"@{ var items = new[]{\"b\",\"A\",\"c\"}; var keys = new[]{\"x\",\"Y\",\"a\"}; Array.Sort(keys, items, "
       "StringComparer.OrdinalIgnoreCase); var more = new[]{1,2}; Array.Sort(more, new[]{\"p\",\"q\",\"r\"}); return string.Join(\"\", "
       "items) + string.Join(\"\", keys); }",
       "String cbAaxY"},
      {"@{ Array.Sort(new[]{1,2}, new string[1]); return 1; }",
       "!ArgumentException: Offset and length were out of bounds for the array or count is greater than the number of elements from index "
       "to the end of the source collection."},
      {"@{ Array.Sort(new[]{1,2}, 1, 2); return 1; }",
       "!ArgumentOutOfRangeException: Index was out of range. Must be non-negative and less than or equal to the size of the collection. "
       "Parameter: count"},
  });
}

TEST_CASE("collections are copied into arrays, lists searched in parts") {
  check({
      {"@{ var a = new int[3]; new List<int>{1,2}.CopyTo(a); new Queue<int>(new[]{7}).CopyTo(a, 2); var b = new int[4]; new "
       "List<int>{1,2,3}.CopyTo(1, b, 0, 2); ((ICollection<int>)new HashSet<int>{5}).CopyTo(b, 3); return string.Join(\"\", a) + "
       "string.Join(\"\", b); }",
       "String 1272305"},
      {"@{ var a = new char[3]; \"abcd\".CopyTo(1, a, 1, 2); return a[1].ToString() + a[2]; }", "String bc"},
      {"@{ new List<int>{1,2}.CopyTo(new int[1]); return 1; }",
       "!ArgumentException: Destination array was not long enough. Check destIndex and length, and the array's lower bounds. Parameter: "
       "destinationArray"},
      {"@{ new Stack<int>().CopyTo(new int[1], -1); return 1; }",
       "!ArgumentOutOfRangeException: Non-negative number required. Parameter: arrayIndex"},
      {"@{ new List<int>{1,2}.CopyTo(1, new int[4], 0, 2); return 1; }",
       "!ArgumentException: Offset and length were out of bounds for the array or count is greater than the number of elements from index "
       "to the end of the source collection."},
      {"@{ \"ab\".CopyTo(1, new char[4], 0, 2); return 1; }",
       "!ArgumentOutOfRangeException: Index and count must refer to a location within the string. Parameter: sourceIndex"},
      {"@{ var a = new List<int>{1,2,1}; return a.IndexOf(1, 1) + \",\" + a.IndexOf(1, 1, 1) + \",\" + a.FindIndex(1, x => x == 1) + \",\" "
       "+ a.FindIndex(0, 1, x => x == 2); }",
       "String 2,-1,2,-1"},
      {"@(new List<int>{1}.IndexOf(1, 2))",
       "!ArgumentOutOfRangeException: Index was out of range. Must be non-negative and less than or equal to the size of the collection. "
       "Parameter: index"},
      {"@(new List<int>{1}.FindIndex(0, 2, x => true))",
       "!ArgumentOutOfRangeException: Count must be positive and count must refer to a location within the string/array/collection. "
       "Parameter: count"},
  });
}

TEST_CASE("values are compared as objects") {
  check({
      {"@(5.CompareTo((object)4) + 1.5m.CompareTo((object)2m) + 'a'.CompareTo((object)'b') + true.CompareTo((object)false) + "
       "Guid.Empty.CompareTo((object)Guid.Empty) + TimeSpan.Zero.CompareTo((object)null) + "
       "DateTime.MinValue.CompareTo((object)DateTime.MaxValue) + 2.5.CompareTo((object)2.5))",
       "Int32 0"},
      {"@(5.CompareTo((object)5L))", "!ArgumentException: Object must be of type Int32."},
  });
}

TEST_CASE("decimals have their words and integers of each size") {
  check({
      {"@(string.Join(\",\", decimal.GetBits(-1.25m)) + \";\" + decimal.ToByte(200.9m) + decimal.ToSByte(-1.9m) + decimal.ToInt16(3m) + "
       "decimal.ToUInt16(4m) + decimal.ToUInt32(5m) + decimal.ToUInt64(6m) + decimal.ToSingle(1.5m))",
       "String 125,0,0,-2147352576;200-134561.5"},
      {"@(double.IsFinite(1) && !double.IsFinite(double.NaN) && float.IsNegative(-0f) && \"ab\".Contains('B', "
       "StringComparison.OrdinalIgnoreCase) && !\"ab\".Contains('B', StringComparison.Ordinal))",
       "Boolean True"},
  });
}

TEST_CASE("exceptions have the numbers of .NET") {
  check({
      {"@{ try { int.Parse(\"x\"); return 0; } catch (Exception e) { return e.HResult; } }", "Int32 -2146233033"},
      {"@{ try { new Uri(\"x\"); return \"\"; } catch (Exception e) { return e.HResult.ToString(\"x\") + (e.HelpLink == null); } }",
       "String 80131537True"},
      {"@{ try { JObject.Parse(\"x\"); return 0; } catch (Exception e) { return e.HResult; } }", "Int32 -2146233088"},
  });
}

TEST_CASE("a document type stands before the root") {
  check({
      {"@(new XDocument(new XDocumentType(\"html\", \"-//W3C//DTD\", \"http://x\", \"<!ELEMENT a ANY>\"), new "
       "XElement(\"html\")).ToString(SaveOptions.DisableFormatting))",
       "String <!DOCTYPE html PUBLIC \"-//W3C//DTD\" \"http://x\"[<!ELEMENT a ANY>]><html />"},
      {"@(new XDocument(new XDocumentType(\"html\", null, \"s\", null), new XComment(\"x\"), new XElement(\"html\")).ToString())",
       "String <!DOCTYPE html SYSTEM \"s\">\n<!--x-->\n<html />"},
      {"@(new XDocumentType(\"a\", null, null, null) + \"|\" + new XDocumentType(\"a\", \"p\", null, null) + \"|\" + new "
       "XDocumentType(\"a\", null, null, \"\"))",
       "String <!DOCTYPE a >|<!DOCTYPE a PUBLIC \"p\" \"\">|<!DOCTYPE a []>"},
      {"@{ var d = new XDocument(new XElement(\"a\")); d.AddFirst(new XDocumentType(\"a\", null, null, null)); var t = d.DocumentType; "
       "t.Name = \"b\"; t.PublicId = \"p\"; t.SystemId = \"s\"; t.InternalSubset = \"i\"; return t.Name + t.PublicId + t.SystemId + "
       "t.InternalSubset + t.NodeType + (new XDocument().DocumentType == null); }",
       "String bpsiDocumentTypeTrue"},
      {"@{ var t = new XDocumentType(\"a\", null, \"s\", null); return XNode.DeepEquals(t, new XDocumentType(t)).ToString() + "
       "XNode.EqualityComparer.Equals(t, new XDocumentType(\"a\", null, null, null)) + XNode.DocumentOrderComparer.Compare(t, t); }",
       "String TrueFalse0"},
      {"@{ new XDocument(new XElement(\"a\")).Add(new XDocumentType(\"a\", null, null, null)); return 1; }",
       "!InvalidOperationException: This operation would create an incorrectly structured document."},
      {"@{ new XDocument(new XDocumentType(\"a\", null, null, null)).AddFirst(new XElement(\"a\")); return 1; }",
       "!InvalidOperationException: This operation would create an incorrectly structured document."},
      {"@{ new XElement(\"a\").Add(new XDocumentType(\"a\", null, null, null)); return 1; }",
       "!ArgumentException: A node of type DocumentType cannot be added to content."},
      {"@(new XDocumentType(\"a b\", null, null, null))",
       "!XmlException: The ' ' character, hexadecimal value 0x20, cannot be included in a name."},
  });
}
