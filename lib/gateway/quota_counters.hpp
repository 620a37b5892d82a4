// StripedQuotaCounters: calls and bytes in fixed windows, exact across workers, and as bytes that a host keeps over a restart. The bytes
// hold no keys but their hashes, and the seed of these.
#pragma once

#include <atomic>
#include <string>

#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "gateway/key_table.hpp"
#include "policy/services.hpp"

namespace gatelet {

class StripedQuotaCounters final : public QuotaCounters {
 public:
  // `log` is told, at most once a minute, that the table is full.
  explicit StripedQuotaCounters(SipKey seed = {}, size_t keys_max = quota_keys_max, LogSink* log = nullptr);
  ~StripedQuotaCounters() override;

  QuotaDecision take(std::span<QuotaHit> hits, uint64_t calls, int64_t wall_ms) override;
  void add_bytes(const KeyHash& id, uint64_t bytes) override;

  // Whether anything was counted since the last time it was asked.
  bool take_changes();
  std::string snapshot() const;
  // In the place of what was counted so far. Before the first exchange: the seed changes with it. The error says what is wrong with the
  // bytes; then nothing has changed.
  Result<> restore(std::string_view snapshot);

  size_t key_count() const { return table_.count(); }
  uint64_t uncounted_count() const { return uncounted_count_.load(std::memory_order_relaxed); }

 private:
  struct Counter {
    Counter* chain = nullptr;
    KeyHash key;
    QuotaWindow window;
    uint64_t calls = 0;
    uint64_t bytes = 0;
    explicit Counter(const KeyHash& hash) : key(hash) {}
    bool is_expired(uint64_t wall_ms) const;
    void enter(const QuotaWindow& now, int64_t wall_ms);
  };
  void ask(const QuotaHit& hit, int64_t wall_ms, QuotaDecision& decision);
  bool count(const QuotaHit& hit, uint64_t calls, int64_t wall_ms);
  void note_change();
  void note_full(int64_t wall_ms);

  StripedTable<Counter> table_;
  SipKey seed_;
  LogSink* log_;
  std::atomic<bool> is_changed_{false};
  std::atomic<uint64_t> uncounted_count_{0};
  std::atomic<int64_t> next_warning_ms_{0};
};

}  // namespace gatelet
