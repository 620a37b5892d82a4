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

TEST_CASE("time: a time span is hh:mm:ss with optional days") {
  CHECK(parse_time_span("00:01:40") == 100);
  CHECK(parse_time_span("1.00:00:01") == 86'401);
  CHECK(parse_time_span("24:00:00") == std::nullopt);
  CHECK(parse_time_span("100") == std::nullopt);
  CHECK(time_span_text(1802) == "00:30:02");
  CHECK(time_span_text(90'061) == "1.01:01:01");
}

TEST_CASE("time: an ISO 8601 time is read with its fraction and zone") {
  CHECK(parse_iso_timestamp("1994-11-06T08:49:37Z") == 784'111'777'000);
  CHECK(parse_iso_timestamp("1994-11-06T08:49:37.1259999Z") == 784'111'777'125);
  CHECK(parse_iso_timestamp("1994-11-06T10:49:37+02:00") == 784'111'777'000);
  CHECK(parse_iso_timestamp("1994-11-06T03:19:37-05:30") == 784'111'777'000);
  CHECK(parse_iso_timestamp("0001-01-01T00:00:00Z") == -62'135'596'800'000);
  CHECK(parse_iso_timestamp("2024-02-29T00:00:00Z") == 1'709'164'800'000);
  for (const char* wrong :
       {"", "2024-02-29", "2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01 00:00:00Z",
        "2024-01-01T00:00:00", "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00+2", "24-01-01T00:00:00Z"}) {
    CAPTURE(wrong);
    CHECK(parse_iso_timestamp(wrong) == std::nullopt);
  }
}
