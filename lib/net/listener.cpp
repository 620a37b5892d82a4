#include "net/listener.hpp"

#include <netdb.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "net/worker.hpp"

namespace gatelet {
namespace {

constexpr int accepts_per_event_max = 64;  // then the clients that are there have their turn
constexpr int backlog = 1024;

struct ListenerAddress {
  std::string host;  // as written
  SocketAddress address;
  bool is_tls = false;
};

Error listener_error(const std::string& url, std::string what) { return {Code::io, url + ": " + std::move(what), {}, url}; }

Result<ListenerAddress> parse_listener(const std::string& url) {
  const auto wrong = [&](std::string_view what) {
    return Error{Code::argument, "listener '" + url + "': " + std::string(what) + "; write for example http://0.0.0.0:8080", {}, url};
  };
  const bool is_tls = starts_with_ignoring_case(url, "https://");
  if (!is_tls && !starts_with_ignoring_case(url, "http://")) return wrong("it does not begin with http:// or https://");
  std::string_view rest = std::string_view(url).substr(is_tls ? 8 : 7);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  const size_t bracket = rest.find(']');
  const size_t colon = rest.find(':', bracket == std::string_view::npos ? 0 : bracket);
  const std::string_view host = rest.substr(0, colon);
  const auto port = colon == std::string_view::npos ? std::optional<uint64_t>(is_tls ? 443 : 80) : parse_unsigned(rest.substr(colon + 1));
  if (host.empty()) return wrong("it has no address");
  if (!port || *port > UINT16_MAX) return wrong("its port is not a number from 0 to 65535");

  ListenerAddress listener{std::string(host), {}, is_tls};
  if (const auto literal = parse_ip(host)) {
    listener.address = *literal;
  } else {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int error = getaddrinfo(listener.host.c_str(), nullptr, &hints, &found))
      return listener_error(url, std::string("the address cannot be resolved: ") + gai_strerror(error));
    listener.address = SocketAddress(*found->ai_addr);
    freeaddrinfo(found);
  }
  listener.address.set_port(static_cast<uint16_t>(*port));
  return listener;
}

// A socket that is bound; -1 with errno. `is_shared`: other workers bind the same address.
int bind_socket(const SocketAddress& address, bool is_shared, bool is_v6_only) {
  const int socket = ::socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) return -1;
  const int one = 1;
  const int only = is_v6_only ? 1 : 0;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (is_shared) setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
  if (address.any.sa_family == AF_INET6) setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
  if (bind(socket, &address.any, address.size()) == 0) return socket;
  const int error = errno;
  ::close(socket);
  errno = error;
  return -1;
}

uint16_t bound_port(int socket) {
  SocketAddress address;
  socklen_t size = sizeof address.v6;
  getsockname(socket, &address.any, &size);
  return address.port();
}

// One socket a worker. Only a group of workers shares a port: another process on it is an error, so the first try is made alone.
Result<BoundListener> bind_listener(const std::string& url, ListenerAddress listener, uint32_t worker_count, bool is_v6_only) {
  BoundListener bound;
  bound.sockets.reserve(worker_count);
  const auto failed = [&](int error) { return listener_error(url, std::strerror(error)); };
  if (worker_count > 1) {
    const int probe = bind_socket(listener.address, false, is_v6_only);
    if (probe < 0 || listen(probe, 1) != 0) {
      const int error = errno;
      if (probe >= 0) ::close(probe);
      return failed(error);
    }
    listener.address.set_port(bound_port(probe));
    ::close(probe);
  }
  for (uint32_t i = 0; i < worker_count; ++i) {
    const int socket = bind_socket(listener.address, worker_count > 1, is_v6_only);
    if (socket < 0) return failed(errno);
    bound.sockets.push_back(socket);
    if (listen(socket, backlog) != 0) return failed(errno);
    listener.address.set_port(bound_port(socket));
  }
  bound.is_tls = listener.is_tls;
  bound.port = listener.address.port();
  bound.url = (listener.is_tls ? "https://" : "http://") + listener.host + ":" + std::to_string(listener.address.port());
  return bound;
}

}  // namespace

Result<std::vector<BoundListener>> bind_listeners(const std::vector<std::string>& urls, uint32_t worker_count) {
  std::vector<ListenerAddress> addresses;
  for (const std::string& url : urls) {
    GATELET_TRY(address, parse_listener(url));
    addresses.push_back(std::move(address));
  }
  std::vector<BoundListener> bound;
  for (size_t i = 0; i < urls.size(); ++i) {
    // An IPv6 address takes IPv4 clients too, unless a listener of their own is there for them.
    bool is_v6_only = false;
    for (const ListenerAddress& other : addresses)
      is_v6_only |= other.address.any.sa_family == AF_INET && other.address.port() == addresses[i].address.port();
    auto listener = bind_listener(urls[i], addresses[i], worker_count, is_v6_only);
    if (!listener) return std::move(listener.error());
    bound.push_back(*std::move(listener));
  }
  return bound;
}

BoundListener::~BoundListener() {
  for (int socket : sockets)
    if (socket >= 0) ::close(socket);
}

Listener::Listener(Worker& worker, int socket, bool is_tls)
    : worker_(worker), socket_(socket), is_tls_(is_tls), backoff_([](void* self) { static_cast<Listener*>(self)->resume(); }, this) {
  uv_poll_init(worker.loop().uv(), &poll_, socket);
  poll_.data = this;
  uv_poll_start(&poll_, UV_READABLE, on_event);
  worker.loop().count_change();
}

void Listener::on_event(uv_poll_t* poll, int, int) {
  Listener& listener = *static_cast<Listener*>(poll->data);
  listener.worker_.loop().read_clock();
  listener.accept_some(accepts_per_event_max);
}

void Listener::accept_some(int count_max) {
  for (int i = 0; i < count_max; ++i) {
    if (!worker_.may_accept()) return pause(guest_stay_ms);
    SocketAddress peer;
    socklen_t size = sizeof peer.v6;
    const int socket = accept4(socket_, &peer.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket >= 0) {
      worker_.accept(socket, peer, is_tls_);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return;
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      return pause(accept_backoff_ms);
    }
  }
}

// Clients wait in the kernel's queue meanwhile.
void Listener::pause(uint32_t delay_ms) {
  if (is_closing_) return;
  uv_poll_stop(&poll_);
  worker_.loop().set_timer_after(backoff_, delay_ms);
}

void Listener::resume() {
  if (is_closing_) return;
  uv_poll_start(&poll_, UV_READABLE, on_event);
  worker_.loop().count_change();
}

void Listener::close(bool accepts_waiting) {
  if (is_closing_) return;
  if (accepts_waiting) accept_some(backlog);
  is_closing_ = true;
  backoff_.clear();
  uv_close(reinterpret_cast<uv_handle_t*>(&poll_), [](uv_handle_t* handle) {
    Listener* const listener = static_cast<Listener*>(handle->data);
    ::close(listener->socket_);
    delete listener;
  });
}

}  // namespace gatelet
