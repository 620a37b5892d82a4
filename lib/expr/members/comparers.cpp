// StringComparer, EqualityComparer<T>, Comparer<T>: comparers that exist; an expression cannot write its own.
#include <iterator>

#include "expr/collections.hpp"
#include "expr/member.hpp"

namespace gatelet::cs {

static constinit const Type string_comparer_type{
    .name = "System.StringComparer", .bases = "IEqualityComparer<string>, IComparer<string>", .is_abstract = true};
static constinit const Type equality_comparer_type{
    .name = "System.Collections.Generic.EqualityComparer<T>", .bases = "IEqualityComparer<T>", .is_abstract = true};
static constinit const Type comparer_type{.name = "System.Collections.Generic.Comparer<T>", .bases = "IComparer<T>", .is_abstract = true};

// Values that are no strings compare as by default: a comparer of strings may be handed over where object is wanted.
static bool both_text(Value a, Value b) { return a.is(types::text) && b.is(types::text); }

static bool charge_both(Evaluation& run, Value a, Value b) {
  return run.charge_text(a.text()->length < b.text()->length ? a.text()->length : b.text()->length);
}

static int compare_texts(Evaluation& run, Value a, Value b) {
  if (!both_text(a, b)) return compare(run, a, b);
  if (!charge_both(run, a, b)) return 0;
  return compare_ordinal(*a.text(), *b.text());
}

static bool equal_ignoring(Evaluation& run, Value a, Value b) {
  return both_text(a, b) ? charge_both(run, a, b) && equal_ignoring_case(*a.text(), *b.text()) : equals(run, a, b);
}

static int32_t hash_ignoring(Evaluation& run, Value value) {
  if (!value.is(types::text)) return hash_of(run, value);
  uint32_t hash = 2166136261u;
  const String& text = *value.text();
  if (!run.charge_text(text.length)) return 0;
  for (size_t i = 0; i < text.length; ++i) hash = (hash ^ upper_unit(text[i])) * 16777619u;
  return static_cast<int32_t>(hash);
}

static int compare_ignoring(Evaluation& run, Value a, Value b) {
  if (!both_text(a, b)) return compare(run, a, b);
  if (!charge_both(run, a, b)) return 0;
  const String &left = *a.text(), &right = *b.text();
  const size_t shared = left.length < right.length ? left.length : right.length;
  for (size_t i = 0; i < shared; ++i)
    if (const int order = upper_unit(left[i]) - upper_unit(right[i])) return order;
  return static_cast<int>(left.length) - static_cast<int>(right.length);
}

const Comparer ordinal_comparer{equals, hash_of, compare_texts};
const Comparer ignore_case_comparer{equal_ignoring, hash_ignoring, compare_ignoring};
// Culture comparers order as string.Compare does; the culture is invariant, and equality is ordinal.
static const Comparer culture_comparer{equals, hash_of, compare};

const Comparer& comparer_of(Value comparer) { return comparer.is_null() ? default_comparer : *comparer.object<const Comparer>(); }

template <const Comparer& comparer>
static Value comparer_value(Call& call) {
  return value_of_object(*call.site.result, &comparer);
}

Value value_of_comparer(const Comparer& comparer, const Type& key) {
  const bool is_of_texts = &comparer == &ordinal_comparer || &comparer == &ignore_case_comparer || &comparer == &culture_comparer;
  return value_of_object(is_of_texts ? string_comparer_type : close(equality_comparer_type, key), &comparer);
}

// By StringComparison's number.
static Value of_comparison(Call& call) {
  static constexpr const Comparer* comparers[] = {&culture_comparer,     &ignore_case_comparer, &culture_comparer,
                                                  &ignore_case_comparer, &ordinal_comparer,     &ignore_case_comparer};
  const int64_t number = call.int64(0);
  if (number >= 0 && number < static_cast<int64_t>(std::size(comparers))) return value_of_object(string_comparer_type, comparers[number]);
  return call.run.fail_argument(types::argument_exception, "The string comparison type passed in is currently not supported.",
                                "comparisonType");
}

static Value equals_by(Call& call) {
  return boolean(call.self.object<const Comparer>()->equals(call.run, call.arguments[0], call.arguments[1]));
}
static Value hash_by(Call& call) {
  if (call.arguments[0].is_null()) return call.run.fail_null("obj");
  return int32(call.self.object<const Comparer>()->hash(call.run, call.arguments[0]));
}
static Value compare_by(Call& call) {
  return int32(call.self.object<const Comparer>()->compare(call.run, call.arguments[0], call.arguments[1]));
}

static constexpr Member string_comparer_members[] = {
    {"static StringComparer Ordinal", comparer_value<ordinal_comparer>},
    {"static StringComparer OrdinalIgnoreCase", comparer_value<ignore_case_comparer>},
    {"static StringComparer InvariantCulture", comparer_value<culture_comparer>},
    {"static StringComparer InvariantCultureIgnoreCase", comparer_value<ignore_case_comparer>},
    {"static StringComparer CurrentCulture", comparer_value<culture_comparer>},
    {"static StringComparer CurrentCultureIgnoreCase", comparer_value<ignore_case_comparer>},
    {"bool Equals(string x, string y)", equals_by},
    {"int GetHashCode(string obj)", hash_by},
    {"int Compare(string x, string y)", compare_by},
    {"bool Equals(object x, object y)", equals_by},
    {"int GetHashCode(object obj)", hash_by},
    {"int Compare(object x, object y)", compare_by},
    {"static StringComparer FromComparison(StringComparison comparisonType)", of_comparison},
};

static constexpr Member equality_comparer_members[] = {
    {"static EqualityComparer<T> Default", comparer_value<default_comparer>},
    {"bool Equals(T x, T y)", equals_by},
    {"int GetHashCode(T obj)", [](Call& call) { return int32(hash_of(call.run, call.arguments[0])); }},
};

static constexpr Member comparer_members[] = {
    {"static Comparer<T> Default", comparer_value<default_comparer>},
    {"int Compare(T x, T y)", compare_by},
};

static constexpr Member equality_interface_members[] = {
    {"bool Equals(T x, T y)", equals_by},
    {"int GetHashCode(T obj)", hash_by},
};
static constexpr Member order_interface_members[] = {{"int Compare(T x, T y)", compare_by}};

static const TypeRows comparer_types[] = {
    {string_comparer_type, string_comparer_members},
    {equality_comparer_type, equality_comparer_members},
    {comparer_type, comparer_members},
    {types::equality_comparer, equality_interface_members},
    {types::comparer, order_interface_members},
};

extern const Family comparer_family;
const Family comparer_family{comparer_types};

}  // namespace gatelet::cs
