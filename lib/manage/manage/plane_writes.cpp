// PUT, PATCH and DELETE of the management plane.
#include <algorithm>

#include "base/text.hpp"
#include "base/time.hpp"
#include "config/certificate_bytes.hpp"
#include "crypto/certificate.hpp"
#include "manage/manage/delivered.hpp"
#include "manage/manage/plane.hpp"
#include "manage/manage/token.hpp"

namespace gatelet::manage {

namespace plane_writes {

constexpr size_t policy_bytes_max = 256 * 1024;

bool is_true(const ManageTarget& target, const char* name) {
  const auto found = target.query.find(name);
  return found != target.query.end() && equal_ignoring_case(found->second, "true");
}

ManageAnswer precondition_failed() { return error_answer(412, "PreconditionFailed", "Resource was modified since last retrieval."); }

std::string new_key(crypto::Random random) { return hexadecimal(random_bytes(random, 16)); }

void read_certificate(const PlaneOptions& options, Entry& entry, std::vector<ErrorDetail>& details) {
  const std::string_view data = entry.secret("data").string();
  if (data.empty()) {
    if (entry.shown["keyVault"].is_null()) details.push_back({"data", "'data' is required; give a PKCS#12 in base64, or PEM"});
    return;
  }
  const auto bytes = certificate_bytes(data);
  if (!bytes) return details.push_back({"data", bytes.error().message});
  const auto read = crypto::Certificate::parse(*bytes, entry.secret("password").string(), options.random);
  if (!read) return details.push_back({"data", read.error().message});
  const auto set = [&](std::string_view name, const std::string& text) { entry.shown = entry.shown.with(name, Json::from(text)); };
  set("subject", read->subject());
  set("thumbprint", upper(hexadecimal(read->thumbprint().view())));
  set("expirationDate", iso_timestamp(read->not_after_s() * 1000));
}

// A secret value goes to the secrets; one that a write leaves out stays what it was.
void read_named_value(const Entry* before, bool is_given, Entry& entry, std::vector<ErrorDetail>& details) {
  const bool is_secret = entry.shown["secret"].boolean();
  Json value = entry.shown["value"];
  if (!is_given && before) value = before->shown["value"].is_null() ? before->secret("value") : before->shown["value"];
  entry.shown = entry.shown.without("value");
  if (value.is_null() && entry.shown["keyVault"].is_null()) return details.push_back({"value", "'value' is required; add it"});
  if (value.is_null()) return details.push_back({"keyVault", "key vaults only exist in Azure; give the value itself"});
  if (is_secret) {
    entry.secrets = entry.secrets.with("value", value);
  } else {
    entry.shown = entry.shown.with("value", value);
  }
  const std::string_view name = entry.shown["displayName"].string();
  for (const char c : name)
    if (!is_alpha(c) && !is_digit(c) && c != '-' && c != '.' && c != '_')
      return details.push_back({"displayName", "'displayName' has letters, digits, '-', '.' and '_' only"});
}

void read_subscription(const PlaneOptions& options, const Entry* before, Entry& entry, int64_t now_ms, std::vector<ErrorDetail>& details) {
  for (const std::string_view name : {"primaryKey", "secondaryKey"})
    if (entry.secret(name).is_null()) entry.secrets = entry.secrets.with(name, Json::from(new_key(options.random)));
  if (!before) entry.shown = entry.shown.with("createdDate", Json::from(iso_timestamp(now_ms)));
  const std::string_view scope = entry.shown["scope"].string();
  std::string short_scope;
  for (const std::string_view collection : {"products", "apis"})
    if (const std::string_view name = name_in_id(scope, collection); !name.empty())
      short_scope = "/" + std::string(collection) + "/" + std::string(api_name_of(name));
  const size_t service = scope.find("/service/");
  if (short_scope.empty() && (scope.ends_with("/apis") || scope.ends_with("/apis/"))) short_scope = "/apis";
  if (short_scope.empty() && (scope == "/" || (service != scope.npos && scope.find('/', service + 9) == scope.npos))) short_scope = "/";
  if (short_scope.empty()) return details.push_back({"scope", "'scope' is /products/{id}, /apis/{id} or /apis"});
  entry.shown = entry.shown.with("scope", Json::from(short_scope));
}

void read_policy(Entry& entry, std::vector<ErrorDetail>& details) {
  const std::string_view format = entry.shown["format"].string();
  if (format.ends_with("-link"))
    details.push_back({"format", "documents are not fetched from links; send the text itself with format 'rawxml' or 'xml'"});
  if (entry.shown["value"].string().size() > policy_bytes_max) details.push_back({"value", "a policy document has at most 256 KiB"});
}

void read_version_set(const Entry& entry, std::vector<ErrorDetail>& details) {
  const std::string_view scheme = entry.shown["versioningScheme"].string();
  const std::string_view needed = scheme == "Query" ? "versionQueryName" : scheme == "Header" ? "versionHeaderName" : "";
  if (!needed.empty() && entry.shown[needed].is_null())
    details.push_back({std::string(needed), "'" + std::string(needed) + "' is required for this versioningScheme; add it"});
}

}  // namespace plane_writes

using namespace plane_writes;

std::optional<ManageAnswer> Plane::refuse_tag(const ManageRequest& request, const Entry* before, bool must_exist) const {
  if (before && trim(request.header("If-None-Match")) == "*") return precondition_failed();
  const std::string_view wanted = trim(request.header("If-Match"));
  if (wanted.empty()) return std::nullopt;
  if (!before && must_exist) return std::nullopt;  // 404 says more
  if (!before) return precondition_failed();
  if (wanted == "*") return std::nullopt;
  for (std::string_view tag : split(wanted, ',')) {
    tag = trim(tag);
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == etag_of(before->revision)) return std::nullopt;
  }
  return precondition_failed();
}

