// Peers over real sockets on loopback: a raw client and a backend that plays a script. Nothing sleeps: every read waits for its bytes, and only gives
// up after a time in which anything that works has long happened.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace gatelet::test {

inline constexpr int patience_ms = 20'000;

// One end of a connection.
class Peer {
 public:
  explicit Peer(int socket) : socket_(socket) {
    const int one = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer() { close(); }

  // False: the other side takes nothing any more.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(count));
    }
    return true;
  }

  // As much as the connection takes: `stuck` is called when it takes nothing for a moment. Returns what was sent.
  size_t send_all_of(size_t size, const std::function<void(size_t sent)>& stuck, int moment_ms = 300) {
    const std::string piece(64 * 1024, 'x');
    size_t sent = 0;
    while (sent < size) {
      pollfd item{socket_, POLLOUT, 0};
      if (poll(&item, 1, moment_ms) == 0) {
        stuck(sent);
        poll(&item, 1, patience_ms);
      }
      const ssize_t count = ::send(socket_, piece.data(), std::min(piece.size(), size - sent), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count < 0 && errno != EAGAIN && errno != EINTR) break;
      if (count > 0) sent += static_cast<size_t>(count);
    }
    return sent;
  }

  // Up to and with `end`; what came when the connection closed before.
  std::string read_until(std::string_view end) {
    size_t at;
    while ((at = buffer_.find(end)) == std::string::npos)
      if (!fill()) return take(buffer_.size());
    return take(at + end.size());
  }
  std::string read_bytes(size_t count) {
    while (buffer_.size() < count)
      if (!fill()) break;
    return take(std::min(count, buffer_.size()));
  }
  std::string read_all() {
    while (fill()) {}
    return take(buffer_.size());
  }

  // A whole message as it came: head, and the body its framing announces (`has_body` false: HEAD and the like).
  std::string read_message(bool has_body = true) {
    std::string message = read_until("\r\n\r\n");
    if (message.empty() || !has_body) return message;
    const size_t length = message.find("Content-Length: ");
    if (length != std::string::npos) {
      message += read_bytes(std::stoull(message.substr(length + 16)));
    } else if (message.find("Transfer-Encoding: chunked") != std::string::npos) {
      std::string line;
      do {
        message += line = read_until("\r\n");
        if (line.empty()) break;
        message += read_bytes(std::stoull(line, nullptr, 16) + 2);
      } while (line != "0\r\n");
    } else if (message.starts_with("HTTP/") && message.find(" 204 ") == std::string::npos && message.find(" 304 ") == std::string::npos &&
               message.compare(9, 1, "1") != 0) {
      message += read_all();
    }
    return message;
  }

  // True when the other side ended its side and nothing is left to read.
  bool is_ended() { return buffer_.empty() && !fill(); }
  bool was_reset() const { return was_reset_; }
  // Whether bytes, or an end, are there within a moment; for things that must not happen.
  bool is_silent(int moment_ms = 50) {
    pollfd item{socket_, POLLIN, 0};
    return buffer_.empty() && poll(&item, 1, moment_ms) == 0;
  }
  void end() { shutdown(socket_, SHUT_WR); }
  void close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }
  void reset() {
    const linger now{1, 0};
    setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
  }
  int socket() const { return socket_; }
  int port() const {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
  }

 private:
  bool fill() {
    pollfd item{socket_, POLLIN, 0};
    if (poll(&item, 1, patience_ms) <= 0) return false;
    char bytes[16 * 1024];
    const ssize_t count = recv(socket_, bytes, sizeof bytes, 0);
    if (count < 0) was_reset_ = true;
    if (count <= 0) return false;
    buffer_.append(bytes, static_cast<size_t>(count));
    return true;
  }
  std::string take(size_t count) {
    std::string taken = buffer_.substr(0, count);
    buffer_.erase(0, count);
    return taken;
  }

  int socket_;
  bool was_reset_ = false;
  std::string buffer_;
};

inline sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

inline int connect_to(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return socket;
  ::close(socket);
  return -1;
}

// Plays `script` for each connection, on a thread of its own. Ends all when it goes.
class Backend {
 public:
  using Script = std::function<void(Peer&)>;
  explicit Backend(Script script) : script_(std::move(script)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    listen(listener_, 64);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~Backend() {
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    {
      std::lock_guard lock(mutex_);
      for (Player& player : players_)
        if (player.peer->socket() >= 0) shutdown(player.peer->socket(), SHUT_RDWR);
    }
    for (Player& player : players_) player.thread.join();
  }
  size_t connection_count() const { return connection_count_; }

  int port = 0;

 private:
  struct Player {
    std::unique_ptr<Peer> peer;
    std::thread thread;
  };
  void accept_all() {
    for (;;) {
      const int socket = accept(listener_, nullptr, nullptr);
      if (socket < 0) return;
      std::lock_guard lock(mutex_);
      ++connection_count_;
      Player& player = players_.emplace_back();
      player.peer = std::make_unique<Peer>(socket);
      player.thread = std::thread([this, peer = player.peer.get()] {
        script_(*peer);
        std::lock_guard closing(mutex_);
        peer->close();
      });
    }
  }

  Script script_;
  int listener_;
  std::atomic<size_t> connection_count_{0};
  std::mutex mutex_;
  std::list<Player> players_;
  std::thread acceptor_;
};

// What happened on another thread, to be waited for.
class Log {
 public:
  void add(std::string text) {
    std::lock_guard lock(mutex_);
    texts_.push_back(std::move(text));
    changed_.notify_all();
  }
  // The n-th entry, when it is there; empty when it does not come.
  std::string wait(size_t index) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(patience_ms), [&] { return texts_.size() > index; });
    return texts_.size() > index ? texts_[index] : std::string();
  }
  size_t count() {
    std::lock_guard lock(mutex_);
    return texts_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> texts_;
};

}  // namespace gatelet::test
