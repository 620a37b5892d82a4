// Instances: the processes of each gateway as their heartbeats tell, and what they are asked to do (management.md 3.3).
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "manage/manage/message.hpp"
#include "manage/store/store.hpp"

namespace gatelet::manage {

inline constexpr int64_t instance_lost_ms = 150'000, instance_kept_ms = 86'400'000;
inline constexpr size_t instances_per_gateway_max = 1'000;
inline constexpr size_t commands_per_gateway_max = 16;  // that wait: as many as one answer may carry
inline constexpr size_t instance_id_bytes_max = 64;

class Instances {
 public:
  struct Command {
    std::string id, type;
    Json args;
    int64_t queued_ms = 0;
    std::set<std::string> waiting;  // instances that have not acknowledged it
  };

  void load(const std::vector<StoredInstance>& stored);
  // The body of a heartbeat; none: it is none, or there are too many instances.
  bool beat(const std::string& gateway, const Json& body, int64_t now_ms);
  // What the instance has not acknowledged.
  Json commands_for(const std::string& gateway, const std::string& instance) const;
  // {"type", "args", "instance"}; without an instance for all that are there.
  ManageAnswer queue(const std::string& gateway, const Json& body, std::string id, int64_t now_ms);

  Json list(const std::string& gateway, int64_t now_ms) const;
  Json commands(const std::string& gateway) const;
  // What heartbeats changed since this was asked last.
  std::vector<StoredInstance> take_changed();

 private:
  struct Instance {
    Json body;
    int64_t seen_ms = 0;
  };
  struct Gateway {
    std::map<std::string, Instance> instances;
    std::deque<Command> commands;
  };
  static void forget_old(Gateway& gateway, int64_t now_ms);

  std::map<std::string, Gateway> gateways_;
  std::set<std::pair<std::string, std::string>> changed_;  // gateway, instance
};

}  // namespace gatelet::manage
