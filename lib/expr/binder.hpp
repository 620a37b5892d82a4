// Binder: gives every part of a syntax tree its type and its code, by the rules of C# 7 over the registry's members. Stops at the first
// problem. One binder binds one expression.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.hpp"
#include "expr/code.hpp"
#include "expr/registry.hpp"
#include "expr/syntax.hpp"

namespace gatelet::cs {

// A member as it was found: its owner closed over the receiver's type arguments.
struct Candidate {
  const MemberInfo* info = nullptr;
  const Type* owner = nullptr;
};

struct Bound {
  enum class Kind : uint8_t { none, value, null, default_, type, name_space, methods, lambda, out_variable };
  Kind kind = Kind::none;
  const Type* type = nullptr;  // of a value: its static type; of a type: itself
  CodePtr code;
  bool is_constant = false;
  Value constant;
  const Node* node = nullptr;
  // methods: what `receiver.Name` may mean
  std::string_view name;
  std::vector<Candidate> methods;
  std::vector<const Type*> type_arguments;
  const Type* receiver_type = nullptr;  // null: static

  explicit operator bool() const { return kind != Kind::none; }
  bool is_value() const { return kind == Kind::value; }
};

struct Variable {
  std::string_view name;
  const Type* type = nullptr;  // null: of a function
  std::shared_ptr<VariablePlace> place;
  struct FunctionScope* function = nullptr;
  bool is_constant = false;
  Value constant;
  bool is_read_only = false;  // foreach and using variables
  const StatementNode* local_function = nullptr;
  std::vector<const Type*> parameter_types;  // of a local function
  const Type* result = nullptr;              // of a local function
};

// What is known while the body of one function is bound.
struct FunctionScope {
  FunctionScope* parent = nullptr;
  uint32_t slot_count = 0;
  std::vector<std::vector<Variable*>> scopes;
  std::vector<std::pair<Variable*, uint32_t>> captured;
  std::vector<FunctionBody::Capture> captures;
  const Type* result = nullptr;  // null: to be inferred
  std::vector<Bound> returns;    // when inferred: types and constants, without code
  uint32_t loop_depth = 0;
  uint32_t switch_depth = 0;
  PlacePtr caught;  // the exception that `throw;` throws again

  // Binding a body twice: the first time for its types only.
  FunctionScope copy() const {
    FunctionScope same;
    same.slot_count = slot_count;
    same.scopes = scopes;
    same.captured = captured;
    same.captures = captures;
    return same;
  }
  void restore(const FunctionScope& before) {
    slot_count = before.slot_count;
    scopes = before.scopes;
    returns.clear();
  }
};

enum class ConversionKind : uint8_t { none, identity, number, reference, wrap, nullable, user, null, lambda, methods, unwrap, unbox, down };

struct Conversion {
  ConversionKind kind = ConversionKind::none;
  const MemberInfo* user = nullptr;
  explicit operator bool() const { return kind != ConversionKind::none; }
};

struct BoundArgument {
  Bound value;
  std::string_view name;
  bool is_out = false;
  uint32_t at = 0;
};

// A candidate whose parameters the arguments fit.
struct Applicable {
  Candidate candidate;
  std::vector<const Type*> method_types;
  std::vector<int> argument_of;             // by parameter: the argument, or -1: its default
  std::vector<const Type*> argument_types;  // by argument: the parameter type it converts to
  bool is_expanded = false;
};

// A place that is read and written: its parts are evaluated once, into temporaries, when it is read before.
struct AssignmentTarget {
  const Type* type = nullptr;
  std::vector<CodePtr> effects;
  CodePtr load;
  std::function<CodePtr()> once;  // reads it, and nothing else: consumes the parts
  std::function<CodePtr(CodePtr value)> store;
};

struct BodyUse {
  bool request_body = false;
  bool response_body = false;
};

class Binder {
 public:
  Binder(Literals& literals, Arena& constants, SyntaxProblem& problem);

