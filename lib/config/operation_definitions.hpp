// OperationDefinitions: what operations say of their messages (management.md 2.2), for the policies that validate them. The schemas of an
// API, and those of the service, are compiled once, when the first operation asks for them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/diagnostics.hpp"
#include "config/resource.hpp"
#include "policy/definition.hpp"

namespace gatelet {

class OperationDefinitions {
 public:
  // The schemas whose keys start with `start`, by what follows it in lower case; asked for once an API ("apis/echo;rev=1/schemas/"), and
  // once for those of the service ("schemas/").
  using Listed = std::map<std::string, const Resource*, std::less<>>;
  using ListSchemas = std::function<Listed(const std::string& start)>;
  OperationDefinitions(Diagnostics& diagnostics, ListSchemas list_schemas)
      : diagnostics_(diagnostics), list_schemas_(std::move(list_schemas)) {}

  // `api` is the key of the API in lower case.
  std::shared_ptr<const OperationDefinition> read(const Json& properties, const std::string& api);

 private:
  struct Schemas {
    Listed listed;
    std::shared_ptr<SchemaDocuments> documents = std::make_shared<SchemaDocuments>();
  };
  const Schemas& schemas_of(const std::string& start);
  SchemaDocument compiled(std::string_view id, const Resource& resource, const Listed& neighbours);

  Diagnostics& diagnostics_;
  ListSchemas list_schemas_;
  std::map<std::string, Schemas, std::less<>> schemas_of_;  // by the start of their keys
};

}  // namespace gatelet
