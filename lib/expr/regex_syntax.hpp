// RegexSyntax: a .NET pattern, checked with .NET's rules and written again in PCRE2's syntax (expressions.md 6.6). Both count UTF-16 units,
// so a pattern and its texts need no conversion.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatelet::cs {

// System.Text.RegularExpressions.RegexOptions.
namespace regex_options {
inline constexpr int32_t ignore_case = 1, multiline = 2, explicit_capture = 4, compiled = 8, single_line = 16, ignore_white_space = 32,
                         right_to_left = 64, ecma_script = 256, culture_invariant = 512;
}

// A group as .NET counts: those without a name first, then the named ones. Several groups of one name are one group.
struct RegexGroup {
  int32_t number = 0;
  std::u16string name;             // of one without a name: its number
  std::vector<uint32_t> captures;  // PCRE2's numbers, in the order of the pattern
  bool is_repeated = false;        // may capture more than once in a match
};

struct RegexSyntax {
  std::u16string pattern;
  std::vector<RegexGroup> groups;  // by number; the first is the whole match
  std::string problem;             // empty: none
  bool is_unsupported = false;     // .NET takes the pattern, we do not; else `problem` has .NET's words

  const RegexGroup* find(int32_t number) const;
  const RegexGroup* find(std::u16string_view name) const;
};

RegexSyntax translate_regex(std::u16string_view pattern, int32_t options);

// The pattern for PCRE2 has a callout at each place where the work of a match may multiply: its match limit counts for each start of a
// match anew, these are counted over the whole text.
inline constexpr std::u16string_view regex_mark = u"(?C)";

// The escape of a character that begins behind the '\' at text[at]: \n, \x41, \cC, \101 …; false: `problem` tells what is wrong.
bool read_regex_escape(std::u16string_view text, size_t& at, bool is_ecma, char16_t& out, std::string& problem);
// ArgumentException's words: parsing "(" - Not enough )'s.
std::string regex_problem(std::u16string_view pattern, std::string_view problem);
bool is_regex_word(char16_t unit);

}  // namespace gatelet::cs
