// Reading dates: ISO 8601, RFC 1123, month names, MM/dd/yyyy. A small reader over words and numbers, as DateTime.Parse is lenient.
#include <cstdlib>
#include <optional>
#include <vector>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "expr/dates.hpp"

namespace gatelet::cs {

namespace {

constexpr std::string_view month_words[] = {"january", "february", "march",     "april",   "may",      "june",
                                            "july",    "august",   "september", "october", "november", "december"};
constexpr std::string_view day_words[] = {"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"};

// The index of the word, by its whole name or its first three letters.
template <size_t count>
std::optional<int> find_word(const std::string_view (&words)[count], std::string_view word) {
  for (size_t i = 0; i < count; ++i)
    if (word == words[i] || (word.size() == 3 && words[i].starts_with(word))) return static_cast<int>(i);
  return std::nullopt;
}

class DateReader {
 public:
  explicit DateReader(std::string_view text) : text_(text) {}
  bool read(int64_t today_ticks, ParsedDate& out);

 private:
  struct Number {
    int value = 0;
    size_t digits = 0;
  };

  bool more() const { return at_ < text_.size(); }
  char peek() const { return more() ? text_[at_] : '\0'; }
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  void skip_blanks() {
    while (more() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == ',')) ++at_;
  }
  bool number(Number& out);
  bool word();
  bool time(Number hour);
  bool fraction();
  bool offset(bool is_negative);
  bool date_number(Number first);
  bool finish(int64_t today_ticks, ParsedDate& out);

