#include "config/operation_definitions.hpp"

#include "base/limits.hpp"
#include "base/text.hpp"
#include "config/properties.hpp"
#include "policy/json_schema.hpp"
#include "policy/xml_schema.hpp"

namespace gatelet {

namespace {

constexpr std::string_view service_start = "schemas/";

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
std::shared_ptr<const JsonSchema> schema_of(const Json& holder, const SchemaDocuments& schemas) {
  const auto found = schemas.find(lower(holder["schemaId"].string()));
  const std::string name = reference_step(holder["typeName"].string());
  if (found == schemas.end() || !found->second.json || name.empty()) return nullptr;
  for (const char* place : {"#/components/schemas/", "#/definitions/", "#/"})
    if (auto schema = found->second.json->find(place + name)) return schema;
  return nullptr;
}

ParameterDefinition read_parameter(const Json& given, const SchemaDocuments& schemas) {
  ParameterDefinition made;
  made.name = given["name"].scalar_text();
  if (given["type"].is_string()) made.type = lower(given["type"].string());
  made.is_required = given["required"].boolean();
  for (const Json& value : given["values"].items()) made.values.push_back(value.scalar_text());
  made.type_name = given["typeName"].string();
  made.schema = schema_of(given, schemas);
  return made;
}

std::vector<ParameterDefinition> read_parameters(const Json& list, const SchemaDocuments& schemas) {
  std::vector<ParameterDefinition> made;
  for (const Json& item : list.items()) made.push_back(read_parameter(item, schemas));
  return made;
}

std::vector<RepresentationDefinition> read_representations(const Json& list, const SchemaDocuments& schemas) {
  std::vector<RepresentationDefinition> made;
  for (const Json& item : list.items()) {
    const std::string_view type = item["contentType"].string();
    made.push_back({lower(trim(type.substr(0, type.find(';')))), lower(item["schemaId"].string()), std::string(item["typeName"].string()),
                    schema_of(item, schemas)});
  }
  return made;
}

// The management plane keeps a document as a value, or as its text; of the service's schemas the text stands beside it, too.
const Json& document_of(const Json& properties) {
  const Json& document = properties["document"];
  if (document["value"].is_string()) return document["value"];
  return properties["value"].is_string() ? properties["value"] : document;
}

bool is_xml(const Json& properties) {
  return equal_ignoring_case(properties["schemaType"].string(), "xml") ||
         lower(properties["contentType"].string()).find("xsd+xml") != std::string::npos;
}

}  // namespace

const OperationDefinitions::Schemas& OperationDefinitions::schemas_of(const std::string& start) {
  const auto [known, is_new] = schemas_of_.try_emplace(start);
  Schemas& schemas = known->second;
  if (!is_new) return schemas;
  schemas.listed = list_schemas_(start);
  for (const auto& [id, resource] : schemas.listed) schemas.documents->emplace(id, compiled(id, *resource, schemas.listed));
  return schemas;
}

// One that is too large, or wrong, counts as one that cannot be used.
SchemaDocument OperationDefinitions::compiled(std::string_view id, const Resource& resource, const Listed& neighbours) {
  const Json& document = document_of(resource.value);
  if (!is_xml(resource.value)) {
    if (!document.is_string()) return {std::make_shared<JsonSchemas>(document, SchemaDialect::openapi)};
    Result<Json> parsed = Json::parse(document.string(), api_schema_bytes_max);
    return parsed ? SchemaDocument{std::make_shared<JsonSchemas>(*std::move(parsed), SchemaDialect::openapi)} : SchemaDocument{};
  }
  // Those of the service, and of the same API.
  const Listed& of_service = schemas_of_.find(service_start)->second.listed;
  const auto find = [&](std::string_view wanted) -> std::optional<std::string_view> {
    for (const Listed* list : {&of_service, &neighbours})
      if (const auto found = list->find(wanted); found != list->end() && is_xml(found->second->value))
        return document_of(found->second->value).string();
    return std::nullopt;
  };
  const auto schema = XmlSchema::compile(id, document.string(), find);
  if (schema) return {nullptr, *schema};
  const SourcePos at = schema.error().at;
  Properties(resource, scope_of_key(resource.key), diagnostics_)
      .warning(DiagnosticCode::invalid_value,
               "the XML Schema cannot be used by itself: " + (at ? "line " + std::to_string(at.line) + ": " : "") + schema.error().message,
               document);
  return {};
}

std::shared_ptr<const OperationDefinition> OperationDefinitions::read(const Json& properties, const std::string& api) {
  const auto service_schemas = schemas_of(std::string(service_start)).documents;
  const auto api_schemas = schemas_of(api + "/schemas/").documents;
  const SchemaDocuments& schemas = *api_schemas;
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
  made->api_schemas = api_schemas;
  made->service_schemas = service_schemas;
  return made;
}

}  // namespace gatelet
