#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "http/url.hpp"

using namespace gatelet;

TEST_CASE("queries: what no policy touches is written byte for byte") {
  for (const std::string_view text :
       {"", "a", "a=", "a=1&b=2", "=", "=x", "&", "a&&b", "&a=1&", "a=b=c", "%41=%2f+%zz&;=;", "a[]=1&a[]=2", "x=\"<>{}|\\^`"}) {
    Arena arena;
    CAPTURE(text);
    CHECK(Query(text, arena).text() == text);
  }
}

TEST_CASE("queries: a parameter is found by its decoded name, in any case; the first counts, only & separates") {
  struct Row {
    std::string_view query, name;
    bool is_found;
    std::string_view value;
  };
  for (const Row& row : {
           Row{"a=1&b=2", "b", true, "2"},
           Row{"A=1", "a", true, "1"},
           Row{"a=1&a=2", "a", true, "1"},
           Row{"subscription%2Dkey=k", "Subscription-Key", true, "k"},
           Row{"a+b=1", "a b", true, "1"},
           Row{"a%2Bb=1", "a+b", true, "1"},
           Row{"a=x%20y+z", "a", true, "x%20y+z"},
           Row{"a", "a", true, ""},
           Row{"a=b=c", "a", true, "b=c"},
           Row{"a%=1", "a%", true, "1"},
           Row{"a=1;b=2", "b", false, ""},
           Row{"ab=1", "a", false, ""},
           Row{"a=1", "ab", false, ""},
           Row{"%61=1", "%61", false, ""},
           Row{"", "a", false, ""},
       }) {
    Arena arena;
    CAPTURE(row.query);
    std::string_view value;
    CHECK(find_query_value(row.query, row.name, value) == row.is_found);
    CHECK(value == row.value);
    const Query query(row.query, arena);
    CHECK(query.contains(row.name) == row.is_found);
    CHECK((query.find(row.name) ? query.find(row.name)->value : "") == row.value);
  }
}

TEST_CASE("queries: values replace all of the name in place of the first, encoded; the others keep their bytes") {
  struct Row {
    std::string_view query, name;
    std::vector<std::string_view> values;
    std::string_view after;
  };
  for (const Row& row : {
           Row{"x=%2f&a=1&y&A=2", "a", {"9"}, "x=%2f&a=9&y"},
           Row{"x=1", "api-version", {"2024-01"}, "x=1&api-version=2024-01"},
           Row{"a=1&z=2", "a", {"p q", "r&s"}, "a=p%20q&a=r%26s&z=2"},
           Row{"a=1&b=2", "a", {}, "b=2"},
           Row{"a=1", "a", {}, ""},
           Row{"", "n=m", {""}, "n%3Dm="},
           Row{"API-Version=1", "api-version", {"2"}, "api-version=2"},
           Row{"a=1", "b", {"1", "2", "3", "4", "5", "6", "7", "8"}, "a=1&b=1&b=2&b=3&b=4&b=5&b=6&b=7&b=8"},
           Row{"", "v", {"a\r\nX: 1"}, "v=a%0D%0AX%3A%201"},
       }) {
    Arena arena;
    CAPTURE(row.query);
    Query query(row.query, arena);
    query.set(row.name, row.values);
    CHECK(query.text() == row.after);
  }
}

TEST_CASE("queries: removal and appending keep the order of the others") {
  Arena arena;
  Query query("a=1&B&a=2&c=3", arena);
  CHECK(query.remove("A") == 2);
  CHECK(query.remove("none") == 0);
  query.append("b", "\xC3\xA9");
  CHECK(query.text() == "B&c=3&b=%C3%A9");
  CHECK(query.parameters().size() == 3);
}
