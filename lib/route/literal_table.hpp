// LiteralTable: (node, literal segment) → child node, for all nodes of all APIs in one open-addressing table. Its cost does not depend on
// how many there are (measured.md 5, layout B); length and first bytes stand in the slot, so that most look-ups touch one line of memory.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "route/request_path.hpp"

namespace gatelet {

class LiteralTable {
 public:
  static constexpr uint32_t none = UINT32_MAX;

  // `bytes` has path_padding readable bytes behind `size`.
  uint32_t find(uint32_t node, uint32_t hash, const char* bytes, size_t size) const {
    if (slots_.empty()) return none;
    const uint64_t first = first_bytes(load_word(bytes), size);
    for (size_t i = place(node, hash); slots_[i].node != none; i = i + 1 == slots_.size() ? 0 : i + 1) {
      const Slot& slot = slots_[i];
      if (slot.node == node && slot.hash == hash && slot.size == size && slot.first == first &&
          (size <= 8 || std::memcmp(texts_.data() + slot.text, bytes, size) == 0))
        return slot.child;
    }
    return none;
  }
  // The child, or none and the caller gives one to insert.
  uint32_t find(uint32_t node, std::string_view text) const;
  void insert(uint32_t node, std::string_view text, uint32_t child);
  // To the final size; nothing is inserted afterwards.
  void shrink();
  template <class Change>
  void change_children(Change change) {
    for (Slot& slot : slots_)
      if (slot.node != none) slot.child = change(slot.child);
  }
  size_t bytes() const { return slots_.capacity() * sizeof(Slot) + texts_.capacity(); }

 private:
  struct Slot {
    uint32_t node = none;
    uint32_t hash = 0;
    uint32_t child = 0;
    uint32_t size = 0;
    uint64_t first = 0;
    uint32_t text = 0;
  };
  static_assert(sizeof(Slot) == 32);

  // Any capacity, not only powers of two: the upper half of a product instead of a remainder.
  size_t place(uint32_t node, uint32_t hash) const {
    const auto mixed = static_cast<uint32_t>(mix((uint64_t{node} << 32) | hash, 0x9E3779B97F4A7C15) >> 32);
    return static_cast<size_t>((uint64_t{mixed} * slots_.size()) >> 32);
  }
  void resize(size_t capacity);
  void put(const Slot& slot);

  std::vector<Slot> slots_;
  std::string texts_;
  size_t count_ = 0;
};

}  // namespace gatelet
