#include "manage/manage/instances.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/time.hpp"
#include "config/json_members.hpp"

namespace gatelet::manage {

namespace instance_states {

// None runs code or changes credentials.
constexpr std::string_view command_types[] = {"resync", "flush-cache", "set-log-level", "rotate-logs", "report-config-hash"};

std::string_view health_of(const Json& body, bool is_lost) {
  const bool is_well = body["state"].string() == "serving-fresh" && body["errors"].size() == 0;
  return is_lost ? "lost" : is_well ? "healthy" : "degraded";
}

Json command_json(const Instances::Command& command) {
  JsonMembers out;
  out.add_text("id", command.id);
  out.add_text("type", command.type);
  out.add("args", command.args);
  return out.object();
}

Json list_json(const Instances::Command& command) {
  std::vector<Json> waiting;
  for (const std::string& instance : command.waiting) waiting.push_back(Json::from(instance));
  return command_json(command)
      .with("queuedAt", Json::from(iso_timestamp(command.queued_ms)))
      .with("waiting", Json::array(std::move(waiting)));
}

}  // namespace instance_states

using namespace instance_states;

void Instances::load(const std::vector<StoredInstance>& stored) {
  for (const StoredInstance& item : stored)
    if (const auto body = Json::parse(item.body)) gateways_[item.gateway].instances[item.instance] = {*body, item.seen_ms};
}

void Instances::forget_old(Gateway& gateway, int64_t now_ms) {
  std::erase_if(gateway.instances, [&](const auto& item) { return item.second.seen_ms + instance_kept_ms < now_ms; });
  for (Command& command : gateway.commands)
    std::erase_if(command.waiting, [&](const std::string& instance) { return !gateway.instances.contains(instance); });
  std::erase_if(gateway.commands, [](const Command& command) { return command.waiting.empty(); });
}

bool Instances::beat(const std::string& gateway, const Json& body, int64_t now_ms) {
  const std::string id(body["instance"].string());
  if (id.empty() || id.size() > instance_id_bytes_max) return false;
  Gateway& own = gateways_[gateway];
  forget_old(own, now_ms);
  if (!own.instances.contains(id) && own.instances.size() >= instances_per_gateway_max) return false;
  own.instances[id] = {body, now_ms};
  changed_.emplace(gateway, id);
  for (const Json& done : body["acknowledged"].items())
    for (Command& command : own.commands)
      if (command.id == done.string()) command.waiting.erase(id);
  std::erase_if(own.commands, [](const Command& command) { return command.waiting.empty(); });
  return true;
}

Json Instances::commands_for(const std::string& gateway, const std::string& instance) const {
  std::vector<Json> out;
  if (const auto found = gateways_.find(gateway); found != gateways_.end())
    for (const Command& command : found->second.commands)
      if (command.waiting.contains(instance)) out.push_back(command_json(command));
  return Json::array(std::move(out));
}

ManageAnswer Instances::queue(const std::string& gateway, const Json& body, std::string id, int64_t now_ms) {
  std::vector<ErrorDetail> details;
  const std::string_view type = body["type"].string();
  if (std::ranges::find(command_types, type) == std::end(command_types))
    details.push_back({"type", "'type' is resync, flush-cache, set-log-level, rotate-logs or report-config-hash"});
  const Json& args = body["args"];
  if (!args.is_null() && !args.is_object()) details.push_back({"args", "'args' is an object"});
  if (type == "set-log-level" && args["level"].string().empty()) details.push_back({"args", "set-log-level needs args.level"});
  Gateway& own = gateways_[gateway];
  forget_old(own, now_ms);
  Command command{std::move(id), std::string(type), args.is_null() ? Json::object({}) : args, now_ms, {}};
  const std::string wanted(body["instance"].string());
  for (const auto& [name, instance] : own.instances)
    if (wanted.empty() || wanted == name) command.waiting.insert(name);
  if (!wanted.empty() && command.waiting.empty()) details.push_back({"instance", "there is no instance '" + wanted + "' of this gateway"});
  if (!details.empty()) return validation_answer(details);
  if (command.waiting.empty()) return error_answer(409, "Conflict", "No instance of this gateway has sent a heartbeat yet.");
  if (own.commands.size() >= commands_per_gateway_max)
    return error_answer(429, "TooManyRequests", "So many commands wait for this gateway already; wait for its heartbeats.");
  own.commands.push_back(std::move(command));
  return json_answer(200, list_json(own.commands.back()));
}

Json Instances::list(const std::string& gateway, int64_t now_ms) const {
  std::vector<Json> out;
  if (const auto found = gateways_.find(gateway); found != gateways_.end())
    for (const auto& [id, instance] : found->second.instances) {
      if (instance.seen_ms + instance_kept_ms < now_ms) continue;
      out.push_back(instance.body.with("health", Json::from(health_of(instance.body, instance.seen_ms + instance_lost_ms < now_ms)))
                        .with("lastHeartbeat", Json::from(iso_timestamp(instance.seen_ms))));
    }
  return Json::array(std::move(out));
}

Json Instances::commands(const std::string& gateway) const {
  std::vector<Json> out;
  if (const auto found = gateways_.find(gateway); found != gateways_.end())
    for (const Command& command : found->second.commands) out.push_back(list_json(command));
  return Json::array(std::move(out));
}

std::vector<StoredInstance> Instances::take_changed() {
  std::vector<StoredInstance> out;
  for (const auto& [gateway, id] : changed_)
    if (const auto& own = gateways_[gateway].instances; own.contains(id))
      out.push_back({gateway, id, own.at(id).seen_ms, own.at(id).body.text()});
  changed_.clear();
  return out;
}

}  // namespace gatelet::manage
