#include "manage/manage/plane.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/time.hpp"
#include "config/json_members.hpp"
#include "crypto/hash.hpp"
#include "crypto/sealed.hpp"
#include "manage/manage/delivered.hpp"
#include "manage/manage/filter.hpp"
#include "manage/manage/policy_text.hpp"
#include "manage/manage/token.hpp"

namespace gatelet::manage {

namespace manage_plane {

constexpr std::string_view provider = "Microsoft.ApiManagement";
constexpr std::string_view type_prefix = "Microsoft.ApiManagement/service/";
constexpr size_t page_default = 100, page_max = 1000;
constexpr std::string_view key_check_text = "gatelet";

std::string sealed(const PlaneOptions& options, std::string_view key, std::string_view plain) {
  const std::string nonce = random_bytes(options.random, crypto::seal_nonce_bytes);
  return nonce + crypto::seal(options.master_key, nonce, lower(key), plain);
}

bool unsealed(const PlaneOptions& options, std::string_view key, std::string_view text, std::string& out) {
  if (text.size() < crypto::seal_nonce_bytes) return false;
  return crypto::open_sealed(options.master_key, text.substr(0, crypto::seal_nonce_bytes), lower(key),
                             text.substr(crypto::seal_nonce_bytes), out);
}

std::string sha256(std::string_view text) { return hexadecimal(crypto::digest_of(crypto::Hash::sha256, text).view()); }

bool is_api_version(std::string_view text) {
  if (text.size() < 10 || text[4] != '-' || text[7] != '-') return false;
  for (const size_t i : {0, 1, 2, 3, 5, 6, 8, 9})
    if (!is_digit(text[i])) return false;
  return text.size() == 10 || text[10] == '-';
}

// For messages: some readers of JSON refuse control characters in any spelling.
std::string printable(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return text;
}

std::optional<uint64_t> number_in(const ManageTarget& target, const char* name) {
  const auto found = target.query.find(name);
  return found == target.query.end() ? std::nullopt : parse_unsigned(found->second);
}

std::string text_in(const ManageTarget& target, const char* name) {
  const auto found = target.query.find(name);
  return found == target.query.end() ? std::string() : found->second;
}

}  // namespace manage_plane

using namespace manage_plane;

std::string etag_of(uint64_t revision) {
  std::string bytes(8, '\0');
  for (size_t i = 0; i < 8; ++i) bytes[7 - i] = static_cast<char>(revision >> (8 * i));
  return '"' + base64(bytes) + '"';
}

Result<std::unique_ptr<Plane>> Plane::start(std::unique_ptr<Store> store, PlaneOptions options) {
  if (options.master_key.size() != crypto::seal_key_bytes)
    return Error{Code::argument, "the master key has " + std::to_string(options.master_key.size()) + " bytes; it needs 32", {}, {}};
  std::unique_ptr<Plane> plane(new Plane(std::move(store), std::move(options)));
  if (Result<> loaded = plane->load(); !loaded) return std::move(loaded.error());
  return plane;
}

Result<> Plane::load() {
  GATELET_TRY(content, store_->read());
  tree_ = Tree();
  revision_ = content.revision;
  projections_ = std::move(content.projections);
  told_ = {std::move(content.telemetry_batches), std::move(content.counters), std::move(content.instances)};
  owner_hash_ = content.facts["owner"];
  service_id_ = content.facts["service-id"];
  epoch_ = parse_unsigned(content.facts["epoch"]).value_or(0);
  std::string opened;
  if (!content.facts["key-check"].empty() && !unsealed(options_, "key-check", content.facts["key-check"], opened))
    return Error{Code::argument, "the master key is not the one that this store was written with; give that one", {}, {}};
  for (const StoredRow& row : content.rows) {
    auto entry = std::make_shared<Entry>(Entry{row.key, row.revision, {}, Json::object({})});
    std::string secrets;
    if (!row.sealed.empty() && !unsealed(options_, row.key, row.sealed, secrets))
      return Error{Code::config, "the secrets of '" + row.key + "' in the store are damaged; restore a backup of it", {}, row.key};
    const auto shown = Json::parse(row.json), hidden = Json::parse(secrets.empty() ? "{}" : secrets);
    if (!shown || !hidden) return Error{Code::config, "'" + row.key + "' in the store is damaged; restore a backup of it", {}, row.key};
    entry->shown = *shown;
    entry->secrets = *hidden;
    tree_.put(std::move(entry));
  }
  return check_facts();
}

// 48 bits, so that readers who keep numbers as doubles keep all of it.
void Plane::draw_epoch() {
  const uint64_t before = epoch_;
  do {
    epoch_ = 0;
    for (const char byte : random_bytes(options_.random, 6)) epoch_ = epoch_ << 8 | static_cast<unsigned char>(byte);
  } while (epoch_ == 0 || epoch_ == before);
  batch_.facts["epoch"] = std::to_string(epoch_);
}

void Plane::begin_epoch() {
  draw_epoch();
  batch_.audit.push_back({options_.now_ms, "gatelet", "POST", "epoch", revision_, revision_});
}

// A new store gets an identity: an epoch, so that a restored older one can be told apart, and the groups that are always there.
Result<> Plane::check_facts() {
  if (epoch_ != 0) return Done{};
  draw_epoch();
  const std::string hex = hexadecimal(random_bytes(options_.random, 20));
  service_id_ = hex.substr(0, 8) + '-' + hex.substr(8, 4) + "-4" + hex.substr(13, 3) + "-8" + hex.substr(17, 3) + '-' + hex.substr(20, 12);
  batch_.facts["service-id"] = service_id_;
  batch_.facts["key-check"] = sealed(options_, "key-check", key_check_text);
  Edit edit(tree_, ++revision_);
  for (const std::string_view name : {"Administrators", "Developers", "Guests"})
    edit.put({"groups/" + lower(name), 0,
              Json::object({{"displayName", Json::from(name), {}}, {"type", Json::from("system"), {}}, {"builtIn", Json::from(true), {}}}),
              Json::object({})});
  finish(edit, "gatelet", "PUT", options_.now_ms);
  return commit();
}

Result<> Plane::commit() {
  if (batch_.is_empty()) return Done{};
  batch_.revision = revision_;
  const StoreBatch batch = std::exchange(batch_, {});
  Result<> written = store_->write(batch);
  if (written) return Done{};
  changes_.clear();
  compiled_.reset();
  if (Result<> loaded = load(); !loaded) return loaded;
  return written;
}

// Writes what an edit changed into the batch, and keeps it.
void Plane::finish(Edit& edit, std::string_view actor, std::string_view verb, int64_t now_ms) {
  for (const auto& [key, before] : edit.before()) {
    const Entry* now = tree_.find(key);
    changes_.push_back(key);
    batch_.audit.push_back({now_ms, std::string(actor), std::string(verb), key, before ? before->revision : 0, now ? now->revision : 0});
    if (!now) {
      batch_.rows[key] = std::nullopt;
      continue;
    }
    const std::string hidden = now->secrets.members().empty() ? std::string() : sealed(options_, now->key, now->secrets.text());
    batch_.rows[key] = StoredRow{now->key, now->revision, now->shown.text(), hidden};
  }
  edit.keep();
}

std::string Plane::make_owner_token() {
  if (!owner_hash_.empty()) return {};
  std::string token = "gto_" + hexadecimal(random_bytes(options_.random, 32));
  owner_hash_ = sha256(token);
  batch_.facts["owner"] = owner_hash_;
  return token;
}

Result<std::string> Plane::gateway_token(std::string_view gateway, int64_t expires_ms) const {
  const Entry* entry = tree_.find("gateways/" + std::string(gateway));
  if (!entry || gateway.find('/') != gateway.npos)
    return Error{Code::argument, "there is no gateway '" + std::string(gateway) + "'; create it first", {}, {}};
  return sign_gateway_token(entry->secret("primary").string(), entry->name(), expires_ms);
}

bool Plane::is_owner(const ManageRequest& request) const {
  const std::string_view header = request.header("Authorization");
  if (owner_hash_.empty() || !starts_with_ignoring_case(header, "Bearer ")) return false;
  return equal_in_constant_time(sha256(trim(header.substr(7))), owner_hash_);
}

ManageAnswer Plane::handle(const ManageRequest& request) {
  ManageAnswer out = answer(request);
  const std::string id = hexadecimal(random_bytes(options_.random, 16));
  out.add("x-ms-request-id",
          id.substr(0, 8) + '-' + id.substr(8, 4) + "-4" + id.substr(13, 3) + "-8" + id.substr(17, 3) + '-' + id.substr(20));
  if (const auto echoed = request.header("x-ms-client-request-id"); !echoed.empty()) out.add("x-ms-client-request-id", std::string(echoed));
  if (const auto echoed = request.header("x-ms-correlation-request-id"); !echoed.empty())
    out.add("x-ms-correlation-request-id", std::string(echoed));
  out.add("Cache-Control", "no-cache");
  if (request.method == "HEAD") out.body = nullptr;
  return out;
}

ManageAnswer Plane::answer(const ManageRequest& request) {
  if (!is_owner(request)) {
    if (!failures_.may_fail(request.client, request.now_ms)) return too_many_failures();
    ManageAnswer out =
        error_answer(401, "AuthenticationFailed", "The credentials are missing or wrong; send 'Authorization: Bearer <owner token>'.");
    out.add("WWW-Authenticate", "Bearer error=\"invalid_token\"");
    return out;
  }
  ManageTarget target;
  target.actor = "owner";
  target.query = query_of(request.query);
  const auto version = target.query.find("api-version");
  if (version == target.query.end())
    return error_answer(400, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests.");
  if (!is_api_version(version->second))
    return error_answer(400, "InvalidApiVersionParameter", "The api-version '" + version->second + "' is invalid; write it as 2024-05-01.");
  if (request.body.size() > manage_body_bytes_max) return error_answer(413, "RequestEntityTooLarge", "The body is larger than 4 MiB.");
  return route(request, target);
}

// Takes "/subscriptions/…/service/{name}" away; the direct form has none.
bool Plane::strip_service(std::vector<std::string>& segments, ManageTarget& target, ManageAnswer& refused) const {
  target.prefix = "/subscriptions/" + options_.subscription_id + "/resourceGroups/" + options_.resource_group + "/providers/" +
                  std::string(provider) + "/service/" + options_.service_name;
  const bool is_full = segments.size() >= 6 && equal_ignoring_case(segments[0], "subscriptions") &&
                       equal_ignoring_case(segments[2], "resourceGroups") && equal_ignoring_case(segments[4], "providers");
  if (!is_full) return true;
  if (!equal_ignoring_case(segments[5], provider) || segments.size() < 7 || !equal_ignoring_case(segments[6], "service"))
    return refused = not_found("Resource provider"), false;
  if (segments.size() < 8) return refused = not_found("Service"), false;
  if (!equal_ignoring_case(segments[7], options_.service_name)) return refused = not_found("Service"), false;
  target.prefix.clear();
  for (size_t i = 0; i < 8; ++i) target.prefix += '/' + segments[i];
  segments.erase(segments.begin(), segments.begin() + 8);
  return true;
}

// APIs get their revision; releases and the links of others to an API are of the API as a whole.
std::string Plane::key_of(const std::vector<std::string>& segments) const {
  std::string key;
  for (size_t i = 0; i < segments.size(); ++i) {
    std::string part = segments[i];
    const bool is_api = i == 1 && equal_ignoring_case(segments[0], "apis");
    const bool is_of_all =
        segments.size() > 2 && (equal_ignoring_case(segments[2], "releases") || equal_ignoring_case(segments[2], "tags"));
    if (is_api && is_of_all) {
      part = std::string(api_name_of(part));
    } else if (is_api) {
      const std::string known = tree_.api_with_revision(part);
      if (!known.empty()) part = known;
    } else if (i == 3 && equal_ignoring_case(segments[2], "apis")) {
      part = std::string(api_name_of(part));
    }
    key += (i ? "/" : "") + part;
  }
  return key;
}

ManageAnswer Plane::route(const ManageRequest& request, ManageTarget& target) {
  std::string_view path = request.path;
  while (path.ends_with('/')) path.remove_suffix(1);
  target.path = path;
  std::vector<std::string> segments;
  if (path.starts_with('/')) path.remove_prefix(1);
  for (const std::string_view part : split(path, '/'))
    if (!part.empty()) segments.push_back(percent_decode(part));
  ManageAnswer refused;
  if (!strip_service(segments, target, refused)) return refused;
  target.segments = segments;
  if (segments.empty()) return service(request, target);
  const KindOfPath found = kind_of_path(segments);
  target.key = key_of(segments);
  target.kind = found.kind;
  target.is_collection = found.is_collection;
  if (!found.kind || request.method == "POST" || (segments.size() == 3 && equal_ignoring_case(segments[2], "revisions")))
    return act(request, target);
  for (const std::string& segment : segments)
    if (segment.find('/') != segment.npos || segment.size() > 512)
      return validation_answer({{"id", "A name must not contain '/' and has at most 256 characters."}});
  if (!found.is_collection && !is_name(*found.kind, segments.back()) && request.method != "GET" && request.method != "HEAD")
    return validation_answer(
        {{"id", "The name '" + printable(segments.back()) + "' is not allowed here; use letters, digits and '-', at most " +
                    std::to_string(found.kind->name_max) + " characters."}});
  if (request.method == "GET" || request.method == "HEAD") return found.is_collection ? list(request, target) : get(request, target);
  if (found.is_collection) return error_answer(405, "MethodNotAllowed", "A collection can only be listed; name one of its resources.");
  return write(request, target);
}

ManageAnswer Plane::service(const ManageRequest& request, const ManageTarget& target) {
  if (request.method != "GET")
    return error_answer(405, "MethodNotAllowed", "The service itself is set up where the management plane is started.");
  JsonMembers properties, body;
  properties.add_text("provisioningState", "Succeeded");
  properties.add_text("publisherName", options_.service_name);
  body.add_text("id", target.prefix);
  body.add_text("name", options_.service_name);
  body.add_text("type", "Microsoft.ApiManagement/service");
  body.add_text("location", "local");
  body.add("sku", Json::object({{"name", Json::from("Developer"), {}}, {"capacity", Json::from(1), {}}}));
  body.add("properties", properties.object());
  ManageAnswer out = json_answer(200, body.object());
  out.add("ETag", etag_of(revision_));
  return out;
}

// "apis/echo;rev=2" → the full id; the current revision is named without it.
std::string Plane::id_of(const ManageTarget& target, std::string_view key) const {
  std::string text(key);
  const size_t at = lower(text).find(";rev=");
  if (at != std::string::npos) {
    const size_t end = std::min(text.find('/', at), text.size());
    const Entry* api = tree_.find(text.substr(0, end));
    if (api && api->shown["isCurrent"].boolean()) text.erase(at, end - at);
  }
  return target.prefix + '/' + text;
}

const Entry* Plane::entry_of(const ManageTarget& target) const { return tree_.find(target.key); }

Json Plane::shown(const ManageTarget& target, const Entry& entry, std::string_view format) const {
  const Kind& kind = *kind_of_key(entry.key);
  Json out = entry.shown;
  for (const Field& field : kind.fields) {
    const std::string_view text = out[field.name].string();
    if (field.type == FieldType::id && text.starts_with('/') && !text.starts_with("/subscriptions/"))
      out = out.with(field.name, Json::from(target.prefix + std::string(text)));
    if (out[field.name].is_null() && !field.fallback.empty())  // imported folders leave defaults out
      if (const auto fallback = Json::parse(field.fallback)) out = out.with(field.name, *fallback);
  }
  if (kind.type == "subscriptions" && out["scope"].string().starts_with('/'))
    out = out.with("scope", Json::from(target.prefix + std::string(out["scope"].string() == "/" ? "" : out["scope"].string())));
  if (kind.names != NameRule::policy && kind.names != NameRule::fragment) return out;
  const std::string_view stored = out["format"].string() == "rawxml" ? "rawxml" : "xml", wanted = format == "rawxml" ? "rawxml" : "xml";
  if (stored != wanted)
    out = out.with("value", Json::from(wanted == "xml" ? policy_as_xml(out["value"].string()) : policy_as_raw(out["value"].string())));
  return out.with("format", Json::from(wanted));
}

Json Plane::resource_json(const ManageTarget& target, const Entry& entry, std::string_view format) const {
  const Kind& kind = *kind_of_key(entry.key);
  const Entry* told = &entry;
  if (!kind.link.empty()) {  // a link shows what it leads to
    std::string name(entry.name());
    if (kind.link == "apis") name = tree_.api_with_revision(name);
    if (const Entry* linked = tree_.find(std::string(kind.link) + '/' + name)) told = linked;
  }
  const std::string id = id_of(target, kind.link.empty() ? entry.key : entry.key);
  JsonMembers out;
  out.add_text("id", id);
  out.add_text("type", std::string(type_prefix) + std::string(kind.type));
  out.add_text("name", id.substr(id.rfind('/') + 1));
  out.add("properties", told == &entry && !kind.link.empty() ? Json::object({}) : shown(target, *told, format));
  return out.object();
}

ManageAnswer Plane::shown_answer(int status, const ManageTarget& target, const Entry& entry, std::string_view format) const {
  ManageAnswer out = json_answer(status, resource_json(target, entry, format));
  out.add("ETag", etag_of(entry.revision));
  return out;
}

ManageAnswer Plane::get(const ManageRequest& request, const ManageTarget& target) {
  const Entry* entry = entry_of(target);
  if (!entry) return not_found(target.kind->noun);
  if (request.method == "GET") {
    if (!(target.kind->verbs & verbs::get)) return not_found(target.kind->noun);
    return shown_answer(200, target, *entry, text_in(target, "format"));
  }
  ManageAnswer out;
  out.status = target.kind->head_status;
  out.add("ETag", etag_of(entry->revision));
  return out;
}

ManageAnswer Plane::list(const ManageRequest& request, const ManageTarget& target) {
  const size_t slash = target.key.rfind('/');
  if (slash != target.key.npos && target.kind->link != "tags" && target.segments.size() > 2) {
    std::string owner = target.key.substr(0, slash);
    if (!tree_.find(owner) && tree_.api_with_revision(owner.substr(owner.find('/') + 1)).empty())
      return not_found(kind_of_key(owner) ? kind_of_key(owner)->noun : "Resource");
  }
  std::optional<Filter> filter;
  if (const std::string text = text_in(target, "$filter"); !text.empty()) {
    auto parsed = Filter::parse(text, target.kind->filterable);
    if (!parsed) return error_answer(400, "BadRequest", parsed.error().message);
    filter = *std::move(parsed);
  }
  const auto top = number_in(target, "$top"), skip = number_in(target, "$skip");
  if ((target.query.contains("$top") && (!top || *top == 0)) || (target.query.contains("$skip") && !skip))
    return error_answer(400, "BadRequest", "$top is a number from 1, $skip one from 0.");
  const size_t count_max = std::min<uint64_t>(top.value_or(page_default), page_max), first = skip.value_or(0);
  std::vector<Json> page;
  size_t count = 0;
  for (const Entry* entry : tree_.children(target.key)) {
    Json made;
    const bool is_all_revisions = target.kind->type != "apis" || entry->shown["isCurrent"].boolean() || filter;
    if (!is_all_revisions) continue;
    if (filter) {
      made = resource_json(target, *entry, "xml");
      const Json& properties = made["properties"];
      const auto lookup = [&](std::string_view name) -> const Json& {
        if (name == "name") return made["name"];
        for (const Json::Member& member : properties.members())
          if (equal_ignoring_case(member.name, name)) return member.value;
        static const Json absent;
        return absent;
      };
      if (!filter->matches(lookup)) continue;
    }
    ++count;
    if (count <= first || page.size() >= count_max) continue;
    page.push_back(made.is_null() ? resource_json(target, *entry, "xml") : made);
  }
  JsonMembers body;
  const size_t shown_count = page.size();
  body.add("value", Json::array(std::move(page)));
  body.add("count", Json::from(static_cast<double>(count)));
  if (first + shown_count < count) {
    std::string query;
    for (const std::string_view part : split(request.query, '&'))
      if (!starts_with_ignoring_case(part, "$skip=") && !starts_with_ignoring_case(part, "%24skip=")) query += std::string(part) + '&';
    const std::string_view scheme = request.header("X-Forwarded-Proto"), host = request.header("X-Forwarded-Host");
    body.add_text("nextLink", (scheme.empty() ? "http" : std::string(scheme)) + "://" +
                                  std::string(host.empty() ? request.header("Host") : host) + target.path + '?' + query +
                                  "$skip=" + std::to_string(first + shown_count));
  }
  return json_answer(200, body.object());
}

}  // namespace gatelet::manage
