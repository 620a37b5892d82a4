#include "policy/proxy.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "expr/base64.hpp"

namespace gatelet {

namespace proxy_parts {

// The text is not quoted: it may hold a password.
Error wrong(std::string_view what) { return {Code::argument, "the proxy's URL is not usable: " + std::string(what), {}, {}}; }

std::string without_brackets(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return std::string(host);
}

bool is_separator(char c) { return c == ',' || c == ';' || c == '|' || is_space(c); }

// "host:80" without its port; an address of IPv6 has more than one colon.
uint16_t take_port(std::string_view& text) {
  const size_t colon = text.rfind(':');
  if (colon == text.npos || (text.find(':') != colon && !text.substr(0, colon).ends_with(']'))) return 0;
  const auto port = parse_unsigned(text.substr(colon + 1));
  if (!port || *port == 0 || *port > 65535) return 0;
  text = text.substr(0, colon);
  return static_cast<uint16_t>(*port);
}

bool have_same_start(const IpAddress& a, const IpAddress& b, unsigned bits) {
  if (a.is_v6 != b.is_v6) return false;
  for (unsigned i = 0; i < bits; ++i)
    if ((a.bytes[i / 8] ^ b.bytes[i / 8]) >> (7 - i % 8) & 1) return false;
  return true;
}

}  // namespace proxy_parts

std::string Proxy::name() const { return "the proxy " + host + ":" + std::to_string(port); }

Result<Proxy> parse_proxy(std::string_view url, std::string_view user, std::string_view password) {
  using proxy_parts::wrong;
  std::string_view rest = url;
  if (const size_t colon = rest.find("://"); colon != rest.npos) {
    if (!equal_ignoring_case(rest.substr(0, colon), "http"))
      return wrong("write http://host:port; the gateway speaks plain HTTP with proxies, and TLS through them with backends");
    rest.remove_prefix(colon + 3);
  }
  std::string credentials;
  if (const size_t at = rest.rfind('@'); at != rest.npos) {
    credentials = percent_decode(rest.substr(0, at));
    if (credentials.find(':') == credentials.npos) credentials += ':';
    rest.remove_prefix(at + 1);
  }
  auto place = parse_url("http://" + std::string(rest));
  if (!place) return wrong(place.error().message);
  if (!place->query.empty() || place->path.size() > 1) return wrong("it has a path or a query; remove everything behind the port");
  if (user.find(':') != user.npos) return wrong("its user has a colon, which Basic authentication cannot send");
  if (!user.empty()) credentials = std::string(user) + ":" + std::string(password);
  return Proxy{place->host, place->port, credentials.empty() ? std::string() : "Basic " + cs::base64_text(credentials)};
}

Proxies::Exception Proxies::read_exception(std::string_view text) {
  Exception exception;
  exception.port = proxy_parts::take_port(text);
  const size_t slash = std::min(text.find('/'), text.size());
  exception.address = parse_ip_address(proxy_parts::without_brackets(text.substr(0, slash)));
  if (exception.address) {
    const unsigned width = exception.address->is_v6 ? 128 : 32;
    const auto bits = slash == text.size() ? width : parse_unsigned(text.substr(slash + 1));
    exception.bits = static_cast<unsigned>(std::min<uint64_t>(bits.value_or(width), width));
  }
  if (text.starts_with("*.")) text.remove_prefix(1);
  if (text.starts_with('.')) text.remove_prefix(1);
  exception.name = lower(text);
  return exception;
}

Result<Proxies> Proxies::parse(std::string_view http, std::string_view https, std::string_view bypass) {
  Proxies out;
  struct Given {
    const char* name;
    std::string_view text;
    std::shared_ptr<const Proxy>& to;
  };
  for (const Given& given : {Given{"HTTP_PROXY: ", http, out.http_}, Given{"HTTPS_PROXY: ", https, out.https_}}) {
    if (given.text.empty()) continue;
    auto proxy = parse_proxy(given.text);
    if (!proxy) return proxy.error().message.insert(0, given.name), std::move(proxy.error());
    given.to = std::make_shared<const Proxy>(*std::move(proxy));
  }
  for (size_t at = 0; at < bypass.size();) {
    const size_t end = static_cast<size_t>(
        std::find_if(bypass.begin() + static_cast<ptrdiff_t>(at), bypass.end(), proxy_parts::is_separator) - bypass.begin());
    if (end != at) out.exceptions_.push_back(read_exception(bypass.substr(at, end - at)));
    at = end + 1;
  }
  return out;
}

bool Proxies::matches(const Exception& exception, const Url& url, const std::optional<IpAddress>& address) {
  if (exception.port != 0 && exception.port != url.port) return false;
  if (exception.address) return address && proxy_parts::have_same_start(*exception.address, *address, exception.bits);
  if (exception.name == "*" || exception.name == url.host) return true;
  const std::string_view host = url.host, name = exception.name;
  return host.size() > name.size() && host.ends_with(name) && host[host.size() - name.size() - 1] == '.';
}

const std::shared_ptr<const Proxy>& Proxies::for_url(const Url& url) const {
  if (!http_ && !https_) return none_;
  const std::shared_ptr<const Proxy>& proxy = url.scheme == "https" || url.scheme == "wss" ? https_ : http_;
  if (!proxy || exceptions_.empty()) return proxy;
  const auto address = parse_ip_address(proxy_parts::without_brackets(url.host));
  for (const Exception& exception : exceptions_)
    if (matches(exception, url, address)) return none_;
  return proxy;
}

}  // namespace gatelet
