#include <doctest/doctest.h>

#include "fake_context.hpp"
#include "keys.hpp"

using namespace gatelet;
using namespace gatelet::test;

// "Name: value" lines of the headers called `name`, as they would be sent.
static std::string lines_of(const Headers& headers, std::string_view name) {
  std::string text;
  for (const HeaderField& field : headers.fields())
    if (equal_ignoring_case(field.name, name)) text += (text.empty() ? "" : " | ") + std::string(field.value);
  return text;
}

TEST_CASE("set-header: exists-action decides what becomes of the values that are there") {
  struct Row {
    const char *statement, *before, *after;
  };
  for (const Row& row : {
           Row{"<set-header name='X-A'><value>1</value><value>2</value></set-header>", "0", "1, 2"},
           Row{"<set-header name='X-A' exists-action='override'><value>1</value></set-header>", "0", "1"},
           Row{"<set-header name='x-a' exists-action='append'><value>1</value><value>2</value></set-header>", "0", "0, 1, 2"},
           Row{"<set-header name='X-A' exists-action='append'><value>1</value></set-header>", nullptr, "1"},
           Row{"<set-header name='X-A' exists-action='skip'><value>1</value></set-header>", "0", "0"},
           Row{"<set-header name='X-A' exists-action='skip'><value>1</value></set-header>", "", ""},
           Row{"<set-header name='X-A' exists-action='skip'><value>1</value></set-header>", nullptr, "1"},
           Row{"<set-header name='X-A' exists-action='delete'/>", "0", ""},
           Row{"<set-header name='X-A' exists-action='delete'><value>1</value></set-header>", nullptr, ""},
           Row{"<set-header name='X-A'/>", "0", ""},  // override without a value deletes
           Row{"<set-header name='X-A' exists-action='append'/>", "0", "0"},
           Row{"<set-header name='X-A'><value>\n   1\n  </value></set-header>", "0", "1"},
           Row{"<set-header name='X-A'><value></value></set-header>", "0", ""},
       }) {
    CAPTURE(row.statement);
    for (const Section section : {Section::inbound, Section::backend, Section::outbound, Section::on_error}) {
      FakeContext context;
      const bool is_response = section == Section::outbound || section == Section::on_error;
      Headers& changed = is_response ? context.response.headers : context.request.headers;
      Headers& other = is_response ? context.request.headers : context.response.headers;
      if (row.before) changed.append("X-A", row.before);
      other.append("X-A", "other");
      CHECK(context.run(section, row.statement) == Flow::next);
      CHECK(lines_of(changed, "X-A") == row.after);
      CHECK(lines_of(other, "X-A") == "other");
    }
  }
}

TEST_CASE("set-header: several lines of one name become one value, but names sent as separate lines keep theirs") {
  FakeContext context;
  Headers& headers = context.response.headers;
  for (const char* name : {"X-A", "Set-Cookie"}) {
    headers.append(name, "a=1");
    headers.append(name, "b=2");
  }
  context.run(Section::outbound,
              "<set-header name='X-A' exists-action='append'><value>c=3</value></set-header>"
              "<set-header name='Set-Cookie' exists-action='append'><value>c=3</value><value>d=4</value></set-header>"
              "<set-header name='WWW-Authenticate'><value>Basic</value><value>Bearer</value></set-header>");
  CHECK(lines_of(headers, "X-A") == "a=1, b=2, c=3");
  CHECK(lines_of(headers, "Set-Cookie") == "a=1 | b=2 | c=3 | d=4");
  CHECK(lines_of(headers, "WWW-Authenticate") == "Basic | Bearer");
}

TEST_CASE("set-header: what frames the message cannot be touched, and Server cannot be removed") {
  FakeContext context;
  context.request.headers.append("Content-Length", "3");
  context.response.headers.append("Server", "x");
  CHECK(context.run(
            Section::inbound,
            "<set-header name='content-length'><value>9</value></set-header>"
            "<set-header name='Transfer-Encoding'><value>chunked</value></set-header>"
            "<set-header name='Connection'><value>close</value></set-header><set-header name='Keep-Alive'><value>1</value></set-header>") ==
        Flow::next);
  CHECK(context.header("Content-Length") == "3");
  CHECK_FALSE(context.request.headers.contains("Transfer-Encoding"));
  CHECK_FALSE(context.request.headers.contains("Connection"));
  CHECK(context.run(Section::outbound, "<set-header name='Server' exists-action='delete'/>") == Flow::next);
  CHECK(lines_of(context.response.headers, "Server") == "x");
  CHECK(context.run(Section::outbound, "<set-header name='Server'><value>y</value></set-header>") == Flow::next);
  CHECK(lines_of(context.response.headers, "Server") == "y");
}

