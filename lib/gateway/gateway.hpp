// Gateway: the configuration in force, the state that outlives configurations, and where records and events go. Shared by all exchanges of
// one gateway; any thread. It performs no I/O.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "config/model.hpp"
#include "gateway/authorization_table.hpp"
#include "gateway/backend_states.hpp"
#include "gateway/concurrency_counters.hpp"
#include "gateway/fetch_table.hpp"
#include "gateway/memory_cache.hpp"
#include "gateway/outbox_queue.hpp"
#include "gateway/quota_counters.hpp"
#include "gateway/rate_counters.hpp"
#include "gateway/seen_token_table.hpp"
#include "policy/services.hpp"
#include "telemetry/record.hpp"

namespace gatelet {

// A pointer that is replaced as a whole and pinned by who uses it. The lock is held for two instructions.
template <class T>
class Snapshot {
 public:
  std::shared_ptr<const T> pin() const {
    std::lock_guard lock(mutex_);
    return current_;
  }
  // Returns the one before; it dies with its last holder, which must not be an event loop (architecture.md 3).
  std::shared_ptr<const T> publish(std::shared_ptr<const T> next) {
    std::lock_guard lock(mutex_);
    current_.swap(next);
    return next;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> current_;
};

enum class ForeignKeys : uint8_t { strict, lenient };  // keys.foreign

// With routing.debug-header: the request line that asks why nothing matched (its value does not matter; no backend sees it), and the line
// of the answer that says it.
inline constexpr std::string_view debug_route_name = "Gatelet-Debug-Route";
inline constexpr std::string_view route_miss_name = "Gatelet-Route-Miss";

struct GatewayOptions {
  ForeignKeys foreign_keys = ForeignKeys::strict;
  bool debug_route_header = false;          // routing.debug-header: a request with debug_route_name is told why nothing matched it
  bool forwarded_proto = false;             // net.server.http.forwarded.proto.enabled
  uint64_t body_bytes_max = 0;              // held bodies; 0: buffered_body_bytes_max_default
  std::optional<uint64_t> cache_bytes_max;  // policy.cache.bytes; not set: cache_bytes_max_default; 0: no cache in the process
  IdentityEndpoint identity_endpoint;       // policy.identity.*
  std::string identity_secret;              // policy.identity.secret
  std::string azure_authority;              // policy.azure.authority; empty: that of Azure
  cs::Budget expression_budget;             // expression.limits.* and json.date_parse
  SipKey key_seed;                          // of tables that untrusted text is looked up in; random, from the host
  LogSink* log = nullptr;
  RecordSink* records = nullptr;
};

// Who has something to prepare for a configuration.
class ConfigListener {
 public:
  // Any thread that is not an event loop's, before the configuration is in force; quick enough that who publishes can wait.
  virtual void config_arrives(const Config& config) = 0;

 protected:
  ~ConfigListener() = default;
};

class Gateway {
 public:
  explicit Gateway(GatewayOptions options);

  // Puts a configuration in force; the previous one is returned so that the caller can let it go off the event loop: it keeps it until it
  // is the only holder.
  std::shared_ptr<const Config> publish(std::shared_ptr<const Config> config);
  std::shared_ptr<const Config> config() const { return config_.pin(); }
  // The listener hears of the configuration in force, and of all that follow until it is removed.
  void add_listener(ConfigListener& listener);
  void remove_listener(ConfigListener& listener);
  // Changes with every publish: a worker compares it to reuse its pinned copy without the lock.
  uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

  const GatewayOptions& options() const { return options_; }  // body_bytes_max is never 0 here
  Services& services() { return services_; }
  // For who keeps them over a restart.
  StripedQuotaCounters& quota_counters() { return quota_counters_; }
  // What its host is to send for nobody in particular.
  OutboxQueue& outbox() { return outbox_; }
  const OutboxQueue& outbox() const { return outbox_; }
  FetchTable& fetches() { return fetches_; }
  AuthorizationTable& authorizations() { return authorizations_; }
  void set_draining() { draining_.store(true, std::memory_order_relaxed); }
  bool is_draining() const { return draining_.load(std::memory_order_relaxed); }
  // Ready: a usable configuration is in force, and not draining.
  bool is_ready() const;
  // Whether the log may still explain a 404 in this second: route_explanations_per_second_max.
  bool may_explain(Instant now);
  // Made beforehand, for when there is no memory to make one.
  const Buffer& out_of_memory_body() const { return out_of_memory_body_; }

 private:
  GatewayOptions options_;
  std::mutex publishing_;  // one configuration after the other
  std::vector<ConfigListener*> listeners_;
  Snapshot<Config> config_;
  std::atomic<uint64_t> generation_{0};
  std::atomic<bool> draining_{false};
  std::atomic<bool> is_usable_{false};
  std::atomic<uint64_t> explanations_{0};  // second << 32 | how many in it
  StripedRateCounters rate_counters_;
  StripedQuotaCounters quota_counters_;
  StripedConcurrencyCounters concurrency_counters_;
  BackendStateTable backend_states_;
  std::unique_ptr<MemoryCache> cache_;  // null: there is none
  FetchTable fetches_;
  SeenTokenTable seen_tokens_;
  OutboxQueue outbox_;
  AuthorizationTable authorizations_;
  Services services_;
  Buffer out_of_memory_body_;
};

}  // namespace gatelet
