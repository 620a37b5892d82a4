// JObject, JArray, JProperty and JConstructor.
#include "expr/collections.hpp"
#include "expr/json.hpp"
#include "expr/member.hpp"

namespace gatelet::cs {

constinit const Type json_object_type{.name = "Newtonsoft.Json.Linq.JObject", .bases = "JContainer"};
constinit const Type json_array_type{.name = "Newtonsoft.Json.Linq.JArray", .bases = "JContainer"};
constinit const Type json_constructor_type{.name = "Newtonsoft.Json.Linq.JConstructor", .bases = "JContainer"};
constinit const Type json_property_type{.name = "Newtonsoft.Json.Linq.JProperty", .bases = "JContainer"};

namespace json_container_rows {

static JContainer& self_container(const Call& call) { return *call.self.object<JContainer>(); }
static JProperty& self_property(const Call& call) { return *call.self.object<JProperty>(); }
static JToken* token(const Call& call, size_t i) { return call.object<JToken>(i); }

template <JKind kind>
static Value create(Call& call) {
  return token_value(make_container(call.run, kind));
}

// From content: one thing, or several in an array or another sequence.
template <JKind kind>
static Value create_with(Call& call) {
  JContainer* made = make_container(call.run, kind);
  return insert_content(call.run, *made, 0, call.arguments[0]) ? token_value(made) : Value{};
}

static Value copy(Call& call) {
  if (call.arguments[0].is_null()) return call.run.fail_null("other");
  return token_value(clone(call.run, *token(call, 0)));
}

static Value parse(Call& call, JsonRoot root) {
  return call.text(0) ? token_value(read_json(call.run, *call.text(0), root)) : call.run.fail_null("s");
}

static Value from_object(Call& call, JKind wanted) {
  if (call.arguments[0].is_null()) return call.run.fail_null("o");
  const JToken* made = token_of_object(call.run, call.arguments[0]);
  if (!made || made->kind == wanted) return token_value(made);
  return call.run.fail(types::argument_exception, "Object serialized to " + std::string(kind_name(made->kind)) + ". J" +
                                                      std::string(kind_name(wanted)) + " instance expected.");
}

// JObject as pairs of names and values: what foreach gives, and IDictionary<string, JToken>.

static constinit const Type pairs_type{
    .name = "Newtonsoft.Json.Linq.ObjectPairs", .bases = "IDictionary<string, JToken>", .is_hidden = true};

namespace {

struct PairIterator : Iterator {
  const JContainer* object = nullptr;
  const Type* pair = nullptr;
  uint32_t version = 0;
  uint32_t index = 0;
};

}  // namespace

static Iterator* iterate_pairs(Evaluation& run, Value self) {
  auto* iterator = run.make<PairIterator>();
  iterator->object = self.object<const JContainer>();
  iterator->pair = &close(types::key_value_pair, types::text, json_token_type);
  iterator->version = iterator->object->version;
  iterator->next = [](Iterator& base, Evaluation& running, Value& item) {
    auto& at = static_cast<PairIterator&>(base);
    if (at.version != at.object->version) return running.fail(types::invalid_operation_exception, collection_modified), false;
    if (at.index == at.object->count) return false;
    const JProperty& property = as_property(*at.object->items[at.index++]);
    item = value_of_object(*at.pair, running.make<KeyValue>(text(property.name), token_value(property.content)));
    return true;
  };
  return iterator;
}

static bool find_pair(Evaluation& run, Value self, Value key, Value& found) {
  const JProperty* property = find_property(run, *self.object<const JContainer>(), *key.text());
  if (property) found = token_value(property->content);
  return property != nullptr;
}

static size_t next_pair(Evaluation&, Value self, size_t position, Value& key, Value& value) {
  const auto& object = *self.object<const JContainer>();
  if (position >= object.count) return 0;
  const JProperty& property = as_property(*object.items[position]);
  key = text(property.name);
  value = token_value(property.content);
  return position + 1;
}

static constexpr DictionaryOps pairs_access{[](Evaluation&, Value self) -> size_t { return self.object<const JContainer>()->count; },
                                            find_pair, next_pair};
static constexpr TypeOps pairs_ops{.iterate = iterate_pairs, .dictionary = &pairs_access};

static Value as_pairs(Call& call) { return value_of_object(pairs_type, token(call, 0)); }

// JObject

static bool has_name(Call& call, std::string_view parameter) {
  if (call.text(0)) return true;
  call.run.fail_null(parameter);
  return false;
}

static JProperty* property_of(Call& call, std::string_view parameter) {
  return has_name(call, parameter) ? find_property(call.run, self_container(call), *call.text(0)) : nullptr;
}

// With a StringComparison as argument 1: the ones that ignore case are odd.
static JProperty* property_compared(Call& call, std::string_view parameter) {
  if (call.int32(1) % 2 == 0) return property_of(call, parameter);
  return has_name(call, parameter) ? find_property_ignoring_case(call.run, self_container(call), *call.text(0)) : nullptr;
}

static Value content_of(const JProperty* property) { return property ? token_value(property->content) : Value{}; }

static Value named(Call& call) { return content_of(property_of(call, "propertyName")); }

static Value set_named_item(Call& call) {
  if (has_name(call, "propertyName")) set_named(call.run, self_container(call), call.text(0), token(call, 1));
  return {};
}

static Value add_named_item(Call& call) {
  if (has_name(call, "propertyName")) add_named(call.run, self_container(call), call.text(0), token(call, 1));
  return {};
}

static Value get_value(Call& call) {
  return call.text(0) ? content_of(find_property(call.run, self_container(call), *call.text(0))) : Value{};
}

static Value get_value_compared(Call& call) { return call.text(0) ? content_of(property_compared(call, "propertyName")) : Value{}; }

template <bool is_compared>
static Value try_get_value(Call& call) {
  const JProperty* property = !call.text(0) ? nullptr
                              : is_compared ? property_compared(call, "propertyName")
                                            : property_of(call, "propertyName");
  call.out(is_compared ? 2 : 1) = content_of(property);
  return boolean(property != nullptr);
}

static Value remove_named(Call& call) {
  JProperty* property = property_of(call, "propertyName");
  return boolean(property && remove_token(call.run, *property));
}

static Value properties(Call& call) {
  const auto all = children(self_container(call));
  const std::span<Value> items = call.run.try_array<Value>(all.size());
  if (!items.data() || !call.run.charge(items.size())) return {};
  for (size_t i = 0; i < items.size(); ++i) items[i] = token_value(all[i]);
  return items_value(call.run, json_property_type, items);
}

static Value property_values(Call& call) {
  const auto all = children(self_container(call));
  const std::span<Value> items = call.run.try_array<Value>(all.size());
  if (!items.data() || !call.run.charge(items.size())) return {};
  for (size_t i = 0; i < items.size(); ++i) items[i] = token_value(as_property(*all[i]).content);
  return items_value(call.run, json_token_type, items);
}

static constexpr Member object_members[] = {
    {"new()", create<JKind::object>},
    {"new(JObject other)", copy},
    {"new(params object[] content)", create_with<JKind::object>},
    {"new(object content)", create_with<JKind::object>},
    {"JToken this[string propertyName]", named, set_named_item},
    {"static JObject Parse(string json)", [](Call& call) { return parse(call, JsonRoot::object); }},
    {"static JObject FromObject(object o)", [](Call& call) { return from_object(call, JKind::object); }},
    {"void Add(string propertyName, JToken value)", add_named_item},
    {"bool Remove(string propertyName)", remove_named},
    {"bool ContainsKey(string propertyName)", [](Call& call) { return boolean(property_of(call, "propertyName")); }},
    {"JToken GetValue(string propertyName)", get_value},
    {"JToken GetValue(string propertyName, StringComparison comparison)", get_value_compared},
    {"bool TryGetValue(string propertyName, out JToken value)", try_get_value<false>},
    {"bool TryGetValue(string propertyName, StringComparison comparison, out JToken value)", try_get_value<true>},
    {"JProperty Property(string name)", [](Call& call) { return token_value(property_of(call, "name")); }},
    {"JProperty Property(string name, StringComparison comparison)",
     [](Call& call) { return token_value(property_compared(call, "name")); }},
    {"IEnumerable<JProperty> Properties()", properties},
    {"IEnumerable<JToken> PropertyValues()", property_values},
    {"static implicit operator IEnumerable<KeyValuePair<string, JToken>>(JObject value)", as_pairs},
    {"static implicit operator IDictionary<string, JToken>(JObject value)", as_pairs},
};

// JArray

static bool in_range(Call& call, int64_t index) {
  if (index >= 0 && index < self_container(call).count) return true;
  call.run.fail_range(index_out_of_range, "index");
  return false;
}

static Value item_at(Call& call) {
  return in_range(call, call.int32(0)) ? token_value(self_container(call).items[call.int32(0)]) : Value{};
}

static Value set_item_at(Call& call) {
  if (in_range(call, call.int32(0))) replace_token(call.run, *self_container(call).items[call.int32(0)], token(call, 1));
  return {};
}

static Value insert_at(Call& call) {
  const int64_t index = call.int32(0);
  if (index < 0 || index > self_container(call).count) return call.run.fail_range("Index must be within the bounds of the List.", "index");
  insert_token(call.run, self_container(call), static_cast<size_t>(index), token(call, 1));
  return {};
}

static Value remove_at(Call& call) {
  if (in_range(call, call.int32(0))) remove_token(call.run, *self_container(call).items[call.int32(0)]);
  return {};
}

// The same token, not an equal one.
static bool holds(Call& call) { return token(call, 0) && token(call, 0)->parent == &self_container(call); }

static Value index_of(Call& call) { return int32(holds(call) ? static_cast<int32_t>(token(call, 0)->index) : -1); }

static constexpr Member array_members[] = {
    {"new()", create<JKind::array>},
    {"new(JArray other)", copy},
    {"new(params object[] content)", create_with<JKind::array>},
    {"new(object content)", create_with<JKind::array>},
    {"JToken this[int index]", item_at, set_item_at},
    {"static JArray Parse(string json)", [](Call& call) { return parse(call, JsonRoot::array); }},
    {"static JArray FromObject(object o)", [](Call& call) { return from_object(call, JKind::array); }},
    {"void Add(JToken item)",
     [](Call& call) { return insert_token(call.run, self_container(call), self_container(call).count, token(call, 0)), Value{}; }},
    {"void Insert(int index, JToken item)", insert_at},
    {"bool Remove(JToken item)", [](Call& call) { return boolean(holds(call) && remove_token(call.run, *token(call, 0))); }},
    {"void RemoveAt(int index)", remove_at},
    {"void Clear()", [](Call& call) { return clear_tokens(call.run, self_container(call)), Value{}; }},
    {"bool Contains(JToken item)", [](Call& call) { return boolean(holds(call)); }},
    {"int IndexOf(JToken item)", index_of},
};

// JProperty

static Value create_property(Call& call) {
  if (!has_name(call, "name")) return {};
  JToken* content = nullptr;
  const Value given = call.arguments[1];
  if (has_many(given)) {
    content = make_container(call.run, JKind::array);
    if (!insert_content(call.run, *content, 0, given)) return {};
  } else {
    content = token_of_content(call.run, given);
    if (content && content->parent) content = clone(call.run, *content);
  }
  return content ? token_value(make_property(call.run, call.text(0), content)) : Value{};
}

static Value set_value(Call& call) {
  replace_token(call.run, *self_property(call).content, token(call, 0));
  return {};
}

static constexpr Member property_members[] = {
    {"new(string name, object content)", create_property},
    {"new(string name, params object[] content)", create_property},
    {"new(JProperty other)", copy},
    {"string Name", [](Call& call) { return text(self_property(call).name); }},
    {"JToken Value", [](Call& call) { return token_value(self_property(call).content); }, set_value},
};

// JConstructor

static Value create_constructor(Call& call) {
  JContainer* made = make_container(call.run, JKind::constructor);
  made->name = call.text(0) ? call.text(0) : &empty_string;
  return token_value(made);
}

static Value create_constructor_with(Call& call) {
  const Value made = create_constructor(call);
  return insert_content(call.run, *made.object<JToken>(), 0, call.arguments[1]) ? made : Value{};
}

static constexpr Member constructor_members[] = {
    {"new(string name)", create_constructor},
    {"new(string name, params object[] content)", create_constructor_with},
    {"string Name", [](Call& call) { return text(self_container(call).name); }},
};

static const TypeRows container_types[] = {
    {json_object_type, object_members},           {json_array_type, array_members}, {json_property_type, property_members},
    {json_constructor_type, constructor_members}, {pairs_type, {}, &pairs_ops},
};

static Value read_object(Evaluation& run, const String* text) { return token_value(read_json(run, *text, JsonRoot::object)); }
static Value read_array(Evaluation& run, const String* text) { return token_value(read_json(run, *text, JsonRoot::array)); }

static constexpr BodyReader bodies[] = {{json_object_type, read_object}, {json_array_type, read_array}};

}  // namespace json_container_rows

extern const Family json_container_family;
const Family json_container_family{json_container_rows::container_types, json_container_rows::bodies};

}  // namespace gatelet::cs
