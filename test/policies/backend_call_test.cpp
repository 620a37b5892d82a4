// forward-request to a backend resource: credentials, pools, sessions, and what the breaker hears.
#include <doctest/doctest.h>

#include "fake_context.hpp"
#include "policy/trace.hpp"

using namespace gatelet;
using namespace gatelet::test;

namespace {

const char* plain = "<forward-request/>";

std::shared_ptr<Upstream> make_backend(std::string id) {
  auto backend = std::make_shared<Upstream>(upstream_from(*parse_url("http://" + id + ".test"), id));
  auto rule = std::make_shared<CircuitBreakerRule>();
  rule->accept_retry_after = true;
  rule->failure_status = 503;
  backend->breaker = std::move(rule);
  return backend;
}

std::shared_ptr<BackendCredentials> make_credentials() {
  auto credentials = std::make_shared<BackendCredentials>();
  credentials->headers = {{HeaderName("X-Key"), {"k1", "k2"}}, {HeaderName("Authorization"), {"Basic s3cret"}}};
  credentials->query_names = {"code"};
  credentials->query = "code=s3cret";
  return credentials;
}

// Members a and b, told apart by the cookie "Session".
Upstream make_pool() {
  auto pool = std::make_shared<BackendPool>();
  pool->members = {{make_backend("a"), 0, 0, "1a"}, {make_backend("b"), 0, 0, "1b"}};
  pool->session_cookie = "Session";
  Upstream upstream;
  upstream.kind = Upstream::Kind::pool;
  upstream.backend_id = "p";
  upstream.pool = std::move(pool);
  return upstream;
}

}  // namespace

TEST_CASE("backend credentials: they take the place of what the client sent under the same names") {
  struct Row {
    const char *target, *query, *shown;
  };
  for (const Row& row : {
           Row{"/a", "code=s3cret", ""},
           Row{"/a?", "code=s3cret", ""},
           Row{"/a?x=1", "x=1&code=s3cret", "?x=1"},
           Row{"/a?code=mine&x=1&CODE=again&%63ode=hidden", "x=1&code=s3cret", "?x=1"},
           Row{"/a?code=mine", "code=s3cret", ""},
       }) {
    CAPTURE(row.target);
    FakeContext context;
    REQUIRE(canonicalize(row.target, context.arena, context.request.target) == TargetFault::none);
    context.request.headers.append("X-Key", "mine");
    context.request.headers.append("authorization", "Bearer mine");
    auto backend = make_backend("a");
    backend->credentials = make_credentials();
    context.upstream = backend.get();
    CHECK(context.run(Section::backend, plain) == Flow::wait);
    const Call& call = context.forward;
    CHECK(call.query == row.query);
    CHECK(call.url(context.arena) == "http://a.test/a?" + std::string(row.query));
    CHECK(call.shown_url(context.arena) == "http://a.test/a" + std::string(row.shown));
    CHECK(call.headers.get("X-Key") == "k1, k2");
    CHECK(call.headers.get("Authorization") == "Basic s3cret");
    CHECK(context.header("X-Key") == "mine");  // context.Request does not learn them
  }
}

TEST_CASE("backend credentials: a trace names them and hides what they are") {
  FakeContext context;
  RequestTrace trace(context.now);
  context.trace = &trace;
  auto backend = make_backend("a");
  backend->credentials = make_credentials();
  context.upstream = backend.get();
  CHECK(context.run(Section::backend, plain) == Flow::wait);
  std::string told;
  for (const TraceEntry& entry : trace.entries()) told += entry.data;
  CHECK(told.find("{\"name\":\"Authorization\",\"value\":\"***\"}") != std::string::npos);
  CHECK(told.find("http://a.test/orders/42?page=2&size=10\"") != std::string::npos);
  CHECK(told.find("s3cret") == std::string::npos);
}

TEST_CASE("backend credentials: a redirect to another server gets none of them, one to the same server keeps the headers") {
  struct Row {
    const char *location, *key, *query;
    size_t secret;
  };
  for (const Row& row : {Row{"http://other.test/x?y=1", "", "y=1", 0}, Row{"/x?y=1", "k1, k2", "y=1", 0}}) {
    CAPTURE(row.location);
    FakeContext context;
    auto backend = make_backend("a");
    backend->credentials = make_credentials();
    context.upstream = backend.get();
    CHECK(context.run(Section::backend, "<forward-request follow-redirects='true'/>") == Flow::wait);
    CHECK(context.answer(302, {{"Location", row.location}}) == Flow::wait);
    CHECK(context.forward.headers.get("X-Key") == row.key);
    CHECK(context.forward.query == row.query);
    CHECK(context.forward.secret_query_bytes == row.secret);
    CHECK(context.answer(503) == Flow::next);
    // Another server's answer is not the backend's.
    CHECK(context.backends.reports == (row.secret == 0 && *row.key ? "a 302 0\na 503 0\n" : "a 302 0\n"));
  }
}

