#include "net/memory_watch.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "base/limits.hpp"

namespace gatelet {
namespace {

// Whether the allocator was made to do it.
bool give_memory_back() {
#ifdef __GLIBC__
  malloc_trim(0);
  return true;
#else
  return false;
#endif
}

}  // namespace

Overload next_overload(Overload before, uint64_t bytes, uint64_t bytes_max) {
  const auto is_above = [&](Overload state, uint32_t percent) {
    return bytes >= bytes_max / 100 * (before >= state ? percent - memory_relief_percent : percent);
  };
  if (is_above(Overload::hard, memory_hard_percent)) return Overload::hard;
  return is_above(Overload::soft, memory_soft_percent) ? Overload::soft : Overload::none;
}

MemoryWatch::MemoryWatch(uint64_t bytes_max, LogSink* log, RecordSink* records)
    : bytes_max_(bytes_max), log_(log), records_(records), statm_(bytes_max != 0 ? open("/proc/self/statm", O_RDONLY | O_CLOEXEC) : -1) {}

MemoryWatch::~MemoryWatch() {
  if (state_ != Overload::none && records_) records_->be_brief(false);
  if (statm_ >= 0) ::close(statm_);
}

// "total resident shared …", in pages.
uint64_t MemoryWatch::resident_bytes() const {
  char text[128];
  const ssize_t size = pread(statm_, text, sizeof text - 1, 0);
  if (size <= 0) return 0;
  text[size] = '\0';
  const char* const resident = std::strchr(text, ' ');
  return resident ? std::strtoull(resident, nullptr, 10) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)) : 0;
}

void MemoryWatch::tell(uint64_t bytes) const {
  static constexpr std::string_view texts[] = {"Memory is below its soft mark again: new clients are let in.",
                                               "Memory is above 80 % of its maximum: no new clients are let in.",
                                               "Memory is above 95 % of its maximum: requests are answered 503."};
  if (!log_) return;
  const std::string resident = std::to_string(bytes), maximum = std::to_string(bytes_max_);
  const LogField fields[] = {{"residentBytes", resident}, {"maximumBytes", maximum}};
  log_->log(state_ == Overload::none ? LogLevel::info : LogLevel::warn, "Overload", texts[static_cast<size_t>(state_)], fields, 2);
}

void MemoryWatch::change(Overload state, uint64_t bytes) {
  const bool was_short = state_ != Overload::none, is_short = state != Overload::none;
  state_ = state;
  if (was_short != is_short && records_) records_->be_brief(is_short);
  tell(bytes);
}

Overload MemoryWatch::look(uint64_t now_ms) {
  std::lock_guard lock(mutex_);
  if (!is_on() || now_ms < next_look_ms_) return state_;
  next_look_ms_ = now_ms + memory_look_ms;
  uint64_t bytes = resident_bytes();
  Overload state = next_overload(state_, bytes, bytes_max_);
  if (state != Overload::none && looks_in_overload_++ % memory_looks_per_release == 0 && give_memory_back()) {
    bytes = resident_bytes();
    state = next_overload(state_, bytes, bytes_max_);
  }
  if (state != state_) change(state, bytes);
  return state_;
}

}  // namespace gatelet