TEST_CASE("set-header: Host of the request is what the backend is told") {
  FakeContext context;
  context.run(Section::inbound, "<set-header name='Host' exists-action='skip'><value>a.test</value></set-header>");
  CHECK(context.host_override.empty());
  context.run(Section::inbound, "<set-header name='host'><value>b.test:81</value></set-header>");
  CHECK(context.host_override == "b.test:81");
  context.run(Section::outbound, "<set-header name='Host'><value>c.test</value></set-header>");
  CHECK(context.host_override == "b.test:81");
  context.run(Section::inbound, "<set-header name='Host' exists-action='delete'/>");
  CHECK(context.host_override.empty());
  CHECK(context.run(Section::inbound, "<set-header name='Host'><value>not a host</value></set-header>") == Flow::fail);
  CHECK(context.failure().reason == "PolicyValueInvalid");
}

TEST_CASE("set-header: values that no header can have are refused, at load or when they come about") {
  CHECK(read_section("inbound", "<set-header name='X-A'><value>a\nb</value></set-header>").problems() ==
        "policy.xml:1:43: error: the value of a header cannot hold line breaks or control characters; write it in one line "
        "[invalid-value]\n");
  CHECK(read_section("inbound", "<set-header name='X A'><value>a</value></set-header>").problems() ==
        "policy.xml:1:38: error: 'X A' cannot be the name of a header; use letters, digits and - [invalid-value]\n");
  CHECK(read_section("inbound", "<set-header name='X-A' exists-action='Append'><value>a</value></set-header>").problems() ==
        "policy.xml:1:58: error: 'exists-action' must be override, skip, append or delete, not 'Append' [invalid-value]\n");
  FakeEnvironment environment;
  environment.has_expressions = true;
  struct Row {
    const char *statement, *reason, *message;
  };
  for (const Row& row : {
           Row{"<set-header name='X-A'><value>@(\"a\nb\")</value></set-header>", "PolicyValueInvalid",
               "The value of header X-A holds a line break or a control character."},
           Row{"<set-header name='@(\"X A\")'><value>1</value></set-header>", "PolicyValueInvalid",
               "'X A' cannot be the name of a header."},
           Row{"<set-header name='X' exists-action='@(\"x\")'><value>1</value></set-header>", "PolicyValueInvalid",
               "exists-action must be override, skip, append or delete, not 'x'."},
           Row{"<set-header name='X'><value>@(fail)</value></set-header>", "ExpressionValueEvaluationFailure",
               "Expression evaluation failed. Index was out of range."},
       }) {
    CAPTURE(row.statement);
    FakeContext context;
    CHECK(context.run(Section::inbound, row.statement, environment) == Flow::fail);
    CHECK(context.failure().source == "set-header");
    CHECK(context.failure().reason == row.reason);
    CHECK(context.failure().message == row.message);
    CHECK(context.failure().status == 500);
  }
}

TEST_CASE("set-header: name, action and values may be expressions; they see the header as it was") {
  FakeEnvironment environment;
  environment.has_expressions = true;
  FakeContext context;
  context.request.headers.append("X-A", "old");
  CHECK(context.run(
            Section::inbound,
            "<set-header name='@(\"X-A\")' exists-action='@(\"override\")'><value>@(header X-A)</value><value>new</value></set-header>"
            "<set-header name='Cookie'><value>@(header X-A)</value></set-header>",
            environment) == Flow::next);
  CHECK(context.header("X-A") == "old, new");
  CHECK(context.header("Cookie") == "old, new");
}

TEST_CASE("set-status: code and phrase of the response, whatever the section") {
  struct Row {
    const char* statement;
    int status;
    std::optional<std::string_view> reason;
  };
  for (const Row& row : {Row{"<set-status code='201' reason='Created indeed'/>", 201, "Created indeed"},
                         Row{"<set-status code='409'/>", 409, std::nullopt},     // the standard phrase
                         Row{"<set-status code='999' reason=''/>", 999, ""}}) {  // none at all
    CAPTURE(row.statement);
    for (const Section section : {Section::inbound, Section::backend, Section::outbound, Section::on_error}) {
      FakeContext context;
      CHECK(context.run(section, row.statement) == Flow::next);
      CHECK(context.response.status == row.status);
      CHECK(context.response.reason == row.reason);
      CHECK(context.has_response);
    }
  }
}

