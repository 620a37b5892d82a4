// Lower-casing and cutting, eight bytes at a time.
#include "route/request_path.hpp"

namespace gatelet {
namespace {

constexpr uint64_t each_byte(uint8_t value) { return 0x0101010101010101u * value; }

uint64_t lower_word(uint64_t word) {
  const uint64_t low_bits = word & each_byte(0x7F);
  const uint64_t is_from_a = low_bits + each_byte(0x80 - 'A');
  const uint64_t is_above_z = low_bits + each_byte(0x7F - 'Z');
  return word | (((is_from_a ^ is_above_z) & ~word & each_byte(0x80)) >> 2);
}

// The top bit of every byte that is '/'.
uint64_t slashes_in(uint64_t word) {
  const uint64_t difference = word ^ each_byte('/');
  return ~(((difference & each_byte(0x7F)) + each_byte(0x7F)) | difference | each_byte(0x7F));
}

// The last bytes of a text, fewer than eight, and zeros.
uint64_t load_last(std::string_view text, size_t at) {
  if (at >= 8) return load_word(text.data() + text.size() - 8) >> (64 - (text.size() - at) * 8);
  uint64_t word = 0;
  for (size_t i = text.size(); i-- > at;) word = word << 8 | static_cast<uint8_t>(text[i]);
  return word;
}

void store_word(char* bytes, uint64_t word) {
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  std::memcpy(bytes, &word, 8);
}

}  // namespace

RequestPath::RequestPath(std::string_view path, size_t count_max, Arena& arena) : path_(path) {
  const size_t size = path.size();
  char* const lower = static_cast<char*>(arena.allocate(size + path_padding, 8));
  auto* const first = static_cast<PathSegment*>(arena.allocate((count_max + 1) * sizeof(PathSegment), alignof(PathSegment)));
  lower_ = lower;
  segments_ = first;

  PathSegment* segment = first;
  PathSegment* const end = first + count_max;
  size_t from = 1;
  size_t at = 0;
  for (; at < size; at += 8) {
    const uint64_t word = lower_word(size - at >= 8 ? load_word(path.data() + at) : load_last(path, at));
    store_word(lower + at, word);
    for (uint64_t slashes = slashes_in(word); slashes != 0 && segment != end; slashes &= slashes - 1) {
      const size_t slash = at + static_cast<size_t>(std::countr_zero(slashes)) / 8;
      if (slash == 0) continue;
      *segment++ = {static_cast<uint32_t>(from), static_cast<uint32_t>(slash - from), 0};
      from = slash + 1;
    }
  }
  for (const size_t padded = size + path_padding; at + 8 <= padded; at += 8) store_word(lower + at, 0);
  if (from < size && segment != end) *segment++ = {static_cast<uint32_t>(from), static_cast<uint32_t>(size - from), 0};
  count_ = static_cast<size_t>(segment - first);
}

}  // namespace gatelet
