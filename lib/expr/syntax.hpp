// Syntax: the tree of one expression as it was written, without types. Texts are views of the source.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "expr/objects.hpp"
#include "expr/string.hpp"

namespace gatelet::cs {

// A problem of an expression: the offset in its source and the reason in C# terms.
struct SyntaxProblem {
  size_t at = 0;
  std::string message;
};

struct TypeSyntax {
  std::string_view name;  // dotted; "var" too
  std::vector<TypeSyntax> arguments;
  std::string suffixes;  // '[' for each [], '?' for each ?, from left to right
  uint32_t at = 0;
  bool is_var() const { return name == "var" && arguments.empty() && suffixes.empty(); }
};

struct Node;
struct StatementNode;

struct ArgumentSyntax {
  Node* value = nullptr;
  std::string_view name;  // of a named argument
  bool is_out = false;
};

enum class NodeKind : uint8_t {
  literal,             // value
  name,                // text, types: type arguments
  member,              // a.text<types>
  call,                // a(arguments)
  index,               // a[arguments]
  unary,               // text a; text: + - ! ~ ++ --
  postfix,             // a text; text: ++ --
  binary,              // a text b; also && || ??
  assignment,          // a text b
  conditional,         // a ? b : c
  conditional_access,  // a?.…: b is the chain on `receiver`
  receiver,            // what stands before the ?. around it
  lambda,              // parameters => a or body
  cast,                // (types[0]) a
  is_type,             // a is types[0] text; no type: a is b (a constant)
  as_type,             // a as types[0]
  create,              // new types[0](arguments) { items }
  create_array,        // new types[0][a] { items }; types[0] is the element's
  implicit_array,      // new[] { items }
  anonymous,           // new { items }: initializer_member
  type_of,             // typeof(types[0])
  default_of,          // default(types[0]); without a type: default
  name_of,             // nameof(a)
  checked_expression,  // checked(a), unchecked(a): text
  interpolated,        // items: literal or hole
  hole,                // {a,b:text}
  out_variable,        // out types[0] text
  throw_expression,    // throw a
  initializer_member,  // text = a; in anonymous objects text may be inferred
  initializer_index,   // [arguments] = a
  initializer_item,    // a, or {arguments}
  initializer_nested,  // { items } as the value of a member, or as an array's row
};

struct LambdaParameter {
  std::string_view name;
  TypeSyntax type;
  bool is_typed = false;
};

struct Node {
  NodeKind kind = NodeKind::literal;
  uint32_t at = 0;
  uint32_t end = 0;
  uint32_t depth = 1;
  std::string_view text;
  Node* a = nullptr;
  Node* b = nullptr;
  Node* c = nullptr;
  std::vector<ArgumentSyntax> arguments;
  std::vector<TypeSyntax> types;
  std::vector<Node*> items;
  std::vector<LambdaParameter> parameters;
  StatementNode* body = nullptr;
  Value value;                         // of a literal; a string's is in the tree
  const Type* literal_type = nullptr;  // null: the null literal
  bool has_arguments = false;          // create: parentheses were written
  bool has_items = false;              // an initialiser was written
  bool is_parenthesized = false;
};

enum class StatementKind : uint8_t {
  local,       // type declarators; is_const
  expression,  // a
  block,       // body
  if_,         // if (a) body[0] else body[1]
  switch_,     // switch (a) sections
  for_,        // for (body[0]; a; steps) body[1]
  foreach_,    // foreach (type name in a) body[0]
  while_,      // while (a) body[0]
  do_,         // do body[0] while (a)
  break_,
  continue_,
  return_,  // a may be null
  try_,     // body[0] catches finally
  throw_,   // a may be null
  using_,   // using (body[0] or a) body[1]
  checked_,
  empty,
  function,  // type name(parameters) body[0] or => a
};

struct Declarator {
  std::string_view name;
  Node* value = nullptr;
  uint32_t at = 0;
};

struct CatchSyntax {
  TypeSyntax type;
  bool has_type = false;
  std::string_view name;
  Node* when = nullptr;
  StatementNode* body = nullptr;
  uint32_t at = 0;
};

struct SwitchSection {
  std::vector<Node*> labels;  // null: default
  std::vector<StatementNode*> body;
  uint32_t at = 0;
};

struct StatementNode {
  StatementKind kind = StatementKind::empty;
  uint32_t at = 0;
  TypeSyntax type;
  std::string_view name;
  bool is_const = false;
  Node* a = nullptr;
  std::vector<Node*> steps;
  std::vector<Declarator> declarators;
  std::vector<StatementNode*> body;
  std::vector<CatchSyntax> catches;
  StatementNode* finally = nullptr;
  std::vector<SwitchSection> sections;
  std::vector<LambdaParameter> parameters;
};

// The bytes and units of literals; the compiled expression keeps it, and one String for each literal text.
struct Literals {
  std::deque<std::string> bytes;
  std::deque<std::u16string> units;
  std::deque<String> strings;
  std::deque<Decimal> decimals;
  // Equal texts give the same String: reference equality of literals is identity.
  const String* add(std::u16string_view text);
};

struct SyntaxTree {
  std::deque<Node> nodes;
  std::deque<StatementNode> statements;
  Node* expression = nullptr;        // of @(…)
  std::vector<StatementNode*> body;  // of @{…}
  bool is_block = false;
};

}  // namespace gatelet::cs
