#include "expr/text_search.hpp"

#include <algorithm>

namespace gatelet::cs {

bool matches_at(Evaluation& run, const String& whole, const String& part, size_t at, bool ignores_case) {
  size_t same = 0;
  for (; same < part.length; ++same) {
    const char16_t a = whole[at + same], b = part[same];
    if (a != b && (!ignores_case || upper_unit(a) != upper_unit(b))) break;
  }
  return run.charge_text(same) && same == part.length;
}

// Every place that begins like `part` costs what is the same there: a part that nearly fits everywhere is a bomb.
template <class Unit>
static size_t find_units(Evaluation& run, std::basic_string_view<Unit> whole, std::basic_string_view<Unit> part, size_t from) {
  if (part.empty()) return from;
  const std::basic_string_view<Unit> starts = whole.substr(0, whole.size() - part.size() + 1);
  for (size_t at = starts.find(part[0], from); at != starts.npos; at = starts.find(part[0], at + 1)) {
    const auto differs = std::mismatch(part.begin(), part.end(), whole.begin() + static_cast<std::ptrdiff_t>(at));
    if (differs.first == part.end()) return at;
    if (!run.charge_text(static_cast<size_t>(differs.first - part.begin()))) break;
  }
  return npos;
}

static size_t find_units(Evaluation& run, const String& whole, const String& part, size_t from) {
  if (from > whole.length || part.length > whole.length - from) return npos;
  if (!whole.is_wide) return part.is_wide ? npos : find_units(run, whole.ascii(), part.ascii(), from);
  if (part.is_wide) return find_units(run, whole.wide(), part.wide(), from);
  const std::string_view narrow = part.ascii();
  return find_units<char16_t>(run, whole.wide(), std::u16string(narrow.begin(), narrow.end()), from);
}

size_t find_charged(Evaluation& run, const String& whole, const String& part, size_t from) {
  const size_t at = find_units(run, whole, part, from);
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
