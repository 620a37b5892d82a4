// RegexClass: .NET's character classes as what stands between the brackets of PCRE2's. PCRE2's own \w, \s and \d differ from .NET's, and
// from one version of it to another.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gatelet::cs {

struct UnitRange {
  char16_t first, last;
};

// "w", "W", "s", "S", "d", "D".
std::u16string_view regex_class_items(char16_t letter, bool is_ecma);
// The characters between which and others \b is.
std::u16string_view regex_boundary_items(bool is_ecma);
// The items of \p{name} or, negated, \P{name}; false: .NET does not know the name.
bool append_property(std::u16string& items, std::string_view name, bool is_negated);
void append_unit(std::u16string& out, char16_t unit);  // as a literal, in a class or outside
void append_range(std::u16string& items, UnitRange range);

}  // namespace gatelet::cs
