#include <doctest/doctest.h>

#include "evaluate.hpp"

using namespace gatelet;

// `xe` of the measured rows, a document without namespaces, and a namespace.
static std::string given(const std::string& body) {
  return "@{ XNamespace ns = \"urn:x\"; var xe = XElement.Parse(\"<r xmlns='urn:x' a='1'><b>t</b><b>u</b><c/></r>\");"
         " var e = XElement.Parse(\"<r x='1' y='2'><a>1</a><b k='v'><c>2</c>t</b><a>3</a></r>\"); " +
         body + " }";
}

// Statements that begin with the three.
static void check_given(std::initializer_list<Row> rows) {
  for (const Row& row : rows) {
    CAPTURE(row.expression);
    const bool is_value = row.expression.find("return") == std::string::npos;
    CHECK(evaluate(given(is_value ? "return " + row.expression + ";" : row.expression)) == row.result);
  }
}

TEST_CASE("LINQ to XML: the measured rows") {
  check_given({
      {R"e(xe.Element("b"))e", "null"},
      {R"e(xe.Element(ns + "b"))e", R"e(XElement <b xmlns="urn:x">t</b>)e"},
      {R"e(xe.Descendants(ns + "b").Count())e", "Int32 2"},
      {R"e(xe.Value)e", "String tu"},
      {R"e((string)xe.Attribute("zz"))e", "null"},
      {R"e(xe.ToString())e", "String <r xmlns=\"urn:x\" a=\"1\">\n  <b>t</b>\n  <b>u</b>\n  <c />\n</r>"},
      {R"e(xe.ToString(SaveOptions.DisableFormatting))e", R"e(String <r xmlns="urn:x" a="1"><b>t</b><b>u</b><c /></r>)e"},
      {R"e(xe.Name + " " + xe.Name.LocalName + " " + xe.Name.Namespace)e", "String {urn:x}r r urn:x"},
      {R"e(XDocument.Parse("<?xml version='1.0' encoding='utf-8'?><a/>").ToString())e", "String <a />"},
      {R"e(XElement.Parse("bad"))e", "!XmlException: Data at the root level is invalid. Line 1, position 1."},
      {R"e(xe.FirstNode.ToString())e", R"e(String <b xmlns="urn:x">t</b>)e"},
  });
}

