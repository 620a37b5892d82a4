// What this process uses of the machine, as its operators are told.
#pragma once

#include <cstdint>
#include <deque>

#include "config/sync/heartbeat_machine.hpp"

namespace gatelet {

// Resident bytes; 0 where nobody can tell.
uint64_t resident_memory_bytes();

// Rates over the last minute out of counts that only grow. Belongs to one thread.
class ProcessLoad {
 public:
  struct Counts {
    uint64_t requests = 0;  // since the start
    uint64_t in_flight = 0;
    uint64_t connections = 0;
  };
  HeartbeatLoad look(const Counts& counts, Instant now);

 private:
  struct Sample {
    uint64_t at_us = 0;
    uint64_t requests = 0;
    uint64_t cpu_us = 0;
  };
  std::deque<Sample> samples_;  // oldest first
};

}  // namespace gatelet
