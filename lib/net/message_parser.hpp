// MessageParser: llhttp, without any of its lenient flags, for requests and responses. It finds the lines of a head and the payload of a
// body; what llhttp leaves open is checked by request_head and response_head. A head that arrives in pieces is gathered here; a head that
// arrives whole is not copied.
#pragma once

#include <llhttp.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.hpp"

namespace gatelet {

enum class ParseFault : uint8_t {
  none,
  syntax,
  bad_method,
  bad_version,
  target_too_long,
  head_too_large,
  too_many_lines,
  chunk_extension_too_large,
  trailers_too_large,
  truncated,
};

// Offsets into the bytes of the head.
struct RawField {
  uint32_t name_at = 0, name_size = 0;
  uint32_t value_at = 0, value_size = 0;
  std::string_view name(std::string_view head) const { return {head.data() + name_at, name_size}; }
  std::string_view value(std::string_view head) const { return {head.data() + value_at, value_size}; }
};

struct RawHead {
  uint32_t text_at = 0, text_size = 0;  // the target of a request, the reason of a response
  uint32_t field_count = 0;
  RawField fields[header_lines_max];
};

class MessageParser {
 public:
  enum class Side : uint8_t { request, response };
  enum class State : uint8_t { head, head_done, body, complete, broken };

  explicit MessageParser(Side side);
  MessageParser(const MessageParser&) = delete;
  MessageParser& operator=(const MessageParser&) = delete;

  // The next message begins.
  void begin();
  // Reads on in a head and returns how many bytes it took. With State::head_done head() and lines() are valid until the next call; they may
  // be `bytes` and `scratch` themselves.
  size_t parse_head(std::string_view bytes, RawHead& scratch);
  std::string_view head() const { return partial_ ? std::string_view(partial_->bytes) : whole_; }
  const RawHead& lines() const { return *lines_; }
  // After head_done, when the caller has found that a body follows. Appends views of its payload, which point into `bytes`.
  size_t parse_body(std::string_view bytes, std::vector<std::string_view>& payload);
  // After head_done, when there is none.
  void skip_body() { state_ = State::complete; }
  // The peer will send nothing more: a body that lasts until the close is complete, anything else is truncated.
  void finish();
  void fail(ParseFault fault) {
    state_ = State::broken;
    fault_ = fault;
  }

  State state() const { return state_; }
  ParseFault fault() const { return fault_; }
  // What llhttp says about ParseFault::syntax; a static text.
  std::string_view reason() const { return llhttp_.reason ? llhttp_.reason : ""; }
  bool has_begun() const { return begun_; }  // bytes of a head were seen
  uint8_t version_major() const { return llhttp_.http_major; }
  uint8_t version_minor() const { return llhttp_.http_minor; }
  int status() const { return llhttp_.status_code; }

 private:
  struct Partial {
    RawHead lines;
    std::string bytes;
  };
  struct Callbacks;

  void settle(llhttp_errno error);
  int on_text(const char* at, size_t size);
  int on_name(const char* at, size_t size);
  int on_value(const char* at, size_t size);
  int on_extension(size_t size);
  int refuse(ParseFault fault) {
    fault_ = fault;
    return HPE_USER;
  }

  llhttp_t llhttp_;
  State state_ = State::head;
  ParseFault fault_ = ParseFault::none;
  bool begun_ = false;
  uint32_t head_size_ = 0;  // bytes of this head in earlier pieces
  uint32_t trailer_size_ = 0;
  uint32_t extension_size_ = 0;
  const char* input_ = nullptr;
  RawHead* lines_ = nullptr;
  std::vector<std::string_view>* payload_ = nullptr;
  std::string_view whole_;
  std::unique_ptr<Partial> partial_;
};

}  // namespace gatelet
