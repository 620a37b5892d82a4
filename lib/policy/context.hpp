// Context: one request as policies see it, APIM's `context`. The gateway's Exchange derives from it and runs the programs; a policy reads
// and changes what stands here, fails with fail(), and asks the host for something by starting an action and returning Flow::wait.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/arena.hpp"
#include "base/limits.hpp"
#include "base/time.hpp"
#include "expr/value.hpp"
#include "http/message.hpp"
#include "policy/body_filter.hpp"
#include "policy/computation.hpp"
#include "policy/facts.hpp"
#include "policy/failure.hpp"
#include "policy/obligation.hpp"
#include "policy/services.hpp"
#include "policy/trace.hpp"
#include "policy/upstream.hpp"
#include "telemetry/record.hpp"

namespace gatelet {

class Policy;
class SharedLimits;
struct Config;
struct LimitClaim;
struct Origin;

// What the engine does after an instruction.
enum class Flow : uint8_t {
  next,    // the following instruction
  jump,    // the instruction's jump target
  stop,    // context.response goes to the client at once (return-response)
  wait,    // an action was started; resume() is called with its reply
  fail,    // fail() was called: on-error
  enter,   // the following instruction, inside a Retrying that ends at the instruction's jump target
  answer,  // context.response came out of a cache: on in outbound, behind the cache-store that would keep it
  fork,    // the blocks that lie between here and the instruction's jump target run side by side (wait)
};

struct MatchedParameter {
  std::string_view name;
  std::string_view value;  // raw, still percent-encoded
  bool in_query = false;
};

// A variable's value: text of the arena, a response held by the exchange (send-request), or whatever an expression gave.
struct Variable {
  std::string_view name = {};
  std::string_view text = {};    // of a string or literal; of another value its ToString()
  Response* response = nullptr;  // of an IResponse
  cs::Value value = {};          // once an expression made or read it
  bool is_typed = false;         // `value` is meant; it may be the null reference
};

// Something outside the arena that an expression made: destroyed with the exchange.
struct Owned {
  void* object = nullptr;
  void (*destroy)(void*) = nullptr;
  Owned* next = nullptr;
};

// One request that the host sends on behalf of the exchange, and its reply.
struct Call {
  enum class State : uint8_t { idle, open, head, failed, finished };
  enum class Fault : uint8_t { none, connect, broken, timeout, bad_response, cancelled, no_handler };

  explicit Call(Arena& arena) noexcept : headers(arena), response(arena) {}
  void keep(ArenaPast& past);
  // Before it is started again.
  void reset_reply(Arena& arena) {
    state = State::idle;
    fault = Fault::none;
    fault_text = {};
    renew(response, arena);
  }
  // Makes it the request of `item`, which must outlive it.
  void be(const OutboxItem& item);
  // Where it goes, absolute; for the host's own handler, which has no address, path and query.
  std::string_view url(Arena& arena) const { return url_with(query, has_query, arena); }
  // The same without the backend's credentials, for logs and traces.
  std::string_view shown_url(Arena& arena) const;
  // request
  uint32_t id = 0;
  const Upstream* upstream = nullptr;
  std::string_view method;
  std::string_view path;  // base path of the upstream included
  std::string_view query;
  bool has_query = false;
  std::string_view host;  // Host header
  Headers headers;
  Body body;                // Kind::stream: the client's body, streamed through by the host
  uint64_t timeout_ms = 0;  // until the head of the answer; never 0 when started
  // The body is held back so long for 100 Continue, which is asked for then; 0: sent at once. Part of timeout_ms.
  uint64_t continue_timeout_ms = 0;
  bool forwards_client = false;   // adds the client's address to X-Forwarded-For
  bool hold_response = false;     // the answer's body is wanted whole, in response.body,
  uint64_t hold_bytes_max = 0;    // with so many bytes at most; 0: what the host holds
  bool holds_coded = false;       // likewise, if it has a content coding
  bool is_timeout_whole = false;  // with hold_response: timeout_ms is until its last byte
  bool flush_each_chunk = false;  // buffer-response="false"
  uint64_t deadline_ms = 0;       // forward-request: steady, for all redirects together
  uint8_t redirect_count = 0;     // forward-request: redirects followed so far
  size_t secret_query_bytes = 0;  // at the end of the query: credentials, and the '&' before them, which no log shows
  // forward-request to a pool
  const BackendPool* tried_pool = nullptr;
  uint32_t tried_members = 0;               // bit i: member i was tried in this exchange
  const PoolMember* new_session = nullptr;  // the member that answers, when the client's cookie does not say so yet
  // reply
  State state = State::idle;
  Fault fault = Fault::none;
  std::string_view fault_text;     // what happened, for LastError.Message
  bool is_body_held_back = false;  // none of the request's body was taken: it can still be sent
  Response response;               // body Kind::stream while it is on the wire; no hop-by-hop lines
  uint64_t started_us = 0;
  uint64_t head_us = 0;

