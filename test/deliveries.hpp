// What a management plane delivers, made for tests: snapshots, deltas, and the resources of a small service.
#pragma once

#include <map>
#include <set>
#include <string>

#include "base/text.hpp"
#include "config/sync/delivery.hpp"

namespace gatelet::test {

using Resources = std::map<std::string, std::string>;  // key → value as JSON

inline DeliveredSet delivered_set(const Resources& resources, uint64_t revision, uint64_t epoch = 1) {
  DeliveredSet set;
  set.service_id = "4b1c";
  set.service_name = "svc";
  set.gateway = "gw1";
  set.epoch = epoch;
  set.revision = revision;
  for (const auto& [key, text] : resources) {
    const Json value = *Json::parse(text);
    set.resources.emplace(key, DeliveredResource{hash_of(value), value});
  }
  set.root = root_of(set.resources);
  return set;
}

inline std::string snapshot_text(const Resources& resources, uint64_t revision, uint64_t epoch = 1) {
  return delivered_set(resources, revision, epoch).text();
}

inline std::string delta_text(const DeliveredSet& from, const DeliveredSet& to) { return delta_between(from, to).text(); }

// An API that is open to all, with one operation; its policy sets the header X to `mark`.
inline void add_api(Resources& resources, const std::string& name, const std::string& mark) {
  const std::string key = "apis/" + name + ";rev=1";
  resources[key] = R"({"displayName":")" + name + R"(","path":")" + name +
                   R"(","protocols":["http","https"],"isCurrent":true,"subscriptionRequired":false,"serviceUrl":"http://b.test"})";
  resources[key + "/operations/get"] = R"({"displayName":"Get","method":"GET","urlTemplate":"/x"})";
  resources[key + "/policies/policy"] = R"({"format":"rawxml","value":"<policies><inbound><base /><set-header name='X'><value>)" + mark +
                                        R"(</value></set-header></inbound></policies>"})";
}

// One whose policy no gateway compiles.
inline void poison_api(Resources& resources, const std::string& name) {
  resources["apis/" + name + ";rev=1/policies/policy"] =
      R"({"format":"rawxml","value":"<policies><inbound><no-such-policy-anywhere x='@(' /></inbound></policies>"})";
}

inline Resources small_service(const std::string& mark = "1") {
  Resources resources;
  add_api(resources, "echo", mark);
  add_api(resources, "other", mark);
  resources["namedValues/n"] = R"({"displayName":"n","value":"v"})";
  return resources;
}

}  // namespace gatelet::test
