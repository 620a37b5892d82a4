// The integer types, double, float, bool: parsing, limits, text. System.Decimal: decimal.cpp.
#include <cmath>
#include <limits>

#include "expr/format.hpp"
#include "expr/member.hpp"
#include "expr/numbers.hpp"

namespace gatelet::cs {
namespace number_rows {

static const String* number_text(Evaluation& run, Value self) { return format_number(run, self, nullptr); }
static bool same_number(Evaluation&, Value self, Value other) { return self.type == other.type && self.bits == other.bits; }
static int32_t hash_number(Evaluation&, Value self) { return static_cast<int32_t>(self.uint64() ^ self.uint64() >> 32); }
static int order(auto a, auto b) { return a < b ? -1 : a > b ? 1 : 0; }
static int compare_signed(Evaluation&, Value a, Value b) { return order(a.bits, b.bits); }
static int compare_unsigned(Evaluation&, Value a, Value b) { return order(a.uint64(), b.uint64()); }

// NaN equals itself here and comes before everything.
static bool same_real(Evaluation&, Value self, Value other) {
  if (self.type != other.type) return false;
  const double a = self.real(), b = other.real();
  return a == b || (std::isnan(a) && std::isnan(b));
}
static int compare_real(Evaluation&, Value a, Value b) {
  const double left = a.real(), right = b.real();
  if (std::isnan(left) || std::isnan(right)) return static_cast<int>(std::isnan(right)) - static_cast<int>(std::isnan(left));
  return order(left, right);
}

static constexpr TypeOps signed_ops{
    .to_string = number_text, .format = format_number, .equals = same_number, .hash = hash_number, .compare = compare_signed};
static constexpr TypeOps unsigned_ops{
    .to_string = number_text, .format = format_number, .equals = same_number, .hash = hash_number, .compare = compare_unsigned};
static constexpr TypeOps real_ops{
    .to_string = number_text, .format = format_number, .equals = same_real, .hash = hash_number, .compare = compare_real};

static Value number_format(Call& call) { return text(format_number(call.run, call.self, call.text(0))); }
static Value number_equals(Call& call) { return boolean(call.self.type->operations().equals(call.run, call.self, call.arguments[0])); }
static Value number_compare(Call& call) { return int32(call.self.type->operations().compare(call.run, call.self, call.arguments[0])); }

// Whether there is a text to parse; its length is charged.
static bool is_given(Call& call) { return call.text(0) && call.run.charge_text(call.text(0)->length); }

template <const Type& type>
static Value parse(Call& call) {
  if (!is_given(call)) return call.run.fail_null("s");
  int64_t value = 0;
  const NumberFault fault = parse_integer(*call.text(0), type, value);
  return fault == NumberFault::none ? value_of_bits(type, value) : fail_number(call.run, fault, type);
}

template <const Type& type>
static Value try_parse(Call& call) {
  int64_t value = 0;
  const bool is_number = is_given(call) && parse_integer(*call.text(0), type, value) == NumberFault::none;
  call.out(1) = value_of_bits(type, is_number ? value : 0);
  return boolean(is_number);
}

template <const Type& type>
static Value parse_real_as(Call& call) {
  if (!is_given(call)) return call.run.fail_null("s");
  double value = 0;
  const NumberFault fault = parse_real(*call.text(0), value);
  if (fault != NumberFault::none) return fail_number(call.run, fault, type);
  return value_of_real(type, &type == &types::single ? static_cast<float>(value) : value);
}

template <const Type& type>
static Value try_parse_real(Call& call) {
  double value = 0;
  const bool is_number = is_given(call) && parse_real(*call.text(0), value) == NumberFault::none;
  call.out(1) = value_of_real(type, !is_number ? 0 : &type == &types::single ? static_cast<float>(value) : value);
  return boolean(is_number);
}

template <const Type& type, int64_t value>
static Value constant(Call&) {
  return value_of_bits(type, value);
}

#define GATELET_INTEGER(id, name, ctype)                                                                         \
  static constexpr Member id##_members[] = {                                                                     \
      {"const " name " MinValue", constant<types::id, static_cast<int64_t>(std::numeric_limits<ctype>::min())>}, \
      {"const " name " MaxValue", constant<types::id, static_cast<int64_t>(std::numeric_limits<ctype>::max())>}, \
      {"static " name " Parse(string s)", parse<types::id>},                                                     \
      {"static bool TryParse(string s, out " name " result)", try_parse<types::id>},                             \
      {"string ToString(string format)", number_format},                                                         \
      {"bool Equals(" name " obj)", number_equals},                                                              \
      {"int CompareTo(" name " value)", number_compare},                                                         \
      {"int CompareTo(object value)", compare_to_object},                                                        \
  };
GATELET_INTEGER(int8, "sbyte", int8_t)
GATELET_INTEGER(uint8, "byte", uint8_t)
GATELET_INTEGER(int16, "short", int16_t)
GATELET_INTEGER(uint16, "ushort", uint16_t)
GATELET_INTEGER(int32, "int", int32_t)
GATELET_INTEGER(uint32, "uint", uint32_t)
GATELET_INTEGER(int64, "long", int64_t)
GATELET_INTEGER(uint64, "ulong", uint64_t)
#undef GATELET_INTEGER

template <const Type& type>
static Value real_constant(double value) {
  return value_of_real(type, value);
}

#define GATELET_REAL(id, name, ctype)                                                                                       \
  static constexpr Member id##_members[] = {                                                                                \
      {"const " name " MinValue", [](Call&) { return real_constant<types::id>(std::numeric_limits<ctype>::lowest()); }},    \
      {"const " name " MaxValue", [](Call&) { return real_constant<types::id>(std::numeric_limits<ctype>::max()); }},       \
      {"const " name " Epsilon", [](Call&) { return real_constant<types::id>(std::numeric_limits<ctype>::denorm_min()); }}, \
      {"const " name " NaN", [](Call&) { return real_constant<types::id>(std::numeric_limits<double>::quiet_NaN()); }},     \
      {"const " name " PositiveInfinity", [](Call&) { return real_constant<types::id>(HUGE_VAL); }},                        \
      {"const " name " NegativeInfinity", [](Call&) { return real_constant<types::id>(-HUGE_VAL); }},                       \
      {"static bool IsNaN(" name " d)", [](Call& call) { return boolean(std::isnan(call.real(0))); }},                      \
      {"static bool IsInfinity(" name " d)", [](Call& call) { return boolean(std::isinf(call.real(0))); }},                 \
      {"static bool IsPositiveInfinity(" name " d)", [](Call& call) { return boolean(call.real(0) == HUGE_VAL); }},         \
      {"static bool IsNegativeInfinity(" name " d)", [](Call& call) { return boolean(call.real(0) == -HUGE_VAL); }},        \
      {"static " name " Parse(string s)", parse_real_as<types::id>},                                                        \
      {"static bool TryParse(string s, out " name " result)", try_parse_real<types::id>},                                   \
      {"string ToString(string format)", number_format},                                                                    \
      {"bool Equals(" name " obj)", number_equals},                                                                         \
      {"int CompareTo(" name " value)", number_compare},                                                                    \
      {"int CompareTo(object value)", compare_to_object},                                                                   \
      {"static bool IsFinite(" name " d)", [](Call& call) { return boolean(std::isfinite(call.real(0))); }},                \
      {"static bool IsNegative(" name " d)", [](Call& call) { return boolean(std::signbit(call.real(0))); }},               \
  };