  std::string_view text_;
  size_t at_ = 0;
  std::vector<Number> numbers_;  // of the date, in order
  std::optional<int> month_word_, week_day_, half_day_;
  std::optional<int> hour_;
  int minute_ = 0, second_ = 0;
  int64_t fraction_ticks_ = 0;
  std::optional<int> offset_minutes_;
  size_t month_position_ = 0;  // how many numbers stood before the month's name
};

bool DateReader::number(Number& out) {
  out = {};
  for (; more() && is_digit(text_[at_]); ++at_, ++out.digits) {
    if (out.digits == 9) return false;
    out.value = out.value * 10 + (text_[at_] - '0');
  }
  return out.digits > 0;
}

bool DateReader::word() {
  const size_t start = at_;
  while (more() && is_alpha(text_[at_])) ++at_;
  const std::string found = lower(text_.substr(start, at_ - start));
  if (const auto month = find_word(month_words, found)) {
    if (month_word_) return false;
    month_word_ = *month + 1;
    month_position_ = numbers_.size();
  } else if (const auto day = find_word(day_words, found)) {
    if (week_day_) return false;
    week_day_ = day;
  } else if (found == "am" || found == "pm" || found == "a" || found == "p") {
    if (!hour_ || half_day_) return false;
    half_day_ = found[0] == 'p';
  } else if (found == "t") {
    return !numbers_.empty() && !hour_;
  } else if (found == "z" || found == "gmt" || found == "utc") {
    if (!hour_ || offset_minutes_) return false;
    offset_minutes_ = 0;
  } else {
    return false;
  }
  return true;
}

bool DateReader::fraction() {
  int64_t scale = ticks_per_second;
  size_t digits = 0;
  for (; more() && is_digit(text_[at_]); ++at_, ++digits) {
    scale /= 10;
    // .NET rounds at the eighth digit.
    if (scale > 0)
      fraction_ticks_ += (text_[at_] - '0') * scale;
    else if (digits == 7 && text_[at_] >= '5')
      ++fraction_ticks_;
  }
  return digits > 0;
}

// After "hour:".
bool DateReader::time(Number hour) {
  Number minute, second;
  if (hour_ || hour.digits > 2 || !number(minute) || minute.digits > 2) return false;
  hour_ = hour.value;
  minute_ = minute.value;
  if (peek() != ':') return true;
  ++at_;
  if (!number(second) || second.digits > 2) return false;
  second_ = second.value;
  if (peek() != '.' && peek() != ',') return true;
  if (at_ + 1 < text_.size() && is_digit(text_[at_ + 1])) return ++at_, fraction();
  return true;
}

// "+hh:mm", "+hhmm", "+hh", after the sign.
bool DateReader::offset(bool is_negative) {
  Number hours, minutes;
  if (!hour_ || offset_minutes_ || !number(hours)) return false;
  if (hours.digits == 4) {
    minutes.value = hours.value % 100;
    hours.value /= 100;
  } else if (hours.digits > 2) {
    return false;
  } else if (peek() == ':') {
    ++at_;
    if (!number(minutes) || minutes.digits != 2) return false;
  }
  const int total = hours.value * 60 + minutes.value;
  if (minutes.value > 59 || total > 14 * 60) return false;
  offset_minutes_ = is_negative ? -total : total;
  return true;
}

// "2024-02-29", "02/29/2024", "29.02.2024", or one number of a date with a month's name.
bool DateReader::date_number(Number first) {
  numbers_.push_back(first);
  const char separator = peek();
  if (separator != '-' && separator != '/' && separator != '.') return true;
  while (peek() == separator && numbers_.size() < 3) {
    ++at_;
    Number next;
    if (is_alpha(peek())) {
      if (!word() || !month_word_) return false;
      continue;
    }
    if (!number(next)) return false;
    numbers_.push_back(next);
  }
  return true;
}

bool DateReader::finish(int64_t today_ticks, ParsedDate& out) {
  const CalendarDate today = calendar_date(today_ticks);
  CalendarDate date = today;
  const auto full_year = [](Number year) { return year.digits > 2 ? year.value : year.value + (year.value < 50 ? 2000 : 1900); };
  const size_t count = numbers_.size() + month_word_.has_value();
  if (count == 3 && month_word_) {
    const bool is_year_first = numbers_[0].digits > 2;
    date = {full_year(numbers_[is_year_first ? 0 : 1]), *month_word_, numbers_[is_year_first ? 1 : 0].value};
  } else if (count == 3) {
    if (numbers_[0].digits > 2)
      date = {full_year(numbers_[0]), numbers_[1].value, numbers_[2].value};
    else
      date = {full_year(numbers_[2]), numbers_[0].value, numbers_[1].value};
  } else if (count == 2 && month_word_) {
    date = numbers_[0].digits > 2 ? CalendarDate{numbers_[0].value, *month_word_, 1}
                                  : CalendarDate{today.year, *month_word_, numbers_[0].value};
  } else if (count == 2) {
    if (numbers_[0].digits > 2)
      date = {numbers_[0].value, numbers_[1].value, 1};
    else if (numbers_[1].digits > 2)
      date = {numbers_[1].value, numbers_[0].value, 1};
    else
      date = {today.year, numbers_[0].value, numbers_[1].value};
  } else if (count != 0 || !hour_) {
    return false;
  }
  int64_t day_ticks = 0, time_ticks = 0;
  int hour = hour_.value_or(0);
  if (half_day_) {
    if (hour < 1 || hour > 12) return false;
    hour = hour % 12 + (*half_day_ ? 12 : 0);
  }
  if (!ticks_of_date(date.year, date.month, date.day, day_ticks) || !ticks_of_time(hour, minute_, second_, 0, time_ticks)) return false;
  if (week_day_ && count == 3 && day_of_week(day_ticks) != *week_day_) return false;
  out.ticks = day_ticks + time_ticks + fraction_ticks_;
  out.has_offset = offset_minutes_.has_value();
  out.offset_minutes = static_cast<int16_t>(offset_minutes_.value_or(0));
  const int64_t utc = out.ticks - out.offset_minutes * ticks_per_minute;
  return out.ticks <= date_ticks_max && utc >= 0 && utc <= date_ticks_max;
}

bool DateReader::read(int64_t today_ticks, ParsedDate& out) {
  for (skip_blanks(); more(); skip_blanks()) {
    const char c = text_[at_];
    if (is_digit(c)) {
      Number first;
      if (!number(first)) return false;
      if (peek() == ':') {
        ++at_;
        if (!time(first)) return false;
      } else if (!date_number(first)) {
        return false;
      }
    } else if (is_alpha(c)) {
      if (!word()) return false;
    } else if ((c == '+' || c == '-') && hour_) {
      ++at_;
      if (!offset(c == '-')) return false;
    } else {
      return false;
    }
  }
  return finish(today_ticks, out);
}

// ASCII of a text that could be a date.
bool ascii_of(const String& text, std::string& out) {
  if (text.length > date_text_units_max) return false;
  for (size_t i = 0; i < text.length; ++i) {
    if (text[i] >= 128) return false;
    out += static_cast<char>(text[i]);
  }
  return true;
}

}  // namespace

bool parse_date(const String& text, int64_t today_ticks, ParsedDate& out) {
  std::string ascii;
  return ascii_of(text, ascii) && DateReader(trim(ascii)).read(today_ticks, out);
}

static bool read_digits(std::string_view text, size_t at, size_t count, int& out) {
  if (at + count > text.size()) return false;
  out = 0;
  for (size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    out = out * 10 + (text[i] - '0');
  }
  return true;
}