  // The whole expression as a function without parameters whose result is of `wanted` (null: any type but void).
  std::shared_ptr<const FunctionBody> bind(const SyntaxTree& tree, const Type* wanted);
  const Type* result_type() const { return result_type_; }
  BodyUse body_use() const { return body_use_; }

 private:
  // Problems. fail() keeps the first one.
  Bound fail(size_t at, std::string message);
  bool failed() const { return !problem_.message.empty(); }
  std::string hint(std::string_view name, const std::vector<std::string_view>& known) const;

  // Types (binder_types.cpp)
  const Type* resolve(const TypeSyntax& syntax, bool allows_void = false);
  const Type* find_type(const TypeSyntax& syntax);

  // Variables
  Variable* declare(std::string_view name, const Type* type, size_t at);
  Variable* find_variable(std::string_view name);
  PlacePtr temporary();
  uint32_t capture(FunctionScope& function, Variable& variable);
  CodePtr load(Variable& variable);
  CodePtr store(Variable& variable, CodePtr value);
  void open_scope() { function_->scopes.emplace_back(); }
  std::vector<PlacePtr> close_scope();

  // Expressions (binder_expressions.cpp)
  Bound bind(const Node& node);
  Bound bind_node(const Node& node);
  Bound bind_value(const Node& node);  // not a type, method or lambda
  Bound bind_as(const Node& node, const Type& type);
  Bound bind_literal(const Node& node);
  Bound bind_name(const Node& node);
  Bound bind_conditional(const Node& node);
  Bound bind_cast(const Node& node);
  Bound bind_is(const Node& node);
  Bound bind_is_constant(const Node& node);
  Bound bind_as_type(const Node& node);
  Bound bind_default(const Node& node);
  Bound bind_type_of(const Node& node);
  Bound bind_name_of(const Node& node);
  Bound bind_checked(const Node& node);
  Bound bind_interpolated(const Node& node);
  Bound bind_conditional_access(const Node& node);
  Bound bind_receiver(const Node& node);
  Bound bind_throw(const Node& node);
  Bound value_of(const Type& type, CodePtr code) const;
  Bound constant_of(const Type& type, Value value) const;
  const Type* common_type(std::span<const Bound* const> values);

  // Creation (binder_creation.cpp)
  Bound bind_create(const Node& node);
  Bound bind_initializers(const Node& node, Bound created);
  bool bind_initializer(const Node& entry, const Type& type, const PlacePtr& place, std::vector<CodePtr>& effects);
  bool bind_nested(const Node& nested, Bound target, std::vector<CodePtr>& effects);
  bool bind_collection_item(const Node& entry, const Type& type, const PlacePtr& place, std::vector<CodePtr>& effects);
  Bound bind_array(const Node& node);
  Bound bind_array_items(const Node& node, const Type& element);
  Bound bind_implicit_array(const Node& node);
  Bound bind_anonymous(const Node& node);

  // Members and calls (binder_members.cpp, binder_calls.cpp)
  Bound bind_member(const Node& node);
  Bound member_of(Bound target, const Node& node);
  Bound static_member(const Type& type, const Node& node);
  Bound read_property(const Candidate& found, Bound target, size_t at);
  Bound refuse_member(const Type& type, std::string_view name, bool is_static, size_t at);
  std::vector<Candidate> find_members(const Type& type, std::string_view name, MemberKind kind_hint) const;
  void collect_members(const Type& type, std::string_view name, std::vector<Candidate>& out) const;
  Bound bind_index(const Node& node);
  Bound bind_call(const Node& node);
  Bound call_methods(Bound methods, std::vector<BoundArgument> arguments, size_t at);
  Bound call_local_function(Variable& function, const Node& node);
  Bound call_delegate(Bound function, std::vector<BoundArgument> arguments, size_t at);
  bool bind_arguments(const std::vector<ArgumentSyntax>& syntax, std::vector<BoundArgument>& out);
  Bound bind_out(const ArgumentSyntax& syntax);
  Bound emit_call(const Applicable& chosen, CodePtr self, std::vector<BoundArgument>& arguments, size_t at);
  bool emit_arguments(const Applicable& chosen, std::vector<BoundArgument>& arguments, CallPlan& plan, std::vector<CodePtr>& after);
  bool emit_out(const Applicable& chosen, size_t parameter, BoundArgument& argument, CallPlan& plan, std::vector<CodePtr>& after);
  void note_use(const Candidate& found);

