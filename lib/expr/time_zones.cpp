#include "expr/time_zones.hpp"

#include "base/text.hpp"
#include "expr/dates.hpp"

namespace gatelet::cs {
namespace time_zone_text {

namespace {

struct Row {
  std::string_view rule;
  std::string_view names;
};

// "CET-1CEST,M3.5.0,M10.5.0/3" (POSIX, and RFC 8536 for times beyond a day). The texts are those of the table, so nothing is checked.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  TimeZoneRule read() {
    TimeZoneRule zone;
    skip_name();
    zone.standard_minutes = -seconds() / 60;
    zone.daylight_minutes = zone.standard_minutes + 60;
    zone.has_daylight = !text_.empty();
    if (!zone.has_daylight) return zone;
    skip_name();
    if (text_[0] != ',') zone.daylight_minutes = -seconds() / 60;
    zone.starts = change();
    zone.ends = change();
    return zone;
  }

 private:
  void skip_name() {
    if (text_[0] == '<') return text_.remove_prefix(text_.find('>') + 1);
    while (!text_.empty() && is_alpha(text_[0])) text_.remove_prefix(1);
  }
  int number() {
    int value = 0;
    for (; !text_.empty() && is_digit(text_[0]); text_.remove_prefix(1)) value = value * 10 + (text_[0] - '0');
    return value;
  }
  bool accept(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  int seconds() {
    const int sign = accept('-') ? -1 : 1;
    accept('+');
    int total = number() * 3600;
    if (accept(':')) total += number() * 60;
    return sign * total;
  }
  ClockChange change() {
    ClockChange out;
    text_.remove_prefix(2);  // ",M"
    out.month = number();
    accept('.');
    out.week = number();
    accept('.');
    out.weekday = number();
    out.seconds = accept('/') ? seconds() : 2 * 3600;
    return out;
  }
  std::string_view text_;
};

}  // namespace

static constexpr Row rows[] = {
#define GATELET_ZONE(rule, names) {rule, names},
#include "expr/time_zones.inc"
#undef GATELET_ZONE
};

}  // namespace time_zone_text

std::optional<TimeZoneRule> find_time_zone(std::string_view name) {
  for (const auto& row : time_zone_text::rows)
    for (std::string_view rest = row.names; !rest.empty();) {
      const size_t comma = rest.find(',');
      if (gatelet::equal_ignoring_case(rest.substr(0, comma), name)) return time_zone_text::Reader(row.rule).read();
      rest = comma == rest.npos ? std::string_view() : rest.substr(comma + 1);
    }
  return std::nullopt;
}

// The ticks of a change by the clock that shows it.
static int64_t local_ticks_of(const ClockChange& change, int year) {
  int64_t first = 0;
  ticks_of_date(year, change.month, 1, first);
  int day = 1 + (change.weekday - day_of_week(first) + 7) % 7 + (change.week - 1) * 7;
  if (day > days_in_month(year, change.month)) day -= 7;
  return first + (day - 1) * ticks_per_day + change.seconds * ticks_per_second;
}

bool is_daylight(const TimeZoneRule& zone, int64_t utc_ticks) {
  if (!zone.has_daylight) return false;
  const int64_t standard = utc_ticks + zone.standard_minutes * ticks_per_minute;
  if (standard < 0 || standard > date_ticks_max) return false;
  const int year = calendar_date(standard).year;
  const int64_t start = local_ticks_of(zone.starts, year) - zone.standard_minutes * ticks_per_minute;
  const int64_t end = local_ticks_of(zone.ends, year) - zone.daylight_minutes * ticks_per_minute;
  return start < end ? utc_ticks >= start && utc_ticks < end : utc_ticks >= start || utc_ticks < end;
}

LocalTime utc_of_local(const TimeZoneRule& zone, int64_t local_ticks, int64_t& utc_ticks) {
  const int64_t standard = local_ticks - zone.standard_minutes * ticks_per_minute;
  const int64_t daylight = local_ticks - zone.daylight_minutes * ticks_per_minute;
  const bool fits_standard = !is_daylight(zone, standard), fits_daylight = is_daylight(zone, daylight);
  utc_ticks = fits_standard || !fits_daylight ? standard : daylight;
  if (!fits_standard && !fits_daylight) return LocalTime::invalid;
  return fits_standard && fits_daylight ? LocalTime::ambiguous : LocalTime::valid;
}

}  // namespace gatelet::cs
