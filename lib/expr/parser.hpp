// Parser: the complete grammar of expressions.md 1.5 into a SyntaxTree. Recursive descent over the tokens; stops at the first problem.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "expr/lexer.hpp"
#include "expr/syntax.hpp"

namespace gatelet::cs {

// `text` is what stands between "@(" and ")" or "@{" and "}"; brackets, operators and statements are in one another `depth_max` deep at
// most.
bool parse(std::string_view text, bool is_block, uint32_t depth_max, Literals& literals, SyntaxTree& out, SyntaxProblem& problem);

class Parser {
 public:
  Parser(std::string_view text, const std::vector<Token>& tokens, uint32_t depth_max, SyntaxTree& tree, SyntaxProblem& problem)
      : text_(text), tokens_(tokens), depth_max_(depth_max), tree_(tree), problem_(problem) {}
  bool parse_expression_form();
  bool parse_block_form();

 private:
  // tokens
  const Token& token(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  bool is(std::string_view punctuation, size_t ahead = 0) const;
  bool is_word(std::string_view keyword, size_t ahead = 0) const;
  bool is_name(size_t ahead = 0) const;  // an identifier that is no keyword
  bool accept(std::string_view punctuation);
  bool accept_word(std::string_view keyword);
  bool expect(std::string_view punctuation);
  bool expect_name(std::string_view& out);
  Node* refuse(std::string message) { return refuse_at(token().at, std::move(message)); }
  Node* refuse_at(size_t at, std::string message);
  Node* unexpected();
  bool failed() const { return !problem_.message.empty(); }

  // nodes
  Node* make(NodeKind kind, size_t at);
  Node* finish(Node* node);

  // types (parser_types.cpp)
  bool type(TypeSyntax& out, bool with_suffixes = true);
  bool type_arguments(std::vector<TypeSyntax>& out);
  bool try_type(TypeSyntax& out);  // moves only when a type stands here
  bool at_generic_arguments();
  bool at_predefined_type() const;
  bool at_cast();
  bool at_lambda() const;
  bool at_declaration();
  size_t matching(size_t open) const;

  // expressions (parser_expressions.cpp)
  Node* expression();
  Node* assignment_tail(Node* left);
  Node* conditional();
  Node* binary(int least);
  Node* relational_type(Node* left, std::string_view word, size_t at);
  Node* unary();
  Node* cast();
  Node* primary();
  Node* primary_start();
  Node* chain(Node* node);
  Node* chain_step(Node* node);
  Node* conditional_access(Node* target);
  Node* keyword_expression();
  Node* name();
  Node* literal();
  Node* interpolated();
  Node* hole();
  Node* lambda();
  bool lambda_parameters(std::vector<LambdaParameter>& out);
  Node* create();
  Node* create_array(Node* node);
  Node* create_implicit(size_t at);
  Node* anonymous(size_t at);
  bool object_initializer(Node* node);
  Node* initializer_entry();
  bool array_initializer(Node* node);
  bool arguments(std::string_view close, std::vector<ArgumentSyntax>& out);
  bool argument(ArgumentSyntax& out);
  Node* parenthesized_operand(NodeKind kind);

  // statements (parser_statements.cpp)
  StatementNode* statement();
  StatementNode* make_statement(StatementKind kind);
  StatementNode* block();
  bool block_items(std::vector<StatementNode*>& out);
  StatementNode* declaration(bool is_const);
  StatementNode* expression_statement();
  StatementNode* keyword_statement();
  StatementNode* if_statement();
  StatementNode* switch_statement();
  bool switch_section(SwitchSection& out);
  StatementNode* for_statement();
  StatementNode* foreach_statement();
  StatementNode* while_statement();
  StatementNode* do_statement();
  StatementNode* try_statement();
  bool catch_clause(CatchSyntax& out);
  StatementNode* using_statement();
  StatementNode* jump_statement(StatementKind kind);
  bool embedded(StatementNode& parent);

  // Keeps count of how deep things stand in one another.
  class Depth {
   public:
    explicit Depth(Parser& parser) : parser_(parser) { ++parser_.depth_; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;
    ~Depth() { --parser_.depth_; }
    bool is_too_deep() const;

   private:
    Parser& parser_;
  };

  std::string_view text_;
  const std::vector<Token>& tokens_;
  const uint32_t depth_max_;
  SyntaxTree& tree_;
  SyntaxProblem& problem_;
  size_t at_ = 0;
  uint32_t depth_ = 0;
};

}  // namespace gatelet::cs
