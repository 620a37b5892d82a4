// SyncMachine: when to ask the management plane for the configuration, and what an answer means (management.md 3.4). It fails static: no
// answer whatever takes the configuration away that is in force. Pure: time and randomness come in, calls and jobs go out.
#pragma once

#include <optional>

#include "base/log.hpp"
#include "base/time.hpp"
#include "config/sync/apply.hpp"
#include "config/sync/plane_call.hpp"

namespace gatelet {

enum class SyncState : uint8_t { init, loading_backup, no_config, serving_fresh, serving_stale, serving_backup, auth_rejected, draining };
std::string_view text_of(SyncState state);  // "serving-fresh"

struct SyncOptions {
  PlaneIdentity identity;
  uint32_t poll_ms = poll_ms_default;
  uint32_t long_poll_s = 0;  // 0: none; Prefer: wait
  uint32_t call_timeout_ms = call_timeout_ms_default;
  bool asks_for_deltas = true;  // not where each configuration must be signed as a whole
  size_t body_bytes_max = sync_body_bytes_max;
};

struct SyncCounters {
  uint64_t polls = 0;
  uint64_t polls_failed = 0;  // no answer, or another than 200 and 304
  uint64_t refused = 0;       // of what was delivered
  uint64_t delta_mismatch = 0;
  uint64_t rollbacks = 0;
  uint64_t applied = 0;
};

struct LastSync {
  bool is_ok = false;
  int64_t wall_ms = 0;
  int status = 0;     // of HTTP; 0: there was no answer
  std::string error;  // empty: none
};

class SyncMachine {
 public:
  // The first poll is due at once. `log` may be null.
  SyncMachine(SyncOptions options, uint64_t seed, LogSink* log);

  // A call, when it is time for one; then answered() or failed() follows. A call that ends in neither is given up after its timeout.
  std::optional<PlaneCall> poll(Instant now);
  // When poll() wants to be asked again; UINT64_MAX: not before applied().
  uint64_t due_us() const;
  bool is_calling() const { return is_calling_; }

  // What is to be applied, if anything is; then applied() follows.
  std::optional<Delivery> answered(PlaneAnswer answer, Instant now);
  void failed(std::string_view why, Instant now);
  // True: the configuration is in force from now on.
  bool applied(const Delivery& delivery, const Applied& result, Instant now);
  // One that a backup had. False: there is a newer one by now.
  bool restored(std::shared_ptr<const SyncedConfig> config, Instant now);

  // The next poll asks for everything.
  void resync() { wants_snapshot_ = true; }
  void set_poll_seconds(uint64_t seconds);

  const std::shared_ptr<const SyncedConfig>& in_force() const { return in_force_; }
  const std::vector<EpochMark>& marks() const { return marks_; }
  // As long as nothing is loaded or drained: that is not this machine's.
  SyncState state() const;
  bool is_applying() const { return is_applying_; }
  bool is_from_backup() const { return is_from_backup_; }
  Instant loaded_at() const { return loaded_at_; }
  const LastSync& last() const { return last_; }
  uint64_t last_good_us() const { return last_good_us_; }  // the steady time of the last poll that went well; 0: none did
  const SyncCounters& counters() const { return counters_; }

 private:
  enum class Outcome : uint8_t { none, fresh, failed, rejected, refused };
  struct Bad {  // what was refused
    std::string etag;
    uint64_t body = 0;  // a hash
    size_t times = 0;
    uint64_t until_us = 0;
  };
  std::optional<Delivery> delivered(PlaneAnswer answer, Instant now);
  void unchanged(const PlaneAnswer& answer, Instant now);
  void note(Outcome outcome, int status, std::string error, Instant now);
  void note_failure(Outcome outcome, int status, std::string error, std::string_view retry_after, Instant now);
  void schedule(uint64_t retry_after_ms, Instant now);
  void take_into_force(std::shared_ptr<const SyncedConfig> config, bool is_from_backup, Instant now);
  void refuse(const Delivery& delivery, const Applied& result, Instant now);
  void log(LogLevel level, std::string_view event, std::string_view message) const;
  bool may_alarm(Instant now);

  SyncOptions options_;
  Jitter jitter_;
  LogSink* log_;
  std::shared_ptr<const SyncedConfig> in_force_;
  std::vector<EpochMark> marks_;
  Outcome outcome_ = Outcome::none;
  bool is_from_backup_ = false;
  bool wants_snapshot_ = false;
  bool is_calling_ = false;
  bool is_applying_ = false;
  bool has_asked_for_snapshot_ = false;  // the call under way
  bool has_asked_to_wait_ = false;
  Bad bad_;
  uint64_t due_us_ = 0;
  uint64_t sent_us_ = 0;
  uint64_t deadline_us_ = 0;
  uint64_t alarm_us_ = 0;
  size_t polls_without_config_ = 0;
  bool is_first_wait_ = true;
  Instant loaded_at_;
  LastSync last_;
  uint64_t last_good_us_ = 0;
  SyncCounters counters_;
};

}  // namespace gatelet
