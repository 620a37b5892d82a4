#include "config/openapi.hpp"

#include "config/openapi_operations.hpp"

namespace gatelet {

namespace {

// A server's URL with the defaults of its variables.
std::string server_url(OpenapiReader& reader, const Json& server) {
  std::string url = server["url"].scalar_text();
  for (const Json::Member& variable : reader.object_in(server, "variables").members()) {
    const std::string placeholder = "{" + variable.name + "}";
    const std::string value = variable.value["default"].scalar_text();
    for (size_t at = url.find(placeholder); at != std::string::npos; at = url.find(placeholder, at + value.size()))
      url.replace(at, placeholder.size(), value);
  }
  return url;
}

// The first https server; relative ones have nothing to be relative to.
std::string first_https_server(OpenapiReader& reader, const Json& servers) {
  for (const Json& server : servers.items()) {
    std::string url = server_url(reader, server);
    if (url.starts_with("https://")) return url;
  }
  return {};
}

std::string swagger_service_url(OpenapiReader& reader) {
  const Json& document = reader.document();
  std::string url = first_https_server(reader, reader.array_in(document, "x-servers"));
  const std::string host = document["host"].scalar_text();
  if (!url.empty() || host.empty()) return url;
  const Json& schemes = reader.array_in(document, "schemes");
  std::string scheme = schemes.size() == 0 ? "https" : schemes[0].scalar_text();
  for (const Json& offered : schemes.items())
    if (offered.string() == "https") scheme = "https";
  return scheme + "://" + host + document["basePath"].scalar_text();
}

void ignore_root_members(OpenapiReader& reader) {
  const Json& document = reader.document();
  for (const char* name : {"security", "securityDefinitions"})
    if (document.has(name)) reader.ignore(OpenapiIgnored::security, document[name].at());
  const Json& components = document["components"];
  if (components["securitySchemes"].size() > 0) reader.ignore(OpenapiIgnored::security, components["securitySchemes"].at());
  if (document.has("externalDocs")) reader.ignore(OpenapiIgnored::external_docs, document["externalDocs"].at());
  if (document.has("webhooks")) reader.ignore(OpenapiIgnored::webhooks, document["webhooks"].at());
}

}  // namespace

OpenapiImport import_openapi(const Json& document, std::string_view api_key, std::string_view file, bool required_query_as_template,
                             Diagnostics& diagnostics) {
  OpenapiImport made;
  OpenapiReader reader(document, file, scope_of_key(api_key), diagnostics);
  if (!reader.read_version()) return made;
  const Json& info = reader.object_in(document, "info");
  made.display_name = info["title"].scalar_text();
  made.description = info["description"].scalar_text();
  made.service_url = reader.is_swagger() ? swagger_service_url(reader) : first_https_server(reader, reader.array_in(document, "servers"));
  if (!document.has("paths") && reader.version() != OpenapiVersion::openapi_3_1)
    reader.error("'paths' is missing; without it the API has no operations", document.at());
  ignore_root_members(reader);

  OpenapiSchemas schemas(reader);
  OpenapiOperations operations(reader, schemas, api_key, file, required_query_as_template);
  for (const char* name : {"paths", "x-ms-paths"})
    for (const Json::Member& path : reader.object_in(document, name).members()) operations.add_path(path);
  made.operations = std::move(operations.operations);
  made.schemas = schemas.properties();
  reader.report_ignored();
  return made;
}

}  // namespace gatelet
