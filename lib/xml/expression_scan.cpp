#include "xml/expression_scan.hpp"

#include <array>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace gatelet {
namespace {

// Walks code; strings, characters and comments are skipped as units. Only the bracket kind that opened the expression counts (the other
// kinds are the compiler's business), so that a forgotten ')' inside "@{ }" still ends where its author meant it to.
class ExpressionScanner {
 public:
  ExpressionScanner(std::string_view text, size_t at, std::vector<TextRange>* literals) : text_(text), at_(at), literals_(literals) {}
  ExpressionScan scan();

 private:
  // The code around an interpolated string, kept while one of the string's holes is read.
  struct Outer {
    char open, close;
    size_t depth, other_brackets;
    bool verbatim;
  };

  bool at_text(size_t offset, std::string_view expected) const { return text_.substr(offset, expected.size()) == expected; }
  void add_literal(size_t begin) {
    if (literals_) literals_->push_back({begin, at_});
  }
  void step();
  void step_slash();
  void step_apostrophe();
  void step_prefix();
  void read_string(size_t begin, bool verbatim);
  void read_interpolated(size_t begin, bool verbatim);
  void enter_hole(bool verbatim);
  void leave_hole();
  void read_format();
  size_t character_length() const;

  std::string_view text_;
  size_t at_;
  std::vector<TextRange>* literals_;
  char open_ = 0;
  char close_ = 0;
  size_t depth_ = 0;
  size_t other_brackets_ = 0;
  std::array<Outer, expression_holes_max> outer_{};
  size_t outer_count_ = 0;
  bool failed_ = false;
};

ExpressionScan ExpressionScanner::scan() {
  if (!starts_expression(text_, at_)) return {std::string_view::npos, at_};
  open_ = text_[at_ + 1];
  close_ = open_ == '(' ? ')' : '}';
  depth_ = 1;
  at_ += 2;
  while (at_ < text_.size() && !failed_) {
    const char c = text_[at_];
    if (c == open_) {
      ++depth_;
      ++at_;
    } else if (c == close_) {
      ++at_;
      if (--depth_ != 0) continue;
      if (outer_count_ == 0) return {at_, at_};
      leave_hole();
    } else {
      step();
    }
  }
  return {std::string_view::npos, at_ < text_.size() ? at_ : text_.size()};
}

void ExpressionScanner::step() {
  switch (text_[at_]) {
    case '"': return read_string(at_, false);
    case '@':
    case '$': return step_prefix();
    case '\'': return step_apostrophe();
    case '/': return step_slash();
    case ':': return read_format();
    case '(':
    case '[': ++other_brackets_; break;
    case ')':
    case ']': other_brackets_ -= other_brackets_ == 0 ? 0 : 1; break;
    case '<':
      // No C# has "</" before a letter: the element ends here and the expression does not.
      if (at_ + 2 < text_.size() && text_[at_ + 1] == '/' && is_alpha(text_[at_ + 2])) failed_ = true;
      break;
    default: break;
  }
  if (!failed_) ++at_;
}

void ExpressionScanner::step_slash() {
  if (at_text(at_, "//")) {
    at_ = text_.find_first_of("\r\n", at_);
  } else if (at_text(at_, "/*")) {
    const size_t end = text_.find("*/", at_ + 2);
    at_ = end == std::string_view::npos ? end : end + 2;
  } else {
    ++at_;
  }
}

// A lone apostrophe that begins no character literal is skipped: it stands in a text that the compiler will refuse with a better message.
void ExpressionScanner::step_apostrophe() {
  const size_t length = character_length();
  if (length == 0) {
    ++at_;
    return;
  }
  const size_t begin = at_;
  at_ += length;
  add_literal(begin);
}

size_t ExpressionScanner::character_length() const {
  constexpr size_t escape_digits_max = 8;  // '\U00000041'
  size_t end = at_ + 1;
  if (end >= text_.size() || text_[end] == '\'' || text_[end] == '\n' || text_[end] == '\r') return 0;
  if (text_[end] == '\\') {
    end += 2;
    for (size_t i = 0; i < escape_digits_max && end < text_.size() && hex_value(text_[end]) >= 0; ++i) ++end;
  } else {
    ++end;
    while (end < text_.size() && (static_cast<unsigned char>(text_[end]) & 0xC0) == 0x80 && end - at_ < 5) ++end;
  }
  return end < text_.size() && text_[end] == '\'' ? end + 1 - at_ : 0;
}

void ExpressionScanner::step_prefix() {
  const size_t begin = at_;
  const bool two = at_text(at_, "$@\"") || at_text(at_, "@$\"");
  if (!two && !(at_ + 1 < text_.size() && text_[at_ + 1] == '"')) {
    ++at_;
    return;
  }
  const bool interpolated = two || text_[at_] == '$';
  const bool verbatim = two || text_[at_] == '@';
  at_ += two ? 2 : 1;
  if (!interpolated) return read_string(begin, verbatim);
  ++at_;
  read_interpolated(begin, verbatim);
}

// From the opening quote to behind the closing one.
void ExpressionScanner::read_string(size_t begin, bool verbatim) {
  ++at_;
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (verbatim ? at_text(at_, "\"\"") : c == '\\') {
      at_ += 2;
    } else {
      ++at_;
      if (c == '"') return add_literal(begin);
    }
  }
}

