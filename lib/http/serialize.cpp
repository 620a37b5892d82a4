// Message heads, written.
#include "http/serialize.hpp"

#include <cassert>
#include <charconv>
#include <cstring>

namespace gatelet {
namespace {

constexpr size_t length_digits_max = 20;  // of a 64-bit number
constexpr std::string_view close_line = "Connection: close\r\n";
constexpr std::string_view chunked_line = "Transfer-Encoding: chunked\r\n";

// Most names and many values are shorter than a call of memcpy is worth.
char* put(char* out, std::string_view text) {
  const char* in = text.data();
  const size_t size = text.size();
  if (size > 16) {
    std::memcpy(out, in, size);
  } else if (size >= 8) {
    uint64_t first, last;
    std::memcpy(&first, in, 8);
    std::memcpy(&last, in + size - 8, 8);
    std::memcpy(out, &first, 8);
    std::memcpy(out + size - 8, &last, 8);
  } else if (size >= 4) {
    uint32_t first, last;
    std::memcpy(&first, in, 4);
    std::memcpy(&last, in + size - 4, 4);
    std::memcpy(out, &first, 4);
    std::memcpy(out + size - 4, &last, 4);
  } else {
    for (size_t i = 0; i < size; ++i) out[i] = in[i];
  }
  return out + size;
}

char* put_line(char* out, std::string_view name, std::string_view value) {
  out = put(out, name);
  out = put(out, ": ");
  out = put(out, value);
  return put(out, "\r\n");
}

// The gateway alone says these: framing fields, and in requests Host.
bool is_framing_field(HeaderId id, const Framing& framing) {
  return (flags_of(id) & header_fixed) != 0 || (id == HeaderId::upgrade && !framing.upgrade.empty());
}

size_t framing_bytes_max(const Framing& framing) {
  constexpr size_t names = sizeof "Content-Length: \r\nConnection: Upgrade, close\r\nUpgrade: \r\n\r\n";
  return names + chunked_line.size() + length_digits_max + framing.upgrade.size();
}

size_t header_bytes_max(const Headers& headers) {
  size_t size = 0;
  for (const HeaderField& field : headers.fields()) size += field.name.size() + field.value.size() + 4;
  return size;
}

char* put_framing(char* out, const Framing& framing) {
  if (framing.kind == Framing::Kind::length) {
    out = put(out, "Content-Length: ");
    out = std::to_chars(out, out + length_digits_max, framing.length).ptr;
    out = put(out, "\r\n");
  } else if (framing.kind == Framing::Kind::chunked) {
    out = put(out, chunked_line);
  }
  if (!framing.upgrade.empty()) {
    out = put(out, "Connection: Upgrade\r\n");
    return put_line(out, "Upgrade", framing.upgrade);
  }
  return framing.keep_alive && framing.kind != Framing::Kind::close ? out : put(out, close_line);
}

// Policies check their reason; this keeps a head whole even when something else did not.
std::string_view safe_phrase(const Response& response) {
  return response.reason && !is_field_value(*response.reason) ? standard_reason(response.status) : response.phrase();
}

}  // namespace

size_t request_head_bytes_max(const RequestLine& line, const Headers& headers, const Framing& framing, std::string_view extra_lines) {
  constexpr size_t fixed = sizeof "  ? HTTP/1.1\r\nHost: \r\n\r\n";
  return fixed + line.method.size() + line.path.size() + line.query.size() + line.host.size() + header_bytes_max(headers) +
         framing_bytes_max(framing) + extra_lines.size();
}

size_t response_head_bytes_max(const Response& response, const Framing& framing, std::string_view date) {
  constexpr size_t fixed = sizeof "HTTP/1.1 200 \r\nDate: \r\n\r\n";
  return fixed + safe_phrase(response).size() + header_bytes_max(response.headers) + framing_bytes_max(framing) + date.size();
}

char* write_request_head(char* out, const RequestLine& line, const Headers& headers, const Framing& framing, std::string_view extra_lines) {
  out = put(out, line.method);
  *out++ = ' ';
  out = put(out, line.path);
  if (line.has_query) *out++ = '?';
  out = put(out, line.query);
  out = put(out, " HTTP/1.1\r\n");
  out = put_line(out, "Host", line.host);
  for (const HeaderField& field : headers.fields())
    if (field.id != HeaderId::host && !is_framing_field(field.id, framing)) out = put_line(out, field.name, field.value);
  out = put(out, extra_lines);
  out = put_framing(out, framing);
  return put(out, "\r\n");
}

char* write_response_head(char* out, const Response& response, const Framing& framing, std::string_view date) {
  assert(response.status >= 100 && response.status <= 999);
  out = put(out, "HTTP/1.1 ");
  out = std::to_chars(out, out + 3, response.status).ptr;
  *out++ = ' ';
  out = put(out, safe_phrase(response));
  out = put(out, "\r\n");
  bool has_date = date.empty();
  for (const HeaderField& field : response.headers.fields()) {
    if (is_framing_field(field.id, framing)) continue;
    has_date |= field.id == HeaderId::date;
    out = put_line(out, field.name, field.value);
  }
  if (!has_date) out = put_line(out, "Date", date);
  out = put_framing(out, framing);
  return put(out, "\r\n");
}

}  // namespace gatelet
