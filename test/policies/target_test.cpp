// The policies that change where a request goes: set-query-parameter, rewrite-uri, set-backend-service.
#include <doctest/doctest.h>

#include "fake_context.hpp"

using namespace gatelet;
using namespace gatelet::test;

static std::string target_of(const Context& context) {
  const Target& target = context.request.target;
  return std::string(target.path) + (target.has_query ? "?" + std::string(target.query) : std::string());
}

TEST_CASE("set-query-parameter: changes one parameter and leaves the others byte for byte") {
  struct Row {
    const char *before, *statement, *after;
  };
  for (const Row& row : {
           Row{"/a?x=%7e&b=1&c&d=", "<set-query-parameter name='b'><value>2</value></set-query-parameter>", "/a?x=%7e&b=2&c&d="},
           Row{"/a?b=1&c=2&b=3", "<set-query-parameter name='b'><value>x</value><value>y</value></set-query-parameter>", "/a?b=x&b=y&c=2"},
           Row{"/a?b=1", "<set-query-parameter name='b' exists-action='append'><value>2</value><value>3</value></set-query-parameter>",
               "/a?b=1&b=2&b=3"},
           Row{"/a", "<set-query-parameter name='b' exists-action='append'><value>1</value></set-query-parameter>", "/a?b=1"},
           Row{"/a?B=1", "<set-query-parameter name='b' exists-action='skip'><value>2</value></set-query-parameter>", "/a?B=1"},
           Row{"/a?c=1", "<set-query-parameter name='b' exists-action='skip'><value>2</value></set-query-parameter>", "/a?c=1&b=2"},
           Row{"/a?b=1&keep=2&b=3", "<set-query-parameter name='b' exists-action='delete'/>", "/a?keep=2"},
           Row{"/a?b=1", "<set-query-parameter name='b' exists-action='delete'/>", "/a"},
           Row{"/a?b=1", "<set-query-parameter name='none' exists-action='delete'/>", "/a?b=1"},
           Row{"/a", "<set-query-parameter name='k e'><value>a b&amp;c/d</value></set-query-parameter>", "/a?k%20e=a%20b%26c%2Fd"},
           Row{"/a?%62=1", "<set-query-parameter name='b'><value>2</value></set-query-parameter>", "/a?b=2"},
       }) {
    CAPTURE(row.statement);
    FakeContext context;
    REQUIRE(canonicalize(row.before, context.arena, context.request.target) == TargetFault::none);
    CHECK(context.run(Section::inbound, row.statement) == Flow::next);
    CHECK(target_of(context) == row.after);
  }
  CHECK_FALSE(read_section("inbound", "<set-query-parameter name=''><value>1</value></set-query-parameter>").document);
}

TEST_CASE("rewrite-uri: path and query from the template and the matched parameters") {
  const std::vector<MatchedParameter> matched = {
      {"version", "v2", false}, {"id", "1%2F2", false}, {"rest", "a/b", false}, {"p1", "value", true}, {"p2", "dynamicKey", true}};
  struct Row {
    const char *operation, *request, *attributes, *target;
  };
  for (const Row& row : {
           Row{"/x", "/x", "template='/api/v2/resource'", "/api/v2/resource"},
           Row{"/x", "/x", "template='/api/{version}/users/{id}'", "/api/v2/users/1%2F2"},
           Row{"/x", "/x", "template='files/{rest}'", "/files/a/b"},
           Row{"/x", "/x", "template='files/{*rest}'", "/files/a/b"},
           Row{"/x", "/x", "template='/a/{ID}'", "/a/1%2F2"},
           Row{"/x", "/x", "template=''", "/"},
           Row{"/x", "/x?a=1&b=2", "template='?b=override'", "/?b=override&a=1"},
           Row{"/x", "/x?old=1", "template='/a?newparam=value' copy-unmatched-params='false'", "/a?newparam=value"},
           Row{"/x", "/x?old=1", "template='/a' copy-unmatched-params='false'", "/a"},
           Row{"/x", "/x?keep=this", "template='/a'", "/a?keep=this"},
           Row{"/x", "/x", "template='/a?filter=active&amp;sort=name'", "/a?filter=active&sort=name"},
           Row{"/x", "/x", "template='/a?param={p1}&amp;{p2}=t'", "/a?param=value&dynamicKey=t"},
           Row{"/get?a={b}", "/get?a=b&c=d", "template='/put'", "/put?c=d"},
           Row{"/get?a={b}", "/get?a=b&c=d", "template='/put' copy-unmatched-params='FALSE'", "/put"},
           Row{"/get?a={b}", "/get?A=b&%61=x&c", "template='/put'", "/put?c"},
           Row{"/x", "/x?q=a%20b&r=%7e&&s", "template='/a'", "/a?q=a%20b&r=%7e&&s"},
           Row{"/x", "/x", "template='/a b/&#228;/{/}'", "/a%20b/%C3%A4/%7B/%7D"},
           Row{"/x", "/x", "template='/S(Key=1,Row=&apos;{version}&apos;)?$select=A,B'", "/S(Key=1,Row='v2')?$select=A,B"},
       }) {
    CAPTURE(row.request);
    CAPTURE(row.attributes);
    FakeContext context;
    context.set_operation(row.operation, matched);
    REQUIRE(canonicalize(row.request, context.arena, context.request.target) == TargetFault::none);
    CHECK(context.run(Section::inbound, "<rewrite-uri " + std::string(row.attributes) + "/>") == Flow::next);
    CHECK(target_of(context) == row.target);
  }
}

