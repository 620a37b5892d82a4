#include "gateway/backend_states.hpp"

#include <algorithm>

namespace gatelet {

static uint32_t seconds_from(uint64_t ms) { return static_cast<uint32_t>((ms + 999) / 1000); }

uint64_t BackendStateTable::open_ms(const Upstream& upstream, uint64_t now_ms) {
  if (!upstream.breaker) return 0;
  const auto found = breakers_.find(upstream.state_id);
  return found == breakers_.end() ? 0 : found->second.open_ms(now_ms);
}

BackendChoice BackendStateTable::choose(const Upstream& upstream, const MemberWish& wish, uint64_t steady_ms) {
  std::lock_guard lock(mutex_);
  if (!upstream.pool) {
    const uint64_t wait_ms = open_ms(upstream, steady_ms);
    return wait_ms ? BackendChoice{nullptr, 0, seconds_from(wait_ms)} : BackendChoice{&upstream};
  }
  const std::vector<PoolMember>& members = upstream.pool->members;
  uint32_t sound = 0;
  uint64_t wait_ms = UINT64_MAX;
  for (size_t i = 0; i < members.size(); ++i) {
    const uint64_t member_ms = open_ms(*members[i].upstream, steady_ms);
    if (member_ms == 0) sound |= 1u << i;
    wait_ms = std::min(wait_ms, member_ms);
  }
  const auto chosen = sound ? pools_[upstream.state_id].next(*upstream.pool, sound, wish) : std::nullopt;
  return chosen ? BackendChoice{members[*chosen].upstream.get(), *chosen} : BackendChoice{nullptr, 0, seconds_from(wait_ms)};
}

void BackendStateTable::report(const Upstream& upstream, const BackendOutcome& outcome, uint64_t steady_ms) {
  if (!upstream.breaker) return;
  std::lock_guard lock(mutex_);
  breakers_[upstream.state_id].record(*upstream.breaker, outcome, steady_ms);
}

void BackendStateTable::keep_only(const std::unordered_set<uint64_t>& state_ids) {
  std::lock_guard lock(mutex_);
  const auto is_gone = [&](const auto& entry) { return !state_ids.contains(entry.first); };
  std::erase_if(breakers_, is_gone);
  std::erase_if(pools_, is_gone);
}

size_t BackendStateTable::size() const {
  std::lock_guard lock(mutex_);
  return breakers_.size() + pools_.size();
}

}  // namespace gatelet
