// Overload resolution and generic inference.
#include <algorithm>
#include <utility>

#include "expr/binder.hpp"

namespace gatelet::cs {

static const Type& parameter_type(const Candidate& candidate, size_t index, std::span<const Type* const> method_types) {
  return substitute(*candidate.info->parameters[index].type, candidate.owner->arguments(), method_types);
}

// Which argument goes to which parameter; false when the counts or names do not fit.
bool Binder::assign_arguments(const Candidate& candidate, std::span<BoundArgument> arguments, bool is_expanded, Applicable& out) const {
  const std::vector<Parameter>& parameters = candidate.info->parameters;
  out.argument_of.assign(parameters.size(), -1);
  const size_t fixed = is_expanded ? parameters.size() - 1 : parameters.size();
  for (size_t i = 0; i < arguments.size(); ++i) {
    const BoundArgument& argument = arguments[i];
    size_t target = i;
    if (!argument.name.empty())
      target = static_cast<size_t>(
          std::find_if(parameters.begin(), parameters.end(), [&](const Parameter& p) { return p.name == argument.name; }) -
          parameters.begin());
    if (target >= fixed && is_expanded && argument.name.empty()) continue;
    if (target >= parameters.size() || out.argument_of[target] >= 0) return false;
    if (argument.is_out != (parameters[target].mode == Parameter::Mode::out)) return false;
    out.argument_of[target] = static_cast<int>(i);
  }
  for (size_t i = 0; i < fixed; ++i)
    if (out.argument_of[i] < 0 && !parameters[i].is_optional) return false;
  return true;
}

void Binder::infer_from(const Type& argument, const Type& parameter, std::vector<const Type*>& fixed) const {
  if (parameter.kind == TypeKind::parameter) {
    if (!parameter.links->is_method_parameter || argument.kind == TypeKind::null || argument.kind == TypeKind::void_) return;
    const Type*& slot = fixed[parameter.links->parameter_index];
    if (!slot || (slot != &argument && standard_implicit(*slot, argument))) slot = &argument;
    return;
  }
  if (parameter.kind == TypeKind::array) {
    if (argument.kind == TypeKind::array) infer_from(*argument.element(), *parameter.element(), fixed);
    return;
  }
  if (parameter.kind == TypeKind::nullable) {
    infer_from(argument.kind == TypeKind::nullable ? *argument.element() : argument, *parameter.element(), fixed);
    return;
  }
  if (!parameter.links->definition) return;
  const Type* same = implementation_of(argument, *parameter.links->definition);
  if (!same) return;
  for (size_t i = 0; i < same->links->arguments.size(); ++i) infer_from(*same->links->arguments[i], *parameter.links->arguments[i], fixed);
}

static bool is_open(const Type& type) {
  if (type.kind == TypeKind::parameter) return type.links->is_method_parameter;
  return std::any_of(type.links->arguments.begin(), type.links->arguments.end(), [](const Type* argument) { return is_open(*argument); });
}

// A lambda's or method group's result, once the types of its parameters are known.
bool Binder::infer_from_function(const Bound& argument, const Type& parameter, std::vector<const Type*>& fixed,
                                 const Candidate& candidate) {
  if (parameter.kind != TypeKind::delegate) return true;
  std::vector<const Type*> inputs;
  for (const Type* input : parameter.links->delegate_arguments) {
    inputs.push_back(&substitute(*input, candidate.owner->arguments(), fixed));
    if (is_open(*inputs.back())) return false;
  }
  const Type& result = *parameter.links->delegate_result;
  if (!is_open(result)) return true;
  if (argument.kind == Bound::Kind::lambda) {
    if (argument.node->parameters.size() != inputs.size()) return true;
    if (const auto lambda = try_lambda(*argument.node, inputs, nullptr)) infer_from(*lambda->result, result, fixed);
    return true;
  }
  std::vector<BoundArgument> given(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) given[i].value = value_of(*inputs[i], nullptr);
  const SyntaxProblem before = problem_;
  const auto chosen = choose(argument.methods, given, argument.type_arguments, 0, argument.name);
  problem_ = before;
  if (chosen)
    infer_from(substitute(*chosen->candidate.info->type, chosen->candidate.owner->arguments(), chosen->method_types), result, fixed);
  return true;
}

bool Binder::infer(std::span<BoundArgument> arguments, Applicable& out) {
  const auto parameters = std::span(out.candidate.info->parameters);
  out.method_types.assign(out.candidate.info->type_parameter_count, nullptr);
  const auto parameter_of = [&](size_t argument) -> const Type* {
    for (size_t p = 0; p < parameters.size(); ++p)
      if (out.argument_of[p] == static_cast<int>(argument)) return parameters[p].type;
    return out.is_expanded ? parameters.back().type->element() : nullptr;
  };
  std::vector<size_t> functions;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const Bound& value = arguments[i].value;
    const Type* parameter = parameter_of(i);
    if (value.kind == Bound::Kind::lambda || value.kind == Bound::Kind::methods)
      functions.push_back(i);
    else if (value.type && parameter)
      infer_from(*value.type, substitute(*parameter, out.candidate.owner->arguments(), {}), out.method_types);
  }
  for (size_t round = 0; round <= functions.size(); ++round)
    std::erase_if(functions, [&](size_t i) {
      return infer_from_function(arguments[i].value, substitute(*parameter_of(i), out.candidate.owner->arguments(), {}), out.method_types,
                                 out.candidate);
    });
  return std::find(out.method_types.begin(), out.method_types.end(), nullptr) == out.method_types.end();
}

