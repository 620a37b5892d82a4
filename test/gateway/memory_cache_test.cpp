#include <doctest/doctest.h>
#include <malloc.h>

#include <string>
#include <thread>
#include <vector>

#include "gateway/memory_cache.hpp"

using namespace gatelet;

static CacheValue value_of(std::string_view text) { return {Buffer::copy(text), {}}; }

static std::string found(MemoryCache& cache, std::string_view key, uint64_t now_ms) {
  CacheReply reply;
  REQUIRE(cache.find(key, now_ms, reply));
  return reply.is_found ? std::string(reply.value.head.view()) + std::string(reply.value.body.view()) : "(none)";
}

TEST_CASE("memory cache: a value is found until its time is over, the latest one of its key") {
  MemoryCache cache({1, 2}, 1024 * 1024);
  CHECK(found(cache, "a", 0) == "(none)");
  cache.store("a", value_of("1"), 1000, 0);
  cache.store("b", {Buffer::copy("head"), Buffer::copy("body")}, 2000, 0);
  CHECK(found(cache, "a", 999) == "1");
  CHECK(found(cache, "b", 999) == "headbody");
  CHECK(cache.entry_count() == 2);
  CHECK(found(cache, "a", 1000) == "(none)");
  CHECK(cache.entry_count() == 1);
  cache.store("b", value_of("2"), 1000, 500);
  CHECK(found(cache, "b", 1499) == "2");
  CHECK(found(cache, "b", 1500) == "(none)");
  CHECK(cache.bytes() == 0);
}

TEST_CASE("memory cache: what is removed is gone, and it is no error when there was nothing") {
  MemoryCache cache({1, 2}, 1024 * 1024);
  cache.store("a", value_of("1"), 1000, 0);
  cache.remove("a");
  cache.remove("a");
  CHECK(found(cache, "a", 0) == "(none)");
  CHECK(cache.bytes() == 0);
}

TEST_CASE("memory cache: it keeps within its bytes; what was used last stays") {
  constexpr size_t bytes_max = 1024 * 1024;
  MemoryCache cache({1, 2}, bytes_max);
  const std::string text(500, 'x');
  cache.store("used", value_of("kept"), 1'000'000, 0);
  for (int i = 0; i < 20'000; ++i) {
    cache.store("key " + std::to_string(i), value_of(text), 1'000'000, 0);
    if (i % 10 == 0) REQUIRE(found(cache, "used", 1) == "kept");
    REQUIRE(cache.bytes() <= bytes_max);
  }
  CHECK(cache.entry_count() > 1000);
  CHECK(found(cache, "key 19999", 1) == text);
  CHECK(found(cache, "key 0", 1) == "(none)");
}

#ifdef __GLIBC__
// Sanitizers have a heap of their own, of which nothing is seen here.
TEST_CASE("memory cache: entries take no more of the heap than they are counted as") {
  const auto heap_bytes = [] {
    const auto heap = mallinfo2();
    return heap.uordblks + heap.hblkhd;
  };
  for (const bool has_body : {true, false}) {
    MemoryCache cache({1, 2}, 8 * 1024 * 1024);
    const size_t before = heap_bytes();
    for (size_t i = 0; i < 50'000; ++i) {
      const std::string text(1 + i % 61, 'x');
      cache.store("key " + std::to_string(i), {Buffer::copy(text), has_body ? Buffer::copy(text) : Buffer()}, 1'000'000, 0);
    }
    CHECK(cache.entry_count() > 20'000);
    CHECK(cache.bytes() <= 8 * 1024 * 1024);
    CHECK(heap_bytes() - before <= cache.bytes());
  }
}
#endif

TEST_CASE("memory cache: a value that is too large takes no room from others, and its earlier value is gone") {
  MemoryCache cache({1, 2}, 16 * 1024);
  cache.store("a", value_of("small"), 1000, 0);
  cache.store("b", value_of("other"), 1000, 0);
  cache.store("a", value_of(std::string(2000, 'x')), 1000, 0);
  CHECK(found(cache, "a", 0) == "(none)");
  CHECK(found(cache, "b", 0) == "other");
}

TEST_CASE("memory cache: several threads use it at once") {
  MemoryCache cache({1, 2}, 64 * 1024);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&cache, t] {
      for (int i = 0; i < 5000; ++i) {
        const std::string key = std::to_string((i * 7 + t) % 300);
        cache.store(key, value_of(key), 1000, static_cast<uint64_t>(i / 10));
        CacheReply reply;
        cache.find(key, static_cast<uint64_t>(i / 10), reply);
        if (reply.is_found && reply.value.head.view() != key) cache.remove("never");
        if (i % 5 == 0) cache.remove(key);
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(cache.bytes() <= 64 * 1024);
}
