// continue-timeout: the body of a request is held back until the backend wants it, is silent for too long, or answers instead.
#include <doctest/doctest.h>

#include "served.hpp"

using namespace gatelet;
using namespace gatelet::test;

namespace {

constexpr uint64_t brief_wait_ms = 30;
constexpr const char* expect_continue_line = "Expect: 100-continue\r\n";
constexpr const char* continue_answer = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr const char* fine_answer = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine";

std::string posting_of(const std::string& path, const std::string& body, const std::string& fields = "") {
  return wire("POST " + path, fields + "Content-Length: " + std::to_string(body.size()) + "\r\n", body);
}

bool asks_for_continue(const std::string& head) { return head.find(expect_continue_line) != std::string::npos; }

// The three ways in which a body is sent: as it comes, as it comes in chunks, and held.
struct BodySending {
  std::string request;
  std::string sent;  // to the backend
};
const BodySending body_sendings[] = {
    {posting_of("/a/", "hello"), "hello"},
    {wire("POST /a/", "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"), "5\r\nhello\r\n0\r\n\r\n"},
    {posting_of("/held/", "hello"), "hello"},
};

void serve_continuing(Served& served, Forwarding how, int port) {
  served.serve("a", forwarding(how), port);
  served.serve("held", {{touch_request_body()}, {forward(how)}, {}, {}}, port);
  served.run();
}

}  // namespace

TEST_CASE("continue: the body goes when the backend says 100, and other interim answers do not count") {
  for (const BodySending& row : body_sendings) {
    CAPTURE(row.request);
    Log seen;
    Backend backend([&](Peer& peer) {
      for (std::string head; !(head = peer.read_until("\r\n\r\n")).empty();) {
        peer.send("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n");
        seen.add(std::string(asks_for_continue(head) ? "asks" : "does not ask") + (peer.is_silent() ? "" : ", sends"));
        peer.send(continue_answer);
        seen.add(peer.read_bytes(row.sent.size()));
        peer.send(fine_answer);
      }
    });
    Served served;
    serve_continuing(served, {.continue_timeout_ms = patience_ms}, backend.port);
    Peer client(connect_to(served.port));
    for (size_t i = 0; i < 2; ++i) {
      client.send(row.request);
      CHECK(body_of(client.read_message()) == "fine");
      CHECK(seen.wait(2 * i) == "asks");
      CHECK(seen.wait(2 * i + 1) == row.sent);
    }
    CHECK(backend.connection_count() == 1);
  }
}

TEST_CASE("continue: a backend that says nothing gets the body after the time, and may still say 100 then") {
  for (const BodySending& row : body_sendings) {
    for (const char* late : {"", continue_answer}) {
      CAPTURE(row.request);
      Log seen;
      Backend backend([&](Peer& peer) {
        for (std::string message; !(message = peer.read_message()).empty();) {
          seen.add(asks_for_continue(message) ? body_of(message) : "was not asked");
          peer.send(late + std::string(fine_answer));
        }
      });
      Served served;
      serve_continuing(served, {.continue_timeout_ms = brief_wait_ms}, backend.port);
      Peer client(connect_to(served.port));
      for (size_t i = 0; i < 2; ++i) {
        client.send(row.request);
        CHECK(body_of(client.read_message()) == "fine");
        CHECK(seen.wait(i) == row.sent);
      }
      CHECK(backend.connection_count() == 1);
    }
  }
}

TEST_CASE("continue: an answer instead of 100 is the answer: the body is never sent, and the connection not used again") {
  for (const BodySending& row : body_sendings) {
    for (const char* status : {"417", "401", "413", "200"}) {
      CAPTURE(row.request);
      CAPTURE(status);
      Log seen;
      Backend backend([&](Peer& peer) {
        const std::string head = peer.read_until("\r\n\r\n");
        peer.send("HTTP/1.1 " + std::string(status) + " No\r\nContent-Length: 2\r\n\r\nno");
        seen.add(asks_for_continue(head) ? peer.read_all() : "was not asked");
      });
      Served served;
      serve_continuing(served, {.continue_timeout_ms = patience_ms}, backend.port);
      Peer client(connect_to(served.port));
      for (size_t i = 0; i < 2; ++i) {
        client.send(row.request);
        const std::string answer = client.read_message();
        CHECK(status_of(answer) == status);
        CHECK(body_of(answer) == "no");
        CHECK(seen.wait(i).empty());
        CHECK(seen.count() == i + 1);
      }
      CHECK(backend.connection_count() == 2);
    }
  }
}

TEST_CASE("continue: a client that asks for 100 itself gets it when the backend wants the body, and not when it does not") {
  Log seen;
  Backend backend([&](Peer& peer) {
    for (std::string head; !(head = peer.read_until("\r\n\r\n")).empty();) {
      seen.add(head);
      if (head.find("/no ") != std::string::npos) {
        peer.send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
        seen.add("unsent: " + peer.read_all());
        return;
      }
      peer.send(continue_answer);
      seen.add(peer.read_bytes(5));
      peer.send(fine_answer);
    }
  });
  Served served;
  serve_continuing(served, {.continue_timeout_ms = patience_ms}, backend.port);
  Peer client(connect_to(served.port));
  client.send(wire("POST /a/", std::string(expect_continue_line) + "Content-Length: 5\r\n"));
  CHECK(client.read_until("\r\n\r\n") == continue_answer);
  CHECK(asks_for_continue(seen.wait(0)));
  client.send("hello");
  CHECK(seen.wait(1) == "hello");
  CHECK(body_of(client.read_message()) == "fine");
  client.send(wire("POST /a/no", std::string(expect_continue_line) + "Content-Length: 5\r\n"));
  const std::string refused = client.read_message();
  CHECK(status_of(refused) == "401");
  CHECK(refused.find("\r\nConnection: close\r\n") != std::string::npos);  // whether the client sends its body nobody can know
  CHECK(seen.wait(3) == "unsent: ");
}