TEST_CASE("backend outcomes: every answer and every fault is reported, with what Retry-After says") {
  struct Row {
    int status;
    const char *retry_after, *report;
  };
  for (const Row& row : {
           Row{200, "", "a 200 0\n"},
           Row{429, "7", "a 429 7000\n"},
           Row{503, "Thu, 01 Jan 1970 00:01:00 GMT", "a 503 60000\n"},
           Row{503, "soon", "a 503 0\n"},
           Row{503, "99999999999999", "a 503 31622400000\n"},
           Row{503, "Fri, 01 Jan 2100 00:00:00 GMT", "a 503 31622400000\n"},
       }) {
    CAPTURE(row.retry_after);
    FakeContext context;
    const auto backend = make_backend("a");
    context.upstream = backend.get();
    CHECK(context.run(Section::backend, plain) == Flow::wait);
    CHECK(context.answer(row.status, {{"Retry-After", row.retry_after}}) == Flow::next);
    CHECK(context.backends.reports == row.report);
  }
  for (const auto& [fault, report] : {std::pair{Call::Fault::connect, "a 500 BackendConnectionFailure 0\n"},
                                      {Call::Fault::broken, "a 500 BackendConnectionFailure 0\n"},
                                      {Call::Fault::bad_response, "a 500 BackendConnectionFailure 0\n"},
                                      {Call::Fault::timeout, "a 500 Timeout 0\n"}}) {
    FakeContext context;
    const auto backend = make_backend("a");
    context.upstream = backend.get();
    CHECK(context.run(Section::backend, plain) == Flow::wait);
    CHECK(context.fault(fault) == Flow::fail);
    CHECK(context.backends.reports == report);
  }
}

TEST_CASE("circuit breaker: while it is open nothing is sent") {
  FakeContext context;
  const auto backend = make_backend("a");
  context.upstream = backend.get();
  context.backends.retry_after_s = 12;
  CHECK(context.run(Section::backend, plain) == Flow::fail);
  CHECK(context.start_count == 0);
  CHECK(context.backends.reports == "");
  CHECK(context.failure().source == "request-forwarder");
  CHECK(context.failure().reason == "CircuitBreakerOpen");
  CHECK(context.failure().message == "Backend 'a' is temporarily unavailable: its circuit breaker is open.");
  CHECK(context.failure().status == 503);
  CHECK(context.failure().public_message == "Service temporarily unavailable");
  CHECK(context.failure().retry_after_s == 12);
}

TEST_CASE("pool: the request goes to the chosen member, each attempt tells which were tried") {
  FakeContext context;
  const Upstream pool = make_pool();
  context.upstream = &pool;
  CHECK(context.run(Section::backend, plain) == Flow::wait);
  CHECK(context.forward.upstream->backend_id == "a");
  CHECK(context.forward.host == "a.test");
  CHECK(context.backends.wished_tried == 0);
  CHECK(context.answer(500) == Flow::next);
  context.backends.member = 1;
  CHECK(context.run(Section::backend, plain) == Flow::wait);
  CHECK(context.backends.wished_tried == 1);
  CHECK(context.forward.upstream->backend_id == "b");
  CHECK(context.answer(200) == Flow::next);
  CHECK(context.backends.reports == "a 500 0\nb 200 0\n");
  context.reset_context();
  CHECK(context.forward.tried_members == 0);
}

TEST_CASE("pool: with no sound member the request fails and says when to come again") {
  FakeContext context;
  const Upstream pool = make_pool();
  context.upstream = &pool;
  context.backends.retry_after_s = 1;
  CHECK(context.run(Section::backend, plain) == Flow::fail);
  CHECK(context.failure().reason == "BackendPoolUnavailable");
  CHECK(context.failure().message == "Backend pool 'p' is temporarily unavailable: all its members are tripped.");
  CHECK(context.failure().status == 503);
  CHECK(context.failure().retry_after_s == 1);
}

TEST_CASE("session affinity: the answer brings a cookie unless the client's says the same member already") {
  struct Row {
    const char *what, *cookie, *wish, *answer, *scheme;
  };
  for (const Row& row : {
           Row{"a new client", nullptr, "", "Session=1a; Path=/; HttpOnly", "http"},
           Row{"over TLS", nullptr, "", "Session=1a; Path=/; HttpOnly; Secure", "https"},
           Row{"a client that is known", "x=1; Session=1a; y=2", "1a", "", "http"},
           Row{"one whose member was not chosen", "Session=1b", "1b", "Session=1a; Path=/; HttpOnly", "http"},
           Row{"names compare with case, and whole", "session=1a; MySession=1a", "", "Session=1a; Path=/; HttpOnly", "http"},
           Row{"an empty one", "Session=", "", "Session=1a; Path=/; HttpOnly", "http"},
           Row{"no cookie at all", "Session", "", "Session=1a; Path=/; HttpOnly", "http"},
       }) {
    CAPTURE(row.what);
    FakeContext context;
    const Upstream pool = make_pool();
    context.upstream = &pool;
    context.original_scheme = row.scheme;
    if (row.cookie) context.request.headers.append("Cookie", row.cookie);
    CHECK(context.run(Section::backend, plain) == Flow::wait);
    CHECK(context.backends.wished_session == row.wish);
    CHECK(context.answer(200, {{"Set-Cookie", "of=backend"}}) == Flow::next);
    std::string cookies;
    for (const HeaderField& field : context.response.headers.fields())
      if (field.id == HeaderId::set_cookie) cookies += std::string(field.value) + "\n";
    CHECK(cookies == "of=backend\n" + (*row.answer ? std::string(row.answer) + "\n" : ""));
    CHECK(context.forward.headers.contains("Cookie") == (row.cookie != nullptr));
  }
}
