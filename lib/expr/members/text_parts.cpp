// System.String: Split, Join, Concat.
#include "expr/collections.hpp"
#include "expr/member.hpp"
#include "expr/text_search.hpp"

namespace gatelet::cs {
namespace text_part_rows {

namespace {

// Where the next separator stands.
struct Hit {
  size_t at = npos;
  size_t length = 0;
};

// Separators: units, texts, or white space when there are none.
struct Separators {
  std::span<const Value> items;
  bool are_texts = false;

  Hit match(Evaluation& run, const String& whole, size_t at) const {
    if (items.empty()) return is_white_space(whole[at]) ? Hit{at, 1} : Hit{};
    for (const Value item : items) {
      if (!are_texts) {
        if (item.character() == whole[at]) return {at, 1};
        continue;
      }
      const String* part = item.text();
      if (part && !part->empty() && part->length <= whole.length - at && matches_at(run, whole, *part, at, false))
        return {at, part->length};
    }
    return {};
  }
  Hit next(Evaluation& run, const String& whole, size_t from) const {
    for (size_t at = from; at < whole.length && run.charge(1); ++at)
      if (const Hit hit = match(run, whole, at); hit.at != npos) return hit;
    return {};
  }
};

}  // namespace

enum SplitOptions { keep_empty = 0, remove_empty = 1, trim_entries = 2 };

// The entry between two places, without the white space around it.
static void trim_entry(const String& whole, size_t& from, size_t& end) {
  while (from < end && is_white_space(whole[from])) ++from;
  while (from < end && is_white_space(whole[end - 1])) --end;
}

static Value split(Call& call, const Separators& separators, int64_t count, int32_t options) {
  Evaluation& run = call.run;
  const String& whole = *call.self.text();
  if (count < 0) return run.fail_range("Count cannot be less than zero.", "count");
  if (options < keep_empty || options > (remove_empty | trim_entries))
    return run.fail(types::argument_exception, "Illegal enum value: " + std::to_string(options) + ".");
  const bool removes_empty = options & remove_empty, trims = options & trim_entries;
  if (count == 0 || (removes_empty && whole.empty())) return strings_value(run, {});
  List parts;
  size_t from = 0;
  const auto add = [&](size_t first, size_t end) {
    if (trims) trim_entry(whole, first, end);
    return (removes_empty && first == end) || parts.add(run, text(substring(run, whole, first, end - first)));
  };
  for (Hit hit; parts.count + 1 < count && (hit = separators.next(run, whole, from)).at != npos; from = hit.at + hit.length)
    if (!add(from, hit.at)) return {};
  // The last part is the rest; with removal, separators before it are passed over.
  while (removes_empty && from < whole.length) {
    const Hit hit = trims ? separators.next(run, whole, from) : separators.match(run, whole, from);
    size_t first = from, end = hit.at;
    if (hit.at == npos || !run.charge(1)) break;
    if (trims) trim_entry(whole, first, end);
    if (first < end) break;
    from = hit.at + hit.length;
  }
  if (!add(from, whole.length)) return {};
  return array_value(run, types::text, {parts.items, parts.count});
}

static Separators separators_of(const Call& call, bool are_texts) {
  const auto* array = call.object<const Array>(0);
  return {array ? std::span<const Value>(array->span()) : std::span<const Value>(), are_texts};
}

// One separator, a unit or a text. Null and the empty text stand nowhere.
static Value split_by_one(Call& call, bool is_text, int64_t count, int32_t options) {
  return split(call, {{call.arguments, 1}, is_text}, count, options);
}

// Of Join: a text, or a unit.
static const String* separator_of(const Call& call) {
  if (call.arguments[0].is(types::character)) return unit_string(call.run, call.character(0));
  return call.text(0) ? call.text(0) : &empty_string;
}

// Items joined; objects as their text.
class Joiner {
 public:
  Joiner(Evaluation& run, const String& separator) : run_(run), separator_(separator), out_(run) {}
  bool add(Value item) {
    if (!is_first_) out_.append(&separator_);
    is_first_ = false;
    out_.append(to_string(run_, item));
    return run_.charge(1) && !run_.failed();
  }
  Value finish() { return text(out_.finish()); }

