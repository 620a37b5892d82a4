#include "config/openapi.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace gatelet;

namespace {

struct Imported {
  OpenapiImport import;
  Diagnostics diagnostics;

  // "id METHOD template" a line.
  std::string operations() const {
    std::string lines;
    for (const Resource& operation : import.operations)
      lines += operation.key.substr(operation.key.rfind('/') + 1) + " " + std::string(operation.value["method"].string()) + " " +
               std::string(operation.value["urlTemplate"].string()) + "\n";
    return lines;
  }
  std::string problems() const {
    std::string lines;
    for (const Diagnostic& diagnostic : diagnostics.items()) lines += format(diagnostic) + "\n";
    return lines;
  }
  const Json& operation(size_t index = 0) const { return import.operations.at(index).value; }
};

Imported import(std::string_view yaml, bool required_query_as_template = true) {
  Imported made;
  const Result<Json> document = Json::parse_yaml(yaml);
  REQUIRE_MESSAGE(document, document.error().message);
  made.import = import_openapi(*document, "apis/echo;rev=1", "spec.yaml", required_query_as_template, made.diagnostics);
  return made;
}

// A document of one path around its path item, whose first line is line 5.
Imported import_path(std::string_view path, std::string_view item, bool required_query_as_template = true) {
  return import("openapi: 3.0.3\ninfo: {title: T}\npaths:\n  " + std::string(path) + ":\n" + std::string(item), required_query_as_template);
}

}  // namespace

TEST_CASE("openapi: operation ids are lower-case, with one dash for each run of other characters, at most 76 long") {
  struct Row {
    std::string text, id;
  };
  for (const Row& row : {
           Row{"getPet", "getpet"},
           Row{"GET-/foo/{bar}?buzz={quix}", "get-foo-bar-buzz-quix"},
           Row{"--a__b--", "a-b"},
           Row{std::string(80, 'x'), std::string(76, 'x')},
           Row{"\xC3\xA4", ""},
       }) {
    CAPTURE(row.text);
    CHECK(normalized_operation_id(row.text) == row.id);
  }
}

TEST_CASE("openapi: the id comes from operationId, else from method and path, with a number when it is taken") {
  const Imported made = import(R"(openapi: 3.0.0
paths:
  /foo/{bar}:
    get: {parameters: [{name: bar, in: path, required: true, schema: {type: string}}]}
    put: {operationId: 'Do It'}
    post: {operationId: do_it}
    patch: {operationId: do.it}
  /:
    get: {operationId: ''}
)");
  CHECK(made.operations() ==
        "get-foo-bar GET /foo/{bar}\ndo-it PUT /foo/{bar}\ndo-it-1 POST /foo/{bar}\ndo-it-2 PATCH /foo/{bar}\nget GET /\n");
  CHECK(made.import.operations[0].key == "apis/echo;rev=1/operations/get-foo-bar");
  CHECK(made.import.operations[0].file == "spec.yaml");
}

TEST_CASE("openapi: the display name is the summary cut at 300 characters, else operationId, else the id") {
  const std::string long_summary = "\xC3\xA4" + std::string(400, 'x');
  CHECK(import_path("/a", "    get: {summary: '" + long_summary + "', operationId: Op}").operation()["displayName"].string() ==
        "\xC3\xA4" + std::string(299, 'x'));
  CHECK(import_path("/a", "    get: {operationId: Op}").operation()["displayName"].string() == "Op");
  CHECK(import_path("/a", "    get: {}").operation()["displayName"].string() == "get-a");
}

TEST_CASE("openapi: title and description name the API") {
  const Imported made = import("openapi: 3.0.0\ninfo: {title: Echo, description: Says it again, version: '7'}\npaths: {}");
  CHECK(made.import.display_name == "Echo");
  CHECK(made.import.description == "Says it again");
  CHECK(made.problems() == "");
}

