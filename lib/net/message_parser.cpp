#include "net/message_parser.hpp"

#include <cstring>

#include "http/headers.hpp"

namespace gatelet {

struct MessageParser::Callbacks {
  static MessageParser& of(llhttp_t* parser) { return *static_cast<MessageParser*>(parser->data); }
  static int text(llhttp_t* p, const char* at, size_t size) { return of(p).on_text(at, size); }
  static int name(llhttp_t* p, const char* at, size_t size) { return of(p).on_name(at, size); }
  static int value(llhttp_t* p, const char* at, size_t size) { return of(p).on_value(at, size); }
  static int extension(llhttp_t* p, const char*, size_t size) { return of(p).on_extension(size); }
  static int body(llhttp_t* p, const char* at, size_t size) {
    MessageParser& self = of(p);
    self.extension_size_ = 0;
    if (size != 0) self.payload_->emplace_back(at, size);
    return 0;
  }
  static int head_done(llhttp_t* p) {
    of(p).state_ = State::head_done;
    // Never a tunnel: an upgrade is a decision of ours, not of the parser.
    p->upgrade = 0;
    return HPE_PAUSED;
  }
  static int complete(llhttp_t* p) {
    of(p).state_ = State::complete;
    return HPE_PAUSED;
  }

  static llhttp_settings_t make(Side side) {
    llhttp_settings_t settings;
    llhttp_settings_init(&settings);
    if (side == Side::request) settings.on_url = text;
    if (side == Side::response) settings.on_status = text;
    settings.on_header_field = name;
    settings.on_header_value = value;
    settings.on_headers_complete = head_done;
    settings.on_chunk_extension_name = extension;
    settings.on_chunk_extension_value = extension;
    settings.on_body = body;
    settings.on_message_complete = complete;
    return settings;
  }
  static const llhttp_settings_t* settings(Side side) {
    static const llhttp_settings_t request = make(Side::request);
    static const llhttp_settings_t response = make(Side::response);
    return side == Side::request ? &request : &response;
  }
};

MessageParser::MessageParser(Side side) {
  llhttp_init(&llhttp_, side == Side::request ? HTTP_REQUEST : HTTP_RESPONSE, Callbacks::settings(side));
  llhttp_.data = this;
}

void MessageParser::begin() {
  llhttp_reset(&llhttp_);
  state_ = State::head;
  fault_ = ParseFault::none;
  begun_ = false;
  head_size_ = trailer_size_ = extension_size_ = 0;
  partial_.reset();
}

size_t MessageParser::parse_head(std::string_view bytes, RawHead& scratch) {
  if (bytes.empty()) return 0;
  begun_ = true;
  lines_ = partial_ ? &partial_->lines : &scratch;
  if (!partial_) lines_->field_count = lines_->text_size = 0;
  input_ = bytes.data();
  settle(llhttp_execute(&llhttp_, bytes.data(), bytes.size()));
  if (state_ == State::broken) {
    // A word that is no method we know differs from bytes that are no request line at all.
    if (fault_ == ParseFault::bad_method && (partial_ || !is_token(bytes.substr(0, bytes.find(' '))))) fault_ = ParseFault::syntax;
    return bytes.size();
  }

  const size_t used = state_ == State::head_done ? static_cast<size_t>(llhttp_.error_pos - bytes.data()) : bytes.size();
  if (head_size_ + used > header_block_bytes_max) return fail(ParseFault::head_too_large), used;
  if (state_ == State::head_done && !partial_) return whole_ = bytes.substr(0, used), used;
  if (!partial_) {
    partial_ = std::make_unique<Partial>();
    partial_->lines.text_at = scratch.text_at;
    partial_->lines.text_size = scratch.text_size;
    partial_->lines.field_count = scratch.field_count;
    std::memcpy(partial_->lines.fields, scratch.fields, scratch.field_count * sizeof(RawField));
    lines_ = &partial_->lines;
  }
  partial_->bytes.append(bytes.data(), used);
  head_size_ += static_cast<uint32_t>(used);
  return used;
}

size_t MessageParser::parse_body(std::string_view bytes, std::vector<std::string_view>& payload) {
  if (state_ == State::head_done) {
    llhttp_resume(&llhttp_);  // even without bytes: a body that lasts until the close has begun then
    state_ = State::body;
  } else if (state_ != State::body || bytes.empty()) {
    return 0;
  }
  payload_ = &payload;
  settle(llhttp_execute(&llhttp_, bytes.data(), bytes.size()));
  return state_ == State::complete ? static_cast<size_t>(llhttp_.error_pos - bytes.data()) : bytes.size();
}

void MessageParser::finish() {
  if (state_ == State::complete || state_ == State::broken) return;
  if (state_ == State::body) llhttp_finish(&llhttp_);
  if (state_ != State::complete) fail(ParseFault::truncated);
}

// What llhttp_execute said becomes a state. A pause is one of ours: the callbacks have set the state already.
void MessageParser::settle(llhttp_errno error) {
  if (error == HPE_OK || error == HPE_PAUSED) return;
  state_ = State::broken;
  if (fault_ != ParseFault::none) return;
  switch (error) {
    case HPE_INVALID_METHOD: fault_ = ParseFault::bad_method; break;
    case HPE_INVALID_VERSION: {
      // With a version that is right, what follows it is wrong: a bare LF, or more text.
      const bool is_known = llhttp_.http_major == 1 && llhttp_.http_minor <= 1;
      fault_ = is_known ? ParseFault::syntax : ParseFault::bad_version;
      break;
    }
    case HPE_PAUSED_H2_UPGRADE: fault_ = ParseFault::bad_version; break;
    default: fault_ = ParseFault::syntax;
  }
}

// A callback may bring a text in several pieces; pieces of one text follow each other without a gap, and texts of different lines never do.
int MessageParser::on_text(const char* at, size_t size) {
  const auto offset = static_cast<uint32_t>(head_size_ + static_cast<size_t>(at - input_));
  if (lines_->text_size == 0) lines_->text_at = offset;
  lines_->text_size += static_cast<uint32_t>(size);
  return lines_->text_size > target_bytes_max ? refuse(ParseFault::target_too_long) : 0;
}

int MessageParser::on_name(const char* at, size_t size) {
  if (state_ != State::head) {
    trailer_size_ += static_cast<uint32_t>(size);
    return trailer_size_ > header_block_bytes_max ? refuse(ParseFault::trailers_too_large) : 0;
  }
  const auto offset = static_cast<uint32_t>(head_size_ + static_cast<size_t>(at - input_));
  RawHead& lines = *lines_;
  if (lines.field_count != 0) {
    RawField& last = lines.fields[lines.field_count - 1];
    if (last.name_at + last.name_size == offset) return last.name_size += static_cast<uint32_t>(size), 0;
  }
  if (lines.field_count == header_lines_max) return refuse(ParseFault::too_many_lines);
  lines.fields[lines.field_count++] = {offset, static_cast<uint32_t>(size), offset, 0};
  return 0;
}

int MessageParser::on_value(const char* at, size_t size) {
  if (state_ != State::head) {
    trailer_size_ += static_cast<uint32_t>(size);
    return trailer_size_ > header_block_bytes_max ? refuse(ParseFault::trailers_too_large) : 0;
  }
  RawField& field = lines_->fields[lines_->field_count - 1];
  const auto offset = static_cast<uint32_t>(head_size_ + static_cast<size_t>(at - input_));
  if (field.value_size == 0) field.value_at = offset;
  if (field.value_at + field.value_size != offset) return refuse(ParseFault::syntax);
  field.value_size += static_cast<uint32_t>(size);
  return 0;
}

int MessageParser::on_extension(size_t size) {
  extension_size_ += static_cast<uint32_t>(size);
  return extension_size_ > chunk_extension_bytes_max ? refuse(ParseFault::chunk_extension_too_large) : 0;
}

}  // namespace gatelet
