#include "gateway/seen_token_table.hpp"

#include <algorithm>
#include <bit>

#include "base/text.hpp"

namespace gatelet {

static constexpr size_t entry_overhead = 192;  // what a token takes in the table besides its own memory

// The end of a token is that of its signature, which differs wherever tokens do. Who makes another token with the same end, which needs the
// token itself, only takes its place.
static constexpr size_t hashed_bytes_max = 48;

uint64_t SeenTokenTable::hash_of(std::string_view token, const void* keys) const {
  return siphash(seed_, token.substr(token.size() - std::min(token.size(), hashed_bytes_max))) ^
         std::rotl(reinterpret_cast<uintptr_t>(keys) * 0x9E3779B97F4A7C15, 17);
}

std::shared_ptr<const SeenToken> SeenTokenTable::find(std::string_view token, const void* keys) {
  const uint64_t hash = hash_of(token, keys);
  Shard& shard = shards_[hash % shard_count];
  std::lock_guard lock(shard.mutex);
  const auto found = shard.by_hash.find(hash);
  if (found == shard.by_hash.end()) return nullptr;
  const Entry& entry = *found->second;
  if (entry.keys.get() != keys || entry.token->text != token) return nullptr;
  shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
  return entry.token;
}

void SeenTokenTable::store(std::shared_ptr<const SeenToken> token, std::shared_ptr<const void> keys) {
  const uint64_t hash = hash_of(token->text, keys.get());
  const size_t bytes = token->bytes() + entry_overhead;
  if (bytes > shard_bytes_max_) return;
  Shard& shard = shards_[hash % shard_count];
  std::list<Entry> gone;  // dies behind the lock
  std::lock_guard lock(shard.mutex);
  const auto drop = [&](std::list<Entry>::iterator entry) {
    shard.bytes -= entry->bytes;
    shard.by_hash.erase(entry->hash);
    gone.splice(gone.begin(), shard.entries, entry);
  };
  if (const auto known = shard.by_hash.find(hash); known != shard.by_hash.end()) drop(known->second);
  while (!shard.entries.empty() && shard.bytes + bytes > shard_bytes_max_) drop(std::prev(shard.entries.end()));
  shard.entries.push_front({hash, std::move(token), std::move(keys), bytes});
  shard.by_hash.emplace(hash, shard.entries.begin());
  shard.bytes += bytes;
}

}  // namespace gatelet
