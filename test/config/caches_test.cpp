// Cache resources: which one a gateway uses, and what is wrong with them.
#include "config/caches.hpp"

#include <doctest/doctest.h>

using namespace gatelet;

namespace {

const char* const document_of_caches = R"({"resources":[
{"k":"caches/default","v":{"connectionString":"all.test:6379","useFromLocation":"Default"}},
{"k":"caches/west","v":{"connectionString":"west.test,password={{key}},ssl=True","useFromLocation":"westeurope"}},
{"k":"caches/barn","v":{"connectionString":"barn.test","useFromLocation":"The Barn"}},
{"k":"gateways/one","v":{"locationData":{"name":"the barn"}}}]})";

std::string host(const char* text, std::string_view gateway, std::string_view region, std::string* problems = nullptr) {
  Diagnostics diagnostics;
  const ResourceSet set = resources_from_document(text, "c.json", diagnostics);
  const auto named_value = [](std::string_view name) { return name == "key" ? std::optional<std::string>("s3cret") : std::nullopt; };
  const auto address = read_external_cache(set, gateway, region, named_value, diagnostics);
  if (problems)
    for (const Diagnostic& item : diagnostics.items()) *problems += format(item) + "\n";
  else
    CHECK(diagnostics.count() == 0);
  if (!address) return "none";
  return address->places[0].host + " " + address->password;
}

}  // namespace

TEST_CASE("caches: one that names the gateway's region or location is used, else that for all places") {
  CHECK(host(document_of_caches, "", "westeurope") == "west.test s3cret");
  CHECK(host(document_of_caches, "", "WestEurope") == "west.test s3cret");
  CHECK(host(document_of_caches, "one", "") == "barn.test ");
  CHECK(host(document_of_caches, "two", "north") == "all.test ");
  CHECK(host(document_of_caches, "", "") == "all.test ");
  CHECK(host(R"({"resources":[{"k":"caches/west","v":{"connectionString":"w","useFromLocation":"west"}}]})", "", "") == "none");
  CHECK(host(R"({"resources":[{"k":"caches/default","v":{"connectionString":"d"}}]})", "", "") == "d ");
}

TEST_CASE("caches: a problem is told with its place, and the cache is left out") {
  struct Row {
    const char *text, *problem;
  };
  for (const Row& row : {
           Row{R"({"resources":[{"k":"caches/default","v":{}}]})", "the cache 'default' needs a connectionString"},
           Row{R"({"resources":[{"k":"caches/default","v":{"connectionString":7}}]})", "connectionString must be a text"},
           Row{R"({"resources":[{"k":"caches/default","v":{"connectionString":"h,password={{gone}}"}}]})", "the named value 'gone'"},
           Row{R"({"resources":[{"k":"caches/default","v":{"connectionString":"h:x,password=p"}}]})", "c.json:1:"},
       }) {
    CAPTURE(row.text);
    std::string problems;
    CHECK(host(row.text, "", "", &problems) == "none");
    CHECK_MESSAGE(problems.find(row.problem) != std::string::npos, problems);
  }
}
