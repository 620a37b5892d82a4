// The dimensions of a metric: names with values, some of which the gateway knows itself (policies-b.md 4.2).
#pragma once

#include "policy/reader.hpp"

namespace gatelet {

class Dimensions {
 public:
  void read(PolicyReader& in);
  uint8_t needs() const;
  // False: context.fail() was called.
  bool get(Context& context, OutboxItem::Fields& out) const;

 private:
  struct Item {
    TextValue name;
    std::optional<TextValue> value;
  };
  std::vector<Item> items_;
};

}  // namespace gatelet
