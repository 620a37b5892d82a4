// System.Char, StringBuilder.
#include <algorithm>
#include <limits>

#include "expr/format.hpp"
#include "expr/member.hpp"

namespace gatelet::cs {
namespace character_rows {

static constinit const Type builder_type{.name = "System.Text.StringBuilder"};

static const String* unit_text(Evaluation& run, Value self) { return unit_string(run, self.character()); }
static int compare_units(Evaluation&, Value a, Value b) { return a.character() - b.character(); }

static constexpr TypeOps character_ops{.to_string = unit_text, .compare = compare_units};

static bool is_upper(char16_t unit) { return lower_unit(unit) != unit; }
static bool is_lower(char16_t unit) { return upper_unit(unit) != unit; }
static bool is_letter_or_digit(char16_t unit) { return is_letter(unit) || is_digit_unit(unit); }
static bool is_control(char16_t unit) { return unit < 0x20 || (unit >= 0x7F && unit < 0xA0); }
static bool is_punctuation(char16_t unit) {
  static constexpr std::u16string_view marks = u"!\"#%&'()*,-./:;?@[\\]_{}\u00A1\u00A7\u00AB\u00B6\u00B7\u00BB\u00BF";
  return marks.find(unit) != std::u16string_view::npos || (unit >= 0x2010 && unit <= 0x2027) ||
         (unit >= 0x2030 && unit <= 0x205E && unit != 0x2044 && unit != 0x2052);
}
static bool is_symbol(char16_t unit) {
  static constexpr std::u16string_view marks =
      u"$+<=>^`|~\u00A2\u00A3\u00A4\u00A5\u00A6\u00A8\u00A9\u00AC\u00AE\u00AF\u00B0\u00B1\u00B4\u00B8\u00D7\u00F7";
  return marks.find(unit) != std::u16string_view::npos || (unit >= 0x20A0 && unit <= 0x20BF);
}
static bool is_surrogate(char16_t unit) { return unit >= 0xD800 && unit < 0xE000; }
static bool is_high_surrogate(char16_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
static bool is_low_surrogate(char16_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

template <bool (*test)(char16_t)>
static Value is(Call& call) {
  return boolean(test(call.character(0)));
}

// The unit of a text that two arguments say; false after a failure.
static bool unit_in_text(Call& call, char16_t& unit) {
  const int32_t index = call.int32(1);
  if (!call.text(0)) return call.run.fail_null("s"), false;
  if (index < 0 || static_cast<uint32_t>(index) >= call.text(0)->length)
    return call.run.fail_range("Index was out of range. Must be non-negative and less than the size of the collection.", "index"), false;
  unit = (*call.text(0))[static_cast<size_t>(index)];
  return true;
}

template <bool (*test)(char16_t)>
static Value is_in_text(Call& call) {
  char16_t unit;
  return unit_in_text(call, unit) ? boolean(test(unit)) : Value{};
}

static Value parse(Call& call) {
  if (!call.text(0)) return call.run.fail_null("s");
  if (call.text(0)->length != 1) return call.run.fail(types::format_exception, "String must be exactly one character long.");
  return character((*call.text(0))[0]);
}

static Value try_parse(Call& call) {
  const bool is_one = call.text(0) && call.text(0)->length == 1;
  call.out(1) = character(is_one ? (*call.text(0))[0] : u'\0');
  return boolean(is_one);
}

static Value number_of_unit(char16_t unit) { return real(unit >= '0' && unit <= '9' ? unit - '0' : -1); }

#define GATELET_TEST(name, test) \
  {"static bool " name "(char c)", is<test>}, { "static bool " name "(string s, int index)", is_in_text<test> }

static Value from_point(Call& call) {
  const int32_t point = call.int32(0);
  if (point < 0 || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000))
    return call.run.fail_range(
        "A valid UTF32 value is between 0x000000 and 0x10ffff, inclusive, and should not include surrogate codepoint values (0x00d800 ~ "
        "0x00dfff).",
        "utf32");
  TextBuilder units(call.run);
  if (point >= 0x10000) {
    units.append(static_cast<char16_t>(0xD800 + ((point - 0x10000) >> 10)));
    units.append(static_cast<char16_t>(0xDC00 + ((point - 0x10000) & 0x3FF)));
  } else {
    units.append(static_cast<char16_t>(point));
  }
  return text(units.finish());
}

static bool is_pair_in_text(const Call& call, char16_t unit) {
  const auto next = static_cast<size_t>(call.int32(1)) + 1;
  return is_high_surrogate(unit) && next < call.text(0)->length && is_low_surrogate((*call.text(0))[next]);
}

static Value point_of(char16_t high, char16_t low) { return int32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)); }

static Value to_point(Call& call) {
  if (!is_high_surrogate(call.character(0)))
    return call.run.fail_range("A valid high surrogate character is between 0xd800 and 0xdbff, inclusive.", "highSurrogate");
  if (!is_low_surrogate(call.character(1)))
    return call.run.fail_range("A valid low surrogate character is between 0xdc00 and 0xdfff, inclusive.", "lowSurrogate");
  return point_of(call.character(0), call.character(1));
}

static Value to_point_in_text(Call& call) {
  char16_t unit;
  if (!unit_in_text(call, unit)) return {};
  if (!is_surrogate(unit)) return int32(unit);
  if (is_pair_in_text(call, unit)) return point_of(unit, (*call.text(0))[static_cast<size_t>(call.int32(1)) + 1]);
  const std::string place = std::to_string(call.int32(1));
  return call.run.fail_argument(types::argument_exception,
                                is_high_surrogate(unit)
                                    ? "Found a high surrogate char without a following low surrogate at index: " + place +
                                          ". The input may not be in this encoding, or may not contain valid Unicode "
                                          "(UTF-16) characters."
                                    : "Found a low surrogate char without a preceding high surrogate at index: " + place +
                                          ". The input may not be in this encoding, or may not contain valid Unicode "
                                          "(UTF-16) characters.",
                                "s");
}

// Categories Zs, Zl and Zp.
static bool is_separator(char16_t unit) { return is_white_space(unit) && !is_control(unit); }

static constexpr Member character_members[] = {
    {"const char MinValue", [](Call&) { return character(0); }},
    {"const char MaxValue", [](Call&) { return character(0xFFFF); }},
    GATELET_TEST("IsLetter", is_letter),
    GATELET_TEST("IsDigit", is_digit_unit),
    GATELET_TEST("IsNumber", is_digit_unit),
    GATELET_TEST("IsLetterOrDigit", is_letter_or_digit),
    GATELET_TEST("IsWhiteSpace", is_white_space),
    GATELET_TEST("IsSeparator", is_separator),
    GATELET_TEST("IsUpper", is_upper),
    GATELET_TEST("IsLower", is_lower),
    GATELET_TEST("IsControl", is_control),
    GATELET_TEST("IsPunctuation", is_punctuation),
    GATELET_TEST("IsSymbol", is_symbol),
    GATELET_TEST("IsSurrogate", is_surrogate),
    GATELET_TEST("IsHighSurrogate", is_high_surrogate),
    GATELET_TEST("IsLowSurrogate", is_low_surrogate),
    {"static bool IsSurrogatePair(char highSurrogate, char lowSurrogate)",
     [](Call& call) { return boolean(is_high_surrogate(call.character(0)) && is_low_surrogate(call.character(1))); }},
    {"static char ToUpper(char c)", [](Call& call) { return character(upper_unit(call.character(0))); }},
    {"static char ToLower(char c)", [](Call& call) { return character(lower_unit(call.character(0))); }},
    {"static char ToUpperInvariant(char c)", [](Call& call) { return character(upper_unit(call.character(0))); }},
    {"static char ToLowerInvariant(char c)", [](Call& call) { return character(lower_unit(call.character(0))); }},
    {"static string ConvertFromUtf32(int utf32)", from_point},
    {"static int ConvertToUtf32(char highSurrogate, char lowSurrogate)", to_point},
    {"static int ConvertToUtf32(string s, int index)", to_point_in_text},
    {"static double GetNumericValue(char c)", [](Call& call) { return number_of_unit(call.character(0)); }},
    {"static double GetNumericValue(string s, int index)",
     [](Call& call) {
       char16_t unit;
       return unit_in_text(call, unit) ? number_of_unit(unit) : Value{};
     }},
    {"static bool IsSurrogatePair(string s, int index)",
     [](Call& call) {
       char16_t unit;
       return unit_in_text(call, unit) ? boolean(is_pair_in_text(call, unit)) : Value{};
     }},
    {"static char Parse(string s)", parse},
    {"static bool TryParse(string s, out char result)", try_parse},
    {"static string ToString(char c)", [](Call& call) { return text(unit_string(call.run, call.character(0))); }},
    {"bool Equals(char obj)", [](Call& call) { return boolean(call.self.bits == call.arguments[0].bits); }},
    {"int CompareTo(object value)", compare_to_object},
    {"int CompareTo(char value)", [](Call& call) { return int32(call.self.character() - call.character(0)); }},
};
#undef GATELET_TEST

// A StringBuilder keeps its text as a string and the builder's own room is that of TextBuilder.
struct Builder {
  char16_t* units = nullptr;
  uint32_t length = 0;
  uint32_t capacity = 0;