std::optional<ManageAnswer> Plane::refuse_parent(const ManageTarget& target) const {
  if (target.segments.size() < 4) return std::nullopt;
  std::string parent = target.key.substr(0, target.key.rfind('/'));
  parent.erase(parent.rfind('/'));
  if (tree_.find(parent)) return std::nullopt;
  const Kind* kind = kind_of_key(parent);
  if (kind && kind->type == "apis" && !tree_.api_with_revision(parent.substr(5)).empty()) return std::nullopt;
  return not_found(kind ? kind->noun : "Resource");
}

ManageAnswer Plane::write(const ManageRequest& request, const ManageTarget& target) {
  const uint8_t verb = request.method == "PUT"      ? verbs::put
                       : request.method == "PATCH"  ? verbs::patch
                       : request.method == "DELETE" ? verbs::remove
                                                    : 0;
  if (!(target.kind->verbs & verb)) return error_answer(405, "MethodNotAllowed", "This cannot be done with " + request.method + ".");
  if (auto refused = refuse_parent(target)) return *refused;
  if (verb == verbs::remove) return remove(request, target);
  if (verb == verbs::patch && !entry_of(target)) return not_found(target.kind->noun);
  Json properties = Json::object({});
  if (target.kind->link.empty()) {
    const auto body = Json::parse(request.body, manage_body_bytes_max);
    if (!body || !body->is_object())
      return error_answer(400, "InvalidRequestContent",
                          "The body is no JSON object: " + (body ? std::string("it is something else") : body.error().message));
    properties = (*body)["properties"];
    if (properties.is_null()) properties = Json::object({});
    if (!properties.is_object()) return validation_answer({{"properties", "'properties' is an object"}});
  }
  return put(properties, request, target);
}

ManageAnswer Plane::put_link(const ManageTarget& target, Edit& edit, int64_t now_ms) {
  const Entry* before = entry_of(target);
  std::string name = target.segments.back();
  if (target.kind->link == "apis") name = tree_.api_with_revision(name);
  const Entry* linked = name.empty() ? nullptr : tree_.find(std::string(target.kind->link) + '/' + name);
  if (!linked) return not_found(target.kind->noun);
  const int status = before ? 200 : 201;
  edit.put({target.key, 0, Json::object({}), Json::object({})});
  finish(edit, target.actor, "PUT", now_ms);
  return shown_answer(status, target, *entry_of(target), {});
}

