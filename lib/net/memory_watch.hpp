// MemoryWatch: the resident memory of the process beside the most it may have (reliability.md R-2). Above the soft mark nobody new is let
// in, idle clients go sooner and records are written briefly, above the hard mark requests are refused; probes are answered all the time.
// Linux only: elsewhere nothing is ever too much.
#pragma once

#include <cstdint>
#include <mutex>

#include "base/log.hpp"
#include "telemetry/record.hpp"

namespace gatelet {

enum class Overload : uint8_t { none, soft, hard };

// The state that follows a state when so many bytes are used.
Overload next_overload(Overload before, uint64_t bytes, uint64_t bytes_max);

class MemoryWatch {
 public:
  MemoryWatch(uint64_t bytes_max, LogSink* log, RecordSink* records);  // 0: no limit; both sinks may be null
  ~MemoryWatch();
  MemoryWatch(const MemoryWatch&) = delete;
  MemoryWatch& operator=(const MemoryWatch&) = delete;

  bool is_on() const { return statm_ >= 0; }
  // Any thread. Workers ask again and again; one of them looks when it is time. What is free is given back to the system when there is too
  // much, so that an overload ends when its cause does.
  Overload look(uint64_t now_ms);

 private:
  uint64_t resident_bytes() const;
  void change(Overload state, uint64_t bytes);
  void tell(uint64_t bytes) const;

  const uint64_t bytes_max_;
  LogSink* const log_;
  RecordSink* const records_;
  int statm_ = -1;
  std::mutex mutex_;
  uint64_t next_look_ms_ = 0;
  uint32_t looks_in_overload_ = 0;
  Overload state_ = Overload::none;
};

}  // namespace gatelet
