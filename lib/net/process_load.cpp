#include "net/process_load.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <string>

#include "base/text.hpp"
#include "net/files.hpp"

namespace gatelet {
namespace process_loads {

constexpr uint64_t window_us = 60'000'000;
constexpr uint64_t between_samples_us = 1'000'000;
constexpr size_t statm_bytes_max = 4096;

uint64_t cpu_us() {
  rusage used{};
  if (getrusage(RUSAGE_SELF, &used) != 0) return 0;
  const auto us = [](const timeval& time) { return static_cast<uint64_t>(time.tv_sec) * 1'000'000 + static_cast<uint64_t>(time.tv_usec); };
  return us(used.ru_utime) + us(used.ru_stime);
}

}  // namespace process_loads

using namespace process_loads;

// "total resident shared …", in pages.
uint64_t resident_memory_bytes() {
  const auto text = read_file("/proc/self/statm", statm_bytes_max);
  if (!text) return 0;
  const auto numbers = split(*text, ' ');
  const auto pages = numbers.size() > 1 ? parse_unsigned(numbers[1]) : std::nullopt;
  return pages.value_or(0) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

HeartbeatLoad ProcessLoad::look(const Counts& counts, Instant now) {
  const Sample sample{now.steady_us, counts.requests, cpu_us()};
  if (samples_.empty() || now.steady_us - samples_.back().at_us >= between_samples_us) samples_.push_back(sample);
  while (samples_.size() > 2 && now.steady_us - samples_[1].at_us >= window_us) samples_.pop_front();
  const Sample& oldest = samples_.front();
  const double seconds = static_cast<double>(now.steady_us - oldest.at_us) / 1e6;
  HeartbeatLoad out;
  if (seconds > 0) {
    out.requests_per_s = static_cast<double>(sample.requests - oldest.requests) / seconds;
    out.cpu_percent = static_cast<double>(sample.cpu_us - oldest.cpu_us) / 1e4 / seconds;
  }
  out.in_flight = counts.in_flight;
  out.memory_bytes = resident_memory_bytes();
  out.connections = counts.connections;
  return out;
}

}  // namespace gatelet
