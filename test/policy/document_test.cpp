#include <doctest/doctest.h>

#include "base/limits.hpp"
#include "fake_context.hpp"

using namespace gatelet;
using namespace gatelet::test;

// "inbound: api set-header, api choose\when" for each section that has instructions: what runs, in order, and where it comes from.
static std::string listing(const Program& program) {
  std::string text;
  for (size_t section = 0; section < section_count; ++section) {
    const auto [first, last] = program.sections[section];
    if (first == last) continue;
    text += (text.empty() ? "" : "; ") + std::string(text_of(static_cast<Section>(section))) + ":";
    for (uint32_t i = first; i < last; ++i)
      text += (i == first ? " " : ", ") + std::string(text_of(program.code[i].origin->scope)) + " " + program.code[i].origin->path;
  }
  return text;
}

TEST_CASE("document: every problem has its place and says what to do") {
  struct Row {
    const char *text, *problem;
  };
  for (const Row& row : {
           Row{"<policies>\n<inbound>\n  <set-heder name='a'/>\n</inbound></policies>",
               "policy.xml:3:3: error: 'set-heder' is not a policy; did you mean 'set-header'? [unknown-element]"},
           Row{"<policies><inbound><frobnicate/></inbound></policies>",
               "policy.xml:1:20: error: 'frobnicate' is not a policy; remove it [unknown-element]"},
           Row{"<policies><inbound><set-variable nam='a' name='a' value='b'/></inbound></policies>",
               "policy.xml:1:34: error: 'set-variable' has no attribute 'nam'; did you mean 'name'? [unknown-attribute]"},
           Row{"<policies><inbound><set-variable name='a'/></inbound></policies>",
               "policy.xml:1:20: error: 'set-variable' needs the attribute 'value' [missing-value]"},
           Row{"<policies><inbound><set-header name='a'><vaule>x</vaule></set-header></inbound></policies>",
               "policy.xml:1:41: error: 'vaule' is not known in 'set-header'; it knows value [unknown-element]"},
           Row{"<policies><inbound><set-header name='a'><base/></set-header></inbound></policies>",
               "policy.xml:1:41: error: 'base' is not known in 'set-header'; it knows value [unknown-element]"},
           Row{"<policies><inbound><set-header name='a'><set-method>PUT</set-method></set-header></inbound></policies>",
               "policy.xml:1:41: error: 'set-method' may not stand in 'set-header'; move it out of it [misplaced-policy]"},
           Row{"<policies><inbound><set-header name='a'>x</set-header></inbound></policies>",
               "policy.xml:1:41: error: 'set-header' cannot contain text; put it into 'value' [invalid-value]"},
           Row{"<policies><outbound><rewrite-uri template='/a'/></outbound></policies>",
               "policy.xml:1:21: error: 'rewrite-uri' may not stand in the outbound section; move it to inbound [misplaced-policy]"},
           Row{"<policies><inbound><publish-event/></inbound></policies>",
               "policy.xml:1:20: error: 'publish-event' may not stand in the inbound section; it belongs to GraphQL resolvers; remove it "
               "[misplaced-policy]"},
           Row{"<policies><inbound><set-status code='99' reason=''/></inbound></policies>",
               "policy.xml:1:38: error: 'code' of 'set-status' must be an integer from 200 to 999, not '99' [invalid-value]"},
           Row{"<policies><inbound>text</inbound></policies>",
               "policy.xml:1:20: error: 'inbound' holds policies and cannot contain text; remove it [invalid-value]"},
           Row{"<policies>text<inbound/></policies>",
               "policy.xml:1:11: error: 'policies' holds sections and cannot contain text; remove it [invalid-value]"},
           Row{"<policies><inbound/><inbound/></policies>",
               "policy.xml:1:21: error: the section 'inbound' stands here a second time; merge the two [invalid-policy-xml]"},
           Row{"<policies><inbond/></policies>",
               "policy.xml:1:11: error: 'inbond' stands outside of a section; did you mean 'inbound'? [unknown-element]"},
           Row{"<policies><set-method>PUT</set-method></policies>",
               "policy.xml:1:11: error: 'set-method' stands outside of a section; move it into inbound, backend, outbound or on-error "
               "[misplaced-policy]"},
           Row{"<policies><inbound a='b'/></policies>",
               "policy.xml:1:20: error: 'inbound' has no attribute 'a'; remove it [unknown-attribute]"},
           Row{"<inbound/>",
               "policy.xml:1:1: error: the root must be 'policies', not 'inbound'; put this into 'policies' [invalid-policy-xml]"},
           Row{"<policies><inbound><base/><base/></inbound></policies>",
               "policy.xml:1:27: error: 'base' stands here a second time; keep one of them [misplaced-policy]"},
           Row{"<policies><inbound><base x='1'/></inbound></policies>",
               "policy.xml:1:26: error: 'base' has no attribute 'x'; remove it [unknown-attribute]"},
           Row{"<policies><inbound><choose/></inbound></policies>",
               "policy.xml:1:20: error: 'choose' needs the element 'when' [missing-value]"},
           Row{"<policies><inbound><choose><when condition='1'/></choose></inbound></policies>",
               "policy.xml:1:45: error: 'condition' of 'when' must be true or false, not '1' [invalid-value]"},
           Row{"<policies><inbound><choose><when condition='true'/><otherwise/><otherwise/></choose></inbound></policies>",
               "policy.xml:1:64: error: 'choose' may hold 'otherwise' only once [misplaced-policy]"},
       }) {
    CAPTURE(row.text);
    const Reading reading = read(row.text);
    CHECK(reading.problems() == std::string(row.problem) + "\n");
    CHECK_FALSE(reading.document);
    CHECK(reading.diagnostics.items()[0].scope == "api");
  }
}

