// Reach: what a set of APIs needs at a gateway, and whether a change concerns it (management.md 3.3, projection).
#pragma once

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "config/sync/delivery.hpp"
#include "manage/manage/mentions.hpp"
#include "manage/manage/tree.hpp"

namespace gatelet::manage {

// Resources as they are delivered, made once an entry: hashes are what costs.
class DeliveredValues {
 public:
  struct Item {
    EntryPointer entry;
    DeliveredResource resource;
    Mentions mentions;
  };
  // Null: no gateway gets such a thing. Until the next call.
  const Item* of(const Tree& tree, const Entry& entry);
  void forget(std::string_view key) { items_.erase(std::string(key)); }

 private:
  std::unordered_map<std::string, Item> items_;  // by key in lower case
};

// Gateways with the same APIs get the same; one with host names of its own gets them besides.
struct ReachQuestion {
  std::set<std::string> apis;  // names in lower case
  std::string own_gateway;     // in lower case; empty: it has nothing of its own
  auto operator<=>(const ReachQuestion&) const = default;
};
ReachQuestion reach_question(const Tree& tree, const std::string& gateway);

struct Reach {
  ReachQuestion question;
  DeliveredResources resources;
  std::unordered_set<std::string> keys;    // of the resources, in lower case
  std::unordered_set<std::string> missed;  // what something names and is not there, in lower case
  std::unordered_set<uint64_t> names;      // mentioned
  bool any_backend = false, any_fragment = false, any_certificate = false;
};
Reach reach_of(const Tree& tree, ReachQuestion question, DeliveredValues& values);
// Whether the reach may be another one after a change of the resource with this key, which is in lower case; of gateways' own resources
// nothing is said.
bool may_reach(const Tree& tree, const Reach& reach, const std::string& key);

}  // namespace gatelet::manage
