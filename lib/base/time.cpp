#include "base/time.hpp"

#include <algorithm>
#include <cstdio>

#include "base/text.hpp"

namespace gatelet {

namespace {

struct Date {
  int64_t year;
  unsigned month, day, weekday, hour, minute, second, millisecond;
};

// Civil date from days since 1970 (Howard Hinnant, "chrono-compatible low-level date algorithms").
Date date_from(int64_t wall_ms) {
  int64_t days = wall_ms / 86'400'000;
  int64_t rest = wall_ms % 86'400'000;
  if (rest < 0) rest += 86'400'000, --days;
  const int64_t z = days + 719'468;
  const int64_t era = (z >= 0 ? z : z - 146'096) / 146'097;
  const auto day_of_era = static_cast<unsigned>(z - era * 146'097);
  const unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted_month = (5 * day_of_year + 2) / 153;
  const unsigned month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  const auto seconds = static_cast<unsigned>(rest / 1000);
  return {static_cast<int64_t>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0),
          month,
          day_of_year - (153 * shifted_month + 2) / 5 + 1,
          static_cast<unsigned>(((days % 7) + 11) % 7),
          seconds / 3600,
          seconds / 60 % 60,
          seconds % 60,
          static_cast<unsigned>(rest % 1000)};
}

// The inverse, same source. The day may lie beyond its month.
int64_t days_from(int64_t year, unsigned month, unsigned day) {
  year -= month <= 2;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto year_of_era = static_cast<unsigned>(year - era * 400);
  const unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719'468;
}

// The digits at one place of a text, as a number in its range.
bool read_digits(std::string_view text, size_t at, size_t count, unsigned least, unsigned most, unsigned& out) {
  out = 0;
  for (size_t i = at; i < at + count; ++i) {
    if (i >= text.size() || !is_digit(text[i])) return false;
    out = out * 10 + static_cast<unsigned>(text[i] - '0');
  }
  return out >= least && out <= most;
}

unsigned days_in(unsigned year, unsigned month) {
  return static_cast<unsigned>(month == 12 ? 31 : days_from(year, month + 1, 1) - days_from(year, month, 1));
}

}  // namespace

std::string http_date(int64_t wall_ms) {
  static const char* const weekdays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static const char* const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const Date d = date_from(wall_ms);
  char text[40];
  std::snprintf(text, sizeof text, "%s, %02u %s %04lld %02u:%02u:%02u GMT", weekdays[d.weekday], d.day, months[d.month - 1],
                static_cast<long long>(d.year), d.hour, d.minute, d.second);
  return text;
}

// By hand: every line of a request log has two of them.
std::string log_timestamp(int64_t wall_ms) {
  const Date d = date_from(wall_ms);
  std::string text = "0000-00-00T00:00:00.000";
  const auto put = [&text](size_t last, uint64_t number) {
    for (; number; number /= 10) text[last--] = static_cast<char>('0' + number % 10);
  };
  put(3, static_cast<uint64_t>(std::clamp<int64_t>(d.year, 0, 9999)));
  put(6, d.month);
  put(9, d.day);
  put(12, d.hour);
  put(15, d.minute);
  put(18, d.second);
  put(22, d.millisecond);
  return text;
}

std::string iso_timestamp(int64_t wall_ms) { return log_timestamp(wall_ms) + "0000Z"; }

std::optional<uint64_t> parse_time_span(std::string_view text) {
  uint64_t days = 0;
  if (const size_t dot = text.find('.'); dot != std::string_view::npos) {
    const auto value = parse_unsigned(text.substr(0, dot));
    if (!value || *value > 10'675'199) return std::nullopt;
    days = *value;
    text.remove_prefix(dot + 1);
  }
  const auto parts = split(text, ':');
  if (parts.size() != 3) return std::nullopt;
  const auto hours = parse_unsigned(parts[0]);
  const auto minutes = parse_unsigned(parts[1]);
  const auto seconds = parse_unsigned(parts[2]);
  if (!hours || !minutes || !seconds || *hours > 23 || *minutes > 59 || *seconds > 59) return std::nullopt;
  return ((days * 24 + *hours) * 60 + *minutes) * 60 + *seconds;
}

std::optional<int64_t> parse_iso_timestamp(std::string_view text) {
  unsigned year, month, day, hour, minute, second;
  if (!read_digits(text, 0, 4, 1, 9999, year) || !read_digits(text, 5, 2, 1, 12, month) ||
      !read_digits(text, 8, 2, 1, days_in(year, month), day) || !read_digits(text, 11, 2, 0, 23, hour) ||
      !read_digits(text, 14, 2, 0, 59, minute) || !read_digits(text, 17, 2, 0, 59, second))
    return std::nullopt;
  if (text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't') || text[13] != ':' || text[16] != ':') return std::nullopt;
  int64_t wall_ms = (days_from(year, month, day) * 86'400 + hour * 3600 + minute * 60 + second) * 1000;
  text.remove_prefix(19);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (text.empty() || !is_digit(text.front())) return std::nullopt;
    for (int64_t unit = 100; !text.empty() && is_digit(text.front()); unit /= 10, text.remove_prefix(1))
      wall_ms += unit * (text.front() - '0');
  }
  if (text == "Z" || text == "z") return wall_ms;
  unsigned zone_hours, zone_minutes;
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':' || !read_digits(text, 1, 2, 0, 14, zone_hours) ||
      !read_digits(text, 4, 2, 0, 59, zone_minutes))
    return std::nullopt;
  const int64_t zone_ms = static_cast<int64_t>(zone_hours * 60 + zone_minutes) * 60'000;
  return text[0] == '+' ? wall_ms - zone_ms : wall_ms + zone_ms;
}

std::string time_span_text(uint64_t seconds) {
  char text[48];
  const auto days = static_cast<unsigned long long>(seconds / 86'400);
  const auto hours = static_cast<unsigned>(seconds / 3600 % 24);
  const auto minutes = static_cast<unsigned>(seconds / 60 % 60);
  const auto rest = static_cast<unsigned>(seconds % 60);
  if (days) {
    std::snprintf(text, sizeof text, "%llu.%02u:%02u:%02u", days, hours, minutes, rest);
  } else {
    std::snprintf(text, sizeof text, "%02u:%02u:%02u", hours, minutes, rest);
  }
  return text;
}

}  // namespace gatelet
