// Exchange: the life of one request as an object without I/O. A host fills `request`, begins, asks for the next action, and answers it:
//
//   exchange.begin(start);
//   for (;;) switch (Action a = exchange.next(); a.kind) {
//     case none:      wait until a reply was given; when is_over(), finish(…)
//     case read_body: collect the client's body, give_body(a.id, …)
//     case wait:      come back with give_time(a.id, …) when the steady clock shows a.due_us
//     case look_up:   give_cached(a.id, …) what the external cache has under a.key; only with ExchangeStart::external_cache
//     case claim:     give_limits(a.id, …) how *a.claim was counted; only with ExchangeStart::shared_limits
//     case compute:   run_computation(a.id) when there is time for it, then give_computed(a.id, …); only with
//                     ExchangeStart::computes_later
//     case send:      send *a.call; when its head is here, fill a.call->response and give_head(a.call->id, …); with hold_response the
//                     body too
//     case respond:   write exchange.response; a stream body is that of the call a.call; then finish(…)
//   }
//
// Every action carries an id, greater than all before on this object; a reply to one that was cancelled or answered does nothing and
// returns false. Whatever else was sent when `respond` comes is no longer wanted: the host abandons it. One thread at a time.
#pragma once

#include <list>
#include <memory>
#include <vector>

#include "gateway/gateway.hpp"
#include "policy/context.hpp"
#include "policy/policy.hpp"
#include "policy/shared_limits.hpp"

namespace gatelet {

struct Action {
  enum class Kind : uint8_t { none, read_body, send, respond, wait, look_up, claim, compute };
  Kind kind = Kind::none;
  uint32_t id = 0;
  uint64_t bytes_max = 0;     // read_body: more is refused with give_body_failed(too_large)
  Call* call = nullptr;       // send; respond with a streaming body: whose body
  uint64_t due_us = 0;        // wait
  std::string_view key = {};  // look_up
  const LimitClaim* claim = nullptr;
};

// What the host knows when a request's head is complete. The views must live as long as the exchange (its arena is the natural place).
struct ExchangeStart {
  Instant now;
  uint64_t random[2] = {0, 0};  // for the request id
  std::string_view client_ip;
  bool is_tls = false;
  std::string_view client_tls_version;
  std::shared_ptr<const ClientCertificate> client_certificate;
  bool is_traced = false;
  Cache* external_cache = nullptr;        // of the host, which answers look_up then
  SharedLimits* shared_limits = nullptr;  // likewise, claim
  bool sends_fetches = false;             // the host sends the requests of Gateway::fetches() by itself
  bool computes_later = false;            // the host serves others before it does what takes long
  bool can_filter = false;                // the host lets streaming bodies pass through Context::response_filters
  std::shared_ptr<const Config> config;   // the host's pinned copy; null: the gateway's current one
};

// The gateway's own steps in a trace, as the managed gateway names them.
inline constexpr std::string_view api_inspector = "api-inspector";
inline constexpr std::string_view transfer_response = "transfer-response";

enum class BodyFault : uint8_t { too_large, client_gone, timeout, no_memory };

class Exchange final : public Context {
 public:
  // The arena is the exchange's alone; reuse() clears it.
  Exchange(Gateway& gateway, Arena& memory) : Context(memory), gateway_(gateway) {}
  ~Exchange() {
    drop_lanes();
    settle_all({});
  }

  // `request` was filled by the host: method, target (canonical), scheme, host, headers (hop-by-hop lines removed), body kind and size.
  void begin(ExchangeStart start);
  Action next();

  // Replies. False: stale.
  bool give_body(uint32_t id, Buffer body, Instant now);
  bool give_body_failed(uint32_t id, BodyFault fault, Instant now);
  bool give_head(uint32_t call_id, Instant now);  // call->response is filled; its body kind is none, stream, or bytes (hold_response)
  bool give_call_failed(uint32_t call_id, Call::Fault fault, std::string_view text, Instant now);
  // False also when it is too early; what is waited for goes on then.
  bool give_time(uint32_t id, Instant now);
  bool give_cached(uint32_t id, CacheReply reply, Instant now);
  bool give_limits(uint32_t id, const LimitReply& reply, Instant now);
  // What takes long; false: it is not wanted any more. The policies go on with give_computed().
  bool run_computation(uint32_t id);
  bool give_computed(uint32_t id, Instant now);
  bool is_waiting_for(uint32_t id) const { return wait_id_ != 0 && is_wait_asked_ && id == wait_id_; }
  // The client is gone: nothing more is written, everything that was sent is abandoned. on-error runs here, up to the first instruction
  // that would have to wait; then the exchange is over.
  void client_gone(Instant now);

  // After the answer was written (or could not be): makes the record and lets the configuration go. `response_bytes` counts what went to
  // the client, heads included.
  struct Finish {
    Instant now;
    uint64_t request_bytes = 0;
    uint64_t response_bytes = 0;
    bool complete = true;  // false: the client vanished or a streaming body broke
    Call::Fault stream_fault = Call::Fault::none;
    uint64_t client_us = 0;
    uint64_t backend_us = 0;  // including the streamed body; 0: what the exchange saw
  };
  void finish(const Finish& finish);

  // Ready for the next request on the same connection; keeps memory.
  void reuse();

  // Null once an answer whose body streams was handed out: a long stream does not keep an old configuration alive, and `upstream` of its
  // call is null as well.
  const Config* config() const { return config_.get(); }
  // Nothing more will be asked for: respond was handed out, or the client is gone.
  bool is_over() const { return state_ == State::over; }

  void start(Call& call) override;
  void wait_until(uint64_t steady_us) override;
  void look_up(std::string_view key) override;
  void put_claim(LimitClaim& claim) override;
  void compute(Computation& work) override;
  const Upstream* find_backend(std::string_view id) const override;