TEST_CASE("nodes are found along the axes") {
  check_given({
      {R"e(e.Element("b").Element("c").Value)e", "String 2"},
      {R"e(string.Join(",", e.Elements().Select(x => x.Name.LocalName)))e", "String a,b,a"},
      {R"e(string.Join(",", e.Elements("a").Select(x => (int)x)))e", "String 1,3"},
      {R"e(string.Join(",", e.Descendants().Select(x => x.Name)))e", "String a,b,c,a"},
      {R"e(e.Descendants("c").First().Parent.Name)e", "XName b"},
      {R"e(string.Join(",", e.Descendants("c").Single().Ancestors().Select(x => x.Name)))e", "String b,r"},
      {R"e(string.Join(",", e.Descendants("c").Single().AncestorsAndSelf().Select(x => x.Name)))e", "String c,b,r"},
      {R"e(string.Join(",", e.DescendantsAndSelf().Select(x => x.Name)))e", "String r,a,b,c,a"},
      {R"e(string.Join("|", e.Element("b").Nodes()))e", "String <c>2</c>|t"},
      {R"e(string.Join("|", e.Element("b").DescendantNodes()))e", "String <c>2</c>|2|t"},
      {R"e(string.Join(",", e.Attributes().Select(x => x.Name + "=" + x.Value)))e", "String x=1,y=2"},
      {R"e(e.Attributes("y").Count())e", "Int32 1"},
      {R"e(e.Attribute("x").NextAttribute.Name)e", "XName y"},
      {R"e(string.Join(",", e.Element("a").ElementsAfterSelf().Select(x => x.Name)))e", "String b,a"},
      {R"e(e.Element("a").ElementsAfterSelf("a").Single().Value)e", "String 3"},
      {R"e(e.Element("b").ElementsBeforeSelf().Count())e", "Int32 1"},
      {R"e(e.Element("b").NodesBeforeSelf().Count())e", "Int32 1"},
      {R"e(e.Element("b").NodesAfterSelf().Count())e", "Int32 1"},
      {R"e(e.Element("b").NextNode.ToString())e", "String <a>3</a>"},
      {R"e(e.Element("b").PreviousNode.ToString())e", "String <a>1</a>"},
      {R"e(e.LastNode.ToString())e", "String <a>3</a>"},
      {R"e(e.Elements((XName)null).Count())e", "Int32 0"},
      {R"e(e.Element((XName)null))e", "null"},
      {R"e(e.Descendants().Elements("c").Single().Value)e", "String 2"},
      {R"e(e.Elements().Descendants().Count())e", "Int32 1"},
      {R"e(e.Elements().DescendantsAndSelf("a").Count())e", "Int32 2"},
      {R"e(e.Elements().Attributes("k").Single().Value)e", "String v"},
      {R"e(e.Elements().Nodes().Count())e", "Int32 4"},
      {R"e(e.Elements("a").InDocumentOrder().Last().Value)e", "String 3"},
      {R"e(new[] {e.Elements("a").Last(), e.Elements("a").First()}.InDocumentOrder().First().Value)e", "String 1"},
      {R"e(e.Element("a").IsBefore(e.Element("b")))e", "Boolean True"},
      {R"e(e.Element("b").IsAfter(e.Element("b").Element("c")))e", "Boolean False"},
      {R"e(XNode.CompareDocumentOrder(e, new XElement("z")))e", "!InvalidOperationException: A common ancestor is missing."},
      {R"e(e.HasElements && e.HasAttributes && !e.IsEmpty && xe.Element(ns + "c").IsEmpty)e", "Boolean True"},
      {R"e(e.NodeType + "," + e.FirstNode.NodeType + "," + e.Attribute("x").NodeType + "," + e.Element("b").LastNode.NodeType)e",
       "String Element,Element,Attribute,Text"},
      {R"e(e.Document)e", "null"},
      {R"e(XDocument.Parse("<a><b/></a>").Root.Element("b").Document.Root.Name)e", "XName a"},
      {R"e(e.Element("zz")?.Value)e", "null"},
      {R"e(e.Element("zz").Value)e", "!NullReferenceException: Object reference not set to an instance of an object."},
      {R"e(foreach (XElement a in e.Elements("a")) { return a.Value; } return "";)e", "String 1"},
      {R"e(foreach (var n in e.Nodes()) { return n.GetType().Name; } return "";)e", "String XElement"},
      {R"e(e.Descendants().FirstOrDefault(x => x.Name.LocalName == "c")?.Value)e", "String 2"},
      {R"e(e.FirstNode as XElement == null)e", "Boolean False"},
  });
}

TEST_CASE("names and namespaces") {
  check_given({
      {R"e(ns + "b")e", "XName {urn:x}b"},
      {R"e((XName)"{urn:x}b" == ns + "b")e", "Boolean True"},
      {R"e((XName)"b" == ns + "b")e", "Boolean False"},
      {R"e(xe.Name == ns + "r" && xe.Name != "r")e", "Boolean True"},
      {R"e(xe.Name.Namespace == ns && xe.Name.Namespace.NamespaceName == "urn:x")e", "Boolean True"},
      {R"e(XName.Get("b", "urn:x").NamespaceName)e", "String urn:x"},
      {R"e(XName.Get("{urn:x}b").LocalName)e", "String b"},
      {R"e(XNamespace.Get("urn:x").GetName("b"))e", "XName {urn:x}b"},
      {R"e(XNamespace.None.NamespaceName == "" && XNamespace.Xml.NamespaceName.Length > 0)e", "Boolean True"},
      {R"e(xe.Elements().Select(x => x.Name).Distinct().Count())e", "Int32 2"},
      {R"e(e.Element("a b"))e", "!XmlException: The ' ' character, hexadecimal value 0x20, cannot be included in a name."},
      {R"e(e.Element("1"))e", "!XmlException: Name cannot begin with the '1' character, hexadecimal value 0x31."},
      {R"e(e.Element("a:b"))e", "!XmlException: The ':' character, hexadecimal value 0x3A, cannot be included in a name."},
      {R"e(e.Element(""))e", "!ArgumentException: '' is an invalid expanded name."},
      {R"e(xe.GetDefaultNamespace())e", "XNamespace urn:x"},
      {R"e(XElement.Parse("<p:a xmlns:p='urn:x'/>").GetPrefixOfNamespace(ns))e", "String p"},
      {R"e(XElement.Parse("<p:a xmlns:p='urn:x'/>").GetNamespaceOfPrefix("p"))e", "XNamespace urn:x"},
      {R"e(xe.Attribute("xmlns").IsNamespaceDeclaration)e", "Boolean True"},
      {R"e(XElement.Parse("<a xml:lang='de'/>").Attribute(XNamespace.Xml + "lang").Value)e", "String de"},
  });
}

