#include "telemetry/format.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <vector>

#include "base/json.hpp"

using namespace gatelet;

static constexpr int64_t instant_ms = 1'732'069'477'137;

static std::string event(LogFormat format, std::string_view message, std::vector<LogField> fields = {}, LogLevel level = LogLevel::info,
                         bool color = false) {
  std::string out;
  format_event(out, format, color, instant_ms, level, "ConfigurationLoaded", message, fields.data(), fields.size());
  return out;
}

static std::string line(LogFormat format, const Record& record) {
  std::string out;
  format_record(out, format, false, record);
  return out;
}

static Record answered() {
  Record record;
  record.time_generated_ms = instant_ms;
  record.total_us = 12'999;
  record.backend_us = 10'000;
  record.client_us = 1'500;
  record.caller_ip_address = "10.0.0.7";
  record.region = "barn";
  record.correlation_id = "e7b1689f-5578-4a1c-bdb0-d875a0df26c2";
  record.method = "GET";
  record.url = "http://localhost:8080/echo/a?b=1";
  record.response_code = 200;
  record.response_size = 592;
  record.request_size = 80;
  record.api_id = "echo";
  record.operation_id = "get";
  record.product_id = "starter";
  record.user_id = "ada";
  record.subscription_id = "tom";
  record.api_revision = "1";
  record.client_tls_version = "1.2";
  record.backend_id = "pool";
  record.backend_method = "GET";
  record.backend_url = "http://backend.test/a?b=1";
  record.backend_response_code = 200;
  record.backend_protocol = "HTTP/1.1";
  return record;
}

static Record refused() {
  Record record = answered();
  record.response_code = 500;
  record.has_error = true;
  record.last_error.elapsed_us = 168'000;
  record.last_error.source = "request-forwarder";
  record.last_error.section = "backend";
  record.last_error.path = "forward-request\\forward-request";
  record.last_error.reason = "BackendConnectionFailure";
  record.last_error.message = "Underlying transport connection was unexpectedly closed.";
  return record;
}

TEST_CASE("log: an event is one line of level, time, name and fields") {
  CHECK(event(LogFormat::text, "echo;rev=1", {{"source", "ApiRouter"}, {"correlationId", "e7b1"}}) ==
        "[Info] 2024-11-20T02:24:37.137 [ConfigurationLoaded], message: echo;rev=1, source: ApiRouter, correlationId: e7b1\n");
  CHECK(event(LogFormat::text, "") == "[Info] 2024-11-20T02:24:37.137 [ConfigurationLoaded]\n");
  CHECK(event(LogFormat::json, "echo;rev=1", {{"source", "ApiRouter"}}) ==
        "{\"level\":\"Info\",\"timestamp\":\"2024-11-20T02:24:37.1370000Z\",\"eventType\":\"ConfigurationLoaded\","
        "\"message\":\"echo;rev=1\",\"source\":\"ApiRouter\"}\n");
  CHECK(event(LogFormat::none, "x") == "");
}

TEST_CASE("log: the levels have their own words in each form, and a colour in text when it is wanted") {
  struct Row {
    LogLevel level;
    const char *text, *json, *color;
  };
  for (const Row& row : {
           Row{LogLevel::debug, "[Debug] ", "\"Verbose\"", "\x1b[90m[Debug]\x1b[0m "},
           Row{LogLevel::info, "[Info] ", "\"Info\"", "\x1b[32m[Info]\x1b[0m "},
           Row{LogLevel::warn, "[Warn] ", "\"Warning\"", "\x1b[33m[Warn]\x1b[0m "},
           Row{LogLevel::error, "[Error] ", "\"Error\"", "\x1b[31m[Error]\x1b[0m "},
           Row{LogLevel::fatal, "[Fatal] ", "\"Fatal\"", "\x1b[35m[Fatal]\x1b[0m "},
       }) {
    CAPTURE(row.text);
    CHECK(event(LogFormat::text, "", {}, row.level).starts_with(row.text));
    CHECK(event(LogFormat::text, "", {}, row.level, true).starts_with(row.color));
    CHECK(event(LogFormat::json, "", {}, row.level, true).starts_with(std::string("{\"level\":") + row.json));
  }
}

