// What a hostile or broken backend can send (reliability.md ): the client sees an error or a cut answer, never the bytes of
// one answer in another, and the connection is never used again.
#include <doctest/doctest.h>

#include "served.hpp"

using namespace gatelet;
using namespace gatelet::test;

namespace {

struct Hostile {
  const char* rule;
  std::string answer;  // what the backend sends to each request, and closes when `closes`
  const char* seen;    // "500": the gateway's answer; "cut": status 200 and an incomplete message; or the body of the answer
  bool closes = false;
  const char* method = "GET";
};

std::string lines(size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += "X-" + std::to_string(i) + ": 1\r\n";
  return text;
}
std::string whole(const std::string& fields, const std::string& body = "") { return "HTTP/1.1 200 OK\r\n" + fields + "\r\n" + body; }
std::string chunked(const std::string& body) { return whole("Transfer-Encoding: chunked\r\n", body); }

const Hostile hostile[] = {
    {"no HTTP at all", "SSH-2.0-OpenSSH_9.2\r\n", "500"},
    {"nothing and closed", "", "500", true},
    {"half a status line and closed", "HTTP/1.1 20", "500", true},
    {"a head without its end and closed", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", "500", true},
    {"a version that is not spoken", "HTTP/2.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", "500"},
    {"an older version", "HTTP/0.9 200 OK\r\nContent-Length: 5\r\n\r\nhello", "500"},
    {"a status of two digits", "HTTP/1.1 20 OK\r\nContent-Length: 5\r\n\r\nhello", "500"},
    {"a status of four digits", "HTTP/1.1 2000 OK\r\nContent-Length: 5\r\n\r\nhello", "500"},
    {"a status of letters", "HTTP/1.1 abc OK\r\nContent-Length: 5\r\n\r\nhello", "500"},
    {"status 0", "HTTP/1.1 000 OK\r\nContent-Length: 5\r\n\r\nhello", "500"},
    {"status 999", "HTTP/1.1 999 OK\r\nContent-Length: 5\r\n\r\nhello", "500"},
    {"a line end in the reason", "HTTP/1.1 200 O\nK\r\nContent-Length: 5\r\n\r\nhello", "500"},
    {"length and chunks", whole("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), "500"},
    {"chunks and length", whole("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"), "500"},
    {"two different lengths", whole("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"), "500"},
    {"two equal lengths", whole("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), "500"},
    {"a list of lengths", whole("Content-Length: 5, 5\r\n", "hello"), "500"},
    {"a negative length", whole("Content-Length: -5\r\n", "hello"), "500"},
    {"a length with a sign", whole("Content-Length: +5\r\n", "hello"), "500"},
    {"a length that overflows", whole("Content-Length: 99999999999999999999\r\n", "hello"), "500"},
    {"an empty length", whole("Content-Length:\r\n", "hello"), "500"},
    {"another coding", whole("Transfer-Encoding: gzip\r\n", "hello"), "500", true},
    {"a list of codings", whole("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), "500"},
    {"chunked twice", whole("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"), "500"},
    {"two coding lines", whole("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), "500"},
    {"an empty coding", whole("Transfer-Encoding:\r\n", "0\r\n\r\n"), "500"},
    {"chunks in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "500"},
    {"a NUL in a value", whole(std::string("X-A: a\0b\r\nContent-Length: 0\r\n", 30)), "500"},
    {"a bare CR in a value", whole("X-A: a\rb\r\nContent-Length: 0\r\n"), "500"},
    {"bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", "500"},
    {"a space before the colon", whole("X-A : 1\r\nContent-Length: 0\r\n"), "500"},
    {"no colon", whole("X-A\r\nContent-Length: 0\r\n"), "500"},
    {"an empty name", whole(": 1\r\nContent-Length: 0\r\n"), "500"},
    {"a folded line", whole("X-A: 1\r\n 2\r\nContent-Length: 0\r\n"), "500"},
    {"101 header lines", whole(lines(100) + "Content-Length: 0\r\n"), "500"},
    {"a head over 32 KiB", whole("X-A: " + std::string(33 * 1024, 'a') + "\r\nContent-Length: 0\r\n"), "500"},
    {"a head that never ends", whole("X-A: " + std::string(200 * 1024, 'a')), "500"},
    {"a chunk size that is no number", chunked("xyz\r\nhello\r\n0\r\n\r\n"), "500"},
    {"a chunk size with a sign", chunked("-5\r\nhello\r\n0\r\n\r\n"), "500"},
    {"a chunk size that overflows", chunked("FFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n"), "500"},
    {"a chunk longer than its size", chunked("3\r\nhello\r\n0\r\n\r\n"), "500"},
    {"a chunk with a bare line feed", chunked("5\nhello\r\n0\r\n\r\n"), "500"},
    {"a NUL in a chunk extension", chunked(std::string("5;a\0b\r\nhello\r\n0\r\n\r\n", 20)), "500"},
    {"a chunk extension over 4 KiB", chunked("5;" + std::string(5000, 'a') + "\r\nhello\r\n0\r\n\r\n"), "500"},
    {"chunks that end with the connection", chunked("5\r\nhello\r\n"), "cut", true},
    {"a body shorter than its length", whole("Content-Length: 10\r\n", "hello"), "cut", true},
    {"a body with 204", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello", "500"},
    {"a body with 304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello", "500"},
    {"a body with an answer to HEAD", whole("Content-Length: 5\r\n", "hello"), "", false, "HEAD"},
    {"bytes behind the body", whole("Content-Length: 5\r\n", "helloHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"), "hello"},
    {"two answers", whole("Content-Length: 5\r\n", "hello") + whole("Content-Length: 4\r\n", "evil"), "hello"},
    {"an interim answer behind the answer", whole("Content-Length: 5\r\n", "hello") + "HTTP/1.1 100 Continue\r\n\r\n", "hello"},
    {"seventeen interim answers",
     [] {
       std::string text;
       for (int i = 0; i < 17; ++i) text += "HTTP/1.1 103 Early Hints\r\n\r\n";
       return text + whole("Content-Length: 5\r\n", "hello");
     }(),
     "500"},
    {"a protocol switch nobody asked for", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "500"},
    {"a close flag, and the connection left open", whole("Connection: close\r\nContent-Length: 5\r\n", "hello"), "hello"},
    {"trailers that would be headers", chunked("5\r\nhello\r\n0\r\nSet-Cookie: a=b\r\nHost: evil\r\n\r\n"), "5\r\nhello\r\n0\r\n\r\n"},
    {"framing in trailers", chunked("5\r\nhello\r\n0\r\nContent-Length: 9\r\n\r\n"), "500"},
    // More than one read may bring: what came before may have been sent on by then.
    {"trailers without end", chunked("5\r\nhello\r\n0\r\nX: " + std::string(40 * 1024, 'a')), "500 or cut"},
};

}  // namespace

TEST_CASE("hostile backend: an answer that is not clean is an error or cut, and its connection is not used again") {
  for (const Hostile& row : hostile) {
    CAPTURE(std::string(row.rule));
    const bool is_clean = std::string_view(row.rule).starts_with("trailers that");  // dropped, nothing wrong otherwise
    std::atomic<int> count = 0;
    Backend backend([&](Peer& peer) {
      while (!peer.read_message().empty()) {
        ++count;
        peer.send(row.answer);
        if (row.closes) return;
      }
    });
    Served served;
    served.serve("a", forwarding(), backend.port);
    served.run();
    Peer client(connect_to(served.port));
    client.send(wire(std::string(row.method) + " /a/"));
    const bool has_body = std::string_view(row.method) != "HEAD";
    const std::string answer = client.read_message(has_body);
    std::string_view seen = row.seen;
    if (seen == "500 or cut") seen = status_of(answer) == "500" ? "500" : "cut";
    if (seen == "500") {
      CHECK(status_of(answer) == "500");
      CHECK(answer.find("activityId") != std::string::npos);
    } else if (seen == "cut") {
      CHECK(status_of(answer) == "200");
      CHECK(answer.find("\r\n0\r\n\r\n") == std::string::npos);
      CHECK(client.is_ended());
      continue;
    } else {
      CHECK(status_of(answer) == "200");
      CHECK(body_of(answer) == seen);
    }
    // The next request must not see anything that is left of this one.
    client.send(wire(std::string(row.method) + " /a/"));
    CHECK(client.read_message(has_body).substr(9, 3) == answer.substr(9, 3));
    CHECK(count >= 2);
    CHECK(backend.connection_count() >= (is_clean ? 1 : 2));
    CHECK(client.is_silent());
  }
}

TEST_CASE("hostile backend: an unused connection that sends something is dropped") {
  Log sent;
  std::atomic<int> connections = 0;
  Backend backend([&](Peer& peer) {
    const bool is_first = ++connections == 1;
    peer.read_message();
    peer.send(whole("Content-Length: 5\r\n", "hello"));
    if (!is_first) return;
    sent.wait(0);
    peer.send(whole("Content-Length: 4\r\n", "evil"));
    sent.add("dropped " + peer.read_all());
  });
  Served served;
  served.serve("a", forwarding(), backend.port);
  served.run();
  Peer client(connect_to(served.port));
  client.send(wire("GET /a/"));
  CHECK(body_of(client.read_message()) == "hello");
  sent.add("now");
  CHECK(sent.wait(1) == "dropped ");
  client.send(wire("GET /a/"));
  CHECK(body_of(client.read_message()) == "hello");
}

TEST_CASE("hostile backend: an error in the middle of a streamed body cuts the answer") {
  for (const char* rest : {"xyz\r\n", "5\r\nab", ""}) {
    CAPTURE(rest);
    Log begun;
    Backend backend([&](Peer& peer) {
      peer.read_message();
      peer.send(chunked("5\r\nhello\r\n"));
      begun.wait(0);
      peer.send(rest);
    });
    Served served;
    served.serve("a", forwarding(), backend.port);
    served.run();
    Peer client(connect_to(served.port));
    client.send(wire("GET /a/"));
    CHECK(client.read_until("hello\r\n").ends_with("5\r\nhello\r\n"));
    begun.add("now");
    const std::string tail = client.read_all();
    CHECK(tail.find("0\r\n\r\n") == std::string::npos);
    CHECK(served.records.log.wait(0).starts_with("200 200"));
  }
}
