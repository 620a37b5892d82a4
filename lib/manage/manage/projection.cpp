#include "manage/manage/projection.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "http/gzip.hpp"
#include "manage/manage/delivered.hpp"
#include "manage/manage/token.hpp"

namespace gatelet::manage {

namespace projecting {

class Collector {
 public:
  Collector(const Plane& plane, std::string_view gateway) : tree_(plane.tree()), gateway_(gateway) {}

  DeliveredResources collect() {
    for (const Entry* link : tree_.children("gateways/" + gateway_ + "/apis")) apis_.insert(lower(link->name()));
    for (const auto& name : apis_)
      for (const Entry* revision : tree_.revisions(name))
        if (revision->shown["isOnline"].boolean() || revision->shown["isOnline"].is_null()) add_with_parts(*revision);
    if (const Entry* policy = tree_.find("policies/policy")) add(*policy);
    add_products();
    add_subscriptions();
    add_versions();
    add_own();
    for (const std::string_view collection : {"schemas", "caches", "diagnostics"})
      for (const Entry* entry : tree_.children(collection)) add(*entry);
    add_reached();
    return std::move(out_);
  }

 private:
  void add_value(const std::string& key, Json value) {
    std::string hash = hash_of(value);
    out_.insert_or_assign(key, DeliveredResource{std::move(hash), std::move(value)});
  }
  void add(const Entry& entry) {
    if (out_.contains(entry.key)) return;
    auto value = delivered_value(tree_, entry);
    if (!value) return;
    const Kind& kind = *kind_of_key(entry.key);
    if (kind.names == NameRule::policy || kind.type == "backends") texts_ += (*value).text();
    add_value(entry.key, *std::move(value));
  }
  void add_with_parts(const Entry& entry) {
    add(entry);
    for (const Entry* part : tree_.below(entry.key)) add(*part);
  }

  // Those that contain one of the APIs, with these only.
  void add_products() {
    for (const Entry* product : tree_.children("products")) {
      Json value = *delivered_value(tree_, *product);
      std::vector<Json> apis;
      for (const Json& api : value["apis"].items())
        if (apis_.contains(lower(api.string()))) apis.push_back(api);
      if (apis.empty()) continue;
      for (const Json& group : value["groups"].items())
        if (const Entry* entry = tree_.find("groups/" + std::string(group.string()))) add(*entry);
      add_value(product->key, value.with("apis", Json::array(std::move(apis))));
      for (const Entry* part : tree_.below(product->key)) add(*part);
    }
  }

  void add_subscriptions() {
    for (const Entry* entry : tree_.children("subscriptions")) {
      const std::string_view scope = entry->shown["scope"].string();
      const std::string product(name_in_id(scope, "products")), api(name_in_id(scope, "apis"));
      const bool is_reached = product.empty() ? api.empty() || apis_.contains(lower(api)) : has("products/" + product);
      if (!is_reached || entry->shown["state"].string() != "active") continue;
      add(*entry);
      const Entry* owner = tree_.find("users/" + std::string(name_in_id(entry->shown["ownerId"].string(), "users")));
      if (!owner) continue;
      add(*owner);
      for (const Json& group : out_.at(owner->key).value["groups"].items())
        if (const Entry* found = tree_.find("groups/" + std::string(group.string()))) add(*found);
    }
  }
  bool has(const std::string& key) const {
    const Entry* entry = tree_.find(key);
    return entry && out_.contains(entry->key);
  }

  void add_versions() {
    for (const std::string& name : apis_)
      for (const Entry* revision : tree_.revisions(name))
        add_named("apiVersionSets", name_in_id(revision->shown["apiVersionSetId"].string(), "apiVersionSets"));
  }
  void add_named(std::string_view collection, std::string_view name) {
    if (name.empty()) return;
    if (const Entry* entry = tree_.find(std::string(collection) + '/' + std::string(name))) add(*entry);
  }

  // Host names and authorities of the gateway itself, under names that do not tell whose they are.
  void add_own() {
    for (const std::string_view collection : {"hostnameConfigurations", "certificateAuthorities"})
      for (const Entry* entry : tree_.children("gateways/" + gateway_ + '/' + std::string(collection))) {
        add_value("gateway/" + std::string(collection) + '/' + std::string(entry->name()), entry->shown);
        add_named("certificates", entry->name());
        add_named("certificates", name_in_id(entry->shown["certificateId"].string(), "certificates"));
      }
  }

