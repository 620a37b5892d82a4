// Config: what a gateway serves, immutable, replaced as one pointer. Every exchange keeps the Config it began with.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/diagnostics.hpp"
#include "base/text.hpp"
#include "config/certificates.hpp"
#include "config/loggers.hpp"
#include "http/headers.hpp"
#include "policy/cache_address.hpp"
#include "policy/document.hpp"
#include "policy/facts.hpp"
#include "policy/policy.hpp"
#include "route/router.hpp"

namespace gatelet {

struct CompiledPolicies;

inline constexpr uint32_t index_none = UINT32_MAX;

struct Operation {
  OperationFacts facts;
  // The merged program without a product, and one for each product that contains the API (same order as Api::products).
  std::shared_ptr<const Program> program;
  std::vector<std::shared_ptr<const Program>> product_programs;
  std::shared_ptr<const Document> document;  // its own policy; null: none. Kept for `check --effective`
};

// One revision of one API.
struct Api {
  std::string key;  // "echo;rev=1"
  ApiFacts facts;
  HeaderName key_header_name{"Ocp-Apim-Subscription-Key"};  // facts.key_header
  bool subscription_required = true;
  uint8_t protocols = protocol_https;
  std::vector<Operation> operations;
  std::vector<uint32_t> products;            // that contain the API
  uint32_t open_product = index_none;        // the one without subscription requirement, if any
  std::shared_ptr<const Upstream> upstream;  // serviceUrl; Kind::host when there is none
  std::shared_ptr<const Program> unmatched;  // no operation matched: global and API scope
  std::shared_ptr<const Document> document;  // its own policy; null: none
  // It, a product that contains it, or something they use has errors. It keeps its path, so that its requests reach no other API, has no
  // operations and no program, and is answered 500 with the source `configuration` (management.md 3.4).
  bool is_quarantined = false;
};

struct Product {
  ProductFacts facts;
  std::vector<std::string> apis;
  std::shared_ptr<const Document> document;  // its own policy; null: none
  bool is_broken = false;                    // it has an error: what it contains is quarantined
};

enum class SubscriptionScope : uint8_t { product, api, all_apis };
enum class SubscriptionState : uint8_t { submitted, active, suspended, cancelled, rejected, expired };

struct Subscription {
  SubscriptionFacts facts;
  SubscriptionScope scope = SubscriptionScope::product;
  std::string target;  // product or API name
  uint32_t product = index_none;
  SubscriptionState state = SubscriptionState::submitted;
  std::optional<UserFacts> owner;
};

struct Config {
  std::string revision;  // content hash, or what the plane says
  DeploymentFacts deployment;
  GatewayTls tls;
  std::shared_ptr<const CacheAddress> external_cache;  // null: there is none
  EventHubs event_hubs;
  std::vector<Api> apis;
  std::vector<Product> products;
  std::vector<Subscription> subscriptions;
  std::map<std::string, std::shared_ptr<const Upstream>, std::less<>> backends;  // by resource id, for ids that are computed
  std::unique_ptr<const Router> router;
  std::shared_ptr<const Program> unmatched;  // no API matched: global scope
  std::shared_ptr<const Document> document;  // the global policy
  std::shared_ptr<const PolicyTable> policies;
  std::shared_ptr<const CompiledPolicies> compiled;  // for the configuration built after this one
  Diagnostics diagnostics;
  std::vector<std::string> quarantined;  // keys of the APIs that are not served because of errors
  bool usable = false;                   // the global policy is sound, and at least one API is served or nothing at all was wrong

  // The subscription that has this key as primary or secondary one, compared in constant time; null: none.
  const Subscription* find_key(std::string_view key) const;
  void index_keys(SipKey seed);

 private:
  SipKey key_seed_;
  std::unordered_multimap<uint64_t, uint32_t> key_index_;
};

}  // namespace gatelet
