// Backends behind HTTP proxies: how a proxy is asked, and what becomes of what it answers.
#include <doctest/doctest.h>

#include "served.hpp"

using namespace gatelet;
using namespace gatelet::test;

namespace {

// Two sockets become one, until either ends.
void relay(int a, int b) {
  char bytes[16 * 1024];
  for (;;) {
    pollfd items[] = {{a, POLLIN, 0}, {b, POLLIN, 0}};
    if (poll(items, 2, patience_ms) <= 0) return;
    for (int i = 0; i < 2; ++i) {
      if (!items[i].revents) continue;
      const ssize_t count = recv(items[i].fd, bytes, sizeof bytes, 0);
      if (count <= 0 || send(items[1 - i].fd, bytes, static_cast<size_t>(count), MSG_NOSIGNAL) != count) return;
    }
  }
}

// Opens the tunnels that it is asked for, all of them to one port, and remembers the requests.
struct TunnelProxy {
  explicit TunnelProxy(int target) : target_(target) {}
  Log asked;
  Backend backend{[this](Peer& peer) {
    asked.add(peer.read_message(false));
    Peer there(connect_to(target_));
    peer.send("HTTP/1.1 200 Connection established\r\n\r\n");
    relay(peer.socket(), there.socket());
  }};

 private:
  const int target_;
};

// A gateway whose API "g" is behind a backend with this proxy.
struct Proxied : Served {
  std::string why;  // the last failure
  void through(const std::string& url, int proxy_port, const std::string& user = {}, Forwarding how = {}) {
    const auto note = step("set-variable", [this](Context& context) {
      why = context.last_error->message;
      return Flow::next;
    });
    serve("g", {{}, {forward(how)}, {}, {note}}, url);
    Upstream upstream = *config->apis.back().upstream;
    upstream.validates_chain = upstream.validates_name = false;
    upstream.proxy = std::make_shared<const Proxy>(*parse_proxy("http://127.0.0.1:" + std::to_string(proxy_port), user, "secret"));
    config->apis.back().upstream = std::make_shared<const Upstream>(upstream);
  }
};

}  // namespace

