#include "expr/numbers.hpp"

#include <charconv>
#include <cmath>

#include "base/text.hpp"

namespace gatelet::cs {

int integer_bits(const Type& type) {
  switch (type.basic) {
    case Basic::int8:
    case Basic::uint8: return 8;
    case Basic::int16:
    case Basic::uint16: return 16;
    case Basic::int32:
    case Basic::uint32: return 32;
    default: return 64;
  }
}

bool is_unsigned_type(const Type& type) {
  return type.basic == Basic::uint8 || type.basic == Basic::uint16 || type.basic == Basic::uint32 || type.basic == Basic::uint64;
}

bool is_integer_type(const Type& type) { return type.basic >= Basic::int8 && type.basic <= Basic::uint64; }

bool fits_integer(int64_t value, const Type& type) {
  const int bits = integer_bits(type);
  if (is_unsigned_type(type)) return value >= 0 && (bits == 64 || value >> bits == 0);
  return bits == 64 || (value >= -(int64_t{1} << (bits - 1)) && value < int64_t{1} << (bits - 1));
}

const String* unsigned_text(Evaluation& run, uint64_t value) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  return copy_of(run, {digits, static_cast<size_t>(end - digits)});
}

Value fail_number(Evaluation& run, NumberFault fault, const Type& type) {
  if (fault == NumberFault::format) return run.fail(types::format_exception, "Input string was not in a correct format.");
  const std::string name = short_name(type);
  const bool has_vowel = name[0] == 'I' || name[0] == 'U';
  return run.fail(types::overflow_exception, std::string("Value was either too large or too small for ") +
                                                 (is_unsigned_type(type) && name[0] != 'B' ? "a "
                                                  : has_vowel                              ? "an "
                                                                                           : "a ") +
                                                 name + ".");
}

// The blanks that .NET's number parser passes over.
static bool is_blank(char16_t unit) { return unit == ' ' || (unit >= 9 && unit <= 13); }

// The part without blanks around, and without the zeros that may end it.
static void trim(const String& text, size_t& from, size_t& to) {
  from = 0;
  to = text.length;
  while (to > from && text[to - 1] == 0) --to;
  while (from < to && is_blank(text[from])) ++from;
  while (to > from && is_blank(text[to - 1])) --to;
}

static bool is_digit(char16_t unit) { return unit >= '0' && unit <= '9'; }

NumberFault parse_integer(const String& text, const Type& type, int64_t& out) {
  size_t at, end;
  trim(text, at, end);
  const bool negative = at < end && text[at] == '-';
  if (at < end && (negative || text[at] == '+')) ++at;
  if (at == end) return NumberFault::format;
  uint64_t magnitude = 0;
  bool is_too_large = false;
  for (; at < end; ++at) {
    if (!is_digit(text[at])) return NumberFault::format;
    is_too_large |= __builtin_mul_overflow(magnitude, 10u, &magnitude);
    is_too_large |= __builtin_add_overflow(magnitude, static_cast<uint64_t>(text[at] - '0'), &magnitude);
  }
  if (type.basic == Basic::uint64) {
    if (is_too_large || (negative && magnitude)) return NumberFault::overflow;
    out = static_cast<int64_t>(magnitude);
    return NumberFault::none;
  }
  if (is_too_large || magnitude > static_cast<uint64_t>(INT64_MAX) + negative) return NumberFault::overflow;
  const auto value = static_cast<int64_t>(negative ? 0 - magnitude : magnitude);
  if (!fits_integer(value, type)) return NumberFault::overflow;
  out = value;
  return NumberFault::none;
}

static int digit_in(char16_t unit, int base) {
  int digit = base;
  if (is_digit(unit)) digit = unit - '0';
  if ((unit | 0x20) >= 'a' && (unit | 0x20) <= 'f') digit = (unit | 0x20) - 'a' + 10;
  return digit < base ? digit : -1;
}

NumberFault parse_integer_in_base(const String& text, const Type& type, int base, int64_t& out) {
  if (base == 10) return parse_integer(text, type, out);
  size_t at = 0;
  if (base == 16 && text.length > 2 && text[0] == '0' && (text[1] | 0x20) == 'x') at = 2;
  if (at == text.length) return NumberFault::format;
  uint64_t bits = 0;
  for (; at < text.length; ++at) {
    const int digit = digit_in(text[at], base);
    if (digit < 0) return NumberFault::format;
    if (__builtin_mul_overflow(bits, static_cast<uint64_t>(base), &bits)) return NumberFault::overflow;
    bits += static_cast<uint64_t>(digit);
  }
  const int width = integer_bits(type);
  if (width < 64 && bits >> width) return NumberFault::overflow;
  const int unused = 64 - width;
  out = is_unsigned_type(type) ? static_cast<int64_t>(bits) : static_cast<int64_t>(bits << unused) >> unused;
  return NumberFault::none;
}