TEST_CASE("trees are built from content") {
  check({
      {R"e(@(new XElement("a")))e", "XElement <a />"},
      {R"e(@(new XElement("a", "")))e", "XElement <a></a>"},
      {R"e(@(new XElement("a", "x<y", new XAttribute("b", 1), "&")))e", "XElement <a b=\"1\">x&lt;y&amp;</a>"},
      {R"e(@(new XElement("a", new XElement("b", 1.5), new XElement("c", true), null)))e",
       "XElement <a>\n  <b>1.5</b>\n  <c>true</c>\n</a>"},
      {R"e(@(new XElement("a", new[] {1, 2}.Select(i => new XElement("i", i)))))e", "XElement <a>\n  <i>1</i>\n  <i>2</i>\n</a>"},
      {R"e(@(new XElement("a", new object[] {new XAttribute("k", "v"), "t"})))e", "XElement <a k=\"v\">t</a>"},
      {R"e(@(new XElement("a", new XText("t"), new XCData("<c>"), new XComment("n"), new XProcessingInstruction("p", "q"))))e",
       "XElement <a>t<![CDATA[<c>]]><!--n--><?p q?></a>"},
      {R"e(@(new XDocument(new XDeclaration("1.0", "utf-8", null), new XComment("c"), new XElement("a")).ToString()))e",
       "String <!--c-->\n<a />"},
      {R"e(@(new XDocument(new XDeclaration("1.0", "utf-8", null), new XElement("a")).Declaration))e",
       "XDeclaration <?xml version=\"1.0\" encoding=\"utf-8\"?>"},
      {R"e(@(new XDocument(new XElement("a"), new XElement("b"))))e",
       "!InvalidOperationException: This operation would create an incorrectly structured document."},
      {R"e(@(new XDocument("t")))e", "!ArgumentException: Non-whitespace characters cannot be added to content."},
      {R"e(@(new XElement("a", new XAttribute("k", 1), new XAttribute("k", 2))))e", "!InvalidOperationException: Duplicate attribute."},
      {R"e(@(new XAttribute("k", null)))e", "!ArgumentNullException: Value cannot be null. Parameter: value"},
      {R"e(@(new XAttribute("k", "a\"<\n")))e", "XAttribute k=\"a&quot;&lt;&#xA;\""},
      {R"e(@(new XElement("a", 1.0 / 0)))e", "XElement <a>INF</a>"},
      {R"e(@(new XElement("a", new DateTime(2024, 2, 29, 13, 5, 9))))e", "XElement <a>2024-02-29T13:05:09</a>"},
      {R"e(@(new XElement("a", DateTime.UtcNow)))e", "XElement <a>2024-02-29T13:05:09.1234567Z</a>"},
      {R"e(@(new XElement("a", TimeSpan.FromMinutes(90.5))))e", "XElement <a>PT1H30M30S</a>"},
      {R"e(@(new XElement("a", TimeSpan.Zero)))e", "XElement <a>PT0S</a>"},
      {R"e(@(new XElement("a", 12.50m)))e", "XElement <a>12.50</a>"},
      {R"e(@(new XElement("a", "\u0001").ToString()))e", "!ArgumentException: '\x01', hexadecimal value 0x01, is an invalid character."},
      {R"e(@(new XElement("a", "\r\n\"'")))e", "XElement <a>\n\"'</a>"},
      {R"e(@(new XComment("a--b-")))e", "XComment <!--a- -b- -->"},
      {R"e(@(new XCData("a]]>b").ToString()))e", "String <![CDATA[a]]]]><![CDATA[>b]]>"},
      {R"e(@(new XText("a<b").ToString()))e", "String a&lt;b"},
      {R"e(@{ var b = new XElement("b"); var a = new XElement("a", b); var c = new XElement("c", b); b.Value = "x"; return a.ToString() + c; })e",
       "String <a>\n  <b>x</b>\n</a><c>\n  <b />\n</c>"},  // what has a parent is copied
      {R"e(@{ var a = new XElement("a"); a.Add(a); return a; })e", "XElement <a>\n  <a />\n</a>"},
      {R"e(@(new XElement(new XElement("a", "t"))))e", "XElement <a>t</a>"},
  });
}

