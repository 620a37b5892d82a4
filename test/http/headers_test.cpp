#include "http/headers.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "lines.hpp"

using namespace gatelet;
using namespace gatelet::test;

TEST_CASE("header names: every well-known name is known in any case") {
  struct Row {
    HeaderId id;
    std::string_view text;
  };
  for (const Row& row : {
#define GATELET_HEADER(id, text, flags) Row{HeaderId::id, text},
#include "http/header_names.inc"
#undef GATELET_HEADER
       }) {
    CAPTURE(row.text);
    CHECK(header_id(row.text) == row.id);
    CHECK(header_id(lower(row.text)) == row.id);
    CHECK(header_id(upper(row.text)) == row.id);
    CHECK(text_of(row.id) == row.text);
  }
}

TEST_CASE("header names: a name that differs in one character is another name") {
  for (const std::string_view name : {"", "T", "TF", "T", "Agf", "Hos", "Hostt", "Content_Length", "Content\rLength", "Content-Lengtl",
                                      "\x14"
                                      "E",
                                      "X_Forwarded_For", "X-Forwarded-Foo", "x-api-key", "Connectiom", "@ccept", "Expeqt",
                                      "Sec-WebSocket-Key", "Access-Control-Request-Headers-And-More"}) {
    CAPTURE(name);
    CHECK(header_id(name) == HeaderId::other);
  }
}

TEST_CASE("header names: a name is a token") {
  struct Row {
    std::string_view text;
    bool is_valid;
  };
  for (const Row& row :
       {Row{"X-A", true}, Row{"x_a", true}, Row{"!#$%&'*+-.^_`|~09az", true}, Row{"", false}, Row{"X A", false}, Row{"X:", false},
        Row{"X\r\nY", false}, Row{"X\xC3\xA9", false}, Row{"(x)", false}, Row{std::string_view("X\0", 2), false}, Row{"X\x7F", false}}) {
    CAPTURE(row.text);
    CHECK(is_token(row.text) == row.is_valid);
  }
}

TEST_CASE("header values: no line end, no NUL and no control but tab; bytes outside ASCII stay") {
  struct Row {
    std::string_view text;
    bool is_valid;
  };
  for (const Row& row : {Row{"", true}, Row{"a\tb", true}, Row{"caf\xC3\xA9 \xFF", true}, Row{"a\r\nX: 1", false}, Row{"a\nb", false},
                         Row{"a\rb", false}, Row{std::string_view("a\0b", 3), false}, Row{"a\x07", false}, Row{"a\x7F", false},
                         Row{"\xE2\x80\xA8\xE5\x98\x8A\xC4\x8D", true}}) {  // U+2028, U+560A and U+010D: no byte of theirs is a line end
    CAPTURE(row.text);
    CHECK(is_field_value(row.text) == row.is_valid);
  }
}

TEST_CASE("headers: an edit that could split the head changes nothing") {
  for (const std::string_view value :
       {std::string_view("v\r\nX-Evil: 1"), std::string_view("v\n"), std::string_view("\rv"), std::string_view("v\0", 2)}) {
    Arena arena;
    Headers headers(arena);
    receive(headers, {{"X-A", "1"}});
    CAPTURE(value);
    CHECK_FALSE(headers.set("X-A", value));
    CHECK_FALSE(headers.append("X-B", value));
    CHECK_FALSE(headers.append_value("X-A", value));
    CHECK_FALSE(headers.append_value("X-B", value));
    CHECK_FALSE(headers.append(value, "1"));
    CHECK_FALSE(headers.set(value, "1"));
    CHECK(lines_of(headers) == Lines{{"X-A", "1"}});
  }
}

TEST_CASE("headers: set replaces all lines of a name, in any case, at the place of the first") {
  struct Row {
    std::string_view name, value;
    Lines after;
  };
  const Lines before = {{"Accept", "a"}, {"X-Tag", "1"}, {"accept", "b"}, {"x-tag", "2"}};
  for (const Row& row : {Row{"x-TAG", "new", {{"Accept", "a"}, {"x-TAG", "new"}, {"accept", "b"}}},
                         Row{"ACCEPT", " c\t", {{"ACCEPT", "c"}, {"X-Tag", "1"}, {"x-tag", "2"}}},
                         Row{"X-New", "", {{"Accept", "a"}, {"X-Tag", "1"}, {"accept", "b"}, {"x-tag", "2"}, {"X-New", ""}}},
                         Row{"X_Tag", "0", {{"Accept", "a"}, {"X-Tag", "1"}, {"accept", "b"}, {"x-tag", "2"}, {"X_Tag", "0"}}}}) {
    Arena arena;
    Headers headers(arena);
    receive(headers, before);
    CAPTURE(row.name);
    CHECK(headers.set(row.name, row.value));
    CHECK(lines_of(headers) == row.after);
  }
}

