#include "base/time.hpp"

#include <algorithm>
#include <cstdio>

#include "base/text.hpp"

namespace gatelet {

namespace {

constexpr const char* weekdays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

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

// Takes "12.345" off the text, in thousandths; a fraction only when wanted, digits after the third are cut.
std::optional<uint64_t> take_thousandths(std::string_view& text, bool may_have_fraction) {
  size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  const auto whole = parse_unsigned(text.substr(0, digits));
  if (!whole || *whole > UINT32_MAX) return std::nullopt;
  text.remove_prefix(digits);
  uint64_t thousandths = *whole * 1000;
  if (!may_have_fraction || text.empty() || (text.front() != '.' && text.front() != ',')) return thousandths;
  text.remove_prefix(1);
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  for (uint64_t unit = 100; !text.empty() && is_digit(text.front()); unit /= 10, text.remove_prefix(1))
    thousandths += unit * static_cast<uint64_t>(text.front() - '0');
  return thousandths;
}

struct DurationUnit {
  char letter;
  uint64_t seconds;
};

// Takes the parts in the order of `units`, none twice. The sum in milliseconds; nothing when there is no part, or a wrong one.
std::optional<uint64_t> take_parts(std::string_view& text, std::initializer_list<DurationUnit> units) {
  uint64_t sum_ms = 0;
  bool has_part = false;
  const auto* unit = units.begin();
  while (!text.empty() && is_digit(text.front())) {
    const auto thousandths = take_thousandths(text, units.end()[-1].letter == 'S');
    if (!thousandths || text.empty()) return std::nullopt;
    unit = std::find_if(unit, units.end(), [&](const DurationUnit& known) { return known.letter == text.front(); });
    if (unit == units.end() || (*thousandths % 1000 && unit->letter != 'S')) return std::nullopt;
    sum_ms += *thousandths * unit->seconds;
    ++unit;
    text.remove_prefix(1);
    has_part = true;
  }
  return has_part ? std::optional(sum_ms) : std::nullopt;
}

}  // namespace

std::string http_date(int64_t wall_ms) {
  const Date d = date_from(wall_ms);
  char text[40];
  std::snprintf(text, sizeof text, "%s, %02u %s %04lld %02u:%02u:%02u GMT", weekdays[d.weekday], d.day, months[d.month - 1],
                static_cast<long long>(d.year), d.hour, d.minute, d.second);
  return text;
}

std::optional<int64_t> parse_http_date(std::string_view text) {
  if (text.size() != 29 || text.substr(3, 2) != ", " || text[7] != ' ' || text[11] != ' ' || text[16] != ' ' || text[19] != ':' ||
      text[22] != ':' || text.substr(25) != " GMT")
    return std::nullopt;
  const auto* month = std::find(std::begin(months), std::end(months), text.substr(8, 3));
  const auto day = parse_unsigned(text.substr(5, 2)), year = parse_unsigned(text.substr(12, 4));
  const auto hour = parse_unsigned(text.substr(17, 2)), minute = parse_unsigned(text.substr(20, 2));
  const auto second = parse_unsigned(text.substr(23, 2));
  if (month == std::end(months) || !day || !year || !hour || !minute || !second) return std::nullopt;
  if (*day < 1 || *day > 31 || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const int64_t days =
      days_from(static_cast<int64_t>(*year), static_cast<unsigned>(month - std::begin(months) + 1), static_cast<unsigned>(*day));
  return (days * 86'400 + static_cast<int64_t>((*hour * 60 + *minute) * 60 + *second)) * 1000;
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

std::optional<uint64_t> parse_iso_duration(std::string_view text) {
  if (!text.starts_with('P')) return std::nullopt;
  text.remove_prefix(1);
  uint64_t sum_ms = 0;
  if (!text.starts_with('T')) {
    const auto days = take_parts(text, {{'Y', 365 * 86'400}, {'M', 30 * 86'400}, {'W', 7 * 86'400}, {'D', 86'400}});
    if (!days) return std::nullopt;
    sum_ms += *days;
  }
  if (text.starts_with('T')) {
    text.remove_prefix(1);
    const auto time = take_parts(text, {{'H', 3600}, {'M', 60}, {'S', 1}});
    if (!time) return std::nullopt;
    sum_ms += *time;
  }
  return text.empty() ? std::optional(sum_ms) : std::nullopt;
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