bool parse_iso_date(std::string_view text, ParsedDate& out) {
  int year, month, day, hour, minute, second;
  if (text.size() < 19 || text.size() > 40 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':')
    return false;
  if (!read_digits(text, 0, 4, year) || !read_digits(text, 5, 2, month) || !read_digits(text, 8, 2, day) ||
      !read_digits(text, 11, 2, hour) || !read_digits(text, 14, 2, minute) || !read_digits(text, 17, 2, second))
    return false;
  const bool is_midnight_24 = hour == 24 && minute == 0 && second == 0;
  int64_t day_ticks = 0, time_ticks = 0;
  if (!ticks_of_date(year, month, day, day_ticks) || !ticks_of_time(is_midnight_24 ? 0 : hour, minute, second, 0, time_ticks)) return false;
  if (is_midnight_24) time_ticks += ticks_per_day;
  size_t at = 19;
  int64_t fraction = 0;
  if (at < text.size() && text[at] == '.') {
    int64_t scale = ticks_per_second;
    const size_t first = ++at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9' && scale > 1; ++at) {
      scale /= 10;
      fraction += (text[at] - '0') * scale;
    }
    if (at == first) return false;
  }
  out = {};
  if (at < text.size() && (text[at] == 'Z' || text[at] == 'z')) {
    out.has_offset = true;
    ++at;
  } else if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
    int hours = 0, minutes = 0;
    const bool is_negative = text[at] == '-';
    if (!read_digits(text, at + 1, 2, hours)) return false;
    at += 3;
    if (at < text.size() && text[at] == ':') ++at;
    if (at < text.size() && !read_digits(text, at, 2, minutes)) return false;
    if (at < text.size()) at += 2;
    out.has_offset = true;
    out.offset_minutes = static_cast<int16_t>((hours * 60 + minutes) * (is_negative ? -1 : 1));
  }
  out.ticks = day_ticks + time_ticks + fraction;
  const int64_t utc = out.ticks - out.offset_minutes * ticks_per_minute;
  return at == text.size() && out.ticks <= date_ticks_max && utc >= 0 && utc <= date_ticks_max;
}

// [-]d | [-][d.]hh:mm[:ss[.fffffff]] | [-]d:hh:mm:ss[.f]
bool parse_time_span(const String& text, int64_t& out, bool& is_overflow) {
  is_overflow = false;
  std::string ascii;
  if (!ascii_of(text, ascii)) return false;
  std::string_view rest = trim(ascii);
  const bool is_negative = rest.starts_with('-');
  if (is_negative) rest.remove_prefix(1);
  std::vector<int64_t> parts;
  std::string separators;
  int64_t fraction = 0;
  while (!rest.empty()) {
    size_t digits = 0;
    int64_t value = 0;
    for (; digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9'; ++digits)
      if (value < INT64_MAX / 100) value = value * 10 + (rest[digits] - '0');
    if (digits == 0) return false;
    if (!separators.empty() && separators.back() == '.' && separators.find(':') != std::string::npos) {
      // .NET takes more than seven digits only behind a zero, and rounds them.
      if (digits > 7 && rest[0] != '0') return is_overflow = true, false;
      for (size_t i = digits; i < 7; ++i) value *= 10;
      int64_t scale = 1;
      for (size_t i = 7; i < digits && scale <= value; ++i) scale *= 10;
      fraction = (value + scale / 2) / scale;
    } else {
      parts.push_back(value);
    }
    rest.remove_prefix(digits);
    if (rest.empty()) break;
    if (rest[0] != ':' && rest[0] != '.') return false;
    separators += rest[0];
    rest.remove_prefix(1);
    if (rest.empty()) return false;
  }
  const bool has_fraction = separators.size() > 1 && separators.back() == '.';
  const std::string shape = has_fraction ? separators.substr(0, separators.size() - 1) : separators;
  int64_t d = 0, h = 0, m = 0, s = 0;
  if (shape.empty() && !has_fraction && parts.size() == 1)
    d = parts[0];
  else if (shape == ":")
    h = parts[0], m = parts[1];
  else if (shape == "::")
    h = parts[0], m = parts[1], s = parts[2];
  else if (shape == ".:")
    d = parts[0], h = parts[1], m = parts[2];
  else if (shape == ".::" || shape == ":::")
    d = parts[0], h = parts[1], m = parts[2], s = parts[3];
  else
    return false;
  if (has_fraction && shape.find(':') == shape.rfind(':')) return false;
  if (h > 23 || m > 59 || s > 59 || d > 10'675'199) return is_overflow = true, false;
  const int64_t ticks = d * ticks_per_day + h * ticks_per_hour + m * ticks_per_minute + s * ticks_per_second;
  if (__builtin_add_overflow(ticks, fraction, &out)) return is_overflow = true, false;
  if (is_negative) out = -out;
  return true;
}

}  // namespace gatelet::cs