GATELET_REAL(real, "double", double)
GATELET_REAL(single, "float", float)
#undef GATELET_REAL

static const String* boolean_text(Evaluation& run, Value self) { return view_of(run, self.boolean() ? "True" : "False"); }
static constexpr TypeOps boolean_ops{.to_string = boolean_text, .hash = hash_number, .compare = compare_signed};

static Value parse_boolean(Call& call) {
  if (!is_given(call)) return call.run.fail_null("value");
  bool value = false;
  if (cs::parse_boolean(*call.text(0), value)) return boolean(value);
  return call.run.fail(types::format_exception, "String was not recognized as a valid Boolean.");
}

static Value try_parse_boolean(Call& call) {
  bool value = false;
  const bool is_boolean = is_given(call) && cs::parse_boolean(*call.text(0), value);
  call.out(1) = boolean(is_boolean && value);
  return boolean(is_boolean);
}

static constexpr Member boolean_members[] = {
    {"static string TrueString", [](Call& call) { return text(view_of(call.run, "True")); }},
    {"static string FalseString", [](Call& call) { return text(view_of(call.run, "False")); }},
    {"static bool Parse(string value)", parse_boolean},
    {"static bool TryParse(string value, out bool result)", try_parse_boolean},
    {"bool Equals(bool obj)", [](Call& call) { return boolean(call.self.bits == call.arguments[0].bits); }},
    {"int CompareTo(bool value)", number_compare},
    {"int CompareTo(object value)", compare_to_object},
};

static const TypeRows number_types[] = {
    {types::int8, int8_members, &signed_ops},        {types::uint8, uint8_members, &unsigned_ops},
    {types::int16, int16_members, &signed_ops},      {types::uint16, uint16_members, &unsigned_ops},
    {types::int32, int32_members, &signed_ops},      {types::uint32, uint32_members, &unsigned_ops},
    {types::int64, int64_members, &signed_ops},      {types::uint64, uint64_members, &unsigned_ops},
    {types::real, real_members, &real_ops},          {types::single, single_members, &real_ops},
    {types::boolean, boolean_members, &boolean_ops},
};

}  // namespace number_rows

// "true" and "false" in any case, blanks and zeros around.
bool parse_boolean(const String& text, bool& out) {
  const auto is_passed_over = [](char16_t unit) { return unit == 0 || is_white_space(unit); };
  size_t from = 0, to = text.length;
  while (from < to && is_passed_over(text[from])) ++from;
  while (to > from && is_passed_over(text[to - 1])) --to;
  const auto is_word = [&](std::string_view word) {
    if (to - from != word.size()) return false;
    for (size_t i = 0; i < word.size(); ++i)
      if ((text[from + i] | 0x20) != word[i] || text[from + i] > 127) return false;
    return true;
  };
  out = is_word("true");
  return out || is_word("false");
}

extern const Family number_family;
const Family number_family{number_rows::number_types};

}  // namespace gatelet::cs
