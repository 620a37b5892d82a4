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

TEST_CASE("arena: of what was allocated since a seal only what is kept stays, however often") {
  Arena arena(128);
  const std::string_view before = arena.copy("before");
  const Arena::Mark seal = arena.seal();
  std::string_view text = arena.copy("kept"), elsewhere = before;
  auto* numbers = arena.make_array<int>(3).data();
  for (int i = 0; i < 3; ++i) numbers[i] = i;
  size_t reserved = 0;
  for (int i = 0; i < 100; ++i) {
    (void)arena.copy(std::string(100, 'x'));
    ArenaPast past(arena, seal);
    CHECK(past.holds(text.data()));
    past.keep(text);
    past.keep(elsewhere);
    past.keep_array(numbers, 3);
    past.free();
    if (i == 20) reserved = arena.bytes_reserved();
  }
  CHECK(text == "kept");
  CHECK(elsewhere.data() == before.data());
  CHECK(numbers[2] == 2);
  CHECK(arena.bytes_reserved() <= reserved);
}

TEST_CASE("arena: a past that is not freed is put back whole") {
  Arena arena(128);
  (void)arena.copy("before");
  const Arena::Mark seal = arena.seal();
  const std::string_view first = arena.copy(std::string(1000, 'a'));
  const size_t reserved = arena.bytes_reserved();
  std::string_view second = first;
  {
    ArenaPast past(arena, seal);
    past.keep(second);
  }
  CHECK(first == std::string(1000, 'a'));
  CHECK(second == first);
  CHECK(second.data() != first.data());
  CHECK(arena.bytes_reserved() > reserved);
  { ArenaPast past(arena, seal); }
  CHECK(second == first);
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
