#include "policies/limit_claim.hpp"

#include <algorithm>

namespace gatelet {
namespace limit_claims {

// Of refused calls while nobody can say when they would be let through.
constexpr uint32_t unknown_wait_s = 1;

void note_place(LimitClaim& claim, QuotaHit::Place place) {
  if (claim.reply.quota.kind != QuotaDecision::Kind::allowed) return;
  for (QuotaHit& hit : claim.quotas) hit.place = place;
}

void count_in_process(Services& services, LimitClaim& claim, Instant now) {
  claim.reply.is_known = true;
  if (!claim.rates.empty()) {
    const auto count = static_cast<uint32_t>(std::min<uint64_t>(claim.count, UINT32_MAX));
    claim.reply.rate = services.rate_counters->hit_all(claim.rates, count, now.steady_ms());
  } else {
    claim.reply.quota = services.quota_counters->take(claim.quotas, claim.count, now.wall_ms);
    note_place(claim, QuotaHit::Place::process);
  }
}

void allow(LimitClaim& claim) {
  claim.reply = {true, {true, 0, UINT32_MAX}, {}};
  for (const RateHit& hit : claim.rates) claim.reply.rate.remaining = std::min(claim.reply.rate.remaining, hit.calls);
}

void refuse(LimitClaim& claim, int64_t wall_ms) {
  claim.reply = {true, {false, unknown_wait_s, 0}, {QuotaDecision::Kind::out_of_calls, wall_ms + unknown_wait_s * 1000}};
}

void decide_alone(Context& context, LimitClaim& claim) {
  switch (context.shared_limits->failure()) {
    case LimitFailure::local:
      context.tell("The shared counters are not to be reached; this gateway counts by itself.");
      return count_in_process(*context.services, claim, context.now);
    case LimitFailure::allow:
      context.tell("The shared counters are not to be reached; the limit does not hold meanwhile.");
      return allow(claim);
    case LimitFailure::refuse:
      context.tell("The shared counters are not to be reached; calls that have a limit are refused meanwhile.");
      return refuse(claim, context.now.wall_ms);
  }
}

}  // namespace limit_claims

Flow LimitPolicy::put(Context& context, LimitClaim& claim) const {
  if (!context.shared_limits) {
    limit_claims::count_in_process(*context.services, claim, context.now);
  } else if (context.shared_limits->can_ask()) {
    context.step_state = &claim;
    context.put_claim(claim);
    return Flow::wait;
  } else {
    limit_claims::decide_alone(context, claim);
  }
  return answer(context, claim);
}

Flow LimitPolicy::resume(Context& context) const {
  auto& claim = *static_cast<LimitClaim*>(context.step_state);
  if (claim.reply.is_known)
    limit_claims::note_place(claim, QuotaHit::Place::shared);
  else
    limit_claims::decide_alone(context, claim);
  return answer(context, claim);
}

bool count_used(Services& services, SharedLimits* shared, LimitClaim& claim, Instant now) {
  if (!shared || (!shared->can_ask() && shared->failure() == LimitFailure::local))
    return limit_claims::count_in_process(services, claim, now), true;
  if (!shared->can_ask()) return false;
  shared->count(claim);
  limit_claims::note_place(claim, QuotaHit::Place::shared);
  return false;
}

}  // namespace gatelet