TEST_CASE("set-status: a code outside of 200 to 999 is refused") {
  for (const char* code : {"99", "100", "199", "1000", "-1", "", "2O0", "200 OK"}) {
    CAPTURE(code);
    CHECK_FALSE(read_section("inbound", "<set-status code='" + std::string(code) + "'/>").document);
  }
  FakeEnvironment environment;
  environment.has_expressions = true;
  FakeContext context;
  CHECK(context.run(Section::inbound, "<set-status code='@(\"1000\")'/>", environment) == Flow::fail);
  CHECK(context.failure().message == "Expression evaluation failed. 1000 is not between 200 and 999.");
  CHECK(context.run(Section::inbound, "<set-status code='@(\"100\")'/>", environment) == Flow::fail);
  CHECK(context.run(Section::inbound, "<set-status code='@(\"x\")'/>", environment) == Flow::fail);
  CHECK(context.failure().message == "Expression evaluation failed. 'x' is not an integer.");
}

TEST_CASE("set-body: the content is the body as it stands") {
  FakeEnvironment environment;
  environment.has_expressions = true;
  environment.named_values["who"] = "<you>";
  struct Row {
    const char *content, *body;
  };
  for (const Row& row : {
           Row{"plain", "plain"},
           Row{"  two\n lines ", "  two\n lines "},
           Row{"a &lt; b &amp; c", "a < b & c"},
           Row{"<![CDATA[<a> & b]]>", "<a> & b"},
           Row{"\n  @(\"computed\")\n", "computed"},
           Row{"<value>in value</value>", "in value"},
           Row{"\n <value>@(\"computed\")</value>\n", "computed"},
           Row{"<a:b xmlns:a='urn:x' c=\"1\"><d/>&amp;</a:b>\n", "<a:b xmlns:a='urn:x' c=\"1\"><d/>&amp;</a:b>\n"},
           Row{"<value>1</value><value>2</value>", "<value>1</value><value>2</value>"},
           Row{"hello {{who}}", "hello <you>"},
           Row{"", ""},
       }) {
    CAPTURE(row.content);
    for (const Section section : {Section::inbound, Section::backend, Section::outbound, Section::on_error}) {
      FakeContext context;
      context.request.body = Body::from(Buffer::copy("old"));
      context.response.body = Body::from(Buffer::copy("old"));
      CHECK(context.run(section, "<set-body>" + std::string(row.content) + "</set-body>", environment) == Flow::next);
      const bool is_response = section == Section::outbound || section == Section::on_error;
      const Body& changed = is_response ? context.response.body : context.request.body;
      const Body& other = is_response ? context.request.body : context.response.body;
      CHECK(changed.bytes.view() == row.body);
      CHECK(changed.kind == Body::Kind::bytes);
      CHECK(changed.size == std::string_view(row.body).size());
      CHECK(other.bytes.view() == "old");
    }
  }
}

TEST_CASE("set-body: headers that spoke of the old bytes go, the charset becomes utf-8") {
  struct Row {
    const char *before, *after;
  };
  for (const Row& row : {Row{"text/plain; charset=iso-8859-1", "text/plain; charset=utf-8"},
                         Row{"text/plain;Charset=\"x\"; a=b", "text/plain;Charset=utf-8; a=b"},
                         Row{"text/plain; charset=UTF-8", "text/plain; charset=UTF-8"}, Row{"application/json", "application/json"}}) {
    CAPTURE(row.before);
    FakeContext context;
    context.response.headers.append("Content-Type", row.before);
    context.response.headers.append("Content-Length", "100");
    context.response.headers.append("Content-Encoding", "gzip");
    context.response.headers.append("ETag", "1");
    context.run(Section::outbound, "<set-body>x</set-body>");
    CHECK(lines_of(context.response.headers, "Content-Type") == row.after);
    CHECK(context.response.headers.count() == 2);
  }
}

TEST_CASE("set-body: attributes that only Liquid uses are checked and without effect") {
  CHECK(read_section("inbound", "<set-body xsi-nil='null' parse-date='false'>x</set-body>").problems().empty());
  CHECK(read_section("inbound", "<set-body xsi-nil='none'>x</set-body>").problems() ==
        "policy.xml:1:39: error: 'xsi-nil' of 'set-body' must be one of blank, null, not 'none' [invalid-value]\n");
  CHECK(read_section("inbound", "<set-body template='none'>x</set-body>").problems().empty());
  CHECK(read_section("inbound", "<set-body template='razor'>x</set-body>").diagnostics.error_count() == 1);
}

TEST_CASE("set-body: a template is read when its document is, and its problems have their places in it") {
  struct Row {
    const char *content, *problems;
  };
  for (const Row& row : {
           Row{"{{body.a}}", ""},
           Row{"\n  {{ 'a' }}\n &lt; {% if &quot;x&quot; %}",
               "policy.xml:3:7: error: Liquid: 'if' is not closed; add {% endif %} [invalid-value]\n"},
           Row{"<a>{{ b }}</a>\n<c d='{{ e | upcase }}'/>{% x %}",
               "policy.xml:2:7: warning: Liquid: there is no filter 'upcase', the value stays as it is; did you mean Upcase? "
               "[invalid-value]\n"
               "policy.xml:2:26: error: Liquid: there is no tag 'x'; look for its right name or take it out [invalid-value]\n"},
           Row{"@(context.RequestId)", ""},
       }) {
    CAPTURE(row.content);
    CHECK(read_section("inbound", "<set-body template='liquid'>" + std::string(row.content) + "</set-body>").problems() == row.problems);
  }
}

