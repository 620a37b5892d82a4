// OperationDefinitions: what operations say of their messages (management.md 2.2), for the policies that validate them. The schemas of an
// API are compiled once, when the first of its operations asks for them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/json.hpp"
#include "policy/definition.hpp"

namespace gatelet {

class OperationDefinitions {
 public:
  // `api`: a name of the API; `schemas`: the properties of its schemas, by id in lower case, which are asked for once an API.
  using ListSchemas = std::function<std::map<std::string, const Json*>()>;
  std::shared_ptr<const OperationDefinition> read(const Json& properties, const std::string& api, const ListSchemas& list_schemas);

 private:
  using Schemas = std::map<std::string, std::shared_ptr<JsonSchemas>, std::less<>>;
  std::map<std::string, Schemas> schemas_of_;  // by API
};

}  // namespace gatelet
