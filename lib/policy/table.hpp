// PolicyTable: which elements exist, where each may stand, and who reads it. Built-ins come from policies/table.cpp, further ones from the
// host. Immutable once made, shared by the configurations built from it.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "policy/policy.hpp"

namespace gatelet {

class PolicyReader;

enum class Once : uint8_t { no, in_block, in_document };

struct PolicyType {
  std::string_view element;
  uint8_t sections = in_all_sections;
  uint8_t scopes = at_all_scopes;
  // Null result: the reader reported why.
  std::unique_ptr<Policy> (*read)(PolicyReader& in) = nullptr;  // null: known to APIM, skipped here with a warning
  bool holds_policies = false;                                  // when skipped, the policies in it run as if it were not there
  Once once = Once::no;
};

// The one element that the reader of documents does itself.
inline constexpr std::string_view include_fragment_element = "include-fragment";

class PolicyTable {
 public:
  explicit PolicyTable(std::vector<PolicyType> types);
  const PolicyType* find(std::string_view element) const;
  std::vector<std::string_view> elements() const;

 private:
  std::vector<PolicyType> types_;  // sorted by element
};

// The built-in table (policies/table.cpp).
std::shared_ptr<const PolicyTable> builtin_policies();

}  // namespace gatelet