TEST_CASE("openapi: the service URL is the first https server, or scheme, host and basePath") {
  struct Row {
    const char *document, *url;
  };
  for (const Row& row : {
           Row{"{openapi: 3.0.0, paths: {}, servers: [{url: 'http://a'}, {url: 'https://b/v1'}, {url: 'https://c'}]}", "https://b/v1"},
           Row{"{openapi: 3.0.0, paths: {}, servers: [{url: 'http://a'}]}", ""},
           Row{"{openapi: 3.0.0, paths: {}, servers: [{url: /v1}]}", ""},
           Row{"{openapi: 3.0.0, paths: {}}", ""},
           Row{"{openapi: 3.0.0, paths: {}, servers: [{url: '{s}://{h}/{h}', variables: {s: {default: https}, h: {default: x}}}]}",
               "https://x/x"},
           Row{"{swagger: '2.0', paths: {}, host: h, basePath: /v1, schemes: [http, https]}", "https://h/v1"},
           Row{"{swagger: '2.0', paths: {}, host: h, schemes: [http]}", "http://h"},
           Row{"{swagger: '2.0', paths: {}, host: h}", "https://h"},
           Row{"{swagger: '2.0', paths: {}, basePath: /v1}", ""},
           Row{"{swagger: '2.0', paths: {}, host: h, x-servers: [{url: 'https://x'}]}", "https://x"},
       }) {
    CAPTURE(row.document);
    CHECK(import(row.document).import.service_url == row.url);
  }
}

TEST_CASE("openapi: required query parameters become template parameters unless they are to stay") {
  const char* item = R"(    get:
      parameters:
      - {name: a, in: query, required: true, schema: {type: integer, default: 3}}
      - {name: b, in: query, schema: {type: string, enum: [x, y]}}
      - {name: c, in: query, required: true, schema: {type: string}}
      - {name: 'd[e]', in: query, required: true, schema: {type: string}}
      - {name: 'f&g', in: query, required: true, schema: {type: string}}
)";
  const Imported made = import_path("/x", item);
  CHECK(made.operations() == "get-x GET /x?a={a}&c={c}&d[e]={d[e]}\n");
  CHECK(made.operation()["templateParameters"][0].text() == R"({"name":"a","type":"integer","defaultValue":"3","required":true})");
  CHECK(made.operation()["templateParameters"].size() == 3);
  CHECK(made.operation()["request"]["queryParameters"].text() ==
        R"([{"name":"b","type":"string","values":["x","y"],"required":false},{"name":"f&g","type":"string","required":true}])");

  const Imported kept = import_path("/x", item, false);
  CHECK(kept.operations() == "get-x GET /x\n");
  CHECK(kept.operation()["request"]["queryParameters"][0].text() == R"({"name":"a","type":"integer","defaultValue":"3","required":true})");
  CHECK(kept.problems() == "");
}

TEST_CASE("openapi: parameter names are unique over the whole template") {
  CHECK(import_path("/x/{id}", R"(    get:
      parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
      - {name: id, in: query, required: true, schema: {type: string}}
)")
            .problems() ==
        "spec.yaml:8:9: error: 'id' names a path parameter and a required query parameter, which share one template; rename one "
        "[invalid-specification]\n");
  CHECK(import_path("/x/{id}/{id}", "    parameters: [{name: id, in: path, required: true, schema: {type: string}}]\n    get: {}")
            .problems() ==
        "spec.yaml:4:3: error: the path '/x/{id}/{id}' names '{id}' twice; template parameters need different names "
        "[invalid-specification]\n");
}

TEST_CASE("openapi: path parameters follow the order of the path and are always required") {
  const Imported made = import_path("/{b}/{a}/{c}", R"(    parameters:
    - {name: a, in: path, schema: {type: integer}}
    - {name: b, in: path, schema: {type: boolean}, description: of the path}
    - {name: z, in: path, schema: {type: string}}
    get:
      parameters: [{name: b, in: path, description: of the operation, schema: {type: string, format: uuid}}]
)");
  CHECK(
      made.operation()["templateParameters"].text() ==
      R"([{"name":"b","type":"string","description":"of the operation","required":true,"schemaId":"specification","typeName":"get-b-a-c-b"},)"
      R"({"name":"a","type":"integer","required":true},{"name":"c","type":"string","required":true}])");
  CHECK(
      made.import.schemas.text() ==
      R"({"contentType":"application/vnd.oai.openapi.components+json","document":{"components":{"schemas":{"get-b-a-c-b":{"type":"string","format":"uuid"}}}}})");
  CHECK(made.problems() ==
        "spec.yaml:4:3: warning: the path parameter 'c' is not defined and counts as a string; define it [invalid-specification]\n"
        "spec.yaml:8:7: warning: path parameters that their path does not name are left out; remove them or add {name} to the path "
        "[specification-ignored]\n");
}

