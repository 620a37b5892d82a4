// TimeSpan.
#include <algorithm>
#include <cmath>

#include "expr/dates.hpp"
#include "expr/member.hpp"

namespace gatelet::cs {
namespace time_span_rows {

static constexpr std::string_view too_long = "TimeSpan overflowed because the duration is too long.";

static Value checked(Call& call, bool has_overflowed, int64_t ticks) {
  return has_overflowed ? call.run.fail(types::overflow_exception, too_long) : time_span(ticks);
}

static Value added(Call& call, int64_t a, int64_t b) {
  int64_t sum = 0;
  const bool has_overflowed = __builtin_add_overflow(a, b, &sum);
  return checked(call, has_overflowed, sum);
}

static Value subtracted(Call& call, int64_t a, int64_t b) {
  int64_t difference = 0;
  const bool has_overflowed = __builtin_sub_overflow(a, b, &difference);
  return checked(call, has_overflowed, difference);
}

static Value negated(Call& call, int64_t ticks) {
  if (ticks == INT64_MIN)
    return call.run.fail(types::overflow_exception, "Negating the minimum value of a twos complement number is invalid.");
  return time_span(-ticks);
}

static const String* span_text(Evaluation& run, Value self) { return copy_of(run, time_span_text(self.bits)); }
static const String* span_format(Evaluation& run, Value self, const String* format) { return format_time_span(run, self.bits, format); }
static int order(int64_t a, int64_t b) { return a < b ? -1 : a > b; }
static int compare_spans(Evaluation&, Value a, Value b) { return order(a.bits, b.bits); }

static constexpr TypeOps span_ops{.to_string = span_text, .format = span_format, .compare = compare_spans};

// .NET on Linux keeps the ticks of a fraction.
template <int64_t unit>
static Value of_units(Call& call) {
  const double value = call.real(0);
  if (std::isnan(value))
    return call.run.fail_argument(types::argument_exception, "TimeSpan does not accept floating point Not-a-Number values.", "value");
  const double ticks = value * static_cast<double>(unit);
  if (ticks >= 9223372036854775807.0 || ticks < -9223372036854775808.0) return call.run.fail(types::overflow_exception, too_long);
  return time_span(static_cast<int64_t>(ticks));
}

template <size_t count>
static Value create(Call& call) {
  // hours, minutes, seconds; or days before them; or milliseconds behind them as well.
  constexpr size_t first = count == 3 ? 0 : 1;
  const double milliseconds = (((count == 3 ? 0 : call.int32(0)) * 24.0 + call.int32(first)) * 60 + call.int32(first + 1)) * 60'000 +
                              call.int32(first + 2) * 1000.0 + (count == 5 ? call.int32(4) : 0);
  if (std::fabs(milliseconds) > 922'337'203'685'477) return call.run.fail(types::argument_out_of_range_exception, too_long);
  return time_span(static_cast<int64_t>(milliseconds) * ticks_per_millisecond);
}

template <int64_t unit>
static Value total(Call& call) {
  // .NET keeps milliseconds within what a TimeSpan of whole ones can hold.
  constexpr double most = unit == ticks_per_millisecond ? static_cast<double>(INT64_MAX / unit) : HUGE_VAL;
  return real(std::clamp(static_cast<double>(call.self.bits) / static_cast<double>(unit), -most, most));
}

template <int64_t unit, int64_t count>
static Value part(Call& call) {
  return int32(static_cast<int32_t>(call.self.bits / unit % count));
}

static Value parse(Call& call) {
  if (!call.text(0)) return call.run.fail_null("input");
  int64_t ticks = 0;
  bool is_overflow = false;
  if (parse_time_span(*call.text(0), ticks, is_overflow)) return time_span(ticks);
  if (is_overflow)
    return call.run.fail(types::overflow_exception,
                         "The TimeSpan could not be parsed because at least one of the numeric components is out of range or contains too "
                         "many digits.");
  return call.run.fail(types::format_exception, "String was not recognized as a valid TimeSpan.");
}

static Value try_parse(Call& call) {
  int64_t ticks = 0;
  bool is_overflow = false;
  const bool is_span = call.text(0) && parse_time_span(*call.text(0), ticks, is_overflow);
  call.out(1) = time_span(is_span ? ticks : 0);
  return boolean(is_span);
}

template <class Test>
static Value compared(Call& call, Test test) {
  return boolean(test(order(call.int64(0), call.int64(1))));
}

// Ticks times or by a factor, to the nearest tick.
static Value scaled(Call& call, double ticks, double factor, bool divides) {
  if (std::isnan(factor)) return call.run.fail(types::argument_exception, "TimeSpan does not accept floating point Not-a-Number values.");
  const double result = std::nearbyint(divides ? ticks / factor : ticks * factor);
  if (!(std::fabs(result) < 9.2233720368547758e18))
    return call.run.fail(types::overflow_exception, "TimeSpan overflowed because the duration is too long.");
  return time_span(static_cast<int64_t>(result));
}

static double ticks_of(Value span) { return static_cast<double>(span.bits); }

static constexpr Member span_members[] = {
    {"new(long ticks)", [](Call& call) { return time_span(call.int64(0)); }},
    {"new(int hours, int minutes, int seconds)", create<3>},
    {"new(int days, int hours, int minutes, int seconds)", create<4>},
    {"new(int days, int hours, int minutes, int seconds, int milliseconds)", create<5>},
    {"static TimeSpan Zero", [](Call&) { return time_span(0); }},
    {"static TimeSpan MinValue", [](Call&) { return time_span(INT64_MIN); }},
    {"static TimeSpan MaxValue", [](Call&) { return time_span(INT64_MAX); }},
    {"const long TicksPerMillisecond", [](Call&) { return int64(ticks_per_millisecond); }},
    {"const long TicksPerSecond", [](Call&) { return int64(ticks_per_second); }},
    {"const long TicksPerMinute", [](Call&) { return int64(ticks_per_minute); }},
    {"const long TicksPerHour", [](Call&) { return int64(ticks_per_hour); }},
    {"const long TicksPerDay", [](Call&) { return int64(ticks_per_day); }},
    {"static TimeSpan FromTicks(long value)", [](Call& call) { return time_span(call.int64(0)); }},
    {"static TimeSpan FromMilliseconds(double value)", of_units<ticks_per_millisecond>},
    {"static TimeSpan FromSeconds(double value)", of_units<ticks_per_second>},
    {"static TimeSpan FromMinutes(double value)", of_units<ticks_per_minute>},
    {"static TimeSpan FromHours(double value)", of_units<ticks_per_hour>},
    {"static TimeSpan FromDays(double value)", of_units<ticks_per_day>},
    {"static TimeSpan Parse(string s)", parse},
    {"static bool TryParse(string s, out TimeSpan result)", try_parse},
    {"static int Compare(TimeSpan t1, TimeSpan t2)", [](Call& call) { return int32(order(call.int64(0), call.int64(1))); }},
    {"long Ticks", [](Call& call) { return int64(call.self.bits); }},
    {"int Days", [](Call& call) { return int32(static_cast<int32_t>(call.self.bits / ticks_per_day)); }},
    {"int Hours", part<ticks_per_hour, 24>},
    {"int Minutes", part<ticks_per_minute, 60>},
    {"int Seconds", part<ticks_per_second, 60>},
    {"int Milliseconds", part<ticks_per_millisecond, 1000>},
    {"double TotalDays", total<ticks_per_day>},
    {"double TotalHours", total<ticks_per_hour>},
    {"double TotalMinutes", total<ticks_per_minute>},
    {"double TotalSeconds", total<ticks_per_second>},
    {"double TotalMilliseconds", total<ticks_per_millisecond>},
    {"TimeSpan Add(TimeSpan ts)", [](Call& call) { return added(call, call.self.bits, call.int64(0)); }},
    {"TimeSpan Subtract(TimeSpan ts)", [](Call& call) { return subtracted(call, call.self.bits, call.int64(0)); }},
    {"TimeSpan Negate()", [](Call& call) { return negated(call, call.self.bits); }},
    {"TimeSpan Duration()", [](Call& call) { return call.self.bits < 0 ? negated(call, call.self.bits) : call.self; }},
    {"string ToString(string format)", [](Call& call) { return text(format_time_span(call.run, call.self.bits, call.text(0))); }},
    {"bool Equals(TimeSpan obj)", [](Call& call) { return boolean(call.self.bits == call.int64(0)); }},
    {"int CompareTo(object value)", compare_to_object},
    {"int CompareTo(TimeSpan value)", [](Call& call) { return int32(order(call.self.bits, call.int64(0))); }},
    {"static TimeSpan operator +(TimeSpan t1, TimeSpan t2)", [](Call& call) { return added(call, call.int64(0), call.int64(1)); }},
    {"static TimeSpan operator -(TimeSpan t1, TimeSpan t2)", [](Call& call) { return subtracted(call, call.int64(0), call.int64(1)); }},
    {"TimeSpan Multiply(double factor)", [](Call& call) { return scaled(call, ticks_of(call.self), call.real(0), false); }},
    {"TimeSpan Divide(double divisor)", [](Call& call) { return scaled(call, ticks_of(call.self), call.real(0), true); }},
    {"double Divide(TimeSpan ts)", [](Call& call) { return real(ticks_of(call.self) / ticks_of(call.arguments[0])); }},
    {"static TimeSpan operator *(TimeSpan timeSpan, double factor)",
     [](Call& call) { return scaled(call, ticks_of(call.arguments[0]), call.real(1), false); }},
    {"static TimeSpan operator *(double factor, TimeSpan timeSpan)",
     [](Call& call) { return scaled(call, ticks_of(call.arguments[1]), call.real(0), false); }},
    {"static TimeSpan operator /(TimeSpan timeSpan, double divisor)",
     [](Call& call) { return scaled(call, ticks_of(call.arguments[0]), call.real(1), true); }},
    {"static double operator /(TimeSpan t1, TimeSpan t2)",
     [](Call& call) { return real(ticks_of(call.arguments[0]) / ticks_of(call.arguments[1])); }},
    {"static TimeSpan operator -(TimeSpan t)", [](Call& call) { return negated(call, call.int64(0)); }},
    {"static TimeSpan operator +(TimeSpan t)", [](Call& call) { return call.arguments[0]; }},
    {"static bool operator ==(TimeSpan t1, TimeSpan t2)", [](Call& call) { return compared(call, [](int o) { return o == 0; }); }},
    {"static bool operator !=(TimeSpan t1, TimeSpan t2)", [](Call& call) { return compared(call, [](int o) { return o != 0; }); }},
    {"static bool operator <(TimeSpan t1, TimeSpan t2)", [](Call& call) { return compared(call, [](int o) { return o < 0; }); }},
    {"static bool operator <=(TimeSpan t1, TimeSpan t2)", [](Call& call) { return compared(call, [](int o) { return o <= 0; }); }},
    {"static bool operator >(TimeSpan t1, TimeSpan t2)", [](Call& call) { return compared(call, [](int o) { return o > 0; }); }},
    {"static bool operator >=(TimeSpan t1, TimeSpan t2)", [](Call& call) { return compared(call, [](int o) { return o >= 0; }); }},
};

static const TypeRows span_types[] = {{types::time_span, span_members, &span_ops}, {types::date_time_kind}, {types::day_of_week}};

}  // namespace time_span_rows

extern const Family time_span_family;
const Family time_span_family{time_span_rows::span_types};

}  // namespace gatelet::cs
