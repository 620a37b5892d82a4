// What the limits of rate-limit and quota are for: all that a subscription is used for, one API, one operation (policies-a.md 4.1, 4.3).
// Limits of a subscription are counted under a key that the gateway makes; NULs keep its parts apart, which no name contains.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/reader.hpp"

namespace gatelet {

class LimitTarget {
 public:
  LimitTarget() = default;  // everything
  // A further API, or in one an operation, as the attributes `id` or `name` of the element say. Reports when there is neither.
  LimitTarget(const LimitTarget& around, PolicyReader& in);

  bool matches(const Context& context) const;
  bool operator==(const LimitTarget& other) const { return key_part_ == other.key_part_; }
  // The key of its counter for the subscription of the request, in the arena. Documents of different scopes do not share counters.
  std::string_view counter_key(Context& context, std::string_view prefix) const;

 private:
  struct Name {
    std::string text;  // empty: any
    bool is_id = false;
    bool fits(std::string_view id, std::string_view name) const;
  };
  static Name read_name(PolicyReader& in);

  Name api_;
  Name operation_;
  std::string key_part_;
};

// An element that sets limits. What it does not say itself is lent by the one it stands in.
struct LimitElement {
  LimitTarget target;
  PolicyReader* in = nullptr;
  size_t parent = SIZE_MAX;  // its index; SIZE_MAX: it is the policy's own element
  bool is_root() const { return parent == SIZE_MAX; }
};

// The policy's own element and the `api` and `operation` elements in it, parents before their children.
std::vector<LimitElement> read_limit_elements(PolicyReader& in);

}  // namespace gatelet
