#include "config/resource.hpp"

#include "base/text.hpp"

namespace gatelet {

const Resource* ResourceSet::find(std::string_view key) const {
  for (const Resource& resource : resources)
    if (equal_ignoring_case(resource.key, key)) return &resource;
  return nullptr;
}

std::string scope_of_key(std::string_view key) {
  if (!starts_with_ignoring_case(key, "apis/")) return {};
  const std::string_view rest = key.substr(5);
  return "api " + std::string(rest.substr(0, rest.find('/')));
}

std::string_view name_in_id(std::string_view id, std::string_view collection) {
  const std::vector<std::string_view> parts = split(id, '/');
  for (size_t i = parts.size() - 1; i > 0; --i)
    if (equal_ignoring_case(parts[i - 1], collection)) return parts[i];
  return {};
}

}  // namespace gatelet
