// OperationDefinition: what the definition of an API says of the messages of an operation, for the policies that validate them
// (policies-a.md 6). Made when a configuration is built, for operations whose policies use it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace gatelet {

class JsonSchema;
class JsonSchemas;
class XmlSchema;

// A header or a parameter of the path or the query.
struct ParameterDefinition {
  std::string name;
  std::string type = "string";  // as JSON Schema names it
  bool is_required = false;
  std::vector<std::string> values;                     // that it may have; empty: any
  std::string type_name = {};                          // of its schema; empty: it has none
  std::shared_ptr<const JsonSchema> schema = nullptr;  // null with a type_name: the API's schema does not contain it
};

struct RepresentationDefinition {
  std::string content_type;    // in lower case, without parameters
  std::string schema_id = {};  // of the API, in lower case
  std::string type_name = {};
  std::shared_ptr<const JsonSchema> schema = nullptr;
};

struct ResponseDefinition {
  int status = 200;
  std::vector<ParameterDefinition> headers;
  std::vector<RepresentationDefinition> representations;
};

// One of the two, or none when the document cannot be used.
struct SchemaDocument {
  std::shared_ptr<JsonSchemas> json = nullptr;
  std::shared_ptr<const XmlSchema> xml = nullptr;
};
// By id in lower case.
using SchemaDocuments = std::map<std::string, SchemaDocument, std::less<>>;

struct OperationDefinition {
  std::vector<ParameterDefinition> path;
  std::vector<ParameterDefinition> query;
  std::vector<ParameterDefinition> headers;
  std::vector<RepresentationDefinition> representations;
  std::vector<ResponseDefinition> responses;
  std::shared_ptr<const SchemaDocuments> api_schemas = std::make_shared<const SchemaDocuments>();  // never null
  std::shared_ptr<const SchemaDocuments> service_schemas = api_schemas;                            // likewise

  const ResponseDefinition* response(int status) const {
    for (const ResponseDefinition& one : responses)
      if (one.status == status) return &one;
    return nullptr;
  }
};

}  // namespace gatelet
