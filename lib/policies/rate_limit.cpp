// rate-limit: at most so many calls of a subscription in a sliding window, in all, to an API, to an operation (policies-a.md 4.1).
#include "base/limits.hpp"
#include "policies/elements.hpp"
#include "policies/limit_claim.hpp"
#include "policies/limit_targets.hpp"
#include "policies/rate_limit_answer.hpp"

namespace gatelet {

namespace {

constexpr std::string_view subscription_key_prefix = "sub:";  // the keys of authors have another one

class RateLimit final : public LimitPolicy {
 public:
  explicit RateLimit(PolicyReader& in) : answer_(in) {
    for (const LimitElement& element : read_limit_elements(in)) {
      Limit limit{element.target, 0, 0};
      limit.calls = static_cast<uint32_t>(element.in->required_literal_integer("calls", {1, UINT32_MAX}));
      limit.period_s = element.is_root() || element.in->has("renewal-period")
                           ? static_cast<uint32_t>(element.in->required_literal_integer("renewal-period", {1, rate_limit_period_s_max}))
                           : limits_[element.parent].period_s;
      limits_.push_back(std::move(limit));
    }
  }

  Flow run(Context& context) const override {
    if (!context.subscription) {
      context.tell("The request has no subscription and is not limited.");
      return Flow::next;
    }
    auto* hits = static_cast<RateHit*>(context.arena.allocate(limits_.size() * sizeof(RateHit), alignof(RateHit)));
    size_t count = 0;
    for (const Limit& limit : limits_)
      if (limit.target.matches(context))
        new (&hits[count++]) RateHit{limit.target.counter_key(context, subscription_key_prefix), limit.calls, limit.period_s};
    return put(context, *context.arena.make<LimitClaim>(std::span(hits, count)));
  }

 private:
  Flow answer(Context& context, LimitClaim& claim) const override { return answer_.give(context, claim.reply.rate, limits_.front().calls); }

  struct Limit {
    LimitTarget target;
    uint32_t calls;
    uint32_t period_s;
  };
  RateLimitAnswer answer_;
  std::vector<Limit> limits_;  // the first one is that of the subscription
};

}  // namespace

std::unique_ptr<Policy> read_rate_limit(PolicyReader& in) { return std::make_unique<RateLimit>(in); }

}  // namespace gatelet
