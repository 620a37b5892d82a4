// Encodings of records and of process log events: the text and JSON forms of the self-hosted gateway (gateway.md 2.16), one line each
// whatever the values hold (reliability.md A-91). In text, what could end a line, move the cursor or reorder the line is written as \u00XX;
// strings of a record stand in quotes, so that no value can pretend to be another field.
#pragma once

#include <string>
#include <string_view>

#include "base/log.hpp"
#include "base/time.hpp"
#include "telemetry/record.hpp"

namespace gatelet {

enum class LogFormat : uint8_t { none, text, json };

inline constexpr size_t log_value_bytes_max = 1024;  // a longer value is cut there and ends in "...[N bytes more]"

// Appends one line with its newline to `out`.
void format_event(std::string& out, LogFormat format, bool color, int64_t wall_ms, LogLevel level, std::string_view event,
                  std::string_view message, const LogField* fields, size_t field_count);
// The request log line, event GatewayLogs. Empty texts are left out, and so is what belongs to a backend when none was called.
void format_record(std::string& out, LogFormat format, bool color, const Record& record);

// telemetry.logs.requests = off | errors | all
enum class RequestLog : uint8_t { off, errors, all };
bool wants(RequestLog setting, const Record& record);

}  // namespace gatelet
