// Formats of numbers: the standard ones ("N2", "x4") and custom ones ("0.##", "#,0;(0)").
#include <algorithm>
#include <charconv>
#include <climits>
#include <cmath>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "expr/format.hpp"
#include "expr/numbers.hpp"

namespace gatelet::cs {

static constexpr int precision_none = -1;
static constexpr int real_digits_max = 768;               // of the exact value of a double
static constexpr int custom_digits_max = 15;              // of a double in a custom format, as .NET 5 has it
static constexpr std::string_view currency = "\xC2\xA4";  // ¤ of the invariant culture

static void strip_zeros(Digits& digits) {
  const size_t last = digits.text.find_last_not_of('0');
  digits.text.resize(last == std::string::npos ? 0 : last + 1);
  const size_t first = digits.text.find_first_not_of('0');
  if (first != std::string::npos && first > 0) {
    digits.text.erase(0, first);
    digits.point -= static_cast<int>(first);
  }
  if (digits.text.empty()) digits.point = 0;
}

void Digits::round_to_places(int places) {
  const int keep = point + places;
  if (keep >= static_cast<int>(text.size())) return;
  const bool rounds_up = keep >= 0 && text[static_cast<size_t>(keep)] >= '5';
  text.resize(static_cast<size_t>(std::max(keep, 0)));
  if (rounds_up) {
    size_t at = text.size();
    while (at > 0 && text[at - 1] == '9') text[--at] = '0';
    if (at > 0) {
      ++text[at - 1];
    } else {
      text.insert(0, 1, '1');
      ++point;
    }
  }
  strip_zeros(*this);
}

Digits digits_of_integer(uint64_t magnitude, bool negative) {
  char buffer[24];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, magnitude).ptr;
  Digits digits{{buffer, static_cast<size_t>(end - buffer)}, static_cast<int>(end - buffer), negative};
  strip_zeros(digits);
  return digits;
}

// Reads "d.ddde±xx".
static Digits from_scientific(const char* begin, const char* end, bool negative) {
  Digits digits;
  digits.negative = negative;
  const char* mark = std::find(begin, end, 'e');
  for (const char* at = begin; at != mark; ++at)
    if (*at != '.') digits.text += *at;
  int exponent = 0;
  const char* number = mark + 1;
  std::from_chars(number < end && *number == '+' ? number + 1 : number, end, exponent);
  digits.point = exponent + 1;
  strip_zeros(digits);
  return digits;
}

Digits digits_of_real(double value, int count_max) {
  char buffer[real_digits_max + 32];
  const int precision = std::clamp(count_max - 1, 0, real_digits_max);
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, std::fabs(value), std::chars_format::scientific, precision).ptr;
  return from_scientific(buffer, end, std::signbit(value));
}

Digits digits_of_shortest(double value, bool is_single) {
  char buffer[48];
  const auto end =
      is_single ? std::to_chars(buffer, buffer + sizeof buffer, std::fabs(static_cast<float>(value)), std::chars_format::scientific).ptr
                : std::to_chars(buffer, buffer + sizeof buffer, std::fabs(value), std::chars_format::scientific).ptr;
  return from_scientific(buffer, end, std::signbit(value));
}

