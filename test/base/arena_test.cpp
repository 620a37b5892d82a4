#include <doctest/doctest.h>

#include <cstdint>
#include <string>

#include "base/arena.hpp"

using namespace gatelet;

TEST_CASE("arena: what was allocated before a mark survives a reset to it, what came after is reused") {
  Arena arena(128);
  const std::string_view kept = arena.copy("kept");
  const Arena::Mark mark = arena.mark();
  for (int i = 0; i < 100; ++i) {
    (void)arena.copy(std::string(100, 'x'));
    arena.reset(mark);
  }
  CHECK(kept == "kept");
  CHECK(arena.bytes_reserved() <= 1024);
}

TEST_CASE("arena: an allocation larger than a block gets a block of its own, aligned") {
  Arena arena(64);
  auto* big = static_cast<char*>(arena.allocate(100'000, 64));
  big[99'999] = 1;
  CHECK(reinterpret_cast<uintptr_t>(big) % 64 == 0);
}

TEST_CASE("arena: clear keeps one block, so that the next exchange does not allocate") {
  Arena arena(4096);
  for (int i = 0; i < 10; ++i) (void)arena.allocate(4000);
  arena.clear();
  const size_t reserved = arena.bytes_reserved();
  CHECK(reserved > 0);
  (void)arena.allocate(1000);
  CHECK(arena.bytes_reserved() == reserved);
}

TEST_CASE("arena: concat joins its parts") {
  Arena arena;
  CHECK(arena.concat("a", std::string("b"), std::string_view("c")) == "abc");
}
