#include "gatelet/gateway.h"

#include "capi/guard.hpp"
#include "capi/handles.hpp"
#include "net/clock.hpp"
#include "net/random.hpp"

using namespace gatelet;

Result<> gatelet::check_headers(const gatelet_header* headers, size_t count) {
  if (count && !headers) return bad_argument("headers is NULL although header_count is not 0; set both members");
  if (count > header_lines_max)
    return Error{Code::limit, "header_count is larger than " + std::to_string(header_lines_max) + "; send fewer lines", {}, {}};
  for (size_t i = 0; i < count; ++i) {
    if (is_bad(headers[i].name) || is_bad(headers[i].value))
      return bad_argument("name or value of header " + std::to_string(i) + " is NULL although its size is not 0; set both members");
    if (headers[i].name.size > header_block_bytes_max || headers[i].value.size > header_block_bytes_max)
      return Error{Code::limit,
                   "header " + std::to_string(i) + " is longer than " + std::to_string(header_block_bytes_max) + " bytes; shorten it",
                   {},
                   {}};
    if (!is_token(view(headers[i].name)) || !is_field_value(view(headers[i].value)))
      return bad_argument("header " + std::to_string(i) + " has a name that is no token or a value with control characters; leave it out");
  }
  return Done{};
}

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

// noexcept: an exception out of the host's function ends the process here, before it passes through code that cannot bear it.
void HostLog::write(LogLevel level, std::string_view line) noexcept {
  if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  options_.log(options_.log_user, static_cast<int32_t>(level), borrow(line));
}

void HostLog::log(LogLevel level, std::string_view event, std::string_view message, const LogField* fields, size_t field_count) {
  if (!is_on()) return;
  try {
    std::string line;
    format_event(line, format_, false, read_clocks().wall_ms, level, event, message, fields, field_count);
    write(level, line);
  } catch (const std::bad_alloc&) {
    // A line that does not fit into memory is lost; what it was about goes on.
  }
}

void HostLog::record(const Record& record) {
  if (!is_on() || !wants(request_log_, record) || sampling_.leaves_out()) return;
  thread_local std::string line;  // reused: a request log of all requests must not allocate for each
  try {
    line.clear();
    format_record(line, format_, false, record);
    write(record.has_error || !record.is_success() ? LogLevel::error : LogLevel::info, line);
  } catch (const std::bad_alloc&) {}
}

void HostLog::be_brief(bool is_short) {
  static const std::string share = std::to_string(sampled_request_logs);
  if (is_short) {
    if (sampling_.begin())
      log(LogLevel::warn, "RequestLogsSampled", "One request log of " + share + " is written: memory is short.", nullptr, 0);
  } else if (sampling_.end()) {
    const std::string left_out = std::to_string(sampling_.take_left_out());
    const LogField field{"leftOut", left_out};
    log(LogLevel::info, "RequestLogsSampled", "Every request log is written again.", &field, 1);
  }
}

static GatewayOptions options_of(const gatelet_gateway_options& options, HostLog& log) {
  GatewayOptions out;
  out.foreign_keys = options.lenient_foreign_keys ? ForeignKeys::lenient : ForeignKeys::strict;
  out.debug_route_header = options.debug_route_header != 0;
  out.forwarded_proto = options.forwarded_proto != 0;
  out.body_bytes_max = options.body_bytes_max;
  if (options.cache_bytes_max != 0) out.cache_bytes_max = options.cache_bytes_max == UINT64_MAX ? 0 : options.cache_bytes_max;
  constexpr IdentityEndpoint::Kind kinds[] = {IdentityEndpoint::Kind::app_service, IdentityEndpoint::Kind::imds,
                                              IdentityEndpoint::Kind::client_credentials, IdentityEndpoint::Kind::workload};
  out.identity_endpoint = {kinds[options.identity_kind], std::string(view(options.identity_endpoint)),
                           std::string(view(options.identity_client_id))};
  out.identity_secret = view(options.identity_secret);
  out.azure_authority = view(options.azure_authority);
  out.expression_budget = expression_limits_from(options.expression_limits)->budget;
  uint64_t seed[2];
  random_bits(seed);
  out.key_seed = {seed[0], seed[1]};
  if (log.is_on()) {
    out.log = &log;
    if (options.request_log != 1) out.records = &log;
  }
  return out;
}

