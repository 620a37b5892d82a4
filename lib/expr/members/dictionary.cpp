// Dictionary<K,V>, KeyValuePair<K,V> and the dictionary interfaces.
#include <algorithm>

#include "expr/collections.hpp"
#include "expr/member.hpp"

namespace gatelet::cs {
namespace dictionary_rows {

static HashTable& self_table(const Call& call) { return *call.self.object<HashTable>(); }

namespace {
struct TableIterator : Iterator {
  const HashTable* table;
  const Type* pair;  // of the items; null: keys or values
  uint32_t version;
  size_t position = 0;
  bool takes_values = false;
};
// Keys and Values: a live view.
struct DictionaryView {
  const HashTable* table;
  bool takes_values;
};
}  // namespace

static constinit const Type view_type{.name = "System.Collections.Generic.DictionaryView<T>",
                                      .bases = "ICollection<T>, IReadOnlyCollection<T>, ICollection",
                                      .is_hidden = true};

static bool next_of_table(Iterator& base, Evaluation& run, Value& item) {
  auto& at = static_cast<TableIterator&>(base);
  if (at.version != at.table->version) return run.fail(types::invalid_operation_exception, collection_modified), false;
  const HashTable::Entry* entry = at.table->at_or_after(at.position);
  if (!entry) return false;
  ++at.position;
  item = at.pair ? value_of_object(*at.pair, run.make<KeyValue>(entry->key, entry->value)) : at.takes_values ? entry->value : entry->key;
  return true;
}

static TableIterator* start(Evaluation& run, const HashTable& table) {
  auto* iterator = run.make<TableIterator>();
  iterator->next = next_of_table;
  iterator->table = &table;
  iterator->pair = nullptr;
  iterator->version = table.version;
  return iterator;
}

static Iterator* iterate_dictionary(Evaluation& run, Value self) {
  TableIterator* iterator = start(run, *self.object<const HashTable>());
  const auto arguments = self.type->arguments();
  iterator->pair = &close(types::key_value_pair, *arguments[0], *arguments[1]);
  return iterator;
}

static Iterator* iterate_view(Evaluation& run, Value self) {
  const auto& view = *self.object<const DictionaryView>();
  TableIterator* iterator = start(run, *view.table);
  iterator->takes_values = view.takes_values;
  return iterator;
}

static size_t count_dictionary(Evaluation&, Value self) { return self.object<const HashTable>()->count; }

static bool find_in(Evaluation& run, Value self, Value key, Value& found) {
  const HashTable::Entry* entry = self.object<const HashTable>()->find(run, key);
  if (entry) found = entry->value;
  return entry != nullptr;
}

static size_t next_in(Evaluation&, Value self, size_t position, Value& key, Value& value) {
  const HashTable::Entry* entry = self.object<const HashTable>()->at_or_after(position);
  if (!entry) return 0;
  key = entry->key;
  value = entry->value;
  return position + 1;
}

static constexpr DictionaryOps dictionary_access{count_dictionary, find_in, next_in};
static constexpr TypeOps dictionary_ops{.iterate = iterate_dictionary, .dictionary = &dictionary_access};
// A view is a list as far as its count goes; nothing asks it for an index.
static constexpr ListOps view_access{[](Evaluation&, Value view) -> size_t { return view.object<const DictionaryView>()->table->count; },
                                     [](Evaluation& run, Value view, size_t index) {
                                       Iterator* iterator = iterate_view(run, view);
                                       Value item;
                                       for (size_t i = 0; i <= index && run.charge(1); ++i)
                                         if (!iterator->next(*iterator, run, item)) break;
                                       return item;
                                     }};
static constexpr TypeOps view_ops{.iterate = iterate_view, .list = &view_access};

static bool has_key(Call& call) {
  if (!call.arguments[0].is_null()) return true;
  call.run.fail_null("key");
  return false;
}

static Value fail_missing(Call& call) {
  const std::string key = utf8(*to_string(call.run, call.arguments[0]));
  return call.run.fail(types::key_not_found_exception, "The given key '" + key + "' was not present in the dictionary.");
}

static Value fail_duplicate(Evaluation& run, Value key) {
  return run.fail(types::argument_exception, "An item with the same key has already been added. Key: " + utf8(*to_string(run, key)));
}

static Value create(Call& call, const Comparer& comparer) {
  auto* table = call.run.make<HashTable>();
  table->comparer = &comparer;
  return value_of_object(*call.site.result, table);
}

static Value create_from(Call& call, const Comparer& comparer) {
  if (call.arguments[0].is_null()) return call.run.fail_null("dictionary");
  const Value created = create(call, comparer);
  for (Items items(call.run, call.arguments[0]); items.next();) {
    const auto& pair = *items.current.object<const KeyValue>();
    bool is_new;
    HashTable::Entry* entry = created.object<HashTable>()->insert(call.run, pair.key, is_new);
    if (!entry) return {};
    if (!is_new) return fail_duplicate(call.run, pair.key);
    entry->value = pair.value;
  }
  return created;
}

static Value item(Call& call) {
  if (!has_key(call)) return {};
  const HashTable::Entry* entry = self_table(call).find(call.run, call.arguments[0]);
  return entry ? entry->value : call.run.failed() ? Value{} : fail_missing(call);
}

static Value set_item(Call& call) {
  if (!has_key(call)) return {};
  bool is_new;
  if (HashTable::Entry* entry = self_table(call).insert(call.run, call.arguments[0], is_new)) entry->value = call.arguments[1];
  ++self_table(call).version;
  return {};
}

static Value add(Call& call) {
  if (!has_key(call)) return {};
  bool is_new;
  HashTable::Entry* entry = self_table(call).insert(call.run, call.arguments[0], is_new);
  if (!entry) return {};
  if (!is_new) return fail_duplicate(call.run, call.arguments[0]);
  entry->value = call.arguments[1];
  return {};
}

static Value try_add(Call& call) {
  if (!has_key(call)) return {};
  bool is_new;
  HashTable::Entry* entry = self_table(call).insert(call.run, call.arguments[0], is_new);
  if (!entry) return {};
  if (is_new) entry->value = call.arguments[1];
  return boolean(is_new);
}

static Value contains_key(Call& call) { return boolean(has_key(call) && self_table(call).find(call.run, call.arguments[0])); }

static Value contains_value(Call& call) {
  const HashTable& table = self_table(call);
  size_t position = 0;
  for (const HashTable::Entry* entry; (entry = table.at_or_after(position)) && call.run.charge(1); ++position)
    if (equals(call.run, entry->value, call.arguments[0])) return boolean(true);
  return boolean(false);
}

static Value try_get(Call& call) {
  if (!has_key(call)) return {};
  const HashTable::Entry* entry = self_table(call).find(call.run, call.arguments[0]);
  call.out(1) = entry ? entry->value : default_of(call.run, *call.site.types[1]);
  return boolean(entry != nullptr);
}

static Value remove(Call& call) { return boolean(has_key(call) && self_table(call).remove(call.run, call.arguments[0])); }

static Value take_out(Call& call) {
  const Value is_there = try_get(call);
  return call.run.failed() || !is_there.boolean() ? is_there : remove(call);
}

static Value clear(Call& call) {
  self_table(call).clear();
  return {};
}

template <bool takes_values>
static Value view(Call& call) {
  auto* made = call.run.make<DictionaryView>(&self_table(call), takes_values);
  return value_of_object(close(view_type, *call.site.result->arguments()[0]), made);
}

static constexpr Member dictionary_members[] = {
    {"new()", [](Call& call) { return create(call, default_comparer); }},
    {"new(int capacity)", [](Call& call) { return create(call, default_comparer); }},
    {"new(IEqualityComparer<TKey> comparer)", [](Call& call) { return create(call, comparer_of(call.arguments[0])); }},
    {"new(int capacity, IEqualityComparer<TKey> comparer)", [](Call& call) { return create(call, comparer_of(call.arguments[1])); }},
    {"new(IEnumerable<KeyValuePair<TKey, TValue>> collection)", [](Call& call) { return create_from(call, default_comparer); }},
    {"new(IEnumerable<KeyValuePair<TKey, TValue>> collection, IEqualityComparer<TKey> comparer)",
     [](Call& call) { return create_from(call, comparer_of(call.arguments[1])); }},
    {"new(IDictionary<TKey, TValue> dictionary)", [](Call& call) { return create_from(call, default_comparer); }},
    {"new(IDictionary<TKey, TValue> dictionary, IEqualityComparer<TKey> comparer)",
     [](Call& call) { return create_from(call, comparer_of(call.arguments[1])); }},
    {"int Count", [](Call& call) { return int32(static_cast<int32_t>(self_table(call).count)); }},
    {"TValue this[TKey key]", item, set_item},
    {"void Add(TKey key, TValue value)", add},
    {"bool TryAdd(TKey key, TValue value)", try_add},
    {"bool ContainsKey(TKey key)", contains_key},
    {"bool ContainsValue(TValue value)", contains_value},
    {"bool TryGetValue(TKey key, out TValue value)", try_get},
    {"bool Remove(TKey key)", remove},
    {"bool Remove(TKey key, out TValue value)", take_out},
    {"void Clear()", clear},
    {"int EnsureCapacity(int capacity)",
     [](Call& call) { return int32(std::max(call.int32(0), static_cast<int32_t>(self_table(call).capacity))); }},
    {"void TrimExcess()", [](Call&) { return Value{}; }},
    {"IEqualityComparer<TKey> Comparer",
     [](Call& call) { return value_of_comparer(*self_table(call).comparer, *call.self.type->arguments()[0]); }},
    {"ICollection<TKey> Keys", view<false>},
    {"ICollection<TValue> Values", view<true>},
};

// Behind the interfaces: whatever has DictionaryOps (headers, variables, claims, JObject).
static const DictionaryOps& ops_of(const Call& call) { return *call.self.type->operations().dictionary; }

static Value interface_item(Call& call) {
  if (!has_key(call)) return {};
  Value found;
  if (ops_of(call).find(call.run, call.self, call.arguments[0], found) || call.run.failed()) return found;
  const auto missing = ops_of(call).missing;
  return missing ? missing(call.run, call.self, call.arguments[0]) : fail_missing(call);
}

static Value interface_contains(Call& call) {
  Value found;
  return boolean(has_key(call) && ops_of(call).find(call.run, call.self, call.arguments[0], found));
}

static Value interface_try_get(Call& call) {
  Value found;
  if (!has_key(call)) return {};
  const bool is_found = ops_of(call).find(call.run, call.self, call.arguments[0], found);
  call.out(1) = is_found ? found : default_of(call.run, *call.site.types[1]);
  return boolean(is_found);
}

template <bool takes_values>
static Value interface_view(Call& call) {
  const DictionaryOps& ops = ops_of(call);
  const std::span<Value> items = call.run.try_array<Value>(ops.count(call.run, call.self));
  if (!items.data() || !call.run.charge(items.size())) return {};
  size_t count = 0, position = 0;
  Value key, value;
  while (count < items.size() && (position = ops.next(call.run, call.self, position, key, value)) != 0)
    items[count++] = takes_values ? value : key;
  return items_value(call.run, *call.site.result->arguments()[0], items.first(count));
}

template <Native change>
static Value change_dictionary(Call& call) {
  if (call.self.type->definition() == &types::dictionary) return change(call);
  return call.run.fail(types::not_supported_exception, "Collection is read-only.");
}

static constexpr Member read_only_dictionary_members[] = {
    {"TValue this[TKey key]", interface_item},
    {"bool ContainsKey(TKey key)", interface_contains},
    {"bool TryGetValue(TKey key, out TValue value)", interface_try_get},
    {"IEnumerable<TKey> Keys", interface_view<false>},
    {"IEnumerable<TValue> Values", interface_view<true>},
};

static constexpr Member generic_dictionary_members[] = {
    {"TValue this[TKey key]", interface_item, change_dictionary<set_item>},
    {"bool ContainsKey(TKey key)", interface_contains},
    {"bool TryGetValue(TKey key, out TValue value)", interface_try_get},
    {"void Add(TKey key, TValue value)", change_dictionary<add>},
    {"bool Remove(TKey key)", change_dictionary<remove>},
    {"ICollection<TKey> Keys", interface_view<false>},
    {"ICollection<TValue> Values", interface_view<true>},
};

// Pairs in pairs are as deep as calls may be.
static const String* pair_text(Evaluation& run, Value self) {
  if (!run.charge(1) || !run.enter_call()) return &empty_string;
  const auto& pair = *self.object<const KeyValue>();
  TextBuilder out(run);
  out.append(u'[');
  out.append(to_string(run, pair.key));
  out.append(std::string_view(", "));
  out.append(to_string(run, pair.value));
  out.append(u']');
  run.leave_call();
  return out.finish();
}

static bool pair_equals(Evaluation& run, Value self, Value other) {
  if (self.type != other.type || !run.charge(1) || !run.enter_call()) return false;
  const auto &a = *self.object<const KeyValue>(), &b = *other.object<const KeyValue>();
  const bool are_equal = equals(run, a.key, b.key) && equals(run, a.value, b.value);
  run.leave_call();
  return are_equal;
}

static int32_t pair_hash(Evaluation& run, Value self) {
  if (!run.charge(1) || !run.enter_call()) return 0;
  const auto& pair = *self.object<const KeyValue>();
  const uint32_t hash = static_cast<uint32_t>(hash_of(run, pair.key)) * 31 + static_cast<uint32_t>(hash_of(run, pair.value));
  run.leave_call();
  return static_cast<int32_t>(hash);
}

static constexpr TypeOps pair_ops{.to_string = pair_text, .equals = pair_equals, .hash = pair_hash};

static constexpr Member pair_members[] = {
    {"new(TKey key, TValue value)",
     [](Call& call) { return value_of_object(*call.site.result, call.run.make<KeyValue>(call.arguments[0], call.arguments[1])); }},
    {"TKey Key", [](Call& call) { return call.self.object<const KeyValue>()->key; }},
    {"TValue Value", [](Call& call) { return call.self.object<const KeyValue>()->value; }},
    {"void Deconstruct(out TKey key, out TValue value)",
     [](Call& call) {
       call.out(0) = call.self.object<const KeyValue>()->key;
       call.out(1) = call.self.object<const KeyValue>()->value;
       return Value{};
     }},
};

static const TypeRows dictionary_types[] = {
    {types::dictionary, dictionary_members, &dictionary_ops},
    {types::read_only_dictionary, read_only_dictionary_members},
    {types::generic_dictionary, generic_dictionary_members},
    {types::key_value_pair, pair_members, &pair_ops},
    {view_type, {}, &view_ops},
};

}  // namespace dictionary_rows

extern const Family dictionary_family;
const Family dictionary_family{dictionary_rows::dictionary_types};

}  // namespace gatelet::cs
