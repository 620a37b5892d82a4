// What is known of one UTF-16 unit: simple case mapping and categories, from unicode.inc.
#include <algorithm>
#include <iterator>

#include "expr/string.hpp"

namespace gatelet::cs {

namespace {

struct CaseRange {
  uint32_t first, last, step;
  int32_t distance;
};
struct Range {
  uint32_t first, last;
};

#define GATELET_RANGE(...) {__VA_ARGS__},
constexpr CaseRange upper_ranges[] = {
#define GATELET_UPPER
#include "expr/unicode.inc"
#undef GATELET_UPPER
};
constexpr CaseRange lower_ranges[] = {
#define GATELET_LOWER
#include "expr/unicode.inc"
#undef GATELET_LOWER
};
constexpr Range letter_ranges[] = {
#define GATELET_LETTERS
#include "expr/unicode.inc"
#undef GATELET_LETTERS
};
constexpr Range digit_ranges[] = {
#define GATELET_DIGITS
#include "expr/unicode.inc"
#undef GATELET_DIGITS
};
#undef GATELET_RANGE

template <class T, size_t size>
const T* find_range(const T (&ranges)[size], char16_t unit) {
  const T* found = std::partition_point(std::begin(ranges), std::end(ranges), [unit](const T& range) { return range.last < unit; });
  return found != std::end(ranges) && found->first <= unit ? found : nullptr;
}

template <size_t size>
char16_t mapped(const CaseRange (&ranges)[size], char16_t unit) {
  const CaseRange* range = find_range(ranges, unit);
  return range && (unit - range->first) % range->step == 0 ? static_cast<char16_t>(unit + range->distance) : unit;
}

}  // namespace

char16_t upper_unit(char16_t unit) {
  if (unit < 0x80) return unit >= 'a' && unit <= 'z' ? static_cast<char16_t>(unit - 32) : unit;
  return mapped(upper_ranges, unit);
}

char16_t lower_unit(char16_t unit) {
  if (unit < 0x80) return unit >= 'A' && unit <= 'Z' ? static_cast<char16_t>(unit + 32) : unit;
  return mapped(lower_ranges, unit);
}

bool is_letter(char16_t unit) { return find_range(letter_ranges, unit) != nullptr; }

bool is_digit_unit(char16_t unit) { return find_range(digit_ranges, unit) != nullptr; }

bool is_white_space(char16_t unit) {
  return unit == ' ' || (unit >= 9 && unit <= 13) || unit == 0x85 || unit == 0xA0 || unit == 0x1680 || (unit >= 0x2000 && unit <= 0x200A) ||
         unit == 0x2028 || unit == 0x2029 || unit == 0x202F || unit == 0x205F || unit == 0x3000;
}

}  // namespace gatelet::cs
