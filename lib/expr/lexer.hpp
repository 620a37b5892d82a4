// Lexer: the C# tokens of an expression (expressions.md 1.4). Interpolated strings become a flat run of tokens: begin, then texts, holes
// (open, the tokens of the hole, a format, close), end.
#pragma once

#include <string_view>
#include <vector>

#include "expr/syntax.hpp"

namespace gatelet::cs {

enum class TokenKind : uint8_t {
  end,
  identifier,  // keywords too; is_verbatim: written with @, never a keyword
  number,
  character,
  string,
  punctuation,
  interpolation_begin,
  interpolation_text,
  hole_open,
  hole_format,
  hole_close,
  interpolation_end,
};

struct Token {
  TokenKind kind = TokenKind::end;
  bool is_verbatim = false;
  uint32_t at = 0;
  uint32_t end = 0;
  std::string_view text;       // of identifiers, punctuation, formats
  const Type* type = nullptr;  // of numbers, characters
  Value value;                 // of numbers, characters, strings, interpolation texts
};

// False: the problem is told. `text` is without "@(" and ")"; offsets in tokens and problem count from its start.
bool lex(std::string_view text, Literals& literals, std::vector<Token>& out, SyntaxProblem& problem);

}  // namespace gatelet::cs
