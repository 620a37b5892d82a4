// Counts what this executable takes from the heap, to show that the request path takes nothing.
#include <doctest/doctest.h>

#include <string>

#include "allocations.hpp"
#include "http/serialize.hpp"
#include "http/url.hpp"

using namespace gatelet;
using namespace gatelet::test;

TEST_CASE("request path: headers, targets, look-ups and heads take nothing from the heap but the arena's block") {
  Arena arena(16 * 1024);
  (void)arena.allocate(1);
  const std::string raw = "/api/%70rivate/../orders?page=2&subscription-key=0123456789abcdef0123456789abcdef";
  const HeaderName key("Ocp-Apim-Subscription-Key");
  char head[2048];

  const uint64_t before = allocation_count;
  Target target;
  bool ok = canonicalize(raw, arena, target) == TargetFault::none;
  Authority authority;
  ok &= parse_authority("GW.test:8080", arena, authority);
  std::string_view value;
  ok &= find_query_value(target.query, "subscription-key", value);
  Response response(arena);
  for (int i = 0; i < 30; ++i) response.headers.add_received({"X-Tag", "1", HeaderId::other});
  response.headers.add_received({"Connection", "close, X-Drop", HeaderId::connection});
  response.headers.remove_hop_by_hop();
  ok &= response.headers.set("X-Tag", value) && response.headers.append("Set-Cookie", "a=1") &&
        response.headers.append_value("Vary", "Origin");
  ok &= response.headers.find(key) == nullptr && response.headers.remove("Vary") == 1 && !response.headers.get("X-Tag").empty();
  const char* end = write_response_head(head, response, {Framing::Kind::length, 5, true, {}}, "Thu, 01 Jan 1970 00:00:00 GMT");
  const uint64_t after = allocation_count;

  CHECK(ok);
  CHECK(end > head);
  CHECK(after == before);
}
