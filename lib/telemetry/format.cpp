#include "telemetry/format.hpp"

#include <array>
#include <charconv>

#include "base/text.hpp"

namespace gatelet {

namespace {

constexpr std::string_view level_colors[] = {"\x1b[90m", "\x1b[32m", "\x1b[33m", "\x1b[31m", "\x1b[35m"};
constexpr std::string_view text_levels[] = {"Debug", "Info", "Warn", "Error", "Fatal"};
constexpr std::string_view json_levels[] = {"Verbose", "Info", "Warning", "Error", "Fatal"};

void append_escape(std::string& out, unsigned code) {
  static constexpr char digits[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += digits[(code >> shift) & 15];
}

void append_control(std::string& out, unsigned char c) {
  switch (c) {
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: append_escape(out, c);
  }
}

// Valid UTF-8 of two or three bytes that is not printed: C1 controls (U+0085 ends a line, U+009B is an escape), line and paragraph
// separators, and the marks that reorder text. 0: none of them.
unsigned hidden_code(std::string_view sequence) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(sequence[i]); };
  if (sequence.size() == 2 && byte(0) == 0xC2 && byte(1) < 0xA0) return byte(1);
  if (sequence.size() != 3 || byte(0) != 0xE2) return 0;
  const unsigned code = 0x2000u | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu);
  return (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) ? code : 0;
}

constexpr std::array<bool, 256> make_plain_bytes() {
  std::array<bool, 256> table{};
  for (size_t c = ' '; c <= '~'; ++c) table[c] = c != '"' && c != '\\';
  return table;
}
constexpr auto plain_bytes = make_plain_bytes();
bool is_plain(char c) { return plain_bytes[static_cast<unsigned char>(c)]; }

// One character that is not plain; returns its size.
size_t append_character(std::string& out, std::string_view text, bool quoted) {
  const char c = text.front();
  if (c == '"' || c == '\\') {
    if (quoted) out += '\\';
    out += c;
    return 1;
  }
  if (static_cast<unsigned char>(c) < 0x80) return append_control(out, static_cast<unsigned char>(c)), 1;
  const size_t size = utf8_length(text);
  if (size == 0) return out += "\xEF\xBF\xBD", 1;
  if (const unsigned code = hidden_code(text.substr(0, size))) {
    append_escape(out, code);
  } else {
    out += text.substr(0, size);
  }
  return size;
}

