#include <doctest/doctest.h>

#include "served.hpp"

using namespace gatelet;
using namespace gatelet::test;

namespace {

std::string ok(const std::string& body, const std::string& fields = "") {
  return "HTTP/1.1 200 OK\r\n" + fields + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// Answers every request with the same bytes and keeps what it was sent.
struct Echo {
  explicit Echo(std::string fixed) : answer(std::move(fixed)) {}
  std::string answer;
  Log seen;
  Backend backend{[this](Peer& peer) {
    for (std::string message; !(message = peer.read_message()).empty();) {
      seen.add(message);
      peer.send(answer);
    }
  }};
};

}  // namespace

TEST_CASE("forward: a request reaches the backend written anew, and its answer the client") {
  Echo echo("HTTP/1.1 200 Very well\r\nX-Seen: 1\r\nConnection: keep-alive, X-Hop\r\nX-Hop: h\r\nContent-Length: 4\r\n\r\npong");
  Served served;
  served.serve("a", forwarding(), echo.backend.port);
  served.run();
  Peer client(connect_to(served.port));
  for (int i = 0; i < 3; ++i) {
    client.send(wire("GET /a/b?c=d", "X-Mine:  v \r\nConnection: X-Drop\r\nX-Drop: 1\r\nTE: trailers\r\n"));
    CHECK(without_date(client.read_message()) == "HTTP/1.1 200 Very well\r\nX-Seen: 1\r\nContent-Length: 4\r\n\r\npong");
  }
  CHECK(echo.seen.wait(2) == "GET /b?c=d HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(echo.backend.port) + "\r\nX-Mine: v\r\n\r\n");
  CHECK(echo.backend.connection_count() == 1);
  CHECK(served.records.log.wait(2) == "200 200 ");
}

TEST_CASE("forward: an answer without Date gets one, and one with Date keeps it") {
  Echo with(ok("x", "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
  Echo without(ok("x"));
  Served served;
  served.serve("with", forwarding(), with.backend.port);
  served.serve("without", forwarding(), without.backend.port);
  served.run();
  CHECK(served.ask(wire("GET /with/")).find("\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n") != std::string::npos);
  const std::string answer = served.ask(wire("GET /without/"));
  CHECK(answer.find("\r\nDate: ") != std::string::npos);
  CHECK(answer.find(" GMT\r\n") != std::string::npos);
}

TEST_CASE("forward: the client's address is appended to X-Forwarded-For") {
  Echo echo(ok("x"));
  Served served;
  served.serve("a", forwarding({.forwards_client = true}), echo.backend.port);
  served.run();
  served.ask(wire("GET /a/"));
  CHECK(echo.seen.wait(0).find("\r\nX-Forwarded-For: 127.0.0.1\r\n") != std::string::npos);
  served.ask(wire("GET /a/", "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 192.0.2.2\r\n"));
  CHECK(echo.seen.wait(1).find("\r\nX-Forwarded-For: 192.0.2.1, 192.0.2.2, 127.0.0.1\r\n") != std::string::npos);
}

TEST_CASE("forward: a body is framed anew, whatever its size and its framing, in both directions") {
  Log seen;
  Backend backend([&](Peer& peer) {
    for (std::string message; !(message = peer.read_message()).empty();) {
      seen.add(message);
      const std::string body = body_of(message);
      peer.send(message.find("X-Chunked") == std::string::npos ? ok(body) : "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nTrailer: t\r\n\r\n");
    }
  });
  Served served;
  served.serve("a", forwarding(), backend.port);
  served.run();
  Peer client(connect_to(served.port));
  size_t count = 0;
  for (const size_t size : {1ul, 100ul, 4096ul, 4097ul, 40'000ul, 70'000ul, 300'000ul}) {
    CAPTURE(size);
    std::string body(size, ' ');
    for (size_t i = 0; i < size; ++i) body[i] = static_cast<char>('a' + i % 23);
    client.send(wire("POST /a/", "Content-Length: 00" + std::to_string(size) + "\r\n", body));
    const std::string answer = client.read_message();
    CHECK(body_of(answer) == body);
    const std::string message = seen.wait(count++);
    CHECK(message.find("\r\nContent-Length: " + std::to_string(size) + "\r\n") != std::string::npos);
    CHECK(body_of(message) == body);
  }
  client.send(wire("POST /a/", "X-Chunked: 1\r\nTransfer-Encoding: chunked\r\nTrailer: T\r\n", "5;a=\"b\"\r\nhello\r\n1\r\n!\r\n0\r\nT: t\r\nHost: evil\r\n\r\n"));
  CHECK(without_date(client.read_message()) == "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  CHECK(body_of(seen.wait(count)) == "6\r\nhello!\r\n0\r\n\r\n");
}

TEST_CASE("forward: a body that comes in pieces is streamed, not gathered") {
  Log seen;
  Backend backend([&](Peer& peer) {
    seen.add(peer.read_until("\r\n\r\n"));
    for (int i = 0; i < 3; ++i) seen.add(peer.read_bytes(4));
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\none ");
    seen.add(peer.read_bytes(4));
    peer.send("two ");
  });
  Served served;
  served.serve("a", forwarding(), backend.port);
  served.run();
  Peer client(connect_to(served.port));
  client.send(wire("POST /a/", "Content-Length: 16\r\n"));
  CHECK_FALSE(seen.wait(0).empty());  // before any of the body was sent
  const char* const pieces[] = {"aaaa", "bbbb", "cccc"};
  for (size_t i = 0; i < std::size(pieces); ++i) {
    client.send(pieces[i]);
    CHECK(seen.wait(i + 1) == pieces[i]);
  }
  CHECK(client.read_until("one ").ends_with("one "));  // the answer begins while the request still goes on
  client.send("dddd");
  CHECK(seen.wait(4) == "dddd");
  CHECK(client.read_until("two ") == "two ");
}

TEST_CASE("forward: methods that usually have a body say so when they have none") {
  Echo echo(ok("x"));
  Served served;
  served.serve("a", forwarding(), echo.backend.port);
  served.run();
  served.ask(wire("POST /a/"));
  served.ask(wire("DELETE /a/"));
  CHECK(echo.seen.wait(0).find("\r\nContent-Length: 0\r\n") != std::string::npos);
  CHECK(echo.seen.wait(1).find("Content-Length") == std::string::npos);
}

TEST_CASE("forward: HEAD, 204 and 304 have no body, whatever the backend says") {
  struct Row {
    const char* method;
    std::string answer;
    std::string seen;
  };
  for (const Row& row : {
           Row{"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"},
           Row{"HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"},
           Row{"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"},
           Row{"GET", "HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n"},
           Row{"GET", "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n"},
           Row{"GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
       }) {
    CAPTURE(row.answer);
    Echo echo(row.answer);
    Served served;
    served.serve("a", forwarding(), echo.backend.port);
    served.run();
    Peer client(connect_to(served.port));
    for (int i = 0; i < 2; ++i) {
      client.send(wire(std::string(row.method) + " /a/"));
      CHECK(without_date(client.read_message(false)) == row.seen);
    }
  }
}

TEST_CASE("forward: a body that lasts until the backend closes is chunked for HTTP/1.1 and lasts until the close for HTTP/1.0") {
  Backend backend([](Peer& peer) {
    peer.read_message();
    peer.send("HTTP/1.0 200 OK\r\n\r\nuntil ");
    peer.send("the end");
  });
  Served served;
  served.serve("a", forwarding(), backend.port);
  served.run();
  std::string body;
  Peer modern(connect_to(served.port));
  modern.send(wire("GET /a/"));
  CHECK(modern.read_until("\r\n\r\n").find("Transfer-Encoding: chunked") != std::string::npos);
  for (std::string size; (size = modern.read_until("\r\n")) != "0\r\n" && !size.empty();) {
    body += modern.read_bytes(std::stoull(size, nullptr, 16));
    modern.read_bytes(2);
  }
  CHECK(body == "until the end");
  Peer old(connect_to(served.port));
  old.send("GET /a/ HTTP/1.0\r\nHost: x\r\n\r\n");
  CHECK(without_date(old.read_all()) == "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end");
}

TEST_CASE("forward: interim answers are dropped, up to sixteen") {
  for (const int count : {1, 16, 17}) {
    CAPTURE(count);
    std::string answer;
    for (int i = 0; i < count; ++i) answer += i % 2 ? "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" : "HTTP/1.1 100 Continue\r\n\r\n";
    Echo echo(answer + ok("done"));
    Served served;
    served.serve("a", forwarding(), echo.backend.port);
    served.run();
    CHECK(status_of(served.ask(wire("GET /a/"))) == (count <= 16 ? "200" : "500"));
  }
}

TEST_CASE("forward: bodies that policies hold are whole when they run, and sent with their length") {
  Log seen;
  Backend backend([&](Peer& peer) {
    for (std::string message; !(message = peer.read_message()).empty();) {
      seen.add(message);
      peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhe");
      peer.send("ld\r\n0\r\n\r\n");
    }
  });
  Served served;
  served.serve("a", {{touch_request_body()}, {forward({.holds_response = true})}, {touch_response_body()}, {}}, backend.port);
  served.run();
  Peer client(connect_to(served.port));
  client.send(wire("POST /a/", "Transfer-Encoding: chunked\r\n"));
  for (const char* piece : {"3\r\nab", "c\r\n2\r\nde\r\n", "0\r\n\r\n"}) client.send(piece);
  CHECK(without_date(client.read_message()) == "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nheld");
  const std::string message = seen.wait(0);
  CHECK(message.find("\r\nContent-Length: 5\r\n") != std::string::npos);
  CHECK(body_of(message) == "abcde");
}

TEST_CASE("forward: a held body that is too large is refused with 413, before it is read when its length is known") {
  Served served;
  served.gateway_options.body_bytes_max = 1000;
  served.serve("a", {{echo_step()}, {}, {}, {}}, 1);
  served.run();
  CHECK(status_of(served.ask(wire("POST /a/", "Content-Length: 1001\r\n"))) == "413");
  CHECK(status_of(served.ask(wire("POST /a/", "Transfer-Encoding: chunked\r\n", "3e9\r\n" + std::string(1001, 'x') + "\r\n"))) == "413");
  CHECK(body_of(served.ask(wire("POST /a/", "Content-Length: 1000\r\n", std::string(1000, 'x')))) == std::string(1000, 'x'));
}

TEST_CASE("forward: what cannot be reached is 500, and LastError says why") {
  Backend closed([](Peer&) {});
  Backend silent([](Peer& peer) { peer.read_all(); });
  const int nobody = [] {
    Backend gone([](Peer&) {});
    return gone.port;
  }();
  struct Row {
    const char* rule;
    std::string url;
    uint64_t timeout_ms;
    const char* reason;
  };
  const auto url = [](int port) { return "http://127.0.0.1:" + std::to_string(port); };
  for (const Row& row : {
           Row{"nobody listens", url(nobody), 20'000, "BackendConnectionFailure"},
           Row{"closed without an answer", url(closed.port), 20'000, "BackendConnectionFailure"},
           Row{"no answer in time", url(silent.port), 30, "Timeout"},
           Row{"a name that does not exist", "http://no-such-name.invalid", 20'000, "BackendConnectionFailure"},
           Row{"TLS", "https://127.0.0.1", 20'000, "BackendConnectionFailure"},
       }) {
    CAPTURE(row.rule);
    Served served;
    served.serve("a", forwarding({.timeout_ms = row.timeout_ms}), row.url);
    served.run();
    CHECK(status_of(served.ask(wire("GET /a/"))) == "500");
    CHECK(served.records.log.wait(0) == "500 0 " + std::string(row.reason));
  }
}

TEST_CASE("forward: a pooled connection that the backend closes is not used again") {
  std::atomic<int> connections = 0;
  Log closed;
  Backend backend([&](Peer& peer) {
    ++connections;
    peer.read_message();
    peer.send(ok("x"));
    if (connections == 1) {
      peer.end();
      closed.add("closed " + peer.read_all());  // the gateway closes its side at once
    } else {
      peer.read_all();
    }
  });
  Served served;
  served.serve("a", forwarding(), backend.port);
  served.run();
  Peer client(connect_to(served.port));
  client.send(wire("POST /a/"));
  CHECK(body_of(client.read_message()) == "x");
  CHECK(closed.wait(0) == "closed ");
  client.send(wire("POST /a/"));
  CHECK(body_of(client.read_message()) == "x");
  CHECK(connections == 2);
}

TEST_CASE("forward: a request on a pooled connection that is closed without an answer is sent once more, if that does no harm") {
  struct Row {
    std::string request;
    const char* status;
    int connections;
  };
  for (const Row& row : {
           Row{wire("GET /a/"), "200", 2},
           Row{wire("PUT /held/", "Content-Length: 2\r\n", "hi"), "200", 2},
           Row{wire("POST /a/"), "500", 1},
           Row{wire("PUT /a/", "Content-Length: 2\r\n", "hi"), "500", 1},  // its body is gone
       }) {
    CAPTURE(row.request);
    std::atomic<int> connections = 0;
    Backend backend([&](Peer& peer) {
      const bool is_first = ++connections == 1;
      peer.read_message();
      peer.send(ok("x"));
      peer.read_message();  // on the first connection: read, and closed without an answer
      if (!is_first) peer.send(ok("x"));
    });
    Served served;
    served.serve("a", forwarding(), backend.port);
    served.serve("held", {{touch_request_body()}, {forward()}, {}, {}}, backend.port);
    served.run();
    Peer client(connect_to(served.port));
    client.send(wire("GET /a/"));
    CHECK(status_of(client.read_message()) == "200");
    client.send(row.request);
    CHECK(status_of(client.read_message()) == row.status);
    CHECK(connections == row.connections);
  }
}

TEST_CASE("forward: the other addresses of a name are tried when one refuses") {
  Echo echo(ok("x"));
  Served served;
  served.serve("a", forwarding(), "http://localhost:" + std::to_string(echo.backend.port));  // ::1 as well, where nobody listens
  served.run();
  for (int i = 0; i < 4; ++i) CHECK(status_of(served.ask(wire("GET /a/", "Connection: close\r\n"))) == "200");
}

TEST_CASE("forward: an answer that comes before the whole request ends the sending; the backend's connection is not used again") {
  std::atomic<int> connections = 0;
  Backend backend([&](Peer& peer) {
    ++connections;
    peer.read_until("\r\n\r\n");
    peer.send(ok("early"));
    peer.read_all();
  });
  Served served;
  served.serve("a", forwarding(), backend.port);
  served.run();
  Peer client(connect_to(served.port));
  client.send(wire("POST /a/", "Content-Length: 1000\r\n", "begin"));
  CHECK(body_of(client.read_message()) == "early");
  client.send(std::string(995, 'x') + wire("GET /a/"));  // the rest is short: it is thrown away, and the next request is read
  CHECK(body_of(client.read_message()) == "early");
  CHECK(connections == 2);
}

TEST_CASE("forward: when much of an unwanted body is left, the connection is closed after the answer") {
  Backend backend([&](Peer& peer) {
    peer.read_until("\r\n\r\n");
    peer.send(ok("early"));
    peer.read_all();
  });
  Served served;
  served.serve("a", forwarding(), backend.port);
  served.run();
  Peer client(connect_to(served.port));
  client.send(wire("POST /a/", "Content-Length: 1000000\r\n", "begin"));
  const std::string answer = client.read_message();
  CHECK(body_of(answer) == "early");
  CHECK(answer.find("\r\nConnection: close\r\n") != std::string::npos);
  CHECK(client.is_ended());
}

TEST_CASE("forward: a slow client holds back the backend, and nothing is lost") {
  constexpr size_t size = 64 * 1024 * 1024;
  Log stuck;
  Backend backend([&](Peer& peer) {
    peer.read_message();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n");
    peer.send_all_of(size, [&](size_t sent) { stuck.add(std::to_string(sent)); });
  });
  Served served;
  served.serve("a", forwarding(), backend.port);
  served.run();
  Peer client(connect_to(served.port));
  client.send(wire("GET /a/"));
  client.read_until("\r\n\r\n");
  CHECK(std::stoull(stuck.wait(0)) < size / 2);
  size_t received = 0;
  for (size_t count = 1; count != 0 && received < size; received += count) count = client.read_bytes(256 * 1024).size();
  CHECK(received == size);
}

TEST_CASE("forward: a slow backend holds back the client, and nothing is lost") {
  constexpr size_t size = 64 * 1024 * 1024;
  Log stuck;
  Backend backend([&](Peer& peer) {
    peer.read_until("\r\n\r\n");
    stuck.wait(0);
    size_t received = 0;
    for (size_t count = 1; count != 0 && received < size; received += count) count = peer.read_bytes(256 * 1024).size();
    peer.send(ok(std::to_string(received)));
  });
  Served served;
  served.serve("a", forwarding(), backend.port);
  served.run();
  Peer client(connect_to(served.port));
  client.send(wire("POST /a/", "Content-Length: " + std::to_string(size) + "\r\n"));
  client.send_all_of(size, [&](size_t sent) { stuck.add(std::to_string(sent)); });
  CHECK(body_of(client.read_message()) == std::to_string(size));
  CHECK(std::stoull(stuck.wait(0)) < size / 2);
}
