#include <doctest/doctest.h>

#include "base/limits.hpp"
#include "fake_context.hpp"

using namespace gatelet;
using namespace gatelet::test;

// The variable a that `value`, as an attribute of set-variable, leads to; else the problems.
static std::string variable_from(const std::string& value, const FakeEnvironment& environment) {
  const Reading reading = read_section("inbound", "<set-variable name=\"a\" value=\"" + value + "\" />", environment);
  if (!reading.document || reading.diagnostics.count() != 0) return reading.problems();
  FakeContext context;
  const auto program = flatten_one(reading.document);
  CHECK(context.run(*program, Section::inbound) == Flow::next);
  return context.variable("a");
}

TEST_CASE("named values: replaced as text, never scanned again, never escaped or unescaped") {
  FakeEnvironment environment;
  environment.has_expressions = true;
  environment.named_values = {{"host", "backend.test"},          {"a-b.c_1", "v"}, {"nested", "{{host}}"},   {"markup", "<b>&amp;\"</b>"},
                              {"expression", "@(\"computed\")"}, {"empty", ""},    {"quoted", "say \"hi\""}, {"brace", "}"}};
  struct Row {
    const char *text, *value;
  };
  for (const Row& row : {
           Row{"{{host}}", "backend.test"},
           Row{"https://{{host}}/{{a-b.c_1}}", "https://backend.test/v"},
           Row{"{{nested}}", "{{host}}"},
           Row{"{{markup}}", "<b>&amp;\"</b>"},
           Row{"{{empty}}", ""},
           Row{"{{expression}}", "computed"},
           Row{"@(\"{{host}}\")", "backend.test"},
           Row{"x{{expression}}",
               "policy.xml:1:50: warning: text around an expression makes the whole value literal; make 'value' of 'set-variable' one "
               "expression [invalid-value]\n"},
           Row{"{{{host}}}", "{backend.test}"},
           Row{"{{ host }}", "{{ host }}"},  // not the form of a name
           Row{"{{a|b}}", "{{a|b}}"},
           Row{"{{}}", "{{}}"},
           Row{"{{host", "{{host"},
           Row{"{{host}", "{{host}"},
           Row{"{{brace}}}", "}}"},
           Row{"{{Host}}",
               "policy.xml:1:50: error: the named value 'Host' does not exist; add it, or correct the name in {{Host}} "
               "[unknown-reference]\n"},
       }) {
    CAPTURE(row.text);
    CHECK(variable_from(row.text, environment) == row.value);
  }
}

TEST_CASE("named values: one that breaks an expression is the compiler's problem, not a literal") {
  FakeEnvironment environment;
  environment.has_expressions = true;
  environment.named_values = {{"quoted", "say \"hi\""}, {"open", "@(\"x\""}};
  CHECK(variable_from("@(\"{{quoted}}\")", environment).find("[invalid-expression]") != std::string::npos);
  CHECK(variable_from("{{open}}", environment).find("[invalid-expression]") != std::string::npos);
}

TEST_CASE("named values: in an expression an unknown name inside more braces is C# and stays") {
  FakeEnvironment environment;
  environment.has_expressions = true;
  CHECK(variable_from("@($\"{{{x}}}\")", environment).find("unknown-reference") == std::string::npos);
  CHECK(variable_from("@(\"{{x}}\")", environment).find("unknown-reference") != std::string::npos);
}

TEST_CASE("named values: types are checked after they are put in") {
  FakeEnvironment environment;
  environment.named_values = {{"calls", "12"}, {"word", "many"}};
  const std::string rest = " renewal-period='60' counter-key='k'/>";
  CHECK(read_section("inbound", "<rate-limit-by-key calls='{{calls}}'" + rest, environment).document);
  CHECK(read_section("inbound", "<rate-limit-by-key calls='{{word}}'" + rest, environment).problems() ==
        "policy.xml:1:46: error: 'calls' of 'rate-limit-by-key' must be an integer from 1 to 4294967295, not 'many' [invalid-value]\n");
}

