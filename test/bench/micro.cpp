// Micro-benchmarks, the part that is the same for all: arguments, the report, and operator new with a counter.
#include "micro.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

static uint64_t allocations = 0;

static void* counted(void* memory) {
  if (!memory) throw std::bad_alloc();
  ++allocations;
  return memory;
}

// The array and nothrow forms of the standard library end here.
void* operator new(size_t size) { return counted(std::malloc(size ? size : 1)); }
void* operator new(size_t size, std::align_val_t alignment) {
  const size_t unit = static_cast<size_t>(alignment);
  return counted(std::aligned_alloc(unit, (size + unit - 1) / unit * unit));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, size_t, std::align_val_t) noexcept { std::free(memory); }

namespace gatelet {

uint64_t allocation_count() { return allocations; }

Micro::Micro(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--list") == 0) {
      list_ = true;
    } else if (std::strcmp(argv[i], "--count") == 0 && i + 1 < argc) {
      count_ = std::strtoull(argv[++i], nullptr, 10);
    } else {
      filter_ = argv[i];
    }
  }
}

bool Micro::begin(std::string_view name) {
  if (name.find(filter_) == std::string_view::npos) return false;
  found_ = true;
  if (list_) std::printf("%.*s\n", static_cast<int>(name.size()), name.data());
  return !list_;
}

void Micro::report(std::string_view name, uint64_t allocated, uint64_t batch) {
  std::sort(samples_, samples_ + batch_count);
  const double operations = static_cast<double>(batch) * batch_count;
  std::printf("%-60.*s  %10.1f ns  %8.2f allocations\n", static_cast<int>(name.size()), name.data(), samples_[batch_count / 2],
              static_cast<double>(allocated) / operations);
}

void Micro::report(std::string_view name, double number, const char* unit) {
  std::printf("%-60.*s  %10.1f %s\n", static_cast<int>(name.size()), name.data(), number, unit);
}

int Micro::finish() const {
  if (found_) return 0;
  std::fprintf(stderr, "no operation's name contains '%.*s'; --list prints the names\n", static_cast<int>(filter_.size()), filter_.data());
  return 1;
}

}  // namespace gatelet
