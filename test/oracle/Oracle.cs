// Runs the cases that follow as methods C0, C1, … and prints a JSON line for each: type, text and value, or exception and message.
using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;
using System.Xml.Linq;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NameTable = System.Xml.NameTable;
using XmlAttribute = System.Xml.XmlAttribute;
using XmlDocument = System.Xml.XmlDocument;
using XmlElement = System.Xml.XmlElement;
using XmlNamespaceManager = System.Xml.XmlNamespaceManager;
using XmlNode = System.Xml.XmlNode;
using XmlNodeList = System.Xml.XmlNodeList;

static class Oracle {
  static string Quoted(string text) {
    var all = new StringBuilder("\"");
    foreach (char c in text) {
      if (c == '"' || c == '\\') all.Append('\\').Append(c);
      else if (c < ' ' || c > '~') all.Append("\\u").Append(((int)c).ToString("x4"));
      else all.Append(c);
    }
    return all.Append('"').ToString();
  }

  static string Text(object value) { return value == null ? "" : value is double ? ((double)value).ToString("R") : value is float ? ((float)value).ToString("R") : value.ToString() ?? ""; }

  // What an array holds, which its text does not tell.
  static string Value(object value) {
    if (value is byte[]) return Quoted(Convert.ToBase64String((byte[])value));
    var items = new List<string>();
    foreach (object item in (Array)value) items.Add(item is Array ? Value(item) : item == null ? "null" : Quoted(Text(item)));
    return "[" + string.Join(",", items) + "]";
  }

  static string Answer(MethodInfo method) {
    try {
      object value = ((Func<object>)Delegate.CreateDelegate(typeof(Func<object>), method))();
      if (value == null) return "\"type\":null,\"text\":\"\"";
      string known = "\"type\":" + Quoted(value.GetType().Name) + ",\"text\":" + Quoted(Text(value));
      return value is Array ? known + ",\"value\":" + Value(value) : known;
    } catch (Exception e) {
      return "\"exception\":" + Quoted(e.GetType().Name) + ",\"message\":" + Quoted(e.Message);
    }
  }

  static void Main(string[] arguments) {
    Thread.CurrentThread.CurrentCulture = Thread.CurrentThread.CurrentUICulture = CultureInfo.InvariantCulture;
    foreach (MethodInfo method in typeof(Cases).GetMethods(BindingFlags.Static | BindingFlags.Public))
      Console.WriteLine("{\"id\":" + method.Name.Substring(1) + "," + Answer(method) + "}");
  }
}

static class Cases {
