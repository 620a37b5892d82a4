// HTTP over TLS on real sockets, towards clients and towards backends.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <list>

#include "crypto/tls.hpp"
#include "net/random.hpp"
#include "served.hpp"
#include "temporary_folder.hpp"
#include "tls_keys.hpp"

using namespace gatelet;
using namespace gatelet::test;
using crypto::TlsConnection;

namespace {

crypto::TlsClientOptions trusting() {
  crypto::TlsClientOptions options;
  options.authorities = *crypto::Authorities::parse(tls::root_certificate);
  return options;
}

std::shared_ptr<const crypto::TlsClient> client_of(const crypto::TlsClientOptions& options) {
  return *crypto::TlsClient::create(options, system_random());
}

// One end of a connection with TLS, which waits for its bytes.
class SecurePeer {
 public:
  SecurePeer(int port, const std::shared_ptr<const crypto::TlsClient>& client, std::string_view host = "api.example",
             const crypto::TlsSession* session = nullptr)
      : peer_(connect_to(port)), tls_(client, host, session, time(nullptr)) {
    std::string out;
    tls_.handshake(out);
    peer_.send(out);
    while (tls_.state() == TlsConnection::State::handshake && receive()) {}
  }
  bool is_open() const { return tls_.state() == TlsConnection::State::open; }
  TlsConnection& tls() { return tls_; }
  Peer& peer() { return peer_; }
  bool send(std::string_view plain) {
    std::string out;
    tls_.write(plain, out);
    return peer_.send(out);
  }
  std::string read_until(std::string_view end, size_t more = 0) {
    size_t at;
    while ((at = plain_.find(end)) == std::string::npos || plain_.size() < at + end.size() + more)
      if (!receive()) return std::exchange(plain_, {});
    std::string text = plain_.substr(0, at + end.size() + more);
    plain_.erase(0, text.size());
    return text;
  }
  std::string read_message() {
    std::string head = read_until("\r\n\r\n");
    const size_t length = head.find("Content-Length: ");
    return length == std::string::npos ? head : head + read_until("", std::stoull(head.substr(length + 16)));
  }
  // True: the other side said that it ended, before it closed.
  bool is_ended() {
    while (receive()) {}
    return plain_.empty() && tls_.state() == TlsConnection::State::ended;
  }

 private:
  bool receive() {
    char bytes[16 * 1024], plain[16 * 1024];
    if (tls_.state() == TlsConnection::State::failed || tls_.state() == TlsConnection::State::ended) return false;
    pollfd item{peer_.socket(), POLLIN, 0};
    if (poll(&item, 1, patience_ms) <= 0) return false;
    const ssize_t count = recv(peer_.socket(), bytes, sizeof bytes, 0);
    if (count <= 0) return false;
    std::string out;
    tls_.feed({bytes, static_cast<size_t>(count)});
    tls_.handshake(out);
    if (!out.empty()) peer_.send(out);
    for (std::string_view part = tls_.read(plain, out); !part.empty(); part = tls_.read(plain, out)) plain_ += part;
    return true;
  }
  Peer peer_;
  TlsConnection tls_;
  std::string plain_;
};

struct Events final : LogSink {
  void log(LogLevel, std::string_view event, std::string_view message, const LogField*, size_t) override {
    std::lock_guard lock(mutex);
    lines.push_back(std::string(event) + " " + std::string(message));
  }
  bool has(std::string_view beginning) {
    std::lock_guard lock(mutex);
    return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) { return line.starts_with(beginning); });
  }
  std::mutex mutex;
  std::vector<std::string> lines;
};