TEST_CASE("openapi: media types become representations, inline schemas move into the API's schema document") {
  const Imported made = import(R"(openapi: 3.0.0
paths:
  /pets:
    post:
      operationId: add
      requestBody:
        content:
          application/json: {schema: {$ref: '#/components/schemas/Pet'}, example: {name: Rex}}
          text/plain: {schema: {type: string}, examples: {a: {summary: s, value: v}, b: {$ref: '#/components/examples/e'}}}
      responses:
        200:
          description: done
          headers: {X-Rate: {schema: {type: integer}, description: left}}
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Pet'}}}}
        '204': {description: nothing}
components:
  schemas: {Pet: {type: object, properties: {mother: {$ref: '#/components/schemas/Pet'}}}, add-200: {type: string}}
  examples: {e: {externalValue: 'https://x'}}
)");
  CHECK(made.problems() == "");
  CHECK(
      made.operation()["request"].text() ==
      R"({"representations":[{"contentType":"application/json","schemaId":"specification","typeName":"Pet","examples":{"default":{"value":{"name":"Rex"}}}},)"
      R"({"contentType":"text/plain","schemaId":"specification","typeName":"add-request","examples":{"a":{"summary":"s","value":"v"},"b":{"externalValue":"https://x"}}}]})");
  CHECK(
      made.operation()["responses"].text() ==
      R"([{"statusCode":200,"description":"done","headers":[{"name":"X-Rate","type":"integer","description":"left","required":false}],)"
      R"("representations":[{"contentType":"application/json","schemaId":"specification","typeName":"add-200-1"}]},{"statusCode":204,"description":"nothing"}])");
  CHECK(made.import.schemas["document"]["components"]["schemas"].text() ==
        R"({"Pet":{"type":"object","properties":{"mother":{"$ref":"#/components/schemas/Pet"}}},"add-200":{"type":"string"},)"
        R"("add-request":{"type":"string"},"add-200-1":{"type":"array","items":{"$ref":"#/components/schemas/Pet"}}})");
}

TEST_CASE("openapi: parts without meaning for a gateway give one warning a kind, with a count") {
  struct Row {
    const char *item, *problems;
  };
  for (const Row& row : {
           Row{"    get: {requestBody: {content: {}}}\n    head: {requestBody: {content: {}}}\n    options: {requestBody: {content: {}}}\n "
               "   delete: {requestBody: {content: {}}}",
               "spec.yaml:5:24: warning: request bodies of GET, HEAD and OPTIONS are left out; use another method (3 of them, the first "
               "here) "},
           Row{"    get: {responses: {default: {description: d}, 4XX: {description: d}}}",
               "spec.yaml:5:23: warning: 'default' responses are left out; describe each status code [specification-ignored]\n"
               "spec.yaml:5:50: warning: responses for ranges such as '4XX' are left out; describe each status code "},
           Row{"    get: {security: [{a: []}]}\n    put: {security: []}",
               "spec.yaml:5:21: warning: security definitions are left out; check credentials with policies or require a subscription (2 "
               "of them, the first here) "},
           Row{"    get: {parameters: [{name: c, in: cookie, schema: {type: string}}]}",
               "spec.yaml:5:24: warning: cookie parameters are left out; check cookies with a policy "},
           Row{"    servers: [{url: 'https://x'}]\n    get: {servers: [{url: 'https://y'}]}",
               "spec.yaml:5:14: warning: servers of paths and operations are left out; choose backends with set-backend-service (2 of "
               "them, the first here) "},
           Row{"    get: {callbacks: {}}",
               "spec.yaml:5:22: warning: callbacks are left out; the backend calls its clients without the gateway "},
           Row{"    get: {responses: {200: {description: d, links: {}}}}",
               "spec.yaml:5:52: warning: links of responses are left out; clients follow them without the gateway "},
           Row{"    get: {}\n    trace: {}", "spec.yaml:6:5: warning: TRACE operations are left out; a gateway does not forward TRACE "},
           Row{"    get: {externalDocs: {url: x}}", "spec.yaml:5:25: warning: externalDocs are left out; put the link into a description "},
           Row{"    get: {parameters: [{name: q, in: query, style: form, explode: false, schema: {type: array}}, {name: h, in: header, "
               "style: simple, schema: {type: string}}]}",
               "spec.yaml:5:67: warning: style, explode, collectionFormat, allowReserved and allowEmptyValue are left out; parameters "
               "count as plain values, lists as repeated ones "},
           Row{"    get: {responses: {200: {description: d, content: {a/b: {schema: {$ref: 'pet.json'}}}}}}",
               "spec.yaml:5:76: warning: references to schemas outside the document are not followed; bundle the document into one file "},
       }) {
    CAPTURE(row.item);
    CHECK(import_path("/a", row.item).problems() == std::string(row.problems) + "[specification-ignored]\n");
  }
}

TEST_CASE("openapi: references to parameters, bodies, responses, headers and path items are followed") {
  const Imported made = import(R"(openapi: 3.1.0
paths:
  /a: {$ref: '#/components/pathItems/shared', summary: own}
  /b: {$ref: '#/paths/~1a'}
components:
  pathItems:
    shared:
      parameters: [{$ref: '#/components/parameters/first'}]
      put:
        requestBody: {$ref: '#/components/requestBodies/body'}
        responses: {'200': {$ref: '#/components/responses/ok'}}
  parameters: {first: {$ref: '#/components/parameters/second'}, second: {name: q, in: query, required: true, schema: {type: [null, integer]}}}
  requestBodies: {body: {content: {text/plain: {schema: {$ref: '#/components/parameters/second/schema'}}}}}
  responses: {ok: {description: fine, headers: {H: {$ref: '#/components/headers/h'}}}}
  headers: {h: {schema: {type: boolean}}}
webhooks: {w: {post: {}}}
)");
  CHECK(made.problems() ==
        "spec.yaml:16:11: warning: webhooks are left out; the backend calls its clients without the gateway [specification-ignored]\n");
  CHECK(made.operations() == "put-a PUT /a?q={q}\nput-b PUT /b?q={q}\n");
  CHECK(made.operation().without("displayName") == made.operation(1).without("displayName").with("urlTemplate", Json::from("/a?q={q}")));
  CHECK(made.operation()["templateParameters"][0]["type"].string() == "integer");
  CHECK(made.operation()["request"]["representations"][0]["typeName"].string() == "put-a-request");
  CHECK(made.operation()["responses"][0].text() ==
        R"({"statusCode":200,"description":"fine","headers":[{"name":"H","type":"boolean","required":false}]})");
}

TEST_CASE("openapi: x-ms-paths are paths that differ by their query") {
  const Imported made = import(R"(openapi: 3.0.0
paths:
  /a: {get: {}}
x-ms-paths:
  /a?kind={kind}:
    get:
      parameters:
      - {name: kind, in: query, required: true, schema: {type: integer}}
      - {name: page, in: query, required: true, schema: {type: integer}}
  /a?op=count: {get: {}}
)");
  CHECK(made.problems() == "");
  CHECK(made.operations() == "get-a GET /a\nget-a-kind-kind GET /a?kind={kind}&page={page}\nget-a-op-count GET /a?op=count\n");
}

TEST_CASE("openapi: Swagger 2.0 bodies, forms and responses") {
  const Imported made =
      import(R"({"swagger": "2.0", "host": "h", "produces": ["application/json", "text/xml"], "consumes": ["application/json"],
 "paths": {"/pets": {
   "post": {"operationId": "add", "parameters": [{"$ref": "#/parameters/body"}, {"name": "q", "in": "query", "type": "array", "collectionFormat": "multi", "items": {"type": "string"}}],
            "responses": {"200": {"description": "ok", "schema": {"$ref": "#/definitions/Pet"}, "examples": {"text/xml": "<a/>"}, "headers": {"X": {"type": "integer"}}}, "201": {"$ref": "#/responses/none"}}},
   "put": {"operationId": "form", "consumes": ["application/x-www-form-urlencoded"], "parameters": [{"name": "f", "in": "formData", "type": "string"}, {"name": "g", "in": "formData", "type": "file"}]}}},
 "parameters": {"body": {"name": "body", "in": "body", "schema": {"$ref": "#/definitions/Pet"}}},
 "responses": {"none": {"description": "none"}},
 "definitions": {"Pet": {"type": "object"}}})");
  CHECK(made.problems() ==
        "spec.yaml:5:101: warning: formData parameters are left out; the form is forwarded as it comes (2 of them, the first here) "
        "[specification-ignored]\n");
  CHECK(made.operation()["request"].text() ==
        R"({"queryParameters":[{"name":"q","type":"array","required":false,"schemaId":"specification","typeName":"add-q"}],)"
        R"("representations":[{"contentType":"application/json","schemaId":"specification","typeName":"Pet"}]})");
  CHECK(made.operation()["responses"].text() ==
        R"([{"statusCode":200,"description":"ok","headers":[{"name":"X","type":"integer","required":false}],"representations":[)"
        R"({"contentType":"application/json","schemaId":"specification","typeName":"Pet"},)"
        R"({"contentType":"text/xml","schemaId":"specification","typeName":"Pet","examples":{"default":{"value":"<a/>"}}}]},)"
        R"({"statusCode":201,"description":"none"}])");
  CHECK_FALSE(made.operation(1).has("request"));
  CHECK(made.import.schemas.text() ==
        R"({"contentType":"application/vnd.ms-azure-apim.swagger.definitions+json","document":{"definitions":{"Pet":{"type":"object"},)"
        R"("add-q":{"type":"array","items":{"type":"string"}}}}})");
}

TEST_CASE("openapi: every broken rule is reported with its place") {
  struct Row {
    const char *document, *problems;
  };
  for (const Row& row : {
           Row{"[1]", "1:1: error: this is no OpenAPI document; it begins with 'openapi: 3.0.x', 'openapi: 3.1.x' or 'swagger: \"2.0\"'\n"},
           Row{"{openapi: 4.0.0, paths: {}}",
               "1:11: error: version '4.0.0' cannot be imported; convert the document to Swagger 2.0, OpenAPI 3.0 or 3.1\n"},
           Row{"{swagger: '1.2'}",
               "1:11: error: version '1.2' cannot be imported; convert the document to Swagger 2.0, OpenAPI 3.0 or 3.1\n"},
           Row{"{openapi: 3.0.0}", "1:1: error: 'paths' is missing; without it the API has no operations\n"},
           Row{"{openapi: 3.0, paths: []}", "1:23: error: 'paths' is an array; it must be an object\n"},
           Row{"{openapi: 3.0.0, paths: {a: {get: {}}, '/b#c': {}, /d: 1, /e: {get: 1, GET: {}}}}",
               "1:26: error: the path 'a' does not begin with '/'; add it\n"
               "1:40: error: the path '/b#c' has a '#', which no request carries; remove it\n"
               "1:56: error: the path '/d' must be an object of operations\n"
               "1:69: error: the operation 'get' must be an object\n"
               "1:72: warning: 'GET' is no method and was left out; methods are written in lower case\n"},
           Row{"{openapi: 3.0.0, paths: {'/{a': {get: {}}, '/{}': {get: {}}, '/{a{b}}': {get: {}}, '/a}': {get: {}}}}",
               "1:26: error: the path '/{a' has braces that do not enclose a name; write {name}\n"
               "1:44: error: the path '/{}' has braces that do not enclose a name; write {name}\n"
               "1:62: error: the path '/{a{b}}' has braces that do not enclose a name; write {name}\n"
               "1:84: error: the path '/a}' has braces that do not enclose a name; write {name}\n"},
           Row{"{openapi: 3.0.0, paths: {/a: {get: {parameters: [{name: x}, {name: y, in: body}, {name: h, in: header}, {name: H, in: "
               "header}]}}}}",
               "1:50: error: a parameter needs 'name' and 'in'; add what is missing\n"
               "1:105: error: the header parameter 'H' stands twice in one list; remove one\n"
               "1:61: error: a parameter cannot stand in 'body'; allowed are path, query, header and cookie\n"},
           Row{"{openapi: 3.0.0, paths: {/a: {get: {parameters: {a: 1}, responses: {99: {}, ok: {}}}}}}",
               "1:49: error: 'parameters' is an object; it must be an array\n"
               "1:69: error: '99' is no status code; write a number from 100 to 599 or 'default'\n"
               "1:77: error: 'ok' is no status code; write a number from 100 to 599 or 'default'\n"},
           Row{"{openapi: 3.0.0, paths: {/a: {$ref: 'other.yaml#/a'}, /b: {$ref: '#/nowhere'}, /c: {$ref: '#/paths/~1c'}}}",
               "1:37: error: the reference 'other.yaml#/a' leaves the document; bundle everything into one file\n"
               "1:66: error: the reference '#/nowhere' leads nowhere; correct it or add what it names\n"
               "1:91: error: the reference '#/paths/~1c' leads in a circle; let it name a definition\n"},
       }) {
    CAPTURE(row.document);
    std::string lines;
    const Imported made = import(row.document);
    for (const Diagnostic& diagnostic : made.diagnostics.items()) {
      CHECK(diagnostic.code == DiagnosticCode::invalid_specification);
      CHECK(diagnostic.scope == "api echo;rev=1");
      const std::string line = format(diagnostic);
      lines += line.substr(10, line.rfind(" [") - 10) + "\n";
    }
    CHECK(lines == row.problems);
  }
}

TEST_CASE("openapi: shared path items cannot blow a small document up") {
  std::string document = "openapi: 3.1.0\npaths:\n  /0: &item {";
  for (const char* method : {"get", "put", "post", "delete", "options", "head", "patch"}) document += std::string(method) + ": {}, ";
  document += "}\n";
  for (int i = 1; i < 4000; ++i) document += "  /" + std::to_string(i) + ": {$ref: '#/paths/~10'}\n";
  const Imported made = import(document);
  CHECK(made.import.operations.size() == 20'000);
  CHECK(made.problems().find("error: more than 20000 operations; split the API") != std::string::npos);
}

namespace {

const char* const petstore_2 = R"(swagger: '2.0'
info: {title: Pets, version: '1'}
host: pets.example
basePath: /v2
schemes: [http, https]
produces: [application/json]
paths:
  /pets:
    get:
      operationId: listPets
      parameters:
      - {name: tags, in: query, type: array, items: {type: string}, collectionFormat: multi}
      - {name: limit, in: query, required: true, type: integer, format: int32}
      responses: {'200': {description: all, schema: {type: array, items: {$ref: '#/definitions/Pet'}}}}
    post:
      operationId: addPet
      consumes: [application/json]
      parameters: [{name: pet, in: body, schema: {$ref: '#/definitions/Pet'}}]
      responses: {'201': {description: added}}
  /pets/{id}:
    parameters: [{name: id, in: path, required: true, type: integer}]
    get: {operationId: findPet, responses: {'200': {description: one, schema: {$ref: '#/definitions/Pet'}}}}
    delete: {operationId: deletePet, responses: {'204': {description: gone}}}
definitions:
  Pet: {type: object, required: [id], properties: {id: {type: integer}, name: {type: string}}}
)";

// 3.0; 3.1 differs in the version and in nullable types.
std::string petstore_3(const char* version, const char* name_type) {
  return std::string("openapi: ") + version + R"(
info: {title: Pets, version: '1'}
servers: [{url: 'http://pets.example/v2'}, {url: 'https://pets.example/v2'}]
paths:
  /pets:
    get:
      operationId: listPets
      parameters:
      - {name: tags, in: query, schema: {type: array, items: {type: string}}}
      - {name: limit, in: query, required: true, schema: {type: integer, format: int32}}
      responses: {'200': {description: all, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Pet'}}}}}}
    post:
      operationId: addPet
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
      responses: {'201': {description: added}}
  /pets/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get: {operationId: findPet, responses: {'200': {description: one, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}}}
    delete: {operationId: deletePet, responses: {'204': {description: gone}}}
components:
  schemas:
    Pet: {type: object, required: [id], properties: {id: {type: integer}, name: {type: )" +
         name_type + "}}}\n";
}

}  // namespace

TEST_CASE("openapi: the same API in 2.0, 3.0 and 3.1 imports to the same operations") {
  const Imported first = import(petstore_2);
  CHECK(first.problems() == "");
  CHECK(first.operations() == "listpets GET /pets?limit={limit}\naddpet POST /pets\nfindpet GET /pets/{id}\ndeletepet DELETE /pets/{id}\n");
  for (const std::string& document : {petstore_3("3.0.3", "string"), petstore_3("3.1.0", "[string, 'null']")}) {
    CAPTURE(document);
    const Imported other = import(document);
    CHECK(other.problems() == "");
    CHECK(other.import.service_url == first.import.service_url);
    CHECK(other.import.display_name == first.import.display_name);
    REQUIRE(other.import.operations.size() == first.import.operations.size());
    for (size_t i = 0; i < first.import.operations.size(); ++i) {
      CHECK(other.import.operations[i].key == first.import.operations[i].key);
      CHECK(other.operation(i).text() == first.operation(i).text());
    }
  }
}

namespace {

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

// Everything an import yields, as one text.
std::string whole(const Imported& made) {
  std::string text =
      made.import.display_name + made.import.description + made.import.service_url + made.import.schemas.text() + made.problems();
  for (const Resource& operation : made.import.operations) text += operation.key + operation.value.text();
  return text;
}

}  // namespace

TEST_CASE("openapi: published documents import, each time to the same result, and every problem has a place") {
  const std::filesystem::path folder = std::filesystem::path(std::getenv("GATELET_CORPORA")) / "openapi";
  if (!std::filesystem::exists(folder)) {
    std::puts("SKIPPED openapi: 242 documents, corpora absent");
    return;
  }
  size_t documents = 0, unreadable = 0, imported = 0, operations = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string extension = entry.path().extension().string();
    if (extension != ".json" && extension != ".yaml" && extension != ".yml") continue;
    CAPTURE(entry.path().string());
    ++documents;
    const std::string text = bytes_of(entry.path());
    const Result<Json> document = extension == ".json" ? Json::parse(text) : Json::parse_yaml(text);
    if (!document) {
      CHECK(document.error().at);
      ++unreadable;
      continue;
    }
    Imported first, second;
    first.import = import_openapi(*document, "apis/a;rev=1", "f", true, first.diagnostics);
    second.import = import_openapi(*document, "apis/a;rev=1", "f", true, second.diagnostics);
    CHECK(whole(first) == whole(second));
    for (const Diagnostic& diagnostic : first.diagnostics.items()) CHECK(diagnostic.at);
    imported += first.diagnostics.has_errors() ? 0 : 1;
    operations += first.import.operations.size();
    const std::string path = entry.path().string();
    if (path.find("/oai/") != std::string::npos) CHECK_MESSAGE(!first.diagnostics.has_errors(), first.problems());
    if (path.find("/3.0/pass/OAI/") != std::string::npos) CHECK_MESSAGE(!first.diagnostics.has_errors(), first.problems());
  }
  std::printf("openapi: %zu documents, %zu unreadable, %zu imported without error, %zu operations\n", documents, unreadable, imported,
              operations);
  CHECK(documents > 200);
  CHECK(imported > 150);
}
