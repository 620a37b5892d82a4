// Between .NET's objects and trees: JToken.FromObject, ToObject<T>, JsonConvert, and what may be added to a container.
#include "expr/collections.hpp"
#include "expr/dates.hpp"
#include "expr/guid.hpp"
#include "expr/json.hpp"
#include "expr/registry.hpp"

namespace gatelet::cs {

bool has_many(Value content) {
  if (content.is_null() || content.is(types::text) || content.is(byte_array_type()) || is_token(content)) return false;
  return content.type->operations().iterate != nullptr;
}

JToken* token_of_content(Evaluation& run, Value content) {
  if (content.is_null()) return make_value(run, JKind::null);
  if (is_token(content)) return content.object<JToken>();
  const JKind kind = kind_of_value(*content.type);
  if (kind != JKind::none) return make_value(run, kind, content);
  run.fail(types::argument_exception, "Could not determine JSON object type for type " + full_name(*content.type) + ".");
  return nullptr;
}

static bool insert_content(Evaluation& run, JToken& parent, size_t at, Value content, uint32_t depth) {
  if (depth > run.budget.json_depth) return run.abort();
  if (!has_many(content)) {
    JToken* item = token_of_content(run, content);
    return item && insert_token(run, parent, at, item);
  }
  for (const Value item : collect(run, content))
    if (!insert_content(run, parent, at++, item, depth + 1)) return false;
  return !run.failed();
}

bool insert_content(Evaluation& run, JToken& parent, size_t at, Value content) { return insert_content(run, parent, at, content, 0); }

namespace {

// Objects as trees, as Json.NET's serializer sees them.
class TreeMaker {
 public:
  explicit TreeMaker(Evaluation& run) : run_(run) {}
  JToken* make(Value value, uint32_t depth = 0);

