// System.String: searching, cutting, comparing. Splitting and joining: text_parts.cpp.
#include <algorithm>

#include "expr/format.hpp"
#include "expr/member.hpp"
#include "expr/text_search.hpp"

namespace gatelet::cs {
namespace text_rows {

static const String& self_text(const Call& call) { return *call.self.text(); }
static const String& argument_text(const Call& call, size_t i) { return *call.text(i); }

static bool has_text(Call& call, size_t i, std::string_view name = "value") {
  if (call.text(i)) return true;
  call.run.fail_null(name);
  return false;
}

static Value part(Call& call, size_t from, size_t length) { return text(substring(call.run, self_text(call), from, length)); }

static Value substring_from(Call& call) {
  const int32_t start = call.int32(0);
  if (start < 0) return call.run.fail_range("StartIndex cannot be less than zero.", "startIndex");
  if (static_cast<uint32_t>(start) > self_text(call).length)
    return call.run.fail_range("startIndex cannot be larger than length of string.", "startIndex");
  return part(call, static_cast<size_t>(start), self_text(call).length - static_cast<size_t>(start));
}

static Value substring_part(Call& call) {
  const int64_t start = call.int32(0), length = call.int32(1), whole = self_text(call).length;
  if (start < 0) return call.run.fail_range("StartIndex cannot be less than zero.", "startIndex");
  if (start > whole) return call.run.fail_range("startIndex cannot be larger than length of string.", "startIndex");
  if (length < 0) return call.run.fail_range("Length cannot be less than zero.", "length");
  if (start + length > whole) return call.run.fail_range("Index and length must refer to a location within the string.", "length");
  return part(call, static_cast<size_t>(start), static_cast<size_t>(length));
}

static Value unit_at(Call& call) {
  const int32_t index = call.int32(0);
  if (index < 0 || static_cast<uint32_t>(index) >= self_text(call).length)
    return call.run.fail(types::index_out_of_range_exception, "Index was outside the bounds of the array.");
  return character(self_text(call)[static_cast<size_t>(index)]);
}

// StringComparison and CultureInfo-free overloads; the culture is invariant.
static bool is_ignoring_case(int32_t comparison) { return comparison & 1; }
static bool is_ordinal(int32_t comparison) { return comparison >= 4; }

static bool is_comparison(Call& call, size_t i) {
  if (call.int32(i) >= 0 && call.int32(i) <= 5) return true;
  call.run.fail_argument(types::argument_exception, "The string comparison type passed in is currently not supported.", "comparisonType");
  return false;
}

static bool equal_as(Evaluation& run, const String& a, const String& b, int32_t comparison) {
  if (!run.charge_text(std::min(a.length, b.length))) return false;
  return is_ignoring_case(comparison) ? equal_ignoring_case(a, b) : equal(a, b);
}

static Value equals_text(Call& call) { return boolean(call.text(0) && equal_as(call.run, self_text(call), argument_text(call, 0), 4)); }
static Value equals_text_as(Call& call) {
  if (!is_comparison(call, 1)) return {};
  return boolean(call.text(0) && equal_as(call.run, self_text(call), argument_text(call, 0), call.int32(1)));
}

static bool both_equal(Evaluation& run, const String* a, const String* b, int32_t comparison = 4) {
  return a == b || (a && b && equal_as(run, *a, *b, comparison));
}

static int order_of(Evaluation& run, const String* a, const String* b, int32_t comparison) {
  if (!a || !b) return static_cast<int>(a != nullptr) - static_cast<int>(b != nullptr);
  if (!is_ordinal(comparison) && !is_ignoring_case(comparison)) return compare(run, text(a), text(b));
  if (!run.charge_text(std::min(a->length, b->length))) return 0;
  if (!is_ignoring_case(comparison)) return compare_ordinal(*a, *b);
  return compare_units(*a, *b, upper_unit);
}

static int sign(int order) { return (order > 0) - (order < 0); }

// Argument 5: a StringComparison, whether to ignore case, or nothing.
enum class PartOrder { culture, culture_or_not_case, comparison, ordinal };

template <PartOrder order>
static Value compare_text_parts(Call& call) {
  const auto cut = [&call](size_t i, int32_t from, int32_t length) {
    const String* whole = call.text(i);
    if (!whole) return whole;
    const auto start = std::min(static_cast<uint32_t>(std::max(from, 0)), whole->length);
    return substring(call.run, *whole, start, std::min(static_cast<uint32_t>(std::max(length, 0)), whole->length - start));
  };
  if (order == PartOrder::comparison && !is_comparison(call, 5)) return {};
  const int32_t comparison = order == PartOrder::comparison            ? call.int32(5)
                             : order == PartOrder::culture_or_not_case ? static_cast<int32_t>(call.boolean(5))
                             : order == PartOrder::ordinal             ? 4
                                                                       : 0;
  const int found = order_of(call.run, cut(0, call.int32(1), call.int32(4)), cut(2, call.int32(3), call.int32(4)), comparison);
  return int32(order == PartOrder::ordinal ? found : sign(found));
}

static Value compare_to_object(Call& call) {
  const Value other = call.arguments[0];
  if (other.is_null()) return int32(1);
  if (!other.is(types::text)) return call.run.fail(types::argument_exception, "Object must be of type String.");
  return int32(sign(order_of(call.run, call.self.text(), other.text(), 0)));
}

static Value replace_text(Call& call) {
  if (!has_text(call, 0, "oldValue")) return {};
  const String &whole = self_text(call), &old = argument_text(call, 0);
  if (old.empty()) return call.run.fail_argument(types::argument_exception, "String cannot be of zero length.", "oldValue");
  size_t at = find_charged(call.run, whole, old, 0);
  if (at == npos) return call.self;
  TextBuilder out(call.run);
  size_t from = 0;
  for (; at != npos && !call.run.failed(); at = find_charged(call.run, whole, old, from)) {
    out.append(whole, from, at - from);
    out.append(call.text(1));
    from = at + old.length;
  }
  out.append(whole, from, whole.length - from);
  return text(out.finish());
}

static Value replace_unit(Call& call) {
  const String& whole = self_text(call);
  if (!call.run.charge_text(whole.length)) return {};
  TextBuilder out(call.run);
  for (size_t i = 0; i < whole.length; ++i) out.append(whole[i] == call.character(0) ? call.character(1) : whole[i]);
  return text(out.finish());
}

static Value contains(Call& call) {
  if (!has_text(call, 0)) return {};
  return boolean(find_charged(call.run, self_text(call), argument_text(call, 0), 0) != npos);
}

template <bool is_end>
static Value has_unit_at(Call& call) {
  const String& whole = self_text(call);
  return boolean(!whole.empty() && whole[is_end ? whole.length - 1 : 0] == call.character(0));
}

static bool begins(Evaluation& run, const String& whole, const String& part_text, int32_t comparison) {
  return part_text.length <= whole.length && matches_at(run, whole, part_text, 0, is_ignoring_case(comparison));
}
static bool ends(Evaluation& run, const String& whole, const String& part_text, int32_t comparison) {
  return part_text.length <= whole.length &&
         matches_at(run, whole, part_text, whole.length - part_text.length, is_ignoring_case(comparison));
}

template <bool (*test)(Evaluation&, const String&, const String&, int32_t)>
static Value edge(Call& call) {
  return has_text(call, 0) ? boolean(test(call.run, self_text(call), argument_text(call, 0), 4)) : Value{};
}
template <bool (*test)(Evaluation&, const String&, const String&, int32_t)>
static Value edge_as(Call& call) {
  return has_text(call, 0) && is_comparison(call, 1) ? boolean(test(call.run, self_text(call), argument_text(call, 0), call.int32(1)))
                                                     : Value{};
}

// Searches in [from, from + count); -1: not there.
struct SearchPart {
  size_t from = 0;
  size_t end = 0;
};

static bool search_part(Call& call, size_t first, size_t given, SearchPart& out) {
  const int64_t length = self_text(call).length;
  const int64_t start = given > 0 ? call.int32(first) : 0;
  const int64_t count = given > 1 ? call.int32(first + 1) : length - start;
  if (start < 0 || start > length)
    return call.run.fail_range("Index was out of range. Must be non-negative and less than the size of the collection.", "startIndex"),
           false;
  if (count < 0 || start + count > length)
    return call.run.fail_range("Count must be positive and count must refer to a location within the string/array/collection.", "count"),
           false;
  out = {static_cast<size_t>(start), static_cast<size_t>(start + count)};
  return true;
}

static Value index_value(size_t at) { return int32(at == npos ? -1 : static_cast<int32_t>(at)); }

static size_t first_of_text(Call& call, SearchPart where, bool ignores_case) {
  const String &whole = self_text(call), &wanted = argument_text(call, 0);
  if (!ignores_case) {
    const size_t at = find_charged(call.run, whole, wanted, where.from);
    return at != npos && at + wanted.length <= where.end ? at : npos;
  }
  for (size_t at = where.from; at + wanted.length <= where.end && call.run.charge(1); ++at)
    if (matches_at(call.run, whole, wanted, at, true)) return at;
  return npos;
}

// The last place in [0, start] counted backwards, as .NET's LastIndexOf wants it.
static size_t last_of_text(Call& call, int64_t start, bool ignores_case) {
  const String &whole = self_text(call), &wanted = argument_text(call, 0);
  if (wanted.length > whole.length) return npos;
  int64_t at = std::min<int64_t>(start - static_cast<int64_t>(wanted.length) + 1, static_cast<int64_t>(whole.length - wanted.length));
  if (wanted.empty()) at = std::min<int64_t>(start + 1, whole.length);
  for (; at >= 0 && call.run.charge(1); --at)
    if (matches_at(call.run, whole, wanted, static_cast<size_t>(at), ignores_case)) return static_cast<size_t>(at);
  return npos;
}

template <size_t given>
static Value index_of_text(Call& call) {
  SearchPart where;
  if (!has_text(call, 0) || !search_part(call, 1, given, where)) return {};
  return index_value(first_of_text(call, where, false));
}

static Value index_of_text_as(Call& call) {
  if (!has_text(call, 0) || !is_comparison(call, 1)) return {};
  return index_value(first_of_text(call, {0, self_text(call).length}, is_ignoring_case(call.int32(1))));
}

template <size_t given>
static Value index_of_text_from_as(Call& call) {
  SearchPart where;
  if (!has_text(call, 0) || !is_comparison(call, given + 1) || !search_part(call, 1, given, where)) return {};
  return index_value(first_of_text(call, where, is_ignoring_case(call.int32(given + 1))));
}

static Value contains_as(Call& call) {
  if (!has_text(call, 0) || !is_comparison(call, 1)) return {};
  return boolean(first_of_text(call, {0, self_text(call).length}, is_ignoring_case(call.int32(1))) != npos);
}

static Value replace_text_as(Call& call) {
  if (!has_text(call, 0, "oldValue") || !is_comparison(call, 2)) return {};
  const String &whole = self_text(call), &old = argument_text(call, 0);
  if (old.empty()) return call.run.fail_argument(types::argument_exception, "String cannot be of zero length.", "oldValue");
  TextBuilder out(call.run);
  SearchPart where{0, whole.length};
  for (size_t at; (at = first_of_text(call, where, is_ignoring_case(call.int32(2)))) != npos; where.from = at + old.length) {
    out.append(whole, where.from, at - where.from);
    out.append(call.text(1));
  }
  out.append(whole, where.from, whole.length - where.from);
  return text(out.finish());
}

static Value last_index_of_text(Call& call) {
  return has_text(call, 0) ? index_value(last_of_text(call, static_cast<int64_t>(self_text(call).length) - 1, false)) : Value{};
}
static Value last_index_of_text_from(Call& call) {
  return has_text(call, 0) ? index_value(last_of_text(call, call.int32(1), false)) : Value{};
}
// Backwards from `startIndex`, no further than `count` units.
template <bool has_comparison>
static Value last_index_of_text_in(Call& call) {
  const int64_t start = call.int32(1), count = call.int32(2);
  const bool is_as = has_comparison;
  if (!has_text(call, 0) || (is_as && !is_comparison(call, 3))) return {};
  const size_t at = last_of_text(call, start, is_as && is_ignoring_case(call.int32(3)));
  return index_value(at != npos && static_cast<int64_t>(at) > start - count ? at : npos);
}
static Value last_index_of_text_from_as(Call& call) {
  if (!has_text(call, 0) || !is_comparison(call, 2)) return {};
  return index_value(last_of_text(call, call.int32(1), is_ignoring_case(call.int32(2))));
}
static Value last_index_of_text_as(Call& call) {
  if (!has_text(call, 0) || !is_comparison(call, 1)) return {};
  return index_value(last_of_text(call, static_cast<int64_t>(self_text(call).length) - 1, is_ignoring_case(call.int32(1))));
}

// Whether a unit is one of a char[]; an empty array stands for white space in Trim and Split.
static bool is_one_of(char16_t unit, const Array* units) {
  for (uint32_t i = 0; i < units->length; ++i)
    if (units->items[i].character() == unit) return true;
  return false;
}

template <size_t given>
static Value index_of_unit(Call& call) {
  SearchPart where;
  if (!search_part(call, 1, given, where)) return {};
  for (size_t at = where.from; at < where.end && call.run.charge(at % 64 == 0); ++at)
    if (self_text(call)[at] == call.character(0)) return index_value(at);
  return index_value(npos);
}

template <size_t given>
static Value index_of_any(Call& call) {
  SearchPart where;
  if (call.arguments[0].is_null()) return call.run.fail_null("anyOf");
  if (!search_part(call, 1, given, where)) return {};
  for (size_t at = where.from; at < where.end && call.run.charge(1); ++at)
    if (is_one_of(self_text(call)[at], call.object<const Array>(0))) return index_value(at);
  return index_value(npos);
}

static Value index_of_unit_as(Call& call) {
  if (!is_comparison(call, 1)) return {};
  const bool ignores_case = is_ignoring_case(call.int32(1));
  for (size_t at = 0; at < self_text(call).length && call.run.charge(at % 64 == 0); ++at) {
    const char16_t unit = self_text(call)[at];
    if (unit == call.character(0) || (ignores_case && upper_unit(unit) == upper_unit(call.character(0)))) return index_value(at);
  }
  return index_value(npos);
}

// The last unit, at `startIndex` or before and among `count` of them where these are given, that is the argument or one of its array.
template <size_t given, bool is_any>
static Value last_index_of_units(Call& call) {
  const int64_t length = self_text(call).length;
  if (is_any && call.arguments[0].is_null()) return call.run.fail_null("anyOf");
  if (length == 0) return index_value(npos);
  const int64_t start = given > 0 ? call.int32(1) : length - 1;
  if (start < 0 || start >= length)
    return call.run.fail_range("Index was out of range. Must be non-negative and less than the size of the collection.", "startIndex");
  const int64_t count = given > 1 ? call.int32(2) : start + 1;
  if (count < 0 || count > start + 1)
    return call.run.fail_range("Count must be positive and count must refer to a location within the string/array/collection.", "count");
  for (int64_t at = start; at > start - count && call.run.charge(is_any || at % 64 == 0); --at) {
    const char16_t unit = self_text(call)[static_cast<size_t>(at)];
    if (is_any ? is_one_of(unit, call.object<const Array>(0)) : unit == call.character(0)) return index_value(static_cast<size_t>(at));
  }
  return index_value(npos);
}

enum Ends { at_start = 1, at_end = 2, at_both = 3 };

template <class IsTrimmed>
static Value trim_with(Call& call, Ends ends_to_trim, const IsTrimmed& is_trimmed) {
  const String& whole = self_text(call);
  size_t from = 0, to = whole.length;
  if (!call.run.charge_text(whole.length)) return {};
  if (ends_to_trim & at_start)
    while (from < to && is_trimmed(whole[from])) ++from;
  if (ends_to_trim & at_end)
    while (to > from && is_trimmed(whole[to - 1])) --to;
  return from == 0 && to == whole.length ? call.self : part(call, from, to - from);
}

template <Ends ends_to_trim>
static Value trim(Call& call) {
  return trim_with(call, ends_to_trim, is_white_space);
}

template <Ends ends_to_trim>
static Value trim_units(Call& call) {
  const auto* units = call.object<const Array>(0);
  if (!units || units->length == 0) return trim<ends_to_trim>(call);
  return trim_with(call, ends_to_trim, [units](char16_t unit) { return is_one_of(unit, units); });
}

template <char16_t (*map)(char16_t)>
static Value mapped(Call& call) {
  const String& whole = self_text(call);
  if (!call.run.charge_text(whole.length)) return {};
  size_t same = 0;
  while (same < whole.length && map(whole[same]) == whole[same]) ++same;
  if (same == whole.length) return call.self;
  TextBuilder out(call.run);
  out.append(whole, 0, same);
  for (size_t i = same; i < whole.length; ++i) out.append(map(whole[i]));
  return text(out.finish());
}

template <bool is_left>
static Value pad(Call& call) {
  const int32_t width = call.int32(0);
  if (width < 0) return call.run.fail_range("Non-negative number required.", "totalWidth");
  const String& whole = self_text(call);
  if (static_cast<uint32_t>(width) <= whole.length) return call.self;
  const size_t count = static_cast<uint32_t>(width) - whole.length;
  TextBuilder out(call.run);
  if (is_left) out.append(call.character(1), count);
  out.append(&whole);
  if (!is_left) out.append(call.character(1), count);
  return text(out.finish());
}

static Value insert(Call& call) {
  if (!has_text(call, 1)) return {};
  const String& whole = self_text(call);
  const int64_t at = call.int32(0);
  if (at < 0 || at > whole.length) return call.run.fail_range("Specified argument was out of the range of valid values.", "startIndex");
  TextBuilder out(call.run);
  out.append(whole, 0, static_cast<size_t>(at));
  out.append(call.text(1));
  out.append(whole, static_cast<size_t>(at), whole.length - static_cast<size_t>(at));
  return text(out.finish());
}

static Value remove(Call& call, int64_t start, int64_t count) {
  const String& whole = self_text(call);
  if (start < 0) return call.run.fail_range("StartIndex cannot be less than zero.", "startIndex");
  if (count < 0) return call.run.fail_range("Count cannot be less than zero.", "count");
  if (start + count > whole.length) return call.run.fail_range("Index and count must refer to a location within the string.", "count");
  TextBuilder out(call.run);
  out.append(whole, 0, static_cast<size_t>(start));
  out.append(whole, static_cast<size_t>(start + count), whole.length - static_cast<size_t>(start + count));
  return text(out.finish());
}

static Value remove_from(Call& call) {
  if (call.int32(0) >= static_cast<int64_t>(self_text(call).length) && call.int32(0) >= 0)
    return call.run.fail_range("startIndex must be less than length of string.", "startIndex");
  return remove(call, call.int32(0), std::max<int64_t>(0, static_cast<int64_t>(self_text(call).length) - call.int32(0)));
}

static bool is_blank(Evaluation& run, const String* value) {
  for (size_t i = 0; value && i < value->length && run.charge(i % 64 == 63); ++i)
    if (!is_white_space((*value)[i])) return false;
  return true;
}

static Value of_units(Call& call) {
  const auto* units = call.object<const Array>(0);
  TextBuilder out(call.run);
  for (uint32_t i = 0; units && i < units->length; ++i) out.append(units->items[i].character());
  return text(out.finish());
}

static Value repeated(Call& call) {
  if (call.int32(1) < 0) return call.run.fail_range("'count' must be non-negative.", "count");
  TextBuilder out(call.run);
  out.append(call.character(0), static_cast<size_t>(call.int32(1)));
  return text(out.finish());
}

static Value units_part(Call& call) {
  const auto* units = call.object<const Array>(0);
  if (!units) return call.run.fail_null("value");
  const int64_t start = call.int32(1), length = call.int32(2);
  if (start < 0 || length < 0 || start + length > units->length)
    return call.run.fail_range("Index was out of range. Must be non-negative and less than the size of the collection.", "startIndex");
  TextBuilder out(call.run);
  for (int64_t i = 0; i < length; ++i) out.append(units->items[start + i].character());
  return text(out.finish());
}

static Value units_of(Call& call, size_t start, size_t count) {
  Array* units = make_array(call.run, types::character, count);
  for (size_t i = 0; units && i < count; ++i) units->items[i] = character(self_text(call)[start + i]);
  return value_of_object(*call.site.result, units);
}

static Value to_units(Call& call) { return units_of(call, 0, self_text(call).length); }

static Value copy_units(Call& call) {
  const String& self = self_text(call);
  const auto* target = call.object<const Array>(1);
  if (!target) return call.run.fail_null("destination");
  const int64_t from = call.int32(0), to = call.int32(2), count = call.int32(3);
  if (count < 0) return call.run.fail_range("Count cannot be less than zero.", "count");
  if (from < 0 || from + count > self.length)
    return call.run.fail_range("Index and count must refer to a location within the string.", "sourceIndex");
  if (to < 0 || to + count > target->length)
    return call.run.fail_range("Index and count must refer to a location within the string.", "destinationIndex");
  if (!call.run.charge_text(static_cast<uint64_t>(count))) return {};
  for (int64_t i = 0; i < count; ++i) target->items[to + i] = character(self[static_cast<size_t>(from + i)]);
  return {};
}

static Value part_to_units(Call& call) {
  const int64_t start = call.int32(0), count = call.int32(1), length = self_text(call).length;
  if (start < 0 || start > length || start > length - count)
    return call.run.fail_range("Index was out of range. Must be non-negative and less than the size of the collection.", "startIndex");
  if (count < 0)
    return call.run.fail_range("Index was out of range. Must be non-negative and less than the size of the collection.", "length");
  return units_of(call, static_cast<size_t>(start), static_cast<size_t>(count));
}

static Value format(Call& call) {
  if (!call.text(0)) return call.run.fail_null("format");
  const auto* arguments = call.object<const Array>(1);
  if (!arguments) return call.run.fail_null("args");
  return text(composite_format(call.run, argument_text(call, 0), arguments->span()));
}

template <size_t count>
static Value format_some(Call& call) {
  if (!call.text(0)) return call.run.fail_null("format");
  return text(composite_format(call.run, argument_text(call, 0), {call.arguments + 1, count}));
}

static constexpr Member text_members[] = {
    {"new(char[] value)", of_units},
    {"new(char c, int count)", repeated},
    {"new(char[] value, int startIndex, int length)", units_part},
    {"static string Empty", [](Call&) { return text(&empty_string); }},
    {"int Length", [](Call& call) { return int32(static_cast<int32_t>(self_text(call).length)); }},
    {"char this[int index]", unit_at},
    {"string Substring(int startIndex)", substring_from},
    {"string Substring(int startIndex, int length)", substring_part},
    {"bool Equals(string value)", equals_text},
    {"bool Equals(string value, StringComparison comparisonType)", equals_text_as},
    {"static bool Equals(string a, string b)", [](Call& call) { return boolean(both_equal(call.run, call.text(0), call.text(1))); }},
    {"static bool Equals(string a, string b, StringComparison comparisonType)",
     [](Call& call) {
       return is_comparison(call, 2) ? boolean(both_equal(call.run, call.text(0), call.text(1), call.int32(2))) : Value{};
     }},
    {"static int Compare(string strA, string strB)",
     [](Call& call) { return int32(sign(order_of(call.run, call.text(0), call.text(1), 0))); }},
    {"static int Compare(string strA, string strB, bool ignoreCase)",
     [](Call& call) { return int32(sign(order_of(call.run, call.text(0), call.text(1), call.boolean(2)))); }},
    {"static int Compare(string strA, string strB, StringComparison comparisonType)",
     [](Call& call) {
       return is_comparison(call, 2) ? int32(sign(order_of(call.run, call.text(0), call.text(1), call.int32(2)))) : Value{};
     }},
    {"static int Compare(string strA, int indexA, string strB, int indexB, int length)", compare_text_parts<PartOrder::culture>},
    {"static int Compare(string strA, int indexA, string strB, int indexB, int length, bool ignoreCase)",
     compare_text_parts<PartOrder::culture_or_not_case>},
    {"static int Compare(string strA, int indexA, string strB, int indexB, int length, StringComparison comparisonType)",
     compare_text_parts<PartOrder::comparison>},
    {"static int CompareOrdinal(string strA, int indexA, string strB, int indexB, int length)", compare_text_parts<PartOrder::ordinal>},
    {"static int CompareOrdinal(string strA, string strB)",
     [](Call& call) { return int32(order_of(call.run, call.text(0), call.text(1), 4)); }},
    {"int CompareTo(string strB)", [](Call& call) { return int32(sign(order_of(call.run, call.self.text(), call.text(0), 0))); }},
    {"int CompareTo(object value)", compare_to_object},
    {"static bool IsNullOrEmpty(string value)", [](Call& call) { return boolean(!call.text(0) || call.text(0)->empty()); }},
    {"static bool IsNullOrWhiteSpace(string value)", [](Call& call) { return boolean(is_blank(call.run, call.text(0))); }},
    {"bool Contains(string value)", contains},
    {"bool Contains(string value, StringComparison comparisonType)", contains_as},
    {"bool Contains(char value, StringComparison comparisonType)", [](Call& call) { return boolean(index_of_unit_as(call).int32() >= 0); }},
    {"bool StartsWith(char value)", has_unit_at<false>},
    {"bool EndsWith(char value)", has_unit_at<true>},
    {"bool StartsWith(string value)", edge<begins>},
    {"bool StartsWith(string value, StringComparison comparisonType)", edge_as<begins>},
    {"bool EndsWith(string value)", edge<ends>},
    {"bool EndsWith(string value, StringComparison comparisonType)", edge_as<ends>},
    {"int IndexOf(char value)", index_of_unit<0>},
    {"int IndexOf(char value, int startIndex)", index_of_unit<1>},
    {"int IndexOf(char value, int startIndex, int count)", index_of_unit<2>},
    {"int IndexOf(string value)", index_of_text<0>},
    {"int IndexOf(string value, int startIndex)", index_of_text<1>},
    {"int IndexOf(string value, int startIndex, int count)", index_of_text<2>},
    {"int IndexOf(string value, StringComparison comparisonType)", index_of_text_as},
    {"int IndexOf(string value, int startIndex, StringComparison comparisonType)", index_of_text_from_as<1>},
    {"int IndexOf(string value, int startIndex, int count, StringComparison comparisonType)", index_of_text_from_as<2>},
    {"int IndexOf(char value, StringComparison comparisonType)", index_of_unit_as},
    {"int IndexOfAny(char[] anyOf)", index_of_any<0>},
    {"int IndexOfAny(char[] anyOf, int startIndex)", index_of_any<1>},
    {"int IndexOfAny(char[] anyOf, int startIndex, int count)", index_of_any<2>},
    {"int LastIndexOf(char value)", last_index_of_units<0, false>},
    {"int LastIndexOf(char value, int startIndex)", last_index_of_units<1, false>},
    {"int LastIndexOf(char value, int startIndex, int count)", last_index_of_units<2, false>},
    {"int LastIndexOf(string value)", last_index_of_text},
    {"int LastIndexOf(string value, int startIndex)", last_index_of_text_from},
    {"int LastIndexOf(string value, StringComparison comparisonType)", last_index_of_text_as},
    {"int LastIndexOf(string value, int startIndex, int count)", last_index_of_text_in<false>},
    {"int LastIndexOf(string value, int startIndex, StringComparison comparisonType)", last_index_of_text_from_as},
    {"int LastIndexOf(string value, int startIndex, int count, StringComparison comparisonType)", last_index_of_text_in<true>},
    {"int LastIndexOfAny(char[] anyOf)", last_index_of_units<0, true>},
    {"int LastIndexOfAny(char[] anyOf, int startIndex)", last_index_of_units<1, true>},
    {"int LastIndexOfAny(char[] anyOf, int startIndex, int count)", last_index_of_units<2, true>},
    {"string Replace(string oldValue, string newValue)", replace_text},
    {"string Replace(string oldValue, string newValue, StringComparison comparisonType)", replace_text_as},
    {"string Replace(char oldChar, char newChar)", replace_unit},
    {"string Trim()", trim<at_both>},
    {"string Trim(params char[] trimChars)", trim_units<at_both>},
    {"string TrimStart(params char[] trimChars)", trim_units<at_start>},
    {"string TrimEnd(params char[] trimChars)", trim_units<at_end>},
    {"string ToLower()", mapped<lower_unit>},
    {"string ToLowerInvariant()", mapped<lower_unit>},
    {"string ToUpper()", mapped<upper_unit>},
    {"string ToUpperInvariant()", mapped<upper_unit>},
    {"string PadLeft(int totalWidth, char paddingChar = 32)", pad<true>},
    {"string PadRight(int totalWidth, char paddingChar = 32)", pad<false>},
    {"string Insert(int startIndex, string value)", insert},
    {"string Remove(int startIndex)", remove_from},
    {"string Remove(int startIndex, int count)", [](Call& call) { return remove(call, call.int32(0), call.int32(1)); }},
    {"char[] ToCharArray()", to_units},
    {"char[] ToCharArray(int startIndex, int length)", part_to_units},
    {"void CopyTo(int sourceIndex, char[] destination, int destinationIndex, int count)", copy_units},
    {"object Clone()", [](Call& call) { return call.self; }},
    {"static string Copy(string str)",
     [](Call& call) {
       if (!call.text(0)) return call.run.fail_null("str");
       return text(call.run.make<String>(*call.text(0)));
     }},
    {"static string Intern(string str)", [](Call& call) { return call.arguments[0]; }},
    {"static string Format(string format, object arg0)", format_some<1>},
    {"static string Format(string format, object arg0, object arg1)", format_some<2>},
    {"static string Format(string format, object arg0, object arg1, object arg2)", format_some<3>},
    {"static string Format(string format, params object[] args)", format},
    {"string Normalize()", nullptr, nullptr, nullptr, "Unicode normalisation is not among the members that expressions have"},
};

static const TypeRows text_types[] = {{types::text, text_members}};

}  // namespace text_rows

extern const Family text_family;
const Family text_family{text_rows::text_types};

}  // namespace gatelet::cs
