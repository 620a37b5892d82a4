#include "expr/collections.hpp"

#include <algorithm>

namespace gatelet::cs {

const Comparer default_comparer{equals, hash_of, compare};

bool is_part(Evaluation& run, int64_t start, int64_t count, size_t length, std::string_view start_name) {
  if (start < 0 || count < 0) return run.fail_range("Non-negative number required.", start < 0 ? start_name : "count"), false;
  if (static_cast<size_t>(start + count) <= length) return true;
  run.fail(types::argument_exception,
           "Offset and length were out of bounds for the array or count is greater than the number of elements from index to the end of "
           "the source collection.");
  return false;
}

HashTable::Entry* HashTable::find(Evaluation& run, Value key) const {
  if (count == 0) return nullptr;
  const int32_t hash = comparer->hash(run, key);
  for (int32_t i = buckets[bucket_of(hash)]; i >= 0 && run.charge(1); i = entries[i].next)
    if (entries[i].hash == hash && comparer->equals(run, entries[i].key, key)) return &entries[i];
  return nullptr;
}

bool HashTable::grow(Evaluation& run) {
  const uint32_t wanted = std::max(4u, capacity * 2);
  const std::span<Entry> room = run.try_array<Entry>(wanted);
  const std::span<int32_t> heads = run.try_array<int32_t>(wanted);
  if (!room.data() || !heads.data() || !run.charge(wanted)) return false;
  std::copy(entries, entries + used, room.begin());
  std::fill(heads.begin(), heads.end(), -1);
  entries = room.data();
  buckets = heads.data();
  capacity = wanted;
  for (uint32_t i = 0; i < used; ++i) {
    if (!entries[i].is_used) continue;
    int32_t& head = buckets[bucket_of(entries[i].hash)];
    entries[i].next = head;
    head = static_cast<int32_t>(i);
  }
  return true;
}

HashTable::Entry* HashTable::insert(Evaluation& run, Value key, bool& is_new) {
  is_new = false;
  if (Entry* found = find(run, key)) return found;
  if (run.failed()) return nullptr;
  if (first_free < 0 && used == capacity && !grow(run)) return nullptr;
  const int32_t at = first_free >= 0 ? first_free : static_cast<int32_t>(used++);
  if (first_free >= 0) first_free = entries[at].next;
  const int32_t hash = comparer->hash(run, key);
  int32_t& head = buckets[bucket_of(hash)];
  entries[at] = {key, {}, hash, head, true};
  head = at;
  ++count;
  ++version;
  is_new = true;
  return &entries[at];
}

bool HashTable::remove(Evaluation& run, Value key) {
  const Entry* found = find(run, key);
  if (!found) return false;
  const auto at = static_cast<int32_t>(found - entries);
  int32_t* link = &buckets[bucket_of(found->hash)];
  while (*link != at) link = &entries[*link].next;
  *link = entries[at].next;
  entries[at] = {{}, {}, 0, first_free, false};
  first_free = at;
  --count;
  ++version;
  return true;
}

void HashTable::clear() {
  used = count = 0;
  first_free = -1;
  std::fill(buckets, buckets + capacity, -1);
  ++version;
}

const HashTable::Entry* HashTable::at_or_after(size_t& position) const {
  while (position < used && !entries[position].is_used) ++position;
  return position < used ? &entries[position] : nullptr;
}

Value make_dictionary(Evaluation& run, const Type& key, const Type& value, const Comparer& comparer) {
  auto* table = run.make<HashTable>();
  table->comparer = &comparer;
  return value_of_object(close(types::dictionary, key, value), table);
}

Value make_list(Evaluation& run, const Type& element, std::span<const Value> items) {
  auto* list = run.make<List>();
  for (const Value item : items)
    if (!list->add(run, item)) return {};
  return value_of_object(close(types::list, element), list);
}

std::span<Value> collect(Evaluation& run, Value source) {
  List list;
  size_t count = 0;
  if (count_of(run, source, count) && count > 0) {
    const std::span<Value> room = run.try_array<Value>(count);
    if (!room.data()) return {};
    list = {room.data(), 0, static_cast<uint32_t>(count), 0};
  }
  for (Items items(run, source); items.next();)
    if (!list.add(run, items.current)) return {};
  return run.failed() ? std::span<Value>() : std::span<Value>(list.items, list.count);
}

size_t array_length(Value array) {
  return array.is(byte_array_type()) ? array.object<const Bytes>()->length : array.object<const Array>()->length;
}

Value array_item(Value array, size_t index) {
  if (array.is(byte_array_type())) return value_of_bits(types::uint8, array.object<const Bytes>()->data[index]);
  return array.object<const Array>()->items[index];
}

void set_array_item(Value array, size_t index, Value item) {
  if (array.is(byte_array_type()))
    array.object<Bytes>()->data[index] = static_cast<uint8_t>(item.bits);
  else
    array.object<Array>()->items[index] = item;
}

Value copy_items(Evaluation& run, std::span<const Value> items, Value array, int64_t index) {
  if (array.is_null()) return run.fail_null("array");
  if (index < 0) return run.fail_range("Non-negative number required.", "arrayIndex");
  if (static_cast<size_t>(index) + items.size() > array_length(array))
    return run.fail_argument(types::argument_exception,
                             "Destination array was not long enough. Check destIndex and length, and the array's lower bounds.",
                             "destinationArray");
  if (!run.charge(items.size())) return {};
  for (size_t i = 0; i < items.size(); ++i) set_array_item(array, static_cast<size_t>(index) + i, items[i]);
  return {};
}

static bool merge(Evaluation& run, std::span<Value> left, std::span<Value> right, Value* out, Comparison compare, void* state) {
  size_t i = 0, j = 0;
  while (i < left.size() && j < right.size()) {
    if (!run.charge(1)) return false;
    const bool takes_right = compare(run, state, left[i], right[j]) > 0;
    if (run.failed()) return false;
    *out++ = takes_right ? right[j++] : left[i++];
  }
  out = std::copy(left.begin() + static_cast<ptrdiff_t>(i), left.end(), out);
  std::copy(right.begin() + static_cast<ptrdiff_t>(j), right.end(), out);
  return true;
}

int by_comparer(Evaluation& run, void* comparer, Value a, Value b) { return static_cast<const Comparer*>(comparer)->compare(run, a, b); }
int by_delegate(Evaluation& run, void* function, Value a, Value b) { return invoke(run, *static_cast<Value*>(function), a, b).int32(); }

int32_t binary_search(Evaluation& run, std::span<const Value> items, Value wanted, const Comparer& comparer) {
  size_t first = 0, last = items.size();
  while (first < last && run.charge(1)) {
    const size_t middle = first + (last - first - 1) / 2;  // of two the first, as in .NET
    const int order = comparer.compare(run, items[middle], wanted);
    if (run.failed() || order == 0) return static_cast<int32_t>(middle);
    (order < 0 ? first : last) = order < 0 ? middle + 1 : middle;
  }
  return ~static_cast<int32_t>(first);
}

bool sort(Evaluation& run, std::span<Value> items, Comparison compare, void* state) {
  if (items.size() < 2) return true;
  std::span<Value> from = items, to = run.try_array<Value>(items.size());
  if (!to.data()) return false;
  for (size_t width = 1; width < items.size(); width *= 2) {
    for (size_t first = 0; first < items.size(); first += 2 * width) {
      const size_t middle = std::min(first + width, items.size()), last = std::min(first + 2 * width, items.size());
      if (!merge(run, from.subspan(first, middle - first), from.subspan(middle, last - middle), &to[first], compare, state)) return false;
    }
    std::swap(from, to);
  }
  if (from.data() != items.data()) std::copy(from.begin(), from.end(), items.begin());
  return true;
}

}  // namespace gatelet::cs