TEST_CASE("continue: a client that asks for 100 itself gets it after the time, too, and one whose body is held at once") {
  Backend backend([](Peer& peer) {
    while (!peer.read_message().empty()) peer.send(fine_answer);
  });
  Served served;
  serve_continuing(served, {.continue_timeout_ms = brief_wait_ms}, backend.port);
  Peer client(connect_to(served.port));
  for (const char* path : {"/a/", "/held/"}) {
    CAPTURE(path);
    client.send(wire("POST " + std::string(path), std::string(expect_continue_line) + "Content-Length: 5\r\n"));
    CHECK(client.read_until("\r\n\r\n") == continue_answer);
    client.send("hello");
    CHECK(body_of(client.read_message()) == "fine");
  }
  CHECK(backend.connection_count() == 1);
}

TEST_CASE("continue: nothing is asked for without a body, or without a time") {
  Log seen;
  Backend backend([&](Peer& peer) {
    for (std::string message; !(message = peer.read_message()).empty();) {
      seen.add(message);
      peer.send(fine_answer);
    }
  });
  Served served;
  served.serve("never", forwarding(), backend.port);
  serve_continuing(served, {.continue_timeout_ms = patience_ms}, backend.port);
  size_t count = 0;
  for (const std::string& request :
       {wire("GET /a/"), wire("POST /a/"), posting_of("/held/", ""), posting_of("/never/", "hello", expect_continue_line)}) {
    CAPTURE(request);
    Peer client(connect_to(served.port));
    client.send(request);
    const std::string message = seen.wait(count++);
    CHECK_FALSE(message.empty());
    CHECK_FALSE(asks_for_continue(message));
  }
}

TEST_CASE("continue: the wait is part of the timeout") {
  Log seen;
  Backend backend([&](Peer& peer) {
    peer.read_until("\r\n\r\n");
    seen.add("unsent: " + peer.read_all());
  });
  Served served;
  serve_continuing(served, {.timeout_ms = brief_wait_ms, .continue_timeout_ms = patience_ms}, backend.port);
  size_t count = 0;
  for (const BodySending& row : body_sendings) {
    CHECK(status_of(served.ask(row.request)) == "500");
    CHECK(seen.wait(count) == "unsent: ");
    CHECK(served.records.log.wait(count++) == "500 0 Timeout");
  }
}

TEST_CASE("continue: a client who goes while its body is wanted or held back ends the call") {
  for (const bool is_wanted : {true, false}) {
    CAPTURE(is_wanted);
    Log seen;
    Backend backend([&](Peer& peer) {
      peer.read_until("\r\n\r\n");
      if (is_wanted) peer.send(continue_answer);
      seen.add("begins: " + (is_wanted ? peer.read_bytes(5) : ""));
      seen.add("ends: " + peer.read_all());
    });
    Served served;
    serve_continuing(served, {.continue_timeout_ms = patience_ms}, backend.port);
    Peer client(connect_to(served.port));
    client.send(wire("POST /a/", "Content-Length: 10\r\n", "hello"));
    CHECK(seen.wait(0) == (is_wanted ? "begins: hello" : "begins: "));
    client.reset();
    CHECK(seen.wait(1) == "ends: ");
  }
}

TEST_CASE("continue: a pooled connection that is closed before the body was wanted is nobody's failure, also of a body that streams") {
  std::atomic<int> connections = 0;
  Backend backend([&](Peer& peer) {
    const bool is_first = ++connections == 1;
    peer.read_message();
    if (is_first) {
      peer.send(fine_answer);
      peer.read_until("\r\n\r\n");  // of the second request: closed without an answer
    } else {
      peer.send(fine_answer);
    }
  });
  Served served;
  serve_continuing(served, {.continue_timeout_ms = 200}, backend.port);
  Peer client(connect_to(served.port));
  client.send(wire("GET /a/"));
  CHECK(body_of(client.read_message()) == "fine");
  client.send(wire("PUT /a/", "Content-Length: 5\r\n", "hello"));
  CHECK(body_of(client.read_message()) == "fine");
  CHECK(connections == 2);
}

TEST_CASE("continue: a large body passes whole once it is wanted") {
  constexpr size_t size = 8 * 1024 * 1024;
  Backend backend([&](Peer& peer) {
    peer.read_until("\r\n\r\n");
    peer.send(continue_answer);
    size_t received = 0;
    for (size_t count = 1; count != 0 && received < size; received += count) count = peer.read_bytes(256 * 1024).size();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n" + std::to_string(received));
  });
  Served served;
  serve_continuing(served, {.continue_timeout_ms = patience_ms}, backend.port);
  Peer client(connect_to(served.port));
  client.send(wire("POST /a/", "Content-Length: " + std::to_string(size) + "\r\n"));
  client.send_all_of(size, [](size_t) {});
  CHECK(body_of(client.read_message()) == std::to_string(size));
}
