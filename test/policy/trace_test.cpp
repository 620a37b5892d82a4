#include <doctest/doctest.h>

#include "base/limits.hpp"
#include "policy/policy.hpp"

using namespace gatelet;

TEST_CASE("trace: an entry is named after the policy and its place, and tells the time since the request began") {
  RequestTrace trace({1'000'000, 0});
  const Origin origin{"set-header", "choose[1]\\when\\set-header", "", Scope::product, Section::outbound, {}};
  trace.add(origin.element, &origin, {1'250'000, 0}, trace_text("a \"b\"\n"));
  trace.add("transfer-response", nullptr, {1'000'000, 0}, "null");
  REQUIRE(trace.entries().size() == 2);
  const TraceEntry& entry = trace.entries()[0];
  CHECK(entry.source == "set-header");
  CHECK(entry.scope == "product");
  CHECK(entry.section == "outbound");
  CHECK(entry.path == "choose[1]\\when\\set-header");
  CHECK(entry.elapsed_us == 250'000);
  CHECK(entry.data == R"("a \"b\"\n")");
  CHECK(trace.entries()[1].scope.empty());
}

TEST_CASE("trace: what does not fit any more is left out, and a last entry says so") {
  RequestTrace trace({});
  for (int i = 0; i < 100; ++i) trace.add("set-variable", nullptr, {}, trace_text(std::string(trace_bytes_max / 10, 'x')));
  REQUIRE(trace.entries().size() <= 10);
  CHECK(trace.entries().back().data == "\"The trace is full: this entry and all that follow are left out.\"");
  CHECK(trace.entries().front().data.size() > trace_bytes_max / 10);
}
