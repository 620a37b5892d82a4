// Collections: the hash table behind Dictionary<K,V>, HashSet<T> and LINQ's set operators; comparers; what the collection families share.
#pragma once

#include "expr/evaluation.hpp"
#include "expr/objects.hpp"

namespace gatelet::cs {

// IEqualityComparer<T> and IComparer<T>: StringComparer.* and EqualityComparer<T>.Default are objects of this struct.
struct Comparer {
  bool (*equals)(Evaluation& run, Value a, Value b);
  int32_t (*hash)(Evaluation& run, Value value);
  int (*compare)(Evaluation& run, Value a, Value b);
};
extern const Comparer default_comparer;
extern const Comparer ordinal_comparer;
extern const Comparer ignore_case_comparer;
// The comparer an argument stands for; null: the default one.
const Comparer& comparer_of(Value comparer);
// As the object that a collection's Comparer is: a StringComparer or an EqualityComparer<key>.
Value value_of_comparer(const Comparer& comparer, const Type& key);

// Keys in the order of .NET's Dictionary: as inserted, removed places are used again, the last one first. `version` counts changes.
struct HashTable {
  struct Entry {
    Value key;
    Value value;
    int32_t hash = 0;
    int32_t next = -1;  // of the bucket, or of the free list
    bool is_used = false;
  };
  const Comparer* comparer = &default_comparer;
  Entry* entries = nullptr;
  int32_t* buckets = nullptr;  // as many as there is room for entries, a power of two
  uint32_t capacity = 0;
  uint32_t used = 0;  // places ever used
  uint32_t count = 0;
  int32_t first_free = -1;
  uint32_t version = 0;

  Entry* find(Evaluation& run, Value key) const;  // null: absent
  // The entry of the key, made when absent; null: refused by a limit.
  Entry* insert(Evaluation& run, Value key, bool& is_new);
  bool remove(Evaluation& run, Value key);
  void clear();
  // The entry at `position` or the next used one after it; null at the end.
  const Entry* at_or_after(size_t& position) const;

 private:
  bool grow(Evaluation& run);
  uint32_t bucket_of(int32_t hash) const { return static_cast<uint32_t>(hash) * 0x9E3779B1u >> 7 & (capacity - 1); }
};

// Dictionary<K,V> and HashSet<T> are HashTables; a set's values are null.
Value make_dictionary(Evaluation& run, const Type& key, const Type& value, const Comparer& comparer = default_comparer);
Value make_list(Evaluation& run, const Type& element, std::span<const Value> items = {});
// All items of a sequence in memory of the evaluation; empty after a failure.
std::span<Value> collect(Evaluation& run, Value source);
// Whether [start, start + count) is a part of `length` items; else fails as List<T> does.
bool is_part(Evaluation& run, int64_t start, int64_t count, size_t length, std::string_view start_name = "index");
// A lazy view of `count` items; IEnumerable<element>.
Value items_value(Evaluation& run, const Type& element, std::span<const Value> items);

// Elements of T[], byte[] included. `index` is in range.
size_t array_length(Value array);
Value array_item(Value array, size_t index);
void set_array_item(Value array, size_t index, Value item);
// What CopyTo of a collection does: the items into the array, from `index` of it on.
Value copy_items(Evaluation& run, std::span<const Value> items, Value array, int64_t index);

// Sorts stably; `compare` may fail the evaluation.
using Comparison = int (*)(Evaluation& run, void* state, Value a, Value b);
bool sort(Evaluation& run, std::span<Value> items, Comparison compare, void* state);
// Comparisons of that kind: the state is a Comparer, or a Value that is a Comparison<T>.
int by_comparer(Evaluation& run, void* comparer, Value a, Value b);
int by_delegate(Evaluation& run, void* function, Value a, Value b);

// The index of an equal item of sorted ones, or the complement of where it would stand.
int32_t binary_search(Evaluation& run, std::span<const Value> items, Value wanted, const Comparer& comparer);

inline constexpr std::string_view no_elements = "Sequence contains no elements";
inline constexpr std::string_view index_out_of_range =
    "Index was out of range. Must be non-negative and less than the size of the collection.";
inline constexpr std::string_view collection_modified = "Collection was modified; enumeration operation may not execute.";

}  // namespace gatelet::cs
