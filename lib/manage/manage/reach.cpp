#include "manage/manage/reach.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "manage/manage/delivered.hpp"
#include "manage/manage/kinds.hpp"
#include "manage/manage/policy_text.hpp"

namespace gatelet::manage {

namespace reaching {

// Every gateway gets these whole.
constexpr std::string_view common_collections[] = {"schemas", "caches", "diagnostics"};
// What is delivered when it is mentioned.
constexpr std::string_view mentioned_collections[] = {"policyFragments", "backends", "certificates", "namedValues", "loggers"};

bool is_among(std::string_view text, std::span<const std::string_view> list) {
  return std::ranges::any_of(list, [&](std::string_view item) { return equal_ignoring_case(item, text); });
}

// Their values have lists of what links to them.
bool has_lists(const Kind& kind) { return kind.type == "products" || kind.type == "users"; }

Mentions mentions_of(const Kind& kind, const Entry& entry) {
  Mentions out;
  const bool is_policy = kind.names == NameRule::policy || kind.names == NameRule::fragment;
  const std::string_view text = entry.shown["value"].string();
  if (is_policy) add_policy_mentions(entry.shown["format"].string() == "rawxml" ? std::string(text) : policy_as_raw(text), out);
  if (kind.type == "backends" || kind.type.ends_with("diagnostics")) add_value_mentions(entry.shown, out);
  if (kind.type == "backends" || kind.type == "namedValues") add_value_mentions(entry.secrets, out);
  if (kind.type == "namedValues") add_value_mentions(entry.shown["value"], out);
  std::ranges::sort(out.names);
  out.names.erase(std::unique(out.names.begin(), out.names.end()), out.names.end());
  return out;
}

bool is_mentioned(const Reach& reach, std::string_view collection, const Entry& entry) {
  const auto names = [&](std::string_view name) { return !name.empty() && reach.names.contains(mention_hash(name)); };
  if (equal_ignoring_case(collection, "namedValues")) return names(entry.shown["displayName"].string());
  if (equal_ignoring_case(collection, "certificates"))
    return reach.any_certificate || names(entry.name()) || names(entry.shown["thumbprint"].string());
  const bool is_any = (equal_ignoring_case(collection, "backends") && reach.any_backend) ||
                      (equal_ignoring_case(collection, "policyFragments") && reach.any_fragment);
  return is_any || names(entry.name());
}

bool is_subscribed(const Reach& reach, const Entry& subscription) {
  const std::string_view scope = subscription.shown["scope"].string();
  const std::string product(name_in_id(scope, "products")), api(name_in_id(scope, "apis"));
  if (subscription.shown["state"].string() != "active") return false;
  if (!product.empty()) return reach.keys.contains("products/" + lower(product));
  return api.empty() || reach.question.apis.contains(lower(api_name_of(api)));
}

class Collector {
 public:
  Collector(const Tree& tree, ReachQuestion question, DeliveredValues& values) : tree_(tree), values_(values) {
    out_.question = std::move(question);
  }

  Reach collect() {
    for (const std::string& name : out_.question.apis)
      for (const Entry* revision : tree_.revisions(name)) {
        const Json& is_online = revision->shown["isOnline"];
        if (is_online.is_null() || is_online.boolean()) add_with_parts(*revision);
        add_named("apiVersionSets", name_in_id(revision->shown["apiVersionSetId"].string(), "apiVersionSets"));
      }
    add_named("policies", "policy");
    for (const std::string_view collection : common_collections)
      for (const Entry* entry : tree_.children(collection)) add(*entry);
    add_products();
    add_subscriptions();
    add_own();
    add_mentioned();
    return std::move(out_);
  }

 private:
  void add(const Entry& entry) {
    if (out_.keys.contains(lower(entry.key))) return;
    if (const DeliveredValues::Item* item = values_.of(tree_, entry)) add_item(entry.key, item->resource, item->mentions);
  }
  void add_item(const std::string& key, DeliveredResource resource, const Mentions& mentions) {
    out_.resources.insert_or_assign(key, std::move(resource));
    out_.keys.insert(lower(key));
    out_.names.insert(mentions.names.begin(), mentions.names.end());
    out_.any_backend = out_.any_backend || mentions.any_backend;
    out_.any_fragment = out_.any_fragment || mentions.any_fragment;
    out_.any_certificate = out_.any_certificate || mentions.any_certificate;
  }
  void add_value(const std::string& key, Json value) {
    std::string hash = hash_of(value);
    add_item(key, {std::move(hash), std::move(value)}, {});
  }
  void add_with_parts(const Entry& entry) {
    add(entry);
    for (const Entry* part : tree_.below(entry.key)) add(*part);
  }
  void add_named(std::string_view collection, std::string_view name) {
    if (name.empty()) return;
    const std::string key = std::string(collection) + '/' + std::string(name);
    if (const Entry* entry = tree_.find(key)) {
      add(*entry);
    } else {
      out_.missed.insert(lower(key));
    }
  }

