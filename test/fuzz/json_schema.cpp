// A JSON schema and, behind a line of three hyphens, a value: in every dialect the check ends inside its budget, says why not, and comes
// out the same a second time.
#include "policy/json_schema.hpp"

#include "property.hpp"

using namespace gatelet;
using namespace gatelet::fuzz;

namespace {

constexpr std::string_view line = "\n---\n";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input = text_of(data, size);
  const std::string_view schema_text = input.substr(0, input.find(line));
  const std::string_view value_text = schema_text.size() == input.size() ? "{}" : input.substr(schema_text.size() + line.size());
  const auto schema = Json::parse(schema_text), value = Json::parse(value_text);
  if (!schema || !value) return 0;
  for (const auto dialect : {SchemaDialect::draft4, SchemaDialect::draft6, SchemaDialect::draft7, SchemaDialect::draft2019,
                             SchemaDialect::draft2020, SchemaDialect::openapi}) {
    const auto schemas = std::make_shared<JsonSchemas>(*schema, dialect);
    const auto compiled = schemas->find("#");
    if (!compiled) continue;
    const SchemaCheck first = compiled->check(*value), second = compiled->check(*value);
    require(first.outcome == second.outcome && first.problems.size() == second.problems.size());
    require((first.outcome == SchemaCheck::Outcome::conforms) == first.problems.empty());
    for (const SchemaProblem& problem : first.problems) require(!problem.message.empty());
  }
  return 0;
}