std::optional<Applicable> Binder::applicable(const Candidate& candidate, std::span<BoundArgument> arguments,
                                             std::span<const Type* const> type_arguments, bool is_expanded, bool tries_lambdas) {
  Applicable out;
  out.candidate = candidate;
  out.is_expanded = is_expanded;
  const auto& parameters = candidate.info->parameters;
  if (is_expanded && (parameters.empty() || parameters.back().mode != Parameter::Mode::params)) return std::nullopt;
  if (!type_arguments.empty() && type_arguments.size() != candidate.info->type_parameter_count) return std::nullopt;
  if (!assign_arguments(candidate, arguments, is_expanded, out)) return std::nullopt;
  if (type_arguments.empty() && candidate.info->type_parameter_count) {
    if (!infer(arguments, out)) return std::nullopt;
  } else {
    out.method_types.assign(type_arguments.begin(), type_arguments.end());
  }
  out.argument_types.assign(arguments.size(), nullptr);
  for (size_t p = 0; p < parameters.size(); ++p)
    if (out.argument_of[p] >= 0)
      out.argument_types[static_cast<size_t>(out.argument_of[p])] = &parameter_type(candidate, p, out.method_types);
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (!out.argument_types[i]) out.argument_types[i] = parameter_type(candidate, parameters.size() - 1, out.method_types).element();
    const Bound& value = arguments[i].value;
    if (value.kind == Bound::Kind::out_variable) {
      if (value.type && value.type != out.argument_types[i]) return std::nullopt;
    } else if (!implicit(value, *out.argument_types[i], tries_lambdas)) {
      return std::nullopt;
    }
  }
  return out;
}

// 1: the conversion to `a` is better, -1: to `b`, 0: neither.
int Binder::compare_conversions(const Bound& argument, const Type& a, const Type& b) {
  if (&a == &b) return 0;
  if (argument.is_value() && argument.type == &a) return 1;
  if (argument.is_value() && argument.type == &b) return -1;
  if (argument.kind == Bound::Kind::lambda && a.kind == TypeKind::delegate && b.kind == TypeKind::delegate) {
    const auto lambda = try_lambda(*argument.node, a.links->delegate_arguments, nullptr);
    const Type *x = a.links->delegate_result, *y = b.links->delegate_result;
    if (x == y || !lambda) return 0;
    if (lambda->result == x) return 1;
    if (lambda->result == y) return -1;
    return implicit_type(*x, *y) ? 1 : implicit_type(*y, *x) ? -1 : 0;
  }
  const bool to_b = static_cast<bool>(implicit_type(a, b)), to_a = static_cast<bool>(implicit_type(b, a));
  if (to_b != to_a) return to_b ? 1 : -1;
  const auto is_signed = [](const Type& type) {
    return type.basic == Basic::int8 || type.basic == Basic::int16 || type.basic == Basic::int32 || type.basic == Basic::int64;
  };
  const auto is_unsigned = [](const Type& type) {
    return type.basic == Basic::uint8 || type.basic == Basic::uint16 || type.basic == Basic::uint32 || type.basic == Basic::uint64;
  };
  if (is_signed(a) && is_unsigned(b)) return 1;
  return is_signed(b) && is_unsigned(a) ? -1 : 0;
}

static size_t defaults_used(const Applicable& one) {
  return static_cast<size_t>(std::count(one.argument_of.begin(), one.argument_of.end(), -1)) - (one.is_expanded ? 1 : 0);
}

bool Binder::is_better(const Applicable& a, const Applicable& b, std::span<BoundArgument> arguments) {
  bool is_somewhere = false;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const int order = compare_conversions(arguments[i].value, *a.argument_types[i], *b.argument_types[i]);
    if (order < 0) return false;
    is_somewhere |= order > 0;
  }
  if (is_somewhere) return true;
  if (a.candidate.info->is_extension != b.candidate.info->is_extension) return b.candidate.info->is_extension;
  if (a.candidate.owner != b.candidate.owner && is_assignable(*a.candidate.owner, *b.candidate.owner)) return true;
  if (a.method_types.empty() != b.method_types.empty()) return a.method_types.empty();
  if (a.is_expanded != b.is_expanded) return b.is_expanded;
  if (defaults_used(a) != defaults_used(b)) return defaults_used(a) < defaults_used(b);
  // More specific: fewer type parameters in what was declared.
  size_t a_open = 0, b_open = 0;
  for (const Parameter& parameter : a.candidate.info->parameters) a_open += parameter.type->kind == TypeKind::parameter;
  for (const Parameter& parameter : b.candidate.info->parameters) b_open += parameter.type->kind == TypeKind::parameter;
  return a_open < b_open;
}

