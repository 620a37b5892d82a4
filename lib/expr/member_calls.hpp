// Calls of members by name, for those who need a type without knowing its family: found in the registry at run time.
#pragma once

#include <string_view>

#include "expr/member.hpp"

namespace gatelet::cs {

// A constructor (".ctor") or static method that takes one string; NotSupportedException when there is none.
Value call_with_text(Evaluation& run, std::string_view type_name, std::string_view member_name, const String& text);
// A static method that takes one argument of the value's type or object.
Value call_static(Evaluation& run, std::string_view type_name, std::string_view member_name, Value argument);
// An extension method of a string without further arguments.
Value call_extension(Evaluation& run, std::string_view member_name, Value text);
// A property of the object's own type or of one that it derives from.
Value read_property(Evaluation& run, Value object, std::string_view name);

}  // namespace gatelet::cs
