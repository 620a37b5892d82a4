#include "manage/manage/gsp.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/time.hpp"
#include "config/json_members.hpp"
#include "config/sync/limits.hpp"
#include "crypto/hash.hpp"
#include "manage/manage/token.hpp"

namespace gatelet::manage {

namespace gsp_server {

constexpr std::string_view base_path = "/gateway-sync/v1/gateways/";

std::string_view without_quotes(std::string_view tag) {
  tag = trim(tag);
  if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"') return tag.substr(1, tag.size() - 2);
  return tag;
}

uint32_t wait_of(const ManageRequest& request) {
  const std::string_view prefer = trim(request.header("Prefer"));
  if (!prefer.starts_with("wait=")) return 0;
  const auto seconds = parse_unsigned(prefer.substr(5));
  return static_cast<uint32_t>(std::min<uint64_t>(seconds.value_or(0), wait_s_max));
}

bool takes_gzip(const ManageRequest& request) { return lower(request.header("Accept-Encoding")).find("gzip") != std::string::npos; }

ManageAnswer unauthorized() {
  ManageAnswer out = error_answer(401, "AuthenticationFailed", "The gateway's token is missing, wrong or expired.");
  out.add("WWW-Authenticate", "GatewayKey");
  return out;
}

}  // namespace gsp_server

using namespace gsp_server;

GspServer::GspServer(Plane& plane) : plane_(plane) {
  publish_gateways();
  plane_.set_instances([this](std::string_view gateway) { return instances(gateway); });
}

std::optional<GspServer::Question> GspServer::question_of(std::string_view path) const {
  if (!starts_with_ignoring_case(path, base_path)) return std::nullopt;
  path.remove_prefix(base_path.size());
  const size_t slash = path.find('/');
  if (slash == path.npos) return std::nullopt;
  return Question{lower(percent_decode(path.substr(0, slash))), std::string(path.substr(slash + 1))};
}

// The mutex is held. A token that was right once costs one hash; regenerating a key forgets all.
bool GspServer::is_allowed(const ManageRequest& request, const Question& question, int64_t& expires_ms) {
  now_ms_ = request.now_ms;
  const std::string_view header = request.header("Authorization");
  const std::string hash(crypto::digest_of(crypto::Hash::sha256, header).view());
  auto known = tokens_.find(hash);
  if (known == tokens_.end()) {
    const auto token = read_gateway_token(header);
    const auto found = published_.find(question.gateway);
    if (!token || found == published_.end() || !equal_ignoring_case(token->id, question.gateway)) return false;
    bool is_right = false;
    for (const std::string& key : found->second.keys)
      is_right = equal_in_constant_time(token_signature(key, token->id, token->expiry), token->signature) || is_right;
    if (!is_right) return false;
    if (tokens_.size() >= tokens_known_max) tokens_.clear();
    known = tokens_.emplace(hash, Known{question.gateway, token->expires_ms}).first;
  }
  expires_ms = known->second.expires_ms;
  return known->second.gateway == question.gateway && request.now_ms <= expires_ms + token_skew_ms;
}

ManageAnswer GspServer::not_modified(const Published& published) const {
  ManageAnswer out;
  out.status = 304;
  out.add("ETag", '"' + published.etag + '"');
  out.add("Gsp-Revision", std::to_string(published.revision));
  return out;
}

std::optional<ManageAnswer> GspServer::answer_at_once(const ManageRequest& request, int64_t& wait_until_ms) {
  const auto question = question_of(request.path);
  if (!question) return error_answer(404, "ResourceNotFound", "There is nothing here; see GSP/1.");
  const std::lock_guard lock(mutex_);
  int64_t expires_ms = 0;
  if (!is_allowed(request, *question, expires_ms)) {
    // Who shows another gateway's token learns nothing about which gateways there are.
    return unauthorized();
  }
  if (request.method == "POST" && question->rest == "heartbeat") return heartbeat(request, *question, expires_ms);
  if (request.method != "GET" || question->rest != "config")
    return error_answer(404, "ResourceNotFound", "This part of GSP/1 is not served.");
  if (const auto version = request.header("Gsp-Version"); !version.empty() && !version.starts_with("1")) {
    ManageAnswer out = error_answer(426, "UpgradeRequired", "This plane speaks GSP/1.");
    out.add("Upgrade", "GSP/1");
    return out;
  }
  const auto found = published_.find(question->gateway);
  if (found == published_.end()) return error_answer(404, "ResourceNotFound", "Gateway not found.");
  const Published& published = found->second;
  if (published.is_stale || published.etag != without_quotes(request.header("If-None-Match"))) return std::nullopt;
  const uint32_t wait_s = wait_of(request);
  if (wait_s == 0) return not_modified(published);
  wait_until_ms = request.now_ms + 1000ll * wait_s;
  return std::nullopt;
}

Projection& GspServer::projection(const std::string& gateway) {
  auto& slot = projections_[gateway];
  bool is_stale = true;
  {
    const std::lock_guard lock(mutex_);
    is_stale = published_[gateway].is_stale;
    if (!slot) slot = std::make_unique<Projection>(published_[gateway].name);
  }
  if (!is_stale && slot->is_made()) return *slot;
  const auto& stored = plane_.stored_projections();
  const auto own = std::ranges::find_if(stored, [&](const StoredProjection& item) { return equal_ignoring_case(item.gateway, gateway); });
  if (slot->renew(plane_, own == stored.end() ? nullptr : &*own)) plane_.keep_projection({slot->gateway(), slot->revision(), slot->root()});
  const std::lock_guard lock(mutex_);
  Published& published = published_[gateway];
  published.etag = slot->etag();
  published.revision = slot->revision();
  published.is_stale = false;
  return *slot;
}

bool GspServer::has_news(const ManageRequest& request) {
  const auto question = question_of(request.path);
  {
    const std::lock_guard lock(mutex_);
    int64_t expires_ms = 0;
    if (!question || !is_allowed(request, *question, expires_ms) || !published_.contains(question->gateway)) return true;
  }
  return projection(question->gateway).etag() != without_quotes(request.header("If-None-Match"));
}

ManageAnswer GspServer::answer(const ManageRequest& request) {
  const auto question = question_of(request.path);
  {
    const std::lock_guard lock(mutex_);
    int64_t expires_ms = 0;
    if (!question || !is_allowed(request, *question, expires_ms)) return unauthorized();
    if (!published_.contains(question->gateway)) return error_answer(404, "ResourceNotFound", "Gateway not found.");
  }
  Projection& own = projection(question->gateway);
  const std::string_view held = without_quotes(request.header("If-None-Match"));
  ManageAnswer out;
  if (held == own.etag()) {
    const std::lock_guard lock(mutex_);
    return not_modified(published_[question->gateway]);
  }
  const auto base = parse_unsigned(query_of(request.query)["base"]);
  std::optional<Delivered> delta;
  // A base of another epoch is another service's.
  if (base && held.starts_with(std::to_string(plane_.epoch()) + "." + std::to_string(*base) + ".")) delta = own.delta(*base);
  const Delivered& chosen = delta ? *delta : own.snapshot();
  out.add("ETag", '"' + chosen.etag + '"');
  out.add("Gsp-Revision", std::to_string(chosen.revision));
  out.add("Gsp-Kind", delta ? "delta" : "snapshot");
  out.add("Content-Type", "application/vnd.gsp.config+json;v=1");
  out.add("Vary", "Accept-Encoding");
  if (takes_gzip(request)) out.add("Content-Encoding", "gzip");
  out.body = takes_gzip(request) ? chosen.gzip : chosen.text;
  return out;
}

ManageAnswer GspServer::heartbeat(const ManageRequest& request, const Question& question, int64_t expires_ms) {
  if (request.body.size() > heartbeat_bytes_max) return error_answer(413, "RequestEntityTooLarge", "A heartbeat has at most 16 KiB.");
  const auto body = Json::parse(request.body, heartbeat_bytes_max);
  const std::string instance(body ? (*body)["instance"].string() : std::string_view());
  if (instance.empty() || instance.size() > 64)
    return error_answer(400, "InvalidRequestContent", "A heartbeat is an object with 'instance'.");
  auto& known = instances_[question.gateway];
  std::erase_if(known, [&](const auto& item) { return item.second.seen_ms + instance_kept_ms < request.now_ms; });
  if (known.contains(instance) || known.size() < instances_per_gateway_max) known[instance] = {*body, request.now_ms};
  JsonMembers out;
  out.add_text("serverTime", iso_timestamp(request.now_ms));
  out.add("revision", Json::from(static_cast<double>(published_[question.gateway].revision)));
  out.add_text("tokenExpiresAt", iso_timestamp(expires_ms));
  out.add("pollSeconds", Json::from(static_cast<double>(poll_ms_default / 1000)));
  out.add("heartbeatSeconds", Json::from(static_cast<double>(heartbeat_ms_default / 1000)));
  out.add("commands", Json::array({}));
  return json_answer(200, out.object());
}

Json GspServer::instances(std::string_view gateway) const {
  const std::lock_guard lock(mutex_);
  std::vector<Json> out;
  const auto found = instances_.find(lower(gateway));
  if (found == instances_.end()) return Json::array({});
  for (const auto& [id, instance] : found->second) {
    const bool is_lost = instance.seen_ms + instance_lost_ms < now_ms_;
    const bool is_well = instance.body["state"].string() == "serving-fresh" && instance.body["errors"].size() == 0;
    out.push_back(instance.body.with("health", Json::from(is_lost   ? "lost"
                                                          : is_well ? "healthy"
                                                                    : "degraded"))
                      .with("lastHeartbeat", Json::from(iso_timestamp(instance.seen_ms))));
  }
  return Json::array(std::move(out));
}

void GspServer::publish_gateways() {
  const std::lock_guard lock(mutex_);
  std::map<std::string, Published> made;
  for (const Entry* entry : plane_.tree().children("gateways")) {
    const std::string name = lower(entry->name());
    const auto before = published_.find(name);
    Published published = before == published_.end() ? Published() : before->second;
    published.name = entry->name();
    published.keys[0] = entry->secret("primary").string();
    published.keys[1] = entry->secret("secondary").string();
    made.emplace(name, std::move(published));
  }
  published_ = std::move(made);
  tokens_.clear();
}

void GspServer::note_changes() {
  const std::vector<std::string> changes = plane_.take_changes();
  if (changes.empty()) return;
  const bool has_gateways = std::ranges::any_of(changes, [](const std::string& key) { return key.starts_with("gateways/"); });
  if (has_gateways) publish_gateways();
  const std::lock_guard lock(mutex_);
  std::set<std::string> touched;  // empty name: all of them
  for (const std::string& key : changes) {
    if (key.starts_with("gateways/")) {
      const size_t slash = key.find('/', 9);
      if (slash != key.npos) touched.insert(key.substr(9, slash - 9));
    } else if (key.starts_with("apis/")) {
      const std::string name(api_name_of(std::string_view(key).substr(5, key.find('/', 5) - 5)));
      for (const auto& [gateway, published] : published_)
        if (plane_.tree().find("gateways/" + gateway + "/apis/" + name)) touched.insert(gateway);
    } else {
      touched.insert("");
    }
  }
  for (auto& [gateway, published] : published_)
    if (touched.contains("") || touched.contains(gateway)) published.is_stale = true;
  std::erase_if(projections_, [&](const auto& item) { return !published_.contains(item.first); });
}

}  // namespace gatelet::manage
