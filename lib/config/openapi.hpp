// OpenAPI import (management.md 4.1): a Swagger 2.0, OpenAPI 3.0 or 3.1 document becomes the operations of an API.
#pragma once

#include "config/resource.hpp"

namespace gatelet {

struct OpenapiImport {
  std::vector<Resource> operations;  // keys below the API's, values as ARM properties
  std::string display_name;
  std::string description;
  std::string service_url;  // empty when the document names none that fits
  Json schemas;             // properties of the API's schema resource `openapi_schema_name`; null when the document has no schema
};

// The schemaId of imported representations and parameters.
inline constexpr std::string_view openapi_schema_name = "specification";

// `api_key` is "apis/echo;rev=1". Required query parameters become template parameters unless told otherwise
// (translateRequiredQueryParameters=query). Problems carry the API's scope; parts without meaning for a gateway give one warning a kind.
OpenapiImport import_openapi(const Json& document, std::string_view api_key, std::string_view file, bool required_query_as_template,
                             Diagnostics& diagnostics);

// The resource name of an operation: lower-case, runs of other characters than letters and digits as one '-', at most
// operation_id_length_max.
std::string normalized_operation_id(std::string_view text);

}  // namespace gatelet
