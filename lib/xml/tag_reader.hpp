// TagReader: one start tag with its attributes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "xml/problems.hpp"
#include "xml/value_reader.hpp"

namespace gatelet {

struct XmlTag {
  XmlNode node;
  size_t end = 0;           // behind the '>'
  bool is_empty = false;    // <name/>
  bool is_stopped = false;  // a limit was exceeded or the rest of the document cannot be told apart; a problem says which
};

class TagReader {
 public:
  TagReader(std::string_view text, XmlProblems& problems, ValueReader& values) : text_(text), problems_(problems), values_(values) {}

  // text[at] is a '<' before a name.
  XmlTag read(size_t at);

 private:
  struct NamePlace {
    std::string_view name;
    size_t at;
  };

  bool is_at(std::string_view mark) const { return text_.substr(at_, mark.size()) == mark; }
  bool read_name(std::string_view what, std::string_view& name);
  bool read_attributes();
  bool read_attribute();
  bool read_value(XmlAttribute& attribute);
  size_t stray_quote_end(char quote);
  void skip_unquoted(std::string_view name);
  void skip_stray();
  void check_duplicates();
  void read_end(size_t tag_at);

  std::string_view text_;
  XmlProblems& problems_;
  ValueReader& values_;
  size_t at_ = 0;
  XmlTag tag_;
  bool is_cut_ = false;  // the last value has no closing quote
  std::vector<NamePlace> places_;
};

}  // namespace gatelet
