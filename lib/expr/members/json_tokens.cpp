// Newtonsoft.Json.Linq: JToken, JContainer, JEnumerable<T> and Extensions. The conversions of JToken: json_conversions.cpp.
#include "expr/collections.hpp"
#include "expr/json.hpp"
#include "expr/member.hpp"

namespace gatelet::cs {

static constexpr EnumConstant kinds[] = {{"None", 0},    {"Object", 1},     {"Array", 2},    {"Constructor", 3}, {"Property", 4},
                                         {"Comment", 5}, {"Integer", 6},    {"Float", 7},    {"String", 8},      {"Boolean", 9},
                                         {"Null", 10},   {"Undefined", 11}, {"Date", 12},    {"Raw", 13},        {"Bytes", 14},
                                         {"Guid", 15},   {"Uri", 16},       {"TimeSpan", 17}};
static constexpr EnumConstant formattings[] = {{"None", 0}, {"Indented", 1}};

constinit const Type json_token_type{.name = "Newtonsoft.Json.Linq.JToken", .bases = "IJEnumerable<JToken>", .is_abstract = true};
constinit const Type json_container_type{.name = "Newtonsoft.Json.Linq.JContainer", .bases = "JToken, IList<JToken>", .is_abstract = true};
constinit const Type json_token_kind_type{.name = "Newtonsoft.Json.Linq.JTokenType", .kind = TypeKind::enumeration, .constants = kinds};
constinit const Type json_formatting_type{.name = "Newtonsoft.Json.Formatting", .kind = TypeKind::enumeration, .constants = formattings};

// json_conversions.cpp
extern const std::span<const Member> json_conversions;

namespace json_token_rows {

static constinit const Type enumerable_interface{
    .name = "Newtonsoft.Json.Linq.IJEnumerable<out T>", .kind = TypeKind::interface, .bases = "IEnumerable<T>"};
static constinit const Type enumerable_type{.name = "Newtonsoft.Json.Linq.JEnumerable<T>", .bases = "IJEnumerable<T>"};
static constinit const Type extensions_type{.name = "Newtonsoft.Json.Linq.Extensions", .is_static = true};
static JToken& self_token(const Call& call) { return *call.self.object<JToken>(); }
static JToken* token(const Call& call, size_t i) { return call.object<JToken>(i); }

namespace {

// The children of a token, live; of one type where `filter` says so.
struct ChildIterator : Iterator {
  const JToken* of = nullptr;
  const Type* filter = nullptr;
  uint32_t version = 0;
  size_t index = 0;
};

// JEnumerable<T>.
struct Children {
  const JToken* of;
  const Type* filter;
};

}  // namespace

static uint32_t version_of(const JToken& of) { return is_container(of) ? as_container(of).version : 0; }

static bool next_child(Iterator& base, Evaluation& run, Value& item) {
  auto& at = static_cast<ChildIterator&>(base);
  if (at.version != version_of(*at.of)) return run.fail(types::invalid_operation_exception, collection_modified), false;
  for (const auto all = children(*at.of); at.index < all.size() && run.charge(1);) {
    item = token_value(all[at.index++]);
    if (!at.filter || is_instance(item, *at.filter)) return true;
  }
  return false;
}

static Iterator* iterate_children(Evaluation& run, const JToken& of, const Type* filter) {
  auto* iterator = run.make<ChildIterator>();
  iterator->next = next_child;
  iterator->of = &of;
  iterator->filter = filter;
  iterator->version = version_of(of);
  return iterator;
}

static Value children_value(Call& call, const JToken& of, const Type* filter = nullptr) {
  const Type& element = *call.site.result->arguments()[0];
  return value_of_object(close(enumerable_type, element), call.run.make<Children>(&of, filter));
}

static const String* token_text(Evaluation& run, Value self) { return json_text(run, *self.object<const JToken>(), true); }

static constexpr TypeOps token_ops{
    .to_string = token_text,
    .iterate = [](Evaluation& run, Value self) { return iterate_children(run, *self.object<const JToken>(), nullptr); },
};
static constexpr TypeOps children_ops{.iterate = [](Evaluation& run, Value self) {
  const auto& all = *self.object<const Children>();
  return iterate_children(run, *all.of, all.filter);
}};
static constexpr ListOps container_list{
    [](Evaluation&, Value self) { return children(*self.object<const JToken>()).size(); },
    [](Evaluation&, Value self, size_t index) { return token_value(children(*self.object<const JToken>())[index]); }};
static constexpr TypeOps container_ops{.list = &container_list};

static Value refuse_child(Call& call) {
  return call.run.fail(types::invalid_operation_exception, "Cannot access child value on " + full_name(*call.self.type) + ".");
}

// By key

static std::string key_text(Evaluation& run, Value key) {
  if (key.is_null()) return "{null}";
  const std::string text = utf8(*to_string(run, key));
  return key.is(types::text) ? "\"" + text + "\"" : text;
}

// What token[key] stands for; fails unless the key fits the token.
static bool check_key(Evaluation& run, const JToken& of, Value key, std::string_view verb) {
  if (key.is_null()) return run.fail_null("key"), false;
  const bool is_object = of.kind == JKind::object;
  if (is_object ? key.is(types::text) : is_container(of) && key.is(types::int32)) return true;
  if (!is_container(of)) {
    run.fail(types::invalid_operation_exception,
             std::string(verb == "Set" ? "Cannot set child value on " : "Cannot access child value on ") + full_name(type_of(of)) + ".");
    return false;
  }
  run.fail(types::argument_exception, std::string(verb) + " " + short_name(type_of(of)) +
                                          " values with invalid key value: " + key_text(run, key) + "." +
                                          (is_object ? " Object property name expected." : " Int32 array index expected."));
  return false;
}

static JToken* item_in_range(Evaluation& run, const JToken& of, int32_t index) {
  const auto all = children(of);
  if (index >= 0 && static_cast<size_t>(index) < all.size()) return all[static_cast<size_t>(index)];
  run.fail_range(index_out_of_range, "index");
  return nullptr;
}

static JToken* child_by_key(Evaluation& run, const JToken& of, Value key) {
  if (!check_key(run, of, key, "Accessed")) return nullptr;
  if (of.kind != JKind::object) return item_in_range(run, of, key.int32());
  const JProperty* property = find_property(run, as_container(of), *key.text());
  return property ? property->content : nullptr;
}

static Value item(Call& call) { return token_value(child_by_key(call.run, self_token(call), call.arguments[0])); }

static Value set_item(Call& call) {
  JToken& self = self_token(call);
  const Value key = call.arguments[0];
  if (!check_key(call.run, self, key, "Set")) return {};
  if (self.kind == JKind::object) {
    set_named(call.run, as_container(self), key.text(), token(call, 1));
  } else if (JToken* existing = item_in_range(call.run, self, key.int32())) {
    replace_token(call.run, *existing, token(call, 1));
  }
  return {};
}

static Value value_by_key(Call& call) {
  const JToken* found = child_by_key(call.run, self_token(call), call.arguments[0]);
  return call.run.failed() ? Value{} : convert_token(call.run, found, *call.site.result);
}

// Around the token

static Value parent(Call& call) { return token_value(self_token(call).parent); }

static Value root(Call& call) { return token_value(&root_of(call.run, self_token(call))); }

static Value path(Call& call) {
  root_of(call.run, self_token(call));  // charges as many steps as there are in the path
  return call.run.failed() ? Value{} : text(copy_of(call.run, token_path(self_token(call))));
}

template <bool is_last>
static Value end_child(Call& call) {
  if (is_value(self_token(call))) return refuse_child(call);
  const auto all = children(self_token(call));
  return all.empty() ? Value{} : token_value(is_last ? all.back() : all.front());
}

template <int distance>
static Value sibling(Call& call) {
  const JToken& self = self_token(call);
  if (!self.parent) return {};
  const auto all = children(*self.parent);
  const int64_t at = int64_t{self.index} + distance;
  return at >= 0 && static_cast<size_t>(at) < all.size() ? token_value(all[static_cast<size_t>(at)]) : Value{};
}

static Value tokens_value(Call& call, const std::vector<const JToken*>& tokens) {
  const std::span<Value> items = call.run.try_array<Value>(tokens.size());
  if (!items.data() || !call.run.charge(items.size())) return {};
  for (size_t i = 0; i < items.size(); ++i) items[i] = token_value(tokens[i]);
  return items_value(call.run, *call.site.result->arguments()[0], items);
}

template <bool with_self>
static Value ancestors(Call& call) {
  std::vector<const JToken*> found;
  for (const JToken* at = with_self ? &self_token(call) : self_token(call).parent; at && call.run.charge(1); at = at->parent)
    found.push_back(at);
  return tokens_value(call, found);
}

template <bool is_after>
static Value siblings(Call& call) {
  std::vector<const JToken*> found;
  const JToken& self = self_token(call);
  const auto all = self.parent ? children(*self.parent) : std::span<JToken* const>();
  for (const JToken* at : all)
    if (is_after ? at->index > self.index : at->index < self.index) found.push_back(at);
  return tokens_value(call, found);
}

template <int distance>
static Value add_beside(Call& call) {
  const JToken& self = self_token(call);
  if (!self.parent) return call.run.fail(types::invalid_operation_exception, "The parent is missing.");
  insert_content(call.run, *self.parent, self.index + distance, call.arguments[0]);
  return {};
}

static void collect_below(Evaluation& run, const JToken& of, bool with_self, std::vector<const JToken*>& found) {
  for (const JToken* at = with_self ? &of : next_below(of, of); at && run.charge(1); at = next_below(of, *at)) found.push_back(at);
}

template <bool with_self>
static Value descendants(Call& call) {
  std::vector<const JToken*> found;
  collect_below(call.run, self_token(call), with_self, found);
  return tokens_value(call, found);
}

// Values and text

static Value converted_items(Call& call, const std::vector<const JToken*>& tokens) {
  const Type& element = *call.site.result->arguments()[0];
  const std::span<Value> items = call.run.try_array<Value>(tokens.size());
  if (!items.data()) return {};
  for (size_t i = 0; i < items.size(); ++i) {
    items[i] = convert_token(call.run, tokens[i], element);
    if (call.run.failed() || !call.run.charge(1)) return {};
  }
  return items_value(call.run, element, items);
}

static Value values(Call& call) {
  if (is_value(self_token(call))) return refuse_child(call);
  const auto all = children(self_token(call));
  return converted_items(call, {all.begin(), all.end()});
}

static Value to_text(Call& call) { return text(json_text(call.run, self_token(call), call.int32(0) != 0)); }

static Value to_object(Call& call) { return object_of_token(call.run, &self_token(call), *call.site.result); }

static Value to_object_of_type(Call& call) {
  const auto* type = call.object<const Type>(0);
  return type ? object_of_token(call.run, &self_token(call), *type) : call.run.fail_null("objectType");
}

static Value parse(Call& call) {
  return call.text(0) ? token_value(read_json(call.run, *call.text(0), JsonRoot::any)) : call.run.fail_null("s");
}

static Value from_object(Call& call) {
  return call.arguments[0].is_null() ? call.run.fail_null("o") : token_value(token_of_object(call.run, call.arguments[0]));
}

// Paths

// A constant path is read when the expression is compiled; a bad one fails when it is run.
static Result<std::shared_ptr<const void>> prepare_path(std::span<const Value* const> constants) {
  if (!constants[0] || constants[0]->is_null()) return std::shared_ptr<const void>();
  const auto path = JsonPath::parse(*constants[0]->text());
  return path ? std::shared_ptr<const void>(*path) : nullptr;
}

static std::vector<const JToken*> selected(Call& call) {
  if (const auto* prepared = static_cast<const JsonPath*>(call.site.prepared.get()))
    return prepared->select(call.run, self_token(call), call.boolean(1));
  if (!call.text(0)) return call.run.fail_null("path"), std::vector<const JToken*>();
  if (!call.run.charge_text(call.text(0)->length)) return {};
  const auto path = JsonPath::parse(*call.text(0));
  if (!path) return call.run.fail(types::json_exception, path.error().message), std::vector<const JToken*>();
  return (*path)->select(call.run, self_token(call), call.boolean(1));
}

static Value select_one(Call& call) {
  const auto found = selected(call);
  if (found.size() > 1) return call.run.fail(types::json_exception, "Path returned multiple tokens.");
  return found.empty() ? Value{} : token_value(found[0]);
}

// JToken.EqualityComparer: tokens that are deeply equal. Texts differ by their hashes, all else by its kind.
static constinit const Type comparer_type{.name = "Newtonsoft.Json.Linq.JTokenEqualityComparer", .bases = "IEqualityComparer<JToken>"};

static bool are_deeply_equal(Evaluation& run, Value a, Value b) {
  return is_token(a) && is_token(b) ? deep_equals(run, a.object<const JToken>(), b.object<const JToken>()) : equals(run, a, b);
}

static int32_t deep_hash(Evaluation& run, Value value) {
  if (!is_token(value)) return hash_of(run, value);
  const auto& token = *value.object<const JToken>();
  const auto kind = static_cast<int32_t>(token.kind);
  return token.kind == JKind::text ? hash_of(run, static_cast<const JValue&>(token).value) ^ kind : kind;
}

static constexpr Comparer deep_comparer{are_deeply_equal, deep_hash, compare};

static Value make_comparer(Call&) { return value_of_object(comparer_type, &deep_comparer); }

static constexpr Member comparer_members[] = {
    {"new()", make_comparer},
    {"bool Equals(JToken x, JToken y)",
     [](Call& call) { return boolean(are_deeply_equal(call.run, call.arguments[0], call.arguments[1])); }},
    {"int GetHashCode(JToken obj)", [](Call& call) { return int32(deep_hash(call.run, call.arguments[0])); }},
};

static constexpr Member token_members[] = {
    {"JTokenType Type", [](Call& call) { return value_of_bits(json_token_kind_type, static_cast<int64_t>(self_token(call).kind)); }},
    {"JContainer Parent", parent},
    {"JToken Root", root},
    {"bool HasValues", [](Call& call) { return boolean(!children(self_token(call)).empty()); }},
    {"JToken First", end_child<false>},
    {"JToken Last", end_child<true>},
    {"JToken Next", sibling<1>},
    {"JToken Previous", sibling<-1>},
    {"string Path", path},
    {"JToken this[object key]", item, set_item},
    {"T Value<T>(object key)", value_by_key},
    {"IEnumerable<T> Values<T>()", values},
    {"JEnumerable<JToken> Children()", [](Call& call) { return children_value(call, self_token(call)); }},
    {"JEnumerable<T> Children<T>()", [](Call& call) { return children_value(call, self_token(call), call.site.types[0]); }},
    {"IEnumerable<JToken> Ancestors()", ancestors<false>},
    {"IEnumerable<JToken> AncestorsAndSelf()", ancestors<true>},
    {"IEnumerable<JToken> AfterSelf()", siblings<true>},
    {"IEnumerable<JToken> BeforeSelf()", siblings<false>},
    {"void AddAfterSelf(object content)", add_beside<1>},
    {"void AddBeforeSelf(object content)", add_beside<0>},
    {"void Remove()", [](Call& call) { return remove_token(call.run, self_token(call)), Value{}; }},
    {"void Replace(JToken value)", [](Call& call) { return replace_token(call.run, self_token(call), token(call, 0)), Value{}; }},
    {"string ToString(Formatting formatting)", to_text},
    {"JToken DeepClone()", [](Call& call) { return token_value(clone(call.run, self_token(call))); }},
    {"static bool DeepEquals(JToken t1, JToken t2)",
     [](Call& call) { return boolean(deep_equals(call.run, token(call, 0), token(call, 1))); }},
    {"static JTokenEqualityComparer EqualityComparer", make_comparer},
    {"static JToken Parse(string json)", parse},
    {"static JToken FromObject(object o)", from_object},
    {"T ToObject<T>()", to_object},
    {"object ToObject(Type objectType)", to_object_of_type},
    {"JToken SelectToken(string path, bool errorWhenNoMatch = false)", select_one, nullptr, prepare_path},
    {"IEnumerable<JToken> SelectTokens(string path, bool errorWhenNoMatch = false)",
     [](Call& call) { return tokens_value(call, selected(call)); }, nullptr, prepare_path},
};

// Containers

static Value merge_with(Call& call, MergeSettings settings) {
  if (is_container(self_token(call)) && !call.arguments[0].is_null())
    merge_into(call.run, as_container(self_token(call)), call.arguments[0], settings);
  return {};
}

static Value merge_with_settings(Call& call) {
  const auto* settings = call.object<const MergeSettings>(1);
  return merge_with(call, settings ? *settings : MergeSettings{});
}

static Value add_content(Call& call, size_t at) { return insert_content(call.run, self_token(call), at, call.arguments[0]), Value{}; }

static Value replace_all(Call& call) { return clear_tokens(call.run, self_token(call)) ? add_content(call, 0) : Value{}; }

static constexpr Member container_members[] = {
    {"int Count", [](Call& call) { return int32(static_cast<int32_t>(children(self_token(call)).size())); }},
    {"void Add(object content)", [](Call& call) { return add_content(call, children(self_token(call)).size()); }},
    {"void AddFirst(object content)", [](Call& call) { return add_content(call, 0); }},
    {"void ReplaceAll(object content)", replace_all},
    {"void RemoveAll()", [](Call& call) { return clear_tokens(call.run, self_token(call)), Value{}; }},
    {"IEnumerable<JToken> Descendants()", descendants<false>},
    {"IEnumerable<JToken> DescendantsAndSelf()", descendants<true>},
    {"void Merge(object content)", [](Call& call) { return merge_with(call, {}); }},
    {"void Merge(object content, JsonMergeSettings settings)", merge_with_settings},
};

// Extensions: over sequences of tokens.

static Value extension_value(Call& call) {
  const Value source = call.arguments[0];
  if (source.is_null()) return call.run.fail_null("value");
  if (!is_token(source)) return call.run.fail(types::argument_exception, "Source value must be a JToken.");
  return convert_token(call.run, source.object<const JToken>(), *call.site.result);
}

// The tokens that `add` gives for each of the source.
template <class Add>
static std::vector<const JToken*> gathered(Call& call, Add add) {
  std::vector<const JToken*> found;
  if (call.arguments[0].is_null()) return call.run.fail_null("source"), found;
  for (Items items(call.run, call.arguments[0]); items.next();)
    if (!items.current.is_null()) add(*items.current.object<const JToken>(), found);
  return found;
}

static void add_children(const JToken& of, std::vector<const JToken*>& found) {
  const auto all = children(of);
  found.insert(found.end(), all.begin(), all.end());
}

static Value extension_values(Call& call) {
  return converted_items(call, gathered(call, [](const JToken& of, std::vector<const JToken*>& found) {
                           is_value(of) ? found.push_back(&of) : add_children(of, found);
                         }));
}

static Value extension_values_by_key(Call& call) {
  const auto add = [&call](const JToken& of, std::vector<const JToken*>& found) {
    if (const JToken* child = child_by_key(call.run, of, call.arguments[1])) found.push_back(child);
  };
  return converted_items(call, gathered(call, add));
}

static Value extension_children(Call& call) { return converted_items(call, gathered(call, add_children)); }

template <bool with_self>
static Value extension_descendants(Call& call) {
  return tokens_value(call, gathered(call, [&call](const JToken& of, std::vector<const JToken*>& found) {
                        collect_below(call.run, of, with_self, found);
                      }));
}

static constexpr Member extension_members[] = {
    {"static U Value<U>(this IEnumerable<JToken> value)", extension_value},
    {"static IEnumerable<JToken> Values(this IEnumerable<JToken> source)", extension_values},
    {"static IEnumerable<JToken> Values(this IEnumerable<JToken> source, object key)", extension_values_by_key},
    {"static IEnumerable<U> Values<U>(this IEnumerable<JToken> source)", extension_values},
    {"static IEnumerable<U> Values<U>(this IEnumerable<JToken> source, object key)", extension_values_by_key},
    {"static IEnumerable<JToken> Children(this IEnumerable<JToken> source)", extension_children},
    {"static IEnumerable<U> Children<U>(this IEnumerable<JToken> source)", extension_children},
    {"static IEnumerable<JProperty> Properties(this IEnumerable<JObject> source)", extension_children},
    {"static IEnumerable<JToken> Descendants(this IEnumerable<JContainer> source)", extension_descendants<false>},
    {"static IEnumerable<JToken> DescendantsAndSelf(this IEnumerable<JContainer> source)", extension_descendants<true>},
    {"static IEnumerable<JToken> AsJEnumerable(this IEnumerable<JToken> source)", [](Call& call) { return call.arguments[0]; }},
    // With the type of the source as an explicit type argument, which says nothing more.
    {"static U Value<T, U>(this IEnumerable<JToken> value)", extension_value},
    {"static IEnumerable<U> Values<T, U>(this IEnumerable<JToken> source)", extension_values},
    {"static IEnumerable<U> Children<T, U>(this IEnumerable<JToken> source)", extension_children},
    {"static IEnumerable<JToken> Descendants<T>(this IEnumerable<JContainer> source)", extension_descendants<false>},
    {"static IEnumerable<JToken> DescendantsAndSelf<T>(this IEnumerable<JContainer> source)", extension_descendants<true>},
    {"static IEnumerable<JToken> AsJEnumerable<T>(this IEnumerable<JToken> source)", [](Call& call) { return call.arguments[0]; }},
};

static const TypeRows token_types[] = {
    {json_token_kind_type},
    {json_formatting_type},
    {enumerable_interface},
    {enumerable_type, {}, &children_ops},
    {json_token_type, token_members, &token_ops},
    {json_token_type, json_conversions},
    {json_container_type, container_members, &container_ops},
    {extensions_type, extension_members},
    {comparer_type, comparer_members},
};

static Value read_token(Evaluation& run, const String* text) { return token_value(read_json(run, *text, JsonRoot::any)); }

static constexpr BodyReader bodies[] = {{json_token_type, read_token}};

}  // namespace json_token_rows

extern const Family json_token_family;
const Family json_token_family{json_token_rows::token_types, json_token_rows::bodies};

}  // namespace gatelet::cs
