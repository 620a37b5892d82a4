// Micro-benchmarks: the CPU time and the heap allocations of one operation. A bench program makes one Micro, calls run() for each operation
// and returns finish(); micro.cpp replaces operator new in that program only, to count.
#pragma once

#include <ctime>

#include <cstdint>
#include <string_view>

namespace gatelet {

// Makes the compiler believe that the value is used, so that the work behind it is not optimised away.
template <class T>
inline void keep(const T& value) {
  asm volatile("" : : "r,m"(value) : "memory");
}

// How often operator new was called in this program so far.
uint64_t allocation_count();

class Micro {
 public:
  // Arguments: [FILTER] runs only operations whose name contains it; --list prints the names; --count N runs each operation just N times
  // and prints nothing, for callgrind.
  Micro(int argc, char** argv);

  template <class Operation>
  void run(std::string_view name, Operation&& operation) {
    if (!begin(name)) return;
    repeat(operation, count_ ? count_ : 1);
    if (count_) return;
    uint64_t batch = 1;
    while (batch_ns(operation, batch) < batch_ns_min) batch *= 2;
    const uint64_t allocations_before = allocation_count();
    for (double& sample : samples_) sample = static_cast<double>(batch_ns(operation, batch)) / static_cast<double>(batch);
    report(name, allocation_count() - allocations_before, batch);
  }

  // What is no time: `measure` returns the number to be printed; it is told whether only to run, briefly.
  template <class Measure>
  void tell(std::string_view name, const char* unit, Measure&& measure) {
    if (!begin(name)) return;
    const double number = measure(count_ != 0);
    if (!count_) report(name, number, unit);
  }

  int finish() const;

 private:
  static constexpr int64_t batch_ns_min = 2'000'000;  // long beside the clock's own 300 ns, short beside a scheduler's slice
  static constexpr int batch_count = 51;

  template <class Operation>
  static void repeat(Operation& operation, uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) operation();
  }
  template <class Operation>
  static int64_t batch_ns(Operation& operation, uint64_t count) {
    const int64_t start = cpu_ns();
    repeat(operation, count);
    return cpu_ns() - start;
  }
  // Of this thread: what else runs on the machine counts only by the caches it takes.
  static int64_t cpu_ns() {
    timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
  }
  bool begin(std::string_view name);
  void report(std::string_view name, uint64_t allocations, uint64_t batch);
  static void report(std::string_view name, double number, const char* unit);

  std::string_view filter_;
  uint64_t count_ = 0;
  bool list_ = false;
  bool found_ = false;
  double samples_[batch_count] = {};
};

}  // namespace gatelet
