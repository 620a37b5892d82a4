// System.Math and MidpointRounding.
#include <cmath>
#include <numbers>

#include "expr/member.hpp"
#include "expr/numbers.hpp"

namespace gatelet::cs {
namespace math_rows {

static constinit const Type math_type{.name = "System.Math", .is_static = true};

template <class T>
static Value wrap(const Type& type, T value) {
  if constexpr (std::is_floating_point_v<T>)
    return value_of_real(type, value);
  else
    return value_of_bits(type, static_cast<int64_t>(value));
}

template <class T>
static T argument(const Call& call, size_t i) {
  if constexpr (std::is_floating_point_v<T>)
    return static_cast<T>(call.real(i));
  else
    return static_cast<T>(call.int64(i));
}

template <class T>
static bool is_nan(T value) {
  if constexpr (std::is_floating_point_v<T>) return std::isnan(value);
  return false;
}

// .NET: a NaN on either side is the result.
template <class T>
static Value greater(Call& call) {
  const T a = argument<T>(call, 0), b = argument<T>(call, 1);
  return wrap(*call.site.result, a > b || is_nan(a) ? a : b);
}

template <class T>
static Value lesser(Call& call) {
  const T a = argument<T>(call, 0), b = argument<T>(call, 1);
  return wrap(*call.site.result, a < b || is_nan(a) ? a : b);
}

static const Decimal& decimal_argument(const Call& call, size_t i) { return *call.object<const Decimal>(i); }

template <class T>
static Value clamp(Call& call) {
  const T low = argument<T>(call, 1), high = argument<T>(call, 2);
  if (low > high) return call.run.fail(types::argument_exception, "'min' cannot be greater than 'max'.");
  const T value = argument<T>(call, 0);
  return wrap(*call.site.result, value < low ? low : value > high ? high : value);
}

static Value clamp_decimal(Call& call) {
  const Decimal &value = decimal_argument(call, 0), &low = decimal_argument(call, 1), &high = decimal_argument(call, 2);
  if (compare(low, high) > 0) return call.run.fail(types::argument_exception, "'min' cannot be greater than 'max'.");
  return call.arguments[compare(value, low) < 0 ? 1 : compare(value, high) > 0 ? 2 : 0];
}

template <int sign>
static Value extreme_decimal(Call& call) {
  const size_t taken = compare(decimal_argument(call, 0), decimal_argument(call, 1)) * sign >= 0 ? 0 : 1;
  return call.arguments[taken];
}

template <Rounding rounding>
static Value whole_decimal(Call& call) {
  return decimal_value(call.run, rounded(decimal_argument(call, 0), 0, rounding));
}

static Value round_decimal(Call& call, int32_t places, bool to_even) {
  if (places < 0 || places > 28) return call.run.fail_range("Decimal can only round to between 0 and 28 digits of precision.", "decimals");
  return decimal_value(call.run, rounded(decimal_argument(call, 0), places, to_even ? Rounding::half_even : Rounding::half_away));
}

static Value sign_of_decimal(Call& call) {
  const Decimal& value = decimal_argument(call, 0);
  return int32(is_zero(value) ? 0 : value.negative ? -1 : 1);
}

static Value absolute_decimal(Call& call) {
  Decimal value = decimal_argument(call, 0);
  value.negative = false;
  return decimal_value(call.run, value);
}

// The quotient; the remainder goes out.
static Value divide_with_rest(Call& call) {
  const int64_t dividend = call.int64(0), divisor = call.int64(1);
  if (divisor == 0) return call.run.fail(types::divide_by_zero_exception, "Attempted to divide by zero.");
  const int64_t lowest = call.site.result->basic == Basic::int32 ? INT32_MIN : INT64_MIN;
  if (divisor == -1 && dividend == lowest) return call.run.fail(types::overflow_exception, "Arithmetic operation resulted in an overflow.");
  call.out(2) = value_of_bits(*call.site.result, dividend % divisor);
  return value_of_bits(*call.site.result, dividend / divisor);
}

// .NET: the logarithm to the base 1 is no number, nor is that of anything but 1 to the base 0 or infinity.
static Value logarithm(Call& call) {
  const double value = call.real(0), base = call.real(1);
  if (std::isnan(value) || std::isnan(base)) return real(std::nan(""));
  if (base == 1 || (value != 1 && (base == 0 || std::isinf(base)))) return real(std::nan(""));
  return real(std::log(value) / std::log(base));
}

template <double (*function)(double, double)>
static Value binary(Call& call) {
  return real(function(call.real(0), call.real(1)));
}

template <class T>
static Value absolute(Call& call) {
  const T value = argument<T>(call, 0);
  if constexpr (!std::is_floating_point_v<T>)
    if (value == std::numeric_limits<T>::min())
      return call.run.fail(types::overflow_exception, "Negating the minimum value of a twos complement number is invalid.");
  return wrap(*call.site.result, static_cast<T>(value < 0 ? -value : value));
}

template <class T>
static Value sign(Call& call) {
  const T value = argument<T>(call, 0);
  if (is_nan(value)) return call.run.fail(types::arithmetic_exception, "Function does not accept floating point Not-a-Number values.");
  return int32(value > 0 ? 1 : value < 0 ? -1 : 0);
}

template <double (*function)(double)>
static Value unary(Call& call) {
  return real(function(call.real(0)));
}

static constexpr int32_t rounding_digits_max = 15;

static double round_to(double value, bool to_even) { return to_even ? std::nearbyint(value) : std::round(value); }

static Value round(Call& call, int32_t digits, bool to_even) {
  if (digits < 0 || digits > rounding_digits_max)
    return call.run.fail_range("Rounding digits must be between 0 and 15, inclusive.", "digits");
  const double value = call.real(0);
  if (std::fabs(value) >= 1e16) return real(value);
  const double scale = std::pow(10, digits);
  return real(round_to(value * scale, to_even) / scale);
}

static constexpr Member math_members[] = {
    {"const double PI", [](Call&) { return real(std::numbers::pi); }},
    {"const double E", [](Call&) { return real(std::numbers::e); }},
    {"static sbyte Max(sbyte val1, sbyte val2)", greater<int8_t>},
    {"static byte Max(byte val1, byte val2)", greater<uint8_t>},
    {"static short Max(short val1, short val2)", greater<int16_t>},
    {"static ushort Max(ushort val1, ushort val2)", greater<uint16_t>},
    {"static int Max(int val1, int val2)", greater<int32_t>},
    {"static uint Max(uint val1, uint val2)", greater<uint32_t>},
    {"static long Max(long val1, long val2)", greater<int64_t>},
    {"static ulong Max(ulong val1, ulong val2)", greater<uint64_t>},
    {"static float Max(float val1, float val2)", greater<float>},
    {"static double Max(double val1, double val2)", greater<double>},
    {"static decimal Max(decimal val1, decimal val2)", extreme_decimal<1>},
    {"static sbyte Min(sbyte val1, sbyte val2)", lesser<int8_t>},
    {"static byte Min(byte val1, byte val2)", lesser<uint8_t>},
    {"static short Min(short val1, short val2)", lesser<int16_t>},
    {"static ushort Min(ushort val1, ushort val2)", lesser<uint16_t>},
    {"static int Min(int val1, int val2)", lesser<int32_t>},
    {"static uint Min(uint val1, uint val2)", lesser<uint32_t>},
    {"static long Min(long val1, long val2)", lesser<int64_t>},
    {"static ulong Min(ulong val1, ulong val2)", lesser<uint64_t>},
    {"static float Min(float val1, float val2)", lesser<float>},
    {"static double Min(double val1, double val2)", lesser<double>},
    {"static decimal Min(decimal val1, decimal val2)", extreme_decimal<-1>},
    {"static int Clamp(int value, int min, int max)", clamp<int32_t>},
    {"static long Clamp(long value, long min, long max)", clamp<int64_t>},
    {"static double Clamp(double value, double min, double max)", clamp<double>},
    {"static float Clamp(float value, float min, float max)", clamp<float>},
    {"static uint Clamp(uint value, uint min, uint max)", clamp<uint32_t>},
    {"static ulong Clamp(ulong value, ulong min, ulong max)", clamp<uint64_t>},
    {"static short Clamp(short value, short min, short max)", clamp<int16_t>},
    {"static ushort Clamp(ushort value, ushort min, ushort max)", clamp<uint16_t>},
    {"static byte Clamp(byte value, byte min, byte max)", clamp<uint8_t>},
    {"static sbyte Clamp(sbyte value, sbyte min, sbyte max)", clamp<int8_t>},
    {"static decimal Clamp(decimal value, decimal min, decimal max)", clamp_decimal},
    {"static sbyte Abs(sbyte value)", absolute<int8_t>},
    {"static short Abs(short value)", absolute<int16_t>},
    {"static int Abs(int value)", absolute<int32_t>},
    {"static long Abs(long value)", absolute<int64_t>},
    {"static float Abs(float value)", absolute<float>},
    {"static double Abs(double value)", absolute<double>},
    {"static decimal Abs(decimal value)", absolute_decimal},
    {"static int Sign(int value)", sign<int32_t>},
    {"static int Sign(long value)", sign<int64_t>},
    {"static int Sign(float value)", sign<float>},
    {"static int Sign(double value)", sign<double>},
    {"static int Sign(decimal value)", sign_of_decimal},
    {"static double Ceiling(double a)", unary<std::ceil>},
    {"static double Floor(double d)", unary<std::floor>},
    {"static double Truncate(double d)", unary<std::trunc>},
    {"static double Sqrt(double d)", unary<std::sqrt>},
    {"static double Cbrt(double d)", unary<std::cbrt>},
    {"static double Exp(double d)", unary<std::exp>},
    {"static double Log(double d)", unary<std::log>},
    {"static double Log10(double d)", unary<std::log10>},
    {"static double Log(double a, double newBase)", logarithm},
    {"static double Pow(double x, double y)", binary<std::pow>},
    {"static double Sin(double a)", unary<std::sin>},
    {"static double Cos(double d)", unary<std::cos>},
    {"static double Tan(double a)", unary<std::tan>},
    {"static double Asin(double d)", unary<std::asin>},
    {"static double Acos(double d)", unary<std::acos>},
    {"static double Atan(double d)", unary<std::atan>},
    {"static double Atan2(double y, double x)", binary<std::atan2>},
    {"static double Sinh(double value)", unary<std::sinh>},
    {"static double Asinh(double d)", unary<std::asinh>},
    {"static double Acosh(double d)", unary<std::acosh>},
    {"static double Atanh(double d)", unary<std::atanh>},
    {"static double Cosh(double value)", unary<std::cosh>},
    {"static double Tanh(double value)", unary<std::tanh>},
    {"static double IEEERemainder(double x, double y)", binary<std::remainder>},
    {"static int DivRem(int a, int b, out int result)", divide_with_rest},
    {"static long DivRem(long a, long b, out long result)", divide_with_rest},
    {"static long BigMul(int a, int b)", [](Call& call) { return int64(call.int64(0) * call.int64(1)); }},
    {"static decimal Ceiling(decimal d)", whole_decimal<Rounding::up>},
    {"static decimal Floor(decimal d)", whole_decimal<Rounding::down>},
    {"static decimal Truncate(decimal d)", whole_decimal<Rounding::to_zero>},
    {"static decimal Round(decimal d)", [](Call& call) { return round_decimal(call, 0, true); }},
    {"static decimal Round(decimal d, int decimals)", [](Call& call) { return round_decimal(call, call.int32(1), true); }},
    {"static decimal Round(decimal d, MidpointRounding mode)", [](Call& call) { return round_decimal(call, 0, call.int32(1) == 0); }},
    {"static decimal Round(decimal d, int decimals, MidpointRounding mode)",
     [](Call& call) { return round_decimal(call, call.int32(1), call.int32(2) == 0); }},
    {"static double Round(double a)", [](Call& call) { return round(call, 0, true); }},
    {"static double Round(double value, int digits)", [](Call& call) { return round(call, call.int32(1), true); }},
    {"static double Round(double value, MidpointRounding mode)", [](Call& call) { return round(call, 0, call.int32(1) == 0); }},
    {"static double Round(double value, int digits, MidpointRounding mode)",
     [](Call& call) { return round(call, call.int32(1), call.int32(2) == 0); }},
};

static const TypeRows math_types[] = {{math_type, math_members}};

}  // namespace math_rows

extern const Family math_family;
const Family math_family{math_rows::math_types};

}  // namespace gatelet::cs
