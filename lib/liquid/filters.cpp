#include "liquid/filters.hpp"

#include <algorithm>
#include <string>

#include "base/text.hpp"

namespace gatelet::liquid {

bool FilterCall::integer(size_t i, int64_t fallback, int64_t& out) const {
  out = fallback;
  if (argument(i).is_nil()) return true;
  if (integer_of(scene, argument(i), out)) return true;
  run.fail(cs::types::format_exception, "An argument of a filter must be a whole number.");
  return false;
}

// "UrlEncode" → "url_encode", "NewlineToBr" → "newline_to_br".
std::string ruby_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    if (is_upper && !out.empty()) out += '_';
    out += to_lower(c);
  }
  return out;
}

const Filter* find_filter(std::string_view name, Naming naming) {
  for (const std::span<const Filter> filters : {text_filters(), number_filters(), list_filters()})
    for (const Filter& filter : filters) {
      if (naming == Naming::csharp ? filter.is_in_api_management && filter.name == name : ruby_name(filter.name) == name) return &filter;
    }
  return nullptr;
}

// The same name but for its case and its underscores.
const Filter* nearest_filter(std::string_view name) {
  const auto plain = [](std::string_view text) {
    std::string out;
    for (const char c : text)
      if (c != '_') out += to_lower(c);
    return out;
  };
  for (const std::span<const Filter> filters : {text_filters(), number_filters(), list_filters()})
    for (const Filter& filter : filters)
      if (plain(filter.name) == plain(name)) return &filter;
  return nullptr;
}

}  // namespace gatelet::liquid
