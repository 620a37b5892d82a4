// GSP/1 server (management.md 3.3): polls of gateways, their heartbeats, what they count, measure and trace. What nothing has changed for
// is answered from memory, without the plane and on any thread; the rest needs the thread of the plane.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "manage/manage/counters.hpp"
#include "manage/manage/failure_limit.hpp"
#include "manage/manage/instances.hpp"
#include "manage/manage/plane.hpp"
#include "manage/manage/projections.hpp"
#include "manage/manage/telemetry.hpp"
#include "manage/manage/traces.hpp"

namespace gatelet::manage {

inline constexpr uint32_t wait_s_max = 60;
inline constexpr size_t tokens_known_max = 100'000;
inline constexpr int64_t told_written_every_ms = 1'000;  // what a restart may lose

class GspServer final : public GatewaySide {
 public:
  explicit GspServer(Plane& plane, std::optional<SigningKey> signing = std::nullopt);

  static bool is_path(std::string_view path) { return path.starts_with("/gateway-sync/"); }

  // Any thread. None: the thread of the plane is needed, or there is nothing new and the request wants to wait: `wait_until_ms`.
  std::optional<ManageAnswer> answer_at_once(const ManageRequest& request, int64_t& wait_until_ms);

  // The thread of the plane, as all that follows. The same question, answered: when nothing changed until the wait was over, 304. What it
  // adds to the plane's batch is to be committed before the answer is sent.
  ManageAnswer answer(const ManageRequest& request);
  // After each commit: what changed for whom; `is_written` false: nothing of it was kept.
  void note_commit(bool is_written);
  // Puts what is to be written from time to time, and at the end, into the plane's batch.
  void add_to_batch(int64_t now_ms, bool is_end);
  // Looks at what one group of gateways gets, where that is due; false: all is done.
  bool renew_next();
  // Of one waiting poll: whether there is something new for it by now.
  bool has_news(const ManageRequest& request);
  const Projections& projections() const { return projections_; }

  Json instances(std::string_view gateway, int64_t now_ms) const override;
  Json commands(std::string_view gateway) const override;
  ManageAnswer queue_command(std::string_view gateway, const Json& body, std::string id, int64_t now_ms) override;
  std::optional<std::string> trace(std::string_view gateway, std::string_view id, int64_t now_ms) const override;

 private:
  struct Published {
    std::string keys[2];
    Projections::Standing standing;
  };
  struct Known {
    std::string gateway;
    int64_t expires_ms = 0;
  };
  struct Question {
    std::string gateway;   // in lower case
    std::string spelling;  // as the gateway writes itself
    std::string rest;      // "config", "traces/ID"
  };

  static std::optional<Question> question_of(std::string_view path);
  // None: it may ask.
  std::optional<ManageAnswer> refuse(const ManageRequest& request, const Question& question, int64_t& expires_ms);
  bool is_signed_token(const ManageRequest& request, const Question& question, Known& out) const;
  ManageAnswer heartbeat(const ManageRequest& request, const Question& question, int64_t expires_ms);
  static ManageAnswer not_modified(const Projections::Standing& standing);
  ManageAnswer config(const ManageRequest& request, const Question& question);
  ManageAnswer blob(const Question& question);
  ManageAnswer take_trace(const ManageRequest& request, const Question& question);
  void publish_keys(const std::string& gateway);
  void publish();

  Plane& plane_;
  Projections projections_;
  TelemetryIntake telemetry_;
  QuotaExchange counters_;
  Traces traces_;
  int64_t told_written_ms_ = 0, trimmed_ms_ = 0;

  mutable std::mutex mutex_;                              // of what follows
  std::unordered_map<std::string, Published> published_;  // by name in lower case
  std::unordered_map<std::string, Known> tokens_;         // by the SHA-256 of a token that was right
  Instances instances_;
  FailureLimit failures_;
};

}  // namespace gatelet::manage
