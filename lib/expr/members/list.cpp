// List<T> and the list interfaces.
#include <algorithm>

#include "expr/collections.hpp"
#include "expr/member.hpp"

namespace gatelet::cs {
namespace list_rows {

static List& self_list(const Call& call) { return *call.self.object<List>(); }

namespace {
struct ListIterator : Iterator {
  const List* list;
  uint32_t version;
  uint32_t index = 0;
};
}  // namespace

static bool next_of_list(Iterator& base, Evaluation& run, Value& item) {
  auto& at = static_cast<ListIterator&>(base);
  if (at.version != at.list->version) return run.fail(types::invalid_operation_exception, collection_modified), false;
  if (at.index == at.list->count) return false;
  item = at.list->items[at.index++];
  return true;
}

static Iterator* iterate_list(Evaluation& run, Value self) {
  auto* iterator = run.make<ListIterator>();
  iterator->next = next_of_list;
  iterator->list = self.object<const List>();
  iterator->version = iterator->list->version;
  return iterator;
}

static constexpr ListOps list_access{[](Evaluation&, Value list) -> size_t { return list.object<const List>()->count; },
                                     [](Evaluation&, Value list, size_t index) { return list.object<const List>()->items[index]; }};
static constexpr TypeOps list_ops{.iterate = iterate_list, .list = &list_access};

// What AsReadOnly() gives: the same list, without the members that change it.
static constinit const Type read_only_type{.name = "System.Collections.ObjectModel.ReadOnlyCollection<T>",
                                           .bases = "IList<T>, IReadOnlyList<T>, ICollection"};

static bool in_range(Call& call, int64_t index, size_t count) {
  if (index >= 0 && static_cast<size_t>(index) < count) return true;
  call.run.fail_range(index_out_of_range, "index");
  return false;
}

// The part [start, start + length) of the list that two arguments say; false after a failure.
static bool part_of(Call& call, size_t start_argument, size_t length_argument, std::span<Value>& part) {
  List& list = self_list(call);
  const int64_t start = call.int32(start_argument), length = call.int32(length_argument);
  if (!is_part(call.run, start, length, list.count)) return false;
  part = {list.items + start, static_cast<size_t>(length)};
  return true;
}

static Value create(Call& call) { return value_of_object(*call.site.result, call.run.make<List>()); }

static Value create_from(Call& call) {
  if (call.arguments[0].is_null()) return call.run.fail_null("collection");
  auto* list = call.run.make<List>();
  for (Items items(call.run, call.arguments[0]); items.next();)
    if (!list->add(call.run, items.current)) return {};
  return value_of_object(*call.site.result, list);
}

static Value item_at(Call& call) {
  const List& list = self_list(call);
  return in_range(call, call.int32(0), list.count) ? list.items[call.int32(0)] : Value{};
}

static Value set_item_at(Call& call) {
  List& list = self_list(call);
  if (!in_range(call, call.int32(0), list.count)) return {};
  list.items[call.int32(0)] = call.arguments[1];
  ++list.version;
  return {};
}

static Value add(Call& call) {
  self_list(call).add(call.run, call.arguments[0]);
  return {};
}

static Value add_range(Call& call) {
  if (call.arguments[0].is_null()) return call.run.fail_null("collection");
  for (const Value item : collect(call.run, call.arguments[0]))
    if (!self_list(call).add(call.run, item)) return {};
  return {};
}

static Value insert(Call& call) {
  List& list = self_list(call);
  const int64_t index = call.int32(0);
  if (index < 0 || index > list.count) return call.run.fail_range("Index must be within the bounds of the List.", "index");
  if (!list.add(call.run, {}) || !call.run.charge(list.count)) return {};
  std::copy_backward(list.items + index, list.items + list.count - 1, list.items + list.count);
  list.items[index] = call.arguments[1];
  return {};
}

static Value insert_range(Call& call) {
  if (call.arguments[1].is_null()) return call.run.fail_null("collection");
  List& list = self_list(call);
  const int64_t index = call.int32(0);
  if (index < 0 || index > list.count)
    return call.run.fail_range("Index was out of range. Must be non-negative and less than the size of the collection.", "index");
  const uint32_t end = list.count;
  for (const Value item : collect(call.run, call.arguments[1]))
    if (!list.add(call.run, item)) return {};
  if (call.run.charge(list.count)) std::rotate(list.items + index, list.items + end, list.items + list.count);
  return {};
}

static bool remove_part(Call& call, size_t index, size_t length) {
  List& list = self_list(call);
  if (!call.run.charge(list.count)) return false;
  std::copy(list.items + index + length, list.items + list.count, list.items + index);
  list.count -= static_cast<uint32_t>(length);
  ++list.version;
  return true;
}

static Value remove_at(Call& call) {
  if (in_range(call, call.int32(0), self_list(call).count)) remove_part(call, static_cast<size_t>(call.int32(0)), 1);
  return {};
}

static Value remove_range(Call& call) {
  std::span<Value> part;
  if (part_of(call, 0, 1, part)) remove_part(call, static_cast<size_t>(call.int32(0)), part.size());
  return {};
}

static constexpr int32_t not_found = -1;

static int32_t index_of(Call& call, Value wanted) {
  const List& list = self_list(call);
  for (uint32_t i = 0; i < list.count && call.run.charge(1); ++i)
    if (equals(call.run, list.items[i], wanted)) return static_cast<int32_t>(i);
  return not_found;
}

// The part that a search backwards from startIndex looks at, and as many of startIndex and count as are given from argument `first` on.
static bool part_before(Call& call, size_t first, size_t given, uint32_t& from, uint32_t& end) {
  const int64_t length = self_list(call).count, start = given > 0 ? call.int32(first) : length - 1;
  const int64_t count = given > 1 ? call.int32(first + 1) : start + 1;
  from = static_cast<uint32_t>(start + 1 - count);
  end = static_cast<uint32_t>(start + 1);
  if (length == 0) from = end = 0;
  if (length == 0 || (start >= 0 && start < length && count >= 0 && count <= start + 1)) return true;
  call.run.fail_range("Index was out of range. Must be non-negative and less than or equal to the size of the collection.",
                      start < 0 || start >= length ? "startIndex" : "count");
  return false;
}

template <size_t given>
static Value last_index_of(Call& call) {
  uint32_t from, i;
  if (!part_before(call, 1, given, from, i)) return {};
  while (i-- > from && call.run.charge(1))
    if (equals(call.run, self_list(call).items[i], call.arguments[0])) return int32(static_cast<int32_t>(i));
  return int32(not_found);
}

static Value remove(Call& call) {
  const int32_t index = index_of(call, call.arguments[0]);
  return boolean(index >= 0 && remove_part(call, static_cast<size_t>(index), 1));
}

static Value remove_all(Call& call) {
  List& list = self_list(call);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < list.count; ++i) {
    const Value item = list.items[i];
    const bool is_removed = invoke(call.run, call.arguments[0], item).boolean();
    if (call.run.failed()) return {};
    if (!is_removed) list.items[kept++] = item;
  }
  const auto removed = static_cast<int32_t>(list.count - kept);
  list.count = kept;
  ++list.version;
  return int32(removed);
}

static Value clear(Call& call) {
  self_list(call).count = 0;
  ++self_list(call).version;
  return {};
}

// startIndex and count, as many of them as are given from argument `first` on.
static bool bounds_of(Call& call, std::string_view start_name, size_t first, size_t given, uint32_t& from, uint32_t& end) {
  const int64_t length = self_list(call).count, start = given > 0 ? call.int32(first) : 0;
  const int64_t count = given > 1 ? call.int32(first + 1) : length - start;
  from = static_cast<uint32_t>(start);
  end = static_cast<uint32_t>(start + count);
  if (start >= 0 && start <= length && count >= 0 && start + count <= length) return true;
  const bool is_start = start < 0 || start > length;
  call.run.fail_range(is_start ? "Index was out of range. Must be non-negative and less than or equal to the size of the collection."
                               : "Count must be positive and count must refer to a location within the string/array/collection.",
                      is_start ? start_name : "count");
  return false;
}

template <size_t given>
static Value index_from(Call& call) {
  uint32_t i, end;
  if (!bounds_of(call, "index", 1, given, i, end)) return {};
  for (; i < end && call.run.charge(1); ++i)
    if (equals(call.run, self_list(call).items[i], call.arguments[0])) return int32(static_cast<int32_t>(i));
  return int32(not_found);
}

// The index of the first item that the predicate of the last argument takes; startIndex and count stand before it.
static int32_t find_index(Call& call, size_t given = 0) {
  const List& list = self_list(call);
  uint32_t i, end;
  if (!bounds_of(call, "startIndex", 0, given, i, end)) return not_found;
  if (call.arguments[given].is_null()) return call.run.fail_null("match"), not_found;
  for (; i < end && i < list.count && call.run.charge(1); ++i) {
    const bool is_taken = invoke(call.run, call.arguments[given], list.items[i]).boolean();
    if (call.run.failed()) return not_found;
    if (is_taken) return static_cast<int32_t>(i);
  }
  return not_found;
}

static Value item_or_default(Call& call, int32_t index) {
  return index >= 0 ? self_list(call).items[index] : default_of(call.run, *call.site.types[0]);
}

// The predicate stands behind startIndex and count.
static int32_t find_last_index(Call& call, size_t given = 0) {
  const List& list = self_list(call);
  uint32_t from, i;
  if (!part_before(call, 0, given, from, i)) return not_found;
  if (call.arguments[given].is_null()) return call.run.fail_null("match"), not_found;
  while (i-- > from && i < list.count && call.run.charge(1)) {
    const bool is_taken = invoke(call.run, call.arguments[given], list.items[i]).boolean();
    if (call.run.failed()) return not_found;
    if (is_taken) return static_cast<int32_t>(i);
  }
  return not_found;
}

static Value find_all(Call& call) {
  const List& list = self_list(call);
  auto* found = call.run.make<List>();
  for (uint32_t i = 0; i < list.count && call.run.charge(1); ++i) {
    const bool is_taken = invoke(call.run, call.arguments[0], list.items[i]).boolean();
    if (call.run.failed() || (is_taken && !found->add(call.run, list.items[i]))) return {};
  }
  return value_of_object(*call.site.result, found);
}

static Value true_for_all(Call& call) {
  const List& list = self_list(call);
  for (uint32_t i = 0; i < list.count && call.run.charge(1); ++i)
    if (!invoke(call.run, call.arguments[0], list.items[i]).boolean()) return boolean(false);
  return boolean(true);
}

static Value for_each(Call& call) {
  const List& list = self_list(call);
  const uint32_t version = list.version;
  for (uint32_t i = 0; i < list.count && call.run.charge(1); ++i) {
    invoke(call.run, call.arguments[0], list.items[i]);
    if (call.run.failed()) return {};
    if (version != list.version) return call.run.fail(types::invalid_operation_exception, collection_modified);
  }
  return {};
}

static Value convert_all(Call& call) {
  const List& list = self_list(call);
  auto* converted = call.run.make<List>();
  for (uint32_t i = 0; i < list.count && call.run.charge(1); ++i) {
    const Value item = invoke(call.run, call.arguments[0], list.items[i]);
    if (call.run.failed() || !converted->add(call.run, item)) return {};
  }
  return value_of_object(*call.site.result, converted);
}

static Value to_array(Call& call) {
  const List& list = self_list(call);
  return array_value(call.run, *call.site.types[0], {list.items, list.count});
}

static Value get_range(Call& call) {
  std::span<Value> part;
  return part_of(call, 0, 1, part) ? make_list(call.run, *call.site.types[0], part) : Value{};
}

static Value reverse_part(Call& call) {
  std::span<Value> part;
  if (part_of(call, 0, 1, part) && call.run.charge(part.size())) std::reverse(part.begin(), part.end());
  ++self_list(call).version;
  return {};
}

static Value reverse(Call& call) {
  List& list = self_list(call);
  if (call.run.charge(list.count)) std::reverse(list.items, list.items + list.count);
  ++list.version;
  return {};
}

static Value sort_with(Call& call, Comparison order, void* state) {
  List& list = self_list(call);
  sort(call.run, {list.items, list.count}, order, state);
  ++list.version;
  return {};
}

static Value sort_by_comparer(Call& call) { return sort_with(call, by_comparer, const_cast<Comparer*>(&comparer_of(call.arguments[0]))); }

static Value sort_by_delegate(Call& call) {
  Value function = call.arguments[0];
  return sort_with(call, by_delegate, &function);
}

static Value sort_part(Call& call) {
  std::span<Value> part;
  if (!part_of(call, 0, 1, part)) return {};
  sort(call.run, part, by_comparer, const_cast<Comparer*>(&comparer_of(call.arguments[2])));
  ++self_list(call).version;
  return {};
}

static Value search_part(Call& call) {
  std::span<Value> part;
  if (!part_of(call, 0, 1, part)) return {};
  const int32_t found = binary_search(call.run, part, call.arguments[2], comparer_of(call.arguments[3]));
  return int32(found >= 0 ? found + call.int32(0) : found - call.int32(0));
}

static Value set_capacity(Call& call) {
  if (call.int32(0) < 0 || static_cast<uint32_t>(call.int32(0)) < self_list(call).count)
    return call.run.fail_range("capacity was less than the current size.", "value");
  return {};
}

static Value search(Call& call, const Comparer& comparer) {
  const List& list = self_list(call);
  return int32(binary_search(call.run, {list.items, list.count}, call.arguments[0], comparer));
}

static constexpr Member read_only_members[] = {
    {"int Count", [](Call& call) { return int32(static_cast<int32_t>(self_list(call).count)); }},
    {"T this[int index]", item_at},
    {"bool Contains(T value)", [](Call& call) { return boolean(index_of(call, call.arguments[0]) >= 0); }},
    {"int IndexOf(T value)", [](Call& call) { return int32(index_of(call, call.arguments[0])); }},
};

static Value copy_all(Call& call) { return copy_items(call.run, collect(call.run, call.self), call.arguments[0], call.int32(1)); }

static Value copy_part(Call& call) {
  std::span<Value> part;
  return part_of(call, 0, 3, part) ? copy_items(call.run, part, call.arguments[1], call.int32(2)) : Value{};
}

static constexpr Member list_members[] = {
    {"new()", create},
    {"new(int capacity)",
     [](Call& call) {
       if (call.int32(0) < 0) return call.run.fail_range("Non-negative number required.", "capacity");
       return create(call);
     }},
    {"new(IEnumerable<T> collection)", create_from},
    {"int Count", [](Call& call) { return int32(static_cast<int32_t>(self_list(call).count)); }},
    {"int Capacity", [](Call& call) { return int32(static_cast<int32_t>(self_list(call).capacity)); }, set_capacity},
    {"T this[int index]", item_at, set_item_at},
    {"void Add(T item)", add},
    {"void AddRange(IEnumerable<T> collection)", add_range},
    {"void Insert(int index, T item)", insert},
    {"void InsertRange(int index, IEnumerable<T> collection)", insert_range},
    {"bool Remove(T item)", remove},
    {"void RemoveAt(int index)", remove_at},
    {"void RemoveRange(int index, int count)", remove_range},
    {"int RemoveAll(Predicate<T> match)", remove_all},
    {"void Clear()", clear},
    {"bool Contains(T item)", [](Call& call) { return boolean(index_of(call, call.arguments[0]) >= 0); }},
    {"int IndexOf(T item)", [](Call& call) { return int32(index_of(call, call.arguments[0])); }},
    {"int IndexOf(T item, int index)", index_from<1>},
    {"int IndexOf(T item, int index, int count)", index_from<2>},
    {"int LastIndexOf(T item)", last_index_of<0>},
    {"int LastIndexOf(T item, int index)", last_index_of<1>},
    {"int LastIndexOf(T item, int index, int count)", last_index_of<2>},
    {"bool Exists(Predicate<T> match)", [](Call& call) { return boolean(find_index(call) >= 0); }},
    {"T Find(Predicate<T> match)", [](Call& call) { return item_or_default(call, find_index(call)); }},
    {"int FindIndex(Predicate<T> match)", [](Call& call) { return int32(find_index(call)); }},
    {"int FindIndex(int startIndex, Predicate<T> match)", [](Call& call) { return int32(find_index(call, 1)); }},
    {"int FindIndex(int startIndex, int count, Predicate<T> match)", [](Call& call) { return int32(find_index(call, 2)); }},
    {"T FindLast(Predicate<T> match)", [](Call& call) { return item_or_default(call, find_last_index(call)); }},
    {"int FindLastIndex(Predicate<T> match)", [](Call& call) { return int32(find_last_index(call)); }},
    {"int FindLastIndex(int startIndex, Predicate<T> match)", [](Call& call) { return int32(find_last_index(call, 1)); }},
    {"int FindLastIndex(int startIndex, int count, Predicate<T> match)", [](Call& call) { return int32(find_last_index(call, 2)); }},
    {"List<T> FindAll(Predicate<T> match)", find_all},
    {"bool TrueForAll(Predicate<T> match)", true_for_all},
    {"void ForEach(Action<T> action)", for_each},
    {"List<TOutput> ConvertAll<TOutput>(Converter<T, TOutput> converter)", convert_all},
    {"T[] ToArray()", to_array},
    {"void CopyTo(T[] array)", [](Call& call) { return copy_items(call.run, collect(call.run, call.self), call.arguments[0], 0); }},
    {"void CopyTo(T[] array, int arrayIndex)", copy_all},
    {"void CopyTo(int index, T[] array, int arrayIndex, int count)", copy_part},
    {"List<T> GetRange(int index, int count)", get_range},
    {"void Reverse()", reverse},
    {"int BinarySearch(T item)", [](Call& call) { return search(call, default_comparer); }},
    {"int BinarySearch(T item, IComparer<T> comparer)", [](Call& call) { return search(call, comparer_of(call.arguments[1])); }},
    {"int BinarySearch(int index, int count, T item, IComparer<T> comparer)", search_part},
    {"ReadOnlyCollection<T> AsReadOnly()", [](Call& call) { return value_of_object(*call.site.result, &self_list(call)); }},
    {"void Reverse(int index, int count)", reverse_part},
    {"void TrimExcess()", [](Call&) { return Value{}; }},
    {"void Sort()", [](Call& call) { return sort_with(call, by_comparer, const_cast<Comparer*>(&default_comparer)); }},
    {"void Sort(IComparer<T> comparer)", sort_by_comparer},
    {"void Sort(Comparison<T> comparison)", sort_by_delegate},
    {"void Sort(int index, int count, IComparer<T> comparer)", sort_part},
};

// What is behind an interface: List<T>, an array, a view, JArray … all have ListOps or DictionaryOps, or can be iterated.
static Value interface_count(Call& call) {
  size_t count = 0;
  if (!count_of(call.run, call.self, count)) count = collect(call.run, call.self).size();
  return int32(static_cast<int32_t>(count));
}

static Value interface_item(Call& call) {
  const ListOps* list = call.self.type->operations().list;
  const int32_t index = call.int32(0);
  if (!list) return call.run.fail(types::not_supported_exception, "Specified method is not supported.");
  return in_range(call, index, list->count(call.run, call.self)) ? list->at(call.run, call.self, static_cast<size_t>(index)) : Value{};
}

static Value interface_contains(Call& call) {
  for (Items items(call.run, call.self); items.next();)
    if (equals(call.run, items.current, call.arguments[0])) return boolean(true);
  return boolean(false);
}

static Value interface_index_of(Call& call) {
  int32_t index = 0;
  for (Items items(call.run, call.self); items.next(); ++index)
    if (equals(call.run, items.current, call.arguments[0])) return int32(index);
  return int32(not_found);
}

static bool is_list(Call& call) {
  if (call.self.type->definition() == &types::list) return true;
  const bool is_view = call.self.type->definition() == &read_only_type;
  call.run.fail(types::not_supported_exception, is_view ? "Collection is read-only." : "Collection was of a fixed size.");
  return false;
}

template <Native change>
static Value change_list(Call& call) {
  return is_list(call) ? change(call) : Value{};
}

static Value interface_set_item(Call& call) {
  if (call.self.type->kind != TypeKind::array) return change_list<set_item_at>(call);
  if (in_range(call, call.int32(0), array_length(call.self)))
    set_array_item(call.self, static_cast<size_t>(call.int32(0)), call.arguments[1]);
  return {};
}

static Value interface_add(Call& call) {
  if (call.self.type->definition() != &types::hash_set) return change_list<add>(call);
  bool is_new;
  call.self.object<HashTable>()->insert(call.run, call.arguments[0], is_new);
  return {};
}

static constexpr Member generic_collection_members[] = {
    {"int Count", interface_count},
    {"bool Contains(T item)", interface_contains},
    {"void Add(T item)", interface_add},
    {"void CopyTo(T[] array, int arrayIndex)", copy_all},
    {"bool Remove(T item)", change_list<remove>},
    {"void Clear()", change_list<clear>},
    {"bool IsReadOnly", [](Call& call) { return boolean(call.self.type->definition() != &types::list); }},
};

static constexpr Member generic_list_members[] = {
    {"T this[int index]", interface_item, interface_set_item},
    {"int IndexOf(T item)", interface_index_of},
    {"void Insert(int index, T item)", change_list<insert>},
    {"void RemoveAt(int index)", change_list<remove_at>},
};

static constexpr Member collection_members[] = {{"int Count", interface_count}};
static constexpr Member read_only_list_members[] = {{"T this[int index]", interface_item}};

// IEnumerator<T>, for code that iterates by hand.
static constinit const Type enumerator_type{
    .name = "System.Collections.Generic.Enumerator<T>", .bases = "IEnumerator<T>", .is_hidden = true};

static Value enumerator(Call& call, const Type& element) {
  Iterator* iterator = iterate(call.run, call.self);
  return value_of_object(close(enumerator_type, element), iterator);
}

static Value move_next(Call& call) {
  auto& iterator = *call.self.object<Iterator>();
  return boolean(call.run.charge(1) && iterator.next(iterator, call.run, iterator.current) && !call.run.failed());
}

static Value current_item(Call& call) { return call.self.object<const Iterator>()->current; }

static constexpr Member generic_enumerable_members[] = {
    {"IEnumerator<T> GetEnumerator()", [](Call& call) { return enumerator(call, *call.site.result->arguments()[0]); }},
};
static constexpr Member enumerable_members[] = {
    {"IEnumerator GetEnumerator()", [](Call& call) { return enumerator(call, types::object); }},
};
static constexpr Member generic_enumerator_members[] = {{"T Current", current_item}};
static constexpr Member enumerator_members[] = {{"bool MoveNext()", move_next}, {"object Current", current_item}};
static constexpr Member disposable_members[] = {{"void Dispose()", [](Call&) { return Value{}; }}};

static const TypeRows list_types[] = {
    {types::list, list_members, &list_ops},
    {read_only_type, read_only_members, &list_ops},
    {types::generic_collection, generic_collection_members},
    {types::generic_list, generic_list_members},
    {types::collection, collection_members},
    {types::read_only_collection, collection_members},
    {types::read_only_list, read_only_list_members},
    {types::enumerable, enumerable_members},
    {types::generic_enumerable, generic_enumerable_members},
    {types::enumerator, enumerator_members},
    {types::generic_enumerator, generic_enumerator_members},
    {types::disposable, disposable_members},
    {enumerator_type},
};

}  // namespace list_rows

extern const Family list_family;
const Family list_family{list_rows::list_types};

}  // namespace gatelet::cs
