// JValue, JRaw, JsonConvert and JsonMergeSettings.
#include "expr/format.hpp"
#include "expr/json.hpp"
#include "expr/member.hpp"

namespace gatelet::cs {

constinit const Type json_value_type{.name = "Newtonsoft.Json.Linq.JValue",
                                     .bases = "JToken, IComparable, IFormattable, IEquatable<JValue>, IComparable<JValue>"};
constinit const Type json_raw_type{.name = "Newtonsoft.Json.Linq.JRaw", .bases = "JValue"};
constinit const Type big_integer_type{.name = "System.Numerics.BigInteger", .is_hidden = true};

namespace json_value_rows {

static constinit const Type convert_type{.name = "Newtonsoft.Json.JsonConvert", .is_static = true};
static constinit const Type merge_settings_type{.name = "Newtonsoft.Json.Linq.JsonMergeSettings"};
static constexpr EnumConstant array_merges[] = {{"Concat", 0}, {"Union", 1}, {"Replace", 2}, {"Merge", 3}};
static constexpr EnumConstant null_merges[] = {{"Ignore", 0}, {"Merge", 1}};
static constinit const Type array_merge_type{
    .name = "Newtonsoft.Json.Linq.MergeArrayHandling", .kind = TypeKind::enumeration, .constants = array_merges};
static constinit const Type null_merge_type{
    .name = "Newtonsoft.Json.Linq.MergeNullValueHandling", .kind = TypeKind::enumeration, .constants = null_merges, .is_flags = true};

static JValue& self_value(const Call& call) { return *call.self.object<JValue>(); }

static const String* text_of(Evaluation& run, Value self) { return to_string(run, held(*self.object<const JToken>())); }

static const String* formatted(Evaluation& run, Value self, const String* format) {
  return format_value(run, held(*self.object<const JToken>()), format);
}

static bool equal_to(Evaluation& run, Value self, Value other) {
  const bool is_value = is_instance(other, json_value_type);
  return is_value && values_equal(run, *self.object<const JToken>(), *other.object<const JToken>());
}

static int order(Evaluation& run, Value a, Value b) {
  const auto &left = *a.object<const JToken>(), &right = *b.object<const JToken>();
  return compare_values(run, left.kind == JKind::text ? right.kind : left.kind, held(left), held(right));
}

static constexpr TypeOps value_ops{
    .to_string = text_of,
    .format = formatted,
    .equals = equal_to,
    .hash = [](Evaluation& run, Value self) { return hash_of(run, held(*self.object<const JToken>())); },
    .compare = order,
};

static constexpr TypeOps big_integer_ops{
    .to_string = [](Evaluation&, Value self) { return self.object<const String>(); },
    .equals = [](Evaluation&, Value self,
                 Value other) { return other.is(big_integer_type) && equal(*self.object<String>(), *other.object<String>()); },
    .hash = [](Evaluation&, Value self) { return hash_of(*self.object<const String>()); },
};

static Value create(Call& call) { return token_value(token_of_content(call.run, call.arguments[0])); }

// new JValue(object): of a token there is no value.
static Value create_from_object(Call& call) {
  if (!is_token(call.arguments[0])) return create(call);
  return call.run.fail(types::argument_exception,
                       "Could not determine JSON object type for type " + full_name(*call.arguments[0].type) + ".");
}

static Value create_from_text(Call& call) { return token_value(make_value(call.run, JKind::text, call.arguments[0])); }

static Value create_from_character(Call& call) {
  return token_value(make_value(call.run, JKind::text, text(unit_string(call.run, call.character(0)))));
}

static Value copy(Call& call) {
  return call.arguments[0].is_null() ? call.run.fail_null("other") : token_value(clone(call.run, *call.object<const JToken>(0)));
}

static Value set_value(Call& call) {
  const JToken* made = token_of_content(call.run, call.arguments[0]);
  if (!made) return {};
  const bool keeps_kind = made->kind == JKind::text && self_value(call).kind == JKind::raw;
  if (!keeps_kind) self_value(call).kind = made->kind;
  self_value(call).value = call.arguments[0];
  return {};
}

static Value compare_to(Call& call) { return int32(call.arguments[0].is_null() ? 1 : order(call.run, call.self, call.arguments[0])); }

template <JKind kind>
static Value create_kind(Call& call) {
  return token_value(make_value(call.run, kind));
}

static constexpr Member value_members[] = {
    {"new(JValue other)", copy},
    {"new(long value)", create},
    {"new(decimal value)", create},
    {"new(char value)", create_from_character},
    {"new(ulong value)", create},
    {"new(double value)", create},
    {"new(float value)", create},
    {"new(DateTime value)", create},
    {"new(DateTimeOffset value)", create},
    {"new(bool value)", create},
    {"new(string value)", create_from_text},
    {"new(Guid value)", create},
    {"new(TimeSpan value)", create},
    {"new(Uri value)", create},
    {"new(object value)", create_from_object},
    {"static JValue CreateNull()", create_kind<JKind::null>},
    {"static JValue CreateUndefined()", create_kind<JKind::undefined>},
    {"static JValue CreateString(string value)", create_from_text},
    {"static JValue CreateComment(string value)",
     [](Call& call) { return token_value(make_value(call.run, JKind::comment, call.arguments[0])); }},
    {"object Value", [](Call& call) { return self_value(call).value; }, set_value},
    {"bool Equals(JValue other)", [](Call& call) { return boolean(equal_to(call.run, call.self, call.arguments[0])); }},
    {"int CompareTo(JValue obj)", compare_to},
    {"string ToString(string format)", [](Call& call) { return text(formatted(call.run, call.self, call.text(0))); }},
};

static constexpr Member raw_members[] = {
    {"new(JRaw other)", copy},
    {"new(object rawJson)", [](Call& call) { return token_value(make_value(call.run, JKind::raw, call.arguments[0])); }},
};

static Value serialize(Call& call, bool is_indented) {
  const Value value = call.arguments[0];
  const JToken* token = is_token(value) ? value.object<const JToken>() : token_of_object(call.run, value);
  return token ? text(json_text(call.run, *token, is_indented)) : Value{};
}

static Value deserialize_as(Call& call, const Type& type) {
  return call.text(0) ? deserialize(call.run, *call.text(0), type) : call.run.fail_null("value");
}

static Value deserialize_as_given(Call& call) {
  const auto* type = call.object<const Type>(1);
  return deserialize_as(call, type ? *type : types::object);
}

static constexpr Member convert_members[] = {
    {"static string SerializeObject(object value)", [](Call& call) { return serialize(call, false); }},
    {"static string SerializeObject(object value, Formatting formatting)", [](Call& call) { return serialize(call, call.int32(1) != 0); }},
    {"static object DeserializeObject(string value)", [](Call& call) { return deserialize_as(call, types::object); }},
    {"static object DeserializeObject(string value, Type type)", deserialize_as_given},
    {"static T DeserializeObject<T>(string value)", [](Call& call) { return deserialize_as(call, *call.site.result); }},
};

static MergeSettings& self_settings(const Call& call) { return *call.self.object<MergeSettings>(); }

static Value set_null_merge(Call& call) {
  self_settings(call).merges_nulls = call.int32(0) != 0;
  return {};
}

static Value set_array_merge(Call& call) {
  self_settings(call).arrays = static_cast<ArrayMerge>(call.int32(0) & 3);
  return {};
}

static Value set_comparison(Call& call) {
  self_settings(call).ignores_case = call.int32(0) % 2 != 0;
  return {};
}

static constexpr Member merge_settings_members[] = {
    {"new()", [](Call& call) { return value_of_object(merge_settings_type, call.run.make<MergeSettings>()); }},
    {"MergeArrayHandling MergeArrayHandling",
     [](Call& call) { return value_of_bits(array_merge_type, static_cast<int64_t>(self_settings(call).arrays)); }, set_array_merge},
    {"MergeNullValueHandling MergeNullValueHandling",
     [](Call& call) { return value_of_bits(null_merge_type, self_settings(call).merges_nulls); }, set_null_merge},
    {"StringComparison PropertyNameComparison",
     [](Call& call) { return value_of_bits(types::string_comparison, self_settings(call).ignores_case ? 5 : 4); }, set_comparison},
};

static const TypeRows value_types[] = {
    {json_value_type, value_members, &value_ops},
    {json_raw_type, raw_members},
    {big_integer_type, {}, &big_integer_ops},
    {convert_type, convert_members},
    {array_merge_type},
    {null_merge_type},
    {merge_settings_type, merge_settings_members},
};

}  // namespace json_value_rows

extern const Family json_value_family;
const Family json_value_family{json_value_rows::value_types};

}  // namespace gatelet::cs
