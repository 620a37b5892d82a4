// quota: so many calls and kilobytes of a subscription in a period, in all, to an API, to an operation (policies-a.md 4.3).
#include "policies/elements.hpp"
#include "policies/limit_claim.hpp"
#include "policies/limit_targets.hpp"
#include "policies/quota_use.hpp"

namespace gatelet {

namespace {

class Quota final : public LimitPolicy {
 public:
  explicit Quota(PolicyReader& in) {
    for (const LimitElement& element : read_limit_elements(in)) {
      Limit limit{element.target, QuotaLimits(*element.in), 0, {}};
      limit.period_s = element.is_root() || element.in->has("renewal-period") ? element.in->required_literal_integer("renewal-period", {})
                                                                              : limits_[element.parent].period_s;
      // Another period is another counter.
      limit.key_prefix = "quota:" + std::to_string(limit.period_s) + ":";
      limits_.push_back(std::move(limit));
    }
  }

  Flow run(Context& context) const override {
    if (!context.subscription) {
      context.tell("The request has no subscription and is not counted.");
      return Flow::next;
    }
    const int64_t origin_ms = context.subscription->start_ms.value_or(quota_origin_ms), now_ms = context.now.wall_ms;
    auto* hits = static_cast<QuotaHit*>(context.arena.allocate(limits_.size() * sizeof(QuotaHit), alignof(QuotaHit)));
    size_t count = 0;
    for (const Limit& limit : limits_)
      if (limit.target.matches(context))
        new (&hits[count++]) QuotaHit{limit.target.counter_key(context, limit.key_prefix), quota_window(origin_ms, limit.period_s, now_ms),
                                      limit.limits.calls_max, limit.limits.bytes_max};
    return put(context, *context.arena.make<LimitClaim>(std::span<RateHit>(), std::span(hits, count)));
  }

 private:
  Flow answer(Context& context, LimitClaim& claim) const override {
    if (claim.reply.quota.kind != QuotaDecision::Kind::allowed) return refuse_quota(context, claim.reply.quota);
    for (const QuotaHit& hit : claim.quotas) note_counted(context, hit, claim.count);
    return Flow::next;
  }

  struct Limit {
    LimitTarget target;
    QuotaLimits limits;
    int64_t period_s;
    std::string key_prefix;
  };
  std::vector<Limit> limits_;
};

}  // namespace

std::unique_ptr<Policy> read_quota(PolicyReader& in) { return std::make_unique<Quota>(in); }

}  // namespace gatelet
