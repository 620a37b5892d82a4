// System.Linq.Enumerable, the lazy operators but for ordering and grouping (linq_groups.cpp).
#include <algorithm>

#include "expr/linq.hpp"
#include "expr/member.hpp"

namespace gatelet::cs {

constinit const Type enumerable_class{.name = "System.Linq.Enumerable", .is_static = true};
constinit const Type lazy_type{.name = "System.Linq.Enumerable.Lazy<T>", .bases = "IEnumerable<T>", .is_hidden = true};

// Steps of sequences over sequences go down into one another: every so many of them count as a call, whose depth is limited.
static constexpr uint32_t sequences_a_call = 8;

static bool next_lazy(Iterator& base, Evaluation& run, Value& item) {
  auto& walk = static_cast<LazyWalk&>(base);
  const bool is_call = walk.of->depth % sequences_a_call == 0;
  if (is_call && !run.enter_call()) return false;
  const bool is_found = walk.of->next(walk, run, item);
  if (is_call) run.leave_call();
  return is_found;
}

static Iterator* iterate_lazy(Evaluation& run, Value self) {
  auto* walk = run.make<LazyWalk>();
  walk->of = self.object<const Lazy>();
  walk->next = next_lazy;
  return walk;
}

static constexpr TypeOps lazy_ops{.iterate = iterate_lazy};

bool step_source(LazyWalk& walk, Evaluation& run, Value& item) {
  if (!walk.source) walk.source = iterate(run, walk.of->source);
  return walk.source && step(*walk.source, run, item);
}

static uint32_t depth_over(Value source) {
  const bool is_lazy = !source.is_null() && source.type->operations().iterate == iterate_lazy;
  return is_lazy ? source.object<const Lazy>()->depth + 1 : 0;
}

Value lazy_value(Evaluation& run, const Type& element, Lazy lazy) {
  lazy.depth = std::max(depth_over(lazy.source), depth_over(lazy.second));
  return value_of_object(close(lazy_type, element), run.make<Lazy>(lazy));
}

Value items_value(Evaluation& run, const Type& element, std::span<const Value> items) {
  Lazy lazy{.next = [](LazyWalk& walk, Evaluation&, Value& item) {
    if (static_cast<size_t>(walk.index) == walk.of->items.size()) return false;
    item = walk.of->items[static_cast<size_t>(walk.index++)];
    return true;
  }};
  lazy.items = items;
  return lazy_value(run, element, lazy);
}
namespace lazy_rows {

// The Lazy of an operator whose argument 0 is the source.
static Value lazy(Call& call, const Lazy& made) {
  if (call.arguments[0].is_null()) return call.run.fail_null("source");
  return lazy_value(call.run, *call.site.result->arguments()[0], made);
}

static Value with_function(Call& call, LazyNext next) {
  if (call.arguments[1].is_null()) return call.run.fail_null("func");
  return lazy(call, {.next = next, .source = call.arguments[0], .functions = {call.arguments[1]}});
}
static Value with_number(Call& call, LazyNext next) {
  return lazy(call, {.next = next, .source = call.arguments[0], .number = call.int64(1)});
}
static Value with_second(Call& call, LazyNext next, const Comparer& comparer = default_comparer) {
  if (call.arguments[1].is_null()) return call.run.fail_null("second");
  return lazy(call, {.next = next, .source = call.arguments[0], .second = call.arguments[1], .comparer = &comparer});
}
static Value with_item(Call& call, LazyNext next) {
  return lazy(call, {.next = next, .source = call.arguments[0], .second = call.arguments[1]});
}

// What the operator's function says of an item; with the index where the function takes two.
template <bool has_index>
static Value ask(LazyWalk& walk, Evaluation& run, Value item) {
  const Value function = walk.of->functions[0];
  return has_index ? invoke(run, function, item, int32(static_cast<int32_t>(walk.index++))) : invoke(run, function, item);
}

template <bool has_index>
static bool next_where(LazyWalk& walk, Evaluation& run, Value& item) {
  while (step_source(walk, run, item)) {
    const bool is_taken = ask<has_index>(walk, run, item).boolean();
    if (run.failed()) return false;
    if (is_taken) return true;
  }
  return false;
}

template <bool has_index>
static bool next_select(LazyWalk& walk, Evaluation& run, Value& item) {
  if (!step_source(walk, run, item)) return false;
  item = ask<has_index>(walk, run, item);
  return !run.failed();
}

// What a function gave may be a sequence over sequences of functions.
static bool next_inner(LazyWalk& walk, Evaluation& run, Value& item) {
  if (!walk.inner || !run.enter_call()) return false;
  const bool is_found = step(*walk.inner, run, item);
  run.leave_call();
  return is_found;
}

template <bool has_result, bool has_index>
static bool next_select_many(LazyWalk& walk, Evaluation& run, Value& item) {
  for (;;) {
    if (next_inner(walk, run, item)) {
      if (has_result) item = invoke(run, walk.of->functions[1], walk.outer, item);
      return !run.failed();
    }
    if (run.failed() || !step_source(walk, run, walk.outer)) return false;
    const Value items = ask<has_index>(walk, run, walk.outer);
    if (run.failed()) return false;
    walk.inner = iterate(run, items);
  }
}

static bool next_take(LazyWalk& walk, Evaluation& run, Value& item) {
  return walk.index++ < walk.of->number && step_source(walk, run, item);
}

static bool next_skip(LazyWalk& walk, Evaluation& run, Value& item) {
  for (; walk.index < walk.of->number; ++walk.index)
    if (!step_source(walk, run, item)) return false;
  return step_source(walk, run, item);
}

template <bool has_index>
static bool next_take_while(LazyWalk& walk, Evaluation& run, Value& item) {
  if (walk.flag || !step_source(walk, run, item)) return false;
  walk.flag = !ask<has_index>(walk, run, item).boolean();
  return !walk.flag && !run.failed();
}

template <bool has_index>
static bool next_skip_while(LazyWalk& walk, Evaluation& run, Value& item) {
  while (step_source(walk, run, item)) {
    if (!walk.flag) walk.flag = !ask<has_index>(walk, run, item).boolean();
    if (run.failed()) return false;
    if (walk.flag) return true;
  }
  return false;
}

// The source and then the second sequence.
static bool next_of_both(LazyWalk& walk, Evaluation& run, Value& item) {
  if (!walk.flag) {
    if (step_source(walk, run, item)) return true;
    if (run.failed()) return false;
    walk.flag = true;
    walk.inner = iterate(run, walk.of->second);
  }
  return walk.inner && step(*walk.inner, run, item);
}

static bool next_append(LazyWalk& walk, Evaluation& run, Value& item) {
  if (walk.flag) return false;
  if (step_source(walk, run, item)) return true;
  walk.flag = true;
  item = walk.of->second;
  return !run.failed();
}

static bool next_prepend(LazyWalk& walk, Evaluation& run, Value& item) {
  if (std::exchange(walk.flag, true)) return step_source(walk, run, item);
  item = walk.of->second;
  return true;
}

static HashTable& table_of(LazyWalk& walk, Evaluation& run) {
  if (!walk.table) {
    walk.table = run.make<HashTable>();
    walk.table->comparer = walk.of->comparer;
  }
  return *walk.table;
}

// Whether the item was not seen before.
static bool is_new_item(LazyWalk& walk, Evaluation& run, Value item) {
  bool is_new = false;
  table_of(walk, run).insert(run, item, is_new);
  return is_new;
}

static bool next_distinct(LazyWalk& walk, Evaluation& run, Value& item) {
  while (step_source(walk, run, item))
    if (is_new_item(walk, run, item)) return true;
  return false;
}

static bool next_union(LazyWalk& walk, Evaluation& run, Value& item) {
  while (next_of_both(walk, run, item))
    if (is_new_item(walk, run, item)) return true;
  return false;
}

static bool fill_table(LazyWalk& walk, Evaluation& run) {
  HashTable& table = table_of(walk, run);
  if (std::exchange(walk.flag, true)) return true;
  bool is_new;
  for (Items items(run, walk.of->second); items.next();) table.insert(run, items.current, is_new);
  return !run.failed();
}

static bool next_except(LazyWalk& walk, Evaluation& run, Value& item) { return fill_table(walk, run) && next_distinct(walk, run, item); }

static bool next_intersect(LazyWalk& walk, Evaluation& run, Value& item) {
  if (!fill_table(walk, run)) return false;
  while (step_source(walk, run, item))
    if (walk.table->remove(run, item)) return true;
  return false;
}

static bool next_zip(LazyWalk& walk, Evaluation& run, Value& item) {
  if (!walk.inner) walk.inner = iterate(run, walk.of->second);
  Value second;
  if (!walk.inner || !step_source(walk, run, item) || !step(*walk.inner, run, second)) return false;
  item = invoke(run, walk.of->functions[0], item, second);
  return !run.failed();
}

static bool next_default(LazyWalk& walk, Evaluation& run, Value& item) {
  if (walk.index < 0) return false;
  if (step_source(walk, run, item)) {
    walk.flag = true;
    return true;
  }
  if (walk.flag || run.failed()) return false;
  walk.index = -1;
  item = walk.of->type ? default_of(run, *walk.of->type) : walk.of->second;
  return true;
}

static bool next_reversed(LazyWalk& walk, Evaluation& run, Value& item) {
  if (!std::exchange(walk.flag, true)) {
    walk.buffer = collect(run, walk.of->source);
    walk.index = static_cast<int64_t>(walk.buffer.size());
  }
  if (run.failed() || walk.index == 0) return false;
  item = walk.buffer[static_cast<size_t>(--walk.index)];
  return true;
}

// The last items, as many as the number says, or the ones before them.
template <bool last>
static bool next_by_end(LazyWalk& walk, Evaluation& run, Value& item) {
  if (!std::exchange(walk.flag, true)) {
    walk.buffer = collect(run, walk.of->source);
    const auto count = static_cast<size_t>(std::clamp<int64_t>(walk.of->number, 0, static_cast<int64_t>(walk.buffer.size())));
    walk.buffer = last ? walk.buffer.last(count) : walk.buffer.first(walk.buffer.size() - count);
  }
  if (run.failed() || static_cast<size_t>(walk.index) == walk.buffer.size()) return false;
  item = walk.buffer[static_cast<size_t>(walk.index++)];
  return true;
}

// A null fits what is no value type.
static bool fits(Value item, const Type& type) {
  if (item.is_null()) return type.kind == TypeKind::nullable || !type.is_value_type();
  return is_instance(item, type.kind == TypeKind::nullable ? *type.element() : type);
}

static bool next_cast(LazyWalk& walk, Evaluation& run, Value& item) {
  if (!step_source(walk, run, item)) return false;
  if (fits(item, *walk.of->type)) return true;
  if (item.is_null())
    run.fail_null_reference();
  else if (walk.of->type->is_value_type())
    run.fail(types::invalid_cast_exception, "Specified cast is not valid.");
  else
    run.fail(types::invalid_cast_exception,
             "Unable to cast object of type '" + full_name(*item.type) + "' to type '" + full_name(*walk.of->type) + "'.");
  return false;
}

static bool next_of_type(LazyWalk& walk, Evaluation& run, Value& item) {
  while (step_source(walk, run, item))
    if (!item.is_null() && fits(item, *walk.of->type)) return true;
  return false;
}

static bool next_in_range(LazyWalk& walk, Evaluation&, Value& item) {
  if (walk.index == walk.of->number) return false;
  item = int32(static_cast<int32_t>(walk.of->source.int32() + walk.index++));
  return true;
}

static bool next_repeated(LazyWalk& walk, Evaluation&, Value& item) {
  if (walk.index++ >= walk.of->number) return false;
  item = walk.of->source;
  return true;
}

static Value range(Call& call) {
  const int64_t start = call.int32(0), count = call.int32(1);
  if (count < 0 || start + count - 1 > INT32_MAX)
    return call.run.fail_range("Specified argument was out of the range of valid values.", "count");
  return lazy_value(call.run, types::int32, {.next = next_in_range, .source = call.arguments[0], .number = count});
}

static Value repeat(Call& call) {
  if (call.int32(1) < 0) return call.run.fail_range("Specified argument was out of the range of valid values.", "count");
  return lazy_value(call.run, *call.site.types[0], {.next = next_repeated, .source = call.arguments[0], .number = call.int32(1)});
}

template <bool has_index>
static Value select_many(Call& call) {
  return lazy(
      call, {.next = next_select_many<true, has_index>, .source = call.arguments[0], .functions = {call.arguments[1], call.arguments[2]}});
}

static Value zip(Call& call) {
  if (call.arguments[1].is_null()) return call.run.fail_null("second");
  return lazy(call, {.next = next_zip, .source = call.arguments[0], .second = call.arguments[1], .functions = {call.arguments[2]}});
}

static Value distinct(Call& call, const Comparer& comparer) {
  return lazy(call, {.next = next_distinct, .source = call.arguments[0], .comparer = &comparer});
}

template <LazyNext next>
static Value typed(Call& call) {
  return lazy(call, {.next = next, .source = call.arguments[0], .type = call.site.types[0]});
}

template <LazyNext next>
static Value set_operator(Call& call) {
  return with_second(call, next);
}
template <LazyNext next>
static Value set_operator_by(Call& call) {
  return with_second(call, next, comparer_of(call.arguments[2]));
}

static constexpr Member lazy_members[] = {
    {"static IEnumerable<T> Where<T>(this IEnumerable<T> source, Func<T, bool> predicate)",
     [](Call& call) { return with_function(call, next_where<false>); }},
    {"static IEnumerable<T> Where<T>(this IEnumerable<T> source, Func<T, int, bool> predicate)",
     [](Call& call) { return with_function(call, next_where<true>); }},
    {"static IEnumerable<R> Select<T, R>(this IEnumerable<T> source, Func<T, R> selector)",
     [](Call& call) { return with_function(call, next_select<false>); }},
    {"static IEnumerable<R> Select<T, R>(this IEnumerable<T> source, Func<T, int, R> selector)",
     [](Call& call) { return with_function(call, next_select<true>); }},
    {"static IEnumerable<R> SelectMany<T, R>(this IEnumerable<T> source, Func<T, IEnumerable<R>> selector)",
     [](Call& call) { return with_function(call, next_select_many<false, false>); }},
    {"static IEnumerable<R> SelectMany<T, R>(this IEnumerable<T> source, Func<T, int, IEnumerable<R>> selector)",
     [](Call& call) { return with_function(call, next_select_many<false, true>); }},
    {"static IEnumerable<R> SelectMany<T, C, R>(this IEnumerable<T> source, Func<T, IEnumerable<C>> collectionSelector, Func<T, C, R> "
     "resultSelector)",
     select_many<false>},
    {"static IEnumerable<R> SelectMany<T, C, R>(this IEnumerable<T> source, Func<T, int, IEnumerable<C>> collectionSelector, Func<T, C, R> "
     "resultSelector)",
     select_many<true>},
    {"static IEnumerable<T> Take<T>(this IEnumerable<T> source, int count)", [](Call& call) { return with_number(call, next_take); }},
    {"static IEnumerable<T> Skip<T>(this IEnumerable<T> source, int count)", [](Call& call) { return with_number(call, next_skip); }},
    {"static IEnumerable<T> TakeLast<T>(this IEnumerable<T> source, int count)",
     [](Call& call) { return with_number(call, next_by_end<true>); }},
    {"static IEnumerable<T> SkipLast<T>(this IEnumerable<T> source, int count)",
     [](Call& call) { return with_number(call, next_by_end<false>); }},
    {"static IEnumerable<T> TakeWhile<T>(this IEnumerable<T> source, Func<T, bool> predicate)",
     [](Call& call) { return with_function(call, next_take_while<false>); }},
    {"static IEnumerable<T> TakeWhile<T>(this IEnumerable<T> source, Func<T, int, bool> predicate)",
     [](Call& call) { return with_function(call, next_take_while<true>); }},
    {"static IEnumerable<T> SkipWhile<T>(this IEnumerable<T> source, Func<T, bool> predicate)",
     [](Call& call) { return with_function(call, next_skip_while<false>); }},
    {"static IEnumerable<T> SkipWhile<T>(this IEnumerable<T> source, Func<T, int, bool> predicate)",
     [](Call& call) { return with_function(call, next_skip_while<true>); }},
    {"static IEnumerable<T> Concat<T>(this IEnumerable<T> first, IEnumerable<T> second)", set_operator<next_of_both>},
    {"static IEnumerable<T> Append<T>(this IEnumerable<T> source, T element)", [](Call& call) { return with_item(call, next_append); }},
    {"static IEnumerable<T> Prepend<T>(this IEnumerable<T> source, T element)", [](Call& call) { return with_item(call, next_prepend); }},
    {"static IEnumerable<T> Distinct<T>(this IEnumerable<T> source)", [](Call& call) { return distinct(call, default_comparer); }},
    {"static IEnumerable<T> Distinct<T>(this IEnumerable<T> source, IEqualityComparer<T> comparer)",
     [](Call& call) { return distinct(call, comparer_of(call.arguments[1])); }},
    {"static IEnumerable<T> Union<T>(this IEnumerable<T> first, IEnumerable<T> second)", set_operator<next_union>},
    {"static IEnumerable<T> Union<T>(this IEnumerable<T> first, IEnumerable<T> second, IEqualityComparer<T> comparer)",
     set_operator_by<next_union>},
    {"static IEnumerable<T> Except<T>(this IEnumerable<T> first, IEnumerable<T> second)", set_operator<next_except>},
    {"static IEnumerable<T> Except<T>(this IEnumerable<T> first, IEnumerable<T> second, IEqualityComparer<T> comparer)",
     set_operator_by<next_except>},
    {"static IEnumerable<T> Intersect<T>(this IEnumerable<T> first, IEnumerable<T> second)", set_operator<next_intersect>},
    {"static IEnumerable<T> Intersect<T>(this IEnumerable<T> first, IEnumerable<T> second, IEqualityComparer<T> comparer)",
     set_operator_by<next_intersect>},
    {"static IEnumerable<R> Zip<T, S, R>(this IEnumerable<T> first, IEnumerable<S> second, Func<T, S, R> resultSelector)", zip},
    {"static IEnumerable<T> Reverse<T>(this IEnumerable<T> source)",
     [](Call& call) { return lazy(call, {.next = next_reversed, .source = call.arguments[0]}); }},
    {"static IEnumerable<T> DefaultIfEmpty<T>(this IEnumerable<T> source)", typed<next_default>},
    {"static IEnumerable<T> DefaultIfEmpty<T>(this IEnumerable<T> source, T defaultValue)",
     [](Call& call) { return with_item(call, next_default); }},
    {"static IEnumerable<T> Cast<T>(this IEnumerable source)", typed<next_cast>},
    {"static IEnumerable<T> OfType<T>(this IEnumerable source)", typed<next_of_type>},
    {"static IEnumerable<T> AsEnumerable<T>(this IEnumerable<T> source)", [](Call& call) { return call.arguments[0]; }},
    {"static IEnumerable<T> Empty<T>()", [](Call& call) { return array_value(call.run, *call.site.types[0], {}); }},
    {"static IEnumerable<int> Range(int start, int count)", range},
    {"static IEnumerable<T> Repeat<T>(T element, int count)", repeat},
};

static const TypeRows lazy_types[] = {{enumerable_class, lazy_members}, {lazy_type, {}, &lazy_ops}};

}  // namespace lazy_rows

extern const Family linq_lazy_family;
const Family linq_lazy_family{lazy_rows::lazy_types};

}  // namespace gatelet::cs
