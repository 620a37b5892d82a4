// The operations of an import: identifiers, URL templates, requests and responses.
#pragma once

#include "config/openapi_parameters.hpp"
#include "config/resource.hpp"

namespace gatelet {

class OpenapiOperations {
 public:
  OpenapiOperations(OpenapiReader& reader, OpenapiSchemas& schemas, std::string_view api_key, std::string_view file,
                    bool required_query_as_template)
      : reader_(reader), schemas_(schemas), api_key_(api_key), file_(file), required_query_as_template_(required_query_as_template) {}

  // A member of `paths` or `x-ms-paths`.
  void add_path(const Json::Member& path);
  std::vector<Resource> operations;

 private:
  enum class ParameterPlace { none, url_template, template_query, query, header };
  struct Placed {
    std::string url;
    std::vector<std::string> path_names;      // in the path as it was written
    std::vector<std::string> template_names;  // and those of required query parameters
    std::map<std::string, Json> in_template;
    std::vector<Json> query, headers;
  };

  void add_operation(const Json::Member& path, const Json& path_item, const Json::Member& method);
  std::string unused_id(const std::string& wanted, SourcePos at);
  std::vector<std::string> names_in(const Json::Member& path);
  ParameterPlace place_of(const OpenapiParameter& parameter, const Placed& placed, std::string_view path);
  void place(const OpenapiParameter& parameter, std::string_view path, Placed& placed);
  void add_parameters(JsonMembers& target, JsonMembers& request, const Json::Member& path, const std::vector<OpenapiParameter>& parameters);
  Json undefined_parameter(const std::string& name, const Json::Member& path);
  std::vector<Json> request_representations(std::string_view method, const Json& operation,
                                            const std::vector<OpenapiParameter>& parameters);
  std::vector<Json> responses(const Json& operation);
  Json response_properties(const Json::Member& code, const Json& response, const Json& operation);
  std::vector<Json> response_representations(const Json& response, const Json& operation, const std::string& type_name);
  std::vector<Json> content_representations(const Json& content, const std::string& type_name);
  std::vector<Json> swagger_representations(const Json& media_types, const Json& schema, const Json& examples,
                                            const std::string& type_name);
  const Json& media_types_of(const Json& operation, std::string_view name);

  OpenapiReader& reader_;
  OpenapiSchemas& schemas_;
  std::string api_key_;
  std::string file_;
  bool required_query_as_template_;
  std::vector<Json> merged_items_;  // path items made of a reference and its neighbours, alive as long as schemas_ knows their inside
  std::set<std::string> ids_;
  std::string id_;  // of the operation at work
};

}  // namespace gatelet
