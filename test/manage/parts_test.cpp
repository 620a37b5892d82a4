// Filters, policy texts, tokens, trees: the parts of the plane that stand for themselves.
#include <doctest/doctest.h>

#include "manage/manage/filter.hpp"
#include "manage/manage/policy_text.hpp"
#include "manage/manage/token.hpp"
#include "manage/manage/tree.hpp"

using namespace gatelet;
using namespace gatelet::manage;

TEST_CASE("filter: what it matches") {
  const Json resource = *Json::parse(R"({"name":"Echo API","state":"published","count":3,"isCurrent":true,"when":"2024-01-01T00:00:00Z"})");
  struct Row {
    const char* filter;
    bool matches;
  };
  for (const Row& row : {
           Row{"name eq 'echo api'", true},
           Row{"NAME ne 'echo api'", false},
           Row{"contains(name, 'API')", true},
           Row{"substringof('api', name)", true},
           Row{"startswith(name,'API')", false},
           Row{"endswith(name, 'api') and state eq 'published'", true},
           Row{"name eq 'x' or (count ge 3 and not (count gt 3))", true},
           Row{"isCurrent eq true", true},
           Row{"when ge 2023-12-31T00:00:00Z and when lt datetime'2024-06-01T00:00:00Z'", true},
           Row{"name eq 'it''s'", false},
       }) {
    CAPTURE(row.filter);
    const auto filter = Filter::parse(row.filter, "name|state|count|isCurrent|when");
    REQUIRE(filter);
    const bool matches =
        filter->matches([&](std::string_view name) -> const Json& { return name == "iscurrent" ? resource["isCurrent"] : resource[name]; });
    CHECK(matches == row.matches);
  }
}

TEST_CASE("filter: what is refused, with its place") {
  struct Row {
    const char *filter, *message;
  };
  for (const Row& row : {
           Row{"secret eq 'x'", "$filter, character 1: 'secret' is no field of this collection; known are: name"},
           Row{"name like 'x'", "$filter, character 6: one of eq, ne, gt, ge, lt, le is expected"},
           Row{"name eq 'x", "$filter, character 9: the text has no end; close it with an apostrophe"},
           Row{"name eq 'x'; DROP TABLE resource", "$filter, character 12: nothing more is expected"},
           Row{"", "$filter, character 1: a field is expected"},
       }) {
    CAPTURE(row.filter);
    const auto filter = Filter::parse(row.filter, "name");
    REQUIRE_FALSE(filter);
    CHECK(filter.error().message == row.message);
  }
}

TEST_CASE("policy text: expressions are escaped in the form xml and verbatim in rawxml") {
  struct Row {
    const char *raw, *xml;
  };
  for (const Row& row : {
           Row{R"x(<a b="@(1 < 2 && "x" == "x")" />)x", R"x(<a b="@(1 &lt; 2 &amp;&amp; &quot;x&quot; == &quot;x&quot;)" />)x"},
           Row{R"x(<a>@{ return "<b>"; }</a>)x", R"x(<a>@{ return &quot;&lt;b&gt;&quot;; }</a>)x"},
           Row{R"x(<a b="c &amp; d">e</a>)x", R"x(<a b="c &amp; d">e</a>)x"},
           Row{R"x(<!-- @("a") --><a/>)x", R"x(<!-- @("a") --><a/>)x"},
       }) {
    CHECK(policy_as_xml(row.raw) == row.xml);
    CHECK(policy_as_raw(row.xml) == row.raw);
  }
}

TEST_CASE("gateway token: the vectors of the specification") {
  const std::string key = "c2VjcmV0LWtleS1mb3ItdGVzdHMtb25seQ==";
  CHECK(token_signature(key, "gw1", "203001010000") ==
        "+FQaabZwmbCVitUOfILDaNYHvFUC/Ro6FQmefpK9ydAsk0296RG7Lj2d8LWmLQVcQX/LewA5gZZYUap2Lxi9UA==");
  CHECK(token_signature(key, "integration", "2030-01-01T00:00:00.0000000Z") ==
        "3NO78spOrzvNpqXi+xICJDjMlBK8dMeCfemqe0Ph/A2420PbswS0faT5usWQRazKOJtBDVTi/GYpgk4TrJyXzw==");
}

TEST_CASE("gateway token: every spelling of the header is read") {
  for (const char* header : {"GatewayKey gw1&203001010000&sig", "gw1&203001010000&sig", "SharedAccessSignature gw1&203001010000&sig",
                             "SharedAccessSignature token=\"gw1&203001010000&sig\",refresh=\"true\""}) {
    const auto token = read_gateway_token(header);
    REQUIRE(token);
    CHECK(token->id == "gw1");
    CHECK(token->signature == "sig");
    CHECK(token->expires_ms == 1893456000000);
  }
  for (const char* header : {"", "Bearer x", "GatewayKey gw1&2030&sig", "GatewayKey &203001010000&sig"})
    CHECK_FALSE(read_gateway_token(header));
}

TEST_CASE("tree: children are those directly below, whatever else begins alike") {
  Tree tree;
  for (const char* key : {"apis/a;rev=1", "apis/a;rev=1/operations/x", "apis/a;rev=1/operations/x-y",
                          "apis/a;rev=1/operations/x/policies/policy", "apis/a-b;rev=1", "apis/a-b;rev=1/operations/z", "products/p"})
    tree.put(std::make_shared<const Entry>(Entry{key, 1, Json::object({}), Json::object({})}));
  const auto names = [](const std::vector<const Entry*>& entries) {
    std::string out;
    for (const Entry* entry : entries) out += std::string(entry->name()) + ' ';
    return out;
  };
  CHECK(names(tree.children("apis")) == "a-b;rev=1 a;rev=1 ");
  CHECK(names(tree.children("APIS/A;rev=1/operations")) == "x x-y ");
  CHECK(names(tree.revisions("a")) == "a;rev=1 ");
}

TEST_CASE("edit: what is not kept is taken back") {
  Tree tree;
  tree.put(std::make_shared<const Entry>(Entry{"tags/a", 1, Json::object({}), Json::object({})}));
  {
    Edit edit(tree, 2);
    edit.erase("tags/a");
    edit.put({"tags/b", 0, Json::object({}), Json::object({})});
    CHECK(tree.find("tags/b"));
  }
  CHECK(tree.find("tags/a")->revision == 1);
  CHECK_FALSE(tree.find("tags/b"));
}