namespace {

bool is_real_type(const Type& type) { return type.basic == Basic::real || type.basic == Basic::single; }

Digits exact_digits(Value value) {
  const Type& type = *value.type;
  if (type.basic == Basic::decimal) return digits_of_decimal(*value.object<const Decimal>());
  if (is_real_type(type)) return digits_of_real(value.real(), real_digits_max);
  if (is_unsigned_type(type)) return digits_of_integer(value.uint64(), false);
  return digits_of_integer(value.bits < 0 ? 0 - value.uint64() : value.uint64(), value.bits < 0);
}

// The digits before the point, at least one; with a comma every three.
std::string whole_part(const Digits& digits, bool has_groups) {
  std::string out;
  for (int i = 0; i < digits.point; ++i) out += i < static_cast<int>(digits.text.size()) ? digits.text[static_cast<size_t>(i)] : '0';
  if (out.empty()) out = "0";
  if (has_groups)
    for (size_t at = out.size(); at > 3; at -= 3) out.insert(at - 3, 1, ',');
  return out;
}

// So many digits behind the point.
std::string fraction_part(const Digits& digits, int places) {
  std::string out;
  for (int i = 0; i < places; ++i) {
    const int at = digits.point + i;
    out += at >= 0 && at < static_cast<int>(digits.text.size()) ? digits.text[static_cast<size_t>(at)] : '0';
  }
  return out;
}

std::string fixed(Digits digits, int places, bool has_groups) {
  digits.round_to_places(places);
  std::string out = whole_part(digits, has_groups);
  if (places > 0) out += "." + fraction_part(digits, places);
  return out;
}

std::string exponent_text(char letter, int exponent, size_t digit_count) {
  std::string power = std::to_string(std::abs(exponent));
  if (power.size() < digit_count) power.insert(0, digit_count - power.size(), '0');
  return letter + std::string(exponent < 0 ? "-" : "+") + power;
}

std::string scientific(Digits digits, int places, char letter) {
  digits.round_to(places + 1);
  const int exponent = digits.text.empty() ? 0 : digits.point - 1;
  digits.point = digits.text.empty() ? 0 : 1;
  std::string out = whole_part(digits, false);
  if (places > 0) out += "." + fraction_part(digits, places);
  return out + exponent_text(letter, exponent, 3);
}

std::string general(Digits digits, int precision, char letter) {
  digits.round_to(precision);
  const int exponent = digits.point - 1;
  if (!digits.text.empty() && (exponent >= precision || exponent < -4)) {
    std::string out(1, digits.text[0]);
    if (digits.text.size() > 1) out += "." + digits.text.substr(1);
    return out + exponent_text(letter, exponent, 2);
  }
  const int places = static_cast<int>(digits.text.size()) - digits.point;
  std::string out = whole_part(digits, false);
  if (places > 0 && !digits.text.empty()) out += "." + fraction_part(digits, places);
  return out;
}

std::string hexadecimal(Value value, int precision, bool is_upper) {
  const int bits = integer_bits(*value.type);
  uint64_t number = value.uint64();
  if (bits < 64) number &= (uint64_t{1} << bits) - 1;
  char buffer[24];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, number, 16).ptr;
  std::string out(buffer, static_cast<size_t>(end - buffer));
  if (is_upper) std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'a' ? static_cast<char>(c - 32) : c; });
  if (static_cast<int>(out.size()) < precision) out.insert(0, static_cast<size_t>(precision) - out.size(), '0');
  return out;
}

// What a custom format's section says.
struct Section {
  std::string_view text;
  int digits_before = 0;     // places before the point
  int first_zero = INT_MAX;  // the leftmost 0 before the point
  int zeros_behind = 0;      // places behind it up to the last 0
  int digits_behind = 0;
  int scaling = 0;  // of % ‰ and trailing commas, as a power of ten
  bool has_groups = false;
  int exponent_digits = 0;  // > 0: scientific
};

// Passes over quoted and escaped literals.
size_t skip_literal(std::string_view text, size_t at) {
  if (text[at] == '\\') return std::min(at + 2, text.size());
  if (text[at] == '\'' || text[at] == '"') {
    const size_t end = text.find(text[at], at + 1);
    return end == std::string_view::npos ? text.size() : end + 1;
  }
  return at;
}

// "E0", "E+0", "e-00" at `at`: its length, or 0.
size_t exponent_length(std::string_view text, size_t at) {
  if ((text[at] | 0x20) != 'e') return 0;
  size_t end = at + 1;
  if (end < text.size() && (text[end] == '+' || text[end] == '-')) ++end;
  const size_t first = end;
  while (end < text.size() && text[end] == '0') ++end;
  return end > first ? end - at : 0;
}

Section read_section(std::string_view text) {
  Section out;
  out.text = text;
  bool is_behind = false;
  int commas = 0;
  for (size_t at = 0; at < text.size();) {
    if (const size_t next = skip_literal(text, at); next != at) {
      at = next;
      continue;
    }
    const char c = text[at];
    if (const size_t length = exponent_length(text, at)) {
      out.exponent_digits =
          static_cast<int>(std::count(text.begin() + static_cast<ptrdiff_t>(at), text.begin() + static_cast<ptrdiff_t>(at + length), '0'));
      at += length;
      continue;
    }
    if (c == '0' || c == '#') {
      if (is_behind) {
        ++out.digits_behind;
        if (c == '0') out.zeros_behind = out.digits_behind;
      } else {
        if (commas > 0) out.has_groups = true;
        if (c == '0') out.first_zero = std::min(out.first_zero, out.digits_before);
        ++out.digits_before;
      }
      commas = 0;
    } else if (c == ',' && !is_behind && out.digits_before > 0) {
      ++commas;
    } else if (c == '.') {
      if (!is_behind) out.scaling -= 3 * commas;
      commas = 0;
      is_behind = true;
    } else if (c == '%') {
      out.scaling += 2;
    } else if (text.substr(at).starts_with("\xE2\x80\xB0")) {
      out.scaling += 3;
    }
    ++at;
  }
  if (!is_behind) out.scaling -= 3 * commas;
  return out;
}

