#include "expr/binder.hpp"
#include "expr/context_model.hpp"
#include "expr/operators.hpp"
#include "expr/scratch.hpp"

namespace gatelet::cs {

static bool is_text(const Bound& bound) { return bound.is_value() && bound.type->basic == Basic::text; }

static bool is_usable(const Bound& bound) { return bound.is_value() || bound.kind == Bound::Kind::null; }

static bool is_comparison(std::string_view op) { return op == "<" || op == ">" || op == "<=" || op == ">=" || op == "==" || op == "!="; }

// Binary numeric promotion; null: not two numbers.
static const Type* promoted(const Type& a, const Type& b) {
  if (!is_number(a) || !is_number(b)) return nullptr;
  for (const Type* wide : {&types::real, &types::single, &types::uint64, &types::int64})
    if (a.basic == wide->basic || b.basic == wide->basic) return wide;
  const bool has_uint = a.basic == Basic::uint32 || b.basic == Basic::uint32;
  const auto is_signed = [](const Type& type) {
    return type.basic == Basic::int32 || type.basic == Basic::int16 || type.basic == Basic::int8;
  };
  if (has_uint) return is_signed(a) || is_signed(b) ? &types::int64 : &types::uint32;
  return &types::int32;
}

Bound Binder::fold(BinaryFunction function, const Type& result, Value a, Value b, size_t at) {
  Scratch scratch(constants_);
  const Value value = function(scratch.run, a, b);
  if (!scratch.run.failed()) return constant_of(result, value);
  if (scratch.run.fault()->type == &types::divide_by_zero_exception) return fail(at, "Division by constant zero");
  return fail(at, "The operation overflows at compile time in checked mode");
}

Bound Binder::emit_binary(const Operator& found, std::string_view op, Bound a, Bound b, const Type& operand, bool is_lifted, size_t at) {
  if (a.is_constant && b.is_constant && !is_lifted) {
    const Operator checked = binary_operator(op, operand, !is_unchecked_);
    return fold(checked.function, *found.result, a.constant, b.constant, at);
  }
  if (!is_lifted) return value_of(*found.result, binary_code(found.function, std::move(a.code), std::move(b.code)));
  const bool compares = is_comparison(op);
  const Lift lift = op == "==" ? Lift::equality : op == "!=" ? Lift::inequality : compares ? Lift::comparison : Lift::arithmetic;
  const Type& result = compares ? *found.result : nullable_of(*found.result);
  return value_of(result, lifted_code(found.function, std::move(a.code), std::move(b.code), lift));
}

// Numbers, bool and enumerations, lifted or not.
Bound Binder::numeric(std::string_view op, Bound& a, Bound& b, size_t at) {
  const bool a_is_null = !a.is_value(), b_is_null = !b.is_value();
  const Type& left = without_nullable(a_is_null ? *b.type : *a.type);
  const Type& right = without_nullable(b_is_null ? *a.type : *b.type);
  const bool is_lifted = a_is_null || b_is_null || a.type->kind == TypeKind::nullable || b.type->kind == TypeKind::nullable;
  const bool is_shift = op == "<<" || op == ">>";
  const Type* operand = nullptr;
  if (is_shift) {
    operand = promoted(left, types::int32);
    if (left.basic == Basic::uint32) operand = &types::uint32;
    if (!is_integral(left) || !is_integral(right)) return {};
  } else if (&left == &right && (left.basic == Basic::boolean || left.kind == TypeKind::enumeration)) {
    operand = &left;
  } else if (left.kind == TypeKind::enumeration && converts_constant(b, left)) {
    operand = &left;
  } else if (right.kind == TypeKind::enumeration && converts_constant(a, right)) {
    operand = &right;
  } else {
    operand = promoted(left, right);
    // A constant that fits takes the other's type: ulong == 5, uint & 1.
    if (operand && a.is_value() && b.is_value() && (right.basic == Basic::uint64 || right.basic == Basic::uint32) &&
        converts_constant(a, right))
      operand = &right;
    if (operand && a.is_value() && b.is_value() && (left.basic == Basic::uint64 || left.basic == Basic::uint32) &&
        converts_constant(b, left))
      operand = &left;
  }
  if (!operand) return {};
  const Operator found = binary_operator(op, *operand, is_checked_);
  if (!found.function) return {};
  const Type& wanted = is_lifted ? nullable_of(*operand) : *operand;
  const Type& count = is_lifted ? nullable_of(types::int32) : types::int32;
  a = convert_explicit(std::move(a), wanted, at);
  b = convert_explicit(std::move(b), is_shift ? count : wanted, at);
  if (!a || !b) return {};
  return emit_binary(found, op, std::move(a), std::move(b), *operand, is_lifted, at);
}

Bound Binder::equality(std::string_view op, Bound& a, Bound& b) {
  const bool wants_same = op == "==";
  const auto give = [&](BinaryFunction function) {
    return value_of(types::boolean, binary_code(function, std::move(a.code), std::move(b.code)));
  };
  const bool are_null = !a.is_value() && !b.is_value();
  if (are_null) return constant_of(types::boolean, boolean(wants_same));
  const auto may_be_text = [](const Bound& bound) { return !bound.is_value() || is_text(bound); };
  if (may_be_text(a) && may_be_text(b)) {
    const Operator found = binary_operator(op, types::text, false);
    if (a.is_constant && b.is_constant) return fold(found.function, types::boolean, a.constant, b.constant, 0);
    return give(found.function);
  }
  const auto is_reference = [](const Bound& bound) {
    return !bound.is_value() || !bound.type->is_value_type() || bound.type->kind == TypeKind::nullable;
  };
  if (!is_reference(a) || !is_reference(b)) return {};
  const bool related = !a.is_value() || !b.is_value() || standard_explicit(*a.type, *b.type) || standard_explicit(*b.type, *a.type);
  if (!related) return {};
  if (wants_same) return give([](Evaluation&, Value x, Value y) { return boolean(same_reference(x, y)); });
  return give([](Evaluation&, Value x, Value y) { return boolean(!same_reference(x, y)); });
}

static void collect_operators(const Type& owner, std::string_view op, std::vector<Candidate>& out) {
  for (const Type* type = &owner; type; type = type->links->base)
    for (const MemberInfo* member : type->definition()->links->members)
      if (member->kind == MemberKind::operator_ && member->name == op) out.push_back({member, type});
}

// Both operands in temporaries; the operator runs unless one of them is null.
Bound Binder::lifted_user_operator(std::string_view op, const Candidate& found, Bound& a, Bound& b, size_t at) {
  const UnaryFunction is_null = [](Evaluation&, Value value) { return boolean(value.is_null()); };
  const Type& first = *found.info->parameters[0].type;
  const Type& second = *found.info->parameters[1].type;
  a = convert(std::move(a), nullable_of(first), at);
  b = a ? convert(std::move(b), nullable_of(second), at) : Bound{};
  if (!b) return {};
  const PlacePtr x = temporary(), y = temporary();
  std::vector<CodePtr> effects;
  effects.push_back(local_store_code(x, std::move(a.code)));
  effects.push_back(local_store_code(y, std::move(b.code)));
  const auto null_of = [&](const PlacePtr& place) { return unary_code(is_null, local_code(place), false); };
  CodePtr either = logical_code(false, null_of(x), null_of(y));
  CodePtr when_null = constant_code({});
  const bool compares = found.info->type == &types::boolean;
  if (compares) when_null = constant_code(boolean(op == "!="));
  if (op == "==" || op == "!=") {
    const BinaryFunction same = [](Evaluation&, Value p, Value q) { return boolean(p.is_null() == q.is_null()); };
    const BinaryFunction different = [](Evaluation&, Value p, Value q) { return boolean(p.is_null() != q.is_null()); };
    when_null = binary_code(op == "==" ? same : different, local_code(x), local_code(y));
  }
  CallPlan plan;
  plan.native = found.info->row->get;
  plan.site.result = found.info->type;
  plan.arguments.push_back(local_code(x));
  plan.arguments.push_back(local_code(y));
  CodePtr whole = conditional_code(std::move(either), std::move(when_null), call_code(std::move(plan)));
  const Type& result = compares || !found.info->type->is_value_type() ? *found.info->type : nullable_of(*found.info->type);
  return value_of(result, sequence_code(std::move(effects), std::move(whole)));
}

Bound Binder::user_operator(std::string_view op, Bound& a, Bound& b, size_t at) {
  std::vector<Candidate> candidates;
  if (a.is_value()) collect_operators(without_nullable(*a.type), op, candidates);
  if (b.is_value() && (!a.is_value() || &without_nullable(*a.type) != &without_nullable(*b.type)))
    collect_operators(without_nullable(*b.type), op, candidates);
  if (candidates.empty()) return {};
  std::vector<BoundArgument> arguments(2);
  arguments[0].value = std::move(a);
  arguments[1].value = std::move(b);
  const SyntaxProblem before = problem_;
  const auto chosen = choose(candidates, arguments, {}, at, op);
  problem_ = before;
  if (chosen) return emit_call(*chosen, nullptr, arguments, at);
  a = std::move(arguments[0].value);
  b = std::move(arguments[1].value);
  const auto fits_lifted = [&](const Bound& bound, const Type& type) {
    return type.is_value_type() && type.kind != TypeKind::nullable && implicit(bound, nullable_of(type));
  };
  for (const Candidate& candidate : candidates) {
    const auto& parameters = candidate.info->parameters;
    if (parameters.size() == 2 && fits_lifted(a, *parameters[0].type) && fits_lifted(b, *parameters[1].type))
      return lifted_user_operator(op, candidate, a, b, at);
  }
  return {};
}

Bound Binder::binary(std::string_view op, Bound a, Bound b, size_t at) {
  const std::string left = describe(a), right = describe(b);
  const bool are_values = a.is_value() || b.is_value();
  for (const Bound* operand : {&a, &b})
    if (operand->is_value() && operand->type->kind == TypeKind::void_)
      return fail(at, "Operator '" + std::string(op) + "' cannot be applied to operand of type 'void'");
  if (are_values) {
    if (Bound user = user_operator(op, a, b, at); user || failed()) return user;
    if (op == "+" && (is_text(a) || is_text(b))) {
      std::vector<CodePtr> parts;
      Bound sum = concat(std::move(a), std::move(b), at, parts);
      if (sum && !parts.empty()) sum.code = concat_code(std::move(parts));
      return sum;
    }
    if (Bound built_in = numeric(op, a, b, at); built_in || failed()) return built_in;
  }
  if (op == "==" || op == "!=")
    if (Bound same = equality(op, a, b)) return same;
  return fail(at, "Operator '" + std::string(op) + "' cannot be applied to operands of type '" + left + "' and '" + right + "'");
}

// A constant, or the beginning of a concatenation: its parts, and a string without code.
Bound Binder::concat(Bound a, Bound b, size_t at, std::vector<CodePtr>& parts) {
  for (const Bound* operand : {&a, &b})
    if (operand->is_value() && operand->type->kind == TypeKind::void_)
      return fail(at, "Operator '+' cannot be applied to operands of type 'string' and 'void'");
  if (a.is_constant && b.is_constant) {
    Scratch scratch(constants_);
    const String* joined = cs::concat(scratch.run, to_string(scratch.run, a.constant), to_string(scratch.run, b.constant));
    std::u16string units;
    for (size_t i = 0; i < joined->length; ++i) units += (*joined)[i];
    return constant_of(types::text, text(literals_.add(units)));
  }
  parts.push_back(std::move(a.code));
  parts.push_back(std::move(b.code));
  return value_of(types::text, nullptr);
}

// a + b + c … from left to right; once it is a string, one concatenation of all parts.
Bound Binder::bind_sum(const Node& node) {
  std::vector<const Node*> operands{node.b}, places{&node};
  const Node* first = node.a;
  for (; first->kind == NodeKind::binary && first->text == "+"; first = first->a) {
    operands.push_back(first->b);
    places.push_back(first);
  }
  Bound sum = bind_value(*first);
  std::vector<CodePtr> parts;
  const auto join = [&] {
    if (!parts.empty()) sum = value_of(types::text, concat_code(std::move(parts)));
    parts.clear();
  };
  for (size_t i = operands.size(); i-- > 0 && sum;) {
    Bound next = bind_value(*operands[i]);
    if (!next) return {};
    const size_t at = places[i]->at;
    if (!is_usable(sum) || !is_usable(next)) return fail(at, "Operator '+' cannot be applied to 'default'");
    const bool has_text = is_text(sum) || is_text(next);
    if (has_text && sum.is_value() && next.is_value() && sum.type != next.type) {
      join();
      if (Bound user = user_operator("+", sum, next, at); user || failed()) {
        sum = std::move(user);
        continue;
      }
    }
    if (!has_text) {
      sum = binary("+", std::move(sum), std::move(next), at);
    } else if (parts.empty()) {
      sum = concat(std::move(sum), std::move(next), at, parts);
    } else if (next.is_value() && next.type->kind == TypeKind::void_) {
      return fail(at, "Operator '+' cannot be applied to operands of type 'string' and 'void'");
    } else {
      parts.push_back(std::move(next.code));
    }
  }
  if (sum) join();
  return sum;
}

Bound Binder::bind_binary(const Node& node) {
  if (node.text == "&&" || node.text == "||") return bind_logical(node);
  if (node.text == "??") return bind_coalesce(node);
  if (node.text == "+") return bind_sum(node);
  Bound a = bind_value(*node.a);
  Bound b = a ? bind_value(*node.b) : Bound{};
  if (!b) return {};
  if (!is_usable(a) || !is_usable(b)) return fail(node.at, "Operator '" + std::string(node.text) + "' cannot be applied to 'default'");
  return binary(node.text, std::move(a), std::move(b), node.at);
}

Bound Binder::bind_logical(const Node& node) {
  const auto operand = [&](const Node& part) -> std::optional<Bound> {
    Bound bound = bind_value(part);
    if (!bound) return std::nullopt;
    if (!implicit(bound, types::boolean)) {
      fail(node.at,
           "Operator '" + std::string(node.text) + "' cannot be applied to operand of type '" + describe(bound) + "'; 'bool' is needed");
      return std::nullopt;
    }
    return convert(std::move(bound), types::boolean, part.at);
  };
  auto a = operand(*node.a);
  auto b = a ? operand(*node.b) : std::nullopt;
  if (!b || !*a || !*b) return {};
  const bool is_and = node.text == "&&";
  if (a->is_constant && b->is_constant)
    return constant_of(types::boolean,
                       boolean(is_and ? a->constant.boolean() && b->constant.boolean() : a->constant.boolean() || b->constant.boolean()));
  return value_of(types::boolean, logical_code(is_and, std::move(a->code), std::move(b->code)));
}

Bound Binder::bind_coalesce(const Node& node) {
  Bound a = bind_value(*node.a);
  Bound b = a ? bind_value(*node.b) : Bound{};
  if (!b) return {};
  if (!a.is_value())
    return a.kind == Bound::Kind::null && b.is_value() ? std::move(b)
                                                       : fail(node.at,
                                                              "Operator '?"
                                                              "?' cannot be applied to operand of type '<null>'");
  if (a.type->is_value_type() && a.type->kind != TypeKind::nullable)
    return fail(node.at,
                "Operator '?"
                "?' cannot be applied to operands of type '" +
                    describe(a) + "' and '" + describe(b) + "'");
  const Type& inner = without_nullable(*a.type);
  const Type* result = nullptr;
  if (&inner != a.type && implicit(b, inner))
    result = &inner;
  else if (implicit(b, *a.type))
    result = a.type;
  else if (b.is_value() && (implicit(a, *b.type) || implicit_type(inner, *b.type)))
    result = b.type;
  if (!result)
    return fail(node.at,
                "Operator '?"
                "?' cannot be applied to operands of type '" +
                    describe(a) + "' and '" + describe(b) + "'");
  b = convert(std::move(b), *result, node.b->at);
  if (!b) return {};
  if (result == b.type && result != a.type && result != &inner) {
    const PlacePtr place = temporary();
    Bound converted = convert(value_of(inner, local_code(place)), *result, node.a->at);
    if (!converted) return {};
    a.code = conditional_access_code(std::move(a.code), place, std::move(converted.code));
  }
  return value_of(*result, coalesce_code(std::move(a.code), std::move(b.code)));
}

Bound Binder::bind_unary(const Node& node) {
  if (node.text == "++" || node.text == "--") return increment(*node.a, node.text, true, node.at);
  Bound a = bind_value(*node.a);
  if (!a) return {};
  const auto refuse = [&] {
    return fail(node.at, "Operator '" + std::string(node.text) + "' cannot be applied to operand of type '" + describe(a) + "'");
  };
  if (!a.is_value()) return refuse();
  const bool is_lifted = a.type->kind == TypeKind::nullable;
  const Type* operand = &without_nullable(*a.type);
  std::vector<Candidate> candidates;
  collect_operators(*operand, node.text, candidates);
  std::erase_if(candidates, [](const Candidate& candidate) { return candidate.info->parameters.size() != 1; });
  if (!candidates.empty() && !is_lifted) {
    std::vector<BoundArgument> arguments(1);
    arguments[0].value = std::move(a);
    const auto chosen = choose(candidates, arguments, {}, node.at, node.text);
    return chosen ? emit_call(*chosen, nullptr, arguments, node.at) : Bound{};
  }
  if (node.text == "-" && a.is_constant && operand == &types::uint32 && a.constant.bits == int64_t{1} << 31 &&
      node.a->kind == NodeKind::literal)
    return constant_of(types::int32, int32(INT32_MIN));
  if (node.text == "-" && a.is_constant && operand == &types::uint64 && a.constant.uint64() == uint64_t{1} << 63)
    return constant_of(types::int64, int64(INT64_MIN));
  if (is_integral(*operand) && operand->basic < Basic::int32) operand = &types::int32;
  if (node.text == "-" && operand == &types::uint32) operand = &types::int64;
  const UnaryFunction function = unary_operator(node.text, *operand, is_checked_);
  if (!function || (node.text == "~" && !is_integral(*operand) && operand->kind != TypeKind::enumeration)) return refuse();
  const Type& type = is_lifted ? nullable_of(*operand) : *operand;
  a = convert(std::move(a), type, node.a->at);
  if (!a) return {};
  if (a.is_constant) {
    Scratch scratch(constants_);
    return constant_of(type, function(scratch.run, a.constant));
  }
  return value_of(type, unary_code(function, std::move(a.code), is_lifted));
}

Bound Binder::increment(const Node& target, std::string_view op, bool is_prefix, size_t at) {
  AssignmentTarget place;
  if (!bind_target(target, true, place)) return {};
  const Type& type = *place.type;
  const PlacePtr before = temporary();
  Bound old = value_of(type, is_prefix ? std::move(place.load) : local_code(before));
  if (!is_prefix) place.effects.push_back(local_store_code(before, std::move(place.load)));
  Bound sum = binary(op.substr(0, 1), std::move(old), constant_of(types::int32, int32(1)), at);
  if (!sum) return fail(at, "Operator '" + std::string(op) + "' cannot be applied to operand of type '" + csharp_name(type) + "'");
  sum = convert_explicit(std::move(sum), type, at);
  if (!sum) return {};
  CodePtr stored = place.store(std::move(sum.code));
  if (is_prefix) return value_of(type, sequence_code(std::move(place.effects), std::move(stored)));
  place.effects.push_back(std::move(stored));
  return value_of(type, sequence_code(std::move(place.effects), local_code(before)));
}

}  // namespace gatelet::cs
