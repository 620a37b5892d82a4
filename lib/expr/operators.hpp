// Operators: what C# itself defines for numbers, bool, enumerations and strings, as functions over values that already have the operand
// type. decimal's are rows of its family.
#pragma once

#include <string_view>

#include "expr/code.hpp"

namespace gatelet::cs {

struct Operator {
  BinaryFunction function = nullptr;  // null: there is none
  const Type* result = nullptr;
};

// `operand` is int, uint, long, ulong, float, double, bool, string or an enumeration. For shifts the right operand is an int.
Operator binary_operator(std::string_view op, const Type& operand, bool is_checked);
// + - ~ ! ; ++ and -- are binary_operator with 1.
UnaryFunction unary_operator(std::string_view op, const Type& operand, bool is_checked);

// Between numbers (without decimal), char and enumerations.
Value number_as(Value value, const Type& to);
Value convert_number(Evaluation& run, Value value, const Type& to);
Value convert_number_checked(Evaluation& run, Value value, const Type& to);  // OverflowException
// (T)object: unboxing, casts down.
Value unbox(Evaluation& run, Value value, const Type& to);
Value cast_down(Evaluation& run, Value value, const Type& to);

bool is_integral(const Type& type);  // char too
bool is_number(const Type& type);    // integral, float, double; not decimal
bool fits(int64_t value, bool is_unsigned_long, const Type& type);

}  // namespace gatelet::cs