// The longest beginning of at most log_value_bytes_max bytes that does not split a UTF-8 sequence.
std::string_view cut(std::string_view text) {
  if (text.size() <= log_value_bytes_max) return text;
  size_t size = log_value_bytes_max;
  while (size > log_value_bytes_max - 3 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return text.substr(0, size);
}

void append_number(std::string& out, uint64_t number) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

// A value, safe on one line; `quoted`: fit for the inside of a JSON string.
void append_value(std::string& out, std::string_view whole, bool quoted) {
  const std::string_view text = cut(whole);
  for (size_t i = 0; i < text.size();) {
    size_t plain_end = i;
    while (plain_end < text.size() && is_plain(text[plain_end])) ++plain_end;
    out += text.substr(i, plain_end - i);
    i = plain_end;
    if (i < text.size()) i += append_character(out, text.substr(i), quoted);
  }
  if (text.size() == whole.size()) return;
  out += "...[";
  append_number(out, whole.size() - text.size());
  out += " bytes more]";
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  append_value(out, text, true);
  out += '"';
}

// The members of one JSON object. Keys are literals of ours.
class JsonMembers {
 public:
  explicit JsonMembers(std::string& out) : out_(out) { out_ += '{'; }
  void close() { out_ += '}'; }
  void text(std::string_view key, std::string_view value) { append_quoted(begin(key), value); }
  void time(std::string_view key, int64_t wall_ms) { append_quoted(begin(key), iso_timestamp(wall_ms)); }
  void number(std::string_view key, uint64_t value) { append_number(begin(key), value); }
  void boolean(std::string_view key, bool value) { begin(key) += value ? "true" : "false"; }
  std::string& begin(std::string_view key) {
    if (out_.back() != '{') out_ += ',';
    return ((out_ += '"') += key) += "\":";
  }

 private:
  std::string& out_;
};

// The fields of a text line: `, key: value`. Keys are literals of ours.
class TextFields {
 public:
  explicit TextFields(std::string& out) : out_(out) {}
  void text(std::string_view key, std::string_view value) { append_quoted(begin(key), value); }
  void time(std::string_view key, int64_t wall_ms) { begin(key) += log_timestamp(wall_ms); }
  void number(std::string_view key, uint64_t value) { append_number(begin(key), value); }
  void boolean(std::string_view key, bool value) { begin(key) += value ? "true" : "false"; }
  void plain(std::string_view key, std::string_view value) { append_value(begin(key), value, false); }
  std::string& begin(std::string_view key) { return ((out_ += ", ") += key) += ": "; }

 private:
  std::string& out_;
};

void begin_text(std::string& out, bool color, int64_t wall_ms, LogLevel level, std::string_view event) {
  const auto index = static_cast<size_t>(level);
  if (color) out += level_colors[index];
  (((out += '[') += text_levels[index]) += ']');
  if (color) out += "\x1b[0m";
  ((out += ' ') += log_timestamp(wall_ms)) += " [";
  append_value(out, event, false);
  out += ']';
}

JsonMembers begin_json(std::string& out, int64_t wall_ms, LogLevel level, std::string_view event) {
  JsonMembers line(out);
  line.text("level", json_levels[static_cast<size_t>(level)]);
  line.time("timestamp", wall_ms);
  line.text("eventType", event);
  return line;
}

template <class Fields>
void write_if(Fields& fields, std::string_view key, std::string_view value) {
  if (!value.empty()) fields.text(key, value);
}

void append_error(std::string& out, const Record::LastError& error) {
  JsonMembers members(out);
  members.number("elapsed", error.elapsed_us / 1000);
  members.text("source", error.source);
  write_if(members, "scope", error.scope);
  write_if(members, "section", error.section);
  write_if(members, "path", error.path);
  write_if(members, "reason", error.reason);
  members.text("message", error.message);
  members.close();
}

template <class Fields>
void write_backend(Fields& fields, const Record& record) {
  write_if(fields, "backendMethod", record.backend_method);
  write_if(fields, "backendUrl", record.backend_url);
  if (record.backend_response_code > 0) fields.number("backendResponseCode", static_cast<uint64_t>(record.backend_response_code));
  write_if(fields, "backendProtocol", record.backend_protocol);
}

void append_trace(std::string& out, std::span<const TraceRecord> records) {
  for (const TraceRecord& record : records) {
    out += out.back() == '[' ? "" : ",";
    JsonMembers members(out);
    members.text("source", record.source);
    members.text("severity", record.severity);
    members.text("message", record.message);
    if (!record.metadata.empty()) {
      std::string& metadata = members.begin("metadata");
      metadata += '[';
      for (const auto& [name, value] : record.metadata) {
        metadata += metadata.back() == '[' ? "" : ",";
        JsonMembers item(metadata);
        item.text("name", name);
        item.text("value", value);
        item.close();
      }
      metadata += ']';
    }
    members.close();
  }
}

// The order is that of gateway.md 2.16; routeMiss is ours.
template <class Fields>
void write_record(Fields& fields, const Record& record) {
  fields.boolean("isRequestSuccess", record.is_success());
  fields.number("totalTime", record.total_us / 1000);
  fields.text("category", "GatewayLogs");
  fields.text("callerIpAddress", record.caller_ip_address);
  fields.time("timeGenerated", record.time_generated_ms);
  write_if(fields, "region", record.region);
  fields.text("correlationId", record.correlation_id);
  fields.text("method", record.method);
  fields.text("url", record.url);
  fields.number("responseCode", record.response_code > 0 ? static_cast<uint64_t>(record.response_code) : 0);
  fields.number("responseSize", record.response_size);
  fields.text("cache", record.cache);
  fields.number("backendTime", record.backend_us / 1000);
  fields.number("requestSize", record.request_size);
  write_if(fields, "apiId", record.api_id);
  write_if(fields, "operationId", record.operation_id);
  write_if(fields, "productId", record.product_id);
  write_if(fields, "userId", record.user_id);
  write_if(fields, "apimSubscriptionId", record.subscription_id);
  fields.text("clientProtocol", record.client_protocol);
  fields.number("cacheTime", record.cache_us / 1000);
  fields.number("clientTime", record.client_us / 1000);
  write_if(fields, "backendId", record.backend_id);
  write_if(fields, "apiRevision", record.api_revision);
  write_if(fields, "clientTlsVersion", record.client_tls_version);
  write_backend(fields, record);
  if (record.has_error) {
    append_error(fields.begin("lastError"), record.last_error);
    std::string& out = fields.begin("errors");
    out += '[';
    append_error(out, record.last_error);
    out += ']';
  }
  if (!record.trace_records.empty()) {
    std::string& out = fields.begin("traceRecords");
    out += '[';
    append_trace(out, record.trace_records);
    out += ']';
  }
  write_if(fields, "routeMiss", record.route_miss);
}

}  // namespace

void format_event(std::string& out, LogFormat format, bool color, int64_t wall_ms, LogLevel level, std::string_view event,
                  std::string_view message, const LogField* fields, size_t field_count) {
  if (format == LogFormat::none) return;
  if (format == LogFormat::json) {
    JsonMembers line = begin_json(out, wall_ms, level, event);
    write_if(line, "message", message);
    for (size_t i = 0; i < field_count; ++i) line.text(fields[i].key, fields[i].value);
    line.close();
  } else {
    begin_text(out, color, wall_ms, level, event);
    TextFields line(out);
    if (!message.empty()) line.plain("message", message);
    for (size_t i = 0; i < field_count; ++i) line.plain(fields[i].key, fields[i].value);
  }
  out += '\n';
}

void format_record(std::string& out, LogFormat format, bool color, const Record& record) {
  constexpr std::string_view event = "GatewayLogs";
  if (format == LogFormat::none) return;
  const int64_t written_ms = record.time_generated_ms + static_cast<int64_t>(record.total_us / 1000);
  if (format == LogFormat::json) {
    JsonMembers line = begin_json(out, written_ms, LogLevel::info, event);
    write_record(line, record);
    line.close();
  } else {
    begin_text(out, color, written_ms, LogLevel::info, event);
    TextFields line(out);
    write_record(line, record);
    line.plain("correlationId", record.correlation_id);
  }
  out += '\n';
}

bool wants(RequestLog setting, const Record& record) {
  return setting == RequestLog::all || (setting == RequestLog::errors && (record.has_error || !record.is_success()));
}

}  // namespace gatelet
