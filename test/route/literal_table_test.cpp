#include <doctest/doctest.h>

#include <map>
#include <string>

#include "route/literal_table.hpp"
#include "route/routing.hpp"

using namespace gatelet;
using namespace gatelet::test;

TEST_CASE("literal table: texts whose hashes, sizes and beginnings are equal are told apart") {
  std::map<uint32_t, std::string> by_hash;
  int collisions = 0;
  for (int i = 0; i < 400'000; ++i) {
    const std::string text = "customer-" + std::to_string(100'000 + i);
    const std::string padded = text + std::string(path_padding, '\0');
    const auto [first, is_new] = by_hash.emplace(hash_segment(padded.data(), text.size()), text);
    if (is_new) continue;
    ++collisions;
    const Routes routes({api("a", "a", {"GET /" + text, "GET /*"})});
    CHECK(routes.match("GET /a/" + text) == "a GET /" + text);
    CHECK(routes.match("GET /a/" + first->second) == "a GET /*");
  }
  CHECK(collisions > 0);
}

TEST_CASE("literal table: keeps every entry while it grows and after it shrinks") {
  LiteralTable table;
  for (uint32_t i = 0; i < 5000; ++i) table.insert(i % 7, "text-" + std::to_string(i), NodeRef::to(i));
  table.shrink();
  for (uint32_t i = 0; i < 5000; ++i) {
    const std::string text = "text-" + std::to_string(i);
    CHECK(table.find(i % 7, text).index() == i);
    CHECK(!table.find(i % 7 + 1, text));
  }
}