std::vector<std::string_view> sections_of(std::string_view format) {
  std::vector<std::string_view> sections;
  size_t from = 0, at = 0;
  while (at < format.size()) {
    if (const size_t next = skip_literal(format, at); next != at) {
      at = next;
      continue;
    }
    if (format[at] == ';') {
      sections.push_back(format.substr(from, at - from));
      from = at + 1;
    }
    ++at;
  }
  sections.push_back(format.substr(from));
  return sections;
}

// Writes one section's digits and literals.
class CustomWriter {
 public:
  CustomWriter(const Section& section, Digits digits, int exponent) : section_(section), digits_(std::move(digits)), exponent_(exponent) {}
  std::string write() {
    const std::string_view text = section_.text;
    for (size_t at = 0; at < text.size();) {
      if (const size_t next = skip_literal(text, at); next != at) {
        literal(text.substr(at, next - at));
        at = next;
      } else if (const size_t length = exponent_length(text, at); length && section_.exponent_digits) {
        write_exponent(text.substr(at, length));
        at += length;
      } else {
        unit(text[at++]);
      }
    }
    return std::move(out_);
  }

 private:
  void literal(std::string_view quoted) {
    if (quoted[0] == '\\')
      out_ += quoted.substr(1);
    else
      out_ += quoted.substr(1, quoted.size() - (quoted.size() > 1 && quoted.back() == quoted[0] ? 2 : 1));
  }
  void write_exponent(std::string_view pattern) {
    std::string power = std::to_string(std::abs(exponent_));
    if (static_cast<int>(power.size()) < section_.exponent_digits)
      power.insert(0, static_cast<size_t>(section_.exponent_digits) - power.size(), '0');
    out_ += pattern[0];
    if (exponent_ < 0)
      out_ += '-';
    else if (pattern[1] == '+')
      out_ += '+';
    out_ += power;
  }
  void unit(char c) {
    if (c == '0' || c == '#') {
      is_behind_ ? digit_behind() : digit_before();
    } else if (c == '.') {
      if (!is_behind_ && section_.digits_before == 0) whole_overflow(0);
      is_behind_ = true;
      const int shown = static_cast<int>(digits_.text.size()) - digits_.point;
      if (section_.digits_behind > 0 && (section_.zeros_behind > 0 || (shown > 0 && !digits_.text.empty()))) out_ += '.';
    } else if (c != ',') {
      out_ += c;
    }
  }
  char digit_at(int place) const {
    return place >= 0 && place < static_cast<int>(digits_.text.size()) ? digits_.text[static_cast<size_t>(place)] : '0';
  }
  // Digits that are left of the leftmost place.
  void whole_overflow(int places) {
    for (int place = 0; place < digits_.point - places; ++place) put_whole(place);
  }
  void put_whole(int place) {
    out_ += digit_at(place);
    const int right = digits_.point - place - 1;
    if (section_.has_groups && right > 0 && right % 3 == 0) out_ += ',';
  }
  void digit_before() {
    const int right = section_.digits_before - 1 - before_;  // places right of this one
    if (before_ == 0) whole_overflow(section_.digits_before);
    const int place = digits_.point - 1 - right;
    if (place >= 0) {
      put_whole(place);
    } else if (before_ >= section_.first_zero) {
      out_ += '0';
      if (section_.has_groups && right > 0 && right % 3 == 0) out_ += ',';
    }
    ++before_;
  }
  void digit_behind() {
    const int place = digits_.point + behind_;
    if (behind_ < section_.zeros_behind || (place < static_cast<int>(digits_.text.size()) && !digits_.text.empty()))
      out_ += digit_at(place);
    ++behind_;
  }

  const Section& section_;
  Digits digits_;
  int exponent_;
  std::string out_;
  bool is_behind_ = false;
  int before_ = 0, behind_ = 0;
};

std::string custom(Digits digits, std::string_view format) {
  const std::vector<std::string_view> sections = sections_of(format);
  const bool is_zero = digits.text.empty();
  size_t chosen = is_zero && sections.size() > 2 && !sections[2].empty()                       ? 2
                  : digits.negative && !is_zero && sections.size() > 1 && !sections[1].empty() ? 1
                                                                                               : 0;
  for (;;) {
    const Section section = read_section(sections[chosen]);
    Digits shown = digits;
    int exponent = 0;
    if (section.exponent_digits) {
      if (!shown.text.empty()) exponent = shown.point - section.digits_before;
      shown.point = shown.text.empty() ? 0 : section.digits_before;
      const int point_before = shown.point;
      shown.round_to_places(section.digits_behind);
      if (shown.point > point_before && !shown.text.empty()) {
        ++exponent;
        shown.point = point_before;
      }
    } else {
      if (!shown.text.empty()) shown.point += section.scaling;
      shown.round_to_places(section.digits_behind);
    }
    // What rounds to zero takes the section of zero, or the first.
    const size_t of_zero = sections.size() > 2 && !sections[2].empty() ? 2 : 0;
    if (shown.text.empty() && !is_zero && chosen != of_zero) {
      chosen = of_zero;
      digits = {};
      continue;
    }
    const bool has_sign = digits.negative && chosen == 0 && !shown.text.empty();
    return (has_sign ? "-" : "") + CustomWriter(section, shown, exponent).write();
  }
}

