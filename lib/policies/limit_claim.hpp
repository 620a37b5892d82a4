// Where limits are counted: in the process at once, or where several gateways count together, which a policy waits for (policies-a.md 4.0).
#pragma once

#include "policy/policy.hpp"
#include "policy/shared_limits.hpp"

namespace gatelet {

// A policy that is decided by claims, one at a time.
class LimitPolicy : public Policy {
 public:
  Flow resume(Context& context) const final;

 protected:
  // What answer() makes of it, now or when the reply is there. The claim and its hits are in the arena.
  Flow put(Context& context, LimitClaim& claim) const;
  virtual Flow answer(Context& context, LimitClaim& claim) const = 0;
};

// Counts what was used already, of a call that got through: nobody waits for it, and nobody is refused. True: claim.reply says what was
// left in the process.
bool count_used(Services& services, SharedLimits* shared, LimitClaim& claim, Instant now);

}  // namespace gatelet