TEST_CASE("document: all problems are collected, not only the first one") {
  const Reading reading = read(
      "<policies>\n<inbound>\n<set-header nam='x'><vlue>1</vlue></set-header>\n<set-status code='x' reason='y'/>\n<nothing/>\n</inbound>\n"
      "<outbound><set-method>A B</set-method></outbound></policies>");
  CHECK(reading.diagnostics.count() == 6);
  CHECK_FALSE(reading.document);
}

TEST_CASE("document: what is not XML is a problem, never a crash or an empty document") {
  for (const char* text : {"", "no xml", "<policies>", "<policies><inbound></policies>", "<policies/><policies/>"}) {
    CAPTURE(text);
    const Reading reading = read(text);
    CHECK(reading.diagnostics.has_errors());
    CHECK_FALSE(reading.document);
  }
}

TEST_CASE("document: a missing section inherits, an empty one does not") {
  const Reading reading = read("<policies><inbound/><outbound><base/></outbound></policies>");
  REQUIRE(reading.document);
  CHECK(reading.document->sections[0]);
  CHECK_FALSE(reading.document->sections[1]);
  const auto global = read(
      "<policies><inbound><set-method>PUT</set-method></inbound><backend><forward-request/></backend>"
      "<outbound><set-status code='200'/></outbound></policies>",
      {}, Scope::global);
  const auto program = flatten({global.document, nullptr, reading.document, nullptr});
  REQUIRE(program);
  CHECK(listing(**program) == "backend: global forward-request; outbound: global set-status");
}

TEST_CASE("flatten: <base/> puts the parent's statements where it stands, in every section alike") {
  const auto document = [](Scope scope, const char* inbound) {
    return read("<policies><inbound>" + std::string(inbound) + "</inbound><backend/></policies>", {}, scope).document;
  };
  struct Row {
    const char *global, *product, *api, *operation, *listing;
  };
  const char* one = "<base/><set-method>PUT</set-method>";
  for (const Row& row : {
           Row{one, one, one, one, "inbound: global set-method, product set-method, api set-method, operation set-method"},
           Row{one, nullptr, one, nullptr, "inbound: global set-method, api set-method"},
           Row{one, one, "<set-method>PUT</set-method><base/>", nullptr, "inbound: api set-method, global set-method, product set-method"},
           Row{one, one, "<set-method>PUT</set-method>", one, "inbound: api set-method, operation set-method"},
           Row{one, one, one, "<choose><when condition='true'><base/></when><otherwise><base/></otherwise></choose>",
               "inbound: operation choose\\when, global set-method, product set-method, api set-method, operation choose, "
               "global set-method, product set-method, api set-method"},
           Row{"<base/>", nullptr, nullptr, nullptr, ""},
       }) {
    CAPTURE(row.listing);
    std::shared_ptr<const Document> by_scope[4];
    const char* texts[] = {row.global, row.product, row.api, row.operation};
    for (size_t i = 0; i < 4; ++i)
      if (texts[i]) by_scope[i] = document(static_cast<Scope>(i), texts[i]);
    const auto program = flatten(by_scope);
    REQUIRE(program);
    CHECK(listing(**program) == row.listing);
  }
}

