// Services: what policies use beyond their exchange, as interfaces. They outlive configurations and are shared by all exchanges of a
// gateway.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/buffer.hpp"
#include "base/json.hpp"
#include "base/siphash.hpp"
#include "base/time.hpp"
#include "crypto/jws.hpp"
#include "expr/evaluation.hpp"
#include "policy/upstream.hpp"

namespace gatelet {

struct RateDecision {
  bool allowed = true;
  uint32_t retry_after_s = 0;  // when refused; at least 1
  uint32_t remaining = 0;
};

struct RateHit {
  std::string_view key;
  uint32_t calls = 0;
  uint32_t period_s = 0;
  KeyHash id = {};        // the counters' own
  bool must_fit = false;  // all that is counted has to be left, not just one
};

// Sliding windows, exact across threads (policies-a.md 4.0). Any thread.
class RateCounters {
 public:
  virtual ~RateCounters() = default;
  // Refused when the sum of the last `period_s` seconds is `calls` or more for one of the keys, which are different ones, or leaves too
  // little for a hit that must fit; otherwise `count` is added to all; 0 only asks. A refused request is not counted. retry_after_s is the
  // longest, remaining the least of them.
  virtual RateDecision hit_all(std::span<RateHit> hits, uint32_t count, uint64_t steady_ms) = 0;

  RateDecision hit(std::string_view key, uint32_t calls, uint32_t period_s, uint32_t count, uint64_t steady_ms) {
    RateHit hit{key, calls, period_s};
    return hit_all({&hit, 1}, count, steady_ms);
  }
};

// Wall clock: quotas are of hours and months, and go on after a restart.
struct QuotaWindow {
  int64_t start_ms = 0;
  int64_t end_ms = INT64_MAX;  // INT64_MAX: it never ends
  bool operator==(const QuotaWindow&) const = default;
};

struct QuotaHit {
  enum class Place : uint8_t { nowhere, process, shared };
  std::string_view key;
  QuotaWindow window;
  uint64_t calls_max = 0;  // 0: no limit
  uint64_t bytes_max = 0;
  KeyHash id = {};               // made by take(), for add_bytes()
  int64_t previous_ms = 0;       // where the window before begins; 0: it is as long as this one
  Place place = Place::nowhere;  // where it was counted
};

struct QuotaDecision {
  enum class Kind : uint8_t { allowed, out_of_calls, out_of_bandwidth };
  Kind kind = Kind::allowed;
  int64_t renewed_ms = 0;            // when refused: the end of the window, INT64_MAX for never
  uint64_t calls_left = UINT64_MAX;  // after those that were counted, the least of the limits
};

// Fixed windows, exact across threads, kept over restarts where the host does so (policies-a.md 4.0). Any thread.
class QuotaCounters {
 public:
  virtual ~QuotaCounters() = default;
  // Refused when one of the limits is used up in its window; otherwise `calls` are added to all. The keys are different ones; a key has
  // always the same length of windows.
  virtual QuotaDecision take(std::span<QuotaHit> hits, uint64_t calls, int64_t wall_ms) = 0;
  // The bytes of a call that was counted. Never refused, and does not fail.
  virtual void add_bytes(const KeyHash& id, uint64_t bytes) = 0;
};

// Exchanges that are inside at the same time, exact across threads. Any thread.
class ConcurrencyCounters {
 public:
  virtual ~ConcurrencyCounters() = default;
  // False: `count_max` are inside already. `id` is for leave(), which does not fail.
  virtual bool enter(std::string_view key, uint32_t count_max, KeyHash& id) = 0;
  virtual void leave(const KeyHash& id) = 0;
};

// What the exchange wishes of a pool.
struct MemberWish {
  uint32_t tried = 0;                // bit i: member i was tried before; it is taken again only when there is no other
  std::string_view session_id = {};  // the client's session; its member is taken while it is sound and was not tried
};

struct BackendChoice {
  const Upstream* upstream = nullptr;  // null: tripped, or all members are
  uint32_t member = 0;                 // of a pool
  uint32_t retry_after_s = 0;          // when null: until the first one is tried again; at least 1
};

// How a call to a backend ended.
struct BackendOutcome {
  int status = 0;                // of the answer; of a call that failed, what the client gets for it
  std::string_view reason = {};  // LastError.Reason of a call that failed; empty: it was answered
  uint64_t retry_after_ms = 0;   // what the answer's Retry-After says; 0: nothing
};

// Circuit breakers and the turns in pools, exact across threads, one state a gateway and backend. Only for upstreams that have state. Any
// thread.
class BackendStates {
 public:
  virtual ~BackendStates() = default;
  // The backend that the request goes to now.
  virtual BackendChoice choose(const Upstream& upstream, const MemberWish& wish, uint64_t steady_ms) = 0;
  // To be told of every call that choose() allowed, when its answer is known; `upstream` is the chosen one.
  virtual void report(const Upstream& upstream, const BackendOutcome& outcome, uint64_t steady_ms) = 0;
};

// What is kept under a key of a cache, as bytes; the parts are shared, never change, and have no room for more than they are.
struct CacheValue {
  Buffer head;
  Buffer body;  // of a response
  size_t size() const { return head.size() + body.size(); }
};

struct CacheReply {
  bool is_found = false;
  CacheValue value;
};

// Values by key for a time (policies-a.md 8.1). A cache that is full, away or slow has nothing: no request fails because of it. Any thread.
class Cache {
 public:
  virtual ~Cache() = default;
  // True: `reply` holds the answer. False: the host of the exchange has to look it up (Context::look_up).
  virtual bool find(std::string_view key, uint64_t steady_ms, CacheReply& reply) = 0;
  // Not waited for: a look-up right after it may miss.
  virtual void store(std::string_view key, CacheValue value, uint64_t duration_ms, uint64_t steady_ms) = 0;
  virtual void remove(std::string_view key) = 0;
};

// A token that was read and whose signature was looked at. Immutable; one piece of memory, where all that it refers to is, so that a token
// that is forgotten costs little.
struct SeenToken {
  // Room for the text, what its base64 says, and some 20 values.
  explicit SeenToken(std::string_view token) : arena(token.size() * 2 + 1024), text(arena.copy(token)) {}
  size_t bytes() const { return sizeof(*this) + arena.bytes_reserved(); }

