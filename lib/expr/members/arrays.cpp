// System.Array: what T[] and byte[] have, and the static methods.
#include <algorithm>

#include "expr/collections.hpp"
#include "expr/member.hpp"

namespace gatelet::cs {
namespace array_rows {

static constexpr int32_t not_found = -1;

static Value length(Call& call) { return int32(static_cast<int32_t>(array_length(call.self))); }

static bool has_array(Call& call, size_t i, std::string_view name = "array") {
  if (!call.arguments[i].is_null()) return true;
  call.run.fail_null(name);
  return false;
}

static Value clone(Evaluation& run, Value array) {
  if (array.is(byte_array_type())) return bytes_value(run, array.object<const Bytes>()->view());
  return array_value(run, *array.type->element(), array.object<const Array>()->span());
}

static Value copy(Call& call, Value from, int64_t from_index, Value to, int64_t to_index, int64_t count) {
  if (from.is_null()) return call.run.fail_null("sourceArray");
  if (to.is_null()) return call.run.fail_null("destinationArray");
  if (count < 0) return call.run.fail_range("Value has to be >= 0.", "length");
  if (from_index < 0 || to_index < 0)
    return call.run.fail_range("Value has to be >= 0.", from_index < 0 ? "sourceIndex" : "destinationIndex");
  if (from_index + count > static_cast<int64_t>(array_length(from)))
    return call.run.fail_argument(types::argument_exception,
                                  "Source array was not long enough. Check srcIndex and length, and the array's lower bounds.",
                                  "sourceArray");
  if (to_index + count > static_cast<int64_t>(array_length(to)))
    return call.run.fail_argument(types::argument_exception,
                                  "Destination array was not long enough. Check destIndex and length, and the array's lower bounds.",
                                  "destinationArray");
  if (from.is(byte_array_type()) != to.is(byte_array_type()))
    return call.run.fail(types::array_type_mismatch_exception, "Source array type cannot be assigned to destination array type.");
  if (!call.run.charge(static_cast<uint64_t>(count))) return {};
  const bool is_backward = from.bits == to.bits && from_index < to_index;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t at = is_backward ? count - 1 - i : i;
    set_array_item(to, static_cast<size_t>(to_index + at), array_item(from, static_cast<size_t>(from_index + at)));
  }
  return {};
}

// By places of 64 bits, which .NET holds to those of 32.
static Value copy_long(Call& call, int64_t from_index, Value to, int64_t to_index, int64_t count) {
  for (const int64_t number : {from_index, to_index, count})
    if (number != static_cast<int32_t>(number)) return call.run.fail_range("Arrays larger than 2GB are not supported.", "length");
  return copy(call, call.arguments[0], from_index, to, to_index, count);
}

namespace {

// A part of an array; a search backwards begins at its end.
struct Part {
  size_t from = 0;
  size_t end = 0;
};

}  // namespace

// startIndex and count, as many of them as are given from argument `first` on.
static bool part_of(Call& call, size_t first, size_t given, Part& out) {
  const auto length = static_cast<int64_t>(array_length(call.arguments[0]));
  const int64_t start = given > 0 ? call.int32(first) : 0, count = given > 1 ? call.int32(first + 1) : length - start;
  out = {static_cast<size_t>(start), static_cast<size_t>(start + count)};
  if (start >= 0 && start <= length && count >= 0 && start + count <= length) return true;
  call.run.fail_range("Index was out of range. Must be non-negative and less than or equal to the size of the collection.",
                      start < 0 || start > length ? "startIndex" : "count");
  return false;
}

// The same, counted backwards from startIndex.
static bool part_before(Call& call, size_t first, size_t given, Part& out) {
  const auto length = static_cast<int64_t>(array_length(call.arguments[0]));
  const int64_t start = given > 0 ? call.int32(first) : length - 1, count = given > 1 ? call.int32(first + 1) : start + 1;
  out = {static_cast<size_t>(start + 1 - count), static_cast<size_t>(start + 1)};
  if (length == 0 || (start >= 0 && start < length && count >= 0 && count <= start + 1)) return true;
  call.run.fail_range("Index was out of range. Must be non-negative and less than or equal to the size of the collection.",
                      start < 0 || start >= length ? "startIndex" : "count");
  return false;
}

// The index of the first item of the part that the predicate takes.
static int32_t find_index(Call& call, Value array, Value predicate, Part part) {
  if (predicate.is_null()) return call.run.fail_null("match"), not_found;
  for (size_t i = part.from; i < part.end && call.run.charge(1); ++i) {
    const bool is_taken = invoke(call.run, predicate, array_item(array, i)).boolean();
    if (call.run.failed()) return not_found;
    if (is_taken) return static_cast<int32_t>(i);
  }
  return not_found;
}

static int32_t first_taken(Call& call) {
  return has_array(call, 0) ? find_index(call, call.arguments[0], call.arguments[1], {0, array_length(call.arguments[0])}) : not_found;
}

static Value exists(Call& call) { return boolean(first_taken(call) >= 0); }

// The predicate comes after startIndex and count.
template <size_t given>
static Value find_index_in(Call& call) {
  Part part;
  if (!has_array(call, 0) || !part_of(call, 1, given, part)) return {};
  return int32(find_index(call, call.arguments[0], call.arguments[1 + given], part));
}

template <size_t given>
static Value find_last_index(Call& call) {
  Part part;
  if (!has_array(call, 0) || !part_before(call, 1, given, part)) return {};
  if (call.arguments[1 + given].is_null()) return call.run.fail_null("match");
  for (size_t i = part.end; i-- > part.from && call.run.charge(1);) {
    const bool is_taken = invoke(call.run, call.arguments[1 + given], array_item(call.arguments[0], i)).boolean();
    if (call.run.failed()) return {};
    if (is_taken) return int32(static_cast<int32_t>(i));
  }
  return int32(not_found);
}

static Value find(Call& call) {
  const int32_t index = first_taken(call);
  return index >= 0 ? array_item(call.arguments[0], static_cast<size_t>(index)) : default_of(call.run, *call.site.types[0]);
}

static Value find_last(Call& call) {
  if (!has_array(call, 0)) return {};
  for (size_t i = array_length(call.arguments[0]); i-- > 0 && call.run.charge(1);) {
    const Value item = array_item(call.arguments[0], i);
    const bool is_taken = invoke(call.run, call.arguments[1], item).boolean();
    if (call.run.failed()) return {};
    if (is_taken) return item;
  }
  return default_of(call.run, *call.site.types[0]);
}

static Value find_all(Call& call) {
  if (!has_array(call, 0)) return {};
  List found;
  for (size_t i = 0; i < array_length(call.arguments[0]) && call.run.charge(1); ++i) {
    const Value item = array_item(call.arguments[0], i);
    const bool is_taken = invoke(call.run, call.arguments[1], item).boolean();
    if (call.run.failed() || (is_taken && !found.add(call.run, item))) return {};
  }
  return array_value(call.run, *call.site.types[0], {found.items, found.count});
}

static Value true_for_all(Call& call) {
  if (!has_array(call, 0)) return {};
  for (size_t i = 0; i < array_length(call.arguments[0]) && call.run.charge(1); ++i)
    if (!invoke(call.run, call.arguments[1], array_item(call.arguments[0], i)).boolean()) return boolean(false);
  return boolean(true);
}

static Value for_each(Call& call) {
  if (!has_array(call, 0)) return {};
  for (size_t i = 0; i < array_length(call.arguments[0]) && call.run.charge(1); ++i) {
    invoke(call.run, call.arguments[1], array_item(call.arguments[0], i));
    if (call.run.failed()) return {};
  }
  return {};
}

static Value convert_all(Call& call) {
  if (!has_array(call, 0)) return {};
  List converted;
  for (size_t i = 0; i < array_length(call.arguments[0]) && call.run.charge(1); ++i) {
    const Value item = invoke(call.run, call.arguments[1], array_item(call.arguments[0], i));
    if (call.run.failed() || !converted.add(call.run, item)) return {};
  }
  return array_value(call.run, *call.site.result->element(), {converted.items, converted.count});
}

template <size_t given>
static Value index_of(Call& call) {
  Part part;
  if (!has_array(call, 0) || !part_of(call, 2, given, part)) return {};
  for (size_t i = part.from; i < part.end && call.run.charge(1); ++i)
    if (equals(call.run, array_item(call.arguments[0], i), call.arguments[1])) return int32(static_cast<int32_t>(i));
  return int32(not_found);
}

template <size_t given>
static Value last_index_of(Call& call) {
  Part part;
  if (!has_array(call, 0) || !part_before(call, 2, given, part)) return {};
  for (size_t i = part.end; i-- > part.from && call.run.charge(1);)
    if (equals(call.run, array_item(call.arguments[0], i), call.arguments[1])) return int32(static_cast<int32_t>(i));
  return int32(not_found);
}

template <size_t given>
static Value reverse(Call& call) {
  Part part;
  if (!has_array(call, 0) || !part_of(call, 1, given, part) || !call.run.charge(part.end - part.from)) return {};
  const Value array = call.arguments[0];
  for (size_t i = part.from, last = part.end; i + 1 < last; ++i) {
    const Value first = array_item(array, i);
    set_array_item(array, i, array_item(array, --last));
    set_array_item(array, last, first);
  }
  return {};
}

template <size_t given>
static Value fill(Call& call) {
  Part part;
  if (!has_array(call, 0) || !part_of(call, 2, given, part)) return {};
  for (size_t i = part.from; i < part.end && call.run.charge(1); ++i) set_array_item(call.arguments[0], i, call.arguments[1]);
  return {};
}

// `part` of the array, sorted.
static Value sort_items(Call& call, Part part, Comparison order, void* state) {
  const Value array = call.arguments[0];
  const size_t count = part.end - part.from;
  if (!array.is(byte_array_type())) {
    sort(call.run, array.object<Array>()->span().subspan(part.from, count), order, state);
    return {};
  }
  const std::span<Value> items = collect(call.run, array).subspan(part.from, count);
  if (sort(call.run, items, order, state))
    for (size_t i = 0; i < count; ++i) set_array_item(array, part.from + i, items[i]);
  return {};
}

static Value sort_array(Call& call, Comparison order, void* state) {
  return has_array(call, 0) ? sort_items(call, {0, array_length(call.arguments[0])}, order, state) : Value{};
}

static Value sort_part(Call& call, const Comparer& comparer) {
  Part part;
  if (!has_array(call, 0) || !part_of(call, 1, 2, part)) return {};
  return sort_items(call, part, by_comparer, const_cast<Comparer*>(&comparer));
}

namespace {

struct KeyedSort {
  std::span<const Value> keys;
  const Comparer* comparer;
};

}  // namespace

// Sorts the keys of the first array, and the items of the second with them.
static Value sort_keys(Call& call, const Comparer& comparer) {
  if (!has_array(call, 0, "keys")) return {};
  const Value items = call.arguments[1];
  KeyedSort sorting{collect(call.run, call.arguments[0]), &comparer};
  const size_t count = sorting.keys.size();
  if (!items.is_null() && count > array_length(items))
    return call.run.fail(types::argument_exception,
                         "Offset and length were out of bounds for the array or count is greater than the number of elements from index to "
                         "the end of the source collection.");
  const std::span<Value> order = call.run.try_array<Value>(count);
  const std::span<Value> moved = items.is_null() ? std::span<Value>() : collect(call.run, items);
  if (call.run.failed() || (count && !order.data())) return {};
  for (size_t i = 0; i < count; ++i) order[i] = value_of_bits(types::int32, static_cast<int64_t>(i));
  const Comparison by_key = [](Evaluation& run, void* state, Value a, Value b) {
    const auto& of = *static_cast<const KeyedSort*>(state);
    return of.comparer->compare(run, of.keys[static_cast<size_t>(a.bits)], of.keys[static_cast<size_t>(b.bits)]);
  };
  if (!sort(call.run, order, by_key, &sorting)) return {};
  for (size_t i = 0; i < count; ++i) {
    const auto from = static_cast<size_t>(order[i].bits);
    set_array_item(call.arguments[0], i, sorting.keys[from]);
    if (!items.is_null()) set_array_item(items, i, moved[from]);
  }
  return {};
}

static Value sort_by_delegate(Call& call) {
  Value function = call.arguments[1];
  return sort_array(call, by_delegate, &function);
}

static Value search(Call& call, const Comparer& comparer) {
  if (!has_array(call, 0)) return {};
  const Value array = call.arguments[0];
  const bool is_bytes = array.is(byte_array_type());
  return int32(binary_search(call.run, is_bytes ? collect(call.run, array) : array.object<Array>()->span(), call.arguments[1], comparer));
}

// The value stands behind index and length.
static Value search_part(Call& call, const Comparer& comparer) {
  Part part;
  if (!has_array(call, 0) || !part_of(call, 1, 2, part)) return {};
  const std::span<Value> items = collect(call.run, call.arguments[0]);
  if (call.run.failed()) return {};
  const int32_t found = binary_search(call.run, items.subspan(part.from, part.end - part.from), call.arguments[3], comparer);
  const auto from = static_cast<int32_t>(part.from);
  return int32(found >= 0 ? found + from : found - from);
}

static Value clear_part(Call& call) {
  if (!has_array(call, 0)) return {};
  const Value array = call.arguments[0];
  const int64_t index = call.int32(1), count = call.int32(2);
  if (index < 0 || count < 0 || index + count > static_cast<int64_t>(array_length(array)))
    return call.run.fail(types::index_out_of_range_exception, "Index was outside the bounds of the array.");
  const Value nothing = array.is(byte_array_type()) ? value_of_bits(types::uint8, 0) : default_of(call.run, *array.type->element());
  for (int64_t i = 0; i < count && call.run.charge(1); ++i) set_array_item(array, static_cast<size_t>(index + i), nothing);
  return {};
}

static bool item_index(Call& call, size_t argument, size_t& index) {
  index = static_cast<size_t>(call.int32(argument));
  if (call.int32(argument) >= 0 && index < array_length(call.self)) return true;
  call.run.fail(types::index_out_of_range_exception, "Index was outside the bounds of the array.");
  return false;
}

static Value get_value(Call& call) {
  size_t index;
  return item_index(call, 0, index) ? array_item(call.self, index) : Value{};
}

static Value set_value(Call& call) {
  size_t index;
  if (!item_index(call, 1, index)) return {};
  const Type& element = *call.self.type->element();
  const Value item = call.arguments[0].is_null() ? default_of(call.run, element) : call.arguments[0];
  if (!item.is_null() && !is_instance(item, element))
    return call.run.fail(types::invalid_cast_exception, "Object cannot be stored in an array of this type.");
  set_array_item(call.self, index, item);
  return {};
}

static Value dimension(Call& call, int32_t result) {
  if (call.int32(0) != 0) return call.run.fail(types::index_out_of_range_exception, "Index was outside the bounds of the array.");
  return int32(result);
}

// A view: what the array changes is seen; bytes are copied.
static Value as_read_only(Call& call) {
  if (!has_array(call, 0)) return {};
  const Value array = call.arguments[0];
  const std::span<Value> items = array.is(byte_array_type()) ? collect(call.run, array) : array.object<Array>()->span();
  const auto count = static_cast<uint32_t>(items.size());
  return value_of_object(*call.site.result, call.run.make<List>(items.data(), count, count));
}

static constexpr Member array_members[] = {
    {"int Length", length},
    {"long LongLength", [](Call& call) { return int64(static_cast<int64_t>(array_length(call.self))); }},
    {"int Rank", [](Call&) { return int32(1); }},
    {"bool IsReadOnly", [](Call&) { return boolean(false); }},
    {"bool IsFixedSize", [](Call&) { return boolean(true); }},
    {"int GetLength(int dimension)", [](Call& call) { return dimension(call, static_cast<int32_t>(array_length(call.self))); }},
    {"long GetLongLength(int dimension)",
     [](Call& call) {
       const Value counted = dimension(call, static_cast<int32_t>(array_length(call.self)));
       return call.run.failed() ? counted : int64(counted.int32());
     }},
    {"int GetLowerBound(int dimension)", [](Call& call) { return dimension(call, 0); }},
    {"int GetUpperBound(int dimension)", [](Call& call) { return dimension(call, static_cast<int32_t>(array_length(call.self)) - 1); }},
    {"object Clone()", [](Call& call) { return clone(call.run, call.self); }},
    {"object GetValue(int index)", get_value},
    {"void SetValue(object value, int index)", set_value},
    {"void CopyTo(Array array, int index)",
     [](Call& call) { return copy(call, call.self, 0, call.arguments[0], call.int32(1), static_cast<int64_t>(array_length(call.self))); }},
    {"static T[] Empty<T>()", [](Call& call) { return array_value(call.run, *call.site.types[0], {}); }},
    {"static void Copy(Array sourceArray, Array destinationArray, int length)",
     [](Call& call) { return copy(call, call.arguments[0], 0, call.arguments[1], 0, call.int32(2)); }},
    {"static void Copy(Array sourceArray, int sourceIndex, Array destinationArray, int destinationIndex, int length)",
     [](Call& call) { return copy(call, call.arguments[0], call.int32(1), call.arguments[2], call.int32(3), call.int32(4)); }},
    {"static void ConstrainedCopy(Array sourceArray, int sourceIndex, Array destinationArray, int destinationIndex, int length)",
     [](Call& call) { return copy(call, call.arguments[0], call.int32(1), call.arguments[2], call.int32(3), call.int32(4)); }},
    {"static void Copy(Array sourceArray, Array destinationArray, long length)",
     [](Call& call) { return copy_long(call, 0, call.arguments[1], 0, call.int64(2)); }},
    {"static void Copy(Array sourceArray, long sourceIndex, Array destinationArray, long destinationIndex, long length)",
     [](Call& call) { return copy_long(call, call.int64(1), call.arguments[2], call.int64(3), call.int64(4)); }},
    {"static bool Exists<T>(T[] array, Predicate<T> match)", exists},
    {"static T Find<T>(T[] array, Predicate<T> match)", find},
    {"static T FindLast<T>(T[] array, Predicate<T> match)", find_last},
    {"static T[] FindAll<T>(T[] array, Predicate<T> match)", find_all},
    {"static int FindIndex<T>(T[] array, Predicate<T> match)", find_index_in<0>},
    {"static int FindIndex<T>(T[] array, int startIndex, Predicate<T> match)", find_index_in<1>},
    {"static int FindIndex<T>(T[] array, int startIndex, int count, Predicate<T> match)", find_index_in<2>},
    {"static int FindLastIndex<T>(T[] array, Predicate<T> match)", find_last_index<0>},
    {"static int FindLastIndex<T>(T[] array, int startIndex, Predicate<T> match)", find_last_index<1>},
    {"static int FindLastIndex<T>(T[] array, int startIndex, int count, Predicate<T> match)", find_last_index<2>},
    {"static bool TrueForAll<T>(T[] array, Predicate<T> match)", true_for_all},
    {"static void ForEach<T>(T[] array, Action<T> action)", for_each},
    {"static TOutput[] ConvertAll<TInput, TOutput>(TInput[] array, Converter<TInput, TOutput> converter)", convert_all},
    {"static int IndexOf<T>(T[] array, T value)", index_of<0>},
    {"static int IndexOf<T>(T[] array, T value, int startIndex)", index_of<1>},
    {"static int IndexOf<T>(T[] array, T value, int startIndex, int count)", index_of<2>},
    {"static int IndexOf(Array array, object value)", index_of<0>},
    {"static int IndexOf(Array array, object value, int startIndex)", index_of<1>},
    {"static int IndexOf(Array array, object value, int startIndex, int count)", index_of<2>},
    {"static int LastIndexOf<T>(T[] array, T value)", last_index_of<0>},
    {"static int LastIndexOf<T>(T[] array, T value, int startIndex)", last_index_of<1>},
    {"static int LastIndexOf<T>(T[] array, T value, int startIndex, int count)", last_index_of<2>},
    {"static int LastIndexOf(Array array, object value)", last_index_of<0>},
    {"static int LastIndexOf(Array array, object value, int startIndex)", last_index_of<1>},
    {"static int LastIndexOf(Array array, object value, int startIndex, int count)", last_index_of<2>},
    {"static void Reverse(Array array)", reverse<0>},
    {"static void Reverse(Array array, int index, int length)", reverse<2>},
    {"static void Reverse<T>(T[] array)", reverse<0>},
    {"static void Reverse<T>(T[] array, int index, int length)", reverse<2>},
    {"static void Fill<T>(T[] array, T value)", fill<0>},
    {"static void Fill<T>(T[] array, T value, int startIndex, int count)", fill<2>},
    {"static void Sort(Array array)", [](Call& call) { return sort_array(call, by_comparer, const_cast<Comparer*>(&default_comparer)); }},
    {"static void Sort<T>(T[] array)", [](Call& call) { return sort_array(call, by_comparer, const_cast<Comparer*>(&default_comparer)); }},
    {"static void Sort<T>(T[] array, IComparer<T> comparer)",
     [](Call& call) { return sort_array(call, by_comparer, const_cast<Comparer*>(&comparer_of(call.arguments[1]))); }},
    {"static void Sort<T>(T[] array, Comparison<T> comparison)", sort_by_delegate},
    {"static int BinarySearch<T>(T[] array, T value)", [](Call& call) { return search(call, default_comparer); }},
    {"static int BinarySearch<T>(T[] array, T value, IComparer<T> comparer)",
     [](Call& call) { return search(call, comparer_of(call.arguments[2])); }},
    {"static int BinarySearch<T>(T[] array, int index, int length, T value)",
     [](Call& call) { return search_part(call, default_comparer); }},
    {"static int BinarySearch<T>(T[] array, int index, int length, T value, IComparer<T> comparer)",
     [](Call& call) { return search_part(call, comparer_of(call.arguments[4])); }},
    {"static ReadOnlyCollection<T> AsReadOnly<T>(T[] array)", as_read_only},
    {"static void Sort(Array array, int index, int length)", [](Call& call) { return sort_part(call, default_comparer); }},
    {"static void Sort<T>(T[] array, int index, int length)", [](Call& call) { return sort_part(call, default_comparer); }},
    {"static void Sort<T>(T[] array, int index, int length, IComparer<T> comparer)",
     [](Call& call) { return sort_part(call, comparer_of(call.arguments[3])); }},
    {"static void Sort<TKey, TValue>(TKey[] keys, TValue[] items)", [](Call& call) { return sort_keys(call, default_comparer); }},
    {"static void Sort<TKey, TValue>(TKey[] keys, TValue[] items, IComparer<TKey> comparer)",
     [](Call& call) { return sort_keys(call, comparer_of(call.arguments[2])); }},
    {"static void Clear(Array array, int index, int length)", clear_part},
};

static const TypeRows array_types[] = {{types::array, array_members}};

}  // namespace array_rows

extern const Family array_family;
const Family array_family{array_rows::array_types};

}  // namespace gatelet::cs
