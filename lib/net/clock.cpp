#include "net/clock.hpp"

#include <ctime>

namespace gatelet {

Instant read_clocks() {
  timespec steady;
  timespec wall;
  clock_gettime(CLOCK_MONOTONIC, &steady);
  clock_gettime(CLOCK_REALTIME, &wall);
  return {static_cast<uint64_t>(steady.tv_sec) * 1'000'000 + static_cast<uint64_t>(steady.tv_nsec) / 1000,
          static_cast<int64_t>(wall.tv_sec) * 1000 + static_cast<int64_t>(wall.tv_nsec) / 1'000'000};
}

}  // namespace gatelet
