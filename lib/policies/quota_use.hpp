// What quota and quota-by-key have in common: their windows, their error, and that bytes are counted when the exchange is over
// (policies-a.md 4.3, 4.4).
#pragma once

#include <optional>

#include "policy/context.hpp"
#include "policy/reader.hpp"

namespace gatelet {

// 0001-01-01T00:00:00Z: where windows begin when nothing else is said.
inline constexpr int64_t quota_origin_ms = -62'135'596'800'000;

// The attributes calls and bandwidth, of which there must be one.
struct QuotaLimits {
  uint64_t calls_max = 0;  // 0: no limit
  uint64_t bytes_max = 0;
  explicit QuotaLimits(PolicyReader& in);
};

// Windows of the period one after the other, before the origin as well; with a period of 0 the one that never ends.
QuotaWindow quota_window(int64_t origin_ms, int64_t period_s, int64_t wall_ms);

// Notes that the request was counted as so many calls where the hit says; its bytes are added when the exchange is over. The hit is in the
// arena, its key too or static.
void note_counted(Context& context, const QuotaHit& hit, uint64_t calls);
// The calls that were noted for this key before: policies with the same key count a request once.
std::optional<uint64_t> counted_before(const Context& context, std::string_view key);

// 403 with Retry-After.
Flow refuse_quota(Context& context, const QuotaDecision& decision);

}  // namespace gatelet
