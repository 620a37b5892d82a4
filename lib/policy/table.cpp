#include "policy/table.hpp"

#include <algorithm>

namespace gatelet {

static bool stands_before(const PolicyType& type, std::string_view element) { return type.element < element; }

PolicyTable::PolicyTable(std::vector<PolicyType> types) : types_(std::move(types)) {
  std::stable_sort(types_.begin(), types_.end(), [](const PolicyType& a, const PolicyType& b) { return a.element < b.element; });
}

const PolicyType* PolicyTable::find(std::string_view element) const {
  const auto at = std::lower_bound(types_.begin(), types_.end(), element, stands_before);
  return at != types_.end() && at->element == element ? &*at : nullptr;
}

std::vector<std::string_view> PolicyTable::elements() const {
  std::vector<std::string_view> names;
  for (const PolicyType& type : types_) names.push_back(type.element);
  return names;
}

}  // namespace gatelet