 private:
  std::string_view url_with(std::string_view its_query, bool has_mark, Arena& arena) const;
};

// A retry whose children run. A failure in them does not go to on-error: it goes on at the retry's end, which decides.
struct Retrying {
  uint32_t end = 0;         // its last instruction
  uint32_t count = 0;       // retries so far
  bool has_failed = false;  // the children did, with `failure`; it is context.LastError until the next run
  Failure failure;
  const Failure* outer_error = nullptr;  // context.LastError around it
  const Obligation* owed = nullptr;      // by the blocks around it, the newest
  Arena::Mark seal = {};                 // from the first retry on
};

// What a policy left to do when the answer's status is known (rate-limit-by-key with increment-after-response). Lives in the arena.
struct AfterResponse {
  const Policy* policy = nullptr;
  const Origin* origin = nullptr;
  std::string_view key;
  uint64_t number = 0;
  AfterResponse* next = nullptr;
};

// Of a cache-lookup that found nothing: where cache-store keeps the response, and what caches behind us are told. Lives in the arena.
struct CacheLookup {
  enum class Downstream : uint8_t { none, private_, public_ };
  std::string_view key;
  CachingType caching = CachingType::prefer_external;
  Downstream downstream = Downstream::none;
  bool must_revalidate = true;
};

class Context {
 public:
  explicit Context(Arena& memory) : arena(memory), request(memory), response(memory), pending(memory), forward(memory) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  Arena& arena;
  Instant now;       // as of the host's last call
  Instant received;  // when the request was: context.Timestamp
  Services* services = nullptr;
  RequestTrace* trace = nullptr;  // null unless this request is traced

  Request request;
  Response response;
  bool has_response = false;  // false in inbound and before a backend answered
  // What the body of the answer passes through while it streams to the client, where the host does that.
  BodyFilters response_filters;
  bool can_filter = false;
  bool sends_fetches = false;   // the host sends what SharedFetches wants by itself
  bool computes_later = false;  // the host takes what compute() is given
  bool filters_response() const { return can_filter && response.body.kind == Body::Kind::stream; }
  Headers pending;  // lines demanded early, merged into whatever answer goes out (policies-a.md 2.6)

  // As received: context.Request.OriginalUrl and OriginalMethod, and the caller.
  std::string_view original_method;
  Target original_target;
  std::string_view original_scheme;
  std::string_view original_host;
  uint16_t original_port = 0;
  std::string_view client_ip;
  std::shared_ptr<const ClientCertificate> client_certificate;  // null: none was shown

  const DeploymentFacts* deployment = nullptr;
  const ApiFacts* api = nullptr;
  const OperationFacts* operation = nullptr;
  const ProductFacts* product = nullptr;
  const SubscriptionFacts* subscription = nullptr;
  const UserFacts* user = nullptr;
  std::span<const MatchedParameter> matched;

  // Where forward-request sends to. The path below the upstream's base path is request.target.path.
  const Upstream* upstream = nullptr;
  std::string_view host_override;  // set-header name="Host"; empty: the upstream's authority

  CacheLookup* cache_lookup = nullptr;  // null: cache-store has nothing to do
  CacheReply cache_reply;               // of the step's last look-up
  Cache* external_cache = nullptr;      // of the exchange's host; null: it has none
  // Null: what a policy would do with a cache is left out.
  Cache* cache_of(CachingType type) const {
    if (type == CachingType::internal) return services->cache;
    return external_cache || type == CachingType::external ? external_cache : services->cache;
  }
  SharedLimits* shared_limits = nullptr;  // likewise; null: limits are counted in the process
  // True: cache_reply holds the answer. False: it does when the policy is resumed, which returns Flow::wait. The key must be in the arena.
  bool find_cached(Cache& cache, std::string_view key);

  std::vector<TraceRecord> trace_records;  // of the policy trace, for the request's log entry
  size_t trace_record_bytes = 0;
  const Failure* last_error = nullptr;
  const Origin* origin = nullptr;  // of the instruction that runs; the engine sets it before run() and resume()

  // The request id of logs and of 500 bodies, a GUID, made on first use from the host's random bits.
  std::string_view request_id();

  // Names and texts must be static, of the program, or in the arena.
  Variable* find_variable(std::string_view name);
  void set_variable(std::string_view name, std::string_view text);
  void set_variable(std::string_view name, Response* response);
  // What an expression gave; `text` is its ToString().
  void set_variable(std::string_view name, cs::Value value, std::string_view text);
  std::span<Variable> variables() { return variables_.first(variable_count_); }
  // Bits that nobody outside can foretell, not even one who knows the request id.
  void random_bytes(void* out, size_t size);
  void own(void* object, void (*destroy)(void*));
  // A response that lives as long as the exchange.
  Response* hold_response();
  // An upstream that lives as long as the exchange (a computed base URL).
  const Upstream* hold_upstream(Upstream upstream);

