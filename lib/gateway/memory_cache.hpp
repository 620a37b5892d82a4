// MemoryCache: the cache in the process (policies-a.md 8.1): shards with a lock each, bounded by bytes. What was not asked for the longest
// makes room; what has expired is never found, and goes at the latest when room is needed. Keys are kept as seeded hashes.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "base/siphash.hpp"
#include "policy/services.hpp"

namespace gatelet {

class MemoryCache final : public Cache {
 public:
  // Values of more than a sixteenth of `bytes_max` are not kept.
  MemoryCache(SipKey seed, size_t bytes_max);
  ~MemoryCache() override;

  bool find(std::string_view key, uint64_t steady_ms, CacheReply& reply) override;
  void store(std::string_view key, CacheValue value, uint64_t duration_ms, uint64_t steady_ms) override;
  void remove(std::string_view key) override;

  // What entries take, their own overhead included.
  size_t bytes() const;
  size_t entry_count() const;

 private:
  struct Entry;
  class Shard;
  static constexpr size_t shard_count = 16;

  Shard& shard_of(const KeyHash& key) const;

  SipKey seed_;
  std::unique_ptr<Shard[]> shards_;
};

}  // namespace gatelet
