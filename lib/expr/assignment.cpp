#include "expr/assignment.hpp"

#include <algorithm>
#include <utility>

namespace gatelet::cs {
namespace assignment_rules {
namespace {

// Which variables are assigned, by index, where execution stands. No value: it cannot stand there, and everything holds.
class Known {
 public:
  void leave() { is_reached_ = false; }
  bool is_assigned(size_t variable) const { return !is_reached_ || (variable < assigned_.size() && assigned_[variable]); }
  void set(size_t variable, bool is_assigned) {
    if (variable >= assigned_.size()) assigned_.resize(variable + 1);
    assigned_[variable] = is_assigned;
  }
  // Where two ways meet: what both assigned.
  void meet(const Known& other) {
    if (!other.is_reached_) return;
    if (!is_reached_) return void(*this = other);
    for (size_t i = 0; i < assigned_.size(); ++i) assigned_[i] = assigned_[i] && i < other.assigned_.size() && other.assigned_[i];
  }
  // What happened besides: a finally block.
  void add(const Known& other) {
    if (!other.is_reached_) return leave();
    for (size_t i = 0; i < other.assigned_.size(); ++i)
      if (other.assigned_[i]) set(i, true);
  }

 private:
  std::vector<bool> assigned_;
  bool is_reached_ = true;
};

Known nowhere() {
  Known known;
  known.leave();
  return known;
}

// After a condition that was true, and after one that was false.
struct Outcome {
  Known yes;
  Known no;
  Known both() const {
    Known known = yes;
    known.meet(no);
    return known;
  }
};

// Where break and continue lead.
struct Exits {
  Known at_break = nowhere();
  Known at_continue = nowhere();
};

class Checker {
 public:
  explicit Checker(SyntaxProblem& problem) : problem_(problem) {}
  bool check(const SyntaxTree& tree);

 private:
  struct Name {
    std::string_view text;
    size_t variable;
  };
  void declare(std::string_view name, bool is_assigned, Known& known);
  const Name* find(std::string_view name) const;
  void assign(const Node& node, Known& known);

  void expression(const Node& node, Known& known);
  void children(const Node& node, Known& known);
  void arguments(const std::vector<ArgumentSyntax>& syntax, Known& known);
  void assignment(const Node& node, Known& known);
  void function(const std::vector<LambdaParameter>& parameters, const Node* value, const StatementNode* body, Known known);
  Outcome condition(const Node& node, const Known& known);

  void local_function(const StatementNode& node);
  void trust_functions(const std::vector<StatementNode*>& nodes, Known& known);
  void statements(const std::vector<StatementNode*>& nodes, Known& known);
  void scoped(const StatementNode& node, Known& known);
  void statement(const StatementNode& node, Known& known);
  void local(const StatementNode& node, Known& known);
  void branch(const StatementNode& node, Known& known);
  void loop(const StatementNode& node, Known& known);
  void for_loop(const StatementNode& node, Known& known);
  void foreach_loop(const StatementNode& node, Known& known);
  void choice(const StatementNode& node, Known& known);
  void guarded(const StatementNode& node, Known& known);

