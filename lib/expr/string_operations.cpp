// What System.String does as an object: its equality, hash, order and its characters as a sequence.
#include <algorithm>

#include "base/siphash.hpp"
#include "expr/objects.hpp"
#include "expr/signature.hpp"

namespace gatelet::cs {

// Hash tables are keyed by request data: the key differs from process to process.
static SipKey hash_key() {
  static const int place = 0;
  static const SipKey key{reinterpret_cast<uintptr_t>(&place) * 0x9E37'79B9'7F4A'7C15, reinterpret_cast<uintptr_t>(&hash_key)};
  return key;
}

int32_t hash_of(const String& text) {
  const size_t bytes = text.is_wide ? text.length * 2ul : text.length;
  return static_cast<int32_t>(siphash(hash_key(), {static_cast<const char*>(text.data), bytes}));
}

// Linguistic order, near enough: letters without case first, lower case before upper on ties.
static int compare_text(const String& a, const String& b) {
  const uint32_t shorter = std::min(a.length, b.length);
  for (uint32_t i = 0; i < shorter; ++i) {
    const char16_t left = lower_unit(a[i]), right = lower_unit(b[i]);
    if (left != right) return left < right ? -1 : 1;
  }
  if (a.length != b.length) return a.length < b.length ? -1 : 1;
  for (uint32_t i = 0; i < shorter; ++i)
    if (a[i] != b[i]) return a[i] == lower_unit(a[i]) ? -1 : 1;
  return 0;
}

namespace {

struct UnitIterator : Iterator {
  const String* text;
  size_t index = 0;
};

}  // namespace

static Iterator* iterate_units(Evaluation& run, Value self) {
  auto* iterator = run.make<UnitIterator>();
  iterator->text = self.text();
  iterator->next = [](Iterator& base, Evaluation&, Value& item) {
    auto& at = static_cast<UnitIterator&>(base);
    if (at.index == at.text->length) return false;
    item = character((*at.text)[at.index++]);
    return true;
  };
  return iterator;
}

static bool equal_charged(Evaluation& run, Value self, Value other) {
  if (!other.is(types::text)) return false;
  return run.charge_text(std::min(self.text()->length, other.text()->length)) && equal(*self.text(), *other.text());
}

static int32_t hash_charged(Evaluation& run, Value self) { return run.charge_text(self.text()->length) ? hash_of(*self.text()) : 0; }

static int compare_charged(Evaluation& run, Value a, Value b) {
  return run.charge_text(std::min(a.text()->length, b.text()->length)) ? compare_text(*a.text(), *b.text()) : 0;
}

const TypeOps& string_operations() {
  static constexpr TypeOps ops{
      .to_string = [](Evaluation&, Value self) { return self.text(); },
      .equals = equal_charged,
      .hash = hash_charged,
      .compare = compare_charged,
      .iterate = iterate_units,
  };
  return ops;
}

}  // namespace gatelet::cs
