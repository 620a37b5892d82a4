// Filters of numbers, money and dates.
#include <cmath>

#include "expr/context_model.hpp"
#include "expr/dates.hpp"
#include "expr/format.hpp"
#include "expr/numbers.hpp"
#include "liquid/filters.hpp"

namespace gatelet::liquid {
namespace number_filter_rows {

static Value fail_number(FilterCall& call) {
  return call.run.fail(cs::types::format_exception, "Input string was not in a correct format."), Value{};
}
static Value fail_division(FilterCall& call) {
  return call.run.fail(cs::types::divide_by_zero_exception, "Attempted to divide by zero."), Value{};
}

struct Operation {
  bool (*whole)(int64_t a, int64_t b, int64_t& out);  // false: too large
  bool (*exact)(cs::Evaluation& run, const cs::Decimal& a, const cs::Decimal& b, cs::Decimal& out);
  double (*approximate)(double a, double b);
  bool divides = false;
};

// Two integers stay integers; what else fits is computed as decimals, so that 0.1 plus 10 minus 10 is 0.1.
static Value compute(FilterCall& call, const Operation& operation) {
  const Value a = scalar(call.scene, call.input), b = scalar(call.scene, call.argument(0));
  if (a.is_nil() || b.is_nil()) return {};
  int64_t whole = 0;
  if (a.kind == Kind::integer && b.kind == Kind::integer) {
    if (operation.divides && b.bits == 0) return fail_division(call);
    if (operation.whole(a.bits, b.bits, whole)) return integer(whole);
    return call.run.fail(cs::types::overflow_exception, "Arithmetic operation resulted in an overflow."), Value{};
  }
  cs::Decimal exact_a, exact_b, exact;
  if (decimal_of(call.scene, a, exact_a) && decimal_of(call.scene, b, exact_b) && !(operation.divides && cs::is_zero(exact_b))) {
    if (operation.exact(call.run, exact_a, exact_b, exact)) return decimal(call.scene, exact);
    if (!call.run.take_fault()) return {};  // a limit; else it was too large for a decimal
  }
  double real_a = 0, real_b = 0;
  if (!real_of(call.scene, a, real_a) || !real_of(call.scene, b, real_b)) return fail_number(call);
  return real(operation.approximate(real_a, real_b));
}

static bool subtract(cs::Evaluation& run, const cs::Decimal& a, const cs::Decimal& b, cs::Decimal& out) {
  return cs::add(run, a, cs::negated(b), out);
}

static Value plus(FilterCall& call) {
  return compute(call, {[](int64_t a, int64_t b, int64_t& out) { return !__builtin_add_overflow(a, b, &out); }, cs::add,
                        [](double a, double b) { return a + b; }});
}
static Value minus(FilterCall& call) {
  return compute(call, {[](int64_t a, int64_t b, int64_t& out) { return !__builtin_sub_overflow(a, b, &out); }, subtract,
                        [](double a, double b) { return a - b; }});
}
static Value times(FilterCall& call) {
  return compute(call, {[](int64_t a, int64_t b, int64_t& out) { return !__builtin_mul_overflow(a, b, &out); }, cs::multiply,
                        [](double a, double b) { return a * b; }});
}
static Value divided_by(FilterCall& call) {
  const auto whole = [](int64_t a, int64_t b, int64_t& out) { return !(a == INT64_MIN && b == -1) && (out = a / b, true); };
  return compute(call, {whole, cs::divide, [](double a, double b) { return a / b; }, true});
}
static Value modulo(FilterCall& call) {
  const auto whole = [](int64_t a, int64_t b, int64_t& out) { return out = b == -1 ? 0 : a % b, true; };
  return compute(call, {whole, cs::remainder, [](double a, double b) { return std::fmod(a, b); }, true});
}

static Value abs(FilterCall& call) {
  cs::Decimal number;
  if (!decimal_of(call.scene, call.input, number)) return integer(0);
  number.negative = false;
  return decimal(call.scene, number);
}

// The one of the two that is the limit; what is no number stays as it is.
static Value limit(FilterCall& call, bool is_least) {
  cs::Decimal number, bound;
  if (!decimal_of(call.scene, call.input, number) || !decimal_of(call.scene, call.argument(0), bound)) return call.input;
  const int order = cs::compare(number, bound);
  return decimal(call.scene, (is_least ? order < 0 : order > 0) ? bound : number);
}
static Value at_least(FilterCall& call) { return limit(call, true); }
static Value at_most(FilterCall& call) { return limit(call, false); }

// Half to even, as Math.Round does; what cannot be rounded is nil.
static Value round(FilterCall& call) {
  int64_t places = 0;
  cs::Decimal number;
  if (call.input.is_nil()) return integer(0);
  if (!integer_of(call.scene, call.argument(0), places) || places < 0 || places > 28 || !decimal_of(call.scene, call.input, number))
    return {};
  return decimal(call.scene, cs::rounded(number, static_cast<int>(places), cs::Rounding::half_even));
}

template <cs::Rounding rounding>
static Value round_to_whole(FilterCall& call) {
  cs::Decimal number;
  return decimal_of(call.scene, call.input, number) ? decimal(call.scene, cs::rounded(number, 0, rounding)) : Value{};
}

// Of a language tag: how money is written.
struct Culture {
  std::string_view tag;
  std::string_view symbol;
  std::string_view point;
  std::string_view group;
  bool is_behind;  // the symbol, with a space that does not break
  int places = 2;
};
constexpr Culture cultures[] = {
    {"", "\xC2\xA4", ".", ",", false},
    {"en-US", "$", ".", ",", false},
    {"en-CA", "$", ".", ",", false},
    {"en-AU", "$", ".", ",", false},
    {"en-GB", "\xC2\xA3", ".", ",", false},
    {"en-IN", "\xE2\x82\xB9", ".", ",", false},
    {"de-DE", "\xE2\x82\xAC", ",", ".", true},
    {"fr-FR", "\xE2\x82\xAC", ",", "\xE2\x80\xAF", true},
    {"es-ES", "\xE2\x82\xAC", ",", ".", true},
    {"it-IT", "\xE2\x82\xAC", ",", ".", true},
    {"pl-PL", "z\xC5\x82", ",", "\xC2\xA0", true},
    {"sv-SE", "kr", ",", "\xC2\xA0", true},
    {"ja-JP", "\xEF\xBF\xA5", ".", ",", false, 0},
    {"zh-CN", "\xC2\xA5", ".", ",", false},
};

static const Culture& culture_of(const cs::String& tag) {
  for (const Culture& culture : cultures)
    if (equal_ignoring_case(tag, cs::String{culture.tag.data(), static_cast<uint32_t>(culture.tag.size()), false})) return culture;
  return cultures[0];
}

static std::string money(const Culture& culture, std::string digits, bool is_negative) {
  std::string number;
  for (const char c : digits) number += c == '.' ? culture.point : c == ',' ? culture.group : std::string_view(&c, 1);
  const std::string text = culture.is_behind ? number + "\xC2\xA0" + std::string(culture.symbol) : std::string(culture.symbol) + number;
  if (!is_negative) return text;
  return culture.tag.empty() ? "(" + text + ")" : "-" + text;
}

static Value currency(FilterCall& call) {
  cs::Decimal amount;
  if (!decimal_of(call.scene, call.input, amount)) return text_value(&call.input_text());
  const Culture& culture = culture_of(call.text(0));
  cs::Decimal plain = cs::rounded(amount, culture.places, cs::Rounding::half_away);
  const bool is_negative = plain.negative && !cs::is_zero(plain);
  plain.negative = false;
  const cs::String* format = cs::view_of(call.run, culture.places == 0 ? "N0" : "N2");
  const cs::String* digits = cs::format_number(call.run, cs::decimal_value(call.run, plain), format);
  return text_value(cs::copy_of(call.run, money(culture, cs::utf8(*digits), is_negative)));
}

static bool is_word(const cs::String& text, std::string_view wanted) {
  return equal_ignoring_case(text, cs::String{wanted.data(), static_cast<uint32_t>(wanted.size()), false});
}

// The moment that a value means, in UTC: false: none.
static bool moment_of(FilterCall& call, Value value, cs::DateTime& out) {
  const int64_t now = call.run.context.utc_ticks();
  if (value.kind == Kind::date) return out = cs::DateTime::from_bits(value.bits), true;
  int64_t seconds = 0;
  if (value.is_number() && integer_of(call.scene, value, seconds)) {
    if (seconds < -62'135'596'800 || seconds > 253'402'300'799) return false;  // the years 1 and 9999
    return out = {cs::unix_epoch_ticks + seconds * cs::ticks_per_second, cs::DateTimeKind::utc}, true;
  }
  const cs::String& text = text_of(call.scene, value);
  if (is_word(text, "now") || is_word(text, "today")) return out = {now, cs::DateTimeKind::utc}, true;
  cs::ParsedDate parsed;
  if (!cs::parse_date(text, now - now % cs::ticks_per_day, parsed)) return false;
  out = {parsed.ticks - parsed.offset_minutes * cs::ticks_per_minute,
         parsed.has_offset ? cs::DateTimeKind::utc : cs::DateTimeKind::unspecified};
  return out.ticks >= 0 && out.ticks <= cs::date_ticks_max;
}

static bool is_blank(const cs::String& text) {
  for (size_t i = 0; i < text.length; ++i)
    if (!cs::is_white_space(text[i])) return false;
  return true;
}

// With .NET's formats. What is no date, or has no format, stays as it is.
static Value date_text(FilterCall& call) {
  const Value value = scalar(call.scene, call.input);
  if (value.is_nil()) return {};
  const cs::String& format = call.text(0);
  cs::DateTime moment;
  if (is_blank(format) || !moment_of(call, value, moment)) return text_value(&text_of(call.scene, value));
  return text_value(cs::format_date(call.run, moment, &format));
}

static constexpr Filter filters[] = {
    {"Abs", 0, 0, abs},
    {"AtLeast", 1, 1, at_least},
    {"AtMost", 1, 1, at_most},
    {"Ceil", 0, 0, round_to_whole<cs::Rounding::up>, false},
    {"Currency", 0, 1, currency},
    {"Date", 1, 1, date_text},
    {"DividedBy", 1, 1, divided_by},
    {"Floor", 0, 0, round_to_whole<cs::Rounding::down>, false},
    {"Minus", 1, 1, minus},
    {"Modulo", 1, 1, modulo},
    {"Plus", 1, 1, plus},
    {"Round", 0, 1, round},
    {"Times", 1, 1, times},
};

}  // namespace number_filter_rows

std::span<const Filter> number_filters() { return number_filter_rows::filters; }

}  // namespace gatelet::liquid
