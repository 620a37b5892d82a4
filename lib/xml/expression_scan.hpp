// Expression scan: where a policy expression ends. Policy documents hold C# between XML marks unescaped, so a quote, an angle bracket or an
// ampersand means XML or C# depending on where the expression that begins with "@(" or "@{" ends. Knows strings, characters, comments and
// the holes of interpolated strings; says nothing about whether the C# is right, that is for the expr room.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace gatelet {

// The offset one past the bracket that closes the expression starting at text[at] ("@(" or "@{"), or npos when no expression starts there
// or it has no end. Linear in what it reads.
size_t expression_end(std::string_view text, size_t at);

// The trimmed value is one expression and nothing else.
bool is_expression(std::string_view value);

// The value holds an expression but also other text: such a value is literal as a whole, which is rarely what its author wanted.
bool has_embedded_expression(std::string_view value);

// "@(" or "@{" stands at text[at].
bool starts_expression(std::string_view text, size_t at);

// expression_end() with the offset up to which it had to read, for callers that keep account of failed scans.
struct ExpressionScan {
  size_t end;
  size_t read_to;
};
ExpressionScan scan_expression(std::string_view text, size_t at);

struct TextRange {
  size_t begin;
  size_t end;
};
// The string and character literals of an expression, in order; interpolated strings without their holes.
std::vector<TextRange> expression_literals(std::string_view expression);

}  // namespace gatelet
