// Signature: C# text of a member or a list of base types, parsed into types. What the registry builds its tables with.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "expr/registry.hpp"

namespace gatelet::cs {

// Names that stand for type parameters while a text is read.
struct TypeParameterNames {
  std::vector<std::string_view> of_type;
  std::vector<std::string_view> of_method;
};

class SignatureReader {
 public:
  SignatureReader(const Registry& lookup, std::string_view text, TypeParameterNames names)
      : registry_(lookup), text_(text), names_(std::move(names)) {}

  // Null: problem() tells why.
  const Type* read_type();
  bool read_member(MemberInfo& out);
  const std::string& problem() const { return problem_; }
  bool accept(std::string_view token);
  bool at_end();

 private:
  void skip_blanks();
  bool accept_word(std::string_view word);
  std::string_view word();
  const Type* refuse(std::string problem);
  const Type* read_named_type();
  bool read_parameters(std::string_view close, MemberInfo& out);
  bool read_parameter(MemberInfo& out);
  bool read_default(Parameter& parameter);
  bool read_operator(MemberInfo& out);
  bool read_rest(MemberInfo& out);

  const Registry& registry_;
  std::string_view text_;
  size_t at_ = 0;
  TypeParameterNames names_;
  std::string problem_;
};

// The type parameters in a type's name, and their variance.
std::vector<std::string_view> parameters_of_name(std::string_view name, std::vector<char>* variance = nullptr);
// Resolves the bases of a definition now; while the registry is built they are resolved when first asked for.
void link_bases(const Type& definition);
const TypeOps& anonymous_operations();
const TypeOps& object_operations();
const TypeOps& array_operations();
const TypeOps& string_operations();
const TypeOps& basic_operations(const Type& type);  // of bool, char and the numbers but decimal
std::string anonymous_text(const Type& type);       // "int a, string b"

}  // namespace gatelet::cs