namespace {

// What a host has taken, with the texts that its struct shows.
struct HeldItem {
  explicit HeldItem(OutboxItem taken) : item(std::move(taken)) {
    if (item.upstream)
      url = item.upstream->url.scheme + "://" + item.upstream->authority + item.path + (item.has_query ? "?" : "") + item.query;
    for (const auto& [name, value] : item.fields) fields.push_back({borrow(name), borrow(value)});
  }
  OutboxItem item;
  std::string url;
  std::vector<gatelet_header> fields;
};

// In the order of OutboxItem::Kind.
constexpr int32_t outgoing_kinds[] = {GATELET_OUTGOING_CALL, GATELET_OUTGOING_METRIC, GATELET_OUTGOING_EVENT, GATELET_OUTGOING_TRACE,
                                      GATELET_OUTGOING_FETCH};

void fill(HeldItem& held, gatelet_outgoing& out) {
  const OutboxItem& item = held.item;
  out.kind = outgoing_kinds[static_cast<size_t>(item.kind)];
  out.name = borrow(item.name);
  out.url = borrow(held.url);
  out.host = borrow(item.host);
  out.timeout_ms = item.timeout_ms;
  out.fields = held.fields.data();
  out.field_count = held.fields.size();
  out.body = borrow(item.body.view());
  out.name_space = borrow(item.name_space);
  out.value = item.value;
  out.wall_ms = item.wall_ms;
  out.partition_id = borrow(item.partition_id);
  out.partition_key = borrow(item.partition_key);
  out.held = &held;
  out.severity = static_cast<int32_t>(item.severity);
}

std::unique_ptr<HeldItem> release(gatelet_outgoing& outgoing) {
  outgoing.kind = 0;
  return std::unique_ptr<HeldItem>(static_cast<HeldItem*>(std::exchange(outgoing.held, nullptr)));
}

}  // namespace

static constexpr size_t end_of_log_destroy = offsetof(gatelet_gateway_options, log_destroy) + sizeof(gatelet_gateway_options::log_destroy);

gatelet_gateway::gatelet_gateway(const gatelet_gateway_options& options) : log(options), value(options_of(options, log)) {}

extern "C" {

gatelet_status gatelet_gateway_create(const gatelet_gateway_options* options, gatelet_config* config, gatelet_gateway** out,
                                      gatelet_error** error) {
  bool is_user_taken = false;
  const gatelet_status status = guarded(error, [&]() -> Result<> {
    if (!out) return bad_argument("out is NULL; pass the address of a gatelet_gateway pointer");
    if (config && !is_live(config)) return bad_argument(not_a_config);
    GATELET_TRY(given, options_from(options, "gatelet_gateway_options"));
    if (given.request_log < 0 || given.request_log > 2)
      return bad_argument("request_log is not 0, 1 or 2; 0 logs requests with errors, 1 none, 2 all");
    if (given.log_format < 0 || given.log_format > 2) return bad_argument("log_format is not 0, 1 or 2; 0 is text, 1 JSON, 2 no log");
    if (given.identity_kind < GATELET_IDENTITY_APP_SERVICE || given.identity_kind > GATELET_IDENTITY_WORKLOAD)
      return bad_argument("identity_kind is not one of GATELET_IDENTITY_*; use one of them");
    if (is_bad(given.identity_endpoint) || is_bad(given.identity_secret) || is_bad(given.azure_authority) ||
        is_bad(given.identity_client_id))
      return bad_argument("a text of the options is NULL although its size is not 0; set both members");
    if (auto limits = expression_limits_from(given.expression_limits); !limits) return std::move(limits.error());
    auto gateway = std::make_unique<gatelet_gateway>(given);
    is_user_taken = true;
    if (config) (void)gateway->value.publish(config->value);
    *out = gateway.release();
    return Done{};
  });
  // The user is destroyed once, also when nothing was made.
  if (!is_user_taken && reaches(options, end_of_log_destroy) && options->log_destroy) options->log_destroy(options->log_user);
  return status;
}

void gatelet_gateway_destroy(gatelet_gateway* gateway) {
  if (is_live(gateway)) GatewayRef::release(gateway);
}

gatelet_status gatelet_gateway_publish(gatelet_gateway* gateway, gatelet_config* config, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!is_live(gateway)) return bad_argument(not_a_gateway);
    if (!is_live(config)) return bad_argument(not_a_config);
    gateway->retirer.retire(gateway->value.publish(config->value));
    return Done{};
  });
}

