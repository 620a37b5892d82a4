#include "expr/dates.hpp"

namespace gatelet::cs {

static constexpr int days_before_month[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};

bool is_leap_year(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int days_in_month(int year, int month) {
  return days_before_month[month] - days_before_month[month - 1] + (month == 2 && is_leap_year(year));
}

static int days_before(int year, int month) { return days_before_month[month - 1] + (month > 2 && is_leap_year(year)); }

int day_of_year(CalendarDate date) { return days_before(date.year, date.month) + date.day; }

CalendarDate calendar_date(int64_t ticks) {
  constexpr int days_in_400 = 146'097, days_in_100 = 36'524, days_in_4 = 1'461;
  auto days = static_cast<int>(ticks / ticks_per_day);
  int year = days / days_in_400 * 400;
  days %= days_in_400;
  const int centuries = days / days_in_100 == 4 ? 3 : days / days_in_100;
  year += centuries * 100;
  days -= centuries * days_in_100;
  year += days / days_in_4 * 4;
  days %= days_in_4;
  const int years = days / 365 == 4 ? 3 : days / 365;
  year += years + 1;
  days -= years * 365;
  int month = 1;
  while (month < 12 && days >= days_before(year, month + 1)) ++month;
  return {year, month, days - days_before(year, month) + 1};
}

bool ticks_of_date(int year, int month, int day, int64_t& out) {
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) return false;
  const int64_t before = year - 1;
  out = (before * 365 + before / 4 - before / 100 + before / 400 + days_before(year, month) + day - 1) * ticks_per_day;
  return true;
}

bool ticks_of_time(int hour, int minute, int second, int millisecond, int64_t& out) {
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 || millisecond < 0 || millisecond > 999) return false;
  out = hour * ticks_per_hour + minute * ticks_per_minute + second * ticks_per_second + millisecond * ticks_per_millisecond;
  return true;
}

}  // namespace gatelet::cs
