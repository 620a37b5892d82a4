// Registry: all families' tables linked: types by name, members parsed from their signatures. Built once, when the first expression is
// compiled; immutable afterwards but for the interned types, which any thread may add.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "expr/member.hpp"

namespace gatelet::cs {

enum class MemberKind : uint8_t { method, constructor, property, indexer, operator_, conversion };

struct Parameter {
  enum class Mode : uint8_t { value, out, params };
  const Type* type = nullptr;  // of out: without the reference
  std::string_view name;
  Mode mode = Mode::value;
  bool is_optional = false;
  Value fallback;  // of an optional one
};

struct MemberInfo {
  const Member* row = nullptr;
  const Type* owner = nullptr;  // the definition when it is generic
  MemberKind kind = MemberKind::method;
  std::string_view name;  // of an operator: "+"; of a conversion: "implicit" or "explicit"; of an indexer: "this"
  bool is_static = false;
  bool is_extension = false;
  bool is_constant = false;
  const Type* type = nullptr;  // result; may hold type parameters
  std::vector<Parameter> parameters;
  uint32_t type_parameter_count = 0;  // of the method
};

class Registry {
 public:
  // A type by simple or full name and the number of its type parameters ("int", "String", "System.Text.Encoding", "List" with 1); null:
  // none. Hidden ones are found too, for signatures.
  const Type* find_type(std::string_view name, size_t arity = 0) const;
  // Whether the dotted text is a namespace or the beginning of one.
  bool is_namespace(std::string_view name) const;
  std::span<MemberInfo* const> extensions(std::string_view name) const;
  const BodyReader* body_reader(const Type& type) const;
  // Names for "did you mean".
  std::vector<std::string_view> type_names() const;
  std::vector<std::string_view> extension_names() const;

  // Rows that could not be linked, as "Math: unknown type 'X' in '…'": a mistake of ours, which a test shows.
  const std::vector<std::string>& problems() const;

  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

 private:
  struct Tables;
  std::unique_ptr<Tables> tables_;
  friend class RegistryBuilder;
};

const Registry& registry();

// The type with the parameters of its declaring type and of its method replaced.
const Type& substitute(const Type& type, std::span<const Type* const> class_arguments, std::span<const Type* const> method_arguments);
// The shared type parameters: `!index` of types, `!!index` of methods.
const Type& type_parameter(bool of_method, size_t index);

// members/table.cpp
std::span<const Family* const> all_families();

}  // namespace gatelet::cs
