// The body of the message that a policy acts on, as text in UTF-8, and another one in its place (policies-b.md 2.1, 2.2).
#pragma once

#include <cstring>

#include "policy/policy.hpp"

namespace gatelet {

struct BodyTarget {
  Body& body;
  Headers& headers;
};

inline BodyTarget body_target(Context& context, bool is_response) {
  return is_response ? BodyTarget{context.response.body, context.response.headers}
                     : BodyTarget{context.request.body, context.request.headers};
}
inline uint8_t body_need(bool is_response) { return is_response ? needs_response_body : needs_request_body; }

// The body's bytes without the content codings that its headers name. False: context.fail() was called: a coding is not known, the bytes
// are damaged or too many; `out` means nothing then.
bool read_body_bytes(Context& context, const BodyTarget& target, std::string_view& out);
// Those bytes as text. False: the charset is not known. A view of them where they are UTF-8 already; without a byte order mark.
bool read_as_text(Context& context, const Headers& headers, std::string_view bytes, std::string_view& out);
// Both. Without a body the text is empty.
bool read_body_text(Context& context, const BodyTarget& target, std::string_view& out);
// Whether a body that streams past is text of one byte a character at least, in UTF-8. False: context.fail() was called.
bool is_streamed_text(Context& context, const Headers& headers);
// The old lines of length and coding go, a charset that Content-Type names becomes utf-8.
void replace_body(Context& context, const BodyTarget& target, Buffer text);

// Writes the text of a body that takes the old one's place. What is beyond transformed_body_bytes_max is dropped.
class BodyWriter {
 public:
  void put(std::string_view text) {
    if (text.size() > buffer_.size() - size_ && !grow(text.size())) return;
    if (!text.empty()) std::memcpy(buffer_.data() + size_, text.data(), text.size());
    size_ += text.size();
  }
  bool is_too_large() const { return is_too_large_; }
  Buffer finish() {
    buffer_.truncate(size_);
    return std::move(buffer_);
  }

 private:
  bool grow(size_t more);

  Buffer buffer_;
  size_t size_ = 0;
  bool is_too_large_ = false;
};

// False: context.fail() was called; a body of the wrong form, or one that grew too large.
bool fail_body(Context& context, std::string_view message);
bool fail_transformation(Context& context, std::string_view message);

// "application/json; charset=x" → "application/json", in its own case.
std::string_view media_type(std::string_view content_type);
bool is_json_type(std::string_view media_type);
bool is_xml_type(std::string_view media_type);
// The media type of the kind that the request's Accept names and wants most; empty: it asks for none. Ranges such as */* do not count
// (policies-b.md 3.12).
std::string_view accepted_type(const Context& context, bool (*is_kind)(std::string_view media_type));

}  // namespace gatelet
