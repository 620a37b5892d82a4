// OpenAPI documents, JSON and YAML: every problem has a place, the same document gives the same operations, and what was imported without
// an error can be served.
#include "config/openapi.hpp"

#include "config/build.hpp"
#include "property.hpp"

using namespace gatelet;
using namespace gatelet::fuzz;

namespace {

struct Imported {
  Diagnostics diagnostics;
  OpenapiImport import;
  explicit Imported(const Json& document, bool required_query_as_template)
      : import(import_openapi(document, "apis/a;rev=1", "openapi", required_query_as_template, diagnostics)) {}
  std::string text() const {
    std::string text = import.display_name + import.description + import.service_url + import.schemas.text();
    for (const Resource& operation : import.operations) text += operation.key + operation.value.text();
    for (const Diagnostic& item : diagnostics.items()) text += format(item);
    return text;
  }
};

void check_served(const Imported& made) {
  ResourceSet set;
  set.resources.push_back(
      {"apis/a;rev=1", *Json::parse(R"({"displayName":"A","path":"a","isCurrent":true,"serviceUrl":"http://b"})"), "a"});
  for (const Resource& operation : made.import.operations) set.resources.push_back(operation);
  BuildOptions options;
  options.policies = builtin_policies();
  const auto config = build_config(set, options);
  require_told(config->diagnostics);
  require(config->usable || config->diagnostics.has_errors());
}

void check_import(const Json& document, bool required_query_as_template) {
  const Imported first(document, required_query_as_template);
  require(first.text() == Imported(document, required_query_as_template).text());
  require_told(first.diagnostics);
  for (const Diagnostic& item : first.diagnostics.items()) require(static_cast<bool>(item.at));
  for (const Resource& operation : first.import.operations) require(operation.key.starts_with("apis/a;rev=1/operations/"));
  check_served(first);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = text_of(data, size);
  const Result<Json> document = text.starts_with('{') ? Json::parse(text) : Json::parse_yaml(text);
  if (!document) return require(document.error().at && !document.error().message.empty()), 0;
  check_import(*document, true);
  check_import(*document, false);
  return 0;
}