// A gateway behind https: /now is answered, /echo gives the body back, /who the name on the client's certificate.
struct Secure : Served {
  test::TemporaryFolder folder;
  Events events;
  Secure() {
    options.listeners = {"https://127.0.0.1:0"};
    use(tls::server_certificate, tls::server_key);
    gateway_options.log = &events;
    serve("now", {{answer_step(200, "now")}, {}, {}, {}}, 0);
    serve("echo", {{echo_step()}, {}, {}, {}}, 0);
    serve("who",
          {{step("return-response",
                 [](Context& context) {
                   std::string text(context.request.scheme);
                   if (const ClientCertificate* shown = context.client_certificate.get())
                     text += " " + shown->certificate.subject_part(crypto::NamePart::common_name) +
                             (shown->is_trusted ? " trusted" : " unknown");
                   context.has_response = true;
                   context.response.status = 200;
                   context.response.body = Body::from(Buffer::copy(text));
                   return Flow::stop;
                 })},
           {},
           {},
           {}},
          0);
  }
  ~Secure() { server.reset(); }
  void use(std::string_view certificate, std::string_view key) {
    options.tls.certificate_file = folder.write("chain.pem", {certificate, tls::between_certificate});
    options.tls.key_file = folder.write("key.pem", {key});
  }
  std::string who(const std::shared_ptr<const crypto::TlsClient>& client) {
    SecurePeer peer(port, client);
    peer.send(wire("GET /who/"));
    const std::string answer = peer.read_message();
    return answer.substr(std::min(answer.size(), answer.find("\r\n\r\n") + 4));
  }
  std::string subject_of_server() {
    auto wishes = trusting();
    wishes.validates_chain = wishes.validates_name = false;
    SecurePeer peer(port, client_of(wishes));
    const auto chain = peer.tls().peer_chain();
    return chain.empty() ? "none" : chain[0].subject_part(crypto::NamePart::common_name);
  }
  bool happens(const std::function<bool()>& condition) {
    for (int waited_ms = 0; waited_ms < patience_ms; waited_ms += 20) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return false;
  }
};

}  // namespace

TEST_CASE("requests over TLS are served in both versions, also large, pipelined and in pieces, and the end is said") {
  Secure gateway;
  gateway.run();
  CHECK(gateway.server->urls()[0].starts_with("https://127.0.0.1:"));
  for (const auto version : {crypto::TlsVersion::tls12, crypto::TlsVersion::tls13}) {
    auto options = trusting();
    options.least = options.most = version;
    SecurePeer client(gateway.port, client_of(options));
    REQUIRE_MESSAGE(client.is_open(), client.tls().failure());
    CHECK(client.tls().protocol().empty());
    client.send(wire("GET /now/"));
    CHECK(client.read_message().ends_with("now"));
    client.send(wire("GET /now/") + wire("GET /now/"));
    CHECK(client.read_message().ends_with("now"));
    CHECK(client.read_message().ends_with("now"));
    const std::string large(3'000'000, 'x');
    client.send(wire("POST /echo/", "Content-Length: " + std::to_string(large.size()) + "\r\n"));
    for (size_t at = 0; at < large.size(); at += 10'000) client.send(std::string_view(large).substr(at, 10'000));
    CHECK(client.read_message().ends_with("\r\n\r\n" + large));
    client.send(wire("GET /now/", "Connection: close\r\n"));
    CHECK(client.read_message().ends_with("now"));
    CHECK(client.is_ended());
  }
}

TEST_CASE("without a certificate the gateway makes one, which nobody trusts") {
  Secure gateway;
  gateway.options.tls = {};
  gateway.run();
  auto options = trusting();
  CHECK(SecurePeer(gateway.port, client_of(options)).tls().failure().find("not correctly signed") != std::string::npos);
  options.validates_chain = options.validates_name = false;
  CHECK(gateway.who(client_of(options)) == "https");
}

TEST_CASE("a client's certificate reaches the policies, with whether it is trusted") {
  Secure gateway;
  gateway.options.tls.asks_for_client_certificate = true;
  gateway.options.tls.client_authorities_file = gateway.folder.write("clients.pem", {tls::root_certificate});
  gateway.run();
  auto options = trusting();
  CHECK(gateway.who(client_of(options)) == "https");
  options.identity = *crypto::Identity::parse(std::string(tls::client_certificate) + std::string(tls::between_certificate), tls::client_key,
                                              {}, system_random());
  CHECK(gateway.who(client_of(options)) == "https some client trusted");
  options.identity = *crypto::Identity::parse(tls::stranger_certificate, tls::stranger_key, {}, system_random());
  CHECK(gateway.who(client_of(options)) == "https stranger unknown");
}

TEST_CASE("certificates are looked at again: a new pair serves new connections, a bad one leaves the old in force, old connections go on") {
  Secure gateway;
  gateway.options.tls.period_ms = 20;
  gateway.run();
  CHECK(gateway.subject_of_server() == "api.example");
  SecurePeer early(gateway.port, client_of(trusting()));
  REQUIRE(early.is_open());
  gateway.use(tls::wild_certificate, tls::wild_key);
  CHECK(gateway.happens([&] { return gateway.subject_of_server() == "wild"; }));
  gateway.folder.write("key.pem", {tls::server_key});
  const std::string why = "TlsCertificateRejected " + gateway.folder.path.string() +
                          "/chain.pem: the private key belongs to none of the certificates (the first is for CN=wild); give the key that "
                          "the certificate was requested with; the one in force stays";
  CHECK(gateway.happens([&] { return gateway.events.has(why); }));
  CHECK(gateway.subject_of_server() == "wild");
  early.send(wire("GET /now/"));
  CHECK(early.read_message().ends_with("now"));
}