namespace {

// A number in plain ASCII: "-12.5e+3" without separators.
struct PlainNumber {
  std::string text;
  bool negative = false;
  bool has_digit = false;
};

}  // namespace

// Sign, digits with thousands separators, fraction; an exponent when allowed.
static bool read_plain(const String& text, bool has_exponent, bool has_last_sign, PlainNumber& out) {
  size_t at, end;
  trim(text, at, end);
  out.negative = at < end && text[at] == '-';
  const bool has_sign = at < end && (out.negative || text[at] == '+');
  if (has_sign) ++at;
  if (out.negative) out.text += '-';
  const auto digits = [&](bool has_separators) {
    for (; at < end && (is_digit(text[at]) || (has_separators && out.has_digit && text[at] == ',')); ++at) {
      if (text[at] == ',') continue;
      out.text += static_cast<char>(text[at]);
      out.has_digit = true;
    }
  };
  digits(true);
  if (!out.has_digit) out.text += '0';
  if (at < end && text[at] == '.') {
    ++at;
    out.text += '.';
    digits(false);
    if (out.text.back() == '.') out.text.pop_back();
  }
  if (has_exponent && out.has_digit && at < end && (text[at] | 0x20) == 'e') {
    size_t digit = at + 1;
    const bool is_small = digit < end && text[digit] == '-';
    if (digit < end && (is_small || text[digit] == '+')) ++digit;
    if (digit < end && is_digit(text[digit])) {
      out.text += is_small ? "e-" : "e";
      for (at = digit; at < end && is_digit(text[at]); ++at) out.text += static_cast<char>(text[at]);
    }
  }
  if (has_last_sign && !has_sign && out.has_digit) {
    while (at < end && is_white_space(text[at])) ++at;
    if (at < end && (text[at] == '-' || text[at] == '+')) out.negative = text[at++] == '-';
  }
  return out.has_digit && at == end;
}

static bool read_special(const String& text, double& out) {
  size_t from, to;
  trim(text, from, to);
  std::string word;
  for (size_t i = from; i < to && word.size() < 16; ++i) word += static_cast<char>(text[i] < 128 ? text[i] : '?');
  const std::string_view bare = word.starts_with('-') || word.starts_with('+') ? std::string_view(word).substr(1) : word;
  if (gatelet::equal_ignoring_case(bare, "infinity"))
    out = word[0] == '-' ? -HUGE_VAL : HUGE_VAL;
  else if (gatelet::equal_ignoring_case(bare, "nan"))
    out = NAN;
  else
    return false;
  return true;
}

NumberFault parse_real(const String& text, double& out) {
  PlainNumber plain;
  if (!read_plain(text, true, false, plain)) return read_special(text, out) ? NumberFault::none : NumberFault::format;
  const auto [end, error] = std::from_chars(plain.text.data(), plain.text.data() + plain.text.size(), out);
  if (error == std::errc::result_out_of_range) {
    // Too large or too small, which from_chars does not tell: the exponent does, as the digits alone cannot.
    const size_t mark = plain.text.find('e');
    const bool is_small =
        mark != std::string::npos ? plain.text[mark + 1] == '-' : plain.text.find_first_of("123456789") > plain.text.find('.');
    out = is_small ? 0.0 : HUGE_VAL;
    if (plain.negative) out = -out;
  }
  return NumberFault::none;
}

__extension__ typedef unsigned __int128 Uint128;

NumberFault parse_decimal(const String& text, Decimal& out) {
  PlainNumber plain;
  if (!read_plain(text, false, true, plain)) return NumberFault::format;
  constexpr int scale_max = 28;
  // 96 bits digit by digit; digits behind the 28th place, or that no longer fit behind the point, are rounded away.
  Uint128 value = 0;
  constexpr Uint128 most = (static_cast<Uint128>(1) << 96) - 1;
  int scale = 0;
  bool is_behind_point = false, is_full = false;
  for (const char c : plain.text) {
    if (c == '-') continue;
    if (c == '.') {
      is_behind_point = true;
      continue;
    }
    const unsigned digit = static_cast<unsigned>(c - '0');
    if (is_full) continue;
    if (is_behind_point && scale == scale_max) {
      is_full = true;
      if (digit >= 5 && value < most) ++value;
      continue;
    }
    if (value > (most - digit) / 10) {
      if (!is_behind_point) return NumberFault::overflow;
      is_full = true;
      if (digit >= 5 && value < most) ++value;
      continue;
    }
    value = value * 10 + digit;
    if (is_behind_point) ++scale;
  }
  // "5" keeps scale 0: the point that read_plain() never adds does not count.
  out = {static_cast<uint32_t>(value), static_cast<uint32_t>(value >> 32), static_cast<uint32_t>(value >> 64), static_cast<uint8_t>(scale),
         plain.negative};
  return NumberFault::none;
}

}  // namespace gatelet::cs
