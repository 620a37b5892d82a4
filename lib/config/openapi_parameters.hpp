// Parameters of an import: those of the path and of the operation as one list, and each as ARM wants it.
#pragma once

#include "config/openapi_schemas.hpp"

namespace gatelet {

struct OpenapiParameter {
  std::string name;
  std::string in;
  const Json* definition = nullptr;  // in the document
};

// The operation's parameters override the path's with the same name and place.
std::vector<OpenapiParameter> openapi_parameters_of(OpenapiReader& reader, const Json& path_item, const Json& operation);

// {name, type, description, defaultValue, required, values, …}; `type_name` is what an inline schema will be called. Headers of responses
// are such parameters too.
Json openapi_parameter_properties(OpenapiReader& reader, OpenapiSchemas& schemas, const OpenapiParameter& parameter, bool is_required,
                                  const std::string& type_name);

// {"default":{"value":…}} of `example`, or the named `examples`.
void add_openapi_examples(OpenapiReader& reader, JsonMembers& target, const Json& holder);

}  // namespace gatelet