TEST_CASE("sessions are resumed by a server with several loops, in both versions") {
  Secure gateway;
  gateway.options.workers = 2;
  gateway.run();
  for (const auto version : {crypto::TlsVersion::tls12, crypto::TlsVersion::tls13}) {
    auto options = trusting();
    options.least = options.most = version;
    const auto client = client_of(options);
    SecurePeer first(gateway.port, client);
    first.send(wire("GET /now/"));
    CHECK(first.read_message().ends_with("now"));
    const auto session = first.tls().take_session();
    REQUIRE(session);
    for (int i = 0; i < 4; ++i) {
      SecurePeer next(gateway.port, client, "api.example", session.get());
      REQUIRE_MESSAGE(next.is_open(), next.tls().failure());
      next.send(wire("GET /now/"));
      CHECK(next.read_message().ends_with("now"));
    }
  }
}

TEST_CASE("what is no TLS, and handshakes that stop, end their own connections only") {
  Secure gateway;
  gateway.options.header_timeout_ms = 5'000;  // longer than a slow handshake may stay when others wait
  gateway.run();
  Peer plain(connect_to(gateway.port));
  plain.send(wire("GET /now/"));
  plain.read_all();
  CHECK(plain.is_ended());
  CHECK(gateway.events.has("TlsHandshakeFailed "));
  std::list<Peer> silent;
  for (int i = 0; i < 300; ++i) silent.emplace_back(connect_to(gateway.port)).send("\x16\x03\x01");  // more than may begin at once
  SecurePeer client(gateway.port, client_of(trusting()));
  REQUIRE_MESSAGE(client.is_open(), client.tls().failure());
  client.send(wire("GET /now/"));
  CHECK(client.read_message().ends_with("now"));
  for (Peer& each : silent) CHECK(each.is_ended());
}

TEST_CASE("a backend over TLS is reached when its certificate is in order, or need not be") {
  Secure backend;
  backend.serve("", {{echo_step()}, {}, {}, {}}, 0);
  backend.run();
  Secure stranger;
  stranger.serve("", {{echo_step()}, {}, {}, {}}, 0);
  stranger.use(tls::stranger_certificate, tls::stranger_key);
  stranger.run();
  struct Row {
    Secure& backend;
    std::string_view host;
    bool validates_chain, validates_name;
    std::string_view answer;
  };
  for (const Row& row : {
           Row{backend, "127.0.0.1", true, true, "200"},
           Row{backend, "localhost", true, true, "500"},
           Row{backend, "localhost", true, false, "200"},
           Row{stranger, "127.0.0.1", true, true, "500"},
           Row{stranger, "127.0.0.1", false, true, "500"},
           Row{stranger, "127.0.0.1", false, false, "200"},
       }) {
    CAPTURE(row.host);
    Served gateway;
    gateway.options.tls.backend_authorities_file = backend.folder.write("root.pem", {tls::root_certificate});
    gateway.serve("now", forwarding(), "https://" + std::string(row.host) + ":" + std::to_string(row.backend.port));
    Upstream upstream = *gateway.config->apis.back().upstream;
    upstream.validates_chain = row.validates_chain;
    upstream.validates_name = row.validates_name;
    gateway.config->apis.back().upstream = std::make_shared<const Upstream>(upstream);
    gateway.run();
    for (int again = 0; again < 2; ++again) CHECK(status_of(gateway.ask(wire("GET /now/"))) == row.answer);
  }
}

TEST_CASE("a backend over TLS takes and gives large bodies, and a connection to it is used again") {
  Secure backend;
  backend.serve("", {{echo_step()}, {}, {}, {}}, 0);
  backend.run();
  Served gateway;
  gateway.options.tls.backend_authorities_file = backend.folder.write("root.pem", {tls::root_certificate});
  gateway.serve("echo", forwarding(), "https://127.0.0.1:" + std::to_string(backend.port));
  gateway.run();
  const std::string large(2'000'000, 'y');
  for (int i = 0; i < 3; ++i)
    CHECK(
        gateway.ask(wire("POST /echo/", "Content-Length: " + std::to_string(large.size()) + "\r\n", large)).ends_with("\r\n\r\n" + large));
}

