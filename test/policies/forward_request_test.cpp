#include <doctest/doctest.h>

#include "fake_context.hpp"

using namespace gatelet;
using namespace gatelet::test;

static const char* plain = "<forward-request/>";

TEST_CASE("forward-request: sends what inbound left of the request to the backend") {
  FakeContext context;
  context.request.method_text = "POST";
  context.request.headers.append("Ocp-Apim-Subscription-Key", "k");
  context.request.headers.append("X-A", "1");
  context.request.body = {Body::Kind::stream, 10, {}};
  CHECK(context.run(Section::backend, plain) == Flow::wait);
  const Call& call = context.forward;
  CHECK(context.start_count == 1);
  CHECK(call.upstream == context.upstream);
  CHECK(call.method == "POST");
  CHECK(call.path == "/base/orders/42");
  CHECK(call.has_query);
  CHECK(call.query == "page=2&size=10");
  CHECK(call.host == "backend.test");
  CHECK(call.headers.get("Ocp-Apim-Subscription-Key") == "k");
  CHECK(call.headers.get("X-A") == "1");
  CHECK_FALSE(call.headers.contains("Host"));
  CHECK(call.body.kind == Body::Kind::stream);
  CHECK(call.timeout_ms == 300'000);
  CHECK(call.forwards_client);
  CHECK_FALSE(call.hold_response);
  CHECK_FALSE(call.flush_each_chunk);
}

TEST_CASE("forward-request: paths join with one slash, and the base URL's query comes first") {
  struct Row {
    const char *base, *target, *path;
    bool has_query;
    const char* query;
  };
  for (const Row& row : {
           Row{"http://b.test", "/a", "/a", false, ""},
           Row{"http://b.test/", "/a?", "/a", true, ""},
           Row{"http://b.test/api/9.1/", "/partners/15?x=1", "/api/9.1/partners/15", true, "x=1"},
           Row{"http://b.test/api?code=s", "/a?x=1", "/api/a", true, "code=s&x=1"},
           Row{"http://b.test/api?code=s", "/a", "/api/a", true, "code=s"},
       }) {
    CAPTURE(row.base);
    FakeContext context;
    const Upstream* upstream = context.hold_upstream(upstream_from(*parse_url(row.base)));
    context.upstream = upstream;
    REQUIRE(canonicalize(row.target, context.arena, context.request.target) == TargetFault::none);
    CHECK(context.run(Section::backend, plain) == Flow::wait);
    CHECK(context.forward.path == row.path);
    CHECK(context.forward.has_query == row.has_query);
    CHECK(context.forward.query == row.query);
  }
}

TEST_CASE("forward-request: attributes say how long and how") {
  struct Row {
    const char* attributes;
    uint64_t timeout_ms;
    bool flush;
    uint8_t needs;
  };
  for (const Row& row :
       {Row{"timeout='60'", 60'000, false, needs_no_body}, Row{"timeout-ms='250'", 250, false, needs_no_body},
        Row{"buffer-response='false'", 300'000, true, needs_no_body}, Row{"buffer-request-body='true'", 300'000, false, needs_request_body},
        Row{"follow-redirects='true'", 300'000, false, needs_request_body}, Row{"http-version='2or1'", 300'000, false, needs_no_body}}) {
    CAPTURE(row.attributes);
    FakeContext context;
    const Reading reading = read_section("backend", "<forward-request " + std::string(row.attributes) + "/>");
    CHECK(reading.problems().empty());
    const auto program = flatten_one(reading.document);
    REQUIRE(program);
    CHECK(program->needs == row.needs);
    CHECK(context.run(*program, Section::backend) == Flow::wait);
    CHECK(context.forward.timeout_ms == row.timeout_ms);
    CHECK(context.forward.flush_each_chunk == row.flush);
  }
}

TEST_CASE("forward-request: continue-timeout says how long the body is held back; without it, and with 0, it is not") {
  struct Row {
    const char* attributes;
    uint64_t timeout_ms;
  };
  for (const Row& row : {Row{"continue-timeout='5'", 5'000}, Row{"continue-timeout='0'", 0}, Row{"", 0}}) {
    CAPTURE(row.attributes);
    FakeContext context;
    context.forward.continue_timeout_ms = 1;  // of a call before
    CHECK(context.run(Section::backend, "<forward-request " + std::string(row.attributes) + "/>") == Flow::wait);
    CHECK(context.forward.continue_timeout_ms == row.timeout_ms);
    CHECK(context.forward.timeout_ms == 300'000);
  }
}

TEST_CASE("forward-request: what cannot be had is an error, what changes little a warning") {
  struct Row {
    const char* attributes;
    size_t errors, warnings;
  };
  for (const Row& row :
       {Row{"timeout='1' timeout-ms='1'", 1, 0}, Row{"timeout='-1'", 1, 0}, Row{"timeout='soon'", 1, 0}, Row{"http-version='3'", 1, 0},
        Row{"http-version='2'", 0, 1}, Row{"continue-timeout='-1'", 1, 0}, Row{"buffer-response='maybe'", 1, 0}}) {
    CAPTURE(row.attributes);
    const Reading reading = read_section("backend", "<forward-request " + std::string(row.attributes) + "/>");
    CHECK(reading.diagnostics.error_count() == row.errors);
    CHECK(reading.diagnostics.count() == row.errors + row.warnings);
  }
  CHECK_FALSE(read_section("inbound", plain).document);
}

TEST_CASE("forward-request: the backend's answer becomes the response") {
  FakeContext context;
  context.response.headers.append("X-Old", "1");
  CHECK(context.run(Section::backend, plain) == Flow::wait);
  CHECK_FALSE(context.has_response);
  context.forward.response.reason = "Fine";
  CHECK(context.answer(202, {{"X-New", "1"}, {"Set-Cookie", "a=1"}}) == Flow::next);
  CHECK(context.has_response);
  CHECK(context.response.status == 202);
  CHECK(context.response.reason == "Fine");
  CHECK(context.response.headers.count() == 2);
  CHECK(context.response.headers.get("X-New") == "1");
  CHECK(context.response.body.kind == Body::Kind::stream);
}

TEST_CASE("forward-request: faults are BackendConnectionFailure or Timeout, and 500 to the client") {
  struct Row {
    Call::Fault fault;
    const char *text, *source, *reason, *message, *path;
  };
  for (const Row& row : {
           Row{Call::Fault::connect, "Connection refused", "request-forwarder", "BackendConnectionFailure", "Connection refused",
               "forward-request\\forward-request"},
           Row{Call::Fault::broken, "", "request-forwarder", "BackendConnectionFailure",
               "Underlying transport connection was unexpectedly closed.", "forward-request\\forward-request"},
           Row{Call::Fault::timeout, "", "forward-request", "Timeout", "The backend did not answer within the timeout.", "forward-request"},
       }) {
    CAPTURE(row.reason);
    FakeContext context;
    CHECK(context.run(Section::backend, plain) == Flow::wait);
    CHECK(context.fault(row.fault, row.text) == Flow::fail);
    CHECK(context.failure().source == row.source);
    CHECK(context.failure().reason == row.reason);
    CHECK(context.failure().message == row.message);
    CHECK(context.failure().path == row.path);
    CHECK(context.failure().section == "backend");
    CHECK(context.failure().status == 500);
    CHECK(context.failure().public_message.empty());
    CHECK_FALSE(context.has_response);
  }
}

TEST_CASE("forward-request: a timeout of 0 expires at once, without a call") {
  FakeContext context;
  CHECK(context.run(Section::backend, "<forward-request timeout='0'/>") == Flow::fail);
  CHECK(context.failure().reason == "Timeout");
  CHECK(context.start_count == 0);
}

TEST_CASE("forward-request: with fail-on-error-status-code the backend's answer stays and the request fails") {
  for (const auto& row : {std::pair{200, false}, {399, false}, {400, true}, {404, true}, {599, true}, {600, false}}) {
    const int status = row.first;
    const bool fails = row.second;
    CAPTURE(status);
    FakeContext context;
    CHECK(context.run(Section::backend, "<forward-request fail-on-error-status-code='true'/>") == Flow::wait);
    CHECK(context.answer(status, {{"X-A", "1"}}) == (fails ? Flow::fail : Flow::next));
    CHECK(context.response.status == status);
    CHECK(context.response.headers.get("X-A") == "1");
    if (!fails) continue;
    CHECK(context.failure().source == "forward-request");
    CHECK(context.failure().reason == "BackendErrorStatusCode");
    CHECK(context.failure().status == status);
    CHECK(context.failure().keeps_response);
  }
}

TEST_CASE("forward-request: a body that was streamed cannot be sent again, one in memory can") {
  FakeContext context;
  context.request.body = {Body::Kind::stream, 5, {}};
  CHECK(context.run(Section::backend, plain) == Flow::wait);
  context.answer(503);
  CHECK(context.run(Section::backend, plain) == Flow::fail);
  CHECK(context.failure().reason == "BackendConnectionFailure");
  context.request.body = Body::from(Buffer::copy("again"));
  CHECK(context.run(Section::backend, plain) == Flow::wait);
  context.answer(503);
  CHECK(context.run(Section::backend, plain) == Flow::wait);
  CHECK(context.forward.body.bytes.view() == "again");
  CHECK(context.start_count == 3);
}

TEST_CASE("forward-request: redirects are followed only when asked, as a client would") {
  struct Row {
    int status;
    const char *method, *location, *method_after, *url_after;
  };
  for (const Row& row : {
           Row{301, "GET", "/moved?x=1", "GET", "http://backend.test/moved?x=1"},
           Row{302, "POST", "http://other.test:81/a", "GET", "http://other.test:81/a"},
           Row{303, "PUT", "next", "GET", "http://backend.test/base/orders/next"},
           Row{307, "POST", "?only=query", "POST", "http://backend.test/base/orders/42?only=query"},
           Row{308, "DELETE", "//other.test/b#fragment", "DELETE", "http://other.test/b"},
           Row{302, "HEAD", "../up", "HEAD", "http://backend.test/base/up"},
           Row{301, "GET", "https://other.test", "GET", "https://other.test/"},
       }) {
    CAPTURE(row.location);
    FakeContext context;
    context.request.method_text = row.method;
    context.request.body = Body::from(Buffer::copy("body"));
    for (const char* name : {"Authorization", "Cookie", "X-A", "Content-Type"}) context.request.headers.append(name, "1");
    CHECK(context.run(Section::backend, "<forward-request follow-redirects='true'/>") == Flow::wait);
    CHECK(context.answer(row.status, {{"Location", row.location}}) == Flow::wait);
    const Call& call = context.forward;
    CHECK(context.start_count == 2);
    CHECK(call.method == row.method_after);
    const bool is_same_host = call.upstream == context.upstream;
    CHECK(call.upstream->url.scheme + "://" + call.upstream->authority + std::string(call.path) +
              (call.has_query ? "?" + std::string(call.query) : std::string()) ==
          row.url_after);
    CHECK(call.host == call.upstream->authority);
    CHECK(call.headers.contains("Authorization") == is_same_host);
    CHECK(call.headers.contains("Cookie") == is_same_host);
    CHECK(call.headers.contains("X-A"));
    const bool keeps_body = std::string_view(row.method) == row.method_after;
    CHECK((call.body.kind == Body::Kind::bytes) == keeps_body);
    CHECK(call.headers.contains("Content-Type") == keeps_body);
    CHECK(context.answer(200) == Flow::next);
    CHECK(context.response.status == 200);
  }
}

TEST_CASE("forward-request: a redirect that cannot be followed is the answer") {
  for (const char* location : {"", "ftp://x.test/", "http://user@x.test/", "http://"}) {
    CAPTURE(location);
    FakeContext context;
    CHECK(context.run(Section::backend, "<forward-request follow-redirects='true'/>") == Flow::wait);
    CHECK(context.answer(302, {{"Location", location}}) == Flow::next);
    CHECK(context.response.status == 302);
  }
  FakeContext unasked;
  CHECK(unasked.run(Section::backend, plain) == Flow::wait);
  CHECK(unasked.answer(302, {{"Location", "/a"}}) == Flow::next);

  FakeContext secure;
  secure.upstream = secure.hold_upstream(upstream_from(*parse_url("https://b.test")));
  CHECK(secure.run(Section::backend, "<forward-request follow-redirects='true'/>") == Flow::wait);
  CHECK(secure.answer(302, {{"Location", "http://b.test/"}}) == Flow::next);  // never from https to http

  FakeContext endless;
  CHECK(endless.run(Section::backend, "<forward-request follow-redirects='true'/>") == Flow::wait);
  int followed = 0;
  while (endless.answer(302, {{"Location", "/a"}}) == Flow::wait) ++followed;
  CHECK(followed == forward_redirects_max);
  CHECK(endless.response.status == 302);
}

TEST_CASE("forward-request: all redirects share one timeout") {
  FakeContext context;
  CHECK(context.run(Section::backend, "<forward-request follow-redirects='true' timeout='10'/>") == Flow::wait);
  context.now.steady_us = 4'000'000;
  CHECK(context.answer(302, {{"Location", "/a"}}) == Flow::wait);
  CHECK(context.forward.timeout_ms == 6'000);
  context.now.steady_us = 11'000'000;
  CHECK(context.answer(302, {{"Location", "/a"}}) == Flow::fail);
  CHECK(context.failure().reason == "Timeout");
}
