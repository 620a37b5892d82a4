// Authorities and absolute URLs.
#include "http/url.hpp"

#include <algorithm>
#include <array>

namespace gatelet {
namespace {

constexpr size_t host_bytes_max = 253;  // of a DNS name in text form (RFC 1035 2.3.4)

enum HostByte : uint8_t { host_refused = 0, host_lower = 1, host_upper = 2, host_dot = 4 };

constexpr std::array<uint8_t, 256> make_host_bytes() {
  std::array<uint8_t, 256> table{};
  for (size_t c = 0x21; c <= 0x7E; ++c)
    if (is_alpha(static_cast<char>(c)) || is_digit(static_cast<char>(c)))
      table[c] = to_lower(static_cast<char>(c)) == static_cast<char>(c) ? host_lower : host_upper;
  for (char c : std::string_view("-_~")) table[static_cast<unsigned char>(c)] = host_lower;
  table[static_cast<unsigned char>('.')] = host_dot;
  return table;
}
constexpr auto host_bytes = make_host_bytes();

// How long the name at the start of an authority is; 0 when it is none. Labels are not empty; one dot may end the name.
size_t host_name_size(std::string_view text, bool& has_upper) {
  unsigned seen = 0;
  unsigned previous = host_dot;
  size_t size = 0;
  for (; size < text.size(); ++size) {
    const unsigned byte = host_bytes[static_cast<unsigned char>(text[size])];
    if (byte == host_refused) break;
    if (byte & previous & host_dot) return 0;
    seen |= byte;
    previous = byte;
  }
  has_upper = (seen & host_upper) != 0;
  return size - (size != 0 && text[size - 1] == '.') <= host_bytes_max ? size : 0;
}

// Dotted decimal as the tail of an IPv6 address (RFC 4291 2.2.3).
bool is_ipv4_tail(std::string_view text) {
  for (int part = 0; part < 4; ++part) {
    const size_t dot = std::min(text.find('.'), text.size());
    const auto value = parse_unsigned(text.substr(0, dot));
    if (!value || *value > 255 || (dot > 1 && text[0] == '0')) return false;
    if ((dot == text.size()) != (part == 3)) return false;
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return true;
}

// RFC 4291 2.2: up to eight groups, one "::" for at least one group.
bool is_ipv6(std::string_view text) {
  int groups = 0;
  bool has_gap = false;
  if (text.substr(0, 2) == "::") {
    has_gap = true;
    text.remove_prefix(2);
    if (text.empty()) return true;
  }
  for (;;) {
    const size_t colon = std::min(text.find(':'), text.size());
    const std::string_view group = text.substr(0, colon);
    const bool is_last = colon == text.size();
    if (is_last && group.find('.') != std::string_view::npos) {
      if (!is_ipv4_tail(group)) return false;
      groups += 2;
    } else {
      if (group.empty() || group.size() > 4) return false;
      for (char c : group)
        if (hex_value(c) < 0) return false;
      ++groups;
    }
    if (is_last) break;
    text.remove_prefix(colon + 1);
    if (text.empty()) return false;
    if (text.front() != ':') continue;
    if (has_gap) return false;
    has_gap = true;
    text.remove_prefix(1);
    if (text.empty()) break;
  }
  return has_gap ? groups < 8 : groups == 8;
}

enum class AuthorityFault : uint8_t { none, host, port };

// `has_upper` may be set without need: for addresses in brackets it is.
AuthorityFault split_authority(std::string_view text, Authority& out, bool& has_upper) {
  size_t host_size;
  if (!text.empty() && text.front() == '[') {
    host_size = text.find(']') + 1;
    if (host_size == 0 || !is_ipv6(text.substr(1, host_size - 2))) return AuthorityFault::host;
    has_upper = true;
  } else {
    host_size = host_name_size(text, has_upper);
    if (host_size == 0) return AuthorityFault::host;
  }
  out.host = text.substr(0, host_size);
  out.port = 0;
  if (host_size == text.size()) return AuthorityFault::none;
  if (text[host_size] != ':') return AuthorityFault::host;
  const std::string_view digits = text.substr(host_size + 1);
  const auto port = parse_unsigned(digits);
  if (!port || *port == 0 || *port > 65535 || digits.size() > 5) return AuthorityFault::port;
  out.port = static_cast<uint16_t>(*port);
  return AuthorityFault::none;
}

Error url_error(std::string message) { return {Code::config, "URL: " + std::move(message), {}, {}}; }

// What may stand in no part of a URL. The text is not quoted: it may hold a secret.
Result<> check_url_bytes(std::string_view text) {
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7F) return url_error("it has a blank or control character: remove it or percent-encode it");
    if (byte > 0x7F) return url_error("it has a character outside ASCII: percent-encode it, and write a host in its xn-- form");
    if (c == '#') return url_error("it has a fragment: remove everything from '#' on, or write '%23' for the character itself");
  }
  return Done{};
}

Result<std::string> read_url_scheme(std::string_view& text) {
  const size_t colon = text.find("://");
  if (colon == std::string_view::npos) return url_error("it is not absolute: begin it with 'https://' or 'http://'");
  std::string scheme = lower(text.substr(0, colon));
  if (scheme != "http" && scheme != "https" && scheme != "ws" && scheme != "wss")
    return url_error("scheme '" + scheme + "' is not supported: use http, https, ws or wss");
  text.remove_prefix(colon + 3);
  return scheme;
}

Result<Authority> read_url_authority(std::string_view& text) {
  const std::string_view authority = text.substr(0, text.find_first_of("/?"));
  text.remove_prefix(authority.size());
  if (authority.find('@') != std::string_view::npos)
    return url_error("it has user information before '@': remove it and use a policy or backend credentials");
  Authority out;
  bool has_upper;
  switch (split_authority(authority, out, has_upper)) {
    case AuthorityFault::none: return out;
    case AuthorityFault::port: return url_error("the port of '" + std::string(authority) + "' is not a number from 1 to 65535");
    case AuthorityFault::host: break;
  }
  return url_error("'" + std::string(authority) + "' has no valid host: give a DNS name, an IPv4 address or an IPv6 address in brackets");
}

}  // namespace

