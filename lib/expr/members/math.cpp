// System.Math and MidpointRounding.
#include <cmath>
#include <numbers>

#include "expr/member.hpp"

namespace gatelet::cs {

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

// .NET: a NaN on either side is the result.
template <class T>
static Value greater(Call& call) {
  const T a = argument<T>(call, 0), b = argument<T>(call, 1);
  return wrap(*call.site.result, a > b || a != a ? a : b);
}

template <class T>
static Value lesser(Call& call) {
  const T a = argument<T>(call, 0), b = argument<T>(call, 1);
  return wrap(*call.site.result, a < b || a != a ? a : b);
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
  if (value != value) return call.run.fail(types::arithmetic_exception, "Function does not accept floating point Not-a-Number values.");
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
    {"static int Max(int val1, int val2)", greater<int32_t>},
    {"static long Max(long val1, long val2)", greater<int64_t>},
    {"static double Max(double val1, double val2)", greater<double>},
    {"static int Min(int val1, int val2)", lesser<int32_t>},
    {"static long Min(long val1, long val2)", lesser<int64_t>},
    {"static double Min(double val1, double val2)", lesser<double>},
    {"static int Abs(int value)", absolute<int32_t>},
    {"static long Abs(long value)", absolute<int64_t>},
    {"static double Abs(double value)", absolute<double>},
    {"static int Sign(int value)", sign<int32_t>},
    {"static int Sign(long value)", sign<int64_t>},
    {"static int Sign(double value)", sign<double>},
    {"static double Ceiling(double a)", unary<std::ceil>},
    {"static double Floor(double d)", unary<std::floor>},
    {"static double Truncate(double d)", unary<std::trunc>},
    {"static double Sqrt(double d)", unary<std::sqrt>},
    {"static double Exp(double d)", unary<std::exp>},
    {"static double Log(double d)", unary<std::log>},
    {"static double Log10(double d)", unary<std::log10>},
    {"static double Pow(double x, double y)", [](Call& call) { return real(std::pow(call.real(0), call.real(1))); }},
    {"static double Round(double a)", [](Call& call) { return round(call, 0, true); }},
    {"static double Round(double value, int digits)", [](Call& call) { return round(call, call.int32(1), true); }},
    {"static double Round(double value, MidpointRounding mode)", [](Call& call) { return round(call, 0, call.int32(1) == 0); }},
    {"static double Round(double value, int digits, MidpointRounding mode)",
     [](Call& call) { return round(call, call.int32(1), call.int32(2) == 0); }},
};

static const TypeRows math_types[] = {{math_type, math_members}};

extern const Family math_family;
const Family math_family{math_types};

}  // namespace gatelet::cs