  SyntaxProblem& problem_;
  std::vector<Name> names_;
  size_t variable_count_ = 0;
  Exits* exits_ = nullptr;
  std::vector<std::string_view> trusted_;  // names that local functions assign
  bool is_collecting_ = false;
};

void Checker::declare(std::string_view name, bool is_assigned, Known& known) {
  const bool is_trusted = std::find(trusted_.begin(), trusted_.end(), name) != trusted_.end();
  names_.push_back({name, variable_count_});
  known.set(variable_count_++, is_assigned || is_trusted);
}

const Checker::Name* Checker::find(std::string_view name) const {
  const auto found = std::find_if(names_.rbegin(), names_.rend(), [name](const Name& one) { return one.text == name; });
  return found == names_.rend() ? nullptr : &*found;
}

void Checker::assign(const Node& node, Known& known) {
  const Name* name = find(node.text);
  if (name) known.set(name->variable, true);
  if (is_collecting_) trusted_.push_back(node.text);
}

// Expressions

void Checker::expression(const Node& node, Known& known) {
  switch (node.kind) {
    case NodeKind::name: {
      const Name* name = find(node.text);
      if (name && !known.is_assigned(name->variable) && !is_collecting_ && problem_.message.empty())
        problem_ = {node.at, "Use of unassigned local variable '" + std::string(node.text) + "'"};
      return;
    }
    case NodeKind::name_of: return;
    case NodeKind::assignment: return assignment(node, known);
    case NodeKind::lambda: return function(node.parameters, node.a, node.body, known);
    case NodeKind::conditional: {
      Outcome ways = condition(*node.a, known);
      expression(*node.b, ways.yes);
      expression(*node.c, ways.no);
      known = ways.both();
      return;
    }
    case NodeKind::conditional_access: {
      expression(*node.a, known);
      Known inside = known;
      return expression(*node.b, inside);
    }
    case NodeKind::binary:
      if (node.text == "&&" || node.text == "||") return void(known = condition(node, known).both());
      if (node.text == "??") {
        expression(*node.a, known);
        Known other = known;
        return expression(*node.b, other);
      }
      return children(node, known);
    case NodeKind::is_type: {
      children(node, known);
      if (!node.text.empty() && node.text != "_") declare(node.text, false, known);
      return;
    }
    case NodeKind::throw_expression: children(node, known); return known.leave();
    default: return children(node, known);
  }
}

// In the order in which they are evaluated.
void Checker::children(const Node& node, Known& known) {
  if (node.a) expression(*node.a, known);
  arguments(node.arguments, known);
  if (node.b) expression(*node.b, known);
  if (node.c) expression(*node.c, known);
  for (const Node* item : node.items) expression(*item, known);
}

void Checker::arguments(const std::vector<ArgumentSyntax>& syntax, Known& known) {
  for (const ArgumentSyntax& argument : syntax)
    if (!argument.is_out || (argument.value->kind != NodeKind::name && argument.value->kind != NodeKind::out_variable))
      expression(*argument.value, known);
  for (const ArgumentSyntax& argument : syntax) {
    if (argument.is_out && argument.value->kind == NodeKind::name) assign(*argument.value, known);
    if (argument.is_out && argument.value->kind == NodeKind::out_variable) declare(argument.value->text, true, known);
  }
}

void Checker::assignment(const Node& node, Known& known) {
  const bool is_plain = node.text == "=" && node.a->kind == NodeKind::name;
  if (!is_plain) expression(*node.a, known);
  expression(*node.b, known);
  if (is_plain) assign(*node.a, known);
}

// What a function assigns is not assigned by making it.
void Checker::function(const std::vector<LambdaParameter>& parameters, const Node* value, const StatementNode* body, Known known) {
  const size_t outside = names_.size();
  Exits* const exits = std::exchange(exits_, nullptr);
  for (const LambdaParameter& parameter : parameters) declare(parameter.name, true, known);
  if (value) expression(*value, known);
  if (body) statement(*body, known);
  exits_ = exits;
  names_.resize(outside);
}

bool is_literal(const Node& node, bool value) {
  return node.kind == NodeKind::literal && node.literal_type == &types::boolean && node.value.boolean() == value;
}

Outcome Checker::condition(const Node& node, const Known& known) {
  if (is_literal(node, true)) return {known, nowhere()};
  if (is_literal(node, false)) return {nowhere(), known};
  if (node.kind == NodeKind::unary && node.text == "!") {
    Outcome ways = condition(*node.a, known);
    return {std::move(ways.no), std::move(ways.yes)};
  }
  if (node.kind == NodeKind::binary && (node.text == "&&" || node.text == "||")) {
    const bool is_and = node.text == "&&";
    Outcome first = condition(*node.a, known);
    Outcome second = condition(*node.b, is_and ? first.yes : first.no);
    (is_and ? second.no : second.yes).meet(is_and ? first.no : first.yes);
    return second;
  }
  Known after = known;
  expression(node, after);
  Outcome ways{after, std::move(after)};
  if (node.kind == NodeKind::is_type && !node.text.empty() && node.text != "_") ways.yes.set(names_.back().variable, true);
  return ways;
}

// Statements

// C# looks at each call of a local function for what the function reads and assigns. Here all is assigned where its body begins, and what
// it assigns is assigned everywhere.
void Checker::local_function(const StatementNode& node) {
  Known known;
  for (size_t i = 0; i < variable_count_; ++i) known.set(i, true);
  function(node.parameters, node.a, node.body.empty() ? nullptr : node.body[0], std::move(known));
}

void Checker::trust_functions(const std::vector<StatementNode*>& nodes, Known& known) {
  is_collecting_ = true;
  for (const StatementNode* node : nodes)
    if (node->kind == StatementKind::function) local_function(*node);
  is_collecting_ = false;
  for (const std::string_view name : trusted_)
    if (const Name* one = find(name)) known.set(one->variable, true);
}

void Checker::statements(const std::vector<StatementNode*>& nodes, Known& known) {
  if (!is_collecting_) trust_functions(nodes, known);
  for (const StatementNode* node : nodes) statement(*node, known);
}

void Checker::scoped(const StatementNode& node, Known& known) {
  const size_t outside = names_.size();
  statement(node, known);
  names_.resize(outside);
}

void Checker::statement(const StatementNode& node, Known& known) {
  if (!problem_.message.empty()) return;
  switch (node.kind) {
    case StatementKind::local: return local(node, known);
    case StatementKind::expression: return expression(*node.a, known);
    case StatementKind::block:
    case StatementKind::checked_: {
      const size_t outside = names_.size();
      statements(node.body, known);
      names_.resize(outside);
      return;
    }
    case StatementKind::if_: return branch(node, known);
    case StatementKind::switch_: return choice(node, known);
    case StatementKind::for_: return for_loop(node, known);
    case StatementKind::foreach_: return foreach_loop(node, known);
    case StatementKind::while_:
    case StatementKind::do_: return loop(node, known);
    case StatementKind::break_:
    case StatementKind::continue_:
      if (exits_) (node.kind == StatementKind::break_ ? exits_->at_break : exits_->at_continue).meet(known);
      return known.leave();
    case StatementKind::return_:
    case StatementKind::throw_:
      if (node.a) expression(*node.a, known);
      return known.leave();
    case StatementKind::try_: return guarded(node, known);
    case StatementKind::using_: {
      const size_t outside = names_.size();
      if (node.a) expression(*node.a, known);
      statements(node.body, known);
      names_.resize(outside);
      return;
    }
    case StatementKind::empty: return;
    case StatementKind::function: return local_function(node);
  }
}

void Checker::local(const StatementNode& node, Known& known) {
  for (const Declarator& declarator : node.declarators) {
    if (declarator.value) expression(*declarator.value, known);
    declare(declarator.name, declarator.value != nullptr, known);
  }
}

void Checker::branch(const StatementNode& node, Known& known) {
  Outcome ways = condition(*node.a, known);
  scoped(*node.body[0], ways.yes);
  if (node.body.size() > 1) scoped(*node.body[1], ways.no);
  known = ways.both();
}

void Checker::loop(const StatementNode& node, Known& known) {
  Exits exits;
  Exits* const outer = std::exchange(exits_, &exits);
  const size_t outside = names_.size();
  Outcome ways;
  if (node.kind == StatementKind::while_) {
    ways = condition(*node.a, known);
    scoped(*node.body[0], ways.yes);
  } else {
    scoped(*node.body[0], known);
    known.meet(exits.at_continue);
    ways = condition(*node.a, known);
  }
  names_.resize(outside);
  exits_ = outer;
  known = std::move(ways.no);
  known.meet(exits.at_break);
}

void Checker::for_loop(const StatementNode& node, Known& known) {
  const size_t outside = names_.size();
  const StatementNode& first = *node.body[0];
  if (first.kind == StatementKind::block)
    statements(first.body, known);
  else
    statement(first, known);
  Outcome ways = node.a ? condition(*node.a, known) : Outcome{known, nowhere()};
  Exits exits;
  Exits* const outer = std::exchange(exits_, &exits);
  scoped(*node.body[1], ways.yes);
  exits_ = outer;
  ways.yes.meet(exits.at_continue);
  for (const Node* step : node.steps) expression(*step, ways.yes);
  names_.resize(outside);
  known = std::move(ways.no);
  known.meet(exits.at_break);
}

// The body may not run at all: it assigns nothing for what follows.
void Checker::foreach_loop(const StatementNode& node, Known& known) {
  expression(*node.a, known);
  Exits exits;
  Exits* const outer = std::exchange(exits_, &exits);
  const size_t outside = names_.size();
  Known inside = known;
  declare(node.name, true, inside);
  scoped(*node.body[0], inside);
  names_.resize(outside);
  exits_ = outer;
}

void Checker::choice(const StatementNode& node, Known& known) {
  expression(*node.a, known);
  Exits exits;
  exits.at_continue = exits_ ? exits_->at_continue : nowhere();
  Exits* const outer = std::exchange(exits_, &exits);
  bool has_default = false;
  const size_t outside = names_.size();
  for (const SwitchSection& section : node.sections) {
    has_default |= std::find(section.labels.begin(), section.labels.end(), nullptr) != section.labels.end();
    Known inside = known;
    statements(section.body, inside);
    names_.resize(outside);
  }
  exits_ = outer;
  if (outer) outer->at_continue = exits.at_continue;
  if (has_default) known.leave();
  known.meet(exits.at_break);
}

// Any part of the try block may have run when a catch or finally block begins.
void Checker::guarded(const StatementNode& node, Known& known) {
  const Known before = known;
  scoped(*node.body[0], known);
  for (const CatchSyntax& one : node.catches) {
    Known inside = before;
    const size_t outside = names_.size();
    declare(one.name, true, inside);
    if (one.when) inside = condition(*one.when, inside).yes;
    statement(*one.body, inside);
    names_.resize(outside);
    known.meet(inside);
  }
  if (!node.finally) return;
  Known inside = before;
  scoped(*node.finally, inside);
  known.add(inside);
}

bool Checker::check(const SyntaxTree& tree) {
  Known known;
  if (tree.is_block)
    statements(tree.body, known);
  else
    expression(*tree.expression, known);
  return problem_.message.empty();
}

// Most expressions have nothing that could be read too early.
bool has_unassigned(const SyntaxTree& tree) {
  for (const StatementNode& statement : tree.statements)
    for (const Declarator& declarator : statement.declarators)
      if (!declarator.value) return true;
  return std::any_of(tree.nodes.begin(), tree.nodes.end(),
                     [](const Node& node) { return node.kind == NodeKind::is_type && !node.text.empty(); });
}

}  // namespace
}  // namespace assignment_rules

bool check_assignment(const SyntaxTree& tree, SyntaxProblem& problem) {
  return !assignment_rules::has_unassigned(tree) || assignment_rules::Checker(problem).check(tree);
}

}  // namespace gatelet::cs
