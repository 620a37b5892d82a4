// BackendStates as a table by state_id: what has been counted of each breaker and pool. One lock, held for a look-up and a step.
#pragma once

#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include "gateway/circuit_breaker.hpp"
#include "gateway/pool_turns.hpp"
#include "policy/services.hpp"

namespace gatelet {

class BackendStateTable final : public BackendStates {
 public:
  BackendChoice choose(const Upstream& upstream, const MemberWish& wish, uint64_t steady_ms) override;
  void report(const Upstream& upstream, const BackendOutcome& outcome, uint64_t steady_ms) override;

  // Drops every state but these: a configuration came into force.
  void keep_only(const std::unordered_set<uint64_t>& state_ids);
  size_t size() const;

 private:
  // How long the upstream's breaker stays open; 0: closed, or there is none.
  uint64_t open_ms(const Upstream& upstream, uint64_t now_ms);

  mutable std::mutex mutex_;
  std::unordered_map<uint64_t, CircuitBreaker> breakers_;
  std::unordered_map<uint64_t, PoolTurns> pools_;
};

}  // namespace gatelet
