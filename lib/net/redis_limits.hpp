// RedisLimits: rates and quotas that several gateways count together in a server that speaks the protocol of Redis, for one loop
// (policies-a.md 4.0): that of the external cache, by the same connection.
#pragma once

#include <string>
#include <string_view>

#include "net/redis_client.hpp"
#include "policy/shared_limits.hpp"

namespace gatelet {

class RedisLimits final : public SharedLimits {
 public:
  RedisLimits(RedisClient& client, const LimitSharing& sharing) : client_(client), sharing_(sharing) {}

  bool can_ask() const override { return client_.can_ask(); }
  LimitFailure failure() const override { return sharing_.failure; }
  void count(const LimitClaim& claim) override;
  void add_bytes(const QuotaHit& hit, uint64_t bytes) override;

  // The asker hears of it once, perhaps before this returns.
  void ask(const LimitClaim& claim, RedisClient::Asker& asker, uint32_t id);

 private:
  RedisClient& client_;
  const LimitSharing& sharing_;
};

}  // namespace gatelet
