// find-and-replace: replaces a text in the body of the current message, byte for byte, wherever it stands (policies-b.md 3.8). An answer
// that streams past is changed on its way; the body of a request is held whole.
#include <algorithm>
#include <cstring>

#include "base/limits.hpp"
#include "policies/body_text.hpp"
#include "policies/elements.hpp"

namespace gatelet {

namespace {

size_t count_of(std::string_view text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

Buffer replaced(std::string_view text, std::string_view from, std::string_view to, size_t size) {
  Buffer made = Buffer::allocate(size);
  char* out = made.data();
  const auto put = [&](std::string_view part) {
    if (!part.empty()) std::memcpy(out, part.data(), part.size());
    out += part.size();
  };
  size_t done = 0;
  for (size_t at = text.find(from); at != std::string_view::npos; at = text.find(from, done)) {
    put(text.substr(done, at - done));
    put(to);
    done = at + from.size();
  }
  put(text.substr(done));
  return made;
}

// Keeps back what may be the beginning of the text.
class Replacing final : public BodyFilter {
 public:
  Replacing(std::string_view from, std::string_view to) : from_(from), to_(to) {}

  void feed(std::string_view bytes, std::string& out) override {
    kept_ += bytes;
    size_t done = 0;
    for (size_t at = kept_.find(from_); at != std::string::npos; at = kept_.find(from_, done)) {
      out.append(kept_, done, at - done).append(to_);
      done = at + from_.size();
    }
    const size_t undecided = std::min(kept_.size() - done, from_.size() - 1);
    out.append(kept_, done, kept_.size() - done - undecided);
    kept_.erase(0, kept_.size() - undecided);
  }
  void finish(bool is_complete, Instant, std::string& out) override {
    if (is_complete) out += kept_;
  }

 private:
  const std::string from_, to_;
  std::string kept_;
};

class FindAndReplace final : public Policy {
 public:
  explicit FindAndReplace(PolicyReader& in)
      : from_(in.required_text("from")), to_(in.required_text("to")), acts_on_response_(in.acts_on_response()) {
    if (in.has("from") && from_.literal() && from_.literal()->empty())
      in.error(DiagnosticCode::invalid_value, "'from' of 'find-and-replace' is empty; write the text that is to be found", in.at("from"));
  }

  uint8_t needs() const override {
    const uint8_t body = acts_on_response_ ? uint8_t{filters_response_body | decodes_response_body} : uint8_t{needs_request_body};
    return static_cast<uint8_t>(from_.needs() | to_.needs() | body);
  }

  Flow run(Context& context) const override {
    std::string_view from, to, text;
    if (!from_.get(context, from) || !to_.get(context, to)) return Flow::fail;
    if (from.empty()) return Flow::next;
    if (acts_on_response_ && context.filters_response()) return replace_on_the_way(context, from, to);
    const BodyTarget target = body_target(context, acts_on_response_);
    if (target.body.bytes.empty()) return Flow::next;
    if (!read_body_text(context, target, text)) return Flow::fail;
    const size_t count = count_of(text, from);
    if (count == 0) return Flow::next;
    const size_t size = text.size() - count * from.size() + count * to.size();
    if (size > transformed_body_bytes_max)
      return fail_transformation(context, "The body would grow beyond the limit by the replacements."), Flow::fail;
    replace_body(context, target, replaced(text, from, to, size));
    if (context.trace) context.tell("Replaced ", decimal(context.arena, static_cast<int64_t>(count)), " times.");
    return Flow::next;
  }

 private:
  static Flow replace_on_the_way(Context& context, std::string_view from, std::string_view to) {
    Response& response = context.response;
    if (!is_streamed_text(context, response.headers)) return Flow::fail;
    response.headers.remove(HeaderId::content_length);
    response.body.size = body_size_unknown;
    context.response_filters.add(std::make_unique<Replacing>(from, to));
    context.tell("The text is replaced while the body is sent.");
    return Flow::next;
  }

  TextValue from_;
  TextValue to_;
  bool acts_on_response_;
};

}  // namespace

std::unique_ptr<Policy> read_find_and_replace(PolicyReader& in) { return std::make_unique<FindAndReplace>(in); }

}  // namespace gatelet
