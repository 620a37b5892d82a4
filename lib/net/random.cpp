#include "net/random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <utility>

namespace gatelet {

static void fill_random(void* out, size_t size) {
  char* bytes = static_cast<char*>(out);
  for (size_t done = 0; done < size;) {
    const ssize_t count = getrandom(bytes + done, size - done, 0);
    if (count > 0) {
      done += static_cast<size_t>(count);
    } else if (errno != EINTR) {
      std::abort();  // a system without random bits: nothing that follows would be safe
    }
  }
}

void random_bits(uint64_t (&out)[2]) { fill_random(out, sizeof out); }

std::string random_uuid() {
  unsigned char bytes[16];
  fill_random(bytes, sizeof bytes);
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3F) | 0x80);
  std::string out;
  for (size_t i = 0; i < sizeof bytes; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += "0123456789abcdef"[bytes[i] >> 4];
    out += "0123456789abcdef"[bytes[i] & 15];
  }
  return out;
}

crypto::Random system_random() {
  return {[](void*, void* out, size_t size) { fill_random(out, size); }, nullptr};
}

void RandomPool::take(uint64_t (&out)[2]) {
  if (used_ == word_count) {
    fill_random(words_, sizeof words_);
    used_ = 0;
  }
  for (uint64_t& word : out) word = std::exchange(words_[used_++], 0);
}

}  // namespace gatelet
