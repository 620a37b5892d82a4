#include "gateway/gateway.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "gateway/error_response.hpp"

namespace gatelet {

// Random bits of expressions are made with another key than the tables.
static constexpr uint64_t expressions_domain = 0x65787072;

static std::unique_ptr<MemoryCache> make_cache(const GatewayOptions& options) {
  const uint64_t bytes_max = options.cache_bytes_max.value_or(cache_bytes_max_default);
  return bytes_max == 0 ? nullptr : std::make_unique<MemoryCache>(options.key_seed, bytes_max);
}

Gateway::Gateway(GatewayOptions options)
    : options_(options),
      rate_counters_(options.key_seed, rate_limit_keys_max, options.log),
      quota_counters_(options.key_seed, quota_keys_max, options.log),
      concurrency_counters_(options.key_seed),
      cache_(make_cache(options)),
      fetches_(options.log),
      seen_tokens_(options.key_seed, seen_tokens_bytes_max),
      outbox_(outbox_items_max, outbox_bytes_max),
      out_of_memory_body_(Buffer::copy(out_of_memory_text)) {
  if (options_.body_bytes_max == 0) options_.body_bytes_max = buffered_body_bytes_max_default;
  services_.rate_counters = &rate_counters_;
  services_.quota_counters = &quota_counters_;
  services_.concurrency_counters = &concurrency_counters_;
  services_.backends = &backend_states_;
  services_.cache = cache_.get();
  services_.fetches = &fetches_;
  services_.seen_tokens = &seen_tokens_;
  services_.outbox = &outbox_;
  services_.authorizations = &authorizations_;
  services_.identity_endpoint = options_.identity_endpoint;
  services_.identity_secret.set(options_.identity_secret);
  if (!options_.azure_authority.empty()) services_.azure_authority = options_.azure_authority;
  services_.expression_budget = options_.expression_budget;
  services_.random_key = {options_.key_seed.k0 ^ expressions_domain, options_.key_seed.k1};
}

std::shared_ptr<const Config> Gateway::publish(std::shared_ptr<const Config> config) {
  const bool is_usable = config && config->usable;
  std::lock_guard publishing(publishing_);
  if (config)
    for (ConfigListener* listener : listeners_) listener->config_arrives(*config);
  if (config) {
    std::unordered_set<uint64_t> states;
    for (const auto& [id, upstream] : config->backends)
      if (upstream->has_state()) states.insert(upstream->state_id);
    backend_states_.keep_only(states);
  }
  std::shared_ptr<const Config> previous = config_.publish(std::move(config));
  is_usable_.store(is_usable, std::memory_order_relaxed);
  generation_.fetch_add(1, std::memory_order_release);
  return previous;
}

void Gateway::add_listener(ConfigListener& listener) {
  std::lock_guard publishing(publishing_);
  listeners_.push_back(&listener);
  if (const auto config = config_.pin()) listener.config_arrives(*config);
}

void Gateway::remove_listener(ConfigListener& listener) {
  std::lock_guard publishing(publishing_);
  std::erase(listeners_, &listener);
}

bool Gateway::may_explain(Instant now) {
  const uint64_t second = (now.steady_us / 1'000'000) << 32;
  uint64_t seen = explanations_.load(std::memory_order_relaxed);
  for (;;) {
    const uint64_t next = std::max(seen, second) + 1;  // a worker whose clock is behind counts in the later second
    if ((next & UINT32_MAX) > route_explanations_per_second_max) return false;
    if (explanations_.compare_exchange_weak(seen, next, std::memory_order_relaxed)) return true;
  }
}

bool Gateway::is_ready() const { return is_usable_.load(std::memory_order_relaxed) && !is_draining(); }

}  // namespace gatelet
