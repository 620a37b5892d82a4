// Types, and the questions that only looking ahead answers: cast or parentheses, lambda, generic arguments, declaration.
#include "base/limits.hpp"
#include "expr/parser.hpp"

namespace gatelet::cs {

static constexpr std::string_view predefined_types[] = {"bool",   "byte",  "char",  "decimal", "double", "float", "int",   "long",
                                                        "object", "sbyte", "short", "string",  "uint",   "ulong", "ushort"};

static bool is_predefined(const Token& token) {
  if (token.kind != TokenKind::identifier || token.is_verbatim) return false;
  for (std::string_view name : predefined_types)
    if (name == token.text) return true;
  return false;
}

bool Parser::at_predefined_type() const { return is_predefined(token()); }

bool Parser::type(TypeSyntax& out, bool with_suffixes) {
  out.at = token().at;
  if (!is_predefined(token()) && !is_name()) return refuse("Type expected"), false;
  const size_t start = token().at;
  size_t end = token().end;
  ++at_;
  while (is(".") && is_name(1)) {
    end = token(1).end;
    at_ += 2;
  }
  out.name = text_.substr(start, end - start);
  if (is("<") && !type_arguments(out.arguments)) return false;
  while (with_suffixes) {
    if (is("[") && is("]", 1)) {
      at_ += 2;
      out.suffixes += '[';
    } else if (is("?") && !out.suffixes.ends_with('?')) {
      ++at_;
      out.suffixes += '?';
    } else {
      break;
    }
  }
  return true;
}

bool Parser::type_arguments(std::vector<TypeSyntax>& out) {
  const Depth depth(*this);
  if (depth.is_too_deep() || !expect("<")) return false;
  do
    if (!type(out.emplace_back())) return false;
  while (accept(","));
  return expect(">");
}

bool Parser::try_type(TypeSyntax& out) {
  const size_t start = at_;
  if ((is_predefined(token()) || is_name()) && type(out)) return true;
  at_ = start;
  problem_ = {};
  out = {};
  return false;
}

// a < b > (c): generic when what follows '<' reads as types and one of these tokens comes after '>'.
bool Parser::at_generic_arguments() {
  if (!is("<")) return false;
  const size_t start = at_;
  std::vector<TypeSyntax> ignored;
  const bool is_list = type_arguments(ignored);
  bool is_generic = false;
  if (is_list) {
    is_generic = token().kind == TokenKind::end || token().kind == TokenKind::hole_close;
    for (std::string_view mark : {"(", ")", "]", "}", ":", ";", ",", ".", "?", "?.", "==", "!="}) is_generic |= is(mark);
  }
  at_ = start;
  problem_ = {};
  return is_generic;
}

bool Parser::at_cast() {
  const size_t start = at_++;
  const bool starts_predefined = is_predefined(token());
  TypeSyntax syntax;
  const bool is_member = starts_predefined && is(".", 1);  // (int.MaxValue) is a value
  bool is_cast = !is_member && try_type(syntax) && accept(")");
  if (is_cast && !(starts_predefined || !syntax.suffixes.empty())) {
    const Token& next = token();
    switch (next.kind) {
      case TokenKind::identifier: is_cast = !is_word("as") && !is_word("is"); break;
      case TokenKind::punctuation: is_cast = is("(") || is("!") || is("~"); break;
      case TokenKind::end:
      case TokenKind::hole_close:
      case TokenKind::hole_format: is_cast = false; break;
      default: break;
    }
  }
  at_ = start;
  return is_cast;
}

size_t Parser::matching(size_t open) const {
  size_t depth = 0;
  for (size_t i = open; i < tokens_.size(); ++i) {
    if (tokens_[i].kind != TokenKind::punctuation) continue;
    if (tokens_[i].text == "(") ++depth;
    if (tokens_[i].text == ")" && --depth == 0) return i;
  }
  return tokens_.size() - 1;
}

bool Parser::at_lambda() const {
  if (is_name() && is("=>", 1)) return true;
  if (!is("(")) return false;
  const size_t close = matching(at_);
  return close + 1 < tokens_.size() && tokens_[close + 1].kind == TokenKind::punctuation && tokens_[close + 1].text == "=>";
}

// A type and a name: a declaration or a local function.
bool Parser::at_declaration() {
  const size_t start = at_;
  TypeSyntax ignored;
  const bool is_type = try_type(ignored) || (is_word("void") && ++at_);
  const bool is_declaration = is_type && is_name();
  at_ = start;
  problem_ = {};
  return is_declaration;
}

}  // namespace gatelet::cs
