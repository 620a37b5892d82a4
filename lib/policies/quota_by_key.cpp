// quota-by-key: so many calls and kilobytes of one key in a period. All policies with the same key and the same periods share its counter,
// whatever their scope, and count a request once (policies-a.md 4.4).
#include "base/limits.hpp"
#include "base/time.hpp"
#include "policies/elements.hpp"
#include "policies/increment.hpp"
#include "policies/limit_claim.hpp"
#include "policies/quota_use.hpp"

namespace gatelet {

namespace {

class QuotaByKey final : public LimitPolicy {
 public:
  explicit QuotaByKey(PolicyReader& in)
      : limits_(in), period_s_(read_period(in)), key_(in.required_text("counter-key")), increment_(in), origin_ms_(read_origin(in)) {
    key_prefix_ = "key:" + std::to_string(period_s_) + ":" + std::to_string(origin_ms_) + ":";
  }

  uint8_t needs() const override { return static_cast<uint8_t>(key_.needs() | increment_.needs()); }

  Flow run(Context& context) const override {
    std::string_view key;
    bool counts = false;
    int64_t count = 0;
    if (!key_.get(context, key)) return Flow::fail;
    if (!increment_.is_deferred() && !increment_.get(context, counts, count)) return Flow::fail;
    key = context.arena.concat(key_prefix_, key);
    auto& step = *context.arena.make<Step>();
    step.hit = {key, window(context), limits_.calls_max, limits_.bytes_max};
    // What this request was counted as before does not stand against it.
    const auto counted = counted_before(context, key);
    if (counted && step.hit.calls_max != 0) step.hit.calls_max += *counted;
    step.counts = counts && !counted;
    step.quotas = {&step.hit, 1};
    step.count = step.counts ? static_cast<uint64_t>(count) : 0;
    return put(context, step);
  }

  // The call that got through is counted now that its answer is known; it is never refused any more.
  void after_response(Context& context, const AfterResponse& work) const override {
    bool counts = false;
    int64_t count = 0;
    if (!increment_.get(context, counts, count) || !counts || counted_before(context, work.key)) return;
    auto& hit = *context.arena.make<QuotaHit>(work.key, window(context));
    LimitClaim claim{.quotas = {&hit, 1}, .count = static_cast<uint64_t>(count)};
    count_used(*context.services, context.shared_limits, claim, context.now);
    note_counted(context, hit, claim.count);
  }

 private:
  struct Step : LimitClaim {
    QuotaHit hit;
    bool counts = false;
  };

  Flow answer(Context& context, LimitClaim& claim) const override {
    const auto& step = static_cast<const Step&>(claim);
    if (step.reply.quota.kind != QuotaDecision::Kind::allowed) return refuse_quota(context, step.reply.quota);
    if (step.counts) note_counted(context, step.hit, step.count);
    if (increment_.is_deferred()) context.defer(*this, step.hit.key, 0);
    return Flow::next;
  }

  static int64_t read_period(PolicyReader& in) {
    const int64_t period_s = in.required_literal_integer("renewal-period", {});
    if (in.has("renewal-period") && period_s > 0 && period_s < quota_period_s_min)
      in.error(DiagnosticCode::invalid_value,
               "'renewal-period' of 'quota-by-key' must be 0, for a period without end, or at least " + std::to_string(quota_period_s_min) +
                   "; rate-limit-by-key has shorter periods",
               in.at("renewal-period"));
    return period_s;
  }

  static int64_t read_origin(PolicyReader& in) {
    const auto text = in.optional_literal("first-period-start");
    if (!text) return quota_origin_ms;
    const auto origin_ms = parse_iso_timestamp(*text);
    if (!origin_ms)
      in.error(DiagnosticCode::invalid_value, "'first-period-start' must be a time such as 2026-01-31T08:00:00Z, not '" + *text + "'",
               in.at("first-period-start"));
    return origin_ms.value_or(quota_origin_ms);
  }

  QuotaWindow window(const Context& context) const { return quota_window(origin_ms_, period_s_, context.now.wall_ms); }

  QuotaLimits limits_;
  int64_t period_s_;
  TextValue key_;
  Increment increment_;
  int64_t origin_ms_;
  std::string key_prefix_;
};

}  // namespace

std::unique_ptr<Policy> read_quota_by_key(PolicyReader& in) { return std::make_unique<QuotaByKey>(in); }

}  // namespace gatelet