  // Overload resolution (overloads.cpp)
  std::optional<Applicable> choose(std::span<const Candidate> candidates, std::span<BoundArgument> arguments,
                                   std::span<const Type* const> type_arguments, size_t at, std::string_view name);
  std::optional<Applicable> choose_best(std::span<const Candidate> candidates, std::span<BoundArgument> arguments,
                                        std::span<const Type* const> type_arguments, size_t at, std::string_view name);
  void explain_none(std::span<const Candidate> candidates, std::span<BoundArgument> arguments, std::span<const Type* const> type_arguments,
                    size_t at, std::string_view name);
  std::optional<Applicable> applicable(const Candidate& candidate, std::span<BoundArgument> arguments,
                                       std::span<const Type* const> type_arguments, bool is_expanded, bool tries_lambdas);
  bool assign_arguments(const Candidate& candidate, std::span<BoundArgument> arguments, bool is_expanded, Applicable& out) const;
  bool infer(std::span<BoundArgument> arguments, Applicable& out);
  void infer_from(const Type& argument, const Type& parameter, std::vector<const Type*>& fixed) const;
  bool infer_from_function(const Bound& argument, const Type& parameter, std::vector<const Type*>& fixed, const Candidate& candidate);
  bool is_better(const Applicable& a, const Applicable& b, std::span<BoundArgument> arguments);
  int compare_conversions(const Bound& argument, const Type& a, const Type& b);
  bool explain_mismatch(const Candidate& candidate, std::span<BoundArgument> arguments, std::span<const Type* const> type_arguments,
                        std::string_view name, size_t at);

  // Conversions (conversions.cpp)
  Conversion implicit(const Bound& from, const Type& to, bool tries_lambda = true);
  Conversion implicit_type(const Type& from, const Type& to) const;
  Conversion standard_implicit(const Type& from, const Type& to) const;
  Conversion standard_explicit(const Type& from, const Type& to) const;
  Conversion user_conversion(const Type& from, const Type& to, bool is_explicit) const;
  bool converts_constant(const Bound& from, const Type& to) const;
  Bound convert(Bound from, const Type& to, size_t at);           // implicit, or a problem
  Bound convert_explicit(Bound from, const Type& to, size_t at);  // a cast
  CodePtr emit_standard(CodePtr code, const Type& from, const Type& to, Conversion conversion) const;
  Bound emit_conversion(Bound from, const Type& to, Conversion conversion, size_t at);
  Bound refuse_conversion(const Bound& from, const Type& to, size_t at);
  Bound convert_methods(Bound from, const Type& to, size_t at);
  std::string describe(const Bound& bound) const;

  // Functions (binder_functions.cpp)
  struct Lambda {
    std::shared_ptr<const FunctionBody> body;
    const Type* result = nullptr;
  };
  std::optional<Lambda> bind_lambda(const Node& node, std::span<const Type* const> parameters, const Type* result);
  // Without telling a problem; what it was is kept in lambda_trial_.
  std::optional<Lambda> try_lambda(const Node& node, std::span<const Type* const> parameters, const Type* result);
  bool finish_lambda(const Node& node, FunctionScope& scope, FunctionBody& body, Lambda& out);
  bool bind_function_statements(const std::vector<StatementNode*>& statements, FunctionScope& scope, FunctionBody& body, size_t at);
  const Type* inferred_result(FunctionScope& scope, size_t at);
  bool declare_functions(const std::vector<StatementNode*>& statements);
  bool bind_functions(const std::vector<StatementNode*>& statements, BlockPlan& plan);
  std::shared_ptr<const FunctionBody> bind_local_function(Variable& function);

