// System.Uri and System.Net.IPAddress.
#include <doctest/doctest.h>

#include "corpora.hpp"
#include "evaluate.hpp"

using namespace gatelet;

TEST_CASE("a Uri has the parts of its canonical form") {
  const std::string u = "new Uri(\"HTTPS://Ex.com:443/a%20b/../c?q=1#f\")";
  check({
      {"@(" + u + ".AbsoluteUri)", "String https://ex.com/c?q=1#f"},
      {"@(" + u + ".Host)", "String ex.com"},
      {"@(" + u + ".Port)", "Int32 443"},
      {"@(" + u + ".AbsolutePath)", "String /c"},
      {"@(" + u + ".PathAndQuery)", "String /c?q=1"},
      {"@(" + u + ".Query)", "String ?q=1"},
      {"@(" + u + ".Fragment)", "String #f"},
      {"@(" + u + ".Scheme)", "String https"},
      {"@(" + u + ".Authority)", "String ex.com"},
      {"@(" + u + ".ToString())", "String https://ex.com/c?q=1#f"},
      {"@(" + u + ".GetLeftPart(UriPartial.Authority))", "String https://ex.com"},
      {"@(" + u + ".GetLeftPart(UriPartial.Scheme))", "String https://"},
      {"@(" + u + ".GetLeftPart(UriPartial.Path))", "String https://ex.com/c"},
      {"@(" + u + ".GetLeftPart(UriPartial.Query))", "String https://ex.com/c?q=1"},
      {"@(" + u + ".OriginalString)", "String HTTPS://Ex.com:443/a%20b/../c?q=1#f"},
      {"@(" + u + ".IsDefaultPort && " + u + ".IsAbsoluteUri && !" + u + ".IsLoopback && !" + u + ".IsFile)", "Boolean True"},
      {"@(new Uri(\"http://h/a/b/c?x\").Segments)", "String[] /,a/,b/,c"},
      {"@(new Uri(\"http://user:pw@h:8080\").UserInfo)", "String user:pw"},
      {"@(new Uri(\"http://user:pw@h:8080\").AbsoluteUri)", "String http://user:pw@h:8080/"},
      {"@(new Uri(\"http://h:8080/\").Authority)", "String h:8080"},
      {"@(new Uri(\" http://h/\u00e9 b\\\\c?\u00e9|\\\"#<x> \").AbsoluteUri)", "String http://h/%C3%A9%20b/c?%C3%A9%7C%22#%3Cx%3E"},
      {"@(new Uri(\"http://h/%41%2f%c3%a9%zz\").AbsoluteUri)", "String http://h/A%2f%C3%A9%25zz"},
      {"@(new Uri(\"http://h/a%20b%2Fc\").ToString())", "String http://h/a b%2Fc"},
      {"@(new Uri(\"http://h/a%20b%2Fc\").LocalPath)", "String /a b/c"},
      {"@(new Uri(\"http://[::1]:80/\").Host + new Uri(\"http://[::1]:81/\").DnsSafeHost)", "String [::1]::1"},
      {"@(new Uri(\"http://127.0.0.1/\").HostNameType + \" \" + new Uri(\"http://localhost\").IsLoopback)", "String IPv4 True"},
      {"@(new Uri(\"urn:a:b\").AbsolutePath + new Uri(\"urn:a:b\").Port)", "String a:b-1"},
      {"@(new Uri(\"http://h/../../a/./b/..\").AbsolutePath)", "String /a/"},
      {"@(new Uri(\"http://h/a\") == new Uri(\"HTTP://H:80/a#x\"))", "Boolean True"},
      {"@(new Uri(\"http://h/a\").Equals(new Uri(\"http://h/A\")))", "Boolean False"},
      {"@(context.Request.Url.ToUri().Host)", "String gateway.test"},
      {"@(context.Request.OriginalUrl.ToUri().AbsoluteUri)", "String https://gateway.test/a/b?q=1&q=2&r=x%20y"},
  });
}

TEST_CASE("what is no absolute Uri is refused in .NET's words, unless a relative one will do") {
  const std::string not_absolute = "!UriFormatException: Invalid URI: The format of the URI could not be determined.";
  check({
      {"@(new Uri(\"abc\"))", not_absolute},
      {"@(new Uri(\"/abc\"))", not_absolute},
      {"@(new Uri(\"\"))", "!UriFormatException: Invalid URI: The URI is empty."},
      {"@(new Uri((string)null))", "!ArgumentNullException: Value cannot be null. Parameter: uriString"},
      {"@(new Uri(\"http://\"))", "!UriFormatException: Invalid URI: The hostname could not be parsed."},
      {"@(new Uri(\"http://a b/\"))", "!UriFormatException: Invalid URI: The hostname could not be parsed."},
      {"@(new Uri(\"http://h:x/\"))", "!UriFormatException: Invalid URI: Invalid port specified."},
      {"@(new Uri(\"http://h:65536/\"))", "!UriFormatException: Invalid URI: Invalid port specified."},
      {"@(new Uri(\"a b\", UriKind.Relative).ToString())", "String a b"},
      {"@(new Uri(\"a\", UriKind.RelativeOrAbsolute).IsAbsoluteUri)", "Boolean False"},
      {"@(new Uri(\"a\", UriKind.Relative).Host)", "!InvalidOperationException: This operation is not supported for a relative URI."},
      {"@(new Uri(\"http://h\", UriKind.Relative))",
       "!UriFormatException: A relative URI cannot be created because the 'uriString' parameter represents an absolute URI."},
      {"@{ Uri u; return Uri.TryCreate(\"http://h/x\", UriKind.Absolute, out u) ? u.Host : \"\"; }", "String h"},
      {"@{ Uri u; return Uri.TryCreate(\"x\", UriKind.Absolute, out u) || u != null; }", "Boolean False"},
      {"@{ Uri u; return Uri.TryCreate(null, UriKind.Absolute, out u); }", "Boolean False"},
      {"@(Uri.IsWellFormedUriString(\"http://h/a b\", UriKind.Absolute))", "Boolean False"},
      {"@(Uri.IsWellFormedUriString(\"http://h/a%20b\", UriKind.Absolute))", "Boolean True"},
  });
}