// From inside an interpolated string to behind its closing quote, or into its next hole.
void ExpressionScanner::read_interpolated(size_t begin, bool verbatim) {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    const bool doubled = at_ + 1 < text_.size() && text_[at_ + 1] == c;
    if ((c == '\\' && !verbatim) || (doubled && (c == '{' || c == '}' || (c == '"' && verbatim)))) {
      at_ += 2;
      continue;
    }
    if (c == '{') {
      add_literal(begin);
      return enter_hole(verbatim);
    }
    ++at_;
    if (c == '"') return add_literal(begin);
  }
}

void ExpressionScanner::enter_hole(bool verbatim) {
  if (outer_count_ == outer_.size()) {
    failed_ = true;
    return;
  }
  outer_[outer_count_++] = {open_, close_, depth_, other_brackets_, verbatim};
  open_ = '{';
  close_ = '}';
  depth_ = 1;
  other_brackets_ = 0;
  ++at_;
}

void ExpressionScanner::leave_hole() {
  const Outer& outer = outer_[--outer_count_];
  open_ = outer.open;
  close_ = outer.close;
  depth_ = outer.depth;
  other_brackets_ = outer.other_brackets;
  read_interpolated(at_, outer.verbatim);
}

// In a hole, ':' outside brackets begins a format: text, in which "//" is no comment and an apostrophe no character.
void ExpressionScanner::read_format() {
  const bool is_format = outer_count_ > 0 && depth_ == 1 && other_brackets_ == 0 && !at_text(at_, "::") && text_[at_ - 1] != ':';
  at_ = is_format ? text_.find_first_of("}\"", at_) : at_ + 1;
}

constexpr size_t embedded_attempts_max = 16;  // failed scans of one value, each of which may read all of it

}  // namespace

bool starts_expression(std::string_view text, size_t at) {
  return at + 1 < text.size() && text[at] == '@' && (text[at + 1] == '(' || text[at + 1] == '{');
}

ExpressionScan scan_expression(std::string_view text, size_t at) { return ExpressionScanner(text, at, nullptr).scan(); }

size_t expression_end(std::string_view text, size_t at) { return scan_expression(text, at).end; }

std::vector<TextRange> expression_literals(std::string_view expression) {
  std::vector<TextRange> literals;
  ExpressionScanner(expression, 0, &literals).scan();
  return literals;
}

bool is_expression(std::string_view value) {
  const std::string_view trimmed = trim(value);
  return starts_expression(trimmed, 0) && expression_end(trimmed, 0) == trimmed.size();
}

bool has_embedded_expression(std::string_view value) {
  if (is_expression(value)) return false;
  size_t attempts = 0;
  for (size_t at = value.find('@'); at != std::string_view::npos && attempts < embedded_attempts_max; at = value.find('@', at + 1)) {
    if (!starts_expression(value, at)) continue;
    if (expression_end(value, at) != std::string_view::npos) return true;
    ++attempts;
  }
  return false;
}

}  // namespace gatelet
