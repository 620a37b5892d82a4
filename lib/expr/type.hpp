// Type: the .NET types that expressions know, as data. A family declares each of its types once, as a constant; the registry
// (registry.hpp) links them by name when the first expression is compiled. Closed generic types, arrays and Nullable<T> are interned: two
// equal types are one object, so types are compared by address. Types live as long as the process.
//
//   constinit const Type uri_type{.name = "System.Uri"};
//   constinit const Type queue_type{.name = "System.Collections.Generic.Queue<T>", .bases = "IReadOnlyCollection<T>"};
//
// What several families need is declared here and defined in types.cpp; their members and operations are still their family's (TypeRows
// of member.hpp).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "expr/value.hpp"

namespace gatelet::cs {

class Evaluation;
struct Iterator;
struct MemberInfo;

enum class TypeKind : uint8_t { class_, structure, enumeration, interface, delegate, array, nullable, parameter, anonymous, void_, null };

// The types that C# itself knows.
enum class Basic : uint8_t {
  none,
  object,
  boolean,
  character,
  int8,
  uint8,
  int16,
  uint16,
  int32,
  uint32,
  int64,
  uint64,
  single,
  real,
  decimal,
  text
};

// What IList<T> and IReadOnlyList<T> need of a type. `index` is in range.
struct ListOps {
  size_t (*count)(Evaluation& run, Value list);
  Value (*at)(Evaluation& run, Value list, size_t index);
};

// What IDictionary<K,V> and IReadOnlyDictionary<K,V> need of a type.
struct DictionaryOps {
  size_t (*count)(Evaluation& run, Value dictionary);
  // False: absent. The key is not null.
  bool (*find)(Evaluation& run, Value dictionary, Value key, Value& found);
  // All keys and values in order, by position: the next position, or 0 at the end; starts with 0.
  size_t (*next)(Evaluation& run, Value dictionary, size_t position, Value& key, Value& value);
  // What indexing an absent key gives; null: KeyNotFoundException. (Variables: the null reference.)
  Value (*missing)(Evaluation& run, Value dictionary, Value key) = nullptr;
};

// What every value of the type can do. An operation left out is the base type's; object's own ones are: ToString = the type's name,
// Equals = same reference (for structures: the same bits), GetHashCode = of the address.
struct TypeOps {
  const String* (*to_string)(Evaluation& run, Value self) = nullptr;
  // IFormattable.ToString(format); `format` is null or empty for the default. Left out: the type has no formats, to_string is used.
  const String* (*format)(Evaluation& run, Value self, const String* format) = nullptr;
  bool (*equals)(Evaluation& run, Value self, Value other) = nullptr;  // object.Equals; `other` may be of any type, or null
  int32_t (*hash)(Evaluation& run, Value self) = nullptr;
  int (*compare)(Evaluation& run, Value self, Value other) = nullptr;  // IComparable; `other` has the same type
  Iterator* (*iterate)(Evaluation& run, Value self) = nullptr;         // IEnumerable.GetEnumerator; may fail and return null
  const ListOps* list = nullptr;
  const DictionaryOps* dictionary = nullptr;
};

struct EnumConstant {
  std::string_view name;
  int64_t value;
};

// What the registry knows of a type.
struct TypeLinks {
  const Type* base = nullptr;                   // null: object, interfaces
  std::vector<const Type*> interfaces;          // direct ones
  const Type* definition = nullptr;             // of a closed generic type, array or Nullable<T>: what it was made of
  std::vector<const Type*> arguments;           // type arguments; of a definition: its parameters; of an array or nullable: the element
  std::vector<char> variance;                   // of a definition's parameters: 'o' out, 'i' in, ' '
  std::vector<MemberInfo*> members;             // of a definition or a type that is not generic
  std::vector<std::string_view> field_names;    // of an anonymous type, whose `arguments` are their types
  std::vector<const Type*> delegate_arguments;  // of a delegate, besides its result
  const Type* delegate_result = nullptr;
  uint32_t parameter_index = 0;      // of a type parameter
  bool is_method_parameter = false;  // of a type parameter
  TypeOps ops;                       // own and inherited
  std::string storage;               // of the name of a type that the registry made
};

struct Type {
  // With namespace and type parameters as in C#: "System.Collections.Generic.IEnumerable<out T>"; nested types with a dot.
  std::string_view name;
  TypeKind kind = TypeKind::class_;
  // C# text: base class (may be left out) and interfaces. Of a delegate: its signature, "TResult (T1, T2)".
  std::string_view bases = {};
  Basic basic = Basic::none;
  std::span<const EnumConstant> constants = {};  // of an enumeration
  bool is_flags = false;                         // [Flags] of an enumeration
  bool is_hidden = false;                        // can't be named in an expression (a run-time class behind an interface)
  bool is_static = false;                        // static class
  bool is_abstract = false;
  mutable const TypeLinks* links = nullptr;  // set by the registry, before any value exists

  const TypeOps& operations() const { return links->ops; }
  std::span<const Type* const> arguments() const { return links->arguments; }
  const Type* definition() const { return links->definition ? links->definition : this; }
  bool is_generic_definition() const { return !links->definition && !links->arguments.empty() && kind != TypeKind::anonymous; }
  bool is_value_type() const { return kind == TypeKind::structure || kind == TypeKind::enumeration || kind == TypeKind::nullable; }
  const Type* element() const { return links->arguments[0]; }  // of an array or nullable
};

// "List<string>" as C# writes it, for messages about code.
std::string csharp_name(const Type& type);
// "System.Collections.Generic.List`1[System.String]" as Type.ToString() writes it.
std::string full_name(const Type& type);
// "JObject", "String[]", "List`1": Type.Name.
std::string short_name(const Type& type);

// Interned types. Any thread; may be called at run time, but a family does better to take them from Call::site.
const Type& array_of(const Type& element);
const Type& nullable_of(const Type& element);  // of a value type
const Type& close(const Type& definition, std::span<const Type* const> arguments);
const Type& close(const Type& definition, const Type& argument);
const Type& close(const Type& definition, const Type& first, const Type& second);
const Type& anonymous_of(std::span<const std::string_view> names, std::span<const Type* const> types);

// Reference, identity and variance conversions: what `is` asks. `type` may be an interface.
bool is_assignable(const Type& from, const Type& to);
// T of T?, other types as they are.
inline const Type& without_nullable(const Type& type) { return type.kind == TypeKind::nullable ? *type.element() : type; }
inline bool is_instance(Value value, const Type& type) { return value.type && (value.type == &type || is_assignable(*value.type, type)); }

// The closed type of the generic `definition` that `type` is, derives from or implements: IEnumerable<char> for string; null: none.
const Type* implementation_of(const Type& type, const Type& definition);

// types::int32, types::text (System.String), types::generic_enumerable (IEnumerable<out T>), types::list (List<T>) …
namespace types {
#define GATELET_TYPE(id) extern const Type id;
#include "expr/shared_types.inc"
#undef GATELET_TYPE
}  // namespace types

inline Value boolean(bool value) { return {&types::boolean, value}; }
inline Value character(char16_t value) { return {&types::character, value}; }
inline Value int32(int32_t value) { return {&types::int32, value}; }
inline Value int64(int64_t value) { return {&types::int64, value}; }
inline Value real(double value) { return value_of_real(types::real, value); }
inline Value text(const String* value) { return value_of_object(types::text, value); }

}  // namespace gatelet::cs
