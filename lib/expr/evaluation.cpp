#include "expr/evaluation.hpp"

#include "expr/context_model.hpp"
#include "expr/objects.hpp"

namespace gatelet::cs {

static const Exception limit_fault{&types::exception, nullptr, nullptr, nullptr, {}};

static constexpr std::string_view null_reference_text = "Object reference not set to an instance of an object.";

// An exception's own memory is not charged: a fault near the limit must still be told.
static const String* message_string(Arena& arena, std::string_view message) {
  const std::string_view kept = arena.copy(message);
  return arena.make<String>(kept.data(), static_cast<uint32_t>(kept.size()), false);
}

bool Evaluation::abort(std::string_view reason) {
  if (!aborted_) abort_reason_ = reason;
  aborted_ = true;
  fault_ = &limit_fault;
  steps_left_ = 0;
  return false;
}

Value Evaluation::raise(const Exception* exception) {
  if (!aborted_) fault_ = exception;
  return {};
}

Value Evaluation::fail(const Type& exception, std::string_view message) {
  if (failed()) return {};
  const String* text = is_ascii(message) ? message_string(arena, message) : copy_of(*this, message);
  return raise(arena.make<Exception>(&exception, text, nullptr, nullptr, Value()));
}

Value Evaluation::fail_argument(const Type& exception, std::string_view message, std::string_view parameter) {
  if (failed()) return {};
  const std::string_view whole = arena.concat(message, " Parameter: ", parameter);
  return raise(arena.make<Exception>(&exception, message_string(arena, whole), message_string(arena, parameter), nullptr, Value()));
}

Value Evaluation::fail_null(std::string_view parameter) {
  return fail_argument(types::argument_null_exception, "Value cannot be null.", parameter);
}

Value Evaluation::fail_range(std::string_view message, std::string_view parameter) {
  return fail_argument(types::argument_out_of_range_exception, message, parameter);
}

Value Evaluation::fail_null_reference() { return fail(types::null_reference_exception, null_reference_text); }

const Exception* Evaluation::take_fault() {
  if (aborted_) return nullptr;
  return std::exchange(fault_, nullptr);
}

void Evaluation::own(void* object, void (*destroy)(void*)) { context.own(object, destroy); }

const String* to_string(Evaluation& run, Value value) {
  if (value.is_null()) return &empty_string;
  if (value.type == &types::text) return value.text();
  return value.type->operations().to_string(run, value);
}

bool equals(Evaluation& run, Value a, Value b) {
  if (a.is_null() || b.is_null()) return a.is_null() && b.is_null();
  return a.type->operations().equals(run, a, b);
}

int32_t hash_of(Evaluation& run, Value value) { return value.is_null() ? 0 : value.type->operations().hash(run, value); }

int compare(Evaluation& run, Value a, Value b) {
  if (a.is_null() || b.is_null()) return static_cast<int>(b.is_null()) - static_cast<int>(a.is_null());
  if (const auto order = a.type->operations().compare) {
    if (a.type == b.type) return order(run, a, b);
    run.fail(types::argument_exception, "Object must be of type " + short_name(*a.type) + ".");
    return 0;
  }
  run.fail(types::argument_exception, "At least one object must implement IComparable.");
  return 0;
}

bool same_reference(Value a, Value b) {
  if (a.is_null() || b.is_null()) return a.is_null() && b.is_null();
  return a.type == b.type && a.bits == b.bits && !a.type->is_value_type();
}

}  // namespace gatelet::cs
