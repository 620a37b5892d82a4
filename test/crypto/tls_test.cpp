#include "crypto/tls.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "hexadecimal.hpp"
#include "tls_keys.hpp"

using namespace gatelet;
using namespace gatelet::crypto;
using test::fixed_random;
using State = TlsConnection::State;

static constexpr int64_t in_2030_s = 1'900'000'000;

static Identity identity_of(std::string_view certificate, std::string_view key) {
  auto identity = Identity::parse(std::string(certificate) + std::string(test::tls::between_certificate), key, {}, fixed_random());
  REQUIRE_MESSAGE(identity, identity.error().message);
  return *std::move(identity);
}

static Authorities authorities_of(std::string text) {
  auto authorities = Authorities::parse(text);
  REQUIRE_MESSAGE(authorities, authorities.error().message);
  return *std::move(authorities);
}

static TlsServerOptions server_options() {
  TlsServerOptions options;
  options.hosts = {{"*", identity_of(test::tls::server_certificate, test::tls::server_key), false}};
  return options;
}

static TlsClientOptions client_options() {
  TlsClientOptions options;
  options.authorities = authorities_of(std::string(test::tls::root_certificate));
  return options;
}

static std::shared_ptr<const TlsServer> server_of(TlsServerOptions options) {
  auto server = TlsServer::create(std::move(options), fixed_random());
  REQUIRE_MESSAGE(server, server.error().message);
  return *std::move(server);
}

static std::shared_ptr<const TlsClient> client_of(TlsClientOptions options) {
  auto client = TlsClient::create(std::move(options), fixed_random());
  REQUIRE_MESSAGE(client, client.error().message);
  return *std::move(client);
}

namespace {

// A client and a server with a wire between them.
struct Pair {
  TlsConnection client, server;
  std::string to_server, to_client;
  size_t piece = SIZE_MAX;  // bytes that arrive at once

  Pair(const std::shared_ptr<const TlsServer>& s, const std::shared_ptr<const TlsClient>& c, std::string_view host = "api.example",
       const TlsSession* session = nullptr, int64_t now_s = in_2030_s)
      : client(c, host, session, now_s), server(s, now_s) {}

  static void step(TlsConnection& connection, std::string& from, size_t size, std::string& to) {
    const std::string bytes = from.substr(0, size);
    from.erase(0, bytes.size());
    connection.feed(bytes);
    connection.handshake(to);
    char none[1];
    if (connection.state() == State::open) CHECK(connection.read(none, to).empty());
  }
  bool connect() {
    client.handshake(to_server);
    while (!to_server.empty() || !to_client.empty()) {
      if (!to_server.empty()) step(server, to_server, piece, to_client);
      if (!to_client.empty()) step(client, to_client, piece, to_server);
    }
    return client.state() == State::open && server.state() == State::open;
  }
  static std::string arrived(TlsConnection& connection, std::string& wire) {
    std::string plain, back;
    char buffer[1000];
    connection.feed(wire);
    for (std::string_view part = connection.read(buffer, back); !part.empty(); part = connection.read(buffer, back)) plain += part;
    wire.clear();
    return plain;
  }
  std::string server_hears(std::string_view text) {
    client.write(text, to_server);
    return arrived(server, to_server);
  }
  std::string client_hears(std::string_view text) {
    server.write(text, to_client);
    return arrived(client, to_client);
  }
};

}  // namespace