// What a kind has that its table does not say.
void Plane::complete(const ManageTarget& target, const Entry* before, const Json& given, Entry& entry, int64_t now_ms,
                     std::vector<ErrorDetail>& details) const {
  const std::string_view type = target.kind->type;
  const auto set = [&](std::string_view name, Json value) { entry.shown = entry.shown.with(name, std::move(value)); };
  if (target.kind->names == NameRule::policy || target.kind->names == NameRule::fragment) read_policy(entry, details);
  if (type == "namedValues") read_named_value(before, given.has("value"), entry, details);
  if (type == "certificates") read_certificate(options_, entry, details);
  if (type == "subscriptions") read_subscription(options_, before, entry, now_ms, details);
  if (type == "apiVersionSets") read_version_set(entry, details);
  if (type == "apis/operations") set("method", Json::from(upper(entry.shown["method"].string())));
  if (type == "users" && !before) set("registrationDate", Json::from(iso_timestamp(now_ms)));
  if (type == "apis/releases") {
    set("updatedDateTime", Json::from(iso_timestamp(now_ms)));
    if (!before) set("createdDateTime", Json::from(iso_timestamp(now_ms)));
  }
  if (type == "groups" && before && before->shown["builtIn"].boolean())
    details.push_back({"groupId", "The group '" + std::string(before->name()) + "' is built in and cannot be changed."});
  if (type == "gateways")
    for (const std::string_view name : {"primary", "secondary"})
      entry.secrets = entry.secrets.with(name, before ? before->secret(name) : Json::from(new_gateway_key(options_.random)));
  if (type == "gateways" && entry.name().find('&') != std::string_view::npos)
    details.push_back({"gatewayId", "The id of a gateway must not contain '&', which divides the parts of its tokens."});
}

// What ids name must be there.
void Plane::check_references(const Kind& kind, const Entry& entry, std::vector<ErrorDetail>& details) const {
  const auto check = [&](std::string_view field, std::string_view id) {
    const std::string name(id.substr(id.rfind('/') + 1)), collection(id.substr(1, id.rfind('/') - 1));
    const bool is_there = collection == "apis" ? !tree_.api_with_revision(name).empty() : tree_.find(id.substr(1)) != nullptr;
    if (!is_there) details.push_back({std::string(field), "'" + std::string(id) + "' does not exist; create it first, or correct it"});
  };
  for (const Field& field : kind.fields)
    if (field.type == FieldType::id && !entry.shown[field.name].is_null()) check(field.name, entry.shown[field.name].string());
  const std::string_view scope = entry.shown["scope"].string();
  if (kind.type == "subscriptions" && std::ranges::count(scope, '/') == 2) check("scope", scope);
}

// Names and keys that only one resource may have.
void Plane::check_unique(const Entry& entry, std::vector<ErrorDetail>& details) const {
  const std::string_view collection = std::string_view(entry.key).substr(0, entry.key.find('/'));
  const Kind& kind = *kind_of_key(entry.key);
  const std::string_view field = kind.type == "namedValues" ? "displayName"
                                 : kind.type == "users"     ? "email"
                                 : kind.type == "apis"      ? "path"
                                                            : "";
  if (field.empty() && kind.type != "subscriptions") return;
  for (const Entry* other : tree_.children(collection)) {
    if (equal_ignoring_case(other->key, entry.key)) continue;
    if (kind.type == "apis" && equal_ignoring_case(api_name_of(other->name()), api_name_of(entry.name()))) continue;
    const bool is_other_version = kind.type == "apis" && (entry.shown["apiVersionSetId"] != other->shown["apiVersionSetId"] ||
                                                          entry.shown["apiVersion"] != other->shown["apiVersion"]);
    const bool is_versioned =
        kind.type == "apis" && !entry.shown["apiVersionSetId"].is_null() && !other->shown["apiVersionSetId"].is_null();
    if (!field.empty() && equal_ignoring_case(other->shown[field].string(), entry.shown[field].string()) &&
        !(is_versioned && is_other_version))
      return details.push_back(
          {std::string(field), "'" + std::string(other->name()) + "' has the same " + std::string(field) + "; choose another one"});
    for (const std::string_view mine : {"primaryKey", "secondaryKey"})
      for (const std::string_view theirs : {"primaryKey", "secondaryKey"})
        if (kind.type == "subscriptions" && entry.secret(mine) == other->secret(theirs) && !entry.secret(mine).is_null())
          return details.push_back({std::string(mine), "another subscription has this key; choose another one"});
  }
}

