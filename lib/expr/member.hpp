// Member: one row of a family's table: the member's signature as C# text and the function behind it. The binder does overload resolution,
// conversions, generic inference, default values, params arrays and named arguments from the signature, so that a function finds its
// arguments by position, converted to the parameter's type, and never checks types. Reference arguments may be null.
//
//   {"static int Max(int val1, int val2)", max_int}                            static method
//   {"string Substring(int startIndex, int length)", substring}                instance method: call.self is not null
//   {"new(string value)", parse}                                               constructor: returns the new object
//   {"int Length", length}                                                     property or field; {"T Value", get, set} with setter
//   {"static Guid Empty", empty}    {"const int MaxValue", max_value}          static property; constant, folded when it is compiled
//   {"char this[int index]", at}    {"JToken this[string name]", get, set}     indexer: the setter finds the value after the index
//   {"static TimeSpan operator -(DateTime a, DateTime b)", subtract}           operator
//   {"static explicit operator string(JToken value)", to_text}                 conversion; also implicit
//   {"static bool TryParse(string s, out int result)", try_parse}              out: call.out(1) = …
//   {"static string Format(string format, params object[] args)", format}      params: one array
//   {"static T First<T>(this IEnumerable<T> source)", first}                   extension method: the source is argument 0
//   {"string As<T>(bool preserveContent = false)", as}                         default: a number, true, false, null, "text" or Enum.Name
//
// Type names as in C#, without namespace; T of a generic type's name are its own. A method of a generic type or a generic method finds the
// type arguments in call.site.types. decimal's operators and conversions are rows of its family, as in .NET. Members of object (ToString(),
// Equals(object), GetHashCode(), GetType()) need no rows: they come from TypeOps; nor do the enumerations' constants, `==` and `!=` on
// references and enumerations, or what C# itself defines for numbers, bool, string + and delegates. Helpers that several families need
// stand beside this header, in the room's directory, and belong to one family each:
//   format.hpp       composite formatting                     numbers.hpp    parsing and formatting of numbers, decimal
//   dates.hpp        parsing and formatting of dates          uris.hpp       System.Uri's parts
//   collections.hpp  Dictionary, HashSet, making lists        json.hpp       JToken trees, their text, JsonConvert
//   xml.hpp          X* trees, their text                     lib/crypto     hashes, ciphers, certificates, JOSE
//
// A new family: copy members/math.cpp, add the file to members/meson.build and the row to members/table.cpp; test/expr/registry_test.cpp
// shows rows that cannot be linked.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "base/result.hpp"
#include "expr/evaluation.hpp"
#include "expr/objects.hpp"

namespace gatelet::cs {

// What the binder knows of one place of call.
struct CallSite {
  const Type* result = nullptr;          // the static type of the result, type arguments put in
  std::span<const Type* const> types;    // type arguments: of the declaring type, then of the method
  std::shared_ptr<const void> prepared;  // see Prepare
};

struct Call {
  Evaluation& run;
  const CallSite& site;
  Value self;  // of an instance member
  const Value* arguments;

  bool boolean(size_t i) const { return arguments[i].boolean(); }
  int32_t int32(size_t i) const { return arguments[i].int32(); }
  int64_t int64(size_t i) const { return arguments[i].int64(); }
  double real(size_t i) const { return arguments[i].real(); }
  char16_t character(size_t i) const { return arguments[i].character(); }
  const String* text(size_t i) const { return arguments[i].text(); }  // may be null
  template <class T>
  T* object(size_t i) const {
    return arguments[i].object<T>();
  }
  Value& out(size_t i) const { return *arguments[i].object<Value>(); }
};

// IComparable.CompareTo(object) of any type whose values have an order.
inline Value compare_to_object(Call& call) { return value_of_bits(types::int32, compare(call.run, call.self, call.arguments[0])); }

using Native = Value (*)(Call& call);
// Runs once when the expression is compiled; arguments that are constants stand in `constants`, the others are null pointers. What it
// returns is call.site.prepared of every call from this place; an error is an error of the expression. (A regular expression's program.)
using Prepare = Result<std::shared_ptr<const void>> (*)(std::span<const Value* const> constants);

struct Member {
  std::string_view signature;
  Native get = nullptr;  // the method, constructor, operator, or getter
  Native set = nullptr;  // the setter of a property or indexer; its value is the last argument
  Prepare prepare = nullptr;
  // Refused when an expression uses it, with this reason: a member that is known but would need a culture, or is outside the allow-list.
  std::string_view refused = {};
};

// One type with its members and operations. A type may have rows in one family only.
struct TypeRows {
  const Type& type;
  std::span<const Member> members = {};
  const TypeOps* ops = nullptr;  // null: the base type's
};

// IMessageBody.As<T>: how a body becomes a T. A parse error fails the run with the family's exception; the caller adds the prefix.
struct BodyReader {
  const Type& type;
  Value (*read)(Evaluation& run, const String* text);
};

// One file of lib/expr/members: its types and members. Every family has its row in members/table.cpp.
struct Family {
  std::span<const TypeRows> types;
  std::span<const BodyReader> bodies = {};
};

}  // namespace gatelet::cs
