#include "config/model.hpp"

#include "config/build.hpp"

namespace gatelet {

void Config::index_keys(SipKey seed) {
  key_seed_ = seed;
  key_index_.clear();
  for (uint32_t i = 0; i < subscriptions.size(); ++i)
    for (const std::string* key : {&subscriptions[i].facts.primary_key, &subscriptions[i].facts.secondary_key})
      if (!key->empty()) key_index_.emplace(siphash(seed, *key), i);
}

const Subscription* Config::find_key(std::string_view key) const {
  if (key.empty()) return nullptr;
  const auto [first, last] = key_index_.equal_range(siphash(key_seed_, key));
  const Subscription* found = nullptr;
  for (auto entry = first; entry != last; ++entry) {
    const Subscription& subscription = subscriptions[entry->second];
    // Both are compared, so that the time does not tell which one it was (reliability.md A-60).
    const bool is_primary = equal_in_constant_time(subscription.facts.primary_key, key);
    const bool is_secondary = equal_in_constant_time(subscription.facts.secondary_key, key);
    if (is_primary || is_secondary) found = &subscription;
  }
  return found;
}

static Error no_such(std::string_view kind, std::string_view name, const std::vector<std::string_view>& known) {
  std::string message = "there is no " + std::string(kind) + " '" + std::string(name) + "'";
  const std::string_view near = nearest(name, known);
  if (!near.empty()) message += "; did you mean '" + std::string(near) + "'?";
  return {Code::argument, std::move(message), {}, {}};
}

static Result<const Api*> find_api(const Config& config, std::string_view name) {
  std::vector<std::string_view> known;
  for (const Api& api : config.apis) {
    if (equal_ignoring_case(api.key, name) || (api.facts.is_current_revision && equal_ignoring_case(api.facts.id, name))) return &api;
    known.push_back(api.facts.is_current_revision ? api.facts.id : api.key);
  }
  return no_such("API", name, known);
}

static Result<const Operation*> find_operation(const Api& api, std::string_view name) {
  std::vector<std::string_view> known;
  for (const Operation& operation : api.operations) {
    if (equal_ignoring_case(operation.facts.id, name)) return &operation;
    known.push_back(operation.facts.id);
  }
  if (api.is_quarantined) return Error{Code::argument, "the API '" + api.key + "' has errors and is not served; check it first", {}, {}};
  return no_such("operation", name, known);
}

static Result<const Product*> find_product(const Config& config, std::string_view name) {
  std::vector<std::string_view> known;
  for (const Product& product : config.products) {
    if (equal_ignoring_case(product.facts.id, name)) return &product;
    known.push_back(product.facts.id);
  }
  return no_such("product", name, known);
}

Result<std::string> effective_policy(const Config& config, std::string_view api_name, std::string_view operation_name,
                                     std::string_view product_name) {
  GATELET_TRY(api, find_api(config, api_name));
  GATELET_TRY(operation, find_operation(*api, operation_name));
  std::shared_ptr<const Document> product_document;
  if (!product_name.empty()) {
    GATELET_TRY(product, find_product(config, product_name));
    product_document = product->document;
  }
  const std::shared_ptr<const Document> by_scope[4] = {config.document, product_document, api->document, operation->document};
  return effective_text(by_scope);
}

}  // namespace gatelet