  // What the policies name, and what that names in turn. An id that an expression makes may be any.
  void add_reached() {
    size_t before = 0;
    do {
      before = out_.size();
      const std::string seen = lower(texts_);
      const auto names = [&](std::string_view name) { return seen.find(lower(name)) != seen.npos; };
      const bool is_any =
          names("backend-id=\\\"@") || names("backend-id=\\\"{{") || names("fragment-id=\\\"@") || names("deployment.certificates");
      for (const Entry* entry : tree_.children("policyFragments"))
        if (!out_.contains(entry->key) && names(entry->name())) add(*entry);
      for (const Entry* entry : tree_.children("backends"))
        if (!out_.contains(entry->key) && (is_any || names(entry->name()))) add(*entry);
      for (const Entry* entry : tree_.children("certificates"))
        if (!out_.contains(entry->key) && (is_any || names(entry->name()) || names(entry->shown["thumbprint"].string()))) add(*entry);
      for (const Entry* entry : tree_.children("namedValues"))
        if (!out_.contains(entry->key) && names(entry->shown["displayName"].string())) {
          add(*entry);
          texts_ += out_.at(entry->key).value.text();
        }
      for (const Entry* entry : tree_.children("loggers"))
        if (names(entry->name()) || std::ranges::any_of(out_, [&](const auto& item) {
              return equal_ignoring_case(name_in_id(item.second.value["loggerId"].string(), "loggers"), entry->name());
            }))
          add(*entry);
    } while (out_.size() != before);
  }

  const Tree& tree_;
  std::string gateway_;
  std::set<std::string> apis_;  // names in lower case
  std::string texts_;           // of everything in which names may stand
  DeliveredResources out_;
};

Delivered packed(std::string text, std::string etag, uint64_t revision) {
  Delivered out{std::move(etag), revision, nullptr, nullptr};
  out.gzip = std::make_shared<const std::string>(gzip(text));
  out.text = std::make_shared<const std::string>(std::move(text));
  return out;
}

}  // namespace projecting

using namespace projecting;

bool Projection::renew(const Plane& plane, const StoredProjection* stored) {
  DeliveredSet made;
  made.resources = Collector(plane, gateway_).collect();
  made.root = root_of(made.resources);
  if (is_made_ && made.root == set_.root) return false;
  made.service_id = plane.service_id();
  made.service_name = plane.options().service_name;
  made.gateway = gateway_;
  made.epoch = plane.epoch();
  made.revision = stored && stored->root == made.root ? stored->revision : plane.revision();
  std::swap(made, set_);
  if (is_made_) note_change(made);
  is_made_ = true;
  etag_ = set_.etag();
  snapshot_ = {};
  deltas_.clear();
  return true;
}

void Projection::note_change(const DeliveredSet& before) {
  DeliveredDelta delta = delta_between(before, set_);
  Change change{before.revision, set_.revision, std::move(delta.upsert), {}, std::move(delta.deleted)};
  for (const auto& [key, resource] : change.upsert)
    if (!before.resources.contains(key)) change.created.insert(key);
  changes_.push_back(std::move(change));
  if (changes_.size() > delta_revisions_kept) changes_.pop_front();
}

const Delivered& Projection::snapshot() {
  if (!snapshot_.text) snapshot_ = packed(set_.text(), etag_, set_.revision);
  return snapshot_;
}

std::optional<Delivered> Projection::delta(uint64_t base) {
  if (const auto found = deltas_.find(base); found != deltas_.end()) return found->second;
  const auto first = std::ranges::find(changes_, base, &Change::from);
  if (first == changes_.end()) return std::nullopt;
  DeliveredDelta merged{base, set_.revision, set_.root, {}, {}};
  std::set<std::string> fresh, deleted;  // fresh: not in the base
  for (auto change = first; change != changes_.end(); ++change) {
    for (const auto& [key, resource] : change->upsert) {
      if (change->created.contains(key) && deleted.erase(key) == 0) fresh.insert(key);
      merged.upsert.insert_or_assign(key, resource);
    }
    for (const std::string& key : change->deleted) {
      merged.upsert.erase(key);
      if (fresh.erase(key) == 0) deleted.insert(key);
    }
  }
  merged.deleted.assign(deleted.begin(), deleted.end());
  if (merged.item_count() > delta_items_max) return std::nullopt;
  std::string text = merged.text();
  if (text.size() * 2 > snapshot().text->size()) return std::nullopt;
  return deltas_.emplace(base, packed(std::move(text), etag_, set_.revision)).first->second;
}

}  // namespace gatelet::manage
