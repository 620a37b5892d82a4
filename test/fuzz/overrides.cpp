// Overrides files over a fixed folder: every problem is told, no resource disappears, and the same file changes the same things each time.
#include "config/overrides.hpp"

#include "config/build.hpp"
#include "property.hpp"

using namespace gatelet;
using namespace gatelet::fuzz;

namespace {

const std::vector<ConfigFile> folder = {
    {"apis/echo/apiInformation.json",
     R"({"properties":{"path":"echo","displayName":"Echo","serviceUrl":"https://test","apiVersion":"v1"}})"},
    {"apis/echo/specification.yaml", "openapi: 3.0.0\npaths: {/a: {get: {operationId: get-a}}}"},
    {"apis/echo/policy.xml", "<policies><inbound><base/></inbound></policies>"},
    {"apis/echo/diagnostics/d/diagnosticInformation.json", R"({"properties":{"loggerId":"/loggers/l","sampling":{"percentage":50}}})"},
    {"backends/b/backendInformation.json", R"({"properties":{"url":"https://test","credentials":{"header":{"X":["1"]}}}})"},
    {"named values/n/namedValueInformation.json", R"({"properties":{"displayName":"n","value":"v"}})"},
    {"products/p/productInformation.json", R"({"properties":{"displayName":"P","state":"published"}})"},
    {"loggers/l/loggerInformation.json", R"({"properties":{"loggerType":"azureMonitor"}})"},
};

struct Loaded {
  Diagnostics diagnostics;
  ResourceSet set;
  explicit Loaded(std::optional<ConfigFile> overrides) {
    FolderOptions options;
    options.overrides = std::move(overrides);
    options.environment = [](std::string_view name) -> std::optional<std::string> {
      if (name.find("no") != std::string_view::npos) return std::nullopt;
      return std::string(name.substr(0, 20));
    };
    set = resources_from_folder(folder, options, diagnostics);
  }
  std::string text() const {
    std::string text;
    for (const Resource& resource : set.resources) text += resource.key + " " + resource.value.text() + "\n";
    for (const Diagnostic& item : diagnostics.items()) text += format(item) + "\n";
    return text;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const size_t resource_count = Loaded(std::nullopt).set.resources.size();
  const ConfigFile file{"configuration.yaml", std::string(text_of(data, size))};
  const Loaded loaded(file);
  require_told(loaded.diagnostics);
  require(loaded.text() == Loaded(file).text());
  require(loaded.set.resources.size() == resource_count || loaded.diagnostics.has_errors());

  BuildOptions options;
  options.policies = builtin_policies();
  const auto config = build_config(loaded.set, options, loaded.diagnostics);
  require(config->usable || config->diagnostics.has_errors());
  return 0;
}
