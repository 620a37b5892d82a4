// Transaction: drives one Exchange between a client's connection and its calls: the actions of the exchange become reads, writes and calls,
// their results become replies. Used again for the next request.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "gateway/exchange.hpp"
#include "net/computation_turns.hpp"
#include "net/host_handler.hpp"
#include "net/redis_client.hpp"
#include "net/timer_wheel.hpp"
#include "net/upstream_call.hpp"

namespace gatelet {

class ServerConnection;
class Worker;

class Transaction final : private RedisClient::Asker, private ComputationTurns::Waiter {
 public:
  explicit Transaction(Worker& worker);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // A head was read: `request()` is to be filled in arena().
  void open(ServerConnection& connection);
  Arena& arena() { return arena_; }
  Request& request() { return exchange_.request; }
  // Runs the exchange as far as it goes; the transaction may be over when this returns.
  void begin(size_t head_bytes, uint64_t first_byte_us);
  // The request was refused: nothing is begun.
  void discard();
  // Without a client: sends what an exchange has left behind, or a fetch wants. `ended` hears of the answer; null: nobody will know.
  using AloneEnd = std::function<void(const OutboxItem& item, const FetchReply* reply)>;
  void send_alone(OutboxItem item, AloneEnd ended);
  void drop_alone() { end_alone(nullptr); }

  // From the client's connection
  bool has_begun_answer() const { return respond_us_ != 0; }
  void body_arrived(const std::vector<std::string_view>& pieces, size_t size, bool is_last);
  void body_collected(Buffer body);
  void body_failed(BodyFault fault);
  void client_gone();
  void client_drained();
  void count_request_bytes(size_t bytes) { request_bytes_ += bytes; }
  bool wants_body() const { return sink_ && sink_->wants_request_body() && !sink_->is_congested(); }

  // From the calls
  std::string_view client_ip() const;
  std::string_view forwarded_for_line() const;
  bool begin_request_stream(UpstreamCall& call);
  bool take_request_body(Outgoing& outgoing, bool chunked);
  void continue_request_body();
  void call_writable(UpstreamCall& call);
  void call_head(UpstreamCall& source, Call& call);
  void call_failed(Call& call, Call::Fault fault, std::string_view text);
  void call_body(UpstreamCall& source, const std::vector<std::string_view>& pieces, size_t size, bool is_last);
  void call_body_failed(UpstreamCall& source, Call::Fault fault);
  // A part of the answer's body, as it is sent to the client.
  void add_body(Outgoing& outgoing, const std::vector<std::string_view>& pieces, size_t size, bool is_last);
  void count_backend_us(uint64_t us);

  // From the host's handler, by way of the worker
  void host_answered(uint64_t id, Call& call, HostAnswer answer);

 private:
  enum class BodyReader : uint8_t { none, exchange, host };  // who waits for the collected body
  enum class Phase : uint8_t { running, streaming, flushing, over };

  const Instant& now() const;
  void run();
  void start_call(Call& call);
  void wait(const Action& action);
  void time_came();
  void look_up(const Action& action);
  void cache_answered(uint32_t id, CacheReply reply) override;
  void claim(const Action& action);
  void limits_answered(uint32_t id, const LimitReply& reply) override;
  void wait_for_turn(const Action& action);
  bool compute(uint32_t id) override;
  void computed(uint32_t id) override;
  void start_host_call(Call& call);
  void hand_to_host(Call& call, Buffer body);
  void collect_body(BodyReader reader, uint32_t id, uint64_t bytes_max);
  UpstreamCall& free_call(Call& call);
  UpstreamCall* find_call(const Call* call);
  Framing response_framing(const Response& response, bool& sends_body) const;
  void respond(const Call* source_call);
  bool write(Outgoing& outgoing);
  void add_part(Outgoing& outgoing, const std::vector<std::string_view>& pieces, size_t size, bool is_last) const;
  void stream_on();
  void end_response();
  void finish(bool is_complete, Call::Fault fault);
  void end(bool is_complete, Call::Fault fault);
  void end_alone(const FetchReply* reply);

  struct Alone {
    Alone(OutboxItem taken, AloneEnd end, Arena& arena) : item(std::move(taken)), ended(std::move(end)), call(arena) {}
    OutboxItem item;
    AloneEnd ended;
    Call call;
  };

  Worker& worker_;
  Arena arena_;
  Exchange exchange_;
  ServerConnection* connection_ = nullptr;
  std::vector<std::unique_ptr<UpstreamCall>> calls_;
  std::unique_ptr<Alone> alone_;  // null: there is a client
  Phase phase_ = Phase::over;
  bool is_running_ = false;
  bool is_chunked_ = false;  // how the answer is sent
  bool keeps_alive_ = true;
  bool is_client_paused_ = false;  // the source waits for the client to take what it has
  bool is_request_stream_begun_ = false;
  UpstreamCall* source_ = nullptr;  // of the answer's body
  UpstreamCall* sink_ = nullptr;    // of the request's body
  BodyReader body_reader_ = BodyReader::none;
  uint32_t body_action_ = 0;
  Call* host_call_waiting_ = nullptr;  // for the body
  std::vector<uint64_t> host_calls_;
  Timer wait_timer_;
  uint32_t wait_action_ = 0;
  uint32_t asked_count_ = 0;  // of the external cache, which may still answer
  uint32_t turn_count_ = 0;   // that it waits for
  std::string filtered_;      // what is being written of a body that policies filter
  std::vector<std::string_view> filtered_pieces_;
  uint64_t first_byte_us_ = 0;
  uint64_t begun_us_ = 0;
  uint64_t respond_us_ = 0;
  uint64_t backend_us_ = 0;
  uint64_t request_bytes_ = 0;
  uint64_t response_bytes_ = 0;
};

}  // namespace gatelet
