#include "http/message.hpp"

#include <doctest/doctest.h>

using namespace gatelet;

TEST_CASE("methods: only the exact token is the method") {
  struct Row {
    std::string_view token;
    Method method;
  };
  for (const Row& row :
       {Row{"GET", Method::get}, Row{"HEAD", Method::head}, Row{"POST", Method::post}, Row{"PUT", Method::put},
        Row{"DELETE", Method::delete_}, Row{"CONNECT", Method::connect}, Row{"OPTIONS", Method::options}, Row{"TRACE", Method::trace},
        Row{"PATCH", Method::patch}, Row{"get", Method::other}, Row{"", Method::other}, Row{"GETS", Method::other},
        Row{"PROPFIND", Method::other}, Row{"PURGE", Method::other}, Row{"BREW", Method::other}, Row{"SEARCH", Method::other},
        Row{"ABC", Method::other}, Row{"REPORTS", Method::other}}) {
    CAPTURE(row.token);
    CHECK(method_from(row.token) == row.method);
  }
}

TEST_CASE("responses: an unset reason is the standard phrase, a set one stays, also when empty") {
  struct Row {
    int status;
    std::optional<std::string_view> reason;
    std::string_view phrase;
  };
  for (const Row& row :
       {Row{200, {}, "OK"}, Row{404, {}, "Not Found"}, Row{413, {}, "Content Too Large"}, Row{429, {}, "Too Many Requests"},
        Row{299, {}, ""}, Row{418, {}, ""}, Row{200, "Fine", "Fine"}, Row{200, "", ""}}) {
    Arena arena;
    Response response(arena);
    response.status = row.status;
    response.reason = row.reason;
    CAPTURE(row.status);
    CHECK(response.phrase() == row.phrase);
  }
}
