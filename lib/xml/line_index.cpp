#include "xml/line_index.hpp"

#include <algorithm>

namespace gatelet {
namespace {

constexpr size_t mark_bytes = 64;

// The place behind text[at], which stands at `place`.
SourcePos position_behind(std::string_view text, size_t at, SourcePos place) {
  const bool is_line_end = text[at] == '\n' || (text[at] == '\r' && text.substr(at + 1, 1) != "\n");
  return is_line_end ? SourcePos{place.line + 1, 1} : SourcePos{place.line, place.column + 1};
}

}  // namespace

LineIndex::LineIndex(std::string_view text) : text_(text) {
  marks_.reserve(text.size() / mark_bytes + 1);
  SourcePos place{1, 1};
  for (size_t at = 0; at < text.size(); ++at) {
    if (at % mark_bytes == 0) marks_.push_back(place);
    place = position_behind(text, at, place);
  }
  if (text.size() % mark_bytes == 0) marks_.push_back(place);
}

SourcePos LineIndex::position(size_t offset) const {
  const size_t end = std::min(offset, text_.size());
  SourcePos place = marks_[end / mark_bytes];
  for (size_t at = end - end % mark_bytes; at < end; ++at) place = position_behind(text_, at, place);
  return place;
}

SourcePos position_in(std::string_view text, size_t offset, SourcePos start) {
  SourcePos place = start;
  for (size_t at = 0; at < std::min(offset, text.size()); ++at) place = position_behind(text, at, place);
  return place;
}

}  // namespace gatelet
