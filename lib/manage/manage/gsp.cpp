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
constexpr std::string_view media_type = "application/vnd.gsp.config+json";
constexpr int64_t trim_every_ms = 3'600'000;
// Signed with when there is no such gateway, so that the answer takes as long.
const std::string nobodys_key(88, 'A');

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

// The form of configurations that is spoken here: version 1, JSON.
bool takes_form(std::string_view accept) {
  if (trim(accept).empty()) return true;
  for (const std::string_view item : split(accept, ',')) {
    const std::vector<std::string_view> parts = split(item, ';');
    const std::string type = lower(trim(parts[0]));
    if (type == "*/*" || type == "application/*" || type == "application/json") return true;
    if (type != media_type) continue;
    const auto is_other = [](std::string_view part) { return trim(part).starts_with("v=") && trim(part) != "v=1"; };
    if (std::ranges::none_of(parts, is_other)) return true;
  }
  return false;
}

ManageAnswer unauthorized() {
  ManageAnswer out = error_answer(401, "AuthenticationFailed", "The gateway's token is missing, wrong or expired.");
  out.add("WWW-Authenticate", "GatewayKey");
  return out;
}

ManageAnswer no_such_gateway() { return error_answer(404, "ResourceNotFound", "Gateway not found."); }

}  // namespace gsp_server

using namespace gsp_server;

GspServer::GspServer(Plane& plane, std::optional<SigningKey> signing) : plane_(plane), projections_(plane, std::move(signing)) {
  StoreTold told = plane.take_told();
  telemetry_.load(told.telemetry_batches);
  counters_.load(told.counters);
  instances_.load(told.instances);
  publish();
  plane_.set_gateway_side(this);
}

std::optional<GspServer::Question> GspServer::question_of(std::string_view path) {
  if (!starts_with_ignoring_case(path, base_path)) return std::nullopt;
  path.remove_prefix(base_path.size());
  const size_t slash = path.find('/');
  if (slash == path.npos) return std::nullopt;
  std::string name = percent_decode(path.substr(0, slash));
  return Question{lower(name), name, std::string(path.substr(slash + 1))};
}

// The mutex is held, here and below.
bool GspServer::is_signed_token(const ManageRequest& request, const Question& question, Known& out) const {
  const auto token = read_gateway_token(request.header("Authorization"));
  const auto found = published_.find(question.gateway);
  const bool is_its_own = token && found != published_.end() && equal_ignoring_case(token->id, question.gateway);
  bool is_right = false;
  for (size_t i = 0; i < 2; ++i) {
    const std::string& key = is_its_own ? found->second.keys[i] : nobodys_key;
    const std::string expected = token_signature(key, token ? token->id : question.spelling, token ? token->expiry : "");
    is_right = (token && equal_in_constant_time(expected, token->signature)) || is_right;
  }
  if (token) out = {question.gateway, token->expires_ms};
  return is_its_own && is_right;
}

// A token that was right once costs one hash; renewing a key forgets those of its gateway. Who shows another gateway's token learns nothing
// about which gateways there are.
std::optional<ManageAnswer> GspServer::refuse(const ManageRequest& request, const Question& question, int64_t& expires_ms) {
  const std::string_view header = request.header("Authorization");
  const std::string hash(crypto::digest_of(crypto::Hash::sha256, header).view());
  auto known = tokens_.find(hash);
  if (known == tokens_.end()) {
    Known made;
    if (is_signed_token(request, question, made)) {
      if (tokens_.size() >= tokens_known_max) tokens_.clear();
      known = tokens_.emplace(hash, made).first;
    }
  }
  const bool is_right =
      known != tokens_.end() && known->second.gateway == question.gateway && request.now_ms <= known->second.expires_ms + token_skew_ms;
  if (!is_right) return failures_.may_fail(request.client, request.now_ms) ? unauthorized() : too_many_failures();
  expires_ms = known->second.expires_ms;
  return std::nullopt;
}

ManageAnswer GspServer::not_modified(const Projections::Standing& standing) {
  ManageAnswer out;
  out.status = 304;
  out.add("ETag", '"' + standing.etag + '"');
  out.add("Gsp-Revision", std::to_string(standing.revision));
  return out;
}

