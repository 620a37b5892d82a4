#include "gateway/concurrency_counters.hpp"

namespace gatelet {

bool StripedConcurrencyCounters::enter(std::string_view key, uint32_t count_max, KeyHash& id) {
  id = siphash_128(seed_, key);
  const auto lock = table_.lock(id);
  Counter* counter = table_.of(id).find(id);
  if (!counter) counter = table_.of(id).add(id, 0);
  if (counter->inside >= count_max) return false;
  ++counter->inside;
  return true;
}

void StripedConcurrencyCounters::leave(const KeyHash& id) {
  const auto lock = table_.lock(id);
  if (Counter* counter = table_.of(id).find(id)) --counter->inside;
}

}  // namespace gatelet
