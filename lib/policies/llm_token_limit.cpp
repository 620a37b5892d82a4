// llm-token-limit and azure-openai-token-limit: tokens of language models a minute and a period (policies-a.md 4.6). What an answer has
// used beyond the estimate is counted when it is there, and blocks later requests.
#include <algorithm>
#include <chrono>

#include "policies/elements.hpp"
#include "policies/limit_claim.hpp"
#include "policies/token_usage.hpp"

namespace gatelet {

namespace {

constexpr uint32_t minute_s = 60;
constexpr int64_t hour_ms = 3'600'000, day_ms = 24 * hour_ms;
enum class Period : uint8_t { hourly, daily, weekly, monthly, yearly };

int64_t ms_of(std::chrono::year_month_day day) { return std::chrono::sys_days(day).time_since_epoch().count() * day_ms; }

// Of the calendar in UTC; weeks begin on Monday.
QuotaWindow window_of(Period period, int64_t wall_ms) {
  const auto aligned = [&](int64_t length, int64_t offset) -> QuotaWindow {
    const int64_t start = wall_ms - ((wall_ms - offset) % length + length) % length;
    return {start, start + length};
  };
  const std::chrono::sys_days today{std::chrono::days(aligned(day_ms, 0).start_ms / day_ms)};
  const std::chrono::year_month_day date{today};
  switch (period) {
    case Period::hourly: return aligned(hour_ms, 0);
    case Period::daily: return aligned(day_ms, 0);
    case Period::weekly: return aligned(7 * day_ms, 4 * day_ms);  // 1970-01-05
    case Period::monthly: {
      const auto first = date.year() / date.month();
      return {ms_of(first / 1), ms_of((first + std::chrono::months(1)) / 1)};
    }
    case Period::yearly: break;
  }
  return {ms_of(date.year() / 1 / 1), ms_of((date.year() + std::chrono::years(1)) / 1 / 1)};
}

// What the client and later policies are told under a name of the document's choice.
struct Told {
  HeaderName header;
  std::string variable;

  void read(PolicyReader& in, std::string_view header_attribute, std::string_view variable_attribute, std::string_view fallback = {}) {
    const std::string name = in.optional_literal(header_attribute).value_or(std::string(fallback));
    if (!name.empty() && !is_token(name))
      in.error(DiagnosticCode::invalid_value, "'" + name + "' cannot be the name of a header; use letters, digits and -",
               in.at(header_attribute));
    header = HeaderName(name);
    variable = in.optional_literal(variable_attribute).value_or("");
  }
  void tell(Context& context, uint64_t number, bool with_header = true) const {
    const std::string_view text = decimal(context.arena, static_cast<int64_t>(number));
    if (with_header && !header.text.empty()) context.pending.set(header, text);
    if (!variable.empty()) context.set_variable(variable, text);
  }
};

class LlmTokenLimit final : public LimitPolicy {
 public:
  explicit LlmTokenLimit(PolicyReader& in)
      : key_(in.required_text("counter-key")),
        per_minute_(in.optional_integer("tokens-per-minute", {1, INT32_MAX})),
        quota_(in.optional_integer("token-quota", {1, INT32_MAX})) {
    period_ = static_cast<Period>(in.literal_choice("token-quota-period", {"Hourly", "Daily", "Weekly", "Monthly", "Yearly"}));
    const bool has_period = in.has("token-quota-period");
    if (has_period != quota_.has_value())
      in.error(DiagnosticCode::missing_value, "'token-quota' and 'token-quota-period' are given together", in.at());
    else if (!per_minute_ && !quota_)
      in.error(DiagnosticCode::missing_value,
               "'" + std::string(in.element()) + "' needs 'tokens-per-minute', or 'token-quota' with 'token-quota-period'", in.at());
    // The toolkit leaves the s out.
    estimates_ = in.optional_bool(in.has("estimate-prompt-token") ? "estimate-prompt-token" : "estimate-prompt-tokens", false);
    retry_after_.read(in, "retry-after-header-name", "retry-after-variable-name", "Retry-After");
    remaining_.read(in, "remaining-tokens-header-name", "remaining-tokens-variable-name");
    for (std::string_view name : {"remaining-quota-tokens-header-name", "remaining-quota-tokens-variable-name"})
      if (in.has(name))
        in.warning(DiagnosticCode::unsupported_feature, "'" + std::string(name) + "' has no effect in this build; remove it", in.at(name));
    consumed_.read(in, "tokens-consumed-header-name", "tokens-consumed-variable-name");
  }

  uint8_t needs() const override {
    return static_cast<uint8_t>(key_.needs() | (per_minute_ ? per_minute_->needs() : 0) | (quota_ ? quota_->needs() : 0) |
                                estimates_.needs() | needs_request_body | filters_response_body);
  }

  Flow run(Context& context) const override {
    std::string_view key;
    bool estimates = false;
    auto& step = *context.arena.make<Step>();
    if (!key_.get(context, key) || !estimates_.get(context, estimates) || !read_limits(context, step.limits)) return Flow::fail;
    const PromptEstimate prompt = estimate_prompt(context);
    step.count = estimates || prompt.is_stream ? prompt.tokens : 0;
    step.key = context.arena.concat("llm tokens\n", key);
    return step.limits.per_minute != 0 ? put_minute(context, step) : put_quota(context, step);
  }

