#include "manage/manage/policy_text.hpp"

#include "base/text.hpp"
#include "xml/entities.hpp"
#include "xml/expression_scan.hpp"

namespace gatelet::manage {

namespace policy_texts {

// Where a part that is copied as it stands ends: a comment, a CDATA section, an instruction. The place itself when none begins there.
size_t verbatim_end(std::string_view text, size_t at) {
  struct Row {
    std::string_view begin, end;
  };
  for (const Row& row : {Row{"<!--", "-->"}, Row{"<![CDATA[", "]]>"}, Row{"<?", "?>"}}) {
    if (text.substr(at, row.begin.size()) != row.begin) continue;
    const size_t end = text.find(row.end, at + row.begin.size());
    return end == text.npos ? text.size() : end + row.end.size();
  }
  return at;
}

size_t first_visible(std::string_view text, size_t at) {
  while (at < text.size() && is_space(text[at])) ++at;
  return at;
}

class Converter {
 public:
  Converter(std::string_view text, bool to_raw) : text_(text), to_raw_(to_raw) {}

  std::string convert() {
    while (at_ < text_.size()) {
      if (const size_t end = verbatim_end(text_, at_); end != at_) {
        copy_to(end);
      } else if (text_[at_] == '<') {
        tag();
      } else {
        content();
      }
    }
    return std::move(out_);
  }

 private:
  void copy_to(size_t end) {
    out_ += text_.substr(at_, end - at_);
    at_ = end;
  }

  // From '<' to the '>' that ends it, attribute by attribute.
  void tag() {
    copy_to(at_ + 1);
    while (at_ < text_.size() && text_[at_] != '>') {
      const char quote = text_[at_];
      copy_to(at_ + 1);
      if (quote == '"' || quote == '\'') attribute(quote);
    }
    if (at_ < text_.size()) copy_to(at_ + 1);
  }

  void attribute(char quote) {
    const size_t begin = first_visible(text_, at_);
    copy_to(begin);
    if (const size_t end = to_raw_ ? text_.npos : expression_end(text_, begin); end != text_.npos) expression(end);
    const size_t close = std::min(text_.find(quote, at_), text_.size());
    if (to_raw_ && starts_expression(text_, begin)) expression(close);
    copy_to(std::min(close + 1, text_.size()));
  }

  void content() {
    const size_t begin = first_visible(text_, at_);
    copy_to(begin);
    if (begin >= text_.size() || text_[begin] == '<') return;
    if (const size_t end = to_raw_ ? text_.npos : expression_end(text_, begin); end != text_.npos) expression(end);
    const size_t end = std::min(text_.find('<', at_), text_.size());
    if (to_raw_ && starts_expression(text_, begin)) {
      expression(end);
    } else {
      copy_to(end);
    }
  }

  void expression(size_t end) {
    const std::string_view source = text_.substr(at_, end - at_);
    out_ += to_raw_ ? decode_entities(source) : encode_entities(source);
    at_ = end;
  }

  std::string_view text_;
  bool to_raw_;
  size_t at_ = 0;
  std::string out_;
};

}  // namespace policy_texts

std::string policy_as_xml(std::string_view raw) { return policy_texts::Converter(raw, false).convert(); }
std::string policy_as_raw(std::string_view xml) { return policy_texts::Converter(xml, true).convert(); }

}  // namespace gatelet::manage
