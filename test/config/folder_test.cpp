#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "resources.hpp"

using namespace gatelet;

namespace {

const char* const two_operations = R"(openapi: 3.0.1
info: {title: From the document, description: D}
servers: [{url: https://backend.example/v1}]
paths:
  /a/{id}:
    get: {operationId: Get A, parameters: [{name: id, in: path, required: true, schema: {type: string}}]}
  /b:
    post: {operationId: post-b}
)";

const Files echo = {
    {"apis/echo/apiInformation.json",
     R"({"properties": {"path": "echo", "displayName": "Echo", "serviceUrl": "https://own.example", "apiRevision": "1"}})"},
    {"apis/echo/specification.yaml", two_operations},
};

}  // namespace

TEST_CASE("folder: the whole layout becomes resources in the order in which they refer to each other") {
  const Files files =
      echo +
      Files{
          {"policy.xml", "\xEF\xBB\xBF<policies/>"},
          {"apis/echo/policy.xml", "<policies><inbound/></policies>"},
          {"apis/echo/operations/get-a/policy.xml", "<policies><outbound/></policies>"},
          {"apis/echo/diagnostics/azuremonitor/diagnosticInformation.json", R"({"properties":{"loggerId":"/loggers/l"}})"},
          {"apis/echo/releases/r/apiReleaseInformation.json", R"({"properties":{"apiId":"/apis/echo;rev=1"}})"},
          {"apis/echo/schemas/s/apiSchemaInformation.json", R"({"properties":{"contentType":"text/protobuf"}})"},
          {"apis/zebra/apiInformation.json", R"({"properties": {"path": "", "displayName": "Z"}})"},
          {"products/starter/productInformation.json", R"({"properties":{"displayName":"Starter","state":"published"}})"},
          {"products/starter/policy.xml", "<policies/>"},
          {"products/starter/apis/echo/productApiInformation.json", "{}"},
          {"products/starter/groups/devs/productGroupInformation.json", R"({"name":"devs","properties":{"groupId":"/groups/Developers"}})"},
          {"products/empty/productInformation.json", "\xEF\xBB\xBF{\"properties\":{\"displayName\":\"Empty\"}}"},
          {"gateways/edge/gatewayInformation.json", R"({"properties":{"locationData":{"name":"here"}}})"},
          {"gateways/edge/apis/ECHO/gatewayApiInformation.json", R"({"properties":{"provisioningState":"created"}})"},
          {"groups/g/groupInformation.json", R"({"properties":{"displayName":"G"}})"},
          {"subscriptions/s/subscriptionInformation.json",
           R"({"properties":{"displayName":"S","scope":"/products/starter","primaryKey":"k"}})"},
          {"tags/t/tagInformation.json", R"({"properties":{"displayName":"T"}})"},
          {"tags/t/apis/echo/tagApiInformation.json", "{}"},
          {"tags/t/products/starter/tagProductInformation.json", "{}"},
          {"named values/nv 1/namedValueInformation.json", R"({"properties":{"displayName":"nv","value":"v"}})"},
          {"backends/b/backendInformation.json", R"({"properties":{"url":"https://b","protocol":"http"}})"},
          {"loggers/l/loggerInformation.json", R"({"properties":{"loggerType":"azureMonitor"}})"},
          {"schemas/x/schemaInformation.json", R"({"properties":{"schemaType":"xml","value":"<x/>"}})"},
          {"diagnostics/azuremonitor/diagnosticInformation.json", R"({"properties":{"loggerId":"/loggers/l"}})"},
          {"policy fragments/f/policyFragmentInformation.json", R"({"properties":{"description":"d"}})"},
          {"policy fragments/f/policy.xml", "<fragment/>"},
          {"version sets/v/versionSetInformation.json", R"({"properties":{"displayName":"V","versioningScheme":"Segment"}})"},
      };
  const Loaded loaded = load_folder(files);
  CHECK(loaded.problems() == "");
  CHECK(loaded.keys() ==
        "namedValues/nv "
        "1\napiVersionSets/v\ntags/t\ngroups/g\nbackends/b\nloggers/l\nschemas/x\ngateways/edge\npolicyFragments/f\npolicies/policy\n"
        "apis/echo;rev=1\napis/echo;rev=1/schemas/s\napis/echo;rev=1/operations/get-a\napis/echo;rev=1/operations/post-b\n"
        "apis/echo;rev=1/policies/policy\napis/echo;rev=1/operations/get-a/policies/policy\napis/zebra;rev=1\n"
        "products/empty\nproducts/starter\nproducts/starter/policies/policy\nsubscriptions/s\ndiagnostics/azuremonitor\n"
        "apis/echo;rev=1/diagnostics/azuremonitor\n");
  CHECK(loaded.value("apis/echo;rev=1").text() ==
        R"({"path":"echo","displayName":"Echo","serviceUrl":"https://own.example","apiRevision":"1","isCurrent":true,"description":"D"})");
  CHECK(loaded.value("apis/zebra;rev=1").text() == R"({"path":"","displayName":"Z","apiRevision":"1","isCurrent":true})");
  CHECK(loaded.value("policies/policy").text() == R"({"value":"<policies/>","format":"rawxml"})");
  CHECK(loaded.set.find("policies/policy")->file == "store/policy.xml");
  CHECK(loaded.set.find("policyFragments/f")->file == "store/policy fragments/f/policy.xml");
  CHECK(loaded.value("policyFragments/f").text() == R"({"description":"d","value":"<fragment/>","format":"rawxml"})");
  CHECK(loaded.set.find("apis/echo;rev=1/operations/get-a")->file == "store/apis/echo/specification.yaml");
  CHECK(loaded.value("apis/echo;rev=1/operations/get-a")["urlTemplate"].at() == SourcePos{5, 3});
  CHECK(loaded.set.find("backends/b")->file == "store/backends/b/backendInformation.json");
  CHECK(loaded.value("products/starter")["apis"].text() == R"(["echo"])");
  CHECK(loaded.value("products/starter")["groups"].text() == R"(["developers"])");
  CHECK(loaded.value("products/empty")["apis"].text() == "[]");
  CHECK(loaded.value("tags/t").text() == R"({"displayName":"T","apis":["echo"],"products":["starter"]})");
  CHECK(loaded.value("gateways/edge")["apis"].text() == R"(["echo"])");
}

TEST_CASE("folder: the specification fills in only what the information file leaves out") {
  const Loaded loaded = load_folder({{"apis/a/apiInformation.json", R"({"properties": {"path": "a", "serviceUrl": " "}})"},
                                     {"apis/a/specification.yaml", two_operations}});
  CHECK(
      loaded.value("apis/a;rev=1").text() ==
      R"({"path":"a","apiRevision":"1","isCurrent":true,"displayName":"From the document","description":"D","serviceUrl":"https://backend.example/v1"})");
}

TEST_CASE("folder: required query parameters stay when the API says so") {
  const Files files = {{"apis/a/specification.json",
                        R"({"openapi":"3.0.0","paths":{"/":{"get":{"parameters":[{"name":"q","in":"query","required":true}]}}}})"}};
  struct Row {
    const char *information, *url;
  };
  for (const Row& row : {Row{R"({"properties":{"path":"a"}})", "/?q={q}"},
                         Row{R"({"properties":{"path":"a","translateRequiredQueryParameters":"query"}})", "/"}}) {
    const Loaded loaded = load_folder(files + Files{{"apis/a/apiInformation.json", row.information}});
    CHECK(loaded.value("apis/a;rev=1/operations/get")["urlTemplate"].string() == row.url);
    CHECK_FALSE(loaded.value("apis/a;rev=1").has("translateRequiredQueryParameters"));
  }
}

TEST_CASE("folder: a revision that is not current takes name, path and the like from the current one") {
  const Loaded loaded = load_folder(
      echo +
      Files{
          {"apis/echo/apiInformation.json",
           R"({"properties": {"path": "echo", "displayName": "Echo", "apiRevision": "3", "protocols": ["https"], "subscriptionRequired": false}})"},
          {"apis/echo;rev=10/apiInformation.json",
           R"({"properties": {"path": "other", "displayName": "Other", "apiRevision": "10", "description": "x", "serviceUrl": "https://ten"}})"},
          {"apis/echo;rev=2/apiInformation.json", R"({"properties": {"isCurrent": true, "isOnline": false}})"},
          {"apis/echo-2/apiInformation.json", R"({"properties": {"path": "echo-2", "displayName": "Two"}})"},
      });
  CHECK(loaded.problems() == "");
  CHECK(loaded.keys() ==
        "apis/echo;rev=3\napis/echo;rev=3/operations/get-a\napis/echo;rev=3/operations/post-b\napis/echo;rev=2\napis/echo;rev=10\napis/"
        "echo-2;rev=1\n");
  CHECK(loaded.value("apis/echo;rev=10") == *Json::parse(R"({"path":"echo","displayName":"Echo","apiRevision":"10","description":"D",
      "serviceUrl":"https://ten","isCurrent":false,"subscriptionRequired":false,"protocols":["https"]})"));
  CHECK(loaded.value("apis/echo;rev=2")["isCurrent"].boolean() == false);
  CHECK(loaded.value("apis/echo;rev=2")["isOnline"].boolean() == false);
}

TEST_CASE("folder: sourceApiId copies operations, policies and diagnostics, and own files replace them") {
  const Files base = echo + Files{
                                {"apis/echo/policy.xml", "<policies/>"},
                                {"apis/echo/operations/get-a/policy.xml", "<policies><inbound/></policies>"},
                                {"apis/echo/operations/post-b/policy.xml", "<policies><outbound/></policies>"},
                                {"apis/echo/diagnostics/d/diagnosticInformation.json", R"({"properties":{"loggerId":"/loggers/l"}})"},
                                {"apis/echo;rev=2/apiInformation.json", R"({"properties": {"sourceApiId": "/apis/echo;rev=1"}})"},
                            };
  const Loaded copied = load_folder(base);
  CHECK(copied.problems() == "");
  CHECK(copied.value("apis/echo;rev=2/operations/post-b")["method"].string() == "POST");
  CHECK(copied.set.find("apis/echo;rev=2/policies/policy")->file == "store/apis/echo/policy.xml");
  CHECK(copied.set.find("apis/echo;rev=2/operations/get-a/policies/policy"));
  CHECK(copied.set.find("apis/echo;rev=2/diagnostics/d"));
  CHECK_FALSE(copied.value("apis/echo;rev=2").has("sourceApiId"));

  // Matched by name, by method and template, or gone.
  const Loaded imported =
      load_folder(base + Files{
                             {"apis/echo;rev=2/specification.yaml", "openapi: 3.0.0\npaths: {/b: {post: {operationId: renamed}, put: {}}}"},
                             {"apis/echo;rev=2/policy.xml", "<policies><backend/></policies>"},
                         });
  CHECK(imported.problems() == "");
  CHECK(imported.keys().find("apis/echo;rev=2\napis/echo;rev=2/operations/renamed\napis/echo;rev=2/operations/put-b\n"
                             "apis/echo;rev=2/policies/policy\napis/echo;rev=2/operations/renamed/policies/policy\n") != std::string::npos);
  CHECK(imported.value("apis/echo;rev=2/policies/policy")["value"].string() == "<policies><backend/></policies>");
}

TEST_CASE("folder: operationInformation.json adds operations and replaces imported ones") {
  const Loaded loaded = load_folder(
      echo + Files{
                 {"apis/echo/operations/Get-A/operationInformation.json",
                  R"({"properties":{"displayName":"Mine","method":"get","urlTemplate":"/mine/{x}?q={y}"}})"},
                 {"apis/echo/operations/all/operationInformation.json", R"({"properties":{"method":"POST","urlTemplate":"/*"}})"},
                 {"apis/echo/operations/all/policy.xml", "<policies/>"},
                 {"apis/echo/operations/Get.A/policy.xml", "<policies/>"},
             });
  CHECK(loaded.problems() == "");
  CHECK(loaded.keys() ==
        "apis/echo;rev=1\napis/echo;rev=1/operations/get-a\napis/echo;rev=1/operations/post-b\napis/echo;rev=1/operations/all\n"
        "apis/echo;rev=1/operations/get-a/policies/policy\napis/echo;rev=1/operations/all/policies/policy\n");
  CHECK(loaded.value("apis/echo;rev=1/operations/get-a").text() ==
        R"({"displayName":"Mine","method":"GET","urlTemplate":"/mine/{x}?q={y}","templateParameters":[)"
        R"({"name":"x","type":"string","required":true},{"name":"y","type":"string","required":true}]})");
  CHECK(loaded.set.find("apis/echo;rev=1/operations/get-a")->file == "store/apis/echo/operations/Get-A/operationInformation.json");
  CHECK(loaded.value("apis/echo;rev=1/operations/all").text() == R"({"method":"POST","urlTemplate":"/*","displayName":"all"})");
}

TEST_CASE("folder: with a gateway's name only its APIs are there, and only their problems count") {
  const Files files =
      echo + Files{
                 {"apis/echo;rev=2/apiInformation.json", R"({"properties":{}})"},
                 {"apis/broken/apiInformation.json", "{"},
                 {"products/p/productInformation.json", R"({"properties":{"displayName":"P"}})"},
                 {"products/p/apis/broken/productApiInformation.json", "{}"},
                 {"products/p/apis/echo/productApiInformation.json", "{}"},
                 {"subscriptions/s/subscriptionInformation.json", R"({"properties":{"scope":"/apis/broken","primaryKey":"a"}})"},
                 {"subscriptions/t/subscriptionInformation.json", R"({"properties":{"scope":"/apis/echo","primaryKey":"b"}})"},
                 {"gateways/Edge/gatewayInformation.json", R"({"properties":{}})"},
                 {"gateways/Edge/apis/Echo/gatewayApiInformation.json", "{}"},
             };
  FolderOptions options;
  options.gateway_name = "edge";
  const Loaded loaded = load_folder(files, options);
  CHECK(loaded.problems() == "");
  CHECK(loaded.keys() ==
        "gateways/Edge\napis/echo;rev=1\napis/echo;rev=1/operations/get-a\napis/echo;rev=1/operations/post-b\napis/echo;rev=2\nproducts/p\n"
        "subscriptions/t\n");
  CHECK(loaded.value("products/p")["apis"].text() == R"(["echo"])");

  options.gateway_name = "Edg";
  CHECK(load_folder(files, options).problems() ==
        "store/gateways:1:1: error: there is no gateway 'Edg', so no API is served; did you mean 'Edge'? [unknown-reference]\n");
}

TEST_CASE("folder: what is not part of the layout is said, unless it is known to be none") {
  const Loaded loaded = load_folder(echo + Files{
                                               {"README.md", ""},
                                               {"readme.txt", ""},
                                               {".git/config", ""},
                                               {".github/workflows/x.yaml", ""},
                                               {"docs.md", ""},
                                               {"configuration.extractor.yaml", ""},
                                               {"configuration.prod.yaml", ""},
                                               {"apis/echo/.hidden", ""},
                                               {"apis/echo/echo.description.html", ""},
                                               {"other.xml", ""},
                                               {"namedValues/x/namedValueInformation.json", ""},
                                               {"namedValues/y/namedValueInformation.json", ""},
                                               {"apis/echo/tags.json", ""},
                                               {"apis/echo/wiki/a/b/c.json", ""},
                                               {"products/p/productInformation.json", R"({"properties":{}})"},
                                               {"products/p/apis.json", "[]"},
                                               {"apis/echo/operations/get-a/policy.xmll", ""},
                                           });
  CHECK(loaded.problems() ==
        "store/other.xml:1:1: warning: this file is not part of the layout here and was not read; move or remove it [file-ignored]\n"
        "store/apis/echo/tags.json:1:1: warning: this file is not part of the layout here and was not read; move or remove it "
        "[file-ignored]\n"
        "store/apis/echo/operations:1:1: warning: this folder is not part of the layout here and was not read; move or remove it "
        "[file-ignored]\n"
        "store/apis/echo/wiki:1:1: warning: this folder is not part of the layout here and was not read; move or remove it [file-ignored]\n"
        "store/namedValues:1:1: warning: this folder is not part of the layout here and was not read; did you mean 'named values'? "
        "[file-ignored]\n"
        "store/products/p/apis.json:1:1: warning: this file is not part of the layout here and was not read; move or remove it "
        "[file-ignored]\n");
}

TEST_CASE("folder: specifications of other kinds, second ones and workspaces are skipped with a warning") {
  const Files api = {{"apis/a/apiInformation.json", R"({"properties":{"path":"a","displayName":"A"}})"}};
  struct Row {
    Files files;
    const char* problems;
  };
  for (const Row& row : {
           Row{{{"apis/a/specification.graphql", "type Query { a: Int }"}},
               "store/apis/a/specification.graphql:1:1: warning: GraphQL specifications are not imported; describe the API's operations "
               "with OpenAPI or "
               "operationInformation.json files [unsupported-feature]\n"},
           Row{{{"apis/a/specification.wsdl", "<w/>"}, {"apis/a/operations/o/policy.xml", "<policies/>"}},
               "store/apis/a/specification.wsdl:1:1: warning: WSDL specifications are not imported; describe the API's operations with "
               "OpenAPI or "
               "operationInformation.json files [unsupported-feature]\n"},
           Row{{{"apis/a/specification.wadl", "<w/>"}},
               "store/apis/a/specification.wadl:1:1: warning: WADL specifications are not imported; describe the API's operations with "
               "OpenAPI or "
               "operationInformation.json files [unsupported-feature]\n"},
           Row{{{"apis/a/specification.json", R"({"openapi":"3.0.0","paths":{}})"},
                {"apis/a/specification.yaml", "{openapi: 3.0.0, paths: {}}"}},
               "store/apis/a/specification.json:1:1: warning: the API has a specification already, specification.yaml; remove one "
               "[file-ignored]\n"},
           Row{{{"workspaces/w/apis/a/apiInformation.json", "{"}, {"workspaces/v/policy.xml", ""}},
               "store/workspaces:1:1: warning: workspaces are skipped; move what shall be served to the root of the folder "
               "[unsupported-feature]\n"},
       }) {
    const Loaded loaded = load_folder(api + row.files);
    CHECK(loaded.problems() == row.problems);
    CHECK(loaded.keys() == "apis/a;rev=1\n");
  }
}

TEST_CASE("folder: every malformed file is reported with its place, and the rest is there") {
  const Files files = echo + Files{
                                 {"apis/b/apiInformation.json", "{\"properties\": {\n  \"path\": \"b\",\n}}"},
                                 {"apis/b/specification.yaml", "openapi: 3.0.0\npaths: {b: {}}"},
                                 {"apis/c/specification.yaml", "openapi: 3.0.0\npaths: {}"},
                                 {"apis/d/apiInformation.json", R"({"path": "d"})"},
                                 {"apis/e/apiInformation.json", R"({"properties": {"path": "e", "apiRevision": "7"}})"},
                                 {"apis/e/specification.json", "{\"openapi\": \"3.0.0\",\n \"paths\": {\"/x\": }}"},
                                 {"apis/e/operations/get-x/policy.xml", "<policies/>"},
                                 {"apis/e;rev=7/apiInformation.json", R"({"properties": {}})"},
                                 {"apis/e;rev=8/apiInformation.json", R"({"properties": {"apiRevision": "9"}})"},
                                 {"apis/f;rev=2/apiInformation.json", R"({"properties": {"sourceApiId": "/apis/nowhere"}})"},
                                 {"apis/Z/apiInformation.json", R"({"properties": {}})"},
                                 {"apis/z/apiInformation.json", R"({"properties": {}})"},
                                 {"apis/g#/apiInformation.json", R"({"properties": {}})"},
                                 {"apis/echo/operations/gt-a/policy.xml", "<policies/>"},
                                 {"apis/echo/operations/wild/operationInformation.json", R"({"properties": {"urlTemplate": "/*"}})"},
                                 {"apis/echo/operations/flat/operationInformation.json", R"({"method": "GET"})"},
                                 {"backends/b/backendInformation.json", "[]"},
                                 {"backends/c/backendInformation.json", R"({"properties": []})"},
                                 {"loggers/l/notes.txt", ""},
                                 {"policy fragments/f/policyFragmentInformation.json", R"({"properties": {}})"},
                                 {"products/p/productInformation.json", R"({"properties": {}})"},
                                 {"products/p/apis/ecco/productApiInformation.json", "{}"},
                                 {"products/p/apis/echo/productApiInformation.json", ""},
                                 {"products/p/groups/x/productGroupInformation.json", R"({"properties": {"groupId": "/groups/nobody"}})"},
                                 {"named values/n/namedValueInformation.json", R"({"properties": {"displayName": "n", "secret": true}})"},
                                 {"named values/k/namedValueInformation.json", R"({"properties": {"keyVault": {}, "value": " "}})"},
                                 {"subscriptions/s/subscriptionInformation.json", R"({"properties": {"scope": "/apis"}})"},
                             };
  const Loaded loaded = load_folder(files);
  CHECK(loaded.problems() ==
        "store/apis/g#:1:1: error: a name must not contain any of * # & + : < > ?; rename the folder [invalid-value]\n"
        "store/apis/z:1:1: error: another folder has this name in other letters, and APIM ignores case; rename or remove one "
        "[duplicate-resource]\n"
        "store/backends/b/backendInformation.json:1:1: error: an information file is an object; write {\"properties\": {...}} "
        "[invalid-value]\n"
        "store/backends/c/backendInformation.json:1:16: error: 'properties' must be an object [invalid-value]\n"
        "store/loggers/l/loggerInformation.json:1:1: error: the file is missing; write {\"properties\": {...}} or remove its folder "
        "[missing-value]\n"
        "store/policy fragments/f/policy.xml:1:1: error: the file is missing; write <fragment>...</fragment> or remove its folder "
        "[missing-value]\n"
        "store/apis/b/apiInformation.json:2:14: error: a comma stands before '}'; remove it [invalid-json]\n"
        "store/apis/b/specification.yaml:2:9: error: the path 'b' does not begin with '/'; add it [invalid-specification]\n"
        "store/apis/c/apiInformation.json:1:1: error: the file is missing; write {\"properties\": {...}} or remove its folder "
        "[missing-value]\n"
        "store/apis/d/apiInformation.json:1:1: error: 'properties' is missing; write {\"properties\": {...}} [missing-value]\n"
        "store/apis/e/specification.json:2:18: error: a value is expected, not '}' [invalid-json]\n"
        "store/apis/e;rev=7/apiInformation.json:1:16: error: revision 7 is the current one already, in apis/e; remove one of the folders "
        "[duplicate-resource]\n"
        "store/apis/e;rev=8/apiInformation.json:1:32: error: apiRevision is '9', but the folder says ';rev=8'; make them equal "
        "[invalid-value]\n"
        "store/apis/echo/operations/flat/operationInformation.json:1:1: error: 'properties' is missing; write {\"properties\": {...}} "
        "[missing-value]\n"
        "store/apis/echo/operations/wild/operationInformation.json:1:16: error: 'method' is missing; an operation has a method and a "
        "urlTemplate [missing-value]\n"
        "store/apis/echo/operations/gt-a/policy.xml:1:1: error: the API has no operation 'gt-a' for this policy; did you mean 'get-a'? "
        "[unknown-reference]\n"
        "store/apis/f;rev=2/apiInformation.json:1:16: error: there is no folder apis/f for the current revision, whose path and name this "
        "one takes; add it [unknown-reference]\n"
        "store/apis/f;rev=2/apiInformation.json:1:32: error: sourceApiId names 'nowhere', which is not in the folder or copies this API; "
        "correct it [unknown-reference]\n"
        "store/products/p/apis/ecco/productApiInformation.json:1:1: error: there is nothing called 'ecco' in apis; did you mean 'echo'? "
        "[unknown-reference]\n"
        "store/products/p/apis/echo/productApiInformation.json:1:1: error: a value is expected, not the end of the text [invalid-json]\n"
        "store/products/p/groups/x/productGroupInformation.json:1:28: error: there is nothing called 'nobody' in groups; add it or remove "
        "this link [unknown-reference]\n"
        "store/named values/k/namedValueInformation.json:1:42: error: the named value 'k' has no value; its key vault is not read; give it "
        "one, for instance in the overrides [missing-value]\n"
        "store/named values/n/namedValueInformation.json:1:16: error: the named value 'n' has no value; give it one, for instance in the "
        "overrides [missing-value]\n"
        "store/subscriptions/s/subscriptionInformation.json:1:16: warning: the subscription 's' has no key and admits nobody; give it a "
        "primaryKey, for instance in the overrides [subscription-without-key]\n");
  CHECK(loaded.keys() ==
        "apis/Z;rev=1\n"
        "apis/e;rev=7\n"
        "apis/e;rev=8\n"
        "apis/echo;rev=1\n"
        "apis/echo;rev=1/operations/get-a\n"
        "apis/echo;rev=1/operations/post-b\n"
        "apis/f;rev=2\n"
        "products/p\n"
        "subscriptions/s\n");
}

TEST_CASE("folder: the result depends on neither the order of the files nor the run") {
  std::vector<ConfigFile> list;
  for (const auto& [path, bytes] : echo + Files{{"apis/b/apiInformation.json", "{}"}, {"x", ""}, {"policy.xml", "<policies/>"}})
    list.push_back({path, bytes});
  std::string first;
  std::sort(list.begin(), list.end(), [](const ConfigFile& a, const ConfigFile& b) { return a.path > b.path; });
  do {
    Loaded loaded;
    loaded.set = resources_from_folder(list, {}, loaded.diagnostics);
    if (first.empty()) first = loaded.keys() + loaded.problems();
    CHECK(loaded.keys() + loaded.problems() == first);
  } while (std::prev_permutation(list.begin(), list.end(), [](const ConfigFile& a, const ConfigFile& b) { return a.path < b.path; }));
}
