#include "config/openapi_schemas.hpp"

#include "config/openapi.hpp"

namespace gatelet {

OpenapiSchemas::OpenapiSchemas(OpenapiReader& reader)
    : reader_(reader), prefix_(reader.is_swagger() ? "#/definitions/" : "#/components/schemas/") {
  const Json& document = reader.document();
  const Json& own = reader.is_swagger() ? reader.object_in(document, "definitions")
                                        : reader.object_in(reader.object_in(document, "components"), "schemas");
  for (const Json::Member& member : own.members()) {
    members_.push_back(member);
    names_.insert(member.name);
    check_references(member.value);
  }
}

// Schemas keep their references, so recursive ones are no trouble; only their targets are looked for.
void OpenapiSchemas::check_references(const Json& schema) {
  const Json& reference = schema["$ref"];
  if (reference.is_string() && !reader_.target_of(reference.string())) reader_.ignore(OpenapiIgnored::unresolved_schemas, reference.at());
  for (const Json& item : schema.items()) check_references(item);
  for (const Json::Member& member : schema.members())
    if (member.name != "example" && member.name != "examples" && member.name != "default") check_references(member.value);
}

std::string OpenapiSchemas::name_of_reference(std::string_view reference) const {
  if (!reference.starts_with(prefix_)) return {};
  std::string name(reference.substr(prefix_.size()));
  return names_.contains(name) ? name : std::string();
}

std::string OpenapiSchemas::keep(const Json& schema, const std::string& name) {
  std::string type = name;
  for (int number = 1; !names_.insert(type).second; ++number) type = name + "-" + std::to_string(number);
  members_.push_back({type, schema, schema.at()});
  return type;
}

static void add_names(JsonMembers& target, const std::string& type, SourcePos at) {
  target.add_text("schemaId", openapi_schema_name, at);
  target.add_text("typeName", type, at);
}

void OpenapiSchemas::add_type(JsonMembers& target, const Json& schema, const std::string& name) {
  if (schema.is_null()) return;
  const Json& reference = schema["$ref"];
  std::string type = name_of_reference(reference.string());
  if (type.empty()) {
    const Json* inline_schema = reference.is_string() ? reader_.target_of(reference.string()) : &schema;
    if (!inline_schema) return reader_.ignore(OpenapiIgnored::unresolved_schemas, reference.at());
    std::string& kept = kept_[inline_schema];
    if (kept.empty()) {
      check_references(*inline_schema);
      kept = keep(*inline_schema, name);
    }
    type = kept;
  }
  add_names(target, type, schema.at());
}

void OpenapiSchemas::add_made_type(JsonMembers& target, const Json& schema, const std::string& name) {
  add_names(target, keep(schema, name), schema.at());
}

Json OpenapiSchemas::properties() {
  if (members_.empty()) return {};
  const Json schemas = Json::object(std::move(members_));
  JsonMembers document, properties;
  if (reader_.is_swagger()) {
    properties.add("contentType", Json::from("application/vnd.ms-azure-apim.swagger.definitions+json"));
    document.add("definitions", schemas);
  } else {
    properties.add("contentType", Json::from("application/vnd.oai.openapi.components+json"));
    document.add("components", Json::object({{"schemas", schemas, {}}}));
  }
  properties.add("document", document.object());
  return properties.object();
}

static std::string declared_type(const Json& schema) {
  const Json& type = schema["type"];
  if (type.is_string()) return std::string(type.string());
  for (const Json& item : type.items())  // OpenAPI 3.1
    if (item.string() != "null" && item.is_string()) return std::string(item.string());
  if (schema["properties"].is_object()) return "object";
  if (!schema["items"].is_null()) return "array";
  return {};
}

std::string openapi_type_of(OpenapiReader& reader, const Json& schema) {
  const Json* current = &schema;
  for (int hop = 0; current && hop < 32; ++hop) {  // a circle of references has no type
    if (current->has("$ref")) {
      current = reader.target_of((*current)["$ref"].string());
      continue;
    }
    std::string type = declared_type(*current);
    if (!type.empty()) return type;
    const Json* inner = nullptr;
    for (const char* keyword : {"allOf", "oneOf", "anyOf"})
      if (!inner && (*current)[keyword].size() > 0) inner = &(*current)[keyword][0];
    current = inner;
  }
  return "string";
}

}  // namespace gatelet
