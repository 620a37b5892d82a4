#include "resources.hpp"

using namespace gatelet;

namespace {

const Files shop = {
    {"apis/echo/apiInformation.json", R"({"properties": {"path": "echo", "displayName": "Echo", "serviceUrl": "https://test",
  "subscriptionRequired": true, "apiVersion": "v1"}})"},
    {"apis/echo/specification.yaml", "openapi: 3.0.0\npaths: {/a: {get: {operationId: get-a}}}"},
    {"apis/echo/policy.xml", "<policies/>"},
    {"apis/echo/operations/get-a/policy.xml", "<policies/>"},
    {"apis/echo/diagnostics/d/diagnosticInformation.json",
     R"({"properties": {"loggerId": "/loggers/l", "sampling": {"percentage": 50, "samplingType": "fixed"}}})"},
    {"backends/b/backendInformation.json",
     "{\"properties\": {\n \"url\": \"https://test\",\n \"credentials\": {\"header\": {\"X\": [\"1\"]}}}}"},
    {"named values/n/namedValueInformation.json", R"({"properties": {"displayName": "n", "secret": true}})"},
    {"version sets/v/versionSetInformation.json", R"({"properties": {"displayName": "V"}})"},
};

Loaded load_with(std::string overrides, std::function<std::optional<std::string>(std::string_view)> environment = {},
                 const Files& files = shop) {
  FolderOptions options;
  options.overrides = ConfigFile{"configuration.prod.yaml", std::move(overrides)};
  options.environment = std::move(environment);
  return load_folder(files, options);
}

}  // namespace

