#include "net/request_head.hpp"

#include "base/text.hpp"
#include "net/framing_fields.hpp"

namespace gatelet {
namespace {

std::string_view without_trailing_blanks(std::string_view value) {
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
  return value;
}

// What is collected in the one pass over the lines.
struct RequestLines {
  FramingFields framing;
  uint32_t host_count = 0;
  std::string_view host;
  std::string_view expect;
  std::string_view upgrade;
  bool has_hop_by_hop = false;
};

void collect_lines(const MessageParser& parser, std::string_view head, Headers& headers, RequestLines& out) {
  const RawHead& raw = parser.lines();
  for (uint32_t i = 0; i < raw.field_count; ++i) {
    const RawField& field = raw.fields[i];
    const std::string_view name = field.name(head);
    const std::string_view value = without_trailing_blanks(field.value(head));
    const HeaderId id = header_id(name);
    headers.add_received({name, value, id});
    if (id == HeaderId::host) {
      ++out.host_count;
      out.host = value;
    } else if (id == HeaderId::content_length) {
      out.framing.add_length(value);
    } else if (id != HeaderId::other && flags_of(id) & header_hop) {
      out.has_hop_by_hop = true;
      if (id == HeaderId::transfer_encoding) out.framing.add_coding(value);
      if (id == HeaderId::expect) out.expect = value;
      if (id == HeaderId::upgrade) out.upgrade = value;
    }
  }
}

// The request line byte for byte: METHOD SP target SP "HTTP/1." digit CRLF, after at most one empty line (RFC 9112 2.2, 3).
Refusal check_request_line(const MessageParser& parser, std::string_view head, Request& request) {
  const uint32_t target_at = parser.lines().text_at;
  const size_t start = head.starts_with("\r\n") ? 2 : 0;
  const std::string_view after = head.substr(target_at + parser.lines().text_size);
  if (parser.version_major() != 1 || parser.version_minor() > 1) return refusal_from(ParseFault::bad_version, {});
  if (target_at < start + 2 || head[target_at - 1] != ' ') return {400, "The request line is malformed.", {}};
  const std::string_view method = head.substr(start, target_at - 1 - start);
  const std::string_view version = parser.version_minor() == 1 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n";
  if (!is_token(method) || !after.starts_with(version)) return {400, "The request line is malformed.", {}};
  request.method_text = method;
  request.method = method_from(method);
  request.version_minor = parser.version_minor();
  return {};
}

Refusal check_framing(const FramingFields& framing, Request& request, RequestHead& out) {
  if (framing.coding_count != 0) {
    if (request.version_minor == 0) return {400, "Transfer-Encoding is not part of HTTP/1.0.", {}};
    if (framing.length_count != 0) return {400, "A request has Content-Length or Transfer-Encoding, not both.", {}};
    if (framing.coding_count > 1) return {400, "Transfer-Encoding is given twice.", {}};
    if (!framing.is_chunked)
      return {framing.is_coding_well_formed ? 501 : 400, "The only transfer coding that is understood is 'chunked'.", {}};
    request.body = {Body::Kind::stream, body_size_unknown, {}};
  } else if (framing.length_count != 0) {
    if (framing.length_count > 1) return {400, "Content-Length is given twice.", {}};
    if (!framing.is_length_valid) return {400, "Content-Length is not a decimal number.", {}};
    if (framing.length != 0) request.body = {Body::Kind::stream, framing.length, {}};
  }
  out.has_body = request.body.kind != Body::Kind::none;
  return {};
}

Refusal check_host(const RequestLines& lines, std::string_view default_host, Arena& arena, Request& request) {
  if (lines.host_count > 1) return {400, "Host is given twice.", {}};
  Authority authority;
  if (lines.host_count == 0) {
    if (request.version_minor == 1) return {400, "A request of HTTP/1.1 needs a Host header.", {}};
    authority.host = default_host;
  } else if (!parse_authority(lines.host, arena, authority)) {
    return {400, "The Host header is not a host name with an optional port.", {}};
  }
  request.host = authority.host;
  request.port = authority.port;
  return {};
}

// The absolute form names the same authority as Host, then only what stands behind it counts (R-7).
Refusal strip_absolute_form(std::string_view& target, size_t scheme_size, const Request& request, Arena& arena) {
  const uint16_t default_port = scheme_size == std::string_view("https://").size() ? 443 : 80;
  const auto or_default = [&](uint16_t port) { return port == 0 ? default_port : port; };
  const std::string_view rest = target.substr(scheme_size);
  const size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  Authority authority;
  if (!parse_authority(rest.substr(0, end), arena, authority)) return {400, "The authority in the request target is malformed.", {}};
  if (authority.host != request.host || or_default(authority.port) != or_default(request.port))
    return {400, "The request target names another host than the Host header.", {}};
  target = rest.substr(end);
  if (target.empty() || target.front() != '/') target = arena.concat("/", target);
  return {};
}

Refusal check_target(std::string_view target, Arena& arena, Request& request, RequestHead& out) {
  if (request.method == Method::connect) return {501, "CONNECT is not served: this is a gateway, not a tunnel.", {}};
  if (target == "*") {
    if (request.method != Method::options) return {400, "The request target '*' is for OPTIONS alone.", {}};
    out.is_server_options = true;
    return {};
  }
  for (std::string_view scheme : {std::string_view("http://"), std::string_view("https://")}) {
    if (!starts_with_ignoring_case(target, scheme)) continue;
    if (Refusal refusal = strip_absolute_form(target, scheme.size(), request, arena)) return refusal;
    break;
  }
  const TargetFault fault = canonicalize(target, arena, request.target);
  if (fault != TargetFault::none) return {400, message_of(fault), {}};
  return {};
}

Refusal check_expect(std::string_view expect, const Request& request, RequestHead& out) {
  if (expect.empty() || request.version_minor == 0) return {};
  if (!equal_ignoring_case(expect, "100-continue")) return {417, "The only expectation that is understood is '100-continue'.", {}};
  out.expects_continue = out.has_body;
  return {};
}

// A WebSocket handshake that cannot succeed is not forwarded as if it were an ordinary request (A-11).
Refusal check_upgrade(const RequestLines& lines, const Headers& headers) {
  if (lines.upgrade.empty() || !equal_ignoring_case(lines.upgrade, "websocket") || !headers.has_connection_option("upgrade")) return {};
  if (headers.get("Sec-WebSocket-Version") != "13")
    return {426, "The only WebSocket version that is understood is 13.", "Sec-WebSocket-Version: 13\r\n"};
  if (headers.get("Sec-WebSocket-Key").empty()) return {400, "The WebSocket handshake has no Sec-WebSocket-Key.", {}};
  return {};
}

}  // namespace

Refusal read_request_head(const MessageParser& parser, std::string_view head, std::string_view default_host, Arena& arena, Request& request,
                          RequestHead& out) {
  if (Refusal refusal = check_request_line(parser, head, request)) return refusal;
  RequestLines lines;
  collect_lines(parser, head, request.headers, lines);
  if (Refusal refusal = check_framing(lines.framing, request, out)) return refusal;
  if (Refusal refusal = check_host(lines, default_host, arena, request)) return refusal;
  const std::string_view target = head.substr(parser.lines().text_at, parser.lines().text_size);
  if (Refusal refusal = check_target(target, arena, request, out)) return refusal;
  // HTTP/1.0 connections are closed after the answer: keeping them was never specified well (RFC 9112 C.2.2).
  out.keep_alive = request.version_minor == 1;
  if (!lines.has_hop_by_hop) return {};
  if (Refusal refusal = check_expect(lines.expect, request, out)) return refusal;
  if (Refusal refusal = check_upgrade(lines, request.headers)) return refusal;
  if (request.headers.has_connection_option("close")) out.keep_alive = false;
  request.headers.remove_hop_by_hop();
  return {};
}

}  // namespace gatelet
