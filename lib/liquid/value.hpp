// Value: what a Liquid template computes with, as DotLiquid sees .NET's objects. Trivial: what it points to is in the memory of the
// evaluation, or is a JSON or XML tree that outlives it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "expr/evaluation.hpp"
#include "expr/json.hpp"
#include "expr/xml.hpp"
#include "http/message.hpp"

namespace gatelet::liquid {

enum class Kind : uint8_t {
  nil,
  boolean,
  integer,
  real,
  decimal,      // cs::Decimal: literals with a point, and what is computed with them
  text,         // cs::String
  date,         // cs::DateTime::bits()
  tree,         // cs::JToken: an object or array of JSON
  element,      // cs::XNode: an element with children or attributes, or a document
  list,         // List: what filters make
  range,        // Range
  pair,         // Pair: an item of a dictionary
  loop,         // Loop: forloop, tablerowloop
  part,         // Part: context and its parts
  response,     // gatelet::Response
  certificate,  // crypto::Certificate
  dictionary,   // cs::Value of a type with DictionaryOps: headers, variables …
  sequence,     // cs::Value of a type that iterates
  empty,        // the words empty and blank
};

// context and what is directly below it.
enum class Part : uint8_t { context, request, url, original_url };

struct List;
struct Range;
struct Pair;
struct Loop;

struct Value {
  Kind kind = Kind::nil;
  int64_t bits = 0;

  bool is_nil() const { return kind == Kind::nil; }
  bool is_number() const { return kind >= Kind::integer && kind <= Kind::decimal; }
  double real() const { return std::bit_cast<double>(bits); }
  template <class T>
  const T& as() const {
    return *reinterpret_cast<const T*>(static_cast<uintptr_t>(bits));
  }
  const cs::String& text() const { return as<cs::String>(); }
};

struct List {
  const Value* items = nullptr;
  uint32_t count = 0;
};
struct Range {
  int64_t first = 0;
  int64_t last = 0;
};
struct Pair {
  Value key;
  Value value;
};
struct Loop {
  const cs::String* name = nullptr;
  int64_t length = 0;
  int64_t index0 = 0;
  int64_t columns = 0;  // 0: no table
  int64_t column0 = 0;
};

inline Value boolean(bool value) { return {Kind::boolean, value}; }
inline Value integer(int64_t value) { return {Kind::integer, value}; }
inline Value real(double value) { return {Kind::real, std::bit_cast<int64_t>(value)}; }
inline Value object(Kind kind, const void* pointer) { return {kind, static_cast<int64_t>(reinterpret_cast<uintptr_t>(pointer))}; }
inline Value text_value(const cs::String* value) { return value ? object(Kind::text, value) : Value{}; }
inline Value date(cs::DateTime value) { return {Kind::date, value.bits()}; }
inline Value part(Part value) { return {Kind::part, static_cast<int64_t>(value)}; }
inline Value text_of(cs::Evaluation& run, std::string_view view) { return text_value(cs::view_of(run, view)); }

// How values of the request's body are read.
struct Conversion {
  bool reads_dates = true;   // texts that look like dates are dates (parse-date)
  bool is_nil_null = false;  // elements with xsi:nil are nil, not "" (xsi-nil)
};

// What a template runs with beside its evaluation.
struct Scene {
  cs::Evaluation& run;
  Conversion conversion;
};

Value value_of(const Scene& scene, const cs::JToken& token);
Value value_of(const Scene& scene, const cs::XNode& node);
Value value_of(const Scene& scene, cs::Value value);
// A leaf of XML as its text; the rest as it is.
Value scalar(const Scene& scene, Value value);

// Members: the name as it is written, else ignoring case; nil: absent. `is_dotted`: size, first and last of what has no such member.
Value member(const Scene& scene, Value object, const cs::String& name, bool is_dotted);
Value item(const Scene& scene, Value object, Value key);

// What a loop or a filter sees of a value, without copying it where that can be.
class Sequence {
 public:
  Sequence(const Scene& scene, Value value);
  bool is_sequence() const { return is_sequence_; }
  size_t size() const { return size_; }
  Value at(size_t index) const;

 private:
  const Scene& scene_;
  Value value_;
  bool is_sequence_ = true;
  size_t size_ = 0;
};

// A list that grows, in memory of the evaluation.
class ListBuilder {
 public:
  explicit ListBuilder(cs::Evaluation& run) : run_(run) {}
  // False: refused by a limit.
  bool add(Value value);
  std::span<Value> items() { return items_.first(count_); }
  void keep_first(size_t count) { count_ = count; }
  Value finish();

 private:
  cs::Evaluation& run_;
  std::span<Value> items_;
  size_t count_ = 0;
};

// The text of a value inside a template: nil is "", numbers keep their zeros. Never null; "" after a failure.
const cs::String& text_of(const Scene& scene, Value value);
// The same as it is printed: decimals without zeros at the end.
const cs::String& printed(const Scene& scene, Value value);

bool is_true(Value value);  // all but nil and false
bool is_empty(const Scene& scene, Value value);
bool equals(const Scene& scene, Value a, Value b);
// Nothing to compare: false, and `order` is as it was.
bool compare(const Scene& scene, Value a, Value b, int& order);

// Numbers. False: the value is none (no failure yet).
bool decimal_of(const Scene& scene, Value value, cs::Decimal& out);  // of texts, too
bool real_of(const Scene& scene, Value value, double& out);
bool integer_of(const Scene& scene, Value value, int64_t& out);  // Convert.ToInt32: half to even; nil is 0
Value decimal(const Scene& scene, const cs::Decimal& value);

}  // namespace gatelet::liquid
