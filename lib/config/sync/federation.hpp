// Federation: a gateway's life with its management plane, the machines of synchronisation, heartbeat and backup as one. The host asks for
// the next action, does it, and says how it went; it has the sockets, files, threads and clocks. Until anything is in force, and while the
// plane is away, the host goes on serving what it has: nothing here ever takes a configuration away.
//
//   for (;;) {
//     FederationAction action = federation.next(now);
//     switch (action.kind) {
//       call:    send it to the plane     → answered(id, …) or failed(id, …)
//       build:   apply(*action.job), on another thread when one is free → built(id, …)
//       file:    do it                    → file_done(id, …)
//       publish: put action.config in force; there is no reply
//       command: do it                    → command_done(id)
//       none:    come back at wake_us, or after a reply
//     }
//   }
#pragma once

#include <deque>
#include <optional>

#include "config/sync/backup_machine.hpp"
#include "config/sync/heartbeat_machine.hpp"
#include "config/sync/sync_machine.hpp"
#include "crypto/random.hpp"

namespace gatelet {

struct FederationOptions {
  PlaneIdentity identity;
  HeartbeatFacts facts;
  uint32_t poll_ms = poll_ms_default;
  uint32_t long_poll_s = 0;  // 0: none
  uint32_t call_timeout_ms = call_timeout_ms_default;
  size_t body_bytes_max = sync_body_bytes_max;
  SignatureMode signature = SignatureMode::off;
  std::vector<PinnedKey> keys;
  BuildOptions build;  // `previous` is ignored
  bool has_backups = false;
  std::string backup_key;  // 32 bytes; empty: not sealed
  uint64_t seed = 0;       // of jitter
  crypto::Random random;   // of nonces; only with a backup_key
  LogSink* log = nullptr;
};

struct FederationAction {
  enum class Kind : uint8_t { none, call, build, publish, file, command };
  Kind kind = Kind::none;
  uint32_t id = 0;
  PlaneCall call;
  std::shared_ptr<const ApplyJob> job;
  std::shared_ptr<const SyncedConfig> config;
  FileAction file;
  PlaneCommand command;
  uint64_t wake_us = UINT64_MAX;  // of none, a steady time
};

class Federation {
 public:
  Federation(FederationOptions options, Instant now);

  FederationAction next(Instant now);
  // All of these: false, and nothing happened, when the id is of an action that is over. That is no error: a call may have been given up.
  bool answered(uint32_t id, PlaneAnswer answer, Instant now);
  bool failed(uint32_t id, std::string_view why, Instant now);
  bool built(uint32_t id, const Applied& applied, Instant now);
  bool file_done(uint32_t id, Result<std::string> result, Instant now);
  bool command_done(uint32_t id);

  // No more polls; one more heartbeat. What is being written is written to its end.
  void drain() { is_draining_ = true; }
  void set_load(const HeartbeatLoad& load) { heartbeat_.set_load(load); }
  void take_token(int64_t expires_ms, Instant now) { heartbeat_.take_token(expires_ms, now); }
  // JSON, as the body of a heartbeat and what nobody but this gateway knows.
  std::string describe(Instant now, const std::vector<ServedCertificate>& certificates) const {
    return heartbeat_.describe(now, state(), sync_, certificates);
  }

  SyncState state() const;
  const SyncMachine& sync() const { return sync_; }
  const BackupMachine* backup() const { return backup_ ? &*backup_ : nullptr; }
  std::optional<int64_t> token_expires_ms() const { return heartbeat_.token_expires_ms(); }

 private:
  struct Building {
    std::shared_ptr<const ApplyJob> job;
    bool is_backup = false;
  };
  bool is_restoring() const;
  std::optional<FederationAction> next_build(Instant now);
  std::optional<FederationAction> next_call(Instant now);
  uint64_t wake_us() const;
  FederationAction action(FederationAction::Kind kind, uint32_t& id);
  bool end(uint32_t id, uint32_t& of);
  void take_heartbeat_news();
  BackupStamp stamp(Instant now);
  void publish(std::shared_ptr<const SyncedConfig> config, bool is_first, Instant now);

  FederationOptions options_;
  std::shared_ptr<const ApplyOptions> apply_options_;
  SyncMachine sync_;
  HeartbeatMachine heartbeat_;
  std::optional<BackupMachine> backup_;
  uint64_t started_us_;
  uint64_t hold_polls_until_us_;
  std::optional<Delivery> delivered_;
  std::optional<Building> building_;
  std::shared_ptr<const SyncedConfig> publishing_;
  std::deque<PlaneCommand> commands_;
  bool is_draining_ = false;
  bool has_said_goodbye_ = false;
  uint32_t last_id_ = 0;
  uint32_t poll_id_ = 0, heartbeat_id_ = 0, build_id_ = 0, file_id_ = 0, command_id_ = 0, publish_id_ = 0;  // 0: nothing under way
};

}  // namespace gatelet
