// The cache policies where behaviour files do not reach: what they refuse, a cache that answers later, and keys that must differ.
#include <doctest/doctest.h>

#include "fake_context.hpp"

using namespace gatelet;
using namespace gatelet::test;

namespace {

// Has the answer only when the host has looked it up.
class SlowCache final : public Cache {
 public:
  bool find(std::string_view key, uint64_t, CacheReply&) override {
    asked = key;
    return false;
  }
  void store(std::string_view key, CacheValue value, uint64_t duration_ms, uint64_t) override {
    stored = std::string(key) + " " + std::to_string(duration_ms) + " " + std::string(value.head.view());
  }
  void remove(std::string_view key) override { removed = key; }
  std::string asked, stored, removed;
};

std::string key_of(FakeContext& context, const std::string& attributes, const std::string& content = "") {
  SlowCache cache;
  context.services->cache = &cache;
  REQUIRE(context.run(Section::inbound, "<cache-lookup vary-by-developer='false' vary-by-developer-groups='false' " + attributes + ">" +
                                            content + "</cache-lookup>") == Flow::wait);
  return cache.asked;
}

}  // namespace

TEST_CASE("cache-lookup-value: an external cache may answer later") {
  for (bool is_found : {true, false}) {
    FakeContext context;
    SlowCache cache;
    context.external_cache = &cache;
    CHECK(context.run(Section::inbound, "<cache-lookup-value key='k' variable-name='v' default-value='none'/>") == Flow::wait);
    CHECK(context.looked_up == "value:k");
    if (is_found) context.cache_reply = {true, {Buffer::copy("sthere"), {}}};
    CHECK(context.resume() == Flow::next);
    CHECK(context.variable("v") == (is_found ? "there" : "none"));
  }
}

TEST_CASE("cache policies: an external cache is used in place of the one in the process unless that is named") {
  FakeContext context;
  SlowCache cache;
  context.external_cache = &cache;
  CHECK(context.run(Section::inbound, "<cache-store-value key='k' value='1' duration='2'/><cache-remove-value key='r'/>") == Flow::next);
  CHECK(cache.stored == "value:k 2000 s1");
  CHECK(cache.removed == "value:r");
  CHECK(context.run(Section::inbound, "<cache-lookup-value key='k' variable-name='v' caching-type='internal' default-value='none'/>") ==
        Flow::next);
  CHECK(context.variable("v") == "none");
}

TEST_CASE("cache-lookup-value: bytes that are no value count as a miss") {
  using namespace std::literals;
  for (std::string_view bytes : {""sv, "x"sv, "5abc"sv, "?12345678"sv, "j{"sv, "j"sv, "o\2\0\0\0\0\0\0\0"sv, "5\0\0\0\0\1\0\0\0"sv,
                                 "1\0\1\0\0\0\0\0\0"sv, "d\377\377\377\377\377\377\377\377"sv}) {
    CAPTURE(bytes);
    FakeContext context;
    context.cache.store("value:k", {Buffer::copy(bytes), {}}, 1000, 0);
    CHECK(context.run(Section::inbound, "<cache-lookup-value key='k' variable-name='v'/>") == Flow::next);
    CHECK(context.variable("v") == "(none)");
  }
}

TEST_CASE("cache-lookup: bytes that are no response count as a miss") {
  for (const char* bytes : {"", "response 2\n1\n1\n200\n\n", "response 1\n1\nx\n200\n\n", "response 1\n1\n1\n200",
                            "response 1\n1\n1\n100\n\n", "response 1\n1\n1\n200\n+O\rK\n", "response 1\n1\n1\n200\n\nX-A\n",
                            "response 1\n1\n1\n200\n\nA:b\nX A:b\n", "response 1\n1\n1\n200\n\nX-A:b\rX-B:c\n"}) {
    CAPTURE(bytes);
    FakeContext context;
    SlowCache cache;
    context.services->cache = &cache;
    CHECK(context.run(Section::inbound, "<cache-lookup vary-by-developer='false' vary-by-developer-groups='false'/>") == Flow::wait);
    context.cache_reply = {true, {Buffer::copy(bytes), {}}};
    CHECK(context.resume() == Flow::next);
    CHECK(context.cache_lookup != nullptr);
    CHECK(context.response.headers.fields().empty());
  }
}

