// Exchange: the life of one request as an object without I/O. A host fills `request`, begins, asks for the next action, and answers it:
//
//   exchange.begin(start);
//   for (;;) switch (Action a = exchange.next(); a.kind) {
//     case none:     wait until a reply was given
//     case read_body: collect the client's body, give_body(a.id, …)
//     case send:     send *a.call; when its head is here, fill a.call->response and give_head(a.call->id, …); with hold_response the body too
//     case respond:  write exchange.response; a stream body is that of the call a.call; then finish(…)
//   }
//
// Every action carries an id; a reply to one that was cancelled or answered returns stale and does nothing. One thread at a time.
#pragma once

#include <memory>

#include "gateway/gateway.hpp"
#include "policy/context.hpp"

namespace gatelet {

struct Action {
  enum class Kind : uint8_t { none, read_body, send, respond };
  Kind kind = Kind::none;
  uint32_t id = 0;
  uint64_t bytes_max = 0;   // read_body: more is refused with give_body_failed(too_large)
  Call* call = nullptr;     // send; respond with a streaming body: whose body
};

// What the host knows when a request's head is complete. The views must live as long as the exchange (its arena is the natural place).
struct ExchangeStart {
  Instant now;
  uint64_t random[2] = {0, 0};  // for the request id
  std::string_view client_ip;
  bool is_tls = false;
  std::string_view client_tls_version;
  std::shared_ptr<const Config> config;  // the host's pinned copy; null: the gateway's current one
};

enum class BodyFault : uint8_t { too_large, client_gone, timeout };

class Exchange final : public Context {
 public:
  // The arena is the exchange's alone; reuse() clears it.
  Exchange(Gateway& gateway, Arena& arena);
  ~Exchange();

  // `request` was filled by the host: method, target (canonical), scheme, host, headers (hop-by-hop lines removed), body kind and size.
  void begin(const ExchangeStart& start);
  Action next();

  // Replies. False: stale.
  bool give_body(uint32_t id, Buffer body, Instant now);
  bool give_body_failed(uint32_t id, BodyFault fault, Instant now);
  bool give_head(uint32_t call_id, Instant now);  // call->response is filled; its body kind is none, stream, or bytes (hold_response)
  bool give_call_failed(uint32_t call_id, Call::Fault fault, std::string_view text, Instant now);
  // The client is gone: nothing more is written; open calls must be abandoned by the host.
  void client_gone(Instant now);

  // After the answer was written (or could not be): makes the record. `response_bytes` counts what went to the client, heads included.
  struct Finish {
    Instant now;
    uint64_t request_bytes = 0;
    uint64_t response_bytes = 0;
    bool complete = true;            // false: the client vanished or a streaming body broke
    Call::Fault stream_fault = Call::Fault::none;
    uint64_t client_us = 0;
    uint64_t backend_us = 0;         // including the streamed body
  };
  void finish(const Finish& finish);

  // Ready for the next request on the same connection; keeps memory.
  void reuse();

  const Config* config() const { return config_.get(); }
  bool is_over() const;
  void start(Call& call) override;

 private:
  struct Life;
  std::unique_ptr<Life> life_;
  Gateway& gateway_;
  std::shared_ptr<const Config> config_;
};

}  // namespace gatelet