TEST_CASE("flatten: documents are shared, not copied, and live as long as the program") {
  auto document = read_section("inbound", "<set-method>PUT</set-method>").document;
  const std::shared_ptr<const Document> by_scope[4] = {document, nullptr, nullptr, nullptr};
  const auto first = *flatten(by_scope);
  const auto second = *flatten(by_scope);
  CHECK(first->code[0].policy == second->code[0].policy);
  std::weak_ptr<const Document> watched = document;
  document.reset();
  const_cast<std::shared_ptr<const Document>&>(by_scope[0]).reset();
  CHECK_FALSE(watched.expired());
}

TEST_CASE("flatten: a merged program has a limit, reached in linear time however often <base/> stands in branches") {
  std::string text = "<policies><inbound>";
  for (int i = 0; i < 2000; ++i) text += "<choose><when condition='true'><base/></when></choose>";
  text += "</inbound></policies>";
  std::shared_ptr<const Document> by_scope[4];
  for (size_t i = 0; i < 4; ++i) by_scope[i] = read(text, {}, static_cast<Scope>(i)).document;
  const auto program = flatten(by_scope);
  REQUIRE_FALSE(program);
  CHECK(program.error().code == Code::limit);
}

TEST_CASE("document: policies in policies and policies in all have limits") {
  std::string nested;
  for (uint32_t i = 0; i <= policy_depth_max; ++i) nested += "<choose><when condition='true'>";
  for (uint32_t i = 0; i <= policy_depth_max; ++i) nested += "</when></choose>";
  CHECK(read_section("inbound", nested).problems().find("[limit-exceeded]") != std::string::npos);

  std::string many;
  for (size_t i = 0; i <= program_instructions_max; ++i) many += "<cors/>\n";
  const Reading reading = read_section("inbound", many);
  CHECK(reading.problems().find("[limit-exceeded]") != std::string::npos);
}

TEST_CASE("paths: a step has an index only where siblings share its name") {
  const Reading reading = read_section(
      "inbound",
      "<set-method>PUT</set-method>"
      "<choose><when condition='false'><set-method>PUT</set-method></when>"
      "<when condition='true'><set-header name='a'><value>1</value></set-header><set-header name='b'><value>1</value></set-header></when>"
      "<otherwise><choose><when condition='true'/></choose></otherwise></choose>"
      "<choose><when condition='true'/></choose>");
  REQUIRE(reading.document);
  CHECK(listing(*flatten_one(reading.document)) ==
        "inbound: api set-method, api choose[1]\\when[1], api choose[1]\\when[1]\\set-method, api choose[1], api choose[1]\\when[2], "
        "api choose[1]\\when[2]\\set-header[1], api choose[1]\\when[2]\\set-header[2], api choose[1], "
        "api choose[1]\\otherwise\\choose\\when, api choose[2]\\when");
}

TEST_CASE("origin: an id belongs to its policy and not to those in it") {
  const Reading reading =
      read_section("inbound", "<choose id='c'><when condition='true'><set-method id='m'>PUT</set-method></when></choose>");
  REQUIRE(reading.document);
  const auto program = flatten_one(reading.document);
  CHECK(program->code[1].origin->policy_id == "m");
  CHECK(program->code[1].origin->element == "set-method");
  CHECK(program->code[0].origin->element == "choose");
  CHECK(program->code[0].origin->policy_id == "c");
}

