// GSP/1 server (management.md 3.3): polls of gateways, their heartbeats. What nothing has changed for is answered from memory, without the
// plane and on any thread; the rest needs the thread of the plane.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "manage/manage/plane.hpp"
#include "manage/manage/projection.hpp"

namespace gatelet::manage {

inline constexpr int64_t instance_lost_ms = 150'000, instance_kept_ms = 86'400'000;
inline constexpr size_t instances_per_gateway_max = 1'000;
inline constexpr uint32_t wait_s_max = 60;
inline constexpr size_t tokens_known_max = 100'000;

class GspServer {
 public:
  explicit GspServer(Plane& plane);

  static bool is_path(std::string_view path) { return path.starts_with("/gateway-sync/"); }

  // Any thread. None: the thread of the plane is needed, or there is nothing new and the request wants to wait: `wait_until_ms`.
  std::optional<ManageAnswer> answer_at_once(const ManageRequest& request, int64_t& wait_until_ms);
  // The thread of the plane. The same question, answered: when nothing changed until the wait was over, 304.
  ManageAnswer answer(const ManageRequest& request);
  // The thread of the plane, after each commit: what changed for whom.
  void note_changes();
  // Of one waiting poll: whether there is something new for it by now.
  bool has_news(const ManageRequest& request);
  Json instances(std::string_view gateway) const;

 private:
  struct Published {
    std::string name;  // as the gateway is called
    std::string keys[2];
    std::string etag;  // empty: not made yet
    uint64_t revision = 0;
    bool is_stale = true;  // something changed that may concern it
  };
  struct Instance {
    Json body;
    int64_t seen_ms = 0;
  };
  struct Known {
    std::string gateway;
    int64_t expires_ms = 0;
  };
  struct Question {
    std::string gateway;  // in lower case
    std::string rest;     // "config"
  };

  std::optional<Question> question_of(std::string_view path) const;
  bool is_allowed(const ManageRequest& request, const Question& question, int64_t& expires_ms);
  ManageAnswer heartbeat(const ManageRequest& request, const Question& question, int64_t expires_ms);
  ManageAnswer not_modified(const Published& published) const;
  void publish_gateways();
  Projection& projection(const std::string& gateway);

  Plane& plane_;
  std::map<std::string, std::unique_ptr<Projection>> projections_;  // of the plane's thread

  mutable std::mutex mutex_;                    // of what follows
  std::map<std::string, Published> published_;  // by name in lower case
  std::map<std::string, Known> tokens_;         // by the SHA-256 of a token that was right
  std::map<std::string, std::map<std::string, Instance>> instances_;
  int64_t now_ms_ = 0;
};

}  // namespace gatelet::manage
