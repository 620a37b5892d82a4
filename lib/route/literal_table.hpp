// LiteralTable: (node, literal segment) → child node, for all nodes of all APIs in one open-addressing table. Its cost does not depend on
// how many there are (measured.md 5, layout B); length and first bytes stand in the slot, so that most look-ups touch one line of memory.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "route/request_path.hpp"

namespace gatelet {

// A node by number, with what a walk wants to know before it loads the node: in a large configuration each load waits for the memory. Where
// only one way leads on, to where templates end, there are no nodes: a leaf stands for all of it.
struct NodeRef {
  static constexpr uint32_t none = UINT32_MAX;
  uint32_t value = none;
  uint32_t more = 0;  // of a node: which literals may stand below, one bit for each, by its hash; of a leaf: its tail

  static NodeRef to(uint32_t index) { return {index << 1, 0}; }
  static NodeRef to_leaf(uint32_t choice, uint32_t tail) { return {choice << 1 | 1, tail}; }
  explicit operator bool() const { return value != none; }
  bool is_leaf() const { return (value & 1) != 0; }
  uint32_t index() const { return value >> 1; }  // of a leaf: of the first choice of the templates that end there
  static uint32_t filter_bit(uint32_t hash) { return uint32_t{1} << (hash & 31); }
  bool may_have(uint32_t hash) const { return (more & filter_bit(hash)) != 0; }
};

class LiteralTable {
 public:
  // `bytes` has path_padding readable bytes behind `size`.
  NodeRef find(uint32_t node, uint32_t hash, const char* bytes, size_t size) const {
    if (slots_.empty()) return {};
    const uint64_t first = first_bytes(load_word(bytes), size);
    const Slot* const end = slots_.data() + slots_.size();
    for (const Slot* slot = slots_.data() + place(node, hash); slot->node != NodeRef::none;) {
      if (slot->node == node && slot->first == first && slot->size == size &&
          (size <= 8 || std::memcmp(texts_.data() + slot->text, bytes, size) == 0))
        return slot->child;
      if (++slot == end) slot = slots_.data();
    }
    return {};
  }
  NodeRef find(uint32_t node, std::string_view text) const;
  // Returns the text's hash.
  uint32_t insert(uint32_t node, std::string_view text, NodeRef child);
  // To the final size; nothing is inserted afterwards.
  void shrink();
  size_t bytes() const { return slots_.capacity() * sizeof(Slot) + texts_.capacity(); }

 private:
  struct Slot {
    uint32_t node = NodeRef::none;
    uint32_t hash = 0;
    uint64_t first = 0;
    NodeRef child;
    uint32_t size = 0;
    uint32_t text = 0;
  };
  static_assert(sizeof(Slot) == 32);

  // Any capacity, not only powers of two: the upper half of a product instead of a remainder.
  size_t place(uint32_t node, uint32_t hash) const {
    const uint64_t mixed = ((uint64_t{node} << 32 | hash) * 0x9E3779B97F4A7C15) >> 32;
    return static_cast<size_t>((mixed * slots_.size()) >> 32);
  }
  void resize(size_t capacity);
  void put(const Slot& slot);

  std::vector<Slot> slots_;
  std::string texts_;
  size_t count_ = 0;
};

}  // namespace gatelet