TEST_CASE("rewrite-uri: the last one wins, and sees the query that is current") {
  FakeContext context;
  REQUIRE(canonicalize("/x?a=1", context.arena, context.request.target) == TargetFault::none);
  CHECK(context.run(Section::inbound, "<rewrite-uri template='/one?b=2'/><rewrite-uri template='/two'/>") == Flow::next);
  CHECK(target_of(context) == "/two?b=2&a=1");
}

TEST_CASE("rewrite-uri: a value that changes sides adds neither parameters nor segments") {
  struct Row {
    MatchedParameter parameter;
    const char *uri, *target;
  };
  for (const Row& row : {
           Row{{"p", "1&admin=true;x+y", false}, "/a?id={p}", "/a?id=1%26admin%3Dtrue%3Bx%2By"},
           Row{{"p", "../admin?x+y", true}, "/a/{p}/b", "/a/..%2Fadmin%3Fx%20y/b"},
           Row{{"p", "x+y/z?", true}, "/a?q={p}", "/a?q=x+y/z?"},
       }) {
    CAPTURE(row.uri);
    FakeContext context;
    context.set_operation("/x", {row.parameter});
    CHECK(context.run(Section::inbound, "<rewrite-uri copy-unmatched-params='false' template='" + std::string(row.uri) + "'/>") ==
          Flow::next);
    CHECK(target_of(context) == row.target);
  }
  for (const char* value : {".", "..", "%2e%2E", ".%2e"}) {
    CAPTURE(value);
    FakeContext context;
    context.set_operation("/x", {{"p", value, true}});
    CHECK(context.run(Section::inbound, "<rewrite-uri template='/a/{p}/b'/>") == Flow::fail);
    CHECK(context.failure().reason == "PolicyValueInvalid");
    CHECK(target_of(context) == "/orders/42?page=2&size=10");
  }
}

TEST_CASE("rewrite-uri: an unknown placeholder is an error at load where the operation is known, else when it runs") {
  FakeContext context;
  CHECK(context.run(Section::inbound, "<rewrite-uri template='/a/{order}'/>") == Flow::fail);
  CHECK(context.failure().source == "rewrite-uri");
  CHECK(context.failure().message == "Template placeholder 'order' not found in MatchedParameters");

  const FakeEnvironment environment;
  Diagnostics diagnostics;
  const std::vector<std::string> parameters = {"id"};
  DocumentSource source{
      .text = "<policies><inbound><rewrite-uri template='/a/{ID}/{order}'/></inbound></policies>", .file = "p.xml", .scope_text = {}};
  source.template_parameters = &parameters;
  CHECK_FALSE(read_document(source, environment.lookup(), diagnostics));
  CHECK(format(diagnostics.items()[0]) ==
        "p.xml:1:43: error: the operation has no template parameter 'order'; use one that its URL template names [unknown-reference]");
  CHECK(diagnostics.count() == 1);
}

