// TLS on a stream: the owner hears and writes plaintext and notices nothing else of it.
#include <cerrno>

#include "base/limits.hpp"
#include "net/handshake_turns.hpp"
#include "net/stream.hpp"
#include "net/stream_tls.hpp"

namespace gatelet {

Stream::Stream(Loop& loop, Owner& owner) : loop_(loop), owner_(owner) {}
Stream::~Stream() = default;

void Stream::secure(std::shared_ptr<const crypto::TlsServer> server) {
  tls_ = std::make_unique<Secured>();
  tls_->server = std::move(server);
}

void Stream::secure(std::unique_ptr<crypto::TlsConnection> client) {
  tls_ = std::make_unique<Secured>();
  tls_->connection = std::move(client);
  std::string& sealed = loop_.sealed();
  tls_->connection->handshake(sealed);
  send_sealed(sealed);
}

const crypto::TlsConnection* Stream::tls() const { return tls_ ? tls_->connection.get() : nullptr; }
crypto::TlsConnection* Stream::tls() { return tls_ ? tls_->connection.get() : nullptr; }
bool Stream::is_in_handshake() const { return tls_ && !tls_->is_open; }

std::string_view Stream::tls_failure() const {
  if (!tls_) return {};
  return tls_->failure.empty() && tls_->connection ? std::string_view(tls_->connection->failure()) : tls_->failure;
}

// Bytes of the wire. During the handshake they wait for their turn, and nothing more is read until then.
void Stream::receive_sealed(std::string_view bytes) {
  if (tls_->is_open) {
    tls_->connection->feed(bytes);
    return open_sealed();
  }
  tls_->received.assign(bytes);
  tls_->is_waiting = true;
  apply_events();
  loop_.handshakes().wait_for_turn(*this, !tls_->connection);
}

void Stream::continue_handshake() {
  tls_->is_waiting = false;
  const std::string bytes = std::move(tls_->received);
  tls_->received.clear();
  if (!tls_->connection) tls_->connection = std::make_unique<crypto::TlsConnection>(std::move(tls_->server), loop_.now().wall_ms / 1000);
  tls_->connection->feed(bytes);
  std::string& sealed = loop_.sealed();
  const auto state = tls_->connection->handshake(sealed);
  send_sealed(sealed);
  if (state == crypto::TlsConnection::State::handshake) return apply_events();
  loop_.handshakes().leave(*this);
  if (state == crypto::TlsConnection::State::failed) return fail_tls(EPROTO);
  tls_->is_open = true;
  apply_events();
  owner_.stream_secured();
  if (state_ == State::open) open_sealed();  // what came with the last flight
}

void Stream::abandon_handshake() {
  loop_.handshakes().leave(*this);
  tls_->failure = "the handshake took too long while others waited";
  fail_tls(ETIMEDOUT);
}

void Stream::open_sealed() {
  for (;;) {
    std::string& sealed = loop_.sealed();
    const std::string_view plain = tls_->connection->read({loop_.plain_buffer(), Loop::plain_buffer_bytes}, sealed);
    send_sealed(sealed);
    if (plain.empty()) break;
    owner_.stream_read(plain);
    if (state_ != State::open) return;
  }
  if (tls_->connection->state() == crypto::TlsConnection::State::failed) return fail_tls(EPROTO);
  if (tls_->connection->state() != crypto::TlsConnection::State::ended || has_ended_) return;
  has_ended_ = true;
  apply_events();
  owner_.stream_ended();
}

// The peer closed the socket without having said that it ended: what came may be cut.
void Stream::end_of_wire() {
  if (is_in_handshake() && tls_->failure.empty()) tls_->failure = "the peer closed the connection during the handshake";
  fail_tls(ECONNRESET);
}

void Stream::fail_tls(int error) {
  wants_read_ = false;
  if (!tls_->is_open) is_write_broken_ = true;
  apply_events();
  owner_.stream_failed(error);
}

bool Stream::write_sealed(Outgoing& outgoing) {
  if (!tls_->is_open) {
    break_writing();
    outgoing.clear();
    return false;
  }
  std::string& sealed = loop_.sealed();
  std::string& record = loop_.record();  // small parts go out as one
  for (const Outgoing::Part& part : outgoing.parts()) {
    if (record.size() + part.bytes.size() > tls_record_bytes_max) {
      tls_->connection->write(record, sealed);
      record.clear();
    }
    if (part.bytes.size() > tls_record_bytes_max) {
      tls_->connection->write(part.bytes, sealed);
    } else {
      record += part.bytes;
    }
  }
  tls_->connection->write(record, sealed);
  record.clear();
  outgoing.clear();
  const bool is_taken = send_sealed(sealed);
  if (sealed.capacity() > tls_sealed_kept_bytes) sealed = {};
  return is_taken;
}

// The peer learns that nothing follows.
void Stream::end_sealed() {
  if (!tls_->is_open) return;
  std::string& sealed = loop_.sealed();
  tls_->connection->end(sealed);
  send_sealed(sealed);
}

}  // namespace gatelet
