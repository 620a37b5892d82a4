// System.Decimal: 96 bits and a scale. Intermediate results are kept in 256 bits and brought back by dropping digits half to even.
#include <algorithm>
#include <array>
#include <cmath>

#include "expr/numbers.hpp"

namespace gatelet::cs {

namespace {

constexpr int scale_max = 28;
constexpr size_t limb_count = 8;

// An unsigned integer of 256 bits, low limb first.
struct Wide {
  std::array<uint32_t, limb_count> limbs{};

  bool is_zero() const {
    return std::all_of(limbs.begin(), limbs.end(), [](uint32_t limb) { return limb == 0; });
  }
  bool fits() const {
    return std::all_of(limbs.begin() + 3, limbs.end(), [](uint32_t limb) { return limb == 0; });
  }
  void multiply(uint32_t factor) {
    uint64_t carry = 0;
    for (uint32_t& limb : limbs) {
      carry += uint64_t{limb} * factor;
      limb = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
  }
  // Returns the remainder.
  uint32_t divide(uint32_t divisor) {
    uint64_t rest = 0;
    for (size_t i = limb_count; i-- > 0;) {
      rest = rest << 32 | limbs[i];
      limbs[i] = static_cast<uint32_t>(rest / divisor);
      rest %= divisor;
    }
    return static_cast<uint32_t>(rest);
  }
  void add(const Wide& other) {
    uint64_t carry = 0;
    for (size_t i = 0; i < limb_count; ++i) {
      carry += uint64_t{limbs[i]} + other.limbs[i];
      limbs[i] = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
  }
  void subtract(const Wide& other) {
    int64_t borrow = 0;
    for (size_t i = 0; i < limb_count; ++i) {
      const int64_t difference = int64_t{limbs[i]} - other.limbs[i] + borrow;
      limbs[i] = static_cast<uint32_t>(difference);
      borrow = difference >> 32;
    }
  }
  void increment() {
    for (uint32_t& limb : limbs)
      if (++limb != 0) return;
  }
  void shift_left() {
    uint32_t carry = 0;
    for (uint32_t& limb : limbs) {
      const uint32_t top = limb >> 31;
      limb = limb << 1 | carry;
      carry = top;
    }
  }
  bool bit(size_t i) const { return limbs[i / 32] >> (i % 32) & 1; }
};

int compare(const Wide& a, const Wide& b) {
  for (size_t i = limb_count; i-- > 0;)
    if (a.limbs[i] != b.limbs[i]) return a.limbs[i] < b.limbs[i] ? -1 : 1;
  return 0;
}

// quotient and remainder, bit by bit: decimals are rare.
void divide(const Wide& dividend, const Wide& divisor, Wide& quotient, Wide& rest) {
  quotient = rest = {};
  for (size_t i = limb_count * 32; i-- > 0;) {
    rest.shift_left();
    if (dividend.bit(i)) rest.limbs[0] |= 1;
    if (compare(rest, divisor) < 0) continue;
    rest.subtract(divisor);
    quotient.limbs[i / 32] |= 1u << (i % 32);
  }
}

Wide wide_of(const Decimal& value) { return {{value.low, value.middle, value.high}}; }

Decimal decimal_from(const Wide& wide, int scale, bool negative) {
  return {wide.limbs[0], wide.limbs[1], wide.limbs[2], static_cast<uint8_t>(scale), negative};
}

void scale_up(Wide& wide, int places) {
  for (int i = 0; i < places; ++i) wide.multiply(10);
}

// Drops digits until 96 bits and 28 places hold it.
bool fit(Evaluation& run, Wide wide, int scale, bool negative, Decimal& out, bool is_inexact = false) {
  uint32_t dropped = 0;
  bool is_sticky = is_inexact;
  while (scale > 0 && (!wide.fits() || scale > scale_max)) {
    is_sticky |= dropped != 0;
    dropped = wide.divide(10);
    --scale;
    const bool rounds_up = dropped > 5 || (dropped == 5 && (is_sticky || (wide.limbs[0] & 1)));
    if (wide.fits() && scale <= scale_max && rounds_up) {
      wide.increment();
      dropped = 0;
      is_sticky = true;
    }
  }
  if (!wide.fits()) {
    run.fail(types::overflow_exception, "Value was either too large or too small for a Decimal.");
    return false;
  }
  out = decimal_from(wide, scale, negative);
  return true;
}

// Both on one scale, which is returned.
int align(const Decimal& a, const Decimal& b, Wide& left, Wide& right) {
  left = wide_of(a);
  right = wide_of(b);
  const int scale = std::max(a.scale, b.scale);
  scale_up(left, scale - a.scale);
  scale_up(right, scale - b.scale);
  return scale;
}

}  // namespace

bool is_zero(const Decimal& value) { return !(value.low | value.middle | value.high); }

Decimal negated(Decimal value) {
  value.negative = !value.negative;
  return value;
}

int compare(const Decimal& a, const Decimal& b) {
  Wide left, right;
  align(a, b, left, right);
  const bool a_negative = a.negative && !is_zero(a), b_negative = b.negative && !is_zero(b);
  if (a_negative != b_negative) return a_negative ? -1 : 1;
  return a_negative ? compare(right, left) : compare(left, right);
}

bool add(Evaluation& run, const Decimal& a, const Decimal& b, Decimal& out) {
  Wide left, right;
  const int scale = align(a, b, left, right);
  bool negative = a.negative;
  if (a.negative == b.negative) {
    left.add(right);
  } else if (compare(left, right) >= 0) {
    left.subtract(right);
  } else {
    right.subtract(left);
    left = right;
    negative = b.negative;
  }
  return fit(run, left, scale, negative, out);
}

bool multiply(Evaluation& run, const Decimal& a, const Decimal& b, Decimal& out) {
  Wide product;
  const Wide left = wide_of(a);
  const uint32_t factors[] = {b.low, b.middle, b.high};
  for (size_t i = 0; i < 3; ++i) {
    Wide part = left;
    part.multiply(factors[i]);
    std::rotate(part.limbs.begin(), part.limbs.end() - static_cast<ptrdiff_t>(i), part.limbs.end());
    product.add(part);
  }
  return fit(run, product, a.scale + b.scale, a.negative != b.negative, out);
}

static bool fail_division(Evaluation& run) {
  run.fail(types::divide_by_zero_exception, "Attempted to divide by zero.");
  return false;
}

bool divide(Evaluation& run, const Decimal& a, const Decimal& b, Decimal& out) {
  if (is_zero(b)) return fail_division(run);
  // Enough places that 29 digits of the quotient are there, then those that say nothing are dropped.
  Wide dividend = wide_of(a), quotient, rest;
  constexpr int places = 38;
  scale_up(dividend, places);
  divide(dividend, wide_of(b), quotient, rest);
  int scale = a.scale - b.scale + places;
  const int plain_scale = std::max(0, a.scale - b.scale);
  for (Wide shorter = quotient; rest.is_zero() && scale > plain_scale && shorter.divide(10) == 0; quotient = shorter) --scale;
  if (scale < 0) {
    scale_up(quotient, -scale);
    scale = 0;
  }
  return fit(run, quotient, scale, a.negative != b.negative, out, !rest.is_zero());
}

bool remainder(Evaluation& run, const Decimal& a, const Decimal& b, Decimal& out) {
  if (is_zero(b)) return fail_division(run);
  Wide left, right, quotient, rest;
  const int scale = align(a, b, left, right);
  divide(left, right, quotient, rest);
  return fit(run, rest, scale, a.negative, out);
}

Decimal decimal_of_unsigned(uint64_t value) { return {static_cast<uint32_t>(value), static_cast<uint32_t>(value >> 32), 0, 0, false}; }

Decimal decimal_of(int64_t value) {
  Decimal made = decimal_of_unsigned(value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value));
  made.negative = value < 0;
  return made;
}

bool decimal_of_real(Evaluation& run, double value, int digits, Decimal& out) {
  out = {};
  if (!std::isfinite(value) || std::fabs(value) >= 7.9228162514264338e28) {
    run.fail(types::overflow_exception, "Value was either too large or too small for a Decimal.");
    return false;
  }
  const Digits exact = digits_of_real(value, digits);
  if (exact.text.empty() || exact.point < -scale_max) return true;
  Wide wide;
  for (const char digit : exact.text) {
    wide.multiply(10);
    wide.add({{static_cast<uint32_t>(digit - '0')}});
  }
  int scale = static_cast<int>(exact.text.size()) - exact.point;
  if (scale < 0) scale_up(wide, -scale);
  scale = std::max(scale, 0);
  return fit(run, wide, scale, exact.negative, out);
}

double real_of(const Decimal& value) {
  const double magnitude =
      (static_cast<double>(value.high) * 4294967296.0 + static_cast<double>(value.middle)) * 4294967296.0 + static_cast<double>(value.low);
  const double result = magnitude / std::pow(10, value.scale);
  return value.negative ? -result : result;
}

bool unsigned_of(const Decimal& value, uint64_t& out) {
  const Decimal whole = rounded(value, 0, Rounding::to_zero);
  if (whole.high != 0 || (whole.negative && !is_zero(whole))) return false;
  out = uint64_t{whole.middle} << 32 | whole.low;
  return true;
}

bool integer_of(const Decimal& value, int64_t& out) {
  Decimal whole = rounded(value, 0, Rounding::to_zero);
  const bool negative = whole.negative;
  whole.negative = false;
  uint64_t magnitude = 0;
  if (!unsigned_of(whole, magnitude) || magnitude > static_cast<uint64_t>(INT64_MAX) + negative) return false;
  out = static_cast<int64_t>(negative ? 0 - magnitude : magnitude);
  return true;
}

Decimal rounded(const Decimal& value, int places, Rounding rounding) {
  if (value.scale <= places) return value;
  Wide wide = wide_of(value);
  uint32_t last = 0;
  bool is_sticky = false;
  for (int scale = value.scale; scale > places; --scale) {
    is_sticky |= last != 0;
    last = wide.divide(10);
  }
  const bool is_exact = last == 0 && !is_sticky;
  bool rounds_up = false;
  switch (rounding) {
    case Rounding::half_even: rounds_up = last > 5 || (last == 5 && (is_sticky || (wide.limbs[0] & 1))); break;
    case Rounding::half_away: rounds_up = last >= 5; break;
    case Rounding::down: rounds_up = !is_exact && value.negative; break;
    case Rounding::up: rounds_up = !is_exact && !value.negative; break;
    case Rounding::to_zero: break;
  }
  if (rounds_up) wide.increment();
  return decimal_from(wide, places, value.negative);
}

Digits digits_of_decimal(const Decimal& value) {
  Wide wide = wide_of(value);
  Digits out;
  for (out.negative = value.negative; !wide.is_zero();) out.text += static_cast<char>('0' + wide.divide(10));
  std::reverse(out.text.begin(), out.text.end());
  out.point = static_cast<int>(out.text.size()) - value.scale;
  return out;
}

// Trailing zeros are part of a decimal: 1.10m is "1.10".
const String* decimal_text(Evaluation& run, const Decimal& value) {
  const Digits digits = digits_of_decimal(value);
  std::string text = digits.text;
  if (text.size() <= value.scale) text.insert(0, value.scale + 1 - text.size(), '0');
  if (value.scale > 0) text.insert(text.size() - value.scale, 1, '.');
  if (value.negative && !is_zero(value)) text.insert(0, 1, '-');
  return copy_of(run, text);
}

Value decimal_value(Evaluation& run, const Decimal& value) { return value_of_object(types::decimal, run.make<Decimal>(value)); }

}  // namespace gatelet::cs
