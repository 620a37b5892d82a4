// Resolver: host names to addresses, for one loop. Every connection asks anew, several askers share one look-up, and the last good answer
// is kept for a while when the name service fails (reliability.md A-121).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "net/address.hpp"
#include "net/loop.hpp"

namespace gatelet {

class Resolver {
 public:
  class Waiter {
   public:
    // The addresses with the port of the asker, those that lately failed last; empty: `error` says why. Not kept.
    virtual void resolved(std::vector<SocketAddress> addresses, std::string_view error) = 0;

   protected:
    ~Waiter() = default;
  };

  explicit Resolver(Loop& loop) : loop_(loop) {}
  ~Resolver();
  // May call back at once.
  void resolve(std::string_view host, uint16_t port, Waiter& waiter);
  void forget(Waiter& waiter);
  // A connection to this address could not be made: others are tried first for a while.
  void mark_failed(std::string_view host, const SocketAddress& address);
  // Cancels look-ups; those already running in libuv's pool are waited for by the loop.
  void close();

 private:
  struct KnownAddress {
    SocketAddress address;
    uint64_t failed_ms = 0;
  };
  struct WaitingFor {
    Waiter* waiter;
    uint16_t port;
  };
  struct Entry {
    std::string host;
    std::vector<KnownAddress> addresses;
    uint64_t good_ms = 0;     // when they were looked up
    uint64_t checked_ms = 0;  // when it was last tried
    std::string error;
    size_t turn = 0;  // connections are spread over the addresses
    bool is_running = false;
    std::vector<WaitingFor> waiting;
    Resolver* resolver = nullptr;
    uv_getaddrinfo_t lookup;
  };

  static void on_resolved(uv_getaddrinfo_t* lookup, int status, addrinfo* found);
  void take(Entry& entry, int status, const addrinfo* found);
  void answer(Entry& entry, WaitingFor waiting);
  void drop_stale();

  Loop& loop_;
  bool is_closed_ = false;
  size_t running_count_ = 0;
  std::unordered_map<std::string, std::unique_ptr<Entry>> entries_;
};

}  // namespace gatelet
