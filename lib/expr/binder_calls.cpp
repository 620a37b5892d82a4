#include <algorithm>

#include "base/limits.hpp"
#include "expr/binder.hpp"

namespace gatelet::cs {

Bound Binder::bind_out(const ArgumentSyntax& syntax) {
  Bound bound;
  bound.kind = Bound::Kind::out_variable;
  bound.node = syntax.value;
  const bool is_discard = syntax.value->kind == NodeKind::name && syntax.value->text == "_" && !find_variable("_");
  if (is_discard) return bound;
  if (syntax.value->kind == NodeKind::out_variable) {
    if (syntax.value->types[0].is_var()) return bound;
    bound.type = resolve(syntax.value->types[0]);
    return bound.type ? std::move(bound) : Bound{};
  }
  AssignmentTarget target;
  if (!bind_target(*syntax.value, false, target)) return {};
  bound.type = target.type;
  return bound;
}

bool Binder::bind_arguments(const std::vector<ArgumentSyntax>& syntax, std::vector<BoundArgument>& out) {
  if (syntax.size() > expression_arguments_max) return fail(syntax.back().value->at, "Too many arguments").is_value();
  bool has_names = false;
  for (const ArgumentSyntax& one : syntax) {
    BoundArgument& argument = out.emplace_back();
    argument.name = one.name;
    argument.is_out = one.is_out;
    argument.at = one.value->at;
    if (has_names && one.name.empty()) return fail(one.value->at, "Named arguments must appear after the positional ones").is_value();
    has_names |= !one.name.empty();
    argument.value = one.is_out ? bind_out(one) : bind(*one.value);
    const Bound& value = argument.value;
    if (!value) return false;
    if (value.kind == Bound::Kind::type || value.kind == Bound::Kind::name_space) return static_cast<bool>(bind_value(*one.value));
    if (value.is_value() && value.type->kind == TypeKind::void_)
      return fail(argument.at, "An argument of type 'void' has no value").is_value();
  }
  return true;
}

Bound Binder::bind_call(const Node& node) {
  const Node& callee = *node.a;
  if (callee.kind == NodeKind::name && callee.types.empty())
    if (Variable* variable = find_variable(callee.text); variable && variable->local_function) return call_local_function(*variable, node);
  is_invoked_ = callee.kind == NodeKind::member;
  Bound function = bind(callee);
  is_invoked_ = false;
  if (!function) return {};
  std::vector<BoundArgument> arguments;
  if (!bind_arguments(node.arguments, arguments)) return {};
  if (function.kind == Bound::Kind::methods && !function.methods.empty())
    return call_methods(std::move(function), std::move(arguments), callee.at);
  const bool is_delegate = function.type && function.type->kind == TypeKind::delegate;
  if (is_delegate && (function.is_value() || function.name == "Invoke"))
    return call_delegate(std::move(function), std::move(arguments), node.at);
  if (function.kind == Bound::Kind::type)
    return fail(callee.at,
                "'" + csharp_name(*function.type) + "' is a type; to make one, write new " + csharp_name(*function.type) + "(…)");
  return fail(callee.at, "'" + std::string(callee.text) + "' is not a method; it cannot be called with ()");
}

Bound Binder::call_delegate(Bound function, std::vector<BoundArgument> arguments, size_t at) {
  const TypeLinks& links = *function.type->links;
  if (arguments.size() != links.delegate_arguments.size())
    return fail(at, "Delegate '" + csharp_name(*function.type) + "' does not take " + std::to_string(arguments.size()) + " arguments");
  std::vector<CodePtr> codes;
  for (size_t i = 0; i < arguments.size(); ++i) {
    Bound value = convert(std::move(arguments[i].value), *links.delegate_arguments[i], arguments[i].at);
    if (!value) return {};
    codes.push_back(std::move(value.code));
  }
  return value_of(*links.delegate_result, invoke_code(std::move(function.code), std::move(codes)));
}

Bound Binder::call_local_function(Variable& function, const Node& node) {
  if (function.parameter_types.size() > expression_parameters_max)
    return fail(node.at, "'" + std::string(function.name) + "' has too many parameters; at most " +
                             std::to_string(expression_parameters_max) + " are allowed");
  std::vector<BoundArgument> arguments;
  if (!bind_arguments(node.arguments, arguments)) return {};
  if (arguments.size() != function.parameter_types.size())
    return fail(node.at,
                "No overload for method '" + std::string(function.name) + "' takes " + std::to_string(arguments.size()) + " arguments");
  std::vector<CodePtr> codes;
  for (size_t i = 0; i < arguments.size(); ++i) {
    Bound value = convert(std::move(arguments[i].value), *function.parameter_types[i], arguments[i].at);
    if (!value) return {};
    codes.push_back(std::move(value.code));
  }
  return value_of(*function.result, invoke_code(load(function), std::move(codes)));
}

Bound Binder::call_methods(Bound methods, std::vector<BoundArgument> arguments, size_t at) {
  std::vector<Candidate> own, extensions;
  const bool is_static = methods.receiver_type == nullptr;
  for (const Candidate& candidate : methods.methods) (candidate.info->is_extension && !is_static ? extensions : own).push_back(candidate);
  const SyntaxProblem before = problem_;
  if (!own.empty()) {
    const auto chosen = choose(own, arguments, methods.type_arguments, at, methods.name);
    if (chosen) return emit_call(*chosen, is_static ? nullptr : std::move(methods.code), arguments, at);
    if (extensions.empty()) return {};
  }
  const SyntaxProblem own_problem = problem_;
  problem_ = before;
  BoundArgument receiver;
  receiver.value = value_of(*methods.receiver_type, std::move(methods.code));
  receiver.at = static_cast<uint32_t>(at);
  arguments.insert(arguments.begin(), std::move(receiver));
  const auto chosen = choose(extensions, arguments, methods.type_arguments, at, methods.name);
  if (chosen) return emit_call(*chosen, nullptr, arguments, at);
  if (!own.empty()) problem_ = own_problem;
  return {};
}

// The variable of an `out` argument takes what the call left in a temporary.
bool Binder::emit_out(const Applicable& chosen, size_t parameter, BoundArgument& argument, CallPlan& plan, std::vector<CodePtr>& after) {
  const PlacePtr place = temporary();
  plan.arguments.push_back(nullptr);
  plan.outs.emplace_back(parameter, place);
  const Node& node = *argument.value.node;
  if (node.kind == NodeKind::out_variable) {
    if (node.text == "_") return true;
    Variable* variable = declare(node.text, chosen.argument_types[static_cast<size_t>(chosen.argument_of[parameter])], node.at);
    if (variable) after.push_back(store(*variable, local_code(place)));
    return variable != nullptr;
  }
  if (!argument.value.type) return true;
  AssignmentTarget target;
  if (!bind_target(node, false, target)) return false;
  after.push_back(target.store(local_code(place)));
  return true;
}

bool Binder::emit_arguments(const Applicable& chosen, std::vector<BoundArgument>& arguments, CallPlan& plan, std::vector<CodePtr>& after) {
  const auto& parameters = chosen.candidate.info->parameters;
  for (size_t p = 0; p < parameters.size(); ++p) {
    const Type& type = substitute(*parameters[p].type, chosen.candidate.owner->arguments(), chosen.method_types);
    const int index = chosen.argument_of[p];
    if (index >= 0) {
      BoundArgument& argument = arguments[static_cast<size_t>(index)];
      if (argument.is_out) {
        if (!emit_out(chosen, p, argument, plan, after)) return false;
        continue;
      }
      Bound value = convert(std::move(argument.value), type, argument.at);
      if (!value) return false;
      plan.arguments.push_back(std::move(value.code));
    } else if (chosen.is_expanded && p + 1 == parameters.size()) {
      std::vector<CodePtr> items;
      for (size_t i = 0; i < arguments.size(); ++i) {
        if (std::find(chosen.argument_of.begin(), chosen.argument_of.end(), static_cast<int>(i)) != chosen.argument_of.end()) continue;
        Bound value = convert(std::move(arguments[i].value), *type.element(), arguments[i].at);
        if (!value) return false;
        items.push_back(std::move(value.code));
      }
      plan.arguments.push_back(array_code(*type.element(), std::move(items)));
    } else {
      const bool needs_default = parameters[p].fallback.is_null() && type.is_value_type() && type.kind != TypeKind::nullable;
      plan.arguments.push_back(needs_default ? default_code(type) : constant_code(parameters[p].fallback));
    }
  }
  return true;
}

static Result<std::shared_ptr<const void>> prepare(const Applicable& chosen, const std::vector<BoundArgument>& arguments) {
  const auto& parameters = chosen.candidate.info->parameters;
  std::vector<const Value*> constants(parameters.size(), nullptr);
  for (size_t p = 0; p < parameters.size(); ++p) {
    const int index = chosen.argument_of[p];
    if (index < 0) {
      if (parameters[p].is_optional) constants[p] = &parameters[p].fallback;
      continue;
    }
    const Bound& value = arguments[static_cast<size_t>(index)].value;
    if (value.is_constant) constants[p] = &value.constant;
  }
  return chosen.candidate.info->row->prepare(constants);
}

Bound Binder::emit_call(const Applicable& chosen, CodePtr self, std::vector<BoundArgument>& arguments, size_t at) {
  const MemberInfo& info = *chosen.candidate.info;
  if (!info.row->refused.empty()) return fail(at, "'" + std::string(info.name) + "': " + std::string(info.row->refused));
  const Type& result = substitute(*info.type, chosen.candidate.owner->arguments(), chosen.method_types);
  CallPlan plan;
  plan.native = info.row->get;
  plan.site.result = &result;
  plan.types.assign(chosen.candidate.owner->arguments().begin(), chosen.candidate.owner->arguments().end());
  plan.types.insert(plan.types.end(), chosen.method_types.begin(), chosen.method_types.end());
  plan.self = std::move(self);
  plan.allows_null_self = chosen.candidate.owner->kind == TypeKind::nullable;
  if (info.row->prepare) {
    auto prepared = prepare(chosen, arguments);
    if (!prepared) return fail(at, prepared.error().message);
    plan.site.prepared = *prepared;
  }
  std::vector<CodePtr> after;
  if (!emit_arguments(chosen, arguments, plan, after)) return {};
  CodePtr code = call_code(std::move(plan));
  if (after.empty()) return value_of(result, std::move(code));
  const PlacePtr kept = temporary();
  after.insert(after.begin(), local_store_code(kept, std::move(code)));
  return value_of(result, sequence_code(std::move(after), local_code(kept)));
}

Bound Binder::convert_methods(Bound from, const Type& to, size_t at) {
  if (from.methods.empty()) {  // a local function
    Variable* function = find_variable(from.name);
    const bool fits = function && function->parameter_types.size() == to.links->delegate_arguments.size();
    return fits ? value_of(to, load(*function)) : refuse_conversion(from, to, at);
  }
  std::vector<BoundArgument> given(to.links->delegate_arguments.size());
  for (size_t i = 0; i < given.size(); ++i) given[i].value = value_of(*to.links->delegate_arguments[i], nullptr);
  std::vector<Candidate> own = from.methods;
  std::erase_if(own, [&](const Candidate& candidate) { return from.receiver_type && candidate.info->is_extension; });
  const auto chosen = choose(own, given, from.type_arguments, at, from.name);
  if (!chosen) return {};
  if (chosen->is_expanded || chosen->candidate.info->parameters.size() != given.size()) return refuse_conversion(from, to, at);
  CallPlan plan;
  plan.native = chosen->candidate.info->row->get;
  plan.site.result = &substitute(*chosen->candidate.info->type, chosen->candidate.owner->arguments(), chosen->method_types);
  plan.types.assign(chosen->candidate.owner->arguments().begin(), chosen->candidate.owner->arguments().end());
  plan.types.insert(plan.types.end(), chosen->method_types.begin(), chosen->method_types.end());
  if (from.receiver_type) plan.self = std::move(from.code);
  return value_of(to, method_group_code(std::move(plan), to));
}

}  // namespace gatelet::cs
