// RedisClient: an external cache that speaks the protocol of Redis, for one loop (policies-a.md 8.1), where gateways may count limits, too
// (net/redis_limits.hpp). One connection, on which commands follow one another without waiting for answers. A server that is away, slow,
// full or wrong means that nothing is found and nothing is kept: what cannot be sent now is not waited for, and one answer that does not
// come in time ends the connection, so that only those wait who had asked by then.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "net/redis_protocol.hpp"
#include "net/resolver.hpp"
#include "net/stream.hpp"
#include "net/tls_keeper.hpp"
#include "policy/cache_address.hpp"
#include "policy/services.hpp"
#include "policy/shared_limits.hpp"

namespace gatelet {

class RedisClient final : public Cache, private Stream::Owner, private Resolver::Waiter {
 public:
  static constexpr size_t commands_max = 4096;                  // sent and not answered
  static constexpr size_t unsent_bytes_max = 32 * 1024 * 1024;  // that the server has not taken yet
  static constexpr size_t value_bytes_max = 16 * 1024 * 1024;   // larger ones are not kept, and not taken
  static constexpr uint32_t retry_ms_min = 100, retry_ms_max = 30'000;
  static constexpr uint32_t refusals_told_ms = 60'000;  // how often the log tells of refused commands

  class Asker {
   public:
    virtual void cache_answered(uint32_t id, CacheReply reply) = 0;
    virtual void limits_answered(uint32_t id, const LimitReply& reply) = 0;

   protected:
    ~Asker() = default;
  };

  RedisClient(Loop& loop, TlsKeeper& tls, LogSink* log);
  ~RedisClient();

  // Where the cache is from now on; null: there is none.
  void use(std::shared_ptr<const CacheAddress> address);
  bool is_used() const { return address_ != nullptr; }

  // True: nothing can be asked now, so nothing is found. False: look_up() it.
  bool find(std::string_view key, uint64_t steady_ms, CacheReply& reply) override;
  void store(std::string_view key, CacheValue value, uint64_t duration_ms, uint64_t steady_ms) override;
  void remove(std::string_view key) override;

  // False: what is asked now gets no answer.
  bool can_ask() const;
  // The asker hears of it once, perhaps before this returns.
  void look_up(std::string_view key, Asker& asker, uint32_t id);
  // A command that counts limits, when can_ask().
  void ask_limits(Buffer command, bool is_quota, Asker& asker, uint32_t id);
  // A command whose answer nobody waits for, when can_ask(). An empty one is left out.
  void tell(Buffer command);
  void forget(Asker& asker);
  // No more connections; the loop ends when the socket is closed.
  void close();

 private:
  enum class State : uint8_t { off, resolving, connecting, greeting, ready, closing, resting };
  struct Sent {
    enum class Kind : uint8_t { greeting, find, rate, quota, change };
    Kind kind = Kind::change;
    Asker* asker = nullptr;
    uint32_t id = 0;
    uint64_t due_ms = 0;
  };

  void send(Buffer command, Sent sent);
  static void tell_asker(const Sent& sent, CacheReply reply, const LimitReply& limits);
  void connect();
  void connect_next();
  void greet();
  void take(const RedisAnswer& answer);
  void take_greeting(const RedisAnswer& answer);
  void note_refusal(std::string_view text);
  void become_ready();
  void arm();
  void on_due();
  void lose(std::string reason);
  void drop_sent();
  void rest();
  void note(LogLevel level, std::string_view event, std::string_view message) const;
  std::string place() const;

  void resolved(std::vector<SocketAddress> addresses, std::string_view error) override;
  void stream_connected(int error) override;
  void stream_secured() override { greet(); }
  void stream_read(std::string_view bytes) override;
  void stream_ended() override { lose("it closed the connection"); }
  void stream_failed(int error) override;
  void stream_drained() override {}
  void stream_closed() override;

  Loop& loop_;
  TlsKeeper& tls_;
  LogSink* const log_;
  Resolver resolver_;
  Stream stream_;
  Timer timer_;
  std::shared_ptr<const CacheAddress> address_;
  State state_ = State::off;
  bool is_closed_ = false;
  bool is_restarting_ = false;  // another address came while the socket was open
  bool is_away_ = false;        // which the log was told
  uint32_t failures_ = 0;       // since a command was answered
  size_t turn_ = 0;             // of the places
  size_t greetings_ = 0;        // not answered yet
  uint64_t connect_due_ms_ = 0;
  uint64_t refusal_told_ms_ = 0;
  std::vector<SocketAddress> addresses_;
  size_t next_address_ = 0;
  std::string failure_;
  std::unique_ptr<RedisReader> reader_;
  std::deque<Sent> sent_;       // in the order of their answers
  std::vector<Buffer> unsent_;  // commands for a connection that is being made
  size_t unsent_bytes_ = 0;
};

}  // namespace gatelet
