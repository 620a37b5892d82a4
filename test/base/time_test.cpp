#include <doctest/doctest.h>

#include "base/time.hpp"

using namespace gatelet;

TEST_CASE("time: dates print as HTTP, text log and JSON log want them") {
  const int64_t instant = 784'111'777'125;
  CHECK(http_date(instant) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(log_timestamp(instant) == "1994-11-06T08:49:37.125");
  CHECK(iso_timestamp(instant) == "1994-11-06T08:49:37.1250000Z");
  CHECK(http_date(-1000) == "Wed, 31 Dec 1969 23:59:59 GMT");
  CHECK(http_date(951'782'400'000) == "Tue, 29 Feb 2000 00:00:00 GMT");
}

TEST_CASE("time: an HTTP date is read as it is written") {
  CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT") == 784'111'777'000);
  for (const int64_t second : {0, 951'782'400, 951'868'799, 1'767'225'600, 2'147'483'647}) {
    CAPTURE(second);
    CHECK(parse_http_date(http_date(second * 1000)) == second * 1000);
  }
  for (const char* text : {"", "120", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nie 1994 08:49:37 GMT",
                           "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT"}) {
    CAPTURE(text);
    CHECK(parse_http_date(text) == std::nullopt);
  }
}

TEST_CASE("time: an ISO 8601 duration has days before its T and hours after it") {
  struct Row {
    const char* text;
    uint64_t ms;
  };
  for (const Row& row : {Row{"PT5S", 5'000}, Row{"PT1M", 60'000}, Row{"PT1H30M", 5'400'000}, Row{"P1D", 86'400'000},
                         Row{"P1DT0.25S", 86'400'250}, Row{"P1Y2M1W3D", (365ull + 60 + 7 + 3) * 86'400'000}, Row{"PT0S", 0},
                         Row{"PT1,5S", 1'500}, Row{"PT0.0019S", 1}, Row{"PT0036H", 129'600'000}}) {
    CAPTURE(row.text);
    CHECK(parse_iso_duration(row.text) == row.ms);
  }
  for (const char* text : {"",       "P",     "PT",    "P1",    "1D",    "PT5",   "P1DT", "PT5M5H", "PT5S5S",   "P5S", "PT1D",
                           "PT1.5M", "P1.5D", "PT.5S", "PT5.S", "-PT5S", "PT-5S", "pt5s", "PT5S ",  "00:00:05", "5",   "PT99999999999S"}) {
    CAPTURE(text);
    CHECK(parse_iso_duration(text) == std::nullopt);
  }
}

TEST_CASE("time: a time span is hh:mm:ss with optional days") {
  CHECK(parse_time_span("00:01:40") == 100);
  CHECK(parse_time_span("1.00:00:01") == 86'401);
  CHECK(parse_time_span("24:00:00") == std::nullopt);
  CHECK(parse_time_span("100") == std::nullopt);
  CHECK(time_span_text(1802) == "00:30:02");
  CHECK(time_span_text(90'061) == "1.01:01:01");
}
