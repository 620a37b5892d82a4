// Value: one C# value at run time. It always carries its run-time type, so boxing costs nothing: a value of static type int, object or int?
// is the same 16 bytes. The null reference and a Nullable<T> without a value are Value{}. Trivial: objects live in the arena of the
// exchange and are never freed one by one; nobody counts references.
//
//   payload      types
//   bits         bool (0, 1), char (UTF-16 unit), sbyte … ulong (sign- or zero-extended), enums, TimeSpan (ticks),
//                DateTime (objects.hpp: DateTime::from_bits)
//   real         double; float (the float's value as a double)
//   object       everything else: a pointer to the struct that the type's family defines; string: const String*; decimal, Guid,
//                DateTimeOffset: a pointer to an immutable struct of objects.hpp
#pragma once

#include <bit>
#include <cstdint>

namespace gatelet::cs {

struct Type;
struct String;

struct Value {
  const Type* type = nullptr;  // run-time type, never an interface, never Nullable<T>; null: the null reference
  int64_t bits = 0;

  bool is_null() const { return type == nullptr; }
  bool is(const Type& wanted) const { return type == &wanted; }  // exact; derived types: is_instance() of type.hpp
  explicit operator bool() const = delete;                       // ask is_null() or boolean()

  bool boolean() const { return bits != 0; }
  char16_t character() const { return static_cast<char16_t>(bits); }
  int32_t int32() const { return static_cast<int32_t>(bits); }
  int64_t int64() const { return bits; }
  uint64_t uint64() const { return static_cast<uint64_t>(bits); }
  double real() const { return std::bit_cast<double>(bits); }
  // Null for the null reference.
  template <class T>
  T* object() const {
    return reinterpret_cast<T*>(static_cast<uintptr_t>(bits));
  }
  const String* text() const { return object<const String>(); }
};
static_assert(sizeof(Value) == 16);

inline Value value_of_bits(const Type& type, int64_t bits) { return {&type, bits}; }
inline Value value_of_real(const Type& type, double real) { return {&type, std::bit_cast<int64_t>(real)}; }
// A null pointer gives the null reference.
inline Value value_of_object(const Type& type, const void* object) {
  return object ? Value{&type, static_cast<int64_t>(reinterpret_cast<uintptr_t>(object))} : Value{};
}

}  // namespace gatelet::cs
