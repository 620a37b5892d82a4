#include "gateway/memory_cache.hpp"

namespace gatelet {

// In a chain of its hash, and in a list in the order of use.
struct MemoryCache::Entry {
  KeyHash key;
  Entry* chain = nullptr;
  Entry* newer = nullptr;
  Entry* older = nullptr;
  uint64_t expires_ms = 0;
  CacheValue value;

  // At most: what the allocator adds to the entry and to its two buffers, their heads, and the place in the table, which may be half empty.
  static constexpr size_t overhead = 16 + 2 * (24 + 40) + 2 * sizeof(void*);
  size_t bytes() const { return sizeof(Entry) + overhead + value.size(); }
};

class MemoryCache::Shard {
 public:
  Shard() = default;
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;
  ~Shard() {
    while (oldest_) drop(*oldest_);
  }
  void limit(size_t bytes_max) { bytes_max_ = bytes_max; }

  bool find(const KeyHash& key, uint64_t steady_ms, CacheValue& out) {
    std::lock_guard lock(mutex_);
    Entry* entry = entry_of(key);
    if (!entry) return false;
    if (entry->expires_ms <= steady_ms) return drop(*entry), false;
    out = entry->value;
    unlink(*entry);
    link_newest(*entry);
    return true;
  }

  void store(const KeyHash& key, CacheValue value, uint64_t expires_ms) {
    auto made = std::make_unique<Entry>();
    made->key = key;
    made->expires_ms = expires_ms;
    made->value = std::move(value);
    std::lock_guard lock(mutex_);
    if (Entry* earlier = entry_of(key)) drop(*earlier);
    if (made->bytes() > bytes_max_) return;
    while (bytes_ + made->bytes() > bytes_max_) drop(*oldest_);
    if (count_ == heads_.size()) widen();
    Entry& entry = *made.release();
    entry.chain = std::exchange(head(key), &entry);
    link_newest(entry);
    bytes_ += entry.bytes();
    ++count_;
  }

  void remove(const KeyHash& key) {
    std::lock_guard lock(mutex_);
    if (Entry* entry = entry_of(key)) drop(*entry);
  }

  void add_to(size_t& bytes, size_t& count) const {
    std::lock_guard lock(mutex_);
    bytes += bytes_;
    count += count_;
  }

 private:
  Entry*& head(const KeyHash& key) { return heads_[key.low & (heads_.size() - 1)]; }
  Entry* entry_of(const KeyHash& key) {
    Entry* entry = head(key);
    while (entry && !(entry->key == key)) entry = entry->chain;
    return entry;
  }

  void link_newest(Entry& entry) {
    entry.newer = nullptr;
    entry.older = newest_;
    (newest_ ? newest_->newer : oldest_) = &entry;
    newest_ = &entry;
  }
  void unlink(Entry& entry) {
    (entry.newer ? entry.newer->older : newest_) = entry.older;
    (entry.older ? entry.older->newer : oldest_) = entry.newer;
  }
  void drop(Entry& entry) {
    Entry** link = &head(entry.key);
    while (*link != &entry) link = &(*link)->chain;
    *link = entry.chain;
    unlink(entry);
    bytes_ -= entry.bytes();
    --count_;
    delete &entry;
  }

  void widen() {
    std::vector<Entry*> narrow(heads_.size() * 2);
    heads_.swap(narrow);
    for (Entry* entry : narrow) {
      while (entry) {
        Entry* const following = entry->chain;
        entry->chain = std::exchange(head(entry->key), entry);
        entry = following;
      }
    }
  }

  mutable std::mutex mutex_;
  std::vector<Entry*> heads_ = std::vector<Entry*>(16);
  Entry* newest_ = nullptr;
  Entry* oldest_ = nullptr;
  size_t bytes_ = 0;
  size_t bytes_max_ = 0;
  size_t count_ = 0;
};

MemoryCache::MemoryCache(SipKey seed, size_t bytes_max) : seed_(seed), shards_(std::make_unique<Shard[]>(shard_count)) {
  for (size_t i = 0; i < shard_count; ++i) shards_[i].limit(bytes_max / shard_count);
}

MemoryCache::~MemoryCache() = default;

MemoryCache::Shard& MemoryCache::shard_of(const KeyHash& key) const { return shards_[key.high >> 60]; }

bool MemoryCache::find(std::string_view key, uint64_t steady_ms, CacheReply& reply) {
  const KeyHash hash = siphash_128(seed_, key);
  reply.is_found = shard_of(hash).find(hash, steady_ms, reply.value);
  return true;
}

void MemoryCache::store(std::string_view key, CacheValue value, uint64_t duration_ms, uint64_t steady_ms) {
  const KeyHash hash = siphash_128(seed_, key);
  shard_of(hash).store(hash, std::move(value), steady_ms + duration_ms);
}

void MemoryCache::remove(std::string_view key) {
  const KeyHash hash = siphash_128(seed_, key);
  shard_of(hash).remove(hash);
}

size_t MemoryCache::bytes() const {
  size_t bytes = 0, count = 0;
  for (size_t i = 0; i < shard_count; ++i) shards_[i].add_to(bytes, count);
  return bytes;
}

size_t MemoryCache::entry_count() const {
  size_t bytes = 0, count = 0;
  for (size_t i = 0; i < shard_count; ++i) shards_[i].add_to(bytes, count);
  return count;
}

}  // namespace gatelet
