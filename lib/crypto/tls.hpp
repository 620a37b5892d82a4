// TLS without sockets: bytes of the peer go in, bytes for the peer come out, plaintext both ways. Configurations are immutable and shared
// by all connections and threads; who replaces one leaves the connections that have it as they are. This header is all that others know of
// the library behind it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "crypto/certificate.hpp"
#include "crypto/identity.hpp"
#include "crypto/random.hpp"

namespace gatelet::crypto {

enum class TlsVersion : uint8_t { tls12, tls13 };

// The suites of gateway.md 2.13, in their order.
extern const std::string_view default_tls_suites;
// An unknown name among suites that are divided by commas or blanks; empty: all are known. A known one that this library lacks is no error.
std::string_view unknown_tls_suite(std::string_view names);

// Authorities: roots that chains may end in, and revocation lists. Immutable; copies share it; any thread.
class Authorities {
 public:
  Authorities();  // none
  // Certificates in PEM or DER and revocation lists in PEM, all files in one text, and certificates that were read before. What cannot be
  // read is left out and counted; an error is only that nothing could be read.
  static Result<Authorities> parse(std::string_view text, std::span<const Certificate> more = {});
  size_t count() const;
  size_t unreadable_count() const;
  bool has_revocation_lists() const;

  struct State;  // of this room
  State& state() const { return *state_; }

 private:
  std::shared_ptr<State> state_;
};

// The keys of session tickets. They outlive configurations, so that a reload ends no session; a key makes tickets for one lifetime and
// opens them for one more.
class TlsTickets {
 public:
  TlsTickets(Random random, uint32_t lifetime_s);
  TlsTickets(const TlsTickets&) = delete;
  TlsTickets& operator=(const TlsTickets&) = delete;
  ~TlsTickets();

  struct State;  // of this room
  State& state() const { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

struct TlsOptions {
  TlsVersion least = TlsVersion::tls12;
  TlsVersion most = TlsVersion::tls13;
  std::string suites;                  // IANA names divided by commas or blanks; empty: the default
  std::vector<std::string> protocols;  // ALPN, the preferred first; empty: none
  bool checks_revocation = true;       // where the authorities have lists
};

// What clients of one host name get.
struct TlsHost {
  std::string name;  // "api.example", "*.example" (one label), or "*": all others, and clients that name no host
  Identity identity;
  bool asks_for_certificate = false;
};

struct TlsServerOptions : TlsOptions {
  std::vector<TlsHost> hosts;           // one is "*"
  Authorities client_authorities;       // a client's certificate is looked at with them; it is let in whatever they say
  std::shared_ptr<TlsTickets> tickets;  // null: no session is resumed
};

class TlsServer {
 public:
  // `random` is called by any thread and lives as long as the server.
  static Result<std::shared_ptr<const TlsServer>> create(TlsServerOptions options, Random random);
  ~TlsServer();
  // Which certificate a client gets that asks for this host.
  const TlsHost& host_for(std::string_view name) const;
  const std::vector<TlsHost>& hosts() const;

  struct State;  // of this room
  explicit TlsServer(std::unique_ptr<State> state);
  State& state() const { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

struct TlsClientOptions : TlsOptions {
  Authorities authorities;
  bool validates_chain = true;
  bool validates_name = true;
  std::optional<Identity> identity;  // shown to a server that asks for one
};

class TlsClient {
 public:
  static Result<std::shared_ptr<const TlsClient>> create(TlsClientOptions options, Random random);
  ~TlsClient();

  struct State;  // of this room
  explicit TlsClient(std::unique_ptr<State> state);
  State& state() const { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

// What a client keeps of a connection to make the next one cheaper. For the same TlsClient and host only.
class TlsSession {
 public:
  TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;
  ~TlsSession();

  struct State;  // of this room
  State& state() const { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

// One connection; one thread at a time.
class TlsConnection {
 public:
  enum class State : uint8_t { handshake, open, ended, failed };  // ended: the peer said that nothing follows

  TlsConnection(std::shared_ptr<const TlsServer> server, int64_t now_s);
  // `session`: null or one of an earlier connection, which stays the caller's. An address as host is not told to the server, but looked for
  // in its certificate.
  TlsConnection(std::shared_ptr<const TlsClient> client, std::string_view host, const TlsSession* session, int64_t now_s);
  TlsConnection(const TlsConnection&) = delete;
  TlsConnection& operator=(const TlsConnection&) = delete;
  ~TlsConnection();

  State state() const;
  // Bytes of the peer, all of which are used by the calls that follow before they say that they need more. They stay where they are until
  // then.
  void feed(std::string_view bytes);
  // As far as the bytes allow; a client begins with it. What goes to the peer is appended to `out`, here and below. This is what costs:
  // about a millisecond for each flight of a full handshake.
  State handshake(std::string& out);
  // Plaintext into `buffer`, whose used part is returned; empty: more bytes are needed, or the state is another now. Only while open.
  std::string_view read(std::span<char> buffer, std::string& out);
  void write(std::string_view plain, std::string& out);
  // Says that nothing follows.
  void end(std::string& out);

  // Why it failed, in words for a log.
  const std::string& failure() const;
  // After the handshake
  std::string_view version() const;   // "1.2", "1.3"
  std::string cipher_suite() const;   // the IANA name
  std::string_view protocol() const;  // of ALPN; empty: none
  const std::string& host() const;    // that a client asked for, in lower case
  // A server's view: whether a client of that host would have been asked for its certificate exactly if this one was.
  bool may_serve(std::string_view host) const;
  bool was_resumed() const;  // a server's view
  // The chain that the peer showed, its own certificate first, and whether it leads to an authority.
  std::vector<Certificate> peer_chain() const;
  bool is_peer_trusted() const;
  // A session that has come since the last call, or null.
  std::unique_ptr<TlsSession> take_session();

  struct Parts;  // of this room

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace gatelet::crypto