std::optional<Applicable> Binder::choose(std::span<const Candidate> candidates, std::span<BoundArgument> arguments,
                                         std::span<const Type* const> type_arguments, size_t at, std::string_view name) {
  LambdaTrial outer = std::exchange(lambda_trial_, {});
  auto chosen = choose_best(candidates, arguments, type_arguments, at, name);
  lambda_trial_ = std::move(outer);
  return chosen;
}

std::optional<Applicable> Binder::choose_best(std::span<const Candidate> candidates, std::span<BoundArgument> arguments,
                                              std::span<const Type* const> type_arguments, size_t at, std::string_view name) {
  std::vector<Applicable> fits;
  const bool tries_lambdas = candidates.size() > 1;
  for (const Candidate& candidate : candidates) {
    auto one = applicable(candidate, arguments, type_arguments, false, tries_lambdas);
    if (!one) one = applicable(candidate, arguments, type_arguments, true, tries_lambdas);
    if (one) fits.push_back(std::move(*one));
    if (failed()) return std::nullopt;
  }
  if (fits.empty()) return explain_none(candidates, arguments, type_arguments, at, name), std::nullopt;
  size_t best = 0;
  for (size_t i = 1; i < fits.size(); ++i)
    if (is_better(fits[i], fits[best], arguments) && !is_better(fits[best], fits[i], arguments)) best = i;
  return std::move(fits[best]);
}

// Why no candidate fits: a name that none of them has, the only one's own reason, what is wrong inside of a lambda.
void Binder::explain_none(std::span<const Candidate> candidates, std::span<BoundArgument> arguments,
                          std::span<const Type* const> type_arguments, size_t at, std::string_view name) {
  std::vector<std::string_view> names;
  std::vector<const Candidate*> nearest;
  for (const Candidate& candidate : candidates) {
    for (const Parameter& parameter : candidate.info->parameters) names.push_back(parameter.name);
    Applicable probe;
    probe.candidate = candidate;
    const bool takes_types = type_arguments.empty() || type_arguments.size() == candidate.info->type_parameter_count;
    if (candidates.size() == 1 || (takes_types && assign_arguments(candidate, arguments, false, probe))) nearest.push_back(&candidate);
  }
  for (const BoundArgument& argument : arguments)
    if (!argument.name.empty() && std::find(names.begin(), names.end(), argument.name) == names.end())
      return void(fail(argument.at, "No overload of '" + std::string(name) + "' has a parameter named '" + std::string(argument.name) +
                                        "'" + hint(argument.name, names)));
  if (!lambda_trial_.is_bound && !lambda_trial_.problem.message.empty()) return void(problem_ = lambda_trial_.problem);
  if (nearest.size() == 1 && explain_mismatch(*nearest[0], arguments, type_arguments, name, at)) return;
  std::string given;
  for (const BoundArgument& argument : arguments) given += (given.empty() ? "" : ", ") + describe(argument.value);
  fail(at, "No overload of '" + std::string(name) + "' takes the arguments (" + given + ")");
}

// The one candidate's own reason.
bool Binder::explain_mismatch(const Candidate& candidate, std::span<BoundArgument> arguments, std::span<const Type* const> type_arguments,
                              std::string_view name, size_t at) {
  Applicable probe;
  probe.candidate = candidate;
  if (!type_arguments.empty() && type_arguments.size() != candidate.info->type_parameter_count) {
    fail(at, candidate.info->type_parameter_count
                 ? "Using the generic method '" + std::string(name) + "' requires " + std::to_string(candidate.info->type_parameter_count) +
                       " type arguments"
                 : "The non-generic method '" + std::string(name) + "' cannot be used with type arguments");
    return true;
  }
  if (!assign_arguments(candidate, arguments, false, probe)) return false;
  for (size_t p = 0; p < probe.argument_of.size(); ++p) {
    if (probe.argument_of[p] < 0) continue;
    const BoundArgument& argument = arguments[static_cast<size_t>(probe.argument_of[p])];
    const Type& type = parameter_type(candidate, p, type_arguments);
    if (is_open(type) || argument.is_out || implicit(argument.value, type, false)) continue;
    if (argument.value.kind == Bound::Kind::lambda || argument.value.kind == Bound::Kind::methods) continue;
    if (candidate.info->is_extension && probe.argument_of[p] == 0) {
      fail(at, "'" + std::string(name) + "' is called on a '" + csharp_name(type) + "', not on a '" + describe(argument.value) + "'");
      return true;
    }
    fail(argument.at, "Argument " + std::to_string(probe.argument_of[p] + (candidate.info->is_extension ? 0 : 1)) +
                          ": cannot convert from '" + describe(argument.value) + "' to '" + csharp_name(type) + "'");
    return true;
  }
  if (candidate.info->type_parameter_count && type_arguments.empty()) {
    fail(at, "The type arguments for method '" + std::string(name) +
                 "' cannot be inferred from the usage. Try specifying the type arguments explicitly");
    return true;
  }
  return false;
}

}  // namespace gatelet::cs