  bool reserve(Evaluation& run, size_t more) {
    if (length + more <= capacity) return true;
    if (length + more > run.budget.string_units) return run.abort();
    const size_t wanted = std::min<size_t>(std::max<size_t>({64, capacity * 2ul, length + more}), run.budget.string_units);
    const std::span<char16_t> room = array_of_units(run, wanted);
    if (!room.data()) return false;
    std::copy(units, units + length, room.begin());
    units = room.data();
    capacity = static_cast<uint32_t>(room.size());
    return run.charge_text(length);
  }
  static std::span<char16_t> array_of_units(Evaluation& run, size_t count) {
    void* memory = run.try_allocate(count * sizeof(char16_t), alignof(char16_t));
    return memory ? std::span<char16_t>(static_cast<char16_t*>(memory), count) : std::span<char16_t>();
  }
  // Opens a gap of `count` units at `at` and fills it.
  bool insert(Evaluation& run, size_t at, const String& text) {
    if (!reserve(run, text.length) || !run.charge_text(length - at + text.length)) return false;
    std::copy_backward(units + at, units + length, units + length + text.length);
    for (size_t i = 0; i < text.length; ++i) units[at + i] = text[i];
    length += text.length;
    return true;
  }
  void erase(size_t at, size_t count) {
    std::copy(units + at + count, units + length, units + at);
    length -= static_cast<uint32_t>(count);
  }
  const String* text(Evaluation& run) const { return string_of(run, {units, length}); }
};

static Builder& self_builder(const Call& call) { return *call.self.object<Builder>(); }

static const String* builder_text(Evaluation& run, Value self) { return self.object<const Builder>()->text(run); }
static constexpr TypeOps builder_ops{.to_string = builder_text};

static Value append_text(Call& call, const String* text) {
  if (text) self_builder(call).insert(call.run, self_builder(call).length, *text);
  return call.self;
}

static Value create(Call& call) { return value_of_object(*call.site.result, call.run.make<Builder>()); }

static Value create_from(Call& call) {
  const Value made = create(call);
  if (call.text(0)) made.object<Builder>()->insert(call.run, 0, *call.text(0));
  return made;
}

// Items of an array or a sequence with a text or a unit between them.
static Value append_joined(Call& call) {
  if (call.arguments[1].is_null()) return call.run.fail_null("values");
  const bool is_unit = call.arguments[0].is(types::character);
  const String* separator = is_unit ? unit_string(call.run, call.character(0)) : call.text(0);
  bool is_first = true;
  for (Items items(call.run, call.arguments[1]); items.next(); is_first = false) {
    if (!is_first) append_text(call, separator);
    append_text(call, to_string(call.run, items.current));
  }
  return call.self;
}

static Value append_line(Call& call, const String* text) {
  append_text(call, text);
  return append_text(call, unit_string(call.run, u'\n'));
}

static Value append_repeated(Call& call) {
  if (call.int32(1) < 0) return call.run.fail_range("Count must be non-negative.", "repeatCount");
  TextBuilder units(call.run);
  units.append(call.character(0), static_cast<size_t>(call.int32(1)));
  return append_text(call, units.finish());
}

static Value append_format(Call& call) {
  if (!call.text(0)) return call.run.fail_null("format");
  const auto* arguments = call.object<const Array>(1);
  if (!arguments) return call.run.fail_null("args");
  return append_text(call, composite_format(call.run, *call.text(0), arguments->span()));
}

static bool is_place(Call& call, int64_t at, int64_t count) {
  if (at >= 0 && count >= 0 && at + count <= self_builder(call).length) return true;
  call.run.fail_range("Index was out of range. Must be non-negative and less than the size of the collection.", "index");
  return false;
}

static Value insert(Call& call) {
  if (!is_place(call, call.int32(0), 0)) return {};
  self_builder(call).insert(call.run, static_cast<size_t>(call.int32(0)), *to_string(call.run, call.arguments[1]));
  return call.self;
}

static Value insert_repeated(Call& call) {
  if (!is_place(call, call.int32(0), 0)) return {};
  if (call.int32(2) < 0) return call.run.fail_range("Non-negative number required.", "count");
  for (int32_t i = 0; call.text(1) && i < call.int32(2); ++i)
    if (!self_builder(call).insert(call.run, static_cast<size_t>(call.int32(0)), *call.text(1))) return {};
  return call.self;
}

static Value insert_units(Call& call) {
  if (!is_place(call, call.int32(0), 0)) return {};
  TextBuilder inserted(call.run);
  if (const auto* units = call.object<const Array>(1))
    for (const Value unit : units->span()) inserted.append(unit.character());
  self_builder(call).insert(call.run, static_cast<size_t>(call.int32(0)), *inserted.finish());
  return call.self;
}

static Value insert_units_part(Call& call) {
  const auto* units = call.object<const Array>(1);
  const int64_t start = call.int32(2), count = call.int32(3);
  if (!is_place(call, call.int32(0), 0)) return {};
  if (!units && start == 0 && count == 0) return call.self;
  if (!units) return call.run.fail_null("value");
  if (start < 0 || count < 0 || start + count > units->length)
    return call.run.fail_range("Index was out of range. Must be non-negative and less than the size of the collection.", "startIndex");
  TextBuilder inserted(call.run);
  for (int64_t i = start; i < start + count; ++i) inserted.append(units->items[i].character());
  self_builder(call).insert(call.run, static_cast<size_t>(call.int32(0)), *inserted.finish());
  return call.self;
}

static Value copy_to(Call& call) {
  const auto* to = call.object<const Array>(1);
  const int64_t from = call.int32(0), at = call.int32(2), count = call.int32(3);
  if (!to) return call.run.fail_null("destination");
  if (!is_place(call, from, count)) return {};
  if (at < 0 || at + count > to->length)
    return call.run.fail(types::argument_exception,
                         "Either offset did not refer to a position in the string, or there is an insufficient "
                         "length of destination character array.");
  if (!call.run.charge(static_cast<uint64_t>(count))) return {};
  for (int64_t i = 0; i < count; ++i) to->items[at + i] = character(self_builder(call).units[from + i]);
  return {};
}

static Value ensure_capacity(Call& call) {
  Builder& builder = self_builder(call);
  const int64_t wanted = call.int32(0);
  if (wanted < 0) return call.run.fail_range("Capacity must be positive.", "capacity");
  if (wanted > builder.length) builder.reserve(call.run, static_cast<size_t>(wanted) - builder.length);
  return int32(static_cast<int32_t>(builder.capacity));
}

static Value remove(Call& call) {
  if (!is_place(call, call.int32(0), call.int32(1))) return {};
  self_builder(call).erase(static_cast<size_t>(call.int32(0)), static_cast<size_t>(call.int32(1)));
  return call.self;
}

// In `count` units from `startIndex` on.
static Value replace_part(Call& call, size_t start, size_t count) {
  if (!call.text(0)) return call.run.fail_null("oldValue");
  const String& old = *call.text(0);
  if (old.empty()) return call.run.fail_argument(types::argument_exception, "Empty name is not legal.", "oldValue");
  const String* all = self_builder(call).text(call.run);
  const String* whole = substring(call.run, *all, start, count);
  Builder replaced;
  replaced.insert(call.run, 0, *substring(call.run, *all, 0, start));
  size_t from = 0;
  for (size_t at; (at = find(*whole, old, from)) != npos && call.run.charge(1); from = at + old.length) {
    replaced.insert(call.run, replaced.length, *substring(call.run, *whole, from, at - from));
    if (call.text(1)) replaced.insert(call.run, replaced.length, *call.text(1));
  }
  replaced.insert(call.run, replaced.length, *substring(call.run, *whole, from, whole->length - from));
  replaced.insert(call.run, replaced.length, *substring(call.run, *all, start + count, all->length - start - count));
  if (!call.run.failed()) self_builder(call) = replaced;
  return call.self;
}

static Value replace_in(Call& call) {
  if (!is_place(call, call.int32(2), call.int32(3))) return {};
  return replace_part(call, static_cast<size_t>(call.int32(2)), static_cast<size_t>(call.int32(3)));
}

static Value replace_unit_in(Call& call) {
  if (!is_place(call, call.int32(2), call.int32(3)) || !call.run.charge_text(static_cast<size_t>(call.int32(3)))) return {};
  char16_t* first = self_builder(call).units + call.int32(2);
  std::replace(first, first + call.int32(3), call.character(0), call.character(1));
  return call.self;
}

static Value replace_unit(Call& call) {
  Builder& builder = self_builder(call);
  if (call.run.charge_text(builder.length))
    std::replace(builder.units, builder.units + builder.length, call.character(0), call.character(1));
  return call.self;
}

static Value append_units(Call& call) {
  const auto* units = call.object<const Array>(0);
  if (!units) return call.self;
  TextBuilder appended(call.run);
  for (const Value& unit : units->span()) appended.append(unit.character());
  return append_text(call, appended.finish());
}

static Value append_units_part(Call& call) {
  const auto* units = call.object<const Array>(0);
  const int64_t start = call.int32(1), count = call.int32(2);
  if (!units) return call.run.fail_null("value");
  if (count < 0 || start < 0 || start + count > units->length)
    return call.run.fail_range("Index was out of range. Must be non-negative and less than the size of the collection.", "charCount");
  TextBuilder appended(call.run);
  for (int64_t i = start; i < start + count; ++i) appended.append(units->items[i].character());
  return append_text(call, appended.finish());
}

static Value set_capacity(Call& call) {
  Builder& builder = self_builder(call);
  const int64_t wanted = call.int32(0);
  if (wanted < builder.length) return call.run.fail_range("capacity was less than the current size.", "value");
  builder.reserve(call.run, static_cast<size_t>(wanted) - builder.length);
  return {};
}

static Value append_part(Call& call) {
  const String* whole = call.text(0);
  const int64_t start = call.int32(1), count = call.int32(2);
  if (!whole && start == 0 && count == 0) return call.self;
  if (!whole) return call.run.fail_null("value");
  if (count < 0 || start < 0 || start + count > whole->length)
    return call.run.fail_range("Index was out of range. Must be non-negative and less than the size of the collection.",
                               count < 0 ? "count" : "startIndex");
  return append_text(call, substring(call.run, *whole, static_cast<size_t>(start), static_cast<size_t>(count)));
}

static Value unit_at(Call& call) {
  if (call.int32(0) < 0 || static_cast<uint32_t>(call.int32(0)) >= self_builder(call).length)
    return call.run.fail(types::index_out_of_range_exception, "Index was outside the bounds of the array.");
  return character(self_builder(call).units[call.int32(0)]);
}

static Value set_unit_at(Call& call) {
  if (!is_place(call, call.int32(0), 1)) return {};
  self_builder(call).units[call.int32(0)] = call.character(1);
  return {};
}

static Value set_length(Call& call) {
  Builder& builder = self_builder(call);
  const int32_t wanted = call.int32(0);
  if (wanted < 0) return call.run.fail_range("Length cannot be less than zero.", "value");
  if (static_cast<uint32_t>(wanted) > builder.length) {
    if (!builder.reserve(call.run, static_cast<uint32_t>(wanted) - builder.length)) return {};
    std::fill(builder.units + builder.length, builder.units + wanted, u'\0');
  }
  builder.length = static_cast<uint32_t>(wanted);
  return {};
}

static Value text_part(Call& call) {
  if (!is_place(call, call.int32(0), call.int32(1))) return {};
  return text(string_of(call.run, {self_builder(call).units + call.int32(0), static_cast<size_t>(call.int32(1))}));
}

static constexpr Member builder_members[] = {
    {"new()", create},
    {"new(int capacity)", create},
    {"new(string value)", create_from},
    {"new(string value, int capacity)", create_from},
    {"int Length", [](Call& call) { return int32(static_cast<int32_t>(self_builder(call).length)); }, set_length},
    {"int Capacity", [](Call& call) { return int32(static_cast<int32_t>(self_builder(call).capacity)); }, set_capacity},
    {"int MaxCapacity", [](Call&) { return int32(std::numeric_limits<int32_t>::max()); }},
    {"char this[int index]", unit_at, set_unit_at},
    {"StringBuilder Append(string value)", [](Call& call) { return append_text(call, call.text(0)); }},
    {"StringBuilder Append(object value)", [](Call& call) { return append_text(call, to_string(call.run, call.arguments[0])); }},
    {"StringBuilder Append(char value)", [](Call& call) { return append_text(call, unit_string(call.run, call.character(0))); }},
    {"StringBuilder Append(char value, int repeatCount)", append_repeated},
    {"StringBuilder Append(char[] value)", append_units},
    {"StringBuilder Append(string value, int startIndex, int count)", append_part},
    {"StringBuilder AppendLine()", [](Call& call) { return append_line(call, nullptr); }},
    {"StringBuilder AppendLine(string value)", [](Call& call) { return append_line(call, call.text(0)); }},
    {"StringBuilder Append(char[] value, int startIndex, int charCount)", append_units_part},
    {"StringBuilder AppendFormat(string format, params object[] args)", append_format},
    {"StringBuilder AppendJoin(string separator, params string[] values)", append_joined},
    {"StringBuilder AppendJoin(string separator, params object[] values)", append_joined},
    {"StringBuilder AppendJoin<T>(string separator, IEnumerable<T> values)", append_joined},
    {"StringBuilder AppendJoin(char separator, params string[] values)", append_joined},
    {"StringBuilder AppendJoin(char separator, params object[] values)", append_joined},
    {"StringBuilder AppendJoin<T>(char separator, IEnumerable<T> values)", append_joined},
    {"StringBuilder Insert(int index, string value, int count)", insert_repeated},
    {"StringBuilder Insert(int index, char[] value)", insert_units},
    {"StringBuilder Insert(int index, char[] value, int startIndex, int charCount)", insert_units_part},
    {"StringBuilder Insert(int index, object value)", insert},
    {"void CopyTo(int sourceIndex, char[] destination, int destinationIndex, int count)", copy_to},
    {"int EnsureCapacity(int capacity)", ensure_capacity},
    {"StringBuilder Remove(int startIndex, int length)", remove},
    {"StringBuilder Replace(string oldValue, string newValue)",
     [](Call& call) { return replace_part(call, 0, self_builder(call).length); }},
    {"StringBuilder Replace(string oldValue, string newValue, int startIndex, int count)", replace_in},
    {"StringBuilder Replace(char oldChar, char newChar)", replace_unit},
    {"StringBuilder Replace(char oldChar, char newChar, int startIndex, int count)", replace_unit_in},
    {"StringBuilder Clear()", [](Call& call) { return self_builder(call).length = 0, call.self; }},
    {"string ToString(int startIndex, int length)", text_part},
};

static const TypeRows character_types[] = {
    {types::character, character_members, &character_ops},
    {builder_type, builder_members, &builder_ops},
};

}  // namespace character_rows

extern const Family character_family;
const Family character_family{character_rows::character_types};

}  // namespace gatelet::cs
