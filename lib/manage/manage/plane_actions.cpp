// What is neither a resource nor a collection: POST actions, the revisions of an API, and what this plane does not have.
#include <algorithm>

#include "base/text.hpp"
#include "base/time.hpp"
#include "config/json_members.hpp"
#include "manage/manage/plane.hpp"
#include "manage/manage/token.hpp"

namespace gatelet::manage {

namespace plane_actions {

// Known to Azure's clients and not served: they skip a collection on exactly this code.
constexpr std::string_view absent_collections[] = {
    "workspaces",         "identityProviders", "openidConnectProviders", "authorizationServers",   "notifications", "templates",
    "contentTypes",       "portalRevisions",   "documentations",         "authorizationProviders", "reports",       "quotas",
    "policyRestrictions", "tagResources"};

Json texts(std::initializer_list<std::pair<std::string_view, Json>> members) {
  JsonMembers out;
  for (const auto& [name, value] : members) out.add(name, value);
  return out.object();
}

ManageAnswer no_content() {
  ManageAnswer out;
  out.status = 204;
  return out;
}

struct ActionCall {
  const ManageRequest& request;
  const ManageTarget& target;
  const Entry& entry;
  std::string action;  // in lower case
  Json body;
};

std::vector<ErrorDetail> check_expiry(const ActionCall& call, int64_t& expires_ms) {
  std::vector<ErrorDetail> details;
  const auto parsed = parse_iso_timestamp(call.body["expiry"].string());
  if (!parsed)
    details.push_back({"expiry", "'expiry' is a time such as 2026-01-31T08:00:00Z"});
  else if (*parsed > call.request.now_ms + token_lifetime_ms_max)
    details.push_back({"expiry", "'expiry' is at most 30 days ahead"});
  else if (*parsed <= call.request.now_ms)
    details.push_back({"expiry", "'expiry' lies in the past"});
  const std::string_view type = call.body["keyType"].string();
  if (!equal_ignoring_case(type, "primary") && !equal_ignoring_case(type, "secondary"))
    details.push_back({"keyType", "'keyType' is primary or secondary"});
  expires_ms = parsed.value_or(0);
  return details;
}

ManageAnswer generate_token(const ActionCall& call) {
  int64_t expires_ms = 0;
  if (const auto details = check_expiry(call, expires_ms); !details.empty()) return validation_answer(details);
  const std::string_view key = call.entry.secret(lower(call.body["keyType"].string())).string();
  return json_answer(200, texts({{"value", Json::from(sign_gateway_token(key, call.entry.name(), expires_ms))}}));
}

ManageAnswer list_revisions(const Tree& tree, const ManageTarget& target) {
  const std::string name(api_name_of(target.segments[1]));
  std::vector<Json> items;
  for (const Entry* entry : tree.revisions(name)) {
    const std::string revision = entry->shown["apiRevision"].scalar_text();
    items.push_back(texts({{"apiId", Json::from(target.prefix + "/apis/" + std::string(entry->name()))},
                           {"apiRevision", Json::from(revision)},
                           {"description", entry->shown["apiRevisionDescription"]},
                           {"privateUrl", Json::from("/" + std::string(entry->shown["path"].string()) + ";rev=" + revision)},
                           {"isOnline", Json::from(entry->shown["isOnline"].boolean())},
                           {"isCurrent", Json::from(entry->shown["isCurrent"].boolean())}}));
  }
  if (items.empty()) return not_found("API");
  const auto count = static_cast<double>(items.size());
  return json_answer(200, texts({{"value", Json::array(std::move(items))}, {"count", Json::from(count)}}));
}

ManageAnswer list_answer(const Json& list) {
  return json_answer(200, texts({{"value", list}, {"count", Json::from(static_cast<double>(list.size()))}}));
}

}  // namespace plane_actions

using namespace plane_actions;

// What a gateway's processes do or told; none: it is another action.
std::optional<ManageAnswer> Plane::act_on_gateway(const ManageRequest& request, const Entry& gateway, std::string_view action,
                                                  const Json& body) {
  if (action == "queuecommand")
    return gateway_side_->queue_command(gateway.name(), body, hexadecimal(random_bytes(options_.random, 16)), request.now_ms);
  if (action != "listtrace") return std::nullopt;
  const auto text = gateway_side_->trace(gateway.name(), body["traceId"].string(), request.now_ms);
  if (!text) return not_found("Trace");
  const Json told = *Json::parse(*text);
  return json_answer(200, texts({{"serviceName", Json::from(options_.service_name)},
                                 {"traceId", body["traceId"]},
                                 {"traceEntries", told.has("traceEntries") ? told["traceEntries"] : told}}));
}

ManageAnswer Plane::act(const ManageRequest& request, const ManageTarget& target) {
  const std::vector<std::string>& segments = target.segments;
  const std::string last = lower(segments.back());
  if (request.method == "GET" && segments.size() == 3 && equal_ignoring_case(segments[0], "apis") && last == "revisions")
    return list_revisions(tree_, target);
  for (const std::string_view absent : absent_collections)
    if (equal_ignoring_case(absent, segments[0]))
      return error_answer(400, "MethodNotAllowedInPricingTier", "Method not allowed in this pricing tier.");
  const bool is_of_gateway = segments.size() == 3 && equal_ignoring_case(segments[0], "gateways") && gateway_side_;
  const bool has_instances = is_of_gateway && last == "instances", has_commands = is_of_gateway && last == "commands";
  if (segments.size() < 3) return not_found("Resource");
  const std::string key = target.key.substr(0, target.key.rfind('/'));
  const Entry* entry = tree_.find(key);
  const Kind* kind = kind_of_key(key);
  if (!kind) return not_found("Resource");
  if (!entry) return not_found(kind->noun);
  if (request.method == "GET" && has_instances) return list_answer(gateway_side_->instances(entry->name(), request.now_ms));
  if (request.method == "GET" && has_commands) return list_answer(gateway_side_->commands(entry->name()));
  if (request.method != "POST") return not_found("Resource");
  const auto body = request.body.empty() ? Json::parse("{}") : Json::parse(request.body);
  if (!body || !body->is_object()) return error_answer(400, "InvalidRequestContent", "The body is no JSON object.");
  const ActionCall call{request, target, *entry, last, *body};
  const std::string_view type = kind->type;
  const auto hidden = [&](std::string_view name) { return entry->secret(name); };
  if (type == "gateways" && last == "listkeys")
    return json_answer(200, texts({{"primary", hidden("primary")}, {"secondary", hidden("secondary")}}));
  if (type == "gateways" && last == "generatetoken") return generate_token(call);
  if (is_of_gateway)
    if (auto done = act_on_gateway(request, *entry, last, *body)) return *done;
  if (type == "subscriptions" && last == "listsecrets")
    return json_answer(200, texts({{"primaryKey", hidden("primaryKey")}, {"secondaryKey", hidden("secondaryKey")}}));
  if (type == "namedValues" && last == "listvalue")
    return json_answer(200, texts({{"value", hidden("value").is_null() ? entry->shown["value"] : hidden("value")}}));
  std::string renewed;
  if (type == "gateways" && last == "regeneratekey") renewed = lower((*body)["keyType"].string());
  if (type == "gateways" && last == "regeneratekey" && renewed != "primary" && renewed != "secondary")
    return validation_answer({{"keyType", "'keyType' is primary or secondary"}});
  if (type == "subscriptions" && last == "regenerateprimarykey") renewed = "primaryKey";
  if (type == "subscriptions" && last == "regeneratesecondarykey") renewed = "secondaryKey";
  if (renewed.empty()) return not_found("Action");
  Edit edit(tree_, revision_ + 1);
  const std::string made = type == "gateways" ? new_gateway_key(options_.random) : hexadecimal(random_bytes(options_.random, 16));
  edit.put({entry->key, 0, entry->shown, entry->secrets.with(renewed, Json::from(made))});
  revision_ = edit.revision();
  finish(edit, target.actor, "POST", request.now_ms);
  return no_content();
}

}  // namespace gatelet::manage
