#include "config/operation_definitions.hpp"

#include "base/limits.hpp"
#include "base/text.hpp"
#include "policy/json_schema.hpp"

namespace gatelet {

namespace {

using Schemas = std::map<std::string, std::shared_ptr<JsonSchemas>, std::less<>>;

// A name as a step of a reference (RFC 6901 3, 6).
std::string reference_step(std::string_view name) {
  std::string out;
  for (char c : name) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else if (c == '%')
      out += "%25";
    else
      out += c;
  }
  return out;
}

// Null: there is none of that name.
std::shared_ptr<const JsonSchema> schema_of(const Json& holder, const Schemas& schemas) {
  const auto found = schemas.find(lower(holder["schemaId"].string()));
  const std::string name = reference_step(holder["typeName"].string());
  if (found == schemas.end() || name.empty()) return nullptr;
  for (const char* place : {"#/components/schemas/", "#/definitions/", "#/"})
    if (auto schema = found->second->find(place + name)) return schema;
  return nullptr;
}

ParameterDefinition read_parameter(const Json& given, const Schemas& schemas) {
  ParameterDefinition made;
  made.name = given["name"].scalar_text();
  if (given["type"].is_string()) made.type = lower(given["type"].string());
  made.is_required = given["required"].boolean();
  for (const Json& value : given["values"].items()) made.values.push_back(value.scalar_text());
  made.type_name = given["typeName"].string();
  made.schema = schema_of(given, schemas);
  return made;
}

std::vector<ParameterDefinition> read_parameters(const Json& list, const Schemas& schemas) {
  std::vector<ParameterDefinition> made;
  for (const Json& item : list.items()) made.push_back(read_parameter(item, schemas));
  return made;
}

std::vector<RepresentationDefinition> read_representations(const Json& list, const Schemas& schemas) {
  std::vector<RepresentationDefinition> made;
  for (const Json& item : list.items()) {
    const std::string_view type = item["contentType"].string();
    made.push_back({lower(trim(type.substr(0, type.find(';')))), std::string(item["typeName"].string()), schema_of(item, schemas)});
  }
  return made;
}

// The management plane keeps a document as a value, or as its text. One that is too large counts as absent.
std::shared_ptr<JsonSchemas> compiled(const Json& properties) {
  const Json& document = properties["document"];
  const Json& text = document["value"];
  if (!text.is_string()) return std::make_shared<JsonSchemas>(document, SchemaDialect::openapi);
  Result<Json> parsed = Json::parse(text.string(), api_schema_bytes_max);
  return parsed ? std::make_shared<JsonSchemas>(*std::move(parsed), SchemaDialect::openapi) : nullptr;
}

}  // namespace

std::shared_ptr<const OperationDefinition> OperationDefinitions::read(const Json& properties, const std::string& api,
                                                                      const ListSchemas& list_schemas) {
  const auto [known, is_new] = schemas_of_.try_emplace(api);
  Schemas& schemas = known->second;
  if (is_new)
    for (const auto& [id, schema] : list_schemas())
      if (auto made = compiled(*schema)) schemas.emplace(id, std::move(made));
  auto made = std::make_shared<OperationDefinition>();
  const Json& request = properties["request"];
  made->path = read_parameters(properties["templateParameters"], schemas);
  made->query = read_parameters(request["queryParameters"], schemas);
  made->headers = read_parameters(request["headers"], schemas);
  made->representations = read_representations(request["representations"], schemas);
  for (const Json& response : properties["responses"].items()) {
    const auto status = parse_unsigned(response["statusCode"].scalar_text());
    if (!status || *status > 999) continue;
    made->responses.push_back({static_cast<int>(*status), read_parameters(response["headers"], schemas),
                               read_representations(response["representations"], schemas)});
  }
  made->schemas = schemas;
  return made;
}

}  // namespace gatelet
