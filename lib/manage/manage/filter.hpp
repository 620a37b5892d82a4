// $filter of collections (management.md 1.3): comparisons, and/or/not, functions of texts.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "base/json.hpp"

namespace gatelet::manage {

// The value of a field of the resource that is looked at; names come in lower case.
using FieldLookup = std::function<const Json&(std::string_view name)>;

class Filter {
 public:
  struct Node;
  // `fields`: "name|displayName", those that may be asked for, in any case. The error says what is wrong and at which character.
  static Result<Filter> parse(std::string_view text, std::string_view fields);
  bool matches(const FieldLookup& lookup) const;

 private:
  std::shared_ptr<const Node> root_;
};

}  // namespace gatelet::manage
