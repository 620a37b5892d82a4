// XmlProblems: what one reading of a document finds wrong, at most xml_problems_max.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.hpp"
#include "xml/line_index.hpp"
#include "xml/reader.hpp"

namespace gatelet {

class XmlProblems {
 public:
  explicit XmlProblems(const LineIndex& lines) : lines_(lines) {}

  void add(size_t offset, std::string message) {
    if (!is_full()) found_.emplace_back(offset, std::move(message));
  }
  bool is_full() const { return found_.size() >= xml_problems_max; }
  bool empty() const { return found_.empty(); }
  SourcePos position(size_t offset) const { return lines_.position(offset); }
  // "line 3, column 7", for a message that names a second place.
  std::string place(size_t offset) const;
  // In the order of the text.
  std::vector<XmlProblem> take();

 private:
  const LineIndex& lines_;
  std::vector<std::pair<size_t, std::string>> found_;
};

// The text in quotes for a message: shortened where it is long, on one line, UTF-8.
std::string quoted(std::string_view text);

}  // namespace gatelet
