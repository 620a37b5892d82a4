// Linq: lazy sequences. A Lazy is what an operator was called with; a LazyWalk is one iteration of it, stepped by the operator's `next`.
#pragma once

#include "expr/collections.hpp"

namespace gatelet::cs {

extern const Type enumerable_class;  // System.Linq.Enumerable
extern const Type lazy_type;         // Lazy<T>: IEnumerable<T>, hidden

struct LazyWalk;
using LazyNext = bool (*)(LazyWalk& walk, Evaluation& run, Value& item);

struct Lazy {
  LazyNext next = nullptr;
  Value source{};
  Value second{};        // of Concat, Zip, Join …; the item of Append and its like
  Value functions[3]{};  // in the order of the operator's parameters
  int64_t number = 0;    // Take, Skip, Range, Repeat
  const Comparer* comparer = &default_comparer;
  const Type* type = nullptr;      // what the operator has to know of T: Cast, OfType, DefaultIfEmpty, GroupBy
  std::span<const Value> items{};  // items_value()
  uint32_t depth = 0;              // of lazy sequences in one another; lazy_value() sets it
};

struct LazyWalk : Iterator {
  const Lazy* of = nullptr;
  Iterator* source = nullptr;
  Iterator* inner = nullptr;
  Value outer;  // SelectMany, Join: the item whose inner ones are walked
  int64_t index = 0;
  bool flag = false;
  HashTable* table = nullptr;
  std::span<Value> buffer{};
};

// One step of an iterator, charged.
inline bool step(Iterator& iterator, Evaluation& run, Value& item) {
  return run.charge(1) && iterator.next(iterator, run, item) && !run.failed();
}
// The source's next item; begins the source at the first call.
bool step_source(LazyWalk& walk, Evaluation& run, Value& item);
Value lazy_value(Evaluation& run, const Type& element, Lazy lazy);

}  // namespace gatelet::cs