TEST_CASE("namespace declarations and prefixes are written as .NET does") {
  check_given({
      {R"e(new XElement(ns + "a", new XAttribute("k", 1), new XElement(ns + "b"), new XElement("c")))e",
       "XElement <a k=\"1\" xmlns=\"urn:x\">\n  <b />\n  <c xmlns=\"\" />\n</a>"},
      {R"e(new XElement(ns + "a", new XAttribute(XNamespace.Xmlns + "p", ns), new XElement(ns + "b", new XAttribute(ns + "k", 1))))e",
       "XElement <p:a xmlns:p=\"urn:x\">\n  <p:b p:k=\"1\" />\n</p:a>"},
      {R"e(new XElement("a", new XAttribute(ns + "k", 1)))e", "XElement <a p1:k=\"1\" xmlns:p1=\"urn:x\" />"},
      {R"e(new XElement("a", new XElement("b", new XAttribute(ns + "k", 1))))e",
       "XElement <a>\n  <b p2:k=\"1\" xmlns:p2=\"urn:x\" />\n</a>"},
      {R"e(new XElement("a", new XAttribute(XNamespace.Xml + "space", "preserve")))e", "XElement <a xml:space=\"preserve\" />"},
      {R"e(XElement.Parse("<s:E xmlns:s='urn:s'><s:B><i xmlns='urn:i'/></s:B></s:E>").ToString(SaveOptions.DisableFormatting))e",
       "String <s:E xmlns:s=\"urn:s\"><s:B><i xmlns=\"urn:i\" /></s:B></s:E>"},
      {R"e(XElement.Parse("<s:E xmlns:s='urn:s'><s:B/></s:E>").Elements().First())e", "XElement <s:B xmlns:s=\"urn:s\" />"},
      {R"e(XElement.Parse("<a xmlns='urn:x'><b xmlns='urn:x'/></a>").ToString(SaveOptions.DisableFormatting))e",
       "String <a xmlns=\"urn:x\"><b xmlns=\"urn:x\" /></a>"},
      {R"e(XElement.Parse("<a xmlns='urn:x'><b xmlns='urn:x'/></a>").ToString(SaveOptions.DisableFormatting | SaveOptions.OmitDuplicateNamespaces))e",
       "String <a xmlns=\"urn:x\"><b /></a>"},
  });
}

