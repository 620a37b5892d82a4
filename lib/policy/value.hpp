// Values of policies: a literal, known when the configuration loads, or an expression, computed for each request. Policies ask get() and do
// not care which; a literal costs a copy of a view.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "expr/expression.hpp"
#include "policy/context.hpp"

namespace gatelet {

// The value of the expression as the type wanted. False: context.fail() was called, the policy returns Flow::fail.
bool evaluate(Context& context, const Expression& expression, std::string_view& out);
bool evaluate(Context& context, const Expression& expression, bool& out);
bool evaluate(Context& context, const Expression& expression, int64_t& out);
bool evaluate(Context& context, const Expression& expression, double& out);
// The value as a body: bytes as they are, else its text.
bool evaluate_body(Context& context, const Expression& expression, std::string_view& out);

// A value of any type, with its ToString(); a literal is a string.
struct AnyRead {
  AnyRead() = default;
  explicit AnyRead(std::string_view literal) : text(literal) {}
  std::string_view text;
  cs::Value value;
  bool is_typed = false;  // false: the text is the value
};
bool evaluate(Context& context, const Expression& expression, AnyRead& out);

template <class Stored, class Read>
class Value {
 public:
  Value() = default;  // could not be read: its problem was reported, the policy will not run
  explicit Value(Stored literal, bool is_certain = true) : literal_(std::move(literal)), is_certain_(is_certain) {}
  explicit Value(std::unique_ptr<const Expression> expression) : expression_(std::move(expression)) {}

  // Null: an expression, or a literal that is not certain at load (a document checked without its named values).
  const Stored* literal() const { return is_certain_ ? &literal_ : nullptr; }
  bool is_expression() const { return expression_ != nullptr; }
  const Expression* expression() const { return expression_.get(); }
  uint8_t needs() const { return expression_ ? expression_->needs() : static_cast<uint8_t>(needs_no_body); }

  bool get(Context& context, Read& out) const {
    if (expression_) return evaluate(context, *expression_, out);
    out = Read(literal_);
    return true;
  }

 private:
  Stored literal_{};
  bool is_certain_ = false;
  std::unique_ptr<const Expression> expression_;
};

using TextValue = Value<std::string, std::string_view>;
using BoolValue = Value<bool, bool>;
using RealValue = Value<double, double>;
using AnyValue = Value<std::string, AnyRead>;

struct IntegerRange {
  int64_t least = 0;
  int64_t most = INT32_MAX;
  bool contains(int64_t number) const { return number >= least && number <= most; }
};

// An integer that is in its range, whichever way it comes about.
class IntegerValue : public Value<int64_t, int64_t> {
 public:
  IntegerValue() = default;
  explicit IntegerValue(int64_t literal, bool is_certain = true) : Value(literal, is_certain) {}
  IntegerValue(std::unique_ptr<const Expression> expression, IntegerRange range) : Value(std::move(expression)), range_(range) {}

  bool get(Context& context, int64_t& out) const {
    if (!Value::get(context, out)) return false;
    return !is_expression() || range_.contains(out) || refuse(context, out);
  }

 private:
  bool refuse(Context& context, int64_t number) const;

  IntegerRange range_;
};

// A number as decimal text of the arena.
std::string_view decimal(Arena& arena, int64_t number);
// A variable that expressions see as an int.
void set_int_variable(Context& context, std::string_view name, int64_t number);

}  // namespace gatelet
