// The policies that decide what runs and what the client gets: choose, return-response, check-header, rate-limit-by-key.
#include <doctest/doctest.h>

#include "fake_context.hpp"

using namespace gatelet;
using namespace gatelet::test;

static std::string set(const char* name) { return "<set-variable name='" + std::string(name) + "' value='1'/>"; }

TEST_CASE("choose: the first branch whose condition is true runs, else otherwise, then what follows") {
  struct Row {
    const char *first, *second;
    bool has_otherwise;
    const char* taken;
  };
  for (const Row& row : {Row{"true", "true", true, "a"}, Row{"FALSE", "True", true, "b"}, Row{"false", "false", true, "c"},
                         Row{"false", "false", false, ""}, Row{"@(\"False\")", "@(\" true \")", true, "b"}}) {
    CAPTURE(row.first);
    CAPTURE(row.second);
    FakeEnvironment environment;
    environment.has_expressions = true;
    FakeContext context;
    std::string text = "<choose><when condition='" + std::string(row.first) + "'>" + set("a") + "</when><when condition='" + row.second +
                       "'>" + set("b") + "</when>";
    if (row.has_otherwise) text += "<otherwise>" + set("c") + "</otherwise>";
    CHECK(context.run(Section::inbound, text + "</choose>" + set("after"), environment) == Flow::next);
    for (const char* name : {"a", "b", "c"}) CHECK((context.variable(name) == "1") == (std::string_view(name) == row.taken));
    CHECK(context.variable("after") == "1");
  }
}

TEST_CASE("choose: branches hold branches, also empty ones and the last thing of a section") {
  FakeContext context;
  CHECK(context.run(Section::inbound,
                    "<choose><when condition='true'><choose><when condition='false'/><otherwise><choose><when condition='true'>" +
                        set("a") + "</when></choose></otherwise></choose></when><otherwise>" + set("b") + "</otherwise></choose>") ==
        Flow::next);
  CHECK(context.variable("a") == "1");
  CHECK(context.variable("b") == "(none)");
}

TEST_CASE("choose: a condition that fails or is no boolean is a failure at its branch") {
  FakeEnvironment environment;
  environment.has_expressions = true;
  struct Row {
    const char *condition, *message;
  };
  for (const Row& row : {Row{"@(fail)", "Expression evaluation failed. Index was out of range."},
                         Row{"@(\"1\")", "Expression evaluation failed. '1' is neither true nor false."}}) {
    FakeContext context;
    CHECK(context.run(Section::outbound,
                      "<choose id='c'><when condition='false'/><when condition='" + std::string(row.condition) + "'/></choose>",
                      environment) == Flow::fail);
    const Failure& failure = context.failure();
    CHECK(failure.source == "choose");
    CHECK(failure.reason == "ExpressionValueEvaluationFailure");
    CHECK(failure.message == row.message);
    CHECK(failure.path == "choose\\when[2]");
    CHECK(failure.policy_id == "c");
    CHECK(failure.section == "outbound");
    CHECK(failure.status == 500);
  }
}

TEST_CASE("expressions: the bodies they need are asked for before the instruction that reads them, in no other") {
  FakeEnvironment environment;
  environment.has_expressions = true;
  const auto program = flatten_one(read_section("inbound",
                                                "<set-variable name='a' value='@(\"body\")'/><set-variable name='a' value='@(\"x\")'/>"
                                                "<choose><when condition='@(\"body\")'><set-body>x</set-body></when></choose>",
                                                environment)
                                       .document);
  REQUIRE(program);
  CHECK(program->code[0].needs == needs_request_body);
  CHECK(program->code[1].needs == needs_no_body);
  CHECK(program->code[2].needs == needs_request_body);
  CHECK(program->code[3].needs == needs_no_body);
  CHECK(program->needs == needs_request_body);
}

TEST_CASE("return-response: an empty 200, or what stands in it, goes out at once") {
  for (const Section section : {Section::inbound, Section::backend, Section::outbound, Section::on_error}) {
    FakeContext context;
    context.response.status = 503;
    context.response.headers.append("X-Old", "1");
    context.response.body = Body::from(Buffer::copy("old"));
    CHECK(context.run(section, "<return-response/>" + set("after")) == Flow::stop);
    CHECK(context.response.status == 200);
    CHECK_FALSE(context.response.reason);
    CHECK(context.response.headers.count() == 0);
    CHECK(context.response.body.kind == Body::Kind::none);
    CHECK(context.has_response);
    CHECK(context.variable("after") == "(none)");

    CHECK(context.run(section,
                      "<return-response><set-status code='401' reason='No'/><set-header name='X-A'><value>1</value></set-header>"
                      "<set-header name='X-A' exists-action='append'><value>2</value></set-header><set-body>body</set-body>"
                      "</return-response>") == Flow::stop);
    CHECK(context.response.status == 401);
    CHECK(context.response.reason == "No");
    CHECK(context.response.headers.get("X-A") == "1, 2");
    CHECK(context.response.body.bytes.view() == "body");
    CHECK(context.request.headers.count() == 1);
  }
}

