#include "expr/uris.hpp"

#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "expr/ip_addresses.hpp"

namespace gatelet::cs {
namespace uri_text {

struct SchemePort {
  std::string_view scheme;
  int32_t port;
};

}  // namespace uri_text

// Schemes whose Uris have a host.
static constexpr uri_text::SchemePort scheme_ports[] = {{"http", 80}, {"https", 443}, {"ws", 80}, {"wss", 443}, {"ftp", 21}, {"file", -1}};

std::string_view message_of(UriFault fault) {
  switch (fault) {
    case UriFault::none: break;
    case UriFault::empty: return "Invalid URI: The URI is empty.";
    case UriFault::not_absolute: return "Invalid URI: The format of the URI could not be determined.";
    case UriFault::bad_host: return "Invalid URI: The hostname could not be parsed.";
    case UriFault::bad_port: return "Invalid URI: Invalid port specified.";
  }
  return {};
}

std::string UriParts::authority() const { return is_default_port ? host : host + ":" + std::to_string(port); }

std::string UriParts::text() const {
  const std::string user = user_info.empty() ? "" : user_info + "@";
  return scheme + ":" + (has_authority ? "//" + user + authority() : "") + path + query + fragment;
}

// Escaping

static bool is_unreserved(char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~'; }
static bool is_reserved(char c) { return std::string_view(":/?#[]@!$&'()*+,;=").find(c) != std::string_view::npos; }

static void append_escape(std::string& out, char c) {
  static constexpr char digits[] = "0123456789ABCDEF";
  out += '%';
  out += digits[static_cast<unsigned char>(c) >> 4];
  out += digits[static_cast<unsigned char>(c) & 15];
}

// The byte of an escape at `at`, -1: none.
static int byte_of_escape(std::string_view text, size_t at) {
  if (text[at] != '%' || text.size() - at < 3) return -1;
  const int high = hex_value(text[at + 1]), low = hex_value(text[at + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

std::string escape_data(std::string_view text) {
  std::string out;
  for (const char c : text) is_unreserved(c) ? void(out += c) : append_escape(out, c);
  return out;
}

std::string escape_uri(std::string_view text) {
  std::string out;
  for (const char c : text) is_unreserved(c) || is_reserved(c) ? void(out += c) : append_escape(out, c);
  return out;
}

// What a part of a Uri looks like inside it.
static std::string canonical_escapes(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    const int byte = byte_of_escape(text, at);
    const char c = byte < 0 ? text[at] : static_cast<char>(byte);
    if (is_unreserved(c) || (byte < 0 && is_reserved(c)))
      out += c;
    else if (byte >= 0 && byte < 0x80)
      out += text.substr(at, 3);
    else
      append_escape(out, c);
    if (byte >= 0) at += 2;
  }
  return out;
}

// Decodes escapes that `takes` lets through; those of bytes beyond ASCII only as whole characters of UTF-8.
template <class Takes>
static std::string unescape(std::string_view text, Takes takes) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const int byte = byte_of_escape(text, at);
    if (byte < 0) {
      out += text[at++];
      continue;
    }
    std::string bytes;
    for (size_t next = at; next < text.size() && bytes.size() < 4; next += 3) {
      const int more = byte_of_escape(text, next);
      if (more < 0) break;
      bytes += static_cast<char>(more);
    }
    const size_t length = utf8_length(bytes);
    if (length == 0 || !takes(std::string_view(bytes).substr(0, length))) {
      out += text.substr(at, 3);
      at += 3;
    } else {
      out += bytes.substr(0, length);
      at += 3 * length;
    }
  }
  return out;
}

std::string unescape_data(std::string_view text) {
  return unescape(text, [](std::string_view) { return true; });
}

std::string unescape_for_show(std::string_view text) {
  return unescape(text, [](std::string_view point) {
    const auto c = static_cast<unsigned char>(point[0]);
    if (c < 0x20 || c == 0x7F || (c == 0xC2 && static_cast<unsigned char>(point[1]) < 0xA0)) return false;
    return std::string_view("#$%&+,/;=?@\\").find(point[0]) == std::string_view::npos;
  });
}

// Parsing

static std::string_view without_blanks(std::string_view text) { return trim(text); }

// The length of "scheme", 0: none. One letter would be a drive.
static size_t scheme_length(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == text.npos || colon < 2 || !is_alpha(text[0])) return 0;
  const bool is_valid = std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon),
                                    [](char c) { return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; });
  return is_valid ? colon : 0;
}

