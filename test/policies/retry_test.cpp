// retry: how often, when, and what is left of a run.
#include <doctest/doctest.h>

#include "fake_context.hpp"

using namespace gatelet;
using namespace gatelet::test;

static FakeEnvironment retry_environment() {
  FakeEnvironment environment;
  environment.has_expressions = true;
  return environment;
}

TEST_CASE("retry: the condition is asked after every run") {
  FakeContext context;
  CHECK(context.run(
            Section::inbound,
            "<retry condition='@(header X-Again)' count='9' interval='1'>"
            "<set-header name='X-Run' exists-action='append'><value>r</value></set-header>"
            "<choose><when condition='@(header X-Second)'><set-header name='X-Again'><value>false</value></set-header></when></choose>"
            "<set-header name='X-Second'><value>true</value></set-header>"
            "</retry>",
            retry_environment()) == Flow::fail);
  CHECK(context.failure().reason == "ExpressionValueEvaluationFailure");  // '' is neither true nor false
  CHECK(context.failure().path == "retry\\choose\\when");
}

TEST_CASE("retry: two runs when the condition holds once") {
  FakeContext context;
  context.request.headers.append("X-Again", "true");
  context.request.headers.append("X-Second", "false");
  CHECK(context.run(
            Section::inbound,
            "<retry condition='@(header X-Again)' count='9' interval='2'>"
            "<set-header name='X-Run' exists-action='append'><value>r</value></set-header>"
            "<choose><when condition='@(header X-Second)'><set-header name='X-Again'><value>false</value></set-header></when></choose>"
            "<set-header name='X-Second'><value>true</value></set-header>"
            "</retry><set-variable name='after' value='1'/>",
            retry_environment()) == Flow::wait);
  CHECK(context.waits_us == std::vector<uint64_t>{2'000'000});
  CHECK(context.resume() == Flow::next);
  CHECK(context.header("X-Run") == "r, r");
  CHECK(context.variable("after") == "1");
}

TEST_CASE("retry: the waits of the formulas") {
  struct Row {
    const char* attributes;
    std::vector<double> seconds;
    double tolerance;  // of what stands above the first wait
  };
  for (const Row& row : {Row{"interval='3'", {3, 3, 3}, 0}, Row{"interval='0'", {}, 0}, Row{"interval='5' delta='2'", {5, 7, 9, 11}, 0},
                         Row{"interval='10' delta='10' max-interval='100'", {10, 20, 40, 80, 100, 100}, 0.2},
                         Row{"interval='5' max-interval='3'", {3, 3}, 0}, Row{"interval='5' delta='2' first-fast-retry='true'", {7, 9}, 0},
                         Row{"interval='@(header X-Interval)' delta='@(header X-Delta)'", {4, 5}, 0}}) {
    CAPTURE(row.attributes);
    FakeContext context;
    context.request.headers.append("X-Interval", "4");
    context.request.headers.append("X-Delta", "1");
    const bool is_fast = std::string_view(row.attributes).find("first-fast") != std::string_view::npos;
    const size_t count = row.seconds.empty() ? 5 : row.seconds.size() + (is_fast ? 1 : 0);
    Flow flow = context.run(Section::inbound,
                            "<retry condition='true' count='" + std::to_string(count) + "' " + row.attributes +
                                "><set-header name='X-Run' exists-action='append'><value>r</value></set-header></retry>",
                            retry_environment());
    while (flow == Flow::wait) flow = context.resume();
    CHECK(flow == Flow::next);
    CHECK(context.header("X-Run").size() == 1 + count * 3);  // "r, r, …"
    REQUIRE(context.waits_us.size() == row.seconds.size());
    for (size_t i = 0; i < row.seconds.size(); ++i) {
      const double seconds = static_cast<double>(context.waits_us[i]) / 1e6;
      CHECK(std::abs(seconds - row.seconds[i]) <= row.tolerance * (row.seconds[i] - row.seconds[0]) + 1e-6);
    }
  }
}

TEST_CASE("retry: a failure in it is last_error while the condition is asked, and forgotten by the next run") {
  FakeContext context;
  context.request.headers.append("X-Again", "true");
  Flow flow = context.run(Section::inbound,
                          "<retry condition='@(header X-Again)' count='2' interval='1'>"
                          "<check-header name='X-Key' failed-check-httpcode='401' failed-check-error-message='no' ignore-case='true'/>"
                          "</retry>",
                          retry_environment());
  CHECK(flow == Flow::wait);
  REQUIRE(context.last_error);
  CHECK(context.last_error->source == "check-header");
  context.request.headers.append("X-Key", "1");
  context.request.headers.set("X-Again", "false");
  CHECK(context.resume() == Flow::next);
  CHECK(context.last_error == nullptr);
}

TEST_CASE("retry: what fails in the condition is the failure, unless the policies in it have failed before") {
  struct Row {
    const char *inside, *source;
  };
  for (const Row& row : {Row{"<set-variable name='a' value='1'/>", "retry"},
                         Row{"<check-header name='X-Key' failed-check-httpcode='401' failed-check-error-message='no' ignore-case='true'/>",
                             "check-header"}}) {
    FakeContext context;
    CHECK(context.run(Section::inbound, "<retry id='r' condition='@(fail)' count='2' interval='1'>" + std::string(row.inside) + "</retry>",
                      retry_environment()) == Flow::fail);
    CHECK(context.failure().source == row.source);
  }
}

