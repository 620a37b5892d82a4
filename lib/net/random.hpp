// Random bits of the system (getrandom).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "crypto/random.hpp"

namespace gatelet {

void random_bits(uint64_t (&out)[2]);
// RFC 9562, version 4.
std::string random_uuid();
// For keys and handshakes; any thread.
crypto::Random system_random();

// The same in portions: one system call serves many requests. Belongs to one thread.
class RandomPool {
 public:
  void take(uint64_t (&out)[2]);

 private:
  static constexpr size_t word_count = 256;
  uint64_t words_[word_count];
  size_t used_ = word_count;
};

}  // namespace gatelet