TEST_CASE("set-body: a template waits for the body only where it may look at it") {
  const auto needs_of = [](const char* text) { return flatten_one(read_section("inbound", text).document)->needs; };
  CHECK(needs_of("<set-body template='liquid'>{{ context.Request.Method }}</set-body>") == needs_no_body);
  CHECK(needs_of("<set-body template='liquid'>{{ Body.a }}</set-body>") == needs_request_body);
  CHECK(needs_of("<set-body template='liquid'>{{ [context.Variables['x']] }}</set-body>") == needs_request_body);
  CHECK(needs_of("<return-response><set-body template='liquid'>{{ body.a }}</set-body></return-response>") == needs_no_body);
}

TEST_CASE("set-body: a template sees the client's certificate, under its thumbprint") {
  const crypto::Random random{[](void*, void* out, size_t size) { std::memset(out, 7, size); }, nullptr};
  struct Row {
    const char *content, *shown, *without;
  };
  for (const Row& row : {
           Row{"{% for c in context.Request.ClientCertificates %}{{ c.Key }} {{ c.Value.Subject }};{% endfor %}",
               "8EA73BC623B3A240DC750A473022FD24D0758491 CN=Test Intermediate;", ""},
           Row{"{{ context.Request.ClientCertificates.size }}{% if context.Request.ClientCertificates == empty %} empty{% endif %}", "1",
               "0 empty"},
           Row{"{{ context.Request.ClientCertificates['8ea73bc623b3a240dc750a473022fd24d0758491'].Thumbprint }}",
               "8EA73BC623B3A240DC750A473022FD24D0758491", ""},
           Row{"{{ context.Request.ClientCertificates['00'].Thumbprint }}.", ".", "."},
           Row{"{% assign c = context.Request.ClientCertificates.first.Value -%}"
               "{{ c.Issuer }}|{{ c.SerialNumber }}|{{ c.NotBefore }}|{{ c.NotAfter | Date: 'yyyy' }}|{{ c.FriendlyName }}|{{ c.Version }}|"
               "{{ c.PublicKey }}|{{ c.RawData }}",
               "CN=Test Root, O=\"Gatelet, Tests\", C=IT|02|01/01/2024 00:00:00|2034||3||", "|||||||"},
           Row{"{% assign c = context.Request.ClientCertificates.first.Value %}{{ c | Truncate: 12, '' }}", "[Subject]\n  ", ""},
       }) {
    CAPTURE(row.content);
    const std::string policy = "<set-body template='liquid'><![CDATA[" + std::string(row.content) + "]]></set-body>";
    FakeContext context;
    CHECK(context.run(Section::inbound, policy) == Flow::next);
    CHECK(context.request.body.bytes.view() == row.without);
    context.client_certificate =
        std::make_shared<const ClientCertificate>(ClientCertificate{*crypto::Certificate::parse(intermediate_certificate, {}, random)});
    CHECK(context.run(Section::inbound, policy) == Flow::next);
    CHECK(context.request.body.bytes.view() == row.shown);
  }
}

TEST_CASE("set-method: standard methods in upper case, any other token as it is written") {
  struct Row {
    const char* text;
    Method method;
    const char* written;
  };
  for (const Row& row : {Row{"PUT", Method::put, "PUT"}, Row{" \n delete ", Method::delete_, "DELETE"},
                         Row{"Report", Method::other, "Report"}, Row{"@(\"patch\")", Method::patch, "PATCH"}}) {
    CAPTURE(row.text);
    FakeEnvironment environment;
    environment.has_expressions = true;
    for (const Section section : {Section::inbound, Section::backend, Section::outbound, Section::on_error}) {
      FakeContext context;
      CHECK(context.run(section, "<set-method>" + std::string(row.text) + "</set-method>", environment) == Flow::next);
      CHECK(context.request.method == row.method);
      CHECK(context.request.method_text == row.written);
    }
  }
  CHECK_FALSE(read_section("inbound", "<set-method></set-method>").document);
  CHECK_FALSE(read_section("inbound", "<set-method>GET /</set-method>").document);
}

TEST_CASE("set-variable: a text for all later sections, overwritten by the next") {
  FakeContext context;
  context.run(Section::inbound, "<set-variable name='a' value='1'/><set-variable name='a' value=' 2 '/><set-variable name='A' value=''/>");
  CHECK(context.variable("a") == " 2 ");
  CHECK(context.variable("A").empty());
}
