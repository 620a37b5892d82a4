// LogSink: where a room writes what an operator should know. The sink decides format and place; the rooms name events.
#pragma once

#include <string_view>

namespace gatelet {

enum class LogLevel { debug, info, warn, error, fatal };

// One more value of an event, printed as `key: value` or as a JSON member. The key is a literal of ours.
struct LogField {
  std::string_view key;
  std::string_view value;
};

class LogSink {
 public:
  virtual ~LogSink() = default;
  // `event` is a PascalCase name such as ConfigurationLoaded (gateway.md 1.11). Any thread; the views live until the call returns.
  virtual void log(LogLevel level, std::string_view event, std::string_view message, const LogField* fields, size_t field_count) = 0;
};

}  // namespace gatelet
