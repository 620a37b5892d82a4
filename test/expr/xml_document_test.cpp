#include <doctest/doctest.h>

#include "evaluate.hpp"

using namespace gatelet;

// Statements over `d`, a document of XmlDocument, and `e`, its root.
static std::string over_document(const std::string& body) {
  const bool is_value = body.find("return") == std::string::npos;
  return "@{ var d = new XmlDocument(); d.LoadXml(\"<?xml version='1.0'?><r xmlns:p='urn:p' a='1' p:b='2'><b k='1'>x &amp; y</b>"
         "<b k='2'><c>3</c><c>4</c></b><!--n--><p:d><b k='3'><c>5</c></b></p:d></r>\"); var e = d.DocumentElement; " +
         (is_value ? "return " + body + ";" : body) + " }";
}

static void check_document(std::initializer_list<Row> rows) {
  for (const Row& row : rows) {
    CAPTURE(row.expression);
    CHECK(evaluate(over_document(row.expression)) == row.result);
  }
}

TEST_CASE("XmlDocument: nodes tell what they are") {
  check_document({
      {R"e(d.FirstChild.OuterXml)e", R"e(String <?xml version="1.0"?>)e"},
      {R"e(d.FirstChild.NodeType)e", "XmlNodeType XmlDeclaration"},
      {R"e(d.FirstChild)e", "XmlDeclaration System.Xml.XmlDeclaration"},
      {R"e(d.Name + d.LocalName + d.NodeType + d.ChildNodes.Count)e", "String #document#documentDocument2"},
      {R"e(e.Name + "," + e.LastChild.Name + "," + e.LastChild.LocalName + "," + e.LastChild.Prefix + "," + e.LastChild.NamespaceURI)e",
       "String r,p:d,d,p,urn:p"},
      {R"e(e.FirstChild.InnerText)e", "String x & y"},
      {R"e(e.FirstChild.InnerXml)e", "String x &amp; y"},
      {R"e(e.FirstChild.OuterXml)e", R"e(String <b k="1">x &amp; y</b>)e"},
      {R"e(e.FirstChild.Value)e", "null"},
      {R"e(e.FirstChild.FirstChild.Value)e", "String x & y"},
      {R"e(e.ChildNodes[2].Value + e.ChildNodes[2].Name)e", "String n#comment"},
      {R"e(e.ChildNodes[9])e", "null"},
      {R"e(e.ChildNodes.Item(1).HasChildNodes)e", "Boolean True"},
      {R"e(e.InnerText)e", "String x & y345"},
      {R"e(e["p:d"].FirstChild.OuterXml)e", R"e(String <b k="3"><c>5</c></b>)e"},
      {R"e(e["zz"]?.InnerText)e", "null"},
      {R"e(e.FirstChild.NextSibling.PreviousSibling == e.FirstChild)e", "Boolean True"},
      {R"e(e.FirstChild.ParentNode == e && e.ParentNode == d && e.OwnerDocument == d && d.ParentNode == null)e", "Boolean True"},
      {R"e(e.IsEmpty)e", "Boolean False"},
      {R"e(string.Join(",", e.ChildNodes.Cast<XmlNode>().Select(n => n.Name)))e", "String b,b,#comment,p:d"},
      {R"e(var s = ""; foreach (XmlNode n in e) s += n.Name; return s;)e", "String bb#commentp:d"},
  });
}

