// How much a call counts: the attributes increment-condition and increment-count of rate-limit-by-key and quota-by-key (policies-a.md 4.2).
#pragma once

#include "policy/reader.hpp"

namespace gatelet {

class Increment {
 public:
  explicit Increment(PolicyReader& in);
  uint8_t needs() const { return static_cast<uint8_t>(condition_.needs() | count_.needs()); }
  // An expression asks for the answer: it can only be evaluated when there is one.
  bool is_deferred() const { return is_deferred_; }
  // False: the policy returns Flow::fail.
  bool get(Context& context, bool& counts, int64_t& count) const;

 private:
  BoolValue condition_;
  IntegerValue count_;
  bool is_deferred_;
};

}  // namespace gatelet