  // Records the failure and returns Flow::fail. The texts must be static or in the arena; source, scope, section, path and policy id are
  // those of the running instruction unless given.
  Flow fail(Failure failure);

  // For the trace, when there is one: what the running policy did, as a sentence. Each policy has an entry at least, without it too.
  template <class... Parts>
  void tell(const Parts&... parts) {
    if (trace) tell_data(trace_text(arena.concat(parts...)));
  }
  void tell_data(std::string json);  // only when there is a trace
  // The innermost retry. Its end calls either of:
  Retrying& retrying() { return retries_.back(); }
  // The children run again, with the messages and variables as the last run left them; the memory that it used goes.
  void begin_retry();
  // They do not: returns what the retry returns, `flow` unless the children have failed.
  Flow end_retry(Flow flow);
  // All retries of the request together: retries_max.
  bool may_retry() const { return retry_count_ < retries_max; }

  // Different for each call, the same for a test that gives the request the same random bits.
  uint64_t random_bits();

  // Has policy.after_response() called once, when the sections are over; see AfterResponse.
  void defer(const Policy& policy, std::string_view key, uint64_t number);
  // The engine's call, before the answer's head is written.
  void run_deferred();

  // Owed until the blocks that are being run are left: at their end, by a failure, an answer that goes out at once, or the client's
  // leaving. A policy that keeps a failure inside (retry) settles down to the newest one of when it began.
  Obligations owed_by_block;
  // Owed until the exchange is over and its bytes are counted, perhaps long after the policies have run.
  Obligations owed_at_end;

  // The call of forward-request.
  Call forward;
  // Of the step that waits: the call of its own that it has started, and what it wants to know when it is resumed, in the arena. What runs
  // side by side has its own ones.
  Call* side_call = nullptr;
  void* step_state = nullptr;
  // A call that lives as long as the exchange.
  Call& hold_call();
  // What authentication-certificate shows to the backend; null: what the backend itself says.
  std::shared_ptr<const UpstreamIdentity> identity;
  // Of Flow::fork: the first block that ends ends them all.
  bool is_fork_any = false;
  // Asks the host to send `call`; the policy then returns Flow::wait and finds the reply in the call when it is resumed. A call may be
  // started again after its head came (redirect, retry): what is left of the earlier answer is dropped.
  virtual void start(Call& call) = 0;
  // Asks the host for what its external cache keeps under the key; the policy then returns Flow::wait.
  virtual void look_up(std::string_view key) = 0;
  // Asks the host to have the claim counted where gateways do so together; the policy then returns Flow::wait.
  virtual void put_claim(LimitClaim& claim) = 0;
  // Asks the host to run it when it is its turn; the policy then returns Flow::wait. The work lives until the step goes on or the block is
  // left (Obligation).
  virtual void compute(Computation& work) = 0;
  // Asks the host to come back at that time; the policy then returns Flow::wait.
  virtual void wait_until(uint64_t steady_us) = 0;
  // The upstream of a backend resource whose id is only known now (an expression); null: there is none.
  virtual const Upstream* find_backend(std::string_view id) const = 0;

 protected:
  ~Context() { destroy_owned(); }
  // Everything but the arena and the services as if new; the owner clears the arena before the next use.
  void reset_context();
  Variable& make_variable(std::string_view name);
  // For the engine: Flow::enter, and a failure that a retry takes; the instruction to go on at.
  void enter_retry(uint32_t end);
  std::optional<uint32_t> take_failure();
  void destroy_owned();

  // What points into the arena stands in keep(): a retry frees what its runs left there.
  Failure failure_;
  uint64_t random_[2] = {0, 0};
  uint64_t random_count_ = 0;
  std::string_view request_id_;
  std::span<Variable> variables_;
  size_t variable_count_ = 0;
  std::vector<std::unique_ptr<Response>> held_responses_;
  std::vector<std::unique_ptr<const Upstream>> held_upstreams_;
  std::vector<std::unique_ptr<Call>> held_calls_;
  AfterResponse* first_deferred_ = nullptr;
  AfterResponse* last_deferred_ = nullptr;
  std::vector<Retrying> retries_;  // under way, the innermost last
  uint32_t retry_count_ = 0;
  bool is_forked_ = false;  // blocks run side by side: a retry in one must not free what another one uses

  Owned* owned_ = nullptr;

 private:
  bool holds_objects() const;
  void keep(ArenaPast& past);
};

}  // namespace gatelet
