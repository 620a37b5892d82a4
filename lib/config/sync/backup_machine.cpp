#include "config/sync/backup_machine.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace gatelet {

BackupMachine::BackupMachine(std::string gateway, std::string key, LogSink* log)
    : gateway_(std::move(gateway)), key_(std::move(key)), log_(log) {}

uint64_t BackupMachine::due_us() const {
  if (is_doing_) return UINT64_MAX;
  return step_ == Step::idle ? due_us_ : 0;
}

std::optional<FileAction> BackupMachine::next(Instant now) {
  if (is_doing_ || now.steady_us < due_us()) return std::nullopt;
  if (step_ == Step::idle) begin();
  is_doing_ = true;
  switch (step_) {
    case Step::read: return FileAction{FileAction::Kind::read, slots[slot_], {}, {}};
    case Step::write: return FileAction{FileAction::Kind::write, unfinished, {}, writing_};
    case Step::sync: return FileAction{FileAction::Kind::sync, unfinished, {}, {}};
    case Step::rename: return FileAction{FileAction::Kind::rename, unfinished, slots[slot_], {}};
    case Step::idle:
    case Step::sync_folder: break;
  }
  return FileAction{FileAction::Kind::sync_folder, {}, {}, {}};
}

// Nothing is written before it is known what it takes the place of. What is written anew only because time has passed stays where it is.
void BackupMachine::begin() {
  if (!is_known()) {
    step_ = Step::read;
    slot_ = is_known_[0] ? 1 : 0;
    return;
  }
  step_ = Step::write;
  if (newest_generation_ == 0) number_newest();
  writing_ = newest_;
}

// The older generation gives way.
void BackupMachine::number_newest() {
  slot_ = generations_[0] <= generations_[1] ? 0 : 1;
  newest_generation_ = std::max(generations_[0], generations_[1]) + 1;
  newest_ = std::make_shared<const std::string>(with_generation(*newest_, newest_generation_));
}

void BackupMachine::done(Result<std::string> result, Instant now) {
  if (!std::exchange(is_doing_, false)) return;
  if (step_ == Step::read) return looked_at(result, now);
  // Whether a rename that failed took place nobody knows: the slot is not counted on until it is written.
  if (step_ == Step::rename || step_ == Step::sync_folder) generations_[slot_] = 0;
  if (!result) return failed(result.error().message, now);
  if (step_ == Step::sync_folder) return wrote(now);
  step_ = static_cast<Step>(static_cast<int>(step_) + 1);
}

// Both are looked at before one is taken: the other may be the newer one.
void BackupMachine::looked_at(const Result<std::string>& result, Instant now) {
  is_known_[slot_] = static_cast<bool>(result);
  if (result) load(result);
  if (slot_ == 0 && !is_known_[1]) {
    slot_ = 1;
    return;
  }
  is_loading_ = false;
  step_ = Step::idle;
  std::ranges::sort(loaded_, {}, &Backup::generation);
  if (!is_known()) return failed(result ? "the other file could not be read" : result.error().message, now);
  is_behind_ = false;
  failures_in_a_row_ = 0;
  due_us_ = newest_ ? now.steady_us : UINT64_MAX;
}

void BackupMachine::wrote(Instant now) {
  generations_[slot_] = newest_generation_;
  step_ = Step::idle;
  ++written_;
  failures_in_a_row_ = 0;
  if (std::exchange(is_behind_, false)) log(LogLevel::info, "BackupWritten", std::string(slots[slot_]));
  const bool is_newest = newest_ == writing_;
  writing_.reset();
  if (!is_newest) newest_generation_ = 0;
  due_us_ = is_newest ? now.steady_us + backup_touch_ms * 1000ull : now.steady_us;
}

void BackupMachine::failed(const std::string& why, Instant now) {
  step_ = Step::idle;
  newest_generation_ = 0;
  ++failures_;
  due_us_ = now.steady_us + backup_waits_s[std::min(failures_in_a_row_++, std::size(backup_waits_s) - 1)] * 1'000'000ull;
  if (!std::exchange(is_behind_, true))
    log(LogLevel::error, "BackupFailed", why + "; the configuration is served on, and it is tried again");
}

void BackupMachine::load(const Result<std::string>& result) {
  if (result->empty()) return;
  const std::string name(slots[slot_]);
  auto backup = read_backup(*result, key_);
  if (!backup) return log(LogLevel::error, "BackupNotRead", name + ": " + backup.error().message);
  if (backup->generation == 0 || !equal_ignoring_case(backup->content.gateway, gateway_))
    return log(LogLevel::error, "BackupNotRead", name + ": it is of the gateway '" + backup->content.gateway + "'");
  generations_[slot_] = backup->generation;
  loaded_.push_back(*std::move(backup));
}

std::optional<Backup> BackupMachine::take_loaded() {
  if (!has_loaded()) return std::nullopt;
  Backup out = std::move(loaded_.back());
  loaded_.pop_back();
  return out;
}

void BackupMachine::save(std::shared_ptr<const std::string> bytes, Instant now) {
  newest_ = std::move(bytes);
  if (step_ == Step::idle) newest_generation_ = 0;
  if (!is_behind_ && !is_loading_) due_us_ = now.steady_us;
}

void BackupMachine::log(LogLevel level, std::string_view event, const std::string& message) const {
  if (log_) log_->log(level, event, message, nullptr, 0);
}

}  // namespace gatelet
