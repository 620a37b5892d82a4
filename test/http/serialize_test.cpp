#include "http/serialize.hpp"

#include <doctest/doctest.h>

#include <string>

#include "lines.hpp"

using namespace gatelet;
using namespace gatelet::test;

namespace {

using Kind = Framing::Kind;

std::string written(const Response& response, const Framing& framing, std::string_view date) {
  std::string head(response_head_bytes_max(response, framing, date), '?');
  const char* end = write_response_head(head.data(), response, framing, date);
  REQUIRE(end <= head.data() + head.size());
  return head.substr(0, static_cast<size_t>(end - head.data()));
}

std::string written(const RequestLine& line, const Headers& headers, const Framing& framing, std::string_view extra_lines) {
  std::string head(request_head_bytes_max(line, headers, framing, extra_lines), '?');
  const char* end = write_request_head(head.data(), line, headers, framing, extra_lines);
  REQUIRE(end <= head.data() + head.size());
  return head.substr(0, static_cast<size_t>(end - head.data()));
}

}  // namespace

TEST_CASE("heads: a response is a status line, its lines, and the gateway's framing") {
  struct Row {
    int status;
    std::optional<std::string_view> reason;
    Lines lines;
    Framing framing;
    std::string_view date, head;
  };
  for (const Row& row : {
           Row{200,
               {},
               {{"Content-Type", "text/plain"}},
               {Kind::length, 5, true, {}},
               "D",
               "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: D\r\nContent-Length: 5\r\n\r\n"},
           Row{200,
               {},
               {{"date", "own"}},
               {Kind::chunked, 0, false, {}},
               "D",
               "HTTP/1.1 200 OK\r\ndate: own\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"},
           Row{204, {}, {}, {Kind::none, 0, true, {}}, "", "HTTP/1.1 204 No Content\r\n\r\n"},
           Row{200, "", {}, {Kind::close, 0, true, {}}, "", "HTTP/1.1 200 \r\nConnection: close\r\n\r\n"},
           Row{409, "Gone fishing", {}, {Kind::length, 0, true, {}}, "", "HTTP/1.1 409 Gone fishing\r\nContent-Length: 0\r\n\r\n"},
           Row{599, {}, {}, {Kind::length, UINT64_MAX, true, {}}, "", "HTTP/1.1 599 \r\nContent-Length: 18446744073709551615\r\n\r\n"},
           Row{302, "Found\r\nX-Evil: 1", {}, {Kind::none, 0, true, {}}, "", "HTTP/1.1 302 Found\r\n\r\n"},
           Row{200,
               {},
               {{"Set-Cookie", "a=1"}, {"X", "y"}, {"Set-Cookie", "b=2"}, {"X", ""}},
               {Kind::none, 0, true, {}},
               "",
               "HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nX: y\r\nSet-Cookie: b=2\r\nX: \r\n\r\n"},
           Row{200,
               {},
               {{"content-length", "99"}, {"Transfer-Encoding", "gzip"}, {"CONNECTION", "x"}, {"Keep-Alive", "y"}},
               {Kind::length, 1, true, {}},
               "",
               "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"},
           Row{426,
               {},
               {{"Upgrade", "websocket"}},
               {Kind::none, 0, true, {}},
               "",
               "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\n\r\n"},
           Row{101,
               {},
               {{"Upgrade", "websocket"}, {"Sec-WebSocket-Accept", "s="}},
               {Kind::none, 0, true, "websocket"},
               "",
               "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: s=\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"},
       }) {
    Arena arena;
    Response response(arena);
    response.status = row.status;
    response.reason = row.reason;
    receive(response.headers, row.lines);
    CHECK(written(response, row.framing, row.date) == row.head);
  }
}

TEST_CASE("heads: a request says its own Host first, its lines, the gateway's lines and framing") {
  struct Row {
    RequestLine line;
    Lines lines;
    Framing framing;
    std::string_view extra, head;
  };
  for (const Row& row : {
           Row{{"GET", "/a%2Fb", "x=1&y", true, "backend:8080"},
               {{"Host", "gw.test"}, {"Accept", "*/*"}},
               {},
               "X-Forwarded-For: 192.0.2.1\r\n",
               "GET /a%2Fb?x=1&y HTTP/1.1\r\nHost: backend:8080\r\nAccept: */*\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n"},
           Row{{"POST", "/", "", true, "b"},
               {{"host", "evil"}, {"Content-Length", "3"}},
               {Kind::length, 0, true, {}},
               "",
               "POST /? HTTP/1.1\r\nHost: b\r\nContent-Length: 0\r\n\r\n"},
           Row{{"PUT", "/", "", false, "b"},
               {{"Transfer-Encoding", "chunked"}},
               {Kind::chunked, 0, true, {}},
               "",
               "PUT / HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n"},
           Row{{"GET", "/ws", "", false, "b"},
               {{"Sec-WebSocket-Key", "k"}},
               {Kind::none, 0, true, "websocket"},
               "",
               "GET /ws HTTP/1.1\r\nHost: b\r\nSec-WebSocket-Key: k\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"},
       }) {
    Arena arena;
    Headers headers(arena);
    receive(headers, row.lines);
    CHECK(written(row.line, headers, row.framing, row.extra) == row.head);
  }
}

TEST_CASE("heads: names and values of every length are written whole") {
  for (size_t size = 1; size <= 40; ++size) {
    Arena arena;
    Response response(arena);
    std::string name, value;
    for (size_t i = 0; i < size; ++i) name += static_cast<char>('a' + i % 26), value += static_cast<char>('!' + i);
    receive(response.headers, {{name, value}});
    CAPTURE(size);
    CHECK(written(response, {}, {}) == "HTTP/1.1 200 OK\r\n" + name + ": " + value + "\r\n\r\n");
  }
}

TEST_CASE("heads: bytes outside ASCII go out as they came in") {
  Arena arena;
  Response response(arena);
  CHECK(response.headers.append("X-A", "caf\xC3\xA9 \xE5\x98\x8A \xFF"));
  CHECK(written(response, {}, {}) == "HTTP/1.1 200 OK\r\nX-A: caf\xC3\xA9 \xE5\x98\x8A \xFF\r\n\r\n");
}
