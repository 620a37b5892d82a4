// HeartbeatMachine: tells the management plane every minute how the gateway is, and takes what it answers (management.md 3.3). Its timer is
// its own: it neither delays polls nor is delayed by them, and what was missed is not sent later.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/time.hpp"
#include "config/sync/apply.hpp"
#include "config/sync/plane_call.hpp"
#include "config/sync/sync_machine.hpp"

namespace gatelet {

// What the host knows and this room does not.
struct HeartbeatFacts {
  std::string gateway_version, host_name, os, arch;
  std::vector<std::string> listeners;  // "http://0.0.0.0:8080"
  std::vector<std::string> features;
};

struct HeartbeatLoad {
  double requests_per_s = 0;  // over the last minute
  uint64_t in_flight = 0;
  double cpu_percent = 0;
  uint64_t memory_bytes = 0;
  uint64_t connections = 0;
  uint64_t telemetry_queued = 0;
  uint64_t telemetry_dropped = 0;
};

// What the plane wants done. Nothing that runs code or changes credentials is ever one (management.md 3.3).
struct PlaneCommand {
  std::string id;
  std::string type;
  std::string arguments;  // JSON
};

// A certificate that clients of this gateway get to see.
struct ServedCertificate {
  std::string host;  // "*": every other
  int64_t expires_ms = 0;
};

class HeartbeatMachine {
 public:
  HeartbeatMachine(PlaneIdentity identity, HeartbeatFacts facts, uint64_t seed, Instant started, LogSink* log);

  // A call, when it is time for one; then answered() or failed() follows.
  std::optional<PlaneCall> beat(Instant now, SyncState state, const SyncMachine& sync);
  // The last one, which says that the gateway stops; afterwards there are no more.
  PlaneCall last_beat(Instant now, const SyncMachine& sync);
  uint64_t due_us() const { return is_over_ ? UINT64_MAX : is_calling_ ? std::min(deadline_us_, due_us_) : due_us_; }
  bool is_calling() const { return is_calling_; }
  void answered(const PlaneAnswer& answer, Instant now);
  void failed() { is_calling_ = false; }

  void set_load(const HeartbeatLoad& load) { load_ = load; }
  // Takes what the plane wants done, once. Each is acknowledged in the next heartbeat after done().
  std::vector<PlaneCommand> take_commands() { return std::exchange(commands_, {}); }
  void done(std::string id);
  // What the plane wants of polls; 0: it has not said.
  uint64_t take_poll_seconds() { return std::exchange(poll_seconds_, 0); }
  std::optional<int64_t> token_expires_ms() const { return token_expires_ms_; }
  // What the token itself says, when there is another one.
  void take_token(int64_t expires_ms, Instant now) { watch_token(expires_ms, now); }
  // What a heartbeat would say, and since when the plane has not been reached; for who looks at this one gateway.
  std::string describe(Instant now, SyncState state, const SyncMachine& sync, const std::vector<ServedCertificate>& certificates) const;

 private:
  PlaneCall call(std::string_view state, Instant now, const SyncMachine& sync);
  std::string body(std::string_view state, Instant now, const SyncMachine& sync) const;
  void read_commands(const Json& commands);
  void watch_token(int64_t expires_ms, Instant now);

  PlaneIdentity identity_;
  HeartbeatFacts facts_;
  HeartbeatLoad load_;
  Jitter jitter_;
  Instant started_;
  LogSink* log_;
  bool is_calling_ = false;
  bool is_over_ = false;
  uint32_t period_ms_ = heartbeat_ms_default;
  uint64_t due_us_ = 0;
  uint64_t deadline_us_ = 0;
  uint64_t poll_seconds_ = 0;
  std::vector<PlaneCommand> commands_;
  std::vector<std::string> seen_;          // ids of commands that were taken, so that none is done twice
  std::vector<std::string> acknowledged_;  // with the next heartbeat
  size_t acknowledging_ = 0;               // with the one under way
  std::optional<int64_t> token_expires_ms_;
  LogLevel token_level_ = LogLevel::info;
};

}  // namespace gatelet
