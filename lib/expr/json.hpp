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
enum class TokenKind : uint8_t {
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

struct Token {
  TokenKind kind = TokenKind::none;
  uint32_t index = 0;  // among the children of `parent`
  Token* parent = nullptr;
};
// JValue and JRaw.
struct ValueToken : Token {
  Value value{};
};
// JProperty: its one child is its value.
struct PropertyToken : Token {
  const String* name = nullptr;
  Token* content = nullptr;
};
// JObject, whose items are properties, JArray and JConstructor.
struct ContainerToken : Token {
  Token** items = nullptr;
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

const Type& type_of(const Token& token);
std::string_view kind_name(TokenKind kind);
inline Value token_value(const Token* token) { return token ? value_of_object(type_of(*token), token) : Value{}; }
bool is_token(Value value);

inline bool is_container(const Token& token) { return token.kind >= TokenKind::object && token.kind <= TokenKind::constructor; }
inline bool is_value(const Token& token) { return token.kind > TokenKind::property; }
inline ContainerToken& as_container(Token& token) { return static_cast<ContainerToken&>(token); }
inline const ContainerToken& as_container(const Token& token) { return static_cast<const ContainerToken&>(token); }
inline PropertyToken& as_property(Token& token) { return static_cast<PropertyToken&>(token); }
inline const PropertyToken& as_property(const Token& token) { return static_cast<const PropertyToken&>(token); }
inline Value held(const Token& token) { return static_cast<const ValueToken&>(token).value; }
// Of an object, array or constructor its items, of a property its value, of a value nothing.
std::span<Token* const> children(const Token& token);

// Trees (json_tree.cpp). A null Token* means that a limit refused it.
Token* make_value(Evaluation& run, TokenKind kind, Value value = {});
ContainerToken* make_container(Evaluation& run, TokenKind kind);
PropertyToken* make_property(Evaluation& run, const String* name, Token* content);
PropertyToken* find_property(Evaluation& run, const ContainerToken& object, const String& name);  // null: absent, or failed
PropertyToken* find_property_ignoring_case(Evaluation& run, const ContainerToken& object, const String& name);
// Without the checks of .NET: a new token at the end.
bool append_new(Evaluation& run, ContainerToken& parent, Token* item);

// Changes as .NET makes them: what already has a parent is cloned. Null items are JSON nulls. False: failed.
bool insert_token(Evaluation& run, Token& parent, size_t at, Token* item);
bool replace_token(Evaluation& run, Token& existing, Token* item);
bool remove_token(Evaluation& run, Token& token);
bool clear_tokens(Evaluation& run, Token& parent);
bool set_named(Evaluation& run, ContainerToken& object, const String* name, Token* value);
bool add_named(Evaluation& run, ContainerToken& object, const String* name, Token* value);
// `content` may be several things in an IEnumerable.
bool insert_content(Evaluation& run, Token& parent, size_t at, Value content);
Token* token_of_content(Evaluation& run, Value content);  // of one thing
bool has_many(Value content);
TokenKind kind_of_value(const Type& type);  // none: not a value

enum class ArrayMerge : uint8_t { concat, unite, replace, merge };
struct MergeSettings {
  ArrayMerge arrays = ArrayMerge::concat;
  bool merges_nulls = false;
  bool ignores_case = false;  // of names
};
bool merge_into(Evaluation& run, ContainerToken& target, Value content, const MergeSettings& settings);

Token* clone(Evaluation& run, const Token& token);
bool deep_equals(Evaluation& run, const Token* a, const Token* b);
// Document order: the node after `at` below `root`; null at the end. `charge` it.
const Token* next_below(const Token& root, const Token& at);
const Token& root_of(Evaluation& run, const Token& token);
std::string token_path(const Token& token);
void append_path_name(std::string& path, const String& name);

// Values (json_values.cpp)
bool values_equal(Evaluation& run, const Token& a, const Token& b);
int compare_values(Evaluation& run, TokenKind kind, Value a, Value b);
// The explicit conversions of JToken; `type` may be a T?.
Value cast_token(Evaluation& run, Value token, const Type& type);
// Value<T>: null gives default(T).
Value convert_token(Evaluation& run, const Token* token, const Type& type);

// Objects (json_objects.cpp)
Token* token_of_object(Evaluation& run, Value value);                          // JToken.FromObject
Value object_of_token(Evaluation& run, const Token* token, const Type& type);  // JToken.ToObject
Value deserialize(Evaluation& run, const String& text, const Type& type);      // JsonConvert.DeserializeObject

// Text (json_reader.cpp, json_writer.cpp)
enum class JsonRoot : uint8_t { any, object, array };
Token* read_json(Evaluation& run, const String& text, JsonRoot wanted, bool reads_dates = true);
const String* json_text(Evaluation& run, const Token& token, bool is_indented);

// JSONPath as Json.NET reads it (json_path.cpp).
class JsonPath {
 public:
  static Result<std::shared_ptr<const JsonPath>> parse(const String& text);
  // All tokens of the path, in order; `root` is where the path begins. Empty after a failure.
  std::vector<const Token*> select(Evaluation& run, const Token& root, bool fails_without_match) const;
  struct Steps;

 private:
  std::shared_ptr<const Steps> steps_;
};

}  // namespace gatelet::cs