  // Operators (binder_operators.cpp)
  Bound bind_unary(const Node& node);
  Bound bind_binary(const Node& node);
  Bound bind_logical(const Node& node);
  Bound bind_coalesce(const Node& node);
  Bound binary(std::string_view op, Bound a, Bound b, size_t at);
  Bound bind_sum(const Node& node);
  Bound concat(Bound a, Bound b, size_t at, std::vector<CodePtr>& parts);
  Bound numeric(std::string_view op, Bound& a, Bound& b, size_t at);
  Bound equality(std::string_view op, Bound& a, Bound& b);
  Bound user_operator(std::string_view op, Bound& a, Bound& b, size_t at);
  Bound lifted_user_operator(std::string_view op, const Candidate& found, Bound& a, Bound& b, size_t at);
  Bound emit_binary(const struct Operator& found, std::string_view op, Bound a, Bound b, const Type& operand, bool is_lifted, size_t at);
  Bound fold(BinaryFunction function, const Type& result, Value a, Value b, size_t at);
  Bound increment(const Node& target, std::string_view op, bool is_prefix, size_t at);
  Bound bind_assignment(const Node& node);
  bool bind_target(const Node& node, bool is_read, AssignmentTarget& out);
  bool member_target(const Node& node, bool is_read, AssignmentTarget& out);
  bool member_target_of(Bound target, std::string_view name, bool is_read, size_t at, AssignmentTarget& out);
  bool array_target(Bound target, const std::vector<ArgumentSyntax>& syntax, bool is_read, AssignmentTarget& out);
  bool index_target_of(Bound target, const std::vector<ArgumentSyntax>& syntax, bool is_read, size_t at, AssignmentTarget& out);
  CodePtr kept(CodePtr code, bool is_read, AssignmentTarget& out, PlacePtr& place);

  // Statements (binder_statements.cpp)
  StatementPtr bind_statement(const StatementNode& node);
  bool bind_statements(const std::vector<StatementNode*>& nodes, BlockPlan& plan);
  StatementPtr bind_block(const std::vector<StatementNode*>& nodes);
  StatementPtr bind_scoped(const StatementNode& node);
  StatementPtr bind_local(const StatementNode& node);
  StatementPtr bind_return(const StatementNode& node);
  StatementPtr bind_if(const StatementNode& node);
  StatementPtr bind_loop(const StatementNode& node);
  StatementPtr bind_for(const StatementNode& node);
  StatementPtr bind_foreach(const StatementNode& node);
  StatementPtr bind_switch(const StatementNode& node);
  StatementPtr bind_try(const StatementNode& node);
  bool bind_catch(const CatchSyntax& node, CatchPlan& plan);
  StatementPtr bind_using(const StatementNode& node);
  StatementPtr bind_throw_statement(const StatementNode& node);
  StatementPtr bind_jump(const StatementNode& node);
  const Type* element_type(const Type& source) const;
  std::optional<Bound> condition(const Node& node);
  static bool same_constant(Value a, Value b);
  uint64_t cost_since(uint64_t start) const { return node_count_ - start + 1; }

  const Registry& registry_;
  Literals& literals_;
  Arena& constants_;
  SyntaxProblem& problem_;
  // The lambdas tried while one member is chosen: whether any could be bound, else what was wrong with the first.
  struct LambdaTrial {
    SyntaxProblem problem;
    bool is_bound = false;
  } lambda_trial_;
  std::deque<Variable> variables_;
  FunctionScope* function_ = nullptr;
  std::vector<std::pair<const Type*, PlacePtr>> receivers_;  // of the conditional accesses around
  uint64_t node_count_ = 0;
  bool is_checked_ = false;
  bool is_unchecked_ = false;  // written so: constants may overflow too
  bool is_invoked_ = false;    // the member that is bound next stands before (
  BodyUse body_use_;
  bool uses_response_ = false;
  bool uses_response_body_ = false;
  std::deque<std::string> qualified_names_;
  const Type* result_type_ = nullptr;
};

// Whether the end of the statement can be reached (no return or throw on every way).
bool reaches_end(const StatementNode& node);
bool reaches_end(const std::vector<StatementNode*>& nodes);

// The type of `context` (members/context.cpp).
extern const Type context_type;

}  // namespace gatelet::cs
