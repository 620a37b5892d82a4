// The API-level schema document of an import: the document's own schemas, and inline ones moved there under generated names.
#pragma once

#include "config/json_members.hpp"
#include "config/openapi_reader.hpp"

namespace gatelet {

class OpenapiSchemas {
 public:
  explicit OpenapiSchemas(OpenapiReader& reader);

  // Adds schemaId and typeName for a schema of the document; `name` is what an inline one will be called, with a number when it is taken.
  void add_type(JsonMembers& target, const Json& schema, const std::string& name);
  // The same for a schema made here.
  void add_made_type(JsonMembers& target, const Json& schema, const std::string& name);
  // Properties of the schema resource; null when there is no schema.
  Json properties();

 private:
  std::string name_of_reference(std::string_view reference) const;
  void check_references(const Json& schema);
  std::string keep(const Json& schema, const std::string& name);

  OpenapiReader& reader_;
  std::string prefix_;  // "#/definitions/" or "#/components/schemas/"
  std::vector<Json::Member> members_;
  std::set<std::string> names_;
  std::map<const Json*, std::string> kept_;  // inline schemas of shared parts are kept once
};

// A parameter's or header's type: the schema's, through references, the first that is not null; "string" when it is not told.
std::string openapi_type_of(OpenapiReader& reader, const Json& schema);

}  // namespace gatelet