TEST_CASE("log: a request is one line with the fields of the self-hosted gateway in their order") {
  CHECK(line(LogFormat::text, answered()) ==
        "[Info] 2024-11-20T02:24:37.149 [GatewayLogs], isRequestSuccess: true, totalTime: 12, category: \"GatewayLogs\", "
        "callerIpAddress: \"10.0.0.7\", timeGenerated: 2024-11-20T02:24:37.137, region: \"barn\", "
        "correlationId: \"e7b1689f-5578-4a1c-bdb0-d875a0df26c2\", method: \"GET\", url: \"http://localhost:8080/echo/a?b=1\", "
        "responseCode: 200, responseSize: 592, cache: \"none\", backendTime: 10, requestSize: 80, apiId: \"echo\", operationId: \"get\", "
        "productId: \"starter\", userId: \"ada\", apimSubscriptionId: \"tom\", clientProtocol: \"HTTP/1.1\", cacheTime: 0, clientTime: 1, "
        "backendId: \"pool\", apiRevision: \"1\", clientTlsVersion: \"1.2\", backendMethod: \"GET\", "
        "backendUrl: \"http://backend.test/a?b=1\", backendResponseCode: 200, backendProtocol: \"HTTP/1.1\", "
        "correlationId: e7b1689f-5578-4a1c-bdb0-d875a0df26c2\n");
  CHECK(line(LogFormat::json, answered()) ==
        "{\"level\":\"Info\",\"timestamp\":\"2024-11-20T02:24:37.1490000Z\",\"eventType\":\"GatewayLogs\",\"isRequestSuccess\":true,"
        "\"totalTime\":12,\"category\":\"GatewayLogs\",\"callerIpAddress\":\"10.0.0.7\","
        "\"timeGenerated\":\"2024-11-20T02:24:37.1370000Z\",\"region\":\"barn\","
        "\"correlationId\":\"e7b1689f-5578-4a1c-bdb0-d875a0df26c2\",\"method\":\"GET\",\"url\":\"http://localhost:8080/echo/a?b=1\","
        "\"responseCode\":200,\"responseSize\":592,\"cache\":\"none\",\"backendTime\":10,\"requestSize\":80,\"apiId\":\"echo\","
        "\"operationId\":\"get\",\"productId\":\"starter\",\"userId\":\"ada\",\"apimSubscriptionId\":\"tom\","
        "\"clientProtocol\":\"HTTP/1.1\",\"cacheTime\":0,\"clientTime\":1,\"backendId\":\"pool\",\"apiRevision\":\"1\","
        "\"clientTlsVersion\":\"1.2\",\"backendMethod\":\"GET\",\"backendUrl\":\"http://backend.test/a?b=1\","
        "\"backendResponseCode\":200,\"backendProtocol\":\"HTTP/1.1\"}\n");
}

TEST_CASE("log: a failed request says what failed last, and why no operation matched") {
  const std::string error =
      "{\"elapsed\":168,\"source\":\"request-forwarder\",\"section\":\"backend\",\"path\":\"forward-request\\\\forward-request\","
      "\"reason\":\"BackendConnectionFailure\",\"message\":\"Underlying transport connection was unexpectedly closed.\"}";
  CHECK(line(LogFormat::text, refused()).find(", lastError: " + error + ", errors: [" + error + "], correlationId: ") != std::string::npos);
  CHECK(line(LogFormat::json, refused()).ends_with(",\"lastError\":" + error + ",\"errors\":[" + error + "]}\n"));

  Record unmatched;
  unmatched.response_code = 404;
  unmatched.route_miss = "no API has the path /eco; the nearest is /echo";
  CHECK(line(LogFormat::json, unmatched).ends_with(",\"routeMiss\":\"no API has the path /eco; the nearest is /echo\"}\n"));
}

TEST_CASE("log: a request without backend, key or region has no such fields") {
  Record record;
  record.method = "GET";
  record.response_code = 404;
  CHECK(line(LogFormat::json, record) ==
        "{\"level\":\"Info\",\"timestamp\":\"1970-01-01T00:00:00.0000000Z\",\"eventType\":\"GatewayLogs\",\"isRequestSuccess\":false,"
        "\"totalTime\":0,\"category\":\"GatewayLogs\",\"callerIpAddress\":\"\",\"timeGenerated\":\"1970-01-01T00:00:00.0000000Z\","
        "\"correlationId\":\"\",\"method\":\"GET\",\"url\":\"\",\"responseCode\":404,\"responseSize\":0,\"cache\":\"none\","
        "\"backendTime\":0,\"requestSize\":0,\"clientProtocol\":\"HTTP/1.1\",\"cacheTime\":0,\"clientTime\":0}\n");
}

