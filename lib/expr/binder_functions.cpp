// Lambdas, local functions, and what a function returns.
#include <algorithm>

#include "expr/binder.hpp"

namespace gatelet::cs {

std::optional<Binder::Lambda> Binder::bind_lambda(const Node& node, std::span<const Type* const> parameters, const Type* result) {
  FunctionScope scope;
  scope.parent = function_;
  scope.result = result;
  function_ = &scope;
  open_scope();
  const uint64_t start = node_count_;
  Lambda lambda;
  auto body = std::make_shared<FunctionBody>();
  bool is_bound = node.parameters.size() == parameters.size();
  if (!is_bound) fail(node.at, "The delegate takes " + std::to_string(parameters.size()) + " arguments");
  for (size_t i = 0; is_bound && i < parameters.size(); ++i) {
    const LambdaParameter& parameter = node.parameters[i];
    const Type* type = parameter.is_typed ? resolve(parameter.type) : parameters[i];
    if (type && type != parameters[i]) fail(node.at, "The types of the lambda's parameters do not match the delegate's");
    Variable* variable = type && !failed() ? declare(parameter.name, type, node.at) : nullptr;
    is_bound = variable != nullptr;
    if (is_bound) body->parameters.push_back(variable->place);
  }
  is_bound = is_bound && finish_lambda(node, scope, *body, lambda);
  function_ = scope.parent;
  if (!is_bound) return std::nullopt;
  body->slot_count = scope.slot_count;
  body->captures = std::move(scope.captures);
  body->cost = cost_since(start);
  lambda.body = std::move(body);
  return lambda;
}

bool Binder::finish_lambda(const Node& node, FunctionScope& scope, FunctionBody& body, Lambda& out) {
  if (node.body) {
    if (!bind_function_statements(node.body->body, scope, body, node.at)) return false;
    out.result = scope.result;
    return true;
  }
  const bool is_void = scope.result == &types::void_;
  Bound value = scope.result && !is_void ? bind_as(*node.a, *scope.result) : bind_value(*node.a);
  if (!value || !value.code) return false;
  out.result = is_void ? scope.result : value.type;
  const auto variables = close_scope();
  BlockPlan plan;
  plan.variables.assign(variables.begin() + static_cast<std::ptrdiff_t>(body.parameters.size()), variables.end());
  const bool has_cells = std::any_of(plan.variables.begin(), plan.variables.end(), [](const PlacePtr& place) { return place->is_boxed; });
  if (!has_cells) return body.expression = std::move(value.code), true;
  plan.statements.push_back(return_statement(std::move(value.code), 1));
  body.statement = block_statement(std::move(plan));
  return true;
}

// Binds to see whether and to what; leaves no trace but the count.
std::optional<Binder::Lambda> Binder::try_lambda(const Node& node, std::span<const Type* const> parameters, const Type* result) {
  if (failed()) return std::nullopt;
  auto lambda = bind_lambda(node, parameters, result);
  lambda_trial_.is_bound |= lambda.has_value();
  if (lambda_trial_.problem.message.empty()) lambda_trial_.problem = problem_;
  problem_ = {};
  return lambda;
}

const Type* Binder::inferred_result(FunctionScope& scope, size_t at) {
  if (scope.returns.empty()) return &types::void_;
  std::vector<const Bound*> all;
  for (const Bound& bound : scope.returns) all.push_back(&bound);
  if (const Type* common = common_type(all)) return common;
  if (!scope.parent) return &types::object;
  return fail(at, "The best type of the lambda's results cannot be found"), nullptr;
}

bool Binder::bind_function_statements(const std::vector<StatementNode*>& statements, FunctionScope& scope, FunctionBody& body, size_t at) {
  if (!scope.result) {  // a first time for the types of what is returned
    const FunctionScope before = scope.copy();
    BlockPlan ignored;
    open_scope();
    if (!bind_statements(statements, ignored)) return false;
    scope.scopes.pop_back();
    const Type* result = inferred_result(scope, at);
    if (!result) return false;
    if (!scope.parent && result == &types::void_) {
      if (reaches_end(statements)) return fail(at, "Not all code paths return a value").is_value();
      result = &types::object;
    }
    scope.restore(before);
    scope.result = result;
  }
  BlockPlan plan;
  const size_t parameter_count = body.parameters.size();
  if (!bind_statements(statements, plan)) return false;
  if (scope.result != &types::void_ && reaches_end(statements))
    return fail(statements.empty() ? at : statements.back()->at, "Not all code paths return a value").is_value();
  const auto variables = close_scope();
  plan.variables.assign(variables.begin() + static_cast<std::ptrdiff_t>(parameter_count), variables.end());
  body.statement = block_statement(std::move(plan));
  return true;
}

// The signatures of the local functions of a block, before its statements: they may be called above their declaration.
bool Binder::declare_functions(const std::vector<StatementNode*>& statements) {
  for (const StatementNode* node : statements) {
    if (node->kind != StatementKind::function) continue;
    Variable* function = declare(node->name, nullptr, node->at);
    if (!function) return false;
    function->local_function = node;
    function->place->is_boxed = true;
    function->result = resolve(node->type, true);
    if (!function->result) return false;
    for (const LambdaParameter& parameter : node->parameters) {
      function->parameter_types.push_back(resolve(parameter.type));
      if (!function->parameter_types.back()) return false;
    }
  }
  return true;
}

std::shared_ptr<const FunctionBody> Binder::bind_local_function(Variable& function) {
  const StatementNode& node = *function.local_function;
  Node lambda;
  lambda.kind = NodeKind::lambda;
  lambda.at = node.at;
  lambda.a = node.a;
  lambda.body = node.body.empty() ? nullptr : node.body[0];
  lambda.parameters = node.parameters;
  auto bound = bind_lambda(lambda, function.parameter_types, function.result);
  return bound ? bound->body : nullptr;
}

bool Binder::bind_functions(const std::vector<StatementNode*>& statements, BlockPlan& plan) {
  for (const StatementNode* node : statements) {
    if (node->kind != StatementKind::function) continue;
    Variable* function = find_variable(node->name);
    auto body = bind_local_function(*function);
    if (!body) return false;
    plan.functions.emplace_back(function->place, function_code(std::move(body), types::delegate));
  }
  return true;
}

static bool has_break(const StatementNode* node) {
  if (!node) return false;
  switch (node->kind) {
    case StatementKind::break_: return true;
    case StatementKind::for_:
    case StatementKind::foreach_:
    case StatementKind::while_:
    case StatementKind::do_:
    case StatementKind::switch_:
    case StatementKind::function: return false;
    default: break;
  }
  bool found = std::any_of(node->body.begin(), node->body.end(), has_break);
  for (const CatchSyntax& one : node->catches) found |= has_break(one.body);
  return found || has_break(node->finally);
}

static bool switch_reaches_end(const StatementNode& node) {
  bool has_default = false, leaves = false;
  for (const SwitchSection& section : node.sections) {
    has_default |= std::find(section.labels.begin(), section.labels.end(), nullptr) != section.labels.end();
    leaves |= std::any_of(section.body.begin(), section.body.end(), has_break) || reaches_end(section.body);
  }
  return !has_default || leaves;
}

static bool is_endless(const StatementNode& node) {
  const bool has_no_end =
      !node.a || (node.a->kind == NodeKind::literal && node.a->literal_type == &types::boolean && node.a->value.boolean());
  return has_no_end && !has_break(node.body.back());
}

bool reaches_end(const StatementNode& node) {
  switch (node.kind) {
    case StatementKind::return_:
    case StatementKind::throw_:
    case StatementKind::break_:
    case StatementKind::continue_: return false;
    case StatementKind::block:
    case StatementKind::checked_: return reaches_end(node.body);
    case StatementKind::if_: return node.body.size() < 2 || reaches_end(*node.body[0]) || reaches_end(*node.body[1]);
    case StatementKind::while_:
    case StatementKind::do_:
    case StatementKind::for_: return !is_endless(node);
    case StatementKind::using_: return reaches_end(*node.body.back());
    case StatementKind::switch_: return switch_reaches_end(node);
    case StatementKind::try_: {
      if (node.finally && !reaches_end(*node.finally)) return false;
      bool reaches = reaches_end(*node.body[0]);
      for (const CatchSyntax& one : node.catches) reaches |= reaches_end(*one.body);
      return reaches;
    }
    default: return true;
  }
}

bool reaches_end(const std::vector<StatementNode*>& nodes) {
  return std::all_of(nodes.begin(), nodes.end(), [](const StatementNode* node) { return reaches_end(*node); });
}

}  // namespace gatelet::cs
