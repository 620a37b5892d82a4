// LineIndex: from an offset in a text to its line and column. "\n", "\r\n" and a lone "\r" end a line, as XML has it.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gatelet {

class LineIndex {
 public:
  // The text must live as long as the index and be smaller than 4 GiB.
  explicit LineIndex(std::string_view text);
  SourcePos position(size_t offset) const;

 private:
  std::string_view text_;
  std::vector<SourcePos> marks_;  // the place of every mark_bytes-th byte
};

// The place of text[offset] when text[0] stands at `start`: for messages about a part of a value.
SourcePos position_in(std::string_view text, size_t offset, SourcePos start);

}  // namespace gatelet
