// RequestPath: the path of a request cut into segments that can be looked up: lower-case, hashed, with readable bytes behind the end. Words
// of eight bytes at a time, because this is half of the cost of a match.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/arena.hpp"

namespace gatelet {

inline constexpr size_t path_padding = 16;  // readable bytes that a hashed text needs behind its end

inline uint64_t load_word(const char* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, 8);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

// The first `size` bytes of a word, 0 to 8.
inline uint64_t first_bytes(uint64_t word, size_t size) { return size >= 8 ? word : word & ((uint64_t{1} << (size * 8)) - 1); }

inline uint64_t mix(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// Not keyed: what is in the table comes from the configuration; requests only probe it.
inline uint32_t hash_segment(const char* bytes, size_t size) {
  const uint64_t first = first_bytes(load_word(bytes), size) ^ size;
  if (size <= 8) return static_cast<uint32_t>(mix(first ^ 0x9E3779B97F4A7C15, 0xE7037ED1A0B428DB));
  uint64_t hash = first;
  for (; size > 16; size -= 8, bytes += 8) hash = mix(hash ^ load_word(bytes + 8), 0x9E3779B97F4A7C15);
  return static_cast<uint32_t>(mix(hash ^ 0x9E3779B97F4A7C15, load_word(bytes + size - 8) ^ 0xE7037ED1A0B428DB));
}

// Both have path_padding behind them.
inline bool are_equal(const char* a, const char* b, size_t size) {
  return first_bytes(load_word(a) ^ load_word(b), size) == 0 && (size <= 8 || std::memcmp(a + 8, b + 8, size - 8) == 0);
}

struct PathSegment {
  uint32_t offset = 0;
  uint32_t size = 0;
  uint32_t hash = 0;  // 0: nobody asked for it yet
};

// "/a//b/" has the segments "a", "" and "b": one slash at the end means nothing.
class RequestPath {
 public:
  // Segments past `count_max` are left out; no template is that long.
  RequestPath(std::string_view path, size_t count_max, Arena& arena);

  size_t count() const { return count_; }
  const PathSegment& operator[](size_t index) const { return segments_[index]; }
  // Made when it is first wanted: many segments are compared only.
  uint32_t hash(size_t index) const {
    PathSegment& segment = segments_[index];
    if (segment.hash == 0) segment.hash = hash_segment(bytes(segment), segment.size);
    return segment.hash;
  }
  // Lower-case, with path_padding behind it.
  const char* bytes(const PathSegment& segment) const { return lower_ + segment.offset; }
  std::string_view lower(const PathSegment& segment) const { return {bytes(segment), segment.size}; }
  std::string_view raw(const PathSegment& segment) const { return path_.substr(segment.offset, segment.size); }
  size_t end_of(size_t index) const { return size_t{segments_[index].offset} + segments_[index].size; }
  // From the segment to the end of the path; empty when there is no such segment.
  std::string_view rest(size_t index) const { return path_.substr(index < count_ ? segments_[index].offset : path_.size()); }

 private:
  std::string_view path_;
  char* lower_;
  PathSegment* segments_;
  size_t count_ = 0;
};

}  // namespace gatelet
