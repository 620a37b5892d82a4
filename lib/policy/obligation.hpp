// Obligation: what a policy that ran still owes, exactly once and whatever becomes of the exchange: to give back a place it took, to count
// bytes when they are known. Unlike Context::defer it needs neither the policy nor the configuration, which may be gone when an answer
// streams, and it is also met for requests that failed or whose client left.
#pragma once

#include <cstdint>
#include <utility>

namespace gatelet {

// What is known when an exchange is over; zeros when its host gave up on it.
struct ExchangeEnd {
  uint64_t request_bytes = 0;  // as received and as sent, heads included
  uint64_t response_bytes = 0;
};

// Lives in the arena of the exchange; what it points to must outlive the gateway's exchanges (services do).
struct Obligation {
  void (*settle)(Obligation& self, const ExchangeEnd& end) = nullptr;  // must not fail
  const void* owner = nullptr;                                         // to find it by
  Obligation* older = nullptr;
};

class Obligations {
 public:
  void add(Obligation& made) {
    made.older = newest_;
    newest_ = &made;
  }
  Obligation* newest() const { return newest_; }
  // Settles those younger than `until`, the youngest first; null: all.
  void settle(const ExchangeEnd& end = {}, const Obligation* until = nullptr) {
    while (newest_ != until) {
      Obligation& due = *std::exchange(newest_, newest_->older);
      due.settle(due, end);
    }
  }

 private:
  Obligation* newest_ = nullptr;
};

}  // namespace gatelet
