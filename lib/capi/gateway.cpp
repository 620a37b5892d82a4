#include "gatelet/gateway.h"

#include "capi/guard.hpp"
#include "capi/handles.hpp"
#include "net/clock.hpp"
#include "net/random.hpp"

using namespace gatelet;

HostLog::HostLog(const gatelet_gateway_options& options)
    : options_(options),
      format_(options.log_format == 1   ? LogFormat::json
              : options.log_format == 2 ? LogFormat::none
                                        : LogFormat::text),
      request_log_(options.request_log == 1   ? RequestLog::off
                   : options.request_log == 2 ? RequestLog::all
                                              : RequestLog::errors) {}

HostLog::~HostLog() {
  if (options_.log_destroy) options_.log_destroy(options_.log_user);
}

void HostLog::write(LogLevel level, std::string_view line) {
  if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  options_.log(options_.log_user, static_cast<int32_t>(level), borrow(line));
}

void HostLog::log(LogLevel level, std::string_view event, std::string_view message, const LogField* fields, size_t field_count) {
  if (!is_on()) return;
  std::string line;
  format_event(line, format_, false, read_clocks().wall_ms, level, event, message, fields, field_count);
  write(level, line);
}

void HostLog::record(const Record& record) {
  if (!is_on() || !wants(request_log_, record)) return;
  thread_local std::string line;  // reused: a request log of all requests must not allocate for each
  line.clear();
  format_record(line, format_, false, record);
  write(record.has_error || !record.is_success() ? LogLevel::error : LogLevel::info, line);
}

static GatewayOptions options_of(const gatelet_gateway_options& options, HostLog& log) {
  GatewayOptions out;
  out.foreign_keys = options.lenient_foreign_keys ? ForeignKeys::lenient : ForeignKeys::strict;
  out.debug_route_header = options.debug_route_header != 0;
  out.forwarded_proto = options.forwarded_proto != 0;
  out.body_bytes_max = options.body_bytes_max;
  uint64_t seed[2];
  random_bits(seed);
  out.key_seed = {seed[0], seed[1]};
  if (log.is_on()) {
    out.log = &log;
    if (options.request_log != 1) out.records = &log;
  }
  return out;
}

gatelet_gateway::gatelet_gateway(const gatelet_gateway_options& options) : log(options), value(options_of(options, log)) {}

extern "C" {

gatelet_status gatelet_gateway_create(const gatelet_gateway_options* options, gatelet_config* config, gatelet_gateway** out,
                                      gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!out) return bad_argument("out is NULL");
    GATELET_TRY(given, options_from(options, "gatelet_gateway_options"));
    if (given.request_log < 0 || given.request_log > 2) return bad_argument("request_log is not 0, 1 or 2");
    if (given.log_format < 0 || given.log_format > 2) return bad_argument("log_format is not 0, 1 or 2");
    auto gateway = std::make_unique<gatelet_gateway>(given);
    if (config) (void)gateway->value.publish(config->value);
    *out = gateway.release();
    return Done{};
  });
}

void gatelet_gateway_destroy(gatelet_gateway* gateway) { delete gateway; }

gatelet_status gatelet_gateway_publish(gatelet_gateway* gateway, gatelet_config* config, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!gateway || !config) return bad_argument("gateway or config is NULL");
    gateway->retirer.retire(gateway->value.publish(config->value));
    return Done{};
  });
}

int32_t gatelet_gateway_is_ready(const gatelet_gateway* gateway) { return gateway && gateway->value.is_ready() ? 1 : 0; }

}  // extern "C"