 private:
  Evaluation& run_;
  const String& separator_;
  TextBuilder out_;
  bool is_first_ = true;
};

static Value join_array(Call& call) {
  const auto* items = call.object<const Array>(1);
  if (!items) return call.run.fail_null("value");
  Joiner joiner(call.run, *separator_of(call));
  for (const Value item : items->span())
    if (!joiner.add(item)) return {};
  return joiner.finish();
}

static Value join_part(Call& call) {
  const auto* items = call.object<const Array>(1);
  if (!items) return call.run.fail_null("value");
  const int64_t start = call.int32(2), count = call.int32(3);
  if (start < 0 || count < 0 || start + count > items->length)
    return call.run.fail_range("Index was out of range. Must be non-negative and less than the size of the collection.", "startIndex");
  Joiner joiner(call.run, *separator_of(call));
  for (const Value item : items->span().subspan(static_cast<size_t>(start), static_cast<size_t>(count)))
    if (!joiner.add(item)) return {};
  return joiner.finish();
}

static Value join_sequence(Call& call) {
  if (call.arguments[1].is_null()) return call.run.fail_null("values");
  Joiner joiner(call.run, *separator_of(call));
  for (Items items(call.run, call.arguments[1]); items.next();)
    if (!joiner.add(items.current)) return {};
  return joiner.finish();
}

template <size_t count>
static Value concat_some(Call& call) {
  TextBuilder out(call.run);
  for (size_t i = 0; i < count; ++i) out.append(to_string(call.run, call.arguments[i]));
  return text(out.finish());
}

static Value concat_all(Call& call) {
  if (call.arguments[0].is_null()) return call.run.fail_null("values");
  Joiner joiner(call.run, empty_string);
  for (Items items(call.run, call.arguments[0]); items.next();)
    if (!joiner.add(items.current)) return {};
  return joiner.finish();
}

static constexpr Member part_members[] = {
    {"string[] Split(params char[] separator)", [](Call& call) { return split(call, separators_of(call, false), INT32_MAX, keep_empty); }},
    {"string[] Split(char[] separator, int count)",
     [](Call& call) { return split(call, separators_of(call, false), call.int32(1), keep_empty); }},
    {"string[] Split(char[] separator, StringSplitOptions options)",
     [](Call& call) { return split(call, separators_of(call, false), INT32_MAX, call.int32(1)); }},
    {"string[] Split(char[] separator, int count, StringSplitOptions options)",
     [](Call& call) { return split(call, separators_of(call, false), call.int32(1), call.int32(2)); }},
    {"string[] Split(string[] separator, StringSplitOptions options)",
     [](Call& call) { return split(call, separators_of(call, true), INT32_MAX, call.int32(1)); }},
    {"string[] Split(string[] separator, int count, StringSplitOptions options)",
     [](Call& call) { return split(call, separators_of(call, true), call.int32(1), call.int32(2)); }},
    {"string[] Split(char separator, StringSplitOptions options = StringSplitOptions.None)",
     [](Call& call) { return split_by_one(call, false, INT32_MAX, call.int32(1)); }},
    {"string[] Split(char separator, int count, StringSplitOptions options = StringSplitOptions.None)",
     [](Call& call) { return split_by_one(call, false, call.int32(1), call.int32(2)); }},
    {"string[] Split(string separator, StringSplitOptions options = StringSplitOptions.None)",
     [](Call& call) { return split_by_one(call, true, INT32_MAX, call.int32(1)); }},
    {"string[] Split(string separator, int count, StringSplitOptions options = StringSplitOptions.None)",
     [](Call& call) { return split_by_one(call, true, call.int32(1), call.int32(2)); }},
    {"static string Join(char separator, params string[] value)", join_array},
    {"static string Join(char separator, params object[] values)", join_array},
    {"static string Join(char separator, string[] value, int startIndex, int count)", join_part},
    {"static string Join<T>(char separator, IEnumerable<T> values)", join_sequence},
    {"static string Join(string separator, params string[] value)", join_array},
    {"static string Join(string separator, params object[] values)", join_array},
    {"static string Join(string separator, string[] value, int startIndex, int count)", join_part},
    {"static string Join(string separator, IEnumerable<string> values)", join_sequence},
    {"static string Join<T>(string separator, IEnumerable<T> values)", join_sequence},
    {"static string Concat(object arg0)", concat_some<1>},
    {"static string Concat(object arg0, object arg1)", concat_some<2>},
    {"static string Concat(object arg0, object arg1, object arg2)", concat_some<3>},
    {"static string Concat(params object[] args)", concat_all},
    {"static string Concat(string str0, string str1)", concat_some<2>},
    {"static string Concat(string str0, string str1, string str2)", concat_some<3>},
    {"static string Concat(string str0, string str1, string str2, string str3)", concat_some<4>},
    {"static string Concat(params string[] values)", concat_all},
    {"static string Concat(IEnumerable<string> values)", concat_all},
    {"static string Concat<T>(IEnumerable<T> values)", concat_all},
};

static const TypeRows part_types[] = {{types::text, part_members}};

}  // namespace text_part_rows

extern const Family text_part_family;
const Family text_part_family{text_part_rows::part_types};

}  // namespace gatelet::cs
