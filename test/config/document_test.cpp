#include "resources.hpp"

using namespace gatelet;

namespace {

Loaded load_document(std::string_view text, std::string_view file = "store.yaml") {
  Loaded loaded;
  loaded.set = resources_from_document(text, file, loaded.diagnostics);
  return loaded;
}

}  // namespace

TEST_CASE("document: JSON and YAML are told apart by extension, else by the first character") {
  struct Row {
    const char *file, *text, *problems;
  };
  for (const Row& row : {
           Row{"a.json", R"({"resources": []})", ""},
           Row{"a.yaml", "resources: []", ""},
           Row{"a.yml", "{resources: []}", ""},
           Row{"a", " \n{\"resources\": []}", ""},
           Row{"", "\xEF\xBB\xBF{\"resources\": []}", ""},
           Row{"a", "resources: []", ""},
           Row{"a.json", "resources: []", "a.json:1:1: error: a value is expected, not 'r' [invalid-json]\n"},
           Row{"a.yaml", "a: [",
               "a.yaml:1:5: error: did not find expected node content (while parsing a flow node); check indentation and quotes "
               "[invalid-json]\n"},
           Row{"a.yaml", "",
               "a.yaml:1:1: error: a resource document is {\"resources\": [{\"k\": ..., \"v\": ...}]}; add the list [missing-value]\n"},
           Row{"a.json", "{}",
               "a.json:1:1: error: a resource document is {\"resources\": [{\"k\": ..., \"v\": ...}]}; add the list [missing-value]\n"},
       }) {
    CAPTURE(row.text);
    CHECK(load_document(row.text, row.file).problems() == row.problems);
  }
}

TEST_CASE("document: resources come in loader order, each API with its parts, policies by their key") {
  const Loaded loaded = load_document(R"(kind: snapshot
root: abc
resources:
- {k: subscriptions/s, h: 12, v: {scope: /apis, primaryKey: k}}
- {k: apis/b;rev=2, v: {path: b}}
- {k: apis/b;rev=2/operations/o/policies/policy, v: {value: "<policies/>", format: rawxml}}
- {k: apis/b;rev=2/operations/o, v: {method: GET, urlTemplate: /}}
- {k: /apis/a, v: {path: a}}
- {k: apis/b;rev=2/diagnostics/d, v: {}}
- {k: apis/a/policies/policy, v: {value: "<policies/>"}}
- {k: apis/a/operations/o, v: {}}
- {k: policies/policy, v: {value: "<policies/>"}}
- {k: namedValues/n, v: {displayName: n, value: x}}
- {k: gateway/hostnameConfigurations/h, v: {}}
)");
  CHECK(loaded.problems() == "");
  CHECK(loaded.keys() ==
        "namedValues/n\ngateway/hostnameConfigurations/h\npolicies/policy\n"
        "apis/b;rev=2\napis/b;rev=2/operations/o\napis/b;rev=2/operations/o/policies/policy\n"
        "apis/a;rev=1\napis/a;rev=1/operations/o\napis/a;rev=1/policies/policy\nsubscriptions/s\napis/b;rev=2/diagnostics/d\n");
  CHECK(loaded.value("apis/b;rev=2").text() == R"({"path":"b","apiRevision":"2","isCurrent":true})");
  CHECK(loaded.value("apis/a;rev=1").text() == R"({"path":"a","apiRevision":"1","isCurrent":true})");
  CHECK(loaded.value("policies/policy").text() == R"({"value":"<policies/>","format":"xml"})");
  CHECK(loaded.set.find("apis/a;rev=1/policies/policy")->file == "apis/a;rev=1/policies/policy");
  CHECK(loaded.set.find("apis/a;rev=1/operations/o")->file == "store.yaml");
  CHECK(loaded.value("namedValues/n")["value"].at() == SourcePos{13, 49});
}

TEST_CASE("document: a name without a revision is the current one") {
  const Loaded loaded = load_document(R"(resources:
- {k: apis/a;rev=1, v: {path: a}}
- {k: apis/a;rev=3, v: {path: a, isCurrent: true}}
- {k: apis/A/operations/o, v: {}}
- {k: apis/b, v: {path: b, apiRevision: 5}}
- {k: apis/b/operations/o, v: {}}
)");
  CHECK(loaded.problems() == "");
  CHECK(loaded.keys() == "apis/a;rev=1\napis/a;rev=3\napis/A;rev=3/operations/o\napis/b;rev=5\napis/b;rev=5/operations/o\n");
  CHECK(loaded.value("apis/b;rev=5")["apiRevision"].is_string());
}

