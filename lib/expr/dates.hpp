// Dates: the calendar, parsing and formatting of DateTime, DateTimeOffset and TimeSpan with the invariant culture; the time zone is UTC.
#pragma once

#include <string>
#include <string_view>

#include "expr/evaluation.hpp"
#include "expr/objects.hpp"

namespace gatelet::cs {

inline constexpr int64_t ticks_per_minute = 60 * ticks_per_second;
inline constexpr int64_t ticks_per_hour = 60 * ticks_per_minute;
inline constexpr int64_t ticks_per_day = 24 * ticks_per_hour;
inline constexpr int64_t date_ticks_max = 3'155'378'975'999'999'999;  // 9999-12-31T23:59:59.9999999

struct CalendarDate {
  int year = 1;
  int month = 1;
  int day = 1;
};
CalendarDate calendar_date(int64_t ticks);
bool is_leap_year(int year);
int days_in_month(int year, int month);
int day_of_year(CalendarDate date);
// False: no such date.
bool ticks_of_date(int year, int month, int day, int64_t& out);
bool ticks_of_time(int hour, int minute, int second, int millisecond, int64_t& out);
inline int day_of_week(int64_t ticks) { return static_cast<int>((ticks / ticks_per_day + 1) % 7); }

// DateTime.ToString(format); `format` may be null. FormatException on formats .NET refuses.
const String* format_date(Evaluation& run, DateTime value, const String* format);
const String* format_date_offset(Evaluation& run, const DateTimeOffset& value, const String* format);
const String* format_time_span(Evaluation& run, int64_t ticks, const String* format);

// What was found in a text: `has_offset` also for Z.
struct ParsedDate {
  int64_t ticks = 0;
  int16_t offset_minutes = 0;
  bool has_offset = false;
};
bool parse_date(const String& text, int64_t today_ticks, ParsedDate& out);
// Newtonsoft's rule: only texts like 2024-02-29T13:05:09[.f][Z|±hh:mm].
bool parse_iso_date(std::string_view text, ParsedDate& out);
bool parse_time_span(const String& text, int64_t& out, bool& is_overflow);
// ISO 8601 as Newtonsoft writes it: no fraction when it is zero, else as short as it goes.
std::string iso_text(DateTime value);
std::string iso_text(const DateTimeOffset& value);
std::string time_span_text(int64_t ticks);  // the c format

}  // namespace gatelet::cs
