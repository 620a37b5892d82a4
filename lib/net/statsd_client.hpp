// StatsdClient: metrics as datagrams to a StatsD server (gateway.md 2.6), for one loop. Nothing waits for it: the kernel takes a datagram
// at once or not at all, and whether a server hears it nobody knows.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/log.hpp"
#include "net/resolver.hpp"
#include "policy/services.hpp"
#include "telemetry/statsd.hpp"

namespace gatelet {

struct StatsdSettings {
  std::string host;  // empty: there is no server
  uint16_t port = 0;
  double sampling = 1;  // the share of the metrics that is sent
  StatsdTags tags = StatsdTags::dogstatsd;
};
// `endpoint`: "host:port" or "udp://host:port", by default the port 8125; empty: none. `sampling`: empty is 1. `tags`: empty is dogStatsD.
Result<StatsdSettings> statsd_settings_from(std::string_view endpoint, std::string_view sampling, std::string_view tags);

class StatsdClient final : private Resolver::Waiter {
 public:
  // `ready` is called when an address was found that is_ready() did not know.
  StatsdClient(Loop& loop, const StatsdSettings& settings, LogSink* log, std::function<void()> ready);
  ~StatsdClient();

  bool is_used() const { return !settings_.host.empty(); }
  // False: the address is being looked up; what is to be sent waits.
  bool is_ready();
  // `chance` is random. True: the kernel has it, or sampling leaves it out.
  bool send(const OutboxItem& metric, uint64_t chance);
  void close();

 private:
  void look_up();
  bool connect(const SocketAddress& address);
  void note_away(std::string_view why);
  void resolved(std::vector<SocketAddress> addresses, std::string_view error) override;

  Loop& loop_;
  const StatsdSettings settings_;
  LogSink* const log_;
  const std::function<void()> ready_;
  Resolver resolver_;
  Timer timer_;
  int socket_ = -1;       // connected; -1: no address is known
  uint64_t look_ms_ = 0;  // when it is to be looked up again
  bool is_resolving_ = false;
  bool is_away_ = false;  // which the log was told
};

}  // namespace gatelet