TEST_CASE("a backend that asks for a certificate gets that of the backend's credentials, on connections of its own") {
  Secure backend;
  backend.options.tls.asks_for_client_certificate = true;
  backend.options.tls.client_authorities_file = backend.folder.write("clients.pem", {tls::root_certificate});
  backend.run();
  Served gateway;
  gateway.options.tls.backend_authorities_file = backend.folder.write("root.pem", {tls::root_certificate});
  const auto serve = [&](const std::string& path, std::string_view certificates, std::string_view key) {
    gateway.serve(path, forwarding(), "https://127.0.0.1:" + std::to_string(backend.port));
    if (certificates.empty()) return;
    Upstream upstream = *gateway.config->apis.back().upstream;
    const auto identity = crypto::Identity::parse(certificates, key, {}, system_random());
    upstream.identity =
        std::make_shared<const UpstreamIdentity>(UpstreamIdentity{*identity, std::string(identity->certificate().thumbprint().view())});
    gateway.config->apis.back().upstream = std::make_shared<const Upstream>(upstream);
  };
  serve("plain", {}, {});
  serve("client", std::string(tls::client_certificate) + std::string(tls::between_certificate), tls::client_key);
  serve("stranger", tls::stranger_certificate, tls::stranger_key);
  gateway.run();
  for (int again = 0; again < 2; ++again) {
    CHECK(body_of(gateway.ask(wire("GET /plain/who/"))) == "https");
    CHECK(body_of(gateway.ask(wire("GET /client/who/"))) == "https some client trusted");
    CHECK(body_of(gateway.ask(wire("GET /stranger/who/"))) == "https stranger unknown");
  }
}

TEST_CASE("what a revocation list names is not trusted where lists are checked, of backends and of clients") {
  for (const bool checks : {true, false}) {
    Secure backend;
    backend.serve("", {{echo_step()}, {}, {}, {}}, 0);
    backend.use(tls::revoked_certificate, tls::revoked_key);
    backend.run();
    Secure gateway;
    const std::string lists = backend.folder.write("root.pem", {tls::root_certificate, tls::between_revocations});
    gateway.options.tls.checks_revocation = checks;
    gateway.options.tls.backend_authorities_file = gateway.options.tls.client_authorities_file = lists;
    gateway.options.tls.asks_for_client_certificate = true;
    gateway.serve("g", forwarding(), "https://localhost:" + std::to_string(backend.port));
    Upstream upstream = *gateway.config->apis.back().upstream;
    upstream.validates_name = false;
    gateway.config->apis.back().upstream = std::make_shared<const Upstream>(upstream);
    gateway.run();
    auto options = trusting();
    options.identity = *crypto::Identity::parse(std::string(tls::revoked_certificate) + std::string(tls::between_certificate),
                                                tls::revoked_key, {}, system_random());
    const auto client = client_of(options);
    CHECK(gateway.who(client).ends_with(checks ? " unknown" : " trusted"));
    SecurePeer peer(gateway.port, client);
    peer.send(wire("GET /g/"));
    CHECK(status_of(peer.read_message()) == (checks ? "500" : "200"));
  }
}

TEST_CASE("a client that came for a host without a client certificate is no client of one with it") {
  Secure gateway;
  const auto identity = *crypto::Identity::parse(std::string(tls::server_certificate) + std::string(tls::between_certificate),
                                                 tls::server_key, {}, system_random());
  gateway.config->tls.hosts = {{"api.example", identity, false}, {"open.example", identity, false}, {"closed.example", identity, true}};
  gateway.run();
  auto options = trusting();
  options.validates_name = false;
  struct Row {
    const char *named, *host, *status;
  };
  for (const Row& row : {
           Row{"api.example", "api.example", "200"},
           Row{"api.example", "open.example:8443", "200"},
           Row{"api.example", "CLOSED.example", "421"},
           Row{"closed.example", "closed.example", "200"},
           Row{"closed.example", "api.example", "421"},
           Row{"127.0.0.1", "closed.example", "421"},
           Row{"127.0.0.1", "other.example", "200"},
       }) {
    CAPTURE(row.named);
    CAPTURE(row.host);
    SecurePeer peer(gateway.port, client_of(options), row.named);
    peer.send("GET /now/ HTTP/1.1\r\nHost: " + std::string(row.host) + "\r\n\r\n");
    CHECK(status_of(peer.read_message()) == row.status);
  }
}