  void after_response(Context& context, const AfterResponse& work) const override {
    Limits limits;
    if (!read_limits(context, limits)) return;
    // Of an answer that streams the head is out before the tokens are known: nobody is told of them then.
    Context* const told = context.filters_response() ? nullptr : &context;
    const auto count = [this, services = context.services, shared = context.shared_limits, key = std::string(work.key),
                        estimate = work.number, limits, period = period_, told](const TokenUsage& usage, Instant now) {
      if (!usage.is_known) return;
      const uint64_t beyond = usage.total > estimate ? usage.total - estimate : 0;
      const auto remaining = add_used(*services, shared, key, limits, period, beyond, now);
      if (!told) return;
      if (remaining) remaining_.tell(*told, *remaining);
      consumed_.tell(*told, usage.total);
    };
    read_usage_of_answer(context, count);
  }

 private:
  struct Limits {
    int64_t per_minute = 0;  // 0: none
    int64_t quota = 0;
  };

  bool read_limits(Context& context, Limits& out) const {
    return (!per_minute_ || per_minute_->get(context, out.per_minute)) && (!quota_ || quota_->get(context, out.quota));
  }

  // The minute's claim, then that of the period.
  struct Step : LimitClaim {
    std::string_view key;
    Limits limits;
    RateHit minute;
    QuotaHit period;
  };

  Flow put_minute(Context& context, Step& step) const {
    step.minute = minute_hit(step.key, step.limits);
    step.minute.must_fit = true;
    step.rates = {&step.minute, 1};
    return put(context, step);
  }

  Flow put_quota(Context& context, Step& step) const {
    step.period = quota_hit(context.arena.concat(period_names[static_cast<size_t>(period_)], step.key), step.limits, period_, context.now);
    step.rates = {};
    step.quotas = {&step.period, 1};
    step.reply = {};
    return put(context, step);
  }

  Flow answer(Context& context, LimitClaim& claim) const override {
    auto& step = static_cast<Step&>(claim);
    if (!step.rates.empty()) {
      const RateDecision& decision = step.reply.rate;
      if (!decision.allowed) return refuse_tokens(context, 429, "Token limit is exceeded", decision.retry_after_s);
      remaining_.tell(context, decision.remaining);
      if (step.limits.quota != 0) return put_quota(context, step);
    } else if (step.reply.quota.kind != QuotaDecision::Kind::allowed) {
      const int64_t wait_s = std::max<int64_t>((step.reply.quota.renewed_ms - context.now.wall_ms + 999) / 1000, 1);
      return refuse_tokens(context, 403, "Token quota is exceeded", static_cast<uint64_t>(wait_s));
    }
    consumed_.tell(context, step.count, false);
    context.defer(*this, step.key, step.count);
    return Flow::next;
  }

  static constexpr std::string_view period_names[] = {"hourly\n", "daily\n", "weekly\n", "monthly\n", "yearly\n"};

  static RateHit minute_hit(std::string_view key, const Limits& limits) {
    return {key, static_cast<uint32_t>(limits.per_minute), minute_s};
  }
  static QuotaHit quota_hit(std::string_view key, const Limits& limits, Period period, Instant now) {
    QuotaHit hit{key, window_of(period, now.wall_ms), static_cast<uint64_t>(limits.quota)};
    hit.previous_ms = window_of(period, hit.window.start_ms - 1).start_ms;
    return hit;
  }

  // Tokens that are used already: nobody is refused. What is left of the minute, where that is known.
  static std::optional<uint32_t> add_used(Services& services, SharedLimits* shared, std::string_view key, const Limits& limits,
                                          Period period, uint64_t tokens, Instant now) {
    std::optional<uint32_t> remaining;
    if (limits.per_minute != 0) {
      RateHit hit = minute_hit(key, limits);
      LimitClaim claim{.rates = {&hit, 1}, .count = tokens};
      if (count_used(services, shared, claim, now)) remaining = claim.reply.rate.remaining;
    }
    if (limits.quota != 0) {
      const std::string name = std::string(period_names[static_cast<size_t>(period)]).append(key);
      QuotaHit hit = quota_hit(name, limits, period, now);
      LimitClaim claim{.quotas = {&hit, 1}, .count = tokens};
      count_used(services, shared, claim, now);
    }
    return remaining;
  }

  // The texts are ours: none are documented.
  Flow refuse_tokens(Context& context, int status, std::string_view text, uint64_t wait_s) const {
    retry_after_.tell(context, wait_s);
    Failure failure;
    failure.reason = status == 429 ? reason::rate_limit_exceeded : reason::quota_exceeded;
    failure.message = text;
    failure.status = status;
    failure.public_message =
        context.arena.concat(text, ". Try again in ", decimal(context.arena, static_cast<int64_t>(wait_s)), " seconds.");
    return context.fail(failure);
  }

  TextValue key_;
  std::optional<IntegerValue> per_minute_, quota_;
  Period period_ = Period::hourly;
  BoolValue estimates_;
  Told retry_after_, remaining_, consumed_;
};

}  // namespace

std::unique_ptr<Policy> read_llm_token_limit(PolicyReader& in) { return std::make_unique<LlmTokenLimit>(in); }

}  // namespace gatelet