struct Standard {
  char letter = 'G';
  int precision = precision_none;
};

// "N2": one letter and up to nine digits.
bool read_standard(std::string_view format, Standard& out) {
  if (format.empty() || !is_alpha(format[0])) return false;
  out.letter = format[0];
  if (format.size() == 1) return true;
  int precision = 0;
  const auto [end, error] = std::from_chars(format.data() + 1, format.data() + format.size(), precision);
  out.precision = std::min(precision, number_format_digits_max + 1);
  return end == format.data() + format.size() && format.size() <= 10 && error == std::errc() && precision >= 0;
}

const String* refuse(Evaluation& run) {
  run.fail(types::format_exception, "Format specifier was invalid.");
  return &empty_string;
}

}  // namespace

static const String* plain_text(Evaluation& run, Value value) {
  const Type& type = *value.type;
  if (type.basic == Basic::decimal) return decimal_text(run, *value.object<const Decimal>());
  if (type.basic == Basic::real) return real_text(run, value.real());
  if (type.basic == Basic::single) return single_text(run, value.real());
  return type.basic == Basic::uint64 ? unsigned_text(run, value.uint64()) : integer_text(run, value.bits);
}

static const String* format_standard(Evaluation& run, Value value, Standard format) {
  const Type& type = *value.type;
  const char kind = static_cast<char>(format.letter & ~0x20);
  if ((kind == 'D' || kind == 'X') && !is_integer_type(type)) return refuse(run);
  if (kind == 'R' && !is_real_type(type)) return refuse(run);
  if (kind == 'R' || (kind == 'G' && format.precision <= 0)) return plain_text(run, value);
  if (kind == 'X') return copy_of(run, hexadecimal(value, format.precision, format.letter == 'X'));
  const Digits digits = exact_digits(value);
  const int places = format.precision == precision_none ? 2 : format.precision;
  // .NET 5 writes the sign of a negative real even when it rounds to zero; other numbers have no negative zero.
  Digits sign_probe = digits;
  const bool is_real = is_real_type(type);
  std::string text;
  switch (kind) {
    case 'D':
      text = whole_part(digits, false);
      if (static_cast<int>(text.size()) < format.precision) text.insert(0, static_cast<size_t>(format.precision) - text.size(), '0');
      break;
    case 'N':
    case 'F':
      sign_probe.round_to_places(places);
      text = fixed(digits, places, kind == 'N');
      break;
    case 'C':
      sign_probe.round_to_places(places);
      text = std::string(currency) + fixed(digits, places, true);
      if (digits.negative && !sign_probe.text.empty()) return copy_of(run, "(" + text + ")");
      return copy_of(run, text);
    case 'P': {
      Digits hundredfold = digits;
      if (!hundredfold.text.empty()) hundredfold.point += 2;
      sign_probe = hundredfold;
      sign_probe.round_to_places(places);
      text = fixed(hundredfold, places, true) + " %";
      break;
    }
    case 'E': text = scientific(digits, format.precision == precision_none ? 6 : format.precision, format.letter); break;
    case 'G': text = general(digits, format.precision, format.letter == 'G' ? 'E' : 'e'); break;
    default: return refuse(run);
  }
  if (digits.negative && (is_real || !sign_probe.text.empty())) text.insert(0, 1, '-');
  return copy_of(run, text);
}

const String* format_number(Evaluation& run, Value value, const String* format) {
  if (!format || format->empty()) return plain_text(run, value);
  if (is_real_type(*value.type) && !std::isfinite(value.real())) return plain_text(run, value);
  const std::string text = utf8(*format);
  Standard standard;
  if (read_standard(text, standard)) {
    if (standard.precision > number_format_digits_max) return run.abort(), &empty_string;
    if (!run.charge_text(static_cast<size_t>(std::max(standard.precision, 0)))) return &empty_string;
    return format_standard(run, value, standard);
  }
  Digits digits = is_real_type(*value.type) ? digits_of_real(value.real(), value.type->basic == Basic::single ? 7 : custom_digits_max)
                                            : exact_digits(value);
  strip_zeros(digits);
  return copy_of(run, custom(std::move(digits), text));
}

}  // namespace gatelet::cs
