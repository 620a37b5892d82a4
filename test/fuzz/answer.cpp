// A backend's answer as the HTTP client reads it: the same whole and one byte at a time; it is refused with a reason, or its head can be
// written again without splitting a line and its body is never more than was sent. An input that begins with "!" answers a HEAD request.
#include <string>
#include <vector>

#include "http/serialize.hpp"
#include "net/refusal.hpp"
#include "net/response_head.hpp"
#include "property.hpp"

using namespace gatelet;
using namespace gatelet::fuzz;

namespace {

class Reading {
 public:
  Reading(std::string_view bytes, size_t step, bool is_for_head) : is_for_head_(is_for_head) {
    parser_.begin();
    for (size_t at = 0; at < bytes.size() && !is_over_; at += step) feed(bytes.substr(at, step));
    if (!is_over_) close();
  }
  const std::string& text() const { return text_; }

 private:
  void feed(std::string_view bytes) {
    while (!bytes.empty() && !is_over_) {
      const size_t taken = in_body_ ? take_body(bytes) : take_head(bytes);
      require(taken <= bytes.size());
      bytes.remove_prefix(taken);
      if (parser_.state() == MessageParser::State::broken) refuse(response_fault_text(parser_.fault(), parser_.reason()));
      if (!is_over_ && parser_.state() == MessageParser::State::complete) end("complete");
    }
  }

  size_t take_head(std::string_view bytes) {
    const size_t taken = parser_.parse_head(bytes, scratch_);
    if (parser_.state() != MessageParser::State::head_done) return taken;
    Response response(arena_);
    ResponseHead facts;
    const std::string_view fault = read_response_head(parser_, arena_.copy(parser_.head()), is_for_head_, response, facts);
    if (!fault.empty()) return refuse(fault), taken;
    check(response, facts);
    text_ += std::to_string(response.status) + " " + std::string(response.phrase()) + "\n";
    if (facts.is_interim) {
      if (++interim_count_ > interim_responses_max) return end("interim"), taken;
      parser_.begin();
      return taken;
    }
    in_body_ = facts.has_body;
    if (!facts.has_body) parser_.skip_body();
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

  void check(const Response& response, const ResponseHead& facts) {
    require(response.status >= 100 && response.status <= 599 && response.status != 101 && facts.is_interim == (response.status < 200));
    require(!facts.has_body || (response.status >= 200 && response.status != 204 && response.status != 304 && !is_for_head_));
    require(is_line_clean(response.phrase()) && response.headers.count() <= header_lines_max);
    for (const HeaderField& field : response.headers.fields()) require(is_token(field.name) && is_field_value(field.value));
    const Framing framing{Framing::Kind::chunked, 0, true, {}};
    std::string head(response_head_bytes_max(response, framing, {}), '\0');
    head.resize(static_cast<size_t>(write_response_head(head.data(), response, framing, {}) - head.data()));
    require(head.find("\r\n\r\n") == head.size() - 4);
  }

  // The backend ends its side.
  void close() {
    if (parser_.state() == MessageParser::State::head_done) parser_.skip_body();
    parser_.finish();
    end(parser_.state() == MessageParser::State::complete ? "complete" : "truncated");
  }

  void refuse(std::string_view fault) {
    require(!fault.empty());
    end("refused");
  }
  void end(const std::string& how) {
    text_ += how;
    is_over_ = true;
  }

  MessageParser parser_{MessageParser::Side::response};
  RawHead scratch_;
  Arena arena_;
  std::string text_;
  uint32_t interim_count_ = 0;
  bool is_for_head_, in_body_ = false, is_over_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = text_of(data, size);
  const bool is_for_head = text.starts_with('!');
  const std::string bytes(text.substr(is_for_head ? 1 : 0));
  const Reading whole(bytes, bytes.size() + 1, is_for_head);
  require(whole.text() == Reading(bytes, 1, is_for_head).text());
  require(whole.text() == Reading(bytes, 7, is_for_head).text());
  return 0;
}
