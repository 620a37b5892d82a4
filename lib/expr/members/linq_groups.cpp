// System.Linq.Enumerable: OrderBy, ThenBy, GroupBy, Join, GroupJoin, ToLookup's groups.
#include "expr/linq.hpp"
#include "expr/member.hpp"

namespace gatelet::cs {
namespace group_rows {

namespace {

// One key of an ordering; the first one asked for is the last of the chain.
struct OrderKey {
  const OrderKey* before;
  Value selector;
  const Comparer* comparer;
  bool is_descending;
};

struct Ordered {
  Value source;
  const OrderKey* last_key;
};

struct SortState {
  std::span<const OrderKey*> keys;      // the first one decides first
  std::span<std::span<Value>> columns;  // the keys of all items
};

struct Grouping {
  Value key;
  List items;
};

}  // namespace

static constinit const Type ordered_type{.name = "System.Linq.OrderedEnumerable<T>", .bases = "IOrderedEnumerable<T>", .is_hidden = true};
static constinit const Type group_type{.name = "System.Linq.Lookup.Grouping<K, E>", .bases = "IGrouping<K, E>", .is_hidden = true};

static constinit const Type i_lookup_type{
    .name = "System.Linq.ILookup<TKey, TElement>", .kind = TypeKind::interface, .bases = "IEnumerable<IGrouping<TKey, TElement>>"};
static constinit const Type lookup_type{.name = "System.Linq.Lookup<TKey, TElement>", .bases = "ILookup<TKey, TElement>"};

static int by_keys(Evaluation& run, void* state, Value a, Value b) {
  const auto& sorting = *static_cast<const SortState*>(state);
  for (size_t i = 0; i < sorting.keys.size(); ++i) {
    const std::span<Value> column = sorting.columns[i];
    const int order = sorting.keys[i]->comparer->compare(run, column[static_cast<size_t>(a.bits)], column[static_cast<size_t>(b.bits)]);
    if (run.failed()) return 0;
    if (order != 0) return sorting.keys[i]->is_descending ? -order : order;
  }
  return 0;
}

static bool read_column(Evaluation& run, const OrderKey& key, std::span<const Value> items, std::span<Value>& column) {
  column = run.try_array<Value>(items.size());
  for (size_t i = 0; i < items.size() && column.data(); ++i) {
    column[i] = invoke(run, key.selector, items[i]);
    if (run.failed()) return false;
  }
  return column.data() != nullptr;
}

// The items of an ordering, sorted.
static std::span<Value> sorted(Evaluation& run, const Ordered& ordered) {
  const std::span<Value> items = collect(run, ordered.source);
  if (run.failed() || items.empty()) return {};
  size_t key_count = 0;
  for (const OrderKey* key = ordered.last_key; key; key = key->before) ++key_count;
  const SortState state{run.try_array<const OrderKey*>(key_count), run.try_array<std::span<Value>>(key_count)};
  const std::span<Value> order = run.try_array<Value>(items.size()), result = run.try_array<Value>(items.size());
  if (!state.keys.data() || !state.columns.data() || !order.data() || !result.data()) return {};
  for (const OrderKey* key = ordered.last_key; key; key = key->before) state.keys[--key_count] = key;
  for (size_t i = 0; i < state.keys.size(); ++i)
    if (!read_column(run, *state.keys[i], items, state.columns[i])) return {};
  for (size_t i = 0; i < order.size(); ++i) order[i] = value_of_bits(types::int32, static_cast<int64_t>(i));
  if (!sort(run, order, by_keys, const_cast<SortState*>(&state))) return {};
  for (size_t i = 0; i < order.size(); ++i) result[i] = items[static_cast<size_t>(order[i].bits)];
  return result;
}

static bool next_in_buffer(Iterator& base, Evaluation& run, Value& item) {
  auto& walk = static_cast<LazyWalk&>(base);
  if (run.failed() || static_cast<size_t>(walk.index) >= walk.buffer.size()) return false;
  item = walk.buffer[static_cast<size_t>(walk.index++)];
  return true;
}

static Iterator* iterate_ordered(Evaluation& run, Value self) {
  auto* walk = run.make<LazyWalk>();
  // Sorting what is sorted goes down to the first.
  if (run.enter_call()) walk->buffer = sorted(run, *self.object<const Ordered>());
  run.leave_call();
  walk->next = next_in_buffer;
  return walk;
}

static Iterator* iterate_group(Evaluation& run, Value self) {
  auto* walk = run.make<LazyWalk>();
  const List& items = self.object<const Grouping>()->items;
  walk->buffer = {items.items, items.count};
  walk->next = next_in_buffer;
  return walk;
}

static constexpr ListOps group_access{
    [](Evaluation&, Value group) -> size_t { return group.object<const Grouping>()->items.count; },
    [](Evaluation&, Value group, size_t index) { return group.object<const Grouping>()->items.items[index]; }};
static constexpr TypeOps ordered_ops{.iterate = iterate_ordered};
static constexpr TypeOps group_ops{.iterate = iterate_group, .list = &group_access};

template <bool is_descending>
static Value order_by(Call& call, const Comparer& comparer) {
  if (call.arguments[0].is_null()) return call.run.fail_null("source");
  const auto* key = call.run.make<OrderKey>(nullptr, call.arguments[1], &comparer, is_descending);
  return value_of_object(close(ordered_type, *call.site.types[0]), call.run.make<Ordered>(call.arguments[0], key));
}

template <bool is_descending>
static Value then_by(Call& call, const Comparer& comparer) {
  if (call.arguments[0].is_null()) return call.run.fail_null("source");
  const auto& ordered = *call.object<const Ordered>(0);
  const auto* key = call.run.make<OrderKey>(ordered.last_key, call.arguments[1], &comparer, is_descending);
  return value_of_object(close(ordered_type, *call.site.types[0]), call.run.make<Ordered>(ordered.source, key));
}

// The groups of a source in the order of their first items; the values of the table are Groupings.
static HashTable* group(Evaluation& run, Value source, Value key_selector, Value element_selector, const Comparer& comparer,
                        const Type& type) {
  auto* table = run.make<HashTable>();
  table->comparer = &comparer;
  for (Items items(run, source); items.next();) {
    const Value key = invoke(run, key_selector, items.current);
    if (run.failed()) return nullptr;
    bool is_new;
    HashTable::Entry* entry = table->insert(run, key, is_new);
    if (!entry) return nullptr;
    if (is_new) entry->value = value_of_object(type, run.make<Grouping>(key, List{}));
    const Value element = element_selector.is_null() ? items.current : invoke(run, element_selector, items.current);
    if (run.failed() || !entry->value.object<Grouping>()->items.add(run, element)) return nullptr;
  }
  return run.failed() ? nullptr : table;
}

// functions: key, element or null, result or null.
static bool next_group(LazyWalk& walk, Evaluation& run, Value& item) {
  const Lazy& of = *walk.of;
  if (!walk.table) walk.table = group(run, of.source, of.functions[0], of.functions[1], *of.comparer, *of.type);
  if (!walk.table) return false;
  auto position = static_cast<size_t>(walk.index);
  const HashTable::Entry* entry = walk.table->at_or_after(position);
  if (!entry) return false;
  walk.index = static_cast<int64_t>(position) + 1;
  item = of.functions[2].is_null() ? entry->value : invoke(run, of.functions[2], entry->key, entry->value);
  return !run.failed();
}

static Value group_by(Call& call, const Type& key, const Type& element, Value element_selector, Value result_selector,
                      const Comparer& comparer = default_comparer) {
  if (call.arguments[0].is_null()) return call.run.fail_null("source");
  return lazy_value(call.run, *call.site.result->arguments()[0],
                    {.next = next_group,
                     .source = call.arguments[0],
                     .functions = {call.arguments[1], element_selector, result_selector},
                     .comparer = &comparer,
                     .type = &close(group_type, key, element)});
}

static constexpr Value no_selector{};

// ILookup: the groups, made at once.

static Iterator* iterate_lookup(Evaluation& run, Value self) {
  auto* walk = run.make<LazyWalk>();
  walk->table = self.object<HashTable>();
  walk->next = [](Iterator& base, Evaluation&, Value& item) {
    auto& at = static_cast<LazyWalk&>(base);
    auto position = static_cast<size_t>(at.index);
    const HashTable::Entry* entry = at.table->at_or_after(position);
    if (!entry) return false;
    at.index = static_cast<int64_t>(position) + 1;
    item = entry->value;
    return true;
  };
  return walk;
}

static constexpr TypeOps lookup_ops{.iterate = iterate_lookup};

static Value to_lookup(Call& call, Value element_selector, const Comparer& comparer = default_comparer) {
  if (call.arguments[0].is_null()) return call.run.fail_null("source");
  const Type &key = *call.site.result->arguments()[0], &element = *call.site.result->arguments()[1];
  HashTable* table = group(call.run, call.arguments[0], call.arguments[1], element_selector, comparer, close(group_type, key, element));
  return value_of_object(close(lookup_type, key, element), table);
}

static Value items_of_key(Call& call) {
  const HashTable::Entry* entry = call.self.object<HashTable>()->find(call.run, call.arguments[0]);
  return entry ? entry->value : array_value(call.run, *call.self.type->arguments()[1], {});
}

// functions: outer key, inner key, result. The inner items of a key are a Grouping.
static const Grouping* inner_group(LazyWalk& walk, Evaluation& run) {
  const Lazy& of = *walk.of;
  if (!walk.table) walk.table = group(run, of.second, of.functions[1], no_selector, *of.comparer, *of.type);
  if (!walk.table) return nullptr;
  const Value key = invoke(run, of.functions[0], walk.outer);
  if (run.failed() || key.is_null()) return nullptr;
  const HashTable::Entry* entry = walk.table->find(run, key);
  return entry ? entry->value.object<const Grouping>() : nullptr;
}

static bool next_join(LazyWalk& walk, Evaluation& run, Value& item) {
  for (;;) {
    if (static_cast<size_t>(walk.index) < walk.buffer.size()) {
      item = invoke(run, walk.of->functions[2], walk.outer, walk.buffer[static_cast<size_t>(walk.index++)]);
      return !run.failed();
    }
    if (!step_source(walk, run, walk.outer)) return false;
    const Grouping* found = inner_group(walk, run);
    if (run.failed()) return false;
    walk.index = 0;
    walk.buffer = found ? std::span<Value>(found->items.items, found->items.count) : std::span<Value>();
  }
}

static bool next_group_join(LazyWalk& walk, Evaluation& run, Value& item) {
  if (!step_source(walk, run, walk.outer)) return false;
  const Grouping* found = inner_group(walk, run);
  if (run.failed()) return false;
  const Value items = found ? value_of_object(*walk.of->type, found) : array_value(run, *walk.of->type->arguments()[1], {});
  item = invoke(run, walk.of->functions[2], walk.outer, items);
  return !run.failed();
}

static Value join(Call& call, LazyNext next, const Comparer& comparer = default_comparer) {
  if (call.arguments[0].is_null()) return call.run.fail_null("outer");
  if (call.arguments[1].is_null()) return call.run.fail_null("inner");
  return lazy_value(call.run, *call.site.result->arguments()[0],
                    {.next = next,
                     .source = call.arguments[0],
                     .second = call.arguments[1],
                     .functions = {call.arguments[2], call.arguments[3], call.arguments[4]},
                     .comparer = &comparer,
                     .type = &close(group_type, *call.site.types[2], *call.site.types[1])});
}

static const Type& type_argument(const Call& call, size_t i) { return *call.site.types[i]; }

static constexpr Member group_members[] = {
    {"static IOrderedEnumerable<T> OrderBy<T, K>(this IEnumerable<T> source, Func<T, K> keySelector)",
     [](Call& call) { return order_by<false>(call, default_comparer); }},
    {"static IOrderedEnumerable<T> OrderBy<T, K>(this IEnumerable<T> source, Func<T, K> keySelector, IComparer<K> comparer)",
     [](Call& call) { return order_by<false>(call, comparer_of(call.arguments[2])); }},
    {"static IOrderedEnumerable<T> OrderByDescending<T, K>(this IEnumerable<T> source, Func<T, K> keySelector)",
     [](Call& call) { return order_by<true>(call, default_comparer); }},
    {"static IOrderedEnumerable<T> OrderByDescending<T, K>(this IEnumerable<T> source, Func<T, K> keySelector, IComparer<K> comparer)",
     [](Call& call) { return order_by<true>(call, comparer_of(call.arguments[2])); }},
    {"static IOrderedEnumerable<T> ThenBy<T, K>(this IOrderedEnumerable<T> source, Func<T, K> keySelector)",
     [](Call& call) { return then_by<false>(call, default_comparer); }},
    {"static IOrderedEnumerable<T> ThenByDescending<T, K>(this IOrderedEnumerable<T> source, Func<T, K> keySelector)",
     [](Call& call) { return then_by<true>(call, default_comparer); }},
    {"static IOrderedEnumerable<T> ThenBy<T, K>(this IOrderedEnumerable<T> source, Func<T, K> keySelector, IComparer<K> comparer)",
     [](Call& call) { return then_by<false>(call, comparer_of(call.arguments[2])); }},
    {"static IOrderedEnumerable<T> ThenByDescending<T, K>(this IOrderedEnumerable<T> source, Func<T, K> keySelector, IComparer<K> "
     "comparer)",
     [](Call& call) { return then_by<true>(call, comparer_of(call.arguments[2])); }},
    {"static IEnumerable<IGrouping<K, T>> GroupBy<T, K>(this IEnumerable<T> source, Func<T, K> keySelector)",
     [](Call& call) { return group_by(call, type_argument(call, 1), type_argument(call, 0), no_selector, no_selector); }},
    {"static IEnumerable<IGrouping<K, T>> GroupBy<T, K>(this IEnumerable<T> source, Func<T, K> keySelector, IEqualityComparer<K> comparer)",
     [](Call& call) {
       return group_by(call, type_argument(call, 1), type_argument(call, 0), no_selector, no_selector, comparer_of(call.arguments[2]));
     }},
    {"static IEnumerable<IGrouping<K, E>> GroupBy<T, K, E>(this IEnumerable<T> source, Func<T, K> keySelector, Func<T, E> elementSelector)",
     [](Call& call) { return group_by(call, type_argument(call, 1), type_argument(call, 2), call.arguments[2], no_selector); }},
    {"static IEnumerable<IGrouping<K, E>> GroupBy<T, K, E>(this IEnumerable<T> source, Func<T, K> keySelector, Func<T, E> elementSelector, "
     "IEqualityComparer<K> comparer)",
     [](Call& call) {
       return group_by(call, type_argument(call, 1), type_argument(call, 2), call.arguments[2], no_selector,
                       comparer_of(call.arguments[3]));
     }},
    {"static IEnumerable<R> GroupBy<T, K, R>(this IEnumerable<T> source, Func<T, K> keySelector, Func<K, IEnumerable<T>, R> "
     "resultSelector)",
     [](Call& call) { return group_by(call, type_argument(call, 1), type_argument(call, 0), no_selector, call.arguments[2]); }},
    {"static ILookup<K, T> ToLookup<T, K>(this IEnumerable<T> source, Func<T, K> keySelector)",
     [](Call& call) { return to_lookup(call, no_selector); }},
    {"static ILookup<K, T> ToLookup<T, K>(this IEnumerable<T> source, Func<T, K> keySelector, IEqualityComparer<K> comparer)",
     [](Call& call) { return to_lookup(call, no_selector, comparer_of(call.arguments[2])); }},
    {"static ILookup<K, E> ToLookup<T, K, E>(this IEnumerable<T> source, Func<T, K> keySelector, Func<T, E> elementSelector)",
     [](Call& call) { return to_lookup(call, call.arguments[2]); }},
    {"static ILookup<K, E> ToLookup<T, K, E>(this IEnumerable<T> source, Func<T, K> keySelector, Func<T, E> elementSelector, "
     "IEqualityComparer<K> comparer)",
     [](Call& call) { return to_lookup(call, call.arguments[2], comparer_of(call.arguments[3])); }},
    {"static IEnumerable<R> GroupBy<T, K, R>(this IEnumerable<T> source, Func<T, K> keySelector, Func<K, IEnumerable<T>, R> "
     "resultSelector, IEqualityComparer<K> comparer)",
     [](Call& call) {
       return group_by(call, type_argument(call, 1), type_argument(call, 0), no_selector, call.arguments[2],
                       comparer_of(call.arguments[3]));
     }},
    {"static IEnumerable<R> GroupBy<T, K, E, R>(this IEnumerable<T> source, Func<T, K> keySelector, Func<T, E> elementSelector, Func<K, "
     "IEnumerable<E>, R> resultSelector)",
     [](Call& call) { return group_by(call, type_argument(call, 1), type_argument(call, 2), call.arguments[2], call.arguments[3]); }},
    {"static IEnumerable<R> GroupBy<T, K, E, R>(this IEnumerable<T> source, Func<T, K> keySelector, Func<T, E> elementSelector, Func<K, "
     "IEnumerable<E>, R> resultSelector, IEqualityComparer<K> comparer)",
     [](Call& call) {
       return group_by(call, type_argument(call, 1), type_argument(call, 2), call.arguments[2], call.arguments[3],
                       comparer_of(call.arguments[4]));
     }},
    {"static IEnumerable<R> Join<T, I, K, R>(this IEnumerable<T> outer, IEnumerable<I> inner, Func<T, K> outerKeySelector, Func<I, K> "
     "innerKeySelector, Func<T, I, R> resultSelector)",
     [](Call& call) { return join(call, next_join); }},
    {"static IEnumerable<R> Join<T, I, K, R>(this IEnumerable<T> outer, IEnumerable<I> inner, Func<T, K> outerKeySelector, Func<I, K> "
     "innerKeySelector, Func<T, I, R> resultSelector, IEqualityComparer<K> comparer)",
     [](Call& call) { return join(call, next_join, comparer_of(call.arguments[5])); }},
    {"static IEnumerable<R> GroupJoin<T, I, K, R>(this IEnumerable<T> outer, IEnumerable<I> inner, Func<T, K> outerKeySelector, Func<I, K> "
     "innerKeySelector, Func<T, IEnumerable<I>, R> resultSelector)",
     [](Call& call) { return join(call, next_group_join); }},
    {"static IEnumerable<R> GroupJoin<T, I, K, R>(this IEnumerable<T> outer, IEnumerable<I> inner, Func<T, K> outerKeySelector, Func<I, K> "
     "innerKeySelector, Func<T, IEnumerable<I>, R> resultSelector, IEqualityComparer<K> comparer)",
     [](Call& call) { return join(call, next_group_join, comparer_of(call.arguments[5])); }},
};

static constexpr Member grouping_members[] = {{"TKey Key", [](Call& call) { return call.self.object<const Grouping>()->key; }}};

static constexpr Member lookup_members[] = {
    {"int Count", [](Call& call) { return int32(static_cast<int32_t>(call.self.object<const HashTable>()->count)); }},
    {"IEnumerable<TElement> this[TKey key]", items_of_key},
    {"bool Contains(TKey key)",
     [](Call& call) { return boolean(call.self.object<HashTable>()->find(call.run, call.arguments[0]) != nullptr); }},
};

static const TypeRows group_types[] = {
    {i_lookup_type, lookup_members},     {lookup_type, {}, &lookup_ops}, {enumerable_class, group_members},
    {types::grouping, grouping_members}, {types::ordered_enumerable},    {ordered_type, {}, &ordered_ops},
    {group_type, {}, &group_ops},
};

}  // namespace group_rows

extern const Family linq_group_family;
const Family linq_group_family{group_rows::group_types};

}  // namespace gatelet::cs
