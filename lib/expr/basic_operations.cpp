// What bool, char and the numbers do as objects: their text without a format, and their order.
#include "expr/format.hpp"
#include "expr/signature.hpp"

namespace gatelet::cs {

static const String* boolean_text(Evaluation& run, Value self) { return view_of(run, self.boolean() ? "True" : "False"); }
static const String* character_text(Evaluation& run, Value self) { return unit_string(run, self.character()); }
static const String* integer_to_text(Evaluation& run, Value self) { return integer_text(run, self.bits); }
static const String* real_to_text(Evaluation& run, Value self) { return real_text(run, self.real()); }
static const String* single_to_text(Evaluation& run, Value self) { return single_text(run, self.real()); }

static const String* unsigned_to_text(Evaluation& run, Value self) { return copy_of(run, std::to_string(self.uint64())); }

static int compare_integers(Evaluation&, Value a, Value b) { return a.bits < b.bits ? -1 : a.bits > b.bits; }
static int compare_unsigned(Evaluation&, Value a, Value b) { return a.uint64() < b.uint64() ? -1 : a.uint64() > b.uint64(); }

// NaN is less than everything.
static int compare_reals(Evaluation&, Value a, Value b) {
  const double x = a.real(), y = b.real();
  if (x < y || (x != x && y == y)) return -1;
  return x > y || (x == x && y != y) ? 1 : 0;
}

static bool same_reals(Evaluation&, Value self, Value other) {
  const bool are_nan = self.real() != self.real() && other.real() != other.real();
  return self.type == other.type && (self.real() == other.real() || are_nan);
}

const TypeOps& basic_operations(const Type& type) {
  static constexpr TypeOps boolean_ops{.to_string = boolean_text, .compare = compare_integers};
  static constexpr TypeOps character_ops{.to_string = character_text, .compare = compare_integers};
  static constexpr TypeOps integer_ops{.to_string = integer_to_text, .compare = compare_integers};
  static constexpr TypeOps unsigned_ops{.to_string = unsigned_to_text, .compare = compare_unsigned};
  static constexpr TypeOps real_ops{.to_string = real_to_text, .equals = same_reals, .compare = compare_reals};
  static constexpr TypeOps single_ops{.to_string = single_to_text, .equals = same_reals, .compare = compare_reals};
  switch (type.basic) {
    case Basic::boolean: return boolean_ops;
    case Basic::character: return character_ops;
    case Basic::uint64: return unsigned_ops;
    case Basic::single: return single_ops;
    case Basic::real: return real_ops;
    default: return integer_ops;
  }
}

}  // namespace gatelet::cs