TEST_CASE("log: what would end, move or reorder the line is shown as an escape") {
  struct Row {
    std::string_view value;
    const char *text, *json;
  };
  using namespace std::string_view_literals;
  for (const Row& row : {
           Row{"a\r\nb\tc", "a\\r\\nb\\tc", "a\\r\\nb\\tc"}, Row{"\x1b[31mred", "\\u001b[31mred", "\\u001b[31mred"},
           Row{"\0\x7F"sv, "\\u0000\\u007f", "\\u0000\\u007f"},
           Row{"\xC2\x85\xC2\x9B", "\\u0085\\u009b", "\\u0085\\u009b"},          // next line, control sequence
           Row{"\xE2\x80\xA8\xE2\x80\xA9", "\\u2028\\u2029", "\\u2028\\u2029"},  // separators
           Row{"\xE2\x80\xAE\xE2\x81\xA6", "\\u202e\\u2066", "\\u202e\\u2066"},  // right-to-left marks
           Row{"\"q\" \\ {}", "\"q\" \\ {}", "\\\"q\\\" \\\\ {}"},               // only JSON has quotes to protect
           Row{"gr\xC3\xBC\xC3\x9F \xE2\x82\xAC", "gr\xC3\xBC\xC3\x9F \xE2\x82\xAC", "gr\xC3\xBC\xC3\x9F \xE2\x82\xAC"},
           Row{"a\xFF\xC3", "a\xEF\xBF\xBD\xEF\xBF\xBD", "a\xEF\xBF\xBD\xEF\xBF\xBD"},                           // no UTF-8
           Row{"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},  // a surrogate
       }) {
    CAPTURE(row.text);
    CHECK(event(LogFormat::text, row.value).ends_with(std::string("message: ") + row.text + "\n"));
    CHECK(event(LogFormat::json, row.value).ends_with(std::string("\"message\":\"") + row.json + "\"}\n"));
  }
}

TEST_CASE("log: a value over 1 KiB is cut between characters and says how much is missing") {
  const std::string limit(log_value_bytes_max, 'a');
  CHECK(event(LogFormat::text, limit).ends_with("message: " + limit + "\n"));
  CHECK(event(LogFormat::text, limit + "b").ends_with("message: " + limit + "...[1 bytes more]\n"));
  CHECK(event(LogFormat::json, std::string(1'000'000, 'x')).ends_with("x...[998976 bytes more]\"}\n"));
  const std::string short_of_it(log_value_bytes_max - 1, 'a');
  CHECK(event(LogFormat::text, short_of_it + "\xE2\x82\xAC").ends_with("message: " + short_of_it + "...[3 bytes more]\n"));
  CHECK(event(LogFormat::text, std::string(2000, '\x80')).size() < 4000);  // continuation bytes alone
}

TEST_CASE("log: whatever stands in a field, the event is one line and the JSON form is valid") {
  const char* corpora = std::getenv("GATELET_CORPORA");
  std::ifstream file(std::string(corpora ? corpora : "") + "/naughty-strings/blns.json");
  if (!file) {
    std::puts("SKIPPED naughty strings in logs: 515 cases, corpora absent");
    return;
  }
  std::ostringstream text;
  text << file.rdbuf();
  const Json values = *Json::parse(text.str());
  CHECK(values.size() == 515);
  for (const Json& item : values.items()) {
    const std::string_view value = item.string();
    CAPTURE(value);
    Record record = refused();
    record.url = record.method = record.caller_ip_address = record.api_id = record.route_miss = value;
    record.last_error.message = record.last_error.path = value;
    const std::string as_text = line(LogFormat::text, record);
    const std::string as_json = line(LogFormat::json, record);
    CHECK(as_text.find_first_of(std::string_view("\n\r\x1b\0", 4)) == as_text.size() - 1);
    CHECK(as_json.find('\n') == as_json.size() - 1);
    const auto parsed = Json::parse(as_json);
    REQUIRE(parsed);
    CHECK((*parsed)["responseCode"].number() == 500);
    CHECK((*parsed)["url"].string() == (*parsed)["lastError"]["message"].string());
  }
}

TEST_CASE("log: the setting decides which requests are logged") {
  Record failed_but_handled = answered();
  failed_but_handled.has_error = true;
  Record vanished = answered();
  vanished.response_code = 0;
  Record broken = answered();
  broken.is_complete = false;
  struct Row {
    Record record;
    bool errors;
  };
  for (const Row& row :
       {Row{answered(), false}, Row{refused(), true}, Row{failed_but_handled, true}, Row{vanished, true}, Row{broken, true}}) {
    CHECK_FALSE(wants(RequestLog::off, row.record));
    CHECK(wants(RequestLog::errors, row.record) == row.errors);
    CHECK(wants(RequestLog::all, row.record));
  }
}
