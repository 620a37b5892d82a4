// Filling the table, when a configuration loads.
#include "route/literal_table.hpp"

namespace gatelet {
namespace {

// Seven of ten slots are taken: full enough for memory, empty enough for one line of memory a look-up.
constexpr size_t capacity_for(size_t count) { return count * 10 / 7 + 2; }

struct PaddedText {
  explicit PaddedText(std::string_view text) : bytes(text) { bytes.append(path_padding, '\0'); }
  std::string bytes;
};

}  // namespace

NodeRef LiteralTable::find(uint32_t node, std::string_view text) const {
  const PaddedText padded(text);
  return find(node, hash_segment(padded.bytes.data(), text.size()), padded.bytes.data(), text.size());
}

uint32_t LiteralTable::insert(uint32_t node, std::string_view text, NodeRef child) {
  if (capacity_for(count_ + 1) > slots_.size()) resize(capacity_for((count_ + 8) * 2));
  const PaddedText padded(text);
  const char* bytes = padded.bytes.data();
  const auto size = static_cast<uint32_t>(text.size());
  const uint32_t hash = hash_segment(bytes, size);
  put({node, hash, first_bytes(load_word(bytes), size), child, size, static_cast<uint32_t>(texts_.size())});
  if (size > 8) texts_.append(text);
  ++count_;
  return hash;
}

void LiteralTable::shrink() {
  if (count_ != 0) resize(capacity_for(count_));
  texts_.shrink_to_fit();
}

void LiteralTable::resize(size_t capacity) {
  std::vector<Slot> old(capacity);
  old.swap(slots_);
  for (const Slot& slot : old)
    if (slot.node != NodeRef::none) put(slot);
}

void LiteralTable::put(const Slot& slot) {
  size_t i = place(slot.node, slot.hash);
  while (slots_[i].node != NodeRef::none) i = i + 1 == slots_.size() ? 0 : i + 1;
  slots_[i] = slot;
}

}  // namespace gatelet
