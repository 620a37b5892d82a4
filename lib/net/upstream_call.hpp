// UpstreamCall: one Call of an exchange on the wire: finds a connection, sends the request, reads the answer as strictly as a request, and
// gives the connection back when it is clean. Used again for the next call of the same kind.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/serialize.hpp"
#include "net/upstream_pool.hpp"
#include "policy/context.hpp"

namespace gatelet {

class Transaction;
class Worker;

class UpstreamCall final : private UpstreamConnection::User {
 public:
  UpstreamCall(Worker& worker, Transaction& transaction) : worker_(worker), transaction_(transaction) {}
  UpstreamCall(const UpstreamCall&) = delete;
  UpstreamCall& operator=(const UpstreamCall&) = delete;

  // The transaction hears call_head() or call_failed(), perhaps before this returns.
  void start(Call& call);
  // Nothing more is heard of it.
  void cancel();
  bool is_for(const Call& call) const { return call_ == &call; }
  bool is_free() const { return call_ == nullptr; }
  // The exchange wants its answer no more.
  bool is_abandoned() const { return call_ && call_->fault == Call::Fault::cancelled; }

  // More of the client's body.
  bool wants_request_body() const { return connection_ && is_sending_body_ && !is_request_broken_; }
  void send_body(const std::vector<std::string_view>& pieces, size_t size, bool is_last);
  bool is_congested() const;

  // The body of the answer, once its head was given: what is here already, then stream_rest() lets call_body() of the transaction bring the
  // rest.
  void take_available(Outgoing& outgoing);
  bool is_complete() const { return is_complete_; }
  void stream_rest();
  void pause();
  void resume();

 private:
  enum class Use : uint8_t { undecided, held, streamed };  // of the answer's body
  struct BodyFault {
    Call::Fault fault = Call::Fault::none;
    std::string text;
  };

  void reset();
  void connect_new();
  void send_request();
  bool begin_body();
  void add_request_body(Outgoing& outgoing);
  void release_body();
  Framing request_framing() const;
  void forward_client_address(std::string_view& extra_lines);
  bool may_retry() const;
  void retry_or_fail(Call::Fault fault, std::string_view text);
  void fail(Call::Fault fault, std::string_view text);
  void release(bool is_clean);
  void process(std::string_view bytes);
  void process_unread();
  std::string_view read_head(std::string_view bytes);
  void read_first_body(std::string_view bytes, bool has_body);
  std::string_view read_body(std::string_view bytes);
  void give_head();
  bool hold_fresh();
  void give_held();
  void complete(bool is_clean);
  void peer_ended();
  bool can_read_body() const { return use_ != Use::undecided && !is_paused_; }
  void arm_body_deadline();

  void upstream_ready() override;
  void upstream_lost(std::string_view text) override;
  void upstream_read(std::string_view bytes) override;
  void upstream_ended() override;
  void upstream_broken(int error) override;
  void upstream_drained() override;
  void upstream_timed_out() override;

  Worker& worker_;
  Transaction& transaction_;
  Call* call_ = nullptr;
  UpstreamConnection* connection_ = nullptr;
  uint32_t epoch_ = 0;  // changes when the call ends: who calls out looks at it afterwards
  uint64_t due_ms_ = 0;
  uint64_t started_us_ = 0;
  // the request
  bool is_reused_ = false;
  bool was_retried_ = false;
  bool is_client_forwarded_ = false;
  bool is_wholly_unsent_ = false;
  bool is_chunked_ = false;
  bool is_sending_body_ = false;
  bool is_request_broken_ = false;
  // the answer
  bool has_answer_bytes_ = false;
  bool has_head_ = false;
  bool keeps_alive_ = false;
  bool is_complete_ = false;
  bool is_paused_ = false;
  bool is_in_process_ = false;
  bool has_peer_ended_ = false;
  Use use_ = Use::undecided;
  uint32_t interim_count_ = 0;
  int peer_error_ = 0;
  BodyFault body_fault_;                 // met before anybody wanted the body
  std::vector<std::string_view> fresh_;  // payload in the bytes that are being processed
  size_t fresh_size_ = 0;
  std::string held_;    // payload that nobody has taken yet
  std::string unread_;  // bytes that were not parsed yet
};

}  // namespace gatelet