TEST_CASE("fragments: their policies stand where they are included") {
  FakeEnvironment environment;
  environment.fragments["f"] = {"<fragment>\n<set-method id='x'>PUT</set-method>\n<set-method>PUT</set-method></fragment>", "f.xml"};
  const Reading reading = read(
      "<policies><inbound><include-fragment fragment-id='f'/></inbound><outbound><choose><when condition='true'>"
      "<include-fragment fragment-id='f'/></when></choose></outbound></policies>",
      environment);
  REQUIRE(reading.document);
  CHECK(listing(*flatten_one(reading.document)) ==
        "inbound: api include-fragment\\set-method[1], api include-fragment\\set-method[2]; outbound: api choose\\when, "
        "api choose\\when\\include-fragment\\set-method[1], api choose\\when\\include-fragment\\set-method[2]");
}

TEST_CASE("fragments: problems in them name their file, once however often they are included") {
  FakeEnvironment environment;
  environment.fragments["outer"] = {"<fragment><include-fragment fragment-id='plain'/></fragment>", "outer.xml"};
  environment.fragments["plain"] = {"<fragment/>", "plain.xml"};
  environment.fragments["section"] = {"<fragment><inbound/></fragment>", "section.xml"};
  environment.fragments["base"] = {"<fragment><base/></fragment>", "base.xml"};
  environment.fragments["root"] = {"<policies/>", "root.xml"};
  environment.fragments["misplaced"] = {"<fragment>\n <rewrite-uri template='/'/></fragment>", "misplaced.xml"};
  struct Row {
    const char *section, *id, *problem;
  };
  for (const Row& row : {
           Row{"inbound", "outer",
               "outer.xml:1:11: error: a fragment may not include another fragment; include both in the document [misplaced-policy]\n"},
           Row{"inbound", "section", "section.xml:1:11: error: 'inbound' is not a policy; remove it [unknown-element]\n"},
           Row{"inbound", "base", "base.xml:1:11: error: 'base' may not stand in a fragment; remove it [misplaced-policy]\n"},
           Row{"inbound", "root", "root.xml:1:1: error: the root of a fragment must be 'fragment', not 'policies' [invalid-policy-xml]\n"},
           Row{"outbound", "misplaced",
               "misplaced.xml:2:2: error: 'rewrite-uri' may not stand in the outbound section; move it to inbound [misplaced-policy]\n"},
           Row{"inbound", "misplaced", ""},
           Row{"inbound", "none",
               "policy.xml:1:20: error: the fragment 'none' does not exist; add it, or correct the fragment-id [unknown-reference]\n"},
       }) {
    CAPTURE(row.id);
    const std::string include = "<include-fragment fragment-id='" + std::string(row.id) + "'/>";
    CHECK(read_section(row.section, include, environment).problems() == row.problem);
    if (std::string(row.id) != "none")
      CHECK(read_section(row.section, include + "<choose><when condition='true'>" + include + "</when></choose>", environment).problems() ==
            row.problem);
  }
}

TEST_CASE("fragments: one on its own is read for its problems, at home in any section") {
  Diagnostics diagnostics;
  const FakeEnvironment environment;
  DocumentSource source{
      .text = "<fragment><rewrite-uri template='/a'/><set-body>x</set-body></fragment>", .file = "f.xml", .scope_text = {}};
  CHECK(read_document(source, environment.lookup(), diagnostics, true));
  CHECK(diagnostics.count() == 0);
  source.text = "<fragment><base/></fragment>";
  CHECK_FALSE(read_document(source, environment.lookup(), diagnostics, true));
  source.text = "<policies/>";
  CHECK_FALSE(read_document(source, environment.lookup(), diagnostics, true));
  CHECK(diagnostics.error_count() == 2);
}

TEST_CASE("unsupported policies: known ones are skipped with one warning") {
  const Reading reading = read(
      "<policies><inbound><xsl-transform/><choose><when condition='true'><xsl-transform "
      "anything='1'><x/></xsl-transform></when></choose></inbound>"
      "<backend><forward-request/></backend></policies>");
  CHECK(reading.problems() ==
        "policy.xml:1:20: warning: 'xsl-transform' is known to API Management but not to this build; it is skipped when requests run "
        "[unsupported-policy]\n");
  REQUIRE(reading.document);
  CHECK(listing(*flatten_one(reading.document)) == "inbound: api choose\\when; backend: api forward-request");
}

