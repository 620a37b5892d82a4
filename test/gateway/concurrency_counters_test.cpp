#include "gateway/concurrency_counters.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace gatelet;

TEST_CASE("concurrency counters: as many as are allowed are inside, and whoever leaves makes room") {
  StripedConcurrencyCounters counters;
  KeyHash id;
  CHECK(counters.enter("key", 2, id));
  CHECK(counters.enter("key", 2, id));
  CHECK_FALSE(counters.enter("key", 2, id));
  CHECK(counters.enter("key", 3, id));  // a policy with a higher limit shares the places
  CHECK_FALSE(counters.enter("key", 3, id));
  counters.leave(id);
  CHECK_FALSE(counters.enter("key", 2, id));
  counters.leave(id);
  CHECK(counters.enter("key", 2, id));
  CHECK(counters.enter("other", 1, id));
}

TEST_CASE("concurrency counters: two threads are never inside together beyond the limit, and all places come back") {
  StripedConcurrencyCounters counters;
  std::atomic<int> inside{0}, entered{0};
  std::atomic<bool> was_exceeded{false};
  std::vector<std::thread> workers;
  for (int worker = 0; worker < 4; ++worker)
    workers.emplace_back([&] {
      KeyHash id;
      for (int i = 0; i < 20'000; ++i) {
        if (!counters.enter("key", 2, id)) continue;
        if (++inside > 2) was_exceeded = true;
        ++entered;
        --inside;
        counters.leave(id);
      }
    });
  for (std::thread& worker : workers) worker.join();
  CHECK_FALSE(was_exceeded);
  CHECK(entered >= 20'000);
  KeyHash id;
  CHECK(counters.enter("key", 1, id));
}

TEST_CASE("concurrency counters: keys that nobody is inside of any more go when others come") {
  StripedConcurrencyCounters counters;
  KeyHash id;
  for (int i = 0; i < 100'000; ++i) {
    CHECK(counters.enter("key " + std::to_string(i), 1, id));
    counters.leave(id);
  }
  CHECK(counters.key_count() < 64 * 16);
}
