#include "config/openapi_parameters.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace gatelet {

namespace {

constexpr std::string_view plain_schema_keywords[] = {"type",  "default", "enum",     "description",
                                                      "title", "example", "examples", "deprecated"};
constexpr std::string_view swagger_schema_keywords[] = {
    "type",      "format",    "items",   "default",  "maximum",  "exclusiveMaximum", "minimum", "exclusiveMinimum",
    "maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems",      "enum",    "multipleOf"};

bool is_same_parameter(const OpenapiParameter& a, const OpenapiParameter& b) {
  return a.in == b.in && (a.in == "header" ? equal_ignoring_case(a.name, b.name) : a.name == b.name);
}

// Reads one list; a parameter that stands in it twice is an error, one that stands in `merged` before is replaced.
void merge_parameters(OpenapiReader& reader, const Json& list, std::vector<OpenapiParameter>& merged) {
  std::vector<OpenapiParameter> own;
  if (list.size() > openapi_parameters_max)
    return reader.error("more than " + std::to_string(openapi_parameters_max) + " parameters; no request may carry as many", list.at());
  for (const Json& item : list.items()) {
    const Json& definition = reader.resolved(item);
    if (definition.is_null() || !reader.spend(item.at())) continue;
    OpenapiParameter parameter{definition["name"].scalar_text(), definition["in"].scalar_text(), &definition};
    if (parameter.name.empty() || parameter.in.empty()) {
      reader.error("a parameter needs 'name' and 'in'; add what is missing", item.at());
      continue;
    }
    const auto is_same = [&](const OpenapiParameter& other) { return is_same_parameter(parameter, other); };
    if (std::any_of(own.begin(), own.end(), is_same)) {
      reader.error("the " + parameter.in + " parameter '" + parameter.name + "' stands twice in one list; remove one", item.at());
      continue;
    }
    own.push_back(parameter);
    const auto inherited = std::find_if(merged.begin(), merged.end(), is_same);
    if (inherited == merged.end())
      merged.push_back(std::move(parameter));
    else
      *inherited = std::move(parameter);
  }
}

bool is_plain_schema(const Json& schema) {
  return std::all_of(schema.members().begin(), schema.members().end(), [](const Json::Member& member) {
    return member.name.starts_with("x-") || std::count(std::begin(plain_schema_keywords), std::end(plain_schema_keywords), member.name) > 0;
  });
}

// Swagger 2.0 writes a parameter's schema into the parameter.
Json swagger_schema_of(const Json& definition) {
  JsonMembers schema;
  for (std::string_view keyword : swagger_schema_keywords)
    if (const Json::Member* member = definition.find(keyword)) schema.add(keyword, member->value);
  return schema.object(definition.at());
}

// OpenAPI 3 has it in `schema`, or in the one media type of `content`. OpenAPI 3.1's `true` says nothing.
const Json& schema_of(OpenapiReader& reader, const Json& definition) {
  static const Json none;
  const Json& content = reader.object_in(definition, "content");
  const Json& holder = content.members().empty() ? definition : content.members()[0].value;
  return holder["schema"].is_boolean() ? none : reader.object_in(holder, "schema");
}

// What ARM's parameters cannot say about how a list or an object is written.
void check_style(OpenapiReader& reader, const OpenapiParameter& parameter) {
  const Json& definition = *parameter.definition;
  const std::string_view style = definition["style"].string();
  const bool is_query = parameter.in == "query";
  const bool is_swagger_list = reader.is_swagger() && definition["type"].string() == "array";
  const Json* odd = nullptr;
  if (!style.empty() && style != (is_query ? "form" : "simple")) odd = &definition["style"];
  if (is_query && definition["explode"].is_boolean() && !definition["explode"].boolean()) odd = &definition["explode"];
  if (definition["allowReserved"].boolean()) odd = &definition["allowReserved"];
  if (definition["allowEmptyValue"].boolean()) odd = &definition["allowEmptyValue"];
  if (is_query && is_swagger_list && definition["collectionFormat"].string() != "multi") odd = &definition;
  if (odd) reader.ignore(OpenapiIgnored::parameter_styles, odd->at());
}

void add_values(JsonMembers& target, const Json& schema) {
  const Json& fallback = schema["default"];
  if (!fallback.is_null()) {
    const bool is_scalar = !fallback.is_array() && !fallback.is_object();
    target.add_text("defaultValue", is_scalar ? fallback.scalar_text() : fallback.text(), fallback.at());
  }
  std::vector<Json> values;
  for (const Json& value : schema["enum"].items())
    if (!value.is_null()) values.push_back(Json::from(value.scalar_text()).placed_at(value.at()));
  target.add_unless_empty("values", std::move(values));
}

}  // namespace

std::vector<OpenapiParameter> openapi_parameters_of(OpenapiReader& reader, const Json& path_item, const Json& operation) {
  std::vector<OpenapiParameter> parameters;
  merge_parameters(reader, reader.array_in(path_item, "parameters"), parameters);
  merge_parameters(reader, reader.array_in(operation, "parameters"), parameters);
  return parameters;
}

Json openapi_parameter_properties(OpenapiReader& reader, OpenapiSchemas& schemas, const OpenapiParameter& parameter, bool is_required,
                                  const std::string& type_name) {
  const Json& definition = *parameter.definition;
  check_style(reader, parameter);
  const Json made = reader.is_swagger() ? swagger_schema_of(definition) : Json();
  const Json& schema = reader.is_swagger() ? made : schema_of(reader, definition);
  JsonMembers properties;
  properties.add_text("name", parameter.name, definition["name"].at());
  properties.add_text("type", openapi_type_of(reader, schema), schema.at());
  properties.add_unless_empty("description", definition["description"].scalar_text(), definition["description"].at());
  const Json* values = &schema;
  if (schema["$ref"].is_string()) values = reader.target_of(schema["$ref"].string());
  if (values) add_values(properties, *values);
  properties.add("required", Json::from(is_required));
  if (!is_plain_schema(schema)) {
    if (reader.is_swagger())
      schemas.add_made_type(properties, schema, type_name);
    else
      schemas.add_type(properties, schema, type_name);
  }
  if (!reader.is_swagger()) add_openapi_examples(reader, properties, definition);
  return properties.object(definition.at());
}

void add_openapi_examples(OpenapiReader& reader, JsonMembers& target, const Json& holder) {
  JsonMembers examples;
  if (holder.has("example")) examples.add("default", Json::object({{"value", holder["example"], {}}}));
  for (const Json::Member& member : reader.object_in(holder, "examples").members()) {
    const Json& example = reader.resolved(member.value);
    JsonMembers made;
    for (const char* name : {"summary", "description", "value", "externalValue"})
      if (example.has(name)) made.add(name, example[name]);
    if (member.name != "default" || !holder.has("example")) examples.add(member.name, made.object(example.at()));
  }
  if (!examples.is_empty()) target.add("examples", examples.object());
}

}  // namespace gatelet
