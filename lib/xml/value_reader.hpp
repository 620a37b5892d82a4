// ValueReader: attribute values and element text, the two places where expressions stand. Decides where a value ends; the marks around it
// are the document reader's business.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "xml/problems.hpp"

namespace gatelet {

struct XmlValue {
  std::string value;
  size_t first = 0;       // offset of the value: behind the quote, or of the '@'
  size_t end = 0;         // offset behind the closing quote, or where reading goes on
  bool is_closed = true;  // false: no closing quote was found, and the tag ends at `end`
};

class ValueReader {
 public:
  ValueReader(std::string_view text, XmlProblems& problems, XmlForm form) : text_(text), problems_(problems), form_(form) {}

  // text[at] is the first character behind the opening quote.
  XmlValue attribute(size_t at, char quote);
  // What follows the quote at text[quote_at] is what follows an attribute: the end of the tag or another attribute.
  bool attribute_ends(size_t quote_at);
  // Character data from `at` to the next mark, appended to `out`; returns the offset of the mark. `element` is the name of the element it
  // stands in; an expression begins only where no other text came before (`is_first`).
  size_t text(size_t at, std::string_view element, bool is_first, std::string& out);

 private:
  ExpressionScan scan(size_t at);
  void account(size_t bytes) { wasted_bytes_ += bytes; }
  bool has_budget() const;
  std::optional<XmlValue> attribute_expression(size_t first, char quote);
  XmlValue attribute_recovery(size_t first, char quote);
  XmlValue attribute_literal(size_t at, char quote);
  size_t embedded_in_attribute(size_t at, char quote);
  std::optional<size_t> text_expression(size_t first, std::string_view element, std::string& out);
  size_t end_tag_behind(size_t at, std::string_view element) const;
  size_t text_literal(size_t at, std::string& out);
  size_t embedded_in_text(size_t at);
  size_t reference(size_t at, std::string& out);
  void add_unclosed(size_t first);

  std::string_view text_;
  XmlProblems& problems_;
  XmlForm form_;
  size_t wasted_bytes_ = 0;  // read by scans whose result was not used
  size_t ends_known_at_ = std::string_view::npos;
  bool ends_ = false;
};

}  // namespace gatelet
