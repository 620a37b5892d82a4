// Proxies between the gateway and its backends (gateway.md 2.10): one that a backend names itself, or those of the settings for all others.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.hpp"
#include "base/result.hpp"
#include "http/url.hpp"

namespace gatelet {

struct Proxy {
  std::string host;  // IPv6 with its brackets
  uint16_t port = 0;
  std::string authorization;  // what Proxy-Authorization says; empty: no such line. A secret.

  std::string name() const;  // for messages: "the proxy 10.0.0.1:3128"
};

// "http://user:password@host:3128"; the scheme may be missing, without a port it is 80. A user given beside the URL replaces the one in it.
Result<Proxy> parse_proxy(std::string_view url, std::string_view user = {}, std::string_view password = {});

// HTTP_PROXY, HTTPS_PROXY and NO_PROXY.
class Proxies {
 public:
  // `bypass` is divided by commas or blanks: "*", host names, which mean what is below them too, addresses and networks ("10.0.0.0/8");
  // "name:port" is that port alone. Empty texts: no proxy.
  static Result<Proxies> parse(std::string_view http, std::string_view https, std::string_view bypass);
  // Null: the backend is reached directly.
  const std::shared_ptr<const Proxy>& for_url(const Url& url) const;

 private:
  struct Exception {
    std::string name;
    std::optional<IpAddress> address;  // then the first `bits` of it count
    unsigned bits = 0;
    uint16_t port = 0;  // 0: each
  };
  static Exception read_exception(std::string_view text);
  static bool matches(const Exception& exception, const Url& url, const std::optional<IpAddress>& address);

  std::shared_ptr<const Proxy> http_, https_, none_;
  std::vector<Exception> exceptions_;
};

}  // namespace gatelet
