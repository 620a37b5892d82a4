#include "policies/quota_use.hpp"

#include <algorithm>

#include "base/time.hpp"
#include "policy/shared_limits.hpp"
#include "policy/value.hpp"

namespace gatelet {

namespace {

struct QuotaUse : Obligation {
  QuotaCounters* counters = nullptr;
  SharedLimits* shared = nullptr;
  const QuotaHit* hit = nullptr;
  uint64_t calls = 0;

  static void add(Obligation& self, const ExchangeEnd& end) {
    const auto& use = static_cast<QuotaUse&>(self);
    const uint64_t bytes = end.request_bytes + end.response_bytes;
    if (use.hit->place == QuotaHit::Place::process)
      use.counters->add_bytes(use.hit->id, bytes);
    else
      use.shared->add_bytes(*use.hit, bytes);
  }
};

constexpr int64_t bandwidth_most = INT64_MAX / 1024;  // kilobytes

uint64_t or_none(std::optional<int64_t> limit) { return static_cast<uint64_t>(limit.value_or(0)); }

}  // namespace

QuotaLimits::QuotaLimits(PolicyReader& in)
    : calls_max(or_none(in.optional_literal_integer("calls", {1, INT64_MAX}))),
      bytes_max(or_none(in.optional_literal_integer("bandwidth", {1, bandwidth_most})) * 1024) {
  if (!in.has("calls") && !in.has("bandwidth"))
    in.error(DiagnosticCode::missing_value, "'" + std::string(in.element()) + "' needs the attribute 'calls', 'bandwidth' or both",
             in.at());
}

QuotaWindow quota_window(int64_t origin_ms, int64_t period_s, int64_t wall_ms) {
  if (period_s == 0) return {};
  const int64_t period_ms = period_s * 1000;
  int64_t passed_ms = (wall_ms - origin_ms) % period_ms;
  if (passed_ms < 0) passed_ms += period_ms;
  return {wall_ms - passed_ms, wall_ms - passed_ms + period_ms};
}

void note_counted(Context& context, const QuotaHit& hit, uint64_t calls) {
  if (hit.place == QuotaHit::Place::nowhere) return;
  QuotaCounters* counters = context.services->quota_counters;
  context.owed_at_end.add(*context.arena.make<QuotaUse>(Obligation{QuotaUse::add, counters}, counters, context.shared_limits, &hit, calls));
}

std::optional<uint64_t> counted_before(const Context& context, std::string_view key) {
  for (const Obligation* one = context.owed_at_end.newest(); one; one = one->older) {
    if (one->owner != context.services->quota_counters) continue;
    const auto& use = static_cast<const QuotaUse&>(*one);
    if (use.hit->key == key) return use.calls;
  }
  return std::nullopt;
}

Flow refuse_quota(Context& context, const QuotaDecision& decision) {
  Arena& arena = context.arena;
  const bool is_volume = decision.kind == QuotaDecision::Kind::out_of_calls;
  std::string_view message = is_volume ? "Out of call volume quota." : "Out of bandwidth quota.";
  if (decision.renewed_ms != INT64_MAX) {
    const int64_t seconds = std::max<int64_t>(1, (decision.renewed_ms - context.now.wall_ms + 999) / 1000);
    message = arena.concat(message, " Quota will be replenished in ", time_span_text(static_cast<uint64_t>(seconds)), ".");
    context.pending.set("Retry-After", decimal(arena, seconds));
  }
  Failure failure;
  failure.reason = reason::quota_exceeded;
  failure.message = failure.public_message = message;
  failure.status = 403;
  return context.fail(failure);
}

}  // namespace gatelet
