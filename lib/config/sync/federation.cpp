#include "config/sync/federation.hpp"

#include <algorithm>
#include <utility>

#include "crypto/sealed.hpp"

namespace gatelet {

namespace federating {

constexpr uint64_t heartbeat_domain = 0x6865'6172'7462'6561;  // another sequence of jitter

SyncOptions sync_options_of(const FederationOptions& options) {
  SyncOptions out;
  out.identity = options.identity;
  out.poll_ms = options.poll_ms;
  out.long_poll_s = options.long_poll_s;
  out.call_timeout_ms = options.call_timeout_ms;
  out.asks_for_deltas = options.signature != SignatureMode::require;
  out.body_bytes_max = options.body_bytes_max;
  return out;
}

std::shared_ptr<const ApplyOptions> apply_options_of(const FederationOptions& options) {
  auto out = std::make_shared<ApplyOptions>();
  out->gateway = options.identity.gateway;
  out->signature = options.signature;
  out->keys = options.keys;
  out->build = options.build;
  out->build.previous = nullptr;
  out->body_bytes_max = options.body_bytes_max;
  out->makes_backups = options.has_backups;
  out->backup_key = options.backup_key;
  return out;
}

}  // namespace federating

using namespace federating;

Federation::Federation(FederationOptions options, Instant now)
    : options_(std::move(options)),
      apply_options_(apply_options_of(options_)),
      sync_(sync_options_of(options_), options_.seed, options_.log),
      heartbeat_(options_.identity, options_.facts, options_.seed ^ heartbeat_domain, now, options_.log),
      started_us_(now.steady_us),
      hold_polls_until_us_(now.steady_us + backup_load_ms * 1000ull) {
  if (options_.has_backups) backup_.emplace(options_.identity.gateway, options_.backup_key, options_.log);
}

bool Federation::is_restoring() const {
  return backup_ && !sync_.in_force() && (backup_->is_loading() || backup_->has_loaded() || (building_ && building_->is_backup));
}

SyncState Federation::state() const {
  if (is_draining_) return SyncState::draining;
  return is_restoring() ? SyncState::loading_backup : sync_.state();
}

FederationAction Federation::action(FederationAction::Kind kind, uint32_t& id) {
  FederationAction out;
  out.kind = kind;
  out.id = id = ++last_id_ ? last_id_ : ++last_id_;
  return out;
}

FederationAction Federation::next(Instant now) {
  if (publishing_) {
    FederationAction out = action(FederationAction::Kind::publish, publish_id_);
    out.config = std::exchange(publishing_, nullptr);
    return out;
  }
  if (!command_id_ && !commands_.empty()) {
    FederationAction out = action(FederationAction::Kind::command, command_id_);
    out.command = commands_.front();
    return out;
  }
  if (backup_) {
    if (auto file = backup_->next(now)) {
      FederationAction out = action(FederationAction::Kind::file, file_id_);
      out.file = *std::move(file);
      return out;
    }
  }
  if (auto out = next_build(now)) return *std::move(out);
  if (auto out = next_call(now)) return *std::move(out);
  FederationAction out;
  out.wake_us = wake_us();
  return out;
}

// One at a time, on top of what is in force when it begins. What the plane delivered is newer than any backup.
std::optional<FederationAction> Federation::next_build(Instant now) {
  if (building_ || is_draining_) return std::nullopt;
  if (backup_ && sync_.in_force()) backup_->forget_loaded();
  const bool is_backup = !delivered_;
  if (is_backup && !(backup_ && backup_->has_loaded())) return std::nullopt;
  // What could run out of memory comes first: a delivery is taken once.
  auto job = std::make_shared<ApplyJob>();
  job->options = apply_options_;
  job->in_force = sync_.in_force();
  job->marks = sync_.marks();
  if (backup_ && !is_backup) job->stamp = stamp(now);
  if (is_backup) {
    BackupContent content = std::move(backup_->take_loaded()->content);
    job->delivery = {std::move(content.document), std::move(content.etag), std::move(content.signature), std::move(content.held)};
  } else {
    job->delivery = *std::exchange(delivered_, std::nullopt);
  }
  building_ = Building{job, is_backup};
  FederationAction out = action(FederationAction::Kind::build, build_id_);
  out.job = std::move(job);
  return out;
}

BackupStamp Federation::stamp(Instant now) {
  BackupStamp out{now.wall_ms, {}};
  if (options_.backup_key.empty()) return out;
  out.nonce.resize(crypto::seal_nonce_bytes);
  options_.random.fill(options_.random.state, out.nonce.data(), out.nonce.size());
  return out;
}

std::optional<FederationAction> Federation::next_call(Instant now) {
  FederationAction out;
  std::optional<PlaneCall> call;
  if (is_draining_) {
    if (std::exchange(has_said_goodbye_, true)) return std::nullopt;
    out = action(FederationAction::Kind::call, heartbeat_id_);
    out.call = heartbeat_.last_beat(now, sync_);
    return out;
  }
  if ((call = heartbeat_.beat(now, state(), sync_))) {
    out = action(FederationAction::Kind::call, heartbeat_id_);
  } else if ((!is_restoring() || now.steady_us >= hold_polls_until_us_) && !delivered_) {
    if (!(call = sync_.poll(now))) return std::nullopt;
    out = action(FederationAction::Kind::call, poll_id_);
  }
  if (!call) return std::nullopt;
  out.call = *std::move(call);
  return out;
}

uint64_t Federation::wake_us() const {
  uint64_t out = backup_ ? backup_->due_us() : UINT64_MAX;
  if (is_draining_) return out;
  out = std::min(out, heartbeat_.due_us());
  const uint64_t hold_us = is_restoring() ? hold_polls_until_us_ : 0;
  return std::min(out, std::max(sync_.due_us(), hold_us));
}

// The machine may have given the call up meanwhile.
bool Federation::end(uint32_t id, uint32_t& of) {
  if (id == 0 || id != of) return false;
  of = 0;
  return true;
}

bool Federation::answered(uint32_t id, PlaneAnswer answer, Instant now) {
  if (end(id, heartbeat_id_)) {
    if (!heartbeat_.is_calling()) return false;
    heartbeat_.answered(answer, now);
    take_heartbeat_news();
    return true;
  }
  if (!end(id, poll_id_) || !sync_.is_calling()) return false;
  delivered_ = sync_.answered(std::move(answer), now);
  return true;
}

bool Federation::failed(uint32_t id, std::string_view why, Instant now) {
  if (end(id, heartbeat_id_)) {
    heartbeat_.failed();
    return true;
  }
  if (!end(id, poll_id_) || !sync_.is_calling()) return false;
  sync_.failed(why, now);
  return true;
}

void Federation::take_heartbeat_news() {
  if (const uint64_t seconds = heartbeat_.take_poll_seconds()) sync_.set_poll_seconds(seconds);
  for (PlaneCommand& command : heartbeat_.take_commands()) {
    if (command.type == "resync") sync_.resync();
    // The hash is in every heartbeat.
    if (command.type == "resync" || command.type == "report-config-hash")
      heartbeat_.done(std::move(command.id));
    else
      commands_.push_back(std::move(command));
  }
}

void Federation::publish(std::shared_ptr<const SyncedConfig> config, bool is_first, Instant now) {
  if (is_first && options_.log)
    options_.log->log(LogLevel::info, "TenantStarted",
                      config->delivered->service_id + ", " + std::to_string((now.steady_us - started_us_) / 1000) + " ms after the start",
                      nullptr, 0);
  publishing_ = std::move(config);
}

bool Federation::built(uint32_t id, const Applied& applied, Instant now) {
  if (!end(id, build_id_)) return false;
  const Building building = *std::exchange(building_, std::nullopt);
  if (is_draining_) return true;
  const bool is_first = !sync_.in_force();
  if (building.is_backup) {
    if (!applied.made && options_.log)
      options_.log->log(LogLevel::error, "BackupRefused", std::string(text_of(applied.refusal)) + ": " + applied.message, nullptr, 0);
    if (applied.made && sync_.restored(applied.made, now)) publish(applied.made, is_first, now);
    return true;
  }
  if (!sync_.applied(building.job->delivery, applied, now)) return true;
  publish(applied.made, is_first, now);
  if (backup_) backup_->save(applied.backup, now);
  return true;
}

bool Federation::file_done(uint32_t id, Result<std::string> result, Instant now) {
  if (!end(id, file_id_)) return false;
  backup_->done(std::move(result), now);
  return true;
}

bool Federation::command_done(uint32_t id) {
  if (!end(id, command_id_)) return false;
  heartbeat_.done(std::move(commands_.front().id));
  commands_.pop_front();
  return true;
}

}  // namespace gatelet