TEST_CASE("headers: a value may be set that was read from the same headers") {
  Arena arena;
  Headers headers(arena);
  receive(headers, {{"X-A", "1"}, {"X-A", "2"}, {"X-B", "3"}});
  CHECK(headers.set("X-A", headers.get("X-A")));
  CHECK(headers.set("X-B", headers.find("X-A")->value));
  CHECK(lines_of(headers) == Lines{{"X-A", "1, 2"}, {"X-B", "1, 2"}});
}

TEST_CASE("headers: a value is appended to the line that is there, or as a line where the name goes out as lines") {
  struct Row {
    Lines before;
    std::string_view name, value;
    Lines after;
  };
  for (const Row& row :
       {Row{{{"X-Tag", "one"}}, "x-tag", "two", {{"X-Tag", "one, two"}}},
        Row{{{"X-Tag", "one"}, {"Via", "v"}, {"X-TAG", "two"}}, "x-tag", "three", {{"X-Tag", "one, two, three"}, {"Via", "v"}}},
        Row{{{"Vary", ""}}, "vary", "Origin", {{"Vary", "Origin"}}}, Row{{}, "X-Tag", "one", {{"X-Tag", "one"}}},
        Row{{{"Set-Cookie", "a=1"}}, "set-cookie", "b=2", {{"Set-Cookie", "a=1"}, {"set-cookie", "b=2"}}},
        Row{{{"WWW-Authenticate", "Basic"}},
            "WWW-Authenticate",
            "Bearer",
            {{"WWW-Authenticate", "Basic"}, {"WWW-Authenticate", "Bearer"}}}}) {
    Arena arena;
    Headers headers(arena);
    receive(headers, row.before);
    CAPTURE(row.name);
    CHECK(headers.append_value(row.name, row.value));
    CHECK(lines_of(headers) == row.after);
  }
}

TEST_CASE("headers: several lines of a name read as one value, cookies joined by a semicolon") {
  Arena arena;
  Headers headers(arena);
  receive(headers, {{"Cookie", "a=1"}, {"X-A", "1"}, {"cookie", "b=2"}, {"x-a", ""}, {"X-A", "3"}, {"Host", "h"}});
  CHECK(headers.get("COOKIE") == "a=1; b=2");
  CHECK(headers.get("X-a") == "1, , 3");
  CHECK(headers.get("host").data() == headers.find(HeaderId::host)->value.data());  // one line is not copied
  CHECK(headers.get("absent").empty());
  CHECK_FALSE(headers.contains("absent"));
}

TEST_CASE("headers: an interned name finds what its text finds") {
  Arena arena;
  Headers headers(arena);
  receive(headers, {{"ocp-apim-subscription-key", "k"}, {"X-Own-Key", "o"}});
  for (const std::string_view name : {"Ocp-Apim-Subscription-Key", "x-own-key", "absent"}) {
    CAPTURE(name);
    CHECK(headers.get(HeaderName(std::string(name))) == headers.get(name));
    CHECK(headers.contains(HeaderName(std::string(name))) == headers.contains(name));
  }
  CHECK(headers.set(HeaderName("X-Own-Key"), "2"));
  CHECK(headers.remove(HeaderName("X-Own-Key")) == 1);
  CHECK(headers.remove(HeaderId::ocp_apim_subscription_key) == 1);
  CHECK(headers.count() == 0);
}

TEST_CASE("headers: an underscore is not a hyphen") {
  Arena arena;
  Headers headers(arena);
  receive(headers, {{"X_Api_Key", "spoof"}, {"Ocp_Apim_Subscription_Key", "spoof"}});
  CHECK_FALSE(headers.contains("X-Api-Key"));
  CHECK_FALSE(headers.contains(HeaderId::ocp_apim_subscription_key));
  CHECK(headers.remove("X-Api-Key") == 0);
}

TEST_CASE("headers: removal keeps the order of the others and counts the lines") {
  Arena arena;
  Headers headers(arena);
  receive(headers, {{"A1", "1"}, {"B", "2"}, {"a1", "3"}, {"C", "4"}, {"Via", "5"}});
  CHECK(headers.remove("A1") == 2);
  CHECK(headers.remove("via") == 1);
  CHECK(headers.remove("none") == 0);
  CHECK(lines_of(headers) == Lines{{"B", "2"}, {"C", "4"}});
}

