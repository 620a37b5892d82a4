// rate-limit-by-key: at most so many calls of one key in a sliding window (policies-a.md 4.2). All policies with the same key share its
// counter, whatever their scope.
#include "base/limits.hpp"
#include "policies/elements.hpp"
#include "policies/increment.hpp"
#include "policies/limit_claim.hpp"
#include "policies/rate_limit_answer.hpp"

namespace gatelet {

namespace {

// Keys of authors and keys the gateway makes itself (subscriptions) must not meet.
constexpr std::string_view key_prefix = "key:";

class RateLimitByKey final : public LimitPolicy {
 public:
  explicit RateLimitByKey(PolicyReader& in)
      : calls_(in.required_integer("calls", {1, UINT32_MAX})),
        period_s_(in.required_integer("renewal-period", {1, rate_limit_period_s_max})),
        key_(in.required_text("counter-key")),
        increment_(in),
        counts_afterwards_(in.literal_bool("increment-after-response", false) || increment_.is_deferred()),
        answer_(in) {
    if (key_.literal()) literal_key_ = std::string(key_prefix) + *key_.literal();
  }

  uint8_t needs() const override { return static_cast<uint8_t>(calls_.needs() | period_s_.needs() | key_.needs() | increment_.needs()); }

  Flow run(Context& context) const override {
    int64_t calls = 0, period_s = 0, count = 0;
    std::string_view key;
    if (!calls_.get(context, calls) || !period_s_.get(context, period_s) || !read_key(context, key)) return Flow::fail;
    if (!counts_afterwards_ && !read_count(context, count)) return Flow::fail;
    auto* hit = context.arena.make<RateHit>(key, static_cast<uint32_t>(calls), static_cast<uint32_t>(period_s));
    return put(context, *context.arena.make<LimitClaim>(std::span(hit, 1), std::span<QuotaHit>(), static_cast<uint64_t>(count)));
  }

  // The call that got through is counted now that its answer is known; it is never refused any more.
  void after_response(Context& context, const AfterResponse& work) const override {
    int64_t count = 0;
    if (!read_count(context, count) || count == 0) return;
    RateHit hit{work.key, UINT32_MAX, static_cast<uint32_t>(work.number)};
    LimitClaim claim{.rates = {&hit, 1}, .count = static_cast<uint64_t>(count)};
    count_used(*context.services, context.shared_limits, claim, context.now);
  }

 private:
  Flow answer(Context& context, LimitClaim& claim) const override {
    const RateHit& hit = claim.rates.front();
    if (counts_afterwards_ && claim.reply.rate.allowed) context.defer(*this, hit.key, hit.period_s);
    return answer_.give(context, claim.reply.rate, hit.calls);
  }

  bool read_key(Context& context, std::string_view& key) const {
    key = literal_key_;
    if (!key.empty()) return true;
    if (!key_.get(context, key)) return false;
    key = context.arena.concat(key_prefix, key);
    return true;
  }

  bool read_count(Context& context, int64_t& count) const {
    bool counts;
    return increment_.get(context, counts, count);
  }

  IntegerValue calls_;
  IntegerValue period_s_;
  TextValue key_;
  std::string literal_key_;  // with its prefix; empty: not known at load
  Increment increment_;
  bool counts_afterwards_;
  RateLimitAnswer answer_;
};

}  // namespace

std::unique_ptr<Policy> read_rate_limit_by_key(PolicyReader& in) { return std::make_unique<RateLimitByKey>(in); }

}  // namespace gatelet
