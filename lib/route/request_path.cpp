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

void store_word(char* bytes, uint64_t word) {
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  std::memcpy(bytes, &word, 8);
}

}  // namespace

RequestPath::RequestPath(std::string_view path, size_t count_max, Arena& arena) : path_(path) {
  const size_t size = path.size();
  lower_ = static_cast<char*>(arena.allocate(size + path_padding, 8));
  segments_ = static_cast<PathSegment*>(arena.allocate((count_max + 1) * sizeof(PathSegment), alignof(PathSegment)));
  char tail[8] = {};
  if (size % 8 != 0) std::memcpy(tail, path.data() + size / 8 * 8, size % 8);

  size_t from = 1;
  for (size_t at = 0; at < size; at += 8) {
    const uint64_t word = lower_word(load_word(at + 8 <= size ? path.data() + at : tail));
    store_word(lower_ + at, word);
    store_word(lower_ + at + 8, 0);
    for (uint64_t slashes = slashes_in(word); slashes != 0; slashes &= slashes - 1) {
      const size_t slash = at + static_cast<size_t>(std::countr_zero(slashes)) / 8;
      if (slash == 0) continue;
      if (count_ == count_max) return;
      add(from, slash);
      from = slash + 1;
    }
  }
  if (from < size && count_ < count_max) add(from, size);
}

}  // namespace gatelet
