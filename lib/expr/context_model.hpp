// ContextModel: the request as expressions see it. The policy room implements it over its Context, so that expr knows neither policies nor
// exchanges; `gatelet eval` and the tests implement it over a document. Views live as long as the exchange.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gatelet::cs {

class ContextModel {
 public:
  virtual ~ContextModel() = default;

  // The clock: 100 ns ticks since 0001-01-01, UTC. DateTime.UtcNow, Now, Today. The gateway's time zone is UTC.
  virtual int64_t utc_ticks() = 0;
  // Guid.NewGuid, Random without a seed, generated keys.
  virtual void random_bytes(void* out, size_t size) = 0;
  // Runs destroy(object) when the exchange ends.
  virtual void own(void* object, void (*destroy)(void*)) = 0;
};

}  // namespace gatelet::cs
