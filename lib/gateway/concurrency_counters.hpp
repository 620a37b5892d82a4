// StripedConcurrencyCounters: how many exchanges are inside of limit-concurrency with a key, exact across workers. There are no more
// counters than exchanges inside and a few that are about to be dropped.
#pragma once

#include "gateway/key_table.hpp"
#include "policy/services.hpp"

namespace gatelet {

class StripedConcurrencyCounters final : public ConcurrencyCounters {
 public:
  explicit StripedConcurrencyCounters(SipKey seed = {}) : table_(SIZE_MAX), seed_(seed) {}

  bool enter(std::string_view key, uint32_t count_max, KeyHash& id) override;
  void leave(const KeyHash& id) override;

  size_t key_count() const { return table_.count(); }

 private:
  struct Counter {
    Counter* chain = nullptr;
    KeyHash key;
    uint32_t inside = 0;
    explicit Counter(const KeyHash& hash) : key(hash) {}
    bool is_expired(uint64_t) const { return inside == 0; }
  };

  StripedTable<Counter> table_;
  SipKey seed_;
};

}  // namespace gatelet
