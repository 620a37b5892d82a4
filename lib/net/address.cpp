#include "net/address.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>

#include <cstring>
#include <memory>

namespace gatelet {

SocketAddress::SocketAddress(const sockaddr& from) : v6{} {
  if (from.sa_family == AF_INET6) {
    std::memcpy(&v6, &from, sizeof v6);
  } else {
    std::memcpy(&v4, &from, sizeof v4);
  }
}

std::string SocketAddress::ip() const {
  char text[INET6_ADDRSTRLEN] = "";
  if (any.sa_family == AF_INET) {
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
  } else if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
    inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], text, sizeof text);
  } else {
    inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
  }
  return text;
}

bool SocketAddress::is_same_host(const SocketAddress& other) const {
  if (any.sa_family != other.any.sa_family) return false;
  if (any.sa_family == AF_INET) return v4.sin_addr.s_addr == other.v4.sin_addr.s_addr;
  return std::memcmp(&v6.sin6_addr, &other.v6.sin6_addr, sizeof v6.sin6_addr) == 0;
}

std::vector<SocketAddress> addresses_of_machine() {
  std::vector<SocketAddress> out;
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return out;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> held(first, ::freeifaddrs);
  for (const ifaddrs* each = first; each; each = each->ifa_next)
    if (const sockaddr* address = each->ifa_addr; address && (address->sa_family == AF_INET || address->sa_family == AF_INET6))
      out.emplace_back(*address);
  return out;
}

std::optional<SocketAddress> parse_ip(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  const std::string copy(text);
  SocketAddress address;
  if (inet_pton(AF_INET, copy.c_str(), &address.v4.sin_addr) == 1) {
    address.v4.sin_family = AF_INET;
    return address;
  }
  address = SocketAddress();
  if (inet_pton(AF_INET6, copy.c_str(), &address.v6.sin6_addr) != 1) return std::nullopt;
  address.v6.sin6_family = AF_INET6;
  return address;
}

}  // namespace gatelet