TEST_CASE("XmlDocument: attributes and elements by name") {
  check_document({
      {R"e(e.GetAttribute("a") + e.GetAttribute("p:b") + e.GetAttribute("b", "urn:p") + e.GetAttribute("zz"))e", "String 122"},
      {R"e(e.HasAttributes && e.HasAttribute("a") && !e.HasAttribute("b"))e", "Boolean True"},
      {R"e(e.GetAttributeNode("a").OuterXml)e", R"e(String a="1")e"},
      {R"e(e.Attributes.Count)e", "Int32 3"},
      {R"e(e.Attributes["a"].Value + e.Attributes[1].Name + e.Attributes.GetNamedItem("p:b").InnerText)e", "String 1a2"},
      {R"e(e.Attributes["zz"])e", "null"},
      {R"e(e.Attributes[7])e", "!IndexOutOfRangeException: Index was outside the bounds of the array."},
      {R"e(e.Attributes["a"].OwnerElement == e && e.Attributes["a"].ParentNode == null)e", "Boolean True"},
      {R"e(e.FirstChild.FirstChild.Attributes)e", "null"},
      {R"e(var s = ""; foreach (XmlAttribute a in e.Attributes) s += a.Name + ";"; return s;)e", "String xmlns:p;a;p:b;"},
      {R"e(d.GetElementsByTagName("c").Count)e", "Int32 3"},
      {R"e(e.GetElementsByTagName("d", "urn:p")[0].InnerText)e", "String 5"},
      {R"e(e.GetElementsByTagName("*").Count + d.GetElementsByTagName("*").Count)e", "Int32 15"},
      {R"e(e.GetElementsByTagName(null))e", "!ArgumentNullException: Value cannot be null. Parameter: name"},
  });
}

TEST_CASE("XmlDocument: XPath finds nodes in the order of the document") {
  const auto found = [](const std::string& path) {
    return "var s = \"\"; foreach (XmlNode n in e.SelectNodes(\"" + path + "\")) s += n.InnerText + \";\"; return s;";
  };
  check_document({
      {found("b"), "String x & y;34;"},
      {found("/r/b/c"), "String 3;4;"},
      {found("//c"), "String 3;4;5;"},
      {found("//c[1]"), "String 3;5;"},
      {found("(//c)[2]"), "String 4;"},
      {found("//c | @a"), "String 1;3;4;5;"},
      {found("b[2]/c[last()]"), "String 4;"},
      {found("b[position()<2]"), "String x & y;"},
      {found("b[@k='2']/c"), "String 3;4;"},
      {found("b[@k=2][c='4']/@k"), "String 2;"},
      {found("b[c]"), "String 34;"},
      {found("b[not(c) or c>=4]"), "String x & y;34;"},
      {found("b[c and @k!='1']"), "String 34;"},
      {found("//b[count(c)=2]"), "String 34;"},
      {found("//*[local-name()='d']//c"), "String 5;"},
      {found("//*[name()='p:d']"), "String 5;"},
      {found("*[contains(., '&')]"), "String x & y;"},
      {found("b[starts-with(string(.), 'x')]/text()"), "String x & y;"},
      {found("//c/../@k"), "String 2;3;"},
      {found("comment()"), "String n;"},
      {found("descendant::c"), "String 3;4;5;"},
      {found("zz"), "String "},
      {R"e(d.SelectSingleNode("/r/b/c").InnerText)e", "String 3"},
      {R"e(e.SelectSingleNode("/").NodeType)e", "XmlNodeType Document"},
      {R"e(e.SelectSingleNode("zz"))e", "null"},
      {R"e(var m = new XmlNamespaceManager(d.NameTable); m.AddNamespace("q", "urn:p"); return d.SelectSingleNode("/r/q:d/b/@k", m).Value;)e",
       "String 3"},
      {R"e(var m = new XmlNamespaceManager(new NameTable()); m.AddNamespace("q", "u"); return m.LookupNamespace("q");)e", "String u"},
  });
}

