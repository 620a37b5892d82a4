// KeyTable: what the counters of the gateway have in common. Keys are hashed with a seed and kept as 128 bits; the table is divided into
// stripes with a lock each, so that two workers rarely meet; what has expired makes room for what is new, and there is a limit.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "base/siphash.hpp"

namespace gatelet {

// One stripe: a chained hash table. A Counter is made from its KeyHash and has `KeyHash key`, `Counter* chain` and is_expired(now_ms).
template <class Counter>
class KeyTable {
 public:
  KeyTable() = default;
  KeyTable(const KeyTable&) = delete;
  KeyTable& operator=(const KeyTable&) = delete;
  ~KeyTable() {
    remove_if([](const Counter&) { return true; });
  }

  void limit(size_t count_max) { count_max_ = count_max; }
  size_t count() const { return count_; }

  Counter* find(const KeyHash& key) {
    for (Counter* counter = head(key); counter; counter = counter->chain)
      if (counter->key == key) return counter;
    return nullptr;
  }

  // For a key that is not there. Null: the table is full of counters that still count.
  Counter* add(const KeyHash& key, uint64_t now_ms) {
    sweep(now_ms);
    if (count_ >= count_max_) return nullptr;
    if (count_ >= heads_.size()) widen();
    auto* counter = new Counter(key);
    Counter*& place = head(key);
    counter->chain = place;
    place = counter;
    ++count_;
    return counter;
  }

  template <class Condition>
  void remove_if(const Condition& condition) {
    for (Counter*& head : heads_) remove_from(head, condition);
  }
  template <class Visit>
  void for_each(const Visit& visit) const {
    for (const Counter* head : heads_)
      for (const Counter* counter = head; counter; counter = counter->chain) visit(*counter);
  }

 private:
  static constexpr size_t heads_least = 16;
  static constexpr size_t heads_swept = 8;  // for each new key: what expired goes faster than new keys come

  Counter*& head(const KeyHash& key) { return heads_[key.low & (heads_.size() - 1)]; }

  template <class Condition>
  void remove_from(Counter*& head, const Condition& condition) {
    for (Counter** link = &head; *link;) {
      Counter* const counter = *link;
      if (!condition(*counter)) {
        link = &counter->chain;
        continue;
      }
      *link = counter->chain;
      delete counter;
      --count_;
    }
  }

  void sweep(uint64_t now_ms) {
    for (size_t i = 0; i < heads_swept; ++i)
      remove_from(heads_[swept_++ & (heads_.size() - 1)], [&](const Counter& counter) { return counter.is_expired(now_ms); });
  }

  void widen() {
    std::vector<Counter*> narrow(heads_.size() * 2);
    heads_.swap(narrow);
    for (Counter* counter : narrow) {
      while (counter) {
        Counter* const following = counter->chain;
        Counter*& place = head(counter->key);
        counter->chain = place;
        place = counter;
        counter = following;
      }
    }
  }

  std::vector<Counter*> heads_ = std::vector<Counter*>(heads_least);
  size_t count_ = 0;
  size_t count_max_ = SIZE_MAX;
  size_t swept_ = 0;
};

// All stripes. Several keys are locked together, always in the order of their stripes.
template <class Counter>
class StripedTable {
 public:
  static constexpr size_t stripe_count = 64;  // far more than workers

  explicit StripedTable(size_t count_max) {
    for (Stripe& stripe : stripes_) stripe.table.limit(std::max<size_t>(1, count_max / stripe_count));
  }

  KeyTable<Counter>& of(const KeyHash& key) { return stripes_[index_of(key)].table; }

  // The stripes of some keys, each given as an object with a member `id`.
  class Lock {
   public:
    template <class Keys>
    Lock(const StripedTable& table, const Keys& keys) : table_(table) {
      for (const auto& key : keys) mask_ |= uint64_t{1} << index_of(key.id);
      for (uint64_t left = mask_; left; left &= left - 1) table_.stripes_[lowest(left)].mutex.lock();
    }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    ~Lock() {
      for (uint64_t left = mask_; left; left &= left - 1) table_.stripes_[lowest(left)].mutex.unlock();
    }

   private:
    static size_t lowest(uint64_t mask) { return static_cast<size_t>(__builtin_ctzll(mask)); }
    const StripedTable& table_;
    uint64_t mask_ = 0;
  };

  // The stripe of one key.
  std::unique_lock<std::mutex> lock(const KeyHash& key) const { return std::unique_lock(stripes_[index_of(key)].mutex); }

  void clear() {
    for (Stripe& stripe : stripes_) {
      std::lock_guard locked(stripe.mutex);
      stripe.table.remove_if([](const Counter&) { return true; });
    }
  }
  // Visits one table after the other, each under its lock.
  template <class Visit>
  void for_each_table(const Visit& visit) const {
    for (const Stripe& stripe : stripes_) {
      std::lock_guard locked(stripe.mutex);
      visit(stripe.table);
    }
  }
  size_t count() const {
    size_t count = 0;
    for_each_table([&](const KeyTable<Counter>& table) { count += table.count(); });
    return count;
  }

 private:
  struct alignas(64) Stripe {
    mutable std::mutex mutex;
    KeyTable<Counter> table;
  };
  static size_t index_of(const KeyHash& key) { return key.high >> 58; }
  static_assert(stripe_count == size_t{1} << (64 - 58));

  Stripe stripes_[stripe_count];
};

}  // namespace gatelet
