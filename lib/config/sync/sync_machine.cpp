#include "config/sync/sync_machine.hpp"

#include <algorithm>

namespace gatelet {

namespace syncing {

constexpr uint64_t never_us = UINT64_MAX;
constexpr uint64_t min_gap_us = 1'000'000;  // between the end of a call and the next one

// An ETag is compared whole; the mark of a weak one says nothing to us.
std::string_view opaque_part(std::string_view etag) {
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  if (etag.size() < 2 || etag.size() > sync_etag_bytes_max || etag.front() != '"' || etag.back() != '"') return {};
  etag = etag.substr(1, etag.size() - 2);
  const bool is_clean = std::ranges::all_of(etag, [](char c) { return c > 0x20 && c < 0x7F && c != '"'; });
  return is_clean ? etag : std::string_view();
}

uint64_t hash_of_body(std::string_view body) { return siphash({0x6761'7465, 0x6c65'7400}, body); }

// Seconds, or a date.
uint64_t retry_after_ms(std::string_view text, Instant now) {
  uint64_t ms = 0;
  if (const auto seconds = parse_unsigned(text)) {
    ms = std::min<uint64_t>(*seconds, retry_after_s_max) * 1000;
  } else if (const auto date = parse_http_date(text)) {
    ms = *date > now.wall_ms ? static_cast<uint64_t>(*date - now.wall_ms) : 0;
  }
  return std::min<uint64_t>(ms, retry_after_s_max * 1000);
}

}  // namespace syncing

using namespace syncing;

std::string_view text_of(SyncState state) {
  static constexpr std::string_view texts[] = {"init",          "loading-backup", "no-config",     "serving-fresh",
                                               "serving-stale", "serving-backup", "auth-rejected", "draining"};
  return texts[static_cast<size_t>(state)];
}

SyncMachine::SyncMachine(SyncOptions options, uint64_t seed, LogSink* log) : options_(std::move(options)), jitter_(seed), log_(log) {}

SyncState SyncMachine::state() const {
  if (!in_force_) return SyncState::no_config;
  if (outcome_ == Outcome::fresh) return SyncState::serving_fresh;
  if (outcome_ == Outcome::rejected) return SyncState::auth_rejected;
  return is_from_backup_ && outcome_ != Outcome::refused && last_good_us_ == 0 ? SyncState::serving_backup : SyncState::serving_stale;
}

uint64_t SyncMachine::due_us() const {
  if (is_applying_) return never_us;
  return is_calling_ ? deadline_us_ : due_us_;
}

std::optional<PlaneCall> SyncMachine::poll(Instant now) {
  if (is_applying_ || now.steady_us < due_us()) return std::nullopt;
  if (is_calling_) failed("no answer in time", now);
  if (now.steady_us < due_us_) return std::nullopt;
  PlaneCall call;
  has_asked_for_snapshot_ = wants_snapshot_ || !in_force_;
  std::string rest = "/config";
  if (!has_asked_for_snapshot_ && options_.asks_for_deltas) rest += "?base=" + std::to_string(in_force_->delivered->revision);
  call.target = options_.identity.target(rest);
  options_.identity.add_headers(call);
  call.headers.emplace_back("Accept", "application/vnd.gsp.config+json;v=1");
  if (!has_asked_for_snapshot_) call.headers.emplace_back("If-None-Match", '"' + in_force_->etag + '"');
  // After a failure it has to be known at once whether what is in force is still what the plane has.
  has_asked_to_wait_ = !has_asked_for_snapshot_ && options_.long_poll_s && outcome_ == Outcome::fresh;
  if (has_asked_to_wait_) call.headers.emplace_back("Prefer", "wait=" + std::to_string(options_.long_poll_s));
  call.renews_token = outcome_ == Outcome::rejected;
  call.timeout_ms = options_.call_timeout_ms;
  call.answer_bytes_max = options_.body_bytes_max;
  is_calling_ = true;
  sent_us_ = now.steady_us;
  deadline_us_ = now.steady_us + (uint64_t{options_.call_timeout_ms} + call_slack_ms) * 1000;
  ++counters_.polls;
  log(LogLevel::debug, "GettingEventsFromApi", call.target);
  return call;
}

std::optional<Delivery> SyncMachine::answered(PlaneAnswer answer, Instant now) {
  if (!is_calling_) return std::nullopt;
  is_calling_ = false;
  if (const auto seconds = parse_unsigned(answer.poll_seconds)) set_poll_seconds(*seconds);
  switch (answer.status) {
    case 200: return delivered(std::move(answer), now);
    case 304: unchanged(answer, now); break;
    case 401:
    case 403: note_failure(Outcome::rejected, answer.status, "the management plane refuses the gateway's token", {}, now); break;
    case 404: note_failure(Outcome::rejected, answer.status, "the management plane does not know the gateway", {}, now); break;
    case 406:
    case 426:
      note_failure(Outcome::failed, answer.status, "the management plane does not speak GSP " + std::string(gsp_version), {}, now);
      break;
    default:
      note_failure(Outcome::failed, answer.status, "the management plane answered " + std::to_string(answer.status),
                   answer.status == 429 || answer.status == 503 ? answer.retry_after : std::string(), now);
  }
  return std::nullopt;
}

void SyncMachine::failed(std::string_view why, Instant now) {
  if (!is_calling_) return;
  is_calling_ = false;
  note_failure(Outcome::failed, 0, std::string(why), {}, now);
}

std::optional<Delivery> SyncMachine::delivered(PlaneAnswer answer, Instant now) {
  Delivery delivery{std::move(answer.body), std::string(opaque_part(answer.etag)), std::move(answer.signature), {}};
  if (!has_asked_for_snapshot_ && delivery.etag == in_force_->etag) {
    unchanged(answer, now);
    return std::nullopt;
  }
  if (bad_.times > 0 && bad_.etag == delivery.etag && bad_.body == hash_of_body(delivery.body) && now.steady_us < bad_.until_us) {
    note(Outcome::refused, 200, "what was refused came again", now);
    schedule(0, now);
    return std::nullopt;
  }
  is_applying_ = true;
  log(LogLevel::info, "ConfigurationRetrieved", std::to_string(delivery.body.size()) + " bytes, " + delivery.etag);
  return delivery;
}

// Only what was asked for can be unchanged.
void SyncMachine::unchanged(const PlaneAnswer& answer, Instant now) {
  const std::string_view etag = opaque_part(answer.etag);
  if (has_asked_for_snapshot_) return note_failure(Outcome::failed, 304, "304 to a request for everything", {}, now);
  if (!etag.empty() && etag != in_force_->etag) {
    wants_snapshot_ = true;
    return note_failure(Outcome::failed, answer.status, "304 for another configuration than the one that is in force", {}, now);
  }
  bad_ = {};
  log(LogLevel::debug, "NoNewEvents", etag);
  note(Outcome::fresh, answer.status, {}, now);
  schedule(0, now);
}

void SyncMachine::note(Outcome outcome, int status, std::string error, Instant now) {
  outcome_ = outcome;
  last_ = {outcome == Outcome::fresh, now.wall_ms, status, std::move(error)};
  if (outcome == Outcome::fresh) last_good_us_ = std::max<uint64_t>(now.steady_us, 1);
}

void SyncMachine::note_failure(Outcome outcome, int status, std::string error, std::string_view retry_after, Instant now) {
  ++counters_.polls_failed;
  note(outcome, status, std::move(error), now);
  if (may_alarm(now))
    log(outcome == Outcome::rejected ? LogLevel::error : LogLevel::warn, "ConfigurationApiV2NotAvailable",
        last_.error + (in_force_ ? "; what is in force is served on" : "; there is no configuration to serve"));
  schedule(retry_after_ms(retry_after, now), now);
}

void SyncMachine::schedule(uint64_t retry_after_ms, Instant now) {
  const bool is_ok = outcome_ == Outcome::fresh;
  // A poll that the plane held until something changed, or until its time, is followed by the next one.
  const bool was_held = !has_asked_to_wait_ || last_.status == 200 || now.steady_us - sent_us_ >= long_poll_min_ms * 1000ull;
  if (is_ok && options_.long_poll_s && was_held) {
    due_us_ = now.steady_us + long_poll_gap_ms * 1000ull;
    return;
  }
  uint64_t wait_us = jitter_.around_us(options_.poll_ms);
  if (!in_force_ && polls_without_config_ < std::size(first_polls_ms)) {
    wait_us = jitter_.around_us(first_polls_ms[polls_without_config_++]);
  } else if (std::exchange(is_first_wait_, false)) {
    // Gateways that are started together do not stay together.
    wait_us = Jitter(hash_of_body(options_.identity.instance)).around_us(options_.poll_ms);
  }
  due_us_ = std::max({sent_us_ + wait_us, now.steady_us + min_gap_us, now.steady_us + retry_after_ms * 1000});
}

bool SyncMachine::applied(const Delivery& delivery, const Applied& result, Instant now) {
  if (!is_applying_) return false;
  is_applying_ = false;
  if (!result.made) {
    refuse(delivery, result, now);
    return false;
  }
  bad_ = {};
  wants_snapshot_ = false;
  ++counters_.applied;
  if (!result.was_delta) log(LogLevel::info, "EventSnapshotElected", "revision " + std::to_string(result.made->delivered->revision));
  take_into_force(result.made, false, now);
  note(Outcome::fresh, 200, {}, now);
  schedule(0, now);
  return true;
}

void SyncMachine::refuse(const Delivery& delivery, const Applied& result, Instant now) {
  ++counters_.refused;
  if (result.refusal == DeliveryRefusal::rollback) ++counters_.rollbacks;
  if (result.was_delta) {
    ++counters_.delta_mismatch;
    wants_snapshot_ = true;
  } else {
    const uint64_t body = hash_of_body(delivery.body);
    if (bad_.etag != delivery.etag || bad_.body != body) bad_ = {delivery.etag, body};
    bad_.until_us = now.steady_us + bad_etag_waits_s[std::min(bad_.times, std::size(bad_etag_waits_s) - 1)] * 1'000'000ull;
    ++bad_.times;
  }
  note(Outcome::refused, 200, std::string(text_of(result.refusal)) + ": " + result.message, now);
  log(LogLevel::error, result.refusal == DeliveryRefusal::rollback ? "config.rollback" : "ConfigurationRefused", last_.error);
  schedule(0, now);
}

bool SyncMachine::restored(std::shared_ptr<const SyncedConfig> config, Instant now) {
  if (in_force_) return false;
  take_into_force(std::move(config), true, now);
  return true;
}

void SyncMachine::take_into_force(std::shared_ptr<const SyncedConfig> config, bool is_from_backup, Instant now) {
  const DeliveredSet& set = *config->delivered;
  const auto known = std::ranges::find(marks_, set.epoch, &EpochMark::epoch);
  if (known != marks_.end()) marks_.erase(known);
  if (marks_.size() == sync_epochs_known_max) marks_.erase(marks_.begin());
  marks_.push_back({set.epoch, set.revision});
  in_force_ = std::move(config);
  is_from_backup_ = is_from_backup;
  loaded_at_ = now;
  log(LogLevel::info, "ConfigurationLoaded", "revision " + std::to_string(set.revision) + (is_from_backup ? " from the backup" : ""));
  for (const SyncProblem& problem : in_force_->problems)
    log(LogLevel::error, "ConfigurationPartHeldBack", problem.key + ": " + problem.message);
}

void SyncMachine::set_poll_seconds(uint64_t seconds) {
  options_.poll_ms = static_cast<uint32_t>(std::clamp<uint64_t>(seconds, poll_s_min, poll_s_max) * 1000);
}

bool SyncMachine::may_alarm(Instant now) {
  if (now.steady_us < alarm_us_) return false;
  alarm_us_ = now.steady_us + alarm_ms * 1000ull;
  return true;
}

void SyncMachine::log(LogLevel level, std::string_view event, std::string_view message) const {
  if (log_) log_->log(level, event, message, nullptr, 0);
}

}  // namespace gatelet
