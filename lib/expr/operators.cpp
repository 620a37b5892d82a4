#include "expr/operators.hpp"

#include <cmath>
#include <limits>

namespace gatelet::cs {

static constexpr std::string_view overflow_text = "Arithmetic operation resulted in an overflow.";

static Value fail_overflow(Evaluation& run) { return run.fail(types::overflow_exception, overflow_text); }

template <class T>
static const Type& type_for() {
  if constexpr (std::is_same_v<T, bool>) return types::boolean;
  if constexpr (std::is_same_v<T, int32_t>) return types::int32;
  if constexpr (std::is_same_v<T, uint32_t>) return types::uint32;
  if constexpr (std::is_same_v<T, int64_t>) return types::int64;
  if constexpr (std::is_same_v<T, uint64_t>) return types::uint64;
  if constexpr (std::is_same_v<T, float>) return types::single;
  return types::real;
}

template <class T>
static T get(Value value) {
  if constexpr (std::is_floating_point_v<T>)
    return static_cast<T>(value.real());
  else
    return static_cast<T>(value.bits);
}

template <class T>
static Value give(T value) {
  if constexpr (std::is_floating_point_v<T>)
    return value_of_real(type_for<T>(), static_cast<double>(value));
  else
    return value_of_bits(type_for<T>(), static_cast<int64_t>(value));
}

namespace {

template <class T, bool is_checked>
struct Arithmetic {
  static constexpr bool is_integer = std::is_integral_v<T>;
  static Value add(Evaluation& run, Value a, Value b) {
    if constexpr (is_integer) {
      T out;
      return __builtin_add_overflow(get<T>(a), get<T>(b), &out) && is_checked ? fail_overflow(run) : give(out);
    } else {
      return give(static_cast<T>(get<T>(a) + get<T>(b)));
    }
  }
  static Value subtract(Evaluation& run, Value a, Value b) {
    if constexpr (is_integer) {
      T out;
      return __builtin_sub_overflow(get<T>(a), get<T>(b), &out) && is_checked ? fail_overflow(run) : give(out);
    } else {
      return give(static_cast<T>(get<T>(a) - get<T>(b)));
    }
  }
  static Value multiply(Evaluation& run, Value a, Value b) {
    if constexpr (is_integer) {
      T out;
      return __builtin_mul_overflow(get<T>(a), get<T>(b), &out) && is_checked ? fail_overflow(run) : give(out);
    } else {
      return give(static_cast<T>(get<T>(a) * get<T>(b)));
    }
  }
  // False: the division fails.
  static bool may_divide(Evaluation& run, T a, T b) {
    if (b == 0) return run.fail(types::divide_by_zero_exception, "Attempted to divide by zero."), false;
    if constexpr (std::is_signed_v<T>)
      if (b == T(-1) && a == std::numeric_limits<T>::min()) return fail_overflow(run), false;
    return true;
  }
  static Value divide(Evaluation& run, Value a, Value b) {
    const T x = get<T>(a), y = get<T>(b);
    if constexpr (is_integer) {
      return may_divide(run, x, y) ? give(static_cast<T>(x / y)) : Value{};
    } else {
      return give(static_cast<T>(x / y));
    }
  }
  static Value remainder(Evaluation& run, Value a, Value b) {
    const T x = get<T>(a), y = get<T>(b);
    if constexpr (is_integer) {
      return may_divide(run, x, y) ? give(static_cast<T>(x % y)) : Value{};
    } else {
      return give(static_cast<T>(std::fmod(x, y)));
    }
  }
  static Value less(Evaluation&, Value a, Value b) { return boolean(get<T>(a) < get<T>(b)); }
  static Value greater(Evaluation&, Value a, Value b) { return boolean(get<T>(a) > get<T>(b)); }
  static Value at_most(Evaluation&, Value a, Value b) { return boolean(get<T>(a) <= get<T>(b)); }
  static Value at_least(Evaluation&, Value a, Value b) { return boolean(get<T>(a) >= get<T>(b)); }
  static Value same(Evaluation&, Value a, Value b) { return boolean(get<T>(a) == get<T>(b)); }
  static Value different(Evaluation&, Value a, Value b) { return boolean(get<T>(a) != get<T>(b)); }
};

template <class T>
struct Bits {
  static Value both(Evaluation&, Value a, Value b) { return give(static_cast<T>(get<T>(a) & get<T>(b))); }
  static Value either(Evaluation&, Value a, Value b) { return give(static_cast<T>(get<T>(a) | get<T>(b))); }
  static Value one(Evaluation&, Value a, Value b) { return give(static_cast<T>(get<T>(a) ^ get<T>(b))); }
  static constexpr int mask = sizeof(T) * 8 - 1;
  static Value left(Evaluation&, Value a, Value b) {
    return give(static_cast<T>(static_cast<std::make_unsigned_t<T>>(get<T>(a)) << (b.int32() & mask)));
  }
  static Value right(Evaluation&, Value a, Value b) { return give(static_cast<T>(get<T>(a) >> (b.int32() & mask))); }
};

struct Enumerations {
  static Value both(Evaluation&, Value a, Value b) { return value_of_bits(*a.type, a.bits & b.bits); }
  static Value either(Evaluation&, Value a, Value b) { return value_of_bits(*a.type, a.bits | b.bits); }
  static Value one(Evaluation&, Value a, Value b) { return value_of_bits(*a.type, a.bits ^ b.bits); }
};

}  // namespace

template <class T, bool is_checked>
static Operator arithmetic(std::string_view op) {
  using A = Arithmetic<T, is_checked>;
  const Type* self = &type_for<T>();
  if (op == "+") return {A::add, self};
  if (op == "-") return {A::subtract, self};
  if (op == "*") return {A::multiply, self};
  if (op == "/") return {A::divide, self};
  if (op == "%") return {A::remainder, self};
  if (op == "<") return {A::less, &types::boolean};
  if (op == ">") return {A::greater, &types::boolean};
  if (op == "<=") return {A::at_most, &types::boolean};
  if (op == ">=") return {A::at_least, &types::boolean};
  if (op == "==") return {A::same, &types::boolean};
  if (op == "!=") return {A::different, &types::boolean};
  return {};
}

template <class T>
static Operator bitwise(std::string_view op) {
  const Type* self = &type_for<T>();
  if (op == "&") return {Bits<T>::both, self};
  if (op == "|") return {Bits<T>::either, self};
  if (op == "^") return {Bits<T>::one, self};
  if (op == "<<") return {Bits<T>::left, self};
  if (op == ">>") return {Bits<T>::right, self};
  return {};
}

template <class T>
static Operator integer(std::string_view op, bool is_checked) {
  const Operator found = is_checked ? arithmetic<T, true>(op) : arithmetic<T, false>(op);
  return found.function ? found : bitwise<T>(op);
}

static Operator boolean_operator(std::string_view op) {
  using Eq = Arithmetic<int64_t, false>;
  if (op == "==") return {Eq::same, &types::boolean};
  if (op == "!=" || op == "^") return {Eq::different, &types::boolean};
  if (op == "&") return {[](Evaluation&, Value a, Value b) { return boolean(a.boolean() && b.boolean()); }, &types::boolean};
  if (op == "|") return {[](Evaluation&, Value a, Value b) { return boolean(a.boolean() || b.boolean()); }, &types::boolean};
  return {};
}

static bool same_text(Evaluation& run, Value a, Value b) {
  if (a.is_null() || b.is_null()) return a.is_null() && b.is_null();
  return run.charge_text(std::min(a.text()->length, b.text()->length)) && equal(*a.text(), *b.text());
}

static Operator text_operator(std::string_view op) {
  if (op == "==") return {[](Evaluation& run, Value a, Value b) { return boolean(same_text(run, a, b)); }, &types::boolean};
  if (op == "!=") return {[](Evaluation& run, Value a, Value b) { return boolean(!same_text(run, a, b)); }, &types::boolean};
  return {};
}

static Operator enumeration_operator(std::string_view op, const Type& operand) {
  if (op == "&") return {Enumerations::both, &operand};
  if (op == "|") return {Enumerations::either, &operand};
  if (op == "^") return {Enumerations::one, &operand};
  const Operator found = arithmetic<int64_t, false>(op);
  return found.result == &types::boolean ? found : Operator{};
}

Operator binary_operator(std::string_view op, const Type& operand, bool is_checked) {
  if (operand.kind == TypeKind::enumeration) return enumeration_operator(op, operand);
  switch (operand.basic) {
    case Basic::boolean: return boolean_operator(op);
    case Basic::int32: return integer<int32_t>(op, is_checked);
    case Basic::uint32: return integer<uint32_t>(op, is_checked);
    case Basic::int64: return integer<int64_t>(op, is_checked);
    case Basic::uint64: return integer<uint64_t>(op, is_checked);
    case Basic::single: return arithmetic<float, false>(op);
    case Basic::real: return arithmetic<double, false>(op);
    case Basic::text: return text_operator(op);
    default: return {};
  }
}

template <class T>
static Value negate(Evaluation& run, Value a) {
  if constexpr (std::is_floating_point_v<T>)
    return give(static_cast<T>(-get<T>(a)));
  else
    return Arithmetic<T, false>::subtract(run, give(T(0)), a);
}

template <class T>
static Value negate_checked(Evaluation& run, Value a) {
  return Arithmetic<T, true>::subtract(run, give(T(0)), a);
}

template <class T>
static Value complement(Evaluation&, Value a) {
  return give(static_cast<T>(~get<T>(a)));
}

static Value keep(Evaluation&, Value a) { return a; }

UnaryFunction unary_operator(std::string_view op, const Type& operand, bool is_checked) {
  if (op == "!") return operand.basic == Basic::boolean ? [](Evaluation&, Value a) { return boolean(!a.boolean()); } : UnaryFunction();
  if (op == "~" && operand.kind == TypeKind::enumeration) return [](Evaluation&, Value a) { return value_of_bits(*a.type, ~a.bits); };
  if (op == "+") return is_number(operand) ? keep : nullptr;
  switch (operand.basic) {
    case Basic::int32: return op == "-" ? (is_checked ? negate_checked<int32_t> : negate<int32_t>) : complement<int32_t>;
    case Basic::int64: return op == "-" ? (is_checked ? negate_checked<int64_t> : negate<int64_t>) : complement<int64_t>;
    case Basic::uint32: return op == "~" ? complement<uint32_t> : nullptr;
    case Basic::uint64: return op == "~" ? complement<uint64_t> : nullptr;
    case Basic::single: return op == "-" ? negate<float> : nullptr;
    case Basic::real: return op == "-" ? negate<double> : nullptr;
    default: return nullptr;
  }
}

bool is_integral(const Type& type) { return type.basic >= Basic::character && type.basic <= Basic::uint64; }

bool is_number(const Type& type) { return type.basic >= Basic::character && type.basic <= Basic::real; }

static bool is_real(const Type& type) { return type.basic == Basic::single || type.basic == Basic::real; }

static int64_t narrowed(int64_t bits, const Type& to) {
  switch (to.basic) {
    case Basic::character:
    case Basic::uint16: return static_cast<uint16_t>(bits);
    case Basic::int8: return static_cast<int8_t>(bits);
    case Basic::uint8: return static_cast<uint8_t>(bits);
    case Basic::int16: return static_cast<int16_t>(bits);
    case Basic::uint32: return static_cast<uint32_t>(bits);
    case Basic::int64:
    case Basic::uint64: return bits;
    default: return to.kind == TypeKind::enumeration ? bits : static_cast<int32_t>(bits);
  }
}

bool fits(int64_t value, bool is_unsigned_long, const Type& type) {
  if (type.basic == Basic::uint64) return is_unsigned_long || value >= 0;
  if (is_unsigned_long && value < 0) return false;
  return narrowed(value, type) == value;
}

// Towards zero; what does not fit is what x64 gives, the least value.
static int64_t truncated(double value, const Type& to) {
  constexpr double limit = 9223372036854775808.0;
  if (to.basic == Basic::uint64 && value >= limit && value < 2 * limit) return static_cast<int64_t>(static_cast<uint64_t>(value));
  if (!(value >= -limit && value < limit)) return to.basic == Basic::int32 ? INT32_MIN : narrowed(INT64_MIN, to);
  const auto whole = static_cast<int64_t>(value);
  if (to.basic == Basic::int32 && (whole < INT32_MIN || whole > INT32_MAX)) return INT32_MIN;
  return narrowed(whole, to);
}

Value convert_number(Evaluation&, Value value, const Type& to) { return number_as(value, to); }

Value number_as(Value value, const Type& to) {
  const bool from_real = is_real(*value.type);
  if (is_real(to)) {
    double real = value.real();
    if (!from_real) real = value.type->basic == Basic::uint64 ? static_cast<double>(value.uint64()) : static_cast<double>(value.bits);
    return value_of_real(to, to.basic == Basic::single ? static_cast<double>(static_cast<float>(real)) : real);
  }
  return value_of_bits(to, from_real ? truncated(value.real(), to) : narrowed(value.bits, to));
}

Value convert_number_checked(Evaluation& run, Value value, const Type& to) {
  if (is_real(to)) return convert_number(run, value, to);
  if (is_real(*value.type)) {
    const double whole = std::trunc(value.real());
    constexpr double limit = 9223372036854775808.0;
    const bool is_in_range = to.basic == Basic::uint64 ? whole >= 0 && whole < 2 * limit : whole >= -limit && whole < limit;
    if (!is_in_range || (to.basic != Basic::uint64 && !fits(static_cast<int64_t>(whole), false, to))) return fail_overflow(run);
    return convert_number(run, value, to);
  }
  return fits(value.bits, value.type->basic == Basic::uint64, to) ? convert_number(run, value, to) : fail_overflow(run);
}

Value unbox(Evaluation& run, Value value, const Type& to) {
  if (value.type == &to) return value;
  if (value.is_null()) return run.fail_null_reference();
  return run.fail(types::invalid_cast_exception, "Specified cast is not valid.");
}

Value cast_down(Evaluation& run, Value value, const Type& to) {
  if (value.is_null() || is_instance(value, to)) return value;
  return run.fail(types::invalid_cast_exception,
                  "Unable to cast object of type '" + full_name(*value.type) + "' to type '" + full_name(to) + "'.");
}

}  // namespace gatelet::cs
