// HostHandler: the embedding program's own handler as a backend. It is called on a loop and answers there or later, on any thread.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/buffer.hpp"
#include "policy/context.hpp"

namespace gatelet {

struct HostHeader {
  std::string_view name;
  std::string_view value;
};

struct HostResponse {
  struct Header {
    std::string name;
    std::string value;
  };
  int status = 200;
  std::optional<std::string> reason;
  std::vector<Header> headers;
  Buffer body;
};

// What became of a call.
struct HostAnswer {
  bool has_response = false;
  HostResponse response;
  std::string failure;  // otherwise
};

// Where answers go: the door of one loop. It outlives the loop as long as a call is open.
class HostMailbox {
 public:
  virtual ~HostMailbox() = default;
  // False: nobody waits for this call any more.
  virtual bool deliver(uint64_t call_id, HostAnswer answer) = 0;
};

// One request for the handler. It holds copies of its own, so it may outlive client and server; whoever has it answers exactly once, and
// the call is gone then.
class HostCall {
 public:
  HostCall(std::shared_ptr<HostMailbox> mailbox, uint64_t id, const Call& call, std::string_view client_ip, Buffer body);
  HostCall(const HostCall&) = delete;
  HostCall& operator=(const HostCall&) = delete;

  std::string_view method() const { return method_; }
  std::string_view path() const { return path_; }
  std::string_view query() const { return query_; }
  std::string_view host() const { return host_; }
  std::string_view client_ip() const { return client_ip_; }
  const std::vector<HostHeader>& headers() const { return headers_; }
  std::string_view body() const { return body_.view(); }

  // Any thread. False: the client has gone meanwhile; the call is ended all the same.
  bool respond(HostResponse response);
  bool fail(std::string text);

 private:
  ~HostCall() = default;
  bool end(HostAnswer answer);

  std::shared_ptr<HostMailbox> mailbox_;
  uint64_t id_;
  std::string bytes_;
  std::string_view method_, path_, query_, host_, client_ip_;
  std::vector<HostHeader> headers_;
  Buffer body_;
};

class HostHandler {
 public:
  virtual ~HostHandler() = default;
  // Must not block. `call` is answered once, now or later.
  virtual void handle(HostCall& call) = 0;
};

}  // namespace gatelet
