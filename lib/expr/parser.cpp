#include "expr/parser.hpp"

#include <algorithm>
#include <iterator>

#include "base/limits.hpp"

namespace gatelet::cs {

static constexpr std::string_view keywords[] = {
    "abstract", "as",        "base",       "bool",      "break",     "byte",   "case",      "catch",   "char",   "checked",  "class",
    "const",    "continue",  "decimal",    "default",   "delegate",  "do",     "double",    "else",    "enum",   "event",    "explicit",
    "extern",   "false",     "finally",    "fixed",     "float",     "for",    "foreach",   "goto",    "if",     "implicit", "in",
    "int",      "interface", "internal",   "is",        "lock",      "long",   "namespace", "new",     "null",   "object",   "operator",
    "out",      "override",  "params",     "private",   "protected", "public", "readonly",  "ref",     "return", "sbyte",    "sealed",
    "short",    "sizeof",    "stackalloc", "static",    "string",    "struct", "switch",    "this",    "throw",  "true",     "try",
    "typeof",   "uint",      "ulong",      "unchecked", "unsafe",    "ushort", "using",     "virtual", "void",   "volatile", "while"};

static bool is_keyword(std::string_view word) { return std::binary_search(std::begin(keywords), std::end(keywords), word); }

bool Parser::is(std::string_view punctuation, size_t ahead) const {
  return token(ahead).kind == TokenKind::punctuation && token(ahead).text == punctuation;
}

bool Parser::is_word(std::string_view keyword, size_t ahead) const {
  const Token& next = token(ahead);
  return next.kind == TokenKind::identifier && !next.is_verbatim && next.text == keyword;
}

bool Parser::is_name(size_t ahead) const {
  const Token& next = token(ahead);
  return next.kind == TokenKind::identifier && (next.is_verbatim || !is_keyword(next.text));
}

bool Parser::accept(std::string_view punctuation) {
  if (!is(punctuation)) return false;
  ++at_;
  return true;
}

bool Parser::accept_word(std::string_view keyword) {
  if (!is_word(keyword)) return false;
  ++at_;
  return true;
}

bool Parser::expect(std::string_view punctuation) {
  if (accept(punctuation)) return true;
  const bool is_end = token().kind == TokenKind::end;
  refuse(std::string(punctuation) + " expected" + (is_end ? "" : ", but '" + std::string(token().text) + "' stands here"));
  return false;
}

bool Parser::expect_name(std::string_view& out) {
  if (!is_name()) {
    const bool is_reserved = token().kind == TokenKind::identifier;
    refuse(is_reserved ? "Identifier expected; '" + std::string(token().text) + "' is a keyword" : "Identifier expected");
    return false;
  }
  out = token().text;
  ++at_;
  return true;
}

Node* Parser::refuse_at(size_t at, std::string message) {
  if (!failed()) problem_ = {at, std::move(message)};
  return nullptr;
}

Node* Parser::unexpected() {
  if (token().kind == TokenKind::end) return refuse("Unexpected end of the expression");
  return refuse("Invalid expression term '" + std::string(token().text) + "'");
}

bool Parser::Depth::is_too_deep() const {
  if (parser_.depth_ <= parser_.depth_max_) return false;
  parser_.refuse("The expression is nested too deep; at most " + std::to_string(parser_.depth_max_) + " levels are allowed");
  return true;
}

Node* Parser::make(NodeKind kind, size_t at) {
  Node& node = tree_.nodes.emplace_back();
  node.kind = kind;
  node.at = static_cast<uint32_t>(at);
  return &node;
}

// Long chains (a + b + c …) are deep too: they are trees that lean to one side.
Node* Parser::finish(Node* node) {
  node->end = at_ ? tokens_[at_ - 1].end : 0;
  for (const Node* child : {node->a, node->b, node->c})
    if (child) node->depth = std::max(node->depth, child->depth + 1);
  if (node->depth > expression_chain_max) return refuse_at(node->at, "The expression is too complex: its operators form too long a chain");
  return node;
}

bool Parser::parse_expression_form() {
  tree_.expression = expression();
  if (failed()) return false;
  if (token().kind == TokenKind::end) return true;
  if (is(";")) return refuse("';' is not allowed in @(…); use @{ return …; } for statements"), false;
  return refuse("Unexpected '" + std::string(token().text) + "' after the expression"), false;
}

bool Parser::parse_block_form() {
  while (token().kind != TokenKind::end) {
    StatementNode* next = statement();
    if (failed() || !next) return false;
    tree_.body.push_back(next);
  }
  return true;
}

bool parse(std::string_view text, bool is_block, uint32_t depth_max, Literals& literals, SyntaxTree& out, SyntaxProblem& problem) {
  std::vector<Token> tokens;
  if (!lex(text, literals, tokens, problem)) return false;
  out.is_block = is_block;
  Parser parser(text, tokens, depth_max, out, problem);
  return is_block ? parser.parse_block_form() : parser.parse_expression_form();
}

}  // namespace gatelet::cs