std::optional<ManageAnswer> GspServer::answer_at_once(const ManageRequest& request, int64_t& wait_until_ms) {
  const auto question = question_of(request.path);
  if (!question) return error_answer(404, "ResourceNotFound", "There is nothing here; see GSP/1.");
  const std::lock_guard lock(mutex_);
  int64_t expires_ms = 0;
  if (auto refused = refuse(request, *question, expires_ms)) return refused;
  if (const auto version = request.header("Gsp-Version"); !version.empty() && version != "1" && !version.starts_with("1.")) {
    ManageAnswer out = error_answer(426, "UpgradeRequired", "This plane speaks GSP/1.");
    out.add("Upgrade", "GSP/1");
    return out;
  }
  const std::string& rest = question->rest;
  const std::string wanted = rest == "config" || rest.starts_with("blobs/")                     ? "GET"
                             : rest == "heartbeat" || rest == "telemetry" || rest == "counters" ? "POST"
                             : rest.starts_with("traces/")                                      ? "PUT"
                                                                                                : "";
  if (wanted.empty()) return error_answer(404, "ResourceNotFound", "This is no part of GSP/1.");
  if (request.method != wanted) return error_answer(405, "MethodNotAllowed", "This part of GSP/1 is asked with " + wanted + ".");
  const auto found = published_.find(question->gateway);
  if (found == published_.end()) return no_such_gateway();
  if (rest == "heartbeat") return heartbeat(request, *question, expires_ms);
  if (rest != "config") return std::nullopt;
  if (!takes_form(request.header("Accept")))
    return error_answer(406, "NotAcceptable", "Configurations come as application/vnd.gsp.config+json;v=1.");
  const Projections::Standing& standing = found->second.standing;
  if (standing.is_stale || standing.etag != without_quotes(request.header("If-None-Match"))) return std::nullopt;
  const uint32_t wait_s = wait_of(request);
  if (wait_s == 0) return not_modified(standing);
  wait_until_ms = request.now_ms + 1000ll * wait_s;
  return std::nullopt;
}

bool GspServer::has_news(const ManageRequest& request) {
  const auto question = question_of(request.path);
  {
    const std::lock_guard lock(mutex_);
    int64_t expires_ms = 0;
    if (!question || refuse(request, *question, expires_ms)) return true;
  }
  if (!projections_.standing(question->gateway)) return true;
  const bool is_news = projections_.renewed(question->gateway).etag != without_quotes(request.header("If-None-Match"));
  publish();
  return is_news;
}

ManageAnswer GspServer::answer(const ManageRequest& request) {
  const auto question = question_of(request.path);
  {
    const std::lock_guard lock(mutex_);
    int64_t expires_ms = 0;
    if (!question) return unauthorized();
    if (auto refused = refuse(request, *question, expires_ms)) return *refused;
  }
  if (!projections_.standing(question->gateway)) return no_such_gateway();
  if (question->rest == "telemetry") return telemetry_.take(request, question->gateway, plane_.batch());
  if (question->rest == "counters") return counters_.exchange(request, plane_.batch());
  if (question->rest.starts_with("traces/")) return take_trace(request, *question);
  if (question->rest.starts_with("blobs/")) return blob(*question);
  return config(request, *question);
}

ManageAnswer GspServer::config(const ManageRequest& request, const Question& question) {
  const std::string_view held = without_quotes(request.header("If-None-Match"));
  const Projections::Standing& standing = projections_.renewed(question.gateway);
  publish();
  if (held == standing.etag) return not_modified(standing);
  const auto base = parse_unsigned(query_of(request.query)["base"]);
  const Delivered chosen = projections_.deliver(question.gateway, question.spelling, held, base);
  ManageAnswer out;
  out.add("ETag", '"' + chosen.etag + '"');
  out.add("Gsp-Revision", std::to_string(chosen.revision));
  out.add("Gsp-Version", std::string(gsp_version));
  out.add("Gsp-Kind", chosen.is_delta ? "delta" : "snapshot");
  if (!chosen.signature.empty()) out.add("Gsp-Signature", chosen.signature);
  out.add("Content-Type", std::string(media_type) + ";v=1");
  out.add("Vary", "Accept-Encoding");
  if (takes_gzip(request)) out.add("Content-Encoding", "gzip");
  out.body = takes_gzip(request) ? chosen.gzip : chosen.text();
  return out;
}

ManageAnswer GspServer::blob(const Question& question) {
  auto text = projections_.blob(question.gateway, std::string_view(question.rest).substr(std::string_view("blobs/").size()));
  publish();
  if (!text) return not_found("Document");
  ManageAnswer out;
  out.add("Content-Type", "application/octet-stream");
  out.add("Cache-Control", "private, max-age=31536000, immutable");
  out.body = std::make_shared<const std::string>(*std::move(text));
  return out;
}