TEST_CASE("return-response: starts from a copy of the response in a variable") {
  FakeContext context;
  Response* held = context.hold_response();
  held->status = 418;
  held->reason = "Teapot";
  held->headers.append("X-A", "1");
  held->headers.append("X-B", "1");
  held->headers.append("X-C", "1");
  held->body = Body::from(Buffer::copy("tea"));
  context.set_variable("r", held);
  CHECK(context.run(Section::inbound,
                    "<return-response response-variable-name='r'><set-header name='X-A' exists-action='delete'/>"
                    "<set-header name='X-B' exists-action='skip'><value>2</value></set-header>"
                    "<set-header name='X-C' exists-action='append'><value>2</value></set-header></return-response>") == Flow::stop);
  CHECK(context.response.status == 418);
  CHECK(context.response.reason == "Teapot");
  CHECK_FALSE(context.response.headers.contains("X-A"));
  CHECK(context.response.headers.get("X-B") == "1");
  CHECK(context.response.headers.get("X-C") == "1, 2");
  CHECK(context.response.body.bytes.view() == "tea");
  CHECK(held->headers.get("X-A") == "1");
  CHECK(held->headers.get("X-C") == "1");

  context.set_variable("text", "no response");
  for (const char* name : {"text", "none"}) {
    CHECK(context.run(Section::inbound, "<return-response response-variable-name='" + std::string(name) + "'/>") == Flow::fail);
    CHECK(context.failure().message == "Variable " + std::string(name) + " should be response");
  }
}

TEST_CASE("return-response: a failure in it leaves the response as it was") {
  FakeEnvironment environment;
  environment.has_expressions = true;
  FakeContext context;
  context.response.status = 503;
  CHECK(context.run(Section::outbound, "<return-response><set-status code='200'/><set-body>@(fail)</set-body></return-response>",
                    environment) == Flow::fail);
  CHECK(context.response.status == 503);
  CHECK(context.failure().source == "return-response");
}

TEST_CASE("return-response: holds each part as often as it may") {
  struct Row {
    const char *content, *problem;
  };
  for (const Row& row : {
           Row{"<set-status code='200'/><set-status code='200'/>",
               "policy.xml:1:61: error: 'return-response' may hold 'set-status' only once [misplaced-policy]\n"},
           Row{"<set-method>PUT</set-method>",
               "policy.xml:1:37: error: 'set-method' may not stand in 'return-response'; move it out of it [misplaced-policy]\n"},
           Row{"<set-header id='x' name='a'><value>1</value></set-header><set-body id='y'>1</set-body>", ""},
       }) {
    CAPTURE(row.content);
    CHECK(read_section("inbound", "<return-response>" + std::string(row.content) + "</return-response>").problems() == row.problem);
  }
}

TEST_CASE("check-header: the header must be there with one of the values") {
  struct Row {
    std::vector<const char*> lines;
    const char *values, *ignore_case, *reason, *message;
  };
  const char* ab = "<value>a</value><value>b</value>";
  for (const Row& row : {
           Row{{"x"}, "", "false", "", ""},
           Row{{}, "", "false", "HeaderNotFound", "Header X-Key was not found in the request. Access denied."},
           Row{{}, ab, "false", "HeaderNotFound", "Header X-Key was not found in the request. Access denied."},
           Row{{"b"}, ab, "false", "", ""},
           Row{{"B"}, ab, "true", "", ""},
           Row{{"B"}, ab, "false", "HeaderValueNotAllowed", "Header X-Key value of B is not allowed. Access denied."},
           Row{{"ab"}, ab, "true", "HeaderValueNotAllowed", "Header X-Key value of ab is not allowed. Access denied."},
           Row{{"x", "b"}, ab, "false", "", ""},
           Row{{"x, b"}, ab, "false", "", ""},
           Row{{"x", "y"}, "<value>x, y</value>", "false", "", ""},
           Row{{"x", "y"}, ab, "false", "HeaderValueNotAllowed", "Header X-Key value of x, y is not allowed. Access denied."},
       }) {
    CAPTURE(row.message);
    FakeContext context;
    for (const char* line : row.lines) context.request.headers.append("x-key", line);
    const Flow flow = context.run(
        Section::inbound, "<check-header name='X-Key' failed-check-httpcode='401' failed-check-error-message='Go away' ignore-case='" +
                              std::string(row.ignore_case) + "'>" + row.values + "</check-header>");
    CHECK(flow == (*row.reason ? Flow::fail : Flow::next));
    if (flow != Flow::fail) continue;
    CHECK(context.failure().source == "check-header");
    CHECK(context.failure().reason == row.reason);
    CHECK(context.failure().message == row.message);
    CHECK(context.failure().status == 401);
    CHECK(context.failure().public_message == "Go away");
  }
}

