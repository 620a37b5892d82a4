// Code: what the binder makes of an expression: a tree of nodes that run themselves. Immutable, shared by all threads; everything that
// changes stands in the Frame. A node whose evaluation failed returns anything; its caller asks failed() before it goes on.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "expr/evaluation.hpp"
#include "expr/member.hpp"

namespace gatelet::cs {

// One activation of an expression, lambda or local function.
struct Frame {
  Evaluation& run;
  Value* locals;     // a captured variable's slot holds the address of its cell in `bits`
  Value** captured;  // cells of variables of the functions around
  Value result;      // of `return`
};

class Code {
 public:
  virtual ~Code() = default;
  virtual Value run(Frame& frame) const = 0;
};
using CodePtr = std::unique_ptr<const Code>;

enum class Step : uint8_t { next, break_, continue_, return_, failed };

class StatementCode {
 public:
  virtual ~StatementCode() = default;
  virtual Step run(Frame& frame) const = 0;
};
using StatementPtr = std::unique_ptr<const StatementCode>;

using UnaryFunction = Value (*)(Evaluation& run, Value a);
using BinaryFunction = Value (*)(Evaluation& run, Value a, Value b);
using ConvertFunction = Value (*)(Evaluation& run, Value value, const Type& to);

// Where a variable lives. The binder learns late that a lambda captures it, so nodes share this record.
struct VariablePlace {
  uint32_t slot = 0;
  bool is_boxed = false;
};
using PlacePtr = std::shared_ptr<const VariablePlace>;

// A lambda or local function.
struct FunctionBody {
  struct Capture {
    PlacePtr local;      // of the function around, or
    uint32_t index = 0;  // its own captured variable
  };
  std::vector<PlacePtr> parameters;
  std::vector<Capture> captures;
  uint32_t slot_count = 0;
  uint64_t cost = 1;
  CodePtr expression;      // or
  StatementPtr statement;  // returns
};

struct Delegate {
  const FunctionBody* body = nullptr;
  Value** captured = nullptr;
  Native native = nullptr;  // a method group: the row's function
  const CallSite* site = nullptr;
  Value self;
};

// Values (code_values.cpp)
CodePtr constant_code(Value value);
CodePtr local_code(PlacePtr place);
CodePtr local_store_code(PlacePtr place, CodePtr value);
CodePtr captured_code(uint32_t index);
CodePtr captured_store_code(uint32_t index, CodePtr value);
CodePtr sequence_code(std::vector<CodePtr> effects, CodePtr result);
CodePtr convert_code(ConvertFunction convert, const Type& to, CodePtr value, bool is_lifted);
CodePtr default_code(const Type& type);
CodePtr type_test_code(CodePtr value, const Type& type);  // is
CodePtr type_cast_code(CodePtr value, const Type& type);  // as
CodePtr throw_code(CodePtr exception);

// Operators (code_operators.cpp)
CodePtr unary_code(UnaryFunction function, CodePtr a, bool is_lifted);
CodePtr binary_code(BinaryFunction function, CodePtr a, CodePtr b);
enum class Lift : uint8_t { arithmetic, comparison, equality, inequality };
CodePtr lifted_code(BinaryFunction function, CodePtr a, CodePtr b, Lift lift);
CodePtr logical_code(bool is_and, CodePtr a, CodePtr b);
CodePtr conditional_code(CodePtr condition, CodePtr yes, CodePtr no);
CodePtr coalesce_code(CodePtr a, CodePtr b);
// a?.b: `receiver` takes a's value, which `chain` reads.
CodePtr conditional_access_code(CodePtr a, PlacePtr receiver, CodePtr chain);
CodePtr concat_code(std::vector<CodePtr> parts);
struct InterpolationPart {
  CodePtr value;
  const String* format = nullptr;
  int32_t alignment = 0;
};
CodePtr interpolation_code(std::vector<InterpolationPart> parts);

// Objects (code_objects.cpp)
CodePtr array_code(const Type& element, std::vector<CodePtr> items);
CodePtr new_array_code(const Type& element, CodePtr length);
CodePtr array_item_code(CodePtr array, CodePtr index);
CodePtr array_item_store_code(CodePtr array, CodePtr index, CodePtr value);
CodePtr array_length_code(CodePtr array);
CodePtr anonymous_code(const Type& type, std::vector<CodePtr> fields);
CodePtr field_code(CodePtr object, size_t index);

// Calls (code_calls.cpp)
struct CallPlan {
  Native native = nullptr;
  CallSite site;
  std::vector<const Type*> types;                 // what site.types views
  CodePtr self;                                   // null: static
  bool allows_null_self = false;                  // members of Nullable<T>
  std::vector<CodePtr> arguments;                 // null: an out argument
  std::vector<std::pair<size_t, PlacePtr>> outs;  // by argument: the slot that receives it
};
CodePtr call_code(CallPlan plan);
CodePtr function_code(std::shared_ptr<const FunctionBody> body, const Type& delegate);  // a lambda as a value
CodePtr method_group_code(CallPlan plan, const Type& delegate);
CodePtr invoke_code(CodePtr function, std::vector<CodePtr> arguments);
Value run_function(Evaluation& run, const FunctionBody& body, Value** captured, std::span<const Value> arguments);

// Statements (code_statements.cpp)
struct BlockPlan {
  std::vector<PlacePtr> variables;  // declared in it: boxed ones get a cell when it is entered
  std::vector<std::pair<PlacePtr, CodePtr>> functions;
  std::vector<StatementPtr> statements;
};
StatementPtr block_statement(BlockPlan plan);
StatementPtr expression_statement(CodePtr code, uint64_t cost);
StatementPtr return_statement(CodePtr code, uint64_t cost);
StatementPtr jump_statement(Step step);
StatementPtr if_statement(CodePtr condition, StatementPtr yes, StatementPtr no, uint64_t cost);
struct LoopPlan {
  CodePtr condition;  // null: true
  StatementPtr body;
  std::vector<CodePtr> steps;
  bool tests_first = true;
  uint64_t cost = 1;
};
StatementPtr loop_statement(LoopPlan plan);
struct ForeachPlan {
  CodePtr source;
  PlacePtr item;      // the raw item
  PlacePtr variable;  // gets a fresh cell for each item when boxed
  CodePtr assign;     // the variable from the raw item, converted
  StatementPtr body;
  uint64_t cost = 1;
};
StatementPtr foreach_statement(ForeachPlan plan);
struct SwitchPlan {
  CodePtr value;
  std::vector<std::pair<Value, size_t>> labels;  // value and section
  size_t otherwise = SIZE_MAX;
  std::vector<StatementPtr> sections;
  uint64_t cost = 1;
};
StatementPtr switch_statement(SwitchPlan plan);
struct CatchPlan {
  const Type* type = nullptr;
  PlacePtr variable;
  CodePtr when;
  StatementPtr body;
};
StatementPtr try_statement(StatementPtr body, std::vector<CatchPlan> catches, StatementPtr finally);

}  // namespace gatelet::cs