static std::optional<int32_t> default_port(std::string_view scheme) {
  for (const uri_text::SchemePort& known : scheme_ports)
    if (known.scheme == scheme) return known.port;
  return std::nullopt;
}

static bool is_host_byte(char c) {
  return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

static bool read_host(std::string_view text, UriParts& out) {
  if (text.starts_with('[')) {
    const auto address = text.ends_with(']') ? parse_address(text.substr(1, text.size() - 2)) : std::nullopt;
    if (!address || !address->is_v6) return false;
    out.host = "[" + address_text(*address) + "]";
    return true;
  }
  if (!std::all_of(text.begin(), text.end(), is_host_byte) || text.starts_with('.') || text.find("..") != text.npos) return false;
  out.host = lower(text);
  return !text.empty() || out.scheme == "file";
}

static UriFault read_authority(std::string_view text, UriParts& out) {
  out.has_authority = true;
  if (const size_t at = text.rfind('@'); at != text.npos) {
    out.user_info = canonical_escapes(text.substr(0, at));
    text = text.substr(at + 1);
  }
  const size_t bracket = text.rfind(']'), colon = text.find(':', bracket == text.npos ? 0 : bracket);
  if (colon != text.npos) {
    const std::string_view digits = text.substr(colon + 1);
    const auto port = digits.empty() ? std::optional<uint64_t>(static_cast<uint64_t>(out.port)) : parse_unsigned(digits);
    if (!port || (!digits.empty() && *port > 65'535)) return UriFault::bad_port;
    out.is_default_port = static_cast<int32_t>(*port) == out.port;
    out.port = static_cast<int32_t>(*port);
    text = text.substr(0, colon);
  }
  return read_host(text, out) ? UriFault::none : UriFault::bad_host;
}

static std::string without_dot_segments(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const size_t end = path.find('/', 1);
    const std::string_view segment = path.substr(0, end);
    const bool is_last = end == path.npos;
    if (segment == "/..") {
      const size_t last = out.rfind('/');
      out.resize(last == out.npos ? 0 : last);
    }
    if (segment != "/." && segment != "/..")
      out += segment;
    else if (is_last)
      out += '/';
    path = is_last ? std::string_view() : path.substr(end);
  }
  return out;
}

UriFault parse_uri(std::string_view text, UriParts& out) {
  text = without_blanks(text);
  if (text.empty()) return UriFault::empty;
  const size_t length = scheme_length(text);
  if (length == 0) return UriFault::not_absolute;
  out.is_absolute = true;
  out.scheme = lower(text.substr(0, length));
  std::string_view rest = text.substr(length + 1);
  if (const size_t hash = rest.find('#'); hash != rest.npos) {
    out.fragment = rest.size() > hash + 1 ? "#" + canonical_escapes(rest.substr(hash + 1)) : "#";
    rest = rest.substr(0, hash);
  }
  if (const size_t mark = rest.find('?'); mark != rest.npos) {
    out.query = "?" + canonical_escapes(rest.substr(mark + 1));
    rest = rest.substr(0, mark);
  }
  const auto port = default_port(out.scheme);
  out.port = port.value_or(-1);
  std::string slashed(rest);
  if (port) std::replace(slashed.begin(), slashed.end(), '\\', '/');
  rest = slashed;
  if (!rest.starts_with("//")) {
    if (port) return UriFault::bad_host;
    out.path = canonical_escapes(rest);
    return UriFault::none;
  }
  const size_t slash = std::min(rest.find('/', 2), rest.size());
  if (const UriFault fault = read_authority(rest.substr(2, slash - 2), out); fault != UriFault::none) return fault;
  out.path = without_dot_segments(canonical_escapes(rest.substr(slash)));
  if (out.path.empty()) out.path = "/";
  return UriFault::none;
}

std::string resolve_reference(const UriParts& base, std::string_view reference) {
  reference = without_blanks(reference);
  const std::string user = base.user_info.empty() ? "" : base.user_info + "@";
  const std::string root = base.scheme + ":" + (base.has_authority ? "//" + user + base.authority() : "");
  if (reference.empty()) return root + base.path + base.query;
  if (reference.starts_with("//") || reference.starts_with("\\\\")) return base.scheme + ":" + std::string(reference);
  if (reference[0] == '/' || reference[0] == '\\') return root + std::string(reference);
  if (reference[0] == '?') return root + base.path + std::string(reference);
  if (reference[0] == '#') return root + base.path + base.query + std::string(reference);
  return root + base.path.substr(0, base.path.rfind('/') + 1) + std::string(reference);
}

}  // namespace gatelet::cs
