#include "expr/binder.hpp"
#include "expr/operators.hpp"

namespace gatelet::cs {

static bool is_reference_type(const Type& type) { return !type.is_value_type() && type.kind != TypeKind::void_; }

// The implicit numeric conversions of C#.
static bool widens(Basic from, Basic to) {
  if (to == Basic::real) return from >= Basic::character && from <= Basic::single;
  if (to == Basic::single) return from >= Basic::character && from <= Basic::uint64;
  switch (from) {
    case Basic::int8: return to == Basic::int16 || to == Basic::int32 || to == Basic::int64;
    case Basic::uint8: return to >= Basic::int16 && to <= Basic::uint64;
    case Basic::int16: return to == Basic::int32 || to == Basic::int64;
    case Basic::character:
    case Basic::uint16: return (to == Basic::uint16 && from == Basic::character) || (to >= Basic::int32 && to <= Basic::uint64);
    case Basic::int32: return to == Basic::int64;
    case Basic::uint32: return to == Basic::int64 || to == Basic::uint64;
    default: return false;
  }
}

Conversion Binder::standard_implicit(const Type& from, const Type& to) const {
  if (&from == &to) return {ConversionKind::identity};
  if (from.kind == TypeKind::null)
    return is_reference_type(to) || to.kind == TypeKind::nullable ? Conversion{ConversionKind::null} : Conversion{};
  if (is_number(from) && is_number(to) && widens(from.basic, to.basic)) return {ConversionKind::number};
  if (to.kind == TypeKind::nullable) {
    if (from.kind == TypeKind::nullable) {
      const Conversion inner = standard_implicit(*from.element(), *to.element());
      return inner.kind == ConversionKind::number ? Conversion{ConversionKind::nullable} : Conversion{};
    }
    const Conversion inner = standard_implicit(from, *to.element());
    return inner.kind == ConversionKind::identity || inner.kind == ConversionKind::number ? Conversion{ConversionKind::wrap} : Conversion{};
  }
  if (from.kind == TypeKind::nullable) {  // boxing of T? is boxing of T
    if (is_reference_type(to) && is_assignable(*from.element(), to)) return {ConversionKind::reference};
    return {};
  }
  if (is_reference_type(to) && from.kind != TypeKind::void_ && is_assignable(from, to)) return {ConversionKind::reference};
  return {};
}

Conversion Binder::standard_explicit(const Type& from, const Type& to) const {
  if (const Conversion conversion = standard_implicit(from, to)) return conversion;
  const auto is_numeric = [](const Type& type) { return is_number(type) || type.kind == TypeKind::enumeration; };
  if (is_numeric(from) && is_numeric(to)) return {ConversionKind::number};
  if (from.kind == TypeKind::nullable && to.kind == TypeKind::nullable)
    return is_numeric(*from.element()) && is_numeric(*to.element()) ? Conversion{ConversionKind::nullable} : Conversion{};
  if (from.kind == TypeKind::nullable) return standard_explicit(*from.element(), to) ? Conversion{ConversionKind::unwrap} : Conversion{};
  if (to.kind == TypeKind::nullable) {
    if (is_reference_type(from)) return is_assignable(*to.element(), from) ? Conversion{ConversionKind::unbox} : Conversion{};
    return standard_explicit(from, *to.element()) ? Conversion{ConversionKind::wrap} : Conversion{};
  }
  if (!is_reference_type(from)) return {};
  if (to.is_value_type()) return is_assignable(to, from) ? Conversion{ConversionKind::unbox} : Conversion{};
  const bool has_interface = from.kind == TypeKind::interface || to.kind == TypeKind::interface;
  const bool may_be = is_assignable(to, from) || (has_interface && from.basic != Basic::text && to.basic != Basic::text);
  const bool may_be_array = from.kind == TypeKind::array && to.kind == TypeKind::array && is_reference_type(*from.element()) &&
                            is_reference_type(*to.element()) && is_assignable(*to.element(), *from.element());
  return may_be || may_be_array ? Conversion{ConversionKind::down} : Conversion{};
}

// The conversion operator nearest to the two types among those of their classes.
Conversion Binder::user_conversion(const Type& from, const Type& to, bool is_explicit) const {
  Conversion best;
  int best_score = -1;
  const auto consider = [&](const Type& owner) {
    for (const Type* type = &owner; type; type = type->links->base)
      for (const MemberInfo* member : type->definition()->links->members) {
        if (member->kind != MemberKind::conversion || (member->name == "explicit" && !is_explicit)) continue;
        const Type& source = *member->parameters[0].type;
        const Type& target = *member->type;
        const Conversion in = is_explicit ? standard_explicit(from, source) : standard_implicit(from, source);
        const Conversion out = is_explicit ? standard_explicit(target, to) : standard_implicit(target, to);
        if (!in || !out) continue;
        const int score = (in.kind == ConversionKind::identity ? 8
                           : standard_implicit(from, source)   ? 2
                                                               : 0) +
                          (out.kind == ConversionKind::identity ? 16
                           : standard_implicit(target, to)      ? 4
                                                                : 0);
        if (score > best_score) {
          best_score = score;
          best = {ConversionKind::user, member};
        }
      }
  };
  consider(without_nullable(from));
  if (&without_nullable(to) != &without_nullable(from)) consider(without_nullable(to));
  return best;
}

Conversion Binder::implicit_type(const Type& from, const Type& to) const {
  if (const Conversion conversion = standard_implicit(from, to)) return conversion;
  if (from.kind == TypeKind::null) return {};
  return user_conversion(from, to, false);
}

bool Binder::converts_constant(const Bound& from, const Type& to) const {
  if (!from.is_constant || !from.type) return false;
  const Type& target = without_nullable(to);
  const bool is_int = from.type->basic == Basic::int32;
  if (is_int && target.kind == TypeKind::enumeration) return from.constant.bits == 0;
  if (is_int && target.basic >= Basic::int8 && target.basic <= Basic::uint64) return fits(from.constant.bits, false, target);
  return from.type->basic == Basic::int64 && target.basic == Basic::uint64 && from.constant.bits >= 0;
}

Conversion Binder::implicit(const Bound& from, const Type& to, bool tries_lambda) {
  switch (from.kind) {
    case Bound::Kind::null: return standard_implicit(types::null, to);
    case Bound::Kind::default_: return {ConversionKind::null};
    case Bound::Kind::value: break;
    case Bound::Kind::lambda: {
      if (to.kind != TypeKind::delegate || from.node->parameters.size() != to.links->delegate_arguments.size()) return {};
      if (!tries_lambda) return {ConversionKind::lambda};
      const auto lambda = try_lambda(*from.node, to.links->delegate_arguments, to.links->delegate_result);
      return lambda ? Conversion{ConversionKind::lambda} : Conversion{};
    }
    case Bound::Kind::methods: return to.kind == TypeKind::delegate ? Conversion{ConversionKind::methods} : Conversion{};
    default: return {};
  }
  if (const Conversion conversion = standard_implicit(*from.type, to)) return conversion;
  if (converts_constant(from, to)) return {to.kind == TypeKind::nullable ? ConversionKind::wrap : ConversionKind::number};
  return user_conversion(*from.type, to, false);
}

static Value unwrap(Evaluation& run, Value value, const Type&) {
  return value.is_null() ? run.fail(types::invalid_operation_exception, "Nullable object must have a value.") : value;
}

static Value unbox_nullable(Evaluation& run, Value value, const Type& to) { return value.is_null() ? value : unbox(run, value, to); }

CodePtr Binder::emit_standard(CodePtr code, const Type& from, const Type& to, Conversion conversion) const {
  const ConvertFunction number = is_checked_ ? convert_number_checked : convert_number;
  const Type& inner = without_nullable(to);
  const bool changes_number = &without_nullable(from) != &inner;
  switch (conversion.kind) {
    case ConversionKind::number: return convert_code(number, to, std::move(code), false);
    case ConversionKind::wrap:
    case ConversionKind::nullable: return changes_number ? convert_code(number, inner, std::move(code), true) : std::move(code);
    case ConversionKind::unwrap: {
      code = convert_code(unwrap, to, std::move(code), false);
      return changes_number ? convert_code(number, to, std::move(code), false) : std::move(code);
    }
    case ConversionKind::unbox: return convert_code(to.kind == TypeKind::nullable ? unbox_nullable : unbox, inner, std::move(code), false);
    case ConversionKind::down: return convert_code(cast_down, to, std::move(code), false);
    default: return code;
  }
}

// Constants stay constants through numeric conversions.
static bool keeps_constant(ConversionKind kind) {
  return kind == ConversionKind::number || kind == ConversionKind::identity || kind == ConversionKind::reference;
}

Bound Binder::emit_conversion(Bound from, const Type& to, Conversion conversion, size_t at) {
  switch (conversion.kind) {
    case ConversionKind::null:
      if (from.kind == Bound::Kind::default_)
        return to.is_value_type() && to.kind != TypeKind::nullable ? value_of(to, default_code(to)) : constant_of(to, {});
      return constant_of(to, {});
    case ConversionKind::lambda: {
      auto lambda = bind_lambda(*from.node, to.links->delegate_arguments, to.links->delegate_result);
      return lambda ? value_of(to, function_code(lambda->body, to)) : Bound{};
    }
    case ConversionKind::methods: return convert_methods(std::move(from), to, at);
    case ConversionKind::user: {
      const Type& source = *conversion.user->parameters[0].type;
      const Type& result = *conversion.user->type;
      const bool is_lifted = from.type->kind == TypeKind::nullable && source.kind != TypeKind::nullable && source.is_value_type() &&
                             to.kind == TypeKind::nullable;
      const PlacePtr place = is_lifted ? temporary() : nullptr;
      CodePtr whole = std::move(from.code);
      CodePtr input = is_lifted ? local_code(place) : std::move(whole);
      if (!is_lifted) input = emit_standard(std::move(input), *from.type, source, standard_explicit(*from.type, source));
      CallPlan plan;
      plan.native = conversion.user->row->get;
      plan.site.result = &result;
      plan.arguments.push_back(std::move(input));
      CodePtr code = emit_standard(call_code(std::move(plan)), result, to, standard_explicit(result, to));
      if (is_lifted) code = conditional_access_code(std::move(whole), place, std::move(code));
      return value_of(to, std::move(code));
    }
    default: break;
  }
  if (from.is_constant && keeps_constant(conversion.kind)) {
    Value value = from.constant;
    if (conversion.kind == ConversionKind::number) {
      if (is_integral(*from.type) && is_integral(to) && !fits(value.bits, from.type->basic == Basic::uint64, to) && !is_unchecked_)
        return fail(at, "Constant value cannot be converted to a '" + csharp_name(to) + "' (use 'unchecked' syntax to override)");
      value = number_as(value, to);
    }
    return constant_of(to, value);
  }
  CodePtr code = emit_standard(std::move(from.code), *from.type, to, conversion);
  return value_of(to, std::move(code));
}

std::string Binder::describe(const Bound& bound) const {
  switch (bound.kind) {
    case Bound::Kind::null: return "<null>";
    case Bound::Kind::default_: return "default";
    case Bound::Kind::lambda: return "lambda expression";
    case Bound::Kind::methods: return "method group";
    default: return bound.type ? csharp_name(*bound.type) : "";
  }
}

Bound Binder::refuse_conversion(const Bound& from, const Type& to, size_t at) {
  const std::string target = csharp_name(to);
  if (from.kind == Bound::Kind::null) return fail(at, "Cannot convert null to '" + target + "' because it is a non-nullable value type");
  if (from.kind == Bound::Kind::lambda || from.kind == Bound::Kind::methods)
    return fail(at, "Cannot convert " + describe(from) + " to type '" + target + "'");
  if (from.is_constant && is_integral(*from.type) && is_integral(to) && standard_explicit(*from.type, to))
    return fail(at, "Constant value cannot be converted to a '" + target + "'");
  const bool has_explicit = standard_explicit(*from.type, to) || user_conversion(*from.type, to, true);
  return fail(at, "Cannot implicitly convert type '" + describe(from) + "' to '" + target + "'" +
                      (has_explicit ? ". An explicit conversion exists (are you missing a cast?)" : ""));
}

Bound Binder::convert(Bound from, const Type& to, size_t at) {
  if (!from) return {};
  const Conversion conversion = implicit(from, to, false);
  if (!conversion) return refuse_conversion(from, to, at);
  return emit_conversion(std::move(from), to, conversion, at);
}

Bound Binder::convert_explicit(Bound from, const Type& to, size_t at) {
  if (!from) return {};
  if (from.kind != Bound::Kind::value) return convert(std::move(from), to, at);
  Conversion conversion = implicit(from, to, false);
  if (!conversion) conversion = standard_explicit(*from.type, to);
  if (!conversion) conversion = user_conversion(*from.type, to, true);
  if (!conversion) return fail(at, "Cannot convert type '" + describe(from) + "' to '" + csharp_name(to) + "'");
  return emit_conversion(std::move(from), to, conversion, at);
}

}  // namespace gatelet::cs
