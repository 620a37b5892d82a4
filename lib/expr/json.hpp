// Json: the trees behind Newtonsoft.Json's JToken, their text, their paths, and what becomes of other objects (expressions.md 6.7). A
// tree's nodes are in the arena; a node stands in one parent at most. Nothing here recurses by the depth of a tree: expressions can nest
// without end.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "expr/evaluation.hpp"
#include "expr/objects.hpp"

namespace gatelet::cs {

// JTokenType, with its numbers.
enum class JKind : uint8_t {
  none,
  object,
  array,
  constructor,
  property,
  comment,
  integer,
  real,
  text,
  boolean,
  null,
  undefined,
  date,
  raw,
  bytes,
  guid,
  uri,
  time_span
};

struct JToken {
  JKind kind = JKind::none;
  uint32_t index = 0;  // among the children of `parent`
  JToken* parent = nullptr;
};
// JValue and JRaw.
struct JValue : JToken {
  Value value{};
};
// JProperty: its one child is its value.
struct JProperty : JToken {
  const String* name = nullptr;
  JToken* content = nullptr;
};
// JObject, whose items are properties, JArray and JConstructor.
struct JContainer : JToken {
  JToken** items = nullptr;
  uint32_t count = 0;
  uint32_t capacity = 0;
  uint32_t version = 0;       // counts changes, for foreach
  uint32_t slot_count = 0;    // 0: the slots are to be filled anew
  uint32_t* slots = nullptr;  // of an object of many properties: index + 1 by the hash of the name
  uint32_t slot_capacity = 0;
  const String* name = nullptr;  // of a JConstructor
};

extern const Type json_token_type;
extern const Type json_container_type;
extern const Type json_object_type;
extern const Type json_array_type;
extern const Type json_constructor_type;
extern const Type json_property_type;
extern const Type json_value_type;
extern const Type json_raw_type;
extern const Type json_token_kind_type;  // JTokenType
extern const Type json_formatting_type;
extern const Type big_integer_type;  // an integer beyond long: its digits as a String

const Type& type_of(const JToken& token);
std::string_view kind_name(JKind kind);
inline Value token_value(const JToken* token) { return token ? value_of_object(type_of(*token), token) : Value{}; }
bool is_token(Value value);

inline bool is_container(const JToken& token) { return token.kind >= JKind::object && token.kind <= JKind::constructor; }
inline bool is_value(const JToken& token) { return token.kind > JKind::property; }
inline JContainer& as_container(JToken& token) { return static_cast<JContainer&>(token); }
inline const JContainer& as_container(const JToken& token) { return static_cast<const JContainer&>(token); }
inline JProperty& as_property(JToken& token) { return static_cast<JProperty&>(token); }
inline const JProperty& as_property(const JToken& token) { return static_cast<const JProperty&>(token); }
inline Value held(const JToken& token) { return static_cast<const JValue&>(token).value; }
// Of an object, array or constructor its items, of a property its value, of a value nothing.
std::span<JToken* const> children(const JToken& token);

// Trees (json_tree.cpp). A null JToken* means that a limit refused it.
JToken* make_value(Evaluation& run, JKind kind, Value value = {});
JContainer* make_container(Evaluation& run, JKind kind);
JProperty* make_property(Evaluation& run, const String* name, JToken* content);
JProperty* find_property(Evaluation& run, const JContainer& object, const String& name);  // null: absent, or failed
JProperty* find_property_ignoring_case(Evaluation& run, const JContainer& object, const String& name);
// Without the checks of .NET: a new token at the end.
bool append_new(Evaluation& run, JContainer& parent, JToken* item);

// Changes as .NET makes them: what already has a parent is cloned. Null items are JSON nulls. False: failed.
bool insert_token(Evaluation& run, JToken& parent, size_t at, JToken* item);
bool replace_token(Evaluation& run, JToken& existing, JToken* item);
bool remove_token(Evaluation& run, JToken& token);
bool clear_tokens(Evaluation& run, JToken& parent);
bool set_named(Evaluation& run, JContainer& object, const String* name, JToken* value);
bool add_named(Evaluation& run, JContainer& object, const String* name, JToken* value);
// `content` may be several things in an IEnumerable.
bool insert_content(Evaluation& run, JToken& parent, size_t at, Value content);
JToken* token_of_content(Evaluation& run, Value content);  // of one thing
bool has_many(Value content);
JKind kind_of_value(const Type& type);  // none: not a value

enum class ArrayMerge : uint8_t { concat, unite, replace, merge };
struct MergeSettings {
  ArrayMerge arrays = ArrayMerge::concat;
  bool merges_nulls = false;
  bool ignores_case = false;  // of names
};
bool merge_into(Evaluation& run, JContainer& target, Value content, const MergeSettings& settings);

JToken* clone(Evaluation& run, const JToken& token);
bool deep_equals(Evaluation& run, const JToken* a, const JToken* b);
// Document order: the node after `at` below `root`; null at the end. `charge` it.
const JToken* next_below(const JToken& root, const JToken& at);
const JToken& root_of(Evaluation& run, const JToken& token);
std::string token_path(const JToken& token);
void append_path_name(std::string& path, const String& name);

// Values (json_values.cpp)
bool values_equal(Evaluation& run, const JToken& a, const JToken& b);
int compare_values(Evaluation& run, JKind kind, Value a, Value b);
// The explicit conversions of JToken; `type` may be a T?.
Value cast_token(Evaluation& run, Value token, const Type& type);
// Value<T>: null gives default(T).
Value convert_token(Evaluation& run, const JToken* token, const Type& type);

// Objects (json_objects.cpp)
JToken* token_of_object(Evaluation& run, Value value);                          // JToken.FromObject
Value object_of_token(Evaluation& run, const JToken* token, const Type& type);  // JToken.ToObject
Value deserialize(Evaluation& run, const String& text, const Type& type);       // JsonConvert.DeserializeObject

// Text (json_reader.cpp, json_writer.cpp)
enum class JsonRoot : uint8_t { any, object, array };
JToken* read_json(Evaluation& run, const String& text, JsonRoot wanted, bool reads_dates = true);
const String* json_text(Evaluation& run, const JToken& token, bool is_indented);

// JSONPath as Json.NET reads it (json_path.cpp).
class JsonPath {
 public:
  static Result<std::shared_ptr<const JsonPath>> parse(const String& text);
  // All tokens of the path, in order; `root` is where the path begins. Empty after a failure.
  std::vector<const JToken*> select(Evaluation& run, const JToken& root, bool fails_without_match) const;
  struct Steps;

 private:
  std::shared_ptr<const Steps> steps_;
};

}  // namespace gatelet::cs
