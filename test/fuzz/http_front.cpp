// The HTTP front: whatever bytes a client sends, they are read the same way whole and one byte at a time; a head is either refused with a
// 4xx or 5xx or becomes a request that can be written again without splitting a line; body bytes are never more than were sent.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "net/request_head.hpp"
#include "property.hpp"

using namespace gatelet;
using namespace gatelet::fuzz;

namespace {

// What a stream of bytes was read as: one line per request, its body, and how it ended.
class Reading {
 public:
  explicit Reading(std::string_view bytes, size_t step) {
    parser_.begin();
    for (size_t at = 0; at < bytes.size() && !is_over_; at += step) feed(bytes.substr(at, step));
    text_ += "end";
  }
  const std::string& text() const { return text_; }

 private:
  void feed(std::string_view bytes) {
    while (!bytes.empty() && !is_over_) {
      const size_t taken = in_body_ ? take_body(bytes) : take_head(bytes);
      require(taken <= bytes.size());
      bytes.remove_prefix(taken);
      if (parser_.state() == MessageParser::State::broken) refuse(refusal_from(parser_.fault(), {}));
      if (parser_.state() == MessageParser::State::complete) next();
    }
  }

  size_t take_head(std::string_view bytes) {
    const size_t taken = parser_.parse_head(bytes, scratch_);
    if (parser_.state() != MessageParser::State::head_done) return taken;
    arena_.clear();
    Request request(arena_);
    RequestHead head;
    const Refusal refusal = read_request_head(parser_, arena_.copy(parser_.head()), "fallback", arena_, request, head);
    if (refusal) return refuse(refusal), taken;
    check(request);
    text_ += std::string(request.method_text) + " " + std::string(request.target.path) + "\n";
    in_body_ = head.has_body;
    if (!head.has_body) parser_.skip_body();
    if (!head.keep_alive) closes_ = true;
    return taken;
  }

  size_t take_body(std::string_view bytes) {
    std::vector<std::string_view> payload;
    const size_t taken = parser_.parse_body(bytes, payload);
    size_t total = 0;
    for (const std::string_view part : payload) total += part.size(), text_ += part;
    require(total <= bytes.size());
    return taken;
  }

  void check(const Request& request) {
    require(is_token(request.method_text));
    require(request.target.path.starts_with('/') && is_line_clean(request.target.path) && is_line_clean(request.target.query));
    require(is_line_clean(request.host) && request.host.find_first_of("@/ ") == std::string_view::npos);
    require(request.headers.count() <= header_lines_max);
    for (const HeaderField& field : request.headers.fields()) require(is_token(field.name) && is_line_clean(field.value));
  }

  void next() {
    text_ += "\n";
    in_body_ = false;
    if (closes_) return end("close");
    parser_.begin();
  }

  // Which 4xx or 5xx it is may depend on how much of a wrong method was seen at once.
  void refuse(const Refusal& refusal) {
    require(refusal.status >= 400 && refusal.status < 600);
    end("refused");
  }

  void end(const std::string& how) {
    text_ += how;
    is_over_ = true;
  }

  MessageParser parser_{MessageParser::Side::request};
  RawHead scratch_;
  Arena arena_;
  std::string text_;
  bool in_body_ = false, closes_ = false, is_over_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(text_of(data, size));
  const Reading whole(bytes, bytes.size() + 1);
  const Reading by_byte(bytes, 1);
  require(whole.text() == by_byte.text());
  return 0;
}