TEST_CASE("trees are changed in place") {
  check_given({
      {R"e(e.Element("a").Value = "x"; return e.Value;)e", "String x2t3"},
      {R"e(e.Element("b").Value = ""; return e.Element("b");)e", "XElement <b k=\"v\"></b>"},
      {R"e(e.Element("b").Remove(); return e.Elements().Count();)e", "Int32 2"},
      {R"e(e.Remove(); return 1;)e", "!InvalidOperationException: The parent is missing."},
      {R"e(e.Elements("a").Remove(); return e.Elements().Count();)e", "Int32 1"},
      {R"e(e.RemoveNodes(); return e;)e", "XElement <r x=\"1\" y=\"2\" />"},
      {R"e(e.RemoveAll(); return e;)e", "XElement <r />"},
      {R"e(e.RemoveAttributes(); return e.HasAttributes;)e", "Boolean False"},
      {R"e(e.Attributes().Remove(); return e.HasAttributes;)e", "Boolean False"},
      {R"e(e.Attribute("x").Remove(); return e.Attributes().Count();)e", "Int32 1"},
      {R"e(e.Attribute("x").Value = "9"; return (int)e.Attribute("x");)e", "Int32 9"},
      {R"e(e.Attribute("x").SetValue(true); return e.Attribute("x");)e", "XAttribute x=\"true\""},
      {R"e(e.SetAttributeValue("x", 5); e.SetAttributeValue("y", null); e.SetAttributeValue("z", "n"); e.RemoveNodes(); return e;)e",
       "XElement <r x=\"5\" z=\"n\" />"},
      {R"e(e.SetElementValue("b", 7); e.SetElementValue("a", null); e.SetElementValue("n", "x"); return e.ToString(SaveOptions.DisableFormatting);)e",
       "String <r x=\"1\" y=\"2\"><b k=\"v\">7</b><a>3</a><n>x</n></r>"},
      {R"e(e.SetValue(12); return e;)e", "XElement <r x=\"1\" y=\"2\">12</r>"},
      {R"e(e.Name = ns + "q"; e.RemoveAll(); return e;)e", "XElement <q xmlns=\"urn:x\" />"},
      {R"e(e.RemoveAll(); e.Add("a", new XElement("b")); e.AddFirst("0"); e.Add("z"); return e;)e", "XElement <r>0a<b />z</r>"},
      {R"e(e.RemoveAll(); e.Add(new XElement("m")); e.AddFirst(new XElement("f"), new XElement("g")); return e.ToString(SaveOptions.DisableFormatting);)e",
       "String <r><f /><g /><m /></r>"},
      {R"e(e.AddFirst(new XAttribute("q", 1)); return 1;)e", "!ArgumentException: An attribute cannot be added to content."},
      {R"e(e.Element("b").AddAfterSelf(new XElement("n")); return e.Elements().ElementAt(2).Name;)e", "XName n"},
      {R"e(e.Element("b").AddBeforeSelf(new XElement("m"), new XElement("n")); return string.Join(",", e.Elements().Select(x => x.Name));)e",
       "String a,m,n,b,a"},
      {R"e(e.Element("b").ReplaceWith(new XElement("n"), "t"); return e.ToString(SaveOptions.DisableFormatting);)e",
       "String <r x=\"1\" y=\"2\"><a>1</a><n />t<a>3</a></r>"},
      {R"e(e.ReplaceNodes(new XElement("n")); return e.Elements().Single().Name;)e", "XName n"},
      {R"e(e.ReplaceAttributes(new XAttribute("n", 1)); return e.Attributes().Single().Name;)e", "XName n"},
      {R"e(e.ReplaceAll("t"); return e;)e", "XElement <r>t</r>"},
      {R"e(xe.FirstNode.AddAfterSelf(new XElement(ns + "n")); return xe.Elements().ElementAt(1);)e", "XElement <n xmlns=\"urn:x\" />"},
      {R"e(XNode.DeepEquals(e, new XElement(e)))e", "Boolean True"},
      {R"e(var f = new XElement(e); f.Descendants("c").Single().Value = "z"; return XNode.DeepEquals(e, f);)e", "Boolean False"},
      {R"e(new XNodeEqualityComparer().Equals(e, new XElement(e)))e", "Boolean True"},
      {R"e(var t = new XText("a"); t.Value += "b"; return t.Value;)e", "String ab"},
      {R"e(e.Elements().First().FirstNode.ReplaceWith("n"); return e.Element("a");)e", "XElement <a>n</a>"},
  });
}

