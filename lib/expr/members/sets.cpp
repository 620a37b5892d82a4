// HashSet<T>, Queue<T>, Stack<T>.
#include <algorithm>

#include "expr/collections.hpp"
#include "expr/member.hpp"

namespace gatelet::cs {
namespace set_rows {

static constinit const Type queue_type{.name = "System.Collections.Generic.Queue<T>", .bases = "IReadOnlyCollection<T>, ICollection"};
static constinit const Type stack_type{.name = "System.Collections.Generic.Stack<T>", .bases = "IReadOnlyCollection<T>, ICollection"};

static HashTable& self_set(const Call& call) { return *call.self.object<HashTable>(); }

namespace {
struct SetIterator : Iterator {
  const HashTable* table;
  uint32_t version;
  size_t position = 0;
};
// A queue takes from `first` on, a stack from the end; both keep their items in a list.
struct Sequence {
  List list;
  uint32_t first = 0;
};
struct SequenceIterator : Iterator {
  const Sequence* sequence;
  uint32_t version;
  uint32_t taken = 0;
  bool is_stack;
};
}  // namespace

static Iterator* iterate_set(Evaluation& run, Value self) {
  auto* iterator = run.make<SetIterator>();
  iterator->table = self.object<const HashTable>();
  iterator->version = iterator->table->version;
  iterator->next = [](Iterator& base, Evaluation& evaluation, Value& item) {
    auto& at = static_cast<SetIterator&>(base);
    if (at.version != at.table->version) return evaluation.fail(types::invalid_operation_exception, collection_modified), false;
    const HashTable::Entry* entry = at.table->at_or_after(at.position);
    if (!entry) return false;
    ++at.position;
    item = entry->key;
    return true;
  };
  return iterator;
}

// For count_of(); sets have no index.
static constexpr ListOps set_access{[](Evaluation&, Value set) -> size_t { return set.object<const HashTable>()->count; },
                                    [](Evaluation& run, Value set, size_t index) { return collect(run, set)[index]; }};
static constexpr TypeOps set_ops{.iterate = iterate_set, .list = &set_access};

static bool insert_all(Call& call, HashTable& set, Value source) {
  bool is_new;
  if (source.is_null()) return call.run.fail_null("other"), false;
  for (Items items(call.run, source); items.next();)
    if (!set.insert(call.run, items.current, is_new)) return false;
  return !call.run.failed();
}

static Value create(Call& call, Value source, Value comparer) {
  auto* set = call.run.make<HashTable>();
  set->comparer = &comparer_of(comparer);
  if (!source.is_null() && !insert_all(call, *set, source)) return {};
  return value_of_object(*call.site.result, set);
}

static Value add(Call& call) {
  bool is_new;
  self_set(call).insert(call.run, call.arguments[0], is_new);
  return boolean(is_new);
}

// The items of the argument as a set with the same comparer.
static bool other_set(Call& call, HashTable& other) {
  other.comparer = self_set(call).comparer;
  return insert_all(call, other, call.arguments[0]);
}

static Value copy_to(Call& call) { return copy_items(call.run, collect(call.run, call.self), call.arguments[0], call.int32(1)); }

static Value unite(Call& call) {
  insert_all(call, self_set(call), call.arguments[0]);
  return {};
}

// Keeps the items that `other` has (or has not).
template <bool present>
static Value keep(Call& call) {
  HashTable other;
  if (!other_set(call, other)) return {};
  HashTable& set = self_set(call);
  size_t position = 0;
  for (const HashTable::Entry* entry; (entry = set.at_or_after(position)) && call.run.charge(1); ++position)
    if ((other.find(call.run, entry->key) != nullptr) != present) set.remove(call.run, entry->key);
  return {};
}

static Value toggle(Call& call) {
  HashTable other;
  if (!other_set(call, other)) return {};
  HashTable& set = self_set(call);
  size_t position = 0;
  bool is_new;
  for (const HashTable::Entry* entry; (entry = other.at_or_after(position)) && call.run.charge(1); ++position)
    if (!set.remove(call.run, entry->key)) set.insert(call.run, entry->key, is_new);
  return {};
}

static bool contains_all(Evaluation& run, const HashTable& big, const HashTable& small) {
  size_t position = 0;
  for (const HashTable::Entry* entry; (entry = small.at_or_after(position)) && run.charge(1); ++position)
    if (!big.find(run, entry->key)) return false;
  return !run.failed();
}

// A proper one has items that the other has not.
template <bool is_proper>
static Value is_subset(Call& call) {
  HashTable other;
  if (!other_set(call, other) || (is_proper && self_set(call).count >= other.count)) return boolean(false);
  return boolean(contains_all(call.run, other, self_set(call)));
}
template <bool is_proper>
static Value is_superset(Call& call) {
  HashTable other;
  if (!other_set(call, other) || (is_proper && other.count >= self_set(call).count)) return boolean(false);
  return boolean(contains_all(call.run, self_set(call), other));
}
static Value set_equals(Call& call) {
  HashTable other;
  return boolean(other_set(call, other) && other.count == self_set(call).count && contains_all(call.run, self_set(call), other));
}
static Value overlaps(Call& call) {
  for (Items items(call.run, call.arguments[0]); items.next();)
    if (self_set(call).find(call.run, items.current)) return boolean(true);
  return boolean(false);
}

static Value remove_where(Call& call) {
  HashTable& set = self_set(call);
  size_t position = 0;
  int32_t removed = 0;
  for (const HashTable::Entry* entry; (entry = set.at_or_after(position)) && call.run.charge(1); ++position) {
    const bool is_removed = invoke(call.run, call.arguments[0], entry->key).boolean();
    if (call.run.failed()) return {};
    if (is_removed) removed += set.remove(call.run, entry->key);
  }
  return int32(removed);
}

static Value copy_first(Call& call) {
  const std::span<Value> items = collect(call.run, call.self);
  const int32_t count = call.int32(2);
  if (count < 0) return call.run.fail_range("Non-negative number required.", "count");
  return copy_items(call.run, items.first(std::min(items.size(), static_cast<size_t>(count))), call.arguments[0], call.int32(1));
}

static Value try_get(Call& call) {
  const HashTable::Entry* entry = self_set(call).find(call.run, call.arguments[0]);
  call.out(1) = entry ? entry->key : default_of(call.run, *call.site.types[0]);
  return boolean(entry != nullptr);
}

static constexpr Member set_members[] = {
    {"new()", [](Call& call) { return create(call, {}, {}); }},
    {"new(int capacity)", [](Call& call) { return create(call, {}, {}); }},
    {"new(IEqualityComparer<T> comparer)", [](Call& call) { return create(call, {}, call.arguments[0]); }},
    {"new(IEnumerable<T> collection)",
     [](Call& call) { return call.arguments[0].is_null() ? call.run.fail_null("collection") : create(call, call.arguments[0], {}); }},
    {"new(IEnumerable<T> collection, IEqualityComparer<T> comparer)",
     [](Call& call) {
       return call.arguments[0].is_null() ? call.run.fail_null("collection") : create(call, call.arguments[0], call.arguments[1]);
     }},
    {"int Count", [](Call& call) { return int32(static_cast<int32_t>(self_set(call).count)); }},
    {"bool Add(T item)", add},
    {"bool Contains(T item)", [](Call& call) { return boolean(self_set(call).find(call.run, call.arguments[0]) != nullptr); }},
    {"bool Remove(T item)", [](Call& call) { return boolean(self_set(call).remove(call.run, call.arguments[0])); }},
    {"void Clear()", [](Call& call) { return self_set(call).clear(), Value{}; }},
    {"void CopyTo(T[] array)", [](Call& call) { return copy_items(call.run, collect(call.run, call.self), call.arguments[0], 0); }},
    {"void CopyTo(T[] array, int arrayIndex)", copy_to},
    {"void CopyTo(T[] array, int arrayIndex, int count)", copy_first},
    {"new(int capacity, IEqualityComparer<T> comparer)", [](Call& call) { return create(call, {}, call.arguments[1]); }},
    {"bool TryGetValue(T equalValue, out T actualValue)", try_get},
    {"IEqualityComparer<T> Comparer",
     [](Call& call) { return value_of_comparer(*self_set(call).comparer, *call.self.type->arguments()[0]); }},
    {"int EnsureCapacity(int capacity)",
     [](Call& call) { return int32(std::max(call.int32(0), static_cast<int32_t>(self_set(call).capacity))); }},
    {"int RemoveWhere(Predicate<T> match)", remove_where},
    {"void TrimExcess()", [](Call&) { return Value{}; }},
};

// A HashSet<T> is all that stands behind an ISet<T>, and has these through it. Add is there twice: ICollection<T> has one, too.
static constexpr Member generic_set_members[] = {
    {"bool Add(T item)", add},
    {"void UnionWith(IEnumerable<T> other)", unite},
    {"void IntersectWith(IEnumerable<T> other)", keep<true>},
    {"void ExceptWith(IEnumerable<T> other)", keep<false>},
    {"void SymmetricExceptWith(IEnumerable<T> other)", toggle},
    {"bool IsSubsetOf(IEnumerable<T> other)", is_subset<false>},
    {"bool IsProperSubsetOf(IEnumerable<T> other)", is_subset<true>},
    {"bool IsSupersetOf(IEnumerable<T> other)", is_superset<false>},
    {"bool IsProperSupersetOf(IEnumerable<T> other)", is_superset<true>},
    {"bool SetEquals(IEnumerable<T> other)", set_equals},
    {"bool Overlaps(IEnumerable<T> other)", overlaps},
};

static Sequence& self_sequence(const Call& call) { return *call.self.object<Sequence>(); }

template <bool is_stack>
static Iterator* iterate_sequence(Evaluation& run, Value self) {
  auto* iterator = run.make<SequenceIterator>();
  iterator->sequence = self.object<const Sequence>();
  iterator->version = iterator->sequence->list.version;
  iterator->is_stack = is_stack;
  iterator->next = [](Iterator& base, Evaluation& evaluation, Value& item) {
    auto& at = static_cast<SequenceIterator&>(base);
    const Sequence& sequence = *at.sequence;
    if (at.version != sequence.list.version) return evaluation.fail(types::invalid_operation_exception, collection_modified), false;
    if (at.taken == sequence.list.count - sequence.first) return false;
    const uint32_t index = at.is_stack ? sequence.list.count - 1 - at.taken : sequence.first + at.taken;
    ++at.taken;
    item = sequence.list.items[index];
    return true;
  };
  return iterator;
}

static size_t sequence_count(Evaluation&, Value self) {
  const auto& sequence = *self.object<const Sequence>();
  return sequence.list.count - sequence.first;
}
static constexpr ListOps sequence_access{sequence_count,
                                         [](Evaluation& run, Value self, size_t index) { return collect(run, self)[index]; }};
static constexpr TypeOps queue_ops{.iterate = iterate_sequence<false>, .list = &sequence_access};
static constexpr TypeOps stack_ops{.iterate = iterate_sequence<true>, .list = &sequence_access};

static Value create_sequence(Call& call) { return value_of_object(*call.site.result, call.run.make<Sequence>()); }

static Value create_sequence_from(Call& call) {
  if (call.arguments[0].is_null()) return call.run.fail_null("collection");
  auto* sequence = call.run.make<Sequence>();
  for (Items items(call.run, call.arguments[0]); items.next();)
    if (!sequence->list.add(call.run, items.current)) return {};
  return value_of_object(*call.site.result, sequence);
}

static Value put(Call& call) {
  self_sequence(call).list.add(call.run, call.arguments[0]);
  return {};
}

template <bool is_stack, bool removes>
static Value take(Call& call) {
  Sequence& sequence = self_sequence(call);
  if (sequence.list.count == sequence.first)
    return call.run.fail(types::invalid_operation_exception, is_stack ? "Stack empty." : "Queue empty.");
  const Value item = sequence.list.items[is_stack ? sequence.list.count - 1 : sequence.first];
  if (removes) {
    if (is_stack)
      --sequence.list.count;
    else
      ++sequence.first;
    ++sequence.list.version;
  }
  return item;
}

// The default value and false when there is none.
template <Native take_one>
static Value try_take(Call& call) {
  const bool is_empty = sequence_count(call.run, call.self) == 0;
  const Value item = is_empty ? default_of(call.run, *call.site.types[0]) : take_one(call);
  call.out(0) = item;
  return boolean(!is_empty);
}

static Value nothing(Call&) { return {}; }

static Value clear_sequence(Call& call) {
  Sequence& sequence = self_sequence(call);
  sequence.list.count = sequence.first = 0;
  ++sequence.list.version;
  return {};
}

static Value sequence_contains(Call& call) {
  for (Items items(call.run, call.self); items.next();)
    if (equals(call.run, items.current, call.arguments[0])) return boolean(true);
  return boolean(false);
}

static Value sequence_to_array(Call& call) { return array_value(call.run, *call.site.types[0], collect(call.run, call.self)); }
static Value sequence_length(Call& call) { return int32(static_cast<int32_t>(sequence_count(call.run, call.self))); }

static constexpr Member queue_members[] = {
    {"new()", create_sequence},
    {"new(int capacity)", create_sequence},
    {"new(IEnumerable<T> collection)", create_sequence_from},
    {"int Count", sequence_length},
    {"void Enqueue(T item)", put},
    {"T Dequeue()", take<false, true>},
    {"T Peek()", take<false, false>},
    {"bool TryDequeue(out T result)", try_take<take<false, true>>},
    {"bool TryPeek(out T result)", try_take<take<false, false>>},
    {"void Clear()", clear_sequence},
    {"bool Contains(T item)", sequence_contains},
    {"T[] ToArray()", sequence_to_array},
    {"void CopyTo(T[] array, int arrayIndex)", copy_to},
    {"void TrimExcess()", nothing},
};

static constexpr Member stack_members[] = {
    {"new()", create_sequence},
    {"new(int capacity)", create_sequence},
    {"new(IEnumerable<T> collection)", create_sequence_from},
    {"int Count", sequence_length},
    {"void Push(T item)", put},
    {"T Pop()", take<true, true>},
    {"T Peek()", take<true, false>},
    {"bool TryPop(out T result)", try_take<take<true, true>>},
    {"bool TryPeek(out T result)", try_take<take<true, false>>},
    {"void Clear()", clear_sequence},
    {"bool Contains(T item)", sequence_contains},
    {"T[] ToArray()", sequence_to_array},
    {"void CopyTo(T[] array, int arrayIndex)", copy_to},
    {"void TrimExcess()", nothing},
};

static const TypeRows set_types[] = {
    {types::hash_set, set_members, &set_ops},
    {types::generic_set, generic_set_members},
    {queue_type, queue_members, &queue_ops},
    {stack_type, stack_members, &stack_ops},
};

}  // namespace set_rows

extern const Family set_family;
const Family set_family{set_rows::set_types};

}  // namespace gatelet::cs