TEST_CASE("relative references are resolved as RFC 3986 says") {
  // Its section 5.4, with .NET's canonical form.
  for (const Row& row : {
           Row{"../c?d", "http://h/c?d"},
           Row{"g", "http://h/a/g"},
           Row{"./g", "http://h/a/g"},
           Row{"g/", "http://h/a/g/"},
           Row{"/g", "http://h/g"},
           Row{"//g", "http://g/"},
           Row{"?y", "http://h/a/b?y"},
           Row{"g?y", "http://h/a/g?y"},
           Row{"#s", "http://h/a/b#s"},
           Row{"", "http://h/a/b"},
           Row{".", "http://h/a/"},
           Row{"..", "http://h/"},
           Row{"../../g", "http://h/g"},
           Row{"https://x/y", "https://x/y"},
       }) {
    CAPTURE(row.expression);
    CHECK(evaluate("@(new Uri(new Uri(\"http://h/a/b\"), \"" + row.expression + "\"))") == "Uri " + row.result);
  }
  check({
      {"@(new Uri(new Uri(\"http://h\"), new Uri(\"x\", UriKind.Relative)).AbsoluteUri)", "String http://h/x"},
      {"@(new Uri((Uri)null, \"x\"))", "!ArgumentNullException: Value cannot be null. Parameter: baseUri"},
      {"@{ Uri u; return Uri.TryCreate(new Uri(\"http://h/a\"), \"b\", out u) ? u.AbsoluteUri : \"\"; }", "String http://h/b"},
      {"@(new Uri(\"http://h/a/\").MakeRelativeUri(new Uri(\"http://h/a/b?c\")))", "Uri b?c"},
      {"@(new Uri(\"http://h/a/b/c\").MakeRelativeUri(new Uri(\"http://h/a/x\")))", "Uri ../x"},
      {"@(new Uri(\"http://h/a/\").IsBaseOf(new Uri(\"http://h/a/b\")))", "Boolean True"},
  });
}

TEST_CASE("escaping keeps what the vectors of .NET keep") {
  check({
      {"@(Uri.EscapeDataString(\"a b+c/d?e=f&g~h!*'()\u00e9%\"))", "String a%20b%2Bc%2Fd%3Fe%3Df%26g~h%21%2A%27%28%29%C3%A9%25"},
      {"@(Uri.EscapeUriString(\"http://x/a b?q=\u00e9&r=%\"))", "String http://x/a%20b?q=%C3%A9&r=%25"},
      {"@(Uri.UnescapeDataString(\"a+b%20c%2\"))", "String a+b c%2"},
      {"@(Uri.UnescapeDataString(\"%C3%A9%ff%E2%82%AC%41\"))", "String \u00e9%ff\u20acA"},
      {"@(Uri.EscapeDataString(null))", "!ArgumentNullException: Value cannot be null. Parameter: stringToEscape"},
      {"@(Uri.CheckSchemeName(\"http\") && !Uri.CheckSchemeName(\"1http\"))", "Boolean True"},
      {"@(Uri.CheckHostName(\"a.b\") + \" \" + Uri.CheckHostName(\"1.2.3.4\") + \" \" + Uri.CheckHostName(\"a b\"))",
       "String Dns IPv4 Unknown"},
      {"@(Uri.HexEscape('/') + Uri.SchemeDelimiter + Uri.UriSchemeHttps)", "String %2F://https"},
  });
}

TEST_CASE("IP addresses are read and written in their shortest form") {
  check({
      {"@(IPAddress.Parse(\"192.168.1.10\"))", "IPAddress 192.168.1.10"},
      {"@(IPAddress.Parse(\"2001:0DB8:0:0:1:0:0:1\"))", "IPAddress 2001:db8::1:0:0:1"},
      {"@(IPAddress.Parse(\"::ffff:1.2.3.4\"))", "IPAddress ::ffff:1.2.3.4"},
      {"@(IPAddress.Parse(\"::\"))", "IPAddress ::"},
      {"@(IPAddress.Parse(\"1::\"))", "IPAddress 1::"},
      {"@(IPAddress.Parse(\"1.2.3.4\").GetAddressBytes())", "Byte[] 1,2,3,4"},
      {"@(IPAddress.Parse(\"::1\").GetAddressBytes().Length)", "Int32 16"},
      {"@(IPAddress.Parse(\"1.2.3.4\").AddressFamily + \" \" + IPAddress.Parse(\"::1\").AddressFamily)",
       "String InterNetwork InterNetworkV6"},
      {"@(IPAddress.IsLoopback(IPAddress.Parse(\"127.1.2.3\")) && IPAddress.IsLoopback(IPAddress.Parse(\"::1\")))", "Boolean True"},
      {"@(IPAddress.Parse(\"1.2.3.4\").Equals(IPAddress.Parse(\"1.2.3.4\")))", "Boolean True"},
      {"@(IPAddress.Parse(\"1.2.3\"))", "!FormatException: An invalid IP address was specified."},
      {"@(IPAddress.Parse(null))", "!ArgumentNullException: Value cannot be null. Parameter: ipString"},
      {"@{ IPAddress a; return IPAddress.TryParse(\"x\", out a) || a != null; }", "Boolean False"},
  });
}