TEST_CASE("elements and attributes are cast to values") {
  check({
      {R"e(@((string)new XElement("a", "t")))e", "String t"},
      {R"e(@((string)(XElement)null))e", "null"},
      {R"e(@((int)new XElement("a", " 5 ")))e", "Int32 5"},
      {R"e(@((int)new XElement("a", "x")))e", "!FormatException: Input string was not in a correct format."},
      {R"e(@((int)(XElement)null))e", "!ArgumentNullException: Value cannot be null. Parameter: element"},
      {R"e(@((int?)(XElement)null))e", "null"},
      {R"e(@((int?)new XElement("a", 5)))e", "Int32 5"},
      {R"e(@((int?)new XElement("a").Attribute("k") ?? -1))e", "Int32 -1"},
      {R"e(@((long)new XAttribute("a", 5000000000)))e", "Int64 5000000000"},
      {R"e(@((bool)new XElement("a", "1") && (bool)new XAttribute("a", "true")))e", "Boolean True"},
      {R"e(@((bool)new XElement("a", "yes")))e", "!FormatException: The string 'yes' is not a valid Boolean value."},
      {R"e(@((double)new XElement("a", "1.5")))e", "Double 1.5"},
      {R"e(@((double)new XElement("a", "-INF")))e", "Double -Infinity"},
      {R"e(@((float)new XElement("a", "0.1")))e", "Single 0.1"},
      {R"e(@((decimal)new XElement("a", "12.50")))e", "Decimal 12.50"},
      {R"e(@((uint)new XElement("a", "7") + (ulong)new XElement("a", "8")))e", "UInt64 15"},
      {R"e(@((DateTime)new XElement("a", "2024-02-29T13:05:09Z")))e", "DateTime 02/29/2024 13:05:09"},
      {R"e(@(((DateTime)new XElement("a", "2024-02-29T13:05:09Z")).ToString("o")))e", "String 2024-02-29T13:05:09.0000000Z"},
      {R"e(@((DateTimeOffset)new XElement("a", "2024-02-29T13:05:09+02:00")))e", "DateTimeOffset 02/29/2024 13:05:09 +02:00"},
      {R"e(@((TimeSpan)new XElement("a", "P1DT2H3M4.5S")))e", "TimeSpan 1.02:03:04.5000000"},
      {R"e(@((TimeSpan)new XElement("a", "-PT1M")))e", "TimeSpan -00:01:00"},
      {R"e(@((TimeSpan)new XElement("a", "1:00")))e", "!FormatException: The string '1:00' is not a valid TimeSpan value."},
      {R"e(@((Guid)new XElement("a", "00112233-4455-6677-8899-aabbccddeeff")))e", "Guid 00112233-4455-6677-8899-aabbccddeeff"},
      {R"e(@((Guid?)(XAttribute)null))e", "null"},
  });
}

TEST_CASE("texts are parsed as .NET does: white space between tags goes, line ends and attributes are normalised") {
  check({
      {R"e(@(XElement.Parse("<a>\n  <b> x </b>\n</a>").ToString(SaveOptions.DisableFormatting)))e", "String <a><b> x </b></a>"},
      {R"e(@(XElement.Parse("<a>\n <b/></a>", LoadOptions.PreserveWhitespace)))e", "XElement <a>\n <b /></a>"},
      {R"e(@(XElement.Parse("<a><b xml:space='preserve'> <c/></b></a>").ToString()))e",
       "String <a>\n  <b xml:space=\"preserve\"> <c /></b>\n</a>"},
      {R"e(@(XElement.Parse("<a> </a>")))e", "XElement <a></a>"},
      {R"e(@(XElement.Parse("<a></a>")))e", "XElement <a></a>"},
      {R"e(@(XElement.Parse("<a k='x\n\ty'>1\r\n2\r3</a>").ToString()))e", "String <a k=\"x  y\">1\n2\n3</a>"},
      {R"e(@(XElement.Parse("<a k='&lt;&#65;&quot;'>&amp;&#x20AC;&#128512;</a>").ToString()))e",
       "String <a k=\"&lt;A&quot;\">&amp;\xE2\x82\xAC\xF0\x9F\x98\x80</a>"},
      {R"e(@(XElement.Parse("<a>x<![CDATA[<y>]]>z</a>").Value))e", "String x<y>z"},
      {R"e(@(XElement.Parse("<a>x<![CDATA[<y>]]></a>").ToString()))e", "String <a>x<![CDATA[<y>]]></a>"},
      {R"e(@(XDocument.Parse("<?xml version='1.0' encoding='utf-8' standalone='yes'?><!--c--><?p d?><a/><!--e-->").ToString()))e",
       "String <!--c-->\n<?p d?>\n<a />\n<!--e-->"},
      {R"e(@(XDocument.Parse("<?xml version='1.0' encoding='utf-8' standalone='yes'?><a/>").Declaration))e",
       "XDeclaration <?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>"},
      {R"e(@(XElement.Parse("<\u00E9 \u00FC='1'>\u0444</\u00E9>").ToString()))e", "String <\xC3\xA9 \xC3\xBC=\"1\">\xD1\x84</\xC3\xA9>"},
      {R"e(@(XElement.Parse("<p:a xmlns:p='urn:1'><p:a xmlns:p='urn:2'/></p:a>").Elements().Single().Name))e", "XName {urn:2}a"},
      {R"e(@(XElement.Parse("<!-- c --><a/>").Name))e", "XName a"},
  });
}

