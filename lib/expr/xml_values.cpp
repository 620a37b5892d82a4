// Values as text of XML and back, as XmlConvert does it.
#include <cmath>

#include "expr/context_model.hpp"
#include "expr/dates.hpp"
#include "expr/numbers.hpp"
#include "expr/xml.hpp"

namespace gatelet::cs {

static constexpr std::string_view infinity_text = "INF", negative_infinity_text = "-INF";

static void append_part(std::string& out, int64_t count, char unit) {
  if (count) out += std::to_string(count) + unit;
}

// P1DT2H3M4.5S
static std::string duration_text(int64_t ticks) {
  std::string out = ticks < 0 ? "-P" : "P";
  const uint64_t size = ticks < 0 ? 0 - static_cast<uint64_t>(ticks) : static_cast<uint64_t>(ticks);
  const auto part = [size](int64_t unit) { return static_cast<int64_t>(size / static_cast<uint64_t>(unit)); };
  append_part(out, part(ticks_per_day), 'D');
  const auto fraction = static_cast<int64_t>(size % ticks_per_second);
  if (size % ticks_per_day == 0) return ticks ? out : out + "T0S";
  out += 'T';
  append_part(out, part(ticks_per_hour) % 24, 'H');
  append_part(out, part(ticks_per_minute) % 60, 'M');
  const int64_t seconds = part(ticks_per_second) % 60;
  if (seconds == 0 && fraction == 0) return out;
  out += std::to_string(seconds);
  if (fraction) {
    std::string digits = std::to_string(fraction);
    digits.insert(0, 7 - digits.size(), '0');
    digits.erase(digits.find_last_not_of('0') + 1);
    out += "." + digits;
  }
  return out + "S";
}

static std::string date_text(Value value) {
  if (value.is(types::time_span)) return duration_text(value.bits);
  if (value.is(types::date_time)) return iso_text(DateTime::from_bits(value.bits));
  const auto& date = *value.object<const DateTimeOffset>();
  std::string text = iso_text(date);
  if (date.offset_minutes == 0 && text.ends_with("+00:00")) text.replace(text.size() - 6, 6, "Z");
  return text;
}

const String* content_text(Evaluation& run, Value value) {
  const Type& type = *value.type;
  if (type.basic == Basic::boolean) return view_of(run, value.boolean() ? "true" : "false");
  if (type.basic == Basic::real || type.basic == Basic::single) {
    const double number = value.real();
    const bool is_infinite = number - number != 0 && number == number;
    if (is_infinite) return view_of(run, number > 0 ? infinity_text : negative_infinity_text);
  }
  if (&type == &types::date_time || &type == &types::date_time_offset || &type == &types::time_span) return copy_of(run, date_text(value));
  if (is_instance(value, x_object_type)) {
    run.fail(types::argument_exception, "An XObject cannot be used as a value.");
    return nullptr;
  }
  return to_string(run, value);
}

static String trimmed(const String& text) {
  size_t from = 0, to = text.length;
  while (from < to && is_white_space(text[from])) ++from;
  while (to > from && is_white_space(text[to - 1])) --to;
  const size_t unit = text.is_wide ? 2 : 1;
  return {static_cast<const char*>(text.data) + from * unit, static_cast<uint32_t>(to - from), text.is_wide};
}

static Value fail_format(Evaluation& run, const String& text, std::string_view type) {
  return run.fail(types::format_exception, "The string '" + utf8(text) + "' is not a valid " + std::string(type) + " value.");
}

Value boolean_of_xml(Evaluation& run, const String& text) {
  const String plain = trimmed(text);
  const auto is = [&](std::string_view word) {
    return equal_ignoring_case(plain, String{word.data(), static_cast<uint32_t>(word.size())});
  };
  if (is("true") || is("1")) return boolean(true);
  if (is("false") || is("0")) return boolean(false);
  return fail_format(run, text, "Boolean");
}

Value real_of_xml(Evaluation& run, const String& text, const Type& type) {
  const String plain = trimmed(text);
  const double infinity = static_cast<double>(INFINITY);
  if (equal(plain, infinity_text)) return value_of_real(type, infinity);
  if (equal(plain, negative_infinity_text)) return value_of_real(type, -infinity);
  double value = 0;
  if (const NumberFault fault = parse_real(plain, value); fault != NumberFault::none) return fail_number(run, fault, type);
  return value_of_real(type, &type == &types::single ? static_cast<double>(static_cast<float>(value)) : value);
}

// DateTime keeps what the text says: Z is UTC, an offset is converted to the local zone, which is UTC too.
Value date_of_xml(Evaluation& run, const String& text, const Type& type) {
  ParsedDate parsed;
  const String plain = trimmed(text);
  if (!parse_date(plain, run.context.utc_ticks() / ticks_per_day * ticks_per_day, parsed)) {
    if (&type == &types::date_time_offset) return fail_format(run, text, "DateTimeOffset");
    return run.fail(types::format_exception, "String was not recognized as a valid DateTime.");
  }
  if (&type == &types::date_time_offset)
    return value_of_object(type, run.make<DateTimeOffset>(parsed.ticks, parsed.has_offset ? parsed.offset_minutes : int16_t{0}));
  if (!parsed.has_offset) return date_time({parsed.ticks, DateTimeKind::unspecified});
  const bool is_utc = plain.length > 0 && (plain[plain.length - 1] | 0x20) == 'z';
  return date_time({parsed.ticks - parsed.offset_minutes * ticks_per_minute, is_utc ? DateTimeKind::utc : DateTimeKind::local});
}

namespace {

// Reads P1Y2M3DT4H5M6.7S; a year is 365 days and a month 30, as in .NET.
class DurationReader {
 public:
  explicit DurationReader(const String& text) : text_(text) {}
  bool read(int64_t& ticks);

