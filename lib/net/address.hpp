// SocketAddress: an IPv4 or IPv6 address with its port.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatelet {

struct SocketAddress {
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  };
  SocketAddress() : v6{} {}
  explicit SocketAddress(const sockaddr& from);
  socklen_t size() const { return any.sa_family == AF_INET6 ? sizeof v6 : sizeof v4; }
  uint16_t port() const { return ntohs(any.sa_family == AF_INET6 ? v6.sin6_port : v4.sin_port); }
  void set_port(uint16_t port) { (any.sa_family == AF_INET6 ? v6.sin6_port : v4.sin_port) = htons(port); }
  // The address without port; an IPv4 address that came over an IPv6 socket is written as IPv4.
  std::string ip() const;
  bool is_same_host(const SocketAddress& other) const;
};

// Those of its interfaces now, without ports.
std::vector<SocketAddress> addresses_of_machine();

// "127.0.0.1", "::1" or "[::1]"; nothing for a name.
std::optional<SocketAddress> parse_ip(std::string_view text);

}  // namespace gatelet
