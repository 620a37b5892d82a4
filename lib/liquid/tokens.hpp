// Tokens: a Liquid text cut into what is copied, outputs and tags, with the blanks gone that a hyphen takes away.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace gatelet::liquid {

struct Token {
  enum class Kind : uint8_t { text, output, tag, end, problem };
  Kind kind = Kind::end;
  std::string_view name;    // of a tag
  std::string_view markup;  // of a tag behind its name; text as it stands; of a problem what is wrong
  SourcePos at;
};

class Tokens {
 public:
  Tokens(std::string_view source, bool is_markup) : source_(source), is_markup_(is_markup) {}

  // Views of the source, or of what the next call overwrites.
  Token next();
  // What stands before {% end… %} as it is; false: there is no such tag.
  bool raw(std::string_view name, std::string_view& out);

 private:
  Token text();
  Token marked();
  Token problem(std::string text, SourcePos at);
  size_t find_end(char first) const;
  bool is_end_tag(size_t at, std::string_view name, size_t& end, bool& trims_before, bool& trims_after) const;
  SourcePos place(size_t at);
  void skip_blanks();

  std::string_view source_;
  bool is_markup_;
  size_t at_ = 0;
  size_t placed_ = 0;  // up to where lines are counted
  SourcePos place_{1, 1};
  std::string decoded_;
  std::string problem_;
};

}  // namespace gatelet::liquid
