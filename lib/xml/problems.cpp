#include "xml/problems.hpp"

#include <algorithm>

namespace gatelet {

std::string XmlProblems::place(size_t offset) const {
  const SourcePos at = position(offset);
  return "line " + std::to_string(at.line) + ", column " + std::to_string(at.column);
}

std::vector<XmlProblem> XmlProblems::take() {
  std::stable_sort(found_.begin(), found_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<XmlProblem> problems;
  problems.reserve(found_.size());
  for (auto& [offset, message] : found_) problems.push_back({std::move(message), position(offset)});
  found_.clear();
  return problems;
}

std::string quoted(std::string_view text) {
  constexpr size_t shown_bytes_max = 60;
  std::string shown = "'";
  for (char c : text.substr(0, shown_bytes_max)) shown += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  // A character cut in its middle would make the message invalid UTF-8.
  if (text.size() > shown_bytes_max) {
    while ((static_cast<unsigned char>(text[shown.size() - 1]) & 0xC0) == 0x80) shown.pop_back();
    shown += "…";
  }
  return shown + "'";
}

}  // namespace gatelet
