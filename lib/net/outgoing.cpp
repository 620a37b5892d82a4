#include "net/outgoing.hpp"

#include <algorithm>
#include <charconv>

namespace gatelet {

char* Outgoing::reserve(size_t size) {
  if (static_cast<size_t>(end_ - top_) >= size) return top_;
  const size_t bytes = std::max(size, block_bytes);
  extra_blocks_.push_back(std::make_unique_for_overwrite<char[]>(bytes));
  top_ = extra_blocks_.back().get();
  end_ = top_ + bytes;
  return top_;
}

void Outgoing::commit(size_t size) {
  if (size == 0) return;
  size_ += size;
  if (!parts_.empty() && parts_.back().owner.empty() && parts_.back().bytes.data() + parts_.back().bytes.size() == top_) {
    parts_.back().bytes = {parts_.back().bytes.data(), parts_.back().bytes.size() + size};
  } else {
    parts_.push_back({{top_, size}, {}});
  }
  top_ += size;
}

void Outgoing::copy(std::string_view bytes) {
  if (bytes.empty()) return;
  std::memcpy(reserve(bytes.size()), bytes.data(), bytes.size());
  commit(bytes.size());
}

void Outgoing::refer(Part part) {
  size_ += part.bytes.size();
  parts_.push_back(std::move(part));
}

void Outgoing::add_chunk(const std::vector<std::string_view>& pieces, size_t size) {
  constexpr size_t size_line_bytes_max = 18;  // 16 digits and the line end
  char* const line = reserve(size_line_bytes_max);
  char* end = std::to_chars(line, line + 16, size, 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  commit(static_cast<size_t>(end - line));
  for (std::string_view piece : pieces) add(piece);
  copy("\r\n");
}

void Outgoing::clear() {
  parts_.clear();
  extra_blocks_.clear();
  top_ = block_.get();
  end_ = top_ + block_bytes;
  size_ = 0;
}

}  // namespace gatelet
