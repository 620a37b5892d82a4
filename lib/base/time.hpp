// Time comes in as an argument: nothing below net reads a clock. Two readings travel together, because timeouts and rate windows follow the
// monotonic one and dates, tokens and logs the other (reliability.md A-119).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatelet {

struct Instant {
  uint64_t steady_us = 0;  // monotonic, any origin
  int64_t wall_ms = 0;     // milliseconds since 1970-01-01T00:00:00Z
  uint64_t steady_ms() const { return steady_us / 1000; }
};

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7).
std::string http_date(int64_t wall_ms);
// "2026-01-31T08:49:37.125" as the text log prints it, without a zone mark.
std::string log_timestamp(int64_t wall_ms);
// "2026-01-31T08:49:37.1250000Z": seven digits, as .NET and the JSON log print it.
std::string iso_timestamp(int64_t wall_ms);
// "2026-01-31T08:49:37Z" in milliseconds since 1970; a fraction of the second and another zone than Z ("+02:00") may be given.
std::optional<int64_t> parse_iso_timestamp(std::string_view text);
// "hh:mm:ss", with days "d.hh:mm:ss"; the form of settings and of quota messages. Seconds.
std::optional<uint64_t> parse_time_span(std::string_view text);
std::string time_span_text(uint64_t seconds);

}  // namespace gatelet
