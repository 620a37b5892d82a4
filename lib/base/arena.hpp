// Arena: the memory of one exchange. Everything that lives as long as the exchange is allocated here and freed at once. Destructors are not
// run, so only trivially destructible things go in. A `retry` takes out what an earlier run left, so that loops do not grow it.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace gatelet {

class Arena {
 public:
  explicit Arena(size_t first_block_bytes = 4096) : next_block_bytes_(first_block_bytes) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena();

  // Throws std::bad_alloc, which the owner of the exchange turns into a 503.
  void* allocate(size_t size, size_t alignment = alignof(std::max_align_t)) {
    const size_t start = (reinterpret_cast<size_t>(top_) + alignment - 1) & ~(alignment - 1);
    if (start + size <= reinterpret_cast<size_t>(end_) && top_) {
      top_ = reinterpret_cast<char*>(start + size);
      return reinterpret_cast<void*>(start);
    }
    return allocate_slow(size, alignment);
  }

  template <class T, class... Args>
  T* make(Args&&... args) {
    static_assert(std::is_trivially_destructible_v<T>, "an arena runs no destructors");
    return new (allocate(sizeof(T), alignof(T))) T{std::forward<Args>(args)...};
  }

  template <class T>
  std::span<T> make_array(size_t count) {
    static_assert(std::is_trivially_destructible_v<T> && std::is_trivially_default_constructible_v<T>);
    return {static_cast<T*>(allocate(count * sizeof(T), alignof(T))), count};
  }

  std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    char* bytes = static_cast<char*>(allocate(text.size(), 1));
    std::memcpy(bytes, text.data(), text.size());
    return {bytes, text.size()};
  }

  // Joins the parts into one text of the arena.
  template <class... Parts>
  std::string_view concat(const Parts&... parts) {
    const std::string_view views[] = {std::string_view(parts)...};
    size_t size = 0;
    for (std::string_view view : views) size += view.size();
    char* bytes = static_cast<char*>(allocate(size + 1, 1));
    char* out = bytes;
    for (std::string_view view : views) {
      if (!view.empty()) std::memcpy(out, view.data(), view.size());
      out += view.size();
    }
    *out = '\0';
    return {bytes, size};
  }

  struct Mark {
    void* block;
    char* top;
  };
  Mark mark() const { return {block_, top_}; }
  void reset(Mark mark);

  // Puts what comes next into blocks of its own, so that ArenaPast can take them out.
  Mark seal() {
    top_ = end_;
    return mark();
  }

  // Frees all but the newest block, which the next exchange on this connection reuses.
  void clear();
  size_t bytes_reserved() const { return reserved_; }

 private:
  friend class ArenaPast;
  struct Block {
    Block* previous;
    size_t size;
  };
  void* allocate_slow(size_t size, size_t alignment);
  void pop();

  Block* block_ = nullptr;
  char* top_ = nullptr;
  char* end_ = nullptr;
  size_t next_block_bytes_;
  size_t reserved_ = 0;
};

// Makes what lies beside an arena as if new, in its place; assigning a new one would make it first and then move all its members.
template <class T>
void renew(T& object, Arena& arena) {
  static_assert(std::is_nothrow_constructible_v<T, Arena&>, "what was destroyed must be there again");
  std::destroy_at(&object);
  std::construct_at(&object, arena);
}

// What an arena allocated since a seal, taken out of it. keep() copies back what is still needed (what lies elsewhere stays where it is),
// then free() lets the rest go. Without free(), because memory ran out meanwhile, all is put back and nothing dangles.
class ArenaPast {
 public:
  ArenaPast(Arena& arena, Arena::Mark seal);
  ArenaPast(const ArenaPast&) = delete;
  ArenaPast& operator=(const ArenaPast&) = delete;
  ~ArenaPast();

  void free();
  bool holds(const void* memory) const;
  void keep(std::string_view& text) {
    if (holds(text.data())) text = arena_.copy(text);
  }
  // The array itself; what its items point to is theirs to keep.
  template <class T>
  void keep_array(T*& items, size_t count) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (!holds(items)) return;
    void* copy = arena_.allocate(count * sizeof(T), alignof(T));
    std::memcpy(copy, static_cast<const void*>(items), count * sizeof(T));
    items = static_cast<T*>(copy);
  }

 private:
  Arena& arena_;
  Arena::Block* newest_;
  Arena::Block* const end_;  // the newest one that stays in the arena
};

}  // namespace gatelet
