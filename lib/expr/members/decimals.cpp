// System.Decimal.
#include "expr/member.hpp"
#include "expr/numbers.hpp"

namespace gatelet::cs {
namespace decimal_rows {

static const Decimal& self_decimal(const Call& call) { return *call.self.object<const Decimal>(); }
static const Decimal& argument(const Call& call, size_t i) { return *call.object<const Decimal>(i); }

static const String* text_of(Evaluation& run, Value self) { return decimal_text(run, *self.object<const Decimal>()); }
static bool same(Evaluation&, Value self, Value other) {
  return self.type == other.type && compare(*self.object<const Decimal>(), *other.object<const Decimal>()) == 0;
}
static int32_t hash(Evaluation&, Value self) {
  const double value = real_of(*self.object<const Decimal>());
  const auto bits = std::bit_cast<uint64_t>(value);
  return static_cast<int32_t>(bits ^ bits >> 32);
}
static int order(Evaluation&, Value a, Value b) { return compare(*a.object<const Decimal>(), *b.object<const Decimal>()); }

static constexpr TypeOps decimal_ops{.to_string = text_of, .format = format_number, .equals = same, .hash = hash, .compare = order};

using Operation = bool (*)(Evaluation& run, const Decimal& a, const Decimal& b, Decimal& out);

template <Operation operation>
static Value binary(Call& call) {
  Decimal result;
  return operation(call.run, argument(call, 0), argument(call, 1), result) ? decimal_value(call.run, result) : Value{};
}

static bool subtract(Evaluation& run, const Decimal& a, const Decimal& b, Decimal& out) { return add(run, a, negated(b), out); }

template <class Test>
static Value ordered(Call& call, Test test) {
  return boolean(test(compare(argument(call, 0), argument(call, 1))));
}

static Value fail_overflow(Call& call, const Type& type) { return fail_number(call.run, NumberFault::overflow, type); }

// To an integer type: cut toward zero.
template <const Type& type>
static Value to_integer(Call& call) {
  if (&type == &types::uint64) {
    uint64_t value = 0;
    return unsigned_of(argument(call, 0), value) ? value_of_bits(type, static_cast<int64_t>(value)) : fail_overflow(call, type);
  }
  int64_t value = 0;
  return integer_of(argument(call, 0), value) && fits_integer(value, type) ? value_of_bits(type, value) : fail_overflow(call, type);
}

static Value from_signed(Call& call) { return decimal_value(call.run, decimal_of(call.int64(0))); }
static Value from_unsigned(Call& call) { return decimal_value(call.run, decimal_of_unsigned(call.arguments[0].uint64())); }

template <int digits>
static Value from_real(Call& call) {
  Decimal result;
  return decimal_of_real(call.run, call.real(0), digits, result) ? decimal_value(call.run, result) : Value{};
}

static Value parse(Call& call) {
  if (!call.text(0)) return call.run.fail_null("s");
  if (!call.run.charge_text(call.text(0)->length)) return {};
  Decimal result;
  const NumberFault fault = parse_decimal(*call.text(0), result);
  return fault == NumberFault::none ? decimal_value(call.run, result) : fail_number(call.run, fault, types::decimal);
}

static Value try_parse(Call& call) {
  Decimal result;
  const bool is_number =
      call.text(0) && call.run.charge_text(call.text(0)->length) && parse_decimal(*call.text(0), result) == NumberFault::none;
  call.out(1) = decimal_value(call.run, is_number ? result : Decimal{});
  return boolean(is_number);
}

template <Rounding rounding>
static Value whole(Call& call) {
  return decimal_value(call.run, rounded(argument(call, 0), 0, rounding));
}

static Value round(Call& call, int32_t places, int64_t mode) {
  if (places < 0 || places > 28) return call.run.fail_range("Decimal can only round to between 0 and 28 digits of precision.", "decimals");
  return decimal_value(call.run, rounded(argument(call, 0), places, mode == 0 ? Rounding::half_even : Rounding::half_away));
}

template <uint32_t bits, bool negative>
static Value extreme(Call& call) {
  return decimal_value(call.run, {bits, bits, bits, 0, negative});
}

static constexpr int scale_shift = 16;
static constexpr uint32_t sign_bit = 0x80000000;

static Value bits_of(Call& call) {
  const Decimal& d = argument(call, 0);
  const uint32_t flags = static_cast<uint32_t>(d.scale) << scale_shift | (d.negative ? sign_bit : 0);
  const Value words[] = {int32(static_cast<int32_t>(d.low)), int32(static_cast<int32_t>(d.middle)), int32(static_cast<int32_t>(d.high)),
                         int32(static_cast<int32_t>(flags))};
  return array_value(call.run, types::int32, words);
}

static Value fail_bits(Call& call) {
  return call.run.fail(types::argument_exception, "Decimal constructor requires an array or span of four valid decimal bytes.");
}

// The four words of GetBits.
static Value of_bits(Call& call) {
  const auto* words = call.object<const Array>(0);
  if (!words) return call.run.fail_null("bits");
  if (words->length != 4) return fail_bits(call);
  const auto flags = static_cast<uint32_t>(words->items[3].int32()), scale = flags >> scale_shift & 0xFF;
  if ((flags & ~(sign_bit | 0xFFu << scale_shift)) != 0 || scale > 28) return fail_bits(call);
  const auto word = [&](size_t i) { return static_cast<uint32_t>(words->items[i].int32()); };
  return decimal_value(call.run, {word(0), word(1), word(2), static_cast<uint8_t>(scale), (flags & sign_bit) != 0});
}

static Value of_words(Call& call) {
  const int64_t scale = call.int64(4);
  if (scale > 28) return call.run.fail_range("Decimal's scale value must be between 0 and 28, inclusive.", "scale");
  const auto word = [&](size_t i) { return static_cast<uint32_t>(call.int32(i)); };
  return decimal_value(call.run, {word(0), word(1), word(2), static_cast<uint8_t>(scale), call.boolean(3)});
}

#define GATELET_FROM(name, function) \
  { "static implicit operator decimal(" name " value)", function }
#define GATELET_TO(name, id) \
  { "static explicit operator " name "(decimal value)", to_integer<types::id> }

static constexpr Member decimal_members[] = {
    {"static decimal Zero", [](Call& call) { return decimal_value(call.run, {}); }},
    {"static decimal One", [](Call& call) { return decimal_value(call.run, decimal_of(1)); }},
    {"static decimal MinusOne", [](Call& call) { return decimal_value(call.run, decimal_of(-1)); }},
    {"static decimal MaxValue", extreme<UINT32_MAX, false>},
    {"static decimal MinValue", extreme<UINT32_MAX, true>},
    {"new(int value)", from_signed},
    {"new(long value)", from_signed},
    {"new(double value)", from_real<15>},
    {"new(float value)", from_real<7>},
    {"new(int[] bits)", of_bits},
    {"new(int lo, int mid, int hi, bool isNegative, byte scale)", of_words},
    {"static decimal operator +(decimal a, decimal b)", binary<add>},
    {"static decimal operator -(decimal a, decimal b)", binary<subtract>},
    {"static decimal operator *(decimal a, decimal b)", binary<multiply>},
    {"static decimal operator /(decimal a, decimal b)", binary<divide>},
    {"static decimal operator %(decimal a, decimal b)", binary<remainder>},
    {"static decimal operator -(decimal d)", [](Call& call) { return decimal_value(call.run, negated(argument(call, 0))); }},
    {"static decimal operator +(decimal d)", [](Call& call) { return call.arguments[0]; }},
    {"static bool operator ==(decimal a, decimal b)", [](Call& call) { return ordered(call, [](int o) { return o == 0; }); }},
    {"static bool operator !=(decimal a, decimal b)", [](Call& call) { return ordered(call, [](int o) { return o != 0; }); }},
    {"static bool operator <(decimal a, decimal b)", [](Call& call) { return ordered(call, [](int o) { return o < 0; }); }},
    {"static bool operator >(decimal a, decimal b)", [](Call& call) { return ordered(call, [](int o) { return o > 0; }); }},
    {"static bool operator <=(decimal a, decimal b)", [](Call& call) { return ordered(call, [](int o) { return o <= 0; }); }},
    {"static bool operator >=(decimal a, decimal b)", [](Call& call) { return ordered(call, [](int o) { return o >= 0; }); }},
    GATELET_FROM("sbyte", from_signed),
    GATELET_FROM("byte", from_signed),
    GATELET_FROM("short", from_signed),
    GATELET_FROM("ushort", from_signed),
    GATELET_FROM("char", from_signed),
    GATELET_FROM("int", from_signed),
    GATELET_FROM("uint", from_signed),
    GATELET_FROM("long", from_signed),
    GATELET_FROM("ulong", from_unsigned),
    {"static explicit operator decimal(double value)", from_real<15>},
    {"static explicit operator decimal(float value)", from_real<7>},
    GATELET_TO("sbyte", int8),
    GATELET_TO("byte", uint8),
    GATELET_TO("short", int16),
    GATELET_TO("ushort", uint16),
    GATELET_TO("int", int32),
    GATELET_TO("uint", uint32),
    GATELET_TO("long", int64),
    GATELET_TO("ulong", uint64),
    {"static explicit operator double(decimal value)", [](Call& call) { return real(real_of(argument(call, 0))); }},
    {"static explicit operator float(decimal value)",
     [](Call& call) { return value_of_real(types::single, static_cast<float>(real_of(argument(call, 0)))); }},
    {"static decimal Parse(string s)", parse},
    {"static bool TryParse(string s, out decimal result)", try_parse},
    {"static decimal Add(decimal d1, decimal d2)", binary<add>},
    {"static decimal Subtract(decimal d1, decimal d2)", binary<subtract>},
    {"static decimal Multiply(decimal d1, decimal d2)", binary<multiply>},
    {"static decimal Divide(decimal d1, decimal d2)", binary<divide>},
    {"static decimal Remainder(decimal d1, decimal d2)", binary<remainder>},
    {"static decimal Negate(decimal d)", [](Call& call) { return decimal_value(call.run, negated(argument(call, 0))); }},
    {"static decimal Floor(decimal d)", whole<Rounding::down>},
    {"static decimal Ceiling(decimal d)", whole<Rounding::up>},
    {"static decimal Truncate(decimal d)", whole<Rounding::to_zero>},
    {"static decimal Round(decimal d)", [](Call& call) { return round(call, 0, 0); }},
    {"static decimal Round(decimal d, int decimals)", [](Call& call) { return round(call, call.int32(1), 0); }},
    {"static decimal Round(decimal d, MidpointRounding mode)", [](Call& call) { return round(call, 0, call.int64(1)); }},
    {"static decimal Round(decimal d, int decimals, MidpointRounding mode)",
     [](Call& call) { return round(call, call.int32(1), call.int64(2)); }},
    {"static int Compare(decimal d1, decimal d2)", [](Call& call) { return int32(compare(argument(call, 0), argument(call, 1))); }},
    {"static int ToInt32(decimal d)", to_integer<types::int32>},
    {"static long ToInt64(decimal d)", to_integer<types::int64>},
    {"static sbyte ToSByte(decimal value)", to_integer<types::int8>},
    {"static byte ToByte(decimal value)", to_integer<types::uint8>},
    {"static short ToInt16(decimal value)", to_integer<types::int16>},
    {"static ushort ToUInt16(decimal value)", to_integer<types::uint16>},
    {"static uint ToUInt32(decimal d)", to_integer<types::uint32>},
    {"static ulong ToUInt64(decimal d)", to_integer<types::uint64>},
    {"static float ToSingle(decimal d)",
     [](Call& call) { return value_of_real(types::single, static_cast<float>(real_of(argument(call, 0)))); }},
    {"static int[] GetBits(decimal d)", bits_of},
    {"static double ToDouble(decimal d)", [](Call& call) { return real(real_of(argument(call, 0))); }},
    {"string ToString(string format)", [](Call& call) { return text(format_number(call.run, call.self, call.text(0))); }},
    {"bool Equals(decimal value)", [](Call& call) { return boolean(compare(self_decimal(call), argument(call, 0)) == 0); }},
    {"int CompareTo(object value)", compare_to_object},
    {"int CompareTo(decimal value)", [](Call& call) { return int32(compare(self_decimal(call), argument(call, 0))); }},
};
#undef GATELET_FROM
#undef GATELET_TO

static const TypeRows decimal_types[] = {{types::decimal, decimal_members, &decimal_ops}};

}  // namespace decimal_rows

extern const Family decimal_family;
const Family decimal_family{decimal_rows::decimal_types};

}  // namespace gatelet::cs
