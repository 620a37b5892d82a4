// Message heads written into bytes of the caller, in one pass and without allocation (R-9: always from the model, never as received).
// The caller reserves …_head_bytes_max() bytes, then writes; several lines of one name stay several lines.
#pragma once

#include <cstdint>
#include <string_view>

#include "http/message.hpp"

namespace gatelet {

// How the body of a message is delimited and what becomes of its connection. It is written by the gateway alone: lines Connection,
// Keep-Alive, Content-Length and Transfer-Encoding among the headers are skipped.
struct Framing {
  enum class Kind : uint8_t {
    none,     // no body and no framing field: most requests, 204, 304, 101
    length,   // Content-Length
    chunked,  // Transfer-Encoding: chunked
    close,    // until the connection closes
  };
  Kind kind = Kind::none;
  uint64_t length = 0;
  bool keep_alive = true;    // false adds Connection: close
  std::string_view upgrade;  // not empty: Connection: Upgrade and Upgrade with this value
};

struct RequestLine {
  std::string_view method;
  std::string_view path;
  std::string_view query;
  bool has_query = false;
  std::string_view host;  // what the Host line says; a line Host among the headers is skipped
};

// `extra_lines` are whole lines with their CRLF, made by the gateway (X-Forwarded-For). A response without Date gets `date` unless it is
// empty.
size_t request_head_bytes_max(const RequestLine& line, const Headers& headers, const Framing& framing, std::string_view extra_lines);
size_t response_head_bytes_max(const Response& response, const Framing& framing, std::string_view date);

// Both return the end of what they wrote.
char* write_request_head(char* out, const RequestLine& line, const Headers& headers, const Framing& framing, std::string_view extra_lines);
char* write_response_head(char* out, const Response& response, const Framing& framing, std::string_view date);

}  // namespace gatelet
