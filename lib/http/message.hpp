// Request and Response: what the gateway knows of a message between parsing and writing it again. Nothing of the received bytes is
// forwarded as it is but untouched header lines and body payload (reliability.md R-9).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/buffer.hpp"
#include "http/headers.hpp"
#include "http/url.hpp"

namespace gatelet {

// Standard methods as small numbers; any other token is `other`, its text is kept beside it.
enum class Method : uint8_t { other, get, head, post, put, delete_, connect, options, trace, patch };
Method method_from(std::string_view token);  // case-sensitive (RFC 9110 9.1)

inline constexpr uint64_t body_size_unknown = UINT64_MAX;

// A body is absent, still on the wire (the host streams it), or held in memory.
struct Body {
  enum class Kind : uint8_t { none, stream, bytes };
  Kind kind = Kind::none;
  uint64_t size = 0;  // announced or held; body_size_unknown for a chunked stream
  Buffer bytes;       // when held
  static Body from(Buffer held) { return {Kind::bytes, held.size(), std::move(held)}; }
};

struct Request {
  explicit Request(Arena& arena) noexcept : headers(arena) {}
  void keep(ArenaPast& past);
  Method method = Method::get;
  std::string_view method_text = "GET";
  Target target;  // canonical: what is matched is what policies see and what is sent
  std::string_view scheme = "http";
  std::string_view host;  // authority without port, lower-case
  uint16_t port = 0;
  uint8_t version_minor = 1;  // of HTTP/1.x
  Headers headers;
  Body body;
};

// RFC 9110 15 and the registry of status codes; empty when there is none.
std::string_view standard_reason(int status);

struct Response {
  explicit Response(Arena& arena) noexcept : headers(arena) {}
  void keep(ArenaPast& past);
  int status = 200;
  std::optional<std::string_view> reason;  // not set: the standard phrase; set and empty: none at all (set-status reason="")
  Headers headers;
  Body body;
  std::string_view phrase() const { return reason ? *reason : standard_reason(status); }
};

}  // namespace gatelet