 private:
  JToken* make_copy(const JToken& token, uint32_t depth);
  JToken* make_scalar(Value value);
  JToken* make_object(Value value, uint32_t depth);
  JToken* make_dictionary(Value value, uint32_t depth);
  JToken* make_array(Value value, uint32_t depth);
  bool put(JContainer& object, const String* name, Value value, uint32_t depth);
  bool put_properties(JContainer& object, Value value, uint32_t depth);
  const String* key_text(Value key);
  Evaluation& run_;
};

JToken* TreeMaker::make(Value value, uint32_t depth) {
  if (!run_.charge(1)) return nullptr;
  if (depth > run_.budget.json_depth) {
    run_.fail(types::json_serialization_exception, "Self referencing loop detected.");
    return nullptr;
  }
  if (value.is_null()) return make_value(run_, JKind::null);
  if (is_token(value)) return make_copy(*value.object<const JToken>(), depth);
  if (JToken* scalar = make_scalar(value)) return scalar;
  const TypeOps& ops = value.type->operations();
  if (value.type->kind == TypeKind::anonymous || value.type->definition() == &types::key_value_pair) return make_object(value, depth);
  if (ops.dictionary) return make_dictionary(value, depth);
  return ops.iterate ? make_array(value, depth) : make_object(value, depth);
}

JToken* TreeMaker::make_copy(const JToken& token, uint32_t depth) {
  if (token.kind != JKind::property || depth == 0) return clone(run_, token);
  run_.fail(types::json_exception, "Token PropertyName in state Array would result in an invalid JSON object. Path ''.");
  return nullptr;
}

JToken* TreeMaker::make_scalar(Value value) {
  if (value.type->kind == TypeKind::enumeration) return make_value(run_, JKind::integer, int64(value.bits));
  if (value.is(types::character)) return make_value(run_, JKind::text, text(unit_string(run_, value.character())));
  const JKind kind = kind_of_value(*value.type);
  return kind == JKind::none ? nullptr : make_value(run_, kind, value);
}

bool TreeMaker::put(JContainer& object, const String* name, Value value, uint32_t depth) {
  JToken* made = run_.failed() ? nullptr : make(value, depth + 1);
  return made && set_named(run_, object, name, made);
}

// What the type's public properties give, in the order they are declared.
bool TreeMaker::put_properties(JContainer& object, Value value, uint32_t depth) {
  for (const MemberInfo* member : value.type->definition()->links->members) {
    if (member->kind != MemberKind::property || member->is_static || !member->row->get || !member->row->refused.empty()) continue;
    const CallSite site{&substitute(*member->type, value.type->arguments(), {}), value.type->arguments(), nullptr};
    Call call{run_, site, value, nullptr};
    if (!put(object, view_of(run_, member->name), member->row->get(call), depth)) return false;
  }
  return true;
}

JToken* TreeMaker::make_object(Value value, uint32_t depth) {
  JContainer* object = make_container(run_, JKind::object);
  if (value.type->kind != TypeKind::anonymous) return put_properties(*object, value, depth) ? object : nullptr;
  const TypeLinks& links = *value.type->links;
  for (size_t i = 0; i < links.field_names.size(); ++i)
    if (!put(*object, view_of(run_, links.field_names[i]), value.object<const Anonymous>()->fields[i], depth)) return nullptr;
  return object;
}

const String* TreeMaker::key_text(Value key) {
  if (key.is(types::date_time)) return copy_of(run_, iso_text(DateTime::from_bits(key.bits)));
  return to_string(run_, key);
}

JToken* TreeMaker::make_dictionary(Value value, uint32_t depth) {
  JContainer* object = make_container(run_, JKind::object);
  size_t position = 0;
  Value key, item;
  while (!run_.failed() && (position = value.type->operations().dictionary->next(run_, value, position, key, item)) != 0)
    if (!put(*object, key_text(key), item, depth)) return nullptr;
  return run_.failed() ? nullptr : object;
}

JToken* TreeMaker::make_array(Value value, uint32_t depth) {
  JContainer* array = make_container(run_, JKind::array);
  for (Items items(run_, value); items.next();) {
    JToken* item = make(items.current, depth + 1);
    if (!item || !append_new(run_, *array, item)) return nullptr;
  }
  return run_.failed() ? nullptr : array;
}

// Trees as objects of a type, as Json.NET's serializer makes them. Recurses by the nesting of the type.
class ObjectMaker {
 public:
  explicit ObjectMaker(Evaluation& run) : run_(run) {}
  Value make(const JToken* token, const Type& type);

