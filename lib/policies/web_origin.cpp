#include "policies/web_origin.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace gatelet {

static constexpr std::string_view scheme_end = "://";

static bool is_scheme(std::string_view text) {
  const auto fits = [](char c) { return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; };
  return !text.empty() && is_alpha(text.front()) && std::ranges::all_of(text, fits);
}

static bool is_host(std::string_view text) {
  const bool is_v6 = text.starts_with('[') && text.ends_with(']');
  if (is_v6) text = text.substr(1, text.size() - 2);
  const auto fits = [&](char c) { return static_cast<unsigned char>(c) > ' ' && c != '\x7f' && (is_v6 || c != ':'); };
  return !text.empty() && text.find_first_of("/?#@*\\\"<>[], ") == std::string_view::npos && std::ranges::all_of(text, fits);
}

static uint16_t default_port(std::string_view scheme) {
  if (equal_ignoring_case(scheme, "https") || equal_ignoring_case(scheme, "wss")) return 443;
  return equal_ignoring_case(scheme, "http") || equal_ignoring_case(scheme, "ws") ? 80 : 0;
}

std::optional<WebOrigin> parse_web_origin(std::string_view text) {
  const size_t end = text.find(scheme_end);
  if (end == std::string_view::npos) return std::nullopt;
  WebOrigin out{.scheme = text.substr(0, end), .host = text.substr(end + scheme_end.size()), .port = 0};
  out.port = default_port(out.scheme);
  const size_t colon = out.host.rfind(':');
  if (colon != std::string_view::npos && out.host.find(']', colon) == std::string_view::npos) {
    const auto port = parse_unsigned(out.host.substr(colon + 1));
    if (!port || *port == 0 || *port > UINT16_MAX) return std::nullopt;
    out.port = static_cast<uint16_t>(*port);
    out.host = out.host.substr(0, colon);
  }
  if (!is_scheme(out.scheme) || !is_host(out.host)) return std::nullopt;
  return out;
}

bool is_same(const WebOrigin& a, const WebOrigin& b) {
  return a.port == b.port && equal_ignoring_case(a.host, b.host) && equal_ignoring_case(a.scheme, b.scheme);
}

}  // namespace gatelet