TEST_CASE("what is not XML is an XmlException with .NET's words and place") {
  const std::pair<std::string, std::string> rows[] = {
      {"", "Root element is missing."},
      {"<!-- -->", "Root element is missing."},
      {" x", "Data at the root level is invalid. Line 1, position 2."},
      {"<a/>x", "Data at the root level is invalid. Line 1, position 5."},
      {"<a/><b/>", "There are multiple root elements. Line 1, position 6."},
      {"<a><b>", "Unexpected end of file has occurred. The following elements are not closed: b, a. Line 1, position 7."},
      {"<a>\\n <b></a>", "The 'b' start tag on line 2 position 3 does not match the end tag of 'a'. Line 2, position 7."},
      {"</a>", "Unexpected end tag. Line 1, position 3."},
      {"<a", "Unexpected end of file has occurred. Line 1, position 3."},
      {"<", "Unexpected end of file while parsing Name has occurred. Line 1, position 2."},
      {"< a/>", "Name cannot begin with the ' ' character, hexadecimal value 0x20. Line 1, position 2."},
      {"<1/>", "Name cannot begin with the '1' character, hexadecimal value 0x31. Line 1, position 2."},
      {"<a b/>", "'/' is an unexpected token. The expected token is '='. Line 1, position 5."},
      {"<a b=c/>", "'c' is an unexpected token. The expected token is '\"' or '''. Line 1, position 6."},
      {"<a b='1'c='2'/>", "'c' is an unexpected token. Expecting whitespace. Line 1, position 9."},
      {"<a b='1' b='2'/>", "'b' is a duplicate attribute name. Line 1, position 10."},
      {"<a b='<'/>", "'<', hexadecimal value 0x3C, is an invalid attribute character. Line 1, position 7."},
      {"<a b='1", "There is an unclosed literal string. Line 1, position 8."},
      {"<p:a/>", "'p' is an undeclared prefix. Line 1, position 2."},
      {"<a p:b='1'/>", "'p' is an undeclared prefix. Line 1, position 4."},
      {"<a>&nbsp;</a>", "Reference to undeclared entity 'nbsp'. Line 1, position 5."},
      {"<a>&</a>", "An error occurred while parsing EntityName. Line 1, position 5."},
      {"<a>]]></a>", "']]>' is not allowed in character data. Line 1, position 4."},
      {"<a>\\u0001</a>", "'\x01', hexadecimal value 0x01, is an invalid character. Line 1, position 4."},
      {"<a><!-- -- --></a>", "An XML comment cannot contain '--', and '-' cannot be the last character. Line 1, position 9."},
      {"<a><!--", "Unexpected end of file while parsing Comment has occurred. Line 1, position 8."},
      {"<a><![CDATA[", "Unexpected end of file while parsing CDATA has occurred. Line 1, position 13."},
      {" <?xml version='1.0'?><a/>",
       "Unexpected XML declaration. The XML declaration must be the first node in the document, and no whitespace characters are allowed "
       "to "
       "appear before it. Line 1, position 4."},
      {"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
       "For security reasons DTD is prohibited in this XML document. To enable DTD processing set the DtdProcessing property on "
       "XmlReaderSettings to Parse and pass the settings into XmlReader.Create method."},
  };
  for (const auto& row : rows) {
    const auto& [xml, problem] = row;
    CAPTURE(row.first);
    CHECK(evaluate("@(XElement.Parse(\"" + xml + "\"))") == "!XmlException: " + problem);
  }
  CHECK(evaluate(R"e(@{ try { XElement.Parse("<a"); return ""; } catch (Exception e) { return e.Message; } })e")
            .starts_with("String Unexpected"));
}

