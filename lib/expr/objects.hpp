// Objects: the run-time structs behind the types that several families use. They are allocated with Evaluation::make() and wrapped with
// value_of_object(type, pointer).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "expr/evaluation.hpp"
#include "expr/value.hpp"

namespace gatelet::cs {

// T[] of any T but byte. The type of the Value is array_of(T).
struct Array {
  Value* items = nullptr;
  uint32_t length = 0;
  std::span<Value> span() const { return {items, length}; }
};
// byte[].
struct Bytes {
  uint8_t* data = nullptr;
  uint32_t length = 0;
  std::string_view view() const { return {reinterpret_cast<const char*>(data), length}; }
};
// Null when refused by a limit; the items are default(element).
Array* make_array(Evaluation& run, const Type& element, size_t length);
Bytes* make_bytes(Evaluation& run, size_t length);
Value array_value(Evaluation& run, const Type& element, std::span<const Value> items);  // a copy; byte too
Value bytes_value(Evaluation& run, std::string_view bytes);                             // a copy
Value strings_value(Evaluation& run, std::span<const String* const> items);             // string[]
const Type& byte_array_type();
const Type& string_array_type();
Value default_of(Evaluation& run, const Type& type);  // default(T)

// List<T>: items beyond `count` are room. `version` counts changes, for foreach.
struct List {
  Value* items = nullptr;
  uint32_t count = 0;
  uint32_t capacity = 0;
  uint32_t version = 0;
  bool add(Evaluation& run, Value item);  // false: refused by a limit
};

// KeyValuePair<K,V>.
struct KeyValue {
  Value key;
  Value value;
};

// An object of an anonymous type: its fields in the order of Type::links->field_names.
struct Anonymous {
  Value* fields = nullptr;
};

// IEnumerator: a family derives its own and sets `next`, which gives false at the end or after a failure.
struct Iterator {
  bool (*next)(Iterator& self, Evaluation& run, Value& item) = nullptr;
  Value current;
};

// Iterates whatever implements IEnumerable (arrays, lists, strings, dictionaries, JSON, LINQ): charges one step an item.
//   for (Items items(run, source); items.next();) use(items.current);   then ask run.failed()
// A null source fails with NullReferenceException.
class Items {
 public:
  Items(Evaluation& run, Value source);
  bool next();
  Value current;

 private:
  Evaluation& run_;
  Iterator* iterator_ = nullptr;
  const Array* array_ = nullptr;
  size_t index_ = 0;
};
Iterator* iterate(Evaluation& run, Value source);
// The number of items where it is known without iterating.
bool count_of(Evaluation& run, Value source, size_t& count);

// A lambda or local function as a value; made by the evaluator.
struct Delegate;
// Calls it. `arguments` as its type wants; `out` parameters do not occur.
Value invoke(Evaluation& run, Value function, std::span<const Value> arguments);
Value invoke(Evaluation& run, Value function, Value argument);
Value invoke(Evaluation& run, Value function, Value first, Value second);

inline constexpr int64_t ticks_per_second = 10'000'000;
inline constexpr int64_t ticks_per_millisecond = 10'000;
inline constexpr int64_t unix_epoch_ticks = 621'355'968'000'000'000;

// System.DateTime, in Value::bits: ticks since 0001-01-01 in the low 62 bits, the kind above them.
enum class DateTimeKind : uint8_t { unspecified, utc, local };
struct DateTime {
  int64_t ticks = 0;
  DateTimeKind kind = DateTimeKind::unspecified;
  static DateTime from_bits(int64_t bits) {
    return {bits & 0x3FFF'FFFF'FFFF'FFFF, static_cast<DateTimeKind>(static_cast<uint64_t>(bits) >> 62)};
  }
  int64_t bits() const { return static_cast<int64_t>(static_cast<uint64_t>(ticks) | static_cast<uint64_t>(kind) << 62); }
};
inline Value date_time(DateTime value) { return {&types::date_time, value.bits()}; }
inline Value time_span(int64_t ticks) { return {&types::time_span, ticks}; }

// System.DateTimeOffset: the clock time at the offset.
struct DateTimeOffset {
  int64_t ticks = 0;
  int16_t offset_minutes = 0;
};

// System.Guid: the bytes in the order of its text (not of ToByteArray).
struct Guid {
  uint8_t bytes[16] = {};
};

// System.Decimal: ± (high:middle:low) / 10^scale, scale 0 to 28.
struct Decimal {
  uint32_t low = 0, middle = 0, high = 0;
  uint8_t scale = 0;
  bool negative = false;
};

}  // namespace gatelet::cs
