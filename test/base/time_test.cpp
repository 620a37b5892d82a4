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
