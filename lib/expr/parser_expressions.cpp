#include "base/limits.hpp"
#include "expr/parser.hpp"

namespace gatelet::cs {

Node* Parser::expression() {
  const Depth depth(*this);
  if (depth.is_too_deep()) return nullptr;
  if (is_word("await") && is_name(1)) return refuse("'await' is not allowed in expressions");
  if (at_lambda()) return lambda();
  if (is_word("throw")) {
    Node* node = make(NodeKind::throw_expression, token().at);
    ++at_;
    node->a = expression();
    return failed() ? nullptr : finish(node);
  }
  Node* left = conditional();
  return failed() ? nullptr : assignment_tail(left);
}

Node* Parser::assignment_tail(Node* left) {
  static constexpr std::string_view operators[] = {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<="};
  std::string_view op;
  for (std::string_view candidate : operators)
    if (is(candidate)) op = candidate;
  size_t length = 1;
  if (is(">") && is(">=", 1) && token().end == token(1).at) {
    op = ">>=";
    length = 2;
  }
  if (op.empty()) return left;
  Node* node = make(NodeKind::assignment, token().at);
  at_ += length;
  node->text = op;
  node->a = left;
  node->b = expression();
  return failed() ? nullptr : finish(node);
}

Node* Parser::conditional() {
  Node* condition = binary(0);
  if (failed() || !is("?")) return condition;
  const Depth depth(*this);
  if (depth.is_too_deep()) return nullptr;
  Node* node = make(NodeKind::conditional, token().at);
  ++at_;
  node->a = condition;
  node->b = expression();
  if (failed() || !expect(":")) return nullptr;
  node->c = expression();
  return failed() ? nullptr : finish(node);
}

// Higher binds tighter; 0: no binary operator.
static int precedence_of(std::string_view op) {
  static constexpr std::pair<std::string_view, int> levels[] = {{"??", 1}, {"||", 2}, {"&&", 3}, {"|", 4},  {"^", 5},  {"&", 6},  {"==", 7},
                                                                {"!=", 7}, {"<", 8},  {">", 8},  {"<=", 8}, {">=", 8}, {"<<", 9}, {">>", 9},
                                                                {"+", 10}, {"-", 10}, {"*", 11}, {"/", 11}, {"%", 11}};
  for (const auto& [text, level] : levels)
    if (text == op) return level;
  return 0;
}

static constexpr int relational_precedence = 8;

Node* Parser::binary(int least) {
  Node* left = unary();
  while (!failed()) {
    const size_t at = token().at;
    if ((is_word("is") || is_word("as")) && least < relational_precedence) {
      const std::string_view word = token().text;
      ++at_;
      left = relational_type(left, word, at);
      continue;
    }
    if (token().kind != TokenKind::punctuation) return left;
    const bool is_shift = is(">") && is(">", 1) && token().end == token(1).at && !(is(">=", 1));
    std::string_view op = is_shift ? std::string_view(">>") : token().text;
    if (is_shift && is(">=", 2) && token(1).end == token(2).at) return left;
    if (is(">") && is(">=", 1) && token().end == token(1).at) return left;
    const int level = precedence_of(op);
    if (level == 0 || level <= least) return left;
    at_ += is_shift ? 2 : 1;
    Node* node = make(NodeKind::binary, at);
    node->text = op;
    node->a = left;
    const Depth depth(*this);
    if (depth.is_too_deep()) return nullptr;
    if (op == "??" && is_word("throw"))
      node->b = expression();
    else
      node->b = binary(op == "??" ? level - 1 : level);
    if (failed()) return nullptr;
    left = finish(node);
  }
  return nullptr;
}

Node* Parser::relational_type(Node* left, std::string_view word, size_t at) {
  Node* node = make(word == "is" ? NodeKind::is_type : NodeKind::as_type, at);
  node->a = left;
  const bool is_constant = word == "is" && (is_word("null") || is_word("true") || is_word("false") || token().kind == TokenKind::number ||
                                            token().kind == TokenKind::string || token().kind == TokenKind::character || is("-"));
  if (is_constant) {
    node->b = unary();
    return failed() ? nullptr : finish(node);
  }
  TypeSyntax syntax;
  if (!type(syntax, false)) return nullptr;
  while (is("[") && is("]", 1)) {
    at_ += 2;
    syntax.suffixes += '[';
  }
  // x is int ? a : b is a conditional; x as int? is a type.
  if (is("?")) {
    const size_t start = at_++;
    const bool ends = token().kind == TokenKind::end || token().kind == TokenKind::hole_close || is(")") || is(";") || is(",") || is("]") ||
                      is("}") || is("??") || is("==") || is("!=") || is("&&") || is("||") || is("?");
    if (ends)
      syntax.suffixes += '?';
    else
      at_ = start;
  }
  node->types.push_back(std::move(syntax));
  if (word == "is" && is_name()) {
    node->text = token().text;
    ++at_;
  }
  return finish(node);
}

Node* Parser::unary() {
  const Depth depth(*this);
  if (depth.is_too_deep()) return nullptr;
  for (std::string_view op : {"+", "-", "!", "~", "++", "--"}) {
    if (!is(op)) continue;
    Node* node = make(NodeKind::unary, token().at);
    ++at_;
    node->text = op;
    node->a = unary();
    return failed() ? nullptr : finish(node);
  }
  if (is("(") && !at_lambda() && at_cast()) return cast();
  return primary();
}

Node* Parser::cast() {
  Node* node = make(NodeKind::cast, token().at);
  ++at_;
  if (!type(node->types.emplace_back()) || !expect(")")) return nullptr;
  node->a = unary();
  return failed() ? nullptr : finish(node);
}

Node* Parser::primary() {
  Node* node = primary_start();
  return failed() ? nullptr : chain(node);
}

Node* Parser::chain(Node* node) {
  while (!failed()) {
    // White space may stand between the marks; a literal that begins with a dot is another token (a ? .5 : b).
    if (is("?.") || (is("?") && (is(".", 1) || is("[", 1)))) return conditional_access(node);
    Node* next = chain_step(node);
    if (next == node) return node;
    node = next;
  }
  return nullptr;
}

// One of .name, (arguments), [arguments], ++, --; the same node when none follows.
Node* Parser::chain_step(Node* node) {
  const size_t at = token().at;
  if (is(".")) {
    ++at_;
    Node* step = make(NodeKind::member, token().at);
    step->a = node;
    if (!expect_name(step->text)) return nullptr;
    if (at_generic_arguments() && !type_arguments(step->types)) return nullptr;
    return finish(step);
  }
  if (is("(") || is("[")) {
    const bool is_call = is("(");
    Node* step = make(is_call ? NodeKind::call : NodeKind::index, is_call && node->kind == NodeKind::member ? node->at : at);
    ++at_;
    step->a = node;
    if (!arguments(is_call ? ")" : "]", step->arguments)) return nullptr;
    return finish(step);
  }
  if (is("++") || is("--")) {
    Node* step = make(NodeKind::postfix, at);
    step->text = token().text;
    step->a = node;
    ++at_;
    return finish(step);
  }
  return node;
}

Node* Parser::conditional_access(Node* target) {
  const Depth depth(*this);
  if (depth.is_too_deep()) return nullptr;
  Node* node = make(NodeKind::conditional_access, token().at);
  node->a = target;
  Node* receiver = make(NodeKind::receiver, token().at);
  if (is("?.")) {
    ++at_;
    Node* step = make(NodeKind::member, token().at);
    step->a = receiver;
    if (!expect_name(step->text)) return nullptr;
    if (at_generic_arguments() && !type_arguments(step->types)) return nullptr;
    node->b = chain(finish(step));
  } else {
    ++at_;
    node->b = chain(chain_step(receiver));
  }
  return failed() ? nullptr : finish(node);
}

Node* Parser::primary_start() {
  const Token& first = token();
  switch (first.kind) {
    case TokenKind::number:
    case TokenKind::character:
    case TokenKind::string: return literal();
    case TokenKind::interpolation_begin: return interpolated();
    case TokenKind::identifier:
      if (first.text == "nameof" && is("(", 1)) return parenthesized_operand(NodeKind::name_of);
      return is_name() ? name() : keyword_expression();
    case TokenKind::punctuation: break;
    default: return unexpected();
  }
  if (!is("(")) return unexpected();
  ++at_;
  Node* inner = expression();
  if (failed() || !expect(")")) return nullptr;
  inner->is_parenthesized = true;
  return inner;
}

Node* Parser::literal() {
  Node* node = make(NodeKind::literal, token().at);
  node->value = token().value;
  node->literal_type = token().type;
  node->text = token().text;
  ++at_;
  return finish(node);
}

Node* Parser::name() {
  Node* node = make(NodeKind::name, token().at);
  node->text = token().text;
  ++at_;
  if (at_generic_arguments() && !type_arguments(node->types)) return nullptr;
  return finish(node);
}

Node* Parser::parenthesized_operand(NodeKind kind) {
  Node* node = make(kind, token().at);
  node->text = token().text;
  ++at_;
  if (!expect("(")) return nullptr;
  node->a = expression();
  return failed() || !expect(")") ? nullptr : finish(node);
}

Node* Parser::keyword_expression() {
  const size_t at = token().at;
  if (is_word("true") || is_word("false")) {
    Node* node = make(NodeKind::literal, at);
    node->value = boolean(is_word("true"));
    node->literal_type = &types::boolean;
    ++at_;
    return finish(node);
  }
  if (accept_word("null")) return finish(make(NodeKind::literal, at));
  if (is_word("new")) return create();
  if (is_word("checked") || is_word("unchecked")) return parenthesized_operand(NodeKind::checked_expression);
  if (is_word("typeof") || (is_word("default") && is("(", 1))) {
    Node* node = make(is_word("typeof") ? NodeKind::type_of : NodeKind::default_of, at);
    at_ += 1;
    if (!expect("(") || !type(node->types.emplace_back()) || !expect(")")) return nullptr;
    return finish(node);
  }
  if (accept_word("default")) return finish(make(NodeKind::default_of, at));
  if (at_predefined_type() && is(".", 1)) {  // string.Empty
    Node* node = make(NodeKind::name, at);
    node->text = token().text;
    ++at_;
    return finish(node);
  }
  if (is_word("this") || is_word("base")) return refuse("Keyword '" + std::string(token().text) + "' is not available here");
  return unexpected();
}

Node* Parser::interpolated() {
  Node* node = make(NodeKind::interpolated, token().at);
  ++at_;
  while (token().kind != TokenKind::interpolation_end) {
    if (token().kind == TokenKind::interpolation_text) {
      Node* part = make(NodeKind::literal, token().at);
      part->value = token().value;
      part->literal_type = &types::text;
      node->items.push_back(part);
      ++at_;
    } else {
      node->items.push_back(hole());
    }
    if (failed()) return nullptr;
  }
  ++at_;
  return finish(node);
}

Node* Parser::hole() {
  Node* node = make(NodeKind::hole, token().at);
  ++at_;
  node->a = expression();
  if (failed()) return nullptr;
  if (accept(",")) node->b = expression();
  if (failed()) return nullptr;
  if (token().kind == TokenKind::hole_format) {
    node->value = token().value;
    ++at_;
  }
  if (token().kind != TokenKind::hole_close) return unexpected();
  ++at_;
  return finish(node);
}

bool Parser::lambda_parameters(std::vector<LambdaParameter>& out) {
  if (!accept("(")) {
    LambdaParameter& parameter = out.emplace_back();
    return expect_name(parameter.name);
  }
  if (accept(")")) return true;
  do {
    LambdaParameter& parameter = out.emplace_back();
    if (!(is_name() && (is(",", 1) || is(")", 1)))) {
      parameter.is_typed = true;
      if (!type(parameter.type)) return false;
    }
    if (!expect_name(parameter.name)) return false;
  } while (accept(","));
  return expect(")");
}

Node* Parser::lambda() {
  Node* node = make(NodeKind::lambda, token().at);
  if (!lambda_parameters(node->parameters) || !expect("=>")) return nullptr;
  if (is("{"))
    node->body = block();
  else
    node->a = expression();
  return failed() ? nullptr : finish(node);
}

bool Parser::argument(ArgumentSyntax& out) {
  if (is_name() && is(":", 1)) {
    out.name = token().text;
    at_ += 2;
  }
  if (is_word("ref")) return refuse("'ref' arguments are not supported"), false;
  if (accept_word("out")) {
    out.is_out = true;
    if (at_declaration()) {
      Node* node = make(NodeKind::out_variable, token().at);
      if (!type(node->types.emplace_back()) || !expect_name(node->text)) return false;
      out.value = finish(node);
      return true;
    }
  }
  out.value = expression();
  return !failed();
}

bool Parser::arguments(std::string_view close, std::vector<ArgumentSyntax>& out) {
  if (accept(close)) return true;
  do
    if (!argument(out.emplace_back())) return false;
  while (accept(","));
  return expect(close);
}

}  // namespace gatelet::cs