  // Those that contain one of the APIs, with these only.
  void add_products() {
    for (const Entry* product : tree_.children("products")) {
      const DeliveredValues::Item* item = values_.of(tree_, *product);
      std::vector<Json> apis;
      for (const Json& api : item->resource.value["apis"].items())
        if (out_.question.apis.contains(lower(api.string()))) apis.push_back(api);
      if (apis.empty()) continue;
      const Json value = item->resource.value;
      add_value(product->key, apis.size() == value["apis"].size() ? value : value.with("apis", Json::array(std::move(apis))));
      for (const Json& group : value["groups"].items()) add_named("groups", group.string());
      for (const Entry* part : tree_.below(product->key)) add(*part);
    }
  }

  void add_subscriptions() {
    for (const Entry* entry : tree_.children("subscriptions")) {
      if (!is_subscribed(out_, *entry)) continue;
      add(*entry);
      const std::string owner(name_in_id(entry->shown["ownerId"].string(), "users"));
      if (owner.empty()) continue;
      add_named("users", owner);
      const Entry* user = tree_.find("users/" + owner);
      if (!user) continue;
      const Json groups = out_.resources.at(user->key).value["groups"];
      for (const Json& group : groups.items()) add_named("groups", group.string());
    }
  }

  // Host names and authorities of the gateway itself, under names that do not tell whose they are.
  void add_own() {
    if (out_.question.own_gateway.empty()) return;
    for (const std::string_view collection : {"hostnameConfigurations", "certificateAuthorities"})
      for (const Entry* entry : tree_.children("gateways/" + out_.question.own_gateway + '/' + std::string(collection))) {
        add_value("gateway/" + std::string(collection) + '/' + std::string(entry->name()), entry->shown);
        add_named("certificates", entry->name());
        add_named("certificates", name_in_id(entry->shown["certificateId"].string(), "certificates"));
      }
  }

  // And what these mention in turn.
  void add_mentioned() {
    for (size_t before = 0; before != out_.keys.size();) {
      before = out_.keys.size();
      for (const std::string_view collection : mentioned_collections)
        for (const Entry* entry : tree_.children(collection))
          if (is_mentioned(out_, collection, *entry)) add(*entry);
    }
  }

  const Tree& tree_;
  DeliveredValues& values_;
  Reach out_;
};

}  // namespace reaching

using namespace reaching;

const DeliveredValues::Item* DeliveredValues::of(const Tree& tree, const Entry& entry) {
  const Kind* kind = kind_of_key(entry.key);
  Item& item = items_[lower(entry.key)];
  const bool is_same = item.entry && item.entry.get() == &entry;
  if (is_same && !(kind && has_lists(*kind))) return item.resource.hash.empty() ? nullptr : &item;
  auto value = delivered_value(tree, entry);
  if (!is_same) item = {tree.share(entry.key), {}, {}};
  if (!value) return nullptr;
  if (!is_same) item.mentions = mentions_of(*kind, entry);
  if (item.resource.hash.empty() || item.resource.value != *value) {
    item.resource.hash = hash_of(*value);
    item.resource.value = *std::move(value);
  }
  return &item;
}

ReachQuestion reach_question(const Tree& tree, const std::string& gateway) {
  ReachQuestion out;
  const std::string key = "gateways/" + gateway;
  for (const Entry* link : tree.children(key + "/apis")) out.apis.insert(lower(link->name()));
  if (!tree.children(key + "/hostnameConfigurations").empty() || !tree.children(key + "/certificateAuthorities").empty())
    out.own_gateway = gateway;
  return out;
}

Reach reach_of(const Tree& tree, ReachQuestion question, DeliveredValues& values) {
  return Collector(tree, std::move(question), values).collect();
}

bool may_reach(const Tree& tree, const Reach& reach, const std::string& key) {
  if (reach.keys.contains(key) || reach.missed.contains(key)) return true;
  const std::vector<std::string_view> parts = split(key, '/');
  if (parts.size() < 2) return false;
  const std::string_view collection = parts[0];
  const auto has_api = [&](std::string_view name) { return reach.question.apis.contains(std::string(api_name_of(name))); };
  if (collection == "apis") return has_api(parts[1]);
  if (collection == "policies" || is_among(collection, common_collections)) return true;
  if (collection == "products") {
    const bool is_link = parts.size() == 4 && parts[2] == "apis";
    return reach.keys.contains("products/" + std::string(parts[1])) ||
           (is_link ? has_api(parts[3]) : parts.size() != 4 || parts[2] == "apilinks");
  }
  if (collection == "groups") return parts.size() == 4 && reach.keys.contains("users/" + std::string(parts[3]));
  const Entry* entry = tree.find(key);
  if (collection == "subscriptions") return entry && is_subscribed(reach, *entry);
  return entry && is_among(collection, mentioned_collections) && is_mentioned(reach, collection, *entry);
}

}  // namespace gatelet::manage
