#include "expr/binder.hpp"

#include <algorithm>

#include "base/diagnostics.hpp"
#include "base/limits.hpp"
#include "expr/assignment.hpp"

namespace gatelet::cs {

Binder::Binder(Literals& literals, Arena& constants, SyntaxProblem& problem)
    : registry_(registry()), literals_(literals), constants_(constants), problem_(problem) {}

Bound Binder::fail(size_t at, std::string message) {
  if (!failed()) problem_ = {at, std::move(message)};
  return {};
}

std::string Binder::hint(std::string_view name, const std::vector<std::string_view>& known) const {
  const std::string_view near = nearest(name, known);
  return near.empty() || near == name ? std::string() : "; did you mean '" + std::string(near) + "'?";
}

Bound Binder::value_of(const Type& type, CodePtr code) const {
  Bound bound;
  bound.kind = Bound::Kind::value;
  bound.type = &type;
  bound.code = std::move(code);
  return bound;
}

Bound Binder::constant_of(const Type& type, Value value) const {
  Bound bound = value_of(type, constant_code(value));
  bound.is_constant = true;
  bound.constant = value;
  return bound;
}

std::shared_ptr<const FunctionBody> Binder::bind(const SyntaxTree& tree, const Type* wanted) {
  FunctionScope scope;
  scope.result = wanted;
  function_ = &scope;
  open_scope();
  auto body = std::make_shared<FunctionBody>();
  if (tree.is_block) {
    if (!bind_function_statements(tree.body, scope, *body, 0)) return nullptr;
    result_type_ = scope.result;
  } else {
    Bound value = bind_value(*tree.expression);
    if (value && wanted) value = convert(std::move(value), *wanted, tree.expression->at);
    if (!value) return nullptr;
    if (value.kind != Bound::Kind::value) value = constant_of(types::object, {});
    if (value.type->kind == TypeKind::void_) return fail(tree.expression->at, "The expression has no value: its type is 'void'"), nullptr;
    result_type_ = value.type;
    BlockPlan plan;
    plan.variables = close_scope();
    plan.statements.push_back(return_statement(std::move(value.code), 1));
    const bool has_cells = std::any_of(plan.variables.begin(), plan.variables.end(), [](const PlacePtr& place) { return place->is_boxed; });
    if (has_cells)
      body->statement = block_statement(std::move(plan));
    else
      body->statement = std::move(plan.statements[0]);
  }
  if (!check_assignment(tree, problem_)) return nullptr;
  body->slot_count = scope.slot_count;
  body->cost = node_count_;
  return body;
}

Variable* Binder::declare(std::string_view name, const Type* type, size_t at) {
  for (const auto& scope : function_->scopes)
    for (const Variable* known : scope)
      if (known->name == name && !name.empty())
        return fail(at, "A local variable or function named '" + std::string(name) + "' is already defined in this scope"), nullptr;
  if (name == "context") return fail(at, "The name 'context' is predefined"), nullptr;
  Variable& variable = variables_.emplace_back();
  variable.name = name;
  variable.type = type;
  variable.function = function_;
  variable.place = std::make_shared<VariablePlace>();
  variable.place->slot = function_->slot_count++;
  function_->scopes.back().push_back(&variable);
  return &variable;
}

PlacePtr Binder::temporary() {
  auto place = std::make_shared<VariablePlace>();
  place->slot = function_->slot_count++;
  return place;
}

std::vector<PlacePtr> Binder::close_scope() {
  std::vector<PlacePtr> places;
  for (const Variable* variable : function_->scopes.back())
    if (!variable->is_constant) places.push_back(variable->place);
  function_->scopes.pop_back();
  return places;
}

Variable* Binder::find_variable(std::string_view name) {
  for (FunctionScope* function = function_; function; function = function->parent)
    for (auto scope = function->scopes.rbegin(); scope != function->scopes.rend(); ++scope)
      for (Variable* variable : *scope)
        if (variable->name == name) return variable;
  return nullptr;
}

uint32_t Binder::capture(FunctionScope& function, Variable& variable) {
  for (const auto& [known, index] : function.captured)
    if (known == &variable) return index;
  FunctionBody::Capture capture_of;
  if (function.parent == variable.function) {
    variable.place->is_boxed = true;
    capture_of.local = variable.place;
  } else {
    capture_of.index = capture(*function.parent, variable);
  }
  const auto index = static_cast<uint32_t>(function.captures.size());
  function.captures.push_back(std::move(capture_of));
  function.captured.emplace_back(&variable, index);
  return index;
}

CodePtr Binder::load(Variable& variable) {
  if (variable.function == function_) return local_code(variable.place);
  return captured_code(capture(*function_, variable));
}

CodePtr Binder::store(Variable& variable, CodePtr value) {
  if (variable.function == function_) return local_store_code(variable.place, std::move(value));
  return captured_store_code(capture(*function_, variable), std::move(value));
}

const Type* Binder::find_type(const TypeSyntax& syntax) {
  const Type* type = registry_.find_type(syntax.name, syntax.arguments.size());
  return type && !type->is_hidden ? type : nullptr;
}

const Type* Binder::resolve(const TypeSyntax& syntax, bool allows_void) {
  if (syntax.name == "void" && allows_void) return &types::void_;
  const Type* type = find_type(syntax);
  if (!type) {
    const std::string name(syntax.name);
    std::vector<std::string_view> known = registry_.type_names();
    for (std::string_view keyword : {"bool", "byte", "char", "decimal", "double", "float", "int", "long", "object", "sbyte", "short",
                                     "string", "uint", "ulong", "ushort"})
      known.push_back(keyword);
    return fail(syntax.at, "The type or namespace name '" + name + "' could not be found, or is not allowed in expressions" +
                               hint(syntax.name.substr(syntax.name.rfind('.') + 1), known)),
           nullptr;
  }
  if (!syntax.arguments.empty()) {
    std::vector<const Type*> arguments;
    for (const TypeSyntax& argument : syntax.arguments) {
      arguments.push_back(resolve(argument));
      if (!arguments.back()) return nullptr;
    }
    type = &close(*type, arguments);
  }
  for (char suffix : syntax.suffixes) {
    if (suffix == '[') {
      type = &array_of(*type);
    } else if (type->is_value_type() && type->kind != TypeKind::nullable) {
      type = &nullable_of(*type);
    } else {
      return fail(syntax.at, "The type '" + csharp_name(*type) + "' must be a non-nullable value type in order to be used with '?'"),
             nullptr;
    }
  }
  return type;
}

}  // namespace gatelet::cs
