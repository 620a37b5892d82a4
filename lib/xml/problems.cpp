#include "xml/problems.hpp"

#include <algorithm>

#include "xml/characters.hpp"

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
  size_t at = 0;
  while (at < text.size() && at < shown_bytes_max) {
    const XmlCharacter c = xml_character(text, at);
    const size_t size = c.size == 0 ? 1 : c.size;
    shown += c.size == 0 ? "\xEF\xBF\xBD" : c.code < 0x20 ? " " : text.substr(at, size);
    at += size;
  }
  return shown + (at < text.size() ? "…'" : "'");
}

}  // namespace gatelet