TEST_CASE("retry: runs do not grow the memory of the exchange, and what they set stays") {
  std::string policies = "<retry condition='true' count='50' interval='0'>";
  for (int i = 0; i < 20; ++i) policies += "<set-header name='X-" + std::to_string(i) + "'><value>@(header X-Long)</value></set-header>";
  policies +=
      "<set-query-parameter name='page'><value>@(header X-Long)</value></set-query-parameter>"
      "<set-variable name='long' value='@(header X-Long)'/><set-header name='Host'><value>@(header X-Host)</value></set-header></retry>";
  const std::string text(300, 'h');
  size_t reserved[2];
  for (const char* count : {"2", "50"}) {
    FakeContext context;
    context.request.headers.append("X-Long", text);
    context.request.headers.append("X-Host", "other.test");
    std::string counted = policies;
    counted.replace(counted.find("count='50'"), 10, "count='" + std::string(count) + "'");
    CHECK(context.run(Section::inbound, counted, retry_environment()) == Flow::next);
    CHECK(context.header("X-7") == text);
    CHECK(context.variable("long") == text);
    CHECK(context.host_override == "other.test");
    CHECK(context.request.target.path == "/orders/42");
    reserved[count[0] == '5'] = context.arena.bytes_reserved();
  }
  CHECK(reserved[1] <= reserved[0] + 128 * 1024);
}

// Leaves a text of the arena in everything of a context that may outlive a run, and overwrites what is free.
class Fill final : public Policy {
 public:
  Flow run(Context& context) const override {
    const auto text = [&](std::string_view name) { return context.arena.concat(name, " of the arena"); };
    context.request.method_text = text("method");
    context.request.host = text("host");
    context.request.target.path = text("path");
    context.request.target.query = text("query");
    context.request.headers.set("X-Request", text("request"));
    context.response.reason = text("reason");
    context.response.headers.set("X-Response", text("response"));
    context.pending.set("X-Pending", text("pending"));
    context.host_override = text("override");
    context.set_variable(text("name"), text("variable"));
    if (!context.find_variable("held")) context.set_variable("held", context.hold_response());
    context.find_variable("held")->response->headers.set("X-Held", text("held"));
    context.defer(*this, text("key"), 1);
    context.forward.path = text("call");
    context.forward.headers.set("X-Call", text("call"));
    context.forward.response.headers.set("X-Answer", text("answer"));
    (void)context.arena.copy(std::string(10'000, 'x'));
    return Flow::next;
  }
  void after_response(Context& context, const AfterResponse& work) const override { context.pending.append("X-Deferred", work.key); }
};

static std::unique_ptr<Policy> read_fill(PolicyReader&) { return std::make_unique<Fill>(); }

TEST_CASE("retry: nothing of a context points into the memory of an earlier run") {
  FakeEnvironment environment;
  environment.policies = std::make_shared<const PolicyTable>(
      std::vector<PolicyType>{{"fill", in_all_sections, at_all_scopes, read_fill}, *builtin_policies()->find("retry")});
  FakeContext context;
  const std::string id(context.request_id());
  REQUIRE(context.run(Section::inbound, "<retry condition='true' count='4' interval='0'><fill/></retry>", environment) == Flow::next);
  context.run_deferred();
  CHECK(context.request.method_text == "method of the arena");
  CHECK(context.request.host == "host of the arena");
  CHECK(context.request.target.path == "path of the arena");
  CHECK(context.request.target.query == "query of the arena");
  CHECK(context.header("X-Request") == "request of the arena");
  CHECK(context.header("Host") == "gateway.test");
  CHECK(context.response.reason == "reason of the arena");
  CHECK(context.response.headers.get("X-Response") == "response of the arena");
  CHECK(context.pending.get("X-Pending") == "pending of the arena");
  CHECK(context.pending.fields().size() == 6);  // and a deferred one of each run
  CHECK(context.pending.fields()[1].value == "key of the arena");
  CHECK(context.host_override == "override of the arena");
  CHECK(context.variable("name of the arena") == "variable of the arena");
  CHECK(context.find_variable("held")->response->headers.get("X-Held") == "held of the arena");
  CHECK(context.forward.path == "call of the arena");
  CHECK(context.forward.headers.get("X-Call") == "call of the arena");
  CHECK(context.forward.response.headers.get("X-Answer") == "answer of the arena");
  CHECK(context.request_id() == id);
}

TEST_CASE("retry: what is wrong in its attributes is told with the place") {
  struct Row {
    const char *text, *problem;
  };
  for (const Row& row :
       {Row{"<retry count='1' interval='1'/>", "'retry' needs the attribute 'condition'"},
        Row{"<retry condition='true' interval='1'/>", "'retry' needs the attribute 'count'"},
        Row{"<retry condition='true' count='1'/>", "'retry' needs the attribute 'interval'"},
        Row{"<retry condition='true' count='51' interval='1'/>", "'count' of 'retry' must be an integer from 1 to 50, not '51'"},
        Row{"<retry condition='true' count='0' interval='1'/>", "'count' of 'retry' must be an integer from 1 to 50, not '0'"},
        Row{"<retry condition='maybe' count='1' interval='1'/>", "'condition' of 'retry' must be true or false, not 'maybe'"},
        Row{"<retry condition='true' count='1' interval='-1'/>", "'interval' of 'retry' must be an integer from 0 to"},
        Row{"<retry condition='true' count='1' interval='1' delta='0'/>", "'delta' of 'retry' must be an integer from 1 to"},
        Row{"<retry condition='true' count='1' interval='1' max-interval='0'/>", "'max-interval' of 'retry' must be an integer from 1 to"},
        Row{"<retry condition='true' count='1' interval='1' wait='1'/>", "'retry' has no attribute 'wait'"},
        Row{"<retry condition='true' count='1' interval='1'><oops/></retry>", "'oops' is not a policy"}}) {
    CAPTURE(row.text);
    const Reading reading = read_section("inbound", row.text);
    CHECK(reading.document == nullptr);
    CHECK(reading.problems().find(row.problem) != std::string::npos);
  }
}
