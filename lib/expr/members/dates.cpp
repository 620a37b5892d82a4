// DateTime and DateTimeOffset.
#include <cmath>

#include "expr/context_model.hpp"
#include "expr/dates.hpp"
#include "expr/member.hpp"

namespace gatelet::cs {
namespace date_rows {

static constexpr std::string_view out_of_years = "The added or subtracted value results in an un-representable DateTime.";
static constexpr std::string_view no_such_date = "Year, Month, and Day parameters describe an un-representable DateTime.";
static constexpr std::string_view no_such_time = "Hour, Minute, and Second parameters describe an un-representable DateTime.";
static constexpr std::string_view not_a_date = "String was not recognized as a valid DateTime.";

static DateTime self_date(const Call& call) { return DateTime::from_bits(call.self.bits); }
static DateTime date(const Call& call, size_t i) { return DateTime::from_bits(call.arguments[i].bits); }

static Value checked(Call& call, int64_t ticks, DateTimeKind kind, std::string_view parameter = "value") {
  if (ticks < 0 || ticks > date_ticks_max) return call.run.fail_range(out_of_years, parameter);
  return date_time({ticks, kind});
}

static const String* date_text(Evaluation& run, Value self) { return format_date(run, DateTime::from_bits(self.bits), nullptr); }
static const String* date_format(Evaluation& run, Value self, const String* format) {
  return format_date(run, DateTime::from_bits(self.bits), format);
}
static int order(int64_t a, int64_t b) { return a < b ? -1 : a > b; }
static int32_t hash_ticks(int64_t ticks) { return static_cast<int32_t>(ticks ^ ticks >> 32); }
static bool same_date(Evaluation&, Value self, Value other) {
  return self.type == other.type && DateTime::from_bits(self.bits).ticks == DateTime::from_bits(other.bits).ticks;
}
static int32_t hash_date(Evaluation&, Value self) { return hash_ticks(DateTime::from_bits(self.bits).ticks); }
static int compare_dates(Evaluation&, Value a, Value b) {
  return order(DateTime::from_bits(a.bits).ticks, DateTime::from_bits(b.bits).ticks);
}

static constexpr TypeOps date_ops{
    .to_string = date_text, .format = date_format, .equals = same_date, .hash = hash_date, .compare = compare_dates};

static Value create(Call& call, size_t count, DateTimeKind kind = DateTimeKind::unspecified) {
  int64_t day = 0, time = 0;
  if (!ticks_of_date(call.int32(0), call.int32(1), call.int32(2), day))
    return call.run.fail(types::argument_out_of_range_exception, no_such_date);
  const auto part = [&](size_t i) { return i < count ? call.int32(i) : 0; };
  if (!ticks_of_time(part(3), part(4), part(5), part(6), time)) return call.run.fail(types::argument_out_of_range_exception, no_such_time);
  return date_time({day + time, kind});
}

static DateTimeKind kind_of(const Call& call, size_t i) { return static_cast<DateTimeKind>(call.int32(i)); }

static Value of_ticks(Call& call, DateTimeKind kind) {
  if (call.int64(0) < 0 || call.int64(0) > date_ticks_max)
    return call.run.fail_range("Ticks must be between DateTime.MinValue.Ticks and DateTime.MaxValue.Ticks.", "ticks");
  return date_time({call.int64(0), kind});
}

// A number of units as ticks; .NET on Linux keeps the ticks of a fraction.
static bool ticks_of(Call& call, double value, int64_t unit, int64_t& out) {
  const double ticks = value * static_cast<double>(unit);
  if (!(std::fabs(ticks) <= static_cast<double>(date_ticks_max)))
    return call.run.fail_range("Value to add was out of range.", "value"), false;
  // Whole units exactly, the rest by the product's fraction.
  const double whole = std::trunc(value);
  out = static_cast<int64_t>(whole) * unit + static_cast<int64_t>((value - whole) * static_cast<double>(unit));
  return true;
}

template <int64_t unit>
static Value add_units(Call& call) {
  int64_t ticks = 0;
  if (!ticks_of(call, call.real(0), unit, ticks)) return {};
  return checked(call, self_date(call).ticks + ticks, self_date(call).kind);
}

static bool added_months(Call& call, int64_t ticks, int64_t months, int64_t& out) {
  const CalendarDate from = calendar_date(ticks);
  const int64_t month = from.year * 12 + from.month - 1 + months;
  const auto year = static_cast<int>(month / 12);
  int64_t day = 0;
  if (months < -120'000 || months > 120'000 || month < 12 || year > 9999)
    return call.run.fail_range(months < -120'000 || months > 120'000 ? "Months value must be between +/-120000." : out_of_years, "months"),
           false;
  const auto month_of_year = static_cast<int>(month % 12) + 1;
  ticks_of_date(year, month_of_year, std::min(from.day, days_in_month(year, month_of_year)), day);
  out = day + ticks % ticks_per_day;
  return true;
}

template <int factor>
static Value add_months(Call& call) {
  int64_t ticks = 0;
  return added_months(call, self_date(call).ticks, int64_t{call.int32(0)} * factor, ticks) ? date_time({ticks, self_date(call).kind})
                                                                                           : Value{};
}

static Value parse(Call& call) {
  if (!call.text(0)) return call.run.fail_null("s");
  ParsedDate parsed;
  if (!parse_date(*call.text(0), call.run.context.utc_ticks(), parsed)) return call.run.fail(types::format_exception, not_a_date);
  if (!parsed.has_offset) return date_time({parsed.ticks, DateTimeKind::unspecified});
  return date_time({parsed.ticks - parsed.offset_minutes * ticks_per_minute, DateTimeKind::local});
}

static Value now(Call& call, DateTimeKind kind) { return date_time({call.run.context.utc_ticks(), kind}); }

template <int64_t unit, int64_t count>
static Value time_part(Call& call) {
  return int32(static_cast<int32_t>(self_date(call).ticks / unit % count));
}

template <int CalendarDate::*part>
static Value date_part(Call& call) {
  return int32(calendar_date(self_date(call).ticks).*part);
}

template <class Test>
static Value compared(Call& call, Test test) {
  return boolean(test(order(date(call, 0).ticks, date(call, 1).ticks)));
}

static Value days_of(Call& call) {
  if (call.int32(1) < 1 || call.int32(1) > 12) return call.run.fail_range("Month must be between one and twelve.", "month");
  if (call.int32(0) < 1 || call.int32(0) > 9999) return call.run.fail_range("Year must be between 1 and 9999.", "year");
  return int32(days_in_month(call.int32(0), call.int32(1)));
}

static constexpr std::string_view not_listed = "it is not among the members of DateTime that policy expressions may use";

static constexpr Member date_members[] = {
    {"new(long ticks)", [](Call& call) { return of_ticks(call, DateTimeKind::unspecified); }},
    {"new(long ticks, DateTimeKind kind)", [](Call& call) { return of_ticks(call, kind_of(call, 1)); }},
    {"new(int year, int month, int day)", [](Call& call) { return create(call, 3); }},
    {"new(int year, int month, int day, int hour, int minute, int second)", [](Call& call) { return create(call, 6); }},
    {"new(int year, int month, int day, int hour, int minute, int second, int millisecond)", [](Call& call) { return create(call, 7); }},
    {"new(int year, int month, int day, int hour, int minute, int second, DateTimeKind kind)",
     [](Call& call) { return create(call, 6, kind_of(call, 6)); }},
    {"new(int year, int month, int day, int hour, int minute, int second, int millisecond, DateTimeKind kind)",
     [](Call& call) { return create(call, 7, kind_of(call, 7)); }},
    {"static DateTime Now", [](Call& call) { return now(call, DateTimeKind::local); }},
    {"static DateTime UtcNow", [](Call& call) { return now(call, DateTimeKind::utc); }},
    {"static DateTime Today",
     [](Call& call) {
       const int64_t ticks = call.run.context.utc_ticks();
       return date_time({ticks - ticks % ticks_per_day, DateTimeKind::local});
     }},
    {"static DateTime MinValue", [](Call&) { return date_time({}); }},
    {"static DateTime MaxValue",
     [](Call&) {
       return date_time({date_ticks_max, DateTimeKind::unspecified});
     }},
    {"static DateTime Parse(string s)", parse},
    {"static int DaysInMonth(int year, int month)", days_of},
    {"static bool IsLeapYear(int year)",
     [](Call& call) {
       if (call.int32(0) < 1 || call.int32(0) > 9999) return call.run.fail_range("Year must be between 1 and 9999.", "year");
       return boolean(is_leap_year(call.int32(0)));
     }},
    {"static int Compare(DateTime t1, DateTime t2)", [](Call& call) { return int32(order(date(call, 0).ticks, date(call, 1).ticks)); }},
    {"long Ticks", [](Call& call) { return int64(self_date(call).ticks); }},
    {"DateTimeKind Kind", [](Call& call) { return value_of_bits(types::date_time_kind, static_cast<int64_t>(self_date(call).kind)); }},
    {"int Year", date_part<&CalendarDate::year>},
    {"int Month", date_part<&CalendarDate::month>},
    {"int Day", date_part<&CalendarDate::day>},
    {"int Hour", time_part<ticks_per_hour, 24>},
    {"int Minute", time_part<ticks_per_minute, 60>},
    {"int Second", time_part<ticks_per_second, 60>},
    {"int Millisecond", time_part<ticks_per_millisecond, 1000>},
    {"DayOfWeek DayOfWeek", [](Call& call) { return value_of_bits(types::day_of_week, day_of_week(self_date(call).ticks)); }},
    {"int DayOfYear", [](Call& call) { return int32(day_of_year(calendar_date(self_date(call).ticks))); }},
    {"DateTime Date",
     [](Call& call) {
       const DateTime self = self_date(call);
       return date_time({self.ticks - self.ticks % ticks_per_day, self.kind});
     }},
    {"TimeSpan TimeOfDay", [](Call& call) { return time_span(self_date(call).ticks % ticks_per_day); }},
    {"DateTime Add(TimeSpan value)", [](Call& call) { return checked(call, self_date(call).ticks + call.int64(0), self_date(call).kind); }},
    {"DateTime AddTicks(long value)",
     [](Call& call) { return checked(call, self_date(call).ticks + call.int64(0), self_date(call).kind); }},
    {"DateTime AddMilliseconds(double value)", add_units<ticks_per_millisecond>},
    {"DateTime AddSeconds(double value)", add_units<ticks_per_second>},
    {"DateTime AddMinutes(double value)", add_units<ticks_per_minute>},
    {"DateTime AddHours(double value)", add_units<ticks_per_hour>},
    {"DateTime AddDays(double value)", add_units<ticks_per_day>},
    {"DateTime AddMonths(int months)", add_months<1>},
    {"DateTime AddYears(int value)", add_months<12>},
    {"TimeSpan Subtract(DateTime value)", [](Call& call) { return time_span(self_date(call).ticks - date(call, 0).ticks); }},
    {"DateTime Subtract(TimeSpan value)",
     [](Call& call) { return checked(call, self_date(call).ticks - call.int64(0), self_date(call).kind); }},
    {"bool IsDaylightSavingTime()", [](Call&) { return boolean(false); }},
    {"string ToString(string format)", [](Call& call) { return text(format_date(call.run, self_date(call), call.text(0))); }},
    {"bool Equals(DateTime value)", [](Call& call) { return boolean(self_date(call).ticks == date(call, 0).ticks); }},
    {"int CompareTo(object value)", compare_to_object},
    {"int CompareTo(DateTime value)", [](Call& call) { return int32(order(self_date(call).ticks, date(call, 0).ticks)); }},
    {"static DateTime operator +(DateTime d, TimeSpan t)",
     [](Call& call) { return checked(call, date(call, 0).ticks + call.int64(1), date(call, 0).kind); }},
    {"static DateTime operator -(DateTime d, TimeSpan t)",
     [](Call& call) { return checked(call, date(call, 0).ticks - call.int64(1), date(call, 0).kind); }},
    {"static TimeSpan operator -(DateTime d1, DateTime d2)",
     [](Call& call) { return time_span(date(call, 0).ticks - date(call, 1).ticks); }},
    {"static bool operator ==(DateTime d1, DateTime d2)", [](Call& call) { return compared(call, [](int o) { return o == 0; }); }},
    {"static bool operator !=(DateTime d1, DateTime d2)", [](Call& call) { return compared(call, [](int o) { return o != 0; }); }},
    {"static bool operator <(DateTime t1, DateTime t2)", [](Call& call) { return compared(call, [](int o) { return o < 0; }); }},
    {"static bool operator <=(DateTime t1, DateTime t2)", [](Call& call) { return compared(call, [](int o) { return o <= 0; }); }},
    {"static bool operator >(DateTime t1, DateTime t2)", [](Call& call) { return compared(call, [](int o) { return o > 0; }); }},
    {"static bool operator >=(DateTime t1, DateTime t2)", [](Call& call) { return compared(call, [](int o) { return o >= 0; }); }},
    {"DateTime ToUniversalTime()", nullptr, nullptr, nullptr, not_listed},
    {"DateTime ToLocalTime()", nullptr, nullptr, nullptr, not_listed},
    {"static bool TryParse(string s, out DateTime result)", nullptr, nullptr, nullptr, not_listed},
};

// DateTimeOffset.

static const DateTimeOffset& self_offset(const Call& call) { return *call.self.object<const DateTimeOffset>(); }
static const DateTimeOffset& offset(const Call& call, size_t i) { return *call.object<const DateTimeOffset>(i); }
static int64_t utc(const DateTimeOffset& value) { return value.ticks - value.offset_minutes * ticks_per_minute; }

static Value offset_value(Evaluation& run, int64_t ticks, int64_t offset_minutes) {
  return value_of_object(types::date_time_offset, run.make<DateTimeOffset>(ticks, static_cast<int16_t>(offset_minutes)));
}

static Value checked_offset(Call& call, int64_t ticks, int64_t offset_minutes) {
  const int64_t utc_ticks = ticks - offset_minutes * ticks_per_minute;
  if (ticks < 0 || ticks > date_ticks_max || utc_ticks < 0 || utc_ticks > date_ticks_max) return call.run.fail_range(out_of_years, "value");
  return offset_value(call.run, ticks, offset_minutes);
}

static const String* offset_text(Evaluation& run, Value self) {
  return format_date_offset(run, *self.object<const DateTimeOffset>(), nullptr);
}
static const String* offset_format(Evaluation& run, Value self, const String* format) {
  return format_date_offset(run, *self.object<const DateTimeOffset>(), format);
}
static bool same_moment(Evaluation&, Value self, Value other) {
  return self.type == other.type && utc(*self.object<const DateTimeOffset>()) == utc(*other.object<const DateTimeOffset>());
}
static int32_t hash_moment(Evaluation&, Value self) { return hash_ticks(utc(*self.object<const DateTimeOffset>())); }
static int compare_moments(Evaluation&, Value a, Value b) {
  return order(utc(*a.object<const DateTimeOffset>()), utc(*b.object<const DateTimeOffset>()));
}

static constexpr TypeOps offset_ops{
    .to_string = offset_text, .format = offset_format, .equals = same_moment, .hash = hash_moment, .compare = compare_moments};

// An offset in whole minutes, at most 14 hours.
static bool read_offset(Call& call, int64_t ticks, int64_t& minutes) {
  minutes = ticks / ticks_per_minute;
  if (ticks % ticks_per_minute != 0)
    return call.run.fail_argument(types::argument_exception, "Offset must be specified in whole minutes.", "offset"), false;
  if (std::abs(minutes) > 14 * 60) return call.run.fail_range("Offset must be within plus or minus 14 hours.", "offset"), false;
  return true;
}

static Value offset_of_date(Call& call) { return checked_offset(call, date(call, 0).ticks, 0); }

static Value offset_of_date_and_offset(Call& call) {
  int64_t minutes = 0;
  if (!read_offset(call, call.int64(1), minutes)) return {};
  if (date(call, 0).kind != DateTimeKind::unspecified && minutes != 0)
    return call.run.fail_argument(types::argument_exception, "The UTC Offset of the DateTime parameter does not match the offset argument.",
                                  "offset");
  return checked_offset(call, date(call, 0).ticks, minutes);
}

template <size_t count>
static Value offset_of_parts(Call& call) {
  int64_t minutes = 0;
  const Value made = create(call, count);
  if (made.is_null() || !read_offset(call, call.int64(count), minutes)) return {};
  return checked_offset(call, DateTime::from_bits(made.bits).ticks, minutes);
}

static Value offset_of_ticks(Call& call) {
  int64_t minutes = 0;
  return read_offset(call, call.int64(1), minutes) ? checked_offset(call, call.int64(0), minutes) : Value{};
}

static bool parsed_offset(Call& call, ParsedDate& out) {
  return call.text(0) && parse_date(*call.text(0), call.run.context.utc_ticks(), out);
}

static Value parse_offset(Call& call) {
  ParsedDate parsed;
  if (!call.text(0)) return call.run.fail_null("input");
  if (!parsed_offset(call, parsed)) return call.run.fail(types::format_exception, not_a_date);
  return offset_value(call.run, parsed.ticks, parsed.offset_minutes);
}

static Value try_parse_offset(Call& call) {
  ParsedDate parsed;
  const bool is_date = parsed_offset(call, parsed);
  call.out(1) = offset_value(call.run, is_date ? parsed.ticks : 0, is_date ? parsed.offset_minutes : 0);
  return boolean(is_date);
}

template <int64_t unit>
static Value of_unix(Call& call) {
  int64_t ticks = 0;
  if (__builtin_mul_overflow(call.int64(0), unit, &ticks) || __builtin_add_overflow(ticks, unix_epoch_ticks, &ticks) || ticks < 0 ||
      ticks > date_ticks_max)
    return call.run.fail_range("Valid values are between DateTimeOffset.MinValue and DateTimeOffset.MaxValue.",
                               unit == ticks_per_second ? "seconds" : "milliseconds");
  return offset_value(call.run, ticks, 0);
}

// Toward negative infinity.
template <int64_t unit>
static Value to_unix(Call& call) {
  const int64_t ticks = utc(self_offset(call)) - unix_epoch_ticks;
  return int64(ticks / unit - (ticks % unit < 0));
}

template <int64_t unit>
static Value add_to_offset(Call& call) {
  int64_t ticks = 0;
  if (!ticks_of(call, call.real(0), unit, ticks)) return {};
  return checked_offset(call, self_offset(call).ticks + ticks, self_offset(call).offset_minutes);
}

template <int factor>
static Value add_months_to_offset(Call& call) {
  int64_t ticks = 0;
  if (!added_months(call, self_offset(call).ticks, int64_t{call.int32(0)} * factor, ticks)) return {};
  return checked_offset(call, ticks, self_offset(call).offset_minutes);
}

template <int64_t unit, int64_t count>
static Value offset_part(Call& call) {
  return int32(static_cast<int32_t>(self_offset(call).ticks / unit % count));
}

template <int CalendarDate::*part>
static Value offset_date_part(Call& call) {
  return int32(calendar_date(self_offset(call).ticks).*part);
}

template <class Test>
static Value compared_moments(Call& call, Test test) {
  return boolean(test(order(utc(offset(call, 0)), utc(offset(call, 1)))));
}

static Value to_offset(Call& call) {
  int64_t minutes = 0;
  if (!read_offset(call, call.int64(0), minutes)) return {};
  return checked_offset(call, utc(self_offset(call)) + minutes * ticks_per_minute, minutes);
}

static constexpr int64_t file_epoch_ticks = 504'911'232'000'000'000;  // 1601

static constexpr Member offset_members[] = {
    {"new(DateTime dateTime)", offset_of_date},
    {"new(DateTime dateTime, TimeSpan offset)", offset_of_date_and_offset},
    {"new(long ticks, TimeSpan offset)", offset_of_ticks},
    {"new(int year, int month, int day, int hour, int minute, int second, TimeSpan offset)", offset_of_parts<6>},
    {"new(int year, int month, int day, int hour, int minute, int second, int millisecond, TimeSpan offset)", offset_of_parts<7>},
    {"static implicit operator DateTimeOffset(DateTime dateTime)", offset_of_date},
    {"static DateTimeOffset Now", [](Call& call) { return offset_value(call.run, call.run.context.utc_ticks(), 0); }},
    {"static DateTimeOffset UtcNow", [](Call& call) { return offset_value(call.run, call.run.context.utc_ticks(), 0); }},
    {"static DateTimeOffset MinValue", [](Call& call) { return offset_value(call.run, 0, 0); }},
    {"static DateTimeOffset MaxValue", [](Call& call) { return offset_value(call.run, date_ticks_max, 0); }},
    {"static DateTimeOffset Parse(string input)", parse_offset},
    {"static bool TryParse(string input, out DateTimeOffset result)", try_parse_offset},
    {"static DateTimeOffset FromUnixTimeSeconds(long seconds)", of_unix<ticks_per_second>},
    {"static DateTimeOffset FromUnixTimeMilliseconds(long milliseconds)", of_unix<ticks_per_millisecond>},
    {"static DateTimeOffset UnixEpoch", [](Call& call) { return offset_value(call.run, unix_epoch_ticks, 0); }},
    {"static DateTimeOffset FromFileTime(long fileTime)",
     [](Call& call) {
       if (call.int64(0) < 0 || call.int64(0) > date_ticks_max - file_epoch_ticks)
         return call.run.fail_range("Not a valid Win32 FileTime.", "fileTime");
       return offset_value(call.run, call.int64(0) + file_epoch_ticks, 0);
     }},
    {"long ToFileTime()",
     [](Call& call) {
       const int64_t ticks = utc(self_offset(call)) - file_epoch_ticks;
       return ticks < 0 ? call.run.fail_range("Not a valid Win32 FileTime.", "") : int64(ticks);
     }},
    {"long ToUnixTimeSeconds()", to_unix<ticks_per_second>},
    {"long ToUnixTimeMilliseconds()", to_unix<ticks_per_millisecond>},
    {"TimeSpan Offset", [](Call& call) { return time_span(self_offset(call).offset_minutes * ticks_per_minute); }},
    {"DateTime DateTime",
     [](Call& call) {
       return date_time({self_offset(call).ticks, DateTimeKind::unspecified});
     }},
    {"DateTime UtcDateTime",
     [](Call& call) {
       return date_time({utc(self_offset(call)), DateTimeKind::utc});
     }},
    {"DateTime LocalDateTime",
     [](Call& call) {
       return date_time({utc(self_offset(call)), DateTimeKind::local});
     }},
    {"DateTime Date",
     [](Call& call) {
       return date_time({self_offset(call).ticks - self_offset(call).ticks % ticks_per_day, DateTimeKind::unspecified});
     }},
    {"TimeSpan TimeOfDay", [](Call& call) { return time_span(self_offset(call).ticks % ticks_per_day); }},
    {"long Ticks", [](Call& call) { return int64(self_offset(call).ticks); }},
    {"long UtcTicks", [](Call& call) { return int64(utc(self_offset(call))); }},
    {"int Year", offset_date_part<&CalendarDate::year>},
    {"int Month", offset_date_part<&CalendarDate::month>},
    {"int Day", offset_date_part<&CalendarDate::day>},
    {"int Hour", offset_part<ticks_per_hour, 24>},
    {"int Minute", offset_part<ticks_per_minute, 60>},
    {"int Second", offset_part<ticks_per_second, 60>},
    {"int Millisecond", offset_part<ticks_per_millisecond, 1000>},
    {"DayOfWeek DayOfWeek", [](Call& call) { return value_of_bits(types::day_of_week, day_of_week(self_offset(call).ticks)); }},
    {"int DayOfYear", [](Call& call) { return int32(day_of_year(calendar_date(self_offset(call).ticks))); }},
    {"DateTimeOffset Add(TimeSpan timeSpan)",
     [](Call& call) { return checked_offset(call, self_offset(call).ticks + call.int64(0), self_offset(call).offset_minutes); }},
    {"DateTimeOffset AddTicks(long ticks)",
     [](Call& call) { return checked_offset(call, self_offset(call).ticks + call.int64(0), self_offset(call).offset_minutes); }},
    {"DateTimeOffset AddMilliseconds(double milliseconds)", add_to_offset<ticks_per_millisecond>},
    {"DateTimeOffset AddSeconds(double seconds)", add_to_offset<ticks_per_second>},
    {"DateTimeOffset AddMinutes(double minutes)", add_to_offset<ticks_per_minute>},
    {"DateTimeOffset AddHours(double hours)", add_to_offset<ticks_per_hour>},
    {"DateTimeOffset AddDays(double days)", add_to_offset<ticks_per_day>},
    {"DateTimeOffset AddMonths(int months)", add_months_to_offset<1>},
    {"DateTimeOffset AddYears(int years)", add_months_to_offset<12>},
    {"TimeSpan Subtract(DateTimeOffset value)", [](Call& call) { return time_span(utc(self_offset(call)) - utc(offset(call, 0))); }},
    {"DateTimeOffset Subtract(TimeSpan value)",
     [](Call& call) { return checked_offset(call, self_offset(call).ticks - call.int64(0), self_offset(call).offset_minutes); }},
    {"DateTimeOffset ToOffset(TimeSpan offset)", to_offset},
    {"DateTimeOffset ToUniversalTime()", [](Call& call) { return offset_value(call.run, utc(self_offset(call)), 0); }},
    {"DateTimeOffset ToLocalTime()", [](Call& call) { return offset_value(call.run, utc(self_offset(call)), 0); }},
    {"string ToString(string format)", [](Call& call) { return text(format_date_offset(call.run, self_offset(call), call.text(0))); }},
    {"bool Equals(DateTimeOffset other)", [](Call& call) { return boolean(utc(self_offset(call)) == utc(offset(call, 0))); }},
    {"bool EqualsExact(DateTimeOffset other)",
     [](Call& call) {
       return boolean(self_offset(call).ticks == offset(call, 0).ticks &&
                      self_offset(call).offset_minutes == offset(call, 0).offset_minutes);
     }},
    {"int CompareTo(DateTimeOffset other)", [](Call& call) { return int32(order(utc(self_offset(call)), utc(offset(call, 0)))); }},
    {"static int Compare(DateTimeOffset first, DateTimeOffset second)",
     [](Call& call) { return int32(order(utc(offset(call, 0)), utc(offset(call, 1)))); }},
    {"static DateTimeOffset operator +(DateTimeOffset d, TimeSpan t)",
     [](Call& call) { return checked_offset(call, offset(call, 0).ticks + call.int64(1), offset(call, 0).offset_minutes); }},
    {"static DateTimeOffset operator -(DateTimeOffset d, TimeSpan t)",
     [](Call& call) { return checked_offset(call, offset(call, 0).ticks - call.int64(1), offset(call, 0).offset_minutes); }},
    {"static TimeSpan operator -(DateTimeOffset left, DateTimeOffset right)",
     [](Call& call) { return time_span(utc(offset(call, 0)) - utc(offset(call, 1))); }},
    {"static bool operator ==(DateTimeOffset left, DateTimeOffset right)",
     [](Call& call) { return compared_moments(call, [](int o) { return o == 0; }); }},
    {"static bool operator !=(DateTimeOffset left, DateTimeOffset right)",
     [](Call& call) { return compared_moments(call, [](int o) { return o != 0; }); }},
    {"static bool operator <(DateTimeOffset left, DateTimeOffset right)",
     [](Call& call) { return compared_moments(call, [](int o) { return o < 0; }); }},
    {"static bool operator <=(DateTimeOffset left, DateTimeOffset right)",
     [](Call& call) { return compared_moments(call, [](int o) { return o <= 0; }); }},
    {"static bool operator >(DateTimeOffset left, DateTimeOffset right)",
     [](Call& call) { return compared_moments(call, [](int o) { return o > 0; }); }},
    {"static bool operator >=(DateTimeOffset left, DateTimeOffset right)",
     [](Call& call) { return compared_moments(call, [](int o) { return o >= 0; }); }},
};

static const TypeRows date_types[] = {
    {types::date_time, date_members, &date_ops},
    {types::date_time_offset, offset_members, &offset_ops},
};

}  // namespace date_rows

extern const Family date_family;
const Family date_family{date_rows::date_types};

}  // namespace gatelet::cs
