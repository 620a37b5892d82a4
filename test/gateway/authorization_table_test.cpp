// Authorizations of the host: found by provider and id, replaced as a whole, and nothing changes with an error.
#include "gateway/authorization_table.hpp"

#include <doctest/doctest.h>

using namespace gatelet;

TEST_CASE("authorizations: found by provider and id in any case, until they are replaced") {
  AuthorizationTable table;
  CHECK(table.find("github", "c1") == nullptr);
  REQUIRE(table.set(R"({"authorizations":[{"provider":"GitHub","id":"c1","token":{"access_token":"a","scope":"s"}},
                       {"provider":"github","id":"c2","expires":"2026-01-01T00:00:00Z","token":{"access_token":"b"}}]})"));
  REQUIRE(table.find("github", "C1"));
  CHECK(table.find("github", "c1")->access_token == "a");
  CHECK(table.find("github", "c1")->claims["scope"].string() == "s");
  CHECK(table.find("github", "c1")->expires_ms == INT64_MAX);
  CHECK(table.find("github", "c2")->expires_ms == 1'767'225'600'000);
  CHECK(table.find("gitlab", "c1") == nullptr);
  struct Row {
    const char *text, *problem;
  };
  for (
      const Row& row : {
          Row{"{", ""},
          Row{"{}", "write {\"authorizations\""},
          Row{R"({"authorizations":[{"id":"c1","token":{"access_token":"a"}}]})", "each needs a provider and an id"},
          Row{R"({"authorizations":[{"provider":"p","id":"c1","token":{}}]})", "'c1' needs a token with an access_token"},
          Row{R"({"authorizations":[{"provider":"p","id":"c1","expires":5,"token":{"access_token":"a"}}]})",
              "'expires' of 'c1' is not a time"},
          Row{R"({"authorizations":[{"provider":"p","id":"c","token":{"access_token":"a"}},{"provider":"P","id":"C","token":{"access_token":"a"}}]})",
              "is there twice"},
      }) {
    CAPTURE(row.text);
    const auto set = table.set(row.text);
    REQUIRE(!set);
    CHECK(set.error().message.find(row.problem) != std::string::npos);
    CHECK(table.find("github", "c1")->access_token == "a");
  }
  REQUIRE(table.set(R"({"authorizations":[]})"));
  CHECK(table.find("github", "c1") == nullptr);
}
