// PoolTurns: whose turn it is in a pool, a pure machine: the best priority that has a sound member, the weights within it
// (gateway.md 3.11).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/limits.hpp"
#include "policy/services.hpp"

namespace gatelet {

class PoolTurns {
 public:
  // The next member out of those in `sound` (bit i: member i); nothing when it is empty. Weights are kept in every short run of requests,
  // not only on average. A member without a weight among members that have one gets requests only when it is alone.
  std::optional<uint32_t> next(const BackendPool& pool, uint32_t sound, const MemberWish& wish);

 private:
  uint32_t take_turn(const BackendPool& pool, uint32_t candidates);

  std::array<int32_t, pool_members_max> credit_{};  // grows by the weight each turn; who is chosen pays for all
};

}  // namespace gatelet
