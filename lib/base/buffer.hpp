// Buffer: reference-counted bytes. Bodies live in buffers, outside the arena, because they travel between exchange, sockets and hosts and
// outlive a reset of the arena. Immutable once shared. The count is atomic: a host may release a buffer on another thread.
#pragma once

#include <atomic>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

namespace gatelet {

class Buffer {
 public:
  Buffer() = default;
  static Buffer copy(std::string_view bytes) {
    Buffer buffer = allocate(bytes.size());
    if (!bytes.empty()) std::memcpy(buffer.data(), bytes.data(), bytes.size());
    return buffer;
  }
  // Uninitialised bytes to be filled before the buffer is shared.
  static Buffer allocate(size_t size) {
    Buffer buffer;
    if (size == 0) return buffer;
    void* memory = ::operator new(sizeof(Head) + size);
    buffer.head_ = new (memory) Head{{1}, size, nullptr, nullptr, nullptr};
    return buffer;
  }
  // Takes over bytes of a host: `destroy(user)` runs when the last reference is dropped, on whichever thread that is.
  static Buffer adopt(const char* data, size_t size, void (*destroy)(void*), void* user) {
    Buffer buffer;
    void* memory = ::operator new(sizeof(Head));
    buffer.head_ = new (memory) Head{{1}, size, data, destroy, user};
    return buffer;
  }

  Buffer(const Buffer& other) : head_(other.head_) {
    if (head_) head_->count.fetch_add(1, std::memory_order_relaxed);
  }
  Buffer(Buffer&& other) noexcept : head_(std::exchange(other.head_, nullptr)) {}
  Buffer& operator=(Buffer other) noexcept {
    std::swap(head_, other.head_);
    return *this;
  }
  ~Buffer() {
    if (!head_ || head_->count.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    if (head_->destroy) head_->destroy(head_->user);
    ::operator delete(head_);
  }

  char* data() { return head_ ? reinterpret_cast<char*>(head_ + 1) : nullptr; }
  std::string_view view() const {
    if (!head_) return {};
    return {head_->adopted ? head_->adopted : reinterpret_cast<const char*>(head_ + 1), head_->size};
  }
  size_t size() const { return head_ ? head_->size : 0; }
  bool empty() const { return size() == 0; }
  // Shortens a buffer that was filled less than it was allocated; only before it is shared.
  void truncate(size_t size) {
    if (head_ && size < head_->size) head_->size = size;
  }

 private:
  struct Head {
    std::atomic<size_t> count;
    size_t size;
    const char* adopted;
    void (*destroy)(void*);
    void* user;
  };
  Head* head_ = nullptr;
};

}  // namespace gatelet
