// TimeZoneInfo.
#include <doctest/doctest.h>

#include "evaluate.hpp"

using namespace gatelet;

TEST_CASE("time zones are found by the names of Windows and of IANA, in any case") {
  check({
      {"@(TimeZoneInfo.FindSystemTimeZoneById(\"Central European Standard Time\"))", "TimeZoneInfo Central European Standard Time"},
      {"@(TimeZoneInfo.FindSystemTimeZoneById(\"Europe/Warsaw\").BaseUtcOffset)", "TimeSpan 01:00:00"},
      {"@(TimeZoneInfo.FindSystemTimeZoneById(\"Europe/Rome\").DisplayName)", "String (UTC+01:00) Europe/Rome"},
      {"@(TimeZoneInfo.FindSystemTimeZoneById(\"eastern standard time\").BaseUtcOffset)", "TimeSpan -05:00:00"},
      {"@(TimeZoneInfo.FindSystemTimeZoneById(\"India Standard Time\").BaseUtcOffset)", "TimeSpan 05:30:00"},
      {"@(TimeZoneInfo.FindSystemTimeZoneById(\"UTC\").SupportsDaylightSavingTime)", "Boolean False"},
      {"@(TimeZoneInfo.FindSystemTimeZoneById(\"Mars\"))",
       "!TimeZoneNotFoundException: The time zone ID 'Mars' was not found on the local computer."},
      {"@(TimeZoneInfo.FindSystemTimeZoneById(null))", "!ArgumentNullException: Value cannot be null. Parameter: id"},
      {"@(TimeZoneInfo.Utc.Id + TimeZoneInfo.Local.BaseUtcOffset)", "String UTC00:00:00"},
      {"@(TimeZone.CurrentTimeZone.GetUtcOffset(DateTime.Now))", "TimeSpan 00:00:00"},
  });
}

TEST_CASE("clock times become UTC and back; times that a change of clocks skips do not exist") {
  const std::string rome = "TimeZoneInfo.FindSystemTimeZoneById(\"W. Europe Standard Time\")";
  const std::string sydney = "TimeZoneInfo.FindSystemTimeZoneById(\"Australia/Sydney\")";
  const auto to_utc = [](const std::string& date, const std::string& zone) {
    return "@(TimeZoneInfo.ConvertTimeToUtc(DateTime.Parse(\"" + date + "\"), " + zone + ").ToString(\"o\"))";
  };
  const auto from_utc = [](const std::string& date, const std::string& zone) {
    return "@(TimeZoneInfo.ConvertTimeFromUtc(DateTime.Parse(\"" + date + "\"), " + zone + ").ToString(\"yyyy-MM-dd HH:mm\"))";
  };
  check({
      {to_utc("2024-01-15T12:00:00", rome), "String 2024-01-15T11:00:00.0000000Z"},
      {to_utc("2024-07-15T12:00:00", rome), "String 2024-07-15T10:00:00.0000000Z"},
      {to_utc("2024-03-31T01:59:59", rome), "String 2024-03-31T00:59:59.0000000Z"},
      {to_utc("2024-03-31T02:30:00", rome),
       "!ArgumentException: The supplied DateTime represents an invalid time. For example, when the clock is adjusted forward, any time in "
       "the period that is skipped is invalid. Parameter: dateTime"},
      {to_utc("2024-03-31T03:00:00", rome), "String 2024-03-31T01:00:00.0000000Z"},
      {to_utc("2024-10-27T02:30:00", rome), "String 2024-10-27T01:30:00.0000000Z"},
      {to_utc("2024-01-15T12:00:00", sydney), "String 2024-01-15T01:00:00.0000000Z"},
      {to_utc("2024-07-15T12:00:00", sydney), "String 2024-07-15T02:00:00.0000000Z"},
      {from_utc("2024-07-15T12:00:00", rome), "String 2024-07-15 14:00"},
      {from_utc("2024-10-27T00:59:59", rome), "String 2024-10-27 02:59"},
      {from_utc("2024-10-27T01:00:00", rome), "String 2024-10-27 02:00"},
      {from_utc("2024-03-10T06:59:00", "TimeZoneInfo.FindSystemTimeZoneById(\"America/New_York\")"), "String 2024-03-10 01:59"},
      {from_utc("2024-03-10T07:00:00", "TimeZoneInfo.FindSystemTimeZoneById(\"America/New_York\")"), "String 2024-03-10 03:00"},
      {"@(" + rome + ".IsAmbiguousTime(DateTime.Parse(\"2024-10-27T02:30:00\")) && " + rome +
           ".IsInvalidTime(DateTime.Parse(\"2024-03-31T02:30:00\")))",
       "Boolean True"},
      {"@(" + rome + ".IsDaylightSavingTime(DateTime.Parse(\"2024-07-01\")))", "Boolean True"},
      {"@(" + rome + ".GetUtcOffset(DateTime.UtcNow))", "TimeSpan 01:00:00"},
      {"@(TimeZoneInfo.ConvertTimeToUtc(DateTime.UtcNow, " + rome + "))",
       "!ArgumentException: The conversion could not be completed because the supplied DateTime did not have the Kind property set "
       "correctly. "
       "For example, when the Kind property is DateTimeKind.Local, the source time zone must be TimeZoneInfo.Local. Parameter: "
       "sourceTimeZone"},
      {"@(TimeZoneInfo.ConvertTimeBySystemTimeZoneId(DateTime.UtcNow, \"Tokyo Standard Time\").ToString(\"HH:mm\"))", "String 22:05"},
      {"@(TimeZoneInfo.ConvertTime(DateTimeOffset.UtcNow, " + rome + ").ToString(\"o\"))", "String 2024-02-29T14:05:09.1234567+01:00"},
  });
}
