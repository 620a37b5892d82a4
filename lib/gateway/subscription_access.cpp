#include "gateway/subscription_access.hpp"

#include <algorithm>

namespace gatelet {

namespace {

struct Key {
  std::string_view text;  // empty: none was given
  bool is_contradictory = false;
};

// The header wins over the query. An empty value is no key; two lines that differ are no valid one.
Key find_key_header(const Request& request, const Api& api) {
  Key key;
  const HeaderField* first = request.headers.find(api.key_header_name);
  if (!first) return key;
  key.text = first->value;
  const auto fields = request.headers.fields();
  for (const HeaderField& field : fields.subspan(static_cast<size_t>(first - fields.data()) + 1)) {
    const bool is_key = field.id == first->id && (field.id != HeaderId::other || equal_ignoring_case(field.name, first->name));
    if (is_key && field.value != first->value) key.is_contradictory = true;
  }
  return key;
}

Key find_request_key(const Request& request, const Api& api, Arena& arena) {
  Key key = find_key_header(request, api);
  if (!key.text.empty() || key.is_contradictory || !request.target.has_query) return key;
  std::string_view value;
  if (find_query_value(request.target.query, api.facts.key_query, value)) key.text = query_decoded(value, arena);
  return key;
}

bool covers(const Subscription& subscription, const Api& api) {
  switch (subscription.scope) {
    case SubscriptionScope::product: return std::ranges::find(api.products, subscription.product) != api.products.end();
    case SubscriptionScope::api: return subscription.target == api.facts.id;
    case SubscriptionScope::all_apis: return true;
  }
  return false;
}

// Without a key, or with one that is treated like none.
Access access_without_key(const Api& api) {
  if (api.open_product == index_none && api.subscription_required) return {Access::Kind::key_not_found, index_none, nullptr};
  return {Access::Kind::allowed, api.open_product, nullptr};
}

}  // namespace

Access check_access(const Config& config, const Api& api, const Request& request, ForeignKeys foreign, Arena& arena) {
  const Access invalid{Access::Kind::key_invalid, index_none, nullptr};
  const Key key = find_request_key(request, api, arena);
  if (key.is_contradictory) return invalid;
  if (key.text.empty()) return access_without_key(api);

  const Subscription* subscription = config.find_key(key.text);
  if (!subscription || subscription->state != SubscriptionState::active) return invalid;
  if (covers(*subscription, api)) {
    // Product policies apply to product subscriptions only.
    return {Access::Kind::allowed, subscription->scope == SubscriptionScope::product ? subscription->product : index_none, subscription};
  }
  // A good key of something else is ignored in an open product; `lenient` ignores it wherever no key is needed.
  const bool is_ignored = api.open_product != index_none || (foreign == ForeignKeys::lenient && !api.subscription_required);
  return is_ignored ? access_without_key(api) : invalid;
}

}  // namespace gatelet