TEST_CASE("check-header: in outbound it is the response's header, and all its attributes are required") {
  FakeContext context;
  context.response.headers.append("X-Key", "1");
  const std::string rest = " failed-check-httpcode='401' failed-check-error-message='x' ignore-case='true'/>";
  CHECK(context.run(Section::outbound, "<check-header name='X-Key'" + rest) == Flow::next);
  CHECK(context.run(Section::inbound, "<check-header name='X-Key'" + rest) == Flow::fail);
  CHECK(read_section("inbound", "<check-header/>").diagnostics.error_count() == 4);
  CHECK_FALSE(read_section("on-error", "<check-header name='X-Key'" + rest).document);
}

TEST_CASE("rate-limit-by-key: counts each call of a key and says what is left") {
  const char* policy =
      "<rate-limit-by-key calls='2' renewal-period='60' counter-key='k' remaining-calls-header-name='X-Left' "
      "remaining-calls-variable-name='left' total-calls-header-name='X-Total' retry-after-variable-name='later'/>";
  FakeContext context;
  CHECK(context.run(Section::inbound, policy) == Flow::next);
  CHECK(context.pending.get("X-Left") == "1");
  CHECK(context.pending.get("X-Total") == "2");
  CHECK(context.variable("left") == "1");
  CHECK(context.run(Section::inbound, policy) == Flow::next);
  CHECK(context.variable("left") == "0");
  context.pending.clear();
  CHECK(context.run(Section::inbound, policy) == Flow::fail);
  CHECK(context.failure().source == "rate-limit-by-key");
  CHECK(context.failure().reason == "RateLimitExceeded");
  CHECK(context.failure().message == "Rate limit is exceeded");
  CHECK(context.failure().status == 429);
  CHECK(context.failure().public_message == "Rate limit is exceeded. Try again in 60 seconds.");
  CHECK(context.pending.get("Retry-After") == "60");
  CHECK(context.pending.get("X-Total") == "2");
  CHECK_FALSE(context.pending.contains("X-Left"));
  CHECK(context.variable("later") == "60");
}

TEST_CASE("rate-limit-by-key: equal keys share a counter, whether literal or computed; Retry-After may have another name") {
  FakeEnvironment environment;
  environment.has_expressions = true;
  FakeContext context;
  CHECK(context.run(Section::inbound, "<rate-limit-by-key calls='1' renewal-period='9' counter-key='k'/>", environment) == Flow::next);
  CHECK(context.run(
            Section::inbound,
            "<rate-limit-by-key calls='@(\"1\")' renewal-period='@(\"9\")' counter-key='@(\"k\")' retry-after-header-name='X-Later'/>",
            environment) == Flow::fail);
  CHECK(context.pending.get("X-Later") == "9");
  CHECK_FALSE(context.pending.contains("Retry-After"));
  CHECK(context.run(Section::inbound, "<rate-limit-by-key calls='1' renewal-period='9' counter-key='K'/>") == Flow::next);
}

TEST_CASE("rate-limit-by-key: what a call counts, and when") {
  struct Row {
    const char* attributes;
    uint64_t at_once, afterwards;
  };
  for (const Row& row : {Row{"", 1, 1}, Row{"increment-count='5'", 5, 5}, Row{"increment-condition='false'", 0, 0},
                         Row{"increment-after-response='true'", 0, 1}, Row{"increment-after-response='true' increment-count='3'", 0, 3},
                         Row{"increment-after-response='true' increment-condition='false'", 0, 0}}) {
    CAPTURE(row.attributes);
    FakeContext context;
    CHECK(context.run(Section::inbound, "<rate-limit-by-key calls='2' renewal-period='60' counter-key='k' " + std::string(row.attributes) +
                                            "/>") == Flow::next);
    CHECK(context.counters.sums["key:k"] == row.at_once);
    context.run_deferred();
    CHECK(context.counters.sums["key:k"] == row.afterwards);
  }
}

TEST_CASE("rate-limit-by-key: a period of more than 300 seconds is refused, at load or when it comes about") {
  CHECK_FALSE(read_section("inbound", "<rate-limit-by-key calls='1' renewal-period='301' counter-key='k'/>").document);
  CHECK_FALSE(read_section("inbound", "<rate-limit-by-key calls='0' renewal-period='30' counter-key='k'/>").document);
  CHECK_FALSE(
      read_section("inbound", "<rate-limit-by-key calls='1' renewal-period='30' counter-key='k' total-calls-header-name='a b'/>").document);
  FakeEnvironment environment;
  environment.has_expressions = true;
  FakeContext context;
  CHECK(context.run(Section::inbound, "<rate-limit-by-key calls='1' renewal-period='@(\"301\")' counter-key='k'/>", environment) ==
        Flow::fail);
  CHECK(context.failure().reason == "ExpressionValueEvaluationFailure");
  CHECK(context.failure().status == 500);
}