TEST_CASE("client and server understand each other in both versions, however the bytes are cut") {
  struct Row {
    TlsVersion version;
    size_t piece;
    std::string_view says;
  };
  for (const Row& row : {Row{TlsVersion::tls12, SIZE_MAX, "1.2"}, Row{TlsVersion::tls13, SIZE_MAX, "1.3"}, Row{TlsVersion::tls12, 1, "1.2"},
                         Row{TlsVersion::tls13, 7, "1.3"}}) {
    TlsClientOptions options = client_options();
    options.least = options.most = row.version;
    Pair pair(server_of(server_options()), client_of(options));
    pair.piece = row.piece;
    REQUIRE_MESSAGE(pair.connect(), pair.client.failure() << pair.server.failure());
    CHECK(pair.client.version() == row.says);
    CHECK(pair.server.version() == row.says);
    CHECK(pair.client.cipher_suite() == pair.server.cipher_suite());
    CHECK(pair.client.is_peer_trusted());
    CHECK(pair.client.peer_chain().size() == 2);
    CHECK(pair.server.host() == "api.example");
    const std::string large(100'000, 'x');
    CHECK(pair.server_hears("GET /") == "GET /");
    CHECK(pair.server_hears(large) == large);
    CHECK(pair.client_hears(large) == large);
    pair.client.end(pair.to_server);
    CHECK(pair.arrived(pair.server, pair.to_server).empty());
    CHECK(pair.server.state() == State::ended);
    CHECK(pair.client_hears("the rest") == "the rest");
  }
}

TEST_CASE("a host name chooses its certificate: exact before wildcard before the one for all others") {
  TlsServerOptions options = server_options();
  options.hosts.push_back({"*.Wild.example", identity_of(test::tls::wild_certificate, test::tls::wild_key), false});
  options.hosts.push_back({"x.wild.example", identity_of(test::tls::stranger_certificate, test::tls::stranger_key), false});
  const auto server = server_of(options);
  struct Row {
    std::string_view host, subject;
  };
  for (const Row& row : {Row{"api.example", "api.example"}, Row{"a.wild.example", "wild"}, Row{"A.WILD.example", "wild"},
                         Row{"a.wild.example.", "wild"}, Row{"x.wild.example", "stranger"}, Row{"a.b.wild.example", "api.example"},
                         Row{"wild.example", "api.example"}, Row{"", "api.example"}, Row{"127.0.0.1", "api.example"}})
    CHECK(server->host_for(row.host).identity.certificate().subject_part(NamePart::common_name) == row.subject);
  for (const TlsVersion version : {TlsVersion::tls12, TlsVersion::tls13}) {
    TlsClientOptions wanted = client_options();
    wanted.least = wanted.most = version;
    Pair pair(server, client_of(wanted), "b.wild.example");
    REQUIRE_MESSAGE(pair.connect(), pair.client.failure() << pair.server.failure());
    CHECK(pair.client.peer_chain()[0].subject_part(NamePart::common_name) == "wild");
  }
}

TEST_CASE("a server is refused whose certificate has the wrong name, no known authority, the wrong time or is revoked, unless it may") {
  using namespace test::tls;
  struct Row {
    std::string_view certificate, key, host;
    bool validates_chain, validates_name;
    int64_t now_s;
    std::string_view failure;
  };
  const int64_t early = 1'700'000'000, late = 2'400'000'000;
  for (const TlsVersion version : {TlsVersion::tls12, TlsVersion::tls13})
    for (const Row& row : {
             Row{server_certificate, server_key, "api.example", true, true, in_2030_s, ""},
             Row{server_certificate, server_key, "127.0.0.1", true, true, in_2030_s, ""},
             Row{server_certificate, server_key, "[::1]", true, true, in_2030_s, ""},
             Row{server_certificate, server_key, "127.0.0.2", true, true, in_2030_s, "does not match with the expected CN"},
             Row{server_certificate, server_key, "other.example", true, true, in_2030_s, "does not match with the expected CN"},
             Row{server_certificate, server_key, "other.example", true, false, in_2030_s, ""},
             Row{stranger_certificate, stranger_key, "api.example", true, true, in_2030_s, "not correctly signed by the trusted CA"},
             Row{stranger_certificate, stranger_key, "api.example", true, false, in_2030_s, "not correctly signed by the trusted CA"},
             Row{stranger_certificate, stranger_key, "api.example", false, true, in_2030_s, ""},
             Row{stranger_certificate, stranger_key, "other.example", false, true, in_2030_s, "does not match with the expected CN"},
             Row{stranger_certificate, stranger_key, "other.example", false, false, in_2030_s, ""},
             Row{server_certificate, server_key, "api.example", true, true, early, "starts in the future"},
             Row{server_certificate, server_key, "api.example", true, true, late, "has expired"},
             Row{server_certificate, server_key, "api.example", false, true, late, ""},
             Row{revoked_certificate, revoked_key, "api.example", true, true, in_2030_s, "has been revoked"},
             Row{revoked_certificate, revoked_key, "api.example", false, true, in_2030_s, ""},
         }) {
      CAPTURE(row.host);
      CAPTURE(row.failure);
      TlsServerOptions served = server_options();
      served.hosts[0].identity = identity_of(row.certificate, row.key);
      TlsClientOptions options = client_options();
      options.authorities = authorities_of(std::string(root_certificate) + std::string(between_revocations));
      options.validates_chain = row.validates_chain;
      options.validates_name = row.validates_name;
      options.least = options.most = version;
      Pair pair(server_of(served), client_of(options), row.host, nullptr, row.now_s);
      CHECK(pair.connect() == row.failure.empty());
      CHECK_MESSAGE(pair.client.failure().find(row.failure) != std::string::npos, pair.client.failure());
      if (!row.failure.empty()) CHECK(pair.client.failure().starts_with("the certificate of the peer is refused: "));
    }
  TlsClientOptions none = client_options();
  none.authorities = Authorities();
  Pair pair(server_of(server_options()), client_of(none));
  CHECK_FALSE(pair.connect());
  CHECK(pair.server.state() == State::failed);
}

TEST_CASE("a client shows its certificate only where the host asks for it, and is let in whatever it is") {
  using namespace test::tls;
  TlsServerOptions served = server_options();
  served.client_authorities = authorities_of(std::string(root_certificate));
  served.hosts.push_back({"asks.wild.example", identity_of(wild_certificate, wild_key), true});
  served.tickets = std::make_shared<TlsTickets>(fixed_random(), 3600);
  const auto server = server_of(served);
  for (const TlsVersion version : {TlsVersion::tls12, TlsVersion::tls13}) {
    TlsClientOptions options = client_options();
    options.least = options.most = version;
    const auto without = client_of(options);
    options.identity = identity_of(client_certificate, client_key);
    const auto with = client_of(options);
    options.identity = identity_of(stranger_certificate, stranger_key);
    const auto with_unknown = client_of(options);
    struct Row {
      const std::shared_ptr<const TlsClient>& client;
      std::string_view host, subject;
      bool is_trusted;
    };
    for (const Row& row : {Row{with, "asks.wild.example", "some client", true}, Row{with, "api.example", "", false},
                           Row{without, "asks.wild.example", "", false}, Row{with_unknown, "asks.wild.example", "stranger", false}}) {
      Pair pair(server, row.client, row.host);
      REQUIRE_MESSAGE(pair.connect(), pair.client.failure() << pair.server.failure());
      const auto chain = pair.server.peer_chain();
      CHECK((chain.empty() ? "" : chain[0].subject_part(NamePart::common_name)) == row.subject);
      CHECK(pair.server.is_peer_trusted() == row.is_trusted);
      // Its next connection shows it again.
      const auto session = pair.client.take_session();
      Pair again(server, row.client, row.host, session.get());
      REQUIRE_MESSAGE(again.connect(), again.client.failure() << again.server.failure());
      CHECK(again.server.peer_chain().size() == chain.size());
      CHECK(again.server.was_resumed() == (row.host == "api.example"));
    }
  }
}

TEST_CASE("a session is resumed in both versions, also by a server that came after a reload; other keys begin anew") {
  for (const TlsVersion version : {TlsVersion::tls12, TlsVersion::tls13}) {
    CAPTURE(version);
    TlsServerOptions served = server_options();
    served.tickets = std::make_shared<TlsTickets>(fixed_random(), 3600);
    TlsClientOptions options = client_options();
    options.least = options.most = version;
    const auto client = client_of(options);
    Pair first(server_of(served), client);
    REQUIRE(first.connect());
    CHECK_FALSE(first.server.was_resumed());
    const auto session = first.client.take_session();
    REQUIRE(session);
    CHECK_FALSE(first.client.take_session());

    Pair second(server_of(served), client, "api.example", session.get());
    REQUIRE_MESSAGE(second.connect(), second.client.failure() << second.server.failure());
    CHECK(second.server.was_resumed());
    CHECK(second.server_hears("again") == "again");

    served.tickets = std::make_shared<TlsTickets>(fixed_random(), 3600);
    Pair third(server_of(served), client, "api.example", session.get());
    REQUIRE_MESSAGE(third.connect(), third.client.failure() << third.server.failure());
    CHECK_FALSE(third.server.was_resumed());

    served.tickets = nullptr;
    Pair fourth(server_of(served), client, "api.example", session.get());
    REQUIRE(fourth.connect());
    CHECK_FALSE(fourth.server.was_resumed());
  }
}

TEST_CASE("the server's suites and versions decide, and a protocol of ALPN is agreed upon") {
  TlsServerOptions served = server_options();
  served.suites = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";
  served.protocols = {"h2", "http/1.1"};
  served.most = TlsVersion::tls12;
  const auto server = server_of(served);
  TlsClientOptions options = client_options();
  options.protocols = {"http/1.1"};
  Pair pair(server, client_of(options));
  REQUIRE_MESSAGE(pair.connect(), pair.client.failure() << pair.server.failure());
  CHECK(pair.server.cipher_suite() == "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
  CHECK(pair.server.protocol() == "http/1.1");
  CHECK(pair.client.protocol() == "http/1.1");
  options.suites = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";
  CHECK_FALSE(Pair(server, client_of(options)).connect());
  options.suites = {};
  options.least = TlsVersion::tls13;
  CHECK_FALSE(Pair(server, client_of(options)).connect());
}

TEST_CASE("configurations that cannot work are refused with the remedy") {
  CHECK(unknown_tls_suite(default_tls_suites).empty());
  CHECK(unknown_tls_suite("TLS_AES_128_GCM_SHA256 ECDHE-RSA-AES128-SHA") == "ECDHE-RSA-AES128-SHA");
  TlsServerOptions unknown = server_options();
  unknown.suites = "TLS_FOO";
  CHECK(TlsServer::create(unknown, fixed_random()).error().message.starts_with("'TLS_FOO' is no cipher suite; write its IANA name"));
  TlsServerOptions nobody = server_options();
  nobody.hosts[0].name = "api.example";
  CHECK(TlsServer::create(nobody, fixed_random()).error().message ==
        "no host has the name '*', which is for clients that name none; add it");
  TlsServerOptions twice = server_options();
  twice.hosts.push_back(twice.hosts[0]);
  CHECK(TlsServer::create(twice, fixed_random()).error().message == "the host name '*' is there twice; keep one of them");
  CHECK(Authorities::parse("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").error().message ==
        "the file holds neither a certificate nor a revocation list that can be read");
  const auto some =
      authorities_of("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" + std::string(test::tls::root_certificate));
  CHECK(some.count() == 1);
  CHECK(some.unreadable_count() == 1);
}

TEST_CASE("garbage ends the connection that it came on, and says why") {
  const auto server = server_of(server_options());
  const auto client = client_of(client_options());
  for (const std::string& garbage :
       {std::string("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), std::string("\x16\x03\x01\xFF\xFF garbage", 13), std::string(20'000, '\x16')}) {
    TlsConnection connection(server, in_2030_s);
    std::string out;
    connection.feed(garbage);
    CHECK(connection.handshake(out) == State::failed);
    CHECK_FALSE(connection.failure().empty());
    char buffer[16];
    CHECK(connection.read(buffer, out).empty());
    connection.write("x", out);
    connection.end(out);
  }
  for (size_t at = 0; at < 400; at += 3) {  // one byte of the client's first flight is another
    Pair pair(server, client);
    pair.client.handshake(pair.to_server);
    if (at >= pair.to_server.size()) break;
    pair.to_server[at] = static_cast<char>(pair.to_server[at] ^ 0x55);
    pair.connect();
    CHECK_FALSE((pair.client.state() == State::open && pair.server.state() == State::open && pair.server_hears("x") != "x"));
  }
  Pair pair(server, client);
  REQUIRE(pair.connect());
  pair.client.write("secret", pair.to_server);
  pair.to_server.back() = static_cast<char>(pair.to_server.back() ^ 1);
  CHECK(pair.arrived(pair.server, pair.to_server).empty());
  CHECK(pair.server.state() == State::failed);
}
