// Connections to backends: made, pooled and watched, for one loop. An unused one stays armed, so that a peer's close, or bytes nobody asked
// for, drop it at once (reliability.md ).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "net/egress_rule.hpp"
#include "net/message_parser.hpp"
#include "net/resolver.hpp"
#include "net/stream.hpp"
#include "net/tls_keeper.hpp"
#include "policy/upstream.hpp"

namespace gatelet {

class UpstreamConnection;

// The unused connections of one authority; the newest is taken first. It is there as long as the authority has a connection.
struct UpstreamPool {
  std::string key;
  std::string host;
  uint16_t port = 0;
  bool is_tls = false;
  bool is_guarded = false;
  bool validates_chain = true;
  bool validates_name = true;
  std::shared_ptr<const UpstreamIdentity> identity;
  std::shared_ptr<const Proxy> proxy;               // null: none
  std::shared_ptr<const crypto::TlsClient> client;  // of https, that the session is for
  std::unique_ptr<crypto::TlsSession> session;      // the newest: the next connection goes on with it
  size_t count = 0;                                 // all connections
  std::vector<UpstreamConnection*> idle;

  // Where its connections go.
  const std::string& dialled_host() const { return proxy ? proxy->host : host; }
  uint16_t dialled_port() const { return proxy ? proxy->port : port; }
};

class UpstreamPools {
 public:
  UpstreamPools(Loop& loop, uint32_t connect_timeout_ms, TlsKeeper& tls, const Proxies& proxies, const EgressRule& egress)
      : loop_(loop), resolver_(loop), connect_timeout_ms_(connect_timeout_ms), tls_(tls), proxies_(proxies), egress_(egress) {}
  ~UpstreamPools();

  // An unused connection, or null.
  UpstreamConnection* take_idle(const Upstream& upstream);
  // A new one, not yet connected.
  UpstreamConnection& create(const Upstream& upstream);
  // No more connections are kept; used ones close when they are given back.
  void close();
  void close_idle();
  bool is_empty() const { return pools_.empty(); }

 private:
  friend class UpstreamConnection;
  const std::shared_ptr<const Proxy>& proxy_of(const Upstream& upstream) const;
  UpstreamPool* find(const Upstream& upstream);

  Loop& loop_;
  Resolver resolver_;
  uint32_t connect_timeout_ms_;
  TlsKeeper& tls_;
  const Proxies& proxies_;
  const EgressRule& egress_;
  bool is_closed_ = false;
  std::string key_;               // of the last look-up; kept for its memory
  UpstreamPool* last_ = nullptr;  // that was found: most requests of a while go to one backend
  std::unordered_map<std::string, std::unique_ptr<UpstreamPool>> pools_;
};

class UpstreamConnection final : private Stream::Owner, private Resolver::Waiter {
 public:
  // Who uses a connection hears of it. After lost() it is gone; in every other case its user closes it or gives it back.
  class User {
   public:
    virtual void upstream_ready() = 0;
    virtual void upstream_lost(std::string_view text) = 0;  // could not be connected
    virtual void upstream_read(std::string_view bytes) = 0;
    virtual void upstream_ended() = 0;
    virtual void upstream_broken(int error) = 0;
    virtual void upstream_drained() = 0;
    virtual void upstream_timed_out() = 0;

   protected:
    ~User() = default;
  };

  // Connects, at the latest until `due_ms`; the user may hear of it before this returns.
  void connect(User& user, uint64_t due_ms);
  // For a connection out of the pool.
  void use(User& user) { user_ = &user; }
  void set_deadline(uint64_t due_ms) { pools_.loop_.set_timer(timer_, due_ms); }
  void clear_deadline() { timer_.clear(); }
  // Back to the pool, when it is clean.
  void give_back();
  void close();

  Stream& stream() { return stream_; }
  MessageParser& parser() { return parser_; }
  // The one that requests are addressed to, which names the backend in each of them; null: none, or a tunnel through it.
  const Proxy* addressed_proxy() const { return pool_.is_tls ? nullptr : pool_.proxy.get(); }

 private:
  friend class UpstreamPools;
  enum class State : uint8_t { unused, resolving, connecting, tunnelling, securing, used, idle, closing };

  UpstreamConnection(UpstreamPools& pools, UpstreamPool& pool);
  ~UpstreamConnection();
  void resolved(std::vector<SocketAddress> addresses, std::string_view error) override;
  void connect_next();
  void begin_tunnel();
  void read_tunnel_answer(std::string_view bytes);
  void begin_tls();
  void handshake_failed();
  void give_up(std::string text);
  std::string place_of(const SocketAddress& address) const;
  void drop_denied();
  void keep_session();
  void ready();
  void address_failed(std::string text);
  void lose();
  void on_deadline();
  void leave_idle();

  void stream_connected(int error) override;
  void stream_secured() override;
  void stream_read(std::string_view bytes) override;
  void stream_ended() override;
  void stream_failed(int error) override;
  void stream_drained() override;
  void stream_closed() override;

  UpstreamPools& pools_;
  UpstreamPool& pool_;
  Stream stream_;
  MessageParser parser_;
  Timer timer_;
  User* user_ = nullptr;
  State state_ = State::unused;
  uint64_t connect_due_ms_ = 0;
  std::vector<SocketAddress> addresses_;
  size_t next_address_ = 0;
  std::string failure_;
};

}  // namespace gatelet