  Arena arena;
  std::string_view text;
  crypto::CompactToken parsed = {};
  const JsonText* claims = nullptr;
  // Those of the claims that every check asks for. A time that is there and none is NaN.
  std::optional<double> expires, begins, issued;
  const JsonText* audience = nullptr;  // a null value: it has none
  const JsonText* issuer = nullptr;
  bool is_signed = false;  // by one of the keys it was looked at with
};

// Signatures are dear: those that were looked at are remembered, good and bad ones (measured.md). The whole token is compared. Any thread.
class SeenTokens {
 public:
  virtual ~SeenTokens() = default;
  // `keys` is what it was looked at with; other keys know nothing of it. Null: not seen.
  virtual std::shared_ptr<const SeenToken> find(std::string_view token, const void* keys) = 0;
  // `keys` is kept alive as long as the token is remembered.
  virtual void store(std::shared_ptr<const SeenToken> token, std::shared_ptr<const void> keys) = 0;
};

enum class TraceSeverity : uint8_t { verbose, information, error };
inline constexpr std::string_view trace_severity_words[] = {"verbose", "information", "error"};

// What leaves the gateway without its exchange: a request whose answer nobody waits for, a metric, an event for a logger, a message of
// trace.
struct OutboxItem {
  enum class Kind : uint8_t { call, metric, event, trace, fetch };  // fetch: a call whose answer SharedFetches waits for
  static constexpr size_t kind_count = 4;                           // of those that go through an Outbox, the first ones
  using Fields = std::vector<std::pair<std::string, std::string>>;
  Kind kind = Kind::call;
  std::string name;  // the call's method, the metric's name, the logger's id, the source of the message
  Fields fields;     // header lines, dimensions, metadata
  Buffer body;       // of the call, the text of the event or message
  // call
  std::shared_ptr<const Upstream> upstream;
  std::string path;
  std::string query;
  bool has_query = false;
  std::string host;
  uint64_t timeout_ms = 0;
  // metric
  std::string name_space;
  double value = 0;
  int64_t wall_ms = 0;
  // event
  std::string partition_id;
  std::string partition_key;
  // fetch
  uint64_t ticket = 0;
  // trace
  TraceSeverity severity = TraceSeverity::verbose;

