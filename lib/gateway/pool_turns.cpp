#include "gateway/pool_turns.hpp"

namespace gatelet {

std::optional<uint32_t> PoolTurns::next(const BackendPool& pool, uint32_t sound, const MemberWish& wish) {
  if (sound == 0) return std::nullopt;
  uint32_t best = 0;  // members are sorted: the first sound one has the best priority
  while (!(sound >> best & 1)) ++best;
  uint32_t candidates = 0;
  for (uint32_t i = 0; i < pool.members.size(); ++i) {
    if (!(sound >> i & 1)) continue;
    const bool is_session = !wish.session_id.empty() && pool.members[i].session_id == wish.session_id;
    if (is_session && !(wish.tried >> i & 1)) return i;
    if (pool.members[i].priority == pool.members[best].priority) candidates |= 1u << i;
  }
  if (const uint32_t untried = candidates & ~wish.tried) candidates = untried;
  return take_turn(pool, candidates);
}

uint32_t PoolTurns::take_turn(const BackendPool& pool, uint32_t candidates) {
  int32_t sum = 0;
  for (uint32_t i = 0; i < pool.members.size(); ++i)
    if (candidates >> i & 1) sum += static_cast<int32_t>(pool.members[i].weight);
  uint32_t chosen = pool_members_max;
  int32_t paid = 0;
  for (uint32_t i = 0; i < pool.members.size(); ++i) {
    const int32_t weight = sum ? static_cast<int32_t>(pool.members[i].weight) : 1;
    if (!(candidates >> i & 1) || weight == 0) continue;
    paid += weight;
    credit_[i] += weight;
    if (chosen == pool_members_max || credit_[i] > credit_[chosen]) chosen = i;
  }
  credit_[chosen] -= paid;
  return chosen;
}

}  // namespace gatelet