gatelet_status gatelet_gateway_set_authorizations(gatelet_gateway* gateway, gatelet_str json, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!is_live(gateway)) return bad_argument(not_a_gateway);
    if (is_bad(json)) return bad_argument("json is NULL although its size is not 0; set both members");
    return gateway->value.authorizations().set(view(json));
  });
}

gatelet_status gatelet_gateway_set_identity_secret(gatelet_gateway* gateway, gatelet_str secret, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!is_live(gateway)) return bad_argument(not_a_gateway);
    if (is_bad(secret)) return bad_argument("secret is NULL although its size is not 0; set both members");
    gateway->value.services().identity_secret.set(view(secret));
    return Done{};
  });
}

gatelet_status gatelet_gateway_take_outgoing(gatelet_gateway* gateway, gatelet_outgoing* out, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!is_live(gateway)) return bad_argument(not_a_gateway);
    if (Result<> checked = check_struct(out, "out"); !checked) return checked;
    gatelet_outgoing value = GATELET_OUTGOING_INIT;
    auto item = gateway->value.fetches().take();
    if (!item) item = gateway->value.outbox().take();
    if (item) {
      auto* const held = new HeldItem(*std::move(item));
      fill(*held, value);
    }
    return write_struct(value, out, "out");
  });
}

void gatelet_outgoing_done(gatelet_gateway* gateway, gatelet_outgoing* outgoing, int32_t was_delivered) {
  if (!is_live(gateway) || !outgoing || !outgoing->held) return;
  const std::unique_ptr<HeldItem> held = release(*outgoing);
  if (held->item.kind == OutboxItem::Kind::fetch)
    (void)gateway->value.fetches().answer(held->item.ticket, {}, {});
  else
    gateway->value.outbox().done(held->item, was_delivered != 0);
}

gatelet_status gatelet_outgoing_reply(gatelet_gateway* gateway, gatelet_outgoing* outgoing, int32_t status, gatelet_str location,
                                      gatelet_str body, gatelet_time now, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!is_live(gateway)) return bad_argument(not_a_gateway);
    if (!outgoing || !outgoing->held || outgoing->kind != GATELET_OUTGOING_FETCH)
      return bad_argument("outgoing holds no FETCH; give what gatelet_gateway_take_outgoing() gave");
    if (status < 100 || status > 999) return bad_argument("status is not between 100 and 999; without an answer use gatelet_outgoing_done");
    if (is_bad(location) || is_bad(body)) return bad_argument("a text is NULL although its size is not 0; set both members");
    const std::unique_ptr<HeldItem> held = release(*outgoing);
    FetchTable& fetches = gateway->value.fetches();
    const FetchReply reply{.status = status, .location = view(location), .body = view(body)};
    auto next = fetches.answer(held->item.ticket, reply, {now.steady_us, now.wall_ms});
    if (next) fetches.put(*std::move(next));
    return Done{};
  });
}

gatelet_status gatelet_gateway_count_outgoing(const gatelet_gateway* gateway, int32_t kind, gatelet_outgoing_counts* out,
                                              gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!is_live(gateway)) return bad_argument(not_a_gateway);
    if (Result<> checked = check_struct(out, "out"); !checked) return checked;
    const auto known = std::ranges::find(outgoing_kinds, kind);
    if (known - outgoing_kinds >= static_cast<ptrdiff_t>(OutboxItem::kind_count))
      return bad_argument("kind is none of CALL, METRIC, EVENT and TRACE, which are counted; use one of them");
    const auto counts = gateway->value.outbox().counts(static_cast<OutboxItem::Kind>(known - outgoing_kinds));
    gatelet_outgoing_counts value = GATELET_OUTGOING_COUNTS_INIT;
    value.accepted = counts.accepted;
    value.delivered = counts.delivered;
    value.dropped = counts.dropped;
    value.waiting = counts.waiting;
    return write_struct(value, out, "out");
  });
}

int32_t gatelet_gateway_is_ready(const gatelet_gateway* gateway) { return is_live(gateway) && gateway->value.is_ready() ? 1 : 0; }

}  // extern "C"
