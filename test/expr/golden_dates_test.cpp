#include "golden.hpp"

using namespace gatelet;

// A format, and 2024-02-29T13:05:09.1234567Z in it.
static void check_formats(const std::string& date, std::initializer_list<Row> rows) {
  for (const Row& row : rows) check_golden({{date + ".ToString(\"" + row.expression + "\")", "String " + row.result}});
}

TEST_CASE("golden vectors: dates are written") {
  check_formats("new DateTime(638448087091234567L, DateTimeKind.Utc)",
                {
                    {"o", "2024-02-29T13:05:09.1234567Z"},
                    {"O", "2024-02-29T13:05:09.1234567Z"},
                    {"R", "Thu, 29 Feb 2024 13:05:09 GMT"},
                    {"r", "Thu, 29 Feb 2024 13:05:09 GMT"},
                    {"s", "2024-02-29T13:05:09"},
                    {"u", "2024-02-29 13:05:09Z"},
                    {"U", "Thursday, 29 February 2024 13:05:09"},
                    {"d", "02/29/2024"},
                    {"D", "Thursday, 29 February 2024"},
                    {"t", "13:05"},
                    {"T", "13:05:09"},
                    {"f", "Thursday, 29 February 2024 13:05"},
                    {"F", "Thursday, 29 February 2024 13:05:09"},
                    {"g", "02/29/2024 13:05"},
                    {"G", "02/29/2024 13:05:09"},
                    {"m", "February 29"},
                    {"y", "2024 February"},
                    {"yyyy-MM-ddTHH:mm:ssZ", "2024-02-29T13:05:09Z"},
                    {"yyyy-MM-ddTHH:mm:ss.fff", "2024-02-29T13:05:09.123"},
                    {"yyyy-MM-ddTHH:mm:ss.fffffffK", "2024-02-29T13:05:09.1234567Z"},
                    {"yyyy'-'MM'-'dd'T'HH':'mm':'ss'Z'", "2024-02-29T13:05:09Z"},
                    {"yyyyMMddTHHmmssZ", "20240229T130509Z"},
                    {"yyyyMMdd", "20240229"},
                    {"h:mm tt", "1:05 PM"},
                    {"ddd, dd MMM yyyy HH':'mm':'ss 'GMT'", "Thu, 29 Feb 2024 13:05:09 GMT"},
                    {"zzz", "+00:00"},
                    {"%d", "29"},
                    {"FFF", "123"},
                    {"HH:mmZ", "13:05Z"},
                });
  check_golden({
      {"context.Timestamp.ToString()", "String 02/29/2024 13:05:09"},
      {R"(new DateTime(2024, 2, 29, 13, 5, 9).ToString("o"))", "String 2024-02-29T13:05:09.0000000"},
      {R"(new DateTime(2024, 2, 29, 13, 5, 9).ToString("yyyyK"))", "String 2024"},
      {"DateTime.MinValue.ToString()", "String 01/01/0001 00:00:00"},
      {"new DateTime(2024, 2, 26).DayOfWeek.ToString()", "String Monday"},
  });
}

// What is parsed, and its kind and value, or the exception.
static void check_parsing(std::initializer_list<Row> rows) {
  for (const Row& row : rows)
    check_golden({{"var d = DateTime.Parse(" + row.expression + "); return d.Kind + \" \" + d.ToString(\"o\");", row.result}});
}

TEST_CASE("golden vectors: dates are read") {
  check_parsing({
      {R"("2024-02-29T13:05:09Z")", "String Local 2024-02-29T13:05:09.0000000+00:00"},
      {R"("2024-02-29")", "String Unspecified 2024-02-29T00:00:00.0000000"},
      {R"("02/29/2024 1:05 PM")", "String Unspecified 2024-02-29T13:05:00.0000000"},
      {R"("Thu, 29 Feb 2024 13:05:09 GMT")", "String Local 2024-02-29T13:05:09.0000000+00:00"},
      {R"("29/02/2024")", "!FormatException: String was not recognized as a valid DateTime."},
      {R"("x")", "!FormatException: String was not recognized as a valid DateTime."},
      {"null", "!ArgumentNullException: Value cannot be null. Parameter: s"},
  });
}

TEST_CASE("golden vectors: dates with an offset") {
  check_formats("DateTimeOffset.Parse(\"2024-02-29T13:05:09.123+02:00\")", {
                                                                               {"o", "2024-02-29T13:05:09.1230000+02:00"},
                                                                               {"R", "Thu, 29 Feb 2024 11:05:09 GMT"},
                                                                               {"u", "2024-02-29 11:05:09Z"},
                                                                               {"s", "2024-02-29T13:05:09"},
                                                                               {"yyyy-MM-ddTHH:mm:ssZ", "2024-02-29T13:05:09Z"},
                                                                               {"yyyy-MM-ddTHH:mm:sszzz", "2024-02-29T13:05:09+02:00"},
                                                                           });
  check_golden({
      {R"(DateTimeOffset.Parse("2024-02-29T13:05:09.123+02:00").ToString())", "String 02/29/2024 13:05:09 +02:00"},
      {R"(DateTimeOffset.Parse("2024-02-29T13:05:09.123+02:00").ToUnixTimeSeconds())", "Int64 1709204709"},
      {"new DateTimeOffset(new DateTime(2024, 2, 29)).Offset", "TimeSpan 00:00:00"},
  });
}

TEST_CASE("golden vectors: spans of time") {
  check_golden({
      {"(new DateTime(2024, 3, 1) - new DateTime(2024, 2, 29)).TotalSeconds", "Double 86400"},
      {R"(var t = new TimeSpan(1, 2, 3, 4, 5); return t + " " + TimeSpan.FromSeconds(90) + " " + TimeSpan.FromSeconds(1.5) + " " + )"
       R"(TimeSpan.FromSeconds(-1) + " " + t.ToString("g") + " " + t.ToString("G") + " " + TimeSpan.FromSeconds(90).ToString(@"hh\:mm\:ss");)",
       "String 1.02:03:04.0050000 00:01:30 00:00:01.5000000 -00:00:01 1:2:03:04.005 1:02:03:04.0050000 00:01:30"},
      {R"(TimeSpan.Parse("1"))", "TimeSpan 1.00:00:00"},
      {R"(TimeSpan.Parse("00:00:30"))", "TimeSpan 00:00:30"},
      {"TimeSpan.FromMilliseconds(1.6)", "TimeSpan 00:00:00.0016000"},
      {R"(TimeZoneInfo.FindSystemTimeZoneById("Central European Standard Time").BaseUtcOffset)", "TimeSpan 01:00:00"},
      {R"(TimeZoneInfo.FindSystemTimeZoneById("Europe/Warsaw").BaseUtcOffset)", "TimeSpan 01:00:00"},
  });
}
