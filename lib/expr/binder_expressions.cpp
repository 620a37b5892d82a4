#include "base/limits.hpp"
#include "expr/binder.hpp"
#include "expr/operators.hpp"

namespace gatelet::cs {

Bound Binder::bind(const Node& node) {
  if (failed()) return {};
  if (++node_count_ > expression_bind_steps_max)
    return fail(node.at, "The expression is too complex: its lambdas have too many possible meanings");
  return bind_node(node);
}

Bound Binder::bind_node(const Node& node) {
  switch (node.kind) {
    case NodeKind::literal: return bind_literal(node);
    case NodeKind::name: return bind_name(node);
    case NodeKind::member: return bind_member(node);
    case NodeKind::call: return bind_call(node);
    case NodeKind::index: return bind_index(node);
    case NodeKind::unary: return bind_unary(node);
    case NodeKind::postfix: return increment(*node.a, node.text, false, node.at);
    case NodeKind::binary: return bind_binary(node);
    case NodeKind::assignment: return bind_assignment(node);
    case NodeKind::conditional: return bind_conditional(node);
    case NodeKind::conditional_access: return bind_conditional_access(node);
    case NodeKind::receiver: return bind_receiver(node);
    case NodeKind::lambda: {
      Bound bound;
      bound.kind = Bound::Kind::lambda;
      bound.node = &node;
      return bound;
    }
    case NodeKind::cast: return bind_cast(node);
    case NodeKind::is_type: return node.b ? bind_is_constant(node) : bind_is(node);
    case NodeKind::as_type: return bind_as_type(node);
    case NodeKind::create: return bind_create(node);
    case NodeKind::create_array: return bind_array(node);
    case NodeKind::implicit_array: return bind_implicit_array(node);
    case NodeKind::anonymous: return bind_anonymous(node);
    case NodeKind::type_of: return bind_type_of(node);
    case NodeKind::default_of: return bind_default(node);
    case NodeKind::name_of: return bind_name_of(node);
    case NodeKind::checked_expression: return bind_checked(node);
    case NodeKind::interpolated: return bind_interpolated(node);
    case NodeKind::throw_expression: return bind_throw(node);
    default: return fail(node.at, "Invalid expression");
  }
}

Bound Binder::bind_value(const Node& node) {
  Bound bound = bind(node);
  switch (bound.kind) {
    case Bound::Kind::type: return fail(node.at, "'" + csharp_name(*bound.type) + "' is a type, which is not valid in the given context");
    case Bound::Kind::name_space: return fail(node.at, "'" + std::string(bound.name) + "' is a namespace but is used like a variable");
    case Bound::Kind::methods: return fail(node.at, "'" + std::string(bound.name) + "' is a method: call it, with ()");
    case Bound::Kind::lambda: return fail(node.at, "A lambda expression is only valid where a delegate is expected");
    default: return bound;
  }
}

Bound Binder::bind_as(const Node& node, const Type& type) { return convert(bind(node), type, node.at); }

Bound Binder::bind_literal(const Node& node) {
  if (node.literal_type) return constant_of(*node.literal_type, node.value);
  Bound bound;
  bound.kind = Bound::Kind::null;
  bound.type = &types::null;
  bound.code = constant_code({});
  bound.is_constant = true;
  return bound;
}

Bound Binder::bind_name(const Node& node) {
  if (Variable* variable = node.types.empty() ? find_variable(node.text) : nullptr) {
    if (variable->local_function) {
      Bound bound;
      bound.kind = Bound::Kind::methods;
      bound.name = variable->name;
      bound.node = &node;
      return bound;
    }
    if (variable->is_constant) return constant_of(*variable->type, variable->constant);
    return value_of(*variable->type, load(*variable));
  }
  if (node.text == "context" && node.types.empty()) return value_of(context_type, constant_code(value_of_bits(context_type, 1)));
  TypeSyntax syntax;
  syntax.name = node.text;
  syntax.at = node.at;
  syntax.arguments = node.types;
  if (find_type(syntax)) {
    Bound bound;
    bound.kind = Bound::Kind::type;
    bound.type = resolve(syntax);
    return bound.type ? std::move(bound) : Bound{};
  }
  if (registry_.is_namespace(node.text)) {
    Bound bound;
    bound.kind = Bound::Kind::name_space;
    bound.name = node.text;
    return bound;
  }
  std::vector<std::string_view> known = registry_.type_names();
  known.push_back("context");
  for (const FunctionScope* function = function_; function; function = function->parent)
    for (const auto& scope : function->scopes)
      for (const Variable* variable : scope) known.push_back(variable->name);
  return fail(node.at, "The name '" + std::string(node.text) + "' does not exist in the current context" + hint(node.text, known));
}

// The type that all values convert to, of one of them.
const Type* Binder::common_type(std::span<const Bound* const> values) {
  const Type* best = nullptr;
  for (const Bound* candidate : values) {
    if (!candidate->is_value() || candidate->type->kind == TypeKind::void_) continue;
    bool fits_all = true;
    for (const Bound* value : values) fits_all &= static_cast<bool>(implicit(*value, *candidate->type));
    if (fits_all && (!best || implicit_type(*best, *candidate->type))) best = candidate->type;
  }
  return best;
}

Bound Binder::bind_conditional(const Node& node) {
  auto test = condition(*node.a);
  if (!test) return {};
  Bound yes = bind_value(*node.b);
  Bound no = yes ? bind_value(*node.c) : Bound{};
  if (!no) return {};
  const Bound* values[] = {&yes, &no};
  const bool throws = node.b->kind == NodeKind::throw_expression || node.c->kind == NodeKind::throw_expression;
  const Type* type = throws ? (node.b->kind == NodeKind::throw_expression ? no.type : yes.type) : common_type(values);
  if (!type) {
    const bool are_null = !yes.is_value() && !no.is_value();
    if (are_null) return bind_literal(*node.b);
    return fail(node.at, "Type of conditional expression cannot be determined because there is no implicit conversion between '" +
                             describe(yes) + "' and '" + describe(no) + "'");
  }
  const bool folds = test->is_constant && yes.is_constant && no.is_constant;
  const bool condition_value = test->constant.boolean();
  yes = convert(std::move(yes), *type, node.b->at);
  no = yes ? convert(std::move(no), *type, node.c->at) : Bound{};
  if (!no) return {};
  if (folds && yes.is_constant && no.is_constant) return constant_of(*type, condition_value ? yes.constant : no.constant);
  return value_of(*type, conditional_code(std::move(test->code), std::move(yes.code), std::move(no.code)));
}

Bound Binder::bind_cast(const Node& node) {
  const Type* type = resolve(node.types[0]);
  return type ? convert_explicit(bind(*node.a), *type, node.at) : Bound{};
}

Bound Binder::bind_is(const Node& node) {
  const Bound probe = bind_value(*node.a);
  if (!probe) return {};
  const bool is_var = node.types[0].is_var();
  const Type* type = is_var ? probe.type : resolve(node.types[0]);
  if (!type) return {};
  const Type& tested = type->kind == TypeKind::nullable ? *type->element() : *type;
  if (probe.is_value() && !is_var && !standard_explicit(*probe.type, *type))
    return fail(node.at, "Cannot convert type '" + describe(probe) + "' to '" + csharp_name(*type) + "'");
  CodePtr value = std::move(const_cast<Bound&>(probe).code);
  if (node.text.empty() || node.text == "_") return value_of(types::boolean, type_test_code(std::move(value), tested));
  Variable* variable = declare(node.text, type, node.at);
  if (!variable) return {};
  // The variable takes the value in any case; it may be read only where the test is true.
  CodePtr keep = store(*variable, type_cast_code(std::move(value), tested));
  std::vector<CodePtr> effects;
  effects.push_back(std::move(keep));
  return value_of(types::boolean, sequence_code(std::move(effects), type_test_code(load(*variable), tested)));
}

Bound Binder::bind_is_constant(const Node& node) {
  Bound a = bind_value(*node.a);
  Bound b = a ? bind_value(*node.b) : Bound{};
  if (!b) return {};
  if (!b.is_constant) return fail(node.b->at, "A constant value is expected");
  const BinaryFunction same = [](Evaluation& run, Value x, Value y) { return boolean(equals(run, x, y)); };
  if (b.is_value() && a.is_value() && converts_constant(b, *a.type)) b = convert(std::move(b), *a.type, node.b->at);
  return b ? value_of(types::boolean, binary_code(same, std::move(a.code), std::move(b.code))) : Bound{};
}

Bound Binder::bind_as_type(const Node& node) {
  const Type* type = resolve(node.types[0]);
  Bound value = type ? bind_value(*node.a) : Bound{};
  if (!value) return {};
  if (type->is_value_type() && type->kind != TypeKind::nullable)
    return fail(node.at, "The as operator must be used with a reference type or nullable type ('" + csharp_name(*type) +
                             "' is a non-nullable value type)");
  if (value.is_value() && !standard_explicit(*value.type, *type))
    return fail(node.at, "Cannot convert type '" + describe(value) + "' to '" + csharp_name(*type) +
                             "' via a reference conversion, boxing "
                             "conversion, unboxing conversion, wrapping conversion, or null type conversion");
  const Type& tested = type->kind == TypeKind::nullable ? *type->element() : *type;
  return value_of(*type, type_cast_code(std::move(value.code), tested));
}

Bound Binder::bind_default(const Node& node) {
  if (node.types.empty()) {
    Bound bound;
    bound.kind = Bound::Kind::default_;
    return bound;
  }
  const Type* type = resolve(node.types[0]);
  if (!type) return {};
  if (!type->is_value_type() || type->kind == TypeKind::nullable) return value_of(*type, constant_code({}));
  return value_of(*type, default_code(*type));
}

Bound Binder::bind_type_of(const Node& node) {
  const Type* type = resolve(node.types[0], true);
  return type ? value_of(types::type, constant_code(value_of_object(types::type, type))) : Bound{};
}

Bound Binder::bind_name_of(const Node& node) {
  const Node& named = *node.a;
  if (named.kind == NodeKind::member) {
    const Bound owner = bind(*named.a);
    if (!owner) return {};
    std::vector<Candidate> found;
    const bool has_type = owner.is_value() || owner.kind == Bound::Kind::type;
    if (has_type) collect_members(*owner.type, named.text, found);
    if (has_type && found.empty())
      return refuse_member(*owner.type, named.text, !owner.is_value(), named.at);
    if (!has_type && !bind(named)) return {};
  } else if (named.kind != NodeKind::name) {
    return fail(named.at, "Expression does not have a name");
  } else if (!bind(named)) {
    return {};
  }
  std::u16string name;
  for (char c : node.a->text) name += static_cast<char16_t>(static_cast<unsigned char>(c));
  return constant_of(types::text, text(literals_.add(name)));
}

Bound Binder::bind_checked(const Node& node) {
  const bool was_checked = std::exchange(is_checked_, node.text == "checked");
  const bool was_unchecked = std::exchange(is_unchecked_, node.text == "unchecked");
  Bound bound = bind(*node.a);
  is_checked_ = was_checked;
  is_unchecked_ = was_unchecked;
  return bound;
}

Bound Binder::bind_interpolated(const Node& node) {
  std::vector<InterpolationPart> parts;
  for (const Node* item : node.items) {
    InterpolationPart& part = parts.emplace_back();
    if (item->kind == NodeKind::literal) {
      part.value = constant_code(item->value);
      continue;
    }
    Bound value = bind_value(*item->a);
    if (!value) return {};
    if (value.is_value() && value.type->kind == TypeKind::void_) return fail(item->at, "Cannot convert type 'void' to 'object'");
    part.value = value.code ? std::move(value.code) : constant_code({});
    part.format = item->value.text();
    if (!item->b) continue;
    const Bound alignment = bind_as(*item->b, types::int32);
    if (!alignment) return {};
    if (!alignment.is_constant) return fail(item->b->at, "A constant value is expected");
    part.alignment = alignment.constant.int32();
  }
  if (parts.empty()) return constant_of(types::text, text(literals_.add(u"")));
  return value_of(types::text, interpolation_code(std::move(parts)));
}

Bound Binder::bind_conditional_access(const Node& node) {
  Bound target = bind_value(*node.a);
  if (!target) return {};
  if (!target.is_value()) return fail(node.at, "Operator '?' cannot be applied to operand of type '<null>'");
  if (target.type->is_value_type() && target.type->kind != TypeKind::nullable)
    return fail(node.at, "Operator '?' cannot be applied to operand of type '" + csharp_name(*target.type) + "'");
  const PlacePtr place = temporary();
  const Type* inner = target.type->kind == TypeKind::nullable ? target.type->element() : target.type;
  receivers_.emplace_back(inner, place);
  Bound chain = bind_value(*node.b);
  receivers_.pop_back();
  if (!chain) return {};
  const bool becomes_nullable = chain.type->is_value_type() && chain.type->kind != TypeKind::nullable;
  const Type& type = becomes_nullable ? nullable_of(*chain.type) : *chain.type;
  return value_of(type, conditional_access_code(std::move(target.code), place, std::move(chain.code)));
}

Bound Binder::bind_receiver(const Node& node) {
  if (receivers_.empty()) return fail(node.at, "Invalid expression");
  return value_of(*receivers_.back().first, local_code(receivers_.back().second));
}

Bound Binder::bind_throw(const Node& node) {
  Bound exception = bind_as(*node.a, types::exception);
  if (!exception) return {};
  Bound bound;
  bound.kind = Bound::Kind::null;
  bound.type = &types::null;
  bound.code = throw_code(std::move(exception.code));
  return bound;
}

std::optional<Bound> Binder::condition(const Node& node) {
  Bound bound = bind(node);
  if (!bound) return std::nullopt;
  if (bound.is_value() && bound.type != &types::boolean && !implicit(bound, types::boolean)) {
    fail(node.at, "Cannot implicitly convert type '" + describe(bound) + "' to 'bool'");
    return std::nullopt;
  }
  bound = convert(std::move(bound), types::boolean, node.at);
  if (!bound) return std::nullopt;
  return bound;
}

}  // namespace gatelet::cs