TEST_CASE("unsupported policies: the warning is one for all documents whose problems are collected together") {
  Diagnostics diagnostics;
  const FakeEnvironment environment;
  const DocumentSource source{.text = "<policies><inbound><xsl-transform/></inbound></policies>", .file = "a.xml", .scope_text = {}};
  CHECK(read_document(source, environment.lookup(), diagnostics));
  CHECK(read_document(source, environment.lookup(), diagnostics));
  CHECK(diagnostics.count() == 1);
}

TEST_CASE("scopes: a policy at a scope where it may not stand is an error, unless the scope is not known") {
  Diagnostics diagnostics;
  const FakeEnvironment environment;
  DocumentSource source{.text = "<policies><inbound><quota calls='1' renewal-period='60'/></inbound></policies>",
                        .file = "a.xml",
                        .scope = Scope::api,
                        .scope_text = {}};
  CHECK_FALSE(read_document(source, environment.lookup(), diagnostics));
  CHECK(format(diagnostics.items()[0]) ==
        "a.xml:1:20: error: 'quota' may not stand in a document of api scope; move it to product scope [misplaced-policy]");
  source.is_scope_known = false;
  CHECK(read_document(source, environment.lookup(), diagnostics));
}

TEST_CASE("expressions: without a compiler they are an error with their place, and the rest is still checked") {
  const Reading reading = read_section("inbound",
                                       "<set-header name='@(a)' exists-action='x'><value>@(b)</value></set-header>"
                                       "<set-status code='@(1)' reason='y' z=''/>");
  CHECK(reading.problems() ==
        "policy.xml:1:38: error: policy expressions are not supported by this build; write a literal value [expression-unsupported]\n"
        "policy.xml:1:59: error: 'exists-action' must be override, skip, append or delete, not 'x' [invalid-value]\n"
        "policy.xml:1:69: error: policy expressions are not supported by this build; write a literal value [expression-unsupported]\n"
        "policy.xml:1:112: error: policy expressions are not supported by this build; write a literal value [expression-unsupported]\n"
        "policy.xml:1:129: error: 'set-status' has no attribute 'z'; it knows id, code, reason [unknown-attribute]\n");
}

TEST_CASE("expressions: a value that starts like one is one, and text around one makes the whole literal") {
  FakeEnvironment environment;
  environment.has_expressions = true;
  struct Row {
    const char *value, *problem;
  };
  for (const Row& row : {
           Row{"  @(\"x\")  ", ""},
           Row{"@(nonsense)", "policy.xml:1:50: error: 'nonsense' is not C# [invalid-expression]\n"},
           Row{"a @(\"x\")",
               "policy.xml:1:50: warning: text around an expression makes the whole value literal; make 'value' of 'set-variable' one "
               "expression [invalid-value]\n"},
       }) {
    CAPTURE(row.value);
    CHECK(read_section("inbound", "<set-variable name='a' value='" + std::string(row.value) + "'/>", environment).problems() ==
          row.problem);
  }
  CHECK(read_section("inbound", "<set-method><!-- why -->@(\"PUT\")</set-method>", environment).problems().find("make it a C# comment") !=
        std::string::npos);
  CHECK(read_section("inbound", "<set-variable name='@(\"x\")' value='1'/>", environment).problems() ==
        "policy.xml:1:40: error: 'name' of 'set-variable' cannot be an expression; write a literal value [invalid-value]\n");
}

TEST_CASE("default document: at global scope requests are forwarded and nothing else happens") {
  const auto document = default_global_document(*builtin_policies());
  REQUIRE(document);
  const auto program = flatten({document, nullptr, nullptr, nullptr});
  REQUIRE(program);
  CHECK(listing(**program) == "backend: global forward-request");
}

