// Logger resources: which get events, what is wrong with them, and what is told of a logger that is not there.
#include "config/loggers.hpp"

#include <doctest/doctest.h>

using namespace gatelet;

namespace {

std::string hubs_of(const std::string& logger, std::string& problems) {
  Diagnostics diagnostics;
  const ResourceSet set = resources_from_document(R"({"resources":[{"k":"loggers/Audit","v":)" + logger + "}]}", "l.json", diagnostics);
  const auto named_value = [](std::string_view name) { return name == "key" ? std::optional<std::string>("s3cret") : std::nullopt; };
  std::string out;
  for (const auto& [id, hub] : read_event_hubs(set, named_value, diagnostics)) out += id + " " + hub->path + " " + hub->key;
  for (const Diagnostic& item : diagnostics.items()) problems += format(item) + "\n";
  return out;
}

}  // namespace

TEST_CASE("loggers: those of the type azureEventHub are found by id in lower case; what is wrong is told with its place") {
  const struct {
    const char *logger, *hubs, *problem;
  } rows[] = {
      {R"({"loggerType":"azureEventHub","credentials":{"name":"h","connectionString":"Endpoint=sb://n;SharedAccessKeyName=s;SharedAccessKey={{key}}"}})",
       "audit /h s3cret", ""},
      {R"({"loggerType":"applicationInsights","credentials":{"instrumentationKey":"x"}})", "", ""},
      {R"({"loggerType":"azureEventHub","credentials":{"name":"h","endpointAddress":"n","identityClientId":"SystemAssigned"}})",
       "audit /h ", ""},
      {R"({"loggerType":"azureEventHub","credentials":{"endpointAddress":"n","identityClientId":"x"}})", "", "the hub has no name"},
      {R"({"loggerType":"azureEventHub"})", "", "connectionString"},
      {R"({"loggerType":"azureEventHub","credentials":{"name":"h","connectionString":"{{gone}}"}})", "", "'gone'"},
      {R"({"loggerType":"azureEventHub","credentials":{"connectionString":"Endpoint=sb://n;SharedAccessKeyName=s;SharedAccessKey=k"}})", "",
       "the logger 'Audit' gets no events: the connection string of the event hub: the hub has no name"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.logger);
    std::string problems;
    CHECK(hubs_of(row.logger, problems) == row.hubs);
    if (*row.problem)
      CHECK_MESSAGE(problems.find(row.problem) != std::string::npos, problems);
    else
      CHECK(problems.empty());
  }
}