TEST_CASE("a body is held back from a proxy, too") {
  Log asked;
  Backend proxy([&](Peer& peer) {
    const std::string head = peer.read_until("\r\n\r\n");
    asked.add(head + (peer.is_silent() ? "silence" : ""));
    peer.send("HTTP/1.1 100 Continue\r\n\r\n");
    asked.add(peer.read_bytes(5));
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  Proxied gateway;
  gateway.through("http://backend.test", proxy.port, "me", {.forwards_client = true, .continue_timeout_ms = patience_ms});
  gateway.run();
  CHECK(gateway.ask(wire("POST /g/x", "Content-Length: 5\r\n", "hello")).ends_with("ok"));
  const std::string head = asked.wait(0);
  CHECK(head.starts_with("POST http://backend.test/x HTTP/1.1\r\n"));
  CHECK(head.find("\r\nX-Forwarded-For: 127.0.0.1\r\nProxy-Authorization: Basic bWU6c2VjcmV0\r\nExpect: 100-continue\r\n") !=
        std::string::npos);
  CHECK(head.ends_with("\r\n\r\nsilence"));
  CHECK(asked.wait(1) == "hello");
}

TEST_CASE("a backend over http is named in each request to its proxy, and the connection is used again") {
  Log asked;
  Backend proxy([&](Peer& peer) {
    for (;;) {
      const std::string request = peer.read_message();
      if (request.empty()) return;
      asked.add(request);
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }
  });
  Proxied gateway;
  gateway.through("http://backend.test:8080/base", proxy.port, "me");
  gateway.run();
  for (int i = 0; i < 2; ++i) CHECK(gateway.ask(wire("GET /g/x?y=1")).ends_with("ok"));
  for (int i = 0; i < 2; ++i) {
    const std::string request = asked.wait(static_cast<size_t>(i));
    CHECK(request.starts_with("GET http://backend.test:8080/x?y=1 HTTP/1.1\r\nHost: backend.test:8080\r\n"));
    CHECK(request.find("\r\nProxy-Authorization: Basic bWU6c2VjcmV0\r\n") != std::string::npos);
  }
  CHECK(proxy.connection_count() == 1);
}

TEST_CASE("a backend over https is reached through a tunnel, which is used again") {
  Served backend;
  backend.options.listeners = {"https://127.0.0.1:0"};
  backend.serve("", {{answer_step(200, "secure")}, {}, {}, {}}, 0);
  backend.run();
  TunnelProxy proxy(backend.port);
  Proxied gateway;
  gateway.through("https://backend.test", proxy.backend.port, "me");
  gateway.run();
  for (int i = 0; i < 3; ++i) CHECK(gateway.ask(wire("GET /g/")).ends_with("secure"));
  CHECK(proxy.asked.wait(0) ==
        "CONNECT backend.test:443 HTTP/1.1\r\nHost: backend.test:443\r\nProxy-Authorization: Basic bWU6c2VjcmV0\r\n\r\n");
  CHECK(proxy.backend.connection_count() == 1);
}

TEST_CASE("the proxies of the settings are for backends that name none and are no exception") {
  Log asked;
  Backend proxy([&](Peer& peer) {
    asked.add(peer.read_message(false));
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nproxy");
  });
  Backend direct([](Peer& peer) {
    peer.read_message();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\ndirect");
  });
  Served gateway;
  gateway.options.http_proxy = "http://127.0.0.1:" + std::to_string(proxy.port);
  gateway.options.proxy_exceptions = "other.test, 127.0.0.0/8";
  gateway.serve("near", forwarding(), "http://127.0.0.1:" + std::to_string(direct.port));
  gateway.serve("far", forwarding(), "http://far.test");
  gateway.run();
  CHECK(gateway.ask(wire("GET /near/")).ends_with("direct"));
  CHECK(gateway.ask(wire("GET /far/")).ends_with("proxy"));
  CHECK(asked.wait(0).starts_with("GET http://far.test/ HTTP/1.1\r\nHost: far.test\r\n"));
  CHECK(asked.wait(0).find("Proxy-Authorization") == std::string::npos);
}

TEST_CASE("a server does not start with a proxy that cannot be used") {
  Gateway gateway({});
  ServerOptions options;
  options.listeners = {"http://127.0.0.1:0"};
  options.https_proxy = "https://user:secret@proxy.test";
  const auto server = Server::create(gateway, options, nullptr);
  REQUIRE_FALSE(server);
  CHECK(server.error().message ==
        "HTTPS_PROXY: the proxy's URL is not usable: write http://host:port; the gateway speaks plain HTTP with proxies, and TLS through "
        "them "
        "with backends");
}

TEST_CASE("what a proxy refuses or garbles is a failed connection that says so") {
  struct Row {
    const char *url, *user, *answer, *why;
  };
  for (const Row& row : {
           Row{"https://b.test", "", "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
               " was asked for a tunnel to b.test:443 and answered 407 Proxy Authentication Required; give it a user and a password"},
           Row{"https://b.test", "me", "HTTP/1.1 407 Whatever\r\n\r\n",
               " was asked for a tunnel to b.test:443 and answered 407 Proxy Authentication Required; correct its user or password"},
           Row{"https://b.test:8443", "", "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\nnope",
               " was asked for a tunnel to b.test:8443 and answered 502 Bad Gateway"},
           Row{"https://b.test", "", "SSH-2.0-OpenSSH\r\n\r\n",
               " was asked for a tunnel to b.test:443 and answered what is not valid HTTP/1.1"},
           Row{"https://b.test", "", "HTTP/1.1 200 OK\r\n\r\nmore",
               " was asked for a tunnel to b.test:443 and sent bytes before the backend could"},
           Row{"https://b.test", "", "", " closed the connection instead of answering CONNECT"},
           Row{"https://b.test", "", "HTTP/1.1 20", " closed the connection instead of answering CONNECT"},
           Row{"http://b.test", "", "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
               " answered 407 Proxy Authentication Required; correct its user or password"},
       }) {
    CAPTURE(row.answer);
    Backend proxy([&](Peer& peer) {
      peer.read_message(false);
      peer.send(row.answer);
    });
    Proxied gateway;
    gateway.through(row.url, proxy.port, row.user);
    gateway.run();
    CHECK(status_of(gateway.ask(wire("GET /g/"))) == "500");
    gateway.server.reset();
    CHECK(gateway.why == "the proxy 127.0.0.1:" + std::to_string(proxy.port) + row.why);
  }
}

TEST_CASE("a proxy that does not listen, or does not answer, is named") {
  int closed_port;
  {
    Backend gone([](Peer&) {});
    closed_port = gone.port;
  }
  Backend silent([](Peer& peer) { peer.read_all(); });
  for (const int proxy_port : {closed_port, silent.port}) {
    Proxied gateway;
    gateway.options.connect_timeout_ms = 300;
    gateway.through("https://b.test", proxy_port);
    gateway.run();
    CHECK(status_of(gateway.ask(wire("GET /g/"))) == "500");
    gateway.server.reset();
    if (proxy_port == closed_port)
      CHECK(gateway.why == "the proxy 127.0.0.1 port " + std::to_string(proxy_port) + ": Connection refused");
    else
      CHECK(gateway.why == "the proxy 127.0.0.1:" + std::to_string(proxy_port) + " did not answer CONNECT within the time allowed");
  }
}
