// Kinds of resources: one table says where they live, what they are called, which properties they have and what may be done with them
// (management.md 1.1, 2 and appendix A).
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "manage/manage/message.hpp"

namespace gatelet::manage {

enum class FieldType : uint8_t { text, boolean, integer, array, object, date, id };

namespace field_flags {
inline constexpr uint8_t none = 0, required = 1, secret = 2, read_only = 4, create_only = 8, not_blank = 16;
}

struct Field {
  std::string_view name;
  FieldType type = FieldType::text;
  uint8_t flags = field_flags::none;
  size_t min = 0, max = 0;    // length of a text, value of a number; max 0: unbounded
  std::string_view choices;   // "a|b": compared without case and kept as written here, in a list by each item; of an id its collection
  std::string_view fallback;  // JSON of the default; empty: none
};

namespace verbs {
inline constexpr uint8_t put = 1, patch = 2, remove = 4, list = 8, get = 16, head = 32;
inline constexpr uint8_t all = put | patch | remove | list | get | head;
inline constexpr uint8_t without_patch = all & ~patch;
}  // namespace verbs

enum class NameRule : uint8_t { any, plain, api, fragment, policy };  // plain: none of * # & + : < > ?

struct Kind {
  std::string_view pattern;  // "apis/*/operations/*"
  std::string_view type;     // "apis/operations", behind "Microsoft.ApiManagement/service/"
  std::string_view noun;     // "Operation not found."
  uint8_t verbs = verbs::all;
  NameRule names = NameRule::plain;
  size_t name_max = 80;
  std::span<const Field> fields;
  std::string_view filterable;  // fields of $filter, "name|displayName"
  std::string_view link = {};   // of a link its target's collection: the resource is the presence of it
  int head_status = 200;
};

// The kind of a path, segment by segment; a path that ends in a collection has `is_collection`. Null: nothing that is served.
struct KindOfPath {
  const Kind* kind = nullptr;
  bool is_collection = false;
};
KindOfPath kind_of_path(std::span<const std::string> segments);
const Kind* kind_of_key(std::string_view key);
std::span<const Kind> all_kinds();

bool is_name(const Kind& kind, std::string_view name);

// The properties as they are stored: known ones only, checked, enumerations in their own spelling, references short. `before` is the
// resource as it was, for what a write leaves out: null when it is new. All problems are collected.
struct ReadProperties {
  Json shown;    // what GET tells
  Json secrets;  // an object
};
ReadProperties read_properties(const Kind& kind, const Json& given, const Json* before, const Json* secrets_before, bool is_patch,
                               std::vector<ErrorDetail>& details);

}  // namespace gatelet::manage