bool parse_authority(std::string_view text, Arena& arena, Authority& out) {
  Authority authority;
  bool has_upper;
  if (split_authority(text, authority, has_upper) != AuthorityFault::none) return false;
  if (authority.host.back() == '.') authority.host.remove_suffix(1);
  if (has_upper) {
    char* const bytes = static_cast<char*>(arena.allocate(authority.host.size(), 1));
    std::transform(authority.host.begin(), authority.host.end(), bytes, to_lower);
    authority.host = {bytes, authority.host.size()};
  }
  out = authority;
  return true;
}

Result<Url> parse_url(std::string_view text) {
  if (Result<> checked = check_url_bytes(text); !checked) return std::move(checked.error());
  GATELET_TRY(scheme, read_url_scheme(text));
  GATELET_TRY(authority, read_url_authority(text));

  Url url{std::move(scheme), lower(authority.host), authority.port, {}, {}};
  if (url.port == 0) url.port = url.scheme == "https" || url.scheme == "wss" ? 443 : 80;

  Arena arena(256);
  Target target;
  const bool has_path = !text.empty() && text.front() == '/';
  const TargetFault fault = canonicalize(has_path ? text : arena.concat("/", text), arena, target);
  if (fault != TargetFault::none) return url_error(std::string(message_of(fault)));
  if (has_path) url.path = target.path;
  url.query = target.query;
  return url;
}

std::string Url::authority() const { return is_default_port() ? host : host + ":" + std::to_string(port); }

std::string Url::text() const {
  std::string out = scheme + "://" + authority() + path;
  if (!query.empty()) out += "?" + query;
  return out;
}

std::optional<Url> redirect_target(const Url& from, std::string_view path, std::string_view location, Arena& arena) {
  location = escape_unsafe(location.substr(0, location.find('#')), arena);
  if (location.empty()) return std::nullopt;
  const std::string origin = from.scheme + "://" + from.authority();
  std::string text(location);
  const size_t colon = location.find(':');
  if (location.substr(0, 2) == "//")
    text = from.scheme + ":" + text;
  else if (location.front() == '/')
    text = origin + text;
  else if (location.front() == '?')
    text = origin + std::string(path) + text;
  else if (colon == std::string_view::npos || location.find_first_of("/?") < colon)
    text = origin + std::string(path.substr(0, path.rfind('/') + 1)) + text;
  Result<Url> url = parse_url(text);
  if (!url || (from.scheme == "https" && url->scheme != "https")) return std::nullopt;
  return *std::move(url);
}

std::string_view join_path(std::string_view base, std::string_view rest, Arena& arena) {
  if (rest.empty()) return base.empty() ? "/" : base;
  if (!base.empty() && base.back() == '/') base.remove_suffix(1);
  if (rest.front() == '/') {
    if (base.empty()) return rest;
    return arena.concat(base, rest);
  }
  return arena.concat(base, "/", rest);
}

}  // namespace gatelet
