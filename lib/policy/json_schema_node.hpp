// SchemaNode: one compiled schema, for the files that make and use them.
#pragma once

#include "policy/json_schema.hpp"

namespace gatelet {

enum SchemaType : uint8_t {
  schema_null = 1,
  schema_boolean = 2,
  schema_integer = 4,
  schema_number = 8,
  schema_string = 16,
  schema_array = 32,
  schema_object = 64,
  schema_any = 127,
};

enum class SchemaFormat : uint8_t { none, date_time, date, uuid, int32, int64 };

struct SchemaNode {
  using Pattern = std::shared_ptr<const cs::RegexProgram>;
  struct Member {
    std::string name;
    const SchemaNode* schema;
  };
  struct PatternMember {
    Pattern pattern;
    const SchemaNode* schema;
  };
  struct Dependency {
    std::string name;
    std::vector<std::string> names;
    const SchemaNode* schema = nullptr;
  };

  bool is_refused = false;             // the schema `false`
  std::string broken;                  // why nothing can be compared with it
  std::string base;                    // of the resource it is in
  const SchemaNode* target = nullptr;  // of a reference
  bool is_reference_alone = false;     // what stands beside it does not count
  // Of a dynamic reference: by the base of their resources. The one whose resource was entered first counts, else `target`.
  std::vector<std::pair<std::string, const SchemaNode*>> dynamic_targets;
  uint8_t types = schema_any;
  bool is_nullable = false;
  SchemaFormat format = SchemaFormat::none;
  std::vector<Json> values;  // enum, or the one of const
  bool has_values = false;

  std::optional<double> minimum, maximum, above, below, multiple_of;
  uint64_t length_min = 0, length_max = UINT64_MAX;
  Pattern pattern;
  std::string pattern_text;

  uint64_t items_min = 0, items_max = UINT64_MAX;
  bool has_unique_items = false;
  std::vector<const SchemaNode*> first_items;
  const SchemaNode* items = nullptr;  // all, or those behind the first
  const SchemaNode* contains = nullptr;
  uint64_t contains_min = 1, contains_max = UINT64_MAX;
  bool contains_evaluates = false;  // what it matches is not left over
  const SchemaNode* left_over_items = nullptr;

  uint64_t members_min = 0, members_max = UINT64_MAX;
  std::vector<Member> members;  // sorted by name
  std::vector<PatternMember> pattern_members;
  const SchemaNode* additional = nullptr;
  const SchemaNode* left_over_members = nullptr;
  const SchemaNode* names = nullptr;
  std::vector<std::string> required;
  std::vector<Dependency> dependencies;

  std::vector<const SchemaNode*> all_of, any_of, one_of;
  const SchemaNode* not_ = nullptr;
  const SchemaNode* if_ = nullptr;
  const SchemaNode* then = nullptr;
  const SchemaNode* otherwise = nullptr;

  const SchemaNode* member(std::string_view name, bool ignores_case) const;
};

// Of UTF-8; what is none becomes U+FFFD.
std::u16string utf16_of(std::string_view text);

}  // namespace gatelet
