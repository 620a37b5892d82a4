// Json: configuration documents, JSON or YAML, read into one immutable tree with the place of every value. cJSON and libyaml stay behind
// json_parse.cpp and yaml.cpp. Numbers are doubles that remember how they were written (configuration has no larger ones); payload JSON is
// read elsewhere (architecture.md 4.3).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.hpp"
#include "base/result.hpp"

namespace gatelet {

class Json {
 public:
  enum class Kind { null, boolean, number, string, array, object };
  struct Member;

  Json() = default;  // null
  static Json from(bool value);
  static Json from(double value);
  static Json from(int value);
  static Json from(std::string_view value);
  static Json from(const char* value);  // without it a literal would become a boolean
  static Json array(std::vector<Json> items);
  static Json object(std::vector<Member> members);  // the names must differ

  // Strict RFC 8259, after an optional byte order mark. Refuses besides: duplicate member names, \u0000, lone surrogates, numbers that a
  // double cannot hold, depth over json_depth_max. The error has line and column.
  static Result<Json> parse(std::string_view text, size_t bytes_max = config_file_bytes_max);
  // One YAML 1.2 document of the JSON kind: the core schema's scalars and tags, aliases and merge keys within limits, null for an empty
  // text; duplicate names and everything JSON cannot hold are refused. The error has line and column.
  static Result<Json> parse_yaml(std::string_view text, size_t bytes_max = config_file_bytes_max);

  Kind kind() const;
  bool is_null() const { return kind() == Kind::null; }
  bool is_object() const { return kind() == Kind::object; }
  bool is_array() const { return kind() == Kind::array; }
  bool is_string() const { return kind() == Kind::string; }
  bool is_number() const { return kind() == Kind::number; }
  bool is_boolean() const { return kind() == Kind::boolean; }
  bool boolean() const;                // false unless a boolean
  double number() const;               // 0 unless a number
  std::string_view string() const;     // empty unless a string; lives as long as this tree
  std::string scalar_text() const;     // a string as it is, a number as it was written, true or false; empty for the rest
  SourcePos at() const;                // where the value stands in its text; none for built values
  Json placed_at(SourcePos at) const;  // the same value with another place, its children as they are

  size_t size() const;                                  // elements or members
  const Json& operator[](size_t index) const;           // null value when out of range or not an array
  const Json& operator[](std::string_view name) const;  // null value when absent or not an object; names are case-sensitive
  const Member* find(std::string_view name) const;      // null pointer when absent or not an object
  bool has(std::string_view name) const { return find(name) != nullptr; }
  const std::vector<Json>& items() const;      // empty unless an array
  const std::vector<Member>& members() const;  // empty unless an object, in document order

  // Equal values; places, the order of members and the spelling of numbers do not matter.
  bool operator==(const Json& other) const;

  // The overlay's members replace or, object by object, merge into this value's (deep merge); arrays and scalars replace whole.
  Json merged_with(const Json& overlay) const;
  // A copy with one member set (object; anything else counts as an empty one) or removed.
  Json with(std::string_view name, Json value) const;
  Json without(std::string_view name) const;

  std::string text() const;       // compact JSON, member order kept
  std::string canonical() const;  // RFC 8785: sorted names, no blanks

 private:
  struct Node;
  explicit Json(std::shared_ptr<const Node> node) : node_(std::move(node)) {}
  std::shared_ptr<const Node> node_;
  friend struct JsonBuilder;
};

struct Json::Member {
  std::string name;
  Json value;
  SourcePos at;  // of the name
};

}  // namespace gatelet
