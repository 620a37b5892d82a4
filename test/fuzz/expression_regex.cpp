// Regular expressions of C#: a line with the options as a number and the pattern, then the text. A pattern is compiled, refused in .NET's
// words, or known not to be supported; what is compiled finds spans of the text, and ends.
#include <charconv>

#include "expr/regex.hpp"
#include "property.hpp"

using namespace gatelet;
using namespace gatelet::fuzz;

static std::u16string units_of(std::string_view bytes) {
  std::u16string units;
  // Two bytes from 0x80 on are a unit beyond Latin 1.
  for (size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    const bool is_wide = byte >= 0x80 && i + 1 < bytes.size();
    units += static_cast<char16_t>(is_wide ? byte << 8 | static_cast<unsigned char>(bytes[++i]) : byte);
  }
  return units;
}

static void require_spans(const cs::RegexProgram& program, const cs::RegexSearch& search, size_t length) {
  require(search.span(0).is_set());
  for (size_t i = 0; i < program.groups().size(); ++i)
    if (const cs::RegexSpan span = search.span(i); span.is_set()) require(span.start <= length && span.end <= length);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t bytes_max = 4096, matches_max = 64;
  constexpr uint64_t steps = 10'000;
  const std::string_view input = text_of(data, std::min(size, bytes_max));
  const size_t line = std::min(input.find('\n'), input.size());
  int32_t options = 0;
  const char* const end = input.data() + line;
  const char* const pattern_at = std::from_chars(input.data(), end, options).ptr;
  options &= 0x37 | cs::regex_options::ecma_script;
  const auto program = cs::RegexProgram::compile(units_of({pattern_at, static_cast<size_t>(end - pattern_at)}), options);
  if (!program->problem().empty()) {
    // What we write for a pattern that .NET takes, PCRE2 takes.
    require(!program->is_unsupported() || !program->problem().starts_with("a construct"));
    return 0;
  }
  const std::u16string text = units_of(input.substr(std::min(line + 1, input.size())));
  cs::RegexSearch search(*program, text, steps);
  size_t from = 0;
  for (size_t i = 0; i < matches_max && from <= text.size(); ++i) {
    if (search.find(from) != cs::RegexSearch::Outcome::found) break;
    require_spans(*program, search, text.size());
    const cs::RegexSpan whole = search.span(0);
    from = whole.end + (whole.end == whole.start);
  }
  return 0;
}