 private:
  // running and failing are left inside next(), the others are seen between calls.
  enum class State : uint8_t { idle, begun, running, failing, waiting, reading_body, ready, over };

  // Where the policies go on when the blocks that run side by side have ended.
  struct Fork {
    uint32_t end = 0;     // the instruction behind them
    bool is_any = false;  // the first one that ends ends them all
  };
  // One of the blocks that run side by side (wait). What the exchange has one of for the policies it runs is kept here while another block
  // runs; while this one runs, that of the policies around it is.
  struct Lane {
    enum class State : uint8_t { ready, waiting, forked, done, failed };  // forked: it waits for blocks of its own
    bool is_over() const { return state == State::done || state == State::failed; }
    Lane* parent = nullptr;  // the block whose wait it belongs to; null: none
    State state = State::ready;
    Fork fork;
    bool is_resuming = false;
    bool is_failing = false;  // with `failure`, of one of its own blocks
    uint32_t instruction = 0;
    uint32_t end = 0;
    Call* call = nullptr;     // that it waits for
    uint64_t due_us = 0;      // likewise; 0: no time
    uint32_t look_up_id = 0;  // likewise; 0: none
    CacheReply cache_reply;
    Failure failure;
    Call* side_call = nullptr;
    void* step_state = nullptr;
    std::vector<Retrying> retries;
    Obligations owed;
  };
  struct LookUp {  // of a key in the external cache, or a claim, or a computation
    uint32_t id = 0;
    std::string_view key = {};
    LimitClaim* claim = nullptr;
    Computation* work = nullptr;
    bool is_computed = false;
    Action::Kind kind() const { return work ? Action::Kind::compute : claim ? Action::Kind::claim : Action::Kind::look_up; }
  };

  void advance();
  void decide();
  void decide_probe();
  void decide_route();
  void decide_access(const Api& found, const Operation& wanted);
  bool answer_preflight(const RouteMatch& match);
  bool answer_early(const Program* program);
  const Program* program_of(const Operation& wanted, const Api& found, uint32_t product) const;
  void keep_original();
  void miss_route(const RouteMatch& match);
  void take_route(const RouteMatch& match, const Api& found);

  void run();
  void run_instruction(const Instruction& instruction);
  void follow(Flow flow, const Instruction& instruction);
  void fork(const Instruction& instruction);
  void run_lanes();
  void run_lane(Lane& lane);
  void swap_lane(Lane& lane);
  bool join(Lane* parent);
  void drop_lanes(const Lane* parent = nullptr) {
    if (!lanes_.empty()) drop_lanes_of(parent);
  }
  void drop_lanes_of(const Lane* parent);
  void arm_lane_timer();
  bool waits_for_nothing() const;
  void ask_for_body();
  void enter(Section section);
  void leave_section();
  void take_cached_answer();
  void note_failure(const Failure& failure);
  void raise(const Failure& failure);
  void give_up(const Failure& failure);
  void complete();
  void merge_pending();
  void answer_without_memory();
  void resume(Instant reply_now, const Call* replied = nullptr, uint32_t look_up_id = 0);
  void stop_waiting();
  Call* take_call(uint32_t id);
  void settle_body(Call& call, bool is_unread);
  void forget_call(const Call& call);
  void ask(const LookUp& look);
  LookUp* asked_look_up(uint32_t id, Action::Kind kind);
  void abandon_call(Call& call);
  void forget_look_up(uint32_t id);
  void forget_calls();

  void settle_all(const ExchangeEnd& end);
  void note_incomplete(const Finish& finish);
  std::string_view public_url();
  void trace_step(Flow flow, size_t told);
  void trace_received();
  void trace_decided();
  void trace_end(bool is_broken_off);

  void fill_record(Record& record);
  void write_record(const Finish& finish);
  void let_config_go();
  void drop_config();

  Gateway& gateway_;
  std::shared_ptr<const Config> config_;

  // The program and the place in it.
  const Program* program_ = nullptr;
  uint32_t instruction_ = 0;
  uint32_t section_end_ = 0;
  Section section_ = Section::inbound;
  State state_ = State::idle;
  bool is_resuming_ = false;
  bool is_stopped_ = false;  // return-response: the answer is what it is
  bool is_probe_ = false;
  bool is_client_gone_ = false;
  bool is_cached_ = false;       // the answer came out of a cache
  bool asks_for_route_ = false;  // debug_route_name was there and may be

  // Ids go on over reuse(), so that a late reply to the request before is stale.
  uint32_t last_id_ = 0;
  uint32_t body_id_ = 0;
  bool is_body_asked_ = false;
  uint32_t wait_id_ = 0;  // of the time that is waited for; 0: none
  bool is_wait_asked_ = false;
  uint64_t wait_due_us_ = 0;
  std::vector<Call*> calls_;      // not answered yet, in the order they were started
  size_t handed_out_count_ = 0;   // the first ones of them
  std::vector<LookUp> look_ups_;  // likewise
  size_t asked_look_ups_ = 0;

  std::list<Lane> lanes_;  // not empty: they run, instead of the policies around them; a block's own ones come behind it
  Lane* lane_ = nullptr;   // whose turn it is
  Fork fork_;              // of those without parent

  Failure error_;
  uint64_t error_us_ = 0;
  Instant start_;
  std::string_view client_tls_version_;
  std::string_view route_miss_;
  std::unique_ptr<RequestTrace> own_trace_;  // Context::trace while the request is traced
  Record* record_ = nullptr;                 // of a streaming answer: what the configuration knew of it
  HeaderField lines_without_memory_[2];
};

}  // namespace gatelet