TEST_CASE("cache-lookup: the key holds what tells responses apart") {
  FakeContext usual;
  const std::string key = key_of(usual, "");
  FakeContext same;
  CHECK(key_of(same, "") == key);

  FakeContext other_path;
  other_path.original_target.path = "/other";
  CHECK(key_of(other_path, "") != key);
  FakeContext other_query;
  other_query.original_target.query = "page=3";
  CHECK(key_of(other_query, "") != key);

  ApiFacts api;
  api.id = "shop";
  FakeContext other_api;
  other_api.api = &api;
  const std::string first_revision = key_of(other_api, "");
  CHECK(first_revision != key);
  api.revision = "2";
  FakeContext revised;
  revised.api = &api;
  CHECK(key_of(revised, "") != first_revision);

  UserFacts tom, tim;
  tom.id = "tom";
  tim.id = "tim";
  tom.groups = {{"b", "B"}, {"a", "A"}};
  tim.groups = {{"a", "A"}, {"b", "B"}};
  FakeContext of_tom, of_tim;
  of_tom.user = &tom;
  of_tim.user = &tim;
  CHECK(key_of(of_tom, "") == key_of(of_tim, ""));
  FakeContext tom_again, tim_again;
  tom_again.user = &tom;
  tim_again.user = &tim;
  const auto by = [](FakeContext& context, const char* what) {
    SlowCache cache;
    context.services->cache = &cache;
    REQUIRE(context.run(Section::inbound, what) == Flow::wait);
    return cache.asked;
  };
  CHECK(by(tom_again, "<cache-lookup vary-by-developer='true' vary-by-developer-groups='false'/>") !=
        by(tim_again, "<cache-lookup vary-by-developer='true' vary-by-developer-groups='false'/>"));
  CHECK(by(tom_again, "<cache-lookup vary-by-developer='false' vary-by-developer-groups='true'/>") ==
        by(tim_again, "<cache-lookup vary-by-developer='false' vary-by-developer-groups='true'/>"));
}

TEST_CASE("cache policies: problems are told with place and remedy") {
  struct Row {
    const char *section, *text, *problem;
  };
  for (const Row& row : {
           Row{"inbound", "<cache-lookup vary-by-developer='false'/>", "'cache-lookup' needs the attribute 'vary-by-developer-groups'"},
           Row{"inbound", "<cache-lookup vary-by-developer='false' vary-by-developer-groups='false' downstream-caching-type='all'/>",
               "'downstream-caching-type' must be none, private or public, not 'all'"},
           Row{"inbound", "<cache-lookup vary-by-developer='false' vary-by-developer-groups='false' caching-type='redis'/>",
               "'caching-type' of 'cache-lookup' must be one of prefer-external, external, internal, not 'redis'"},
           Row{"outbound", "<cache-lookup vary-by-developer='false' vary-by-developer-groups='false'/>",
               "may not stand in the outbound section; move it to inbound"},
           Row{"outbound", "<cache-store/>", "'cache-store' needs the attribute 'duration'"},
           Row{"inbound", "<cache-store duration='1'/>", "may not stand in the inbound section; move it to outbound"},
           Row{"inbound", "<cache-store-value key='k' duration='1'/>", "'cache-store-value' needs the attribute 'value'"},
           Row{"inbound", "<cache-store-value key='k' value='v' duration='soon'/>", "'duration' of 'cache-store-value' must be an integer"},
           Row{"inbound", "<cache-lookup-value key='k'/>", "'cache-lookup-value' needs the attribute 'variable-name'"},
           Row{"inbound", "<cache-remove-value/>", "'cache-remove-value' needs the attribute 'key'"},
       }) {
    CAPTURE(row.text);
    const Reading reading = read_section(row.section, row.text);
    CHECK(reading.document == nullptr);
    CHECK_MESSAGE(reading.problems().find(row.problem) != std::string::npos, reading.problems());
  }
}