TEST_CASE("overrides: properties merge deeply over those of the files") {
  const Loaded loaded = load_with(R"(apimServiceName: prod
namedValues:
- name: N
  properties: {value: 1.10}
apis:
- name: echo
  properties: {serviceUrl: "https://prod", apiRevision: "9", isCurrent: false, subscriptionRequired: 'false', apiVersion: 2.0}
  diagnostics:
  - {name: d, properties: {sampling: {percentage: 5}}}
  operations:
  - name: get-a
    properties: {displayName: Renamed}
    policies: [{name: policy, properties: {value: <policies><inbound/></policies>}}]
backends:
- {name: b, properties: {credentials: {header: {Y: ["2"]}}, url: https://prod}}
versionSets: [{name: v, properties: {versioningScheme: Header}}]
)");
  CHECK(loaded.problems() == "");
  CHECK(loaded.value("namedValues/n")["value"].string() == "1.10");
  CHECK(loaded.value("apis/echo;rev=1") ==
        *Json::parse(R"({"path":"echo","displayName":"Echo","serviceUrl":"https://prod","subscriptionRequired":false,
      "apiVersion":"2.0","apiRevision":"1","isCurrent":true})"));
  CHECK(loaded.value("apis/echo;rev=1/diagnostics/d")["sampling"].text() == R"({"percentage":5,"samplingType":"fixed"})");
  CHECK(loaded.value("apis/echo;rev=1/operations/get-a")["displayName"].string() == "Renamed");
  CHECK(loaded.value("apis/echo;rev=1/operations/get-a/policies/policy")["value"].string() == "<policies><inbound/></policies>");
  CHECK(loaded.set.find("apis/echo;rev=1/operations/get-a/policies/policy")->file == "apis/echo;rev=1/operations/get-a/policies/policy");
  CHECK(loaded.set.find("apis/echo;rev=1/policies/policy")->file == "store/apis/echo/policy.xml");
  CHECK(loaded.value("backends/b")["credentials"].text() == R"({"header":{"X":["1"],"Y":["2"]}})");
  CHECK(loaded.value("apiVersionSets/v")["versioningScheme"].string() == "Header");
}

TEST_CASE("overrides: a value has the place of what it replaces, or of what it was added to") {
  const Loaded loaded = load_with(
      "namedValues: [{name: n, properties: {value: x}}]\nbackends:\n- {name: b, properties: {url: https://prod, credentials: {query: {a: "
      "[b]}}}}");
  const Json& backend = loaded.value("backends/b");
  CHECK(backend["url"].string() == "https://prod");
  CHECK(backend["url"].at() == SourcePos{2, 9});
  CHECK(backend["credentials"]["query"]["a"][0].at() == SourcePos{3, 17});
}

TEST_CASE("overrides: placeholders and single values come from the environment") {
  const auto environment = [](std::string_view name) -> std::optional<std::string> {
    if (name == "SECRET_1.x-y") return "s\"e{#c#}ret";
    if (name == "backends__0__properties__url") return "https://env";
    if (name == "apis__0__properties__subscriptionRequired") return "FALSE";
    return std::nullopt;
  };
  const Loaded loaded =
      load_with(R"(namedValues: [{name: n, properties: {value: "a{#SECRET_1.x-y#}b{#not a name#}"}}]
backends: [{name: b, properties: {url: https://prod}}]
apis: [{name: echo, properties: {subscriptionRequired: true}}]
)",
                environment, shop + Files{{"tags/t/tagInformation.json", R"({"properties": {"displayName": "{#SECRET_1.x-y#}"}})"}});
  CHECK(loaded.problems() == "");
  CHECK(loaded.value("namedValues/n")["value"].string() == "as\"e{#c#}retb{#not a name#}");
  CHECK(loaded.value("backends/b")["url"].string() == "https://env");
  CHECK(loaded.value("apis/echo;rev=1")["subscriptionRequired"].text() == "false");
  CHECK(loaded.value("tags/t")["displayName"].string() == "s\"e{#c#}ret");
}

TEST_CASE("overrides: every mistake is reported with its place") {
  struct Row {
    const char *overrides, *problems;
  };
  const std::string no_value =
      "store/named values/n/namedValueInformation.json:1:16: error: the named value 'n' has no value; give it one, for instance in the "
      "overrides "
      "[missing-value]\n";
  for (const Row& row : {
           Row{"", ""},
           Row{"- a", "c:1:1: error: overrides are lists by kind, such as 'namedValues:' with '- name: ...' [invalid-value]\n"},
           Row{"apis: {echo: 1}", "c:1:7: error: 'apis' is a list of '- name: ...' with 'properties:' [invalid-value]\n"},
           Row{"apis:\n- properties: {}", "c:2:3: error: an override needs a 'name'; add '- name: ...' [missing-value]\n"},
           Row{"apis:\n- {name: echo, properties: [1]}",
               "c:2:28: error: 'properties' of 'echo' is a list of 'name: value' lines [invalid-value]\n"},
           Row{"apis:\n- {name: echo, properties: {}}\n- {name: Echo, properties: {}}",
               "c:3:3: error: 'Echo' is overridden twice; join both into one [duplicate-resource]\n"},
           Row{"namedvalue: []\nbackends: [{name: b, policies: []}]",
               "c:1:1: warning: 'namedvalue' is nothing that can be overridden here; did you mean 'namedValues'? [unknown-setting]\n"
               "c:2:22: warning: 'policies' is nothing that can be overridden in backends; remove it [unknown-setting]\n"},
           Row{"backends: [{name: c, properties: {url: x}}]\ntags: [{name: some, properties: {}}]",
               "c:1:12: warning: there is no 'backends/c' in the folder, so this override has no effect; did you mean 'backends/b'? "
               "[unknown-reference]\n"
               "c:2:8: warning: there is no 'tags/some' in the folder, so this override has no effect; correct the name or remove it "
               "[unknown-reference]\n"},
           Row{"backends: [{name: b, properties: {url: \"{#U#}\"}}]",
               "c:1:40: error: the placeholder {#U#} has no value; set the environment variable 'U' [missing-value]\n"},
           Row{"backends: [{name: b, properties: {url: {#U#}}}]",
               "c:1:48: error: did not find expected node content (while parsing a flow node); check indentation and quotes; a "
               "{#placeholder#} stands "
               "inside quotes [invalid-json]\n"},
       }) {
    CAPTURE(row.overrides);
    std::string problems = load_with(row.overrides).problems();
    for (size_t at = problems.find("configuration.prod.yaml"); at != std::string::npos; at = problems.find("configuration.prod.yaml"))
      problems.replace(at, 23, "c");
    CHECK(problems == row.problems + no_value);
  }
}

TEST_CASE("overrides: an unset placeholder leaves no value behind that could pass for a key") {
  const Loaded loaded = load_with(
      "subscriptions: [{name: s, properties: {primaryKey: '{#KEY#}'}}]\nnamedValues: [{name: n, properties: {value: x}}]", {},
      shop + Files{{"subscriptions/s/subscriptionInformation.json", R"({"properties": {"scope": "/apis", "primaryKey": "old"}})"}});
  CHECK(loaded.value("subscriptions/s")["primaryKey"].is_null());
  CHECK(loaded.problems() ==
        "configuration.prod.yaml:1:52: error: the placeholder {#KEY#} has no value; set the environment variable 'KEY' [missing-value]\n"
        "store/subscriptions/s/subscriptionInformation.json:1:16: warning: the subscription 's' has no key and admits nobody; give it a "
        "primaryKey, "
        "for instance in the overrides [subscription-without-key]\n");
}
