// System.Linq.Enumerable, the operators that give one value or a collection: they iterate at once. The lazy ones: linq_lazy.cpp.
#include <cmath>

#include "expr/collections.hpp"
#include "expr/linq.hpp"
#include "expr/member.hpp"
#include "expr/numbers.hpp"

namespace gatelet::cs {
namespace linq_rows {

static constexpr std::string_view no_match = "Sequence contains no matching element";
static constexpr std::string_view many_elements = "Sequence contains more than one element";
static constexpr std::string_view many_matches = "Sequence contains more than one matching element";

// Walks the source of an operator; with a predicate as argument 1 only the items it takes.
class Walk {
 public:
  explicit Walk(Call& call, bool has_predicate) : call_(call), has_predicate_(has_predicate), items_(call.run, source_of(call)) {}
  bool next() {
    while (items_.next()) {
      if (!has_predicate_) return true;
      const bool is_taken = invoke(call_.run, call_.arguments[1], items_.current).boolean();
      if (call_.run.failed()) return false;
      if (is_taken) return true;
    }
    return false;
  }
  Value current() const { return items_.current; }

 private:
  static Value source_of(Call& call) {
    if (call.arguments[0].is_null()) call.run.fail_null("source");
    return call.run.failed() ? array_value(call.run, types::object, {}) : call.arguments[0];
  }
  Call& call_;
  bool has_predicate_;
  Items items_;
};

enum class Otherwise { fails, gives_default };

static Value nothing_found(Call& call, bool has_predicate, Otherwise otherwise) {
  if (call.run.failed()) return {};
  if (otherwise == Otherwise::gives_default) return default_of(call.run, *call.site.types[0]);
  return call.run.fail(types::invalid_operation_exception, has_predicate ? no_match : no_elements);
}

template <bool has_predicate, Otherwise otherwise>
static Value first(Call& call) {
  Walk walk(call, has_predicate);
  return walk.next() ? walk.current() : nothing_found(call, has_predicate, otherwise);
}

template <bool has_predicate, Otherwise otherwise>
static Value last(Call& call) {
  bool is_found = false;
  Value found;
  for (Walk walk(call, has_predicate); walk.next(); is_found = true) found = walk.current();
  return is_found && !call.run.failed() ? found : nothing_found(call, has_predicate, otherwise);
}

template <bool has_predicate, Otherwise otherwise>
static Value single(Call& call) {
  Walk walk(call, has_predicate);
  if (!walk.next()) return nothing_found(call, has_predicate, otherwise);
  const Value found = walk.current();
  if (walk.next()) return call.run.fail(types::invalid_operation_exception, has_predicate ? many_matches : many_elements);
  return found;
}

template <Otherwise otherwise>
static Value element_at(Call& call) {
  int64_t index = call.int32(1);
  if (index >= 0)
    for (Walk walk(call, false); walk.next(); --index)
      if (index == 0) return walk.current();
  if (otherwise == Otherwise::gives_default) return nothing_found(call, false, otherwise);
  return call.run.fail_range("Specified argument was out of the range of valid values.", "index");
}

template <bool has_predicate>
static Value any(Call& call) {
  return boolean(Walk(call, has_predicate).next());
}

static Value all(Call& call) {
  for (Walk walk(call, false); walk.next();)
    if (!invoke(call.run, call.arguments[1], walk.current()).boolean()) return boolean(false);
  return boolean(true);
}

template <bool has_predicate>
static int64_t count(Call& call) {
  size_t known = 0;
  if (!has_predicate && count_of(call.run, call.arguments[0], known)) return static_cast<int64_t>(known);
  int64_t counted = 0;
  for (Walk walk(call, has_predicate); walk.next();) ++counted;
  return counted;
}

static Value contains(Call& call, const Comparer& comparer) {
  for (Walk walk(call, false); walk.next();)
    if (comparer.equals(call.run, walk.current(), call.arguments[1])) return boolean(true);
  return boolean(false);
}

static Value sequence_equal(Call& call, const Comparer& comparer) {
  if (call.arguments[1].is_null()) return call.run.fail_null("second");
  const std::span<Value> second = collect(call.run, call.arguments[1]);
  size_t index = 0;
  for (Walk walk(call, false); walk.next(); ++index)
    if (index == second.size() || !comparer.equals(call.run, walk.current(), second[index])) return boolean(false);
  return boolean(index == second.size());
}

// The value that counts: the item, or what the selector makes of it.
static Value selected(Call& call, bool has_selector, Value item) { return has_selector ? invoke(call.run, call.arguments[1], item) : item; }

// Min and Max pass over nulls; of a value type that cannot be null an empty sequence fails.
template <bool has_selector, int sign>
static Value extreme(Call& call) {
  Value best;
  for (Walk walk(call, false); walk.next();) {
    const Value value = selected(call, has_selector, walk.current());
    if (call.run.failed()) return {};
    if (!value.is_null() && (best.is_null() || compare(call.run, value, best) * sign > 0)) best = value;
  }
  if (!best.is_null() || call.run.failed()) return best;
  const TypeKind kind = call.site.result->kind;
  if (kind == TypeKind::structure || kind == TypeKind::enumeration) return call.run.fail(types::invalid_operation_exception, no_elements);
  return {};
}

// The operators on numbers pass over nulls, which only nullable ones have.

template <bool has_selector>
static Value sum_integers(Call& call) {
  int64_t sum = 0;
  const Type& type = without_nullable(*call.site.result);
  const bool is_int = type.basic == Basic::int32;
  for (Walk walk(call, false); walk.next();) {
    const int64_t value = selected(call, has_selector, walk.current()).int64();
    if (call.run.failed()) return {};
    if (__builtin_add_overflow(sum, value, &sum) || (is_int && sum != static_cast<int32_t>(sum)))
      return call.run.fail(types::overflow_exception, "Arithmetic operation resulted in an overflow.");
  }
  return value_of_bits(type, sum);
}

template <bool has_selector>
static Value sum_reals(Call& call) {
  double sum = 0;
  for (Walk walk(call, false); walk.next();) sum += selected(call, has_selector, walk.current()).real();
  const Type& type = without_nullable(*call.site.result);
  return value_of_real(type, type.basic == Basic::single ? static_cast<float>(sum) : sum);
}

// False: the evaluation has failed.
template <bool has_selector>
static bool add_decimals(Call& call, Decimal& sum, int64_t& counted) {
  for (Walk walk(call, false); walk.next();) {
    const Value value = selected(call, has_selector, walk.current());
    if (call.run.failed()) return false;
    if (value.is_null()) continue;
    const Decimal before = sum;
    if (!add(call.run, before, *value.object<const Decimal>(), sum)) return false;
    ++counted;
  }
  return !call.run.failed();
}

template <bool has_selector>
static Value sum_decimals(Call& call) {
  Decimal sum;
  int64_t counted = 0;
  return add_decimals<has_selector>(call, sum, counted) ? decimal_value(call.run, sum) : Value{};
}

// Of nothing: null where the result may be null.
static Value average_of_nothing(Call& call) {
  if (call.run.failed() || call.site.result->kind == TypeKind::nullable) return {};
  return call.run.fail(types::invalid_operation_exception, no_elements);
}

template <bool has_selector>
static Value average_decimals(Call& call) {
  Decimal sum, result;
  int64_t counted = 0;
  if (!add_decimals<has_selector>(call, sum, counted) || counted == 0) return average_of_nothing(call);
  return divide(call.run, sum, decimal_of(counted), result) ? decimal_value(call.run, result) : Value{};
}

template <bool has_selector, bool is_real>
static Value average(Call& call) {
  double sum = 0;
  int64_t counted = 0;
  for (Walk walk(call, false); walk.next();) {
    const Value value = selected(call, has_selector, walk.current());
    if (value.is_null()) continue;
    sum += is_real ? value.real() : static_cast<double>(value.int64());
    ++counted;
  }
  if (counted == 0 || call.run.failed()) return average_of_nothing(call);
  const double result = sum / static_cast<double>(counted);
  const Type& type = without_nullable(*call.site.result);
  return value_of_real(type, type.basic == Basic::single ? static_cast<float>(result) : result);
}

template <bool has_selector>
static Value average_integers(Call& call) {
  return average<has_selector, false>(call);
}

template <bool has_selector>
static Value average_reals(Call& call) {
  return average<has_selector, true>(call);
}

static Value aggregate(Call& call) {
  Walk walk(call, false);
  if (!walk.next()) return nothing_found(call, false, Otherwise::fails);
  Value result = walk.current();
  while (walk.next()) result = invoke(call.run, call.arguments[1], result, walk.current());
  return result;
}

template <bool has_result>
static Value aggregate_from(Call& call) {
  Value result = call.arguments[1];
  for (Walk walk(call, false); walk.next();) result = invoke(call.run, call.arguments[2], result, walk.current());
  return has_result && !call.run.failed() ? invoke(call.run, call.arguments[3], result) : result;
}

static Value to_array(Call& call) {
  if (call.arguments[0].is_null()) return call.run.fail_null("source");
  return array_value(call.run, *call.site.types[0], collect(call.run, call.arguments[0]));
}

static Value to_list(Call& call) {
  if (call.arguments[0].is_null()) return call.run.fail_null("source");
  return make_list(call.run, *call.site.types[0], collect(call.run, call.arguments[0]));
}

static Value to_hash_set(Call& call, const Comparer& comparer) {
  auto* set = call.run.make<HashTable>();
  set->comparer = &comparer;
  bool is_new;
  for (Walk walk(call, false); walk.next();)
    if (!set->insert(call.run, walk.current(), is_new)) return {};
  return value_of_object(*call.site.result, set);
}

template <bool has_element>
static Value to_dictionary(Call& call, const Comparer& comparer) {
  auto* table = call.run.make<HashTable>();
  table->comparer = &comparer;
  for (Walk walk(call, false); walk.next();) {
    const Value key = invoke(call.run, call.arguments[1], walk.current());
    if (call.run.failed()) return {};
    if (key.is_null()) return call.run.fail_null("key");
    bool is_new;
    HashTable::Entry* entry = table->insert(call.run, key, is_new);
    if (!entry) return {};
    if (!is_new)
      return call.run.fail(types::argument_exception,
                           "An item with the same key has already been added. Key: " + utf8(*to_string(call.run, key)));
    entry->value = has_element ? invoke(call.run, call.arguments[2], walk.current()) : walk.current();
    if (call.run.failed()) return {};
  }
  return value_of_object(*call.site.result, table);
}

// Each also for the nullable type.
#define GATELET_NUMBERS(name, result, type_text, function)                                                              \
  {"static " result " " name "(this IEnumerable<" type_text "> source)", function<false>},                              \
      {"static " result "? " name "(this IEnumerable<" type_text "?> source)", function<false>},                        \
      {"static " result " " name "<T>(this IEnumerable<T> source, Func<T, " type_text "> selector)", function<true>}, { \
    "static " result "? " name "<T>(this IEnumerable<T> source, Func<T, " type_text "?> selector)", function<true>      \
  }
#define GATELET_SUM(type_text, function) GATELET_NUMBERS("Sum", type_text, type_text, function)
#define GATELET_AVERAGE(result, type_text, function) GATELET_NUMBERS("Average", result, type_text, function)

// Max and Min with the type of the items only, as explicit type arguments have it.
#define GATELET_EXTREME(name, sign, type_text)                                                                              \
  {"static " type_text " " name "<T>(this IEnumerable<T> source, Func<T, " type_text "> selector)", extreme<true, sign>}, { \
    "static " type_text "? " name "<T>(this IEnumerable<T> source, Func<T, " type_text "?> selector)", extreme<true, sign>  \
  }
#define GATELET_EXTREMES(type_text) GATELET_EXTREME("Max", 1, type_text), GATELET_EXTREME("Min", -1, type_text)

static constexpr Member linq_members[] = {
    {"static T First<T>(this IEnumerable<T> source)", first<false, Otherwise::fails>},
    {"static T First<T>(this IEnumerable<T> source, Func<T, bool> predicate)", first<true, Otherwise::fails>},
    {"static T FirstOrDefault<T>(this IEnumerable<T> source)", first<false, Otherwise::gives_default>},
    {"static T FirstOrDefault<T>(this IEnumerable<T> source, Func<T, bool> predicate)", first<true, Otherwise::gives_default>},
    {"static T Last<T>(this IEnumerable<T> source)", last<false, Otherwise::fails>},
    {"static T Last<T>(this IEnumerable<T> source, Func<T, bool> predicate)", last<true, Otherwise::fails>},
    {"static T LastOrDefault<T>(this IEnumerable<T> source)", last<false, Otherwise::gives_default>},
    {"static T LastOrDefault<T>(this IEnumerable<T> source, Func<T, bool> predicate)", last<true, Otherwise::gives_default>},
    {"static T Single<T>(this IEnumerable<T> source)", single<false, Otherwise::fails>},
    {"static T Single<T>(this IEnumerable<T> source, Func<T, bool> predicate)", single<true, Otherwise::fails>},
    {"static T SingleOrDefault<T>(this IEnumerable<T> source)", single<false, Otherwise::gives_default>},
    {"static T SingleOrDefault<T>(this IEnumerable<T> source, Func<T, bool> predicate)", single<true, Otherwise::gives_default>},
    {"static T ElementAt<T>(this IEnumerable<T> source, int index)", element_at<Otherwise::fails>},
    {"static T ElementAtOrDefault<T>(this IEnumerable<T> source, int index)", element_at<Otherwise::gives_default>},
    {"static bool Any<T>(this IEnumerable<T> source)", any<false>},
    {"static bool Any<T>(this IEnumerable<T> source, Func<T, bool> predicate)", any<true>},
    {"static bool All<T>(this IEnumerable<T> source, Func<T, bool> predicate)", all},
    {"static int Count<T>(this IEnumerable<T> source)", [](Call& call) { return int32(static_cast<int32_t>(count<false>(call))); }},
    {"static int Count<T>(this IEnumerable<T> source, Func<T, bool> predicate)",
     [](Call& call) { return int32(static_cast<int32_t>(count<true>(call))); }},
    {"static long LongCount<T>(this IEnumerable<T> source)", [](Call& call) { return int64(count<false>(call)); }},
    {"static long LongCount<T>(this IEnumerable<T> source, Func<T, bool> predicate)", [](Call& call) { return int64(count<true>(call)); }},
    {"static bool Contains<T>(this IEnumerable<T> source, T value)", [](Call& call) { return contains(call, default_comparer); }},
    {"static bool Contains<T>(this IEnumerable<T> source, T value, IEqualityComparer<T> comparer)",
     [](Call& call) { return contains(call, comparer_of(call.arguments[2])); }},
    {"static bool SequenceEqual<T>(this IEnumerable<T> first, IEnumerable<T> second)",
     [](Call& call) { return sequence_equal(call, default_comparer); }},
    {"static bool SequenceEqual<T>(this IEnumerable<T> first, IEnumerable<T> second, IEqualityComparer<T> comparer)",
     [](Call& call) { return sequence_equal(call, comparer_of(call.arguments[2])); }},
    {"static T Max<T>(this IEnumerable<T> source)", extreme<false, 1>},
    {"static R Max<T, R>(this IEnumerable<T> source, Func<T, R> selector)", extreme<true, 1>},
    {"static T Min<T>(this IEnumerable<T> source)", extreme<false, -1>},
    {"static R Min<T, R>(this IEnumerable<T> source, Func<T, R> selector)", extreme<true, -1>},
    GATELET_EXTREMES("int"),
    GATELET_EXTREMES("long"),
    GATELET_EXTREMES("float"),
    GATELET_EXTREMES("double"),
    GATELET_EXTREMES("decimal"),
    GATELET_SUM("int", sum_integers),
    GATELET_SUM("long", sum_integers),
    GATELET_SUM("float", sum_reals),
    GATELET_SUM("double", sum_reals),
    GATELET_SUM("decimal", sum_decimals),
    GATELET_AVERAGE("double", "int", average_integers),
    GATELET_AVERAGE("double", "long", average_integers),
    GATELET_AVERAGE("float", "float", average_reals),
    GATELET_AVERAGE("double", "double", average_reals),
    GATELET_AVERAGE("decimal", "decimal", average_decimals),
    {"static T Aggregate<T>(this IEnumerable<T> source, Func<T, T, T> func)", aggregate},
    {"static A Aggregate<T, A>(this IEnumerable<T> source, A seed, Func<A, T, A> func)", aggregate_from<false>},
    {"static R Aggregate<T, A, R>(this IEnumerable<T> source, A seed, Func<A, T, A> func, Func<A, R> resultSelector)",
     aggregate_from<true>},
    {"static T[] ToArray<T>(this IEnumerable<T> source)", to_array},
    {"static List<T> ToList<T>(this IEnumerable<T> source)", to_list},
    {"static HashSet<T> ToHashSet<T>(this IEnumerable<T> source)", [](Call& call) { return to_hash_set(call, default_comparer); }},
    {"static HashSet<T> ToHashSet<T>(this IEnumerable<T> source, IEqualityComparer<T> comparer)",
     [](Call& call) { return to_hash_set(call, comparer_of(call.arguments[1])); }},
    {"static Dictionary<K, T> ToDictionary<T, K>(this IEnumerable<T> source, Func<T, K> keySelector)",
     [](Call& call) { return to_dictionary<false>(call, default_comparer); }},
    {"static Dictionary<K, T> ToDictionary<T, K>(this IEnumerable<T> source, Func<T, K> keySelector, IEqualityComparer<K> comparer)",
     [](Call& call) { return to_dictionary<false>(call, comparer_of(call.arguments[2])); }},
    {"static Dictionary<K, E> ToDictionary<T, K, E>(this IEnumerable<T> source, Func<T, K> keySelector, Func<T, E> elementSelector)",
     [](Call& call) { return to_dictionary<true>(call, default_comparer); }},
    {"static Dictionary<K, E> ToDictionary<T, K, E>(this IEnumerable<T> source, Func<T, K> keySelector, Func<T, E> elementSelector, "
     "IEqualityComparer<K> comparer)",
     [](Call& call) { return to_dictionary<true>(call, comparer_of(call.arguments[3])); }},
};
#undef GATELET_EXTREMES
#undef GATELET_EXTREME
#undef GATELET_SUM
#undef GATELET_AVERAGE
#undef GATELET_NUMBERS

static const TypeRows linq_types[] = {{enumerable_class, linq_members}};

}  // namespace linq_rows

extern const Family linq_family;
const Family linq_family{linq_rows::linq_types};

}  // namespace gatelet::cs
