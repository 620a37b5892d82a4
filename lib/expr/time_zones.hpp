// Time zones by their names of Windows and of IANA. Each has the rule that is in force today, applied to all years: older changes of the
// law are not known.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gatelet::cs {

// When clocks change: the week-th (5: the last) such weekday of the month, and the seconds since its midnight, which may lie outside that
// day.
struct ClockChange {
  int month = 0;
  int week = 0;
  int weekday = 0;
  int seconds = 0;
  bool operator==(const ClockChange&) const = default;
};

struct TimeZoneRule {
  int32_t standard_minutes = 0;  // ahead of UTC
  int32_t daylight_minutes = 0;
  bool has_daylight = false;
  ClockChange starts;  // by the standard clock
  ClockChange ends;    // by the daylight saving clock
  bool operator==(const TimeZoneRule&) const = default;
};

std::optional<TimeZoneRule> find_time_zone(std::string_view name);

bool is_daylight(const TimeZoneRule& zone, int64_t utc_ticks);
inline int32_t offset_minutes(const TimeZoneRule& zone, int64_t utc_ticks) {
  return is_daylight(zone, utc_ticks) ? zone.daylight_minutes : zone.standard_minutes;
}

// What a clock of the zone showed: never, once, or twice; then the standard time counts.
enum class LocalTime : uint8_t { invalid, valid, ambiguous };
LocalTime utc_of_local(const TimeZoneRule& zone, int64_t local_ticks, int64_t& utc_ticks);

}  // namespace gatelet::cs
