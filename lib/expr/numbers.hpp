// Numbers: parsing and formatting as .NET does with the invariant culture, and System.Decimal's arithmetic.
#pragma once

#include <string>

#include "expr/evaluation.hpp"
#include "expr/objects.hpp"

namespace gatelet::cs {

enum class NumberFault : uint8_t { none, format, overflow };

// int.Parse and its like: blanks around, one sign before. `type` is one of the integer types; `out` is sign- or zero-extended.
NumberFault parse_integer(const String& text, const Type& type, int64_t& out);
// Convert.ToInt32(text, 16) and its like: the bits of the type, no blanks.
NumberFault parse_integer_in_base(const String& text, const Type& type, int base, int64_t& out);
// double.Parse: thousands separators and exponents are allowed, too large a number is an infinity.
NumberFault parse_real(const String& text, double& out);
NumberFault parse_decimal(const String& text, Decimal& out);
bool parse_boolean(const String& text, bool& out);  // false: neither true nor false
// The exceptions of Parse: FormatException, or OverflowException that names the type.
Value fail_number(Evaluation& run, NumberFault fault, const Type& type);

bool is_integer_type(const Type& type);
bool is_unsigned_type(const Type& type);
int integer_bits(const Type& type);                  // 8, 16, 32, 64
bool fits_integer(int64_t value, const Type& type);  // of a signed value
const String* unsigned_text(Evaluation& run, uint64_t value);

// A decimal expansion: 0.text × 10^point.
struct Digits {
  std::string text;  // no zeros at the ends; empty: zero
  int point = 0;
  bool negative = false;

  // Half away from zero, to so many places behind the point.
  void round_to_places(int places);
  // To so many digits.
  void round_to(int count) { round_to_places(count - point); }
};
Digits digits_of_integer(uint64_t magnitude, bool negative);
Digits digits_of_real(double value, int count_max);  // the exact value, cut after so many digits, rounded half to even
Digits digits_of_shortest(double value, bool is_single);
Digits digits_of_decimal(const Decimal& value);

// Value.ToString(format) of any number type; `format` may be null.
const String* format_number(Evaluation& run, Value value, const String* format);
const String* decimal_text(Evaluation& run, const Decimal& value);

// Arithmetic fails with OverflowException "Value was either too large or too small for a Decimal." or DivideByZeroException.
bool add(Evaluation& run, const Decimal& a, const Decimal& b, Decimal& out);
bool multiply(Evaluation& run, const Decimal& a, const Decimal& b, Decimal& out);
bool divide(Evaluation& run, const Decimal& a, const Decimal& b, Decimal& out);
bool remainder(Evaluation& run, const Decimal& a, const Decimal& b, Decimal& out);
int compare(const Decimal& a, const Decimal& b);
Decimal negated(Decimal value);
Decimal decimal_of(int64_t value);
Decimal decimal_of_unsigned(uint64_t value);
bool decimal_of_real(Evaluation& run, double value, int digits, Decimal& out);  // rounded to 15 digits (double) or 7 (float)
double real_of(const Decimal& value);
// Cut toward zero; false: does not fit.
bool integer_of(const Decimal& value, int64_t& out);
bool unsigned_of(const Decimal& value, uint64_t& out);
// Math.Round, Truncate, Floor, Ceiling.
enum class Rounding : uint8_t { half_even, half_away, down, up, to_zero };
Decimal rounded(const Decimal& value, int places, Rounding rounding);
bool is_zero(const Decimal& value);
Value decimal_value(Evaluation& run, const Decimal& value);

}  // namespace gatelet::cs
