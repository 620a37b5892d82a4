// Evaluation: one run of one expression: its memory, its fuel, its fault, and the request it sees. Every function of a family gets it.
// Nothing throws: a .NET exception is data of the evaluation; whoever calls something that can fail asks failed() and returns at once when
// it did (what is returned then does not matter). A limit abort is a fault that no catch sees.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/arena.hpp"
#include "base/limits.hpp"
#include "expr/string.hpp"
#include "expr/type.hpp"
#include "expr/value.hpp"

namespace gatelet::cs {

class ContextModel;
struct Frame;

// A .NET exception object: of any exception type, in the arena.
struct Exception {
  const Type* type = nullptr;
  const String* message = nullptr;
  const String* parameter = nullptr;  // ArgumentException.ParamName
  const Exception* inner = nullptr;
  mutable Value data;  // Exception.Data, once it was asked for
};

// The limits of expressions.md 4.5 that one evaluation keeps: settings (expression.limits.*).
struct Budget {
  uint64_t steps = expression_steps_max;
  uint64_t memory_bytes = expression_memory_bytes_max;
  uint64_t body_bytes = expression_body_bytes_max;
  uint32_t string_units = expression_string_units_max;
  uint32_t array_items = expression_array_items_max;
  uint32_t call_depth = expression_call_depth_max;
  uint32_t regex_steps = regex_match_steps_max;
  uint32_t json_depth = payload_json_depth_max;
  uint32_t xml_depth = payload_xml_depth_max;
  bool reads_json_dates = true;  // no limit, but a setting too: texts of JSON that look like dates become dates
};

class Evaluation {
 public:
  Evaluation(Arena& memory, ContextModel& model, const Budget& limits = {})
      : arena(memory), context(model), budget(limits), steps_left_(limits.steps), memory_left_(limits.memory_bytes) {}
  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;

  Arena& arena;           // for memory that is not the expression's doing; else allocate() and make()
  ContextModel& context;  // the request, the clock and the random bits (context_model.hpp)
  const Budget budget;

  bool failed() const { return fault_ != nullptr; }
  // Throws a .NET exception: `return run.fail(types::format_exception, "Input string was not in a correct format.");`
  Value fail(const Type& exception, std::string_view message);
  // With " Parameter: name" after the message, as the vectors of expressions.md 6.11 write it.
  Value fail_argument(const Type& exception, std::string_view message, std::string_view parameter);
  Value fail_null(std::string_view parameter);                             // ArgumentNullException "Value cannot be null."
  Value fail_range(std::string_view message, std::string_view parameter);  // ArgumentOutOfRangeException
  Value fail_null_reference();
  Value raise(const Exception* exception);
  const Exception* fault() const { return fault_; }
  // `catch`: null when there is no fault or it is a limit's.
  const Exception* take_fault();
  bool is_aborted() const { return aborted_; }
  std::string_view abort_reason() const { return abort_reason_; }

  // Fuel: 1 for each element that a library call looks at or copies, 1 for 64 bytes of text. False: aborted, return at once. Any loop whose
  // length the request or the expression decides must charge, beforehand where the length is known.
  bool charge(uint64_t steps) {
    if (steps <= steps_left_) {
      steps_left_ -= steps;
      return true;
    }
    return abort();
  }
  bool charge_text(size_t bytes) { return charge(bytes / 64); }

  // Small objects (up to expression_object_bytes_max): never null; over the budget the evaluation is aborted, but the memory is there.
  void* allocate(size_t bytes, size_t alignment = alignof(std::max_align_t)) {
    if (bytes <= memory_left_)
      memory_left_ -= bytes;
    else
      abort();
    return arena.allocate(bytes, alignment);
  }
  template <class T, class... Args>
  T* make(Args&&... args) {
    static_assert(std::is_trivially_destructible_v<T>, "an arena runs no destructors; see own()");
    return new (allocate(sizeof(T), alignof(T))) T{std::forward<Args>(args)...};
  }
  // Memory whose size the request or the expression decides: null when it is refused, and the evaluation is aborted.
  void* try_allocate(size_t bytes, size_t alignment = alignof(std::max_align_t)) {
    if (bytes <= memory_left_ && bytes <= expression_array_bytes_max) return allocate(bytes, alignment);
    abort();
    return nullptr;
  }
  // Uninitialised; data() is null when refused.
  template <class T>
  std::span<T> try_array(size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    if (count > budget.array_items) return abort(), std::span<T>();
    void* memory = try_allocate(count * sizeof(T), alignof(T));
    return memory ? std::span<T>(static_cast<T*>(memory), count) : std::span<T>();
  }
  // A body that is read brings memory of its own (4.5).
  void grant_memory(size_t bytes) { memory_left_ += bytes; }
  // `destroy(object)` runs when the exchange ends: for what a library allocates itself.
  void own(void* object, void (*destroy)(void*));

  // A limit was exceeded: no catch sees it. Always false. `reason` lives as long as the arena.
  bool abort(std::string_view reason = "Expression exceeded its execution limit.");

  // Depth of calls of lambdas and local functions; the evaluator's.
  bool enter_call() { return ++call_depth_ <= budget.call_depth || abort(); }
  void leave_call() { --call_depth_; }
  uint64_t steps_left() const { return steps_left_; }

 private:
  const Exception* fault_ = nullptr;
  bool aborted_ = false;
  std::string_view abort_reason_;
  uint32_t call_depth_ = 0;
  uint64_t steps_left_;
  uint64_t memory_left_;
};

// What object's members do for any value, null included where .NET allows it.
const String* to_string(Evaluation& run, Value value);  // null: ""
bool equals(Evaluation& run, Value a, Value b);         // object.Equals(a, b)
int32_t hash_of(Evaluation& run, Value value);
int compare(Evaluation& run, Value a, Value b);  // Comparer.Default: null first; fails when the type has no order
bool same_reference(Value a, Value b);           // == on object

}  // namespace gatelet::cs