TEST_CASE("XML is bounded: depth, memory, steps") {
  check({
      {R"e(@(XElement.Parse(string.Join("", Enumerable.Repeat("<a>", 128)) + string.Join("", Enumerable.Repeat("</a>", 128))).Descendants().Count()))e",
       "Int32 127"},
      {R"e(@(XElement.Parse(string.Join("", Enumerable.Repeat("<a>", 129)))))e",
       "!XmlException: The document has elements nested deeper than 128. Line 1, position 386."},
      {R"e(@{ var e = new XElement("a"); for (var i = 0; i < 3000; i++) { e = new XElement("a", e); } return e.ToString(SaveOptions.DisableFormatting).Length + new XElement(e).Value.Length; })e",
       "Int32 21005"},
      {R"e(@{ var e = new XElement("a"); while (true) { e.Add(new XElement("b", "text")); } })e",
       "!ExecutionLimitException: Expression exceeded its execution limit."},
      {R"e(@{ var e = new XElement("a", "0123456789"); while (true) { e.Add(new XElement(e)); } })e",
       "!ExecutionLimitException: Expression exceeded its execution limit."},
  });
}

TEST_CASE("message bodies and variables are read as XML") {
  Arena arena;
  TestContext context(arena);
  const auto with_body = [&](std::string_view text, std::string_view expression) {
    context.message.body = Body::from(Buffer::copy(text));
    return evaluate(expression, context);
  };
  CHECK(with_body("<a><b>1</b></a>", R"e(@((string)context.Request.Body.As<XElement>().Element("b")))e") == "String 1");
  CHECK(with_body("\xEF\xBB\xBF<?xml version=\"1.0\"?><a/>", R"e(@(context.Request.Body.As<XDocument>(true).Root.Name))e") == "XName a");
  CHECK(with_body("<a/>", R"e(@(context.Request.Body.As<XNode>(preserveContent: true)))e") == "XElement <a />");
  CHECK(with_body("", R"e(@(context.Request.Body.As<XElement>()))e") == "!XmlException: Root element is missing.");
  CHECK(with_body("{}", R"e(@(context.Request.Body.As<XElement>()))e") ==
        "!XmlException: Data at the root level is invalid. Line 1, position 1.");
}

TEST_CASE("readers and writers of text") {
  check({
      {R"e(@{ var r = new StringReader("a\r\nb\nc"); return r.ReadLine() + r.ReadLine() + r.ReadLine() + (r.ReadLine() ?? "-"); })e",
       "String abc-"},
      {R"e(@{ var r = new StringReader("ab"); return r.Peek() + r.Read() + r.Read() + r.Read() + r.ReadToEnd(); })e", "String 291"},
      {R"e(@{ using (var r = new StringReader("ab")) { return r.ReadToEnd(); } })e", "String ab"},
      {R"e(@{ var w = new StringWriter(); w.Write("a"); w.Write('b'); w.Write(1.5); w.WriteLine(); w.WriteLine("{0}-{1}", 1, 2); return w.ToString(); })e",
       "String ab1.5\n1-2\n"},
      {R"e(@{ var w = new StringWriter(); new XDocument(new XElement("a")).Save(w); return w.ToString(); })e",
       "String <?xml version=\"1.0\" encoding=\"utf-16\"?>\n<a />"},
      {R"e(@(XElement.Load(new StringReader("<a>1</a>")).Value))e", "String 1"},
      {R"e(@{ using (XmlReader r = XmlReader.Create(new StringReader("<?xml version='1.0'?><s:E xmlns:s='u'><b>x</b><c/></s:E>"))) {
                r.MoveToContent(); var names = r.Name + ","; r.Read();
                while (!r.EOF) { if (r.Name == "b") { names += ((XElement)XNode.ReadFrom(r)).Value + ","; } else { names += r.NodeType + ","; r.Read(); } }
                return names; } })e",
       "String s:E,x,Element,EndElement,"},
  });
}

TEST_CASE("a name cannot be without a namespace where its element declares a default one") {
  check_given({
      {R"e(xe.Name = "n"; return xe.ToString();)e",
       "!XmlException: The prefix '' cannot be redefined from '' to 'urn:x' within the same start element tag."},
      {R"e(xe.Name = ns + "n"; xe.RemoveNodes(); return xe.ToString();)e", R"e(String <n xmlns="urn:x" a="1" />)e"},
      {R"e(new XElement(ns + "a", new XElement("b", new XAttribute("xmlns", ""))).ToString(SaveOptions.DisableFormatting))e",
       R"e(String <a xmlns="urn:x"><b xmlns="" /></a>)e"},
  });
}