TEST_CASE("rewrite-uri: a template that cannot be sent is an error at load") {
  for (const char* uri : {"/a/../b", "/a/%2e%2e/b", "/a/./b", "..", "/a#b", "/a&#10;b"}) {
    CAPTURE(uri);
    CHECK_FALSE(read_section("inbound", "<rewrite-uri template='" + std::string(uri) + "'/>").document);
  }
}

TEST_CASE("rewrite-uri: an expression yields path and query; its braces are resolved where they are known") {
  FakeEnvironment environment;
  environment.has_expressions = true;
  FakeContext context;
  CHECK(context.run(Section::inbound, "<rewrite-uri copy-unmatched-params='@(\"false\")' template='@(\"a/{id}/{none}?x={id} y\")'/>",
                    environment) == Flow::next);
  CHECK(target_of(context) == "/a/42/%7Bnone%7D?x=42%20y");
  CHECK(context.run(Section::inbound, "<rewrite-uri template='@(\"/a/../b\")'/>", environment) == Flow::fail);
}

TEST_CASE("set-backend-service: the last one executed wins, path and query stay") {
  FakeEnvironment environment;
  environment.backends["b"] = "https://b.test/v1";
  FakeContext context;
  CHECK(context.run(Section::inbound, "<set-backend-service base-url='http://h.test/api/9.1/'/>", environment) == Flow::next);
  CHECK(context.upstream->url.text() == "http://h.test/api/9.1/");
  CHECK(context.upstream->authority == "h.test");
  CHECK(context.run(Section::inbound, "<set-backend-service base-url='http://h.test'/><set-backend-service backend-id='b'/>",
                    environment) == Flow::next);
  CHECK(context.upstream->url.text() == "https://b.test/v1");
  CHECK(context.upstream->backend_id == "b");
  CHECK(context.run(Section::backend, "<set-backend-service base-url='http://i.test:81'/>", environment) == Flow::next);
  CHECK(context.upstream->authority == "i.test:81");
  CHECK(context.upstream->backend_id.empty());
  CHECK(target_of(context) == "/orders/42?page=2&size=10");
}

TEST_CASE("set-backend-service: what cannot be used is an error with a remedy") {
  struct Row {
    const char *attributes, *code;
  };
  for (const Row& row :
       {Row{"", "missing-value"}, Row{"base-url='http://a.test' backend-id='b'", "missing-value"},
        Row{"base-url='ftp://a.test'", "invalid-value"}, Row{"base-url='a.test'", "invalid-value"}, Row{"base-url=''", "invalid-value"},
        Row{"backend-id='none'", "unknown-reference"}, Row{"dapr-app-id='x' dapr-method='y'", "unsupported-feature"}}) {
    CAPTURE(row.attributes);
    const Reading reading = read_section("inbound", "<set-backend-service " + std::string(row.attributes) + "/>");
    CHECK(reading.diagnostics.error_count() == 1);
    CHECK(text_of(reading.diagnostics.items()[0].code) == row.code);
    CHECK_FALSE(reading.document);
  }
  const Reading fabric = read_section("inbound", "<set-backend-service base-url='http://a.test' sf-replica-type='primary'/>");
  CHECK(fabric.document);
  CHECK(fabric.diagnostics.count() == 1);
}

TEST_CASE("set-backend-service: an expression gives a URL or an id that is looked up") {
  FakeEnvironment environment;
  environment.has_expressions = true;
  FakeContext context;
  CHECK(context.run(Section::inbound, "<set-backend-service base-url='@(\"https://c.test/x y\")'/>", environment) == Flow::next);
  CHECK(context.upstream->url.text() == "https://c.test/x%20y");
  CHECK(context.run(Section::inbound, "<set-backend-service backend-id='@(\"known\")'/>", environment) == Flow::next);
  CHECK(context.upstream->url.host == "backend.test");
  CHECK(context.run(Section::inbound, "<set-backend-service backend-id='@(\"none\")'/>", environment) == Flow::fail);
  CHECK(context.failure().source == "set-backend-service");
  CHECK(context.failure().reason == "BackendNotFound");
  CHECK(context.run(Section::inbound, "<set-backend-service base-url='@(\"none\")'/>", environment) == Flow::fail);
  CHECK(context.failure().reason == "PolicyValueInvalid");
}
