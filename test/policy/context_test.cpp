#include <doctest/doctest.h>

#include "fake_context.hpp"

using namespace gatelet;
using namespace gatelet::test;

TEST_CASE("request id: a GUID of version 4 from the host's random bits, the same each time") {
  FakeContext context;
  const std::string id(context.request_id());
  CHECK(id == "00010203-0405-4607-8809-0a0b0c0d0e0f");
  CHECK(context.request_id() == id);
}

TEST_CASE("variables: found by exact name, overwritten, and as many as wanted") {
  FakeContext context;
  CHECK(context.find_variable("a") == nullptr);
  for (int i = 0; i < 100; ++i) context.set_variable(context.arena.copy("v" + std::to_string(i)), context.arena.copy(std::to_string(i)));
  CHECK(context.variable("v0") == "0");
  CHECK(context.variable("v99") == "99");
  CHECK(context.variable("V0") == "(none)");
  context.set_variable("v0", "new");
  CHECK(context.variable("v0") == "new");
  Response* held = context.hold_response();
  context.set_variable("v0", held);
  CHECK(context.find_variable("v0")->response == held);
  CHECK(context.variable("v0").empty());
  context.set_variable("v0", "text again");
  CHECK(context.find_variable("v0")->response == nullptr);
}

TEST_CASE("failures: take source and place from the running instruction unless given") {
  FakeContext context;
  const Origin origin{"set-body", "choose\\when[2]\\set-body", "the-id", Scope::api, Section::outbound, {}};
  context.origin = &origin;
  Failure failure;
  failure.reason = "Why";
  CHECK(context.fail(failure) == Flow::fail);
  CHECK(context.failure().source == "set-body");
  CHECK(context.failure().scope == "api");
  CHECK(context.failure().section == "outbound");
  CHECK(context.failure().path == "choose\\when[2]\\set-body");
  CHECK(context.failure().policy_id == "the-id");
  failure.source = "request-forwarder";
  context.fail(failure);
  CHECK(context.failure().source == "request-forwarder");
}

TEST_CASE("reset: nothing of a request is seen by the next one") {
  FakeContext context;
  (void)context.request_id();
  context.set_variable("a", "b");
  context.request.headers.append("X-A", "1");
  context.pending.append("X-P", "1");
  context.forward.headers.append("X-F", "1");
  context.host_override = "h";
  context.has_response = true;
  context.response.status = 500;
  context.reset_context();
  context.arena.clear();
  CHECK(context.find_variable("a") == nullptr);
  CHECK(context.request.headers.count() == 0);
  CHECK(context.pending.count() == 0);
  CHECK(context.forward.headers.count() == 0);
  CHECK(context.host_override.empty());
  CHECK_FALSE(context.has_response);
  CHECK(context.response.status == 200);
  CHECK(context.upstream == nullptr);
  CHECK(context.request_id() == "00000000-0000-4000-8000-000000000000");
}

namespace {
struct Deferring final : Policy {
  Flow run(Context&) const override { return Flow::next; }
  void after_response(Context& context, const AfterResponse& work) const override {
    context.set_variable(work.key, decimal_of(context, work.number));
  }
  static std::string_view decimal_of(Context& context, uint64_t number) { return context.arena.copy(std::to_string(number)); }
};
}  // namespace

TEST_CASE("deferred work: done once, in the order it was left") {
  FakeContext context;
  const Deferring policy;
  context.defer(policy, "first", 1);
  context.defer(policy, "second", 2);
  context.run_deferred();
  CHECK(context.variable("first") == "1");
  CHECK(context.variable("second") == "2");
  context.set_variable("first", "x");
  context.run_deferred();
  CHECK(context.variable("first") == "x");
}