TEST_CASE("document: every mistake is reported with its place and the rest is there") {
  const Loaded loaded = load_document(R"(resources:
- 1
- {v: {}}
- {k: apis/a}
- {k: apiz/a, v: {}}
- {k: apis/a/b/c, v: {}}
- {k: tags/t, v: {}}
- {k: Tags/T, v: {}}
- {k: apis/x;rev=1/operations/o, v: {}}
- {k: products/p/policies/policy, v: {}}
- {k: apis/two;rev=1, v: {}}
- {k: apis/two;rev=2, v: {apiRevision: '3'}}
- {k: apis/one;rev=1, v: {isCurrent: true}}
- {k: apis/one;rev=2, v: {isCurrent: true}}
- {k: namedValues/n, v: {displayName: n}}
- {k: subscriptions/s, v: {scope: /apis}}
)");
  CHECK(
      loaded.problems() ==
      "store.yaml:2:3: error: a resource needs a key 'k', such as \"apis/echo;rev=1\" [missing-value]\n"
      "store.yaml:3:3: error: a resource needs a key 'k', such as \"apis/echo;rev=1\" [missing-value]\n"
      "store.yaml:4:3: error: 'v' of 'apis/a' must be an object with its properties [invalid-value]\n"
      "store.yaml:5:7: warning: 'apiz/a' is not of a kind that this build knows and was not read; did you mean 'apis/...'? [file-ignored]\n"
      "store.yaml:6:7: warning: 'apis/a/b/c' is not of a kind that this build knows and was not read; correct the key or remove it "
      "[file-ignored]\n"
      "store.yaml:12:40: error: apiRevision is '3', but the key says ';rev=2'; make them equal [invalid-value]\n"
      "store.yaml:14:7: error: revision 1 is the current one already; keep isCurrent in one of them [duplicate-resource]\n"
      "store.yaml:11:7: error: no revision of the API is the current one; add isCurrent to one of them [missing-value]\n"
      "store.yaml:8:7: error: 'Tags/T' stands twice, and case does not count; remove one [duplicate-resource]\n"
      "store.yaml:9:7: error: 'apis/x;rev=1/operations/o' belongs to 'apis/x;rev=1', which is not in the document; add it "
      "[unknown-reference]\n"
      "store.yaml:10:7: error: 'products/p/policies/policy' belongs to 'products/p', which is not in the document; add it "
      "[unknown-reference]\n"
      "store.yaml:15:25: error: the named value 'n' has no value; give it one, for instance in the overrides [missing-value]\n"
      "store.yaml:16:27: warning: the subscription 's' has no key and admits nobody; give it a primaryKey, for instance in the overrides "
      "[subscription-without-key]\n");
  CHECK(loaded.keys() == "tags/t\napis/two;rev=1\napis/two;rev=2\napis/one;rev=1\napis/one;rev=2\nsubscriptions/s\n");
}

TEST_CASE("document: a kind that is required but unknown refuses the whole document") {
  const Loaded loaded = load_document("require: [apis, 'apis/*/operations', flux]\nresources: [{k: tags/t, v: {}}]");
  CHECK(loaded.problems() ==
        "store.yaml:1:38: error: the document requires the kind 'flux', which this build does not know [unsupported-feature]\n");
  CHECK(loaded.keys() == "");
}

TEST_CASE("resource: names are found in full and short ids, scopes in keys") {
  CHECK(name_in_id("/subscriptions/00/resourceGroups/g/providers/Microsoft.ApiManagement/service/s/products/starter", "products") ==
        "starter");
  CHECK(name_in_id("/products/starter", "Products") == "starter");
  CHECK(name_in_id("/apis", "apis") == "");
  CHECK(name_in_id("starter", "products") == "");
  CHECK(name_in_id("", "products") == "");
  CHECK(scope_of_key("apis/echo;rev=1/operations/o") == "api echo;rev=1");
  CHECK(scope_of_key("products/p") == "");
}
