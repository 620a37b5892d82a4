// Stream: one TCP connection on a loop. Reading stays armed; a write is one system call, and only what the socket does not take is copied
// and sent when it can be. libuv watches the socket, the calls are our own: that is cheaper than its streams, and no write can raise
// SIGPIPE. With TLS on it (stream_tls.cpp) everything else stays as it is: what is read and written is plaintext.
#pragma once

#include <sys/socket.h>
#include <uv.h>

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "net/loop.hpp"

namespace gatelet {

namespace crypto {
class TlsConnection;
class TlsServer;
}  // namespace crypto

class Stream {
 public:
  class Owner {
   public:
    virtual void stream_connected(int error) { static_cast<void>(error); }
    virtual void stream_secured() {}                       // the handshake of TLS is over
    virtual void stream_read(std::string_view bytes) = 0;  // a view into the loop's read buffer
    virtual void stream_ended() = 0;                       // the peer sends nothing more
    virtual void stream_failed(int error) = 0;             // errno; nothing more can be read
    virtual void stream_drained() = 0;                     // all that was written has been taken by the socket
    virtual void stream_closed() = 0;                      // the last call; the stream may be destroyed now

   protected:
    ~Owner() = default;
  };

  Stream(Loop& loop, Owner& owner);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Takes over a connected socket.
  int open(int socket);
  // 0: stream_connected follows, or the errno.
  int connect(const sockaddr* address, socklen_t size);
  // TLS from the first byte on, of a stream that was opened or has connected just now. The owner hears of nothing until it is secured, and
  // can write nothing.
  void secure(std::shared_ptr<const crypto::TlsServer> server);
  void secure(std::unique_ptr<crypto::TlsConnection> client);
  // Null: no TLS, or a client that has not begun yet.
  const crypto::TlsConnection* tls() const;
  crypto::TlsConnection* tls();
  bool is_in_handshake() const;
  std::string_view tls_failure() const;  // why it failed; empty: it did not
  // Whether bytes are wanted. Off is back-pressure.
  void read(bool wanted);
  // Without waiting for the loop to say that something is there.
  void read_now() {
    if (can_read()) read_available();
  }
  bool is_reading() const { return wants_read_; }
  // Sends what was put together, which is empty afterwards. False: the peer takes nothing any more; reading may still bring what it sent.
  bool write(Outgoing& outgoing);
  size_t queued_bytes() const { return queued_; }
  bool is_write_broken() const { return is_write_broken_; }
  // The peer learns that nothing more comes, once the queue is sent.
  void end_writing();
  // What is queued is dropped.
  void close();
  // The same with a reset, so that the peer can't take a cut message for a whole one.
  void abort();
  bool is_open() const { return state_ != State::closed; }
  int socket() const { return socket_; }
  Loop& loop() { return loop_; }

 private:
  friend class HandshakeTurns;
  struct Secured;
  enum class State : uint8_t { closed, connecting, open, closing };
  struct Piece {
    Buffer bytes;
    size_t sent = 0;
  };

  static void on_event(uv_poll_t* poll, int status, int events);
  int watch(int socket);
  void apply_events();
  void read_available();
  bool send_queue();
  void break_writing();
  void keep_rest(Outgoing& outgoing, size_t sent);
  bool can_read() const;

  void receive_sealed(std::string_view bytes);
  void continue_handshake();
  void abandon_handshake();
  void open_sealed();
  void end_of_wire();
  void fail_tls(int error);
  bool write_sealed(Outgoing& outgoing);
  void end_sealed();
  bool send_sealed(std::string& sealed);  // is empty afterwards

  Loop& loop_;
  Owner& owner_;
  uv_poll_t poll_;
  int socket_ = -1;
  State state_ = State::closed;
  bool wants_read_ = false;
  bool has_ended_ = false;
  bool is_write_broken_ = false;
  bool ends_writing_ = false;
  int events_ = 0;
  size_t queued_ = 0;
  std::vector<Piece> queue_;
  std::unique_ptr<Secured> tls_;  // null: none
};

}  // namespace gatelet
