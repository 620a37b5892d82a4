#include "expr/text_search.hpp"

#include <algorithm>

namespace gatelet::cs {

bool matches_at(const String& whole, const String& part, size_t at, bool ignores_case) {
  for (size_t i = 0; i < part.length; ++i) {
    const char16_t a = whole[at + i], b = part[i];
    if (a != b && (!ignores_case || upper_unit(a) != upper_unit(b))) return false;
  }
  return true;
}

size_t find_charged(Evaluation& run, const String& whole, const String& part, size_t from) {
  const size_t at = find(whole, part, from);
  const size_t looked_at = (at == npos ? whole.length : at + part.length) - std::min<size_t>(from, whole.length);
  return run.charge_text(looked_at) ? at : npos;
}

int compare_units(const String& a, const String& b, char16_t (*map)(char16_t)) {
  const uint32_t shorter = std::min(a.length, b.length);
  for (uint32_t i = 0; i < shorter; ++i)
    if (const int order = map(a[i]) - map(b[i])) return order;
  return static_cast<int>(a.length) - static_cast<int>(b.length);
}

}  // namespace gatelet::cs
