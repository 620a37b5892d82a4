// Upstream: where a request is sent. Made when a configuration loads; a computed base URL makes one during the exchange. A backend resource
// adds credentials, a circuit breaker, or a pool of other backends (gateway.md 3.11).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "crypto/identity.hpp"
#include "http/headers.hpp"
#include "http/url.hpp"
#include "policy/proxy.hpp"

namespace gatelet {

struct Upstream;

// What a backend gets that asks for a certificate.
struct UpstreamIdentity {
  crypto::Identity identity;
  std::string thumbprint;  // the bytes of its certificate's: no connection is used for another one
};

// When a backend counts as broken, and for how long nothing is sent to it then.
struct CircuitBreakerRule {
  struct StatusRange {
    int min = 0, max = 0;
  };
  std::string name;
  uint32_t failure_count = 0;       // that many failures trip; 0: failure_percentage decides
  uint32_t failure_percentage = 0;  // of the calls
  uint64_t interval_ms = 0;         // in which they are counted
  uint64_t trip_duration_ms = 0;
  std::vector<StatusRange> status_code_ranges;
  std::vector<std::string> error_reasons;
  bool accept_retry_after = false;  // the backend's Retry-After takes the place of trip_duration_ms
  int failure_status = 503;         // what the client gets meanwhile (failureResponse)
};

// What a request to the backend carries besides what the client sent. The values are secrets: they go into no log and no message.
struct BackendCredentials {
  struct Header {
    HeaderName name;
    std::vector<std::string> values;
  };
  std::vector<Header> headers;           // replace those of the request; Authorization of scheme and parameter included
  std::vector<std::string> query_names;  // parameters of the request that give way
  std::string query;                     // encoded, "code=x&sig=y"
};

struct PoolMember {
  std::shared_ptr<const Upstream> upstream;  // never itself a pool
  uint32_t priority = 0;                     // the lowest number that has a sound member gets the requests
  uint32_t weight = 0;                       // share within the priority; all 0: equal shares
  std::string session_id;                    // what the cookie of session affinity says of this member
};

// At most pool_members_max members, sorted by priority.
struct BackendPool {
  std::vector<PoolMember> members;
  std::string session_cookie;  // empty: no session affinity
};

struct Upstream {
  enum class Kind : uint8_t { url, host, pool };  // host: the embedding program's own handler
  Kind kind = Kind::url;
  std::string backend_id = {};                                      // of a backend resource; empty for a bare URL
  Url url = {};                                                     // of a pool: its first member's, for who only wants to show one
  std::string authority = {};                                       // what the Host header says
  std::shared_ptr<const BackendCredentials> credentials = nullptr;  // null: none
  std::shared_ptr<const CircuitBreakerRule> breaker = nullptr;      // null: none
  std::shared_ptr<const BackendPool> pool = nullptr;                // of Kind::pool
  // Names the state of its breaker or pool, made of the id and of what the state depends on: it outlives configurations in which neither
  // changes (BackendStates).
  uint64_t state_id = 0;
  // Of the backend's certificate, where its URL is https.
  bool validates_chain = true;
  bool validates_name = true;
  std::shared_ptr<const UpstreamIdentity> identity = nullptr;  // null: none
  std::shared_ptr<const Proxy> proxy = nullptr;                // of the backend itself; null: what the settings say
  // A policy took its URL from a text, perhaps a client's: the host sends nothing to addresses that are forbidden then.
  bool is_guarded = false;

  // Whether BackendStates decides where, and if, a request goes.
  bool has_state() const { return breaker || kind == Kind::pool; }
};

inline Upstream upstream_from(Url url, std::string backend_id = {}) {
  std::string authority = url.authority();
  return {Upstream::Kind::url, std::move(backend_id), std::move(url), std::move(authority)};
}

}  // namespace gatelet
