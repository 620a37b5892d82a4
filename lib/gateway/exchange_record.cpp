// The end of an exchange: its record, and letting the configuration go.
#include <algorithm>
#include <new>

#include "gateway/built_in_failures.hpp"
#include "gateway/exchange.hpp"

namespace gatelet {

namespace {

// What a record borrows from the configuration; everything else is static or in the arena.
constexpr std::string_view Record::*borrowed_texts[] = {&Record::region,       &Record::api_id,        &Record::operation_id,
                                                        &Record::product_id,   &Record::user_id,       &Record::subscription_id,
                                                        &Record::api_revision, &Record::backend_id,    &Record::config_revision,
                                                        &Record::method,       &Record::backend_method};
constexpr std::string_view Failure::*borrowed_failure_texts[] = {&Failure::source, &Failure::reason, &Failure::message, &Failure::path,
                                                                 &Failure::policy_id};

}  // namespace

std::string_view Exchange::public_url() {
  const bool is_default = original_port == 0 || original_port == (original_scheme == "https" ? 443 : 80);
  const std::string_view port = is_default ? std::string_view() : arena.concat(":", std::to_string(original_port));
  return arena.concat(original_scheme, "://", original_host, port, original_target.path, original_target.has_query ? "?" : "",
                      original_target.query);
}

void Exchange::fill_record(Record& record) {
  record.time_generated_ms = start_.wall_ms;
  record.caller_ip_address = client_ip;
  record.correlation_id = request_id();
  record.method = original_method;
  record.url = public_url();
  record.client_protocol = request.version_minor == 0 ? "HTTP/1.0" : "HTTP/1.1";
  record.client_tls_version = client_tls_version_;
  record.route_miss = route_miss_;
  if (config_) record.config_revision = config_->revision;
  if (deployment) record.region = deployment->region;
  if (api) record.api_id = api->id, record.api_revision = api->revision;
  if (operation) record.operation_id = operation->id;
  if (product) record.product_id = product->id;
  if (user) record.user_id = user->id;
  if (subscription) record.subscription_id = subscription->id;
  if (forward.id == 0 || !forward.upstream) return;
  record.backend_id = forward.upstream->backend_id;
  record.backend_method = forward.method;
  record.backend_url = forward.shown_url(arena);
  if (forward.upstream->kind == Upstream::Kind::url) record.backend_protocol = "HTTP/1.1";
  const bool is_answered = forward.state == Call::State::head || forward.state == Call::State::finished;
  if (is_answered) record.backend_response_code = forward.response.status;
  if (forward.head_us > forward.started_us) record.backend_us = forward.head_us - forward.started_us;
}

void Exchange::write_record(const Finish& end) {
  Record plain;
  Record& record = record_ ? *record_ : plain;
  if (!record_) fill_record(record);
  record.total_us = end.now.steady_us - start_.steady_us;
  record.client_us = end.client_us;
  record.backend_us = std::max(record.backend_us, end.backend_us);
  record.request_size = end.request_bytes;
  record.response_size = end.response_bytes;
  record.response_code = is_client_gone_ ? 0 : response.status;
  record.is_complete = end.complete;
  if (is_cached_ || cache_lookup) record.cache = is_cached_ ? "hit" : "miss";
  record.has_error = last_error != nullptr;
  record.trace_records = trace_records;
  if (last_error) record.last_error = {error_us_, error_.source, error_.scope, error_.section, error_.path, error_.reason, error_.message};
  gateway_.options().records->record(record);
}

// An answer that did not go out whole: its backend broke, or the client vanished. No policy runs any more.
void Exchange::note_incomplete(const Finish& end) {
  if (is_client_gone_ || (end.complete && is_over())) return;
  if (end.stream_fault == Call::Fault::none) {
    is_client_gone_ = true;
    note_failure(failure::client_gone);
  } else {
    note_failure(end.stream_fault == Call::Fault::timeout ? failure::stream_timeout : failure::stream_broken);
  }
}

void Exchange::settle_all(const ExchangeEnd& end) {
  owed_by_block.settle(end);
  owed_at_end.settle(end);
}

void Exchange::finish(const Finish& end) {
  if (state_ == State::idle) return;
  now = end.now;
  response_filters.break_off(now);
  settle_all({end.request_bytes, end.response_bytes});
  note_incomplete(end);
  if (gateway_.options().records && !is_probe_) {
    try {
      write_record(end);
    } catch (const std::bad_alloc&) {
      // The request was served; only its record is lost.
    }
  }
  if (trace) trace_end(is_client_gone_ || !end.complete);
  state_ = State::idle;
  forget_calls();
  last_error = nullptr;
  drop_config();
}

// While an answer streams, perhaps for hours, only its record is kept: what it borrows is copied, then the configuration may die.
void Exchange::let_config_go() {
  try {
    if (last_error)
      for (auto text : borrowed_failure_texts) error_.*text = arena.copy(error_.*text);
    if (response.reason) response.reason = arena.copy(*response.reason);
    if (gateway_.options().records) {
      record_ = arena.make<Record>();
      fill_record(*record_);
      for (auto text : borrowed_texts) record_->*text = arena.copy(record_->*text);
    }
  } catch (const std::bad_alloc&) {
    record_ = nullptr;
    return;
  }
  drop_config();
}

void Exchange::drop_config() {
  if (!config_) return;
  deployment = nullptr;
  api = nullptr;
  operation = nullptr;
  product = nullptr;
  subscription = nullptr;
  user = nullptr;
  matched = {};
  upstream = nullptr;
  forward.upstream = nullptr;
  origin = nullptr;
  program_ = nullptr;
  config_.reset();
}

}  // namespace gatelet
