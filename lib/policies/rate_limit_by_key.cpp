// rate-limit-by-key: at most so many calls of one key in a sliding window (policies-a.md 4.2). All policies with the same key share its
// counter, whatever their scope.
#include "base/limits.hpp"
#include "policies/elements.hpp"

namespace gatelet {

namespace {

// Keys of authors and keys the gateway makes itself (subscriptions) must not meet.
constexpr std::string_view key_prefix = "key:";

// Whether an expression can only be evaluated with the answer at hand.
bool reads_response(const std::optional<std::string>& source) { return source && source->find("context.Response") != std::string::npos; }

class RateLimitByKey final : public Policy {
 public:
  explicit RateLimitByKey(PolicyReader& in)
      : calls_(in.required_integer("calls", {1, UINT32_MAX})),
        period_s_(in.required_integer("renewal-period", {1, rate_limit_period_s_max})),
        key_(in.required_text("counter-key")),
        condition_(in.optional_bool("increment-condition", true)) {
    auto count = in.optional_integer("increment-count", {0, UINT32_MAX});
    count_ = count ? std::move(*count) : IntegerValue(1);
    counts_afterwards_ = in.literal_bool("increment-after-response", false) ||
                         reads_response(in.expression_source("increment-condition")) ||
                         reads_response(in.expression_source("increment-count"));
    if (key_.literal()) literal_key_ = std::string(key_prefix) + *key_.literal();
    retry_after_header_ = read_header_name(in, "retry-after-header-name");
    if (retry_after_header_.text.empty()) retry_after_header_ = HeaderName("Retry-After");
    remaining_header_ = read_header_name(in, "remaining-calls-header-name");
    total_header_ = read_header_name(in, "total-calls-header-name");
    retry_after_variable_ = in.optional_literal("retry-after-variable-name").value_or("");
    remaining_variable_ = in.optional_literal("remaining-calls-variable-name").value_or("");
  }

  uint8_t needs() const override {
    return static_cast<uint8_t>(calls_.needs() | period_s_.needs() | key_.needs() | condition_.needs() | count_.needs());
  }

  Flow run(Context& context) const override {
    int64_t calls = 0, period_s = 0, count = 0;
    std::string_view key;
    if (!calls_.get(context, calls) || !period_s_.get(context, period_s) || !read_key(context, key)) return Flow::fail;
    if (!counts_afterwards_ && !read_count(context, count)) return Flow::fail;
    const RateDecision decision = context.services->rate_counters->hit(key, static_cast<uint32_t>(calls), static_cast<uint32_t>(period_s),
                                                                       static_cast<uint32_t>(count), context.now.steady_ms());
    if (!decision.allowed) return fail_exceeded(context, decision.retry_after_s, calls);
    if (counts_afterwards_) context.defer(*this, key, static_cast<uint64_t>(period_s));
    const std::string_view remaining = decimal(context.arena, decision.remaining);
    context.tell("The call is let through; ", remaining, " more are allowed now.");
    if (!remaining_header_.text.empty()) context.pending.set(remaining_header_, remaining);
    if (!remaining_variable_.empty()) context.set_variable(remaining_variable_, remaining);
    if (!total_header_.text.empty()) context.pending.set(total_header_, decimal(context.arena, calls));
    return Flow::next;
  }

  // The call that got through is counted now that its answer is known; it is never refused any more.
  void after_response(Context& context, const AfterResponse& work) const override {
    int64_t count = 0;
    if (read_count(context, count) && count > 0)
      (void)context.services->rate_counters->hit(work.key, UINT32_MAX, static_cast<uint32_t>(work.number), static_cast<uint32_t>(count),
                                                 context.now.steady_ms());
  }

 private:
  static HeaderName read_header_name(PolicyReader& in, std::string_view attribute) {
    const std::string name = in.optional_literal(attribute).value_or("");
    if (!name.empty() && !is_token(name))
      in.error(DiagnosticCode::invalid_value, "'" + name + "' cannot be the name of a header; use letters, digits and -", in.at(attribute));
    return HeaderName(name);
  }

  bool read_key(Context& context, std::string_view& key) const {
    key = literal_key_;
    if (!key.empty()) return true;
    if (!key_.get(context, key)) return false;
    key = context.arena.concat(key_prefix, key);
    return true;
  }

  // How much this call counts: nothing when the condition does not hold.
  bool read_count(Context& context, int64_t& count) const {
    bool is_counted;
    if (!condition_.get(context, is_counted)) return false;
    return !is_counted || count_.get(context, count);
  }

  Flow fail_exceeded(Context& context, uint32_t retry_after_s, int64_t calls) const {
    const std::string_view seconds = decimal(context.arena, retry_after_s);
    context.pending.set(retry_after_header_, seconds);
    if (!total_header_.text.empty()) context.pending.set(total_header_, decimal(context.arena, calls));
    if (!retry_after_variable_.empty()) context.set_variable(retry_after_variable_, seconds);
    Failure failure;
    failure.reason = reason::rate_limit_exceeded;
    failure.message = "Rate limit is exceeded";
    failure.status = 429;
    failure.public_message = context.arena.concat("Rate limit is exceeded. Try again in ", seconds, " seconds.");
    return context.fail(failure);
  }

  IntegerValue calls_;
  IntegerValue period_s_;
  TextValue key_;
  std::string literal_key_;  // with its prefix; empty: not known at load
  BoolValue condition_;
  IntegerValue count_;
  bool counts_afterwards_ = false;
  HeaderName retry_after_header_;
  HeaderName remaining_header_;
  HeaderName total_header_;
  std::string retry_after_variable_;
  std::string remaining_variable_;
};

}  // namespace

std::unique_ptr<Policy> read_rate_limit_by_key(PolicyReader& in) { return std::make_unique<RateLimitByKey>(in); }

}  // namespace gatelet
