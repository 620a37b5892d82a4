// The heap of a test program: what every library in it takes, malloc of C libraries included, is counted and on demand refused. Under a
// sanitizer, which has a heap of its own, only operator new. Include it in one file of an executable.
#pragma once

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <new>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define GATELET_HAS_OWN_HEAP 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define GATELET_HAS_OWN_HEAP 0
#endif
#endif
#ifndef GATELET_HAS_OWN_HEAP
#define GATELET_HAS_OWN_HEAP 1
#endif

namespace gatelet::test {

inline std::atomic<int64_t> live_blocks{0};         // of all threads
inline thread_local uint64_t refused_blocks = 0;    // of this thread
inline thread_local int64_t blocks_left = -1;       // before one is refused; -1: no limit
inline thread_local bool is_refusing_ever = false;  // all after it, too
inline thread_local bool is_c_spared = false;      // C libraries get what they want: libuv ends the process where it does not

// Whether this thread may have one more block.
inline bool may_take() noexcept {
  if (blocks_left < 0) return true;
  if (blocks_left-- > 0) return true;
  blocks_left = is_refusing_ever ? 0 : -1;
  ++refused_blocks;
  return false;
}
inline bool may_take_in_c() noexcept { return is_c_spared || may_take(); }
inline void* counted(void* block) noexcept {
  if (block) live_blocks.fetch_add(1, std::memory_order_relaxed);
  return block;
}
inline void uncount(void* block) noexcept {
  if (block) live_blocks.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace gatelet::test

#if GATELET_HAS_OWN_HEAP

extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* block, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
void __libc_free(void* block);

void* malloc(size_t size) noexcept {
  if (gatelet::test::may_take_in_c()) return gatelet::test::counted(__libc_malloc(size));
  errno = ENOMEM;
  return nullptr;
}
void* calloc(size_t count, size_t size) noexcept {
  if (gatelet::test::may_take_in_c()) return gatelet::test::counted(__libc_calloc(count, size));
  errno = ENOMEM;
  return nullptr;
}
void* realloc(void* block, size_t size) noexcept {
  if (!block) return malloc(size);
  if (gatelet::test::may_take_in_c()) return __libc_realloc(block, size);
  errno = ENOMEM;
  return nullptr;
}
void* memalign(size_t alignment, size_t size) noexcept {
  if (gatelet::test::may_take_in_c()) return gatelet::test::counted(__libc_memalign(alignment, size));
  errno = ENOMEM;
  return nullptr;
}
void* aligned_alloc(size_t alignment, size_t size) noexcept { return memalign(alignment, size); }
int posix_memalign(void** out, size_t alignment, size_t size) noexcept {
  void* const block = memalign(alignment, size);
  if (!block) return ENOMEM;
  *out = block;
  return 0;
}
void free(void* block) noexcept {
  gatelet::test::uncount(block);
  __libc_free(block);
}
}

#endif

// Not inlined, or g++ sees malloc on one side and delete on the other and warns of a mismatch.
[[gnu::noinline]] void* operator new(size_t size, const std::nothrow_t&) noexcept {
#if GATELET_HAS_OWN_HEAP
  return gatelet::test::may_take() ? gatelet::test::counted(__libc_malloc(size ? size : 1)) : nullptr;
#else
  return gatelet::test::may_take() ? gatelet::test::counted(std::malloc(size ? size : 1)) : nullptr;
#endif
}
[[gnu::noinline]] void* operator new(size_t size) {
  if (void* const block = operator new(size, std::nothrow)) return block;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* block) noexcept {
#if !GATELET_HAS_OWN_HEAP
  gatelet::test::uncount(block);
#endif
  std::free(block);
}
[[gnu::noinline]] void operator delete(void* block, size_t) noexcept { operator delete(block); }