 private:
  bool is_at(char16_t unit) const { return at_ < text_.length && text_[at_] == unit; }
  bool accept(char16_t unit) { return is_at(unit) && (++at_, true); }
  bool read_number(int64_t& whole, int64_t& fraction);
  bool read_part(std::string_view units, size_t& next);

  const String& text_;
  size_t at_ = 0;
  int64_t total_ = 0;
};

bool DurationReader::read_number(int64_t& whole, int64_t& fraction) {
  const size_t start = at_;
  for (whole = 0; at_ < text_.length && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
    whole = whole * 10 + (text_[at_] - '0');
    if (whole > INT32_MAX) return false;
  }
  if (at_ == start) return false;
  fraction = 0;
  if (!accept('.')) return true;
  int64_t unit = ticks_per_second / 10;
  for (; at_ < text_.length && text_[at_] >= '0' && text_[at_] <= '9'; ++at_, unit /= 10) fraction += (text_[at_] - '0') * unit;
  return true;
}

bool DurationReader::read_part(std::string_view units, size_t& next) {
  static constexpr std::pair<char, int64_t> sizes[] = {{'Y', 365 * ticks_per_day}, {'M', 30 * ticks_per_day}, {'D', ticks_per_day},
                                                       {'H', ticks_per_hour},      {'m', ticks_per_minute},   {'S', ticks_per_second}};
  int64_t whole = 0, fraction = 0;
  if (!read_number(whole, fraction) || at_ == text_.length) return false;
  const bool is_time = units[0] == 'H';
  const char letter = is_time && is_at('M') ? 'm' : static_cast<char>(text_[at_]);
  const size_t found = text_[at_] < 0x80 ? units.find(letter, next) : std::string_view::npos;
  if (found == std::string_view::npos || (fraction && letter != 'S')) return false;
  ++at_;
  next = found + 1;
  for (const auto& [name, size] : sizes)
    if (int64_t part = 0; name == letter)
      return !__builtin_mul_overflow(whole, size, &part) && !__builtin_add_overflow(total_, part, &total_) &&
             !__builtin_add_overflow(total_, fraction, &total_);
  return false;
}

bool DurationReader::read(int64_t& ticks) {
  const bool is_negative = accept('-');
  if (!accept('P') || at_ == text_.length) return false;
  for (size_t next = 0; at_ < text_.length && !is_at('T');)
    if (!read_part("YMD", next)) return false;
  if (accept('T')) {
    if (at_ == text_.length) return false;
    for (size_t next = 0; at_ < text_.length;)
      if (!read_part("HmS", next)) return false;
  }
  ticks = is_negative ? -total_ : total_;
  return true;
}

}  // namespace

Value duration_of_xml(Evaluation& run, const String& text) {
  int64_t ticks = 0;
  const String plain = trimmed(text);
  return DurationReader(plain).read(ticks) ? time_span(ticks) : fail_format(run, text, "TimeSpan");
}

}  // namespace gatelet::cs