TEST_CASE("headers: hop-by-hop lines go, by name and by nomination; well-known end-to-end lines can't be nominated") {
  struct Row {
    Lines received, kept;
  };
  for (const Row& row : {
           Row{{{"Host", "h"},
                {"Connection", "close"},
                {"Keep-Alive", "1"},
                {"Proxy-Connection", "x"},
                {"TE", "trailers"},
                {"Upgrade", "h2c"}},
               {{"Host", "h"}}},
           Row{{{"HTTP2-Settings", "AA"}, {"Trailer", "X"}, {"Transfer-Encoding", "chunked"}, {"Expect", "100-continue"}, {"X", "1"}},
               {{"X", "1"}}},
           Row{{{"Proxy", "http://evil"}, {"Proxy-Authorization", "Basic x"}, {"proxy-authenticate", "y"}, {"X-Proxy", "1"}},
               {{"X-Proxy", "1"}}},
           Row{{{"X-Drop", "1"}, {"Connection", "close, X-Drop"}, {"x-drop", "2"}, {"X-Dro", "3"}}, {{"X-Dro", "3"}}},
           Row{{{"Connection", "a ,\tB"}, {"A", "1"}, {"C", "2"}, {"connection", ",,c"}, {"b", "3"}, {"D", "4"}}, {{"D", "4"}}},
           Row{{{"Connection", "X-Api-Key, Authorization, X-Forwarded-For, Ocp-Apim-Subscription-Key, Host, traceparent, Content-Length"},
                {"X-Api-Key", "k"},
                {"Authorization", "t"},
                {"X-Forwarded-For", "f"},
                {"Ocp-Apim-Subscription-Key", "s"},
                {"Host", "h"},
                {"traceparent", "p"},
                {"Content-Length", "1"}},
               {{"Authorization", "t"},
                {"X-Forwarded-For", "f"},
                {"Ocp-Apim-Subscription-Key", "s"},
                {"Host", "h"},
                {"traceparent", "p"},
                {"Content-Length", "1"}}},
           Row{{{"Connection", ""}, {"X", "1"}}, {{"X", "1"}}},
           Row{{{"Connection", "x y, \"z\""}, {"x", "1"}, {"z", "2"}}, {{"x", "1"}, {"z", "2"}}},
       }) {
    Arena arena;
    Headers headers(arena);
    receive(headers, row.received);
    CAPTURE(row.received[0].first);
    headers.remove_hop_by_hop();
    CHECK(lines_of(headers) == row.kept);
  }
}

TEST_CASE("headers: a flood of connection options names every field that is not well-known") {
  Arena arena;
  Headers headers(arena);
  receive(headers, {{"Connection", std::string(connection_options_max, ',')}, {"X-A", "1"}, {"Accept", "2"}});
  headers.remove_hop_by_hop();
  CHECK(lines_of(headers) == Lines{{"Accept", "2"}});
}

TEST_CASE("headers: what is set after the hop-by-hop lines went stays, whatever the client nominated") {
  Arena arena;
  Headers headers(arena);
  receive(headers, {{"Connection", "X-Tenant"}, {"X-Tenant", "spoof"}});
  headers.remove_hop_by_hop();
  CHECK(headers.set("X-Tenant", "contoso"));
  CHECK(lines_of(headers) == Lines{{"X-Tenant", "contoso"}});
}

TEST_CASE("headers: a connection option is found on any Connection line, in any case") {
  Arena arena;
  Headers headers(arena);
  receive(headers, {{"Connection", "keep-alive"}, {"Upgrade", "websocket"}, {"connection", "foo, uPgrade"}});
  CHECK(headers.has_connection_option("upgrade"));
  CHECK(headers.has_connection_option("keep-alive"));
  CHECK_FALSE(headers.has_connection_option("websocket"));
  CHECK_FALSE(headers.has_connection_option("up"));
}

TEST_CASE("headers: thousands of lines keep order and bytes") {
  Arena arena;
  Headers headers(arena);
  std::vector<std::string> values;
  for (int i = 0; i < 4096; ++i) values.push_back("c" + std::to_string(i) + "=\xFF");
  for (const std::string& value : values) headers.add_received({"Cookie", value, HeaderId::cookie});
  REQUIRE(headers.count() == 4096);
  CHECK(headers.fields()[4095].value == values[4095]);
  CHECK(headers.get("cookie").substr(0, 12) == "c0=\xFF; c1=\xFF; ");
  Headers copy(arena);
  copy.assign(headers);
  CHECK(copy.fields()[4095].value == values[4095]);
}

TEST_CASE("headers: assigned lines are edited without changing those they came from") {
  Arena arena;
  Headers source(arena), target(arena);
  receive(source, {{"A", "1"}, {"B", "2"}});
  receive(target, {{"C", "3"}});
  target.assign(source);
  CHECK(target.set("A", "9"));
  target.assign(target);
  CHECK(lines_of(target) == Lines{{"A", "9"}, {"B", "2"}});
  CHECK(lines_of(source) == Lines{{"A", "1"}, {"B", "2"}});
}
