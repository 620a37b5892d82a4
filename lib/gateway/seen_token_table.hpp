// SeenTokenTable: tokens whose signatures were looked at, in shards with a lock each, bounded by bytes (SeenTokens). The key of the table
// is a seeded hash of the token's end; the whole token is compared behind it.
#pragma once

#include <array>
#include <list>
#include <mutex>
#include <unordered_map>

#include "base/siphash.hpp"
#include "policy/services.hpp"

namespace gatelet {

class SeenTokenTable final : public SeenTokens {
 public:
  SeenTokenTable(SipKey seed, size_t bytes_max) : seed_(seed), shard_bytes_max_(bytes_max / shard_count) {}

  std::shared_ptr<const SeenToken> find(std::string_view token, const void* keys) override;
  void store(std::shared_ptr<const SeenToken> token, std::shared_ptr<const void> keys) override;

 private:
  static constexpr size_t shard_count = 16;
  struct Entry {
    uint64_t hash;
    std::shared_ptr<const SeenToken> token;
    std::shared_ptr<const void> keys;  // held, so that no other ones come to stand at their address
    size_t bytes;
  };
  struct Shard {
    std::mutex mutex;
    std::list<Entry> entries;  // the last used first
    std::unordered_map<uint64_t, std::list<Entry>::iterator> by_hash;
    size_t bytes = 0;
  };

  uint64_t hash_of(std::string_view token, const void* keys) const;

  SipKey seed_;
  size_t shard_bytes_max_;
  std::array<Shard, shard_count> shards_;
};

}  // namespace gatelet