ManageAnswer Plane::put(const Json& properties, const ManageRequest& request, const ManageTarget& target) {
  const bool is_patch = request.method == "PATCH";
  const EntryPointer before = tree_.share(target.key);
  if (auto refused = refuse_tag(request, before.get(), is_patch)) return *refused;
  Edit edit(tree_, revision_ + 1);
  if (!target.kind->link.empty()) {
    ManageAnswer out = put_link(target, edit, request.now_ms);
    if (out.status < 300) revision_ = edit.revision();
    return out;
  }
  std::vector<ErrorDetail> details;
  Entry entry{target.key, 0, {}, {}};
  ReadProperties read =
      read_properties(*target.kind, properties, before ? &before->shown : nullptr, before ? &before->secrets : nullptr, is_patch, details);
  entry.shown = std::move(read.shown);
  entry.secrets = std::move(read.secrets);
  complete(target, before.get(), properties, entry, request.now_ms, details);
  const bool is_api = target.kind->type == "apis";
  if (is_api && details.empty() && !prepare_api(target, properties, before.get(), entry, edit, details)) return validation_answer(details);
  if (details.empty()) check_references(*target.kind, entry, details);
  if (details.empty()) check_unique(entry, details);
  if (!details.empty() && details.front().target.ends_with("Key")) return error_answer(409, "Conflict", details.front().message);
  if (!details.empty()) return validation_answer(details);
  const std::string key = entry.key, text(entry.shown["value"].string());
  edit.put(entry);
  if (target.kind->type == "apis/releases") release(*tree_.find(key), edit, details);
  if (target.kind->type == "products" && !before)  // as Azure does; APIOps takes it away again
    edit.put({key + "/groups/administrators", 0, Json::object({}), Json::object({})});
  if (details.empty()) details = compile_problems(key, !before, text);
  if (!details.empty()) return validation_answer(details);
  if (edit.has_changes()) revision_ = edit.revision();
  finish(edit, target.actor, request.method, request.now_ms);
  const std::string_view format = entry.shown["format"].string();
  return shown_answer(before ? 200 : 201, target, *tree_.find(key), format);
}

ManageAnswer Plane::remove(const ManageRequest& request, const ManageTarget& target) {
  const EntryPointer before = tree_.share(target.key);
  ManageAnswer gone;
  gone.status = 204;
  if (!before) return gone;
  if (auto refused = refuse_tag(request, before.get(), true)) return *refused;
  const std::string_view type = target.kind->type;
  const std::string name(before->name());
  if (type == "groups" && before->shown["builtIn"].boolean())
    return validation_answer({{"groupId", "The group '" + name + "' is built in and cannot be deleted."}});
  Edit edit(tree_, revision_ + 1);
  const bool is_product = type == "products", is_user = type == "users";
  const std::string scope = is_product ? "/products/" + name : is_user ? "/users/" + name : "/apis/" + std::string(api_name_of(name));
  std::vector<std::string> subscriptions;
  for (const Entry* item : tree_.children("subscriptions"))
    if ((is_product || is_user || type == "apis") && equal_ignoring_case(item->shown[is_user ? "ownerId" : "scope"].string(), scope))
      subscriptions.push_back(item->key);
  if ((is_product || is_user) && !subscriptions.empty() && !is_true(target, "deletesubscriptions"))
    return validation_answer(
        {{target.key, "There are subscriptions of '" + name + "'; delete them first, or add deleteSubscriptions=true."}});
  std::vector<std::string> keys = {before->key};
  if (type == "apis") {
    const auto revisions = tree_.revisions(api_name_of(name));
    const bool is_all = is_true(target, "deleterevisions") || revisions.size() == 1;
    if (!is_all && before->shown["isCurrent"].boolean())
      return validation_answer(
          {{"apiId", "The current revision cannot be deleted while there are others; add deleteRevisions=true to delete all."}});
    if (is_all) {
      for (const Entry* revision : revisions) keys.push_back(revision->key);
      keys.push_back("apis/" + std::string(api_name_of(name)));  // releases and tags
      for (const auto& [key, entry] : tree_.entries())
        if (kind_of_key(key)->link == "apis" && equal_ignoring_case(entry->name(), api_name_of(name))) keys.push_back(entry->key);
    } else {
      subscriptions.clear();
    }
  }
  const std::string_view linked = type == "groups" ? "groups" : is_user ? "users" : type == "tags" ? "tags" : "";
  for (const auto& [key, entry] : tree_.entries())
    if (!linked.empty() && kind_of_key(key)->link == linked && equal_ignoring_case(entry->name(), name)) keys.push_back(entry->key);
  for (const std::string& key : keys) edit.erase_all(key);
  for (const std::string& key : subscriptions) edit.erase(key);
  std::vector<ErrorDetail> details;
  const std::string_view user = type == "apiVersionSets" ? "apiVersionSetId" : type == "loggers" ? "loggerId" : "";
  for (const auto& [key, entry] : tree_.entries())
    if (!user.empty() && equal_ignoring_case(entry->shown[user].string(), "/" + before->key))
      details.push_back({entry->key, "'" + entry->key + "' uses it; change or delete that first"});
  if (details.empty()) details = compile_problems(before->key, false, {});
  if (!details.empty()) return validation_answer(details);
  revision_ = edit.revision();
  finish(edit, target.actor, "DELETE", request.now_ms);
  ManageAnswer out;
  return out;
}

}  // namespace gatelet::manage
