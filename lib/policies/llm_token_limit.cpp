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
    if (!variable.empty()) set_int_variable(context, variable, static_cast<int64_t>(number));
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
    remaining_quota_.read(in, "remaining-quota-tokens-header-name", "remaining-quota-tokens-variable-name");
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
    step.tokens = estimates || prompt.is_stream ? prompt.tokens : 0;
    step.key = context.arena.concat("llm tokens\n", key);
    if (step.limits.per_minute == 0) return put_quota(context, step);
    return put_minute(context, step, step.limits.quota == 0 ? step.tokens : 0);
  }

  void after_response(Context& context, const AfterResponse& work) const override {
    Limits limits;
    if (!read_limits(context, limits)) return;
    // The head of an answer that streams is out before its tokens are known: it tells what the prompt was taken for.
    Context* const told = context.filters_response() ? nullptr : &context;
    if (!told) consumed_.tell(context, work.number);
    const auto count = [this, services = context.services, shared = context.shared_limits, key = std::string(work.key),
                        estimate = work.number, limits, period = period_, told](const TokenUsage& usage, Instant now) {
      if (!usage.is_known) return;
      const uint64_t beyond = usage.total > estimate ? usage.total - estimate : 0;
      Left left;
      left.of_minute = add_to_minute(*services, shared, key, limits, beyond, now);
      left.of_quota = add_to_quota(*services, shared, key, limits, period, beyond, now);
      if (!told) return;
      tell_left(*told, left);
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

  // Where that is known.
  struct Left {
    std::optional<uint64_t> of_minute, of_quota;
  };

  // Both limits are asked before one of them is counted: the minute, the period, and with an estimate the minute's tokens again.
  struct Step : LimitClaim {
    std::string_view key;
    uint64_t tokens = 0;
    Limits limits;
    Left left;
    bool has_asked_quota = false;
    RateHit minute;
    QuotaHit period;
  };

  Flow put_minute(Context& context, Step& step, uint64_t tokens) const {
    step.minute = minute_hit(step.key, step.limits);
    step.minute.must_fit = true;
    step.rates = {&step.minute, 1};
    step.quotas = {};
    step.count = tokens;
    step.reply = {};
    return put(context, step);
  }

  Flow put_quota(Context& context, Step& step) const {
    step.period = quota_hit(context.arena.concat(period_names[static_cast<size_t>(period_)], step.key), step.limits, period_, context.now);
    step.rates = {};
    step.quotas = {&step.period, 1};
    step.count = 0;
    step.reply = {};
    return put(context, step);
  }

  Flow answer(Context& context, LimitClaim& claim) const override {
    auto& step = static_cast<Step&>(claim);
    return step.rates.empty() ? quota_answered(context, step) : minute_answered(context, step);
  }

  Flow minute_answered(Context& context, Step& step) const {
    const RateDecision& decision = step.reply.rate;
    const bool fits = step.count != 0 || decision.remaining >= step.tokens;
    if (!decision.allowed || !fits)
      return refuse_tokens(context, 429, "Token limit is exceeded", decision.allowed ? minute_s : decision.retry_after_s);
    step.left.of_minute = decision.remaining;
    return step.limits.quota != 0 && !step.has_asked_quota ? put_quota(context, step) : pass(context, step);
  }

  Flow quota_answered(Context& context, Step& step) const {
    const QuotaDecision& decision = step.reply.quota;
    if (decision.kind != QuotaDecision::Kind::allowed || decision.calls_left < step.tokens) {
      const int64_t renewed_ms = decision.kind == QuotaDecision::Kind::allowed ? step.period.window.end_ms : decision.renewed_ms;
      const int64_t wait_s = std::max<int64_t>((renewed_ms - context.now.wall_ms + 999) / 1000, 1);
      return refuse_tokens(context, 403, "Token quota is exceeded", static_cast<uint64_t>(wait_s));
    }
    step.has_asked_quota = true;
    if (decision.calls_left != UINT64_MAX) step.left.of_quota = decision.calls_left;
    return step.limits.per_minute != 0 && step.tokens != 0 ? put_minute(context, step, step.tokens) : pass(context, step);
  }

  Flow pass(Context& context, Step& step) const {
    if (step.tokens != 0 && step.limits.quota != 0)
      step.left.of_quota = add_to_quota(*context.services, context.shared_limits, step.key, step.limits, period_, step.tokens, context.now);
    tell_left(context, step.left);
    consumed_.tell(context, step.tokens, false);
    context.defer(*this, step.key, step.tokens);
    return Flow::next;
  }

  void tell_left(Context& context, const Left& left) const {
    if (left.of_minute) remaining_.tell(context, *left.of_minute);
    if (left.of_quota) remaining_quota_.tell(context, *left.of_quota);
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

  // Tokens that are used already are counted whatever the limit. What is left then, where that is known.
  static std::optional<uint64_t> add_to_minute(Services& services, SharedLimits* shared, std::string_view key, const Limits& limits,
                                               uint64_t tokens, Instant now) {
    if (limits.per_minute == 0) return std::nullopt;
    RateHit hit = minute_hit(key, limits);
    hit.calls = UINT32_MAX;
    LimitClaim claim{.rates = {&hit, 1}, .count = tokens};
    if (!count_used(services, shared, claim, now)) return std::nullopt;
    return services.rate_counters->hit(key, static_cast<uint32_t>(limits.per_minute), minute_s, 0, now.steady_ms()).remaining;
  }

  static std::optional<uint64_t> add_to_quota(Services& services, SharedLimits* shared, std::string_view key, const Limits& limits,
                                              Period period, uint64_t tokens, Instant now) {
    if (limits.quota == 0) return std::nullopt;
    const std::string name = std::string(period_names[static_cast<size_t>(period)]).append(key);
    QuotaHit hit = quota_hit(name, limits, period, now);
    const uint64_t most = std::exchange(hit.calls_max, 0);
    LimitClaim claim{.quotas = {&hit, 1}, .count = tokens};
    if (!count_used(services, shared, claim, now)) return std::nullopt;
    hit.calls_max = most;
    return services.quota_counters->take({&hit, 1}, 0, now.wall_ms).calls_left;
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
  Told retry_after_, remaining_, remaining_quota_, consumed_;
};

}  // namespace

std::unique_ptr<Policy> read_llm_token_limit(PolicyReader& in) { return std::make_unique<LlmTokenLimit>(in); }

}  // namespace gatelet