TEST_CASE("named values: a document checked on its own takes unknown names for 1, with a warning") {
  FakeEnvironment environment;
  environment.lenient = true;
  for (const char* statement :
       {"<rate-limit-by-key calls='{{x}}' renewal-period='60' counter-key='k'/>", "<set-backend-service base-url='{{x}}'/>",
        "<set-backend-service base-url='https://{{x}}/a'/>", "<choose><when condition='{{x}}'/></choose>",
        "<set-header name='{{x}}'><value>{{x}}</value></set-header>", "<set-status code='{{x}}'/>"}) {
    CAPTURE(statement);
    const Reading reading = read_section("inbound", statement, environment);
    CHECK(reading.document);
    CHECK(reading.diagnostics.error_count() == 0);
    CHECK(reading.diagnostics.count() > 0);
  }
  const Reading others = read_section("inbound", "<include-fragment fragment-id='f'/><set-backend-service backend-id='b'/>", environment);
  CHECK(others.document);
  CHECK(others.diagnostics.count() == 2);
}

TEST_CASE("named values: what they may blow a document up to has a limit") {
  FakeEnvironment environment;
  environment.named_values["v"] = std::string(named_value_bytes_max, 'x');
  std::string text;
  for (size_t i = 0; i * named_value_bytes_max <= named_values_inserted_bytes_max; ++i) text += "{{v}}";
  CHECK(read_section("inbound", "<set-variable name='a' value='" + text + "'/>", environment).problems().find("[limit-exceeded]") !=
        std::string::npos);
}

TEST_CASE("named values: Liquid texts have those that exist, the rest is Liquid") {
  CHECK(read_section("inbound", "<set-body template='liquid'>{{body.x}} {{ name }}</set-body>").problems().empty());
}

TEST_CASE(
    "named values: in the markup of a body they stay text where the document is of the form xml, and are put in as they are in raw form") {
  FakeEnvironment environment;
  environment.named_values["v"] = "<b a='1'>\"x\" & ]]></b>";
  struct Row {
    const char* body;
    XmlForm form;
    const char* seen;
  };
  for (const Row& row : {
           Row{"<a>{{v}}</a>", XmlForm::any, "<a><b a='1'>\"x\" & ]]></b></a>"},
           Row{"<a>{{v}}</a>", XmlForm::escaped, "<a>&lt;b a=&apos;1&apos;&gt;&quot;x&quot; &amp; ]]&gt;&lt;/b&gt;</a>"},
           Row{"<a b='{{v}}'/>", XmlForm::escaped, "<a b='&lt;b a=&apos;1&apos;&gt;&quot;x&quot; &amp; ]]&gt;&lt;/b&gt;'/>"},
           Row{"<value><a>&lt;{{v}}</a></value>", XmlForm::escaped,
               "<a>&lt;&lt;b a=&apos;1&apos;&gt;&quot;x&quot; &amp; ]]&gt;&lt;/b&gt;</a>"},
           Row{"<a><![CDATA[<{{v}}>]]></a>", XmlForm::escaped,
               "<a><![CDATA[<]]>&lt;b a=&apos;1&apos;&gt;&quot;x&quot; &amp; ]]&gt;&lt;/b&gt;<![CDATA[>]]></a>"},
           Row{"&lt;{{v}}", XmlForm::escaped, "<<b a='1'>\"x\" & ]]></b>"},  // no markup: text, decoded
       }) {
    CAPTURE(row.body);
    const std::string statement = "<set-body>" + std::string(row.body) + "</set-body>";
    environment.fragments["f"] = {"<fragment>" + statement + "</fragment>", "f.xml", row.form};
    for (const std::string& policies : {statement, std::string("<include-fragment fragment-id=\"f\"/>")}) {
      // What holds the fragment may be of the other form.
      const XmlForm form = policies == statement ? row.form : XmlForm::any;
      const Reading reading = read("<policies><inbound>" + policies + "</inbound></policies>", environment, Scope::api, form);
      CAPTURE(reading.problems());
      REQUIRE(reading.document);
      FakeContext context;
      CHECK(context.run(*flatten_one(reading.document), Section::inbound) == Flow::next);
      CHECK(context.request.body.bytes.view() == row.seen);
    }
  }
}
