// ServerOptions: what a host says about its server.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/limits.hpp"
#include "net/statsd_client.hpp"
#include "net/tls_settings.hpp"
#include "policy/cache_address.hpp"
#include "policy/shared_limits.hpp"

namespace gatelet {

struct ServerOptions {
  std::vector<std::string> listeners = {"http://0.0.0.0:8080"};  // port 0: one is chosen
  uint32_t workers = 1;
  uint32_t connections_max = connections_max_default;
  uint32_t header_timeout_ms = request_header_timeout_ms_default;
  uint32_t idle_timeout_ms = idle_timeout_ms_default;
  uint32_t body_timeout_ms = stream_idle_timeout_ms_default;  // between bytes, in both directions
  uint32_t connect_timeout_ms = connect_timeout_ms_default;
  uint32_t drain_timeout_ms = drain_timeout_ms_default;
  uint64_t memory_bytes_max = 0;  // of the process; 0: no limit
  TlsSettings tls;
  std::string http_proxy, https_proxy, proxy_exceptions;  // HTTP_PROXY, HTTPS_PROXY, NO_PROXY
  std::shared_ptr<const CacheAddress> external_cache;     // instead of that of configurations; null: theirs
  LimitSharing limits;
  StatsdSettings statsd;                   // where metrics go; none: into the log
  bool logs_events = true;                 // those of loggers that are no event hubs; false: they are dropped
  std::string egress_denied;               // net.client.egress.denied
  std::string default_host = "localhost";  // of HTTP/1.0 requests without Host
};

}  // namespace gatelet
