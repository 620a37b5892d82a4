#include "base/limits.hpp"
#include "expr/parser.hpp"

namespace gatelet::cs {

StatementNode* Parser::make_statement(StatementKind kind) {
  StatementNode& node = tree_.statements.emplace_back();
  node.kind = kind;
  node.at = token().at;
  return &node;
}

bool Parser::block_items(std::vector<StatementNode*>& out) {
  if (!expect("{")) return false;
  while (!accept("}")) {
    if (token().kind == TokenKind::end) return refuse("} expected"), false;
    StatementNode* next = statement();
    if (failed() || !next) return false;
    out.push_back(next);
  }
  return true;
}

StatementNode* Parser::block() {
  StatementNode* node = make_statement(StatementKind::block);
  return block_items(node->body) ? node : nullptr;
}

bool Parser::embedded(StatementNode& parent) {
  StatementNode* child = statement();
  if (failed() || !child) return false;
  if (child->kind == StatementKind::local || child->kind == StatementKind::function)
    return refuse_at(child->at, "Embedded statement cannot be a declaration"), false;
  parent.body.push_back(child);
  return true;
}

StatementNode* Parser::statement() {
  const Depth depth(*this);
  if (depth.is_too_deep()) return nullptr;
  if (is("{")) return block();
  if (is(";")) {
    StatementNode* node = make_statement(StatementKind::empty);
    ++at_;
    return node;
  }
  if (is_word("const")) {
    ++at_;
    return declaration(true);
  }
  if (token().kind == TokenKind::identifier && !is_name())
    if (StatementNode* node = keyword_statement(); node || failed()) return node;
  if (is_word("yield") && (is_word("return", 1) || is_word("break", 1))) return refuse("'yield' is not allowed in expressions"), nullptr;
  if (!at_declaration() || (is_word("await") && is_name(1))) return expression_statement();
  return declaration(false);
}

StatementNode* Parser::declaration(bool is_const) {
  StatementNode* node = make_statement(StatementKind::local);
  node->is_const = is_const;
  if (accept_word("void"))
    node->type.name = "void";
  else if (!type(node->type))
    return nullptr;
  if (is_name() && (is("(", 1) || is("<", 1))) {
    node->kind = StatementKind::function;
    if (!expect_name(node->name)) return nullptr;
    if (is("<")) return refuse("Generic local functions are not supported"), nullptr;
    if (!lambda_parameters(node->parameters)) return nullptr;
    if (accept("=>")) {
      node->a = expression();
      return failed() || !expect(";") ? nullptr : node;
    }
    StatementNode* body = block();
    if (!body) return nullptr;
    node->body.push_back(body);
    return node;
  }
  do {
    Declarator& declarator = node->declarators.emplace_back();
    declarator.at = token().at;
    if (!expect_name(declarator.name)) return nullptr;
    if (accept("=")) {
      if (is("{")) {  // string[] a = { … }
        declarator.value = make(NodeKind::implicit_array, token().at);
        declarator.value->text = "=";
        if (!array_initializer(declarator.value)) return nullptr;
        declarator.value = finish(declarator.value);
      } else {
        declarator.value = expression();
      }
    }
    if (failed()) return nullptr;
  } while (accept(","));
  return expect(";") ? node : nullptr;
}

StatementNode* Parser::expression_statement() {
  StatementNode* node = make_statement(StatementKind::expression);
  node->a = expression();
  if (failed()) return nullptr;
  const Node* last = node->a;
  while (last->kind == NodeKind::conditional_access) last = last->b;  // a?.b?.Call()
  const NodeKind kind = last->kind;
  const bool is_step = kind == NodeKind::unary && (node->a->text == "++" || node->a->text == "--");
  if (kind != NodeKind::assignment && kind != NodeKind::call && kind != NodeKind::postfix && kind != NodeKind::create && !is_step)
    return refuse_at(node->a->at, "Only assignment, call, increment, decrement, and new object expressions can be used as a statement"),
           nullptr;
  return expect(";") ? node : nullptr;
}

StatementNode* Parser::keyword_statement() {
  if (is_word("if")) return if_statement();
  if (is_word("switch")) return switch_statement();
  if (is_word("for")) return for_statement();
  if (is_word("foreach")) return foreach_statement();
  if (is_word("while")) return while_statement();
  if (is_word("do")) return do_statement();
  if (is_word("try")) return try_statement();
  if (is_word("using")) return using_statement();
  if (is_word("return")) return jump_statement(StatementKind::return_);
  if (is_word("throw")) return jump_statement(StatementKind::throw_);
  if (is_word("break")) return jump_statement(StatementKind::break_);
  if (is_word("continue")) return jump_statement(StatementKind::continue_);
  if ((is_word("checked") || is_word("unchecked")) && is("{", 1)) {
    StatementNode* node = make_statement(StatementKind::checked_);
    node->name = token().text;
    ++at_;
    return block_items(node->body) ? node : nullptr;
  }
  for (std::string_view word : {"goto", "lock", "unsafe", "fixed", "class", "struct", "enum", "interface", "delegate", "namespace", "else",
                                "catch", "finally", "case", "public", "private", "static", "operator", "event"})
    if (is_word(word)) return refuse("'" + std::string(word) + "' is not allowed here"), nullptr;
  return nullptr;
}

StatementNode* Parser::jump_statement(StatementKind kind) {
  StatementNode* node = make_statement(kind);
  ++at_;
  const bool has_value = (kind == StatementKind::return_ || kind == StatementKind::throw_) && !is(";");
  if (has_value) node->a = expression();
  return failed() || !expect(";") ? nullptr : node;
}

StatementNode* Parser::if_statement() {
  StatementNode* node = make_statement(StatementKind::if_);
  ++at_;
  if (!expect("(")) return nullptr;
  node->a = expression();
  if (failed() || !expect(")") || !embedded(*node)) return nullptr;
  if (accept_word("else") && !embedded(*node)) return nullptr;
  return node;
}

bool Parser::switch_section(SwitchSection& out) {
  out.at = token().at;
  while (is_word("case") || is_word("default")) {
    if (accept_word("default")) {
      out.labels.push_back(nullptr);
    } else {
      ++at_;
      out.labels.push_back(conditional());
      if (failed()) return false;
      if (is_name() || is_word("when")) return refuse("Patterns are not supported in 'switch'; use 'if'"), false;
    }
    if (!expect(":")) return false;
  }
  if (out.labels.empty()) return refuse("'case' or 'default' expected"), false;
  while (!is_word("case") && !is_word("default") && !is("}")) {
    StatementNode* next = statement();
    if (failed() || !next) return false;
    out.body.push_back(next);
  }
  return true;
}

StatementNode* Parser::switch_statement() {
  StatementNode* node = make_statement(StatementKind::switch_);
  ++at_;
  if (!expect("(")) return nullptr;
  node->a = expression();
  if (failed() || !expect(")") || !expect("{")) return nullptr;
  while (!accept("}"))
    if (!switch_section(node->sections.emplace_back())) return nullptr;
  return node;
}

StatementNode* Parser::for_statement() {
  StatementNode* node = make_statement(StatementKind::for_);
  ++at_;
  if (!expect("(")) return nullptr;
  StatementNode* first = make_statement(StatementKind::block);
  if (at_declaration()) {
    first = declaration(false);
  } else if (!accept(";")) {
    do {
      StatementNode* step = make_statement(StatementKind::expression);
      step->a = expression();
      if (failed()) return nullptr;
      first->body.push_back(step);
    } while (accept(","));
    if (!expect(";")) return nullptr;
  }
  if (failed()) return nullptr;
  node->body.push_back(first);
  if (!is(";")) node->a = expression();
  if (failed() || !expect(";")) return nullptr;
  if (!is(")")) do
      node->steps.push_back(expression());
    while (!failed() && accept(","));
  return failed() || !expect(")") || !embedded(*node) ? nullptr : node;
}

StatementNode* Parser::foreach_statement() {
  StatementNode* node = make_statement(StatementKind::foreach_);
  ++at_;
  if (!expect("(") || !type(node->type) || !expect_name(node->name)) return nullptr;
  if (!accept_word("in")) return refuse("'in' expected"), nullptr;
  node->a = expression();
  return failed() || !expect(")") || !embedded(*node) ? nullptr : node;
}

StatementNode* Parser::while_statement() {
  StatementNode* node = make_statement(StatementKind::while_);
  ++at_;
  if (!expect("(")) return nullptr;
  node->a = expression();
  return failed() || !expect(")") || !embedded(*node) ? nullptr : node;
}

StatementNode* Parser::do_statement() {
  StatementNode* node = make_statement(StatementKind::do_);
  ++at_;
  if (!embedded(*node)) return nullptr;
  if (!accept_word("while")) return refuse("'while' expected"), nullptr;
  if (!expect("(")) return nullptr;
  node->a = expression();
  return failed() || !expect(")") || !expect(";") ? nullptr : node;
}

bool Parser::catch_clause(CatchSyntax& out) {
  out.at = token().at;
  ++at_;
  if (accept("(")) {
    out.has_type = true;
    if (!type(out.type)) return false;
    if (!is(")") && !expect_name(out.name)) return false;
    if (!expect(")")) return false;
  }
  if (accept_word("when")) {
    if (!expect("(")) return false;
    out.when = expression();
    if (failed() || !expect(")")) return false;
  }
  out.body = block();
  return out.body != nullptr;
}

StatementNode* Parser::try_statement() {
  StatementNode* node = make_statement(StatementKind::try_);
  ++at_;
  StatementNode* body = block();
  if (!body) return nullptr;
  node->body.push_back(body);
  while (is_word("catch"))
    if (!catch_clause(node->catches.emplace_back())) return nullptr;
  if (accept_word("finally")) {
    node->finally = block();
    if (!node->finally) return nullptr;
  }
  if (node->catches.empty() && !node->finally) return refuse("Expected catch or finally"), nullptr;
  return node;
}

StatementNode* Parser::using_statement() {
  StatementNode* node = make_statement(StatementKind::using_);
  ++at_;
  if (!expect("(")) return nullptr;
  if (at_declaration()) {
    StatementNode* declared = make_statement(StatementKind::local);
    if (!type(declared->type)) return nullptr;
    do {
      Declarator& declarator = declared->declarators.emplace_back();
      declarator.at = token().at;
      if (!expect_name(declarator.name) || !expect("=")) return nullptr;
      declarator.value = expression();
      if (failed()) return nullptr;
    } while (accept(","));
    node->body.push_back(declared);
  } else {
    node->a = expression();
  }
  return failed() || !expect(")") || !embedded(*node) ? nullptr : node;
}

}  // namespace gatelet::cs