ManageAnswer GspServer::take_trace(const ManageRequest& request, const Question& question) {
  const std::string id = percent_decode(std::string_view(question.rest).substr(std::string_view("traces/").size()));
  if (id.empty() || id.size() > trace_id_bytes_max || id.find('/') != id.npos)
    return validation_answer({{"traceId", "the id of a trace has 1 to 128 bytes and no '/'"}});
  if (request.body.size() > trace_bytes_max) return error_answer(413, "RequestEntityTooLarge", "A trace has at most 1 MiB.");
  const auto body = Json::parse(request.body, trace_bytes_max);
  if (!body || !body->is_object()) return error_answer(400, "InvalidRequestContent", "A trace is a JSON object.");
  traces_.put(question.gateway, id, body->text(), request.now_ms);
  ManageAnswer out;
  out.status = 204;
  return out;
}

ManageAnswer GspServer::heartbeat(const ManageRequest& request, const Question& question, int64_t expires_ms) {
  if (request.body.size() > heartbeat_bytes_max) return error_answer(413, "RequestEntityTooLarge", "A heartbeat has at most 16 KiB.");
  const auto body = Json::parse(request.body, heartbeat_bytes_max);
  if (!body || !instances_.beat(question.gateway, *body, request.now_ms))
    return error_answer(400, "InvalidRequestContent", "A heartbeat is an object with 'instance', and a gateway has at most 1,000.");
  JsonMembers out;
  out.add_text("serverTime", iso_timestamp(request.now_ms));
  out.add("revision", Json::from(static_cast<double>(published_[question.gateway].standing.revision)));
  out.add_text("tokenExpiresAt", iso_timestamp(expires_ms));
  out.add("pollSeconds", Json::from(static_cast<double>(poll_ms_default / 1000)));
  out.add("heartbeatSeconds", Json::from(static_cast<double>(heartbeat_ms_default / 1000)));
  out.add("commands", instances_.commands_for(question.gateway, std::string((*body)["instance"].string())));
  return json_answer(200, out.object());
}

Json GspServer::instances(std::string_view gateway, int64_t now_ms) const {
  const std::lock_guard lock(mutex_);
  return instances_.list(lower(gateway), now_ms);
}

Json GspServer::commands(std::string_view gateway) const {
  const std::lock_guard lock(mutex_);
  return instances_.commands(lower(gateway));
}

ManageAnswer GspServer::queue_command(std::string_view gateway, const Json& body, std::string id, int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  return instances_.queue(lower(gateway), body, std::move(id), now_ms);
}

std::optional<std::string> GspServer::trace(std::string_view gateway, std::string_view id, int64_t now_ms) const {
  return traces_.find(lower(gateway), id, now_ms);
}

void GspServer::publish_keys(const std::string& gateway) {
  std::erase_if(tokens_, [&](const auto& item) { return item.second.gateway == gateway; });
  const Entry* entry = plane_.tree().find("gateways/" + gateway);
  if (!entry) return;
  Published& published = published_[gateway];
  published.keys[0] = entry->secret("primary").string();
  published.keys[1] = entry->secret("secondary").string();
}

// What the projections know goes to where the loops look.
void GspServer::publish() {
  const std::vector<std::string> changed = projections_.take_changed();
  if (changed.empty()) return;
  const std::lock_guard lock(mutex_);
  for (const std::string& gateway : changed) {
    const Projections::Standing* standing = projections_.standing(gateway);
    if (!standing) {
      publish_keys(gateway);
      published_.erase(gateway);
      continue;
    }
    const auto [at, is_new] = published_.try_emplace(gateway);
    at->second.standing = *standing;
    if (is_new) publish_keys(gateway);
  }
}

void GspServer::note_commit(bool is_written) {
  telemetry_.settle(is_written);
  counters_.settle(is_written);
  const std::vector<std::string> changes = plane_.take_changes();
  if (changes.empty()) return;
  projections_.note(changes);
  publish();
  const std::lock_guard lock(mutex_);
  for (const std::string& key : changes)
    if (key.starts_with("gateways/") && std::ranges::count(key, '/') == 1) publish_keys(key.substr(key.find('/') + 1));
}

void GspServer::add_to_batch(int64_t now_ms, bool is_end) {
  if (now_ms - trimmed_ms_ > trim_every_ms) plane_.batch().told_before_ms = trimmed_ms_ = now_ms;
  if (!is_end && now_ms - told_written_ms_ < told_written_every_ms) return;
  told_written_ms_ = now_ms;
  for (StoredProjection& item : projections_.take_unsaved()) plane_.batch().projections.push_back(std::move(item));
  const std::lock_guard lock(mutex_);
  for (StoredInstance& item : instances_.take_changed()) plane_.batch().instances.push_back(std::move(item));
}

bool GspServer::renew_next() {
  const bool is_renewed = projections_.renew_next();
  publish();
  return is_renewed;
}

}  // namespace gatelet::manage
