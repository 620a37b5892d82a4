#include "net/redis_limits.hpp"

#include "net/limit_script.hpp"

namespace gatelet {

void RedisLimits::ask(const LimitClaim& claim, RedisClient::Asker& asker, uint32_t id) {
  Buffer command = can_ask() ? limit_command(claim, 0, LimitCounting::decided, sharing_.prefix) : Buffer();
  if (command.empty()) return asker.limits_answered(id, {});
  client_.ask_limits(std::move(command), claim.rates.empty(), asker, id);
}

void RedisLimits::count(const LimitClaim& claim) {
  if (claim.count == 0 || !can_ask()) return;
  client_.tell(limit_command(claim, 0, LimitCounting::forced, sharing_.prefix));
}

void RedisLimits::add_bytes(const QuotaHit& hit, uint64_t bytes) {
  if (bytes == 0 || !can_ask()) return;
  QuotaHit counted = hit;
  client_.tell(limit_command({.quotas = {&counted, 1}, .count = 0}, bytes, LimitCounting::forced, sharing_.prefix));
}

}  // namespace gatelet