  size_t bytes() const {
    size_t size = sizeof(OutboxItem) + name.size() + body.size() + path.size() + query.size() + host.size() + name_space.size() +
                  partition_id.size() + partition_key.size();
    for (const auto& [field, text] : fields) size += sizeof(fields[0]) + field.size() + text.size();
    return size;
  }
};

// What another server gave and all exchanges share: the keys of an identity provider, an access token. Immutable.
class Fetched {
 public:
  virtual ~Fetched() = default;
};

// What a fetch has come to.
struct FetchResult {
  std::shared_ptr<const Fetched> value;  // null: nothing
  std::string problem;                   // why
  uint64_t fresh_ms = 0;                 // renewed from so long after now on,
  uint64_t usable_ms = 0;                // and not used any more so long after now
};

// How one thing is fetched, request after request. It belongs to no exchange and does no I/O.
class FetchJob {
 public:
  virtual ~FetchJob() = default;
  // False: there is no request, and `result` says why.
  virtual bool begin(OutboxItem& request, FetchResult& result) = 0;
  // The body of an answer of status 200. True: `request` is the next one. False: it is over.
  virtual bool take(std::string_view body, int64_t wall_ms, OutboxItem& request, FetchResult& result) = 0;
  // An answer that leads elsewhere came. As take(); what shows secrets follows nobody.
  virtual bool follow(std::string_view location, OutboxItem& request, FetchResult& result) {
    (void)location, (void)request;
    return result.problem = "it leads to another place", false;
  }
};

// How the request of a fetch has ended.
struct FetchReply {
  int status = 0;                  // 0: there was no answer
  std::string_view location = {};  // of the header Location
  std::string_view body = {};
  std::string_view fault = {};  // what happened instead of an answer
};

struct FetchWish {
  std::string_view name;      // what is fetched under another name is another thing
  bool wants_newer = false;   // what there is lacks something; it is fetched again unless that was tried a moment ago
  bool sends_itself = false;  // the host of the exchange sends nothing but what its exchanges send
  const std::function<std::unique_ptr<FetchJob>()>& make;
};

struct FetchLook {
  enum class Turn : uint8_t {
    use,   // `value`; null: there is none, and `problem` says why
    wait,  // it is being fetched: look again after wait_ms
    send,  // with sends_itself: the exchange is to send `request`, and to call answer() or abandon()
  };
  Turn turn = Turn::use;
  std::shared_ptr<const Fetched> value = nullptr;
  std::string problem = {};
  uint32_t wait_ms = 0;
  std::optional<OutboxItem> request = std::nullopt;
};

// One fetch for many waiters; what was fetched serves on while it is renewed, and for a while when that fails (reliability.md A-58). Nobody
// waits for a renewal, and no client ends one: its requests are sent by the host when it comes to them. Any thread.
class SharedFetches {
 public:
  virtual ~SharedFetches() = default;
  virtual FetchLook look(const FetchWish& wish, uint64_t steady_ms) = 0;
  // The request with that ticket has ended. The next one, if there is one.
  virtual std::optional<OutboxItem> answer(uint64_t ticket, const FetchReply& reply, Instant now) = 0;
  // Who was to send it has gone, which does not count as an attempt.
  virtual void abandon(uint64_t ticket) = 0;
};

// Bounded in number and bytes, each kind for itself; who puts something in never waits, and what does not fit is dropped and counted. Any
// thread.
class Outbox {
 public:
  virtual ~Outbox() = default;
  // False: dropped.
  virtual bool put(OutboxItem item) = 0;
};

// What a provider of credentials has given for one connection, as get-authorization-context hands it to expressions. Immutable.
struct HeldAuthorization {
  std::string access_token;
  Json claims;                     // the members of the token's answer (RFC 6749 5.1)
  int64_t expires_ms = INT64_MAX;  // wall clock
};

// Authorizations that the host keeps. Any thread.
class Authorizations {
 public:
  virtual ~Authorizations() = default;
  // Null: there is none.
  virtual std::shared_ptr<const HeldAuthorization> find(std::string_view provider, std::string_view id) = 0;
};

// Where access tokens of managed identities come from (policies-a.md 5.9).
struct IdentityEndpoint {
  enum class Kind : uint8_t { app_service, imds, client_credentials, workload };
  Kind kind = Kind::app_service;
  std::string url;        // empty: there are none
  std::string client_id;  // unless the policy names one; of client_credentials always
};

// A secret that the host may replace at any time. Any thread.
class HeldSecret {
 public:
  void set(std::string_view text) {
    std::lock_guard lock(mutex_);
    text_ = text;
  }
  std::string get() const {
    std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
};

enum class CachingType : uint8_t { prefer_external, external, internal };

struct Services {
  RateCounters* rate_counters = nullptr;
  QuotaCounters* quota_counters = nullptr;
  ConcurrencyCounters* concurrency_counters = nullptr;
  BackendStates* backends = nullptr;
  Cache* cache = nullptr;  // of the process; null: there is none
  SharedFetches* fetches = nullptr;
  SeenTokens* seen_tokens = nullptr;
  Outbox* outbox = nullptr;
  Authorizations* authorizations = nullptr;
  IdentityEndpoint identity_endpoint;                                 // of managed identities
  HeldSecret identity_secret;                                         // what it wants to be shown: a secret, or a federated token
  std::string azure_authority = "https://login.microsoftonline.com";  // of validate-azure-ad-token
  cs::Budget expression_budget;
  SipKey random_key;  // secret, of the process: what Context::random_bytes() is made with
};

}  // namespace gatelet
