// Filters of lists, and Size, Slice and Split, which are between lists and texts.
#include <algorithm>
#include <string>
#include <unordered_set>

#include "base/limits.hpp"
#include "expr/text_search.hpp"
#include "liquid/filters.hpp"

namespace gatelet::liquid {
namespace list_filter_rows {

static bool is_text(Value value) { return value.kind == Kind::text; }

// A list of one where there is none. False: failed.
static bool items_of(FilterCall& call, Value value, ListBuilder& out) {
  const Sequence items(call.scene, value);
  if (is_text(value) || !items.is_sequence()) return out.add(value);
  for (size_t i = 0; i < items.size(); ++i)
    if (!call.run.charge(1) || !out.add(items.at(i))) return false;
  return !call.run.failed();
}

static bool is_list(Value value) {
  return value.kind == Kind::list || value.kind == Kind::range || value.kind == Kind::sequence ||
         (value.kind == Kind::tree && value.as<cs::JToken>().kind == cs::JKind::array);
}

// Lists in lists are spread out.
static bool flatten(FilterCall& call, Value value, ListBuilder& out, uint32_t depth = 0) {
  if (depth > liquid_depth_max) return call.run.abort("The values of the template are nested too deeply.");
  const Sequence items(call.scene, value);
  if (is_text(value) || !items.is_sequence()) return out.add(value);
  for (size_t i = 0; i < items.size(); ++i) {
    const Value item = items.at(i);
    if (!call.run.charge(1) || !(is_list(item) ? flatten(call, item, out, depth + 1) : out.add(item))) return false;
  }
  return !call.run.failed();
}

static Value size(FilterCall& call) { return integer(static_cast<int64_t>(Sequence(call.scene, call.input).size())); }

static Value end_of(FilterCall& call, bool is_first) {
  if (call.input.is_nil()) return {};
  const Sequence items(call.scene, call.input);
  if (!items.is_sequence()) return {};
  return items.size() == 0 ? Value{} : items.at(is_first ? 0 : items.size() - 1);
}
static Value first(FilterCall& call) { return end_of(call, true); }
static Value last(FilterCall& call) { return end_of(call, false); }

static Value join(FilterCall& call) {
  const cs::String& glue = call.has(0) ? call.text(0) : *cs::view_of(call.run, " ");
  if (call.input.is_nil()) return {};
  const Sequence items(call.scene, call.input);
  if (is_text(call.input) || !items.is_sequence()) return text_value(&call.input_text());
  cs::TextBuilder out(call.run);
  for (size_t i = 0; i < items.size() && call.run.charge(1); ++i) {
    if (i) out.append(&glue);
    out.append(&printed(call.scene, items.at(i)));
  }
  return text_value(out.finish());
}

static Value reverse(FilterCall& call) {
  if (call.input.is_nil() || is_text(call.input)) return call.input;
  ListBuilder items(call.run);
  if (!items_of(call, call.input, items)) return {};
  std::reverse(items.items().begin(), items.items().end());
  return items.finish();
}

// From `first` on, counted from the end when negative.
static bool slice_bounds(FilterCall& call, int64_t length, int64_t& from, int64_t& count) {
  if (!call.integer(0, 0, from) || !call.integer(1, 1, count)) return false;
  if (from < 0) from += length;
  if (from < 0) count = std::max<int64_t>(0, count + from), from = 0;
  from = std::min(from, length);
  count = std::clamp<int64_t>(count, 0, length - from);
  return true;
}

static Value slice(FilterCall& call) {
  const Value value = scalar(call.scene, call.input);
  if (value.is_nil()) return {};
  int64_t from = 0, count = 0;
  if (!is_list(value)) {
    const cs::String& text = text_of(call.scene, value);
    if (!slice_bounds(call, text.length, from, count)) return {};
    return text_value(cs::substring(call.run, text, static_cast<size_t>(from), static_cast<size_t>(count)));
  }
  const Sequence items(call.scene, value);
  ListBuilder part(call.run);
  if (!slice_bounds(call, static_cast<int64_t>(items.size()), from, count)) return {};
  for (int64_t i = from; i < from + count && call.run.charge(1); ++i)
    if (!part.add(items.at(static_cast<size_t>(i)))) return {};
  return part.finish();
}

static bool is_blank(const cs::String& text) {
  for (size_t i = 0; i < text.length; ++i)
    if (!cs::is_white_space(text[i])) return false;
  return true;
}

// Empty parts are left out; without a separator each character is a part.
static Value split(FilterCall& call) {
  const cs::String& plain = call.input_text();
  const cs::String& separator = call.text(0);
  ListBuilder parts(call.run);
  if (call.input.is_nil()) return {};
  if (is_blank(plain)) return parts.add(text_value(&plain)), parts.finish();
  for (size_t from = 0; from < plain.length && call.run.charge(1);) {
    const size_t found = separator.empty() ? from + 1 : cs::find_charged(call.run, plain, separator, from);
    const size_t to = std::min<size_t>(found, plain.length);
    if (to > from && !parts.add(text_value(cs::substring(call.run, plain, from, to - from)))) return {};
    from = found == cs::npos ? plain.length : to + separator.length;
  }
  return parts.finish();
}

static Value property_of(FilterCall& call, Value of, const cs::String& name) {
  const bool has_members = of.kind != Kind::text && !of.is_number() && of.kind != Kind::nil && of.kind != Kind::boolean;
  return has_members ? member(call.scene, of, name, false) : Value{};
}

static Value map(FilterCall& call) {
  if (call.input.is_nil()) return {};
  ListBuilder items(call.run);
  if (is_text(call.input) || !Sequence(call.scene, call.input).is_sequence()) return call.fail("Map needs a list.");
  if (!items_of(call, call.input, items)) return {};
  for (Value& item : items.items()) item = property_of(call, item, call.text(0));
  return items.finish();
}

static Value where(FilterCall& call) {
  if (call.input.is_nil()) return {};
  ListBuilder items(call.run);
  if (is_text(call.input) || !Sequence(call.scene, call.input).is_sequence()) return call.fail("Where needs a list.");
  if (call.text(0).empty()) return call.fail("Where needs the name of a property.");
  if (!items_of(call, call.input, items)) return {};
  size_t kept = 0;
  for (const Value item : items.items()) {
    const Value found = property_of(call, item, call.text(0));
    if (call.argument(1).is_nil() || found.is_nil() ? is_true(found) : equals(call.scene, found, call.argument(1)))
      items.items()[kept++] = item;
  }
  items.keep_first(kept);
  return items.finish();
}

static Value concat(FilterCall& call) {
  ListBuilder items(call.run);
  const Value other = call.argument(0);
  if (!other.is_nil() && (is_text(other) || !Sequence(call.scene, other).is_sequence())) return call.fail("Concat needs a list.");
  if (!call.input.is_nil() && !items_of(call, call.input, items)) return {};
  if (!other.is_nil() && !items_of(call, other, items)) return {};
  return items.finish();
}

static Value compact(FilterCall& call) {
  ListBuilder items(call.run);
  if (call.input.is_nil() || !flatten(call, call.input, items)) return {};
  const auto end = std::remove_if(items.items().begin(), items.items().end(), [](Value item) { return item.is_nil(); });
  items.keep_first(static_cast<size_t>(end - items.items().begin()));
  return items.finish();
}

// Equal items have equal texts and kinds; trees are the same only as themselves.
static std::string identity_of(FilterCall& call, Value value) {
  const bool has_text = value.is_number() || is_text(value);
  const std::string kind(1, static_cast<char>('a' + (value.is_number() ? static_cast<int>(Kind::integer) : static_cast<int>(value.kind))));
  return kind + (has_text ? cs::utf8(printed(call.scene, value)) : std::to_string(value.bits));
}

static Value uniq(FilterCall& call) {
  ListBuilder items(call.run);
  std::unordered_set<std::string> seen;
  if (call.input.is_nil() || !flatten(call, call.input, items)) return {};
  size_t kept = 0;
  for (const Value item : items.items()) {
    if (is_text(item) && !call.run.charge_text(item.text().length)) return {};
    if (seen.insert(identity_of(call, item)).second) items.items()[kept++] = item;
  }
  items.keep_first(kept);
  return items.finish();
}

// Nil first. False: the two have no order.
static bool order_of(FilterCall& call, Value a, Value b, bool ignores_case, int& order) {
  if (a.is_nil() || b.is_nil()) return order = static_cast<int>(!a.is_nil()) - static_cast<int>(!b.is_nil()), true;
  if (!ignores_case || !is_text(a) || !is_text(b)) return is_text(a) == is_text(b) && compare(call.scene, a, b, order);
  const cs::String &left = a.text(), &right = b.text();
  if (!call.run.charge_text(std::min(left.length, right.length))) return false;
  for (size_t i = 0; i < left.length && i < right.length; ++i)
    if ((order = cs::upper_unit(left[i]) - cs::upper_unit(right[i]))) return true;
  return order = static_cast<int>(left.length) - static_cast<int>(right.length), true;
}

struct Sorting {
  FilterCall& call;
  bool ignores_case;
};

// Pairs of what is compared and what is sorted: a merge sort, which keeps the order of equal ones and charges what it compares.
static bool merge_sort(const Sorting& sorting, std::span<Pair> items, std::span<Pair> room) {
  if (items.size() < 2) return true;
  const size_t half = items.size() / 2;
  if (!sorting.call.run.charge(items.size())) return false;
  if (!merge_sort(sorting, items.first(half), room.first(half)) || !merge_sort(sorting, items.subspan(half), room.subspan(half)))
    return false;
  std::copy(items.begin(), items.end(), room.begin());
  size_t left = 0, right = half;
  for (Pair& next : items) {
    int order = 0;
    const bool has_both = left < half && right < items.size();
    if (has_both && !order_of(sorting.call, room[left].key, room[right].key, sorting.ignores_case, order))
      return sorting.call.fail("The items of the list are of different kinds and cannot be sorted."), false;
    next = right == items.size() || (has_both && order <= 0) ? room[left++] : room[right++];
  }
  return true;
}

static Value sorted(FilterCall& call, bool ignores_case) {
  if (call.input.is_nil()) return {};
  ListBuilder items(call.run);
  const cs::String& property = call.text(0);
  if (property.empty() ? !flatten(call, call.input, items) : !items_of(call, call.input, items)) return {};
  const size_t count = items.items().size();
  const std::span<Pair> pairs = call.run.try_array<Pair>(count), room = call.run.try_array<Pair>(count);
  if (count && (!pairs.data() || !room.data())) return {};
  for (size_t i = 0; i < count; ++i) {
    const Value item = items.items()[i];
    pairs[i] = {scalar(call.scene, property.empty() ? item : property_of(call, item, property)), item};
  }
  if (!merge_sort({call, ignores_case}, pairs, room)) return {};
  for (size_t i = 0; i < count; ++i) items.items()[i] = pairs[i].value;
  return items.finish();
}
static Value sort(FilterCall& call) { return sorted(call, false); }
static Value sort_natural(FilterCall& call) { return sorted(call, true); }

static constexpr Filter filters[] = {
    {"Compact", 0, 0, compact},
    {"Concat", 1, 1, concat, false},
    {"First", 0, 0, first},
    {"Join", 0, 1, join},
    {"Last", 0, 0, last},
    {"Map", 1, 1, map},
    {"Reverse", 0, 0, reverse, false},
    {"Size", 0, 0, size},
    {"Slice", 1, 2, slice},
    {"Sort", 0, 1, sort},
    {"SortNatural", 0, 1, sort_natural, false},
    {"Split", 1, 1, split},
    {"Uniq", 0, 0, uniq},
    {"Where", 1, 2, where, false},
};

}  // namespace list_filter_rows

std::span<const Filter> list_filters() { return list_filter_rows::filters; }

}  // namespace gatelet::liquid
