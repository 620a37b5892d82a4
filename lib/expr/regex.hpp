// RegexProgram: a .NET pattern compiled by PCRE2, and the search of a text with it. Immutable: any thread may search. PCRE2's 16-bit
// library works on UTF-16 units as .NET does, so that offsets, '.', and lone surrogates are the same; ASCII text is widened, which costs
// little beside a match.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "expr/regex_syntax.hpp"

struct pcre2_real_code_16;

namespace gatelet::cs {

struct RegexWorkspace;

class RegexProgram {
 public:
  // Always a program; one with a problem must not be searched with.
  static std::shared_ptr<const RegexProgram> compile(std::u16string_view pattern, int32_t options);
  ~RegexProgram();

  const std::u16string& pattern() const { return pattern_; }
  int32_t options() const { return options_; }
  const RegexSyntax& syntax() const { return syntax_; }
  const std::vector<RegexGroup>& groups() const { return syntax_.groups; }
  // .NET refuses the pattern with this ArgumentException; or we do not support it. Empty: neither.
  const std::string& problem() const { return syntax_.problem; }
  bool is_unsupported() const { return syntax_.is_unsupported; }
  size_t size() const { return size_; }  // of the compiled form

 private:
  friend class RegexSearch;
  RegexProgram(std::u16string_view pattern, int32_t options) : pattern_(pattern), options_(options) {}
  void compile();

  std::u16string pattern_;
  int32_t options_;
  RegexSyntax syntax_;
  pcre2_real_code_16* code_ = nullptr;
  size_t size_ = 0;
  mutable std::atomic<RegexWorkspace*> spare_ = nullptr;  // what the last search left for the next one
};

struct RegexSpan {
  static constexpr uint32_t unset = UINT32_MAX;
  uint32_t start = unset;
  uint32_t end = 0;
  bool is_set() const { return start != unset; }
};

// Searches of one text; `units` must outlive it.
class RegexSearch {
 public:
  // `steps` of work at most are done by one find(), at most regex_match_steps_max.
  RegexSearch(const RegexProgram& program, std::u16string_view units, uint64_t steps);
  ~RegexSearch();
  RegexSearch(const RegexSearch&) = delete;
  RegexSearch& operator=(const RegexSearch&) = delete;

  enum class Outcome { found, none, exhausted };
  Outcome find(size_t from);
  uint64_t steps_used() const { return steps_used_; }  // of the last find()
  // What a group of RegexProgram::groups() captured last; after `found`.
  RegexSpan span(size_t group) const;

 private:
  int run(size_t from);

  const RegexProgram& program_;
  std::u16string_view units_;
  const uint64_t steps_;
  uint64_t steps_used_ = 0;
  RegexWorkspace* workspace_;
};

}  // namespace gatelet::cs