TEST_CASE("XmlDocument: a path that is none, or beyond what is offered, says so") {
  check_document({
      {R"e(e.SelectNodes("b["))e", "!XPathException: 'b[' has an invalid token."},
      {R"e(e.SelectNodes(""))e", "!XPathException: '' has an invalid token."},
      {R"e(e.SelectNodes("b[@k='1]"))e", "!XPathException: 'b[@k='1]' has a string that was not closed."},
      {R"e(e.SelectNodes("p:d"))e",
       "!XPathException: 'p:d' has a prefix, for which SelectNodes and SelectSingleNode need an XmlNamespaceManager."},
      {R"e(e.SelectNodes("q:d", new XmlNamespaceManager(d.NameTable)))e",
       "!XPathException: 'q:d' has the prefix 'q', which is not declared."},
      {R"e(e.SelectNodes("ancestor::r"))e",
       "!XPathException: 'ancestor::r' has the axis ancestor, which expressions of policies do not offer."},
      {R"e(e.SelectNodes("b[sum(c)>3]"))e",
       "!XPathException: 'b[sum(c)>3]' has the function sum(), which expressions of policies do not offer."},
      {R"e(e.SelectNodes("b[1=1=1]"))e",
       "!XPathException: 'b[1=1=1]' has a comparison of truth values, which expressions of policies do not offer."},
      {R"e(e.SelectNodes("b[1+1]"))e", "!XPathException: 'b[1+1]' has arithmetic, which expressions of policies do not offer."},
      {R"e(e.SelectNodes("b" + string.Concat(Enumerable.Repeat("[b", 50))).Count)e",
       "!XPathException: 'b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b' has "
       "predicates or brackets nested too deep."},
      {R"e(e.SelectNodes(string.Concat(Enumerable.Repeat("(", 99)) + "b").Count > 0)e",
       "!XPathException: '" + std::string(99, '(') + "b' has predicates or brackets nested too deep."},
      {R"e(e.SelectSingleNode(null))e", "!ArgumentNullException: Value cannot be null. Parameter: xpath"},
  });
}

TEST_CASE("XmlDocument: small changes, and what cannot be read") {
  check_document({
      {R"e(e.InnerText = "a<b"; e.RemoveAttribute("p:b"); e.SetAttribute("a", "2"); e.SetAttribute("n", "3"); return e.OuterXml;)e",
       R"e(String <r xmlns:p="urn:p" a="2" n="3">a&lt;b</r>)e"},
      {R"e(var n = e["b"]; e.RemoveChild(n); n.FirstChild.Value = "z"; e.AppendChild(d.CreateElement("f")).AppendChild(n); return e.LastChild.OuterXml;)e",
       R"e(String <f><b k="1">z</b></f>)e"},
      {R"e(e.AppendChild(d.CreateTextNode("t")); return e.LastChild.Name + e.LastChild.InnerText;)e", "String #textt"},
      {R"e(e.Attributes["a"].Value = "9"; return e.GetAttribute("a");)e", "String 9"},
      {R"e(e.FirstChild.AppendChild(e); return 1;)e",
       "!ArgumentException: Cannot insert a node or any ancestor of that node as a child of itself."},
      {R"e(e.RemoveChild(e); return 1;)e", "!ArgumentException: The node to be removed is not a child of this node."},
      {R"e(d.InnerText = "x"; return 1;)e",
       "!InvalidOperationException: The 'InnerText' of a 'Document' node is read-only and cannot be set."},
      {R"e(d.LoadXml("<q> <s/> </q>"); return d.OuterXml;)e", "String <q><s /></q>"},
      {R"e(d.PreserveWhitespace = true; d.LoadXml("<q> <s/> </q>"); return d.OuterXml;)e", "String <q> <s /> </q>"},
      {R"e(new XmlDocument().DocumentElement == null ? "none" : "")e", "String none"},
      {R"e(d.LoadXml(""); return 1;)e", "!XmlException: Root element is missing."},
      {R"e(d.LoadXml("<!DOCTYPE a><a/>"); return 1;)e",
       "!XmlException: For security reasons DTD is prohibited in this XML document. To enable DTD processing set the DtdProcessing "
       "property on "
       "XmlReaderSettings to Parse and pass the settings into XmlReader.Create method."},
      {R"e(d.LoadXml(null); return 1;)e", "!ArgumentNullException: Value cannot be null. Parameter: s"},
  });
}
