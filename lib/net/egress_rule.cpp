#include "net/egress_rule.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace gatelet {
namespace egress_rule {

struct Group {
  std::string_view name;
  std::initializer_list<std::string_view> networks;
};
// The address of nobody reaches this machine.
const Group groups[] = {
    {"loopback", {"127.0.0.0/8", "::1/128", "0.0.0.0/8", "::/128"}},
    {"link-local", {"169.254.0.0/16", "fe80::/10"}},
    {"private", {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"}},
};

// Of IPv6 that a translator turns into IPv4 (RFC 6052 64:ff9b::/96, RFC 3056 2002::/16): what comes out of it.
std::optional<IpAddress> translated(const IpAddress& address) {
  constexpr std::array<uint8_t, 12> well_known = {0, 0x64, 0xff, 0x9b};
  const auto& bytes = address.bytes;
  size_t at = 0;
  if (!address.is_v6) return std::nullopt;
  if (std::equal(well_known.begin(), well_known.end(), bytes.begin()))
    at = 12;
  else if (bytes[0] == 0x20 && bytes[1] == 0x02)
    at = 2;
  if (at == 0) return std::nullopt;
  IpAddress inner;
  std::copy_n(bytes.begin() + static_cast<ptrdiff_t>(at), 4, inner.bytes.begin());
  return inner;
}

}  // namespace egress_rule

bool EgressRule::Network::contains(const IpAddress& other) const {
  if (address.is_v6 != other.is_v6) return false;
  for (unsigned i = 0; i < bits; ++i)
    if ((address.bytes[i / 8] ^ other.bytes[i / 8]) >> (7 - i % 8) & 1) return false;
  return true;
}

Result<> EgressRule::add(std::string_view item, std::vector<Network>& to) {
  for (const auto& group : egress_rule::groups) {
    if (!equal_ignoring_case(group.name, item)) continue;
    for (std::string_view network : group.networks)
      if (auto added = add(network, to); !added) return added;
    return Done{};
  }
  const size_t slash = std::min(item.find('/'), item.size());
  const auto address = parse_ip_address(item.substr(0, slash));
  const unsigned width = address && address->is_v6 ? 128 : 32;
  const auto bits = slash == item.size() ? width : parse_unsigned(item.substr(slash + 1));
  if (!address || !bits || *bits > width)
    return Error{
        Code::argument,
        "egress: '" + std::string(item) + "' is none of loopback, link-local, private, own, an address, or a network such as 10.0.0.0/8",
        {},
        {}};
  to.push_back({*address, static_cast<unsigned>(*bits)});
  return Done{};
}

Result<EgressRule> EgressRule::parse(std::string_view text) {
  EgressRule rule;
  for (std::string_view item : split(text, ',')) {
    item = trim(item);
    if (item.empty()) continue;
    const bool is_exception = item.starts_with('!'), is_own = equal_ignoring_case(item, "own");
    std::vector<Network>& to = is_exception ? rule.allowed_ : is_own ? rule.own_networks_ : rule.denied_;
    if (auto added = add(is_exception ? trim(item.substr(1)) : is_own ? "loopback" : item, to); !added) return std::move(added.error());
  }
  return rule;
}

void EgressRule::set_own(std::vector<uint16_t> ports, const std::vector<SocketAddress>& machine) {
  if (own_networks_.empty()) return;
  own_ports_ = std::move(ports);
  for (const SocketAddress& address : machine)
    if (const auto parsed = parse_ip_address(address.ip())) own_networks_.push_back({*parsed, parsed->is_v6 ? 128u : 32u});
}

bool EgressRule::denies(const SocketAddress& address) const {
  if (is_empty()) return false;
  const auto parsed = parse_ip_address(address.ip());
  if (!parsed) return true;
  const auto inner = egress_rule::translated(*parsed);
  const auto is_in = [&](const std::vector<Network>& networks) {
    return std::ranges::any_of(networks,
                               [&](const Network& network) { return network.contains(*parsed) || (inner && network.contains(*inner)); });
  };
  const bool is_own_port = std::ranges::find(own_ports_, address.port()) != own_ports_.end();
  return (is_in(denied_) || (is_own_port && is_in(own_networks_))) && !is_in(allowed_);
}

}  // namespace gatelet
