#include "config/schema_sample.hpp"

#include <algorithm>

#include "base/json_pointer.hpp"
#include "base/text.hpp"

namespace gatelet {

namespace {

constexpr std::string_view sample_date_time = "2017-07-21T17:32:28Z";
constexpr std::string_view sample_date = "2017-07-21";
constexpr std::string_view sample_uuid = "00000000-0000-0000-0000-000000000000";

// The first one that is not "null", where OpenAPI 3.1 allows several.
std::string_view type_of(const Json& schema) {
  const Json& type = schema["type"];
  if (type.is_string()) return type.string();
  for (const Json& item : type.items())
    if (item.string() != "null") return item.string();
  if (schema["properties"].is_object()) return "object";
  return schema.has("items") ? "array" : "";
}

Json string_sample(const Json& schema) {
  const std::string_view format = schema["format"].string();
  if (format == "date-time") return Json::from(sample_date_time);
  if (format == "date") return Json::from(sample_date);
  return Json::from(format == "uuid" ? sample_uuid : "string");
}

// What the schema itself gives.
const Json* given_value(const Json& schema) {
  for (const char* name : {"example", "default", "const"})
    if (const Json::Member* member = schema.find(name)) return &member->value;
  for (const char* name : {"enum", "examples"})
    if (schema[name].is_array() && schema[name].size() > 0) return &schema[name][0];
  return nullptr;
}

}  // namespace

std::optional<Json> SchemaSample::make(const Json& schema) {
  if (++value_count_ > sample_values_max || depth_ == sample_depth_max) return std::nullopt;
  ++depth_;
  std::optional<Json> made = make_known(schema);
  --depth_;
  return made;
}

std::optional<Json> SchemaSample::make_known(const Json& schema) {
  if (schema.has("$ref")) return make_reference(schema["$ref"].string());
  if (const Json* given = given_value(schema)) return *given;
  if (schema["allOf"].size() > 0) return make_merged(schema);
  for (const char* name : {"oneOf", "anyOf"})
    if (schema[name].size() > 0) return make(schema[name][0]);
  const std::string_view type = type_of(schema);
  if (type == "array") return make_array(schema);
  if (type == "string") return string_sample(schema);
  if (type == "boolean") return Json::from(true);
  if (type == "integer" || type == "number") return schema["minimum"].is_number() ? schema["minimum"] : Json::from(0);
  return make_object(schema);
}

std::optional<Json> SchemaSample::make_reference(std::string_view reference) {
  const Json* target = find(reference);
  if (!target || std::ranges::find(under_way_, target) != under_way_.end()) return std::nullopt;
  under_way_.push_back(target);
  std::optional<Json> made = make(*target);
  under_way_.pop_back();
  return made;
}

// The parts of allOf, and what stands beside them.
std::optional<Json> SchemaSample::make_merged(const Json& schema) {
  Json merged = Json::object({});
  for (const Json& part : schema["allOf"].items()) {
    const std::optional<Json> made = make(part);
    if (made && !made->is_object()) return made;
    if (made) merged = merged.merged_with(*made);
  }
  return merged.merged_with(make_object(schema));
}

Json SchemaSample::make_object(const Json& schema) {
  std::vector<Json::Member> members;
  for (const Json::Member& property : schema["properties"].members()) {
    if (property.value["writeOnly"].boolean()) continue;
    if (std::optional<Json> made = make(property.value)) members.push_back({property.name, *std::move(made), {}});
  }
  return Json::object(std::move(members));
}

Json SchemaSample::make_array(const Json& schema) {
  std::vector<Json> items;
  if (std::optional<Json> made = make(schema["items"])) items.push_back(*std::move(made));
  return Json::array(std::move(items));
}

const Json* SchemaSample::find(std::string_view reference) const {
  if (!reference.starts_with("#/")) return nullptr;
  const Json* at = &document_;
  for (std::string_view step : split(reference.substr(2), '/')) {
    const Json::Member* member = at->find(pointer_step(percent_decode(step)));
    if (!member) return nullptr;
    at = &member->value;
  }
  return at;
}

}  // namespace gatelet