TEST_CASE("host names of a configuration that is published later, and certificates given while serving, reach the clients") {
  Secure gateway;
  gateway.run();
  CHECK(gateway.subject_of_server() == "api.example");
  const auto wild = *crypto::Identity::parse(tls::wild_certificate, tls::wild_key, {}, system_random());
  auto next = std::make_shared<Config>();
  next->usable = true;
  next->tls.hosts = {{"api.example", wild, false}};
  gateway.gateway->publish(finish_config(next));
  CHECK(gateway.subject_of_server() == "wild");
  CHECK(gateway.server->use_certificate("API.example", tls::stranger_certificate, tls::stranger_key, {}));
  CHECK(gateway.subject_of_server() == "stranger");
  const auto wrong = gateway.server->use_certificate("api.example", tls::wild_certificate, tls::stranger_key, {});
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().message.starts_with("the private key belongs to none of the certificates"));
  CHECK(gateway.subject_of_server() == "stranger");
}

TEST_CASE("a certificate of a configuration that has expired leaves the one before in force, and the log says so") {
  Secure gateway;
  const auto good = *crypto::Identity::parse(tls::wild_certificate, tls::wild_key, {}, system_random());
  const auto expired = *crypto::Identity::self_made("api.example", 1'000'000'000, system_random());
  gateway.config->tls.hosts = {{"api.example", good, false}};
  gateway.run();
  auto next = std::make_shared<Config>();
  next->usable = true;
  next->tls.hosts = {{"api.example", expired, true}, {"new.example", expired, false}};
  gateway.gateway->publish(finish_config(next));
  CHECK(gateway.subject_of_server() == "wild");
  CHECK(
      gateway.events.has("TlsCertificateRejected host name 'api.example': the certificate has expired; renew it; the one in force stays"));
  CHECK(
      gateway.events.has("TlsCertificateRejected host name 'new.example': the certificate has expired; renew it; it serves all the same"));
}

namespace {

std::string first_flight() {
  std::string out;
  TlsConnection client(client_of(trusting()), "api.example", nullptr, time(nullptr));
  client.handshake(out);
  return out;
}

}  // namespace

TEST_CASE("bytes that are no handshake, or only a part of one, end their own connections only") {
  Secure gateway;
  gateway.options.header_timeout_ms = 2'000;
  gateway.run();
  const std::string hello = first_flight();
  struct Row {
    const char* what;
    std::string bytes;
  };
  std::string half_hello = hello.substr(0, hello.size() / 2);
  std::string large = std::string("\x16\x03\x01\x40\x00\x01\x00\xff\xff\x03\x03", 11) + std::string(16'500, 'x');  // announces 64 KB
  std::string pieces;  // a hello in records of one byte
  for (const char c : hello.substr(5)) pieces += std::string("\x16\x03\x01\x00\x01", 5) + c;
  for (const Row& row : {Row{"zeros", std::string(500, '\0')}, Row{"a request", wire("GET /now/")}, Row{"a large hello", large},
                         Row{"an alert", std::string("\x15\x03\x03\x00\x02\x02\x28", 7)}, Row{"half a hello", half_hello},
                         Row{"records without content", std::string("\x16\x03\x01\x00\x00", 5)}}) {
    CAPTURE(row.what);
    Peer peer(connect_to(gateway.port));
    peer.send(row.bytes);
    peer.read_all();
    CHECK(peer.is_ended());
  }
  Peer slow(connect_to(gateway.port));
  slow.send(pieces);
  slow.read_all();
  CHECK(slow.is_ended());
  SecurePeer client(gateway.port, client_of(trusting()));
  CHECK_MESSAGE(client.is_open(), client.tls().failure());
}

TEST_CASE("a thousand handshakes that stop keep no other client out") {
  Secure gateway;
  gateway.options.header_timeout_ms = 60'000;
  gateway.options.connections_max = 5'000;
  gateway.run();
  const std::string hello = first_flight();
  std::list<Peer> many;
  for (size_t i = 0; i < 1'000; ++i)
    many.emplace_back(connect_to(gateway.port)).send(std::string_view(hello).substr(0, i % 20 ? hello.size() / 2 : hello.size()));
  SecurePeer client(gateway.port, client_of(trusting()));
  REQUIRE_MESSAGE(client.is_open(), client.tls().failure());
  client.send(wire("GET /now/"));
  CHECK(client.read_message().ends_with("now"));
}
