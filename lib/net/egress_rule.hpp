// EgressRule: addresses that nothing is sent to where a policy took the URL from a text (reliability.md A-40). It is applied to resolved
// addresses, at every connection.
#pragma once

#include <string_view>
#include <vector>

#include "base/ip_address.hpp"
#include "base/result.hpp"
#include "net/address.hpp"

namespace gatelet {

class EgressRule {
 public:
  // Divided by commas: "loopback", "link-local", "private", "own" (what the server itself listens on), addresses, networks ("10.0.0.0/8");
  // with a '!' before it, an exception.
  static Result<EgressRule> parse(std::string_view text);
  bool is_empty() const { return denied_.empty() && own_networks_.empty(); }
  // For "own": the ports that the server listens on, and the addresses of this machine besides those that always lead to it.
  void set_own(std::vector<uint16_t> ports, const std::vector<SocketAddress>& machine);
  bool denies(const SocketAddress& address) const;

 private:
  struct Network {
    IpAddress address;
    unsigned bits = 0;
    bool contains(const IpAddress& other) const;
  };
  static Result<> add(std::string_view item, std::vector<Network>& to);

  std::vector<Network> denied_, allowed_, own_networks_;
  std::vector<uint16_t> own_ports_;
};

}  // namespace gatelet