TEST_CASE("default document: what a global document leaves out comes from it, an empty section does not") {
  struct Row {
    const char *text, *listing;
  };
  for (const Row& row : {Row{"<policies><inbound/></policies>", "backend: global forward-request"},
                         Row{"<policies><backend/></policies>", ""}, Row{"<policies><backend><base/></backend></policies>", ""}}) {
    CAPTURE(row.text);
    const auto program = flatten({read(row.text, {}, Scope::global).document, nullptr, nullptr, nullptr});
    REQUIRE(program);
    CHECK(listing(**program) == row.listing);
  }
  CHECK(effective_text({read("<policies/>", {}, Scope::global).document, nullptr, nullptr, nullptr}).find("<forward-request />") !=
        std::string::npos);
}

TEST_CASE("effective text: the merged document, fragments and <base/> put in, named values not") {
  FakeEnvironment environment;
  environment.has_expressions = true;
  environment.named_values["secret"] = "hush";
  environment.fragments["f"] = {"<fragment><set-method>PUT</set-method></fragment>", "f.xml"};
  const auto global = read(
      "<policies><inbound><set-header name=\"a\"><value>{{secret}}</value></set-header></inbound><backend><forward-request/></backend>"
      "</policies>",
      environment, Scope::global);
  const auto api = read(
      "<policies><inbound><choose><when condition=\"@(\"a\" < \"b\")\"><base/></when><otherwise><include-fragment fragment-id=\"f\"/>"
      "</otherwise></choose><set-body><a b=\"&lt;\">1</a></set-body></inbound></policies>",
      environment);
  // The fake compiler knows only strings; the condition is replaced by one it takes.
  CHECK_FALSE(api.document);
  const auto taken = read(
      "<policies><inbound><choose><when condition=\"@(\"true\")\"><base/></when><otherwise><include-fragment fragment-id=\"f\"/>"
      "</otherwise></choose><set-variable name=\"a&amp;\" value='x\"'/><set-body><a b=\"&lt;\">1</a></set-body></inbound></policies>",
      environment);
  REQUIRE(taken.document);
  CHECK(effective_text({global.document, nullptr, taken.document, nullptr}) ==
        "<policies>\n"
        "  <inbound>\n"
        "    <choose>\n"
        "      <when condition=\"@(\"true\")\">\n"
        "        <set-header name=\"a\"><value>{{secret}}</value></set-header>\n"
        "      </when>\n"
        "      <otherwise>\n"
        "        <set-method>PUT</set-method>\n"
        "      </otherwise>\n"
        "    </choose>\n"
        "    <set-variable name=\"a&amp;\" value=\"x&quot;\" />\n"
        "    <set-body><a b=\"&lt;\">1</a></set-body>\n"
        "  </inbound>\n"
        "  <backend>\n"
        "    <forward-request />\n"
        "  </backend>\n"
        "  <outbound>\n"
        "  </outbound>\n"
        "  <on-error>\n"
        "  </on-error>\n"
        "</policies>\n");
}

TEST_CASE("effective text: what a document or fragment of the form xml says is written so that it is read the same in raw form") {
  FakeEnvironment environment;
  environment.has_expressions = true;
  environment.named_values["x"] = "1";
  environment.fragments["f"] = {"<fragment><set-variable name=\"f\" value='@(\"a&amp;b\")'/></fragment>", "f.xml", XmlForm::escaped};
  const auto api = read(
      "<policies><inbound><set-header name=\"x\"><!-- gone --><value>@(&quot;&amp;lt;&quot;)</value></set-header>"
      "<include-fragment fragment-id=\"f\"/><set-body><a b='&lt;'>{{x}}</a></set-body></inbound></policies>",
      environment, Scope::api, XmlForm::escaped);
  REQUIRE(api.document);
  CHECK(effective_text({nullptr, nullptr, api.document, nullptr}) ==
        "<policies>\n"
        "  <inbound>\n"
        "    <set-header name=\"x\"><value>@(\"&lt;\")</value></set-header>\n"
        "    <set-variable name=\"f\" value=\"@(\"a&b\")\" />\n"
        "    <set-body><a b='&lt;'>{{x}}</a></set-body>\n"
        "  </inbound>\n"
        "  <backend>\n"
        "  </backend>\n"
        "  <outbound>\n"
        "  </outbound>\n"
        "  <on-error>\n"
        "  </on-error>\n"
        "</policies>\n");
}