 private:
  Value make_items(const JToken& token, const Type& element, const Type& type);
  Value make_bytes(const JToken& token);
  Value make_dictionary(const JToken& token, const Type& type);
  Value make_pair(const JToken& token, const Type& type);
  Value make_enumeration(const JToken& token, const Type& type);
  Value refuse_shape(const JToken& token, const Type& type, std::string_view wanted);
  Evaluation& run_;
};

bool becomes_list(const Type& definition) {
  for (const Type* known : {&types::list, &types::generic_list, &types::generic_collection, &types::generic_enumerable,
                            &types::read_only_list, &types::read_only_collection, &types::hash_set, &types::generic_set})
    if (&definition == known) return true;
  return false;
}

bool becomes_dictionary(const Type& definition) {
  return &definition == &types::dictionary || &definition == &types::generic_dictionary || &definition == &types::read_only_dictionary;
}

bool becomes_scalar(const Type& type) {
  return type.basic > Basic::object || &type == &byte_array_type() || kind_of_value(type) != JKind::none;
}

Value ObjectMaker::make(const JToken* token, const Type& type) {
  if (run_.failed() || !run_.charge(1)) return {};
  if (!token) return default_of(run_, type);
  const Type& wanted = without_nullable(type);
  if (is_assignable(wanted, json_token_type)) {
    if (is_instance(token_value(token), wanted)) return token_value(clone(run_, *token));
    if (token->kind == JKind::null) return {};
    return run_.fail(types::json_serialization_exception, "Deserialized JSON type '" + full_name(type_of(*token)) +
                                                              "' is not compatible with expected type '" + full_name(wanted) + "'. Path '" +
                                                              token_path(*token) + "'.");
  }
  if (wanted.basic == Basic::object) return is_value(*token) ? held(*token) : token_value(clone(run_, *token));
  if (wanted.kind == TypeKind::enumeration) return make_enumeration(*token, type);
  if (&wanted == &byte_array_type()) return make_bytes(*token);
  if (becomes_scalar(wanted)) return cast_token(run_, token_value(token), type);
  const Type& definition = *wanted.definition();
  if (&definition == &types::key_value_pair) return make_pair(*token, wanted);
  if (token->kind == JKind::null) return {};
  if (wanted.kind == TypeKind::array) return make_items(*token, *wanted.element(), wanted);
  if (becomes_list(definition)) return make_items(*token, *wanted.arguments()[0], wanted);
  if (becomes_dictionary(definition)) return make_dictionary(*token, wanted);
  return run_.fail(types::json_serialization_exception,
                   "Could not create an instance of type " + full_name(wanted) + ". Path '" + token_path(*token) + "'.");
}

Value ObjectMaker::refuse_shape(const JToken& token, const Type& type, std::string_view wanted) {
  return run_.fail(types::json_serialization_exception,
                   "Cannot deserialize the current JSON " + std::string(is_value(token) ? "value" : kind_name(token.kind)) +
                       " into type '" + full_name(type) + "' because the type requires a JSON " + std::string(wanted) +
                       " to deserialize correctly. Path '" + token_path(token) + "'.");
}

Value ObjectMaker::make_items(const JToken& token, const Type& element, const Type& type) {
  if (token.kind != JKind::array) return refuse_shape(token, type, "array (e.g. [1,2,3])");
  const std::span<Value> items = run_.try_array<Value>(as_container(token).count);
  if (!items.data()) return {};
  for (size_t i = 0; i < items.size(); ++i) {
    items[i] = make(as_container(token).items[i], element);
    if (run_.failed()) return {};
  }
  if (type.kind == TypeKind::array) return array_value(run_, element, items);
  if (type.definition() != &types::hash_set && type.definition() != &types::generic_set) return make_list(run_, element, items);
  auto* set = run_.make<HashTable>();
  bool is_new;
  for (const Value item : items)
    if (!set->insert(run_, item, is_new)) return {};
  return value_of_object(close(types::hash_set, element), set);
}

// An array of numbers, a Guid's text, or else base64.
Value ObjectMaker::make_bytes(const JToken& token) {
  if (token.kind == JKind::null) return {};
  const Type& bytes = byte_array_type();
  if (token.kind == JKind::array) return make_items(token, types::uint8, bytes);
  const Value value = is_value(token) ? held(token) : Value{};
  Guid guid;
  if (value.is(types::text) && parse_guid(*value.text(), guid)) return guid_bytes(run_, guid);
  if (value.is(types::text) || value.is(bytes)) return cast_token(run_, token_value(&token), bytes);
  return run_.fail(types::json_reader_exception,
                   "Error reading bytes. Unexpected token: " + std::string(kind_name(token.kind)) + ". Path '" + token_path(token) + "'.");
}

Value ObjectMaker::make_dictionary(const JToken& token, const Type& type) {
  if (token.kind != JKind::object) return refuse_shape(token, type, "object (e.g. {\"name\":\"value\"})");
  const Type &key_type = *type.arguments()[0], &value_type = *type.arguments()[1];
  const Value made = cs::make_dictionary(run_, key_type, value_type);
  for (const JToken* child : children(token)) {
    const auto& property = as_property(*child);
    const JValue name{JToken{JKind::text, 0, nullptr}, text(property.name)};
    const Value key = key_type.basic == Basic::text ? name.value : make(&name, key_type);
    const Value value = make(property.content, value_type);
    if (run_.failed()) return {};
    bool is_new;
    HashTable::Entry* entry = made.object<HashTable>()->insert(run_, key, is_new);
    if (!entry) return {};
    entry->value = value;
  }
  return made;
}

Value ObjectMaker::make_pair(const JToken& token, const Type& type) {
  if (token.kind != JKind::object) return refuse_shape(token, type, "object (e.g. {\"name\":\"value\"})");
  auto* pair = run_.make<KeyValue>();
  Value* const fields[] = {&pair->key, &pair->value};
  static constexpr std::string_view names[] = {"Key", "Value"};
  for (size_t i = 0; i < std::size(fields); ++i) {
    const JProperty* property = find_property_ignoring_case(run_, as_container(token), *view_of(run_, names[i]));
    *fields[i] = make(property ? property->content : nullptr, *type.arguments()[i]);
  }
  return value_of_object(type, pair);
}

// By number or by name.
Value ObjectMaker::make_enumeration(const JToken& token, const Type& type) {
  const Type& wanted = without_nullable(type);
  if (token.kind == JKind::null && type.kind == TypeKind::nullable) return {};
  const Value value = is_value(token) ? held(token) : Value{};
  if (value.is(types::int64) || value.is(types::int32)) return value_of_bits(wanted, value.bits);
  const std::string name = utf8(*to_string(run_, value));
  for (const EnumConstant& constant : wanted.constants)
    if (equal_ignoring_case(*view_of(run_, constant.name), *copy_of(run_, name))) return value_of_bits(wanted, constant.value);
  return run_.fail(types::json_serialization_exception,
                   "Error converting value \"" + name + "\" to type '" + full_name(wanted) + "'. Path '" + token_path(token) + "'.");
}

// Whether dates are kept as dates: only where an object or a token may take them; a string wants the text as it came.
bool takes_dates(const Type& type) {
  if (type.basic == Basic::object || is_assignable(type, json_token_type)) return true;
  if (&type == &types::date_time || &type == &types::date_time_offset) return true;
  for (const Type* argument : type.links->arguments)
    if (takes_dates(*argument)) return true;
  return false;
}

}  // namespace

JToken* token_of_object(Evaluation& run, Value value) { return TreeMaker(run).make(value); }

Value object_of_token(Evaluation& run, const JToken* token, const Type& type) { return ObjectMaker(run).make(token, type); }

// The serializer's words for a text that ends too early.
static void reword_end(Evaluation& run) {
  static constexpr std::pair<std::string_view, std::string_view> words[] = {
      {"Error reading JObject from JsonReader.", "Unexpected end when reading JSON."},
      {"Unexpected end of content while loading JObject.", "Unexpected end when deserializing object."},
      {"Error reading JArray from JsonReader.", "Unexpected end when deserializing array."},
      {"Unexpected end of content while loading JArray.", "Unexpected end when deserializing array."},
  };
  const Exception* fault = run.take_fault();
  if (!fault) return;
  const std::string message = utf8(*fault->message);
  for (const auto& [before, after] : words)
    if (message.starts_with(before)) {
      run.fail(types::json_serialization_exception, std::string(after) + message.substr(before.size()));
      return;
    }
  run.raise(fault);
}

// To the serializer nothing is undefined.
static void null_undefined(Evaluation& run, JToken& root) {
  for (const JToken* at = &root; at && run.charge(1); at = next_below(root, *at))
    if (at->kind == JKind::undefined) const_cast<JToken*>(at)->kind = JKind::null;
}

Value deserialize(Evaluation& run, const String& text, const Type& type) {
  bool is_blank = true;
  for (size_t i = 0; i < text.length && is_blank; ++i) is_blank = is_white_space(text[i]);
  if (is_blank) {
    if (!type.is_value_type() || type.kind == TypeKind::nullable) return {};
    return run.fail(types::json_serialization_exception,
                    "No JSON content found and type '" + full_name(type) + "' is not nullable. Path '', line 0, position 0.");
  }
  JToken* token = read_json(run, text, JsonRoot::any, takes_dates(type));
  if (token) null_undefined(run, *token);
  if (run.failed() && !is_assignable(type, json_token_type)) reword_end(run);
  return token && !run.failed() ? object_of_token(run, token, type) : Value{};
}

}  // namespace gatelet::cs
