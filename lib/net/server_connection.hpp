// ServerConnection: a client. It reads requests one after the other, hands each to a Transaction, brings it the body when that is wanted,
// and looks after everything a client can do wrong or too slowly (reliability.md ).
#pragma once

#include <string>
#include <string_view>

#include "net/address.hpp"
#include "net/message_parser.hpp"
#include "net/refusal.hpp"
#include "net/stream.hpp"
#include "policy/facts.hpp"

namespace gatelet {

class Transaction;
class Worker;

class ServerConnection final : private Stream::Owner {
 public:
  ServerConnection(Worker& worker, const SocketAddress& peer);
  // Takes over an accepted socket. False: it could not be watched; the socket is closed.
  // Null: plain HTTP.
  bool open(int socket, std::shared_ptr<const crypto::TlsServer> tls);

  bool is_tls() const { return stream_.tls() != nullptr; }
  std::string_view tls_version() const;
  const std::shared_ptr<const ClientCertificate>& client_certificate() const { return client_certificate_; }

  std::string_view client_ip() const { return std::string_view(forwarded_line_ + forwarded_name.size(), client_ip_size_); }
  // "X-Forwarded-For: …" with its line end.
  std::string_view forwarded_for_line() const { return {forwarded_line_, forwarded_name.size() + client_ip_size_ + 2}; }

  // For the transaction: the body of the request
  void collect_body(uint64_t bytes_max);
  // What is here already, framed; true: that was all.
  bool take_body(Outgoing& outgoing, bool chunked);
  // More of it is wanted now.
  void continue_body();
  // …and the answer
  bool may_keep_alive() const;
  bool write(Outgoing& outgoing);
  bool is_congested() const { return stream_.queued_bytes() > connection_buffer_bytes_max; }
  bool has_queued_bytes() const { return stream_.queued_bytes() != 0; }
  void response_done(bool keeps_alive);
  void response_cut();
  void lose_client();

  // For the worker
  void proceed();  // with bytes that were read before
  bool close_if_idle();
  void become_guest();
  void dismiss();         // makes room for another guest
  void hurry_if_idle();   // idle times have become shorter
  void give_up_memory();  // the body that a slow client sends or fetches
  bool is_answered() const { return phase_ == Phase::lingering; }
  int socket() const { return stream_.socket(); }
  void close();
  ServerConnection* next = nullptr;  // in the worker's list
  ServerConnection* previous = nullptr;
  bool is_deferred = false;
  bool is_counted = false;  // among the clients that there is room for
  bool is_guest = false;    // there was no room for it: it may ask for a probe

 private:
  enum class Phase : uint8_t { head, exchange, discarding, lingering, closed };
  enum class BodyUse : uint8_t { undecided, streamed, collected, unwanted };
  enum class Deadline : uint8_t { none, idle, head, body, write, discard, linger, half_close };
  static constexpr std::string_view forwarded_name = "X-Forwarded-For: ";

  void stream_secured() override;
  void stream_read(std::string_view bytes) override;
  void stream_ended() override;
  void stream_failed(int error) override;
  void stream_drained() override;
  void stream_closed() override;

  std::string_view process(std::string_view bytes);
  std::string_view read_head(std::string_view bytes);
  std::string_view begin_request(std::string_view bytes);
  std::string_view read_body(std::string_view bytes);
  std::string_view discard_body(std::string_view bytes);
  void collect(const std::vector<std::string_view>& pieces);
  bool can_read_body() const;
  bool is_body_complete() const { return parser_.state() == MessageParser::State::complete; }
  void next_request();
  void refuse(const Refusal& refusal);
  void break_request(const Refusal& refusal);
  void answer_server_options();
  void linger();
  void update_reading();
  bool is_idle() const { return phase_ == Phase::head && !parser_.has_begun() && unread_.empty(); }
  void set_deadline(Deadline kind, uint64_t delay_ms);
  void clear_deadline() { deadline_ = Deadline::none; }
  void on_deadline();

  Worker& worker_;
  Stream stream_;
  MessageParser parser_;
  Timer timer_;
  Transaction* transaction_ = nullptr;
  Phase phase_ = Phase::head;
  BodyUse body_use_ = BodyUse::undecided;
  Deadline deadline_ = Deadline::none;
  bool keeps_alive_ = true;
  bool expects_continue_ = false;
  bool has_ended_ = false;
  bool is_in_process_ = false;
  bool is_fresh_ = false;  // payload of the head's read lies in the loop's payload list
  uint8_t client_ip_size_ = 0;
  char forwarded_line_[forwarded_name.size() + 48];
  std::shared_ptr<const ClientCertificate> client_certificate_;
  uint64_t first_byte_us_ = 0;
  uint64_t body_size_ = 0;  // announced
  uint64_t body_received_ = 0;
  uint64_t collected_max_ = 0;
  size_t discarded_ = 0;
  size_t queued_before_ = 0;  // when the write deadline was set
  std::string body_;          // payload that nobody has taken yet, or that is being collected
  std::string unread_;        // bytes that were not parsed yet
};

}  // namespace gatelet
