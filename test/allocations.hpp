// Counts, and on demand refuses, what a test program takes from the heap. It replaces operator new and delete of the whole program: include it
// in one file of an executable. The thread sanitizer has operators of its own, which cannot be replaced: nothing is counted or refused there.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <new>

#if defined(__SANITIZE_THREAD__)
#define GATELET_COUNTS_ALLOCATIONS 0
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define GATELET_COUNTS_ALLOCATIONS 0
#endif
#endif
#ifndef GATELET_COUNTS_ALLOCATIONS
#define GATELET_COUNTS_ALLOCATIONS 1
#endif

namespace gatelet::test {
inline thread_local uint64_t allocation_count = 0;
inline thread_local int64_t allocations_left = -1;  // -1: no limit

inline void* counted_allocation(size_t size) noexcept {
  ++allocation_count;
  if (allocations_left == 0) return nullptr;
  if (allocations_left > 0) --allocations_left;
  return std::malloc(size ? size : 1);
}
}  // namespace gatelet::test

#if GATELET_COUNTS_ALLOCATIONS
// Not inlined, or g++ sees malloc on one side and delete on the other and warns of a mismatch.
[[gnu::noinline]] void* operator new(size_t size) {
  if (void* memory = gatelet::test::counted_allocation(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(size_t size, const std::nothrow_t&) noexcept { return gatelet::test::counted_allocation(size); }
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }
#endif
