#include "net/stream.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <cerrno>
#include <span>

#include "base/limits.hpp"
#include "net/handshake_turns.hpp"
#include "net/stream_tls.hpp"

namespace gatelet {
namespace {

constexpr int reads_per_event_max = 8;  // then others have their turn
constexpr size_t parts_per_write_max = 64;

int socket_error(int socket) {
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

// How many bytes the socket took, or -1 when it is broken.
ssize_t send_now(int socket, std::span<const Outgoing::Part> parts) {
  for (;;) {
    ssize_t sent;
    if (parts.size() == 1) {
      sent = send(socket, parts[0].bytes.data(), parts[0].bytes.size(), MSG_NOSIGNAL);
    } else {
      iovec pieces[parts_per_write_max];
      const size_t count = std::min(parts.size(), parts_per_write_max);
      for (size_t i = 0; i < count; ++i) pieces[i] = {const_cast<char*>(parts[i].bytes.data()), parts[i].bytes.size()};
      msghdr message{};
      message.msg_iov = pieces;
      message.msg_iovlen = count;
      sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    }
    if (sent >= 0) return sent;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
    if (errno != EINTR) return -1;
  }
}

}  // namespace

int Stream::watch(int socket) {
  const int one = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (const int error = uv_poll_init(loop_.uv(), &poll_, socket)) {
    ::close(socket);
    return -error;
  }
  poll_.data = this;
  socket_ = socket;
  events_ = 0;
  has_ended_ = is_write_broken_ = ends_writing_ = wants_read_ = false;
  queued_ = 0;
  queue_.clear();
  tls_ = nullptr;
  return 0;
}

int Stream::open(int socket) {
  if (const int error = watch(socket)) return error;
  state_ = State::open;
  return 0;
}

int Stream::connect(const sockaddr* address, socklen_t size) {
  const int socket = ::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) return errno;
  const int one = 1;
  setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
  if (::connect(socket, address, size) != 0 && errno != EINPROGRESS && errno != EINTR) {
    const int error = errno;
    ::close(socket);
    return error;
  }
  if (const int error = watch(socket)) return error;
  state_ = State::connecting;
  apply_events();
  return 0;
}

bool Stream::can_read() const { return state_ == State::open && wants_read_ && !has_ended_ && !(tls_ && tls_->is_waiting); }

void Stream::apply_events() {
  int events = 0;
  if (state_ == State::connecting) events = UV_WRITABLE;
  if (can_read()) events |= UV_READABLE;
  if (state_ == State::open && queued_ != 0) events |= UV_WRITABLE;
  if (events == events_) return;
  events_ = events;
  loop_.count_change();
  if (events == 0) {
    uv_poll_stop(&poll_);
  } else {
    uv_poll_start(&poll_, events, on_event);
  }
}

void Stream::read(bool wanted) {
  wants_read_ = wanted;
  if (state_ == State::open) apply_events();
}

void Stream::on_event(uv_poll_t* poll, int status, int events) {
  Stream& stream = *static_cast<Stream*>(poll->data);
  stream.loop_.read_clock();
  if (status < 0) stream.events_ = 0;  // libuv has stopped watching a socket with an error
  if (stream.state_ == State::connecting) {
    const int error = socket_error(stream.socket_);
    if (error == 0) {
      stream.state_ = State::open;
      stream.apply_events();
    }
    stream.owner_.stream_connected(error);
    return;
  }
  if (events & UV_WRITABLE && !stream.send_queue()) return;
  if ((events & UV_READABLE || status < 0) && stream.can_read()) stream.read_available();
  // What came before the error has been read; the error itself comes last.
  if (status < 0 && stream.can_read()) stream.apply_events();
  if (status < 0 && stream.state_ == State::open && !stream.wants_read_) {
    const int error = socket_error(stream.socket_);
    stream.owner_.stream_failed(error ? error : ECONNRESET);
  }
}

void Stream::read_available() {
  for (int i = 0; i < reads_per_event_max; ++i) {
    const size_t wanted = is_in_handshake() ? tls_handshake_read_bytes : Loop::read_buffer_bytes;
    const ssize_t size = recv(socket_, loop_.read_buffer(), wanted, 0);
    if (size > 0) {
      const std::string_view bytes(loop_.read_buffer(), static_cast<size_t>(size));
      if (tls_) {
        receive_sealed(bytes);
      } else {
        owner_.stream_read(bytes);
      }
      if (!can_read() || bytes.size() < wanted) return;
    } else if (size == 0 && tls_) {
      return end_of_wire();
    } else if (size == 0) {
      has_ended_ = true;
      apply_events();
      owner_.stream_ended();
      return;
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return;
    } else if (errno != EINTR) {
      const int error = errno;
      wants_read_ = false;
      apply_events();
      owner_.stream_failed(error);
      return;
    }
  }
}

bool Stream::write(Outgoing& outgoing) {
  if (state_ != State::open || is_write_broken_) {
    outgoing.clear();
    return false;
  }
  if (tls_) return write_sealed(outgoing);
  size_t sent = 0;
  std::span<const Outgoing::Part> parts = outgoing.parts();
  if (queued_ == 0 && !parts.empty()) {
    const ssize_t taken = send_now(socket_, parts);
    if (taken < 0) {
      break_writing();
      outgoing.clear();
      return false;
    }
    sent = static_cast<size_t>(taken);
  }
  if (sent < outgoing.size()) keep_rest(outgoing, sent);
  outgoing.clear();
  return true;
}

bool Stream::send_sealed(std::string& sealed) {
  size_t sent = 0;
  if (queued_ == 0 && !sealed.empty() && !is_write_broken_) {
    const Outgoing::Part part{sealed, {}};
    const ssize_t taken = send_now(socket_, {&part, 1});
    if (taken < 0) break_writing();
    sent = taken < 0 ? 0 : static_cast<size_t>(taken);
  }
  if (sent < sealed.size() && !is_write_broken_) {
    queue_.push_back({Buffer::copy(std::string_view(sealed).substr(sent)), 0});
    queued_ += sealed.size() - sent;
    apply_events();
  }
  sealed.clear();
  return !is_write_broken_;
}

void Stream::keep_rest(Outgoing& outgoing, size_t sent) {
  queued_ += outgoing.size() - sent;
  for (Outgoing::Part& part : outgoing.parts()) {
    const size_t skipped = std::min(sent, part.bytes.size());
    sent -= skipped;
    if (skipped == part.bytes.size()) continue;
    if (part.owner.empty()) {
      queue_.push_back({Buffer::copy(part.bytes.substr(skipped)), 0});
    } else {
      queue_.push_back({std::move(part.owner), skipped});
    }
  }
  apply_events();
}

// False when the owner was told something that may have closed the stream.
bool Stream::send_queue() {
  Outgoing::Part parts[parts_per_write_max];
  size_t first = 0;
  while (first < queue_.size()) {
    size_t count = 0;
    size_t offered = 0;
    for (size_t i = first; i < queue_.size() && count < parts_per_write_max; ++i, ++count) {
      parts[count].bytes = queue_[i].bytes.view().substr(queue_[i].sent);
      offered += parts[count].bytes.size();
    }
    const ssize_t taken = send_now(socket_, {parts, count});
    if (taken < 0) {
      break_writing();
      owner_.stream_drained();
      return false;
    }
    queued_ -= static_cast<size_t>(taken);
    size_t left = static_cast<size_t>(taken);
    while (first < queue_.size() && left >= queue_[first].bytes.size() - queue_[first].sent)
      left -= queue_[first].bytes.size() - queue_[first].sent, ++first;
    if (left != 0) queue_[first].sent += left;
    if (static_cast<size_t>(taken) < offered) break;
  }
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<ptrdiff_t>(first));
  if (queued_ != 0) return true;
  if (ends_writing_) shutdown(socket_, SHUT_WR);
  apply_events();
  owner_.stream_drained();
  return state_ == State::open;
}

void Stream::break_writing() {
  is_write_broken_ = true;
  queued_ = 0;
  queue_.clear();
  apply_events();
}

void Stream::end_writing() {
  if (tls_ && state_ == State::open) end_sealed();
  ends_writing_ = true;
  if (state_ == State::open && queued_ == 0) shutdown(socket_, SHUT_WR);
}

void Stream::abort() {
  if (state_ == State::open) {
    const linger reset{1, 0};
    setsockopt(socket_, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  }
  close();
}

void Stream::close() {
  if (state_ == State::closed || state_ == State::closing) return;
  if (is_in_handshake()) loop_.handshakes().leave(*this);
  state_ = State::closing;
  queue_.clear();
  queued_ = 0;
  uv_close(reinterpret_cast<uv_handle_t*>(&poll_), [](uv_handle_t* handle) {
    Stream& stream = *static_cast<Stream*>(handle->data);
    ::close(stream.socket_);
    stream.socket_ = -1;
    stream.state_ = State::closed;
    stream.owner_.stream_closed();
  });
}

}  // namespace gatelet
